/** Processes that share one port, with Node's cluster: this one takes the connections, and gives each to the next that is free. */
import cluster, { type Worker } from 'node:cluster';
import type { Ports } from '../ports.ts';
import { causeOf, type ProcessEnd, type StartedProcess } from './process-keeper.ts';
import type { Answers, News, Order, Question, StartOrder } from './process-messages.ts';

export interface ClusterOptions {
  readonly setTimer: Ports['setTimer'];
  /** Takes a line that one of them prints on its standard output. */
  readonly print: (line: string) => void;
  /** Hears of a person whose profile is out of date, from the process that has written something of theirs. */
  readonly forgotten: (order: Order, from: number) => void;
}

/** Milliseconds that an answer may take: a bit more than the store has for a scrape (`metrics.ts`). */
const ANSWER_TIMEOUT = 3_000;

/** The variable by which a process knows that it was started so: another program may have a cluster too, and start a relay in it. */
const MARK = 'PARLEY_PROCESS';

/** Each runs the command that this process runs, and is told the rest (`takeOrders`). */
export function createClusterStart({ setTimer, print, forgotten }: ClusterOptions) {
  // Lines go through this process: several that write into one pipe would tear one another's.
  cluster.setupPrimary({ stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  return (order: StartOrder): StartedProcess => {
    const worker = cluster.fork({ [MARK]: String(order.number) });
    const { process: child } = worker;
    if (child.stdout) forEachLine(child.stdout, print);
    const waiting = new Map<number, (answer: Answers[Question['about']] | undefined) => void>();
    let asked = 0;
    const tell = (message: Order) => {
      // It may have ended a moment ago.
      if (worker.isConnected()) worker.send(message, () => undefined);
    };
    const listening = new Promise<string>((resolve) => {
      worker.on('message', (news: News) => {
        if (news.type === 'listening') resolve(news.url);
        else if (news.type === 'answer') waiting.get(news.id)?.(news.answer);
        else forgotten({ type: 'forget', whose: news.whose }, order.number);
      });
    });
    const ended = endOf(worker);
    void ended.then(() => {
      for (const end of waiting.values()) end(undefined);
    });
    tell({ type: 'start', order });
    return {
      pid: child.pid,
      listening,
      ended,
      tell,
      kill: () => child.kill('SIGKILL'),
      ask: <About extends Question['about']>(question: Question & { readonly about: About }) => {
        asked += 1;
        const id = asked;
        return new Promise<Answers[About] | undefined>((resolve) => {
          const end = (answer: Answers[Question['about']] | undefined) => {
            waiting.delete(id);
            cancel();
            resolve(answer as Answers[About] | undefined);
          };
          const cancel = setTimer(() => end(undefined), ANSWER_TIMEOUT);
          waiting.set(id, end);
          tell({ type: 'ask', id, question });
        });
      },
    };
  };
}

/** What it has printed is read to its end. */
function endOf(worker: Worker): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    worker.process.once('close', (code, cause) => resolve({ code, cause }));
    worker.on('error', (error) => {
      // Of one that runs, the end is heard of by its exit.
      if (worker.process.pid === undefined) resolve({ code: null, cause: causeOf(error) });
    });
  });
}

function forEachLine(stream: NodeJS.ReadableStream, print: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) print(`${line}\n`);
  });
}

export interface OrderLink {
  /** Tells news to the process that has started this one. */
  tell(news: News): void;
  end(): void;
}

/** In a process that was started so: hears its orders. */
export function takeOrders(heed: (order: Order) => void): OrderLink {
  process.on('message', heed);
  return {
    tell(news) {
      if (process.connected) process.send?.(news, () => undefined);
    },
    end: letGo,
  };
}

/** Nothing that the process which has started this one could say keeps it alive any more. */
export const letGo = (): void => process.channel?.unref();

/** Whether this process was started by another one of the relay. */
export const isOneOfSeveral = (): boolean => cluster.isWorker && process.env[MARK] !== undefined;

/** Whether it may start others: one that another program's cluster has started has no cluster of its own. */
export const mayStartOthers = (): boolean => cluster.isPrimary;
