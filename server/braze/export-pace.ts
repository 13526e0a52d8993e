/**
 * How fast exports leave that are not full. Pure. Braze takes few of them, and each has room for 50 people: where many come at once, those who
 * wait a moment for each other all get an answer, and those who do not use up what the others need
 * (docs/decisions/0036-profiles-are-read-together-and-kept-in-memory.md).
 */
import type { RequestLimit } from '../config.ts';

/** Of the limit: so much is for those who come a few at a time. The rest is for crowds, whose exports are full and wait for nothing. */
const SPREAD = 1 / 2;

/** People who should come within the pace: for fewer nobody waits, for that would fill nothing. */
const COMPANY = 2;

export interface Exporting {
  /** Exports that may leave yet in this window, of all processes. */
  readonly left: number;
  /** Those that this process has let leave in it. */
  readonly own: number;
  /** Milliseconds from one person to the next, at this process. */
  readonly interval: number;
}

/**
 * @param limit of which `left` is told
 * @returns milliseconds between two exports of this process; one that is full waits for none of it
 */
export function paceOf({ limit, window }: RequestLimit, { left, own, interval }: Exporting): number {
  const share = limit * SPREAD;
  // Others keep the same pace: by how many there are of mine it is known how many more there are of them.
  const processes = Math.max(1, (limit - left + 1) / (own + 1));
  // What is left for crowds is given away the slower the less it is.
  const scarcity = Math.max(1, share / Math.max(1, left)) ** 2;
  const pace = (window / share) * processes * scarcity;
  return pace < COMPANY * interval ? 0 : pace;
}
