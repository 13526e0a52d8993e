/**
 * A store in Redis 7, for any number of processes. It is as durable as its Redis is: `docs/operations.md` says which settings keep which
 * promise. How it keeps order and atomicity: `docs/decisions/0040-rules-in-one-language.md`.
 */
import { isSame, type Json } from './json.ts';
import { FURTHEST_AHEAD } from './lines.ts';
import { FURTHEST_DUE } from './provisional.ts';
import { connectToRedis } from './redis/connection.ts';
import { claimDeferred, holdDeferred, releaseDeferred } from './redis/deferred.ts';
import { claimErasures, eraseIn, expireErasures } from './redis/erasing.ts';
import { createRedisGroups } from './redis/groups.ts';
import { createHands } from './redis/hands.ts';
import { createRedisKeys, visitorIn } from './redis/keys.ts';
import { createRedisLetters } from './redis/letters.ts';
import { createLooking } from './redis/looking.ts';
import { createRedisProvisional } from './redis/provisional.ts';
import { createRedisReads } from './redis/reads.ts';
import { createReopening } from './redis/reopening.ts';
import { createRewriting } from './redis/rewriting.ts';
import { settlementIn } from './redis/rows.ts';
import { COUNT, DRAINING_COUNT } from './redis/scripts.ts';
import type { Read } from './redis/snapshot.ts';
import { settlementField } from './redis/visitor.ts';
import { StoreError, type Claim, type Claimed, type Store } from './store.ts';
import { countedName } from './tallying.ts';

export interface RedisStoreOptions {
  /** `redis://` or `rediss://`, with user and password if need be. */
  readonly url: string;
  /** What the name of each key begins with: several stores may share one database. */
  readonly prefix?: string;
  /** Into how many parts the spool is divided, each of which is read by one process at a time. Of one store all processes say the same. */
  readonly partitions?: number;
  /** Whose store it is, such as the brand: another's is refused. Anybody's if absent. */
  readonly owner?: string;
  /** It has to be a store already: nothing is made. */
  readonly mustExist?: boolean;
  /** Nothing is going to be written: a replica will do, and a user who may only read. */
  readonly isReading?: boolean;
  /** Milliseconds since 1970. That of Redis if absent: the clocks of several machines differ. */
  readonly clock?: () => number;
  /** Told, in our words, where Redis holds another store by now than the one that was opened, and the relay goes on with that. */
  readonly warn?: (problem: string) => void;
}

export interface RedisStore extends Store {
  /** @returns what the settings of this Redis do not promise, in our words. @throws {StoreError} where it can be no store */
  readonly open: () => Promise<readonly string[]>;
}

/** More than the processes of any relay yet, and few enough that to look into all of them is one short script. */
const PARTITIONS = 16;

/** Milliseconds that Redis keeps a count whose window is over: the window is told by the clock, and clocks of machines differ by less. */
const COUNT_MARGIN = 60_000;

/** Milliseconds that Redis remembers what it has counted, for who has not heard it: nobody asks again for so long (`redis/connection.ts`). */
const COUNT_LIFE = 10_000;

/**
 * Milliseconds of a window that is counted also where the memory of Redis is full: the budget for Braze in slots of such a length lets what is
 * held go at the pace that all share, and of so short a window what comes in is soon gone.
 */
const LONGEST_DRAINING = 60_000;

const PREFIX = 'parley:';

/** Connects when it is asked for the first time. @throws {StoreError} for an address that is none */
export function createRedisStore({
  url,
  clock,
  prefix = PREFIX,
  partitions = PARTITIONS,
  owner,
  mustExist = false,
  isReading = false,
  warn,
}: RedisStoreOptions): RedisStore {
  const keys = createRedisKeys(prefix, partitions, owner);
  const { connection, open } = createReopening({
    connection: connectToRedis(url),
    keys,
    mustExist,
    isReading,
    warn,
  });
  let isClosed = false;
  const ready = async () => {
    if (isClosed) throw new StoreError(`The store at ${connection.place} is closed`);
    await open();
  };
  const hands = createHands(() => connection.connections() < 2);
  const groups = createRedisGroups({ connection, keys, hands, clock, open });
  const ask: typeof groups.ask = async (asked) => {
    if (isClosed) throw new StoreError(`The store at ${connection.place} is closed`);
    return groups.ask(asked);
  };
  const rewriting = createRewriting(connection, keys);
  const looking = createLooking({ connection, keys, clock });
  const reads = createRedisReads({ connection, keys, clock, ready });
  const { deferred, erasures } = keys;

  const claim = async (environments: readonly string[], limit: number, by: Claim, age?: number) => {
    await ready();
    const own = [...new Set(environments)];
    if (own.length === 0) return [];
    const take = async (visitors: readonly string[], wanted: number) => {
      const taken = await ask<readonly Claimed[]>({
        reads: visitors.map(visitorRead),
        candidates: visitors,
        isDraining: true,
        run: ({ lines }) => lines.claim(own, wanted, by, age),
        without: (claimed, others) => claimed.filter(({ work }) => !others.has(work.visitor)),
      });
      hands.take(
        taken.map(({ work }) => work.key),
        by.holder,
      );
      return taken;
    };
    // What is old waits the longest, whenever it is due.
    return age === undefined
      ? looking.fromPartitions(
          (partition) => own.map((environment) => keys.due(partition, environment)),
          { limit, ahead: FURTHEST_AHEAD },
          take,
        )
      : looking.fromPartitions(
          (partition) => own.map((environment) => keys.waiting(partition, environment)),
          { limit, age },
          take,
        );
  };

  return {
    isDurable: true,
    open,
    begin: (work, by, limit, ofVisitor = limit) =>
      hands.begin(work.key, by.holder, () =>
        ask({
          reads: [visitorRead(work.visitor), settlementRead(work.key)],
          run: ({ lines }) => lines.begin(work, by, limit, ofVisitor),
        }),
      ),
    async send(works, by) {
      const sent = await ask({
        isDraining: true,
        reads: works.map(ownerRead),
        run: ({ lines }) => lines.send(works, by),
      });
      hands.letGo(sent.lost, by.holder);
      return sent;
    },
    async settle(changes, holder) {
      try {
        const lost = await ask({
          isDraining: true,
          reads: changes.map(({ key }) => ownerRead(key)),
          run: ({ lines }) => lines.settle(changes, holder),
        });
        hands.letGo(lost, holder);
        return lost;
      } finally {
        hands.settle(changes, holder);
      }
    },
    claim: (environments, limit, by) => claim(environments, limit, by),
    claimOld: (environments, age, limit, by) => claim(environments, limit, by, age),
    async find(key) {
      await ready();
      const text = await connection.call('HGET', keys.weights(visitorIn(key)), settlementField(key));
      return settlementIn(text as string | null, clock?.() ?? (await reads.now()));
    },
    async count(name, window, amount = 1) {
      await ready();
      const asked = [keys.commit(crypto.randomUUID()), COUNT_LIFE];
      const words = [...asked, keys.count, window, amount, clock?.() ?? '', name, COUNT_MARGIN];
      const script = window <= LONGEST_DRAINING ? DRAINING_COUNT : COUNT;
      return (await connection.run(script, words, true)) as number;
    },
    async get(name) {
      await ready();
      const cells = await connection.call('HMGET', keys.value(name), 'value', 'expires');
      const [value, expires] = cells as readonly (string | null)[];
      if (typeof value !== 'string') return undefined;
      return Number(expires) > (clock?.() ?? (await reads.now())) ? (JSON.parse(value) as Json) : undefined;
    },
    put: (name, value, life, visitor) =>
      ask({
        isDraining: value === undefined,
        reads: [{ type: 'value', name }, ...(visitor === undefined ? [] : [visitorRead(visitor)])],
        run({ put, isErased }) {
          if (visitor === undefined || !isErased(visitor)) put(name, value, life, visitor);
        },
      }),
    replace: (name, before, value, life, visitor) =>
      ask({
        reads: [{ type: 'value', name }, visitorRead(visitor)],
        run({ put, isErased, snapshot }) {
          if (isErased(visitor)) return true;
          if (!isSame(snapshot.freshValue(name), before)) return false;
          put(name, value, life, visitor);
          return true;
        },
      }),
    async erase(visitor, life, leave) {
      let isDone = true;
      try {
        isDone = await ask({
          isDraining: true,
          reads: [
            visitorRead(visitor),
            ...(leave?.names ?? []).map((name): Read => ({ type: 'value', name })),
          ],
          run: (rules) => eraseIn(rules, visitor, life, leave),
        });
        return isDone;
      } finally {
        // Also where it is not known: who asks again then is told that it was done before.
        if (isDone) rewriting.want();
      }
    },
    isErased: (visitor) => ask({ reads: [visitorRead(visitor)], run: ({ isErased }) => isErased(visitor) }),
    erasures: {
      async claimDue(environments, limit, lease) {
        await ready();
        const visitors = await looking.list(environments.map(erasures), { limit, ahead: FURTHEST_DUE });
        if (visitors.length === 0) return [];
        return ask({
          isDraining: true,
          reads: visitors.map(visitorRead),
          run: (rules) => claimErasures(rules, visitors, environments, limit, lease),
          without: (due, others) => due.filter(({ erasure }) => !others.has(erasure.visitor)),
        });
      },
      postpone: (visitor, wait) =>
        ask({
          isDraining: true,
          reads: [visitorRead(visitor)],
          run({ snapshot }) {
            const state = snapshot.visitor(visitor);
            if (state.erasure) state.erasure = { ...state.erasure, until: snapshot.clock() + wait };
          },
        }),
      release: (visitor) =>
        ask({
          isDraining: true,
          reads: [visitorRead(visitor)],
          run: ({ snapshot }) => void (snapshot.visitor(visitor).erasure = undefined),
        }),
      async expire(environments, age, limit) {
        await ready();
        const visitors = await looking.list(environments.map(erasures), { limit, age });
        if (visitors.length === 0) return [];
        return ask({
          isDraining: true,
          reads: visitors.map(visitorRead),
          run: (rules) => expireErasures(rules, visitors, environments, age, limit),
          without: (gone, others) => gone.filter(({ visitor }) => !others.has(visitor)),
        });
      },
    },
    deadLetters: createRedisLetters({ connection, keys, ask, ready }),
    provisional: createRedisProvisional({ connection, keys, clock, ask, ready, looking }),
    deferred: {
      hold: (work, wait) =>
        ask({ reads: [visitorRead(work.visitor)], run: (rules) => holdDeferred(rules, work, wait) }),
      async claimDue(environments, limit, lease) {
        await ready();
        const due = await looking.list(environments.map(deferred), { limit, ahead: FURTHEST_AHEAD });
        if (due.length === 0) return [];
        return ask({
          isDraining: true,
          reads: due.map(ownerRead),
          run: (rules) => claimDeferred(rules, due, environments, limit, lease),
          without: (works, others) => works.filter(({ visitor }) => !others.has(visitor)),
        });
      },
      release: (key) =>
        ask({ isDraining: true, reads: [ownerRead(key)], run: (rules) => releaseDeferred(rules, key) }),
    },
    tallies: {
      add: (countings) =>
        ask({
          reads: countings.flatMap((counting): readonly Read[] => [
            visitorRead(counting.visitor),
            { type: 'value', name: countedName(counting) },
          ]),
          run: ({ tallying }) => tallying.add(countings),
        }),
      list: () => reads.listTallies(),
      find: (environment, flow, revision) => reads.findTallies(environment, flow, revision),
    },
    stats: () => reads.stats(),
    backlogs: () => reads.backlogs(),
    async close() {
      if (isClosed) return;
      isClosed = true;
      await groups.settled();
      await rewriting.end();
      await connection.close();
    },
  };
}

const visitorRead = (visitor: string): Read => ({ type: 'visitor', visitor });
const ownerRead = (key: string): Read => visitorRead(visitorIn(key));
const settlementRead = (key: string): Read => ({
  type: 'weight',
  visitor: visitorIn(key),
  field: settlementField(key),
});
