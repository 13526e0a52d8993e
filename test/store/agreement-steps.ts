/** What stores are asked at random, and that one answers as the store in memory does. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createMemoryStore } from '../../server/store/memory.ts';
import type { Json } from '../../server/store/json.ts';
import type { Change, Store } from '../../server/store/store.ts';
import { DAY, LEASE, leaving, settlementOf, START, workOf } from './fixture.ts';

export type Step =
  | { readonly pass: number }
  | {
      readonly ask: (store: Store) => Promise<unknown>;
      /** For who reads what has failed. */
      readonly given: unknown;
    };

const VISITORS = ['v', 'w', 'x'];
const key = fc.constantFrom(
  ...VISITORS.flatMap((visitor) => ['1', '2', '3', '4'].map((id) => `${visitor}/${id}`)),
);
const keys = fc.oneof(
  fc.uniqueArray(key, { maxLength: 5 }),
  // As the batcher asks: a visitor's in order.
  fc.constantFrom(...VISITORS).map((visitor) => [1, 2, 3].map((id) => `${visitor}/${id}`)),
);
const holder = fc.constantFrom('ann', 'bob');
const claim = fc.record({ holder, lease: fc.constantFrom(LEASE, LEASE * 3) });
const name = fc.constantFrom('a', 'b');
const dead = fc.record(
  { reason: fc.string(), words: fc.string(), work: key.map((of) => workOf(of, { share: { events: [] } })) },
  { requiredKeys: ['reason'] },
);
const dueAt = fc.integer({ min: -2, max: 4 }).map((leases) => START + leases * LEASE);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc
    .record({ key, isInDoubt: fc.boolean(), dead: fc.option(dead, { nil: undefined }) })
    .map(({ key: of, isInDoubt, dead: death }): Change => ({
      key: of,
      type: 'settled',
      settlement: settlementOf(of, { isInDoubt }),
      // A dead letter is of the submission that died.
      ...(death && { dead: { ...death, ...(death.work && { work: workOf(of, { node: 'rest' }) }) } }),
    })),
  fc.record({
    key,
    type: fc.constant('spooled' as const),
    dueAt,
    attempts: fc.nat(3),
    isInDoubt: fc.boolean(),
  }),
  fc.record({ key, type: fc.constant('held' as const), lease: fc.constant(LEASE) }),
  key.map((of): Change => ({ key: of, type: 'held', lease: LEASE, doubted: workOf(of, { node: 'rest' }) })),
  fc.record({ key, type: fc.constantFrom('promised' as const, 'released' as const) }),
);

const ask = <T>(arbitrary: fc.Arbitrary<T>, run: (store: Store, given: T) => Promise<unknown>) =>
  arbitrary.map((given): Step => ({ ask: (store) => run(store, given), given }));

export const onLines: readonly fc.MaybeWeightedArbitrary<Step>[] = [
  {
    weight: 4,
    arbitrary: ask(
      fc.record({
        key,
        claim,
        environment: fc.constantFrom('prod', 'sandbox'),
        // Heads that are due at the same time go by it.
        receivedAt: fc.constantFrom(START, START + 1, START - DAY),
      }),
      (store, { key: of, claim: by, environment: where, receivedAt }) =>
        store.begin(workOf(of, { environment: where as 'prod', receivedAt }), by, 4, 3),
    ),
  },
  {
    weight: 3,
    arbitrary: ask(fc.record({ keys, claim }), (store, given) => store.send(given.keys, given.claim)),
  },
  {
    weight: 4,
    arbitrary: ask(fc.record({ changes: fc.array(change, { maxLength: 4 }), holder }), (store, given) =>
      store.settle(given.changes, given.holder),
    ),
  },
  {
    weight: 2,
    arbitrary: ask(
      fc.record({ environments: fc.subarray(['prod', 'sandbox']), limit: fc.nat(5), claim }),
      (store, given) => store.claim(given.environments, given.limit, given.claim),
    ),
  },
  {
    weight: 2,
    arbitrary: ask(
      fc.record({
        environments: fc.subarray(['prod', 'sandbox']),
        age: fc.constantFrom(0, 1, LEASE, DAY),
        limit: fc.nat(5),
        claim,
      }),
      (store, { environments, age, limit, claim: by }) => store.claimOld(environments, age, limit, by),
    ),
  },
];

export const passing = (...lengths: readonly number[]) =>
  fc.constantFrom(...lengths).map((pass): Step => ({ pass }));

export const step = fc.oneof(
  passing(0, 1, LEASE - 1, LEASE, LEASE * 2, DAY, 20 * DAY),
  ...onLines,
  ask(key, (store, of) => store.find(of)),
  ask(
    fc.record({ name, window: fc.constantFrom(1_000, DAY), amount: fc.integer({ min: 1, max: 50 }) }),
    (store, given) => store.count(given.name, given.window, given.amount),
  ),
  ask(name, (store, of) => store.get(of)),
  ask(
    fc.record({
      name,
      before: fc.constantFrom(undefined, 0, 1),
      value: fc.constantFrom(0, 1),
      life: fc.nat(5_000),
      visitor: fc.constantFrom(...VISITORS),
    }),
    (store, { name: of, before, value, life, visitor }) => store.replace(of, before, value, life, visitor),
  ),
  ask(
    fc.record({
      name,
      value: fc.option(fc.jsonValue({ noUnicodeString: false }), { nil: undefined }),
      life: fc.nat(5_000),
      visitor: fc.option(fc.constantFrom(...VISITORS), { nil: undefined }),
    }),
    // Minus nought is nought in JSON.
    (store, { name: of, value, life, visitor }) =>
      store.put(of, value === undefined ? value : (JSON.parse(JSON.stringify(value)) as Json), life, visitor),
  ),
  ask(fc.record({ limit: fc.nat(4), after: fc.option(key, { nil: undefined }) }), (store, given) =>
    store.deadLetters.list(given.limit, given.after),
  ),
  ask(key, (store, of) => store.deadLetters.find(of)),
  ask(key, (store, of) => store.deadLetters.retry(of)),
  ask(key, (store, of) => store.deadLetters.drop(of)),
  ask(fc.record({ age: fc.constantFrom(0, DAY), limit: fc.nat(2) }), (store, { age, limit }) =>
    store.deadLetters.expire(age, limit),
  ),
  ...onErasures(),
  ...onDeferred(),
);

function onErasures(): readonly fc.Arbitrary<Step>[] {
  const visitor = fc.constantFrom(...VISITORS);
  const environment = fc.constantFrom('prod' as const, 'sandbox' as const);
  return [
    ask(
      fc.record({
        visitor,
        environment,
        // Over soon, so that there is something to erase again.
        life: fc.constantFrom(1, LEASE),
        wait: fc.constantFrom(0, LEASE),
        hasLeft: fc.boolean(),
      }),
      (store, { visitor: whose, environment: where, life, wait, hasLeft }) => {
        const erasure = { visitor: whose, environment: where, site: 'shop', at: START, others: [] };
        return store.erase(whose, life, hasLeft ? leaving(erasure, wait) : undefined);
      },
    ),
    ask(visitor, (store, of) => store.isErased(of)),
    ask(
      fc.record({ environments: fc.subarray(['prod', 'sandbox']), limit: fc.nat(3) }),
      (store, { environments, limit }) => store.erasures.claimDue(environments, limit, LEASE),
    ),
    ask(
      fc.record({
        environments: fc.subarray(['prod', 'sandbox']),
        age: fc.constantFrom(0, LEASE),
        limit: fc.nat(3),
      }),
      (store, { environments, age, limit }) => store.erasures.expire(environments, age, limit),
    ),
    ask(visitor, (store, of) => store.erasures.postpone(of, LEASE)),
    ask(visitor, (store, of) => store.erasures.release(of)),
  ];
}

function onDeferred(): readonly fc.Arbitrary<Step>[] {
  return [
    ask(
      fc.record({
        key,
        environment: fc.constantFrom('prod' as const, 'sandbox' as const),
        wait: fc.constantFrom(0, LEASE, DAY),
        node: fc.constantFrom('one', 'other'),
      }),
      (store, { key: of, wait, ...details }) => store.deferred.hold(workOf(of, details), wait),
    ),
    ask(
      fc.record({ environments: fc.subarray(['prod', 'sandbox']), limit: fc.nat(3) }),
      (store, { environments, limit }) => store.deferred.claimDue(environments, limit, LEASE),
    ),
    ask(key, (store, of) => store.deferred.release(of)),
  ];
}

/** Of one visitor more than are kept. */
const conversation = fc.oneof(
  fc.constantFrom('v/a', 'v/b', 'w/a', 'x/a'),
  fc.nat(12).map((index) => `v/${index}`),
);
const environment = fc.constantFrom('prod' as const, 'sandbox' as const);
/** Milliseconds by which a browser’s clock is behind. */
const offset = fc.constantFrom(0, 0, 1, DAY, -DAY);
/** A few moments, so that some are the same. */
const moment = fc.nat(3).map((after) => START + after);

export const onProvisional: readonly fc.MaybeWeightedArbitrary<Step>[] = [
  {
    weight: 3,
    arbitrary: ask(
      fc.record({
        name: conversation,
        at: moment,
        offset,
        dueAt,
        environment,
        limit: fc.constantFrom(2, 16),
      }),
      (store, { environment: of, limit, ...given }) => {
        const work = workOf(`${given.name}.abandoned`, { environment: of });
        return store.provisional.hold({ ...given, work }, limit);
      },
    ),
  },
  {
    weight: 2,
    arbitrary: ask(
      fc.record({
        name: conversation,
        at: moment,
        offset,
        mark: fc.option(fc.record({ life: fc.constantFrom(LEASE, DAY), limit: fc.constantFrom(2, 16) }), {
          nil: undefined,
        }),
      }),
      (store, { name: of, mark, ...when }) => store.provisional.cancel(of, when, mark),
    ),
  },
  {
    weight: 2,
    arbitrary: ask(
      fc.record({ environments: fc.subarray(['prod', 'sandbox']), limit: fc.nat(3) }),
      (store, { environments, limit }) => store.provisional.claimDue(environments, limit, LEASE),
    ),
  },
  ask(fc.record({ age: fc.constantFrom(0, DAY), limit: fc.nat(2) }), (store, { age, limit }) =>
    store.provisional.expire(age, limit),
  ),
  ask(conversation, (store, of) => store.provisional.release(of)),
  ask(fc.constantFrom(...VISITORS), (store, visitor) => store.erase(visitor, LEASE)),
  ask(fc.constantFrom(...VISITORS), (store, visitor) => store.provisional.dropAll(visitor, LEASE)),
];

export async function assertAgreeWith(
  open: (clock: () => number) => Handles,
  steps: readonly Step[],
): Promise<void> {
  let now = START;
  const clock = () => now;
  const memory = createMemoryStore({ clock, isDurable: true });
  const handles = open(clock);
  for (const next of steps) {
    const other = await handles.next();
    if ('pass' in next) now += next.pass;
    else assert.deepEqual(await next.ask(other), await next.ask(memory));
    // Marks that are over each forgets when it comes to it.
    assert.deepEqual({ ...(await other.stats()), marks: 0 }, { ...(await memory.stats()), marks: 0 });
    assert.deepEqual(await other.backlogs(), await memory.backlogs());
  }
  await handles.close();
}

/** By which of its handles a store is asked. */
export interface Handles {
  readonly next: () => Promise<Store>;
  readonly close: () => Promise<void>;
}

/** As two processes have one store open: which of them is asked next, and whether its relay has started anew. */
export const visits = fc.infiniteStream(
  fc.record({ by: fc.constantFrom(0, 1), isNew: fc.nat(4).map((one) => one === 0) }),
);

/** @param openOne opens the store once more */
export function openTwice(
  openOne: (clock: () => number) => Store,
  order: Iterator<{ readonly by: number; readonly isNew: boolean }>,
) {
  return (clock: () => number): Handles => {
    const stores = [openOne(clock), openOne(clock)];
    return {
      async next() {
        const { by, isNew } = order.next().value as { readonly by: number; readonly isNew: boolean };
        if (isNew) {
          await stores[by]?.close();
          stores[by] = openOne(clock);
        }
        return stores[by] as Store;
      },
      async close() {
        for (const store of stores) await store.close();
      },
    };
  };
}
