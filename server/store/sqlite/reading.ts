/**
 * What was counted, read from a store's file that stays as it is to the byte: beside a running relay, and from a backup. Opening a store as
 * `sqlite.ts` does brings its tables up to date and cleans it, which may hold up a relay that writes there.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { SqlDatabase, SqlFile } from '../sql-database.ts';
import { explainFailure, isNotToBeOpened } from './failures.ts';
import { openNodeFile } from './node.ts';
import { createSqliteValues } from './rows.ts';
import { createTallyReads } from './tallies.ts';
import { versionOf } from '../sqlite.ts';
import { StoreError, type Store, type Tallies } from '../store.ts';

export interface Counted extends Pick<Store, 'get' | 'close'> {
  readonly tallies: Omit<Tallies, 'add'>;
}

/** Milliseconds that a relay which starts or ends may hold the file. Nothing else runs that would have to wait. */
const BUSY_TIMEOUT = 2_000;

/**
 * @param clock milliseconds since 1970
 * @throws {StoreError} where it cannot be read, is no store, or is of a relay that did not count yet
 */
export function openCounted(file: string, clock: () => number): Counted {
  let db: SqlFile | undefined;
  try {
    accessSync(file, constants.R_OK);
    db = openNodeFile(whatToOpen(file), { readOnly: true, timeout: BUSY_TIMEOUT });
    assertCounts(db, file);
    return readsOf(db, file, clock);
  } catch (error) {
    db?.close();
    throw explain(error, file);
  }
}

/**
 * To read a file with a write-ahead log SQLite needs that log and its index beside it, and makes them where it may. While a process has the
 * file open the index is there, and what was not copied into the file yet is in the log (https://www.sqlite.org/wal.html#read_only_databases).
 * Where there is neither nobody has it open and all is in the file: `immutable` reads that alone, also where nothing may be made.
 */
function whatToOpen(file: string): string | URL {
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
  if (existsSync(`${file}-shm`) || (log !== undefined && log.size > 0)) return file;
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  return url;
}

function assertCounts(db: SqlDatabase, file: string): void {
  const version = versionOf(db, file);
  if (version === 0) throw new StoreError(`"${file}" is no store of Parley: name the file of the relay`);
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'tallies'").get() === undefined)
    throw new StoreError(
      `There are no counts yet in the store "${file}": the relay that made it did not count (version ${version}). A newer one counts from its start on`,
    );
}

function readsOf(db: SqlFile, file: string, clock: () => number): Counted {
  const values = createSqliteValues(db, clock);
  const tallies = createTallyReads(db, clock);
  const read = async <T>(run: () => T): Promise<T> => {
    try {
      return run();
    } catch (error) {
      throw explain(error, file);
    }
  };
  return {
    get: (name) => read(() => values(name)),
    tallies: {
      list: () => read(() => tallies.list()),
      find: (environment, flow, revision) => read(() => tallies.find(environment, flow, revision)),
    },
    async close() {
      db.close();
    },
  };
}

function explain(error: unknown, file: string): unknown {
  if (!isNotToBeOpened(error)) return explainFailure(error, file);
  return new StoreError(
    `The store "${file}" was not closed, and its latest part is in "${file}-wal": to read that, "${file}-shm" has to be there or be made, and it cannot. Run this as the user of the relay, or copy the store and its "-wal" to a folder that you may write to, and name the copy`,
    { cause: error },
  );
}
