/** A store in one file, with the SQLite that Node brings. It outlives the process, and several processes may share it. */
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SqlDatabase, SqlFile } from './sql-database.ts';
import { createCleaning } from './sqlite/cleaning.ts';
import { createGroups } from './sqlite/groups.ts';
import { explainFailure, isBusy, isOfTheDisk } from './sqlite/failures.ts';
import { openNodeFile } from './sqlite/node.ts';
import { createSqliteOperations } from './sqlite/operations.ts';
import { createSqliteRows, SCHEMA_VERSION, schemaFrom } from './sqlite/rows.ts';
import { StoreError, type Store } from './store.ts';

export interface SqliteStoreOptions {
  /** It is made if need be, and its folder. `:memory:` for tests. */
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** It has to be a store already: nothing is made, and what is something else stays as it is. */
  readonly mustExist?: boolean;
  /** Largest size of the file in pages of 4 kB. As much as the disk holds, if absent. */
  readonly maxPages?: number;
}

/**
 * FULL, but for what nobody counts on yet (https://www.sqlite.org/pragma.html#pragma_synchronous: with a write-ahead log NORMAL
 * loses the last commits in a power cut, and nothing else). The log is copied into the file every 8 MB: work lives for a second at
 * most on a good day, so most pages of the log are of rows that are gone by then. After a burst the log shrinks to 64 MB again.
 * What is deleted is overwritten: nothing that a visitor said stays in the free pages of the file. Where SQLite has moved a row from page
 * to page it may leave a copy all the same: what is erased on purpose is cleaned up besides (`sqlite/cleaning.ts`).
 */
const SETTINGS = `
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 2000;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA cache_size = -16384;
  PRAGMA secure_delete = ON;
`;

/** Milliseconds that the event loop may stand still because another process writes: a turn of two. */
const BUSY_TIMEOUT = 2;

/** Tries to open, 20 ms apart: nothing else runs yet that would have to wait. */
const OPENING_TRIES = 100;

/** Milliseconds between looks for what is over. */
const SWEEP_INTERVAL = 1000;

/** A count of its own: what makes a transaction write. */
const FLUSHES = 'store/flushes';
const HOUR = 60 * 60 * 1000;

/** @throws {StoreError} when it cannot be opened */
export function createSqliteStore({ file, clock, ...options }: SqliteStoreOptions): Store {
  const db = openPatiently(file, options);
  const cleaning = createCleaning(db, clock);
  cleaning.now();
  const tables = createSqliteRows(db, clock);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = () => {
    if (db.isTransaction) db.exec('ROLLBACK');
  };
  let nextSweep = -Infinity;
  let isClosed = false;
  let wasLasting = true;

  const start = (isLasting: boolean) => {
    rollback();
    if (isLasting !== wasLasting) db.exec(`PRAGMA synchronous = ${isLasting ? 'FULL' : 'NORMAL'}`);
    wasLasting = isLasting;
    begin.run();
  };
  const groups = createGroups({
    transactions: {
      begin(isLasting) {
        start(isLasting);
        tables.load();
        if (clock() >= nextSweep) nextSweep = clock() + (tables.sweep() ? 0 : SWEEP_INTERVAL);
      },
      commit() {
        tables.save();
        commit.run();
        cleaning.afterCommit();
      },
      flush() {
        start(true);
        // SQLite writes nothing to the disk for a commit that changes nothing, not even to a cell that has the value already.
        tables.count(FLUSHES, HOUR, 1);
        commit.run();
      },
      rollback,
    },
    isBusy,
    isCommon: isOfTheDisk,
    explain: (error) => explainFailure(error, file),
  });
  const whileOpen = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (isClosed) throw new StoreError(`The store "${file}" is closed`);
    return ask();
  };
  const read = <T>(run: () => T) => whileOpen(() => groups.read(run));
  const write = <T>(run: () => T, isLasting: boolean | ((answer: T) => boolean) = true) =>
    whileOpen(() => groups.write(run, isLasting));

  return {
    ...createSqliteOperations({ tables, clock, read, write, erased: cleaning.ask }),
    async close() {
      if (isClosed) return;
      isClosed = true;
      await groups.settled();
      cleaning.now();
      try {
        // The last that closes it copies the log into the file. Where another has it open, this does as much as it can.
        db.exec('PRAGMA wal_checkpoint');
      } catch {
        // On a full disk it stays in the log, where it is as safe.
      }
      db.close();
    },
  };
}

type OpenOptions = Pick<SqliteStoreOptions, 'mustExist' | 'maxPages'>;

function openPatiently(file: string, options: OpenOptions): SqlFile {
  for (let tries = 1; ; tries += 1) {
    try {
      return open(file, options);
    } catch (error) {
      if (!isBusy(error) || tries === OPENING_TRIES) throw explainFailure(error, file);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function open(file: string, { mustExist = false, maxPages }: OpenOptions): SqlFile {
  if (mustExist) assertIsThere(file);
  else if (file !== ':memory:') makeFile(file);
  const db = openNodeFile(file, { timeout: BUSY_TIMEOUT });
  try {
    // Before anything is set: a setting may change a file, and it may be another program's.
    const version = versionOf(db, file);
    if (mustExist && version === 0) throw noStoreIn(file);
    db.exec('PRAGMA journal_mode = WAL');
    db.exec(SETTINGS);
    if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${maxPages}`);
    if (version < SCHEMA_VERSION) {
      db.exec('BEGIN IMMEDIATE');
      // Another process may have been first.
      db.exec(`${schemaFrom(versionOf(db, file))} PRAGMA user_version = ${SCHEMA_VERSION};`);
      db.exec('COMMIT');
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function assertIsThere(file: string): void {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw noStoreIn(file);
}

const noStoreIn = (file: string): StoreError =>
  new StoreError(`There is no store "${file}": name the file that the relay keeps its store in`);

/** Only its owner reads it: it holds what visitors said. SQLite gives its log the same mode. */
function makeFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** @returns 0 where nothing is in it yet. @throws {StoreError} where something else is */
export function versionOf(db: SqlDatabase, file: string): number {
  const version = db.prepare('PRAGMA user_version').get()?.['user_version'] as number;
  if (version > SCHEMA_VERSION) {
    throw new StoreError(
      `The store "${file}" has version ${version}, and this relay knows ${SCHEMA_VERSION}: run the newer relay that made it`,
    );
  }
  const { tables, ours } = db
    .prepare(
      `SELECT count(*) AS tables, count(*) FILTER (WHERE name = 'dead_letters') AS ours FROM sqlite_schema`,
    )
    .get() as { tables: number; ours: number };
  if (version > 0 && ours === 1) return version;
  if (tables > 0) throw new StoreError(`"${file}" is a database of something else: name another file`);
  return 0;
}
