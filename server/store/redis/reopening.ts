/**
 * A connection whose scripts work on the store that was opened, and on no other. Redis may be emptied under a running relay, and after a
 * failover its address may lead to an empty one, or to one in which somebody has made a store that is divided otherwise.
 */
import { StoreError } from '../store.ts';
import { elapsed, type RedisConnection } from './connection.ts';
import { isOtherLayout } from './failures.ts';
import type { RedisKeys } from './keys.ts';
import { layoutOf, lookAtSettings, openRedisStore, type OpeningOptions } from './opening.ts';

export interface ReopeningOptions extends OpeningOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** Told, in our words, where it goes on with another store than it has opened. */
  readonly warn: ((problem: string) => void) | undefined;
}

/** Milliseconds after which its settings are looked at again, as after each new connection: they may be changed at any time. */
const LOOK_AGAIN = 60_000;

export function createReopening({ connection, keys, warn, ...options }: ReopeningOptions) {
  const { place } = connection;
  let opening: Promise<readonly string[]> | undefined;

  let isClosed = false;

  /** It was opened, and is not that one any more. */
  let isChanged = false;

  /** What was said of its settings last: once is enough. */
  let said: readonly string[] = [];
  let looked = { at: 0, connections: 0 };
  const noteLook = (): void => void (looked = { at: elapsed(), connections: connection.connections() });

  /** Nobody waits for it: what was promised is not undone by who refuses what comes. */
  const lookAgain = async (): Promise<void> => {
    if (!warn || (connection.connections() === looked.connections && elapsed() - looked.at < LOOK_AGAIN))
      return;
    noteLook();
    const problems = await lookAtSettings(connection).catch((error: unknown) => {
      if (!(error instanceof StoreError)) throw error;
      // That it is away is said by whom that concerns.
      return isClosed || error.cause !== undefined ? said : [error.message];
    });
    for (const problem of problems) if (!said.includes(problem)) warn(problem);
    said = problems;
  };

  const tell = (warnings: readonly string[]): void => {
    isChanged = false;
    warn?.(
      `The store at ${place} is not the one that it was: Redis was emptied, or its address leads to another one by now. What was promised before is lost unless it is there; the relay goes on. Look why`,
    );
    for (const problem of warnings) warn?.(problem);
  };

  const open = (): Promise<readonly string[]> =>
    (opening ??= openRedisStore(connection, keys, options).then(
      (warnings) => {
        said = warnings;
        noteLook();
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
      const reply = await connection.run(script, all, isSafe);
      void lookAgain();
      return reply;
    } catch (error) {
      if (!isOtherLayout(error)) throw error;
      await reopen(opened);
      return connection.run(script, all, isSafe);
    }
  };

  const close = (): Promise<void> => {
    isClosed = true;
    return connection.close();
  };

  return { open, connection: { ...connection, run, close } };
}
