/**
 * How fast exports leave that are not full. Pure. Braze takes few of them, and each has room for 50 people: where many come at once, those who
 * wait a moment for each other all get an answer, and those who do not use up what the others need
 * (docs/decisions/0036-profiles-are-read-together-and-kept-in-memory.md).
 */
import type { RequestLimit } from '../config.ts';

/**
 * Of the limit that is spread over its window: 200 full exports of 250, with 10,000 people in them. The rest is for those that leave half full
 * at the beginning, and for others under the same limit.
 */
const SPREAD = 4 / 5;

/** Of the limit: so much is for those who come one by one. What is left then is for crowds, and leaves the slower the less it is. */
const AMPLE = 1 / 2;

export interface Exported {
  /** That may leave yet in this window, of all processes. */
  readonly left: number;
  /** That this process has let leave in it. */
  readonly own: number;
}

/**
 * @param limit of which `left` is told
 * @returns milliseconds between two exports of this process; one that is full waits for none of it
 */
export function paceOf({ limit, window }: RequestLimit, { left, own }: Exported): number {
  const spacing = window / (limit * SPREAD);
  // Others keep the same pace: by how many there are of mine it is known how many more there are of them.
  const processes = Math.max(1, (limit - left + 1) / (own + 1));
  const scarcity = Math.max(1, (limit * AMPLE) / Math.max(1, left)) ** 2;
  return spacing * processes * scarcity;
}
