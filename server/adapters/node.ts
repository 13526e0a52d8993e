/** Puts the relay on Node: environment and files in, a listening server out. */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createRelay } from '../app.ts';
import { parseConfig } from '../config.ts';
import { loadFlow } from '../flows/load.ts';
import type { LogEntry } from '../ports.ts';
import { createMemoryStore } from '../store.ts';
import { readAssets } from './node-assets.ts';

export interface NodeOptions {
  /** The parsed settings file. */
  readonly settings: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Parsed flow files, each with the name to use in messages. */
  readonly flows: readonly { readonly source: string; readonly json: unknown }[];
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
}

/**
 * @throws {ConfigError} with every problem of the settings
 * @throws {FlowError} with every mistake of a flow
 * @throws {Error} code `EADDRINUSE` where the port is taken
 */
export async function serveRelay(options: NodeOptions): Promise<RunningRelay> {
  const clock = () => Date.now();
  const relay = createRelay(
    parseConfig({
      settings: options.settings,
      env: options.env,
      readFile: (path) => readFileSync(path, 'utf8'),
    }),
    options.flows.map(({ source, json }) => loadFlow(json, source)),
    {
      fetch,
      clock,
      setTimer: (callback, milliseconds) => {
        const timer = setTimeout(callback, milliseconds);
        return () => clearTimeout(timer);
      },
      createId: () => crypto.randomUUID(),
      log: options.log ?? printLog,
      assets: await readAssets(options.assets),
      store: createMemoryStore(clock),
    },
  );
  return listen({
    fetch: relay.fetch,
    port: options.port,
    ...(options.hostname && { hostname: options.hostname }),
  });
}

function listen(options: Parameters<typeof serve>[0]): Promise<RunningRelay> {
  return new Promise((resolve, reject) => {
    const server = serve(options, ({ port }: AddressInfo) => {
      resolve({
        url: `http://localhost:${port}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ('closeIdleConnections' in server) server.closeIdleConnections();
          }),
      });
    });
    server.on('error', reject);
  });
}

function printLog(entry: LogEntry): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
}
