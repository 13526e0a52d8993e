/** One connection to Redis. It comes back by itself; who asks meanwhile waits for a moment, and is told then. */
import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { explainRedisFailure, isAnswer, isRefusal } from './redis-failures.ts';
import { StoreError } from './store.ts';

export type Reply = string | number | null | readonly Reply[];

export interface RedisConnection {
  /** Address without user and password. */
  readonly place: string;
  /** One command. What is not answered is not asked again. @throws {StoreError} */
  readonly call: (name: string, ...words: readonly (string | number)[]) => Promise<Reply>;
  /** Many at once, in their order. Redis in want of memory takes none together (MULTI), not even to read. @throws {StoreError} */
  readonly callAll: (
    commands: readonly (readonly [name: string, ...words: readonly (string | number)[]])[],
  ) => Promise<readonly Reply[]>;
  /** @param isSafe whether it may be asked again where the answer is lost. @throws {StoreError} */
  readonly run: (script: string, words: readonly (string | number)[], isSafe: boolean) => Promise<Reply>;
  readonly close: () => Promise<void>;
}

/** Milliseconds that a caller waits for a connection, as for a file that another process holds (`sqlite-groups.ts`). */
const PATIENCE = 2_000;

/** Milliseconds for a command: a flush to a slow disk takes some tens, and a flush of all that is in the way seconds. */
const COMMAND_TIMEOUT = 5_000;

/** Milliseconds between two tries to connect, at most. */
const LONGEST_PAUSE = 1_000;

/** Milliseconds that never go back. Bound once: Redis is waited for in real time, whatever time a test makes of it. */
export const elapsed = performance.now.bind(performance);

/** @param url `redis://` or `rediss://`, with user and password if need be. @throws {StoreError} where it is none */
export function connectToRedis(url: string): RedisConnection {
  const place = placeOf(url);
  const redis = new Redis(url, {
    lazyConnect: true,
    protocol: 2,
    // What was lost is decided here, and nothing is sent twice behind our back.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: PATIENCE,
    commandTimeout: COMMAND_TIMEOUT,
    retryStrategy: (times) => Math.min(10 * 2 ** times, LONGEST_PAUSE),
  });
  let lastError: Error | undefined;
  let isClosed = false;
  redis.on('error', (error: Error) => (lastError = error));
  redis.on('ready', () => (lastError = undefined));

  const ready = async (until: number): Promise<void> => {
    if (isClosed) throw new StoreError(`The store at ${place} is closed`);
    if (redis.status === 'ready') return;
    // How that ends is told by the events.
    if (['wait', 'end'].includes(redis.status)) redis.connect().catch(() => undefined);
    await new Promise<void>((resolve, reject) => {
      const end = (error?: Error) => {
        clearTimeout(timer);
        redis.off('ready', onReady).off('error', onError);
        if (error) reject(error);
        else resolve();
      };
      const onReady = () => end();
      const onError = (error: Error) => {
        if (isRefusal(error)) end(error);
      };
      const timer = setTimeout(
        () => end(lastError ?? new Error('no connection')),
        Math.max(0, until - elapsed()),
      );
      redis.on('ready', onReady).on('error', onError);
    });
  };

  const patiently = async <T>(ask: () => Promise<T>, isSafe: boolean): Promise<T> => {
    const until = elapsed() + PATIENCE;
    for (;;) {
      try {
        await ready(until);
        return await ask();
      } catch (error) {
        // A mistake of ours stays what it is.
        if (error instanceof TypeError) throw error;
        const isOver = isAnswer(error) || isClosed || elapsed() >= until;
        if (isOver || !isSafe) throw explainRedisFailure(error, place);
        // Until it is seen that the connection is gone.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  };

  return {
    place,
    call: (name, ...words) => ask(name, words),
    callAll: (commands) =>
      patiently(async () => {
        const all = redis.pipeline();
        for (const [name, ...words] of commands) all.call(name, ...words);
        const replies = await all.exec();
        return (replies ?? []).map(([error, reply]) => {
          if (error) throw error;
          return reply as Reply;
        });
      }, true),
    run: (script, words, isSafe) =>
      patiently(async () => {
        const sha = createHash('sha1').update(script).digest('hex');
        try {
          return (await redis.evalsha(sha, 0, ...words)) as Reply;
        } catch (error) {
          if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
          return (await redis.eval(script, 0, ...words)) as Reply;
        }
      }, isSafe),
    async close() {
      isClosed = true;
      if (redis.status === 'ready') await redis.quit().catch(() => undefined);
      redis.disconnect();
    },
  };

  function ask(name: string, words: readonly (string | number)[]): Promise<Reply> {
    return patiently(async () => (await redis.call(name, ...words)) as Reply, true);
  }
}

/** @throws {StoreError} */
function placeOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !['redis:', 'rediss:'].includes(parsed.protocol) || parsed.hostname === '')
    throw new StoreError('The address of the store is none of Redis; it should be like redis://host:6379/0');
  return `${parsed.protocol}//${parsed.host}${parsed.pathname === '/' ? '' : parsed.pathname}`;
}
