/** What every store does about work that is taken on at a time: a part of the suite. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANN, BOB, DAY, LEASE, LIMIT, START, workOf } from './fixture.ts';
import type { StoreUnderTest } from './suite.ts';

const HOUR = 60 * 60 * 1000;

export function describeDeferred({ open }: StoreUnderTest): void {
  function startStore() {
    let now = START;
    const store = open(() => now);
    return {
      store,
      hold: (key: string, wait: number, details = {}) => store.deferred.hold(workOf(key, details), wait),
      due: async (limit = 10, environments = ['prod']) =>
        (await store.deferred.claimDue(environments, limit, LEASE)).map(({ key }) => key),
      kept: async () => (await store.stats()).deferred,
      pass: (milliseconds: number) => (now += milliseconds),
    };
  }

  describe('what is deferred', () => {
    it('is due after its time, the longest due first, and a few at a time', async () => {
      const { hold, due, pass } = startStore();
      await hold('v/1', 20);
      await hold('w/1', 10);
      await hold('x/1', 10);
      pass(9);
      assert.deepEqual(await due(), []);
      pass(1);
      assert.deepEqual(await due(), ['w/1', 'x/1']);
      pass(LEASE);
      assert.deepEqual(await due(2), ['v/1', 'w/1']);
      assert.deepEqual(await due(), ['x/1']);
    });
    it('is one caller’s for a lease, and due again unless it was released', async () => {
      const { store, hold, due, kept, pass } = startStore();
      await hold('v/1', 0);
      await hold('v/2', 0);
      assert.deepEqual(await due(), ['v/1', 'v/2']);
      await store.deferred.release('v/2');
      await store.deferred.release('v/none');
      pass(LEASE - 1);
      assert.deepEqual(await due(), []);
      pass(1);
      assert.deepEqual([await due(), await kept()], [['v/1'], 1]);
    });
    it('is there once by its key, as it was kept last', async () => {
      const { store, hold, due, kept, pass } = startStore();
      await hold('v/1', 10, { node: 'first' });
      await hold('v/1', 20, { node: 'second' });
      assert.equal(await kept(), 1);
      pass(19);
      assert.deepEqual(await due(), []);
      pass(1);
      assert.deepEqual(await store.deferred.claimDue(['prod'], 10, LEASE), [
        workOf('v/1', { node: 'second' }),
      ]);
    });
    it('is of an environment', async () => {
      const { hold, due } = startStore();
      await hold('v/1', 0, { environment: 'sandbox' });
      await hold('v/2', 0);
      assert.deepEqual(await due(10, []), []);
      assert.deepEqual(await due(10, ['prod']), ['v/2']);
      assert.deepEqual(await due(10, ['prod', 'sandbox']), ['v/1']);
    });
    it('stands in no line: it holds nothing up, and is neither unsettled nor in the spool', async () => {
      const { store, hold } = startStore();
      await hold('v/1', 10);
      assert.deepEqual(await store.claim(['prod'], 10, BOB), []);
      assert.deepEqual(await store.begin(workOf('v/2'), ANN, LIMIT), { state: 'new', isInDoubt: false });
      assert.deepEqual((await store.send(['v/2'], ANN)).sent, ['v/2']);
      const { unsettled, spooled, deferred } = await store.stats();
      assert.deepEqual({ unsettled, spooled, deferred }, { unsettled: 1, spooled: 0, deferred: 1 });
    });
    it('stays where its visitor takes consent back: it was taken on before', async () => {
      const { store, hold, due } = startStore();
      await hold('v/1', 0);
      await store.provisional.dropAll('v', DAY);
      await hold('v/2', 0);
      assert.deepEqual(await due(), ['v/1', 'v/2']);
    });
    it('is due within an hour, also where the clock is set back', async () => {
      const { hold, due, pass } = startStore();
      await hold('v/1', DAY);
      pass(HOUR - 1);
      assert.deepEqual(await due(), []);
      pass(1);
      assert.deepEqual(await due(), ['v/1']);
      pass(-DAY);
      assert.deepEqual(await due(), ['v/1']);
    });
  });
}
