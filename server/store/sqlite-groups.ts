/**
 * Group commit: what is asked within one turn of the event loop runs in one transaction, and is answered when that is on disk. One
 * write to the disk serves them all.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

/** A database as this needs it. Each throws as SQLite does. */
export interface Transactions {
  /** @param isLasting what it writes survives a power cut from its commit on; else from the next one on that is lasting */
  begin: (isLasting: boolean) => void;
  commit: () => void;
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
}

interface Operation {
  readonly run: () => unknown;
  /** Whether who hears the answer counts on its being on disk. The end of the process alone undoes nothing in any case. */
  readonly isLasting: boolean | ((answer: never) => boolean);
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** At some 20 microseconds each the event loop stands still for a few milliseconds at most. */
const GROUP = 250;

/** Milliseconds that another process is waited for. Its transactions take a few, unless it is stuck. */
const PATIENCE = 2000;

/** Milliseconds over which operations are counted, and how many of them make it a busy time: some 80 submissions a second do. */
const SPAN = 100;
const BUSY = 30;

/**
 * Milliseconds between transactions in busy times: each costs the machine a third of a millisecond, however much is in it, and what
 * comes meanwhile shares the next one. When it is quiet nobody waits.
 */
const PACE = 5;

/** Milliseconds between two tries, drawn anew each time lest two processes step in time. */
const drawPause = () => 1 + Math.random() * 15;

export function createGroups({ transactions, isBusy, isCommon, explain }: GroupOptions) {
  let waiting: Operation[] = [];
  let draining: Promise<void> | undefined;
  let spanEnds = 0;
  let count = 0;
  let countBefore = 0;
  let last = 0;

  const keepPace = async (): Promise<void> => {
    const left = last + PACE - performance.now();
    if (countBefore >= BUSY && left > 0) await pause(left);
    else await nextTurn();
    last = performance.now();
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
    try {
      const answers = await runPatiently(() => runTogether(group));
      group.forEach(({ resolve }, index) => resolve(answers[index]));
    } catch (error) {
      if (group.length === 1 || isBusy(error) || isCommon(error)) {
        for (const { reject } of group) reject(explain(error));
      } else {
        // One of them is at fault, and the others are not to suffer for it.
        for (const operation of group) await settle([operation]);
      }
    }
  };

  const runTogether = (group: readonly Operation[]): readonly unknown[] => {
    const isLasting = group.some((operation) => operation.isLasting === true);
    try {
      transactions.begin(isLasting);
      const answers = group.map(({ run }) => run());
      transactions.commit();
      const hasToLast = ({ isLasting: lasts }: Operation, index: number) =>
        typeof lasts === 'function' && lasts(answers[index] as never);
      if (!isLasting && group.some(hasToLast)) {
        transactions.begin(true);
        transactions.commit();
      }
      return answers;
    } catch (error) {
      transactions.rollback();
      throw error;
    }
  };

  const runPatiently = async <T>(run: () => T): Promise<T> => {
    for (let waited = 0; ;) {
      try {
        return run();
      } catch (error) {
        if (!isBusy(error) || waited >= PATIENCE) throw error;
        const length = drawPause();
        waited += length;
        await pause(length);
      }
    }
  };

  return {
    write: <T>(run: () => T, isLasting: boolean | ((answer: T) => boolean)): Promise<T> =>
      new Promise((resolve, reject) => {
        waiting.push({ run, isLasting, resolve: resolve as (answer: unknown) => void, reject });
        draining ??= drain();
      }),
    /** One statement, at once: it sees what has been answered, and waits for nobody who writes. */
    async read<T>(run: () => T): Promise<T> {
      try {
        return await runPatiently(run);
      } catch (error) {
        throw explain(error);
      }
    },
    /** Resolves when nothing waits to be written any more. */
    settled: async (): Promise<void> => draining,
  };
}
