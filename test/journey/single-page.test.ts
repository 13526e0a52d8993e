/** Pages that are shown without being loaded: the chat stays, and knows where it is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import type { Visitor } from './visitor.ts';

const FLOW = {
  id: 'welcome',
  locale: 'en',
  start: 'name',
  nodes: {
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'What’s your name?', next: 'city' },
    city: { type: 'ask', field: 'city', input: 'text', text: 'Where are you from?', next: 'save' },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { first_name: '{{answers.first_name}}' },
      events: [{ name: 'asked', properties: { path: '{{page.path}}', title: '{{page.title}}' } }],
      on: { success: 'bye', error: 'bye' },
    },
    bye: { type: 'end', text: 'Goodbye.' },
  },
};

/** How a site goes to its next page: each in the page, as its framework does it. */
const SWAPS: readonly (readonly [name: string, swap: () => Promise<void> | void])[] = [
  [
    'that changes its address alone',
    () => {
      history.pushState({}, '', '/boots');
      document.title = 'Boots';
    },
  ],
  [
    'that swaps its body for the next page’s',
    () => {
      const next = new DOMParser().parseFromString(
        '<!doctype html><html lang="en"><title>Boots</title><body class="next"><h1>Boots</h1></body></html>',
        'text/html',
      );
      history.pushState({}, '', '/boots');
      document.title = next.title;
      document.documentElement.replaceChild(document.adoptNode(next.body), document.body);
    },
  ],
  [
    'that swaps what is in its body, in a view transition',
    async () => {
      const transition = document.startViewTransition(() => {
        history.replaceState({}, '', '/boots');
        document.title = 'Boots';
        document.body.replaceChildren(Object.assign(document.createElement('h1'), { textContent: 'Boots' }));
      });
      await transition.finished;
    },
  ],
];

describe('a page of a single-page application', () => {
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: [FLOW], site: { page: { title: true } } }),
    (scene) => ({ brand, visitor } = scene),
  );

  for (const [name, swap] of SWAPS) {
    it(`keeps the conversation and what is being typed into it, and is told of by its new address: one ${name}`, async () => {
      await visitor.visit(`${brand.url}/tents`);
      await visitor.openChat('What’s your name?');
      await visitor.answer('first_name', 'Ada');
      const field = await visitor.find('parley-chat >>> input[name="city"]');
      await field.click();
      await visitor.page.keyboard.type('Le');
      await visitor.page.evaluate(swap);
      // Where the focus is, the rest of it arrives.
      await visitor.page.keyboard.type('eds');
      assert.equal(await field.evaluate((input) => (input as HTMLInputElement).value), 'Leeds');
      await visitor.page.keyboard.press('Enter');
      await visitor.hears('Goodbye.');
      const { events = [] } = brand.emulator.profiles()[0] ?? {};
      assert.deepEqual(
        events.map(({ properties }) => [properties['path'], properties['title']]),
        [['/boots', 'Boots']],
      );
      assert.equal(await visitor.page.$$eval('parley-chat', ({ length }) => length), 1);
      assert.equal(await visitor.page.$$eval('parley-launcher', ({ length }) => length), 1);
    });

    it(`keeps the launcher, which opens the chat there: one ${name}`, async () => {
      await visitor.visit(`${brand.url}/tents`);
      await visitor.find('parley-launcher >>> button');
      await visitor.page.evaluate(swap);
      await visitor.openChat('What’s your name?');
    });
  }

  it('runs the script of its next page, and has one launcher and one chat', async () => {
    await visitor.visit(`${brand.url}/tents`);
    await visitor.openChat('What’s your name?');
    await visitor.page.evaluate(async (relay) => {
      const body = document.createElement('body');
      const script = Object.assign(document.createElement('script'), { src: `${relay}/parley.js` });
      script.dataset['flow'] = 'welcome';
      const loaded = new Promise((resolve) => script.addEventListener('load', resolve));
      body.append(script);
      document.body.replaceWith(body);
      await loaded;
    }, brand.relayUrl);
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Where are you from?');
    assert.equal(await visitor.page.$$eval('parley-chat, parley-launcher', ({ length }) => length), 2);
  });

  it('goes on with the conversation in the element of its next page', async () => {
    const element = `<parley-chat flow="welcome" relay="${brand.relayUrl}"></parley-chat>`;
    brand.setBody(element + brand.scriptTag(''));
    await visitor.visit(`${brand.url}/tents`);
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Where are you from?');
    await visitor.page.evaluate((html) => {
      const body = document.createElement('body');
      body.innerHTML = html;
      document.body.replaceWith(body);
    }, element);
    await visitor.answer('city', 'Leeds');
    await visitor.hears('Goodbye.');
  });
});
