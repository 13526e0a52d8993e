import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBreaker, type Breaker, type News, type Pass } from '../../server/delivery/breaker.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { createSharedMemory, type SharedMemory } from './shared-memory.ts';

const NOON = Date.parse('2026-07-01T12:00:00Z');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

interface World {
  now: number;
  readonly store: SharedMemory;
  readonly entries: LogEntry[];
  /** A process. */
  breaker(identity?: () => string): Breaker;
  /** What the log says of opening and closing, in order. */
  said(): string[];
}

/** Chance is always at its highest, so that times are the longest ones. */
function world(): World {
  const clock = () => here.now;
  const store = createSharedMemory(clock);
  const entries: LogEntry[] = [];
  let drawn = 0;
  // Ids differ, and all are close to 1.
  const random = () => 1 - 1e-9 * (drawn += 1);
  const here: World = {
    now: NOON,
    store,
    entries,
    breaker: (identity = () => 'https://rest.iad-01.braze.com\na key') =>
      createBreaker({
        name: 'prod',
        identity,
        store,
        clock,
        random,
        log: (entry) => void entries.push(entry),
      }),
    said: () => entries.map(({ event, seconds }) => `${event} ${String(seconds)}`),
  };
  return here;
}

const refused: News = { type: 'failed', trouble: 'operator', status: '401' };
const away: News = { type: 'failed', trouble: 'unavailable', status: '503' };
const answered: News = { type: 'answered' };

async function pass(breaker: Breaker): Promise<Pass> {
  const gate = await breaker.enter();
  assert.equal(gate.type, 'go');
  return gate;
}

async function request(breaker: Breaker, ...news: readonly News[]): Promise<void> {
  for (const each of news) await breaker.report(each, await pass(breaker));
}

/** Milliseconds for which it lets nothing go. */
async function shutFor(here: World, breaker: Breaker): Promise<number> {
  const gate = await breaker.enter();
  return gate.type === 'go' ? 0 : gate.until - here.now;
}

/** What it does is on its way to the store when the process dies. */
async function dieOver(here: World, work: () => Promise<unknown>): Promise<void> {
  const { put } = here.store;
  await new Promise<void>((resolve) => {
    const hang = () => {
      resolve();
      return new Promise<void>(() => undefined);
    };
    Object.assign(here.store, { put: hang });
    void work();
  });
  Object.assign(here.store, { put });
}

test('it opens at once when Braze refuses the key, and tells the operator what to check', async () => {
  const here = world();
  const breaker = here.breaker();
  await request(breaker, refused);
  assert.deepEqual(await breaker.enter(), { type: 'shut', until: NOON + 30 * SECOND, trouble: 'operator' });
  const [entry, ...more] = here.entries;
  assert.deepEqual(more, []);
  const { advice, ...rest } = entry ?? { level: 'info', event: '' };
  assert.deepEqual(rest, {
    level: 'error',
    event: 'breaker_opened',
    environment: 'prod',
    trouble: 'operator',
    status: '401',
    seconds: 30,
  });
  assert.match(String(advice), /endpoint.*key.*users\.track/);
});

test('it opens after five failures in a row', async () => {
  const here = world();
  const breaker = here.breaker();
  await request(breaker, away, away, away, away, answered, away, away, away, away);
  assert.deepEqual(await breaker.state(), { type: 'closed' });
  await request(breaker, away);
  assert.deepEqual(await breaker.state(), {
    type: 'open',
    trouble: 'unavailable',
    status: '503',
    since: NOON,
    until: NOON + SECOND,
  });
  assert.deepEqual(here.entries, [
    {
      level: 'warn',
      event: 'breaker_opened',
      environment: 'prod',
      trouble: 'unavailable',
      status: '503',
      seconds: 1,
    },
  ]);
});

for (const [retryAfter, opens, pause] of [
  [2, false, 0],
  [3, true, 3 * SECOND],
  [120, true, 2 * MINUTE],
  [86_400, true, 5 * MINUTE],
] as const) {
  test(`Retry-After: ${retryAfter} ${opens ? 'opens at once, for so long, five minutes at most' : 'alone does not open it: a visitor waits longer'}`, async () => {
    const here = world();
    const breaker = here.breaker();
    await request(breaker, { ...away, retryAfter });
    assert.equal(await shutFor(here, breaker), pause);
  });
}

for (const [news, pauses] of [
  [away, [1, 2, 4, 8, 16, 32, 60, 60]],
  [refused, [30, 60, 120, 240, 300, 300]],
] as const) {
  test(`${news.status}: each probe that fails doubles the pause: ${pauses.join(', ')} s`, async () => {
    const here = world();
    const breaker = here.breaker();
    await request(breaker, ...Array.from({ length: news === away ? 5 : 1 }, () => news));
    for (const seconds of pauses) {
      assert.equal(await shutFor(here, breaker), seconds * SECOND);
      here.now += seconds * SECOND;
      assert.equal((await breaker.state()).type, 'half_open');
      const probe = await pass(breaker);
      assert.equal(probe.isProbe, true);
      await breaker.report(news, probe);
    }
    assert.deepEqual(
      here.said(),
      [...pauses, pauses.at(-1)].map((seconds) => `breaker_opened ${String(seconds)}`),
    );
  });
}

test('a pause is drawn between its half and its whole', async () => {
  const here = world();
  const { store, now } = here;
  const breaker = createBreaker({
    name: 'prod',
    identity: () => 'a key',
    store,
    clock: () => now,
    random: () => 0,
    log: () => undefined,
  });
  await request(breaker, refused);
  assert.equal(await shutFor(here, breaker), 15 * SECOND);
});

test('a probe that is answered closes it, and the next trouble begins with the first pause', async () => {
  const here = world();
  const breaker = here.breaker();
  await request(breaker, refused);
  here.now += 30 * SECOND;
  await request(breaker, refused);
  here.now += 60 * SECOND;
  await request(breaker, answered);
  assert.deepEqual(await breaker.state(), { type: 'closed' });
  await request(breaker, refused);
  assert.deepEqual(here.said(), [
    'breaker_opened 30',
    'breaker_opened 60',
    'breaker_closed 90',
    'breaker_opened 30',
  ]);
});

test('all processes on one store are one: what one has found out holds for the others a quarter of a second later', async () => {
  const here = world();
  const [one, other] = [here.breaker(), here.breaker()];
  await pass(other);
  await request(one, refused);
  await pass(other);
  here.now += 250;
  assert.equal(await shutFor(here, other), 30 * SECOND - 250);
  here.now = NOON + 30 * SECOND;
  await request(other, answered);
  here.now += 250;
  assert.equal((await pass(one)).isProbe, false);
  assert.deepEqual(here.said(), ['breaker_opened 30', 'breaker_closed 30']);
});

test('exactly one probe goes, over all processes and however many ask', async () => {
  const here = world();
  const breakers = Array.from({ length: 6 }, () => here.breaker());
  await request(here.breaker(), refused);
  // Most have a copy that says it is open, as a process has that looked at it last.
  await Promise.all(breakers.slice(1).map((breaker) => breaker.enter()));
  for (let round = 0; round < 4; round += 1) {
    here.now += 5 * MINUTE;
    const gates = await Promise.all([...breakers, ...breakers].map((breaker) => breaker.enter()));
    const probes = gates.flatMap((gate, index) => (gate.type === 'go' ? [[gate, index] as const] : []));
    assert.equal(probes.length, 1);
    const [[gate, index] = assert.fail()] = probes;
    assert.equal(gate.isProbe, true);
    const state = await breakers[0]?.state();
    assert.equal(state?.type, 'half_open');
    await breakers[index % 6]?.report(refused, gate);
  }
});

test('at midnight too, where a count of the day would begin anew', async () => {
  const here = world();
  const midnight = Date.parse('2026-07-02T00:00:00Z');
  here.now = midnight - 15 * SECOND;
  const [one, other] = [here.breaker(), here.breaker()];
  await request(one, { ...refused, retryAfter: 10 });
  here.now = midnight - 1;
  await dieOver(here, () => one.enter());
  here.now = midnight + 1;
  assert.equal((await other.enter()).type, 'shut');
});

test('a probe whose process died is followed by another, a minute later', async () => {
  const here = world();
  const [one, other] = [here.breaker(), here.breaker()];
  await request(one, refused);
  here.now += 30 * SECOND;
  const lost = await pass(one);
  assert.equal(await shutFor(here, other), 250);
  here.now += MINUTE - 1;
  assert.equal((await other.enter()).type, 'shut');
  here.now += 1;
  const second = await pass(other);
  assert.equal(second.isProbe, true);
  assert.equal((await one.enter()).type, 'shut');
  // It was not dead after all, but late: the other one's word counts.
  await one.report(answered, lost);
  assert.equal((await other.state()).type, 'half_open');
  await other.report(answered, second);
  assert.equal((await other.state()).type, 'closed');
});

test('a process that died between claiming the probe and saying so does not block it for ever', async () => {
  const here = world();
  const [one, other] = [here.breaker(), here.breaker()];
  await request(one, refused);
  here.now += 30 * SECOND;
  await dieOver(here, () => one.enter());
  assert.equal((await other.enter()).type, 'shut');
  here.now += MINUTE;
  assert.equal((await pass(other)).isProbe, true);
});

test('a probe that did not go leaves its turn to the next', async () => {
  const here = world();
  const [one, other] = [here.breaker(), here.breaker()];
  await request(one, refused);
  here.now += 30 * SECOND;
  await one.report({ type: 'unused' }, await pass(one));
  assert.equal((await pass(other)).isProbe, true);
});

test('late answers to requests that left before it opened neither close it nor extend it', async () => {
  const here = world();
  const breaker = here.breaker();
  const early = await Promise.all(Array.from({ length: 8 }, () => pass(breaker)));
  const [first = assert.fail(), second = assert.fail(), ...others] = early;
  await breaker.report(refused, first);
  const opened = await breaker.state();
  here.now += 10 * SECOND;
  await breaker.report(answered, second);
  for (const each of others.slice(0, 3)) await breaker.report({ ...refused, retryAfter: 3_000 }, each);
  assert.deepEqual(await breaker.state(), opened);
  here.now += 20 * SECOND;
  const probe = await pass(breaker);
  await breaker.report(answered, others[3] ?? assert.fail());
  assert.equal((await breaker.state()).type, 'half_open');
  await breaker.report(answered, probe);
  await breaker.report(refused, others[4] ?? assert.fail());
  assert.deepEqual(await breaker.state(), { type: 'closed' });
  assert.deepEqual(here.said(), ['breaker_opened 30', 'breaker_closed 30']);
});

test('late failures in a process that has not noticed yet do not extend it either', async () => {
  const here = world();
  const [one, other] = [here.breaker(), here.breaker()];
  const late = await pass(other);
  await request(one, refused);
  const opened = await one.state();
  here.now += 100;
  await other.report({ ...refused, retryAfter: 3_000 }, late);
  assert.deepEqual(await other.state(), opened);
  assert.equal(here.entries.length, 1);
});

test('many failures at once open it once', async () => {
  const here = world();
  const breakers = Array.from({ length: 4 }, () => here.breaker());
  const all = await Promise.all(
    [...breakers, ...breakers].map(async (breaker) => [breaker, await pass(breaker)] as const),
  );
  await Promise.all(all.map(([breaker, each]) => breaker.report(refused, each)));
  assert.deepEqual(here.said(), ['breaker_opened 30']);
});

test('a process that died over opening it leaves it to the next, which says nothing twice', async () => {
  const here = world();
  const [one, other] = [here.breaker(), here.breaker()];
  const [early, late] = [await pass(one), await pass(other)];
  await dieOver(here, () => one.report(refused, early));
  await other.report(refused, late);
  assert.equal((await here.breaker().state()).type, 'open');
  assert.deepEqual(here.said(), ['breaker_opened 30']);
});

test('late failures of an old key do not count against the new one', async () => {
  const here = world();
  const breaker = here.breaker();
  const early = await Promise.all(Array.from({ length: 4 }, () => pass(breaker)));
  await breaker.reset();
  for (const each of early) await breaker.report(away, each);
  await request(breaker, away);
  assert.deepEqual(await breaker.state(), { type: 'closed' });
});

test('with a new key it is closed at once, and what the old one was refused for is forgotten', async () => {
  const here = world();
  const breaker = here.breaker();
  const early = await pass(breaker);
  await request(breaker, refused);
  here.now += 10 * SECOND;
  await breaker.reset();
  await breaker.report(refused, early);
  assert.deepEqual(await here.breaker().state(), { type: 'closed' });
  assert.equal((await pass(breaker)).isProbe, false);
  assert.deepEqual(here.said(), ['breaker_opened 30', 'breaker_closed 10']);
});

test('a reset of what is closed says nothing, and makes late refusals of the old key harmless', async () => {
  const here = world();
  const breaker = here.breaker();
  const early = await pass(breaker);
  await breaker.reset();
  await breaker.report(refused, early);
  assert.deepEqual([await breaker.state(), here.entries], [{ type: 'closed' }, []]);
});

test('while closed the store is asked four times a second at most', async () => {
  const here = world();
  const breaker = here.breaker();
  for (; here.now < NOON + SECOND; here.now += 1)
    await Promise.all([breaker, breaker].map((each) => request(each, answered)));
  assert.deepEqual(here.store.asked, { get: 4, put: 0, count: 0 });
});

test('a clock that is set back by hours does not keep it open for hours', async () => {
  const here = world();
  const breaker = here.breaker();
  await request(breaker, refused);
  here.now -= 2 * 60 * MINUTE;
  for (const each of [breaker, here.breaker()]) assert.equal((await each.state()).type, 'half_open');
  assert.equal((await pass(breaker)).isProbe, true);
  assert.equal((await breaker.enter()).type, 'shut');
  // Nor one whose probe was out meanwhile.
  here.now -= 2 * 60 * MINUTE;
  assert.equal((await pass(here.breaker())).isProbe, true);
});

test('by a few seconds: it stays open for its own time at most', async () => {
  const here = world();
  const breaker = here.breaker();
  await request(breaker, refused);
  here.now -= SECOND;
  assert.equal(await shutFor(here, breaker), 31 * SECOND);
  here.now -= 1;
  assert.equal((await breaker.enter()).type, 'go');
});

test('processes with another key or endpoint are not shut for it, and nothing says which they have', async () => {
  const here = world();
  const [old, fresh, same] = ['old', 'new', 'old'].map((key) => here.breaker(() => `key ${key}`));
  if (!old || !fresh || !same) assert.fail();
  await request(old, refused);
  here.now += SECOND;
  assert.equal((await same.enter()).type, 'shut');
  assert.equal((await pass(fresh)).isProbe, false);
  const names = [...here.store.values.keys()];
  assert.equal(names.length, 1);
  for (const name of names) assert.match(name, /^breaker\/prod\/[0-9a-f]{12}$/);
  assert.doesNotMatch(JSON.stringify([names, here.entries]), /key old/);
});

test('with a new key it shares what those with that key have found out from then on', async () => {
  const here = world();
  let key = 'old';
  const rotated = here.breaker(() => key);
  await request(rotated, refused);
  key = 'new';
  await rotated.reset();
  assert.equal((await pass(rotated)).isProbe, false);
  await request(
    here.breaker(() => 'new'),
    refused,
  );
  here.now += SECOND;
  assert.equal((await rotated.enter()).type, 'shut');
});

test('it outlives a restart', async () => {
  const here = world();
  await request(here.breaker(), refused);
  here.now += 10 * SECOND;
  assert.equal(await shutFor(here, here.breaker()), 20 * SECOND);
});

test('with a store that fails it goes by its own copy, one probe included, and writes it down later', async () => {
  const here = world();
  const breaker = here.breaker();
  here.store.fail(true);
  await request(breaker, refused);
  here.now += SECOND;
  assert.equal(await shutFor(here, breaker), 29 * SECOND);
  here.now = NOON + 30 * SECOND;
  const gates = await Promise.all([breaker.enter(), breaker.enter()]);
  assert.deepEqual(gates.map(({ type }) => type).sort(), ['go', 'shut']);
  for (const gate of gates) if (gate.type === 'go') await breaker.report(refused, gate);
  here.store.fail(false);
  here.now += SECOND;
  await breaker.enter();
  assert.equal(await shutFor(here, here.breaker()), 59 * SECOND);
  assert.deepEqual(here.said(), ['breaker_opened 30', 'breaker_opened 60']);
});
