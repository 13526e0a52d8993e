/** What is looked for again and again, until it is closed. */
import type { Ports } from '../ports.ts';

export interface Rounds {
  start(): void;
  /** Looks once, also where it was not started. Resolves when that has ended. Never rejects. */
  look(): Promise<void>;
  /** Looks no more. Resolves when what was begun has ended. */
  close(): Promise<void>;
}

/**
 * @param lookUp never rejects; asks whether it is closed before it goes on with what is long
 * @param every milliseconds between two
 */
export function createRounds(
  lookUp: (isClosed: () => boolean) => Promise<void>,
  every: number,
  setTimer: Ports['setTimer'],
): Rounds {
  let isStarted = false;
  let isClosed = false;
  let looking: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;

  const look = (): Promise<void> => {
    if (isClosed) return looking ?? Promise.resolve();
    looking ??= lookUp(() => isClosed).finally(() => (looking = undefined));
    return looking;
  };

  const keepLooking = async (): Promise<void> => {
    await look();
    if (!isClosed) cancelTimer = setTimer(() => void keepLooking(), every);
  };

  return {
    start() {
      if (!isStarted) void keepLooking();
      isStarted = true;
    },
    look,
    async close() {
      isClosed = true;
      cancelTimer?.();
      await looking;
    },
  };
}
