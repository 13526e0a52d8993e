/**
 * What was erased is out of Redis at once, and stays in its append-only file until that is written anew. Redis does that by itself as the file
 * grows, which on a quiet relay may be never: so it is asked to, once for many erasures.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { elapsed, type RedisConnection } from './connection.ts';
import type { RedisKeys } from './keys.ts';
import { StoreError } from '../store.ts';

/** Milliseconds after an erasure. Redis forks and writes all that it holds: not more often than that, however many are erased. */
export const REWRITE_AFTER = 10 * 60 * 1000;

/** Milliseconds by which the next one may come earlier: timers are not exact. */
const SLACK = 1_000;

/** Milliseconds that who ends asks again, and between: others that end at the same time have asked for it, before what this one has erased. */
const LAST_PATIENCE = 5_000;
const LAST_PAUSE = 100;

export function createRewriting(connection: RedisConnection, keys: RedisKeys) {
  let timer: NodeJS.Timeout | undefined;
  let isPermitted = true;

  /** @returns whether it has to be asked again */
  const rewrite = async (): Promise<boolean> => {
    try {
      // Without the file to keep it would make one.
      const info = await connection.call('INFO', 'persistence');
      if (/^aof_enabled:1/m.test(String(info))) await connection.call('BGREWRITEAOF');
      return false;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // Where Redis is somebody else's to run it may be forbidden: then it is theirs, as docs/privacy.md says.
      isPermitted &&= !/\((NOPERM|ERR unknown command)/.test(error.message);
      // Else it is away, full, or about it already, perhaps since before the erasure.
      return isPermitted;
    }
  };

  /** Whoever of several processes comes later finds that it was asked for after their erasure. */
  const rewriteOnce = async (): Promise<void> => {
    const life = REWRITE_AFTER - SLACK;
    const isFirst = await connection.call('SET', keys.rewriting, '', 'NX', 'PX', life).catch(() => 'unknown');
    if (isFirst !== null && (await rewrite())) want();
  };

  /** Somebody was erased, or may have been. */
  function want(): void {
    if (!isPermitted) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      void rewriteOnce();
    }, REWRITE_AFTER).unref();
  }

  return {
    want,
    /** What was erased in the last minutes is not left to somebody else. */
    async end(): Promise<void> {
      if (!timer) return;
      clearTimeout(timer);
      timer = undefined;
      const until = elapsed() + LAST_PATIENCE;
      while ((await rewrite()) && elapsed() < until) await pause(LAST_PAUSE);
    },
  };
}
