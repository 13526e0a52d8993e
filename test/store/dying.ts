/**
 * A process that opens a store, and is killed where its file has been changed and that is not committed yet, or where it just has been.
 * Run by `sqlite.test.ts`: `dying.ts <file> before|after`.
 */
import { DatabaseSync } from 'node:sqlite';
import { createSqliteStore } from '../../server/store/sqlite.ts';

const [, , file = '', moment] = process.argv;
const die = () => process.kill(process.pid, 'SIGKILL');
const exec = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'exec')?.value as (
  this: DatabaseSync,
  sql: string,
) => void;

DatabaseSync.prototype.exec = function (sql) {
  // Pages that do not fit go into the log before they are committed.
  if (sql === 'BEGIN IMMEDIATE') exec.call(this, 'PRAGMA cache_size = 1');
  if (sql === 'COMMIT' && moment === 'before') die();
  exec.call(this, sql);
  if (sql === 'COMMIT') die();
};

createSqliteStore({ file, clock: Date.now });
