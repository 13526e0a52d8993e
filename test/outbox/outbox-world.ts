/** A browser of which the test says what its relay answers, when time passes and which tab holds the lock. */
import type { Losses, Submission } from '../../widget/contract/wire.ts';
import type { Verdict } from '../../widget/flow/verdict.ts';
// The outbox loads it when it needs it; here that must not take a moment.
import '../../widget/outbox/housekeeping.ts';
import { createMemoryRecords } from '../../widget/outbox/memory-records.ts';
import { createOutbox, type Answer, type News, type Outbox } from '../../widget/outbox/outbox.ts';
import { createOutboxStore, type OutboxStore } from '../../widget/outbox/store.ts';
import { commitOf, NOW, submissionOf, success } from './outbox-fixture.ts';

export type Relay = (ids: readonly string[], losses: Losses | undefined) => Answer | Promise<Answer>;

export interface Request {
  readonly tab: string;
  readonly ids: readonly string[];
  readonly losses: Losses | undefined;
  /** Milliseconds since the world began. */
  readonly at: number;
}

export interface Sweep {
  readonly at: number;
  readonly isTried: boolean;
}

export interface Tab {
  readonly outbox: Outbox;
  readonly verdicts: Verdict[];
  readonly waiting: boolean[];
  readonly told: News[];
  /** Milliseconds until each of its timers. */
  readonly timers: () => readonly number[];
  /** It hears nothing, and its timers stand still. */
  readonly freeze: () => void;
}

interface Timer {
  readonly tab: string;
  readonly due: number;
  readonly callback: () => void;
}

/** News in one go, beyond which tabs talk only of what they have told each other. */
const MOST_NEWS = 200;

export const settled = (ids: readonly string[]): Answer => ({
  type: 'answered',
  verdicts: ids.map(success),
});
export const DOWN: Answer = { type: 'later' };
export const BROKEN: Answer = { type: 'later', isSuspect: true };

export class OutboxWorld {
  readonly requests: Request[] = [];
  readonly sweeps: Sweep[] = [];
  readonly store: OutboxStore;
  readonly tab: Tab;
  relay: Relay;
  isOnline = true;
  isAllowed = true;
  random = () => 0.5;
  /** Who has the Web Lock. */
  lockedBy: string | undefined;
  /** Milliseconds by which the browser's clock is off. */
  offset = 0;
  /** What a sweep takes has been loaded. */
  loaded: Promise<void> = Promise.resolve();
  /** The browser knows no locks. */
  isLockless = false;
  /** Nothing can be read or written. */
  isStorageBroken = false;
  #elapsed = 0;
  #timers: Timer[] = [];
  #news: (() => void)[] = [];
  readonly #frozen = new Set<string>();
  readonly #tabs = new Map<string, Tab>();

  constructor(relay: Relay = settled) {
    const records = createMemoryRecords();
    this.relay = relay;
    const store = createOutboxStore((mode, run) =>
      this.isStorageBroken ? Promise.reject(new Error('Broken')) : records(mode, run),
    );
    this.store = {
      ...store,
      sweep: async (now, isTried) => {
        this.sweeps.push({ at: this.#elapsed, isTried });
        await this.loaded;
        return store.sweep(now, isTried);
      },
    };
    this.tab = this.openTab('first');
  }

  get now(): number {
    return NOW + this.#elapsed + this.offset;
  }

  /** The ids of each request. */
  get sent(): readonly (readonly string[])[] {
    return this.requests.map(({ ids }) => ids);
  }

  async put(...ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.putSubmission(submissionOf(id));
  }

  async putSubmission(submission: Submission): Promise<void> {
    await this.store.commit(commitOf(submission.id, { submissions: [submission], now: this.now }));
  }

  /** What is without a verdict, oldest first. */
  async left(): Promise<readonly string[]> {
    const skip = new Set<string>();
    const claim = { owner: 'test', now: this.now, limit: 1_000, bytes: Infinity, skip, hasLock: true };
    const claimed = await this.store.claim(claim);
    await this.store.release('test');
    return claimed?.submissions.map(({ id }) => id) ?? [];
  }

  openTab(name: string): Tab {
    const tab: Tab = {
      verdicts: [],
      waiting: [],
      told: [],
      timers: () => this.#timers.filter((timer) => timer.tab === name).map(({ due }) => due - this.#elapsed),
      freeze: () => void this.#frozen.add(name),
      outbox: createOutbox({
        store: this.store,
        send: async ({ submissions, losses }) => {
          const ids = submissions.map(({ id }) => id);
          this.requests.push({ tab: name, ids, losses, at: this.#elapsed });
          return this.relay(ids, losses);
        },
        listener: {
          settled: (verdicts) => void tab.verdicts.push(...verdicts),
          waiting: (isWaiting) => tab.waiting.push(isWaiting),
        },
        ports: {
          clock: () => this.now,
          random: () => this.random(),
          setTimer: (callback, milliseconds) => {
            const timer = { tab: name, due: this.#elapsed + milliseconds, callback };
            this.#timers.push(timer);
            return () => (this.#timers = this.#timers.filter((each) => each !== timer));
          },
          tryLock: (run) => this.#lock(name, run),
          tell: (news) => {
            tab.told.push(news);
            for (const [other, { outbox }] of this.#tabs) {
              if (other === name) continue;
              this.#news.push(() => {
                if (!this.#frozen.has(other)) outbox.hear(news);
              });
            }
          },
          isOnline: () => this.isOnline,
          isAllowed: () => this.isAllowed,
        },
        owner: name,
      }),
    };
    tab.outbox.connect();
    this.#tabs.set(name, tab);
    return tab;
  }

  /** Until nothing happens any more without time. */
  async still(): Promise<void> {
    for (let count = 0; count < MOST_NEWS; count += 1) {
      // Whatever has been promised is done by then.
      await new Promise(setImmediate);
      const news = this.#news.shift();
      if (!news) return;
      news();
    }
  }

  /** Flushes, and lets happen what comes of it. */
  async flush(tab = this.tab): Promise<void> {
    void tab.outbox.flush();
    await this.still();
  }

  /** Lets time pass, with what is planned meanwhile. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#elapsed + milliseconds;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.due <= end && !this.#frozen.has(timer.tab));
      const [next] = due.sort((one, other) => one.due - other.due);
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#elapsed = Math.max(this.#elapsed, next.due);
      next.callback();
      await this.still();
    }
    this.#elapsed = end;
  }

  /** Lets time pass until the next thing that is planned. */
  async advanceToNext(): Promise<void> {
    const running = this.#timers.filter(({ tab }) => !this.#frozen.has(tab));
    await this.advance(Math.max(0, Math.min(...running.map(({ due }) => due)) - this.#elapsed));
  }

  async #lock(name: string, run: () => Promise<void>): Promise<boolean> {
    if (this.isLockless) throw new TypeError('Cannot read properties of undefined (reading request)');
    if (this.lockedBy !== undefined) return false;
    this.lockedBy = name;
    try {
      await run();
    } finally {
      this.lockedBy = undefined;
    }
    return true;
  }
}
