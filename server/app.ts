/** The relay: its routes, in order. */
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { etag } from 'hono/etag';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import type { Problem, Receipt, SessionGrant, SubmissionsResponse } from '../widget/contract/wire.ts';
import { createBrazeClient } from './braze/client.ts';
import type { EnvironmentName, PageOwner, RelayConfig } from './config.ts';
import flowSchema from './flows/flow.schema.json' with { type: 'json' };
import { publishFlow } from './flows/publish.ts';
import { createIdentity, SESSION_SECONDS } from './identity.ts';
import type { Ports } from './ports.ts';
import { parseSessionRequest, parseSubmissions } from './schema.ts';
import { admit, createSubmissions, type Admitted } from './submissions.ts';
import { VERSION } from './version.ts';

/** A submission is a few kB; 50 of them, generously. Braze's own limit is 4 MB (`api/api_limits#payload-size-limits`). */
const MAX_BODY_BYTES = 256 * 1024;

/** Seconds that editors may keep the schema of flows: it changes with the version of the relay. */
const SCHEMA_MAX_AGE = 86_400;

/** Seconds that a browser may remember a preflight: Chromium's own ceiling. */
const PREFLIGHT_MAX_AGE = 7_200;

/** What the doors of `/v1` have found out about a request. */
interface Variables {
  owner: PageOwner;
  origin: string;
}

/** The relay as a web-standard `fetch`: `createRelay(config, ports).fetch(request)`. */
export function createRelay(config: RelayConfig, ports: Ports): Hono<{ Variables: Variables }> {
  const identity = createIdentity(config, ports);
  const submissions = createSubmissions(config, clientsOf(config, ports), ports);

  const app = new Hono<{ Variables: Variables }>();

  app.onError((error, c) => {
    if (error instanceof HTTPException) return problem(c, error.status, error.message);
    ports.log({ level: 'error', event: 'relay_fault', path: c.req.path, fault: error.name });
    return problem(c, 500, 'The relay failed; it is not the request’s fault. Try again.');
  });
  app.notFound((c) => problem(c, 404, `There is nothing at ${c.req.method} ${c.req.path}.`));

  // Assets and flows are made to be loaded by other origins' pages.
  app.use(secureHeaders({ crossOriginResourcePolicy: 'cross-origin', crossOriginOpenerPolicy: false }));

  app.get('/healthz', (c) =>
    c.json({ status: 'ok', version: VERSION }, 200, { 'cache-control': 'no-store' }),
  );

  app.use('/v1/flows/*', cors({ origin: '*', allowMethods: ['GET'] }), etag());
  app.get('/v1/flows/:id', async (c) => {
    const flow = await ports.findFlow(c.req.param('id'));
    if (!flow) return problem(c, 404, `There is no flow "${c.req.param('id')}".`);
    const published = publishFlow(flow, c.req.query('locale') ?? '');
    return c.json(published, 200, {
      etag: `"${flow.revision}"`,
      'cache-control': config.flowMaxAge === 0 ? 'no-cache' : `public, max-age=${config.flowMaxAge}`,
      'content-language': published.locale,
    });
  });

  app.use('/flow.schema.json', cors({ origin: '*', allowMethods: ['GET'] }), etag());
  app.get('/flow.schema.json', (c) =>
    c.body(JSON.stringify(flowSchema), 200, {
      'content-type': 'application/schema+json',
      'cache-control': `public, max-age=${SCHEMA_MAX_AGE}`,
    }),
  );

  const isAllowed = (origin: string) => config.origins.has(origin);
  app.use(
    '/v1/*',
    cors({
      origin: (origin) => (isAllowed(origin) ? origin : null),
      allowMethods: ['POST'],
      allowHeaders: ['authorization', 'content-type'],
      exposeHeaders: ['retry-after'],
      maxAge: PREFLIGHT_MAX_AGE,
    }),
    async (c, next) => {
      const origin = c.req.header('origin') ?? '';
      const owner = config.origins.get(origin);
      if (!owner)
        throw new HTTPException(403, {
          message: 'This page’s origin is not on the relay’s list of origins.',
        });
      c.set('owner', owner);
      c.set('origin', origin);
      await next();
    },
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) => problem(c, 413, `The body is larger than ${MAX_BODY_BYTES} bytes.`),
    }),
  );

  app.post('/v1/sessions', async (c) => {
    const { value } = accepted(parseSessionRequest(await readJson(c)));
    const { owner, origin } = c.var;
    const visitor = await identity.recognize(value.visitor, owner);
    const grant: SessionGrant = {
      ...(await identity.grant(visitor, owner, origin)),
      expires_in: SESSION_SECONDS,
      deadline: config.deadline,
    };
    return c.json(grant, 200, { 'cache-control': 'no-store' });
  });

  app.post('/v1/submissions', async (c) => {
    const { owner, origin } = c.var;
    const bearer = /^Bearer ([\w.-]+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    const session = bearer === undefined ? undefined : await identity.verify(bearer, owner, origin);
    if (!session)
      return problem(c, 401, 'The session is missing or has ended; get one at POST /v1/sessions.');
    const { value } = accepted(parseSubmissions(await readJson(c)));
    const admitted: Admitted[] = [];
    for (const submission of value) {
      const flow = await ports.findFlow(submission.flow);
      const admission = admit(submission, flow);
      if ('problem' in admission) return problem(c, 422, admission.problem);
      admitted.push(admission);
    }
    const receipts: Receipt[] = [];
    const deadline = ports.clock() + config.deadline;
    for (const each of admitted) {
      const { run, work } = submissions.run(each, session, Math.max(0, deadline - ports.clock()));
      keepAlive(c, work);
      const result = await run;
      if (result.type === 'settled') receipts.push(result.receipt);
      // Order is kept: what comes after one that has to wait, waits too.
      else if (receipts.length > 0) break;
      else return problem(c, 503, 'Not delivered yet. Keep it and send it again.', result.retryAfter);
    }
    return c.json({ receipts } satisfies SubmissionsResponse, 200, { 'cache-control': 'no-store' });
  });

  app.use(cors({ origin: '*', allowMethods: ['GET'] }), etag());
  app.get('*', async (c) => (await ports.assets(c.req.raw)) ?? c.notFound());

  return app;
}

function clientsOf(config: RelayConfig, ports: Ports) {
  const environments = [...config.origins.values()].map(({ environment }) => environment);
  return new Map<EnvironmentName, ReturnType<typeof createBrazeClient>>(
    environments.map((environment) => [environment.name, createBrazeClient(environment, config, ports)]),
  );
}

/** @throws {HTTPException} 415 or 400 */
async function readJson(c: Context): Promise<unknown> {
  if (!/^application\/json\s*(?:;|$)/i.test(c.req.header('content-type') ?? '')) {
    throw new HTTPException(415, { message: 'The body should be application/json.' });
  }
  try {
    return await c.req.json();
  } catch {
    throw new HTTPException(400, { message: 'The body is not JSON.' });
  }
}

/** @throws {HTTPException} 400 */
function accepted<T>(parsed: { readonly value: T } | { readonly problem: string }): { readonly value: T } {
  if ('problem' in parsed) throw new HTTPException(400, { message: parsed.problem });
  return parsed;
}

/** RFC 9457 problem details. */
function problem(c: Context, status: Problem['status'], detail: string, retryAfter?: number): Response {
  const body: Problem = { title: TITLES[status] ?? 'Refused', status, detail };
  return c.body(JSON.stringify(body), status as 400, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  });
}

/** Reason phrases of RFC 9110, section 15. */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** At the edge the runtime ends a request's work with its answer unless told otherwise; Node does not. */
function keepAlive(c: Context, work: Promise<void>): void {
  let waitUntil: ((work: Promise<unknown>) => void) | undefined;
  try {
    waitUntil = c.executionCtx.waitUntil.bind(c.executionCtx);
  } catch {
    return;
  }
  waitUntil(work);
}
