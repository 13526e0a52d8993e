/** How much of what is unsettled is whose, in SQLite: each environment and each visitor has a share. Nothing here begins or ends a transaction. */
import type { SqlDatabase } from '../sql-database.ts';
import type { Backlog } from '../store.ts';

/**
 * By triggers, and not by who writes: a relay of the version before, which has the file open too, knows nothing of it, and to count the rows
 * anew for each that comes would take longer the more there are.
 */
export const SHARES_SCHEMA = `
  CREATE TABLE work_shares (environment TEXT PRIMARY KEY, unsettled INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO work_shares SELECT environment, count(*) FROM work GROUP BY environment;
  CREATE TRIGGER work_added AFTER INSERT ON work BEGIN
    INSERT INTO work_shares VALUES (new.environment, 1)
      ON CONFLICT (environment) DO UPDATE SET unsettled = unsettled + 1;
  END;
  CREATE TRIGGER work_removed AFTER DELETE ON work BEGIN
    UPDATE work_shares SET unsettled = unsettled - 1 WHERE environment = old.environment;
  END;
`;

/**
 * Of the first of each line it is known without reading the row how long it has waited: rows are of 2 kB, and a spool of days has a hundred
 * thousand of them.
 */
export const BACKLOG_SCHEMA = `
  DROP INDEX work_heads;
  CREATE INDEX work_heads ON work (environment, until, received_at) WHERE is_head = 1;
`;

export interface SqliteShares {
  ofEnvironment: (environment: string) => number;
  /** Whether a visitor has so many, one at least. */
  hasSoMany: (visitor: string, count: number) => boolean;
  backlogs: () => readonly Backlog[];
}

export function createSqliteShares(db: SqlDatabase): SqliteShares {
  const readShare = db.prepare('SELECT unsettled FROM work_shares WHERE environment = ?');
  const findLast = db.prepare('SELECT 1 FROM work INDEXED BY work_line WHERE visitor = ? LIMIT 1 OFFSET ?');
  const listBacklogs = db.prepare(
    `SELECT environment, sum(unsettled) AS unsettled, sum(erasures) AS erasures,
     (SELECT min(received_at) FROM work INDEXED BY work_heads WHERE is_head = 1 AND environment = each.environment) AS oldest
     FROM (SELECT environment, unsettled, 0 AS erasures FROM work_shares
       UNION ALL SELECT environment, 0, count(*) FROM erasures GROUP BY environment) AS each
     GROUP BY environment HAVING sum(unsettled) + sum(erasures) > 0 ORDER BY environment`,
  );
  return {
    ofEnvironment: (environment) => (readShare.get(environment)?.['unsettled'] as number | undefined) ?? 0,
    hasSoMany: (visitor, count) => findLast.get(visitor, count - 1) !== undefined,
    backlogs: () =>
      listBacklogs.all().map(({ environment, unsettled, oldest, erasures }) => ({
        environment: environment as string,
        unsettled: unsettled as number,
        oldest: (oldest as number | null) ?? undefined,
        erasures: erasures as number,
      })),
  };
}
