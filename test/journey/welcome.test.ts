import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser, Page } from 'puppeteer-core';
import type { Emulator, Fault, Profile } from '../../demo/braze/emulator.ts';
import { startDemo, type Demo } from '../../demo/demo.ts';
import { builtWidget } from '../built-widget.ts';
import { ANSWERS, openBrowser, Visitor } from './visitor.ts';

const EXPORT_KEY = 'a-key-that-may-export';

describe('the welcome conversation on the landing page', () => {
  let browser: Browser;
  let demo: Demo;
  let visitor: Visitor;

  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    // With the flow's own event alone: these tests count what is at Braze, and break the way of what is sent next.
    demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined, {
      events: {},
      assets: await builtWidget(),
    });
    visitor = await Visitor.arrive(browser);
    await visitor.visit(`${demo.pagesUrl}/`);
  });
  afterEach(async () => {
    await visitor.leave();
    await demo.close();
  });

  /** The one profile that Braze has, once it has that many events, with all that was accepted until then. */
  const profileWithEvents = async (count: number): Promise<Profile> => {
    const found = ({ profiles }: Emulator) => profiles().find(({ events }) => events.length >= count);
    await demo.emulator.until(found);
    demo.emulator.settle();
    return found(demo.emulator) as Profile;
  };

  /** As a marketer's own programs find them at Braze. */
  const exportedTags = async (user_aliases: Profile['user_aliases']): Promise<readonly string[]> => {
    demo.emulator.addKey({ key: EXPORT_KEY, permissions: ['users.export.ids'] });
    const answer = await fetch(`${demo.brazeUrl}/users/export/ids`, {
      method: 'POST',
      headers: { authorization: `Bearer ${EXPORT_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ user_aliases, fields_to_export: ['custom_attributes'] }),
    });
    const { users } = (await answer.json()) as {
      readonly users: readonly { readonly custom_attributes: { readonly page_tags: readonly string[] } }[];
    };
    return users.flatMap(({ custom_attributes: { page_tags } }) => page_tags);
  };

  const assertArrivedOnce = async () => {
    const profile = await profileWithEvents(1);
    assert.equal(demo.emulator.profiles().length, 1);
    assert.equal(profile.events.length, 1);
    assert.equal(profile.standard['email'], 'ada@example.com');
  };

  it('brings the six fields to Braze under their documented names, with one event, and shows the success branch', async () => {
    await visitor.openChat();
    await visitor.answerAll();
    await visitor.hears('Thank you, Ada.');
    await visitor.hears('You have one of our shops in Keswick.');
    const profile = await profileWithEvents(1);
    assert.deepEqual(profile.standard, {
      first_name: 'Ada',
      last_name: 'Lovelace',
      email: 'ada@example.com',
      dob: '1815-12-10',
      home_city: 'Keswick',
    });
    assert.deepEqual(profile.custom_attributes, {
      operating_system: 'Linux',
      page_tags: ['website', 'store', 'hill-walking', 'autumn-kit'],
    });
    assert.equal(profile.external_id, undefined);
    assert.deepEqual(
      profile.user_aliases.map(({ alias_name: visitor, alias_label }) => alias_label === `parley-${visitor}`),
      [true],
    );
    const [event, ...others] = profile.events;
    assert.deepEqual(others, []);
    assert.equal(event?.name, 'chat_profile_completed');
    assert.match(event.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const { submission_id: _, ...properties } = event.properties;
    assert.deepEqual(properties, { page: '/', device: 'desktop', visits: 1 });
    assert.equal(demo.emulator.journal().length, 1);
    assert.deepEqual(visitor.outcomes, ['success']);
  });

  it('shows the key to no browser', async () => {
    await visitor.openChat();
    await visitor.answerAll();
    await visitor.hears('Thank you, Ada.');
    const everything = await visitor.everythingReceived();
    for (const expected of ['/parley.js', '/v1/flows/welcome', '/v1/sessions', '/v1/submissions']) {
      assert.ok(everything.includes(`${demo.relayUrl}${expected}`), `the search missed ${expected}`);
    }
    assert.ok(!everything.includes(demo.key), 'the key was sent to the browser');
  });

  const faults: { name: string; fault: Fault; recover: () => Promise<void> }[] = [
    { name: '500', fault: { kind: 'status', status: 500 }, recover: async () => undefined },
    {
      name: '429',
      fault: { kind: 'status', status: 429, style: 'retry-after' },
      recover: async () => undefined,
    },
    // The relay waits for the operator, who gives it another key, or the same one again.
    { name: '401', fault: { kind: 'status', status: 401 }, recover: () => demo.reloadRelay() },
  ];
  for (const { name, fault, recover } of faults) {
    it(`lets the visitor go on when Braze answers ${name}, and delivers once after recovery`, async () => {
      demo.emulator.setFault(fault);
      await visitor.openChat();
      await visitor.answerAll();
      await visitor.hears('Thank you, Ada.');
      assert.deepEqual(visitor.outcomes, ['queued']);
      // It is safe at the relay: the browser has nothing left to send.
      await visitor.isToldOfWaiting(false);
      demo.emulator.settle();
      assert.equal(demo.emulator.profiles().length, 0);
      demo.emulator.setFault(undefined);
      await recover();
      await assertArrivedOnce();
      assert.deepEqual(visitor.outcomes, ['queued']);
    });
  }

  it('asks again for a value that Braze refused, and for nothing else', async () => {
    demo.emulator.setFault({
      kind: 'errors',
      errors: [
        {
          type: "The value provided for the 'email' field is not a valid email.",
          input_array: 'attributes',
          index: 0,
        },
      ],
      times: 1,
    });
    await visitor.openChat();
    await visitor.answerAll();
    await visitor.isRefused('That wasn’t accepted.');
    await visitor.answer('email', 'ada@example.org');
    await visitor.hears('Thank you, Ada.');
    const profile = await profileWithEvents(1);
    assert.equal(profile.standard['email'], 'ada@example.org');
    assert.equal(profile.standard['home_city'], 'Keswick');
    assert.equal(profile.events.length, 1);
    assert.deepEqual(visitor.outcomes, ['invalid', 'success']);
    const transcript = await visitor.transcript();
    assert.equal(transcript.split('which city').length - 1, 1, transcript);
  });

  it('treats the visitor with care when nothing can be done', async () => {
    demo.emulator.setFault({
      kind: 'errors',
      errors: [{ type: 'something about the event', input_array: 'events', index: 0 }],
    });
    await visitor.openChat();
    await visitor.answerAll();
    await visitor.hears('I’m sorry, Ada');
    await visitor.hears('hello@tarnandtor.example');
    assert.deepEqual(visitor.outcomes, ['error']);
  });

  it('goes on where it was after a reload and on another page', async () => {
    await visitor.openChat();
    await visitor.answerAll(ANSWERS.slice(0, 2));
    await visitor.hears('Your email address');
    const before = await visitor.transcript();
    await visitor.reload();
    await visitor.hears('Your email address');
    assert.equal(await visitor.transcript(), before);
    await visitor.visit(`${demo.pagesUrl}/journal.html`);
    await visitor.hears('Your email address');
    await visitor.answerAll(ANSWERS.slice(2));
    await visitor.hears('Thank you, Ada.');
    await assertArrivedOnce();
  });

  it('adds to the profile what its pages are about, and what of them the visitor saw and clicked', async () => {
    await visitor.visit(`${demo.pagesUrl}/?utm_campaign=october`);
    await visitor.openChat();
    await visitor.isRead();
    await (await visitor.find('[data-parley-tag="guided-walks"]')).click();
    await visitor.answerAll();
    await visitor.hears('Thank you, Ada.');
    await visitor.visit(`${demo.pagesUrl}/journal.html`);
    await (await visitor.find('parley-chat >>> .over button')).click();
    await visitor.isRead();
    await visitor.sees('[data-parley-tag="peak-district"]');
    await visitor.answerAll();
    const { events, user_aliases } = await profileWithEvents(2);
    assert.deepEqual(
      events.map(({ properties }) => [properties['page'], properties['campaign']]),
      [
        ['/', 'october'],
        ['/journal.html', 'october'],
      ],
    );
    const tags = await exportedTags(user_aliases);
    assert.partialDeepStrictEqual(new Set(tags), new Set(['store', 'hill-walking', 'guided-walks']));
    assert.partialDeepStrictEqual(
      new Set(tags),
      new Set(['article', 'autumn-walks', 'journal', 'peak-district']),
    );
    assert.equal(new Set(tags).size, tags.length, tags.join());
  });

  it('delivers once when the relay was stopped before the submission was sent, and started again', async () => {
    await visitor.openChat();
    await visitor.answerAll(ANSWERS.slice(0, -1));
    await visitor.hears('which city');
    await demo.stopRelay();
    await visitor.answer('city', 'Keswick');
    await visitor.hears('Thank you, Ada.');
    await visitor.isToldOfWaiting(true);
    await demo.startRelay();
    await assertArrivedOnce();
    await visitor.isToldOfWaiting(false);
    assert.equal(demo.emulator.journal().length, 1);
  });

  it('delivers once when the page was closed while the relay was away', async () => {
    await visitor.openChat();
    await visitor.answerAll(ANSWERS.slice(0, -1));
    await visitor.hears('which city');
    await demo.stopRelay();
    await visitor.answer('city', 'Keswick');
    await visitor.isToldOfWaiting(true);
    await visitor.visit('about:blank');
    await demo.startRelay();
    await visitor.visit(`${demo.pagesUrl}/`);
    await assertArrivedOnce();
  });

  it('delivers from the next page what was left when the visitor closed the chat, and stays closed', async () => {
    await visitor.openChat();
    await visitor.answerAll(ANSWERS.slice(0, -1));
    await visitor.hears('which city');
    await demo.stopRelay();
    await visitor.answer('city', 'Keswick');
    await visitor.isToldOfWaiting(true);
    await visitor.page.keyboard.press('Escape');
    await demo.startRelay();
    await visitor.visit(`${demo.pagesUrl}/journal.html`);
    await assertArrivedOnce();
    assert.equal(await visitor.page.$eval('parley-chat', (chat) => chat.opened), false);
  });

  it('forgets a conversation that was left, a day later and without being opened', async () => {
    const countKept = (page: Page) =>
      page.evaluate(async () => {
        const databases = await indexedDB.databases();
        const name = databases.find(({ name = '' }) => name.startsWith('parley '))?.name ?? '';
        const open = indexedDB.open(name);
        await new Promise((resolve) => (open.onsuccess = resolve));
        const { result } = open;
        const range = IDBKeyRange.bound(['conversation'], ['conversation', []]);
        const request = result.transaction('records').objectStore('records').count(range);
        await new Promise((resolve) => (request.onsuccess = resolve));
        result.close();
        return request.result;
      });
    await visitor.openChat();
    await visitor.answerAll(ANSWERS.slice(0, 2));
    const later = await visitor.anotherTab();
    await visitor.page.close();
    await later.visit(`${demo.pagesUrl}/journal.html`);
    assert.equal(await countKept(later.page), 1);
    assert.equal(await later.page.$('parley-chat'), null, 'nothing is loaded for it yet');
    await later.page.evaluateOnNewDocument(() => {
      const { now } = Date;
      Date.now = () => now() + 25 * 60 * 60_000;
    });
    await later.visit(`${demo.pagesUrl}/journal.html`);
    await later.page.waitForFunction(() => localStorage.getItem('parley-kept') === null);
    assert.equal(await countKept(later.page), 0);
    assert.equal(await later.page.$eval('parley-chat', (chat) => chat.opened), false);
  });

  it('shows the verdict that came while the chat was closed, not a success that there was none', async () => {
    await visitor.openChat();
    await visitor.answerAll(ANSWERS.slice(0, -1));
    await visitor.hears('which city');
    // The tab is closed while the submission is on its way.
    await visitor.page.evaluate(() => {
      const fetch = window.fetch.bind(window);
      window.fetch = (input, init) =>
        (input as string).includes('/v1/submissions') ? new Promise(() => undefined) : fetch(input, init);
    });
    await visitor.answer('city', 'Keswick');
    await visitor.page.waitForFunction(() => localStorage.getItem('parley-unsent') !== null);
    const later = await visitor.anotherTab();
    await visitor.page.close();
    demo.emulator.setFault({
      kind: 'errors',
      errors: [{ type: 'EMAIL_BAD_FORMAT', input_array: 'attributes', index: 0 }],
      times: 1,
    });
    await later.visit(`${demo.pagesUrl}/journal.html`);
    await later.page.waitForFunction(() => localStorage.getItem('parley-unsent') === null);
    assert.deepEqual(later.outcomes, ['invalid']);
    await later.openChat();
    await later.isRefused('That wasn’t accepted.');
    await later.answer('email', 'ada@example.org');
    await later.hears('Thank you, Ada.');
    const profile = await profileWithEvents(1);
    assert.equal(profile.standard['email'], 'ada@example.org');
    assert.equal(profile.events.length, 1);
  });

  it('keeps what is said offline, and delivers it once back online', async () => {
    await visitor.openChat();
    await visitor.answerAll(ANSWERS.slice(0, -1));
    await visitor.hears('which city');
    await visitor.page.setOfflineMode(true);
    await visitor.answer('city', 'Keswick');
    await visitor.hears('Thank you, Ada.');
    await visitor.page.setOfflineMode(false);
    await assertArrivedOnce();
  });

  it('does not make a visitor wait for a Braze that does not answer', async () => {
    demo.emulator.setFault({ kind: 'hold', times: 1 });
    await visitor.openChat();
    await visitor.answerAll();
    await visitor.hears('Thank you, Ada.');
    demo.emulator.setFault(undefined);
    await visitor.isToldOfWaiting(false);
    await assertArrivedOnce();
  });
});

describe('the demo', () => {
  it('tells how a conversation goes, beside what its flow writes', async () => {
    const browser = await openBrowser();
    const demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined);
    try {
      const visitor = await Visitor.arrive(browser);
      await visitor.visit(`${demo.pagesUrl}/`);
      await visitor.openChat();
      await visitor.answerAll(ANSWERS.slice(0, 2));
      await visitor.hears('Your email address');
      await visitor.visit(`${demo.pagesUrl}/journal.html`);
      await visitor.answerAll(ANSWERS.slice(2));
      await visitor.hears('Go well');
      const told = await demo.emulator.until(({ profiles }) => {
        const events = profiles().flatMap((profile) => profile.events);
        return events.some(({ name }) => name === 'chat_completed') && events.length >= 5 && events;
      });
      assert.deepEqual(told.map(({ name, properties }) => `${name} ${String(properties['page'])}`).sort(), [
        'chat_completed /journal.html',
        'chat_page_viewed /',
        'chat_page_viewed /journal.html',
        'chat_profile_completed /journal.html',
        'chat_started /',
      ]);
    } finally {
      await browser.close();
      await demo.close();
    }
  });
});
