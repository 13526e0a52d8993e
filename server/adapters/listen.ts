/** A web-standard `fetch` at a port. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';

export interface ListenOptions {
  readonly fetch: Parameters<typeof serve>[0]['fetch'];
  /** 0 takes any free port. */
  readonly port: number;
  /** Address to listen at; by default every one of this machine. */
  readonly hostname?: string;
  /** What the port is for. */
  readonly door: Door;
}

/** That of browsers, or the operator's own. */
export type Door = 'public' | 'operator';

export interface Listening {
  /** E.g. `http://localhost:8787`. */
  readonly url: string;
  /** Takes no new connection, lets requests end, and resolves; after so many milliseconds it ends them. */
  close(patience: number): Promise<void>;
}

/** Another program holds the port. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly code = 'EADDRINUSE';
  readonly port: number;
  readonly door: Door;
  constructor(port: number, door: Door) {
    super(`Port ${port} is taken.`);
    this.port = port;
    this.door = door;
  }
}

/** @throws {PortTakenError} */
export function listen({ door, ...options }: ListenOptions): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve(options, ({ port }: AddressInfo) => {
      resolve({ url: `http://localhost:${port}`, close: closerOf(server as Server) });
    });
    server.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(options.port, door) : error),
    );
  });
}

/** Lets requests end that have begun. A connection without one, kept alive or not yet used, holds nobody up. */
function closerOf(server: Server): Listening['close'] {
  let active = 0;
  server.on('request', (_, response) => {
    active += 1;
    response.once('close', () => {
      active -= 1;
      if (active === 0 && !server.listening) server.closeAllConnections();
    });
  });
  return (patience) =>
    new Promise((closed) => {
      const timer = setTimeout(() => server.closeAllConnections(), patience);
      server.close(() => {
        clearTimeout(timer);
        closed();
      });
      if (active === 0) server.closeAllConnections();
    });
}
