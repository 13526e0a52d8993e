/**
 * Group commit: what is asked within one turn of the event loop, and within a few milliseconds where much is, runs in one
 * transaction, and is answered when that is committed; who counts on its being on disk is answered when it is. One flush serves all.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

/** A database as this needs it. Each throws as SQLite does. */
export interface Transactions {
  /** @param isLasting what it writes survives a power cut from its commit on; else from the next one on that is lasting */
  begin: (isLasting: boolean) => void;
  commit: () => void;
  /** What is committed survives a power cut from now on. */
  flush: () => void;
  /** May be called when nothing was begun. */
  rollback: () => void;
}

export interface GroupOptions {
  readonly transactions: Transactions;
  /** Another process writes now. */
  readonly isBusy: (error: unknown) => boolean;
  /** It would befall every operation, not only the one that met it: a full disk. */
  readonly isCommon: (error: unknown) => boolean;
  /** As the caller is told. */
  readonly explain: (error: unknown) => unknown;
  /** For tests. */
  readonly time?: Time;
}

export interface Time {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

const REAL_TIME: Time = { now: () => performance.now(), pause: (milliseconds) => pause(milliseconds) };

interface Operation {
  /** As `now` has it. */
  readonly askedAt: number;
  readonly run: () => unknown;
  /** Whether who hears the answer counts on its being on disk. The end of the process alone undoes nothing in any case. */
  readonly isLasting: boolean | ((answer: never) => boolean);
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** At some 20 microseconds each the event loop stands still for a few milliseconds at most. */
const GROUP = 250;

/** Milliseconds after which who asked waits no longer for another process. Its transactions take a few, unless it is stuck. */
const PATIENCE = 2000;

/** Milliseconds over which operations are counted, and how many of them make it a busy time: some 80 submissions a second do. */
const SPAN = 100;
const BUSY = 30;

/**
 * Milliseconds between transactions in busy times: each costs the machine a third of a millisecond, however much is in it, and what
 * comes meanwhile shares the next one. When it is quiet nobody waits.
 */
const PACE = 5;

/** The same while nothing waits that is to last: of three that begin, and are sent soon after, two share a transaction with others. */
const LONG_PACE = 10;

/** Milliseconds between two tries, drawn anew each time lest two processes step in time. */
const drawPause = () => 1 + Math.random() * 15;

export function createGroups({ transactions, isBusy, isCommon, explain, time = REAL_TIME }: GroupOptions) {
  let waiting: Operation[] = [];
  let draining: Promise<void> | undefined;
  let spanEnds = 0;
  let count = 0;
  let countBefore = 0;
  let last = 0;

  const pauseUntil = async (end: number): Promise<void> => {
    const left = end - time.now();
    if (left > 0) await time.pause(left);
    else await nextTurn();
  };

  const keepPace = async (): Promise<void> => {
    if (countBefore < BUSY) await nextTurn();
    else {
      await pauseUntil(last + PACE);
      if (!waiting.some(({ isLasting }) => isLasting === true)) await pauseUntil(last + LONG_PACE);
    }
    last = time.now();
    count += waiting.length;
    if (last < spanEnds) return;
    countBefore = last < spanEnds + SPAN ? count : 0;
    count = 0;
    spanEnds = last + SPAN;
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      await keepPace();
      const group = waiting.slice(0, GROUP);
      waiting = waiting.slice(GROUP);
      await settle(group);
    }
    draining = undefined;
  };

  const settle = async (group: readonly Operation[]): Promise<void> => {
    let answers: readonly unknown[] = [];
    const { left, error } = await runPatiently(group, (those) => {
      answers = runTogether(those);
    });
    if (error === undefined) await answer(left, answers);
    else if (left.length === 1 || isCommon(error)) rejectAll(left, error);
    // One of them is at fault, and the others are not to suffer for it.
    else for (const operation of left) await settle([operation]);
  };

  const runTogether = (group: readonly Operation[]): readonly unknown[] => {
    transactions.begin(isFlushed(group));
    const answers = group.map(({ run }) => run());
    transactions.commit();
    return answers;
  };

  /** It is committed: whatever happens from here on, it does not run again. */
  const answer = async (group: readonly Operation[], answers: readonly unknown[]): Promise<void> => {
    const answerOf = new Map(group.map((operation, index) => [operation, answers[index]]));
    const resolve = (operation: Operation) => operation.resolve(answerOf.get(operation));
    const hasToWait = (operation: Operation) =>
      typeof operation.isLasting === 'function' && operation.isLasting(answerOf.get(operation) as never);
    const late = isFlushed(group) ? [] : group.filter(hasToWait);
    group.filter((operation) => !late.includes(operation)).forEach(resolve);
    const { left, error } = await runPatiently(late, transactions.flush);
    if (error === undefined) left.forEach(resolve);
    else rejectAll(left, error);
  };

  /**
   * Waits for other processes, and turns away who has waited for too long, of these and of those that wait for their turn.
   * @returns for whom it ran at last, or failed
   */
  const runPatiently = async (
    group: readonly Operation[],
    run: (group: readonly Operation[]) => void,
  ): Promise<{ readonly left: readonly Operation[]; readonly error?: unknown }> => {
    let left = group;
    while (left.length > 0) {
      try {
        run(left);
        break;
      } catch (error) {
        transactions.rollback();
        if (!isBusy(error)) return { left, error };
        const start = time.now() - PATIENCE;
        const isPatient = ({ askedAt }: Operation) => askedAt > start;
        rejectAll(
          [...left, ...waiting].filter((operation) => !isPatient(operation)),
          error,
        );
        left = left.filter(isPatient);
        waiting = waiting.filter(isPatient);
        if (left.length > 0) await time.pause(drawPause());
      }
    }
    return { left };
  };

  const rejectAll = (operations: readonly Operation[], error: unknown): void => {
    for (const { reject } of operations) reject(explain(error));
  };

  return {
    write: <T>(run: () => T, isLasting: boolean | ((answer: T) => boolean)): Promise<T> =>
      new Promise((resolve, reject) => {
        const askedAt = time.now();
        waiting.push({ askedAt, run, isLasting, resolve: resolve as (answer: unknown) => void, reject });
        draining ??= drain();
      }),
    /** One statement, at once: it sees what has been answered, and waits for nobody who writes. */
    async read<T>(run: () => T): Promise<T> {
      const askedAt = time.now();
      for (;;) {
        try {
          return run();
        } catch (error) {
          if (!isBusy(error) || time.now() - askedAt >= PATIENCE) throw explain(error);
          await time.pause(drawPause());
        }
      }
    },
    /** Resolves when nothing waits to be written any more. */
    settled: async (): Promise<void> => draining,
  };
}

const isFlushed = (group: readonly Operation[]): boolean => group.some(({ isLasting }) => isLasting === true);
