/** What the page tells, from the page to Braze: tags that make the conversation fit it, and entry links that bring a cohort to its own. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { createEntryLinks, type EntryLinkRequest } from '../../server/entry-links.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { LogEntry } from '../../server/ports.ts';
import { SANDBOX_KEY, SESSION_SECRET } from '../server/relay-fixture.ts';
import { servePage, type PageServer } from './page-server.ts';
import { openBrowser, Visitor } from './visitor.ts';

const say = (text: string, next: string) => ({ type: 'message', text, next });

/** What is said goes by the page's tags, and by the cohort of the link. */
const flowOf = (id: string) => ({
  id,
  locale: 'en',
  start: 'fit',
  nodes: {
    fit: {
      type: 'branch',
      cases: [
        { when: { '==': [{ var: 'entry.cohort' }, 'spring'] }, next: 'spring' },
        { when: { in: ['boots', { var: 'page.tags' }] }, next: 'boots' },
      ],
      else: 'anything',
    },
    spring: say('Spring is for friends.', 'name'),
    boots: say('Looking for boots?', 'name'),
    anything: say('Hello there.', 'name'),
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Your name?', next: 'save' },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { first_name: '{{answers.first_name}}', page_tags: { add: '{{page.tags}}' } },
      events: [
        {
          name: 'chat_named',
          properties: { page: '{{page.path}}', cohort: '{{entry.cohort}}', source: '{{page.utm.source}}' },
        },
      ],
      on: { success: 'thanks', error: 'sorry' },
    },
    thanks: { type: 'end', text: 'Thank you, {{answers.first_name}}.' },
    sorry: { type: 'end', text: 'Sorry' },
  },
});

describe('a conversation that knows its page', () => {
  let browser: Browser;
  let braze: EmulatorServer;
  let pages: PageServer;
  let relay: RunningRelay;
  let visitor: Visitor;
  let log: LogEntry[] = [];

  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    log = [];
    braze = await serveEmulator({
      port: 0,
      workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions: ['users.track'] }] }],
    });
    pages = await servePage();
    relay = await serveRelay({
      settings: {
        organization: 'BrandExample',
        environments: { sandbox: { endpoint: braze.url } },
        sites: {
          brand: {
            sandbox: [pages.url],
            tags: { paths: [{ path: '/boots/**', tags: ['boots'] }], data_layer: ['page.category'] },
          },
        },
      },
      env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
      flows: ['welcome', 'vip'].map((id) => ({ source: `${id}.json`, json: flowOf(id) })),
      assets: 'dist',
      port: 0,
      hostname: 'localhost',
      store: createSqliteStore({ file: ':memory:', clock: Date.now }),
      log: (entry) => log.push(entry),
    });
    visitor = await Visitor.arrive(browser);
  });
  afterEach(async () => {
    await visitor.leave();
    await relay.close();
    await pages.close();
    await braze.close();
  });

  const script = () =>
    `<script async src="${relay.url}/parley.js" data-flow="welcome" data-name="Tarn &amp; Tor"></script>`;
  const open = async () => (await visitor.find('parley-launcher >>> button')).click();
  /** What Braze has of the one who was here. */
  const profile = async () => {
    await braze.emulator.until(({ profiles }) => profiles().some(({ events }) => events.length > 0));
    const [found] = braze.emulator.profiles();
    assert.ok(found);
    return found;
  };

  it('takes the branch that its tags ask for, and adds them to the profile', async () => {
    pages.setBody(`
      <meta name="parley:tag" content="Winter, sale">
      <script type="application/ld+json">{"@type": "Product", "category": "Footwear"}</script>
      <script>window.dataLayer = [{ page: { category: "Mountain" }, user: { email: "ada@example.com" } }];</script>
      ${script()}`);
    await visitor.visit(`${pages.url}/boots/high/lake-4?utm_source=letter&email=ada@example.com`);
    await open();
    await visitor.hears('Looking for boots?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Thank you, Ada.');
    const { custom_attributes: custom, events } = await profile();
    assert.deepEqual([...(custom['page_tags'] as string[])].sort(), [
      'boots',
      'footwear',
      'mountain',
      'product',
      'sale',
      'winter',
    ]);
    const { submission_id: _, ...properties } = events[0]?.properties ?? {};
    assert.deepEqual(properties, { page: '/boots/high/lake-4', source: 'letter' });
    assert.ok(!JSON.stringify(braze.emulator.journal()).includes('ada@example.com'));
  });

  it('hears of tags from the script tag, and from the page’s own code', async () => {
    pages.setBody(script().replace('data-name', 'data-tags="Winter" data-name'));
    await visitor.visit(`${pages.url}/tents`);
    await open();
    await visitor.hears('Hello there.');
    await visitor.page.$eval('parley-chat', (chat) => chat.setTags(['Sale', 'ada@example.com']));
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Thank you, Ada.');
    const { custom_attributes: custom } = await profile();
    assert.deepEqual(custom['page_tags'], ['winter', 'sale']);
  });

  it('takes the other one where the page has no such tag', async () => {
    pages.setBody(script());
    await visitor.visit(`${pages.url}/tents`);
    await open();
    await visitor.hears('Hello there.');
  });

  describe('with an entry link', () => {
    const linkTo = (change: Partial<EntryLinkRequest> = {}, life = 3_600_000) =>
      createEntryLinks(
        { sessionSecret: () => new TextEncoder().encode(SESSION_SECRET) },
        { clock: Date.now, createId: webPorts.createId },
      ).make({ site: 'brand', environment: 'sandbox', flow: 'vip', cohort: 'spring', ...change }, life);

    it('opens in the flow of its cohort, which Braze hears of, and leaves the address as it was', async () => {
      pages.setBody(script());
      await visitor.visit(`${pages.url}/tents#parley=${await linkTo()}`);
      await visitor.hears('Spring is for friends.');
      assert.equal(visitor.page.url(), `${pages.url}/tents`);
      await visitor.visit(`${pages.url}/boots`);
      await visitor.answer('first_name', 'Ada');
      await visitor.hears('Thank you, Ada.');
      const { events } = await profile();
      assert.equal(events[0]?.properties['cohort'], 'spring');
    });

    it('that has expired says what the page says to everybody, and the operator why', async () => {
      pages.setBody(script());
      await visitor.visit(`${pages.url}/tents#parley=${await linkTo({}, -7_200_000)}`);
      await visitor.hears('Hello there.');
      assert.deepEqual(
        log.filter(({ event }) => event === 'entry_refused').map(({ reason }) => reason),
        ['expired'],
      );
    });

    it('that is personal writes to its profile for the first visitor, and to their own for the next', async () => {
      pages.setBody(script());
      const link = await linkTo({ external_id: 'customer-7' });
      const other = await Visitor.arrive(browser);
      try {
        for (const [who, name] of [
          [visitor, 'Ada'],
          [other, 'Ben'],
        ] as const) {
          await who.visit(`${pages.url}/tents#parley=${link}`);
          await who.hears('Spring is for friends.');
          await who.answer('first_name', name);
          await who.hears(`Thank you, ${name}.`);
        }
      } finally {
        await other.leave();
      }
      const profiles = braze.emulator.profiles().map(({ external_id, standard, events }) => ({
        id: external_id,
        name: standard['first_name'],
        cohort: events[0]?.properties['cohort'],
      }));
      assert.deepEqual(
        profiles.sort((one, two) => String(one.name).localeCompare(String(two.name))),
        [
          { id: 'customer-7', name: 'Ada', cohort: 'spring' },
          { id: undefined, name: 'Ben', cohort: 'spring' },
        ],
      );
    });
  });
});
