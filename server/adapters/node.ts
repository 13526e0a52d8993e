/** Puts the relay on Node: environment and files in, a listening server out. */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createRelay } from '../app.ts';
import { parseConfig } from '../config.ts';
import type { FlowSource } from '../flows/lint/source.ts';
import { loadFlows } from '../flows/load.ts';
import { createFlowShelf, type LoadedFlow } from '../flows/shelf.ts';
import type { LogEntry } from '../ports.ts';
import { createMemoryStore } from '../store.ts';
import { readAssets } from './node-assets.ts';
import { webPorts } from './web-ports.ts';

export interface NodeOptions {
  /** The parsed settings file. */
  readonly settings: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flows: readonly FlowSource[];
  /** Folder of the built widget. */
  readonly assets: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Address to listen at; by default every one of this machine. */
  readonly hostname?: string;
  readonly log?: (entry: LogEntry) => void;
}

export interface RunningRelay {
  /** E.g. `http://localhost:8787`. */
  readonly url: string;
  /** Takes no new connection, lets requests end, and resolves. */
  close(): Promise<void>;
  /**
   * Serves these flows from now on, and no others. Sessions and receipts stay as they are. Resolves with the flows in the order of
   * their sources.
   * @throws {FlowError} with every mistake; the flows of before are served on
   */
  replaceFlows(sources: readonly FlowSource[]): Promise<readonly LoadedFlow[]>;
}

/**
 * @throws {ConfigError} with every problem of the settings
 * @throws {FlowError} with every mistake of a flow
 * @throws {Error} code `EADDRINUSE` where the port is taken
 */
export async function serveRelay(options: NodeOptions): Promise<RunningRelay> {
  const config = parseConfig({
    settings: options.settings,
    env: options.env,
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  const shelf = createFlowShelf(loadFlows(options.flows));
  const relay = createRelay(config, {
    ...webPorts,
    fetch,
    log: options.log ?? printLog,
    assets: await readAssets(options.assets),
    store: createMemoryStore(webPorts.clock),
    findFlow: shelf.find,
  });
  const listening = await listen({
    fetch: relay.fetch,
    port: options.port,
    ...(options.hostname && { hostname: options.hostname }),
  });
  return { ...listening, replaceFlows: async (sources) => shelf.replace(loadFlows(sources)) };
}

function listen(options: Parameters<typeof serve>[0]): Promise<Pick<RunningRelay, 'url' | 'close'>> {
  return new Promise((resolve, reject) => {
    const server = serve(options, ({ port }: AddressInfo) => {
      resolve({ url: `http://localhost:${port}`, close: closerOf(server as Server) });
    });
    server.on('error', reject);
  });
}

/** Milliseconds that requests have to end in when the relay closes: more than it ever waits for Braze. */
const CLOSING_TIME = 15_000;

/** Lets requests end that have begun. A connection without one, kept alive or not yet used, holds nobody up. */
function closerOf(server: Server): () => Promise<void> {
  let active = 0;
  server.on('request', (_, response) => {
    active += 1;
    response.once('close', () => {
      active -= 1;
      if (active === 0 && !server.listening) server.closeAllConnections();
    });
  });
  return () =>
    new Promise((closed) => {
      const timer = setTimeout(() => server.closeAllConnections(), CLOSING_TIME);
      server.close(() => {
        clearTimeout(timer);
        closed();
      });
      if (active === 0) server.closeAllConnections();
    });
}

function printLog(entry: LogEntry): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
}
