/** The whole thing on one machine: the emulator, the pages, and the relay between them. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watchFlows } from '../server/adapters/flow-watch.ts';
import { PortError } from '../server/adapters/listen.ts';
import { serveRelay, type NodeOptions, type RunningRelay } from '../server/adapters/node.ts';
import { readFlowFolder } from '../server/commands/files.ts';
import type { FlowSource } from '../server/flows/lint/source.ts';
import { createSqliteStore } from '../server/store/sqlite.ts';
import type { Emulator } from './braze/emulator.ts';
import { serveEmulator } from './braze/serve.ts';
import { createLive } from './live.ts';
import { servePages } from './pages.ts';

/** 0 takes any free port. */
export interface DemoPorts {
  readonly relay: number;
  readonly pages: number;
  readonly braze: number;
  /** The relay's metrics and probes. Without it there are none. */
  readonly operator?: number;
}

export interface DemoOptions {
  /** Of the flows; by default the demo's own. */
  readonly folder?: string;
  /** With it the flows are taken up as they are saved, and it hears a line at a time what became of that. */
  readonly report?: (line: string) => void;
  /** By default every one is told. */
  readonly events?: DemoEvents;
  /** By default the built widget is read. */
  readonly assets?: NodeOptions['assets'];
}

/** The demo's own flows, named as the person at the terminal finds them. */
const FLOWS = relative('', fileURLToPath(new URL('./flows', import.meta.url)));

/** The flows of the page that shows all there is, whatever flows the demo runs. */
const SHOWCASE = fileURLToPath(new URL('./flows/showcase', import.meta.url));

const readFlows = (folder: string): readonly FlowSource[] => [
  ...readFlowFolder(folder),
  ...readFlowFolder(SHOWCASE),
];

/** Braze's event for each lifecycle event that is told: `docs/page-context.md`. */
type DemoEvents = Readonly<Record<string, string>>;

const EVENTS: DemoEvents = {
  started: 'chat_started',
  completed: 'chat_completed',
  handed_off: 'chat_handed_off',
  abandoned: 'chat_abandoned',
  page: 'chat_page_viewed',
};

/** Seconds. Brands give visitors half an hour; who tries the demo wants to see it. */
const ABANDONED_AFTER = 60;

/** Settings of the brand's site beside its origin. Its pages have the other tags themselves. */
const siteOf = (events: DemoEvents) => ({
  tags: { paths: [{ path: '/journal.html', tags: ['journal'] }] },
  events,
  ...('abandoned' in events && { abandoned_after: ABANDONED_AFTER, counts: true }),
});

export interface Demo {
  readonly relayUrl: string;
  readonly pagesUrl: string;
  readonly brazeUrl: string;
  readonly operatorUrl?: string;
  /** Folder of the flows. */
  readonly flows: string;
  readonly emulator: Emulator;
  /** The REST API key that the relay has of the emulator. */
  readonly key: string;
  stopRelay(): Promise<void>;
  /** The same relay again, at the same port and with the same store. */
  startRelay(): Promise<void>;
  /** As an operator does who has given it a key. */
  reloadRelay(): Promise<void>;
  close(): Promise<void>;
}

/** A port that another program holds. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

/** Where each part's port comes from, for the message when it is taken. */
const VARIABLES = {
  relay: 'PORT',
  pages: 'PAGES_PORT',
  braze: 'BRAZE_PORT',
  operator: 'OPERATOR_PORT',
} as const;

/**
 * @throws {PortTakenError} naming the port, and the variable that moves it
 * @throws {UsageError} where there are no flows
 * @throws {FlowError} with every mistake of the flows
 */
export async function startDemo(
  ports: DemoPorts,
  log?: NodeOptions['log'],
  { folder = FLOWS, report, events = EVENTS, assets = 'dist' }: DemoOptions = {},
): Promise<Demo> {
  let flows = readFlows(folder);
  const key = randomBytes(18).toString('base64url');
  const sessionSecret = randomBytes(32).toString('base64url');
  const storeFolder = await mkdtemp(join(tmpdir(), 'parley-demo-'));
  const opened: (() => Promise<void>)[] = [];
  const open = async <T extends { close(): Promise<void> }>(
    part: keyof DemoPorts,
    starting: Promise<T>,
  ): Promise<T> => {
    try {
      const running = await starting;
      opened.push(() => running.close());
      return running;
    } catch (error) {
      await closeAll();
      if (error instanceof PortError && isTaken(error) && error.door === 'operator')
        throw taken('operator', error.port);
      throw isTaken(error) ? taken(part, ports[part] ?? 0) : error;
    }
  };
  const closeAll = async () => {
    await Promise.all(opened.splice(0).map((close) => close()));
    await rm(storeFolder, { recursive: true, force: true });
  };

  const braze = await open(
    'braze',
    serveEmulator({
      port: ports.braze,
      hostname: 'localhost',
      // As long as it usually takes: nothing that the demo shows may count on its being at once.
      workspaces: [{ keys: [{ key, permissions: ['users.track'] }], consistencyDelay: 50 }],
      inspectorScript: () => readFile('build/demo/inspector.js', 'utf8').catch(() => undefined),
    }),
  );
  let relay: RunningRelay | undefined;
  let tellStarted: (url: string) => void = () => undefined;
  const started = new Promise<string>((resolve) => (tellStarted = resolve));
  const live = report && createLive({ edition: editionOf(flows), mistakes: [] });
  const pages = await open(
    'pages',
    servePages(ports.pages, () => relay?.url ?? started, live),
  );

  const sources = () => ({
    settings: {
      organization: 'TarnAndTor',
      environments: { sandbox: { endpoint: braze.url } },
      sites: { 'tarn-and-tor': { sandbox: [pages.url], ...siteOf(events) } },
      flowMaxAge: 0,
    },
    env: { BRAZE_SANDBOX_KEY: key, SESSION_SECRET: sessionSecret, PARLEY_DEVELOPMENT: '1' },
    flows,
  });
  const start = async (port: number, operatorPort: number | undefined) => {
    relay = await serveRelay({
      ...sources(),
      assets,
      store: createSqliteStore({ file: join(storeFolder, 'relay.db'), clock: () => Date.now() }),
      port,
      ...(operatorPort !== undefined && { operatorPort }),
      hostname: 'localhost',
      ...(log && { log }),
    });
    tellStarted(relay.url);
    return relay;
  };
  const { url: relayUrl, operatorUrl } = await open('relay', start(ports.relay, ports.operator));
  if (report) {
    const watching = watchFlows({
      folder,
      read: () => readFlows(folder),
      flows,
      replace: async (sources) => {
        const loaded = await (relay as RunningRelay).replaceFlows(sources);
        flows = sources;
        return loaded;
      },
      tell: ({ mistakes, lines }) => {
        live?.show({ edition: editionOf(flows), mistakes });
        lines.forEach(report);
      },
    });
    opened.push(async () => watching.close());
  }

  return {
    relayUrl,
    pagesUrl: pages.url,
    brazeUrl: braze.url,
    ...(operatorUrl !== undefined && { operatorUrl }),
    flows: folder,
    emulator: braze.emulator,
    key,
    stopRelay: async () => relay?.close(),
    startRelay: async () => {
      await open(
        'relay',
        start(portOf(relayUrl), operatorUrl === undefined ? undefined : portOf(operatorUrl)),
      );
    },
    reloadRelay: async () => relay?.reload(sources()),
    close: closeAll,
  };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

function editionOf(flows: readonly FlowSource[]): string {
  return createHash('sha256').update(JSON.stringify(flows)).digest('hex').slice(0, 16);
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

function taken(part: keyof DemoPorts, port: number): PortTakenError {
  const variable = VARIABLES[part];
  return new PortTakenError(
    `Port ${port} is taken. Set ${variable} to a free one: ${variable}=${port + 100} npm start`,
  );
}
