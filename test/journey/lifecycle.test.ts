/** Lifecycle events, from the page to Braze: when they are told, and who has abandoned a conversation. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import type { LogEntry } from '../../server/log-fields.ts';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import { Visitor } from './visitor.ts';

const ask = (field: string, text: string, next: string) => ({
  type: 'ask',
  field,
  input: 'text',
  text,
  next,
});

const WELCOME = {
  id: 'welcome',
  locale: 'en',
  start: 'name',
  nodes: {
    name: ask('first_name', 'Your name?', 'city'),
    city: ask('city', 'Where from?', 'save'),
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { first_name: '{{answers.first_name}}' },
      on: { success: 'desk', error: 'desk' },
    },
    desk: {
      type: 'handoff',
      text: 'Ring us.',
      offers: [{ phone: '+441234567890', text: 'Call' }],
      next: 'end',
    },
    end: { type: 'end', text: 'Goodbye, {{answers.first_name}}.' },
  },
};

/** What the first answer leads to the relay decides. */
const ASKING = {
  id: 'asking',
  locale: 'en',
  start: 'name',
  nodes: {
    name: ask('first_name', 'Your name?', 'tier'),
    tier: {
      type: 'branch',
      cases: [{ when: { '==': [{ var: 'profile.custom_attributes.tier' }, 'gold'] }, next: 'lounge' }],
      else: 'end',
    },
    lounge: { type: 'message', text: 'The lounge is open.', next: 'end' },
    end: { type: 'end', text: 'Goodbye, {{answers.first_name}}.' },
  },
};

const EVENTS = {
  started: 'chat_started',
  completed: 'chat_completed',
  handed_off: 'chat_handed_off',
  abandoned: 'chat_abandoned',
  page: 'chat_page',
};

describe('what is told of a conversation', () => {
  let browser: Browser;
  let brand: Brand;
  let visitor: Visitor;
  let events: object = EVENTS;
  eachWithBrand(
    () => openBrand({ flows: [WELCOME, ASKING], site: { events, abandoned_after: 1 } }),
    (scene) => ({ browser, brand, visitor } = scene),
  );

  /** All events at Braze: name and properties, but for the ids and the time. */
  const told = () =>
    brand.emulator
      .profiles()
      .flatMap(({ events }) => events)
      .map(({ name, properties }) => {
        const { submission_id: _, conversation: __, flow: ___, left_at: ____, ...rest } = properties;
        return [name, rest] as const;
      });

  const isTold = (name: string, count = 1) =>
    brand.emulator.until(() => told().filter(([each]) => each === name).length >= count);

  const isAt =
    (wanted: string) =>
    ({ event, route }: LogEntry) =>
      event === 'request' && route === wanted;

  /** Whose start has been told of, if to nobody but the relay: from then on they may be missed. */
  const isKnown = (count = 1) => brand.logged(isAt('/v1/submissions'), count);

  const goTo = (path: string, who = visitor) => who.visit(`${brand.url}${path}`);

  it('is when it starts, on which pages, that it was handed off, and that it ended: each once', async () => {
    await goTo('/boots');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Where from?');
    await goTo('/coats');
    await visitor.hears('Where from?');
    await visitor.answer('city', 'Keswick');
    await visitor.hears('Goodbye, Ada.');
    await isTold('chat_completed');
    assert.deepEqual(
      told().sort(([a], [b]) => a.localeCompare(b)),
      [
        ['chat_completed', { node: 'end', page: '/coats' }],
        ['chat_handed_off', { node: 'desk', page: '/coats' }],
        ['chat_page', { node: 'city', page: '/boots' }],
        ['chat_page', { node: 'city', page: '/coats' }],
        ['chat_started', { node: 'city', page: '/boots' }],
      ],
    );
    assert.equal(brand.emulator.profiles().length, 1);
  });

  it('is that it started, and on which page, where the first answer leads to a branch that the relay decides', async () => {
    brand.setBody(brand.scriptTag('data-flow="asking" data-name="Tarn &amp; Tor"'));
    await goTo('/boots');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Goodbye, Ada.');
    for (const name of ['chat_started', 'chat_page', 'chat_completed']) await isTold(name);
    assert.deepEqual(
      told().sort(([a], [b]) => a.localeCompare(b)),
      [
        ['chat_completed', { node: 'end', page: '/boots' }],
        ['chat_page', { node: 'tier', page: '/boots' }],
        ['chat_started', { node: 'tier', page: '/boots' }],
      ],
    );
    assert.equal(brand.log.filter(isAt('/v1/sessions')).length, 1, 'one visitor, who asks and tells at once');
    assert.equal(brand.log.filter(({ event }) => event === 'question_answered').length, 1);
  });

  it('is that it was abandoned, with the node, once for each conversation', async () => {
    await goTo('/boots');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await isTold('chat_started');
    await goTo('/coats');
    await visitor.hears('Where from?');
    await visitor.visit('about:blank');
    await isTold('chat_abandoned');
    await goTo('/boots');
    await visitor.hears('Where from?');
    await visitor.visit('about:blank');
    // Who leaves after that and is told of has had the same time.
    await abandonedByAnother();
    assert.deepEqual(
      told().filter(([name]) => name === 'chat_abandoned'),
      [
        ['chat_abandoned', { node: 'city', page: '/coats', reason: 'unanswered' }],
        ['chat_abandoned', { node: 'city', page: '/other', reason: 'unanswered' }],
      ],
    );
  });

  it('is not that it was abandoned by who goes on to five other pages, and ends it', async () => {
    await goTo('/page-1');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await isTold('chat_started');
    for (const page of [2, 3, 4, 5, 6]) {
      await goTo(`/page-${page}`);
      await isTold('chat_page', page);
    }
    await visitor.answer('city', 'Keswick');
    await visitor.hears('Goodbye, Ada.');
    await visitor.visit('about:blank');
    await abandonedByAnother();
    assert.deepEqual(
      told().filter(([name]) => name === 'chat_abandoned'),
      [['chat_abandoned', { node: 'city', page: '/other', reason: 'unanswered' }]],
    );
  });

  describe('where nothing but that is told', () => {
    before(() => (events = { abandoned: 'chat_abandoned' }));
    after(() => (events = EVENTS));

    it('is not that it was abandoned by who only looks at another page, longer than the idle time', async () => {
      await goTo('/boots');
      await visitor.openChat('Your name?');
      await visitor.answer('first_name', 'Ada');
      await isKnown();
      await goTo('/coats');
      await visitor.hears('Where from?');
      await brand.logged(isAt('/v1/departures'), 2);
      await abandonedByAnother();
      assert.deepEqual(told(), [['chat_abandoned', { node: 'city', page: '/other', reason: 'unanswered' }]]);
    });
  });

  it('is not that it was abandoned by who closes one of two windows, and stays in the other', async () => {
    await goTo('/boots');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await isTold('chat_started');
    const second = await visitor.anotherTab();
    await second.visit(`${brand.url}/coats`);
    await second.openChat('Where from?');
    await isTold('chat_page', 2);
    await second.page.close();
    await abandonedByAnother();
    assert.deepEqual(
      told().filter(([name]) => name === 'chat_abandoned'),
      [['chat_abandoned', { node: 'city', page: '/other', reason: 'unanswered' }]],
    );
  });

  it('is nothing before the first answer', async () => {
    await goTo('/boots');
    await visitor.openChat('Your name?');
    await visitor.visit('about:blank');
    await abandonedByAnother();
    assert.equal(brand.emulator.profiles().length, 1);
    assert.equal(brand.log.filter(isAt('/v1/sessions')).length, 1);
  });

  /** Somebody else starts, leaves, and is found to be gone. */
  async function abandonedByAnother(): Promise<void> {
    const other = await Visitor.arrive(browser);
    const gone = told().filter(([name]) => name === 'chat_abandoned').length;
    const known = brand.log.filter(isAt('/v1/submissions')).length;
    await goTo('/other', other);
    await other.openChat('Your name?');
    await other.answer('first_name', 'Eve');
    await isKnown(known + 1);
    await other.visit('about:blank');
    await isTold('chat_abandoned', gone + 1);
    await other.leave();
  }
});
