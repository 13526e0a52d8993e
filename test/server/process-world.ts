/** A keeper over processes that do what a test says. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { createProcessKeeper, type ProcessEnd } from '../../server/adapters/process-keeper.ts';
import type { Answers, Order, Question } from '../../server/adapters/process-messages.ts';
import type { LogEntry } from '../../server/log-fields.ts';

const ANSWERS: Answers = {
  pulse: true,
  families: [],
  readiness: { status: 'ready', checks: [] },
  page: { status: 200, headers: [], body: 'A page' },
};

export const KILLED: ProcessEnd = { code: null, cause: 'SIGKILL' };
export const FAULT: ProcessEnd = { code: 1, cause: null };
export const CLOSED: ProcessEnd = { code: 0, cause: null };

interface StartedHere {
  readonly number: number;
  readonly orders: readonly Order[];
  readonly listen: () => void;
  readonly end: (end: ProcessEnd) => void;
  /** From now on it answers to nothing, or does again. */
  readonly hang: (hangs: boolean) => void;
  readonly isKilled: () => boolean;
}

/** Processes that do what the test says, in a time that stands still unless it is moved. */
export function createWorld(count: number) {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  const started: StartedHere[] = [];
  const log: LogEntry[] = [];
  const asked: { readonly number: number; readonly question: Question }[] = [];
  let isFull = false;
  const keeper = createProcessKeeper({
    count,
    clock: () => now,
    closingTime: () => 20_000,
    setTimer: (callback, milliseconds) => {
      const timer = { at: now + milliseconds, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    log: (entry) => log.push(entry),
    start: (number) => {
      if (isFull) throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' });
      const orders: Order[] = [];
      let listen = (): void => undefined;
      let end = (_: ProcessEnd): void => undefined;
      const listening = new Promise<string>((resolve) => (listen = () => resolve('http://localhost:1')));
      const ended = new Promise<ProcessEnd>((resolve) => (end = resolve));
      let isKilled = false;
      let isHung = false;
      started.push({
        number,
        orders,
        listen,
        end,
        hang: (hangs) => (isHung = hangs),
        isKilled: () => isKilled,
      });
      return {
        pid: started.length,
        listening,
        ended,
        tell: (order) => orders.push(order),
        ask: async <About extends Question['about']>(question: Question & { readonly about: About }) => {
          asked.push({ number, question });
          if (!isHung) return ANSWERS[question.about];
          await new Promise<void>((resolve) => timers.add({ at: now + 3_000, callback: resolve }));
          return undefined;
        },
        kill() {
          isKilled = true;
          // What has a moment ago ended it otherwise is what ends it.
          queueMicrotask(() => end(KILLED));
        },
      };
    },
  });
  return {
    keeper,
    log,
    started,
    /** What each was asked, by its number. */
    asked,
    /** The machine has no memory for one more. */
    fill: (full: boolean) => (isFull = full),
    /** All processes that are started listen from now on, until none is new. */
    listenAll: async () => {
      for (const { listen } of started) {
        listen();
        await turn();
      }
    },
    /** The process that was started last under that number. */
    last: (number: number) =>
      started.findLast((each) => each.number === number) ?? assert.fail('not started'),
    /** Timers that are set. */
    pending: () => timers.size,
    move: async (milliseconds: number) => {
      now += milliseconds;
      for (const timer of [...timers].filter(({ at }) => at <= now)) {
        timers.delete(timer);
        timer.callback();
      }
      await turn();
    },
  };
}

export type World = ReturnType<typeof createWorld>;

export async function createRunning(count: number) {
  const world = createWorld(count);
  const starting = world.keeper.start();
  await world.listenAll();
  assert.equal(await starting, 'http://localhost:1');
  return world;
}
