import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { startDemo, type Demo } from '../../demo/demo.ts';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { SESSION_SECRET } from '../server/relay-fixture.ts';
import { servePage, type PageServer } from './page-server.ts';
import { openBrowser, Visitor } from './visitor.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface AxeRun {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly target: unknown }[];
  }[];
}

describe('the widget on a page', () => {
  let browser: Browser;
  let demo: Demo;
  let visitor: Visitor;
  /** A brand whose page each test writes, with a relay of its own. */
  let brand: PageServer;
  let relay: RunningRelay;

  before(async () => {
    browser = await openBrowser();
    demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined);
    brand = await servePage();
    relay = await serveRelay({
      settings: {
        organization: 'BrandExample',
        environments: { sandbox: { endpoint: demo.brazeUrl } },
        sites: { brand: { sandbox: [brand.url] } },
      },
      env: { BRAZE_SANDBOX_KEY: demo.key, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
      flows: [
        { source: 'welcome.json', json: JSON.parse(await readFile('demo/flows/welcome.json', 'utf8')) },
      ],
      assets: 'dist',
      store: createSqliteStore({ file: ':memory:', clock: Date.now }),
      port: 0,
      hostname: 'localhost',
      log: () => undefined,
    });
  });
  after(async () => {
    await browser.close();
    await relay.close();
    await brand.close();
    await demo.close();
  });
  beforeEach(async () => {
    visitor = await Visitor.arrive(browser);
  });
  afterEach(() => visitor.leave());

  const scriptTag = (attributes = 'data-flow="welcome" data-name="Tarn & Tor"') =>
    `<script async src="${relay.url}/parley.js" ${attributes}></script>`;

  const visitPage = async (body: string) => {
    brand.setBody(body);
    await visitor.visit(`${brand.url}/`);
  };

  const launchers = () => visitor.page.$$eval('parley-launcher', (found) => found.length);

  const globals = () => visitor.page.evaluate(() => Object.getOwnPropertyNames(window));

  it('loads nothing but the loader before the visitor shows intent', async () => {
    const requested: string[] = [];
    visitor.page.on('request', (request) => {
      if (request.url().startsWith(demo.relayUrl)) requested.push(new URL(request.url()).pathname);
    });
    await visitor.visit(`${demo.pagesUrl}/`);
    await visitor.find('parley-launcher >>> button');
    await visitor.page.waitForNetworkIdle();
    assert.deepEqual(requested, ['/parley.js']);
    await visitor.page.hover('parley-launcher >>> button');
    await visitor.page.waitForNetworkIdle();
    assert.match(requested[1] ?? '', /^\/assets\/parley-chat-[\w-]+\.js$/);
    assert.equal(requested.length, 2);
  });

  it('shifts nothing, also where the body is a flex container', async () => {
    await visitor.page.evaluateOnNewDocument(() => {
      const shifts: number[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          shifts.push((entry as PerformanceEntry & { value: number }).value);
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await visitPage(`<style>body { display: flex; flex-direction: column; justify-content: space-between; gap: 24px;
      min-height: 90vh; }</style><p>Top</p><p>Middle</p><p id="bottom">Bottom</p>`);
    const top = () => visitor.page.$eval('#bottom', (bottom) => bottom.getBoundingClientRect().top);
    const before = await top();
    await visitor.page.evaluate((url) => {
      const script = Object.assign(document.createElement('script'), { src: `${url}/parley.js` });
      script.dataset['flow'] = 'welcome';
      document.head.append(script);
    }, relay.url);
    await visitor.openChat();
    assert.equal(await top(), before);
    // Two frames are time enough to report a shift.
    await visitor.page.evaluate(
      () => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen))),
    );
    assert.deepEqual(
      await visitor.page.evaluate(() => (window as unknown as { shifts: number[] }).shifts),
      [],
    );
  });

  it('looks the same under the rules of a hostile page', async () => {
    const looks = async () => {
      await visitor.openChat();
      await visitor.hears('What’s your first name?');
      return visitor.page.evaluate(() => {
        const root = document.querySelector('parley-chat')?.shadowRoot;
        const words = root?.querySelector('parley-transcript')?.shadowRoot?.querySelector('.words');
        const input = root?.querySelector('parley-question')?.shadowRoot?.querySelector('input');
        const names = [
          'color',
          'font-family',
          'font-size',
          'line-height',
          'letter-spacing',
          'text-transform',
        ];
        return [words, input].map((element) => {
          const style = element && getComputedStyle(element);
          return names.map((name) => style?.getPropertyValue(name));
        });
      });
    };
    await visitPage(scriptTag());
    const calm = await looks();
    await visitor.leave();
    visitor = await Visitor.arrive(browser);
    await visitPage(`<style>
      html { font-size: 30px; text-transform: uppercase; letter-spacing: 5px; word-spacing: 9px; }
      * { color: red; font-family: fantasy; line-height: 3; }
      parley-chat { font-style: italic; text-align: right; }
    </style>${scriptTag()}`);
    assert.deepEqual(await looks(), calm);
  });

  it('works under a strict content security policy with enforced Trusted Types, and violates nothing', async () => {
    await visitor.page.evaluateOnNewDocument(() => {
      const violations: string[] = [];
      Object.assign(window, { violations });
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        violations.push(`${violatedDirective} ${blockedURI}`),
      );
    });
    brand.setBody(
      scriptTag('nonce="once" data-flow="welcome" data-name="Tarn & Tor"'),
      [
        "default-src 'none'; script-src 'nonce-once' 'strict-dynamic'",
        `connect-src ${relay.url}; img-src ${relay.url}`,
        "require-trusted-types-for 'script'; trusted-types lit-html",
      ].join('; '),
    );
    await visitor.visit(`${brand.url}/`);
    await visitor.openChat();
    await visitor.answerAll();
    await visitor.hears('Go well');
    const violations = await visitor.page.evaluate(
      () => (window as unknown as { violations: string[] }).violations,
    );
    // The browser itself asks for the page's icon, which this policy does not allow.
    assert.deepEqual(
      violations.filter((violation) => !violation.endsWith('/favicon.ico')),
      [],
    );
  });

  it('opens once for a visitor who clicks again while it loads', async () => {
    await visitPage(scriptTag());
    const button = await visitor.find('parley-launcher >>> button');
    await button.evaluate((launcher) => {
      (launcher as HTMLElement).click();
      (launcher as HTMLElement).click();
    });
    await visitor.hears('What’s your first name?');
    assert.equal(await visitor.page.$eval('parley-chat', (chat) => chat.open), true);
  });

  it('serves an element that the page adds later, where the tag has no flow', async () => {
    await visitPage(`<div id="here"></div>${scriptTag('data-flow=""')}`);
    await visitor.page.evaluate((url) => {
      const chat = document.createElement('parley-chat');
      document.querySelector('#here')?.append(Object.assign(chat, { flow: 'welcome', relay: url }));
    }, relay.url);
    await visitor.hears('What’s your first name?');
    assert.equal(await launchers(), 0);
  });

  it('leaves no global behind', async () => {
    await visitPage('<p>Nothing here.</p>');
    const before = new Set(await globals());
    await visitor.page.evaluate((url) => {
      const script = Object.assign(document.createElement('script'), { src: `${url}/parley.js` });
      script.dataset['flow'] = 'welcome';
      document.head.append(script);
    }, relay.url);
    await visitor.openChat();
    // Lit keeps which of its versions are on a page, and what is driving this browser keeps its own.
    const added = (await globals()).filter(
      (name) => !before.has(name) && !/^(lit|reactive)|puppeteer|^__aria/.test(name),
    );
    assert.deepEqual(added, []);
  });

  it('works as a module too', async () => {
    await visitPage(`<script type="module" src="${relay.url}/parley.js?v=1" data-flow="welcome"></script>`);
    await visitor.openChat();
  });

  it('draws one launcher when a tag manager loads the script twice', async () => {
    await visitPage(scriptTag() + scriptTag());
    await visitor.openChat();
    assert.equal(await launchers(), 1);
    assert.equal(await visitor.page.$$eval('parley-chat', (found) => found.length), 1);
  });

  it('draws no launcher without a flow, and serves the element that the page holds', async () => {
    await visitPage(
      `<parley-chat flow="welcome" relay="${relay.url}" name="Tarn & Tor"></parley-chat>${scriptTag('')}`,
    );
    await visitor.hears('Hello, and welcome to Tarn & Tor.');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Lovely to meet you, Ada.');
    assert.equal(await launchers(), 0);
  });

  it('leaves the page as it is when the relay cannot be reached', async () => {
    const warnings: string[] = [];
    visitor.page.on('console', (message) => {
      if (message.text().startsWith('Parley')) warnings.push(message.type());
    });
    const errors: unknown[] = [];
    visitor.page.on('pageerror', (error) => errors.push(error));
    await visitPage(scriptTag());
    await visitor.find('parley-launcher >>> button');
    await visitor.page.setOfflineMode(true);
    const button = await visitor.find('parley-launcher >>> button');
    const warned = new Promise<void>((resolve) => {
      // Chromium has its own words on the same failure.
      visitor.page.on('console', (message) => {
        if (message.text().startsWith('Parley')) resolve();
      });
    });
    await button.click();
    await warned;
    await visitor.page.setOfflineMode(false);
    assert.deepEqual(warnings, ['warn']);
    assert.deepEqual(errors, []);
  });

  it('is used by keyboard alone, and gives the focus back when it is closed', async () => {
    await visitPage(`<a href="#top">A link before</a>${scriptTag()}`);
    const { keyboard } = visitor.page;
    const launcher = await visitor.find('parley-launcher >>> button');
    await keyboard.press('Tab');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    const answers = [
      ['first_name', 'Ada', 'Enter'],
      ['last_name', 'Lovelace', 'Enter'],
      ['email', 'ada@example.com', 'Enter'],
      ['date_of_birth-month', '12', 'Tab'],
      ['date_of_birth-day', '10', 'Tab'],
      ['date_of_birth-year', '1815', 'Enter'],
      ['city', 'Leeds', 'Enter'],
    ] as const;
    for (const [name, typed, key] of answers) {
      await visitor.page.waitForFunction(
        (wanted) => {
          const question = document
            .querySelector('parley-chat')
            ?.shadowRoot?.querySelector('parley-question');
          return (question?.shadowRoot?.activeElement as HTMLInputElement | null)?.name === wanted;
        },
        {},
        name,
      );
      await keyboard.type(typed);
      await keyboard.press(key);
    }
    await visitor.hears('Go well');
    await keyboard.press('Escape');
    const hasFocus = await launcher.evaluate(
      (button) => (button.getRootNode() as ShadowRoot).activeElement === button,
    );
    assert.equal(hasFocus, true);
    assert.equal(await visitor.page.$eval('parley-chat', (chat) => chat.getBoundingClientRect().height), 0);
  });

  for (const scheme of ['light', 'dark']) {
    for (const screen of [
      { name: 'desktop', width: 1280, height: 800 },
      { name: 'phone', width: 390, height: 844 },
    ]) {
      it(`has no accessibility violation on the landing page: ${screen.name}, ${scheme}`, async () => {
        await visitor.page.setViewport(screen);
        await visitor.page.emulateMediaFeatures([
          { name: 'prefers-color-scheme', value: scheme },
          { name: 'prefers-reduced-motion', value: 'reduce' },
        ]);
        await visitor.visit(`${demo.pagesUrl}/`);
        await visitor.openChat();
        await visitor.answer('first_name', 'Ada');
        await visitor.hears('Lovely to meet you, Ada.');
        await visitor.page.addScriptTag({ path: AXE });
        const { violations } = await visitor.page.evaluate(() =>
          (window as unknown as { axe: { run: () => Promise<AxeRun> } }).axe.run(),
        );
        const found = violations.map(
          ({ id, nodes }) => `${id}: ${JSON.stringify(nodes.map(({ target }) => target))}`,
        );
        assert.deepEqual(found, []);
      });
    }
  }
});
