/**
 * What was erased is out of Redis at once, and stays in its append-only file until that is written anew. Redis does that by itself as the file
 * grows, which on a quiet relay may be never: so it is asked to, once for many erasures.
 */
import type { RedisConnection } from './connection.ts';
import type { RedisKeys } from './keys.ts';
import { StoreError } from '../store.ts';

/** Milliseconds after an erasure. Redis forks and writes all that it holds: not more often than that, however many are erased. */
export const REWRITE_AFTER = 10 * 60 * 1000;

/** Milliseconds by which the next one may come earlier: timers are not exact. */
const SLACK = 1_000;

export function createRewriting(connection: RedisConnection, keys: RedisKeys) {
  let timer: NodeJS.Timeout | undefined;
  let isPermitted = true;

  const rewrite = async (): Promise<void> => {
    try {
      // Without the file to keep it would make one.
      const info = await connection.call('INFO', 'persistence');
      if (!/^aof_enabled:1/m.test(String(info))) return;
      await connection.call('BGREWRITEAOF');
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // Where Redis is somebody else's to run it may be forbidden: then it is theirs, as docs/privacy.md says.
      if (/\((NOPERM|ERR unknown command)/.test(error.message)) isPermitted = false;
      // Away, full, or about it already, perhaps since before the erasure.
      else want();
    }
  };

  /** Whoever of several processes comes later finds that it was asked for after their erasure. */
  const rewriteOnce = async (): Promise<void> => {
    const life = REWRITE_AFTER - SLACK;
    const isFirst = await connection.call('SET', keys.rewriting, '', 'NX', 'PX', life).catch(() => 'unknown');
    if (isFirst !== null) await rewrite();
  };

  /** Somebody was erased. */
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
      await rewrite();
      clearTimeout(timer);
    },
  };
}
