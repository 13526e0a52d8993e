/** What has to be one for all shards is asked of who keeps it; all else of a store stays where it is. */
import { StoreError, type Store } from '../../store/store.ts';
import type { SharedObject } from './bindings.ts';
import { shardOf } from './routing.ts';

export interface Elsewhere {
  readonly shared: () => SharedObject;
  /** How many there are. */
  readonly shards: number;
  /** Counts at that shard. */
  readonly countAt: (shard: number, name: string, window: number, amount: number) => Promise<number>;
}

/**
 * Limits of an address that a newcomer reaches at whatever shard they are sent to, and those of no visitor. Who comes back is counted at
 * their own shard, for that would cost a request to another one with each submission.
 */
const COUNTED_FOR_ALL =
  /^limit\/(?:newVisitors|challenges|erasures|entryOpens|misses|wrongKeys|wrongKeysInAll)\//;

/** Whether somebody has submitted with a personal entry link. Who it was is kept with them, at their shard (`entry-links.ts`). */
const FIRST_USE = /^entry\/[^/]+$/;

/** Flows as they were (`flows/revisions.ts`): they are given away without a shard. */
const isRevision = (name: string): boolean => name.startsWith('flow/');

/** @param own of a shard; in front of them, a store that keeps nothing */
export function withSharedNames(own: Store, { shared, shards, countAt }: Elsewhere): Store {
  return {
    ...own,
    count(name, window, amount = 1) {
      if (FIRST_USE.test(name)) return asked(shared().count(name, window, amount));
      if (COUNTED_FOR_ALL.test(name)) return asked(countAt(shardOf(name, shards), name, window, amount));
      return own.count(name, window, amount);
    },
    get: (name) => (isRevision(name) ? asked(shared().get(name)) : own.get(name)),
    put: (name, value, life, visitor) =>
      isRevision(name) ? asked(shared().put(name, value, life)) : own.put(name, value, life, visitor),
  };
}

/** What cannot be reached is a store that fails: who asks comes again. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const words = error instanceof Error ? error.message : typeof error;
    throw new StoreError(`Another Durable Object could not be asked (${words})`, { cause: error });
  }
}
