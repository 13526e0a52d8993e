/** What the outbox is kept in: values by key, changed in atomic transactions. */

/** Its first part is the kind; a text is the only one of its kind. They sort as IndexedDB sorts them. */
export type Key = string | readonly (string | number)[];

/** The values, within one transaction. */
export interface Records {
  get(key: Key): Promise<unknown>;
  /** The first values of one kind, in the order of their keys. */
  list(kind: string, limit?: number): Promise<readonly unknown[]>;
  put(value: unknown, key: Key): void;
  delete(key: Key): void;
  clear(): void;
}

/**
 * One transaction: everything that `run` changes is kept, or nothing is and it rejects. It resolves when it is kept. In `run` nothing but
 * the records may be waited for, and it may run again.
 */
export type Transact = <T>(
  mode: 'readonly' | 'readwrite',
  run: (records: Records) => Promise<T>,
) => Promise<T>;
