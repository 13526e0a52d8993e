/** Requests that are held up between their permit and their leave: the limit holds where they arrive. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore } from '../../server/store/memory.ts';
import type { Store } from '../../server/store/store.ts';
import { createWork, createWorld } from './world.ts';

const REQUESTS = { limit: 10, window: 1_000 };
const ENDPOINT = {
  name: 'prod',
  endpoint: 'https://rest.iad-01.braze.com',
  key: () => 'key',
  objects: { limit: 75, per: 'request' },
  requests: REQUESTS,
  exports: { limit: 250, window: 60_000 },
} as const;

/** Milliseconds. So long in each round nothing is written down of what leaves: a disk that stalls. */
const STALL = { every: 2_000, long: 800 };

test('a store that stalls now and then brings no more requests into a window than Braze takes', async () => {
  const held: { readonly until: number; readonly go: () => void }[] = [];
  const stalling = (clock: () => number): Store => {
    const store = createMemoryStore({ clock, isDurable: true });
    return {
      ...store,
      async send(keys, claim) {
        const into = clock() % STALL.every;
        const until = clock() - into + STALL.long;
        if (into < STALL.long) await new Promise<void>((go) => void held.push({ until, go }));
        return store.send(keys, claim);
      },
    };
  };
  const world = createWorld({
    store: stalling,
    config: { environments: new Map([['prod', ENDPOINT]]), batching: false, deadline: 60_000 },
  });
  const times: number[] = [];
  world.answer(() => {
    times.push(world.clock());
    return new Response('{"message":"success"}', { status: 201 });
  });
  const all = Array.from({ length: 60 }, (_, index) => world.deliver(createWork(`v-${index}`), 60_000));
  for (let step = 0; step < 1_500 && times.length < all.length; step += 1) {
    await world.pass(10);
    for (const each of held.splice(0)) {
      if (each.until <= world.clock()) each.go();
      else held.push(each);
    }
  }
  assert.deepEqual(
    (await Promise.all(all)).map(({ type }) => type),
    all.map(() => 'settled'),
  );
  assert.equal(times.length, all.length);
  const most = Math.max(
    ...times.map((time) => times.filter((each) => each >= time && each < time + REQUESTS.window).length),
  );
  assert.ok(most <= REQUESTS.limit, `${most} requests within ${REQUESTS.window} ms`);
});
