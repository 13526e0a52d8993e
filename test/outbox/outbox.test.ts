import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Submission } from '../../widget/contract/wire.ts';
import type { Snapshot } from '../../widget/flow/snapshot.ts';
import type { Verdict } from '../../widget/flow/verdict.ts';
import { createMemoryStore } from '../../widget/outbox/memory-store.ts';
import { createOutbox, type Delivery } from '../../widget/outbox/outbox.ts';
import type { OutboxStore } from '../../widget/outbox/store.ts';

const submission = (id: string): Submission => ({
  id,
  flow: 'welcome',
  revision: 'r1',
  node: 'save',
  time: '2026-01-15T10:00:00.000Z',
  answers: {},
  page: { path: '/' },
  device: { type: 'desktop', language: 'en' },
});

const snapshot = (step: number): Snapshot => ({
  conversation: 'c',
  flow: 'welcome',
  revision: 'r1',
  step,
  node: 'save',
  answers: {},
  path: [],
  seed: 's1',
});

const settled = (id: string): Delivery => ({ type: 'settled', verdict: { id, outcome: 'success' } });

/** An outbox whose relay answers what the test says, and whose time passes when the test says. */
async function createWorld(ids: readonly string[], answer: (id: string) => Delivery | Promise<Delivery>) {
  const order: string[] = [];
  const memory = createMemoryStore();
  const store: OutboxStore = {
    ...memory,
    settle: async (id) => {
      order.push(`forgotten ${id}`);
      await memory.settle(id);
    },
  };
  let stored = 0;
  const put = async (id: string) => {
    const previous = stored === 0 ? undefined : snapshot(stored);
    stored += 1;
    assert.ok(await store.commit(previous, snapshot(stored), submission(id)));
  };
  for (const id of ids) await put(id);
  const sent: string[] = [];
  const verdicts: Verdict[] = [];
  /** Those whose conversation does not hear of it now. */
  const deaf: string[] = [];
  const waiting: (readonly string[])[] = [];
  const timers: { readonly callback: () => void; readonly milliseconds: number }[] = [];
  const outbox = createOutbox(
    store,
    async ({ id }) => {
      sent.push(id);
      return answer(id);
    },
    {
      settled: async ({ id }, verdict) => {
        verdicts.push(verdict);
        assert.deepEqual(await store.readVerdict(id), verdict, 'the verdict is kept until it was heard');
        await Promise.resolve();
        order.push(`heard ${id}`);
        return !deaf.includes(id);
      },
      waiting: (left) => waiting.push(left),
    },
    {
      random: () => 0.5,
      setTimer: (callback, milliseconds) => {
        const timer = { callback, milliseconds };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
    },
  );
  outbox.connect();
  const left = async () => (await store.readSubmissions()).map(({ id }) => id);
  return { outbox, put, sent, verdicts, order, deaf, waiting, timers, left, store };
}

describe('the outbox', () => {
  it('sends what there is, oldest first, and keeps nothing that has its receipt', async () => {
    const world = await createWorld(['a.1', 'a.2'], settled);
    await world.outbox.flush();
    assert.deepEqual(world.sent, ['a.1', 'a.2']);
    assert.deepEqual(
      world.verdicts.map(({ id }) => id),
      ['a.1', 'a.2'],
    );
    assert.deepEqual(await world.left(), []);
    assert.deepEqual(world.waiting, [[]]);
    assert.deepEqual(world.timers, []);
  });

  it('keeps what could not be delivered, and what comes after it, in order', async () => {
    const world = await createWorld(['a.1', 'a.2', 'a.3'], (id) =>
      id === 'a.2' ? { type: 'waiting' } : settled(id),
    );
    await world.outbox.flush();
    assert.deepEqual(world.sent, ['a.1', 'a.2']);
    assert.deepEqual(await world.left(), ['a.2', 'a.3']);
    assert.deepEqual(world.waiting, [['a.2', 'a.3']]);
  });

  it('tries again later and later, and never later than a minute', async () => {
    const world = await createWorld(['a.1'], () => ({ type: 'waiting' }));
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      await world.outbox.flush();
      assert.equal(world.timers.length, 1, 'one attempt is planned at a time');
      pauses.push(world.timers[0]?.milliseconds ?? NaN);
    }
    assert.deepEqual(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('waits at least as long as the relay asks', async () => {
    const world = await createWorld(['a.1'], () => ({ type: 'waiting', retryAfter: 30 }));
    await world.outbox.flush();
    assert.equal(world.timers[0]?.milliseconds, 30_500);
  });

  it('starts with short pauses again once something was delivered', async () => {
    let isDown = true;
    const world = await createWorld(['a.1'], (id) => (isDown ? { type: 'waiting' } : settled(id)));
    await world.outbox.flush();
    await world.outbox.flush();
    isDown = false;
    await world.outbox.flush();
    isDown = true;
    await world.put('a.2');
    await world.outbox.flush();
    assert.equal(world.timers[0]?.milliseconds, 500);
  });

  it('sends when the time has come', async () => {
    let isDown = true;
    const world = await createWorld(['a.1'], (id) => (isDown ? { type: 'waiting' } : settled(id)));
    await world.outbox.flush();
    isDown = false;
    world.timers[0]?.callback();
    await world.outbox.flush();
    assert.deepEqual(await world.left(), []);
  });

  it('sends in one go what is stored while it sends, and nothing twice', async () => {
    const world = await createWorld(['a.1'], async (id) => {
      if (id === 'a.1') {
        await world.put('a.2');
        void world.outbox.flush();
      }
      return settled(id);
    });
    await world.outbox.flush();
    assert.deepEqual(world.sent, ['a.1', 'a.2']);
    assert.deepEqual(await world.left(), []);
  });

  it('hands over a final refusal as an error, and goes on with the next', async () => {
    const world = await createWorld(['a.1', 'a.2'], (id) =>
      id === 'a.1' ? { type: 'settled', verdict: { id, outcome: 'error' } } : settled(id),
    );
    await world.outbox.flush();
    assert.deepEqual(
      world.verdicts.map(({ outcome }) => outcome),
      ['error', 'success'],
    );
  });

  it('keeps a verdict that nobody heard, and does not send again', async () => {
    const world = await createWorld(['a.1'], settled);
    world.deaf.push('a.1');
    await world.outbox.flush();
    await world.outbox.flush();
    assert.deepEqual(world.sent, ['a.1']);
    assert.deepEqual(await world.store.readVerdict('a.1'), { id: 'a.1', outcome: 'success' });
  });

  it('forgets a submission only after its conversation has heard', async () => {
    const world = await createWorld(['a.1'], settled);
    await world.outbox.flush();
    assert.deepEqual(world.order, ['heard a.1', 'forgotten a.1']);
  });

  it('plans nothing any more once it is disconnected, also not after a send that was under way', async () => {
    const world = await createWorld(['a.1'], async () => {
      world.outbox.disconnect();
      return { type: 'waiting' };
    });
    await world.outbox.flush();
    assert.deepEqual(world.timers, []);
  });
});
