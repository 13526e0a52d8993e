/**
 * What is asked within one turn of the event loop is done together: what it concerns is read at once, the rules run on that in memory, and
 * what they have changed is written at once, unless somebody else has changed it meanwhile. Then those whom that concerns run again.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { elapsed, Unheard, type Reply, type RedisConnection } from './connection.ts';
import { isFull } from './failures.ts';
import type { Hands } from './hands.ts';
import type { RedisKeys } from './keys.ts';
import { createRedisRules, type RedisRules } from './rows.ts';
import { COMMIT, DRAINING_COMMIT, LOAD } from './scripts.ts';
import { createSnapshot, NotRead, readId, type Doings, type Read, type Snapshot } from './snapshot.ts';
import { SETTLEMENTS, visitorFrom } from './visitor.ts';
import { createUnits, type Ran } from './units.ts';
import { StoreError } from '../store.ts';

export interface Asked<T> {
  /** What it will look at, as far as that is known: what it looks at besides is read in a second turn. */
  readonly reads: readonly Read[];
  /** Visitors or names that it may look through. */
  readonly candidates?: readonly string[];
  /** It makes room, or leads to it, and takes none to speak of: it is done also where the memory of Redis is full, unless it says that it `takesRoom`. */
  readonly isDraining?: boolean;
  /** Pure but for the snapshot: it may run more than once. */
  readonly run: (rules: RedisRules, doings: () => Doings) => T;
  /**
   * Each visitor is written by itself, and one whom somebody else has changed meanwhile is left out.
   * @returns the answer without these
   */
  readonly without?: (answer: T, visitors: ReadonlySet<string>) => T;
}

export interface Waiting {
  readonly asked: Asked<unknown>;
  readonly askedAt: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
  /** When it ran last (`Doings`). */
  takesRoom: boolean;
  /** What went wrong when it ran last. */
  failure?: unknown;
}

export interface GroupsOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly hands: Hands;
  /** Milliseconds since 1970. That of Redis if absent. */
  readonly clock: (() => number) | undefined;
  /** Once before the first group. */
  readonly open: () => Promise<unknown>;
}

/** As many as `sqlite/groups.ts` takes at once. */
const GROUP = 250;

/** What a group reads at most, unless that is of one operation: some tens of milliseconds of Redis, in which nobody else is answered. */
const GROUP_READS = 2_500;

/** Milliseconds after which who asked waits no longer for others who change the same all the time. */
const PATIENCE = 2_000;

/** Milliseconds between two tries, drawn anew each time lest two processes step in time. */
const drawPause = (tries: number) => Math.random() * Math.min(2 ** tries, 50);

/** Milliseconds that the rules run on a group until others of the process have a turn: of a visitor with a long line each operation takes longer. */
const LONGEST_TURN = 10;

/** How often a group is read at most: one operation asks for what it found in what it had asked for, two or three times. */
const MOST_LOADS = 8;

/** Milliseconds from a group's last read after which nothing of it is written any more: longer than anybody asks for the first time. */
const COMMIT_TIME = 5_000;

/** Milliseconds that Redis remembers what it has done, for who has not heard it. */
const COMMIT_LIFE = 60_000;

/** Milliseconds that who has not heard it asks again: what was done by the deadline is remembered longer. */
const ASKING = COMMIT_LIFE / 2;

/** Milliseconds until then. */
const ASKING_PAUSE = 100;

export function createRedisGroups({ connection, keys, hands, clock, open }: GroupsOptions) {
  let waiting: Waiting[] = [];
  let draining: Promise<void> | undefined;
  /** Until those who met others try again. */
  let pausing: Promise<unknown> = Promise.resolve();
  let isEnding = false;

  const rejectAll = (operations: readonly Waiting[], error: unknown): void => {
    for (const { reject } of operations) reject(error);
  };
  /** Where there is no connection nobody waits for those before them. */
  const rejectWaiting = (error: unknown): void => {
    rejectAll(waiting, error);
    waiting = [];
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      await pausing;
      await nextTurn();
      const group = waiting.slice(0, groupLength(waiting));
      waiting = waiting.slice(group.length);
      try {
        await open();
        await settleOrDrain(group);
      } catch (error) {
        rejectAll(group, error);
        if (error instanceof Unheard) rejectWaiting(error);
      }
    }
    draining = undefined;
  };

  /** Where the memory of Redis is full, those who make room are not held up by those who need some. */
  const settleOrDrain = async (group: readonly Waiting[]): Promise<void> => {
    try {
      await settle(group);
    } catch (error) {
      const draining = group.filter(isDraining);
      if (!isFull(error) || draining.length === 0 || draining.length === group.length) throw error;
      rejectAll(
        group.filter((operation) => !isDraining(operation)),
        error,
      );
      await settle(draining);
    }
  };

  const settle = async (group: readonly Waiting[]): Promise<void> => {
    const snapshot = createSnapshot();
    const rules = createRedisRules(snapshot, keys, hands);
    let reads: readonly Read[] = group.flatMap(({ asked }) => asked.reads);
    let ran: readonly Ran[] = [];
    let unread: readonly Waiting[] = [];
    let loads = 0;
    while (loads === 0 || (reads.length > 0 && loads < MOST_LOADS)) {
      await load(snapshot, reads);
      loads += 1;
      ({ ran, unread, reads } = await runAll(group, rules));
    }
    const units = createUnits({ keys, snapshot, ran, commit: crypto.randomUUID(), isOneRead: loads === 1 });
    const deadline = snapshot.readAt() + COMMIT_TIME * 1000;
    const script = group.every(isDraining) ? DRAINING_COMMIT : COMMIT;
    const written = units.words.length > 0 ? await commit(script, units.id, deadline, units.words) : '';
    for (const { reject } of unread)
      reject(new StoreError(`The store at ${connection.place} was read ${loads} times, and it needs more`));
    units.answer(written, again);
  };

  /** In the order in which they were asked, each on what those before have left. */
  const runAll = async (group: readonly Waiting[], { snapshot, ...rules }: RedisRules) => {
    const ran: Ran[] = [];
    const unread: Waiting[] = [];
    const reads = new Map<string, Read>();
    snapshot.restart();
    let startedAt = elapsed();
    for (const operation of group) {
      if (elapsed() - startedAt > LONGEST_TURN) {
        await nextTurn();
        startedAt = elapsed();
      }
      const { run, candidates = [] } = operation.asked;
      operation.failure = undefined;
      snapshot.start(candidates);
      try {
        const answer = run({ snapshot, ...rules }, snapshot.doings);
        operation.takesRoom = snapshot.doings().takesRoom;
        if (snapshot.doings().missing.length === 0) ran.push({ operation, answer, doings: snapshot.take() });
      } catch (error) {
        const { missing } = snapshot.doings();
        if (error instanceof NotRead) missing.push(error.read);
        // What went wrong over something that is not read yet is told when it has been.
        else if (missing.length === 0) ran.push({ operation, error });
      }
      const { missing } = snapshot.doings();
      if (missing.length > 0) unread.push(operation);
      for (const read of missing) reads.set(readId(read), read);
    }
    return { ran, unread, reads: [...reads.values()] };
  };

  const load = async (snapshot: Snapshot, reads: readonly Read[]): Promise<void> => {
    const unique = [...new Map(reads.map((read) => [readId(read), read])).values()];
    const words = unique.flatMap((read) => wordsOf(keys, read));
    const [time, shares, totals, ...replies] = (await connection.run(
      LOAD,
      ['hash', keys.shares, '', 'hash', keys.totals, '', ...words],
      true,
    )) as [readonly [string, string], readonly string[], readonly string[], ...Reply[]];
    const microseconds = Number(time[0]) * 1_000_000 + Number(time[1]);
    snapshot.setTime(clock?.() ?? Math.floor(microseconds / 1000), microseconds);
    const { loaded } = snapshot;
    loaded.shares.clear();
    for (const [environment, count] of pairsOf(shares)) loaded.shares.set(environment, Number(count));
    const total = new Map(pairsOf(totals));
    loaded.kept = Number(total.get('provisional') ?? 0) + Number(total.get('marks') ?? 0);
    // What weighs belongs to a visitor who may be read just now.
    const rest = [...replies];
    const weights: (() => void)[] = [];
    for (const read of unique) {
      switch (read.type) {
        case 'visitor': {
          const [cells, settlements, tombstone] = rest.splice(0, 3) as [
            readonly string[],
            string | null,
            string | null,
          ];
          const state = visitorFrom(read.visitor, cells, { settlements, tombstone }, snapshot.clock());
          loaded.visitors.set(read.visitor, state);
          break;
        }
        case 'weight': {
          const text = rest.shift() as string | null;
          weights.push(() => loaded.visitors.get(read.visitor)?.weights.set(read.field, text ?? undefined));
          break;
        }
        case 'value': {
          const [value, expires, visitor] = rest.splice(0, 3) as readonly (string | null)[];
          loaded.values.set(read.name, {
            value: value ?? '',
            expires: expires ?? '',
            visitor: visitor ?? '',
          });
          break;
        }
      }
    }
    for (const add of weights) add();
  };

  /**
   * Who is told that it has failed may rely on it that nothing is done. So where the answer is lost it is asked for until it is known: after
   * the deadline Redis does nothing of it any more, and says so.
   * @returns a letter for each unit
   */
  const commit = async (
    script: string,
    id: string,
    deadline: number,
    words: readonly (string | number)[],
  ): Promise<string> => {
    const askedAt = elapsed();
    let mayBeDone = false;
    for (;;) {
      try {
        const all = [keys.commit(id), COMMIT_LIFE, String(deadline), ...words];
        return (await connection.run(script, all, true)) as string;
      } catch (error) {
        mayBeDone ||= error instanceof Unheard && error.mayBeDone;
        if (!mayBeDone || isEnding || !(error instanceof StoreError) || elapsed() - askedAt > ASKING)
          throw error;
        if (error instanceof Unheard) rejectWaiting(error);
        await pause(ASKING_PAUSE);
      }
    }
  };

  /** Before those that wait: what was asked first is done first. */
  const again = (operations: readonly Waiting[]): void => {
    const left: Waiting[] = [];
    for (const operation of operations) {
      operation.tries += 1;
      if (elapsed() - operation.askedAt < PATIENCE) left.push(operation);
      else
        operation.reject(
          operation.failure ??
            new StoreError(
              `The store at ${connection.place} is changed by others all the time, or takes what is written too late`,
            ),
        );
    }
    if (left.length === 0) return;
    waiting = [...left, ...waiting];
    pausing = pause(drawPause(Math.max(...left.map(({ tries }) => tries))));
  };
  return {
    ask: <T>(asked: Asked<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        waiting.push({
          asked: asked as Asked<unknown>,
          askedAt: elapsed(),
          resolve: resolve as (answer: unknown) => void,
          reject,
          tries: 0,
          takesRoom: false,
        });
        draining ??= drain();
      }),
    /** Resolves when nothing waits any more. */
    settled: async (): Promise<void> => {
      isEnding = true;
      await draining;
    },
  };
}

const isDraining = ({ asked, takesRoom }: Waiting): boolean => asked.isDraining === true && !takesRoom;

/** How many of those that wait are done together. */
function groupLength(waiting: readonly Waiting[]): number {
  let reads = 0;
  const end = waiting.slice(0, GROUP).findIndex(({ asked }) => (reads += asked.reads.length) > GROUP_READS);
  return end < 0 ? GROUP : Math.max(1, end);
}

function wordsOf(keys: RedisKeys, read: Read): readonly string[] {
  switch (read.type) {
    case 'visitor': {
      const { visitor } = read;
      const weights = ['field', keys.weights(visitor), SETTLEMENTS];
      return ['hash', keys.visitor(visitor), '', ...weights, 'string', keys.tombstone(visitor), ''];
    }
    case 'weight':
      return ['field', keys.weights(read.visitor), read.field];
    case 'value':
      return ['value', 'expires', 'visitor'].flatMap((field) => ['field', keys.value(read.name), field]);
  }
}

export function pairsOf(cells: readonly string[]): [string, string][] {
  return Array.from({ length: cells.length / 2 }, (_, index): [string, string] => [
    cells[2 * index] as string,
    cells[2 * index + 1] as string,
  ]);
}
