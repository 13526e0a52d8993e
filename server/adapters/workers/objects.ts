/** The classes of the Durable Objects that a Worker exports beside itself. What the platform calls is a method of theirs. */
import { DurableObject, type DurableObjectState } from 'cloudflare:workers';
import { createDurableObjectStore } from '../../store/durable-object.ts';
import type { Json } from '../../store/json.ts';
import { beginShard } from './beginning.ts';
import { shardIndexIn, type SharedObject, type ShardObject, type WorkerEnv } from './bindings.ts';
import type { DeadLetterOrder } from './dead-letters.ts';
import { readParts, type WorkerOptions } from './parts.ts';
import { createShard, type Shard } from './shard.ts';
import { webPorts } from '../web-ports.ts';

/** Milliseconds between two looks for what is over among what is shared. */
const DAY = 86_400_000;

type ObjectClass = new (ctx: DurableObjectState, env: WorkerEnv) => DurableObject<WorkerEnv>;

export interface ObjectClasses {
  readonly ParleyShard: ObjectClass;
  readonly ParleyShared: ObjectClass;
}

/** @param options as `createWorker` has them */
export function createObjects(options: WorkerOptions): ObjectClasses {
  /** The relay for the visitors of one shard. */
  class ParleyShard extends DurableObject<WorkerEnv> implements ShardObject {
    readonly #shard: Shard;

    constructor(ctx: DurableObjectState, env: WorkerEnv) {
      super(ctx, env);
      this.#shard = beginShard(ctx.storage, () =>
        createShard(shardIndexIn(ctx.id.name), ctx.storage, readParts(options, env)),
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
  class ParleyShared extends DurableObject<WorkerEnv> implements SharedObject {
    readonly #store = createDurableObjectStore({ storage: this.ctx.storage, clock: webPorts.clock });

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
      const { storage } = this.ctx;
      if ((await storage.getAlarm()) === null) await storage.setAlarm(webPorts.clock() + DAY);
    }
  }

  return { ParleyShard, ParleyShared };
}
