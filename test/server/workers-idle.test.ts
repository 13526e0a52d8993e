/** What a shard does while nobody asks it for anything, hour after hour: its alarms are requests, and whoever is awake is paid for. */
import assert from 'node:assert/strict';
import { describe, it, mock, type TestContext } from 'node:test';
import { readParts } from '../../server/adapters/workers/parts.ts';
import { createShard, type Shard } from '../../server/adapters/workers/shard.ts';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { createObjectStorage } from './object-storage.ts';
import { FLOW, PROD_KEY, SANDBOX_KEY, SANDBOX_ORIGIN, SESSION_SECRET, settingsFor } from './relay-fixture.ts';

const HOUR = 3_600_000;
/** Milliseconds after which the platform puts an object out of memory that nobody asks: 70 to 140 s. */
const KEPT = 70_000;
const ENDPOINT = 'https://rest.iad-01.braze.com';
const BOTH = settingsFor({ sandbox: ENDPOINT, prod: ENDPOINT });
const ALONE = {
  ...BOTH,
  environments: { sandbox: BOTH.environments.sandbox },
  sites: { brand: { sandbox: BOTH.sites.brand.sandbox } },
};

/** One object, whose time passes as soon as nothing is left to do. */
function createIdleWorld(t: TestContext, settings: unknown) {
  mock.method(console, 'log', () => undefined);
  t.after(() => mock.restoreAll());
  const nobody = { get: async () => undefined, put: async () => undefined, count: async () => 1 };
  const env = {
    ASSETS: { fetch: async () => new Response(null, { status: 404 }) },
    SHARDS: { getByName: () => nobody },
    SHARED: { getByName: () => nobody },
    WAKE_UPS: { send: async () => undefined },
    BRAZE_SANDBOX_KEY: SANDBOX_KEY,
    BRAZE_PROD_KEY: PROD_KEY,
    SESSION_SECRET,
    SHARD_COUNT: '1',
  };
  const storage = createObjectStorage();
  let now = Date.parse('2026-01-15T10:00:00.000Z');
  let timers: readonly { readonly at: number; readonly callback: () => void }[] = [];
  let shard: Shard | undefined;
  let askedAt = now;
  let rung = 0;
  const time = {
    ...webPorts,
    clock: () => now,
    setTimer(callback: () => void, milliseconds: number) {
      const timer = { at: now + milliseconds, callback };
      timers = [...timers, timer];
      return () => void (timers = timers.filter((each) => each !== timer));
    },
  };
  const untilIdle = async () => {
    for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const awaken = (): Shard => {
    if (shard) return shard;
    shard = createShard(0, storage, readParts({ settings, flows: [FLOW] }, env), time);
    shard.begin(storage.alarm());
    return shard;
  };
  const fire = async () => {
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { callback } of due) callback();
    await untilIdle();
  };
  return {
    rung: () => rung,
    async open() {
      const headers = { origin: SANDBOX_ORIGIN, 'content-type': 'application/json' };
      const request = new Request('https://relay.example/v1/sessions', {
        method: 'POST',
        headers,
        body: '{}',
      });
      const { status } = await awaken().fetch(request);
      await untilIdle();
      return status;
    },
    async pass(milliseconds: number) {
      const end = now + milliseconds;
      while (now < end) {
        const alarm = storage.alarm() ?? Infinity;
        const gone = shard ? askedAt + KEPT : Infinity;
        now = Math.max(now, Math.min(alarm, gone, end, ...timers.map(({ at }) => at)));
        if (alarm <= now) {
          rung += 1;
          await storage.setAlarm(Infinity);
          const ringing = awaken().alarm();
          await Promise.all([ringing, untilIdle()]);
          askedAt = now;
        } else if (gone <= now) {
          shard = undefined;
          timers = [];
        } else await fire();
      }
    },
  };
}

describe('a shard that nobody asks for anything', () => {
  for (const [name, settings] of [
    ['both environments', BOTH],
    ['one environment', ALONE],
  ] as const)
    it(`sleeps until its alarm of the next day, with ${name} in the settings`, async (t) => {
      const world = createIdleWorld(t, settings);
      assert.equal(await world.open(), 200);
      await world.pass(23 * HOUR);
      assert.equal(world.rung(), 0);
      await world.pass(2 * HOUR);
      assert.equal(world.rung(), 1);
      await world.pass(48 * HOUR);
      assert.equal(world.rung(), 3);
    });
});
