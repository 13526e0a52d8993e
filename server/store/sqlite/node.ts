/** The SQLite that Node brings, as the store needs it (https://nodejs.org/docs/latest-v24.x/api/sqlite.html). */
import { DatabaseSync } from 'node:sqlite';
import type { SqlCells, SqlFile, SqlRow } from '../sql-database.ts';

export interface OpenSqlFile {
  /** Milliseconds that a statement waits for another process which writes. */
  readonly timeout: number;
  readonly readOnly?: boolean;
}

/** @param file a path, `:memory:`, or a URL with parameters of SQLite */
export function openNodeFile(file: string | URL, options: OpenSqlFile): SqlFile {
  const db = new DatabaseSync(file, options);
  return {
    prepare(sql) {
      const statement = db.prepare(sql);
      return {
        get: (...values) => statement.get(...values) as SqlRow | undefined,
        all: (...values) => statement.all(...values) as SqlRow[],
        run: (...values) => void statement.run(...values),
        change: (...values) => Number(statement.run(...values).changes),
      };
    },
    prepareCells(sql) {
      const statement = db.prepare(sql);
      statement.setReturnArrays(true);
      return {
        get: (...values) => statement.get(...values) as unknown as SqlCells | undefined,
        all: (...values) => statement.all(...values) as unknown as SqlCells[],
      };
    },
    exec: (sql) => db.exec(sql),
    get isTransaction() {
      return db.isTransaction;
    },
    close: () => db.close(),
  };
}
