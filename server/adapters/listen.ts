/** A web-standard `fetch` at a port, by the HTTP server of Node. */
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { Server as NetServer, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import { BODY_TIMEOUT } from '../body.ts';
import { boundConnections } from './connections.ts';
import { explainPort, urlOf, type Doorway, type Listening } from './port.ts';

export interface ListenOptions extends Omit<Doorway, 'fetch'> {
  readonly fetch: Parameters<typeof getRequestListener>[0];
  /** For tests, which have no time: milliseconds in the place of `HEADERS_TIMEOUT`, of that with `BODY_TIMEOUT`, and of `STALLED_TIMEOUT`. */
  readonly timeouts?: Partial<Readonly<Record<'headers' | 'request' | 'stalled', number>>>;
}

/**
 * Milliseconds from the first moment of a connection, or of a next request on it, until the headers are whole. A browser opens connections on
 * suspicion and uses them within seconds; whoever sends a byte now and then (slowloris) has no longer either.
 */
const HEADERS_TIMEOUT = 10_000;

/**
 * Milliseconds in which the other end takes nothing of its answer, though there is more of it: even a phone in a tunnel is back sooner, or
 * asks again. nginx has 60 s for the same (`send_timeout`), and no bound of connections to keep.
 */
const STALLED_TIMEOUT = 30_000;

/** How often Node looks for who is late, in milliseconds: its own 30 s would make 10 s 40. */
const CHECKING_INTERVAL = 1_000;

/** Bytes of all headers, with the path: Node's default. A page on the relay's own host may send its cookies along, which have 4 kB each. */
const MAX_HEADER_SIZE = 16_384;

/**
 * Connections at once. A browser's is kept for 5 s after its last answer, so this is some 1,000 visitors a second, which is
 * what one process answers; each takes some 10 kB. The process has to be allowed as many files (`ulimit -n`; docs/operations.md).
 */
const MOST_CONNECTIONS = 10_000;

/** @throws {PortError} */
export function listen(options: ListenOptions): Promise<Listening> {
  const { fetch, refuse, port, hostname, connections: most = MOST_CONNECTIONS } = options;
  const {
    headers = HEADERS_TIMEOUT,
    request = HEADERS_TIMEOUT + BODY_TIMEOUT,
    stalled = STALLED_TIMEOUT,
  } = options.timeouts ?? {};
  const errorHandler = (error: unknown) =>
    error instanceof RequestError
      ? refuse(400, 'The Host header or the path cannot be read.')
      : refuse(500, 'The relay failed; it is not the request’s fault. Try again.');
  const settings: ServerOptions = {
    headersTimeout: headers,
    requestTimeout: request,
    ...(options.keepAlive !== undefined && { keepAliveTimeout: options.keepAlive }),
    connectionsCheckingInterval: Math.min(CHECKING_INTERVAL, headers),
    maxHeaderSize: MAX_HEADER_SIZE,
    // Without a host there is no URL: that is answered as every other mistake in it.
    requireHostHeader: false,
  };
  return new Promise((resolve, reject) => {
    const fetchOne: typeof fetch = async (request, env) => {
      try {
        if (hasTwoHosts(env)) return refuse(400, 'There is more than one Host header.');
        return await fetch(request, env);
      } finally {
        connections.answered(env.incoming as IncomingMessage);
      }
    };
    const answer = getRequestListener(fetchOne, { errorHandler });
    const listener = (incoming: Parameters<typeof answer>[0], outgoing: Parameters<typeof answer>[1]) =>
      void answer(incoming, outgoing);
    const server = createServer(settings, listener);
    // An expectation that is not known may be passed over (RFC 9110, section 10.1.1).
    server.on('checkExpectation', (incoming, outgoing) => server.emit('request', incoming, outgoing));
    const connections = boundConnections(server, { most, stalled });
    refuseUnread(server, refuse);
    const close = closerOf(server);
    server.listen(port, hostname, () => {
      const { port: taken } = server.address() as AddressInfo;
      resolve({
        url: urlOf(hostname, taken),
        close,
        keepAlive: (milliseconds) => (server.keepAliveTimeout = milliseconds),
      });
    });
    server.on('error', (error) => reject(explainPort(error, options)));
  });
}

/** Of which Node takes the first, and a proxy perhaps the other (RFC 9112, section 3.2). */
function hasTwoHosts({ incoming }: Parameters<ListenOptions['fetch']>[1]): boolean {
  const hosts = incoming.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'host');
  return hosts.length > 1;
}

/** What Node cannot read as a request, by its code. All else that is wrong with it is a 400. */
const UNREAD: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request was not whole in time.'],
  HPE_HEADER_OVERFLOW: [431, `The path and the headers are larger than ${MAX_HEADER_SIZE} bytes.`],
};

/** Answers on the bare connection, and ends it. */
function refuseUnread(server: Server, refuse: ListenOptions['refuse']): void {
  const answering = new Map<Duplex, ServerResponse>();
  server.prependListener('request', ({ socket }, response) => {
    answering.set(socket, response);
    response.once('close', () => answering.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Nobody is there to read it; or a browser has opened the connection on suspicion, and would take it for the answer to what it asks next;
    // or an answer is half written.
    const isOver =
      !socket.writable || error.code === 'ECONNRESET' || ('bytesRead' in socket && socket.bytesRead === 0);
    if (isOver || answering.get(socket)?.headersSent) {
      socket.destroy();
      return;
    }
    const [status, detail] = UNREAD[error.code ?? ''] ?? [400, 'This is no request of HTTP/1.1.'];
    void writeOn(socket, refuse(status, detail));
  });
}

async function writeOn(socket: Duplex, response: Response): Promise<void> {
  const body = await response.text();
  const lines = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}`,
    ...Array.from(response.headers, ([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
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
