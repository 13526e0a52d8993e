/** What is due, as the sorted sets in Redis have it: who takes any of it reads it again then. */
import { setTimeout as pause } from 'node:timers/promises';
import type { RedisConnection } from './connection.ts';
import { pairsOf } from './groups.ts';
import type { RedisKeys } from './keys.ts';
import { DRAINING_COMMIT, LOOK, NO_DEADLINE } from './scripts.ts';
import { StoreError } from '../store.ts';

export interface Looked {
  readonly limit: number;
  /** Milliseconds for which it has been over at least. */
  readonly age?: number;
  /** What is so much further off is over, too: milliseconds. */
  readonly ahead?: number;
}

export interface LookingOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly clock: (() => number) | undefined;
}

/** Milliseconds that a process may read a partition: two turns to Redis take some. Who dies over it costs the others so much. */
const LEASE = 2_000;

/** How often who finds a partition leased comes back, and milliseconds between: it is read for a few. */
const VISITS = 20;
const PAUSE = 10;

/** As many are looked at in one claim at least: of lines that are due at the same time the rules say which comes first. */
const LEAST_LOOKED = 64;

/** As many are looked at in one claim at most. What comes after them is due when these are. */
const MOST_LOOKED = 4_096;

export type Looking = ReturnType<typeof createLooking>;

export function createLooking({ connection, keys, clock }: LookingOptions) {
  const token = crypto.randomUUID();

  /** @param places of each its lease, if it has one, and sorted sets. @returns members, those with the lowest scores first, and of the same score by name */
  const look = async (
    places: readonly (readonly [lease: string, sets: readonly string[]])[],
    { limit, age = 0, ahead }: Looked,
  ) => {
    const words = places.flatMap(([lease, sets]) => [lease, sets.length, ...sets]);
    const [busy, found] = (await connection.run(
      LOOK,
      [token, LEASE, limit, clock?.() ?? '', age, ahead ?? '', places.length, ...words],
      true,
    )) as [number, readonly (readonly [lease: string, cells: readonly string[]])[]];
    const members = found
      .flatMap(([, cells]) => pairsOf(cells))
      .map(([member, score]) => [member, Number(score)] as const)
      .sort(([one, first], [other, second]) => first - second || (one < other ? -1 : 1));
    const unique = [...new Set(members.map(([member]) => member))];
    return {
      isBusy: busy > 0,
      leases: found.map(([lease]) => lease),
      members: unique.slice(0, limit),
      /** There may be more than was asked for. */
      isCut:
        limit < MOST_LOOKED &&
        (unique.length > limit || found.some(([, cells]) => cells.length >= 2 * limit)),
    };
  };

  /** One that cannot be let go runs out by itself: what was taken under it is the caller's all the same. */
  const release = async (leases: readonly string[]): Promise<void> => {
    const units = leases.flatMap((lease) => [1, 'string', lease, '', token, 1, 2, 'DEL', lease]);
    const words = [keys.commit(crypto.randomUUID()), LEASE, NO_DEADLINE, leases.length, ...units];
    await connection.run(DRAINING_COMMIT, words, true).catch((error: unknown) => {
      if (!(error instanceof StoreError)) throw error;
    });
  };

  /** What a visit before has taken is not lost with one that fails. @returns `undefined` where it has, and there is some */
  const unlessTaken = async <T>(
    taken: readonly unknown[],
    visit: () => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      return await visit();
    } catch (error) {
      if (!(error instanceof StoreError) || taken.length === 0) throw error;
      return undefined;
    }
  };

  /** Each partition by one process at a time: two would take the same, and one of them in vain. */
  const takeFromPartitions = async <T>(
    sets: (partition: number) => readonly string[],
    looked: Looked,
    take: (visitors: readonly string[], limit: number) => Promise<readonly T[]>,
  ): Promise<readonly T[]> => {
    const taken: T[] = [];
    const first = Math.floor(Math.random() * keys.partitions.length);
    const inTurn = [...keys.partitions.slice(first), ...keys.partitions.slice(0, first)];
    const places = inTurn.map((partition) => [keys.lease(partition), sets(partition)] as const);
    let limit = Math.max(looked.limit, LEAST_LOOKED);
    for (let visit = 0; visit < VISITS; visit += 1) {
      const found = await unlessTaken(taken, () => look(places, { ...looked, limit }));
      if (!found) break;
      const { isBusy, leases, members, isCut } = found;
      const wanted = looked.limit - taken.length;
      try {
        if (members.length > 0) {
          const more = await unlessTaken(taken, () => take(members, wanted));
          if (!more) break;
          taken.push(...more);
        }
      } finally {
        if (leases.length > 0) await release(leases);
      }
      if (taken.length >= looked.limit || (!isBusy && !isCut)) break;
      // The first of them may be the caller's own, which nobody else may take before it has settled them.
      if (isCut) limit *= 2;
      else await pause(PAUSE * (0.5 + Math.random()));
    }
    return taken;
  };

  let turn: Promise<unknown> = Promise.resolve();
  return {
    /** @param sets sorted sets. @returns their members, the longest due first */
    list: async (sets: readonly string[], looked: Looked): Promise<readonly string[]> =>
      looked.limit > 0 && sets.length > 0 ? (await look([['', sets]], looked)).members : [],
    /** As many as are due, from all partitions. Who asks beside in the same process waits: that costs less than to meet. */
    fromPartitions: <T>(
      sets: (partition: number) => readonly string[],
      looked: Looked,
      take: (visitors: readonly string[], limit: number) => Promise<readonly T[]>,
    ): Promise<readonly T[]> => {
      if (looked.limit <= 0) return Promise.resolve([]);
      const before = turn;
      const taking = (async () => {
        await before;
        return takeFromPartitions(sets, looked, take);
      })();
      turn = taking.catch(() => undefined);
      return taking;
    },
  };
}
