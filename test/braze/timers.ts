/** Timers that end when the test says so. */
import type { StartTimer } from '../../demo/braze/timer.ts';

export interface Timers {
  readonly startTimer: StartTimer;
  /** How long each waits that has not ended, in milliseconds. */
  readonly waiting: () => readonly number[];
  /** Ends all that wait so long or shorter, the shortest first. */
  readonly end: (ms: number) => void;
}

export function createTimers(): Timers {
  let timers: { readonly run: () => void; readonly ms: number }[] = [];
  return {
    startTimer(run, ms) {
      const timer = { run, ms };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    waiting: () => timers.map(({ ms }) => ms),
    end(ms) {
      const due = timers.filter((timer) => timer.ms <= ms).sort((one, other) => one.ms - other.ms);
      timers = timers.filter((timer) => timer.ms > ms);
      for (const { run } of due) run();
    },
  };
}
