/**
 * What the Worker in front answers where a shard should have: a body that does not come to its end, and a shard that cannot be asked. As the
 * shard would: with an id, for pages to read, in the log, and counted of the address.
 */
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { requestId } from 'hono/request-id';
import { EXPOSED, MAX_REQUEST_ID } from '../../app.ts';
import type { RelayConfig } from '../../config.ts';
import type { Connection, Doors } from '../../doors/doors.ts';
import { createSecurityHeaders } from '../../doors/security-headers.ts';
import type { Ports } from '../../ports.ts';
import { problem, thrownProblem } from '../../problem.ts';
import { logRequests, type RequestVariables } from '../../request-log.ts';
import type { Asking } from './asking.ts';

/** A shard that could not be asked. */
export class ShardFailure extends Error {
  override readonly name = 'ShardFailure';
  readonly shard: number;
  constructor(shard: number, cause: unknown) {
    super(`Shard ${shard} could not be asked`, { cause });
    this.shard = shard;
  }
}

export interface RefusalsOptions {
  readonly config: Pick<RelayConfig, 'origins'>;
  readonly doors: Pick<Doors, 'knock'>;
  readonly failed: Asking['failed'];
  readonly ports: Pick<Ports, 'clock' | 'log' | 'metrics' | 'createId'>;
}

/** @param error that kept the request from being answered */
export type Refuse = (request: Request, connection: Connection, error: unknown) => Promise<Response>;

export function createRefusals({ config: { origins }, doors, failed, ports }: RefusalsOptions): Refuse {
  const app = new Hono<{ Bindings: Connection & { readonly error: unknown }; Variables: RequestVariables }>();

  app.onError((error, c) => {
    if (error instanceof HTTPException) return thrownProblem(c, error);
    const { requestId: request, trace } = c.var;
    if (error instanceof ShardFailure) {
      failed(error.shard, error.cause, request);
      return problem(c, 503, 'Not taken on now. Keep it and send it again.', { 'retry-after': '5' });
    }
    ports.log({ level: 'error', event: 'relay_fault', fault: error.name, request, trace });
    const detail = 'The relay failed; it is not the request’s fault. Try again.';
    return problem(c, 500, detail, { 'retry-after': '5' });
  });

  app.use(
    requestId({ limitLength: MAX_REQUEST_ID, generator: ports.createId }),
    // How long it took is not known here: it was over before.
    logRequests({ ...ports, log: ({ milliseconds: _, ...entry }) => ports.log(entry) }),
    createSecurityHeaders(origins),
  );
  for (const path of ['/v1/*', '*'])
    app.all(path, async (c) => {
      const origin = c.req.header('origin') ?? '';
      c.header('vary', 'Origin');
      if (origins.has(origin)) {
        c.header('access-control-allow-origin', origin);
        c.header('access-control-expose-headers', EXPOSED.join(','));
      }
      await doors.knock(c);
      throw c.env.error;
    });

  return async (request, connection, error) => app.fetch(request, { ...connection, error });
}
