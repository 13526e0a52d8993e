/** The tables of the store in SQLite, and what is asked of them. Nothing here begins or ends a transaction. */
import { waitsSince, type Settlement, type Work, type WorkKey } from '../../delivery/work.ts';
import { isSame, type Json } from '../json.ts';
import { FURTHEST_AHEAD, retriedRow, type Row, type Rows, type RowState } from '../lines.ts';
import { createProvisional } from '../provisional.ts';
import type { SqlCells, SqlCellsQuery, SqlDatabase, SqlRow } from '../sql-database.ts';
import { createSqliteDeferred, DEFERRED_SCHEMA } from './deferred.ts';
import { createSqliteErasing, ERASING_SCHEMA } from './erasing.ts';
import { createSqliteEntries, PROVISIONAL_SCHEMA } from './provisional.ts';
import { BACKLOG_SCHEMA, createSqliteShares, SHARES_SCHEMA } from './shares.ts';
import { createSqliteTallies, TALLIES_SCHEMA } from './tallies.ts';
import type { DeadLetter, LeaveToErase, StoreStats } from '../store.ts';
import { createTallying } from '../tallying.ts';

/**
 * Times are REAL: SQLite keeps a whole number as an integer all the same, and takes a fraction and infinity too.
 *
 * `is_head` marks the first of each line, so that a claim need not step over what waits behind it. The indexes but the first two
 * are partial: work that goes straight through is in `work_heads` and, while a request carries it, in `work_sent`.
 */
const FIRST_SCHEMA = `
  CREATE TABLE work (
    place INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    visitor TEXT NOT NULL,
    environment TEXT NOT NULL,
    state TEXT NOT NULL,
    holder TEXT NOT NULL,
    until REAL NOT NULL,
    attempts INTEGER NOT NULL,
    is_promised INTEGER NOT NULL,
    is_in_doubt INTEGER NOT NULL,
    is_head INTEGER NOT NULL,
    received_at REAL NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX work_line ON work (visitor, place);
  CREATE INDEX work_heads ON work (environment, until) WHERE is_head = 1;
  CREATE INDEX work_sent ON work (visitor) WHERE state = 'sent';
  CREATE INDEX work_promised ON work (visitor) WHERE is_promised = 1;
  CREATE INDEX work_oldest ON work (received_at) WHERE is_promised = 1;

  CREATE TABLE settlements (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    expires REAL NOT NULL,
    settlement TEXT NOT NULL
  ) STRICT;

  CREATE TABLE dead_letters (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    at REAL NOT NULL,
    reason TEXT NOT NULL,
    words TEXT,
    is_in_doubt INTEGER NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;

  CREATE TABLE counts (
    name TEXT NOT NULL,
    length REAL NOT NULL,
    expires REAL NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (name, length)
  ) STRICT;
  CREATE INDEX counts_expiry ON counts (expires);

  CREATE TABLE named_values (
    name TEXT PRIMARY KEY,
    expires REAL NOT NULL,
    value TEXT NOT NULL
  ) STRICT;
  CREATE INDEX named_values_expiry ON named_values (expires);

  CREATE TABLE totals (
    unsettled INTEGER NOT NULL,
    promised INTEGER NOT NULL,
    dead_letters INTEGER NOT NULL,
    in_doubt INTEGER NOT NULL
  ) STRICT;
  INSERT INTO totals VALUES (0, 0, 0, 0);
`;

/**
 * What makes each version of the file of the one before; the first of an empty file. A relay of the version before that has the file
 * open goes on with it.
 */
const STEPS = [
  FIRST_SCHEMA,
  `ALTER TABLE totals ADD COLUMN provisional INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE totals ADD COLUMN marks INTEGER NOT NULL DEFAULT 0; ${PROVISIONAL_SCHEMA}`,
  ERASING_SCHEMA,
  DEFERRED_SCHEMA,
  SHARES_SCHEMA,
  BACKLOG_SCHEMA,
  TALLIES_SCHEMA,
];

/** Of the tables. Newer ones are refused. */
export const SCHEMA_VERSION = STEPS.length;

/** What tables of that version lack; of version 0 all. */
export const schemaFrom = (version: number): string => STEPS.slice(version).join('');

/** Rows of each table that one transaction forgets at most. It writes fewer new ones than this for each that it answers. */
const SWEEP = 100;

const ROW =
  'place, key, visitor, environment, received_at, state, holder, until, attempts, is_promised, is_in_doubt';

export function createSqliteRows(db: SqlDatabase, clock: () => number) {
  const prepare = (sql: string) => db.prepare(sql);

  const totals = { unsettled: 0, promised: 0, deadLetters: 0, inDoubt: 0, provisional: 0, marks: 0 };
  let isCounted = true;
  const addTo = (name: keyof typeof totals, count: number) => {
    totals[name] += count;
    isCounted &&= count === 0;
  };
  const readTotals = prepare(
    'SELECT unsettled, promised, dead_letters, in_doubt, provisional, marks FROM totals',
  );
  const readStats = prepare(
    `SELECT *, (SELECT count(*) FROM erasures) AS erasures,
     (SELECT count(*) FROM deferred) AS deferred, (SELECT min(received_at) FROM work INDEXED BY work_oldest WHERE is_promised = 1) AS oldest FROM totals`,
  );
  const writeTotals = prepare(
    'UPDATE totals SET unsettled = ?, promised = ?, dead_letters = ?, in_doubt = ?, provisional = ?, marks = ?',
  );

  const findRow = db.prepareCells(`SELECT ${ROW} FROM work WHERE key = ?`);
  const insertRow = prepare(
    `INSERT INTO work (key, visitor, environment, state, holder, until, attempts, is_promised, is_in_doubt, received_at,
     payload, is_head) VALUES (?1, ?2, ?, ?, ?, ?, ?, ?, ?, ?, ?,
     NOT EXISTS (SELECT 1 FROM work INDEXED BY work_line WHERE visitor = ?2))`,
  );
  const updateRow = prepare(
    `UPDATE work SET state = ?, holder = ?, until = ?, attempts = ?, is_promised = ?, is_in_doubt = ? WHERE place = ?`,
  );
  const updatePayload = prepare('UPDATE work SET payload = ? WHERE place = ?');
  const deleteRow = prepare('DELETE FROM work WHERE place = ?');
  const markHead = prepare(
    `UPDATE work SET is_head = 1 WHERE place =
     (SELECT place FROM work INDEXED BY work_line WHERE visitor = ? ORDER BY place LIMIT 1) AND is_head = 0`,
  );
  const readPayload = prepare('SELECT payload FROM work WHERE place = ?');
  const findPromised = prepare(
    'SELECT 1 FROM work INDEXED BY work_promised WHERE visitor = ? AND place < ? AND is_promised = 1 LIMIT 1',
  );
  const findSpooled = prepare(
    `SELECT 1 FROM work INDEXED BY work_promised WHERE visitor = ? AND place < ? AND is_promised = 1
     AND state = 'spooled' LIMIT 1`,
  );
  const listSent = prepare(
    `SELECT key, until FROM work INDEXED BY work_sent WHERE visitor = ? AND state = 'sent'`,
  );
  const findBefore = prepare(
    'SELECT place, until FROM work INDEXED BY work_line WHERE visitor = ? AND place < ? ORDER BY place DESC LIMIT 1',
  );
  const [listDueHeads, listLostHeads] = ['<=', '>'].map((compare) =>
    db.prepareCells(
      `SELECT ${ROW} FROM work INDEXED BY work_heads WHERE is_head = 1 AND environment = ? AND until ${compare} ?
       AND received_at <= ? AND holder <> ? ORDER BY until, received_at, place LIMIT ?`,
    ),
  ) as [SqlCellsQuery, SqlCellsQuery];
  const listLine = db.prepareCells(
    `SELECT ${ROW} FROM work INDEXED BY work_line WHERE visitor = ? AND place >= ? ORDER BY place LIMIT ?`,
  );
  const findSettlement = prepare('SELECT settlement FROM settlements WHERE key = ? AND expires > ?');
  const insertSettlement = prepare(
    'INSERT OR REPLACE INTO settlements (key, expires, settlement) VALUES (?, ?, ?)',
  );
  const deleteSettlement = prepare('DELETE FROM settlements WHERE key = ?');

  const findLetter = prepare('SELECT * FROM dead_letters WHERE key = ?');
  const listLetters = prepare(
    `SELECT * FROM dead_letters WHERE number > coalesce((SELECT number FROM dead_letters WHERE key = ?), 0)
     ORDER BY number LIMIT ?`,
  );
  const insertLetter = prepare(
    'INSERT INTO dead_letters (key, at, reason, words, is_in_doubt, payload) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const deleteLetter = prepare('DELETE FROM dead_letters WHERE key = ?');
  // Numbers rise with the times of death.
  const findOldestLetter = prepare('SELECT at FROM dead_letters ORDER BY number LIMIT 1');
  const expireLetters = prepare(
    `DELETE FROM dead_letters WHERE at <= ?
     AND number IN (SELECT number FROM dead_letters ORDER BY number LIMIT ?)`,
  );

  const addToCount = prepare(
    'UPDATE counts SET count = count + ? WHERE name = ? AND length = ? AND expires = ? RETURNING count',
  );
  const startCount = prepare(
    'INSERT OR REPLACE INTO counts (name, length, expires, count) VALUES (?, ?, ?, ?)',
  );
  const valueOf = createSqliteValues(db, clock);
  const writeValue = prepare(
    'INSERT OR REPLACE INTO named_values (name, expires, value, visitor) VALUES (?, ?, ?, ?)',
  );
  const deleteValue = prepare('DELETE FROM named_values WHERE name = ?');

  const sweeps = [
    // In the order in which they were written, which is that of their ends: no index is needed.
    `DELETE FROM settlements WHERE expires <= ?
     AND number IN (SELECT number FROM settlements ORDER BY number LIMIT ${SWEEP})`,
    ...['counts', 'named_values'].map(
      (table) =>
        `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE expires <= ? LIMIT ${SWEEP})`,
    ),
  ].map(prepare);

  // Each reads an index alone, or a table of few rows.
  const findNextDue = prepare(
    `SELECT min(due) AS due FROM (
     SELECT min(until) AS due FROM work WHERE is_head = 1
     UNION ALL SELECT min(until) FROM provisional WHERE payload IS NOT NULL
     UNION ALL SELECT min(until) FROM deferred
     UNION ALL SELECT min(until) FROM erasures)`,
  );

  const erasing = createSqliteErasing(db, clock);
  const shares = createSqliteShares(db);

  const rows: Rows = {
    fullShare({ environment, visitor }, limit, ofVisitor) {
      // Nobody has more than all have: mostly neither need be looked at.
      if (totals.unsettled >= limit && shares.ofEnvironment(environment) >= limit) return 'environment';
      return totals.unsettled >= ofVisitor && shares.hasSoMany(visitor, ofVisitor) ? 'visitor' : undefined;
    },
    find: (key) => rowOf(findRow.get(key)),
    insert(work, state) {
      const { key, visitor, environment } = work;
      const payload = JSON.stringify(work);
      insertRow.run(key, visitor, environment, ...cellsOf(state), waitsSince(work), payload);
      addTo('unsettled', 1);
      addTo('promised', Number(state.isPromised));
    },
    update(row, state, work) {
      updateRow.run(...cellsOf(state), row.place);
      if (work) updatePayload.run(JSON.stringify(work), row.place);
      addTo('promised', Number(state.isPromised) - Number(row.isPromised));
    },
    remove(row) {
      deleteRow.run(row.place);
      markHead.run(row.visitor);
      addTo('unsettled', -1);
      addTo('promised', -Number(row.isPromised));
    },
    settle(row, settlement, life, dead) {
      const { key } = row;
      if (dead) {
        const payload = dead.work ? JSON.stringify(dead.work) : payloadTextOf(row);
        addTo('deadLetters', 1 - deleteLetter.change(key));
        const words = dead.words ?? null;
        insertLetter.run(key, clock(), dead.reason, words, Number(settlement.isInDoubt), payload);
      }
      rows.remove(row);
      insertSettlement.run(key, clock() + life, JSON.stringify(settlement));
      addTo('inDoubt', Number(settlement.isInDoubt));
    },
    findSettlement(key) {
      const found = findSettlement.get(key, clock());
      return found && (JSON.parse(found['settlement'] as string) as Settlement);
    },
    payloadOf: (row) => JSON.parse(payloadTextOf(row)) as Work,
    isErased: erasing.isErased,
    // Mostly nothing is promised: then nobody need look.
    hasPromised: (visitor, before = Infinity) =>
      totals.promised > 0 && findPromised.get(visitor, before) !== undefined,
    hasSpooled: (visitor, before) => totals.promised > 0 && findSpooled.get(visitor, before) !== undefined,
    listSent: (visitor) =>
      listSent.all(visitor).map(({ key, until }) => ({ key: key as string, until: until as number })),
    before({ visitor, place }) {
      const found = findBefore.get(visitor, place);
      return found && { visitor, place: found['place'] as number, until: found['until'] as number };
    },
    listHeads(environment, now, holder, limit, since) {
      const due = listDueHeads.all(environment, now, since, holder, limit);
      const lost = listLostHeads.all(environment, now + FURTHEST_AHEAD, since, holder, limit - due.length);
      return [...due, ...lost].flatMap((cells) => rowOf(cells) ?? []);
    },
    listLine: ({ visitor, place }, limit) =>
      listLine.all(visitor, place, limit).flatMap((cells) => rowOf(cells) ?? []),
  };

  const entries = createSqliteEntries(db, {
    clock,
    isErased: erasing.isErased,
    total: { get: () => totals.provisional + totals.marks, add: addTo },
    sweep: SWEEP,
  });

  const deferred = createSqliteDeferred(db, { clock, isErased: erasing.isErased });

  const tallies = createSqliteTallies(db, clock, SWEEP);
  const putValue = (name: string, value: Json, life: number, visitor: string | null) => {
    writeValue.run(name, clock() + life, JSON.stringify(value), visitor);
  };
  const { isErased } = erasing;
  const tallying = createTallying({ isErased, get: valueOf, put: putValue, add: tallies.add }, clock);

  return {
    rows,
    provisional: createProvisional(entries, clock),
    isProvisional: (name: string): boolean => entries.hasWork(name),
    /** Whether `claimDue` would find anything. */
    isProvisionalDue: (environments: readonly string[]): boolean =>
      environments.some((environment) => entries.listDue(environment, clock(), 1).length > 0),
    /** Whether `expire` would find anything. */
    isProvisionalOverdue: (age: number): boolean => entries.listOverdue(clock() - age, 1).length > 0,

    count(name: string, window: number, amount: number): number {
      const expires = (Math.floor(clock() / window) + 1) * window;
      const found = addToCount.get(amount, name, window, expires);
      if (found) return found['count'] as number;
      startCount.run(name, window, expires, amount);
      return amount;
    },
    get: valueOf,
    put(name: string, value: Json | undefined, life: number, visitor?: string): void {
      if (visitor !== undefined && erasing.isErased(visitor)) return;
      if (value === undefined) deleteValue.run(name);
      else putValue(name, value, life, visitor ?? null);
    },
    replace(name: string, before: Json | undefined, value: Json, life: number, visitor: string): boolean {
      if (erasing.isErased(visitor)) return true;
      if (!isSame(valueOf(name), before)) return false;
      putValue(name, value, life, visitor);
      return true;
    },

    erase(visitor: string, life: number, leave: LeaveToErase | undefined): boolean {
      if (erasing.isErased(visitor)) return false;
      const left = leave?.by(leave.names.map(valueOf));
      entries.removeAllOf(visitor);
      deferred.removeAllOf(visitor);
      const { unsettled, promised, deadLetters } = erasing.erase(visitor, life, left);
      addTo('unsettled', -unsettled);
      addTo('promised', -promised);
      addTo('deadLetters', -deadLetters);
      return true;
    },
    isErased: erasing.isErased,
    erasures: erasing,
    deferred,
    tallies: { ...tallies, add: tallying.add },
    backlogs: shares.backlogs,

    listLetters: (limit: number, after: WorkKey | undefined): readonly DeadLetter[] =>
      listLetters.all(after ?? null, limit).map(letterOf),
    findLetter(key: WorkKey): DeadLetter | undefined {
      const found = findLetter.get(key);
      return found && letterOf(found);
    },
    retryLetter(key: WorkKey): boolean {
      const found = findLetter.get(key);
      if (!found) return false;
      dropLetter(key);
      deleteSettlement.run(key);
      const { work } = letterOf(found);
      if (!rows.find(key))
        rows.insert({ ...work, retriedAt: clock() }, retriedRow(work, found['is_in_doubt'] === 1, clock()));
      return true;
    },
    dropLetter,
    /** Whether `expireLetters` would find anything. */
    isLetterOver: (age: number): boolean => {
      const oldest = findOldestLetter.get();
      return oldest !== undefined && (oldest['at'] as number) <= clock() - age;
    },
    expireLetters(age: number, limit: number): number {
      const expired = expireLetters.change(clock() - age, limit);
      addTo('deadLetters', -expired);
      return expired;
    },

    stats(): StoreStats {
      const found = readStats.get() as Record<string, number | null>;
      return {
        unsettled: found['unsettled'] as number,
        spooled: found['promised'] as number,
        oldest: found['oldest'] ?? undefined,
        deadLetters: found['dead_letters'] as number,
        provisional: found['provisional'] as number,
        marks: found['marks'] as number,
        inDoubt: found['in_doubt'] as number,
        erasures: found['erasures'] as number,
        deferred: found['deferred'] as number,
      };
    },

    /** When something is due first, or free of who holds it: milliseconds since 1970; `undefined` where there is nothing. */
    nextDue: (): number | undefined => (findNextDue.get()?.['due'] as number | null | undefined) ?? undefined,

    /** First thing in a transaction. */
    load(): void {
      const found = readTotals.get() as Record<string, number>;
      totals.unsettled = found['unsettled'] as number;
      totals.promised = found['promised'] as number;
      totals.deadLetters = found['dead_letters'] as number;
      totals.inDoubt = found['in_doubt'] as number;
      totals.provisional = found['provisional'] as number;
      totals.marks = found['marks'] as number;
      isCounted = true;
    },
    /** Last thing in a transaction. */
    save(): void {
      const { unsettled, promised, deadLetters, inDoubt, provisional, marks } = totals;
      if (!isCounted) writeTotals.run(unsettled, promised, deadLetters, inDoubt, provisional, marks);
    },
    /** Forgets some of what is over. @returns whether there may be more */
    sweep: (): boolean =>
      [
        ...sweeps.map((step) => step.change(clock())),
        entries.forget(),
        erasing.forget(),
        tallies.forget(),
      ].filter((changes) => changes === SWEEP).length > 0,
  };

  function payloadTextOf({ place }: Row): string {
    return readPayload.get(place)?.['payload'] as string;
  }

  function dropLetter(key: WorkKey): boolean {
    const dropped = deleteLetter.change(key);
    addTo('deadLetters', -dropped);
    return dropped > 0;
  }
}

/** @returns what has a name, as long as it lives */
export function createSqliteValues(db: SqlDatabase, clock: () => number) {
  const read = db.prepare('SELECT value FROM named_values WHERE name = ? AND expires > ?');
  return (name: string): Json | undefined => {
    const found = read.get(name, clock());
    return found && (JSON.parse(found['value'] as string) as Json);
  };
}

const cellsOf = ({ state, holder, until, attempts, isPromised, isInDoubt }: RowState) =>
  [state, holder, until, attempts, Number(isPromised), Number(isInDoubt)] as const;

/** @param cells in the order of `ROW`: a list is made in half the time of an object with names */
function rowOf(cells: SqlCells | undefined): Row | undefined {
  if (cells === undefined) return undefined;
  const [place, key, visitor, environment, since, state, holder, until, attempts, isPromised, isInDoubt] =
    cells as readonly [
      number,
      string,
      string,
      string,
      number,
      Row['state'],
      string,
      number,
      number,
      number,
      number,
    ];
  return {
    place,
    key,
    visitor,
    environment,
    since,
    state,
    holder,
    until,
    attempts,
    isPromised: isPromised === 1,
    isInDoubt: isInDoubt === 1,
  };
}

const letterOf = (cells: SqlRow): DeadLetter => ({
  work: JSON.parse(cells['payload'] as string) as Work,
  reason: cells['reason'] as string,
  ...(cells['words'] !== null && { words: cells['words'] as string }),
  at: cells['at'] as number,
});
