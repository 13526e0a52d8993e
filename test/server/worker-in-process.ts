/** A Worker and its Durable Objects in this process, without workerd: for what a test does to the clock, and for single steps. */
import { beginShard } from '../../server/adapters/workers/beginning.ts';
import type { SharedObject, WakeUp } from '../../server/adapters/workers/bindings.ts';
import { readParts, type WorkerOptions } from '../../server/adapters/workers/parts.ts';
import { createShard, type Shard } from '../../server/adapters/workers/shard.ts';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { createWorker } from '../../server/adapters/workers.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { createObjectStorage, type ObjectStorage } from './object-storage.ts';

type Variables = Readonly<Record<string, unknown>>;

export interface WorkerInProcess {
  fetch(request: Request): Promise<Response>;
  readonly queue: ReturnType<typeof createWorker>['queue'];
  readonly env: Variables;
  /** What was sent to the queue. */
  readonly sent: readonly WakeUp[];
  readonly shards: ReadonlyMap<string, { readonly shard: Shard; readonly storage: ObjectStorage }>;
  /** Names of the shards that were asked for something, in their order. */
  readonly asked: readonly string[];
  /** Its objects are put out of memory, with their timers. */
  close(): void;
}

const CONTEXT = { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} };

const NOTHING = { fetch: async () => new Response(null, { status: 404 }) };

/**
 * @param before whose objects it takes over, with what they have kept
 * @param createStorage of an object that is new
 */
export function startWorkerInProcess(
  options: WorkerOptions,
  variables: Variables,
  before?: WorkerInProcess,
  createStorage = createObjectStorage,
): WorkerInProcess {
  const shards = new Map<string, { readonly shard: Shard; readonly storage: ObjectStorage }>();
  const sent: WakeUp[] = [];
  const asked: string[] = [];
  const timers = new Set<() => void>();
  let isClosed = false;
  const setTimer: typeof webPorts.setTimer = (callback, milliseconds) => {
    if (isClosed) return () => undefined;
    const cancel = webPorts.setTimer(() => {
      timers.delete(cancel);
      callback();
    }, milliseconds);
    timers.add(cancel);
    return cancel;
  };
  const store = createMemoryStore({ clock: () => Date.now() });
  const shared: SharedObject = {
    get: (name) => store.get(name),
    put: (name, value, life) => store.put(name, value, life),
    count: (...counted) => store.count(...counted),
  };
  const shardOf = (name: string) => {
    const storage = before?.shards.get(name)?.storage ?? createStorage();
    const shard = beginShard(name, storage, (index) =>
      createShard(index, storage, readParts(options, env), { ...webPorts, setTimer }),
    );
    shard.begin(storage.alarm());
    return { storage, shard };
  };
  const env: Variables = {
    ASSETS: NOTHING,
    SHARDS: {
      getByName(name: string) {
        const found = shards.get(name) ?? shardOf(name);
        shards.set(name, found);
        asked.push(name);
        return found.shard;
      },
    },
    SHARED: { getByName: () => shared },
    WAKE_UPS: {
      async send(message: WakeUp) {
        sent.push(message);
      },
    },
    ...variables,
  };
  const worker = createWorker(options);
  return {
    fetch: (request) => worker.fetch(request, env, CONTEXT),
    queue: (batch, given) => worker.queue(batch, given),
    env,
    sent,
    shards,
    asked,
    close() {
      isClosed = true;
      for (const cancel of timers) cancel();
    },
  };
}
