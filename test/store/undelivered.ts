/** What every store does about work that nobody delivers, and says of it: a part of the suite. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ANN,
  BOB,
  DAY,
  erasureOf,
  LEASE,
  leaving,
  LIMIT,
  settled,
  settlementOf,
  spooled,
  START,
  workOf,
} from './fixture.ts';
import type { StoreUnderTest } from './suite.ts';

/** Milliseconds after which it is old. */
const AGE = 30 * DAY;

export function describeUndelivered({ open, isDurable }: StoreUnderTest): void {
  function startStore() {
    let now = START;
    const store = open(() => now);
    const begin = (key: string, claim = ANN, details = {}) =>
      store.begin(workOf(key, { receivedAt: now, ...details }), claim, LIMIT);
    return {
      store,
      begin,
      pass: (milliseconds: number) => (now += milliseconds),
      now: () => now,
      /** In the spool, due at once. */
      spool: async (key: string, details = {}) => {
        await begin(key, ANN, details);
        await store.settle([spooled(key, now)], ANN.holder);
      },
      old: async (claim = BOB, limit = 10, environments = ['prod']) =>
        (await store.claimOld(environments, AGE, limit, claim)).map(({ work }) => work.key),
    };
  }

  describe('claimOld', () => {
    it('takes what has waited for so long, and nothing that is younger', async () => {
      const { spool, old, pass } = startStore();
      await spool('v/1');
      pass(1);
      await spool('w/1');
      pass(AGE - 2);
      assert.deepEqual(await old(), []);
      pass(1);
      assert.deepEqual(await old(), ['v/1']);
      pass(1);
      assert.deepEqual(await old(), ['w/1']);
    });
    it('takes it of the environments that it is asked for', async () => {
      const { spool, old, pass } = startStore();
      await spool('v/1');
      await spool('w/1', { environment: 'sandbox' });
      pass(AGE);
      assert.deepEqual(await old(BOB, 10, []), []);
      assert.deepEqual(await old(BOB, 10, ['sandbox']), ['w/1']);
      assert.deepEqual(await old(BOB, 10, ['prod', 'sandbox']), ['v/1']);
    });
    it('takes what its holder has left, promised or not, and knows what had been sent', async () => {
      const { store, begin, pass } = startStore();
      for (const key of ['v/1', 'w/1', 'x/1']) await begin(key);
      await store.send(['w/1'], ANN);
      await store.settle([{ key: 'x/1', type: 'promised' }], ANN.holder);
      pass(AGE);
      const claimed = await store.claimOld(['prod'], AGE, 10, BOB);
      assert.deepEqual(
        claimed.map(({ work, isInDoubt }) => [work.key, isInDoubt]),
        [
          ['v/1', false],
          ['w/1', true],
          ['x/1', false],
        ],
      );
    });
    it('robs nobody: what another has under way, and what stands behind it, stays', async () => {
      const { store, begin, old, pass } = startStore();
      for (const key of ['v/1', 'v/2', 'w/1', 'w/2']) await begin(key);
      await store.settle([spooled('v/2'), spooled('w/1'), spooled('w/2')], ANN.holder);
      pass(AGE);
      assert.deepEqual((await store.send(['v/1'], ANN)).sent, ['v/1']);
      assert.deepEqual(await old(BOB, 1), ['w/1']);
      assert.deepEqual(await old({ ...BOB, holder: 'eve' }), []);
      assert.deepEqual(await store.settle([settled('v/1')], ANN.holder), []);
      assert.deepEqual(await store.find('v/1'), settlementOf('v/1'));
      // The rest of each line, when what stood before it is settled.
      await store.settle([settled('w/1')], BOB.holder);
      assert.deepEqual((await old()).sort(), ['v/2', 'w/2']);
    });
    it('gives each to one of many, who alone settles it', async () => {
      const { store, spool, old, pass } = startStore();
      for (const key of ['v/1', 'w/1', 'x/1']) await spool(key);
      pass(AGE);
      const claimed = await Promise.all(['b', 'c'].map((holder) => old({ ...BOB, holder }, 2)));
      assert.deepEqual(claimed.flat().sort(), ['v/1', 'w/1', 'x/1']);
      const dead = { ...settled('v/1'), dead: { reason: 'nobody takes it' } };
      const holders = claimed.map((keys) => keys.includes('v/1'));
      const lost = await Promise.all(['b', 'c'].map((holder) => store.settle([dead], holder)));
      assert.deepEqual(
        lost.map((keys) => keys.length === 0),
        holders,
      );
      assert.equal((await store.stats()).deadLetters, 1);
      // Who died over it: the next one's.
      pass(LEASE);
      assert.deepEqual((await old()).sort(), ['w/1', 'x/1']);
    });
    it('goes no further in a line than that it is old', async () => {
      const { store, spool, old, pass } = startStore();
      await spool('v/1');
      await spool('v/2');
      pass(1);
      await spool('v/3');
      pass(AGE - 1);
      assert.deepEqual(await old(), ['v/1', 'v/2']);
      assert.deepEqual(await old(), []);
      await store.settle([settled('v/1'), settled('v/2')], BOB.holder);
      assert.deepEqual(await old(), []);
      // It is delivered as ever.
      assert.deepEqual(
        (await store.claim(['prod'], 10, BOB)).map(({ work }) => work.key),
        ['v/3'],
      );
    });
    it('counts the wait of a dead letter anew when it is retried', async () => {
      const { store, spool, old, pass, now } = startStore();
      await spool('v/1');
      pass(AGE);
      await old();
      await store.settle([{ ...settled('v/1'), dead: { reason: 'nobody takes it' } }], BOB.holder);
      pass(DAY);
      const retriedAt = now();
      assert.equal(await store.deadLetters.retry('v/1'), true);
      assert.equal((await store.stats()).oldest, retriedAt);
      pass(AGE - 1);
      assert.deepEqual(await old(), []);
      pass(1);
      assert.deepEqual(
        (await store.claimOld(['prod'], AGE, 10, BOB)).map(({ work }) => work),
        [workOf('v/1', { receivedAt: START, retriedAt })],
      );
    });
    it('takes nothing for old where the clock was set back', async () => {
      const { spool, old, pass } = startStore();
      pass(2 * AGE);
      await spool('v/1');
      pass(-2 * AGE);
      assert.deepEqual(await old(), []);
    });
    if (isDurable)
      it('promises what it takes: nobody waits for it', async () => {
        const { store, begin, pass } = startStore();
        await begin('v/1');
        pass(AGE);
        await store.claimOld(['prod'], AGE, 10, BOB);
        assert.equal((await begin('v/1')).state, 'queued');
        assert.equal((await begin('v/2')).state, 'queued');
      });
  });

  describe('backlogs', () => {
    it('say of each environment how much there is, and since when', async () => {
      const { store, begin, spool, pass } = startStore();
      assert.deepEqual(await store.backlogs(), []);
      await spool('v/1', { environment: 'sandbox' });
      pass(5);
      await begin('w/1', ANN, { environment: 'sandbox' });
      await spool('x/1');
      await store.erase('y', DAY, leaving(erasureOf('y')));
      assert.deepEqual(await store.backlogs(), [
        { environment: 'prod', unsettled: 1, oldest: START + 5, erasures: 1 },
        { environment: 'sandbox', unsettled: 2, oldest: START, erasures: 0 },
      ]);
      await store.erase('v', DAY);
      await store.settle([settled('w/1')], ANN.holder);
      await store.erase('x', DAY);
      assert.deepEqual(await store.backlogs(), [
        { environment: 'prod', unsettled: 0, oldest: undefined, erasures: 1 },
      ]);
    });
  });

  describe('erasures that nobody makes', () => {
    const erased = async (...visitors: readonly string[]) => {
      const world = startStore();
      for (const visitor of visitors) await world.store.erase(visitor, Infinity, leaving(erasureOf(visitor)));
      const expire = (environments = ['prod'], limit = 10) =>
        world.store.erasures.expire(environments, AGE, limit);
      return { ...world, expire };
    };

    it('are taken out when they have been due for so long, the longest first', async () => {
      const { store, expire, pass } = await erased('w', 'v', 'x');
      pass(AGE - 1);
      assert.deepEqual(await expire(), []);
      pass(1);
      assert.deepEqual(await expire(['prod'], 2), [erasureOf('v'), erasureOf('w')]);
      assert.equal((await store.stats()).erasures, 1);
      assert.equal(await store.isErased('v'), true);
    });
    it('are of the environments that are asked for', async () => {
      const { expire, pass } = await erased('v');
      pass(AGE);
      assert.deepEqual(await expire(['sandbox']), []);
      assert.deepEqual(await expire([]), []);
      assert.deepEqual(await expire(['sandbox', 'prod']), [erasureOf('v')]);
    });
    it('stay where somebody tries', async () => {
      const { store, expire, pass } = await erased('v');
      pass(AGE - 1);
      assert.equal((await store.erasures.claimDue(['prod'], 10, LEASE)).length, 1);
      pass(1);
      assert.deepEqual(await expire(), []);
    });
  });
}
