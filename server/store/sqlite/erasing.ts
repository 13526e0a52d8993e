/** Visitors who are erased, and what is left to do elsewhere about them, in SQLite. Nothing here begins or ends a transaction. */
import { createHash } from 'node:crypto';
import type { Erasure } from '../../delivery/erasure.ts';
import { FURTHEST_DUE } from '../provisional.ts';
import type { SqlDatabase } from '../sql-database.ts';
import type { Erasures, LeftToErase } from '../store.ts';

/**
 * A tombstone has a hash and no id: who has the file cannot tell by it whose profile at Braze it was. Ids are drawn at random, with 122
 * bits: nobody finds one by trying. Until what is left is done, its row has the id, by which the profile is found.
 *
 * Of values whose owner was told by their names alone, in a file of schema 2, the names are read once.
 */
export const ERASING_SCHEMA = `
  CREATE TABLE tombstones (visitor_hash BLOB PRIMARY KEY, expires REAL NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX tombstones_expiry ON tombstones (expires);
  CREATE TABLE erasures (
    visitor TEXT PRIMARY KEY,
    environment TEXT NOT NULL,
    until REAL NOT NULL,
    attempts INTEGER NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;
  ALTER TABLE named_values ADD COLUMN visitor TEXT;
  UPDATE named_values SET visitor = substr(name, 9 + instr(substr(name, 9), '/')) WHERE name GLOB 'changes/*/*';
  UPDATE named_values SET visitor = json_extract(value, '$') WHERE name GLOB 'entry/*/visitor';
  CREATE INDEX named_values_visitor ON named_values (visitor) WHERE visitor IS NOT NULL;
`;

/** Tombstones that are forgotten at a time. */
const SWEEP = 100;

export function createSqliteErasing(db: SqlDatabase, clock: () => number) {
  const findTombstone = db.prepare('SELECT 1 FROM tombstones WHERE visitor_hash = ? AND expires > ?');
  const writeTombstone = db.prepare(
    'INSERT OR REPLACE INTO tombstones (visitor_hash, expires) VALUES (?, ?)',
  );
  const forget = db.prepare(
    `DELETE FROM tombstones WHERE visitor_hash IN (SELECT visitor_hash FROM tombstones INDEXED BY tombstones_expiry
     WHERE expires <= ? LIMIT ${SWEEP})`,
  );
  const removals = [
    // A key begins with its visitor's id and a slash; the next character after that is 0.
    `DELETE FROM settlements WHERE key >= ?1 || '/' AND key < ?1 || '0'`,
    'DELETE FROM named_values INDEXED BY named_values_visitor WHERE visitor = ?1',
  ].map((sql) => db.prepare(sql));
  const removeWork = db.prepare('DELETE FROM work WHERE visitor = ? RETURNING is_promised');
  const removeLetters = db.prepare(`DELETE FROM dead_letters WHERE key >= ?1 || '/' AND key < ?1 || '0'`);

  const write = db.prepare(
    'INSERT OR REPLACE INTO erasures (visitor, environment, until, attempts, payload) VALUES (?, ?, ?, 0, ?)',
  );
  // There are few: who looks through all of them is done sooner than an index is written.
  const listDue = db.prepare(
    `SELECT visitor, attempts, payload FROM erasures WHERE environment IN (SELECT value FROM json_each(?1))
     AND (until <= ?2 OR until > ?3) ORDER BY until, visitor LIMIT ?4`,
  );
  const listOverdue = db.prepare(
    `SELECT visitor, payload FROM erasures WHERE environment IN (SELECT value FROM json_each(?1))
     AND until <= ?2 ORDER BY until, visitor LIMIT ?3`,
  );
  const claim = db.prepare('UPDATE erasures SET until = ?, attempts = attempts + 1 WHERE visitor = ?');
  const postpone = db.prepare('UPDATE erasures SET until = ? WHERE visitor = ?');
  const release = db.prepare('DELETE FROM erasures WHERE visitor = ?');

  const isErased = (visitor: string): boolean => findTombstone.get(hashOf(visitor), clock()) !== undefined;
  const rowsDue = (environments: readonly string[], limit: number) =>
    listDue.all(JSON.stringify(environments), clock(), clock() + FURTHEST_DUE, limit);
  const rowsOverdue = (environments: readonly string[], age: number, limit: number) =>
    listOverdue.all(JSON.stringify(environments), clock() - age, limit);

  return {
    isErased,
    /** @returns how many of each kind were taken out, of those that are counted */
    erase(visitor: string, life: number, left: LeftToErase | undefined) {
      for (const removal of removals) removal.run(visitor);
      const works = removeWork.all(visitor);
      const deadLetters = removeLetters.change(visitor);
      writeTombstone.run(hashOf(visitor), clock() + life);
      if (left) {
        const { erasure, wait } = left;
        write.run(visitor, erasure.environment, clock() + wait, JSON.stringify(erasure));
      }
      const promised = works.filter(({ is_promised: isPromised }) => isPromised === 1).length;
      return { unsettled: works.length, promised, deadLetters };
    },
    isDue: (environments: readonly string[]): boolean => rowsDue(environments, 1).length > 0,
    claimDue(
      environments: readonly string[],
      limit: number,
      lease: number,
    ): Awaited<ReturnType<Erasures['claimDue']>> {
      return rowsDue(environments, limit).map(({ visitor, attempts, payload }) => {
        claim.run(clock() + lease, visitor as string);
        return {
          erasure: JSON.parse(payload as string) as Erasure,
          attempts: (attempts as number) + 1,
        };
      });
    },
    postpone(visitor: string, wait: number): void {
      postpone.run(clock() + wait, visitor);
    },
    /** @returns whether there was one */
    release: (visitor: string): boolean => release.change(visitor) > 0,
    /** Whether `expire` would find anything. */
    isOverdue: (environments: readonly string[], age: number): boolean =>
      rowsOverdue(environments, age, 1).length > 0,
    expire: (environments: readonly string[], age: number, limit: number): readonly Erasure[] =>
      rowsOverdue(environments, age, limit).map(({ visitor, payload }) => {
        release.run(visitor as string);
        return JSON.parse(payload as string) as Erasure;
      }),
    /** @returns how many tombstones were forgotten */
    forget: (): number => forget.change(clock()),
  };
}

const hashOf = (visitor: string): Uint8Array => createHash('sha256').update(visitor).digest();
