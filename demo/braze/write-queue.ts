/** Lets what was accepted be seen after a while, in the order in which it was accepted. */
import type { StartTimer } from './timer.ts';
import type { Write } from './write.ts';

export interface WriteQueue {
  /** Applies it after `delay` milliseconds, and after everything that was put before it; 0 applies all of it at once. */
  readonly put: (write: Write, delay: number) => void;
  /** Applies all that still waits. */
  readonly settle: () => void;
  /** Forgets all that still waits. */
  readonly clear: () => void;
}

interface Waiting {
  readonly write: Write;
  readonly cancel: () => void;
}

export function createWriteQueue(apply: (write: Write) => void, startTimer: StartTimer): WriteQueue {
  const waiting: Waiting[] = [];

  /** In order, so that what was accepted before is never seen after it, whatever the delay was then. */
  function applyUntil(last: Waiting): void {
    for (const { write, cancel } of waiting.splice(0, waiting.indexOf(last) + 1)) {
      cancel();
      apply(write);
    }
  }

  function settle(): void {
    const last = waiting.at(-1);
    if (last) applyUntil(last);
  }

  return {
    put(write, delay) {
      const next: Waiting = {
        write,
        cancel: delay === 0 ? () => undefined : startTimer(() => applyUntil(next), delay),
      };
      waiting.push(next);
      if (delay === 0) settle();
    },
    settle,
    clear() {
      for (const { cancel } of waiting.splice(0)) cancel();
    },
  };
}
