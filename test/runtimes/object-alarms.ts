/** Alarms of Durable Objects as workerd keeps them in a folder: for a test that does not wait for minutes. No workerd may be running on it. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Where workerd has the time of an alarm, in nanoseconds since 1970: among the objects of a class, by which it calls them, and with the object itself
 * (workerd, `src/workerd/server/alarm-scheduler.c++` and `src/workerd/util/sqlite-metadata.c++`).
 */
const PLACES = [
  ['metadata.sqlite', 'UPDATE _cf_ALARM SET scheduled_time = ?'],
  ['!(metadata).sqlite', 'UPDATE _cf_METADATA SET value = ? WHERE key = 1 AND value IS NOT NULL'],
] as const;

/** Those that are set go off as soon as workerd runs. @returns how many objects of that class have one */
export function bringForward(folder: string, className: string): number {
  const now = BigInt(Date.now()) * 1_000_000n;
  const [known, kept] = PLACES.map(([pattern, update]) => {
    const files = globSync(join(folder, `*${className}`, pattern));
    return files.reduce((sum, file) => {
      const db = new DatabaseSync(file);
      const { changes } = db.prepare(update).run(now);
      db.close();
      return sum + Number(changes);
    }, 0);
  });
  return Math.min(known ?? 0, kept ?? 0);
}
