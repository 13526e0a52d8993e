/** Several tabs over one store: one of them sends at a time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from '../../widget/outbox/outbox.ts';
import { idOf, success } from './outbox-fixture.ts';
import { DOWN, OutboxWorld, settled, type Relay } from './outbox-world.ts';

const [FIRST, SECOND, THIRD] = [idOf(1), idOf(2), idOf(3)];

/** Milliseconds (outbox/store.ts). */
const LEASE = 35_000;

/** The first tab's request is under way until `answer` is called; the others' are answered. */
async function createWorld() {
  const world = new OutboxWorld();
  const second = world.openTab('second');
  let resolve: ((answer: Answer) => void) | undefined;
  world.relay = (ids) => {
    if (world.requests.at(-1)?.tab !== 'first') return settled(ids);
    return new Promise((answered) => (resolve = answered));
  };
  await world.put(FIRST);
  await world.flush();
  const answer = async (given: Answer, relay: Relay = settled) => {
    world.relay = relay;
    resolve?.(given);
    await world.still();
  };
  return { world, first: world.tab, second, answer };
}

const tabsOf = ({ requests }: OutboxWorld) => requests.map(({ tab, ids }) => [tab, ...ids]);

describe('tabs that share an outbox', () => {
  it('leave it to the one that sends, which sends all', async () => {
    const { world, second, answer } = await createWorld();
    await world.put(SECOND);
    await world.flush(second);
    assert.deepEqual(tabsOf(world), [['first', FIRST]]);
    assert.deepEqual(second.told, [{ type: 'stored' }]);
    await answer(settled([FIRST]));
    assert.deepEqual(tabsOf(world), [
      ['first', FIRST],
      ['first', SECOND],
    ]);
  });

  it('hear of every verdict, and that nothing waits any more', async () => {
    const { world, first, second, answer } = await createWorld();
    await world.put(SECOND);
    await world.flush(second);
    await answer(settled([FIRST]));
    const verdicts = [FIRST, SECOND].map(success);
    assert.deepEqual(first.verdicts, verdicts);
    assert.deepEqual(second.verdicts, verdicts);
    assert.equal(second.waiting.at(-1), false);
  });

  it('do not talk without end while one of them sends', async () => {
    const { world, second } = await createWorld();
    const third = world.openTab('third');
    await world.put(SECOND);
    await world.flush(second);
    assert.ok(second.told.length + third.told.length <= 4, `${second.told.length} + ${third.told.length}`);
  });

  it('go on when the one that sends is frozen, once its lease is over', async () => {
    const { world, first, second } = await createWorld();
    first.freeze();
    await world.advance(1_000);
    await world.flush(second);
    await world.advance(LEASE - 1);
    assert.deepEqual(tabsOf(world), [['first', FIRST]]);
    await world.advance(1);
    assert.deepEqual(tabsOf(world), [
      ['first', FIRST],
      ['second', FIRST],
    ]);
  });

  it('wait for a lease that began after they were turned away', async () => {
    const { world, first, second, answer } = await createWorld();
    await world.flush(second);
    await world.put(SECOND);
    await world.advance(20_000);
    // The first one goes on to the next request, and is frozen in it.
    await answer(settled([FIRST]), () => new Promise(() => undefined));
    assert.deepEqual(tabsOf(world).at(-1), ['first', SECOND]);
    first.freeze();
    world.relay = settled;
    await world.advance(LEASE - 1);
    assert.deepEqual(tabsOf(world).at(-1), ['first', SECOND]);
    assert.equal(second.waiting.at(-1), true);
    await world.advance(LEASE);
    assert.deepEqual(tabsOf(world).at(-1), ['second', SECOND]);
  });

  it('honour the lease of one that took over while they were frozen', async () => {
    const { world, first, second, answer } = await createWorld();
    first.freeze();
    await world.flush(second);
    await world.put(SECOND, THIRD);
    world.relay = () => new Promise(() => undefined);
    await world.advance(LEASE);
    assert.deepEqual(tabsOf(world).at(-1), ['second', FIRST, SECOND, THIRD]);
    await answer(settled([FIRST]));
    assert.deepEqual(tabsOf(world).at(-1), ['second', FIRST, SECOND, THIRD], 'it still sends');
    assert.deepEqual(first.verdicts, [success(FIRST)]);
  });

  it('take over at once from one that is gone, and with it its lock', async () => {
    const { world, first, second } = await createWorld();
    first.freeze();
    world.lockedBy = undefined;
    await world.flush(second);
    assert.deepEqual(tabsOf(world), [
      ['first', FIRST],
      ['second', FIRST],
    ]);
  });

  it('find the lease ended when nobody sends', async () => {
    const world = new OutboxWorld(() => DOWN);
    await world.put(FIRST);
    await world.flush();
    const skip = new Set<string>();
    const claim = { now: world.now, limit: 1, bytes: 1_000, skip, hasLock: false };
    const claimed = await world.store.claim({ owner: 'another', ...claim });
    assert.equal(claimed?.submissions.length, 1);
  });

  it('ask for the lock first after they have waited for long', async () => {
    const { world, second, answer } = await createWorld();
    await world.flush(second);
    await answer(settled([FIRST]));
    await world.advance(2 * LEASE);
    await world.put(SECOND);
    world.lockedBy = 'first';
    await world.flush(second);
    assert.deepEqual(tabsOf(world), [['first', FIRST]], 'it was not locked all that time');
  });
});
