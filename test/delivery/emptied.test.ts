/** What becomes of work that a process has in hand while the store loses it: a Redis is emptied, or a failover leads to a replica that lacks it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMemoryStore } from '../../server/store/memory.ts';
import type { Store } from '../../server/store/store.ts';
import { createGate, createWork, createWorld } from './world.ts';

/** A store that can be emptied under who uses it, at once or with the next call of a method. */
function createEmptied() {
  let empty: () => void = () => undefined;
  let before: keyof Store | undefined;
  const open = (clock: () => number): Store => {
    const fresh = () => createMemoryStore({ clock, isDurable: true });
    let current = fresh();
    empty = () => (current = fresh());
    return new Proxy(current, {
      get(_, name: keyof Store) {
        const value: unknown = Reflect.get(current, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (before === name) {
            before = undefined;
            current = fresh();
          }
          return Reflect.apply(Reflect.get(current, name) as typeof value, current, args);
        };
      },
    });
  };
  return { open, empty: () => empty(), emptyBefore: (name: keyof Store) => (before = name) };
}

describe('a store that is emptied', () => {
  it('before work leaves: its visitor is not told that it is kept, and comes again with it', async () => {
    const emptied = createEmptied();
    const world = createWorld({ store: emptied.open });
    const work = createWork('v');
    emptied.emptyBefore('send');
    const told = world.deliver(work);
    await world.pass(100);
    assert.deepEqual(await told, { type: 'later', retryAfter: 1 });
    assert.equal(world.requests.length, 0);

    const again = world.deliver(work);
    await world.pass(100);
    assert.equal((await again).type, 'settled');
    assert.equal(world.requests.length, 1);
  });

  it('while Braze fails: the same', async () => {
    const emptied = createEmptied();
    const world = createWorld({ store: emptied.open });
    const gate = createGate();
    world.answer(gate.answering);
    const told = world.deliver(createWork('v'));
    await world.pass(100);
    emptied.empty();
    gate.open(() => new Response('{"message":"later"}', { status: 503 }));
    await world.pass(100);
    assert.deepEqual(await told, { type: 'later', retryAfter: 1 });
  });

  it('while a visitor is told that it is kept: they are told so only where it is', async () => {
    const emptied = createEmptied();
    const world = createWorld({ store: emptied.open });
    const gate = createGate();
    world.answer(gate.answering);
    const told = world.deliver(createWork('v'), 500);
    await world.pass(100);
    emptied.empty();
    await world.pass(1_000);
    assert.deepEqual(await told, { type: 'later', retryAfter: 1 });
  });

  it('after that was told: what is in hand is put into the spool anew, and delivered', async () => {
    const emptied = createEmptied();
    const world = createWorld({ store: emptied.open });
    world.delivery.startSpool();
    const gate = createGate();
    world.answer(gate.answering);
    const work = createWork('v');
    const told = world.deliver(work, 500);
    await world.pass(1_000);
    const delivered = await told;
    assert.deepEqual(
      [delivered.type, 'receipt' in delivered && delivered.receipt.outcome],
      ['settled', 'queued'],
    );

    emptied.empty();
    world.answer(() => new Response('{"message":"success"}', { status: 201 }));
    gate.open(() => new Response('{"message":"later"}', { status: 503 }));
    await world.pass(600_000);
    assert.deepEqual(
      world.log
        .filter(({ event }) => event === 'spool_restored')
        .map(({ level, submission }) => [level, submission]),
      [['error', work.id]],
    );
    assert.equal(world.requests.length, 2);
    assert.equal((await world.store.find(work.key))?.receipt.outcome, 'success');
  });
});
