/** The file that holds what the relay remembers, as commands are given it. */
import { statSync } from 'node:fs';
import { webPorts } from '../adapters/web-ports.ts';
import type { SqlFile } from '../store/sql-database.ts';
import { createSqliteStore } from '../store/sqlite.ts';
import { openNodeFile } from '../store/sqlite-node.ts';
import { openCounted, type Counted } from '../store/sqlite-reading.ts';
import type { Store } from '../store/store.ts';
import { UsageError } from './usage.ts';

export const DEFAULT_STORE = './data/relay.db';

/**
 * Makes it where there is none.
 * @throws {UsageError} for a name of SQLite's that is no file. @throws {StoreError} where it cannot be opened
 */
export function openStore(file: string): Store {
  if (file === '' || file === ':memory:' || file.startsWith('file:'))
    throw new UsageError(
      `--store is "${file}"; it should name a file on disk: what visitors were promised has to outlive the relay.`,
    );
  return createSqliteStore({ file, clock: webPorts.clock });
}

/**
 * Makes nothing.
 * @throws {UsageError} where there is none. @throws {StoreError} where it cannot be opened
 */
export function openStoreThatIs(file: string): Store {
  assertIsThere(file);
  if (isOfSomethingElse(file)) throw new UsageError(`${file} is no store of Parley; ${ADVICE}`);
  return openStore(file);
}

/**
 * Makes and changes nothing: works beside a relay, and with a backup.
 * @throws {UsageError} where there is none. @throws {StoreError} where it cannot be read
 */
export function openCountedIn(file: string): Counted {
  assertIsThere(file);
  return openCounted(file, webPorts.clock);
}

const ADVICE = '--store should name the file that parley serve was given.';

function assertIsThere(file: string): void {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new UsageError(`There is no store ${file}; ${ADVICE}`);
}

/** An empty file, and the database of another program: looked at without writing, as opening a store does. */
function isOfSomethingElse(file: string): boolean {
  let db: SqlFile | undefined;
  try {
    db = openNodeFile(file, { timeout: 0, readOnly: true });
    return db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'dead_letters'").get() === undefined;
  } catch {
    // No database, damaged, or held by another process: who opens it says so.
    return false;
  } finally {
    db?.close();
  }
}
