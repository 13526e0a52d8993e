/** What an answer of Braze's says about how many requests may still come. Pure. */
import type { RequestLimit, Requests } from '../config.ts';

/** So many requests may come until then. */
export interface RateNotice {
  readonly remaining: number;
  /** Milliseconds since 1970, by our clock: not later than this. Later than now. */
  readonly until: number;
  /** Not before this: Braze tells seconds, and the answer was on its way. */
  readonly earliest: number;
  /** Of the window that the notice is about, where it says so. */
  readonly limit: number | undefined;
}

/** Milliseconds. Braze's longest window is the clock hour (`api/api_limits`): a longer wait would be a misread header. */
const LONGEST = 3_600_000;

/** Milliseconds to wait after a 429 that says nothing: the burst window of every contract (`api/api_limits`). */
const UNSAID = 3_000;

/** Milliseconds to wait after a 429 that says "now", or names a time that has passed by our clock. */
const LEAST = 1_000;

/** Milliseconds: a second that a time in whole seconds may be off, and a quarter for the way of an answer. */
export const UNCERTAIN = 1_250;

/** Above this, a reset is a time in epoch seconds and no number of seconds: 2001, or 31 years. */
const EPOCH = 1_000_000_000;

/**
 * @param requests what we go by
 * @returns `undefined` where nothing is said, or nothing that makes sense
 */
export function noticeOf(
  headers: Headers,
  status: number,
  now: number,
  requests: Requests,
): RateNotice | undefined {
  const limit = numberIn(headers, 'x-ratelimit-limit');
  if (status === 429) {
    return noticeUntil(now + (waitOf(headers, status, now, requests) ?? UNSAID), 0, limit);
  }
  const untilReset = waitOfReset(headers, now, longestReset(headers, requests));
  const remaining = numberIn(headers, 'x-ratelimit-remaining');
  if (remaining === undefined || untilReset === undefined || untilReset <= 0) return undefined;
  return noticeUntil(now + untilReset, remaining, limit);
}

function noticeUntil(until: number, remaining: number, limit: number | undefined): RateNotice {
  return { remaining, until, earliest: until - UNCERTAIN, limit };
}

/**
 * Milliseconds for which Braze asks us to wait, or `undefined` where it does not: after a 429 it always does. A reset comes with every
 * answer, and says something only there.
 * @param requests what we go by, where it is at hand
 */
export function waitOf(
  headers: Headers,
  status: number,
  now: number,
  requests?: Requests,
): number | undefined {
  const asked = waitOfRetryAfter(headers, now);
  const wait = asked ?? (status === 429 ? limitedWait(headers, now, requests) : undefined);
  return wait === undefined ? undefined : Math.min(LONGEST, Math.max(LEAST, wait));
}

function limitedWait(headers: Headers, now: number, requests: Requests | undefined): number {
  return waitOfReset(headers, now, longestReset(headers, requests)) ?? UNSAID;
}

/** A limit of the same size has the same window, and so a reset that is not further away. */
function longestReset(headers: Headers, requests: Requests | undefined): number {
  const limit = numberIn(headers, 'x-ratelimit-limit');
  const windows = limitsIn(requests ?? []).filter((ours) => ours.limit === limit);
  return Math.min(LONGEST, ...windows.map(({ window }) => window + 1_000));
}

export function limitsIn(requests: Requests): readonly RequestLimit[] {
  return 'limit' in requests ? [requests] : requests;
}

/**
 * Milliseconds until the limit is whole again. `x-ratelimit-reset` is a time in epoch seconds (`api/api_limits`), or the seconds
 * that remain (post_user_track, contracts by monthly active users).
 */
function waitOfReset(headers: Headers, now: number, longest: number): number | undefined {
  const reset = numberIn(headers, 'x-ratelimit-reset');
  if (reset === undefined) return undefined;
  if (reset <= EPOCH) return Math.min(LONGEST, reset * 1_000);
  // Braze's clock need not be ours. It says its own time; and where it does not, no window is longer than it is.
  return Math.min(longest, reset * 1_000 - (dateIn(headers, 'date') ?? now));
}

/** Milliseconds by `Retry-After` (RFC 9110, section 10.2.3: seconds or a date), or `X-Ratelimit-Retry-After` (seconds). */
function waitOfRetryAfter(headers: Headers, now: number): number | undefined {
  const seconds = numberIn(headers, 'retry-after') ?? numberIn(headers, 'x-ratelimit-retry-after');
  if (seconds !== undefined) return seconds * 1_000;
  const date = dateIn(headers, 'retry-after');
  return date === undefined ? undefined : date - (dateIn(headers, 'date') ?? now);
}

function numberIn(headers: Headers, name: string): number | undefined {
  const value = headers.get(name)?.trim() ?? '';
  return /^\d{1,12}$/.test(value) ? Number(value) : undefined;
}

function dateIn(headers: Headers, name: string): number | undefined {
  const value = headers.get(name) ?? '';
  // An HTTP date has letters: a number is no year.
  const date = /[a-z]/i.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : date;
}
