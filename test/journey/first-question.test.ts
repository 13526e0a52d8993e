/** What a visitor waits for, and what their browser keeps, before they have said anything. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import type { Visitor } from './visitor.ts';

const BYE = { type: 'end', text: 'Bye {{answers.first_name}}' };
const ask = (next: string) => ({ type: 'ask', field: 'first_name', input: 'text', text: 'Your name?', next });

const PLAIN = { id: 'plain', start: 'name', nodes: { name: ask('bye'), bye: BYE } };
const TAGGED = {
  id: 'tagged',
  start: 'fork',
  nodes: {
    fork: {
      type: 'branch',
      cases: [{ when: { in: ['boots', { var: 'page.tags' }] }, next: 'name' }],
      else: 'bye',
    },
    name: ask('bye'),
    bye: BYE,
  },
};
/** What it sends has been said by nobody: the page alone tells it. */
const TOLD = {
  id: 'told',
  start: 'hello',
  nodes: {
    hello: { type: 'message', text: 'Hello', next: 'note' },
    note: {
      type: 'action',
      call: 'users/track',
      attributes: { page_tags: { add: '{{page.tags}}' } },
      on: { success: 'name', error: 'name', invalid: 'name' },
    },
    name: ask('bye'),
    bye: BYE,
  },
};
const LETTER = {
  id: 'letter',
  start: 'name',
  nodes: {
    name: ask('save'),
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { first_name: '{{answers.first_name}}', page_tags: { add: '{{page.tags}}' } },
      on: { success: 'bye', error: 'bye', invalid: 'name' },
    },
    bye: BYE,
  },
};
const SPLIT = {
  id: 'split',
  start: 'draw',
  nodes: {
    draw: {
      type: 'split',
      ways: [
        { weight: 1, next: 'name' },
        { weight: 1, next: 'again' },
      ],
    },
    name: ask('bye'),
    again: ask('bye'),
    bye: BYE,
  },
};

describe('before anything is said', () => {
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: [PLAIN, TAGGED, TOLD, LETTER, SPLIT] }),
    (scene) => ({ brand, visitor } = scene),
  );

  const open = async (flow: string, before = '') => {
    brand.setBody(`${before}${brand.scriptTag(`data-flow="${flow}"`)}`);
    await visitor.visit(brand.url);
    await visitor.openChat('Your name?');
  };
  const databases = () =>
    visitor.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  const keptIn = (storage: 'localStorage' | 'sessionStorage') =>
    visitor.page.evaluate((name) => Object.keys(window[name]).sort(), storage);
  /** Of the relay's files, by name and in the order in which they were asked for; each with its times. */
  const fetched = () =>
    visitor.page.evaluate((relay) => {
      const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
      return entries
        .filter(({ name }) => name.startsWith(relay))
        .map(({ name, startTime, responseEnd }) => {
          const [file = ''] = (name.split('/').at(-1) ?? '').split(/-[\w-]{8}\.js|\?/);
          return { file, startTime, responseEnd };
        });
    }, brand.relayUrl);
  const until = (file: string) =>
    visitor.page.waitForFunction(
      (wanted) => performance.getEntriesByType('resource').some(({ name }) => name.includes(`/${wanted}-`)),
      {},
      file,
    );

  it('nothing is fetched but the chat, its words and the flow; the rest is at hand then', async () => {
    await open('plain');
    await until('delivery');
    await until('navigation');
    const files = await fetched();
    const flow = files.find(({ file }) => file === 'plain');
    const [before, after] = [true, false].map((isBefore) =>
      files
        .filter(({ startTime }) => startTime < (flow?.responseEnd ?? 0) === isBefore)
        .map(({ file }) => file)
        .sort(),
    );
    assert.deepEqual(before, ['en', 'parley-chat', 'parley.js', 'plain']);
    assert.deepEqual(after, ['delivery', 'navigation', 'tags']);
  });

  it('nothing is kept; the first answer is, and the conversation goes on from there', async () => {
    await open('plain');
    await until('delivery');
    assert.deepEqual(await databases(), []);
    assert.deepEqual(await keptIn('localStorage'), ['parley-visits']);
    assert.deepEqual(await keptIn('sessionStorage'), ['parley-landed', 'parley-open']);
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Bye Ada');
    assert.deepEqual(await databases(), [`parley ${brand.relayUrl}`]);
    await visitor.reload();
    await visitor.find('parley-chat >>> .over button');
  });

  it('another tab hears what is said here, to its end', async () => {
    await open('plain');
    const other = await visitor.anotherTab();
    await other.visit(brand.url);
    await other.openChat('Your name?');
    await visitor.page.bringToFront();
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Bye Ada');
    await other.page.bringToFront();
    await other.hears('Bye Ada');
    assert.equal(await other.transcript(), await visitor.transcript());
  });

  it('a network that goes then costs nothing', async () => {
    await open('plain');
    await until('delivery');
    await visitor.page.setOfflineMode(true);
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Bye Ada');
    assert.deepEqual(await databases(), [`parley ${brand.relayUrl}`]);
  });

  it('a flow that goes by the page’s tags has them', async () => {
    await open('tagged', '<meta name="parley:tag" content="boots">');
  });

  it('a flow that sends something at once sends the page’s tags with it', async () => {
    await open('told', '<meta name="parley:tag" content="boots">');
    assert.deepEqual(brand.emulator.profiles()[0]?.custom_attributes['page_tags'], ['boots']);
  });

  it('an answer that is sent at once has the page’s tags with it', async () => {
    await open('letter', '<meta name="parley:tag" content="boots">');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Bye Ada');
    assert.deepEqual(brand.emulator.profiles()[0]?.custom_attributes['page_tags'], ['boots']);
  });

  for (const [when, attributes, say] of [
    ['at once', '', undefined],
    ['once the page says that it may be', 'data-consent="required"', ['setConsent', true]],
  ] as const) {
    it(`what an earlier page could not deliver is sent ${when}, also where nobody opens the chat`, async () => {
      await open('letter');
      await until('delivery');
      const tools = await visitor.page.createCDPSession();
      await tools.send('Network.enable');
      await tools.send('Network.setBlockedURLs', { urls: ['*/v1/sessions', '*/v1/submissions'] });
      await visitor.answer('first_name', 'Ada');
      await visitor.hears('Bye Ada');
      await visitor.page.keyboard.press('Escape');
      await visitor.visit('about:blank');
      await tools.send('Network.setBlockedURLs', { urls: [] });
      brand.setBody(brand.scriptTag(`data-flow="plain" ${attributes}`));
      await visitor.visit(`${brand.url}/another`);
      if (say) {
        assert.deepEqual(brand.emulator.profiles(), []);
        await visitor.page.evaluate((command) => window.parley?.push(command as never), [...say]);
      }
      await brand.logged(({ event }) => event === 'submission_settled');
      assert.equal(brand.emulator.profiles()[0]?.standard['first_name'], 'Ada');
    });
  }

  it('what falls to the visitor by chance falls to them again', async () => {
    await open('split');
    const drawn = () =>
      visitor.page.evaluate(
        async (name) =>
          new Promise((resolve) => {
            const opening = indexedDB.open(name);
            opening.onsuccess = () => {
              const records = opening.result.transaction('records').objectStore('records');
              const reading = records.get('seed');
              reading.onsuccess = () => {
                opening.result.close();
                resolve(reading.result);
              };
            };
          }),
        `parley ${brand.relayUrl}`,
      );
    const seed = await drawn();
    assert.equal(typeof seed, 'string');
    await visitor.reload();
    await visitor.hears('Your name?');
    assert.equal(await drawn(), seed);
  });
});
