/**
 * Sends what the store holds, oldest first and in batches, and forgets each submission only on its receipt. One page of the browser
 * sends at a time. What cannot be delivered now is tried again: later and later, when the browser comes back online, and on the
 * next page.
 */
import type { Losses, Submission } from '../contract/wire.ts';
import type { Snapshot } from '../flow/snapshot.ts';
import type { Verdict } from '../flow/verdict.ts';
import { LEASE, type Claimed, type OutboxStore } from './store.ts';

/** What the transport made of a request. */
export type Answer =
  /** Receipts: what has none waits. `retryAfter`: seconds that the relay asked for. */
  | {
      readonly type: 'answered';
      readonly verdicts: readonly Verdict[];
      readonly retryAfter?: number | undefined;
    }
  /** A session was opened: now it can be sent. */
  | { readonly type: 'again' }
  /** The relay's final refusal: sent again, it would be refused again. */
  | { readonly type: 'refused' }
  /** Not now. `isSuspect`: the relay itself failed, and what was sent may be the reason. */
  | { readonly type: 'later'; readonly retryAfter?: number | undefined; readonly isSuspect?: boolean };

/** What the pages of an origin tell each other. */
export type News =
  | { readonly type: 'stored' }
  | { readonly type: 'settled'; readonly verdicts: readonly Verdict[] }
  /** Nothing is left. */
  | { readonly type: 'done' }
  /** A conversation has gone on to here. */
  | { readonly type: 'moved'; readonly snapshot: Snapshot }
  /** The visitor has left a page with this conversation: they may be with it on another. */
  | { readonly type: 'left'; readonly conversation: string }
  /** The visitor, or a consent tool of the page, takes it back that anything may be kept and sent. `page`: of which one. */
  | { readonly type: 'withdrawn'; readonly by: 'visitor' | 'page'; readonly page: string }
  /** The visitor has gone, and another one begins with this era. */
  | { readonly type: 'ended'; readonly era: string };

export interface OutboxListener {
  /** Submissions have their verdicts, here or in another tab; an `error` without a node to go to is of one that was given up. */
  readonly settled: (verdicts: readonly Verdict[]) => void;
  /** Whether something is left after an attempt. */
  readonly waiting: (isWaiting: boolean) => void;
}

export interface OutboxPorts {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly setTimer: (callback: () => void, milliseconds: number) => () => void;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  /** Runs it while no other tab sends. False, and not run, where one does. */
  readonly tryLock: (run: () => Promise<void>) => Promise<boolean>;
  /** To the other tabs. */
  readonly tell: (news: News) => void;
  readonly isOnline: () => boolean;
  /** Whether the page lets anything be sent. */
  readonly isAllowed: () => boolean;
}

export interface OutboxOptions {
  readonly store: OutboxStore;
  /** Never rejects. */
  readonly send: (claimed: Claimed) => Promise<Answer>;
  readonly listener: OutboxListener;
  readonly ports: OutboxPorts;
  /** Of leases: another one for each page. */
  readonly owner: string;
}

export interface Outbox {
  /** Sends what there is. */
  flush(): Promise<void>;
  /** From another tab. */
  hear(news: News): void;
  /** From now on, what could not be sent is planned again. */
  connect(): void;
  /** Stops what is planned, and plans nothing more. */
  disconnect(): void;
}

/** First pause in milliseconds; doubled with each attempt that failed. */
const FIRST_PAUSE = 1_000;

/** A relay that is back is found again within this many milliseconds. */
const LONGEST_PAUSE = 60_000;

/**
 * Submissions in a request, and their bytes. The relay takes 50 and 256 KiB; but of requests that outlive their page browsers let 64 KiB be
 * on their way (Fetch, section 4.6), and what is lost with its answer is sent again.
 */
const BATCH = { limit: 20, bytes: 60_000 };

/** Milliseconds by which a lease is longer than a request. */
const SLACK = 5_000;

/** Failures alone after which the others go on without it: with the pauses between them half a minute. On a bad network few fail so often. */
const SUSPICIOUS = 6;

/** Milliseconds between looks for what is over age or too much. */
const SWEEP_INTERVAL = 600_000;

export function createOutbox({ store, send, listener, ports, owner }: OutboxOptions): Outbox {
  const { clock, random, setTimer, tryLock, tell, isOnline, isAllowed } = ports;
  let flushing: Promise<void> | undefined;
  let isWanted = false;
  let isOurs = false;
  let isConnected = false;
  let cancelTimer: (() => void) | undefined;
  /** Attempts in a row that failed. While there are any, one submission is sent at a time: a probe. */
  let failures = 0;
  /** Submissions that go alone: together they were refused. */
  let alone = 0;
  /** Since when another tab has been sending. Where it is stuck, only its lease counts in the end. */
  let lockedSince: number | undefined;
  let sweptAt = -Infinity;
  /** The relay has asked to be left alone until the next attempt that is planned. */
  let isHeld = false;
  /** Milliseconds until the next attempt, after one that failed. */
  let pause = 0;
  /** How often each has failed alone, where it may be the reason. */
  const suspicions = new Map<string, number>();
  /** Put aside, so that they do not hold up what is behind them. */
  const aside = new Set<string>();
  let cancelAside: (() => void) | undefined;

  const plan = (milliseconds: number) => {
    cancelTimer?.();
    if (!isConnected) return;
    cancelTimer = setTimer(() => {
      isHeld = false;
      void flush();
    }, milliseconds);
  };

  /** Full jitter, so that the visitors of a relay that was down do not come back all at once. */
  const pauseAfter = (count: number): number => random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** count);

  const spread = (verdicts: readonly Verdict[]) => {
    if (verdicts.length === 0) return;
    tell({ type: 'settled', verdicts });
    listener.settled(verdicts);
  };

  const sweep = async (isTried: boolean): Promise<void> => {
    const now = clock();
    // A clock that was set back is no reason to wait.
    if (Math.abs(now - sweptAt) < SWEEP_INTERVAL) return;
    sweptAt = now;
    spread(await store.sweep(now, isTried));
  };

  /** @returns whether to go on at once */
  const fail = ({ id }: Submission, retryAfter = 0, isSuspect = false): boolean => {
    failures += 1;
    if (isSuspect) {
      const count = (suspicions.get(id) ?? 0) + 1;
      suspicions.set(id, count);
      if (count >= SUSPICIOUS && isConnected) {
        aside.add(id);
        cancelAside?.();
        // All at once: where it was the relay, the oldest goes first.
        cancelAside = setTimer(() => {
          aside.clear();
          void flush();
        }, pauseAfter(count));
        return true;
      }
    } else takeBackDoubted();
    isHeld = retryAfter > 0;
    pause = retryAfter * 1_000 + pauseAfter(failures - 1);
    return false;
  };

  /** Order is to hold where it was the relay after all: what was put aside for the first time is tried again before the others. */
  const takeBackDoubted = () => {
    for (const id of aside) if (suspicions.get(id) === SUSPICIOUS) aside.delete(id);
  };

  const succeed = (count: number) => {
    failures = 0;
    alone = Math.max(0, alone - count);
    takeBackDoubted();
  };

  const learn = async (verdicts: readonly Verdict[], added?: Losses, told?: Losses) => {
    await store.settle(verdicts, added, told);
    spread(verdicts);
  };

  /** @returns whether to go on at once */
  const take = async (claimed: Claimed): Promise<boolean> => {
    const { submissions, losses } = claimed;
    // It may have been taken back since it was claimed.
    const answer: Answer = isOnline() && isAllowed() ? await send(claimed) : { type: 'later' };
    const [first] = submissions;
    switch (answer.type) {
      case 'again':
        return true;
      case 'answered': {
        const { verdicts, retryAfter } = answer;
        if (verdicts.length > 0) succeed(verdicts.length);
        await learn(verdicts, undefined, losses);
        const ids = new Set(verdicts.map(({ id }) => id));
        const left = submissions.find(({ id }) => !ids.has(id));
        return left ? fail(left, retryAfter, submissions.length === 1) : first !== undefined;
      }
      case 'refused':
        if (submissions.length > 1) {
          alone = submissions.length;
          return true;
        }
        succeed(1);
        // Losses that it does not want are told to nobody.
        if (!first) return false;
        await learn([{ id: first.id, outcome: 'error' }], { refused: 1 });
        return true;
      case 'later':
        if (!first) return false;
        return fail(first, answer.retryAfter, answer.isSuspect && submissions.length === 1);
    }
  };

  /** @returns whether all was sent that is not put aside */
  const drain = async (hasLock: boolean): Promise<boolean> => {
    let isLate = false;
    for (;;) {
      const limit = failures + alone > 0 ? 1 : BATCH.limit;
      const now = clock();
      const claimed = await store.claim({
        owner,
        now,
        ...BATCH,
        limit,
        skip: aside,
        hasLock,
      });
      if (!claimed) {
        pause = LEASE;
        return false;
      }
      // Frozen on the way: the lease is to last as long as a request does.
      isLate = !isLate && Math.abs(clock() - now) > SLACK;
      if (isLate) continue;
      const isNothing = claimed.submissions.length === 0;
      if (isNothing && !claimed.losses) return true;
      if (!(await take(claimed))) {
        await store.release(owner);
        return isNothing;
      }
    }
  };

  /** @returns as `drain`, or undefined where another tab sends */
  const drainAlone = async (): Promise<boolean | undefined> => {
    let isDone: boolean | undefined;
    // Some pages may not have the lock: then leases decide at once.
    await tryLock(async () => {
      isDone = await drain(true);
    }).catch(() => (lockedSince = 0));
    if (isDone !== undefined) lockedSince = undefined;
    else {
      lockedSince ??= clock();
      if (Math.abs(clock() - lockedSince) >= LEASE) isDone = await drain(false);
    }
    return isDone;
  };

  const sendUntilStill = async () => {
    cancelTimer?.();
    try {
      // Whatever was stored while we sent is sent too.
      while (isWanted) {
        isWanted = false;
        if (!isAllowed()) return;
        const isDone = await drainAlone();
        if (isDone === undefined) {
          // It sends ours too. What another tab has told us is not told again.
          if (isOurs) tell({ type: 'stored' });
          isOurs = false;
          plan(LEASE);
          return;
        }
        // Nobody waits for it: what it takes is loaded first. One that failed is made up for another time.
        void sweep(failures > 0 && isOnline()).catch(() => undefined);
        const isWaiting = !isDone || aside.size > 0;
        // Where something was stored meanwhile, it is too early to say that nothing is left.
        if (isWaiting || !hasMore()) {
          listener.waiting(isWaiting);
          if (!isWaiting) tell({ type: 'done' });
        }
        // It takes all there is then. Not before: an attempt is under way until here.
        if (!isDone) {
          isWanted = false;
          plan(pause);
        }
      }
    } catch {
      // The browser's storage failed: what it holds is still there when it recovers.
      plan(pauseAfter((failures += 1)));
    }
  };

  /** Asked for while we were sending. */
  const hasMore = (): boolean => isWanted;

  const flush = (): Promise<void> => {
    isOurs = true;
    return start();
  };

  const start = async (): Promise<void> => {
    // Not before the relay wants it: whoever waits for an answer waits in vain.
    if (isHeld) {
      listener.waiting(true);
      return;
    }
    isWanted = true;
    flushing ??= sendUntilStill().finally(() => {
      flushing = undefined;
      if (isWanted) void start();
    });
    return flushing;
  };

  return {
    flush,
    hear(news) {
      if (news.type === 'stored') void start();
      if (news.type === 'settled') listener.settled(news.verdicts);
      // What was stored since then, ours tells.
      if (news.type === 'done' && !flushing) listener.waiting(false);
    },
    connect() {
      isConnected = true;
      isHeld = false;
    },
    disconnect() {
      isConnected = false;
      cancelTimer?.();
      cancelAside?.();
      aside.clear();
    },
  };
}
