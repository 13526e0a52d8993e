/** What every store does when a great deal is asked of it at once, and where several things are due at the same time: a part of the suite. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Store } from '../../server/store/store.ts';
import { ANN, BOB, DAY, erasureOf, LEASE, leaving, settled, spooled, START, workOf } from './fixture.ts';
import type { StoreUnderTest } from './suite.ts';

/** More than a relay asks for at once. */
const MANY = 600;

const AGE = DAY;

export function describeMany({ open }: StoreUnderTest): void {
  const many = <T>(each: (index: number) => T): T[] =>
    Array.from({ length: MANY }, (_, index) => each(index));
  const startStore = () => {
    let now = START;
    return { store: open(() => now), pass: (milliseconds: number) => (now += milliseconds) };
  };
  const spool = async (store: Store, keys: readonly string[], details = {}) => {
    await Promise.all(keys.map((key) => store.begin(workOf(key, details), ANN, 2 * MANY)));
    await store.settle(
      keys.map((key) => spooled(key)),
      ANN.holder,
    );
  };

  describe(`${MANY} at once`, () => {
    it('are claimed, of as many lines', async () => {
      const { store } = startStore();
      await spool(
        store,
        many((index) => `v${index}/1`),
      );
      const claimed = await store.claim(['prod'], MANY, BOB);
      assert.deepEqual(
        claimed.map(({ work }) => work),
        many((index) => workOf(`v${index}/1`)),
      );
    });
    it('are claimed, of one line', async () => {
      const { store } = startStore();
      await spool(
        store,
        many((index) => `v/${index}`),
      );
      const claimed = await store.claim(['prod'], MANY, BOB);
      assert.deepEqual(
        claimed.map(({ work }) => work),
        many((index) => workOf(`v/${index}`)),
      );
    });
    it('that are young hide nothing that is old', async () => {
      const { store, pass } = startStore();
      const others = Array.from({ length: 30 }, (_, index) => `w${index}/1`);
      await spool(store, ['v/old', ...others]);
      pass(AGE);
      await spool(
        store,
        many((index) => `v/${index}`),
        { receivedAt: START + AGE },
      );
      const claimed = await store.claimOld(['prod'], AGE, MANY, BOB);
      assert.deepEqual(
        claimed.map(({ work }) => work.key),
        ['v/old', ...others],
      );
    });
    it('are deferred and claimed', async () => {
      const { store } = startStore();
      await Promise.all(many((index) => store.deferred.hold(workOf(`v${index}/1`), 0)));
      const claimed = await store.deferred.claimDue(['prod'], MANY, LEASE);
      assert.deepEqual(
        claimed,
        many((index) => workOf(`v${index}/1`)).sort((one, other) => (one.key < other.key ? -1 : 1)),
      );
    });
    it('die, and their letters expire', async () => {
      const { store, pass } = startStore();
      const keys = many((index) => `v${index}/1`);
      await Promise.all(keys.map((key) => store.begin(workOf(key), ANN, MANY)));
      const died = keys.map((key) => ({ ...settled(key), dead: { reason: 'refused' } }));
      assert.deepEqual(await store.settle(died, ANN.holder), []);
      pass(AGE);
      assert.equal(await store.deadLetters.expire(AGE, MANY), MANY);
      assert.equal((await store.stats()).deadLetters, 0);
    });
    it('are remembered of a visitor, who is erased', async () => {
      const { store } = startStore();
      await Promise.all(many((index) => store.put(`name${index}`, index, DAY, 'v')));
      const [erased, begun] = await Promise.all([
        store.erase('v', DAY, leaving(erasureOf('v'))),
        store.begin(workOf('w/1'), ANN, MANY),
      ]);
      assert.deepEqual([erased, begun.state], [true, 'new']);
      assert.deepEqual(
        await Promise.all(many((index) => store.get(`name${index}`))),
        many(() => undefined),
      );
    });
  });

  describe('of what is due at the same time, fewer than there are', () => {
    const keys = ['w/1', 'v/2', 'v/1', 'x/1'];
    const inTurn = async (take: () => Promise<readonly string[]>) => {
      const taken: string[] = [];
      for (;;) {
        const next = await take();
        if (next.length === 0) return taken;
        taken.push(...next);
      }
    };
    const environmentOf = (index: number) => (index % 2 === 0 ? 'prod' : 'sandbox');
    const both = ['prod', 'sandbox'];

    it('those are deferred work by its key', async () => {
      const { store } = startStore();
      for (const [index, key] of keys.entries())
        await store.deferred.hold(workOf(key, { environment: environmentOf(index) }), 0);
      const take = async () => (await store.deferred.claimDue(both, 1, LEASE)).map(({ key }) => key);
      assert.deepEqual(await inTurn(take), ['v/1', 'v/2', 'w/1', 'x/1']);
    });
    it('those are provisional work by its name', async () => {
      const { store } = startStore();
      for (const [index, name] of keys.entries())
        await store.provisional.hold(
          {
            name,
            at: START,
            offset: 0,
            dueAt: START,
            work: workOf(`${name}.abandoned`, { environment: environmentOf(index) }),
          },
          MANY,
        );
      const take = async () => (await store.provisional.claimDue(both, 1, LEASE)).map(({ name }) => name);
      assert.deepEqual(await inTurn(take), ['v/1', 'v/2', 'w/1', 'x/1']);
    });
    it('those are erasures by their visitor', async () => {
      const { store } = startStore();
      for (const [index, visitor] of ['w', 'v', 'x', 'a'].entries())
        await store.erase(visitor, DAY, leaving(erasureOf(visitor, { environment: environmentOf(index) })));
      const take = async () =>
        (await store.erasures.claimDue(both, 1, LEASE)).map(({ erasure }) => erasure.visitor);
      assert.deepEqual(await inTurn(take), ['a', 'v', 'w', 'x']);
    });
    for (const [name, claim] of [
      ['claim', (store: Store) => store.claim(both, 1, BOB)],
      ['claimOld', (store: Store) => store.claimOld(both, 0, 1, BOB)],
    ] as const)
      it(`those are lines by since when they wait (${name})`, async () => {
        const { store } = startStore();
        const waiting = ['d/1', 'b/1', 'a/1', 'c/1', 'e/1'];
        for (const [index, key] of waiting.entries())
          await spool(store, [key], { receivedAt: START - index, environment: environmentOf(index) });
        const take = async () => (await claim(store)).map(({ work }) => work.key);
        assert.deepEqual(await inTurn(take), [...waiting].reverse());
      });
  });
}
