/** A store that is in another runtime, as a test has it: what is asked for within one turn goes there together, and runs in that order. */
import type { Json } from '../../server/store/json.ts';
import { StoreError, type LeaveToErase, type Store } from '../../server/store/store.ts';
import type { Answer, Call, Calls, LeaveAsRead } from './object-calls.ts';
import { read, write } from './wire-values.ts';

interface Waiting {
  readonly call: Call;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What is asked for after it waits until it is done. */
type Barrier = () => Promise<void>;

export function createRemoteStore(post: (body: string) => Promise<Response>, clock: () => number): Store {
  let waiting: (Waiting | Barrier)[] = [];
  let last: Promise<unknown> = Promise.resolve();

  const send = async (group: readonly Waiting[]): Promise<void> => {
    try {
      const calls: Calls = { now: clock(), calls: group.map(({ call }) => call) };
      const answers = read(await (await post(write(calls))).text()) as readonly Answer[];
      group.forEach(({ resolve, reject }, index) => {
        const answered = answers[index];
        if (answered && 'answer' in answered) resolve(answered.answer);
        else reject(errorOf(answered));
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };

  const sendAll = async (asked: readonly (Waiting | Barrier)[]): Promise<void> => {
    let group: Waiting[] = [];
    for (const each of asked) {
      if (typeof each !== 'function') {
        group.push(each);
        continue;
      }
      if (group.length > 0) await send(group);
      group = [];
      await each();
    }
    if (group.length > 0) await send(group);
  };

  const wait = (entry: Waiting | Barrier): void => {
    if (waiting.length === 0) {
      setImmediate(() => {
        const asked = waiting;
        waiting = [];
        last = last.then(() => sendAll(asked));
      });
    }
    waiting.push(entry);
  };

  const entryOf = (path: string, values: readonly unknown[], hear: (entry: Waiting) => void) =>
    new Promise<unknown>((resolve, reject) => hear({ call: { path, values }, resolve, reject }));

  const ask = (path: string, values: readonly unknown[]) => entryOf(path, values, wait);
  const askNow = (path: string, values: readonly unknown[]) =>
    entryOf(path, values, (entry) => void send([entry]));

  const operations = (path: string): unknown =>
    new Proxy(
      {},
      {
        get:
          (_, name: string) =>
          (...values: readonly unknown[]) =>
            ask(`${path}.${name}`, values),
      },
    );

  /** A function does not travel: it is told what was read, and the store does what it said if that is so still. */
  const eraseLeaving = async (visitor: string, life: number, leave: LeaveToErase): Promise<unknown> => {
    const values = (await Promise.all(leave.names.map((name) => askNow('get', [name])))) as (
      Json | undefined
    )[];
    const asRead: LeaveAsRead = { names: leave.names, values, left: leave.by(values) };
    return askNow('erase', [visitor, life, asRead]);
  };

  const erase = (visitor: string, life: number, leave?: LeaveToErase): Promise<unknown> =>
    leave
      ? new Promise((resolve, reject) => {
          wait(() => eraseLeaving(visitor, life, leave).then(resolve, reject));
        })
      : ask('erase', [visitor, life]);

  const parts = ['erasures', 'deadLetters', 'provisional', 'deferred', 'tallies'];
  return new Proxy({} as Store, {
    get: (_, name: string) => {
      if (name === 'isDurable') return true;
      if (name === 'erase') return erase;
      if (name === 'close') return () => last;
      if (parts.includes(name)) return operations(name);
      return (...values: readonly unknown[]) => ask(name, values);
    },
  });
}

function errorOf(answered: Answer | undefined): Error {
  if (!answered || !('failed' in answered)) return new Error('Nothing was answered.');
  return answered.isOfStore ? new StoreError(answered.failed) : new Error(answered.failed);
}
