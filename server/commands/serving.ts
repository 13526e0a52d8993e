/** What a relay that serves has to do with its process, alone or as one of several: ports, faults, signals. */
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import type { FlowNews } from '../adapters/flow-watch.ts';
import { PortError } from '../adapters/port.ts';
import type { LogLevel } from '../adapters/log.ts';
import type { RelayOptions, RunningRelay } from '../adapters/process.ts';
import { ReloadError } from '../adapters/reload.ts';
import type { Ports } from '../ports.ts';
import { UsageError } from './usage.ts';

/** How `parley serve` was called. */
export interface ServeCall extends Pick<RelayOptions, 'port' | 'operatorPort' | 'operatorHostname'> {
  readonly assets?: readonly string[];
  readonly level: LogLevel;
  /** As `--store` has it. */
  readonly store: string;
  /** Of the flows. */
  readonly folder: string;
  readonly isWatching: boolean;
  /** Reads what may be read again while it runs. @throws {UsageError} */
  readonly read: () => Pick<RelayOptions, 'settings' | 'env' | 'flows'>;
}

export function announce({ url, operatorUrl }: Pick<RunningRelay, 'url' | 'operatorUrl'>): void {
  if (operatorUrl !== undefined)
    console.log(`The operator’s port is ${operatorUrl} (metrics: ${operatorUrl}/metrics)`);
  console.log(`The relay listens at ${url} (health: ${url}/healthz)`);
}

/** Tells the person at the terminal what became of flows that were saved. */
export const tellOn =
  (redact: (text: string) => string) =>
  ({ mistakes, lines }: FlowNews): void =>
    (mistakes.length > 0 ? console.error : console.log)(redact(lines.join('\n')));

/** @throws {UsageError} where a port cannot be had, naming the variable that moves it */
export async function openingPorts<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    const port = error.door === 'operator' ? 'OPERATOR_PORT' : 'PORT';
    const remedies = {
      EADDRINUSE: `set ${port} to a free one`,
      EACCES: `set ${port} to one from 1024 on`,
      EADDRNOTAVAIL: 'set OPERATOR_HOST to one that is',
      ENOTFOUND: 'set OPERATOR_HOST to an address of this machine',
    };
    const remedy = remedies[error.code];
    throw new UsageError(`${error.message.slice(0, -1)}; ${remedy}.`);
  }
}

/** Says what the store does not promise. */
export function tellWarnings(
  { warnings }: { readonly warnings: readonly string[] },
  log: Ports['log'],
): void {
  for (const problem of warnings) log({ level: 'warn', event: 'store_promises_less', problem });
}

/** Says what befalls a store that is open. */
export const tellChange =
  (log: Ports['log']) =>
  (problem: string): void =>
    log({ level: 'error', event: 'store_changed', problem });

/** As Node does where nobody has caught an error, but for the secrets that it may have with it. */
export function endOnFault(redact: (text: string) => string): void {
  process.on('uncaughtException', (error: unknown) => {
    writeSync(process.stderr.fd, `${redact(inspect(error))}\n`);
    process.exit(1);
  });
}

/** Whatever is wrong is logged, and the relay goes on as before. */
export async function reloading(
  reload: () => Promise<void> | void,
  redact: (text: string) => string,
  log: Ports['log'],
): Promise<void> {
  try {
    await reload();
  } catch (error) {
    const problems =
      error instanceof ReloadError
        ? error.problems
        : [error instanceof Error ? error.message : String(error)];
    for (const problem of problems)
      log({ level: 'error', event: 'reload_refused', problem: redact(problem) });
  }
}

interface SignalOptions {
  readonly reload: () => Promise<void>;
  readonly end: () => Promise<void>;
  /** What is left to do before a second signal ends the process. */
  readonly endAtOnce?: () => void;
}

export function heedSignals({ reload, end, endAtOnce }: SignalOptions): void {
  /** One after the other. */
  let work = Promise.resolve();
  let isEnding = false;
  const onReload = () => {
    if (!isEnding) work = work.then(reload);
  };
  const onEnd = () => {
    isEnding = true;
    // The next one ends the process at once, as the system does by itself.
    for (const signal of ENDS) {
      process.off(signal, onEnd);
      if (endAtOnce) process.on(signal, onSecondEnd);
    }
    work = work.then(end);
  };
  const onSecondEnd = (signal: NodeJS.Signals) => {
    endAtOnce?.();
    for (const each of ENDS) process.off(each, onSecondEnd);
    process.kill(process.pid, signal);
  };
  process.on('SIGHUP', onReload);
  for (const signal of ENDS) process.on(signal, onEnd);
}

/** Signals are for the process that has started this one, which tells it what to do: a terminal and a supervisor send them to all. */
export function leaveSignals(): void {
  for (const signal of ['SIGHUP', ...ENDS]) process.on(signal, () => undefined);
}

const ENDS = ['SIGINT', 'SIGTERM'] as const;
