/** What is kept provisionally, in SQLite. Nothing here begins or ends a transaction. */
import type { Work } from '../../delivery/work.ts';
import { FURTHEST_DUE, type Entries } from '../provisional.ts';
import type { SqlDatabase, SqlStatement } from '../sql-database.ts';

/**
 * Without a payload it is a mark, which is forgotten at `until`, and is of no environment. What was written last has the highest number.
 */
export const PROVISIONAL_SCHEMA = `
  CREATE TABLE provisional (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    visitor TEXT NOT NULL,
    at REAL NOT NULL,
    clock_offset REAL NOT NULL,
    until REAL NOT NULL,
    environment TEXT,
    payload TEXT
  ) STRICT;
  CREATE INDEX provisional_visitor ON provisional (visitor, number);
  CREATE INDEX provisional_due ON provisional (environment, until, name) WHERE payload IS NOT NULL;
  CREATE INDEX provisional_overdue ON provisional (until, name) WHERE payload IS NOT NULL;
  CREATE INDEX provisional_marks ON provisional (until) WHERE payload IS NULL;
`;

export interface SqliteEntriesOptions {
  readonly clock: () => number;
  readonly isErased: (visitor: string) => boolean;
  /** How many there are, with a payload and without. */
  readonly total: {
    readonly get: () => number;
    readonly add: (kind: 'provisional' | 'marks', count: number) => void;
  };
  /** Marks that are forgotten at a time. */
  readonly sweep: number;
}

/** Those, and what a sweep of the whole store and an erasure ask. */
export interface SqliteEntries extends Entries {
  removeAllOf: (visitor: string) => void;
  /** @returns how many were forgotten */
  forget: () => number;
}

export function createSqliteEntries(
  db: SqlDatabase,
  { clock, isErased, total, sweep }: SqliteEntriesOptions,
): SqliteEntries {
  const find = db.prepare(
    'SELECT at, clock_offset FROM provisional WHERE name = ? AND (payload IS NOT NULL OR until > ?)',
  );
  const findKind = db.prepare('SELECT payload IS NOT NULL AS has_work FROM provisional WHERE name = ?');
  const write = db.prepare(
    `INSERT OR REPLACE INTO provisional (name, visitor, at, clock_offset, until, environment, payload)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const remove = db.prepare(
    'DELETE FROM provisional WHERE name = ? RETURNING payload IS NOT NULL AS has_work',
  );
  const removeAllOf = db.prepare(
    'DELETE FROM provisional WHERE visitor = ? RETURNING payload IS NOT NULL AS has_work',
  );
  const listOf = db.prepare(
    `SELECT name, payload IS NULL AND until <= ? AS is_over FROM provisional INDEXED BY provisional_visitor
     WHERE visitor = ? ORDER BY number`,
  );
  const [listDue, listLost] = ['<=', '>'].map((compare) =>
    db.prepare(
      `SELECT name, until, payload FROM provisional INDEXED BY provisional_due
       WHERE payload IS NOT NULL AND environment = ? AND until ${compare} ? ORDER BY until, name LIMIT ?`,
    ),
  ) as [SqlStatement, SqlStatement];
  const listOverdue = db.prepare(
    `SELECT name FROM provisional INDEXED BY provisional_overdue WHERE payload IS NOT NULL AND until <= ?
     ORDER BY until, name LIMIT ?`,
  );
  const postpone = db.prepare('UPDATE provisional SET until = ? WHERE name = ? AND payload IS NOT NULL');
  const forget = db.prepare(
    `DELETE FROM provisional WHERE number IN (SELECT number FROM provisional INDEXED BY provisional_marks
     WHERE payload IS NULL AND until <= ? LIMIT ${sweep})`,
  );
  const kindOf = (hasWork: boolean) => (hasWork ? 'provisional' : 'marks');

  return {
    size: total.get,
    find(name) {
      const found = find.get(name, clock());
      return found && { at: found['at'] as number, offset: found['clock_offset'] as number };
    },
    write(name, visitor, { at, offset, until, work }) {
      const before = findKind.get(name);
      if (before) total.add(kindOf(before['has_work'] === 1), -1);
      total.add(kindOf(work !== undefined), 1);
      const [environment, payload] = work ? [work.environment, JSON.stringify(work)] : [null, null];
      write.run(name, visitor, at, offset, until, environment, payload);
    },
    remove(name) {
      const removed = remove.get(name);
      if (removed) total.add(kindOf(removed['has_work'] === 1), -1);
    },
    removeAllOf(visitor) {
      for (const { has_work: hasWork } of removeAllOf.all(visitor)) total.add(kindOf(hasWork === 1), -1);
    },
    isErased,
    hasWork: (name) => findKind.get(name)?.['has_work'] === 1,
    listOf: (visitor) =>
      listOf
        .all(clock(), visitor)
        .map(({ name, is_over: isOver }) => ({ name: name as string, isOver: isOver === 1 })),
    listDue(environment, now, limit) {
      const due = listDue.all(environment, now, limit);
      const lost = listLost.all(environment, now + FURTHEST_DUE, limit - due.length);
      return [...due, ...lost].map(({ name, until, payload }) => ({
        name: name as string,
        until: until as number,
        work: JSON.parse(payload as string) as Work,
      }));
    },
    listOverdue: (until, limit) => listOverdue.all(until, limit).map(({ name }) => name as string),
    postpone(name, until) {
      postpone.run(until, name);
    },
    forget() {
      const count = forget.change(clock());
      total.add('marks', -count);
      return count;
    },
  };
}
