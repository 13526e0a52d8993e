import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBatchLimits, type LearnedLimits } from '../../server/braze/batch-limits.ts';
import { createSharedMemory } from './shared-memory.ts';

const DAY = 24 * 3_600_000;
const COMBINED = { limit: 75, per: 'request' } as const;
const PER_ARRAY = { limit: 75, per: 'array' } as const;

function world() {
  const here = { now: Date.parse('2026-07-01T12:00:00Z') };
  const clock = () => here.now;
  const store = createSharedMemory(clock);
  const process = (objects: typeof COMBINED | typeof PER_ARRAY = COMBINED) =>
    createBatchLimits({ environment: { name: 'prod', objects }, batching: true, store, clock });
  return { here, store, process };
}

const objectsOf = (limits: LearnedLimits) => {
  const { objects, per } = limits.current();
  return `${objects} per ${per}`;
};

for (const [what, objects, refused, expected] of [
  ['half of what was refused', COMBINED, 50, '25 per request'],
  ['half of what was allowed, where both arrays together were more', PER_ARRAY, 150, '37 per array'],
  ['half of what was refused, of an array', PER_ARRAY, 40, '20 per array'],
  ['at least one', COMBINED, 1, '1 per request'],
] as const) {
  test(`too many: ${what}`, async () => {
    const limits = world().process(objects);
    await limits.lower('too_many', { objects: refused, bytes: 9_000 });
    assert.equal(objectsOf(limits), expected);
    assert.equal(limits.current().bytes, world().process().current().bytes);
  });
}

for (const objects of [COMBINED, PER_ARRAY]) {
  test(`a Braze that refuses every size is asked with one object in the end: ${objects.per}`, async () => {
    const limits = world().process(objects);
    const seen = [objectsOf(limits)];
    while (seen.at(-1) !== '1 per request') {
      await limits.lower('too_many', { objects: 150, bytes: 9_000 });
      assert.ok(!seen.includes(objectsOf(limits)), seen.join(', '));
      seen.push(objectsOf(limits));
    }
  });
}

test('too large: half the bytes, and the objects stay', async () => {
  const limits = world().process();
  await limits.lower('too_large', { objects: 50, bytes: 100_001 });
  assert.deepEqual([limits.current().bytes, objectsOf(limits)], [50_000, '75 per request']);
});

test('what was learned is forgotten after a day, in a process that lives on too', async () => {
  const { here, process } = world();
  const limits = process();
  await limits.lower('too_many', { objects: 50, bytes: 9_000 });
  here.now += DAY - 1;
  await limits.load();
  assert.equal(objectsOf(limits), '25 per request');
  here.now += 1;
  await limits.load();
  assert.equal(objectsOf(limits), '75 per request');
});

test('a clock that is set back does not make it last longer', async () => {
  const { here, process } = world();
  const limits = process();
  await limits.lower('too_many', { objects: 50, bytes: 9_000 });
  here.now -= DAY;
  await limits.load();
  assert.equal(objectsOf(limits), '75 per request');
});

test('another process hears of it within a minute, and its own stricter one stays', async () => {
  const { here, store, process } = world();
  const [one, other] = [process(), process()];
  await Promise.all([one.load(), other.load()]);
  await one.lower('too_many', { objects: 50, bytes: 9_000 });
  await other.load();
  assert.equal(objectsOf(other), '75 per request');
  here.now += 60_000;
  await other.load();
  assert.equal(objectsOf(other), '25 per request');
  await other.lower('too_many', { objects: 20, bytes: 9_000 });
  // It has not heard of that yet, and learns less.
  await one.lower('too_large', { objects: 20, bytes: 9_000 });
  for (const each of [one, process()]) {
    await each.load();
    assert.deepEqual([objectsOf(each), each.current().bytes], ['10 per request', 4_500]);
  }
  const { get } = store.asked;
  for (let time = 0; time < 50; time += 1) await one.load();
  assert.equal(store.asked.get, get);
});

test('with a store that fails it learns all the same', async () => {
  const { store, process } = world();
  const limits = process();
  store.fail(true);
  await limits.load();
  await limits.lower('too_many', { objects: 50, bytes: 9_000 });
  assert.equal(objectsOf(limits), '25 per request');
});
