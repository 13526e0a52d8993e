/**
 * A web-standard `fetch` at a port, by the server of Bun (https://bun.sh/docs/api/http): Bun's `node:http` lacks what `listen.ts` asks of
 * Node's. What of its promises is not kept here is in docs/decisions/0043.
 */
import { BODY_LIMITS, BODY_TIMEOUT } from '../body.ts';
import { explainPort, urlOf, type Doorway, type Listening } from './port.ts';

/** As much of it as is used here. */
interface BunServer {
  readonly port: number;
  requestIP(request: Request): { readonly address: string } | null;
  /** Takes no new connection, and ends those without a request. Resolves when the others are over; with `true` it ends them too. */
  stop(isAtOnce?: boolean): Promise<void>;
}

interface BunOptions {
  readonly port: number;
  readonly hostname?: string;
  readonly reusePort: false;
  readonly idleTimeout: number;
  readonly maxRequestBodySize: number;
  readonly development: false;
  readonly fetch: (request: Request, server: BunServer) => Response | Promise<Response>;
  readonly error: () => Response;
}

declare const Bun: { serve(options: BunOptions): BunServer };

/** Milliseconds that a connection is quiet at least before it is ended: longer than a body may take. */
const IDLE = BODY_TIMEOUT + 10_000;

/** Milliseconds: Bun counts no further. */
const MOST_IDLE = 255_000;

/**
 * Seconds in which nothing comes and nothing is taken, after which Bun ends a connection: also while the relay waits, as 1.4.5 does where the
 * request has no body, so it is no shorter than an answer may take. Behind a proxy, which keeps its connections for longer than Bun can count (`keepAliveOf` in `process.ts`), there
 * is no limit: the proxy ends them.
 */
function idleTimeoutOf({ keepAlive = 0, patience = 0 }: Doorway): number {
  if (keepAlive > MOST_IDLE) return 0;
  return Math.ceil(Math.min(MOST_IDLE, Math.max(IDLE, patience)) / 1_000);
}

/** Bytes: twice what the relay reads of any body, which it refuses in its own words. What is larger Bun refuses in none. */
const MOST_OF_A_BODY = 2 * BODY_LIMITS.submissions;

/** Rejects with a `PortError` where the port cannot be had. */
export async function listenOnBun(doorway: Doorway): Promise<Listening> {
  const { fetch, refuse, port, hostname } = doorway;
  const server = serve({
    port,
    ...(hostname !== undefined && { hostname }),
    // Unless it is told, Bun shares the port with whoever has it: two relays by mistake would each have half of the visitors.
    reusePort: false,
    idleTimeout: idleTimeoutOf(doorway),
    maxRequestBodySize: MOST_OF_A_BODY,
    development: false,
    fetch: (request, listening) => {
      // Bun joins them (RFC 9112, section 3.2: a proxy takes perhaps another than we do).
      if (request.headers.get('host')?.includes(',') === true)
        return refuse(400, 'There is more than one Host header.');
      // Bun makes it of the Host header, whatever is in that.
      if (!URL.canParse(request.url)) return refuse(400, 'The Host header names no host.');
      return fetch(request, { peer: listening.requestIP(request)?.address });
    },
    error: () => refuse(500, 'The relay failed; it is not the request’s fault. Try again.'),
  });
  return {
    url: urlOf(hostname, server.port),
    async close(patience) {
      const timer = setTimeout(() => void server.stop(true), patience);
      await server.stop();
      clearTimeout(timer);
    },
    keepAlive: () => undefined,
  };

  function serve(options: BunOptions): BunServer {
    try {
      return Bun.serve(options);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw explainPort(isOfNoHost(error) ? Object.assign(error, { code: 'ENOTFOUND' }) : error, doorway);
    }
  }
}

/** What Bun says of a host that there is not, where Node says ENOTFOUND. */
function isOfNoHost(error: Error): boolean {
  return 'code' in error && error.code === 'EINVAL';
}
