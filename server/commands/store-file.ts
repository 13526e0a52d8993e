/** The file that holds what the relay remembers, as commands are given it. */
import { statSync } from 'node:fs';
import { webPorts } from '../adapters/web-ports.ts';
import { createSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { UsageError } from './usage.ts';

export const DEFAULT_STORE = './data/relay.db';

/** Makes it where there is none. @throws {StoreError} where it cannot be opened */
export function openStore(file: string): Store {
  return createSqliteStore({ file, clock: webPorts.clock });
}

/** @throws {UsageError} where there is none. @throws {StoreError} where it cannot be opened */
export function openStoreThatIs(file: string): Store {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new UsageError(
      `There is no store ${file}; --store should name the file that parley serve was given.`,
    );
  return openStore(file);
}
