/** The classes of the Durable Objects that a Worker exports beside itself. What the platform calls is a method of theirs. */
import { DurableObject } from 'cloudflare:workers';
import { createDurableObjectStore, type DurableObjectStore } from '../../store/durable-object.ts';
import type { Json } from '../../store/json.ts';
import { beginShard } from './beginning.ts';
import type { SharedObject, ShardObject, WorkerEnv } from './bindings.ts';
import type { DeadLetterOrder } from './dead-letters.ts';
import { readParts, type WorkerOptions } from './parts.ts';
import { createShard, type Shard, type ShardStorage } from './shard.ts';
import { webPorts } from '../web-ports.ts';

/** Milliseconds between two looks for what is over among what is shared. */
const DAY = 86_400_000;

/**
 * What is used of an object's state (https://developers.cloudflare.com/durable-objects/api/state/). It names no type of the platform's: who
 * imports this has those of their own release, or none.
 */
export interface ObjectState {
  /** The name that it was asked for by. */
  readonly id: { readonly name?: string };
  readonly storage: ObjectStorage;
  /** No event reaches the object until it has resolved. */
  blockConcurrencyWhile<T>(run: () => Promise<T>): Promise<T>;
}

export interface ObjectStorage extends ShardStorage {
  /** Milliseconds since 1970. */
  getAlarm(): Promise<number | null>;
}

/** What the platform calls besides. */
export interface WithAlarm {
  alarm(): Promise<void>;
}

export interface ObjectClasses {
  readonly ParleyShard: new (ctx: ObjectState, env: WorkerEnv) => ShardObject & WithAlarm;
  readonly ParleyShared: new (ctx: ObjectState, env: WorkerEnv) => SharedObject & WithAlarm;
}

/** @param options as `createWorker` has them */
export function createObjects(options: WorkerOptions): ObjectClasses {
  /** The relay for the visitors of one shard. */
  class ParleyShard extends DurableObject<WorkerEnv> implements ShardObject, WithAlarm {
    readonly #shard: Shard;

    constructor(ctx: ObjectState, env: WorkerEnv) {
      super(ctx, env);
      this.#shard = beginShard(ctx.id.name, ctx.storage, (index) =>
        createShard(index, ctx.storage, readParts(options, env)),
      );
      // Nothing else runs before.
      void ctx.blockConcurrencyWhile(async () =>
        this.#shard.begin((await ctx.storage.getAlarm()) ?? undefined),
      );
    }

    override fetch(request: Request) {
      return this.#shard.fetch(request);
    }
    override alarm() {
      return this.#shard.alarm();
    }
    count(name: string, window: number, amount: number) {
      return this.#shard.count(name, window, amount);
    }
    wake() {
      return this.#shard.wake();
    }
    forgetWakeUp() {
      return this.#shard.forgetWakeUp();
    }
    readiness(audience: 'public' | 'operator') {
      return this.#shard.readiness(audience);
    }
    stats() {
      return this.#shard.stats();
    }
    deadLetters(order: DeadLetterOrder) {
      return this.#shard.deadLetters(order);
    }
    listTallies() {
      return this.#shard.listTallies();
    }
    findTallies(environment: string, flow: string, revision: string) {
      return this.#shard.findTallies(environment, flow, revision);
    }
  }

  /** What is one for all shards: revisions of flows, and first uses of personal links. Nothing in it is of a visitor. */
  class ParleyShared extends DurableObject<WorkerEnv> implements SharedObject, WithAlarm {
    readonly #storage: ObjectStorage;
    readonly #store: DurableObjectStore;

    constructor(ctx: ObjectState, env: WorkerEnv) {
      super(ctx, env);
      this.#storage = ctx.storage;
      this.#store = createDurableObjectStore({ storage: ctx.storage, clock: webPorts.clock });
    }

    get(name: string) {
      return this.#store.get(name);
    }
    async put(name: string, value: Json | undefined, life: number) {
      await this.#store.put(name, value, life);
      await this.#sweepLater();
    }
    async count(name: string, window: number, amount: number) {
      const counted = await this.#store.count(name, window, amount);
      await this.#sweepLater();
      return counted;
    }
    override async alarm() {
      await this.#store.sweep();
      await this.#sweepLater();
    }
    async #sweepLater() {
      const storage = this.#storage;
      if ((await storage.getAlarm()) === null) await storage.setAlarm(webPorts.clock() + DAY);
    }
  }

  return { ParleyShard, ParleyShared };
}
