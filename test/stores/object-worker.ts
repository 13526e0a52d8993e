/** A Worker with a Durable Object that does to its store what a test asks for. It runs in workerd. */
import { DurableObject } from 'cloudflare:workers';
import {
  createDurableObjectStore,
  type DurableObjectStore,
  type DurableStorage,
} from '../../server/store/durable-object.ts';
import { isSame } from '../../server/store/json.ts';
import { StoreError } from '../../server/store/store.ts';
import type { Answer, Call, Calls, LeaveAsRead } from './object-calls.ts';
import { read, write } from './wire-values.ts';

export class ObjectUnderTest extends DurableObject {
  #now = 0;
  readonly #store: DurableObjectStore;

  constructor(ctx: { readonly storage: DurableStorage }, env: unknown) {
    super(ctx, env);
    this.#store = createDurableObjectStore({ storage: ctx.storage, clock: () => this.#now });
  }

  override async fetch(request: Request): Promise<Response> {
    const { now, calls } = read(await request.text()) as Calls;
    this.#now = now;
    return new Response(write(await Promise.all(calls.map((call) => this.#answer(call)))));
  }

  async #answer({ path, values }: Call): Promise<Answer> {
    try {
      return { answer: await this.#run(path, values) };
    } catch (error) {
      return { failed: (error as Error).message, isOfStore: error instanceof StoreError };
    }
  }

  #run(path: string, values: readonly unknown[]): unknown {
    if (path === 'erase' && values[2] !== undefined) {
      const [visitor, life, leave] = values as [string, number, LeaveAsRead];
      return this.#store.erase(visitor, life, {
        names: leave.names,
        by(found) {
          if (!found.every((value, index) => isSame(value, leave.values[index])))
            throw new Error('What was read has changed.');
          return leave.left;
        },
      });
    }
    const [last = '', ...parts] = path.split('.').reverse();
    let owner: unknown = this.#store;
    for (const part of parts.reverse()) owner = (owner as Record<string, unknown>)[part];
    return (owner as Record<string, (...args: readonly unknown[]) => unknown>)[last]?.(...values);
  }
}

interface Environment {
  readonly OBJECTS: { getByName(name: string): { fetch(request: Request): Promise<Response> } };
}

export default {
  fetch: (request: Request, { OBJECTS }: Environment): Promise<Response> =>
    OBJECTS.getByName(new URL(request.url).pathname.slice(1)).fetch(request),
};
