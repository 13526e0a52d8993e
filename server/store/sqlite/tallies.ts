/** What is counted of where people leave, in SQLite. Nothing here begins or ends a transaction. */
import type { SqlDatabase } from '../sql-database.ts';
import type { Tallied, Tally, TallyPlace } from '../store.ts';

/** `origin` is empty where a node was not come to from another. A day is a number of days since 1970, UTC. */
export const TALLIES_SCHEMA = `
  CREATE TABLE tallies (
    environment TEXT NOT NULL,
    flow TEXT NOT NULL,
    revision TEXT NOT NULL,
    node TEXT NOT NULL,
    type TEXT NOT NULL,
    origin TEXT NOT NULL,
    day INTEGER NOT NULL,
    expires REAL NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (environment, flow, revision, node, type, origin, day)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tallies_expiry ON tallies (expires);
`;

export function createSqliteTallies(db: SqlDatabase, clock: () => number, sweep: number) {
  const write = db.prepare(
    `INSERT INTO tallies (environment, flow, revision, node, type, origin, day, expires, count)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)
     ON CONFLICT DO UPDATE SET count = count + 1, expires = excluded.expires`,
  );
  const forget = db.prepare(
    `DELETE FROM tallies WHERE (environment, flow, revision, node, type, origin, day) IN
     (SELECT environment, flow, revision, node, type, origin, day FROM tallies INDEXED BY tallies_expiry
     WHERE expires <= ? LIMIT ${sweep})`,
  );

  return {
    add: (
      { environment, flow, revision, node, type, from = '' }: TallyPlace,
      day: number,
      expires: number,
    ) => {
      write.run(environment, flow, revision, node, type, from, day, expires);
    },
    ...createTallyReads(db, clock),
    /** @returns how many were forgotten */
    forget: (): number => forget.change(clock()),
  };
}

/** Without the means to write: also of a file that is read alone. */
export function createTallyReads(db: SqlDatabase, clock: () => number) {
  const list = db.prepare(
    `SELECT environment, flow, revision, min(day) AS first, max(day) AS last FROM tallies WHERE expires > ?
     GROUP BY environment, flow, revision ORDER BY last DESC, flow, environment, revision`,
  );
  const find = db.prepare(
    `SELECT node, type, origin, sum(count) AS count FROM tallies
     WHERE environment = ? AND flow = ? AND revision = ? AND expires > ? GROUP BY node, type, origin`,
  );

  return {
    list: (): readonly Tallied[] =>
      list.all(clock()).map(({ environment, flow, revision, first, last }) => ({
        environment: environment as string,
        flow: flow as string,
        revision: revision as string,
        first: first as number,
        last: last as number,
      })),
    find: (environment: string, flow: string, revision: string): readonly Tally[] =>
      find.all(environment, flow, revision, clock()).map(({ node, type, origin, count }) => ({
        node: node as string,
        type: type as Tally['type'],
        ...(origin !== '' && { from: origin as string }),
        count: count as number,
      })),
  };
}
