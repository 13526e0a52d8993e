/** What a process is to the world: it may stand still for a while, and it may be gone from one moment to the next. */
import type { Timeline } from './timeline.ts';

export interface Life {
  readonly name: string;
  isDead: boolean;
  isFrozen: boolean;
  /** Something reaches it: now, when it thaws, or never. */
  readonly reach: (run: () => void) => void;
  /** The same after so many milliseconds, unless the returned function is called first. */
  readonly later: (milliseconds: number, run: () => void) => () => void;
  /** Goes on after so many milliseconds; what is dead never does. */
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly thaw: () => void;
}

export function createLife(name: string, timeline: Timeline): Life {
  let waiting: (() => void)[] = [];
  const life: Life = {
    name,
    isDead: false,
    isFrozen: false,
    reach(run) {
      if (life.isDead) return;
      if (life.isFrozen) waiting.push(run);
      else run();
    },
    later(milliseconds, run) {
      let isCancelled = false;
      const cancel = timeline.after(milliseconds, () =>
        life.reach(() => {
          if (!isCancelled) run();
        }),
      );
      return () => {
        isCancelled = true;
        cancel();
      };
    },
    pause: (milliseconds) => new Promise((resolve) => life.later(milliseconds, resolve)),
    thaw() {
      life.isFrozen = false;
      const late = waiting;
      waiting = [];
      for (const run of late) timeline.after(0, () => life.reach(run));
    },
  };
  return life;
}
