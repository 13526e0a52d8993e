/** Lets what was accepted be seen after a while, in the order in which it was accepted. */
import type { Write } from './write.ts';

export interface WriteQueue {
  /** Applies it after `delay` milliseconds, and after everything that was put before it; 0 applies all of it at once. */
  readonly put: (write: Write, delay: number) => void;
  /** Applies all that still waits. */
  readonly settle: () => void;
  /** Forgets all that still waits. */
  readonly clear: () => void;
}

export function createWriteQueue(apply: (write: Write) => void): WriteQueue {
  let waiting: Write[] = [];
  const timers = new Set<ReturnType<typeof setTimeout>>();

  function applyUntil(last: Write): void {
    const end = waiting.indexOf(last) + 1;
    for (const write of waiting.splice(0, end)) apply(write);
  }

  return {
    put(write, delay) {
      waiting.push(write);
      if (delay === 0) {
        applyUntil(write);
        return;
      }
      const timer = setTimeout(() => {
        timers.delete(timer);
        applyUntil(write);
      }, delay).unref();
      timers.add(timer);
    },
    settle() {
      for (const write of waiting.splice(0)) apply(write);
    },
    clear() {
      waiting = [];
      timers.forEach(clearTimeout);
      timers.clear();
    },
  };
}
