/** What the relay remembers of submissions: the port, and a store in memory that forgets when the process ends. */
import type { Receipt } from '../widget/contract/wire.ts';

/** A submission that has its receipt. */
export interface Settlement {
  readonly receipt: Receipt;
  /** The action that it ran: a correction is of the same one. */
  readonly node: string;
  /** The action's events that Braze accepted, by this submission or by one that it corrects: each an `EventKey`. */
  readonly acceptedEvents: readonly string[];
}

export type Begun =
  /** The caller runs it, and then calls `settle` or `release`. */
  | { readonly state: 'new' }
  /** Someone else runs it now. */
  | { readonly state: 'in_progress' }
  | { readonly state: 'settled'; readonly settlement: Settlement };

/** Keys are `<visitor id>/<submission id>`. Each operation is atomic. */
export interface Store {
  /** Claims a submission for `lease` milliseconds: a caller that died does not hold it for ever. */
  begin(key: string, lease: number): Promise<Begun>;
  settle(key: string, settlement: Settlement): Promise<void>;
  /** Gives a claim back: the submission was not delivered and may come again. */
  release(key: string): Promise<void>;
  find(key: string): Promise<Settlement | undefined>;
}

/** Settlements that a process remembers: at 300 bytes each a few tens of megabytes. The oldest go first. */
const CAPACITY = 100_000;

export function createMemoryStore(clock: () => number, capacity = CAPACITY): Store {
  const settlements = new Map<string, Settlement>();
  const claims = new Map<string, number>();

  return {
    async begin(key, lease) {
      const settlement = settlements.get(key);
      if (settlement) return { state: 'settled', settlement };
      const now = clock();
      if ((claims.get(key) ?? 0) > now) return { state: 'in_progress' };
      claims.set(key, now + lease);
      return { state: 'new' };
    },
    async settle(key, settlement) {
      claims.delete(key);
      settlements.set(key, settlement);
      const [oldest] = settlements.keys();
      if (settlements.size > capacity && oldest !== undefined) settlements.delete(oldest);
    },
    async release(key) {
      claims.delete(key);
    },
    async find(key) {
      return settlements.get(key);
    },
  };
}
