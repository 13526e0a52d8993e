/** `npm run test:firefox`: the browser tests in headless Firefox. */
import { existsSync } from 'node:fs';
import { chromeLauncher } from '@web/test-runner-chrome';
import type { Browser, Page } from 'puppeteer-core';
import { endWith, runBrowserTests } from './browser-tests.ts';

const USUAL_PLACES = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/snap/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
  'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
];

/** What decides, in Firefox, whether a media query matches. */
const PREFERENCES: Readonly<Record<string, readonly [name: string, value: number]>> = {
  '(prefers-color-scheme: dark)': ['layout.css.prefers-color-scheme.content-override', 0],
  '(prefers-color-scheme: light)': ['layout.css.prefers-color-scheme.content-override', 1],
  '(prefers-reduced-motion: reduce)': ['ui.prefersReducedMotion', 1],
  '(prefers-reduced-motion: no-preference)': ['ui.prefersReducedMotion', 0],
};

/** What Puppeteer has of Firefox, and does not tell of. */
interface Connected {
  readonly connection: {
    send(method: string, params: object): Promise<{ readonly result: unknown }>;
  };
}

/** In place of Puppeteer's own, which only Chromium knows: the same is said in the window around the page. */
async function emulateMediaFeatures(
  page: Page,
  features: readonly { readonly name: string; readonly value: string }[],
): Promise<void> {
  const { connection } = page.browser() as Browser & Connected;
  const { result } = await connection.send('browsingContext.getTree', {
    'moz:scope': 'chrome',
    maxDepth: 0,
  });
  const [window] = (result as { readonly contexts: readonly { readonly context: string }[] }).contexts;
  const queries = features.map(({ name, value }) => `(${name}: ${value})`);
  const lines = queries.map((query) => {
    const preference = PREFERENCES[query];
    if (!preference) throw new Error(`There is no preference here for ${query}: add it.`);
    return `Services.prefs.setIntPref('${preference[0]}', ${preference[1]});`;
  });
  await connection.send('script.evaluate', {
    expression: lines.join(''),
    target: { context: window?.context },
    awaitPromise: false,
  });
  await page.waitForFunction((query) => matchMedia(query).matches, {}, queries.join(' and '));
}

const named = process.env['FIREFOX_PATH'];
const executablePath = named ?? USUAL_PLACES.find((path) => existsSync(path));

if (executablePath === undefined || !existsSync(executablePath)) {
  console.error(
    'These tests need Firefox: install it (on Debian: apt-get install firefox-esr) or set FIREFOX_PATH to it.',
  );
  process.exitCode = 1;
} else {
  const firefox = chromeLauncher({
    launchOptions: { browser: 'firefox', executablePath, args: ['--remote-allow-system-access'] },
    // What is emulated holds for all pages.
    concurrency: 1,
    createPage: async ({ context }) => {
      const page = await context.newPage();
      page.emulateMediaFeatures = (features = []) => emulateMediaFeatures(page, features);
      return page;
    },
  });
  firefox.name = 'Firefox';
  endWith(await runBrowserTests(firefox));
}
