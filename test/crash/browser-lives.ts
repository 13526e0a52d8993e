/** Something that is killed at random moments, and started again each time. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../long/random.ts';

export interface Lives<Life> {
  /** Rejects where it cannot be started. */
  readonly first: Promise<Life>;
  /** Kills so many times. Resolves with the life after the last kill. */
  kill(times: number): Promise<Life>;
  /** Ends what lives, whatever is under way. */
  end(): Promise<void>;
}

export interface LivesOptions<Life> {
  readonly random: Random;
  /** Milliseconds that a life lasts at most, from when it has started. */
  readonly longest: number;
  /** @param last the life before */
  readonly start: (last?: Life) => Promise<Life>;
}

export function killAgainAndAgain<Life extends { kill(): Promise<void> }>({
  random,
  longest,
  start,
}: LivesOptions<Life>): Lives<Life> {
  const ending = new AbortController();
  const first = start();
  let current = first;
  return {
    first,
    async kill(times) {
      for (let killed = 0; killed < times; killed += 1) {
        const life = await current;
        await pause(random.nat(longest), undefined, ending);
        await life.kill();
        current = start(life);
      }
      return current;
    },
    async end() {
      ending.abort();
      const life = await current.catch(() => undefined);
      await life?.kill();
    },
  };
}
