import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { startDemo, type Demo } from '../../demo/demo.ts';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import type { Visitor } from './visitor.ts';

/** Evaluated, not put on the page: its policy would not have it. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const WELCOME = JSON.parse(readFileSync('demo/flows/welcome.json', 'utf8')) as { readonly id: string };

interface AxeRun {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly target: unknown }[];
  }[];
}

describe('the widget on a page', () => {
  /** A brand whose page each test writes. */
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: [WELCOME] }),
    (scene) => ({ brand, visitor } = scene),
  );
  let demo: Demo;
  before(async () => {
    demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined);
  });
  after(() => demo.close());

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
    }, brand.relayUrl);
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

  it('opens once for a visitor who clicks again while it loads', async () => {
    await visitPage(brand.scriptTag());
    const button = await visitor.find('parley-launcher >>> button');
    await button.evaluate((launcher) => {
      (launcher as HTMLElement).click();
      (launcher as HTMLElement).click();
    });
    await visitor.hears('What’s your first name?');
    assert.equal(await visitor.page.$eval('parley-chat', (chat) => chat.opened), true);
  });

  it('serves an element that the page adds later, where the tag has no flow', async () => {
    await visitPage(`<div id="here"></div>${brand.scriptTag('data-flow=""')}`);
    await visitor.page.evaluate((url) => {
      const chat = document.createElement('parley-chat');
      document.querySelector('#here')?.append(Object.assign(chat, { flow: 'welcome', relay: url }));
    }, brand.relayUrl);
    await visitor.hears('What’s your first name?');
    assert.equal(await launchers(), 0);
  });

  it('leaves one global behind', async () => {
    await visitPage('<p>Nothing here.</p>');
    const before = new Set(await globals());
    await visitor.page.evaluate((url) => {
      const script = Object.assign(document.createElement('script'), { src: `${url}/parley.js` });
      script.dataset['flow'] = 'welcome';
      document.head.append(script);
    }, brand.relayUrl);
    await visitor.openChat();
    // Lit keeps which of its versions are on a page, and what is driving this browser keeps its own.
    const added = (await globals()).filter(
      (name) => !before.has(name) && !/^(lit|reactive)|puppeteer|^__aria/.test(name),
    );
    assert.deepEqual(added, ['parley']);
  });

  it('works as a module too', async () => {
    await visitPage(
      `<script type="module" src="${brand.relayUrl}/parley.js?v=1" data-flow="welcome"></script>`,
    );
    await visitor.openChat();
  });

  it('draws one launcher when a tag manager loads the script twice', async () => {
    await visitPage(brand.scriptTag() + brand.scriptTag());
    await visitor.openChat();
    assert.equal(await launchers(), 1);
    assert.equal(await visitor.page.$$eval('parley-chat', (found) => found.length), 1);
  });

  it('draws no launcher without a flow, and serves the element that the page holds', async () => {
    await visitPage(
      `<parley-chat flow="welcome" relay="${brand.relayUrl}" name="Tarn & Tor"></parley-chat>${brand.scriptTag('')}`,
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
    await visitPage(brand.scriptTag());
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
    await visitPage(`<a href="#top">A link before</a>${brand.scriptTag()}`);
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
          const chat = document.querySelector('parley-chat');
          return (chat?.shadowRoot?.activeElement as HTMLInputElement | null)?.name === wanted;
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
        await visitor.page.evaluate(AXE);
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
