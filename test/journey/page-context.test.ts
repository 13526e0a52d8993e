/** What the page tells, from the page to Braze: tags that make the conversation fit it, and entry links that bring a cohort to its own. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { createEntryLinks, type EntryLinkRequest } from '../../server/entry-links.ts';
import { SESSION_SECRET } from '../server/relay-fixture.ts';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import { Visitor } from './visitor.ts';

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
          properties: {
            page: '{{page.path}}',
            cohort: '{{entry.cohort}}',
            source: '{{page.utm.source}}',
            referrer: '{{page.referrer}}',
          },
        },
      ],
      on: { success: 'thanks', error: 'sorry' },
    },
    thanks: { type: 'end', text: 'Thank you, {{answers.first_name}}.' },
    sorry: { type: 'end', text: 'Sorry' },
  },
});

const SITE = {
  tags: { paths: [{ path: '/boots/**', tags: ['boots'] }], data_layer: ['page.category'] },
  entry: { query: true },
};

describe('a conversation that knows its page', () => {
  let browser: Browser;
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: ['welcome', 'vip'].map(flowOf), site: SITE }),
    (scene) => ({ browser, brand, visitor } = scene),
  );

  /** What Braze has of the one who was here. */
  const profile = async () => {
    await brand.emulator.until(({ profiles }) => profiles().some(({ events }) => events.length > 0));
    const [found] = brand.emulator.profiles();
    assert.ok(found);
    return found;
  };

  it('takes the branch that its tags ask for, and adds them to the profile', async () => {
    brand.setBody(`
      <meta name="parley:tag" content="Winter, sale">
      <script type="application/ld+json">{"@type": "Product", "category": "Footwear"}</script>
      <script>window.dataLayer = [{ page: { category: "Mountain" }, user: { email: "ada@example.com" } }];</script>
      ${brand.scriptTag()}`);
    await visitor.visit(`${brand.url}/boots/high/lake-4?utm_source=letter&email=ada@example.com`);
    await visitor.openChat('Looking for boots?');
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
    assert.ok(!JSON.stringify(brand.emulator.journal()).includes('ada@example.com'));
  });

  it('tells how the visitor came, who opens the chat on the second page only', async () => {
    await visitor.page.goto(`${brand.url}/boots?utm_source=letter`, {
      referer: 'http://news.example/inbox/ada',
    });
    await visitor.find('parley-launcher >>> button');
    await visitor.page.evaluate(() => (location.href = '/tents'));
    await visitor.page.waitForFunction(() => location.pathname === '/tents');
    assert.match(await visitor.page.evaluate(() => document.referrer), /utm_source=letter$/);
    await visitor.openChat('Hello there.');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Thank you, Ada.');
    const { events } = await profile();
    const { submission_id: _, ...properties } = events[0]?.properties ?? {};
    assert.deepEqual(properties, { page: '/tents', source: 'letter', referrer: 'http://news.example' });
  });

  it('tells how a visitor came whom the page had asked before it, and who opens the chat later', async () => {
    brand.setBody(
      `<script>parley = [["setConsent", true]]</script>${brand.scriptTag('data-flow="welcome" data-consent="required"')}`,
    );
    await visitor.visit(`${brand.url}/boots?utm_source=letter`);
    await visitor.page.waitForFunction(() => sessionStorage.length > 0);
    await visitor.visit(`${brand.url}/tents`);
    await visitor.openChat('Hello there.');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Thank you, Ada.');
    assert.equal((await profile()).events[0]?.properties['source'], 'letter');
  });

  it('hears of tags from the script tag, and from the page’s own code', async () => {
    brand.setBody(brand.scriptTag('data-flow="welcome" data-tags="Winter"'));
    await visitor.visit(`${brand.url}/tents`);
    await visitor.openChat('Hello there.');
    await visitor.page.$eval('parley-chat', (chat) => chat.setTags(['Sale', 'ada@example.com']));
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Thank you, Ada.');
    const { custom_attributes: custom } = await profile();
    assert.deepEqual(custom['page_tags'], ['winter', 'sale']);
  });

  it('takes the other one where the page has no such tag', async () => {
    await visitor.visit(`${brand.url}/tents`);
    await visitor.openChat('Hello there.');
  });

  describe('with an entry link', () => {
    const linkTo = (change: Partial<EntryLinkRequest> = {}, life = 3_600_000) =>
      createEntryLinks(
        { sessionSecret: () => new TextEncoder().encode(SESSION_SECRET) },
        { clock: Date.now, createId: webPorts.createId },
      ).make({ site: 'brand', environment: 'sandbox', flow: 'vip', cohort: 'spring', ...change }, life);

    for (const mark of ['#', '?']) {
      it(`opens in the flow of its cohort, which Braze hears of, and leaves the address as it was: after ${mark}`, async () => {
        await visitor.visit(`${brand.url}/tents${mark}parley=${await linkTo()}`);
        await visitor.hears('Spring is for friends.');
        assert.equal(visitor.page.url(), `${brand.url}/tents`);
        await visitor.visit(`${brand.url}/boots`);
        await visitor.answer('first_name', 'Ada');
        await visitor.hears('Thank you, Ada.');
        const { events } = await profile();
        assert.equal(events[0]?.properties['cohort'], 'spring');
      });
    }

    for (const [name, comeBack] of [
      ['tries again', async () => (await visitor.find('parley-chat >>> .notice .pill')).click()],
      ['goes on to another page', () => visitor.visit(`${brand.url}/boots`)],
    ] as const) {
      it(`that cannot be opened now, for too many have been, is kept: who ${name} comes by it`, async () => {
        let isRefused = false;
        await visitor.page.setRequestInterception(true);
        visitor.page.on('request', (request) => {
          if (isRefused || !request.url().includes('entry=')) return void request.continue();
          isRefused = true;
          const headers = { 'access-control-allow-origin': '*', 'retry-after': '1' };
          return void request.respond({ status: 429, headers, body: '{}' });
        });
        await visitor.visit(`${brand.url}/tents#parley=${await linkTo()}`);
        await visitor.reads('We can’t reach the conversation just now.');
        assert.equal(visitor.page.url(), `${brand.url}/tents`);
        await comeBack();
        await visitor.hears('Spring is for friends.');
        await visitor.answer('first_name', 'Ada');
        await visitor.hears('Thank you, Ada.');
        assert.equal((await profile()).events[0]?.properties['cohort'], 'spring');
      });
    }

    it('that has expired says what the page says to everybody, and the operator why', async () => {
      await visitor.visit(`${brand.url}/tents#parley=${await linkTo({}, -7_200_000)}`);
      await visitor.hears('Hello there.');
      assert.deepEqual(
        brand.log.filter(({ event }) => event === 'entry_refused').map(({ reason }) => reason),
        ['expired'],
      );
    });

    it('that is personal writes to its profile for the first visitor, and to their own for the next', async () => {
      const link = await linkTo({ external_id: 'customer-7' });
      const other = await Visitor.arrive(browser);
      try {
        for (const [who, name] of [
          [visitor, 'Ada'],
          [other, 'Ben'],
        ] as const) {
          await who.visit(`${brand.url}/tents#parley=${link}`);
          await who.hears('Spring is for friends.');
          await who.answer('first_name', name);
          await who.hears(`Thank you, ${name}.`);
        }
      } finally {
        await other.leave();
      }
      const profiles = brand.emulator.profiles().map(({ external_id, standard, events }) => ({
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
