/** What every store does about a visitor who is erased: a part of the suite. */
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

export function describeErasing({ open, isDurable }: StoreUnderTest): void {
  function startStore() {
    let now = START;
    const store = open(() => now);
    const begin = (key: string) => store.begin(workOf(key), ANN, LIMIT);
    return { store, begin, pass: (milliseconds: number) => (now += milliseconds) };
  }

  const heldOf = (name: string) => ({
    name,
    work: workOf(`${name}.abandoned`),
    at: START,
    offset: 0,
    dueAt: START,
  });

  /** All that a store keeps of a visitor, in every state. */
  async function startWith(...visitors: readonly string[]) {
    const world = startStore();
    const { store, begin } = world;
    for (const visitor of visitors) {
      for (const id of ['settled', 'dead']) await begin(`${visitor}/${id}`);
      await store.settle(
        [settled(`${visitor}/settled`), { ...settled(`${visitor}/dead`), dead: { reason: 'refused' } }],
        ANN.holder,
      );
      for (const id of ['sent', 'held']) await begin(`${visitor}/${id}`);
      await store.send([`${visitor}/sent`], ANN);
      await begin(`${visitor}/spooled`);
      if (isDurable) await store.settle([spooled(`${visitor}/spooled`)], ANN.holder);
      await store.provisional.hold(heldOf(`${visitor}/conversation`), LIMIT);
      await store.provisional.cancel(
        `${visitor}/other`,
        { at: START, offset: 0 },
        { life: DAY, limit: LIMIT },
      );
      await store.deferred.hold(workOf(`${visitor}/deferred`), 0);
      await store.put(`note/${visitor}`, 'of theirs', DAY, visitor);
      await store.put(`nobody/${visitor}`, 'of nobody', DAY);
    }
    return world;
  }

  const KEYS = ['settled', 'dead', 'sent', 'held', 'spooled'] as const;

  describe('erase', () => {
    it('takes out all of a visitor, and nothing of another', async () => {
      const { store } = await startWith('v', 'w');
      const { store: other } = await startWith('w');
      assert.equal(await store.erase('v', DAY), true);
      assert.deepEqual(await store.stats(), await other.stats());
      for (const id of KEYS) assert.equal(await store.find(`v/${id}`), undefined);
      assert.deepEqual(await store.find('w/settled'), settlementOf('w/settled'));
      assert.deepEqual(
        (await store.deadLetters.list(10)).map(({ work }) => work.key),
        ['w/dead'],
      );
      assert.equal(await store.get('note/v'), undefined);
      assert.equal(await store.get('note/w'), 'of theirs');
      assert.equal(await store.get('nobody/v'), 'of nobody');
      assert.deepEqual(
        (await store.provisional.claimDue(['prod'], 10, LEASE)).map(({ name }) => name),
        ['w/conversation'],
      );
      assert.deepEqual(await store.deferred.claimDue(['prod'], 10, LEASE), [workOf('w/deferred')]);
    });
    it('says that they are erased, of them alone, and as long as it is told to', async () => {
      const { store, pass } = await startWith('v', 'w');
      assert.equal(await store.isErased('v'), false);
      await store.erase('v', DAY);
      assert.deepEqual([await store.isErased('v'), await store.isErased('w')], [true, false]);
      pass(DAY - 1);
      assert.equal(await store.isErased('v'), true);
      pass(1);
      assert.equal(await store.isErased('v'), false);
      await store.erase('v', Infinity);
      pass(10_000 * DAY);
      assert.equal(await store.isErased('v'), true);
    });
    it('takes on nothing of theirs any more, and all of others', async () => {
      const { store, begin } = await startWith('v', 'w');
      await store.erase('v', DAY);
      for (const id of [...KEYS, 'new']) assert.deepEqual(await begin(`v/${id}`), { state: 'erased' });
      assert.equal((await begin('w/new')).state, isDurable ? 'queued' : 'new');
      await store.put('note/v', 'late', DAY, 'v');
      assert.equal(await store.get('note/v'), undefined);
      assert.equal(await store.provisional.hold(heldOf('v/late'), LIMIT), 'late');
      await store.provisional.cancel('v/late', { at: START, offset: 0 }, { life: DAY, limit: LIMIT });
      await store.provisional.dropAll('v', DAY);
      await store.deferred.hold(workOf('v/late'), 0);
      const { provisional, marks, deferred } = await store.stats();
      assert.deepEqual({ provisional, marks, deferred }, { provisional: 1, marks: 1, deferred: 1 });
    });
    it('keeps nothing of what is settled late, and lets nothing of it leave', async () => {
      const { store } = await startWith('v');
      await store.erase('v', DAY);
      const keys = ['v/sent', 'v/held'];
      assert.deepEqual(await store.send(keys, ANN), { sent: [], behind: [], spooled: [], lost: keys });
      assert.deepEqual(
        await store.settle(
          [
            { ...settled('v/sent'), dead: { reason: 'refused', work: workOf('v/sent') } },
            { ...spooled('v/held'), work: workOf('v/held') },
          ],
          ANN.holder,
        ),
        keys,
      );
      assert.equal(await store.find('v/sent'), undefined);
      assert.deepEqual(await store.deadLetters.list(10), []);
      assert.equal(await store.deadLetters.retry('v/dead'), false);
      assert.deepEqual(await store.claim(['prod'], 10, BOB), []);
      assert.equal((await store.stats()).unsettled, 0);
    });
    it('knows visitors apart whose ids begin alike', async () => {
      const { store } = await startWith('v', 'v0', 'v.');
      await store.erase('v', DAY);
      for (const visitor of ['v0', 'v.'])
        assert.deepEqual(await store.find(`${visitor}/settled`), settlementOf(`${visitor}/settled`));
      assert.equal((await store.deadLetters.list(10)).length, 2);
    });
    it('does it once: what is left to do elsewhere stays as it was', async () => {
      const { store } = await startWith('v');
      const [first, second] = [erasureOf('v'), erasureOf('v', { site: 'other' })];
      assert.equal(await store.erase('v', DAY, leaving(first)), true);
      assert.equal(await store.erase('v', DAY, leaving(second)), false);
      assert.deepEqual(await store.erasures.claimDue(['prod'], 10, LEASE), [{ erasure: first, attempts: 1 }]);
    });
    it('leaves to do what follows from what was remembered of them until then', async () => {
      const { store } = await startWith('v');
      let seen: readonly unknown[] = [];
      const leave = leaving(erasureOf('v'));
      const put = store.put('late/v', 'in time', DAY, 'v');
      const erasing = store.erase('v', DAY, {
        names: ['note/v', 'late/v', 'nothing/v'],
        by(values) {
          seen = values;
          return leave.by(values);
        },
      });
      await Promise.all([put, erasing, store.put('note/v', 'too late', DAY, 'v')]);
      assert.deepEqual(seen, ['of theirs', 'in time', undefined]);
    });
  });

  describe('erasures', () => {
    it('are due after their time, the longest due first, to one caller for a lease', async () => {
      const { store, pass } = startStore();
      await store.erase('v', DAY, leaving(erasureOf('v'), 20));
      await store.erase('w', DAY, leaving(erasureOf('w'), 10));
      await store.erase('x', DAY, leaving(erasureOf('x', { environment: 'sandbox' })));
      const due = async (limit = 10) =>
        (await store.erasures.claimDue(['prod'], limit, LEASE)).map(({ erasure, attempts }) => [
          erasure.visitor,
          attempts,
        ]);
      pass(9);
      assert.deepEqual(await due(), []);
      pass(11);
      assert.deepEqual(await due(1), [['w', 1]]);
      assert.deepEqual(await due(), [['v', 1]]);
      pass(LEASE - 1);
      assert.deepEqual(await due(), []);
      pass(1);
      assert.deepEqual(await due(), [
        ['v', 2],
        ['w', 2],
      ]);
    });
    it('are postponed and released, and counted', async () => {
      const { store, pass } = startStore();
      for (const visitor of ['v', 'w']) await store.erase(visitor, DAY, leaving(erasureOf(visitor)));
      await store.erase('x', DAY);
      assert.equal((await store.stats()).erasures, 2);
      await store.erasures.release('w');
      await store.erasures.postpone('v', 2 * LEASE);
      assert.equal((await store.stats()).erasures, 1);
      pass(2 * LEASE - 1);
      assert.deepEqual(await store.erasures.claimDue(['prod'], 10, LEASE), []);
      pass(1);
      assert.deepEqual(await store.erasures.claimDue(['prod'], 10, LEASE), [
        { erasure: erasureOf('v'), attempts: 1 },
      ]);
    });
  });

  it('dead letters expire, the oldest first and a few at a time', async () => {
    const { store, begin, pass } = startStore();
    for (const key of ['v/1', 'w/1', 'x/1']) {
      await begin(key);
      await store.settle([{ ...settled(key), dead: { reason: 'refused' } }], ANN.holder);
      pass(1);
    }
    assert.equal(await store.deadLetters.expire(4, 10), 0);
    assert.equal(await store.deadLetters.expire(2, 1), 1);
    assert.equal(await store.deadLetters.expire(2, 10), 1);
    assert.deepEqual(
      (await store.deadLetters.list(10)).map(({ work }) => work.key),
      ['x/1'],
    );
    assert.equal((await store.stats()).deadLetters, 1);
    assert.deepEqual(await store.find('v/1'), settlementOf('v/1'));
  });

  it('a settlement is remembered for as long as its change says', async () => {
    const { store, begin, pass } = startStore();
    await begin('v/1');
    await store.settle([{ ...settled('v/1'), life: 30 * DAY }], ANN.holder);
    pass(30 * DAY - 1);
    assert.deepEqual(await store.find('v/1'), settlementOf('v/1'));
    pass(1);
    assert.equal(await store.find('v/1'), undefined);
  });
}
