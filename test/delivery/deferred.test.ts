/** What is deferred is taken on when it is due: all of it in one look. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { joinOf, joinAgainOf } from '../../server/identity/joining.ts';
import { createWorld } from './world.ts';

const OWNER = {
  site: 'brand',
  environment: {
    name: 'prod',
    endpoint: 'https://rest.iad-01.braze.com',
    key: () => 'key',
    objects: { limit: 75, per: 'request' },
    requests: { limit: 3_000, window: 3_000 },
    exports: { limit: 250, window: 60_000 },
  },
} as const;

it('one look takes on all that is due, however many that are', async () => {
  const { store, clock, delivery, requests, pass } = createWorld();
  const visitors = Array.from({ length: 250 }, (_, index) => `visitor-${index}`);
  for (const visitor of visitors) {
    const join = { to: { external_id: `person-${visitor}` }, hasOwnAlias: true } as const;
    const again = joinAgainOf(joinOf(join, visitor, OWNER, clock(), undefined));
    assert.ok(again);
    await store.deferred.hold(again, 0);
  }
  const look = { isOver: false };
  const looking = delivery.deliverDue().finally(() => (look.isOver = true));
  // Nobody looks a second time.
  while (!look.isOver) await pass(100);
  await looking;
  assert.equal((await store.stats()).deferred, 0);
  assert.equal(requests.length, visitors.length);
});
