/**
 * How a limit of requests per window becomes counts that processes can share. Pure.
 *
 * Nobody can say when a window of Braze's that is shorter than an hour begins, so the limit has to hold for a window that begins anywhere. Time is cut into slots, of
 * which each has a quota; the quotas repeat every `slots` slots, and together they are the limit. A slot is so long that
 * `slots - 1` of them outlast the window and the slack: then any window touches `slots` of them at most, which follow one another,
 * and have the limit between them. What this costs is one slot and the slack: 5-15 % of the limit, less for a higher one.
 */
import type { RequestLimit } from '../config.ts';

export interface Slots {
  /** Milliseconds. A slot begins where the clock shows a multiple of it. */
  readonly length: number;
  /** Milliseconds after its slot's end at which a request may still leave. */
  readonly slack: number;
  /** Requests that may leave in the slot that begins at `slot * length`, and in so many before it. */
  readonly quotaOf: (slot: number) => number;
  /** Of a limit that rolls: how many slots before it count as well. Else none. */
  readonly before: number;
}

/** More would gain less than 5 % of the limit, and a burst would be cut into smaller pieces: 3,000 per 3 s are 142 in 154 ms. */
const MOST_SLOTS = 21;

/** Fewer would cost more than an eighth of the limit. Of a limit below it some slots have none. */
const FEWEST_SLOTS = 8;

/** Milliseconds. A store takes a few to count: in a shorter slot its answer would come too late. */
const SHORTEST_SLOT = 25;

/** Of the window: what the way to Braze may differ by between two requests (75 ms of 3 s), on top of a store that is slow. */
const SLACK = 1 / 40;

/** Milliseconds: of half an hour a fortieth would be 45 seconds. */
const MOST_SLACK = 1_000;

/** Milliseconds. From here on windows "reset on the clock hour" (`api/api_limits`), and there is nothing to spread. */
const HOUR = 3_600_000;

/** @param requests `limit` requests in any `window` milliseconds; from an hour on, in each that begins at a multiple of it */
export function slotsOf({ limit, window }: RequestLimit): Slots {
  if (window >= HOUR) return { length: window, slack: 0, quotaOf: () => limit, before: 0 };
  const wanted = Math.min(MOST_SLOTS, Math.max(FEWEST_SLOTS, limit));
  const slots = Math.max(2, Math.min(wanted, 1 + Math.floor(window / SHORTEST_SLOT)));
  const slack = Math.min(MOST_SLACK, Math.ceil(window * SLACK));
  /** Of the slots of one round from the first to this one. */
  const shareUpTo = (place: number) => Math.floor((place * limit) / slots);
  return {
    length: Math.ceil((window + slack) / (slots - 1)),
    slack,
    quotaOf: (slot) => shareUpTo((slot % slots) + 1) - shareUpTo(slot % slots),
    before: 0,
  };
}

/**
 * The same where a burst may have all that is left at once. A slot has no quota of its own: what has left in it and in those before that a
 * window may touch is under the limit. It takes the counts of these too, which is worth it where a window is long and requests are few.
 * @param reserve requests that are left to others under the limit
 */
export function rollingSlotsOf(requests: RequestLimit, reserve = 0): Slots {
  const spread = slotsOf(requests);
  const { limit, window } = requests;
  if (window >= HOUR) return { ...spread, quotaOf: () => limit - reserve };
  return {
    ...spread,
    quotaOf: () => limit - reserve,
    before: Math.ceil((window + spread.slack) / spread.length),
  };
}

/**
 * A window (milliseconds, by multiples of which a store counts) that holds both times: a count is not cut in two.
 * @param least milliseconds
 */
export function windowAround(from: number, to: number, least: number): number {
  let window = least;
  while (Math.floor(from / window) !== Math.floor(to / window)) window *= 2;
  return window;
}
