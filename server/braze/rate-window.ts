/**
 * When the window of Braze's ends that its answers are about. Braze tells whole seconds, so each answer leaves a second open; the
 * answers of one window together leave a few milliseconds. Pure.
 */
import type { RateNotice } from './rate-headers.ts';

/** It ends between these. Milliseconds since 1970, by our clock. */
export interface RateWindow {
  readonly earliest: number;
  readonly until: number;
  /** When its first answer came. */
  readonly at: number;
  /** By its last answer. */
  readonly remaining: number;
}

/** Of the limit. Answers that overtake one another differ by what is under way; where so much more is left, a window has begun. */
const LEAP = 1 / 2;

/**
 * @param before what is known from earlier answers
 * @returns `undefined` where the notice is of a window that is over
 */
export function windowOf(
  before: RateWindow | undefined,
  { earliest, until, remaining, limit }: RateNotice,
  now: number,
): RateWindow | undefined {
  const hasLeapt = before && limit !== undefined && remaining - before.remaining > limit * LEAP;
  const isOver = !before || now >= before.until || now < before.at || earliest >= before.until;
  if (isOver || hasLeapt) return { earliest, until, remaining, at: now };
  if (until <= before.earliest) return undefined;
  return {
    earliest: Math.max(earliest, before.earliest),
    until: Math.min(until, before.until),
    at: before.at,
    remaining,
  };
}
