/** Where the relay keeps what it remembers, as commands are given it: a file, or Redis. */
import { statSync } from 'node:fs';
import { webPorts } from '../adapters/web-ports.ts';
import { createRedisStore, type RedisStoreOptions } from '../store/redis.ts';
import type { SqlFile } from '../store/sql-database.ts';
import { createSqliteStore } from '../store/sqlite.ts';
import { openNodeFile } from '../store/sqlite/node.ts';
import { openCounted, type Counted } from '../store/sqlite/reading.ts';
import type { Store } from '../store/store.ts';
import { isOfRedis, redisPartitionsOf, redisUrlOf } from './redis-address.ts';
import { UsageError } from './usage.ts';

export const DEFAULT_STORE = './data/relay.db';

export interface OpenedStore {
  readonly store: Store;
  /** What its settings do not promise, in our words. */
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Makes it where there is none.
 * @param place a file, or Redis: its address, or `redis` for that of REDIS_URL
 * @param settings of the relay, as they were read: a store in Redis is of their organization, and no other's
 * @param warn told, in our words, what befalls it while it is open
 * @throws {UsageError} for a name of SQLite's that is no file. @throws {StoreError} where it cannot be opened
 */
export async function openStore(
  place: string,
  env: Environment,
  settings?: unknown,
  warn?: (problem: string) => void,
): Promise<OpenedStore> {
  if (isOfRedis(place)) {
    const owner = organizationIn(settings);
    return openInRedis(place, env, { mustExist: false, ...(owner && { owner }), ...(warn && { warn }) });
  }
  if (place === '' || place === ':memory:' || place.startsWith('file:'))
    throw new UsageError(
      `--store is "${place}"; it should name a file on disk: what visitors were promised has to outlive the relay.`,
    );
  return { store: createSqliteStore({ file: place, clock: webPorts.clock }), warnings: [] };
}

/**
 * Makes nothing.
 * @throws {UsageError} where there is none. @throws {StoreError} where it cannot be opened
 */
export async function openStoreThatIs(place: string, env: Environment): Promise<Store> {
  if (isOfRedis(place)) return (await openInRedis(place, env, { mustExist: true })).store;
  assertIsThere(place);
  if (isOfSomethingElse(place)) throw new UsageError(`${place} is no store of Parley; ${ADVICE}`);
  return (await openStore(place, env)).store;
}

/**
 * Makes and changes nothing: works beside a relay, and with a backup.
 * @throws {UsageError} where there is none. @throws {StoreError} where it cannot be read
 */
export async function openCountedIn(place: string, env: Environment): Promise<Counted> {
  if (isOfRedis(place)) return (await openInRedis(place, env, { mustExist: true, isReading: true })).store;
  assertIsThere(place);
  return openCounted(place, webPorts.clock);
}

async function openInRedis(
  place: string,
  env: Environment,
  options: Pick<RedisStoreOptions, 'mustExist' | 'isReading' | 'owner' | 'warn'>,
): Promise<OpenedStore> {
  const { REDIS_PREFIX: prefix } = env;
  const partitions = redisPartitionsOf(env);
  const store = createRedisStore({
    url: redisUrlOf(place, env),
    ...options,
    ...(prefix !== undefined && prefix !== '' && { prefix }),
    ...(partitions !== undefined && { partitions }),
  });
  try {
    return { store, warnings: await store.open() };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** @returns `undefined` where there is none: such settings are refused by who reads them */
function organizationIn(settings: unknown): string | undefined {
  if (typeof settings !== 'object' || settings === null || !('organization' in settings)) return undefined;
  return typeof settings.organization === 'string' ? settings.organization : undefined;
}

const ADVICE = '--store should name the store that parley serve was given.';

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
