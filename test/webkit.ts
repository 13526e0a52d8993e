/** `npm run test:webkit`: the browser tests in WebKitGTK, on a display of their own that nobody sees. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { endWith, runBrowserTests } from './browser-tests.ts';
import { webdriverLauncher } from './webdriver.ts';

const DRIVER = '/usr/bin/WebKitWebDriver';
const DISPLAY = '/usr/bin/Xvfb';
/** Debian's place and Fedora's. */
const BROWSERS = ['/usr/lib/*/webkit2gtk-4.*/MiniBrowser', '/usr/libexec/webkit2gtk-4.*/MiniBrowser'];

/** Milliseconds until a driver that does not answer is taken for broken, and between two attempts to reach it. */
const PATIENCE = 20_000;
const PAUSE = 100;

/** The browser's own buttons would keep its window wider than a phone's. */
const NARROW =
  '* { min-width: 0; min-height: 0; margin: 0; padding: 0; border-width: 0; font-size: 1px; -gtk-icon-source: none; }';
/** What is looked at must not be half-way in. */
const STILL = '[Settings]\ngtk-enable-animations=false\n';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function untilAnswers(url: string): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await setTimeout(PAUSE);
    }
  }
}

async function test(browser: string): Promise<void> {
  const started: ChildProcess[] = [];
  const home = await mkdtemp(join(tmpdir(), 'parley-webkit-'));
  try {
    await mkdir(join(home, 'gtk-3.0'));
    await writeFile(join(home, 'gtk-3.0', 'gtk.css'), NARROW);
    await writeFile(join(home, 'gtk-3.0', 'settings.ini'), STILL);

    const screen = spawn(DISPLAY, ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    started.push(screen);
    const [number] = (await once(screen.stdout, 'data')) as [Buffer];
    const port = await freePort();
    const driver = spawn(DRIVER, [`--port=${port}`], {
      stdio: 'ignore',
      // The language decides in which order a date is typed.
      env: {
        ...process.env,
        DISPLAY: `:${String(number).trim()}`,
        XDG_CONFIG_HOME: home,
        LANG: 'en_US.UTF-8',
      },
    });
    started.push(driver);
    const address = `http://127.0.0.1:${port}`;
    await untilAnswers(`${address}/status`);
    const webkit = webdriverLauncher('WebKit', address, {
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] },
    });
    endWith(await runBrowserTests(webkit));
  } finally {
    for (const process of started.reverse()) process.kill();
    await rm(home, { recursive: true, force: true });
  }
}

const [browser] = globSync(BROWSERS);
if (browser === undefined || !existsSync(DRIVER) || !existsSync(DISPLAY)) {
  console.error(
    'These tests need WebKitGTK with its driver, and a virtual display: install them (on Debian: apt-get install webkit2gtk-driver xvfb).',
  );
  process.exitCode = 1;
} else {
  await test(browser);
}
