/** What keeps a Worker or a shard from being made, and how its log says so. */
import { ConfigError } from '../../config.ts';
import { FlowError } from '../../flows/load.ts';
import { adviceOf, guardLog, type LogEntry } from '../../log-fields.ts';
import { NewerStoreError } from '../../store/durable-object.ts';
import { webPorts } from '../web-ports.ts';

/** Milliseconds between two times that the same is said: who asks again and again is answered the same each time. */
const SAID_EVERY = 60_000;

/** What only a deployment mends. Anything else may be over when it is tried again. */
export const isLasting = (error: unknown): boolean =>
  error instanceof ConfigError || error instanceof FlowError || error instanceof NewerStoreError;

/** Each thing that is wrong, in words that name no secret. */
export function wordsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigError || error instanceof FlowError) return error.problems;
  if (isLasting(error)) return [adviceOf(error)];
  return [`It could not be made (${adviceOf(error)}); it is tried again with the next request or alarm`];
}

/** @returns a function that logs each thing that is wrong, as an error, once a minute. The settings cannot be asked what else to keep out */
export function createFaultLog(entry: Pick<LogEntry, 'event' | 'shard'>): (error: unknown) => void {
  const { log } = guardLog((line) => console.log(JSON.stringify(line)));
  let saidAt = -Infinity;
  return (error) => {
    const now = webPorts.clock();
    // A clock may be set back.
    if (Math.abs(now - saidAt) < SAID_EVERY) return;
    saidAt = now;
    for (const problem of wordsOf(error)) log({ level: 'error', ...entry, problem });
  };
}
