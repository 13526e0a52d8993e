/** What is deferred, in SQLite. Nothing here begins or ends a transaction. */
import type { Work, WorkKey } from '../../delivery/work.ts';
import { FURTHEST_AHEAD, LONGEST_AHEAD } from '../lines.ts';
import type { SqlDatabase } from '../sql-database.ts';

export const DEFERRED_SCHEMA = `
  CREATE TABLE deferred (
    key TEXT PRIMARY KEY,
    visitor TEXT NOT NULL,
    environment TEXT NOT NULL,
    until REAL NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;
  CREATE INDEX deferred_visitor ON deferred (visitor);
  CREATE INDEX deferred_due ON deferred (until, key);
`;

export function createSqliteDeferred(
  db: SqlDatabase,
  { clock, isErased }: { readonly clock: () => number; readonly isErased: (visitor: string) => boolean },
) {
  const write = db.prepare(
    'INSERT OR REPLACE INTO deferred (key, visitor, environment, until, payload) VALUES (?, ?, ?, ?, ?)',
  );
  const listDue = db.prepare(
    `SELECT key, payload FROM deferred WHERE environment IN (SELECT value FROM json_each(?1))
     AND (until <= ?2 OR until > ?3) ORDER BY until, key LIMIT ?4`,
  );
  const postpone = db.prepare('UPDATE deferred SET until = ? WHERE key = ?');
  const remove = db.prepare('DELETE FROM deferred WHERE key = ?');
  const removeAllOf = db.prepare('DELETE FROM deferred WHERE visitor = ?');

  const ahead = (milliseconds: number) => clock() + Math.min(milliseconds, LONGEST_AHEAD);
  const rowsDue = (environments: readonly string[], limit: number) =>
    listDue.all(JSON.stringify(environments), clock(), clock() + FURTHEST_AHEAD, limit);

  return {
    hold(work: Work, wait: number): void {
      const { key, visitor, environment } = work;
      if (!isErased(visitor)) write.run(key, visitor, environment, ahead(wait), JSON.stringify(work));
    },
    isDue: (environments: readonly string[]): boolean => rowsDue(environments, 1).length > 0,
    claimDue: (environments: readonly string[], limit: number, lease: number): readonly Work[] =>
      rowsDue(environments, limit).map(({ key, payload }) => {
        postpone.run(ahead(lease), key as string);
        return JSON.parse(payload as string) as Work;
      }),
    release(key: WorkKey): void {
      remove.run(key);
    },
    removeAllOf(visitor: string): void {
      removeAllOf.run(visitor);
    },
  };
}
