/**
 * A store in the SQLite of a Durable Object (https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/). What is written is
 * on disk before an answer or a request leaves the object: its output gate waits for that. So nothing here waits, and whoever dies before has
 * told nobody.
 */
import type { SqlCells, SqlDatabase, SqlInput, SqlRow } from './sql-database.ts';
import { createSqliteOperations } from './sqlite/operations.ts';
import { createSqliteRows, SCHEMA_VERSION, schemaFrom } from './sqlite/rows.ts';
import { StoreError, type Store } from './store.ts';

/** What is used of a Durable Object's storage (`ctx.storage`). */
export interface DurableStorage {
  readonly sql: {
    exec(
      query: string,
      ...values: readonly SqlInput[]
    ): {
      toArray(): readonly SqlRow[];
      /** Cells of any kind: those of ours are `SqlOutput`, for no column that is read holds a blob. */
      raw(): Iterable<readonly unknown[]>;
    };
  };
  /** Takes back what was written when the callback throws. */
  transactionSync<T>(run: () => T): T;
}

export interface DurableObjectStoreOptions {
  readonly storage: DurableStorage;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Told within each transaction that has written, before its end: what is written now is on disk together with it. */
  readonly written?: () => void;
}

export interface DurableObjectStore extends Store {
  /** When something becomes due or free first of what is to be taken up again: milliseconds since 1970; `undefined` where nothing is left to do. */
  nextDue(): number | undefined;
  /** Forgets all that is over now. */
  sweep(): Promise<void>;
}

/** Milliseconds between looks for what is over. */
const SWEEP_INTERVAL = 1000;

/** How SQLite's codes stand in what an object's storage throws. */
const CODE = /SQLITE_([A-Z_]+)/;

const WORDS: Readonly<Record<string, string>> = {
  FULL: 'is full: an object keeps 10 GB at most (https://developers.cloudflare.com/durable-objects/platform/limits/)',
  TOOBIG:
    'takes no row of more than 2 MB (https://developers.cloudflare.com/durable-objects/platform/limits/)',
};

/** What a newer relay has written: an older one does not open it, however often it tries. */
export class NewerStoreError extends StoreError {}

/** @throws {NewerStoreError} @throws {StoreError} when the storage fails */
export function createDurableObjectStore({
  storage,
  clock,
  written = () => undefined,
}: DurableObjectStoreOptions): DurableObjectStore {
  const db = databaseOf(storage);
  const transaction = transactionOf(storage);
  explained(() => transaction(() => bringUpToDate(db)));
  const tables = explained(() => createSqliteRows(db, clock));
  let nextSweep = -Infinity;

  const transact = <T>(run: () => T): T =>
    transaction(() => {
      tables.load();
      const answer = run();
      tables.save();
      written();
      return answer;
    });
  const sweep = () => !transact(tables.sweep);

  return {
    ...createSqliteOperations({
      tables,
      clock,
      read: async (run) => explained(run),
      write: async (run) =>
        explained(() => {
          if (clock() >= nextSweep) nextSweep = clock() + (sweep() ? SWEEP_INTERVAL : 0);
          return transact(run);
        }),
      erased: () => undefined,
    }),
    nextDue: () => explained(tables.nextDue),
    async sweep() {
      explained(() => {
        while (!sweep());
      });
    },
    async close() {
      // The platform closes what it has opened.
    },
  };
}

/** Its beginning and its end may fail, too. What the callback threw is thrown as it is. */
function transactionOf(storage: DurableStorage): <T>(run: () => T) => T {
  return (run) => {
    let thrown: { readonly error: unknown } | undefined;
    try {
      return storage.transactionSync(() => {
        try {
          return run();
        } catch (error) {
          thrown = { error };
          throw error;
        }
      });
    } catch (cause) {
      if (thrown) throw thrown.error;
      throw new StorageFault('The storage threw.', { cause });
    }
  };
}

/** Statements that are the same text are prepared once by the engine. */
function databaseOf({ sql: given }: DurableStorage): SqlDatabase {
  const sql = {
    exec(query: string, ...values: readonly SqlInput[]) {
      const cursor = ofStorage(() => given.exec(query, ...values));
      return {
        toArray: () => ofStorage(() => cursor.toArray()),
        raw: () => ofStorage(() => [...cursor.raw()] as readonly SqlCells[]),
      };
    },
  };
  const changes = () => sql.exec('SELECT changes() AS changes').toArray()[0]?.['changes'] as number;
  return {
    prepare: (text) => ({
      // Read to its end: a cursor that is left open would be in the way of the next statement.
      get: (...values) => sql.exec(text, ...values).toArray()[0],
      all: (...values) => sql.exec(text, ...values).toArray(),
      run: (...values) => void sql.exec(text, ...values).toArray(),
      change(...values) {
        sql.exec(text, ...values).toArray();
        return changes();
      },
    }),
    prepareCells: (text) => ({
      get: (...values) => sql.exec(text, ...values).raw()[0],
      all: (...values) => sql.exec(text, ...values).raw(),
    }),
    exec: (text) => void sql.exec(text).toArray(),
  };
}

/** An object takes no `PRAGMA user_version`: the version of its tables is in one of them. */
function bringUpToDate(db: SqlDatabase): void {
  db.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT');
  const found = db.prepare('SELECT version FROM schema_version').get()?.['version'] as number | undefined;
  const version = found ?? 0;
  if (version === SCHEMA_VERSION) return;
  if (version > SCHEMA_VERSION) {
    throw new NewerStoreError(
      `The object's store has version ${version}, and this relay knows ${SCHEMA_VERSION}: deploy the newer relay that made it`,
    );
  }
  db.exec(schemaFrom(version));
  db.exec('DELETE FROM schema_version');
  db.prepare('INSERT INTO schema_version VALUES (?)').run(SCHEMA_VERSION);
}

/** What the storage throws, whatever its words: they change with the platform. */
class StorageFault extends Error {
  override readonly name = 'StorageFault';
}

function ofStorage<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new StorageFault('The storage threw.', { cause });
  }
}

/** @throws {StoreError} for whatever the storage throws; a mistake of ours as it is */
function explained<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof StorageFault)) throw error;
    const message = error.cause instanceof Error ? error.cause.message : typeof error.cause;
    const words = WORDS[CODE.exec(message)?.[1] ?? ''] ?? 'failed';
    throw new StoreError(`The object's storage ${words} (${message})`, { cause: error.cause });
  }
}
