/** Says of each request what became of it: one count, and one entry in the log where it was more than to read what is there for all. */
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Ports } from './ports.ts';
import { traceOf } from './trace.ts';

/** What every request has. */
export interface RequestVariables {
  /** Of the request: what came as `X-Request-Id`, or a new one. */
  readonly requestId: string;
  /** Trace id of the request, 32 hexadecimal digits, where it came with a `traceparent`. */
  readonly trace: string | undefined;
}

/**
 * These change nothing: flows, assets, probes, preflights. Nobody is refused for their number, so only a bad answer is worth an entry: else one
 * address writes gigabytes a day into the log.
 */
const READING = ['GET', 'HEAD', 'OPTIONS'];

/** Whoever likes asks these. What is wrong when one answers 503 is said by what found it: the breaker, and the probe of the store (`readiness.ts`). */
const PROBES = ['/healthz', '/readyz'];

/** A client can make up others, and each would be a count of its own. */
const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'];

/** A refusal is the client's business, and `info`; what the relay could not do is `warn`. */
export function logRequests({
  clock,
  log,
  metrics,
}: Pick<Ports, 'clock' | 'log' | 'metrics'>): MiddlewareHandler<{ Variables: RequestVariables }> {
  return async (c, next) => {
    const started = clock();
    const trace = traceOf(c.req.header('traceparent'));
    c.set('trace', trace);
    await next();
    const milliseconds = clock() - started;
    const { status } = c.res;
    const route = patternOf(c);
    const method = METHODS.includes(c.req.method) ? c.req.method : 'other';
    metrics.served(route, method, status, milliseconds / 1000);
    if (READING.includes(method) && (status < 400 || (status === 503 && PROBES.includes(route)))) return;
    // The limiter has said it, once for all (`doors/limiter.ts`): an entry for each would be what a flood is after.
    if (status === 429) return;
    const level = status < 500 ? 'info' : 'warn';
    log({ level, event: 'request', method, route, status, milliseconds, request: c.var.requestId, trace });
  };
}

/** The pattern of the route, never the path: `/v1/flows/:id`. What has no route of its own is `*`, or `/v1/*`. */
export function patternOf(c: Context): string {
  let pattern = '*';
  for (const { path } of matchedRoutes(c)) {
    if (!path.endsWith('*')) return path;
    if (path.length > pattern.length) pattern = path;
  }
  return pattern === '/*' ? '*' : pattern;
}
