/** A script as a process of its own: it is asked over IPC, and answers. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { COMPILE_CACHE } from '../compile-cache.ts';

export interface Child {
  readonly pid: number | undefined;
  /** Resolves with its answer; rejects with what it threw, or when it ends before. */
  ask<Answer>(question: string, value?: unknown): Promise<Answer>;
  /** Hears what it tells by itself. */
  listen(news: string, listener: (value: unknown) => void): void;
  /** Resolves when it is gone. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** `SIGKILL` by default. Resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

interface Question {
  readonly number: number;
  readonly question: string;
  readonly value: unknown;
}

type Message =
  | { readonly number: number; readonly answer: unknown }
  | { readonly number: number; readonly failure: string }
  | { readonly news: string; readonly value: unknown };

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface ChildOptions {
  readonly nodeOptions?: readonly string[];
  /** What it prints goes nowhere. */
  readonly isQuiet?: boolean;
}

/** @param script beside the file whose `import.meta.url` is given */
export function startChild(
  script: string,
  base: string,
  { nodeOptions = [], isQuiet = false }: ChildOptions = {},
): Child {
  const child = fork(fileURLToPath(new URL(script, base)), {
    execArgv: [...nodeOptions],
    stdio: ['ignore', isQuiet ? 'ignore' : 'inherit', 'inherit', 'ipc'],
    // Many are started from the same files.
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<string, (value: unknown) => void>();
  let questions = 0;
  let isGone = false;
  child.on('message', (message: Message) => {
    if ('news' in message) {
      listeners.get(message.news)?.(message.value);
      return;
    }
    const asked = waiting.get(message.number);
    waiting.delete(message.number);
    if ('failure' in message) asked?.reject(new Error(`${script}: ${message.failure}`));
    else asked?.resolve(message.answer);
  });
  // A message to a process that has just died: its end is what is heard of.
  child.on('error', () => undefined);
  const ended = once(child, 'exit').then(([code, signal]) => {
    isGone = true;
    for (const { reject } of waiting.values()) reject(new Error(`${script} has ended`));
    waiting.clear();
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  return {
    pid: child.pid,
    ask<Answer>(question: string, value?: unknown) {
      questions += 1;
      const number = questions;
      return new Promise<Answer>((resolve, reject) => {
        // Its channel may outlive it by a moment, and a question put then is never answered.
        if (isGone || !child.connected) {
          reject(new Error(`${script} has ended`));
          return;
        }
        waiting.set(number, { resolve: resolve as Waiting['resolve'], reject });
        child.send({ number, question, value } satisfies Question);
      });
    },
    listen: (news, listener) => void listeners.set(news, listener),
    ended,
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      await ended;
    },
  };
}

/**
 * In the script: says what it answers, each by the name of its question. It ends with the process that started it.
 * @returns tells news by itself
 */
export function answerParent(
  answers: Readonly<Record<string, (value: never) => unknown>>,
): (news: string, value: unknown) => void {
  const send = (message: Message) => void process.send?.(message);
  const answer = async ({ number, question, value }: Question) => {
    try {
      const found = answers[question];
      if (!found) throw new Error(`it knows no "${question}"`);
      send({ number, answer: await found(value as never) });
    } catch (error) {
      send({ number, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  process.on('message', (message: Question) => void answer(message));
  process.on('disconnect', () => process.exit());
  return (news, value) => send({ news, value });
}
