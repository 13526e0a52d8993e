/** Time as the simulated world has it: it passes when everything that could happen has happened. */
import { setImmediate } from 'node:timers/promises';

export interface Timeline {
  /** Milliseconds since the world began: what timers go by, whatever the clocks say. */
  readonly now: () => number;
  /** Runs it after so many milliseconds, unless the returned function is called first. */
  readonly after: (milliseconds: number, run: () => void) => () => void;
  /** Something has happened just now: more may come of it. */
  readonly stir: () => void;
  /** No time passes until it has settled: it is waited for in real time. */
  readonly hold: <T>(work: Promise<T>) => Promise<T>;
  /** Passes time until then, or until it is done: it is asked after each step. */
  readonly pass: (until: number, isDone?: () => boolean) => Promise<void>;
  /** Steps so far. */
  readonly steps: () => number;
}

interface Planned {
  readonly at: number;
  /** Of two at the same time the one that was planned first comes first. */
  readonly order: number;
  readonly run: () => void;
}

/** Turns of the event loop without a sign of life, after which nothing is under way: a write of the SQLite store takes one. */
const QUIET_TURNS = 3;

export function createTimeline(): Timeline {
  let now = 0;
  let order = 0;
  let steps = 0;
  let stirred = 0;
  let planned: Planned[] = [];
  const held = new Set<Promise<unknown>>();

  const settle = async () => {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      const before = stirred;
      await setImmediate();
      if (held.size > 0) await Promise.race(held);
      if (stirred !== before || held.size > 0) quiet = -1;
    }
  };

  const takeNext = (until: number): Planned | undefined => {
    let next: Planned | undefined;
    for (const each of planned) {
      if (!next || each.at < next.at || (each.at === next.at && each.order < next.order)) next = each;
    }
    if (!next || next.at > until) return undefined;
    planned = planned.filter((each) => each !== next);
    return next;
  };

  return {
    now: () => now,
    after(milliseconds, run) {
      stirred += 1;
      const each = { at: now + Math.max(0, milliseconds), order: (order += 1), run };
      planned.push(each);
      return () => {
        planned = planned.filter((other) => other !== each);
      };
    },
    stir: () => {
      stirred += 1;
    },
    hold: (work) => {
      const settled = work.then(
        () => undefined,
        () => undefined,
      );
      held.add(settled);
      void settled.then(() => {
        held.delete(settled);
        stirred += 1;
      });
      return work;
    },
    async pass(until, isDone = () => false) {
      await settle();
      while (!isDone()) {
        const next = takeNext(until);
        if (!next) {
          now = Math.max(now, until);
          return;
        }
        now = Math.max(now, next.at);
        steps += 1;
        next.run();
        await settle();
      }
    },
    steps: () => steps,
  };
}
