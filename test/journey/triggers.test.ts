/** A chat that comes forward by itself, as the script tag asks for it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import type { Visitor } from './visitor.ts';

const WELCOME = JSON.parse(readFileSync('demo/flows/welcome.json', 'utf8')) as { readonly id: string };

const GREETING = 'What’s your first name?';

const LAUNCHER = 'parley-launcher >>> button';
const BADGE = 'parley-launcher >>> [part=badge]';
const TEASER = 'parley-launcher >>> [part=teaser] button';

describe('a chat that comes forward by itself', () => {
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: [WELCOME] }),
    (scene) => ({ brand, visitor } = scene),
  );

  const visit = async (attributes: string, body = '') => {
    brand.setBody(
      `${body}${brand.scriptTag(`data-flow="welcome" data-name="Tarn &amp; Tor" ${attributes}`)}`,
    );
    await visitor.visit(`${brand.url}/`);
  };

  /** Name of the element with the focus, in the page itself. */
  const focused = () => visitor.page.evaluate(() => document.activeElement?.localName);

  const kept = () =>
    visitor.page.evaluate(() =>
      Object.keys(localStorage)
        .filter((key) => key.startsWith('parley-seen'))
        .sort(),
    );

  const expanded = () =>
    visitor.page.evaluate(
      () => document.querySelector('parley-launcher')?.shadowRoot?.querySelector('button')?.ariaExpanded,
    );

  /** Waits until the triggers have looked at the page. */
  const areThere = () =>
    visitor.page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => /\/triggers-[\w-]+\.js$/.test(name)),
    );

  it('opens after a delay, without the focus, once for a visitor', async () => {
    await visit('data-trigger="delay 0.2"');
    await visitor.hears(GREETING);
    assert.equal(await focused(), 'body');
    assert.deepEqual(await kept(), ['parley-seen-delay', 'parley-seen-visits']);
    const launcher = await visitor.find(LAUNCHER);
    await launcher.click();
    await visitor.find(`${LAUNCHER}[aria-expanded="false"]`);
    await visitor.visit(`${brand.url}/another`);
    await areThere();
    await visitor.page.waitForNetworkIdle();
    assert.equal(await expanded(), 'false');
  });

  it('opens at a depth of the page', async () => {
    await visit('data-trigger="scroll 50"', '<div style="height: 4000px"></div>');
    await areThere();
    await visitor.page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    await visitor.hears(GREETING);
  });

  it('opens when the mouse leaves by the top', async () => {
    await visit('data-trigger="exit"');
    await areThere();
    await visitor.page.waitForNetworkIdle();
    await visitor.page.mouse.move(200, 200);
    await visitor.page.mouse.move(200, -5);
    await visitor.hears(GREETING);
  });

  it('opens by a tag that the page’s code says before or after the script is there', async () => {
    await visit('data-trigger="tag pricing"');
    await areThere();
    await visitor.page.evaluate(() => window.parley?.push(['setTags', ['pricing']]));
    await visitor.hears(GREETING);
    const other = await visitor.anotherTab();
    brand.setBody(
      `<script>(window.parley ??= []).push(['setTags', 'suv'])</script>${brand.scriptTag('data-flow="welcome" data-trigger="tag suv" data-repeat="page"')}`,
    );
    await other.visit(`${brand.url}/`);
    await other.hears(GREETING);
  });

  it('waits while the visitor types into the page', async () => {
    await visit('data-trigger="tag pricing"', '<input id="search"><button id="go">Go</button>');
    await areThere();
    await visitor.page.type('#search', 'boo');
    await visitor.page.evaluate(() => window.parley?.push(['setTags', 'pricing']));
    await visitor.page.keyboard.type('ts');
    assert.equal(await expanded(), 'false');
    assert.equal(await visitor.page.$eval('#search', (input) => (input as HTMLInputElement).value), 'boots');
    await visitor.page.focus('#go');
    await visitor.hears(GREETING);
    assert.equal(await focused(), 'button');
  });

  it('has a teaser that opens it by keyboard, with the focus', async () => {
    await visit('data-teaser="Questions? Ask away" data-teaser-trigger="delay 0" data-badge="1"');
    const teaser = await visitor.find(TEASER);
    assert.equal(await visitor.page.$eval(LAUNCHER, ({ ariaLabel }) => ariaLabel), 'Chat: Tarn & Tor (1)');
    await teaser.focus();
    await visitor.page.keyboard.press('Enter');
    await visitor.hears(GREETING);
    await visitor.page.waitForFunction(() => document.activeElement?.localName === 'parley-chat');
    assert.equal(await visitor.page.$eval(LAUNCHER, ({ ariaLabel }) => ariaLabel), 'Chat: Tarn & Tor');
  });

  it('has a teaser that is dismissed by Escape for good', async () => {
    await visit('data-teaser="Questions? Ask away" data-teaser-trigger="delay 0"');
    const teaser = await visitor.find(TEASER);
    await teaser.focus();
    await visitor.page.keyboard.press('Escape');
    assert.equal(await visitor.page.$(TEASER), null);
    assert.deepEqual(await kept(), ['parley-seen-teaser', 'parley-seen-told', 'parley-seen-visits']);
    await visitor.reload();
    await visitor.find('parley-launcher >>> button');
    // What draws it is there, and has had its turn.
    await visitor.page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => /\/signs-[\w-]+\.js$/.test(name)),
    );
    await visitor.page.evaluate(async () => new Promise((resolve) => requestIdleCallback(resolve)));
    assert.equal(await visitor.page.$(TEASER), null);
  });

  it('counts on its badge what is said while it is closed, here by another tab, until it is opened', async () => {
    await visit('data-badge="0"');
    await visitor.openChat(GREETING);
    await visitor.page.keyboard.press('Escape');
    await visitor.page.waitForFunction(() => document.activeElement?.localName === 'parley-launcher');
    assert.equal(await visitor.page.$(BADGE), null);
    const other = await visitor.anotherTab();
    await other.visit(`${brand.url}/`);
    await other.openChat(GREETING);
    const said = async () => (await other.transcript()).match(/^brand/gm)?.length ?? 0;
    const before = await said();
    await other.answer('first_name', 'Ada');
    await other.hears('Lovely to meet you, Ada.');
    const count = (await said()) - before;
    assert.ok(count > 0);
    await visitor.page.bringToFront();
    /** Waits until badge and name say so. */
    const untilShown = (badge: string | undefined, name: string) =>
      visitor.page.waitForFunction(
        (...wanted) => {
          const root = document.querySelector('parley-launcher')?.shadowRoot;
          const shown = [
            root?.querySelector('[part=badge]')?.textContent,
            root?.querySelector('button')?.ariaLabel,
          ];
          return shown.every((each, index) => each === wanted[index]);
        },
        {},
        badge,
        name,
      );
    await untilShown(String(count), `Chat: Tarn & Tor (${count})`);
    await visitor.openChat('Lovely to meet you, Ada.');
    await untilShown(undefined, 'Chat: Tarn & Tor');
  });

  it('keeps nothing before the visitor has consented, counts the visit then, and forgets it with the rest', async () => {
    await visit('data-consent="required" data-teaser="Questions?" data-teaser-trigger="delay 0"');
    await visitor.find(TEASER);
    assert.deepEqual(await kept(), []);
    await visitor.page.evaluate(() => window.parley?.push(['setConsent', true]));
    assert.deepEqual(await kept(), ['parley-seen-visits']);
    await visitor.page.evaluate(() => window.parley?.push(['setConsent', false]));
    assert.deepEqual(await kept(), []);
  });

  it('leaves nothing behind when it is destroyed', async () => {
    await visit('data-trigger="tag pricing" data-teaser="Questions?" data-teaser-trigger="delay 0"');
    await visitor.find(TEASER);
    await visitor.page.evaluate(() => window.parley?.push(['destroy']));
    await visitor.page.waitForFunction(() => !document.querySelector('parley-launcher'));
    await visitor.page.evaluate(() => {
      const tag = Object.assign(document.createElement('meta'), { name: 'parley:tag', content: 'pricing' });
      document.head.append(tag);
    });
    await visitor.page.waitForNetworkIdle();
    assert.equal(await visitor.page.$('parley-chat'), null);
  });
});
