/** The log: one JSON object a line, on the standard output. */
import { write, writeSync } from 'node:fs';
import { pino, stdTimeFunctions } from 'pino';
import type { LogEntry } from '../log-fields.ts';
import type { Ports } from '../ports.ts';
import { createLogStream, type LogStream } from './log-stream.ts';

export const LOG_LEVELS = ['info', 'warn', 'error', 'silent'] as const;

/** Entries below it are left out. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * pino's own destination ends the process where a disk is full, and then waits for that disk for ever: so the lines go through a
 * stream of ours.
 */
export function createLog(level: LogLevel = 'info'): Ports['log'] {
  const stream = standardOutput();
  const logger = pino(
    {
      level,
      // Process id and host name say nothing that whoever collects the log does not know.
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  stream.onResumed((entries) => logger.warn({ event: 'log_dropped', entries }));
  return ({ level: of, ...entry }: LogEntry) => logger[of](entry);
}

/** Prints a line that another process has written for the log. */
export function printLine(line: string): void {
  standardOutput().write(line);
}

/** Entries that could not be written since the process started. */
export function droppedEntries(): number {
  return stdout?.dropped() ?? 0;
}

/** One of the process, however many relays are in it. */
let stdout: LogStream | undefined;

function standardOutput(): LogStream {
  if (stdout) return stdout;
  // To look at it makes a pipe one that says when it is full, instead of one that stops whoever writes.
  const { fd } = process.stdout;
  const stream = createLogStream({
    write: (bytes, done) => write(fd, bytes, done),
    writeAtOnce: (bytes) => writePatiently(fd, bytes),
    later: (callback, milliseconds) => setTimeout(callback, milliseconds).unref(),
  });
  process.once('exit', stream.flush);
  return (stdout = stream);
}

/** Tries that a slow reader of a pipe has at the end of the process, 10 ms apart. */
const LAST_TRIES = 50;

function writePatiently(fd: number, bytes: Uint8Array): number {
  for (let tries = 1; ; tries += 1) {
    try {
      return writeSync(fd, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || tries === LAST_TRIES) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
