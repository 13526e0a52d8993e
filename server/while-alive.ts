/** Work that goes on after an answer. */
import type { Context } from 'hono';

/** At the edge the runtime ends a request's work with its answer unless told otherwise; Node does not, and there this does nothing. */
export function whileAlive(c: Context, work: () => Promise<void>): void {
  let waitUntil: ((work: Promise<unknown>) => void) | undefined;
  try {
    waitUntil = c.executionCtx.waitUntil.bind(c.executionCtx);
  } catch {
    return;
  }
  waitUntil(work());
}
