/** The relay in one process: environment and files in, a listening server out. What runtimes have of their own is handed in. */
import { readFileSync } from 'node:fs';
import type { Hono } from 'hono';
import { createRelay } from '../app.ts';
import { parseConfig, type RelayConfig } from '../config.ts';
import { createDelivery } from '../delivery/delivery.ts';
import { createPermissions } from '../permissions.ts';
import { createProfileReading, type ProfileReading } from '../profile-reading.ts';
import type { FlowSource } from '../flows/lint/source.ts';
import { loadFlows } from '../flows/load.ts';
import { createRevisions } from '../flows/revisions.ts';
import { createFlowShelf, type LoadedFlow } from '../flows/shelf.ts';
import { guardLog, type LogEntry } from '../log-fields.ts';
import { createPlaces } from '../places/routes.ts';
import type { Ports } from '../ports.ts';
import { createReadiness, createStoreProbe, type LookAtReadiness } from '../readiness.ts';
import { createRedaction, redactLog } from '../redaction.ts';
import type { Store } from '../store/store.ts';
import type { BrazeFetch } from './braze-fetch.ts';
import { createLog, droppedEntries } from './log.ts';
import { createMetrics, type PrometheusMetrics } from './metrics.ts';
import { readAssets } from './node-assets.ts';
import { createOperatorApp } from './operator.ts';
import type { Doorway, Listen, Listening } from './port.ts';
import { createRefusal } from './refusal.ts';
import { readReload, reloadConfig } from './reload.ts';
import { webPorts } from './web-ports.ts';
import { widgetFolder } from './widget-folder.ts';

/** What a process has that Node's modules do not have on every runtime. */
export interface Runtime {
  readonly listen: Listen;
  /** @param timeout milliseconds after which a request to Braze is given up */
  readonly createBrazeFetch: (timeout: number) => BrazeFetch;
}

export interface RelayOptions {
  /** The parsed settings file. */
  readonly settings: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads the file of a secret; by default from the disk. */
  readonly readFile?: (path: string) => string;
  readonly flows: readonly FlowSource[];
  /**
   * Folder of the built widget, or several: then those of earlier releases follow. Or what was read of them before. By default the folder of
   * this package.
   */
  readonly assets?: string | readonly string[] | Ports['assets'];
  /** The relay closes it, also where it does not start. */
  readonly store: Store;
  /** 0 takes any free port. */
  readonly port: number;
  /** For metrics and probes. 0 takes any free port; without it there is none. */
  readonly operatorPort?: number;
  /** Address to listen at for browsers; by default every one of this machine. */
  readonly hostname?: string;
  /** Address of the operator's port; by default the one that only this machine reaches: anybody who reaches it may read it. */
  readonly operatorHostname?: string;
  readonly log?: (entry: LogEntry) => void;
  /** Connections of browsers that are open at once. */
  readonly connections?: number;
  /** Hears whose profile is out of date from now on: for other processes that keep some. */
  readonly tellForgotten?: ProfileReading['forget'];
}

/** What the operator's port shows of a relay. */
export interface OperatorView {
  readonly families: PrometheusMetrics['families'];
  readonly lookAtReadiness: LookAtReadiness;
  /** `/flows` and what is below it. */
  readonly places: Hono;
}

export interface RunningRelay {
  /** E.g. `http://localhost:8787`. */
  readonly url: string;
  readonly operatorUrl?: string;
  /**
   * Takes no new connection, lets requests end, delivers what is under way or puts it into the spool, and resolves. What takes too
   * long is left to the next start: the store knows of it.
   */
  close(): Promise<void>;
  /** The text without the relay's secrets: for what is printed and is no entry of the log. */
  redact(text: string): string;
  /**
   * Serves these flows from now on, and no others. Sessions and receipts stay as they are. Resolves with the flows in the order of
   * their sources.
   * @throws {FlowError} with every mistake; the flows of before are served on
   */
  replaceFlows(sources: readonly FlowSource[]): Promise<readonly LoadedFlow[]>;
  /**
   * From now on with these keys, endpoints, sites, times and flows. Requests that have begun end as they began. What holds only
   * after the next start is logged.
   * @throws {ReloadError} with every mistake; nothing is changed
   */
  reload(sources: Pick<RelayOptions, 'settings' | 'env' | 'readFile' | 'flows'>): Promise<void>;
}

/** What a relay that is one of several processes has besides, for the process that has started it. */
export interface OneOfSeveral extends RunningRelay {
  readonly view: OperatorView;
  /** Another process has written something of theirs. */
  forgetProfile: ProfileReading['forget'];
}

/**
 * @throws {ConfigError} with every problem of the settings
 * @throws {FlowError} with every mistake of a flow
 * @throws {PortError} e.g. with the code `EADDRINUSE`
 */
export async function runRelay(options: RelayOptions, runtime: Runtime): Promise<OneOfSeveral> {
  try {
    return await start(options, runtime);
  } catch (error) {
    await options.store.close();
    throw error;
  }
}

async function start(options: RelayOptions, { listen, createBrazeFetch }: Runtime): Promise<OneOfSeveral> {
  let config = parseConfig(sourcesOf(options));
  const shelf = createFlowShelf(loadFlows(options.flows, config.secrets()));
  const { assets = widgetFolder(), store } = options;
  const redact = createRedaction(() => config.secrets());
  const { log, dropped: droppedFields } = guardLog(redactLog(options.log ?? createLog(), redact));
  const braze = createBrazeFetch(config.brazeTimeout);
  const probeStore = createStoreProbe({ store, log, ...webPorts });
  const metrics = createMetrics(
    { stats: () => store.stats(), state: () => delivery.state(), probeStore, droppedEntries, droppedFields },
    webPorts,
  );
  metrics.startAtZero(config.origins.values());
  const ports: Ports = {
    ...webPorts,
    fetch: braze.fetch,
    log,
    assets: typeof assets === 'function' ? assets : await readAssets([assets].flat()),
    metrics: metrics.port,
    store,
    delivery: () => delivery,
    profiles: () => told,
    permissions: createPermissions(),
    findFlow: shelf.find,
    listFlows: shelf.list,
  };
  const delivery = createDelivery(config, ports);
  const profiles = createProfileReading(config, ports.permissions, ports);
  const told: ProfileReading = {
    ...profiles,
    forget: (...whose) => {
      profiles.forget(...whose);
      options.tellForgotten?.(...whose);
    },
  };
  const view: OperatorView = {
    families: metrics.families,
    lookAtReadiness: createReadiness(ports, probeStore),
    places: createPlaces(createRevisions(config, ports), ports),
  };
  let app = createRelay(config, ports, probeStore);

  const refuse = createRefusal(ports);
  const open = await listenAtAll(listen, [
    {
      door: 'public',
      port: options.port,
      ...(options.hostname !== undefined && { hostname: options.hostname }),
      ...(options.connections !== undefined && { connections: options.connections }),
      keepAlive: keepAliveOf(config),
      patience: config.deadline + SLACK,
      fetch: (request, connection) => app.fetch(request, connection),
      refuse,
    },
    ...(options.operatorPort === undefined
      ? []
      : [
          {
            door: 'operator' as const,
            port: options.operatorPort,
            hostname: options.operatorHostname ?? LOOPBACK,
            fetch: createOperatorApp(metrics, view.lookAtReadiness, view.places).fetch,
            refuse,
          },
        ]),
  ]);
  const [relay, operator] = open as readonly [Listening, Listening?];
  delivery.startSpool();

  let closing: Promise<void> | undefined;
  const shutDown = async () => {
    await relay.close(config.deadline + SLACK);
    profiles.close();
    if (!(await endsWithin(config.brazeTimeout + SLACK, delivery.close())))
      log({
        level: 'warn',
        event: 'close_cut_short',
        advice: 'What is left is delivered after the next start.',
      });
    await braze.close();
    // A scrape that is under way is not waited for.
    await operator?.close(0);
    await store.close();
    log({ level: 'info', event: 'closed' });
  };

  return {
    url: relay.url,
    ...(operator && { operatorUrl: operator.url }),
    view,
    close: () => (closing ??= shutDown()),
    redact,
    replaceFlows: async (sources) => shelf.replace(loadFlows(sources, config.secrets())),
    reload: async (sources) => {
      const read = readReload(sourcesOf(sources), sources.flows, config.secrets());
      const { changed, atNextStart, ...reloaded } = reloadConfig(config, read.config);
      ({ config } = reloaded);
      app = createRelay(config, ports, probeStore);
      delivery.replaceSettings(config);
      profiles.replaceSettings(config);
      relay.keepAlive(keepAliveOf(config));
      metrics.startAtZero(config.origins.values());
      await shelf.replace(read.flows);
      logReload(log, { changed, atNextStart, flows: read.flows.length });
    },
    forgetProfile: (...whose) => profiles.forget(...whose),
  };
}

/** Milliseconds for what comes after the longest wait: an answer on its way to the browser, a write to the store. */
const SLACK = 2_000;

/** Milliseconds that `close` takes at most, but for a last write to the disk. */
export function closingTime({ deadline, brazeTimeout }: Pick<RelayConfig, 'deadline' | 'brazeTimeout'>) {
  return deadline + SLACK + brazeTimeout + SLACK;
}

const LOOPBACK = '127.0.0.1';

/**
 * Milliseconds that a connection is kept: a browser's for Node's default. A proxy's for longer than the proxy keeps it, or now and then one
 * would send a request on a connection that has just ended, which it may not repeat, and would answer 502: nginx and AWS keep theirs for
 * 60 s by default, and Google for 600 s, for which it names 620 s (Cloud Load Balancing, "Timeouts and retries").
 */
function keepAliveOf({ trustedProxies }: Pick<RelayConfig, 'trustedProxies'>): number {
  return trustedProxies.length > 0 ? 620_000 : 5_000;
}

function sourcesOf({
  settings,
  env,
  readFile = (path) => readFileSync(path, 'utf8'),
}: Pick<RelayOptions, 'settings' | 'env' | 'readFile'>) {
  return { settings, env, readFile };
}

/** At all of them or at none. */
async function listenAtAll(listen: Listen, doorways: readonly Doorway[]): Promise<readonly Listening[]> {
  const open: Listening[] = [];
  try {
    for (const doorway of doorways) open.push(await listen(doorway));
  } catch (error) {
    await Promise.all(open.map((each) => each.close(0)));
    throw error;
  }
  return open;
}

/** @returns whether it did */
function endsWithin(milliseconds: number, work: Promise<void>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = webPorts.setTimer(() => resolve(false), milliseconds);
    work.then(() => {
      cancel();
      resolve(true);
    }, reject);
  });
}

function logReload(
  log: Ports['log'],
  {
    changed,
    atNextStart,
    flows,
  }: { changed: readonly string[]; atNextStart: readonly string[]; flows: number },
): void {
  log({ level: 'info', event: 'reloaded', changed: changed.join(', '), flows });
  if (atNextStart.length > 0) {
    const advice = 'These are new and hold after the next start only.';
    log({ level: 'warn', event: 'reload_incomplete', settings: atNextStart.join(', '), advice });
  }
}
