/** The storage of a Durable Object over the SQLite that Node brings: for what is tested without workerd. */
import { DatabaseSync } from 'node:sqlite';
import type { ShardStorage } from '../../server/adapters/workers/shard.ts';
import type { SqlInput, SqlRow } from '../../server/store/sql-database.ts';

export interface ObjectStorage extends ShardStorage {
  /** Milliseconds since 1970. */
  readonly alarm: () => number | undefined;
}

/** @param db of the lives of the object that there were before */
export function createObjectStorage(db = new DatabaseSync(':memory:')): ObjectStorage {
  let alarm: number | undefined;

  const rowsOf = (query: string, values: readonly SqlInput[]): readonly SqlRow[] => {
    if (values.length > 0) return db.prepare(query).all(...values) as SqlRow[];
    // There may be several statements, of which only the last has rows.
    if (/^SELECT/i.test(query)) return db.prepare(query).all() as SqlRow[];
    db.exec(query);
    return [];
  };

  return {
    sql: {
      exec(query, ...values) {
        const rows = rowsOf(query, values);
        return { toArray: () => rows, raw: () => rows.map((row) => Object.values(row)) };
      },
    },
    transactionSync(run) {
      db.exec('BEGIN');
      try {
        const answer = run();
        db.exec('COMMIT');
        return answer;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    async setAlarm(time) {
      alarm = time;
    },
    alarm: () => alarm,
  };
}
