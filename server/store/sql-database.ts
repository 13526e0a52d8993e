/**
 * SQLite as the tables of the store need it: the port. Each engine that embeds SQLite has a driver; the tables and what is asked of them are
 * the same. All of it is synchronous, and nothing here begins or ends a transaction: that is how engines differ most.
 */

/** What is bound. A whole number may be bound as a fraction: the columns that take whole numbers alone make it whole again. */
export type SqlInput = string | number | null | Uint8Array;

/** What is read of the columns that the tables have. Blobs are compared, and never read. */
export type SqlOutput = string | number | null;

/** A row with the names of its columns. */
export type SqlRow = Readonly<Record<string, SqlOutput>>;

/** The same without names, in the order of the columns: it is made in half the time. */
export type SqlCells = readonly SqlOutput[];

/** Each throws as the engine does. Values are those of `?`, in their order, or of `?1`, `?2` …, by number. */
export interface SqlStatement {
  /** The first row, or `undefined`. */
  get(...values: readonly SqlInput[]): SqlRow | undefined;
  all(...values: readonly SqlInput[]): readonly SqlRow[];
  run(...values: readonly SqlInput[]): void;
  /** As `run`. @returns how many rows it wrote or deleted itself: what triggers did is not among them */
  change(...values: readonly SqlInput[]): number;
}

/** A query, read as cells. */
export interface SqlCellsQuery {
  get(...values: readonly SqlInput[]): SqlCells | undefined;
  all(...values: readonly SqlInput[]): readonly SqlCells[];
}

export interface SqlDatabase {
  prepare(sql: string): SqlStatement;
  prepareCells(sql: string): SqlCellsQuery;
  /** One statement or several, without values. */
  exec(sql: string): void;
}

/** A database in a file, or in memory, of which the store itself begins and ends the transactions, with statements. */
export interface SqlFile extends SqlDatabase {
  /** Whether one has begun and not ended. */
  readonly isTransaction: boolean;
  close(): void;
}
