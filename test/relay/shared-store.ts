/** Where several processes of a relay keep what they remember, for who starts and kills them. */
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createRedisStore } from '../../server/store/redis.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';
import { startRedisServer } from '../stores/redis-server.ts';

export interface SharedStore {
  /** As `--store` has it. */
  readonly name: string;
  /** What it keeps on disk, and when: for the figures. */
  readonly persistence: string;
  /** For the accounts, beside the relays. */
  open(): Store;
  /** Kills the server of the store and starts it again on what it left, where it has one. */
  readonly restart?: () => Promise<void>;
  /** Microseconds of CPU since it was started, of the server of the store, where it has one. */
  readonly cpu?: () => Promise<number>;
  close(): Promise<void>;
}

const STORES = {
  sqlite: (folder: string): Promise<SharedStore> => {
    const file = join(folder, 'relay.db');
    return Promise.resolve({
      name: file,
      persistence: 'a write-ahead log, synchronous=FULL',
      open: () => createSqliteStore({ file, clock: Date.now, mustExist: true }),
      close: () => Promise.resolve(),
    });
  },
  redis: async (): Promise<SharedStore> => {
    const server = await startRedisServer();
    return {
      name: server.url,
      persistence: 'Redis with appendonly yes, appendfsync always',
      open: () => createRedisStore({ url: server.url }),
      restart: server.restart,
      cpu: () => cpuOf(server.url),
      close: server.stop,
    };
  },
};

/** By `INFO`'s `used_cpu_user` and `used_cpu_sys`, which are seconds. */
async function cpuOf(url: string): Promise<number> {
  const redis = new Redis(url);
  try {
    const info = await redis.info('cpu');
    const used = [...info.matchAll(/^used_cpu_(?:user|sys):([\d.]+)/gm)];
    return used.reduce((sum, [, seconds]) => sum + Number(seconds) * 1_000_000, 0);
  } finally {
    redis.disconnect();
  }
}

export type SharedStoreName = keyof typeof STORES;

export const SHARED_STORES = Object.keys(STORES) as readonly SharedStoreName[];

/** @throws where there is no such store */
export function readStoreName(name: string): SharedStoreName {
  const store = SHARED_STORES.find((each) => each === name);
  if (store !== undefined) return store;
  throw new Error(`--store is "${name}"; it should be ${SHARED_STORES.join(' or ')}.`);
}

/** Empty, and with what it has on disk in the folder. */
export function createSharedStore(name: SharedStoreName, folder: string): Promise<SharedStore> {
  return STORES[name](folder);
}
