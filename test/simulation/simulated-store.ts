/** The store of a simulated relay. What another process keeps is waited for in real time: no time of the world passes meanwhile. */
import { createDurableObjectStore } from '../../server/store/durable-object.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { createRedisStore } from '../../server/store/redis.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';
import { createObjectStorage } from '../server/object-storage.ts';
import { startRedisServer } from '../stores/redis-server.ts';
import type { StoreKind } from './schedule.ts';
import type { Timeline } from './timeline.ts';

type Open = (clock: () => number, timeline: Timeline) => Store;

const OPENERS: Readonly<Record<StoreKind, Open>> = {
  sqlite: (clock) => createSqliteStore({ file: ':memory:', clock }),
  durable_object: (clock) => createDurableObjectStore({ storage: createObjectStorage(), clock }),
  durable_memory: (clock) => createMemoryStore({ clock, isDurable: true }),
  forgetful_memory: (clock) => createMemoryStore({ clock }),
  redis: (clock, timeline) => {
    if (redisUrl === undefined) throw new Error('There is no redis-server: prepareStore starts it');
    return heldBy(timeline, createRedisStore({ url: redisUrl, prefix: `world${(worlds += 1)}:`, clock }));
  },
};

let redisUrl: string | undefined;
let worlds = 0;

/** Before the first world. @returns ends what it has started */
export async function prepareStore(kind: StoreKind | undefined): Promise<() => Promise<void>> {
  if (kind !== 'redis') return () => Promise.resolve();
  // A disk that fails is not of this world.
  const server = await startRedisServer(['--appendfsync', 'no']);
  redisUrl = server.url;
  return server.stop;
}

export const openStore = (kind: StoreKind, clock: () => number, timeline: Timeline): Store =>
  OPENERS[kind](clock, timeline);

/** The same, also of what it consists of. */
function heldBy<T extends object>(timeline: Timeline, store: T): T {
  return new Proxy(store, {
    get: (target, name, receiver) => {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value === 'function')
        return (...args: readonly unknown[]) =>
          timeline.hold(Promise.resolve(Reflect.apply(value, target, args)));
      return typeof value === 'object' && value !== null ? heldBy(timeline, value) : value;
    },
  });
}
