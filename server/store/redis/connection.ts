/** One connection to Redis. It comes back by itself; who asks meanwhile waits for a moment, and is told then. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { explainRedisFailure, isAnswer, isElsewhere, isMistake, isRefusal, NOT_READY } from './failures.ts';
import { StoreError } from '../store.ts';

export type Reply = string | number | null | readonly Reply[];

/** Redis has not answered. */
export class Unheard extends StoreError {
  /** It may have done what it was asked. */
  readonly mayBeDone: boolean;
  constructor(message: string, mayBeDone: boolean, options: ErrorOptions) {
    super(message, options);
    this.mayBeDone = mayBeDone;
  }
}

export interface RedisConnection {
  /** Address without user and password. */
  readonly place: string;
  /** How often there was one. */
  readonly connections: () => number;
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

/** Milliseconds that a caller waits for a connection, as for a file that another process holds (`sqlite/groups.ts`). */
const PATIENCE = 2_000;

/** Milliseconds for a command: a flush to a slow disk takes some tens, and a flush of all that is in the way seconds. */
const COMMAND_TIMEOUT = 5_000;

/** Milliseconds between two tries to connect, at most. */
const LONGEST_PAUSE = 1_000;

/** Milliseconds after which a connection that nobody uses asks whether the other end is still there. */
const KEEP_ALIVE = 5_000;

/** Milliseconds that the other end has to take leave: one that is gone never does. */
const LEAVE = 100;

/** Milliseconds until it is asked again: until it is seen that the connection is gone, and until another one may lead elsewhere. */
const PAUSE = 5;
const PAUSE_ELSEWHERE = 100;

/** Milliseconds that never go back. Bound once: Redis is waited for in real time, whatever time a test makes of it. */
export const elapsed = performance.now.bind(performance);

/** @param url `redis://` or `rediss://`, with user and password if need be. @throws {StoreError} where it is none */
export function connectToRedis(url: string): RedisConnection {
  const place = placeOf(url);
  const database = Number(new URL(url).pathname.slice(1));
  const redis = new Redis(url, {
    lazyConnect: true,
    protocol: 2,
    // What was lost is decided here, and nothing is sent twice behind our back.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: PATIENCE,
    commandTimeout: COMMAND_TIMEOUT,
    keepAlive: KEEP_ALIVE,
    disconnectTimeout: LEAVE,
    // The address may lead to another one by now.
    reconnectOnError: isElsewhere,
    maxLoadingRetryTime: LONGEST_PAUSE,
    retryStrategy: (times) => Math.min(10 * 2 ** times, LONGEST_PAUSE),
  });
  let lastError: Error | undefined;
  let isClosed = false;
  let connections = 0;
  /** On which connection Redis has taken the database. */
  let selected: unknown;
  /** Somebody has waited for a connection in vain, and there was none since: nobody else waits. */
  let isAway = false;
  /** One for all who wait. */
  let connecting: Promise<void> | undefined;
  redis.on('error', (error: Error) => (lastError = error));
  // What went wrong before is over: it takes connections.
  redis.on('connect', () => {
    if (!isRefusal(lastError)) lastError = new Error(NOT_READY);
  });
  redis.on('ready', () => {
    connections += 1;
    lastError = undefined;
    isAway = false;
  });

  const connected = (): Promise<void> =>
    (connecting ??= new Promise<void>((resolve, reject) => {
      const end = () => {
        connecting = undefined;
        redis.off('ready', onReady).off('error', onError);
      };
      const onReady = () => {
        end();
        resolve();
      };
      const onError = (error: Error) => {
        if (!isRefusal(error)) return;
        end();
        reject(error);
      };
      redis.on('ready', onReady).on('error', onError);
    }));

  /** The client goes on in database 0 where Redis refuses another one, or its user may not name it: so that is asked for, and refused, here. */
  const inDatabase = async (): Promise<void> => {
    const { stream } = redis;
    if (database === 0 || selected === stream) return;
    await redis.select(database);
    selected = stream;
  };

  const ready = async (until: number): Promise<void> => {
    if (isClosed) throw new StoreError(`The store at ${place} is closed`);
    if (redis.status === 'ready') return;
    // How that ends is told by the events.
    if (['wait', 'end'].includes(redis.status)) redis.connect().catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => {
          isAway = true;
          reject(lastError ?? new Error('no connection'));
        },
        isAway ? 0 : Math.max(0, until - elapsed()),
      );
    });
    try {
      await Promise.race([connected(), late]);
    } finally {
      clearTimeout(timer);
    }
  };

  const patiently = async <T>(ask: () => Promise<T>, isSafe: boolean): Promise<T> => {
    const until = elapsed() + PATIENCE;
    let isAsked = false;
    for (;;) {
      let hasConnection = false;
      try {
        await ready(until);
        await inDatabase();
        hasConnection = true;
        return await ask();
      } catch (error) {
        if (isMistake(error)) throw error;
        // An answer that comes too late would be taken for one to something else, and a connection may be dead without a word.
        if (isTimeout(error)) redis.disconnect(true);
        isAsked ||= hasConnection && !isAnswer(error);
        const isFinal = isAnswer(error) && !isElsewhere(error);
        if (isFinal || !isSafe || isClosed || isAway || elapsed() >= until) {
          const explained = explainRedisFailure(error, place);
          if (isFinal || !(explained instanceof StoreError)) throw explained;
          throw new Unheard(explained.message, isAsked, { cause: error });
        }
        await pause(isElsewhere(error) ? PAUSE_ELSEWHERE : PAUSE);
      }
    }
  };

  return {
    place,
    connections: () => connections,
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
          return (await redis.call('EVALSHA', [sha, 0, ...words])) as Reply;
        } catch (error) {
          if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
          return (await redis.call('EVAL', [script, 0, ...words])) as Reply;
        }
      }, isSafe),
    async close() {
      isClosed = true;
      if (redis.status === 'ready') await redis.quit().catch(() => undefined);
      redis.disconnect();
    },
  };

  function ask(name: string, words: readonly (string | number)[]): Promise<Reply> {
    return patiently(async () => (await redis.call(name, [...words])) as Reply, true);
  }
}

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Command timed out';

/** @throws {StoreError} with nothing of the address in it: what looks like its host or its path may be of a password */
function placeOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isRedis = parsed && ['redis:', 'rediss:'].includes(parsed.protocol) && parsed.hostname !== '';
  if (!isRedis || !/^\/?\d*$/.test(parsed.pathname) || parsed.search !== '' || parsed.hash !== '')
    throw new StoreError(
      'The address of the store is none of Redis; it should be like redis://user:password@host:6379/0, with the number of a database at its end and nothing behind it, and the password percent-encoded',
    );
  return `${parsed.protocol}//${parsed.host}${parsed.pathname === '/' ? '' : parsed.pathname}`;
}
