import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChanges, type Changes } from '../../server/braze/changes.ts';
import type { TrackObject, TrackShare } from '../../server/braze/payload.ts';
import { StoreError } from '../../server/store/store.ts';
import { createSharedMemory, type SharedMemory } from './shared-memory.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ANNA = { user_alias: { alias_name: 'anna', alias_label: 'parley-anna' }, _update_existing_only: false };
const BEN = { user_alias: { alias_name: 'ben', alias_label: 'parley-ben' }, _update_existing_only: false };

interface World {
  now: number;
  readonly store: SharedMemory;
  readonly changes: Changes;
  /** Another process on the same store, or one with another secret. */
  another(secret?: string): Changes;
}

const DAY = 24 * 60 * 60 * 1_000;

function world(): World {
  const clock = () => here.now;
  const store = createSharedMemory(clock);
  const another = (secret = 'a secret of the relay') =>
    createChanges({ store, clock, life: DAY, secret: () => new TextEncoder().encode(secret) });
  const here: World = { now: Date.parse('2026-07-01T12:00:00Z'), store, changes: another(), another };
  return here;
}

const shareOf = (attributes: TrackObject): TrackShare => ({ attributes, events: [] });

/** What is sent of Anna's attributes, which Braze then acknowledges. */
async function deliver(
  changes: Changes,
  attributes: TrackObject,
  who = ANNA,
): Promise<TrackObject | undefined> {
  const visitor = who.user_alias.alias_name;
  const { share, hashes } = await changes.reduce(
    shareOf({ ...who, ...attributes }),
    await changes.known('prod', visitor),
  );
  await changes.remember('prod', visitor, hashes);
  return share.attributes;
}

test('what Braze has acknowledged is left out as long as it stays the same', async () => {
  const here = world();
  const { changes } = here;
  const first = { first_name: 'Anna', home_city: 'Berlin', tags: ['a', 'b'] };
  assert.deepEqual(await deliver(changes, first), { ...ANNA, ...first });
  here.now += 6 * MINUTE;
  assert.deepEqual(await deliver(changes, { ...first, home_city: 'Paris' }), { ...ANNA, home_city: 'Paris' });
  assert.deepEqual(await deliver(changes, { ...first, home_city: 'Paris', age: 30 }), { ...ANNA, age: 30 });
});

test('an attributes object with nothing but identifiers left is dropped, and the events stay', async () => {
  const { changes } = world();
  await deliver(changes, { first_name: 'Anna' });
  const events = [{ key: 'seen#0', repeats: false, object: { ...ANNA, name: 'seen' } }];
  const share = { attributes: { ...ANNA, first_name: 'Anna' }, events };
  const reduced = await changes.reduce(share, await changes.known('prod', 'anna'));
  assert.deepEqual(reduced, { share: { events }, hashes: {} });
});

test('a share of which nothing is known goes as it is, without attributes too', async () => {
  const { changes } = world();
  for (const share of [{ events: [] }, shareOf(ANNA), shareOf({ ...ANNA, age: 30 })]) {
    assert.equal((await changes.reduce(share, {})).share, share);
  }
});

test('the order of keys makes no difference, that of a list does', async () => {
  const { changes } = world();
  await deliver(changes, { place: { street: 'x', at: { lat: 1, lng: 2 } }, tags: ['a', 'b'] });
  const again = { place: { at: { lng: 2, lat: 1 }, street: 'x' }, tags: ['b', 'a'] };
  assert.deepEqual(await deliver(changes, again), { ...ANNA, tags: ['b', 'a'] });
});

test('a number is not its text, and true is not "true"', async () => {
  const { changes } = world();
  await deliver(changes, { size: 42, happy: true });
  const other = { size: '42', happy: 'true' };
  assert.deepEqual(await deliver(changes, other), { ...ANNA, ...other });
});

for (const [what, attributes] of [
  ['inc', { visits: { inc: 1 } }],
  ['add', { tags: { add: ['a'] } }],
  ['remove', { tags: { remove: ['a'] } }],
  ['$add', { pets: { $add: [{ id: 1 }] } }],
  ['$remove', { pets: { $remove: [{ $identifier_key: 'id', $identifier_value: 1 }] } }],
  ['$update', { pets: { $update: [{ $identifier_key: 'id', $identifier_value: 1, $new_object: {} }] } }],
  ['null', { home_city: null }],
  ['a nested object that is merged', { place: { street: 'x' }, _merge_objects: true }],
  ['a subscription state, which an e-mail can change too', { email_subscribe: 'subscribed' }],
] as const) {
  test(`always sent: ${what}`, async () => {
    const { changes } = world();
    for (let time = 0; time < 3; time += 1) {
      assert.deepEqual(await deliver(changes, attributes), { ...ANNA, ...attributes });
    }
    assert.deepEqual(await changes.known('prod', 'anna'), {});
  });
}

test('an operator or null makes the value before it unknown', async () => {
  const { changes } = world();
  for (const between of [{ tags: { add: ['b'] } }, { tags: null }]) {
    await deliver(changes, { tags: ['a'] });
    await deliver(changes, between);
    assert.deepEqual(await deliver(changes, { tags: ['a'] }), { ...ANNA, tags: ['a'] });
  }
});

test('an e-mail is an attribute beside an alias, and whose profile it is without', async () => {
  const { changes } = world();
  await deliver(changes, { email: 'anna@example.com' });
  assert.equal(await deliver(changes, { email: 'anna@example.com' }), undefined);
  const { hashes } = await changes.reduce(shareOf({ email: 'anna@example.com', age: 30 }), {});
  assert.deepEqual(Object.keys(hashes), ['age']);
});

test('each attribute is sent again 24 hours after it was acknowledged, whatever else was meanwhile', async () => {
  const here = world();
  await deliver(here.changes, { first_name: 'Anna' });
  here.now += 23 * HOUR;
  assert.deepEqual(await deliver(here.changes, { first_name: 'Anna', age: 30 }), { ...ANNA, age: 30 });
  here.now += HOUR;
  assert.deepEqual(await deliver(here.changes, { first_name: 'Anna', age: 30 }), {
    ...ANNA,
    first_name: 'Anna',
  });
  here.now += 23 * HOUR;
  assert.deepEqual(await deliver(here.changes, { first_name: 'Anna', age: 30 }), { ...ANNA, age: 30 });
});

test('the store forgets it with the last attribute', async () => {
  const here = world();
  await deliver(here.changes, { age: 30 });
  assert.equal(here.store.values.get('changes/prod/anna')?.until, here.now + 24 * HOUR);
});

test('what is forgotten is sent again', async () => {
  const { changes } = world();
  await deliver(changes, { first_name: 'Anna' });
  await changes.forget('prod', 'anna');
  assert.deepEqual(await deliver(changes, { first_name: 'Anna' }), { ...ANNA, first_name: 'Anna' });
});

test('another process knows it too, of this environment and visitor alone', async () => {
  const here = world();
  await deliver(here.changes, { first_name: 'Anna' });
  assert.equal(await deliver(here.another(), { first_name: 'Anna' }), undefined);
  assert.deepEqual(await here.changes.known('sandbox', 'anna'), {});
  assert.deepEqual(await here.changes.known('prod', 'ben'), {});
});

test('hashes tell nothing: not the value, not that two visitors or attributes have the same', async () => {
  const here = world();
  const hashesOf = async (who: TrackObject, changes = here.changes) =>
    Object.values((await changes.reduce(shareOf({ ...who, one: 'same', two: 'same' }), {})).hashes);
  const all = await Promise.all([
    hashesOf(ANNA),
    hashesOf(BEN),
    hashesOf(ANNA, here.another('another secret')),
  ]);
  assert.equal(new Set(all.flat()).size, 6);
  await deliver(here.changes, { first_name: 'Annabella' });
  assert.doesNotMatch(JSON.stringify([...here.store.values]), /Annabella/);
});

test('an attribute that is named like something every object has is one like any other', async () => {
  const { changes } = world();
  assert.deepEqual(await deliver(changes, { toString: 'x' }), { ...ANNA, toString: 'x' });
  assert.equal(await deliver(changes, { toString: 'x' }), undefined);
});

test('with a store that fails nothing is known to be safe to send, and says so', async () => {
  const here = world();
  await deliver(here.changes, { age: 30 });
  here.store.fail(true);
  await assert.rejects(here.changes.known('prod', 'anna'), StoreError);
  // Before a request leaves, what it changes is forgotten on disk.
  await assert.rejects(here.changes.remember('prod', 'anna', { age: null }), StoreError);
  await here.changes.remember('prod', 'anna', { age: 'a hash' });
});

test('what was forgotten before a request left is not known to another process, whatever became of the request', async () => {
  const here = world();
  await deliver(here.changes, { home_city: 'Berlin', age: 30 });
  await here.changes.remember('prod', 'anna', { home_city: null });
  assert.deepEqual(await deliver(here.another(), { home_city: 'Berlin', age: 30 }), {
    ...ANNA,
    home_city: 'Berlin',
  });
});

for (const [minutes, isKnown] of [
  [4, false],
  [6, true],
] as const) {
  for (const isForgottenFirst of [false, true]) {
    const how = isForgottenFirst ? 'forgotten before it was changed' : 'changed';
    test(`a value that was ${how} ${minutes} minutes after the one before it is ${isKnown ? 'known' : 'sent again: Braze may apply the two in the other order'}`, async () => {
      const here = world();
      await deliver(here.changes, { home_city: 'Berlin' });
      here.now += minutes * MINUTE;
      if (isForgottenFirst) await here.changes.remember('prod', 'anna', { home_city: null });
      await deliver(here.changes, { home_city: 'Paris' });
      const sent = await deliver(here.changes, { home_city: 'Paris' });
      assert.deepEqual(sent, isKnown ? undefined : { ...ANNA, home_city: 'Paris' });
      // Said once more after those minutes, it is sure.
      here.now += 6 * MINUTE;
      await deliver(here.changes, { home_city: 'Paris' });
      assert.equal(await deliver(here.changes, { home_city: 'Paris' }), undefined);
    });
  }
}

for (const [what, between] of [
  ['an operator', (changes: Changes) => deliver(changes, { tags: { add: ['b'] } })],
  ['work in doubt', (changes: Changes) => changes.forget('prod', 'anna')],
] as const) {
  test(`a value that follows ${what} is sent again too, for five minutes`, async () => {
    const here = world();
    await between(here.changes);
    assert.deepEqual(await deliver(here.changes, { tags: ['a'] }), { ...ANNA, tags: ['a'] });
    assert.deepEqual(await deliver(here.changes, { tags: ['a'] }), { ...ANNA, tags: ['a'] });
    here.now += 5 * MINUTE;
    assert.deepEqual(await deliver(here.changes, { tags: ['a'] }), { ...ANNA, tags: ['a'] });
    assert.equal(await deliver(here.changes, { tags: ['a'] }), undefined);
  });
}

test('a clock that is set back makes what was acknowledged unknown, not known for longer', async () => {
  const here = world();
  await deliver(here.changes, { age: 30 });
  here.now -= HOUR;
  assert.deepEqual(await deliver(here.changes, { age: 30 }), { ...ANNA, age: 30 });
});

test('what the store could not forget is forgotten before anything is known again', async () => {
  const here = world();
  await deliver(here.changes, { age: 30 });
  here.store.fail(true);
  await here.changes.forget('prod', 'anna');
  await assert.rejects(here.changes.known('prod', 'anna'), StoreError);
  here.store.fail(false);
  assert.deepEqual(await here.changes.known('prod', 'anna'), {});
  assert.deepEqual(await here.another().known('prod', 'anna'), {});
});
