/**
 * How many requests may go to Braze: those of the contract, in any window of its length and over all processes that share the
 * store, and no more than Braze says in the headers of its answers (`api/api_limits`).
 */
import type { RequestLimit, Requests } from '../config.ts';
import type { Json } from '../store/json.ts';
import type { Store } from '../store/store.ts';
import { limitsIn, noticeOf, UNCERTAIN } from './rate-headers.ts';
import { slotsOf as spreadSlotsOf, windowAround, type Slots } from './rate-slots.ts';
import { windowOf, type RateWindow } from './rate-window.ts';

export interface Budget {
  /**
   * 0: a request may leave now, and is counted. Otherwise the milliseconds after which to ask again, at least 1. Never rejects.
   */
  take(): Promise<number>;
  /** The same, with until when it has to leave (milliseconds since 1970), or how long to wait. What leaves later would come into a window that it was not counted in. */
  takeUntil(): Promise<Taken>;
  /** The last that was taken was not used: nothing left. The next may have it. */
  giveBack(): void;
  /** Nor was one whose time is over. Its place is lost. */
  letGo(): void;
  /** What an answer says. One for each that came, whatever its status. Never rejects. */
  learn(headers: Headers, status: number): Promise<void>;
  /** Requests that may leave now, as far as this process knows. */
  left(): number;
}

export type Taken = { readonly until: number } | { readonly wait: number };

export interface BudgetOptions {
  /** Of the environment. */
  readonly name: string;
  readonly store: Pick<Store, 'count' | 'get' | 'put'>;
  readonly clock: () => number;
  readonly requests: Requests;
  /** How each of them is cut: by default, spread over its window. */
  readonly slotsOf?: (limit: RequestLimit) => Slots;
}

/** What Braze said last that matters: shared by all processes. It is of a window of Braze's, which ends at `until` at the latest. */
interface Allowed {
  /** Under this they are counted. */
  readonly id: string;
  /** Of the requests that are counted since it was said first. */
  readonly requests: number;
  /** Milliseconds since 1970: when it was said last, and when it holds no longer. */
  readonly at: number;
  readonly until: number;
}

/** A request that left, and under which counts it was counted. */
interface Departure {
  readonly at: number;
  /** Of each limit. */
  readonly slots: readonly number[];
  readonly allowed: string | undefined;
}

/** One of the limits, as this process knows it. */
interface Gate {
  readonly slots: Slots;
  /** The highest count that was seen of the slot that was looked at last. */
  seen: Count;
  /** Counted in the store, and not used. */
  spare: Count;
  /** Of a limit that rolls: the slots before, as far as they are known. */
  readonly earlier: Map<number, Earlier>;
}

interface Earlier {
  readonly count: number;
  /** It is over for everybody. */
  readonly isFinal: boolean;
}

interface Count {
  slot: number;
  count: number;
}

/** What asking a limit comes to. */
type Leave = { readonly type: 'yes' | 'again' } | { readonly type: 'wait'; readonly milliseconds: number };

/**
 * Below this part of its limit, what Braze says that is left is counted down by all processes together. Above it, it is more than
 * they have under way: 300 of 3,000 are what 37 processes have with 8 each.
 */
const LOW = 1 / 10;

/** The same for a small limit: what two processes have under way. */
const LOW_LEAST = 16;

/** Milliseconds: a request without an answer after so long is not under way any more. */
const UNDER_WAY = 30_000;

/** Milliseconds by which the clocks of processes on one store may differ. */
const SKEW = 1_000;

/** Milliseconds. Counts of one window are not cut in two: Braze's hours begin with the clock's, as ours do. */
const HOUR = 3_600_000;

/** How often a count is asked for that the store answers too late for its slot. */
const TRIES = 3;

export function createBudget({
  name,
  store,
  clock,
  requests,
  slotsOf = spreadSlotsOf,
}: BudgetOptions): Budget {
  const key = `budget/${name}`;
  const limits = limitsIn(requests);
  /** The shortest first. */
  const gates = [...limits]
    .sort((one, other) => one.window - other.window)
    .map((limit): Gate => ({
      slots: slotsOf(limit),
      seen: { slot: 0, count: 0 },
      spare: { slot: 0, count: 0 },
      earlier: new Map(),
    }));
  const smallest = Math.min(...limits.map(({ limit }) => limit));
  let allowed: Allowed | undefined;
  /** Those of `allowed` that are used, as far as this process knows. */
  let used = 0;
  /** Those that were counted under an `allowed`, and not used. */
  let spareAllowed = { id: '', count: 0 };
  /** The window that Braze's last answer was about. */
  let heard: RateWindow | undefined;
  /** Those that left and have no answer yet, the oldest first. */
  const underWay: Departure[] = [];

  const slotAt = ({ slots }: Gate, time: number) => Math.floor(time / slots.length);
  const countIn = (count: Count, slot: number) => (count.slot === slot ? count.count : 0);

  const see = (gate: Gate, slot: number, count: number) => {
    // Further ahead than the next: the clock was set back.
    if (slot < gate.seen.slot && slot >= gate.seen.slot - 1) return;
    const { slot: last, count: highest } = gate.seen;
    if (last !== slot && gate.slots.before > 0) recall(gate, last, highest, false);
    gate.seen = { slot, count: Math.max(count, countIn(gate.seen, slot)) };
  };

  const recall = ({ earlier }: Gate, slot: number, count: number, isFinal: boolean) => {
    const before = earlier.get(slot);
    earlier.set(slot, { count: Math.max(count, before?.count ?? 0), isFinal });
  };

  /** What may leave in that slot, beside what has left in those before it that count as well. */
  const quotaIn = (gate: Gate, slot: number): number => {
    const { slots, earlier, seen } = gate;
    let quota = slots.quotaOf(slot);
    for (let other = slot - slots.before; other < slot; other += 1)
      quota -= Math.max(earlier.get(other)?.count ?? 0, countIn(seen, other));
    return Math.max(0, quota);
  };

  const untilNext = (gate: Gate, slot: number, now: number): number => {
    let next = slot + 1;
    while (quotaIn(gate, next) === 0) next += 1;
    return Math.max(1, next * gate.slots.length - now);
  };

  /** Under which the store counts a slot of a limit that rolls, and for how long: it is asked for after its end. */
  const placeOf = ({ slots }: Gate, slot: number): readonly [name: string, window: number] => {
    const { length, before, slack } = slots;
    const end = (slot + before + 1) * length + slack + SKEW;
    return [`${key}/rolling/${length}/${slot}`, windowAround(slot * length, end, 2 * (before + 1) * length)];
  };

  /** What all processes have counted in the slots before, where that may have changed. */
  const look = async (gate: Gate, slot: number): Promise<void> => {
    const { slots, earlier } = gate;
    for (const known of earlier.keys())
      if (known < slot - slots.before || known >= slot) earlier.delete(known);
    const open = Array.from({ length: slots.before }, (_, index) => slot - 1 - index).filter(
      (each) => earlier.get(each)?.isFinal !== true,
    );
    await Promise.all(
      open.map(async (each) => {
        const isFinal = clock() >= (each + 1) * slots.length + slots.slack + SKEW;
        try {
          recall(gate, each, await store.count(...placeOf(gate, each), 0), isFinal);
        } catch {
          // What this process has seen itself still holds.
        }
      }),
    );
  };

  const adopt = (other: Allowed | undefined) => {
    const before = allowed;
    allowed = stricterOf(allowed, other, clock());
    if (allowed?.id !== before?.id) used = 0;
  };

  /** Milliseconds that nothing may leave, by what Braze said. */
  const stop = (now: number): number =>
    holds(allowed, now) && allowed.requests <= used - spareOf(allowed) ? Math.max(1, allowed.until - now) : 0;

  const spareOf = ({ id }: Allowed) => (spareAllowed.id === id ? spareAllowed.count : 0);

  const hasRoom = (gate: Gate, slot: number): boolean =>
    countIn(gate.spare, slot) > 0 || countIn(gate.seen, slot) < quotaIn(gate, slot);

  /** Those of the slot, with this one. A store that fails is made up for by what this process has seen. */
  const count = async (gate: Gate, slot: number): Promise<number> => {
    const spare = countIn(gate.spare, slot);
    if (spare > 0) {
      gate.spare = { slot, count: spare - 1 };
      // It has its place already.
      return 0;
    }
    const { length, before } = gate.slots;
    try {
      if (before > 0) return await store.count(...placeOf(gate, slot));
      return await store.count(`${key}/slot/${length}`, length);
    } catch {
      return countIn(gate.seen, slot) + 1;
    }
  };

  const spare = (gate: Gate, slot: number) => {
    gate.spare = { slot, count: countIn(gate.spare, slot) + 1 };
  };

  /** Whether one that was counted in the slot may leave now. */
  const judge = (gate: Gate, slot: number, counted: number, now: number): Leave => {
    const { slots } = gate;
    const last = slotAt(gate, now);
    const isRolling = slots.before > 0;
    // Of a limit that rolls the slot has to last: who asks in the next one may have looked at this one before it was counted. Of another it counts
    // for the slot in which it was asked for, or for the one in which the answer came: both have to have room.
    const isInTime =
      last === slot || (!isRolling && last === slot + 1 && now - last * slots.length < slots.slack);
    const quota = isRolling ? quotaIn(gate, slot) : Math.min(slots.quotaOf(slot), slots.quotaOf(last));
    if (last === slot) see(gate, slot, counted);
    if (!isInTime || (last !== slot && counted > quota)) return { type: 'again' };
    return counted > quota ? { type: 'wait', milliseconds: untilNext(gate, slot, now) } : { type: 'yes' };
  };

  const adoptForAll = async (next: Allowed, now: number) => {
    adopt(next);
    if (!allowed) return;
    try {
      await store.put(key, { ...allowed }, allowed.until - now);
    } catch {
      // The other processes hear it from Braze themselves.
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
    if (!holds(allowed, clock())) return true;
    const { id } = allowed;
    if (spareOf(allowed) > 0) {
      spareAllowed.count -= 1;
      return true;
    }
    const own = used + 1;
    used = own;
    let counted = own;
    try {
      counted = await store.count(`${key}/until/${id}`, HOUR);
    } catch {
      // Counted here alone.
    }
    if (allowed.id !== id) return false;
    used = Math.max(used, counted);
    return counted <= allowed.requests;
  };

  const forgetLost = (now: number) => {
    while (underWay[0] !== undefined && Math.abs(now - underWay[0].at) >= UNDER_WAY) underWay.shift();
  };

  /** Half of the slack is for what passes here until it leaves, and half for the way to Braze. */
  const leavesBy = ({ slots }: Gate, slot: number): number =>
    (slot + 1) * slots.length + (slots.before > 0 ? 0 : slots.slack / 2);

  const takeUntil = async (): Promise<Taken> => {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const asked = clock();
      const stopped = stop(asked);
      if (stopped > 0) return { wait: stopped };
      const asks = gates.map((gate) => ({ gate, slot: slotAt(gate, asked) }));
      const rolling = asks.filter(({ gate }) => gate.slots.before > 0);
      if (rolling.length > 0) await Promise.all(rolling.map(({ gate, slot }) => look(gate, slot)));
      const full = asks.filter(({ gate, slot }) => !hasRoom(gate, slot));
      if (full.length > 0)
        return { wait: Math.max(...full.map(({ gate, slot }) => untilNext(gate, slot, asked))) };
      const [counts] = await Promise.all([
        Promise.all(asks.map(({ gate, slot }) => count(gate, slot))),
        load(),
      ]);
      const now = clock();
      const judged = asks.map((ask, index) => ({
        ...ask,
        leave: judge(ask.gate, ask.slot, counts[index] ?? 0, now),
      }));
      const giveBackCounts = () => {
        for (const { gate, slot, leave } of judged) if (leave.type === 'yes') spare(gate, slot);
      };
      const waits = judged.flatMap(({ leave }) => (leave.type === 'wait' ? [leave.milliseconds] : []));
      if (waits.length > 0 || judged.some(({ leave }) => leave.type === 'again')) {
        giveBackCounts();
        if (waits.length > 0) return { wait: Math.max(...waits) };
        continue;
      }
      const stoppedNow = stop(now);
      if (stoppedNow > 0 || !(await takeAllowed())) {
        giveBackCounts();
        return { wait: Math.max(1, stop(clock())) };
      }
      const left = clock();
      forgetLost(left);
      const slots = asks.map(({ slot }) => slot);
      underWay.push({ at: left, slots, allowed: holds(allowed, left) ? allowed.id : undefined });
      return { until: Math.min(...asks.map(({ gate, slot }) => leavesBy(gate, slot))) };
    }
    const now = clock();
    return { wait: Math.max(...gates.map((gate) => untilNext(gate, slotAt(gate, now), now))) };
  };

  return {
    async take() {
      const taken = await takeUntil();
      return 'wait' in taken ? taken.wait : 0;
    },
    takeUntil,
    letGo: () => void underWay.pop(),
    giveBack() {
      const [oldest] = underWay;
      const last = underWay.pop();
      if (!oldest || !last) return;
      // Which of them it was is not known: where they are counted alike it makes no difference, and else it counts as used.
      gates.forEach((gate, index) => {
        const slot = last.slots[index];
        if (slot !== undefined && slot === oldest.slots[index]) spare(gate, slot);
      });
      const { allowed: id } = last;
      if (id === undefined || id !== oldest.allowed) return;
      spareAllowed = { id, count: spareAllowed.id === id ? spareAllowed.count + 1 : 1 };
    },
    async learn(headers, status) {
      const now = clock();
      underWay.shift();
      const notice = noticeOf(headers, status, now, requests);
      if (!notice) return;
      forgetLost(now);
      const before = holds(allowed, now) ? allowed : undefined;
      // Nothing leaves before that ends, whatever answers of before say.
      if (status !== 429 && before?.requests === 0) return;
      if (status === 429) {
        await adoptForAll({ id: String(notice.until), requests: 0, at: now, until: notice.until }, now);
        return;
      }
      const window = windowOf(heard, notice, now);
      if (!window) return;
      heard = window;
      // Those under way may not be counted in what Braze says is left.
      const free = Math.max(0, notice.remaining - underWay.length);
      if (free > Math.max(LOW_LEAST, (notice.limit ?? smallest) * LOW)) return;
      const isSame = before && before.until > window.earliest && before.until - window.until < UNCERTAIN;
      const until = isSame ? Math.min(before.until, window.until) : window.until;
      await adoptForAll(
        isSame
          ? { id: before.id, requests: Math.min(before.requests, used + free), at: now, until }
          : { id: String(until), requests: free, at: now, until },
        now,
      );
    },
    left() {
      const now = clock();
      if (stop(now) > 0) return 0;
      const ofSlots = gates.map((gate) => {
        const slot = slotAt(gate, now);
        return quotaIn(gate, slot) - countIn(gate.seen, slot) + countIn(gate.spare, slot);
      });
      const ofBraze = holds(allowed, now) ? allowed.requests - used + spareOf(allowed) : Infinity;
      return Math.max(0, Math.min(...ofSlots, ofBraze));
    },
  };
}

/** No longer than it was to hold when it was said: the clock may have been set back since. */
function holds(allowed: Allowed | undefined, now: number): allowed is Allowed {
  return allowed !== undefined && now < allowed.until && now >= allowed.at - SKEW;
}

/** The one that lets fewer leave. Of two that let nothing leave, the longer one. */
function stricterOf(one: Allowed | undefined, other: Allowed | undefined, now: number): Allowed | undefined {
  const [first, second] = [one, other].filter((each) => holds(each, now));
  if (!first || !second) return first ?? second;
  if (first.id === second.id)
    return {
      ...first,
      requests: Math.min(first.requests, second.requests),
      until: Math.min(first.until, second.until),
    };
  if (first.requests !== second.requests) return first.requests < second.requests ? first : second;
  return first.until >= second.until ? first : second;
}

function allowedIn(stored: Json | undefined): Allowed | undefined {
  // Nobody else writes under this name.
  return stored as unknown as Allowed | undefined;
}
