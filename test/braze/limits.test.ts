/** What a workspace's settings let through: how many objects, which names, and whom. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alias, ana, attributes, events, onlyError, pages, testEach, time, type Case } from './cases.ts';
import { startWorkspace } from './workspace.ts';

const tooMany = { message: 'Max Input Length Exceeded' };

/** A body with so many objects in each array, each about somebody else. */
function body(attributeCount: number, eventCount: number, purchaseCount: number): unknown {
  const people = (count: number): { external_id: string }[] =>
    Array.from({ length: count }, (_, index) => ({ external_id: `person-${String(index)}` }));
  return {
    attributes: people(attributeCount),
    events: people(eventCount).map((person) => ({ ...person, name: 'seen', time })),
    purchases: people(purchaseCount).map((person) => ({
      ...person,
      product_id: 'mug',
      currency: 'EUR',
      price: 9.5,
      time,
    })),
  };
}

const fits = (fact: string, page: string, counts: readonly [number, number, number]): Case => ({
  fact,
  page,
  send: body(...counts),
  answer: {
    message: 'success',
    ...Object.fromEntries(
      ['attributes_processed', 'events_processed', 'purchases_processed']
        .map((counter, index) => [counter, counts[index]] as const)
        .filter(([, count]) => count !== 0),
    ),
  },
});

const exceeds = (fact: string, page: string, counts: readonly [number, number, number]): Case => ({
  fact,
  page,
  send: body(...counts),
  status: 400,
  answer: tooMany,
  profiles: [],
});

testEach(await startWorkspace(), [
  fits('of 75 in total, 25 in each array fit', 'api/api_limits', [25, 25, 25]),
  exceeds(
    'of 75 in total, 26 in one array and 25 in the others are too many',
    'api/api_limits',
    [26, 25, 25],
  ),
  fits('of 75 in total, 75 in one array fit', 'api/api_limits', [0, 75, 0]),
]);

testEach(await startWorkspace({ objectLimit: 'perArray75' }), [
  fits('of 75 in each array, 225 fit', pages.track, [75, 75, 75]),
  exceeds('of 75 in each array, 76 attributes objects are too many', pages.track, [76, 0, 0]),
  exceeds('of 75 in each array, 76 events are too many', pages.track, [1, 76, 0]),
  exceeds('of 75 in each array, 76 purchases are too many', pages.track, [0, 1, 76]),
]);

testEach(await startWorkspace({ objectLimit: 'combined50' }), [
  fits('of 50 in total, 50 fit', `${pages.track}#monthly-active-users-cy-24-25`, [20, 20, 10]),
  exceeds('of 50 in total, 51 are too many', `${pages.track}#monthly-active-users-cy-24-25`, [20, 20, 11]),
]);

const blocklistPage = 'user_guide/data/activation/blocklist_custom_data';

testEach(await startWorkspace({ blocklist: { attributes: ['shoe_size'], events: ['page_seen'] } }), [
  {
    fact: 'a custom attribute on the blocklist is accepted and dropped, and those beside it are kept',
    page: blocklistPage,
    send: attributes({ ...ana, shoe_size: 42, plan: 'gold' }),
    answer: { message: 'success', attributes_processed: 1 },
    profiles: [{ ...ana, custom_attributes: { plan: 'gold' } }],
  },
  {
    fact: 'an operation on a custom attribute on the blocklist is dropped as well',
    page: blocklistPage,
    send: attributes({ ...ana, shoe_size: { inc: 1 } }),
    answer: { message: 'success', attributes_processed: 1 },
    profiles: [ana],
  },
  {
    fact: 'an event on the blocklist is accepted and dropped, and makes no profile',
    page: blocklistPage,
    send: events({ ...ana, name: 'page_seen', time }),
    answer: { message: 'success', events_processed: 1 },
    profiles: [],
  },
  {
    fact: 'an event that is only named like one on the blocklist is kept',
    page: blocklistPage,
    send: events({ ...ana, name: 'page_seen', time }, { ...ana, name: 'Page_seen', time }),
    answer: { message: 'success', events_processed: 2 },
    profiles: [{ ...ana, events: [{ name: 'Page_seen', time, properties: {} }] }],
  },
  {
    fact: 'an event on the blocklist must be valid all the same',
    page: blocklistPage,
    send: events({ ...ana, name: 'page_seen' }),
    status: 400,
    answer: onlyError("'time' is required: a string in ISO 8601 format", 'events'),
  },
]);

const email = 'two@example.com';
const spamPage = 'user_guide/data_and_analytics/user_data_collection/user_archival';

for (const [errorStyle, type] of [
  ['sentence', 'provided external_id is blacklisted and disallowed'],
  ['code', 'BLACKLISTED_EXTERNAL_USER_ID'],
] as const) {
  const workspace = await startWorkspace({ errorStyle, objectLimit: 'perArray75' });
  test(`a profile with more than 20,000 names of events takes in nothing more, told as a ${errorStyle} (${spamPage})`, async () => {
    await workspace.track(attributes({ ...ana, email }));
    const names = Array.from({ length: 20_001 }, (_, index) => `event-${String(index)}`);
    for (let start = 0; start < names.length; start += 75) {
      const { status } = await workspace.track(
        events(...names.slice(start, start + 75).map((name) => ({ ...ana, name, time }))),
      );
      assert.equal(status, 201);
    }
    const event = { name: 'one_more', time };
    const purchase = { product_id: 'mug', currency: 'EUR', price: 9.5, time };
    const { body: answer } = await workspace.track({
      attributes: [
        { ...ana, first_name: 'Ana' },
        { external_id: 'ben', email, email_subscribe: 'opted_in' },
      ],
      events: [{ ...ana, ...event }],
      purchases: [{ ...ana, ...purchase }],
    });
    assert.deepEqual(answer, {
      message: 'success',
      attributes_processed: 1,
      events_processed: 0,
      purchases_processed: 0,
      errors: ['attributes', 'events', 'purchases'].map((array) => ({ type, input_array: array, index: 0 })),
    });
    const group = '5b6a4978-8695-4a4b-a3b2-c1d0e0f91f2e';
    const joined = { subscription_group_id: group, subscription_state: 'subscribed' };
    for (const [path, other] of [
      ['/users/alias/new', { user_aliases: [{ ...ana, ...alias }] }],
      ['/subscription/status/set', { ...ana, ...joined }],
      ['/subscription/status/set', { email, ...joined }],
    ] as const) {
      const { status } = await workspace.post(path, other);
      assert.equal(status, 201);
    }
    const [profile] = workspace.emulator.profiles();
    assert.deepEqual(
      [profile?.events.length, profile?.purchases, profile?.standard],
      [20_001, [], { email }],
    );
    assert.deepEqual(profile?.user_aliases, []);
  });
}
