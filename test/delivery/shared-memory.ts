/** What processes share of a store, in memory: counts by window, and values with a life. */
import type { Json } from '../../server/store/json.ts';
import { StoreError, type Store } from '../../server/store/store.ts';

export interface SharedMemory extends Pick<Store, 'count' | 'get' | 'put'> {
  /** From now on every operation fails, or no longer. */
  fail(isFailing: boolean): void;
  /** How often it was asked, by operation. */
  readonly asked: Record<'count' | 'get' | 'put', number>;
  readonly values: ReadonlyMap<string, { readonly value: Json; readonly until: number }>;
}

/** @param pass resolves when an operation is done: for a store that takes its time */
export function createSharedMemory(
  clock: () => number,
  pass: () => Promise<void> = () => Promise.resolve(),
): SharedMemory {
  const counts = new Map<string, { turn: number; count: number }>();
  const values = new Map<string, { value: Json; until: number }>();
  const asked = { count: 0, get: 0, put: 0 };
  let isFailing = false;

  const enter = (operation: keyof typeof asked) => {
    asked[operation] += 1;
    if (isFailing) throw new StoreError('the disk is full');
  };

  return {
    asked,
    values,
    fail: (fails) => {
      isFailing = fails;
    },
    async count(name, window, amount = 1) {
      enter('count');
      await pass();
      const turn = Math.floor(clock() / window);
      const before = counts.get(name);
      const count = before?.turn === turn ? before.count + amount : amount;
      counts.set(name, { turn, count });
      await pass();
      return count;
    },
    async get(name) {
      enter('get');
      await pass();
      const found = values.get(name);
      return found && clock() < found.until ? structuredClone(found.value) : undefined;
    },
    async put(name, value, life) {
      enter('put');
      await pass();
      if (value === undefined) values.delete(name);
      else values.set(name, { value: structuredClone(value), until: clock() + life });
    },
  };
}
