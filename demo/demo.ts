/** The whole thing on one machine: the emulator, the pages of three brands, and the relay between them. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import { watchFlows } from '../server/adapters/flow-watch.ts';
import { PortError } from '../server/adapters/port.ts';
import { serveRelay, type RelayOptions, type RunningRelay } from '../server/adapters/node.ts';
import { readFlowFolder } from '../server/commands/files.ts';
import type { FlowSource } from '../server/flows/lint/source.ts';
import { createSqliteStore } from '../server/store/sqlite.ts';
import type { Emulator } from './braze/emulator.ts';
import { serveEmulator } from './braze/serve.ts';
import { CANVASES } from './canvases.ts';
import { createCarambola } from './carambola.ts';
import { createIntroduce } from './customers.ts';
import { createLive } from './live.ts';
import { servePages, type Places } from './pages.ts';
import { sitesOf, type DemoEvents } from './sites.ts';
import { createTsubame } from './tsubame.ts';
import { createWeather } from './weather.ts';

/** 0 takes any free port. */
export interface DemoPorts {
  readonly relay: number;
  /** The first brand's, with the list of the demos and the showcase. */
  readonly pages: number;
  readonly braze: number;
  /** The other two brands'; any free ones by default. */
  readonly tsubame?: number;
  readonly carambola?: number;
  /** The relay's metrics and probes. Without it there are none. */
  readonly operator?: number;
}

export interface DemoOptions {
  /** Of the flows; by default the demo's own. */
  readonly folder?: string;
  /** With it the flows are taken up as they are saved, and it hears a line at a time what became of that. */
  readonly report?: (line: string) => void;
  /** Of the first brand; by default every one is told. */
  readonly events?: DemoEvents;
  /** Seconds until a conversation that was left is abandoned. */
  readonly abandonedAfter?: number;
  /** By default the built widget is read. */
  readonly assets?: RelayOptions['assets'];
  /** Another runtime than this process. It serves the built widget. */
  readonly serve?: (relay: DemoRelay) => Promise<RunningRelay>;
}

/** The relay of the demo, wherever it runs. */
export interface DemoRelay extends Pick<RelayOptions, 'settings' | 'flows' | 'port'> {
  readonly env: Readonly<Record<string, string>>;
  /** Where it keeps its store. */
  readonly folder: string;
}

/** The demo's own flows, named as the person at the terminal finds them. */
const FLOWS = relative('', fileURLToPath(new URL('./flows', import.meta.url)));

/** The flows of the page that shows all there is, whatever flows the demo runs. */
const SHOWCASE = fileURLToPath(new URL('./flows/showcase', import.meta.url));

const readFlows = (folder: string): readonly FlowSource[] => [
  ...readFlowFolder(folder),
  ...readFlowFolder(SHOWCASE),
];

/** What the brands' flows ask of Braze, and no more. */
const PERMISSIONS = ['users.track', 'users.identify', 'users.export.ids', 'canvas.trigger.send'];

export interface Demo {
  readonly relayUrl: string;
  readonly pagesUrl: string;
  readonly tsubameUrl: string;
  readonly carambolaUrl: string;
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
  tsubame: 'TSUBAME_PORT',
  carambola: 'CARAMBOLA_PORT',
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
  log?: RelayOptions['log'],
  { folder = FLOWS, report, events, abandonedAfter, assets = 'dist', serve }: DemoOptions = {},
): Promise<Demo> {
  let flows = readFlows(folder);
  const key = newSecret();
  // Of the brands' own systems, which write to Braze, too.
  const brandsKey = newSecret();
  const sessionSecret = newSecret();
  const entryLinkKey = newSecret();
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
      workspaces: [
        {
          keys: [
            { key, permissions: PERMISSIONS },
            { key: brandsKey, permissions: ['users.track'] },
          ],
          canvases: CANVASES,
          consistencyDelay: 50,
        },
      ],
      inspectorScript: () => readFile('build/demo/inspector.js', 'utf8').catch(() => undefined),
    }),
  );
  let relay: RunningRelay | undefined;
  let tellStarted: (url: string) => void = () => undefined;
  const started = new Promise<string>((resolve) => (tellStarted = resolve));
  const live = report && createLive({ edition: editionOf(flows), mistakes: [] });
  const whereRelayIs = () => relay?.url ?? started;
  const places = async (): Promise<Places> => ({ relay: await whereRelayIs(), braze: braze.url, ...origins });
  const introduce = createIntroduce({ brazeUrl: braze.url, key: brandsKey, emulator: braze.emulator });
  const carambola = await createCarambola(introduce);
  const { url: tsubameUrl } = await open(
    'tsubame',
    servePages(ports.tsubame ?? 0, {
      folder: 'tsubame',
      places,
      live,
      fill: createTsubame({ introduce, relayUrl: whereRelayIs, entryLinkKey }),
    }),
  );
  const { url: carambolaUrl } = await open(
    'carambola',
    servePages(ports.carambola ?? 0, { folder: 'carambola', places, live, ...carambola }),
  );
  const weather = new Hono();
  weather.route('/weather', createWeather(whereRelayIs));
  const { url: pagesUrl } = await open(
    'pages',
    servePages(ports.pages, {
      folder: 'tarn-and-tor',
      places,
      live,
      routes: weather,
      unguarded: /^showcase/,
    }),
  );
  const origins = { 'tarn-and-tor': pagesUrl, tsubame: tsubameUrl, carambola: carambolaUrl };

  const sources = () => ({
    settings: {
      organization: 'TarnAndTor',
      environments: { sandbox: { endpoint: braze.url } },
      sites: sitesOf({ origins, events, abandonedAfter, publicKey: carambola.publicKey }),
      flowMaxAge: 0,
    },
    env: {
      BRAZE_SANDBOX_KEY: key,
      SESSION_SECRET: sessionSecret,
      ENTRY_LINK_KEY: entryLinkKey,
      PARLEY_DEVELOPMENT: '1',
    },
    flows,
  });
  const serveHere = (port: number, operatorPort: number | undefined) =>
    serveRelay({
      ...sources(),
      assets,
      store: createSqliteStore({ file: join(storeFolder, 'relay.db'), clock: () => Date.now() }),
      port,
      ...(operatorPort !== undefined && { operatorPort }),
      hostname: 'localhost',
      ...(log && { log }),
    });
  const start = async (port: number, operatorPort: number | undefined) => {
    relay = await (serve
      ? serve({ ...sources(), port, folder: storeFolder })
      : serveHere(port, operatorPort));
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
    pagesUrl,
    tsubameUrl,
    carambolaUrl,
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

/** Longer than anybody guesses, and as long as the relay wants it. */
function newSecret(): string {
  return randomBytes(32).toString('base64url');
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
