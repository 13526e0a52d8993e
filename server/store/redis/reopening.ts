/**
 * A connection whose scripts work on the store that was opened, and on no other. Redis may be emptied under a running relay, and after a
 * failover its address may lead to an empty one, or to one in which somebody has made a store that is divided otherwise.
 */
import type { RedisConnection } from './connection.ts';
import { isOtherLayout } from './failures.ts';
import type { RedisKeys } from './keys.ts';
import { layoutOf, openRedisStore } from './opening.ts';

export interface ReopeningOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly mustExist: boolean;
  /** Told, in our words, where it goes on with another store than it has opened. */
  readonly warn: ((problem: string) => void) | undefined;
}

export function createReopening({ connection, keys, mustExist, warn }: ReopeningOptions) {
  const { place } = connection;
  let opening: Promise<readonly string[]> | undefined;

  /** It was opened, and is not that one any more. */
  let isChanged = false;

  const tell = (warnings: readonly string[]): void => {
    isChanged = false;
    warn?.(
      `The store at ${place} is not the one that it was: Redis was emptied, or its address leads to another one by now. What was promised before is lost unless it is there; the relay goes on. Look why`,
    );
    for (const problem of warnings) warn?.(problem);
  };

  const open = (): Promise<readonly string[]> =>
    (opening ??= openRedisStore(connection, keys, mustExist).then(
      (warnings) => {
        if (isChanged) tell(warnings);
        return warnings;
      },
      (error: unknown) => {
        opening = undefined;
        throw error;
      },
    ));

  /** Once for all who have met it. @param before what they had opened */
  const reopen = async (before: typeof opening): Promise<void> => {
    if (opening === before) {
      opening = undefined;
      isChanged = true;
    }
    await open();
  };

  /** What is read of one store and written to another meets what was not there, and is asked again: it is as if others had changed it. */
  const run: RedisConnection['run'] = async (script, words, isSafe) => {
    const opened = opening;
    const all = [...layoutOf(keys), ...words];
    try {
      return await connection.run(script, all, isSafe);
    } catch (error) {
      if (!isOtherLayout(error)) throw error;
      await reopen(opened);
      return connection.run(script, all, isSafe);
    }
  };

  return { open, connection: { ...connection, run } };
}
