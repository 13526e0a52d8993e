/** The log: one JSON object a line, on the standard output. */
import { destination, pino, stdTimeFunctions, type DestinationStream } from 'pino';
import type { LogEntry, Ports } from '../ports.ts';

export const LOG_LEVELS = ['info', 'warn', 'error', 'silent'] as const;

/** Entries below it are left out. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** File descriptor of the standard output. */
const STDOUT = 1;

/** @param stream the standard output by default. What is still to be written is written when the process ends by itself */
export function createLog(
  level: LogLevel = 'info',
  stream: DestinationStream = destination({ dest: STDOUT, sync: false }),
): Ports['log'] {
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
  return ({ level: of, ...entry }: LogEntry) => logger[of](entry);
}
