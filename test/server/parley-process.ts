/** `parley` as an operator starts it: a process of its own, by its command. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { COMPILE_CACHE } from '../compile-cache.ts';

export interface Process {
  /** Resolves with the line in which the relay says where it listens. */
  readonly url: Promise<string>;
  readonly ended: Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>;
  readonly operatorUrl: Promise<string>;
  /** As `ended`, and does not wait for what it has printed to be read. */
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  /** Resolves when it has printed that on its standard output, so many times. */
  says(words: string, times?: number): Promise<void>;
  /** All that it has printed on its standard output so far. */
  printed(): string;
  /** What it prints stays in the pipe. */
  pauseReading(): void;
  kill(signal: NodeJS.Signals): void;
}

/** What a process has of our environment: where to find programs, and what was compiled before. */
export const OURS = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE };

/**
 * `parley` in a process of its own, with this environment and nothing else of ours.
 * @param node the program that runs it
 */
export function parley(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  node = process.execPath,
): Process {
  const child = spawn(node, ['server/cli.ts', ...args], {
    env: { ...OURS, PORT: '0', OPERATOR_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
    stdout,
    stderr,
  }));
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      const [, listening] = /listens at (\S+)/.exec(stdout) ?? [];
      if (listening !== undefined) resolve(listening);
    });
    child.on('close', () => reject(new Error(`parley ended: ${stderr}`)));
  });
  // Those that end on purpose have nobody who waits for the address.
  url.catch(() => undefined);
  const operatorUrl = url.then(() => /operator’s port is (\S+)/.exec(stdout)?.[1] ?? '');
  operatorUrl.catch(() => undefined);
  const exited = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
  }));
  const says = async (words: string, times = 1) => {
    while (stdout.split(words).length <= times) {
      await Promise.race([once(child.stdout, 'data'), ended]);
      assert.equal(child.exitCode ?? child.signalCode, null, `parley ended: ${stderr}`);
    }
  };
  return {
    url,
    operatorUrl,
    ended,
    exited,
    says,
    printed: () => stdout,
    pauseReading: () => child.stdout.pause(),
    kill: (signal) => child.kill(signal),
  };
}
