/** A web-standard `fetch` at a port. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';

export interface ListenOptions {
  readonly fetch: Parameters<typeof getRequestListener>[0];
  /** Answers what is no request that `fetch` could be given: a host or a path that is none. */
  readonly refuse: () => Response;
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

/** Why a port cannot be had: another program holds it, this one may not, or the address is not of this machine. */
const PORT_TROUBLES = {
  EADDRINUSE: 'is taken',
  EACCES: 'may not be used by this user',
  EADDRNOTAVAIL: 'would be at an address that is not this machine’s',
  ENOTFOUND: 'would be at a host that there is not',
} as const;

type PortTrouble = keyof typeof PORT_TROUBLES;

export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code: PortTrouble;
  readonly port: number;
  readonly door: Door;
  constructor(code: PortTrouble, port: number, door: Door) {
    super(`Port ${port} ${PORT_TROUBLES[code]}.`);
    this.code = code;
    this.port = port;
    this.door = door;
  }
}

/** Addresses at which this machine reaches itself as `localhost`. */
const LOCAL = ['localhost', '127.0.0.1', '::1', '0.0.0.0', '::'];

/** As it stands in a URL. */
function hostOf(hostname = 'localhost'): string {
  if (LOCAL.includes(hostname)) return 'localhost';
  return hostname.includes(':') ? `[${hostname}]` : hostname;
}

/** @throws {PortError} */
export function listen({ fetch, refuse, port, hostname, door }: ListenOptions): Promise<Listening> {
  const errorHandler = (error: unknown) => {
    // The app answers for its own faults.
    return error instanceof RequestError ? refuse() : new Response(null, { status: 500 });
  };
  return new Promise((resolve, reject) => {
    const answer = getRequestListener(fetch, { errorHandler });
    const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
    server.listen(port, hostname, () => {
      const { port: taken } = server.address() as AddressInfo;
      resolve({ url: `http://${hostOf(hostname)}:${taken}`, close: closerOf(server) });
    });
    server.on('error', (error: NodeJS.ErrnoException) => {
      const code = (Object.keys(PORT_TROUBLES) as PortTrouble[]).find((each) => each === error.code);
      reject(code === undefined ? error : new PortError(code, port, door));
    });
  });
}

/**
 * Milliseconds without a request after which nobody is about to send one on a connection that is kept: a proxy that is busy sends
 * the next one sooner, and is told with its answer that the connection ends.
 */
const QUIET = 250;

/** Lets requests end that have begun. A connection without one, kept alive or not yet used, holds nobody up for long. */
function closerOf(server: Server): Listening['close'] {
  const active = new Set<ServerResponse>();
  let quiet: NodeJS.Timeout | undefined;
  const awaitQuiet = () => {
    clearTimeout(quiet);
    if (active.size === 0) quiet = setTimeout(() => server.closeAllConnections(), QUIET);
  };
  server.prependListener('request', (_, response) => {
    active.add(response);
    clearTimeout(quiet);
    if (!server.listening) endWith(response);
    response.once('close', () => {
      active.delete(response);
      if (!server.listening) awaitQuiet();
    });
  });
  return (patience) =>
    new Promise((closed) => {
      const timer = setTimeout(() => server.closeAllConnections(), patience);
      // Not the close of HTTP's server: it cuts kept connections at once, also those on which a request is on its way.
      NetServer.prototype.close.call(server, () => {
        clearTimeout(timer);
        clearTimeout(quiet);
        closed();
      });
      active.forEach(endWith);
      awaitQuiet();
    });
}

/** The client hears that it is the last answer on its connection. */
function endWith(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
