/** Finds the Chromium that browser tests and screenshots run in, or installs Debian's where that is possible. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Where Debian's `chromium-headless-shell` is. */
const HEADLESS_SHELL = '/usr/bin/chromium-headless-shell';

const isRoot = () => process.platform !== 'win32' && userInfo().uid === 0;

/** A browser that talks to nobody but the pages under test. Chromium's sandbox refuses to run as root. */
export function chromiumFlags(): string[] {
  return [
    '--disable-background-networking',
    '--disable-component-update',
    // A process in advance for the next site: here nearly every page is the last of its browser context.
    '--disable-features=SpareRendererForSitePerProcess',
    '--disable-sync',
    '--no-first-run',
    ...(isRoot() ? ['--no-sandbox'] : []),
  ];
}

/** @throws {Error} saying in one sentence what to install */
export function findChromium(): string {
  const named = process.env['CHROME_PATH'];
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(
      `CHROME_PATH is "${named}", but there is no such file; it should be the path of a Chromium.`,
    );
  }
  const found = USUAL_PLACES.find((path) => existsSync(path));
  if (found !== undefined) return found;
  if (mayInstall()) {
    console.log('There is no Chromium here: installing Debian’s package.');
    install('chromium');
    const installed = USUAL_PLACES.find((path) => existsSync(path));
    if (installed !== undefined) return installed;
  }
  throw new Error(
    'The browser tests need Chromium: install it (on Debian: apt-get install chromium) or set CHROME_PATH to it.',
  );
}

/**
 * The same engine without the browser around it, where it is installed: pages open in two thirds of the time. It fills in no fields, keeps no
 * page for the way back and freezes none: what is about these wants the whole browser, as `findChromium` does.
 * @throws {Error} as that does
 */
export function findHeadlessShell(): string {
  return process.env['CHROME_PATH'] || !existsSync(HEADLESS_SHELL) ? findChromium() : HEADLESS_SHELL;
}

/**
 * Both of them, as far as they can be installed. Without the second the tests are the same, and slower.
 * @throws {Error} as `findChromium` does
 */
export function prepareChromium(): void {
  findChromium();
  if (process.env['CHROME_PATH'] || existsSync(HEADLESS_SHELL) || !mayInstall()) return;
  console.log('There is no chromium-headless-shell here: installing Debian’s package.');
  install('chromium-headless-shell');
}

const mayInstall = () => isRoot() && existsSync('/usr/bin/apt-get');

function install(name: string): void {
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name]);
}

/** Milliseconds for one step of an installation: where nothing can be fetched, it is tried for minutes. */
const INSTALLATION = 180_000;

function run(command: string, args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env, timeout: INSTALLATION });
}
