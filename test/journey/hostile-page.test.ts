/** Pages that mean no harm and do it all the same: what they lay down for everything on them holds for nothing of the widget's. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import { EVERY_QUESTION, goThrough } from './every-question.ts';
import { Visitor } from './visitor.ts';

const PAGE = `
  <header><h1>Tarn &amp; Tor</h1><nav><a href="#tents">Tents</a></nav></header>
  <main><p>Sleep <em>well</em>.</p><form><label>Search <input></label><button>Go</button></form>
  <ul><li>One</li><li>Two</li></ul><table><tbody><tr><td>A cell</td></tr></tbody></table></main>`;

/**
 * Each of them is found on some site. What is done to the root itself, such as `zoom`, is done to the whole window: the widget is in it.
 */
const RULES = `
  :root { font-size: 62.5%; letter-spacing: 3px; word-spacing: 9px; text-transform: uppercase; }
  html { overflow: hidden; }
  body { filter: grayscale(1); transform: translateX(40px); contain: layout; min-height: 300vh; margin: 30px; }
  :not(:root) { box-sizing: border-box; margin: 7px !important; padding: 7px !important; border: 3px dashed lime !important;
    outline: 5px solid lime !important; color: red !important; background: yellow !important;
    font: 30px/3 cursive !important; letter-spacing: 1em !important; text-align: right !important;
    text-transform: uppercase !important; text-shadow: 2px 2px blue !important; transition: all 10s !important;
    animation: none !important; user-select: none !important; float: left !important; opacity: 0.4 !important;
    position: static !important; display: inline !important; width: 50% !important; height: 50% !important;
    min-width: 900px !important; max-width: 10px !important; min-height: 900px !important; max-height: 10px !important;
    inset: 50px !important; z-index: 1 !important; transform: rotate(10deg) !important; filter: blur(3px) !important;
    visibility: visible !important; overflow: scroll !important; pointer-events: none !important; cursor: wait !important;
    writing-mode: vertical-rl !important; clip-path: circle(10px) !important; zoom: 2 !important; }
  head, script, style { display: none !important; }
  parley-chat, parley-launcher { scale: 2 !important; rotate: 10deg !important; translate: 99px !important;
    mix-blend-mode: difference !important; mask: linear-gradient(black, transparent) !important; }
  div, section, form, fieldset, legend, label, input, textarea, button, p, span, ol, ul, li, a, h2, svg, path, img {
    all: unset !important; }
  input, button { appearance: none !important; font-size: 5px !important; }
`;

/** And what scripts do on some. */
const SCRIPTS = `<script>
  Array.prototype.last = function () { return this[this.length - 1]; };
  String.prototype.shout = function () { return this.toUpperCase(); };
  const { fetch: fetching } = window;
  window.fetch = function (...told) { return fetching.apply(window, told).then((response) => response); };
  const { parse, stringify } = JSON;
  JSON.parse = (...told) => parse(...told);
  JSON.stringify = (...told) => stringify(...told);
  document.addEventListener('keydown', (event) => event.preventDefault());
  document.addEventListener('keyup', (event) => event.preventDefault());
  window.addEventListener('keypress', (event) => event.preventDefault());
</script>`;

/** How every element of the widget is drawn: a line each, with all that the browser has computed. */
function looks(who: Visitor): Promise<[path: string, style: Record<string, string>][]> {
  return who.page.evaluate(() => {
    const found: [string, Record<string, string>][] = [];
    const read = (element: Element, path: string) => {
      const style = getComputedStyle(element);
      const isHost = path.split(' ').length === 1;
      // What a host has for its children ends with them: they have their own.
      const names = isHost
        ? [
            'display',
            'position',
            'width',
            'height',
            'top',
            'right',
            'bottom',
            'left',
            'z-index',
            'opacity',
            'visibility',
          ]
            .concat([
              'transform',
              'scale',
              'rotate',
              'translate',
              'filter',
              'clip-path',
              'mask-image',
              'mix-blend-mode',
            ])
            .concat([
              'margin',
              'padding',
              'border',
              'outline',
              'overflow',
              'float',
              'zoom',
              'background',
              'transition',
            ])
        : [...style];
      found.push([path, Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name)]))]);
      for (const child of [...(element.shadowRoot ?? element).children])
        read(child, `${path} ${child.localName}`);
    };
    for (const name of ['parley-launcher', 'parley-chat'])
      for (const host of document.querySelectorAll(name)) read(host, name);
    return found;
  });
}

/** What is another in the second, as words. */
function differences(
  calm: Awaited<ReturnType<typeof looks>>,
  other: Awaited<ReturnType<typeof looks>>,
): readonly string[] {
  assert.deepEqual(
    other.map(([path]) => path),
    calm.map(([path]) => path),
  );
  return calm.flatMap(([path, style], index) =>
    Object.entries(style)
      .map(([name, value]) => [name, value, other[index]?.[1][name]] as const)
      .filter(([, value, its]) => value !== its)
      .map(([name, value, its]) => `${path} { ${name}: ${value} } became ${its}`),
  );
}

describe('on a hostile page', () => {
  let browser: Browser;
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: [EVERY_QUESTION] }),
    (scene) => ({ browser, brand, visitor } = scene),
  );

  const visit = async (body: string, who = visitor) => {
    await who.page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
    brand.setBody(body);
    await who.visit(`${brand.url}/`);
    await who.find('parley-launcher >>> button');
  };
  const script = () => brand.scriptTag('data-flow="every" data-name="Tarn &amp; Tor"');

  it('each element of the widget is drawn as on any other', async () => {
    const calm = await Visitor.arrive(browser);
    try {
      const pages = [
        [calm, PAGE],
        [visitor, `<style>${RULES}</style>${PAGE}`],
      ] as const;
      for (const [who, page] of pages) {
        await visit(page + script(), who);
        await who.page.evaluate(() =>
          document.querySelector('parley-launcher')?.shadowRoot?.querySelector('button')?.click(),
        );
        await who.find('parley-chat >>> input[name="name"]');
        await who.page.mouse.move(0, 0);
      }
      assert.deepEqual(differences(await looks(calm), await looks(visitor)), []);
    } finally {
      await calm.leave();
    }
  });

  it('is closed until it is opened', async () => {
    await visit(`<style>${RULES}</style>${PAGE}${script()}`);
    await visitor.openChat('Hello, you.');
    await visitor.page.evaluate(() =>
      (document.querySelector('parley-chat') as unknown as { close(): void }).close(),
    );
    await visitor.page.waitForFunction(
      () => document.querySelector('parley-chat')?.getClientRects().length === 0,
    );
  });

  for (const [name, page] of [
    ['a calm page', PAGE],
    ['the hostile page', `<style>${RULES}</style>${PAGE}`],
  ] as const) {
    it(`${name} is drawn as it was without the widget`, async () => {
      const pageLooks = () =>
        visitor.page.evaluate(() =>
          [...document.querySelectorAll('html, body, header, header *, main, main *')].map((element) => {
            const style = getComputedStyle(element);
            return [...style].map((property) =>
              [element.localName, property, style.getPropertyValue(property)].join(' '),
            );
          }),
        );
      brand.setBody(page);
      await visitor.visit(`${brand.url}/`);
      const before = await pageLooks();
      await visit(page + script());
      await visitor.openChat('Hello, you.');
      assert.deepEqual(await pageLooks(), before);
    });
  }

  it('the whole conversation passes', async () => {
    await visit(`${SCRIPTS}<style>${RULES}</style>${PAGE}${script()}`);
    await visitor.openChat('Hello, you.');
    await goThrough(visitor);
  });

  /** What a click would meet there. */
  const atCorner = () =>
    visitor.page.evaluate(() => {
      const { innerWidth, innerHeight } = window;
      const at = (x: number, y: number) => document.elementFromPoint(x, y)?.localName;
      return [at(innerWidth - 50, innerHeight - 50), at(innerWidth - 200, innerHeight - 300)];
    });

  const OVERLAYS: readonly (readonly [name: string, page: string])[] = [
    [
      'a page of large z-indices',
      '<style>header, main { position: fixed; inset: 0; z-index: 999999; }</style>',
    ],
    [
      'an overlay of the largest z-index, where the page says so',
      '<style>main { position: fixed; inset: 0; z-index: 2147483647; } :root { --parley-z-index: 2147483647; }</style>',
    ],
    [
      'a body that is filtered, moved and contained',
      '<style>body { filter: grayscale(1); transform: translateX(0); contain: layout; min-height: 300vh; }</style>',
    ],
    ['a page that cannot be scrolled', '<style>html, body { overflow: hidden; height: 100%; }</style>'],
  ];
  for (const [name, page] of OVERLAYS) {
    it(`lies in its corner, above ${name}`, async () => {
      await visit(page + PAGE + script());
      await visitor.openChat('Hello, you.');
      assert.deepEqual(await atCorner(), ['parley-launcher', 'parley-chat']);
    });
  }

  for (const holder of ['documentElement', 'body'] as const) {
    it(`makes room for a cookie banner as docs/theming.md has it, with the class on the ${holder}`, async () => {
      const [, rule] =
        /^( {4}html\.cookie-banner-is-open,\n.+)$/m.exec(readFileSync('docs/theming.md', 'utf8')) ?? [];
      assert.ok(rule, 'There is no such example.');
      await visit(`<style>${rule}</style>${PAGE}${script()}`);
      const gap = () =>
        visitor.page.$eval(
          'parley-launcher',
          (launcher) => innerHeight - launcher.getBoundingClientRect().bottom,
        );
      assert.equal(await gap(), 20);
      await visitor.page.evaluate((name) => document[name].classList.add('cookie-banner-is-open'), holder);
      assert.equal(await gap(), 140);
    });
  }

  it('leaves a dialog of the page’s alone, and is there after it', async () => {
    await visit(`<dialog><form method="dialog"><button>Close</button></form></dialog>${PAGE}${script()}`);
    await visitor.openChat('Hello, you.');
    await visitor.page.$eval('dialog', (dialog) => dialog.showModal());
    assert.notDeepEqual(await atCorner(), ['parley-launcher', 'parley-chat']);
    await (await visitor.find('dialog button')).click();
    assert.deepEqual(await atCorner(), ['parley-launcher', 'parley-chat']);
    await visitor.answer('name', 'Ada');
    await visitor.hears('Your address, Ada?');
  });
});
