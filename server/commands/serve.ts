/** `parley serve`: the relay as a process, for operators. */
import { writeSync } from 'node:fs';
import { inspect, parseArgs } from 'node:util';
import { takeEnvironment } from '../adapters/environment.ts';
import { watchFlows, type FlowWatch } from '../adapters/flow-watch.ts';
import { PortError } from '../adapters/port.ts';
import { createLog, LOG_LEVELS, type LogLevel } from '../adapters/log.ts';
import type { RelayOptions, RunningRelay } from '../adapters/process.ts';
import { ReloadError } from '../adapters/reload.ts';
import { guardLog } from '../log-fields.ts';
import type { Ports } from '../ports.ts';
import { readFlowFolder, readJson } from './files.ts';
import { loadAdapter } from './runtime.ts';
import { DEFAULT_STORE, openStore } from './store-file.ts';
import { UsageError, type Command } from './usage.ts';

/** The operator's port, counted from that of the relay. */
const OPERATOR_STEP = 3;

const MAX_PORT = 65_535;

export const serve: Command = {
  usage: `Usage: parley serve --config FILE --flows FOLDER [--assets FOLDER]
                    [--store STORE] [--watch]

  --config FILE     the settings, as JSON
  --flows FOLDER    the flows, one JSON file each
  --assets FOLDER   the built widget (default: that of this package); again for each
                    earlier release whose files pages may still ask for
  --store STORE     what the relay remembers: a file (default: ${DEFAULT_STORE}), made where there is none,
                    or Redis, as redis://host:6379/0, or redis for the address in REDIS_URL
  --watch           takes up flows as they are saved; prints the mistakes of
                    one that has any, and goes on with those of before

Environment: PORT (default 8787), OPERATOR_PORT (metrics and probes; default PORT + ${OPERATOR_STEP}, "off" for none),
OPERATOR_HOST (address of that port; default 127.0.0.1, which this machine alone reaches; 0.0.0.0 for all),
LOG_LEVEL (${LOG_LEVELS.join(', ')}; default info),
BRAZE_SANDBOX_KEY, BRAZE_PROD_KEY, SESSION_SECRET, ENTRY_LINK_KEY, REDIS_URL (each also as NAME_FILE),
REDIS_PREFIX (what the relay’s keys in Redis begin with; default parley:).

Signals: SIGTERM and SIGINT end it after what is under way, and at once when sent again. SIGHUP makes it read the settings,
the files of secrets and the flows again.`,

  run: async (args) => {
    const { values } = parseArgs({
      args,
      options: {
        config: { type: 'string' },
        flows: { type: 'string' },
        assets: { type: 'string', multiple: true },
        store: { type: 'string', default: DEFAULT_STORE },
        watch: { type: 'boolean', default: false },
      },
    });
    const { config, flows: folder, assets } = values;
    if (config === undefined || folder === undefined) throw new UsageError(serve.usage);
    const port = readPort('PORT', process.env['PORT'] ?? '8787');
    const operatorPort = readOperatorPort(process.env['OPERATOR_PORT'], port);
    const operatorHostname = process.env['OPERATOR_HOST'] ?? '';
    const { log } = guardLog(createLog(readLevel(process.env['LOG_LEVEL'])));
    const env = takeEnvironment(process.env);
    const read = () => ({ settings: readJson(config), env, flows: readFlowFolder(folder) });
    const sources = read();
    const { store, warnings } = await openStore(values.store, env);
    for (const problem of warnings) log({ level: 'warn', event: 'store_promises_less', problem });
    const relay = await startRelay({
      ...sources,
      ...(assets && { assets }),
      port,
      log,
      store,
      ...(operatorPort !== undefined && { operatorPort }),
      ...(operatorHostname !== '' && { operatorHostname }),
    });
    endOnFault((text) => relay.redact(text));
    let watching: FlowWatch | undefined;
    // Before it says that it is there: else a signal that comes at once would end it.
    heedSignals({
      reload: () => reload(relay, read, log),
      end: async () => {
        watching?.close();
        await relay.close();
      },
    });
    if (relay.operatorUrl !== undefined)
      console.log(`The operator’s port is ${relay.operatorUrl} (metrics: ${relay.operatorUrl}/metrics)`);
    console.log(`The relay listens at ${relay.url} (health: ${relay.url}/healthz)`);
    if (values.watch)
      watching = watchFlows({
        folder,
        read: () => readFlowFolder(folder),
        flows: sources.flows,
        replace: (flows) => relay.replaceFlows(flows),
        tell: ({ mistakes, lines }) =>
          (mistakes.length > 0 ? console.error : console.log)(relay.redact(lines.join('\n'))),
      });
    return 0;
  },
};

/** @throws {UsageError} where a port cannot be had, naming the variable that moves it */
async function startRelay(options: RelayOptions): Promise<RunningRelay> {
  const { serveRelay } = await loadAdapter();
  try {
    return await serveRelay(options);
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

/** As Node does where nobody has caught an error, but for the secrets that it may have with it. */
function endOnFault(redact: RunningRelay['redact']): void {
  process.on('uncaughtException', (error: unknown) => {
    writeSync(process.stderr.fd, `${redact(inspect(error))}\n`);
    process.exit(1);
  });
}

/** Whatever is wrong is logged, and the relay goes on as before. */
async function reload(
  relay: RunningRelay,
  read: () => Parameters<RunningRelay['reload']>[0],
  log: Ports['log'],
): Promise<void> {
  try {
    await relay.reload(read());
  } catch (error) {
    const problems =
      error instanceof ReloadError
        ? error.problems
        : [error instanceof Error ? error.message : String(error)];
    for (const problem of problems)
      log({ level: 'error', event: 'reload_refused', problem: relay.redact(problem) });
  }
}

function heedSignals({ reload, end }: Readonly<Record<'reload' | 'end', () => Promise<void>>>): void {
  /** One after the other. */
  let work = Promise.resolve();
  let isEnding = false;
  const onReload = () => {
    if (!isEnding) work = work.then(reload);
  };
  const onEnd = () => {
    isEnding = true;
    // The next one ends the process at once, as the system does by itself.
    for (const signal of ENDS) process.off(signal, onEnd);
    work = work.then(end);
  };
  process.on('SIGHUP', onReload);
  for (const signal of ENDS) process.on(signal, onEnd);
}

const ENDS = ['SIGINT', 'SIGTERM'] as const;

/** @throws {UsageError} */
function readPort(name: string, value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= MAX_PORT) return Number(value);
  throw new UsageError(`${name} is "${value}"; it should be a number from 0 to ${MAX_PORT}.`);
}

/** @returns `undefined` for none. @throws {UsageError} */
function readOperatorPort(value: string | undefined, port: number): number | undefined {
  if (value === '' || value === 'off') return undefined;
  if (value !== undefined) return readPort('OPERATOR_PORT', value);
  if (port === 0) return 0;
  if (port + OPERATOR_STEP <= MAX_PORT) return port + OPERATOR_STEP;
  throw new UsageError(
    `OPERATOR_PORT is missing, and PORT + ${OPERATOR_STEP} is no port; set it to a free one, or to "off".`,
  );
}

/** @throws {UsageError} */
function readLevel(value = 'info'): LogLevel {
  const level = LOG_LEVELS.find((each) => each === value);
  if (level !== undefined) return level;
  throw new UsageError(`LOG_LEVEL is "${value}"; it should be ${LOG_LEVELS.join(', ')}.`);
}
