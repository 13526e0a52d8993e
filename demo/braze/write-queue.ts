/** Lets what was accepted be seen after a while: in the order in which it was accepted, or in another one. */
import { chancesOf } from './chance.ts';
import { MAX_DELAY, type StartTimer } from './timer.ts';
import type { Write } from './write.ts';

/** How long a write waits. */
export interface Wait {
  /** Milliseconds; 0 is at once, together with all that waits. */
  readonly delay: number;
  /**
   * A number draws for each write what it waits, from 0 to twice the delay: later ones may overtake, the same ones for the same
   * number. `null` keeps the order.
   */
  readonly shuffleSeed: number | null;
}

export interface WriteQueue {
  /** @throws what applying it throws, where that is at once */
  readonly put: (write: Write, wait: Wait) => void;
  /** Applies all that still waits, in the order in which it was accepted. */
  readonly settle: () => void;
  /** Forgets all that still waits. The next write is its first. */
  readonly clear: () => void;
}

interface Waiting {
  readonly write: Write;
  readonly cancel: () => void;
}

/** @param onProblem hears what applying a write throws for which nobody waits; the others are applied all the same */
export function createWriteQueue(
  apply: (write: Write) => void,
  startTimer: StartTimer,
  onProblem: (problem: unknown) => void,
): WriteQueue {
  const waiting: Waiting[] = [];
  /** Writes that were put, for those that are drawn. */
  let number = 0;

  function applyAll(some: readonly Waiting[]): void {
    for (const { write, cancel } of some) {
      cancel();
      try {
        apply(write);
      } catch (problem) {
        onProblem(problem);
      }
    }
  }

  function settle(): void {
    applyAll(waiting.splice(0));
  }

  function wait(write: Write, ms: number, take: (next: Waiting) => readonly Waiting[]): void {
    const next: Waiting = { write, cancel: startTimer(() => applyAll(take(next)), ms) };
    waiting.push(next);
  }

  return {
    put(write, { delay, shuffleSeed }) {
      number += 1;
      if (delay === 0) {
        settle();
        apply(write);
      } else if (shuffleSeed === null) {
        // With all before it, so that what was accepted before is never seen after it, whatever the delay was then.
        wait(write, delay, (next) => waiting.splice(0, waiting.indexOf(next) + 1));
      } else {
        const ms = Math.min(MAX_DELAY, Math.round(chancesOf(shuffleSeed, number)() * 2 * delay));
        wait(write, ms, (next) => waiting.splice(waiting.indexOf(next), 1));
      }
    },
    settle,
    clear() {
      number = 0;
      for (const { cancel } of waiting.splice(0)) cancel();
    },
  };
}
