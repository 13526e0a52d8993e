/** What is used of the module that the platform brings (https://developers.cloudflare.com/durable-objects/api/base/). */
declare module 'cloudflare:workers' {
  export abstract class DurableObject<Env = unknown> {
    constructor(ctx: DurableObjectState, env: Env);
    protected readonly ctx: DurableObjectState;
    protected readonly env: Env;
    fetch?(request: Request): Response | Promise<Response>;
    alarm?(): void | Promise<void>;
  }

  export interface DurableObjectState {
    /** The name that it was asked for by. */
    readonly id: { readonly name?: string };
    readonly storage: DurableObjectStorage;
    /** No event reaches the object until it has resolved. */
    blockConcurrencyWhile<T>(run: () => Promise<T>): Promise<T>;
  }

  export interface DurableObjectStorage {
    readonly sql: {
      exec(query: string, ...values: readonly (string | number | null | Uint8Array)[]): SqlStorageCursor;
    };
    transactionSync<T>(run: () => T): T;
    /** Milliseconds since 1970. */
    getAlarm(): Promise<number | null>;
    /** @param time milliseconds since 1970 */
    setAlarm(time: number): Promise<void>;
  }

  export interface SqlStorageCursor {
    toArray(): Record<string, string | number | null>[];
    raw(): { toArray(): (string | number | null)[][] };
  }
}
