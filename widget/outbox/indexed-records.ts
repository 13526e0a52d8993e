/** Records in IndexedDB: one object store through idb-keyval, so that one transaction covers them all. */
import { createStore, promisifyRequest } from 'idb-keyval';
import type { Key, Records, Transact } from './records.ts';

/** Milliseconds until a database that does not open is given up: another page may keep it from opening for ever. */
const PATIENCE = 5_000;

/**
 * @param name of the database
 * @param use hears of the connection with each transaction: who is done with it closes it, or it would be held as long as the page
 * @throws where the browser refuses, as in private modes and on full disks
 */
export async function openIndexedRecords(
  name: string,
  use?: (connection: IDBDatabase) => void,
): Promise<Transact> {
  const inStore = createStore(name, 'records');
  const transact: Transact = (mode, run) =>
    inStore(mode, async (store) => {
      const { transaction } = store;
      // Else nobody could delete it or change it while this page is open; what is asked next finds it closed, and opens it again.
      transaction.db.onversionchange = () => transaction.db.close();
      use?.(transaction.db);
      const done = new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? new Error('Abort'));
      });
      const answer = run(recordsIn(store)).catch((error: unknown) => {
        if (!transaction.error) transaction.abort();
        throw transaction.error ?? error;
      });
      return (await Promise.all([answer, done]))[0];
    });
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([
    // Private modes and full disks refuse only now.
    transact('readonly', (records) => records.get('visitor')),
    new Promise((_, reject) => (timer = setTimeout(reject, PATIENCE, new Error('Blocked')))),
  ]).finally(() => clearTimeout(timer));
  return transact;
}

function recordsIn(store: IDBObjectStore): Records {
  const ask = <T>(request: IDBRequest<T>): Promise<T> => promisifyRequest(request);
  const keyOf = (key: Key) => key as IDBValidKey;
  return {
    get: (key) => ask(store.get(keyOf(key)) as IDBRequest<unknown>),
    list: (kind, limit?) =>
      ask(store.getAll(IDBKeyRange.bound([kind], [kind, []]), limit) as IDBRequest<unknown[]>),
    put: (value, key) => void store.put(value, keyOf(key)),
    delete: (key) => void store.delete(keyOf(key)),
    clear: () => void store.clear(),
  };
}
