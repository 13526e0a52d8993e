/** `parley serve`: the relay as a process, or as several, for operators. */
import { parseArgs } from 'node:util';
import { takeEnvironment } from '../adapters/environment.ts';
import { watchFlows, type FlowWatch } from '../adapters/flow-watch.ts';
import { createLog, LOG_LEVELS, type LogLevel } from '../adapters/log.ts';
import { isOneOfSeveral, letGo, mayStartOthers } from '../adapters/process-cluster.ts';
import { guardLog } from '../log-fields.ts';
import { readFlowFolder, readJson } from './files.ts';
import { hasCluster, loadAdapter } from './runtime.ts';
import { serveOne } from './serve-one.ts';
import { serveSeveral } from './serve-several.ts';
import {
  announce,
  endOnFault,
  heedSignals,
  openingPorts,
  reloading,
  tellChange,
  tellWarnings,
  tellOn,
  type ServeCall,
} from './serving.ts';
import { DEFAULT_STORE, openStore } from './store-file.ts';
import { UsageError, type Command } from './usage.ts';

/** The operator's port, counted from that of the relay. */
const OPERATOR_STEP = 3;

const MAX_PORT = 65_535;

/** No machine has so many cores to spare: it is a slip of the finger. */
const MOST_PROCESSES = 64;

export const serve: Command = {
  usage: `Usage: parley serve --config FILE --flows FOLDER [--assets FOLDER]
                    [--store STORE] [--processes N] [--watch]

  --config FILE     the settings, as JSON
  --flows FOLDER    the flows, one JSON file each
  --assets FOLDER   the built widget (default: that of this package); again for each
                    earlier release whose files pages may still ask for
  --store STORE     what the relay remembers: a file (default: ${DEFAULT_STORE}), made where there is none,
                    or Redis, as redis://host:6379/0, or redis for the address in REDIS_URL
  --processes N     so many processes behind the one port, over the one store (default: 1)
  --watch           takes up flows as they are saved; prints the mistakes of
                    one that has any, and goes on with those of before

Environment: PORT (default 8787), OPERATOR_PORT (metrics and probes; default PORT + ${OPERATOR_STEP}, "off" for none),
OPERATOR_HOST (address of that port; default 127.0.0.1, which this machine alone reaches; 0.0.0.0 for all),
LOG_LEVEL (${LOG_LEVELS.join(', ')}; default info),
BRAZE_SANDBOX_KEY, BRAZE_PROD_KEY, SESSION_SECRET, ENTRY_LINK_KEY, REDIS_URL (each also as NAME_FILE),
REDIS_PREFIX (what the relay’s keys in Redis begin with; default parley:),
REDIS_PARTITIONS (into how many parts its spool there is divided; default 16).

Signals: SIGTERM and SIGINT end it after what is under way, and at once when sent again. SIGHUP makes it read the settings,
the files of secrets and the flows again.`,

  run: async (args) => {
    if (isOneOfSeveral()) return serveOne();
    try {
      return await serveAsCalled(args);
    } catch (error) {
      letGo();
      throw error;
    }
  },
};

async function serveAsCalled(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      flows: { type: 'string' },
      assets: { type: 'string', multiple: true },
      store: { type: 'string', default: DEFAULT_STORE },
      processes: { type: 'string', default: '1' },
      watch: { type: 'boolean', default: false },
    },
  });
  const { config, flows: folder, assets } = values;
  if (config === undefined || folder === undefined) throw new UsageError(serve.usage);
  const port = readPort('PORT', process.env['PORT'] ?? '8787');
  const operatorPort = readOperatorPort(process.env['OPERATOR_PORT'], port);
  const operatorHostname = process.env['OPERATOR_HOST'] ?? '';
  const level = readLevel(process.env['LOG_LEVEL']);
  const processes = readProcesses(values.processes);
  const env = takeEnvironment(process.env);
  const call: ServeCall = {
    ...(assets && { assets }),
    port,
    level,
    store: values.store,
    isWatching: values.watch,
    ...(operatorPort !== undefined && { operatorPort }),
    ...(operatorHostname !== '' && { operatorHostname }),
    folder,
    read: () => ({ settings: readJson(config), env, flows: readFlowFolder(folder) }),
  };
  if (processes === 1) return serveAlone(call);
  if (!hasCluster())
    throw new UsageError(
      '--processes needs Node; on this runtime start a relay on a port of its own for each, over one store.',
    );
  if (!mayStartOthers())
    throw new UsageError(
      '--processes cannot be had here: another program has started the relay as one of its own several processes; let one of the two do that.',
    );
  return serveSeveral(call, processes);
}

async function serveAlone(call: ServeCall): Promise<number> {
  const { folder, level, isWatching, read, store, ...options } = call;
  const { log } = guardLog(createLog(level));
  const sources = read();
  const { serveRelay } = await loadAdapter();
  const opened = await openStore(store, sources.env, sources.settings, tellChange(log));
  tellWarnings(opened, log);
  const relay = await openingPorts(() => serveRelay({ ...options, ...sources, log, store: opened.store }));
  const redact = (text: string) => relay.redact(text);
  endOnFault(redact);
  let watching: FlowWatch | undefined;
  // Before it says that it is there: else a signal that comes at once would end it.
  heedSignals({
    reload: () => reloading(() => relay.reload(read()), redact, log),
    end: async () => {
      watching?.close();
      await relay.close();
      letGo();
    },
  });
  announce(relay);
  if (isWatching)
    watching = watchFlows({
      folder,
      read: () => readFlowFolder(folder),
      flows: sources.flows,
      replace: (flows) => relay.replaceFlows(flows),
      tell: tellOn(redact),
    });
  return 0;
}

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
function readProcesses(value: string): number {
  if (/^\d{1,2}$/.test(value) && Number(value) >= 1 && Number(value) <= MOST_PROCESSES) return Number(value);
  throw new UsageError(
    `--processes is "${value}"; it should be a number from 1 to ${MOST_PROCESSES}: no more than the machine has cores.`,
  );
}

/** @throws {UsageError} */
function readLevel(value = 'info'): LogLevel {
  const level = LOG_LEVELS.find((each) => each === value);
  if (level !== undefined) return level;
  throw new UsageError(`LOG_LEVEL is "${value}"; it should be ${LOG_LEVELS.join(', ')}.`);
}
