/**
 * How many requests may go to Braze: those of the contract, in any window of its length and over all processes that share the
 * store, and no more than Braze says in the headers of its answers (`api/api_limits`).
 */
import type { Json } from '../store/json.ts';
import type { Store } from '../store/store.ts';
import { noticeOf } from './rate-headers.ts';
import { slotsOf } from './rate-slots.ts';

export interface Budget {
  /**
   * 0: a request may leave now, and is counted. Otherwise the milliseconds after which to ask again, at least 1. Never rejects.
   */
  take(): Promise<number>;
  /** What an answer says. One for each that came, whatever its status. Never rejects. */
  learn(headers: Headers, status: number): Promise<void>;
  /** Requests that may leave now, as far as this process knows. */
  left(): number;
}

export interface BudgetOptions {
  /** Of the environment. */
  readonly name: string;
  readonly store: Pick<Store, 'count' | 'get' | 'put'>;
  readonly clock: () => number;
  /** `limit` requests in any `window` milliseconds. */
  readonly requests: { readonly limit: number; readonly window: number };
}

/** What Braze said last that matters: shared by all processes. */
interface Allowed {
  /** Of the requests that are counted since it said so. */
  readonly requests: number;
  /** Milliseconds since 1970: it holds no longer. */
  readonly until: number;
}

/**
 * Below this part of its limit, what Braze says that is left is counted down by all processes together. Above it, it is more than
 * they have under way: 300 of 3,000 are what 37 processes have with 8 each.
 */
const LOW = 1 / 10;

/** The same for a small limit: what two processes have under way. */
const LOW_LEAST = 16;

/** Milliseconds: a request without an answer after so long is not under way any more. */
const UNDER_WAY = 30_000;

/** Milliseconds: the seconds of two answers of one window are rounded, and each had its way to go. */
const SAME_RESET = 1_500;

/** Milliseconds. Counts of one reset are not cut in two: Braze's hours begin with the clock's, as ours do. */
const HOUR = 3_600_000;

/** How often a count is asked for that the store answers too late for its slot. */
const TRIES = 3;

export function createBudget({ name, store, clock, requests }: BudgetOptions): Budget {
  const key = `budget/${name}`;
  const slots = slotsOf(requests);
  /** The highest count that was seen of the slot that was looked at last. */
  let seen = { slot: 0, count: 0 };
  let allowed: Allowed | undefined;
  /** Those of `allowed` that are used, as far as this process knows. */
  let used = 0;
  /** When those left that have no answer yet, the oldest first. */
  const underWay: number[] = [];

  const slotAt = (time: number) => Math.floor(time / slots.length);
  const seenIn = (slot: number) => (seen.slot === slot ? seen.count : 0);

  const see = (slot: number, count: number) => {
    if (slot >= seen.slot) seen = { slot, count: Math.max(count, seenIn(slot)) };
  };

  const untilNext = (slot: number, now: number): number => {
    let next = slot + 1;
    while (slots.quotaOf(next) === 0) next += 1;
    return Math.max(1, next * slots.length - now);
  };

  const adopt = (other: Allowed | undefined) => {
    const before = allowed;
    allowed = stricterOf(allowed, other, clock());
    if (allowed?.until !== before?.until) used = 0;
  };

  /** Milliseconds that nothing may leave, by what Braze said. */
  const stop = (now: number): number =>
    allowed && now < allowed.until && allowed.requests <= used ? Math.max(1, allowed.until - now) : 0;

  /** Those of the slot, with this one. A store that fails is made up for by what this process has seen. */
  const countIn = async (slot: number): Promise<number> => {
    try {
      return await store.count(`${key}/slot/${slots.length}`, slots.length);
    } catch {
      return seenIn(slot) + 1;
    }
  };

  const load = async () => {
    try {
      adopt(allowedIn(await store.get(key)));
    } catch {
      // What this process has heard itself still holds.
    }
  };

  /** Takes one of those that Braze said are left. */
  const takeAllowed = async (): Promise<boolean> => {
    if (!allowed || allowed.until <= clock()) return true;
    const { until } = allowed;
    const own = used + 1;
    used = own;
    let count = own;
    try {
      count = await store.count(`${key}/until/${until}`, HOUR);
    } catch {
      // Counted here alone.
    }
    if (allowed.until !== until) return false;
    used = Math.max(used, count);
    return count <= allowed.requests;
  };

  const forgetLost = (now: number) => {
    while (underWay[0] !== undefined && now - underWay[0] >= UNDER_WAY) underWay.shift();
  };

  const take = async (): Promise<number> => {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const asked = clock();
      const slot = slotAt(asked);
      const stopped = stop(asked);
      if (stopped > 0) return stopped;
      if (seenIn(slot) >= slots.quotaOf(slot)) return untilNext(slot, asked);
      const [count] = await Promise.all([countIn(slot), load()]);
      const now = clock();
      const last = slotAt(now);
      // It counts for the slot in which it was asked for, or for the one in which the answer came: both have to have room.
      const isInTime = last === slot || (last === slot + 1 && now - last * slots.length < slots.slack);
      const quota = Math.min(slots.quotaOf(slot), slots.quotaOf(last));
      if (last === slot) see(slot, count);
      if (!isInTime || (last !== slot && count > quota)) continue;
      if (count > quota) return untilNext(slot, now);
      const stoppedNow = stop(now);
      if (stoppedNow > 0) return stoppedNow;
      if (!(await takeAllowed())) return Math.max(1, stop(clock()));
      const left = clock();
      forgetLost(left);
      underWay.push(left);
      return 0;
    }
    const now = clock();
    return untilNext(slotAt(now), now);
  };

  return {
    take,
    async learn(headers, status) {
      const now = clock();
      underWay.shift();
      const notice = noticeOf(headers, status, now, requests);
      if (!notice) return;
      forgetLost(now);
      // Those under way may not be counted in what Braze says is left.
      const free = Math.max(0, notice.remaining - underWay.length);
      const limit = notice.limit ?? requests.limit;
      if (free > Math.max(LOW_LEAST, limit * LOW)) return;
      const before = allowed && now < allowed.until ? allowed : undefined;
      const isSame = before !== undefined && Math.abs(before.until - notice.until) <= SAME_RESET;
      const next: Allowed =
        free === 0
          ? { requests: 0, until: isSame ? Math.max(before.until, notice.until) : notice.until }
          : isSame
            ? { requests: Math.min(before.requests, used + free), until: before.until }
            : { requests: free, until: notice.until };
      adopt(next);
      if (!allowed) return;
      try {
        await store.put(key, { ...allowed }, allowed.until - now);
      } catch {
        // The other processes hear it from Braze themselves.
      }
    },
    left() {
      const now = clock();
      if (stop(now) > 0) return 0;
      const slot = slotAt(now);
      const ofSlot = Math.max(0, slots.quotaOf(slot) - seenIn(slot));
      return allowed && now < allowed.until ? Math.min(ofSlot, allowed.requests - used) : ofSlot;
    },
  };
}

/** The one that lets fewer leave. Of two that let nothing leave, the longer one. */
function stricterOf(one: Allowed | undefined, other: Allowed | undefined, now: number): Allowed | undefined {
  const [first, second] = [one, other].filter((each) => each !== undefined && now < each.until);
  if (!first || !second) return first ?? second;
  if (first.requests !== second.requests) return first.requests < second.requests ? first : second;
  return first.until >= second.until ? first : second;
}

function allowedIn(stored: Json | undefined): Allowed | undefined {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return undefined;
  const { requests, until } = stored as Readonly<Record<string, Json>>;
  return typeof requests === 'number' && typeof until === 'number' ? { requests, until } : undefined;
}
