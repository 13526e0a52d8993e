import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRateLimit, rateHeaderStyles } from '../../demo/braze/rate-limit.ts';
import { createBudget, type Budget } from '../../server/braze/budget.ts';
import { rollingSlotsOf, slotsOf, type Slots } from '../../server/braze/rate-slots.ts';
import { createSharedMemory, type SharedMemory } from './shared-memory.ts';

const NOON = Date.parse('2026-07-01T12:00:00Z');
const SECOND = 1_000;
const BURST = { limit: 3_000, window: 3 * SECOND };

interface Requests {
  readonly limit: number;
  readonly window: number;
}

interface World {
  now: number;
  readonly store: SharedMemory;
  /** A process. */
  budget(requests?: Requests | readonly Requests[], slotsOf?: (requests: Requests) => Slots): Budget;
  /** Resolves when so much of its time has passed. */
  sleep(milliseconds: number): Promise<void>;
  /** Lets its time pass until nobody sleeps. What is done without sleeping takes none. */
  live(): Promise<void>;
}

/** @param latency milliseconds that the store takes for a step, twice for a count */
function world(latency?: () => number): World {
  const clock = () => here.now;
  const store = createSharedMemory(clock, () => (latency ? here.sleep(latency()) : Promise.resolve()));
  const sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  const here: World = {
    now: NOON,
    store,
    budget: (requests = BURST, slotsOf) =>
      createBudget({ name: 'prod', store, clock, requests, ...(slotsOf && { slotsOf }) }),
    sleep: (milliseconds) =>
      new Promise((wake) => void sleepers.push({ until: here.now + milliseconds, wake })),
    async live() {
      for (await settled(); sleepers.length > 0; await settled()) {
        here.now = Math.max(here.now, Math.min(...sleepers.map(({ until }) => until)));
        const due = sleepers.filter(({ until }) => until <= here.now);
        sleepers.splice(0, Infinity, ...sleepers.filter(({ until }) => until > here.now));
        for (const { wake } of due) wake();
      }
    },
  };
  return here;
}

/** Resolves when whoever waits for nothing but promises has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** The times at which requests leave, of processes that ask as told, until `end`. */
async function run(
  here: World,
  budgets: readonly Budget[],
  end: number,
  pauseOf: () => number,
): Promise<number[]> {
  const departures: number[] = [];
  // Those that are due at once ask at once, so that their store calls are interleaved.
  const asking = budgets.map(async (budget) => {
    for (let pause = pauseOf(); ;) {
      await here.sleep(pause);
      if (here.now >= end) return;
      const wait = await budget.take();
      if (wait === 0) departures.push(here.now);
      pause = wait === 0 ? pauseOf() : wait;
    }
  });
  await here.live();
  await Promise.all(asking);
  return departures.sort((one, other) => one - other);
}

/** Most requests in any window, whenever it begins. */
function mostIn(departures: readonly number[], window: number): number {
  let first = 0;
  let most = 0;
  for (const [last, time] of departures.entries()) {
    while (time - (departures[first] ?? time) > window) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

const requestsThat = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 40, max: 400 })),
  window: fc.integer({ min: SECOND, max: 10 * SECOND }),
});

test('processes that ask at random never exceed the limit, in a window that begins anywhere', async () => {
  const property = fc.asyncProperty(
    requestsThat,
    fc.integer({ min: 1, max: 12 }),
    fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    fc.integer({ min: 0, max: 10_000 }),
    async (requests, processes, chances, phase) => {
      const here = world();
      here.now += phase;
      const chance = () => Number(chances.next().value);
      // Bursts, and quiet times.
      const pause = () => (chance() < 0.1 ? chance() * 2 * requests.window : chance() * 2);
      const budgets = Array.from({ length: processes }, () => here.budget(requests));
      const departures = await run(here, budgets, here.now + 4 * requests.window, pause);
      assert.ok(mostIn(departures, requests.window) <= requests.limit);
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

test('nor where the store takes its time, so that slots end while it counts', async () => {
  const property = fc.asyncProperty(
    requestsThat,
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 1_200 }),
    fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    async (requests, processes, slowest, chances) => {
      const chance = () => Number(chances.next().value);
      const here = world(() => Math.floor((chance() * slowest) / 4));
      const budgets = Array.from({ length: processes }, () => here.budget(requests));
      const departures = await run(here, budgets, here.now + 4 * requests.window, () => 0);
      assert.ok(mostIn(departures, requests.window) <= requests.limit);
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

/** The store counts at once, and its next answer takes so long. */
function delayNext(here: World, milliseconds: number): void {
  const { count } = here.store;
  Object.assign(here.store, {
    count: async (name: string, window: number) => {
      Object.assign(here.store, { count });
      const counted = await count(name, window);
      here.now += milliseconds;
      return counted;
    },
  });
}

/** The last millisecond of the first slot whose quota, and that of the next one, is as wanted. */
function lastOf(
  requests: Requests,
  from: number,
  isWanted: (quota: number, next: number) => boolean,
): number {
  const { length, quotaOf } = slotsOf(requests);
  let slot = Math.ceil(from / length);
  while (!isWanted(quotaOf(slot), quotaOf(slot + 1))) slot += 1;
  return (slot + 1) * length - 1;
}

test('nor where a request is counted at the end of a slot and leaves in the next, however late', async () => {
  for (const limit of [3, 21, 30]) {
    const requests = { limit, window: 3 * SECOND };
    for (let delay = 0; delay < 400; delay += 5) {
      const here = world();
      const [slow, fast] = [here.budget(requests), here.budget(requests)];
      here.now = lastOf(requests, here.now, (quota) => quota > 0);
      const departures: number[] = [];
      delayNext(here, delay);
      if ((await slow.take()) === 0) departures.push(here.now);
      departures.push(...(await run(here, [fast], here.now + 2 * requests.window, () => 0)));
      assert.ok(mostIn(departures, requests.window) <= limit, `${limit}, ${delay} ms late`);
    }
  }
});

test('a count for a slot that was full is not good for the next, which has more', async () => {
  // 30 in 21 slots: of some, 1 may leave, of others 2.
  const requests = { limit: 30, window: 3 * SECOND };
  const here = world();
  here.now = lastOf(requests, here.now, (quota, next) => quota === 1 && next === 2);
  const [one, slow] = [here.budget(requests), here.budget(requests)];
  assert.equal(await one.take(), 0);
  delayNext(here, 10);
  const late = await slow.take();
  const more = [await one.take(), await one.take(), await one.take()];
  assert.equal([late, ...more].filter((wait) => wait === 0).length, 2);
});

for (const requests of [
  { limit: 1, window: 3 * SECOND },
  { limit: 3, window: 3 * SECOND },
  { limit: 10, window: SECOND },
  { limit: 100, window: 3 * SECOND },
  BURST,
]) {
  for (const processes of [1, 5]) {
    test(`${processes} that want all of ${requests.limit} in ${requests.window} ms get 80 % of it at least, and no more`, async () => {
      const here = world();
      const budgets = Array.from({ length: processes }, () => here.budget(requests));
      const windows = requests.limit < 10 ? 50 : 4;
      const departures = await run(here, budgets, here.now + windows * requests.window, () => 0);
      assert.ok(mostIn(departures, requests.window) <= requests.limit);
      const share = departures.length / (windows * requests.limit);
      assert.ok(share >= 0.8, `${(100 * share).toFixed()} %`);
    });
  }
}

test('what is left is told for the slot that runs', async () => {
  const here = world();
  const budget = here.budget();
  const before = budget.left();
  await budget.take();
  await budget.take();
  assert.equal(budget.left(), before - 2);
});

/** How long nothing leaves after an answer with these headers. */
async function waitAfter(headers: Record<string, string>, status: number, requests = BURST): Promise<number> {
  const here = world();
  const budget = here.budget(requests);
  assert.equal(await budget.take(), 0);
  await budget.learn(new Headers(headers), status);
  const wait = await budget.take();
  // Another process hears it from the store.
  assert.equal(await here.budget(requests).take(), wait);
  assert.equal(budget.left() === 0, wait > 0);
  return wait;
}

const epoch = (seconds: number) => String(NOON / SECOND + seconds);
const date = (seconds: number) => new Date(NOON + seconds * SECOND).toUTCString();
const HOURLY = '250000';

for (const [what, status, headers, wait] of [
  ['429 with a reset in epoch seconds', 429, { limit: '3000', remaining: '0', reset: epoch(2) }, 2],
  ['429 with seconds that remain', 429, { limit: '3000', remaining: '0', reset: '2' }, 2],
  ['429 with X-Ratelimit-Retry-After alone', 429, { 'X-Ratelimit-Retry-After': '7' }, 7],
  ['429 with Retry-After in seconds', 429, { 'Retry-After': '120' }, 120],
  ['429 with Retry-After as a date', 429, { 'Retry-After': date(9) }, 9],
  ['429 with a date by a clock that is behind', 429, { 'Retry-After': date(-591), Date: date(-600) }, 9],
  ['429 that says nothing', 429, {}, 3],
  ['429 that says nonsense', 429, { reset: 'soon', 'Retry-After': '-5' }, 3],
  ['429 with a reset that has passed', 429, { reset: epoch(-30) }, 1],
  ['429 with "now"', 429, { 'Retry-After': '0' }, 1],
  ['429 until a day from now', 429, { 'Retry-After': '86400' }, 3_600],
  ['201 with none left', 201, { limit: '3000', remaining: '0', reset: epoch(2) }, 2],
  ['201 with none left, in seconds', 201, { limit: '3000', remaining: '0', reset: '2' }, 2],
  ['201 with none left of the hour', 201, { limit: HOURLY, remaining: '0', reset: epoch(2_400) }, 2_400],
  ['201 with none left until tomorrow', 201, { limit: HOURLY, remaining: '0', reset: epoch(86_400) }, 3_600],
  ['500 with none left', 500, { limit: '3000', remaining: '0', reset: '2' }, 2],
  ['201 with none left of a window that has passed', 201, { remaining: '0', reset: epoch(-5) }, 0],
  ['201 with enough left', 201, { limit: '3000', remaining: '2999', reset: epoch(2) }, 0],
  ['201 without headers', 201, {}, 0],
  ['201 with none left, and no word until when', 201, { limit: '3000', remaining: '0' }, 0],
  ['201 with nonsense', 201, { limit: 'many', remaining: '-1', reset: 'NaN' }, 0],
  ['201 with fractions', 201, { remaining: '0.5', reset: '1e3' }, 0],
  // Braze's clock is ten minutes ahead of ours, or behind.
  ['a clock ahead that tells its time', 429, { limit: HOURLY, reset: epoch(602), Date: date(600) }, 2],
  ['a clock behind that tells its time', 201, { remaining: '0', reset: epoch(-598), Date: date(-600) }, 2],
  ['a clock ahead that does not, of the limit that we know', 429, { limit: '3000', reset: epoch(602) }, 4],
] as const) {
  test(`${what}: nothing leaves for ${wait} s`, async () => {
    const named = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        /^[a-z]/.test(name) ? `x-ratelimit-${name}` : name,
        value,
      ]),
    );
    assert.equal(await waitAfter(named, status), wait * SECOND);
  });
}

const rate = (remaining: number, reset: number, limit = 3_000) =>
  new Headers({
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(reset),
  });

test('after the reset requests leave again', async () => {
  const here = world();
  const budget = here.budget();
  await budget.take();
  await budget.learn(rate(0, 2), 201);
  here.now += await budget.take();
  assert.equal(here.now, NOON + 2 * SECOND);
  assert.equal(await budget.take(), 0);
});

test('a small remaining is shared by all processes, and counts those under way', async () => {
  const here = world();
  const [one, other] = [here.budget(), here.budget()];
  for (let request = 0; request < 4; request += 1) assert.equal(await one.take(), 0);
  // Three are still under way, and Braze may not have counted them.
  await one.learn(rate(10, 2), 201);
  const waits = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? one : other).take()));
  assert.equal(waits.filter((wait) => wait === 0).length, 7);
  assert.deepEqual(new Set(waits.filter((wait) => wait > 0)), new Set([2 * SECOND]));
});

test('an answer of the same window that says less lowers what is left, one that is late and says more does not raise it', async () => {
  const here = world();
  const budget = here.budget();
  for (let request = 0; request < 3; request += 1) await budget.take();
  await budget.learn(rate(8, 2), 201);
  assert.equal(budget.left(), 6);
  await budget.learn(rate(3, 2), 201);
  assert.equal(budget.left(), 2);
  await budget.learn(rate(9, 2), 201);
  assert.equal(budget.left(), 2);
});

test('what another wrote into our limit is respected: Braze counts for the whole workspace', async () => {
  // A Braze of 40 requests a second, of which others take 20; ours believes that it has 40.
  const requests = { limit: 40, window: SECOND };
  const here = world();
  const budgets = [here.budget(requests), here.budget(requests)];
  let refused = 0;
  const uses = new Map<number, number>();
  for (; here.now < NOON + 20 * SECOND; here.now += 5) {
    for (const budget of budgets) {
      if ((await budget.take()) > 0) continue;
      const second = Math.floor(here.now / SECOND);
      const count = (uses.get(second) ?? 20) + 1;
      uses.set(second, count);
      if (count > 40) refused += 1;
      const headers = rate(Math.max(0, 40 - count), second + 1, 40);
      await budget.learn(headers, count > 40 ? 429 : 201);
    }
  }
  assert.equal(refused, 0);
  const taken = [...uses.values()].reduce((sum, count) => sum + count - 20, 0);
  assert.ok(taken >= 0.8 * 20 * 20, `${taken} of 400`);
});

test('a request that never got an answer is not under way for ever', async () => {
  const here = world();
  const budget = here.budget();
  for (let request = 0; request < 5; request += 1) await budget.take();
  here.now += 60 * SECOND;
  await budget.take();
  await budget.learn(rate(5, 2), 201);
  assert.equal(budget.left(), 5);
});

test('with a store that fails the process counts alone, and heeds what it heard', async () => {
  const here = world();
  here.store.fail(true);
  const requests = { limit: 50, window: 3 * SECOND };
  const budget = here.budget(requests);
  const departures = await run(here, [budget], NOON + 12 * SECOND, () => 0);
  assert.ok(mostIn(departures, requests.window) <= requests.limit);
  assert.ok(departures.length >= 0.8 * 4 * requests.limit);
  await budget.learn(new Headers({ 'retry-after': '5' }), 429);
  assert.equal(await budget.take(), 5 * SECOND);
});

/** Requests that Braze, with a limit of that kind, let in and refused, of processes that always have more to send. */
async function saturate(
  here: World,
  requests: Requests,
  { style, processes, end }: { style: (typeof rateHeaderStyles)[number]; processes: number; end: number },
): Promise<{ letIn: number; limited: number }> {
  const allowance = createRateLimit(
    () => here.now,
    style,
    () => requests,
  ).of('track');
  const counts = { letIn: 0, limited: 0 };
  const answers: { readonly at: number; readonly give: () => Promise<void> }[] = [];
  const relays = Array.from({ length: processes }, () => ({
    budget: here.budget(requests),
    underWay: 0,
    askAt: here.now,
  }));
  for (; here.now < end; here.now += 1) {
    for (const answer of answers.splice(0)) {
      if (answer.at <= here.now) await answer.give();
      else answers.push(answer);
    }
    for (const relay of relays) {
      while (relay.underWay < 8 && relay.askAt <= here.now) {
        const wait = await relay.budget.take();
        relay.askAt = here.now + wait;
        if (wait > 0) break;
        relay.underWay += 1;
        const isLetIn = allowance.take();
        counts[isLetIn ? 'letIn' : 'limited'] += 1;
        const date = new Date(here.now).toUTCString();
        const headers = new Headers({ ...allowance.headers(), date });
        answers.push({
          at: here.now + 40,
          give: async () => {
            relay.underWay -= 1;
            await relay.budget.learn(headers, isLetIn ? 201 : 429);
          },
        });
      }
    }
  }
  return counts;
}

for (const style of rateHeaderStyles) {
  for (const processes of [1, 3]) {
    for (const requests of [
      { limit: 40, window: SECOND },
      { limit: 30, window: SECOND },
      { limit: 120, window: 3 * SECOND },
      { limit: 20, window: 3 * SECOND },
    ]) {
      test(`${processes} with all under way that ${requests.limit} in ${requests.window} ms allow use 85 % of it, and get no 429 (${style})`, async () => {
        const here = world();
        here.now += 123;
        const windows = 12;
        const end = here.now + windows * requests.window;
        const { letIn, limited } = await saturate(here, requests, { style, processes, end });
        assert.equal(limited, 0);
        const share = letIn / (windows * requests.limit);
        assert.ok(share >= 0.85, `${(100 * share).toFixed(1)} %`);
      });
    }
  }
}

test('a clock that is set back by hours does not keep requests back for hours', async () => {
  const here = world();
  const budget = here.budget();
  await budget.take();
  await budget.learn(rate(0, 2), 429);
  here.now -= 7_200 * SECOND;
  for (const each of [budget, here.budget()]) {
    assert.equal(await each.take(), 0);
    assert.ok(each.left() > 0);
  }
  // And what Braze says from then on counts.
  await budget.learn(rate(0, 2), 201);
  assert.equal(await budget.take(), 2 * SECOND);
});

test('what was taken and not used may be taken again, and is not under way', async () => {
  const here = world();
  const requests = { limit: 1_000, window: 3_600 * SECOND };
  const budget = here.budget(requests);
  for (let time = 0; time < 3_000; time += 1) {
    assert.equal(await budget.take(), 0);
    budget.giveBack();
  }
  assert.equal(budget.left(), 1_000);
  assert.equal(await budget.take(), 0);
  await budget.learn(rate(3, 2), 201);
  for (let time = 0; time < 50; time += 1) {
    assert.equal(await budget.take(), 0);
    budget.giveBack();
  }
  assert.equal(budget.left(), 3);
});

test('processes that give back at random never exceed the limit', async () => {
  const property = fc.asyncProperty(
    requestsThat,
    fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    async (requests, chances) => {
      const here = world();
      const chance = () => Number(chances.next().value);
      const budgets = [here.budget(requests), here.budget(requests)];
      const fickle = budgets.map((budget) => ({
        ...budget,
        take: async () => {
          const wait = await budget.take();
          if (wait > 0 || chance() < 0.7) return wait;
          budget.giveBack();
          return 1;
        },
      }));
      const departures = await run(here, fickle, here.now + 4 * requests.window, () => chance() * 3);
      assert.ok(mostIn(departures, requests.window) <= requests.limit);
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

const CONTRACT = [
  { limit: 1_000, window: 3_600 * SECOND },
  { limit: 250, window: 3 * SECOND },
];

test('of several limits each holds, and one that refuses costs nothing of the others', async () => {
  const here = world();
  const budgets = [here.budget(CONTRACT), here.budget(CONTRACT)];
  const departures = await run(here, budgets, NOON + 3_600 * SECOND, () => 0);
  const ofHour = departures.filter((time) => time < NOON + 3_600 * SECOND);
  assert.equal(ofHour.length, 1_000);
  assert.ok(mostIn(departures, 3 * SECOND) <= 250);
});

test("an hour is the clock's: a quiet relay has all of it, and the next begins with all of it", async () => {
  const here = world();
  const hour = { limit: 1_000, window: 3_600 * SECOND };
  here.now += 3_590 * SECOND;
  const budget = here.budget(hour);
  for (let request = 0; request < 1_000; request += 1) assert.equal(await budget.take(), 0);
  assert.equal(await budget.take(), 10 * SECOND);
  here.now += 10 * SECOND;
  assert.equal(await budget.take(), 0);
  assert.equal(budget.left(), 999);
});

const EXPORTS = { limit: 250, window: 60 * SECOND };

test('of a limit that rolls a burst may have all that is left, and no window has more than the limit', async () => {
  const property = fc.asyncProperty(
    requestsThat,
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 0, max: 400 }),
    fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    fc.integer({ min: 0, max: 10_000 }),
    async (requests, processes, slowest, chances, phase) => {
      const chance = () => Number(chances.next().value);
      const here = world(slowest === 0 ? undefined : () => chance() * slowest);
      here.now += phase;
      const pause = () => (chance() < 0.1 ? chance() * 2 * requests.window : chance() * 2);
      const budgets = Array.from({ length: processes }, () => here.budget(requests, rollingSlotsOf));
      const departures = await run(here, budgets, here.now + 4 * requests.window, pause);
      assert.ok(mostIn(departures, requests.window) <= requests.limit);
    },
  );
  await fc.assert(property, { numRuns: 60 });

  const here = world();
  const budgets = [here.budget(EXPORTS, rollingSlotsOf), here.budget(EXPORTS, rollingSlotsOf)];
  const departures = await run(here, budgets, NOON + 59 * SECOND, () => 1);
  assert.equal(departures.length, EXPORTS.limit);
  assert.ok((departures.at(-1) ?? Infinity) <= NOON + SECOND, 'all at once');
});

/** Takes until it has to wait, and for how long. */
async function takeAll(budget: Budget): Promise<{ readonly taken: number; readonly wait: number }> {
  for (let taken = 0; ; taken += 1) {
    const wait = await budget.take();
    if (wait > 0) return { taken, wait };
  }
}

test('of a limit that rolls nothing leaves that is counted after others have looked at its slot', async () => {
  const requests = { limit: 3, window: 3 * SECOND };
  const { length } = rollingSlotsOf(requests);
  for (let delay = 1; delay < 400; delay += 7) {
    const here = world();
    const { count, get } = here.store;
    const after = async <T>(answer: () => Promise<T>) => {
      await here.sleep(delay);
      return answer();
    };
    // To one of the processes the way to the store is long.
    const store = {
      ...here.store,
      count: (...asked: Parameters<typeof count>) => after(() => count(...asked)),
      get: (name: string) => after(() => get(name)),
    };
    const slow = createBudget({
      name: 'prod',
      store,
      clock: () => here.now,
      requests,
      slotsOf: rollingSlotsOf,
    });
    const fast = here.budget(requests, rollingSlotsOf);
    const begin = Math.ceil(here.now / length) * length;
    here.now = begin - 5;
    const asking = slow.take();
    const departures = await run(here, [fast], begin + SECOND, () => 5);
    const left = (await asking) === 0 ? 1 : 0;
    assert.ok(departures.length + left <= requests.limit, `${delay} ms late`);
  }
});

test('of a limit that rolls what has left comes free a window later, also to a process that has just begun', async () => {
  const here = world();
  const first = here.budget(EXPORTS, rollingSlotsOf);
  assert.equal((await takeAll(first)).taken, EXPORTS.limit);
  const { taken, wait } = await takeAll(here.budget(EXPORTS, rollingSlotsOf));
  assert.deepEqual([taken, wait > 55 * SECOND], [0, true]);
  here.now = NOON + 30 * SECOND;
  const half = await takeAll(here.budget(EXPORTS, rollingSlotsOf));
  assert.deepEqual([half.taken, half.wait > 25 * SECOND, half.wait < 40 * SECOND], [0, true, true]);
  here.now += half.wait;
  const later = here.budget(EXPORTS, rollingSlotsOf);
  assert.equal((await takeAll(later)).taken + (await takeAll(first)).taken, EXPORTS.limit);
});

test('a reserve under a limit that rolls is left to others of that name', async () => {
  const here = world();
  const modest = here.budget(EXPORTS, (limit) => rollingSlotsOf(limit, 10));
  assert.equal(modest.left(), 240);
  assert.equal((await takeAll(modest)).taken, 240);
  assert.equal(modest.left(), 0);
  assert.equal((await takeAll(here.budget(EXPORTS, rollingSlotsOf))).taken, 10);
});

test('of a limit that rolls an hour is the clock’s, too', async () => {
  const here = world();
  const hourly = { limit: 5, window: 3_600 * SECOND };
  const budget = here.budget(hourly, (limit) => rollingSlotsOf(limit, 1));
  assert.deepEqual(await takeAll(budget), { taken: 4, wait: 3_600 * SECOND });
  here.now = NOON + 3_600 * SECOND;
  assert.equal(await budget.take(), 0);
});

test('of a limit that rolls a process counts alone where the store fails', async () => {
  const here = world();
  const budget = here.budget(EXPORTS, rollingSlotsOf);
  here.store.fail(true);
  assert.equal((await takeAll(budget)).taken, EXPORTS.limit);
  here.now = NOON + 30 * SECOND;
  assert.equal((await takeAll(budget)).taken, 0);
});

test('of a limit that rolls a clock that is set back keeps nothing back for long', async () => {
  const here = world();
  const budget = here.budget(EXPORTS, rollingSlotsOf);
  await takeAll(budget);
  here.now = NOON - 5 * 3_600 * SECOND;
  assert.equal((await takeAll(budget)).taken, EXPORTS.limit);
});
