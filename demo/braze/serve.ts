import { createAdaptorServer } from '@hono/node-server';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEmulator, type Emulator, type EmulatorOptions } from './emulator.ts';

export interface ServeOptions extends EmulatorOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** `127.0.0.1` by default: what it holds is no one else's business. */
  readonly hostname?: string;
}

export interface EmulatorServer {
  /** Without a slash at the end, e.g. `http://127.0.0.1:8789`. */
  readonly url: string;
  readonly emulator: Emulator;
  /** Stops listening and ends every connection, streams and held answers included. */
  readonly close: () => Promise<void>;
}

/** Serves an emulator over HTTP on Node. Rejects with the socket's error, `EADDRINUSE` for a port that is taken. */
export async function serveEmulator(options: ServeOptions): Promise<EmulatorServer> {
  const { port, hostname = '127.0.0.1' } = options;
  const emulator = createEmulator(options);
  const server = createAdaptorServer({ fetch: emulator.app.fetch, overrideGlobalObjects: false }) as Server;
  await listening(server, port, hostname);
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  const { port: boundPort } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${String(boundPort)}`,
    emulator,
    close: () => closed(server),
  };
}

function listening(server: Server, port: number, hostname: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, hostname, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Called twice it is closed already, which is what was asked for.
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
