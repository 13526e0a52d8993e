/** A store in one file, with the SQLite that Node brings. It outlives the process, and several processes may share it. */
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createLines } from './lines.ts';
import type { SqlDatabase, SqlFile } from './sql-database.ts';
import { createCleaning } from './sqlite-cleaning.ts';
import { createGroups } from './sqlite-groups.ts';
import { explainFailure, isBusy, isOfTheDisk } from './sqlite-failures.ts';
import { openNodeFile } from './sqlite-node.ts';
import { createSqliteRows, SCHEMA_VERSION, schemaFrom } from './sqlite-rows.ts';
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
 * to page it may leave a copy all the same: what is erased on purpose is cleaned up besides (`sqlite-cleaning.ts`).
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
  const { rows } = tables;
  const lines = createLines(rows, clock, true);
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
    isDurable: true,
    begin: (work, claim, limit, ofVisitor = limit) =>
      write(
        () => lines.begin(work, claim, limit, ofVisitor),
        // Of one that is new nobody has heard: before anything leaves or is answered, something lasting is written behind it.
        ({ state }) => state === 'queued',
      ),
    send: (keys, claim) => write(() => lines.send(keys, claim)),
    settle: (changes, holder) => write(() => lines.settle(changes, holder)),
    async claim(environments, limit, claim) {
      // Mostly there is nothing: that is found out without a transaction.
      if (!(await read(() => lines.isDue(environments, claim.holder)))) return [];
      return write(() => lines.claim(environments, limit, claim), false);
    },
    async claimOld(environments, age, limit, claim) {
      if (!(await read(() => lines.isDue(environments, claim.holder, age)))) return [];
      return write(() => lines.claim(environments, limit, claim, age), false);
    },
    find: (key) => read(() => rows.findSettlement(key)),
    count: (name, window, amount = 1) => write(() => tables.count(name, window, amount), false),
    get: (name) => read(() => tables.get(name)),
    put: (name, value, life, visitor) => write(() => tables.put(name, value, life, visitor)),
    replace: (name, before, value, life, visitor) =>
      write(() => tables.replace(name, before, value, life, visitor)),
    erase: (visitor, life, leave) =>
      write(() => {
        const isNew = tables.erase(visitor, life, leave);
        if (isNew) cleaning.ask();
        return isNew;
      }),
    isErased: (visitor) => read(() => tables.isErased(visitor)),
    erasures: {
      async claimDue(environments, limit, lease) {
        if (!(await read(() => tables.erasures.isDue(environments)))) return [];
        return write(() => tables.erasures.claimDue(environments, limit, lease), false);
      },
      postpone: (visitor, wait) => write(() => tables.erasures.postpone(visitor, wait), false),
      // With it goes the visitor's id.
      release: (visitor) =>
        write(() => {
          if (tables.erasures.release(visitor)) cleaning.ask();
        }),
      async expire(environments, age, limit) {
        if (!(await read(() => tables.erasures.isOverdue(environments, age)))) return [];
        return write(() => {
          const expired = tables.erasures.expire(environments, age, limit);
          if (expired.length > 0) cleaning.ask();
          return expired;
        });
      },
    },
    deadLetters: {
      list: (limit, after) => read(() => tables.listLetters(limit, after)),
      find: (key) => read(() => tables.findLetter(key)),
      retry: (key) => write(() => tables.retryLetter(key)),
      drop: (key) => write(() => tables.dropLetter(key)),
      async expire(age, limit) {
        if (!(await read(() => tables.isLetterOver(age)))) return 0;
        return write(() => tables.expireLetters(age, limit), false);
      },
    },
    provisional: {
      hold: (held, limit) => write(() => tables.provisional.hold(held, limit)),
      async cancel(name, moment, mark) {
        // As with a claim.
        if (!mark && !(await read(() => tables.isProvisional(name)))) return;
        await write(() => tables.provisional.cancel(name, moment, mark), false);
      },
      async claimDue(environments, limit, lease) {
        if (!(await read(() => tables.isProvisionalDue(environments)))) return [];
        return write(() => tables.provisional.claimDue(environments, limit, lease), false);
      },
      async expire(age, limit) {
        if (!(await read(() => tables.isProvisionalOverdue(age)))) return 0;
        return write(() => tables.provisional.expire(age, limit), false);
      },
      release: (name) => write(() => tables.provisional.release(name), false),
      dropAll: (visitor, life) => write(() => tables.provisional.dropAll(visitor, life)),
    },
    deferred: {
      hold: (work, wait) => write(() => tables.deferred.hold(work, wait)),
      async claimDue(environments, limit, lease) {
        if (!(await read(() => tables.deferred.isDue(environments)))) return [];
        return write(() => tables.deferred.claimDue(environments, limit, lease), false);
      },
      release: (key) => write(() => tables.deferred.release(key), false),
    },
    tallies: {
      // Before anybody is answered it has been committed. A power cut may cost the counts of the last moments, and nothing else.
      add: (countings) => write(() => tables.tallies.add(countings), false),
      list: () => read(() => tables.tallies.list()),
      find: (environment, flow, revision) => read(() => tables.tallies.find(environment, flow, revision)),
    },
    stats: () => read(() => tables.stats()),
    backlogs: () => read(() => tables.backlogs()),
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
