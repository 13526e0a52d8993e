import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPermissions } from '../../server/permissions.ts';
import type { BreakerState } from '../../server/delivery/breaker.ts';
import type { DeliveryState } from '../../server/delivery/delivery.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import type { Ports } from '../../server/ports.ts';
import {
  createReadiness,
  createStoreProbe,
  judgeReadiness,
  type Audience,
  type StoreProbe,
} from '../../server/readiness.ts';
import { StoreError } from '../../server/store/store.ts';

const SINCE = Date.UTC(2026, 0, 15, 10);
const UNTIL = SINCE + 30_000;

type Failing = Exclude<BreakerState, { type: 'closed' }>;

const open = (trouble: Failing['trouble'], status: string): BreakerState => ({
  type: 'open',
  trouble,
  status,
  since: SINCE,
  until: UNTIL,
});

const stateWith = (breaker: BreakerState): DeliveryState => ({
  lanes: new Map([
    ['prod', { breaker, calls: new Map(), inFlight: 0, waiting: 0, budget: 3_000, objectLimit: 75 }],
  ]),
});

const CLOSED = stateWith({ type: 'closed' });

const judge = (
  probe: StoreProbe,
  state: DeliveryState | undefined,
  { isDurable = true, audience = 'operator' }: { isDurable?: boolean; audience?: Audience } = {},
) => judgeReadiness({ probe, isDurable }, state, audience);

describe('a relay that can do its work', () => {
  it('is ready, and says what was looked at', () => {
    const { status, checks } = judge('written', CLOSED);
    assert.equal(status, 'ready');
    assert.deepEqual(
      checks.map(({ name, ok }) => [name, ok]),
      [
        ['store', true],
        ['braze prod', true],
        ['braze prod key', true],
      ],
    );
  });

  it('is ready with a store in memory, and says what that means', () => {
    const { status, checks } = judge('written', CLOSED, { isDurable: false });
    assert.equal(status, 'ready');
    assert.match(checks[0]?.detail ?? '', /It is in memory: nothing is queued/);
  });
});

describe('a relay that cannot do its work says what is wrong, and what would be right', () => {
  const cases: { name: string; probe?: StoreProbe; breaker?: BreakerState; check: string; says: RegExp }[] = [
    { name: 'no write to the store', probe: 'failed', check: 'store', says: /Takes no writes: .* Make room/ },
    { name: 'a slow store', probe: 'late', check: 'store', says: /not taken a write within 1000 ms/ },
    {
      name: 'a key that Braze refuses',
      breaker: open('operator', '401'),
      check: 'braze prod key',
      says: /^Braze refused the key of prod \(401\) since 2026-01-15T10:00:00.000Z\. Visitors go on, submissions are kept\. Replace the key and send SIGHUP/,
    },
    {
      name: 'a key without the permission',
      breaker: open('operator', '403'),
      check: 'braze prod key',
      says: /permissions of prod \(403\).* permission users\.track/,
    },
    {
      name: 'a wrong endpoint',
      breaker: open('operator', '404'),
      check: 'braze prod key',
      says: /endpoint of prod \(404\).* Correct the endpoint/,
    },
    {
      name: 'a refusal that is the operator’s and has no words yet',
      breaker: open('operator', '451'),
      check: 'braze prod key',
      says: /refuses the requests of prod \(451\).* Check the endpoint and the key/,
    },
    {
      name: 'a key that is being tried again',
      breaker: { type: 'half_open', trouble: 'operator', status: '401', since: SINCE },
      check: 'braze prod key',
      says: /tried again by itself now\.$/,
    },
    {
      name: 'a Braze that fails',
      breaker: open('unavailable', '503'),
      check: 'braze prod',
      says: /^Braze fails \(503\) since .* tried again by itself at 2026-01-15T10:00:30.000Z; /,
    },
    {
      name: 'a Braze that does not answer',
      breaker: open('unavailable', 'timeout'),
      check: 'braze prod',
      says: /^Braze does not answer in time since /,
    },
    {
      name: 'no way to Braze',
      breaker: open('unavailable', 'network'),
      check: 'braze prod',
      says: /^Braze cannot be reached since /,
    },
  ];
  for (const { name, probe = 'written', breaker, check, says } of cases) {
    it(`for ${name}, and that alone is wrong`, () => {
      const { status, checks } = judge(probe, breaker === undefined ? CLOSED : stateWith(breaker));
      assert.equal(status, 'not ready');
      const wrong = checks.filter(({ ok }) => !ok);
      assert.deepEqual(
        wrong.map((each) => each.name),
        [check],
      );
      assert.match(wrong[0]?.detail ?? '', says);
    });
  }

  it('also where nothing can be told of the delivery', () => {
    assert.equal(judge('failed', undefined).status, 'not ready');
  });
});

describe('the public is told that something is wrong and what, and not when, what is done about it, or how the disk is', () => {
  it('nothing where all is well', () => {
    assert.deepEqual(judge('written', CLOSED, { audience: 'public' }), { status: 'ready', checks: [] });
  });

  for (const [name, probe, breaker, check, detail] of [
    ['no write to the store', 'failed', { type: 'closed' }, 'store', 'Takes no writes.'],
    ['a slow store', 'late', { type: 'closed' }, 'store', 'Takes no writes.'],
    [
      'a key that Braze refuses',
      'written',
      open('operator', '401'),
      'braze prod key',
      'Braze refused the key of prod (401). Visitors go on, submissions are kept.',
    ],
    [
      'a Braze that fails',
      'written',
      open('unavailable', '503'),
      'braze prod',
      'Braze fails (503). Visitors go on, submissions are kept.',
    ],
  ] as const) {
    it(`of ${name}`, () => {
      assert.deepEqual(judge(probe, stateWith(breaker), { audience: 'public' }), {
        status: 'not ready',
        checks: [{ name: check, ok: false, detail }],
      });
    });
  }
});

/** A store that counts what it is asked to write. */
function createWorld(put: () => Promise<void>) {
  let now = SINCE;
  let writes = 0;
  let timeout: (() => void) | undefined;
  const entries: LogEntry[] = [];
  const store = {
    isDurable: true,
    put: () => {
      writes += 1;
      return put();
    },
  };
  const ports = {
    store: store as unknown as Ports['store'],
    delivery: () => ({ state: async () => CLOSED }) as unknown as ReturnType<Ports['delivery']>,
    clock: () => now,
    setTimer: (callback: () => void) => {
      timeout = callback;
      return () => undefined;
    },
    log: (entry: LogEntry) => entries.push(entry),
    permissions: createPermissions(),
  };
  const readiness = createReadiness(ports, createStoreProbe(ports));
  return {
    readiness,
    entries,
    writes: () => writes,
    wait: (milliseconds: number) => (now += milliseconds),
    expire: () => timeout?.(),
  };
}

describe('the look at the store', () => {
  it('writes once a second, however many ask', async () => {
    const world = createWorld(() => Promise.resolve());
    await Promise.all(Array.from({ length: 50 }, () => world.readiness('operator')));
    world.wait(999);
    await world.readiness('operator');
    assert.equal(world.writes(), 1);
    world.wait(1);
    assert.equal((await world.readiness('operator')).status, 'ready');
    assert.equal(world.writes(), 2);
  });

  it('tells of a write that fails, and of the next one that does not', async () => {
    let isFull = true;
    const world = createWorld(() => (isFull ? Promise.reject(new Error('full')) : Promise.resolve()));
    assert.equal((await world.readiness('operator')).status, 'not ready');
    isFull = false;
    world.wait(1_000);
    assert.equal((await world.readiness('operator')).status, 'ready');
  });

  it('does not wait for ever', async () => {
    const world = createWorld(() => new Promise(() => undefined));
    const asked = world.readiness('operator');
    world.expire();
    assert.match((await asked).checks[0]?.detail ?? '', /has not taken a write/i);
    assert.deepEqual(
      world.entries.map(({ level, event }) => [level, event]),
      [['error', 'store_failed']],
    );
    assert.match(String(world.entries[0]?.advice), /has not taken a write/i);
  });

  it('says in the log what it finds, once a minute, however many ask', async () => {
    let error: Error | undefined = new StoreError('The disk is full.');
    const world = createWorld(() => (error ? Promise.reject(error) : Promise.resolve()));
    for (let second = 0; second < 60; second += 1) {
      await world.readiness('public');
      world.wait(1_000);
    }
    const entry = { level: 'error', event: 'store_failed', advice: 'The disk is full.' };
    assert.deepEqual(world.entries, [entry]);
    // Of others only the name: their words may repeat what they met.
    error = new TypeError('of ada@example.com');
    await world.readiness('public');
    assert.deepEqual(world.entries.slice(1), [{ ...entry, advice: 'TypeError' }]);
    error = undefined;
    world.wait(60_000);
    await world.readiness('public');
    assert.equal(world.entries.length, 2);
  });
});
