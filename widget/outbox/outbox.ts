/**
 * Sends what the store holds, oldest first, and forgets each submission only on its receipt. What cannot be delivered now is
 * tried again: later and later, when the browser comes back online, and on the next page.
 */
import type { Submission } from '../contract/wire.ts';
import type { Verdict } from '../flow/verdict.ts';
import type { OutboxStore } from './store.ts';

/** What the transport made of a submission. */
export type Delivery =
  /** The relay's receipt, or its final refusal as an `error`: the submission is done. */
  | { readonly type: 'settled'; readonly verdict: Verdict }
  /** Not now. `retryAfter`: seconds that the relay asked for. */
  | { readonly type: 'waiting'; readonly retryAfter?: number | undefined };

export interface OutboxListener {
  /** A submission has its verdict. True where nobody waits for it any more: then it is forgotten. */
  readonly settled: (submission: Submission, verdict: Verdict) => Promise<boolean>;
  /** What is left after an attempt, oldest first; none when all was delivered. */
  readonly waiting: (ids: readonly string[]) => void;
}

export interface OutboxPorts {
  readonly setTimer: (callback: () => void, milliseconds: number) => () => void;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
}

export interface Outbox {
  /** Sends what there is. */
  flush(): Promise<void>;
  /** From now on, what could not be sent is planned again. */
  connect(): void;
  /** Stops what is planned, and plans nothing more. */
  disconnect(): void;
}

/** First pause in milliseconds; doubled with each attempt that failed. */
const FIRST_PAUSE = 1_000;

/** A relay that is back is found again within this many milliseconds. */
const LONGEST_PAUSE = 60_000;

export function createOutbox(
  store: OutboxStore,
  send: (submission: Submission) => Promise<Delivery>,
  listener: OutboxListener,
  { setTimer, random }: OutboxPorts,
): Outbox {
  let flushing: Promise<void> | undefined;
  let isStale = false;
  let isConnected = false;
  let failures = 0;
  let cancelTimer: (() => void) | undefined;

  const plan = (retryAfter = 0) => {
    cancelTimer?.();
    if (!isConnected) return;
    // Full jitter, so that the visitors of a relay that was down do not come back all at once.
    const pause = random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
    failures += 1;
    cancelTimer = setTimer(() => void flush(), retryAfter * 1_000 + pause);
  };

  /** True when nothing was left behind. Order is kept: what comes after one that has to wait, waits too. */
  const sendAll = async (): Promise<boolean> => {
    const submissions = await store.readSubmissions();
    for (const [index, submission] of submissions.entries()) {
      const delivery = await send(submission);
      if (delivery.type === 'waiting') {
        plan(delivery.retryAfter);
        listener.waiting(submissions.slice(index).map(({ id }) => id));
        return false;
      }
      failures = 0;
      await store.keepVerdict(submission.id, delivery.verdict);
      if (await listener.settled(submission, delivery.verdict)) await store.settle(submission.id);
    }
    return true;
  };

  const sendUntilStill = async () => {
    cancelTimer?.();
    try {
      // Whatever was stored while we sent is sent too.
      while (isStale) {
        isStale = false;
        if (!(await sendAll())) return;
      }
      listener.waiting([]);
    } catch {
      // The browser's storage failed: what it holds is still there when it recovers.
      plan();
    }
  };

  const flush = (): Promise<void> => {
    isStale = true;
    flushing ??= sendUntilStill().finally(() => (flushing = undefined));
    return flushing;
  };

  return {
    flush,
    connect() {
      isConnected = true;
    },
    disconnect() {
      isConnected = false;
      cancelTimer?.();
    },
  };
}
