/**
 * What was erased has to be gone from the bytes of the file. With `secure_delete` SQLite overwrites what it deletes, and that is not
 * all: where it moved a row from one page to another before, to balance its trees, the page of before may have a copy in what is free of
 * it; and the write-ahead log has pages as they were. So the file is written anew without what is free (`VACUUM`), and the log emptied.
 */
import type { SqlDatabase } from '../sql-database.ts';

export interface Cleaning {
  /** Within a transaction: something was erased. It is remembered with that, and done as soon as it may be, also after a crash. */
  ask: () => void;
  /** Cleans if it was asked for, and the file is small enough for nobody to notice. Never throws. */
  afterCommit: () => void;
  /** Cleans if it was asked for, however long it takes. Never throws: what could not be done now is done next time. */
  now: () => void;
}

/** Pages of 4 kB. 16 MB take 100 ms, in which the event loop stands still; a larger file is cleaned when it is opened and closed. */
const SMALL = 4_096;

/** Milliseconds between two while the relay runs: many who are erased in one minute share one. */
const PACE = 60_000;

const NAME = 'store/unclean';

export function createCleaning(db: SqlDatabase, clock: () => number): Cleaning {
  const mark = db.prepare(
    `INSERT OR REPLACE INTO named_values (name, expires, value) VALUES ('${NAME}', 9e999, 'true')`,
  );
  const find = db.prepare(`SELECT 1 FROM named_values WHERE name = '${NAME}'`);
  const unmark = db.prepare(`DELETE FROM named_values WHERE name = '${NAME}'`);
  let isAsked = false;
  let last = -Infinity;

  const isSmall = () => (db.prepare('PRAGMA page_count').get()?.['page_count'] as number) <= SMALL;

  const clean = () => {
    try {
      db.exec('VACUUM');
      // Only then: who dies before it cleans again.
      unmark.run();
      isAsked = false;
      emptyLog();
    } catch {
      // Another process writes, or the disk has no room for a second file. It stays asked for.
    }
  };
  const emptyLog = () => {
    try {
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // Another process reads: the log is emptied next time, or when the last one closes it.
    }
  };

  return {
    ask() {
      mark.run();
      isAsked = true;
    },
    afterCommit() {
      if (!isAsked) return;
      const isDue = Math.abs(clock() - last) >= PACE;
      if (!isDue) return;
      last = clock();
      if (isSmall()) clean();
      else emptyLog();
    },
    now() {
      try {
        // Also what a process that was killed has not come to.
        isAsked ||= find.get() !== undefined;
      } catch {
        // A file that is damaged says so with the first that is asked of it.
      }
      if (isAsked) clean();
    },
  };
}
