/** `parley serve --processes N`: this process reads everything once, starts the others, and has the operator's port. */
import { readFileSync } from 'node:fs';
import { watchFlows, type FlowWatch } from '../adapters/flow-watch.ts';
import { createJointOperatorApp } from '../adapters/joint-operator.ts';
import { listen } from '../adapters/listen.ts';
import type { Listening } from '../adapters/port.ts';
import { createLog, droppedEntries, printLine } from '../adapters/log.ts';
import { createClusterStart } from '../adapters/process-cluster.ts';
import { closingTime } from '../adapters/process.ts';
import { createProcessKeeper, type ProcessKeeper } from '../adapters/process-keeper.ts';
import { holdAfterReload, type HeldSettings } from '../adapters/process-sources.ts';
import { createRefusal } from '../adapters/refusal.ts';
import { readReload } from '../adapters/reload.ts';
import { webPorts } from '../adapters/web-ports.ts';
import { parseConfig, type RelayConfig } from '../config.ts';
import { loadFlows } from '../flows/load.ts';
import { createFlowShelf } from '../flows/shelf.ts';
import { guardLog } from '../log-fields.ts';
import { NO_METRICS } from '../metrics.ts';
import type { Ports } from '../ports.ts';
import { createRedaction, redactLog } from '../redaction.ts';
import { readFlowFolder } from './files.ts';
import {
  announce,
  endOnFault,
  heedSignals,
  openingPorts,
  reloading,
  tellOn,
  type ServeCall,
} from './serving.ts';
import { UsageError } from './usage.ts';

const LOOPBACK = '127.0.0.1';

/** Milliseconds that a process has for its last write to the disk after all else that its end takes. */
const LAST_WRITE = 3_000;

/** Exit code where a process did not start, or all end again and again. */
const FAILED = 1;

/** Resolves when it is over. @throws {UsageError} */
export async function serveSeveral(call: ServeCall, count: number): Promise<number> {
  const { folder, level, isWatching, port, assets, store } = call;
  let announced: string | undefined;
  const secrets = new Set<string>();
  const redact = createRedaction(() => [...secrets]);
  endOnFault(redact);
  const { log } = guardLog(redactLog(createLog(level), redact));
  const reading = createReading(call, secrets);
  let held = reading.first();
  const shelf = createFlowShelf([]);
  const fork = createClusterStart({
    setTimer: webPorts.setTimer,
    print: printLine,
    forgotten: (order, from) => {
      for (const { number, process } of keeper.running()) if (number !== from) process.tell(order);
    },
  });
  const keeper = createProcessKeeper({
    count,
    start: (number) => {
      const started = fork({
        ...held.sources,
        number,
        ...(assets && { assets }),
        store,
        port,
        ...(announced !== undefined && { announced }),
        level,
      });
      void started.listening.then((url) => (announced ??= url));
      return started;
    },
    closingTime: () => closingTime(held.config) + LAST_WRITE,
    clock: () => performance.now(),
    setTimer: webPorts.setTimer,
    log,
  });
  const operator = await openOperatorPort(call, keeper, count, log);
  // Also of a fault: they end by themselves when this process does, unless they hang.
  process.on('exit', keeper.kill);
  let watching: FlowWatch | undefined;
  const state = { isEnding: false };
  const reload = () => {
    const next = reading.again();
    held = holdAfterReload(held, next);
    keeper.tellAll({ type: 'reload', sources: next.sources });
  };
  const closed = new Promise<boolean>((resolve) =>
    heedSignals({
      reload: () => reloading(reload, redact, log),
      end: async () => {
        state.isEnding = true;
        watching?.close();
        resolve(await keeper.close());
      },
      endAtOnce: keeper.kill,
    }),
  );
  try {
    const url = await keeper.start();
    // It has said why, or the log has.
    if (url === undefined && !state.isEnding) return FAILED;
    if (url !== undefined) announce({ url, ...(operator && { operatorUrl: operator.url }) });
    if (isWatching && !state.isEnding)
      watching = watchFlows({
        folder,
        read: () => readFlowFolder(folder),
        flows: held.sources.flows,
        replace: async (flows) => {
          const loaded = await shelf.replace(loadFlows(flows, [...secrets]));
          held = { ...held, sources: { ...held.sources, flows } };
          keeper.tellAll({ type: 'replace_flows', flows });
          return loaded;
        },
        tell: tellOn(redact),
      });
    const isInOrder = await Promise.race([closed, keeper.givenUp]);
    if (isInOrder === undefined)
      throw new UsageError(
        'The processes of the relay end as soon as they start, and none is left; the log and what they have printed say why.',
      );
    return isInOrder ? 0 : FAILED;
  } finally {
    watching?.close();
    await operator?.close(0);
  }
}

/** Settings, flows and the files of secrets, read once for all processes. */
function createReading({ read }: ServeCall, secrets: Set<string>) {
  const withFiles = (
    judge: (readFile: (path: string) => string, sources: ReturnType<ServeCall['read']>) => RelayConfig,
  ): HeldSettings => {
    const files: Record<string, string> = {};
    const sources = read();
    const readFile = (path: string) => (files[path] = readFileSync(path, 'utf8'));
    const config = judge(readFile, sources);
    // Those of before too: what is under way ends with them.
    for (const secret of config.secrets()) secrets.add(secret);
    return { config, sources: { ...sources, files } };
  };
  return {
    /** @throws {ConfigError} or {FlowError} with every mistake */
    first: () =>
      withFiles((readFile, { settings, env, flows }) => {
        const config = parseConfig({ settings, env, readFile });
        loadFlows(flows, config.secrets());
        return config;
      }),
    /** @throws {ReloadError} with every mistake */
    again: () =>
      withFiles(
        (readFile, { settings, env, flows }) =>
          readReload({ settings, env, readFile }, flows, [...secrets]).config,
      ),
  };
}

function openOperatorPort(
  { operatorPort: port, operatorHostname: hostname = LOOPBACK }: ServeCall,
  keeper: ProcessKeeper,
  count: number,
  log: Ports['log'],
): Promise<Listening | undefined> {
  if (port === undefined) return Promise.resolve(undefined);
  const { fetch } = createJointOperatorApp({ keeper, count, droppedEntries });
  const refuse = createRefusal({ ...webPorts, log, metrics: NO_METRICS });
  return openingPorts(() => listen({ door: 'operator', port, hostname, fetch, refuse }));
}
