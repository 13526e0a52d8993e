/** The relay: its routes, in order. */
import { Hono, type Context } from 'hono';
import { cors } from 'hono/cors';
import { etag, RETAINED_304_HEADERS } from 'hono/etag';
import { HTTPException } from 'hono/http-exception';
import { requestId } from 'hono/request-id';
import type { FlowResponse, SessionGrant } from '../widget/contract/wire.ts';
import { hashOf } from '../widget/flow/hash.ts';
import { allowedAt } from './allowed-methods.ts';
import { cachingOf, otherThan } from './assets.ts';
import { createReadJson, type BodyKind } from './body.ts';
import type { PageOwner, RelayConfig } from './config.ts';
import { createDepartures } from './departures.ts';
import { createDoors } from './doors/doors.ts';
import { createSecurityHeaders } from './doors/security-headers.ts';
import { createEntering } from './entering.ts';
import { createEntryLinkEndpoint } from './entry-link-endpoint.ts';
import { createEntryLinks } from './entry-links.ts';
import { withoutErased } from './erased-visitors.ts';
import flowSchema from './flows/flow.schema.json' with { type: 'json' };
import { publishFlow } from './flows/publish.ts';
import { createRevisions } from './flows/revisions.ts';
import { createCredentials, SESSION_SECONDS, type Visitor } from './identity/credentials.ts';
import { isSharedBy } from './identity/identity-settings.ts';
import { createProfiles } from './identity/profiles.ts';
import { tellUnverified } from './identity/unverified.ts';
import { createSignedIdentities } from './identity/signed-identity.ts';
import { createSigningIn } from './identity/signing-in.ts';
import openApi from './openapi.json' with { type: 'json' };
import type { Ports } from './ports.ts';
import { createCounter } from './places/counting.ts';
import { accepted, problem, thrownProblem } from './problem.ts';
import { createProfileRecord } from './profile-record.ts';
import { createReadSession } from './read-session.ts';
import { createReadiness, createStoreProbe } from './readiness.ts';
import { logRequests, patternOf, type RequestVariables } from './request-log.ts';
import { parseDeparture, parseSessionRequest, parseWithdrawal, type Parsed } from './schema.ts';
import { createSubmissionsEndpoint } from './submissions-endpoint.ts';
import { StoreError } from './store/store.ts';
import { createVisitorEndpoint } from './visitor-endpoint.ts';
import { atHome } from './visitors-at-home.ts';
import { VERSION } from './version.ts';

/** Seconds that the schema of flows and the description of this API may be kept: they change with the version of the relay. */
const SCHEMA_MAX_AGE = 86_400;

/** Seconds that a browser may remember a preflight: Chromium's own ceiling. */
const PREFLIGHT_MAX_AGE = 7_200;

/** Longest request id that is taken over: those of the proxies that we know have 36 characters at most. */
export const MAX_REQUEST_ID = 64;

/** No such page, path or method. */
const MISSES = [403, 404, 405];

/** What browsers let a page read beside the body. */
export const EXPOSED = ['date', 'etag', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'];

/** What a page may read of an answer without a body, too. */
const KEPT_WITH_304 = ['access-control-allow-origin', 'access-control-expose-headers', 'x-request-id'];

/** What is known of a request, and what the doors of `/v1` have found out about it. */
interface Variables extends RequestVariables {
  owner: PageOwner;
  origin: string;
}

/**
 * The relay as a web-standard `fetch`: `createRelay(config, ports).fetch(request)`.
 * @param probeStore of the process, where others look at the store as well
 */
export function createRelay(
  config: RelayConfig,
  ports: Ports,
  probeStore = createStoreProbe(ports),
): Hono<{ Variables: Variables }> {
  const doors = createDoors(config, ports);
  const readJson = createReadJson(ports);
  const everybody = atHome(createCredentials(config, ports), ports);
  const credentials = withoutErased(everybody, ports);
  const readSession = createReadSession(credentials, doors);
  const record = createProfileRecord(config, ports);
  const profiles = createProfiles(config, record, ports);
  const signingIn = createSigningIn(config, createSignedIdentities(ports), profiles, ports);
  const links = createEntryLinks(config, ports);
  const entering = createEntering(links, ports);
  const revisions = createRevisions(config, ports);
  const counting = createCounter(config, revisions, ports);
  const departures = createDepartures(config, { counting, entering, profiles, revisions }, ports);
  warnOfAnswers(config, ports);
  warnOfSharedKeys(config, ports);
  tellUnverified(config.origins, ports.log);
  void record.begin();

  const app = new Hono<{ Variables: Variables }>();

  app.onError((error, c) => {
    if (error instanceof HTTPException) return thrownProblem(c, error);
    const { requestId: request, trace } = c.var;
    if (error instanceof StoreError) {
      ports.log({ level: 'error', event: 'store_failed', advice: error.message, request, trace });
      return problem(c, 503, 'Not taken on now. Keep it and send it again.', { 'retry-after': '5' });
    }
    ports.log({
      level: 'error',
      event: 'relay_fault',
      route: patternOf(c),
      fault: error.name,
      request,
      trace,
    });
    return problem(c, 500, 'The relay failed; it is not the request’s fault. Try again.');
  });
  const refuseMethod = async (c: Context) => {
    const allow = await allowedAt(app.routes, c.req, ports.assets);
    return allow === undefined
      ? undefined
      : problem(c, 405, `${c.req.path} takes ${allow}, not ${c.req.method}.`, { allow });
  };
  app.notFound(
    async (c) =>
      (await refuseMethod(c)) ?? problem(c, 404, `There is nothing at ${c.req.method} ${c.req.path}.`),
  );

  app.use(requestId({ limitLength: MAX_REQUEST_ID, generator: ports.createId }), logRequests(ports));

  app.use(createSecurityHeaders(config.origins));

  app.use(async (c, next) => {
    await next();
    // Who asks for a visitor has been counted at the door of `/v1`.
    if (MISSES.includes(c.res.status) && !('owner' in c.var)) await doors.miss(c);
  });

  app.get('/healthz', (c) =>
    c.json({ status: 'ok', version: VERSION }, 200, { 'cache-control': 'no-store' }),
  );

  const lookAtReadiness = createReadiness(ports, probeStore);
  app.get('/readyz', async (c) => {
    const readiness = await lookAtReadiness('public');
    return c.json(readiness, readiness.status === 'ready' ? 200 : 503, { 'cache-control': 'no-store' });
  });

  const readableByAll = cors({ origin: '*', allowMethods: ['GET'], exposeHeaders: EXPOSED });
  const notSentAgain = etag({ retainedHeaders: [...RETAINED_304_HEADERS, ...KEPT_WITH_304] });

  app.use('/v1/flows/*', readableByAll, notSentAgain);
  app.get('/v1/flows/:id', async (c) => {
    const owner = ownerOf(c.req.raw, config);
    const token = c.req.query('entry');
    const { requestId: request, trace } = c.var;
    if (token !== undefined && owner) await doors.openEntry(c);
    const entered =
      token === undefined || !owner ? undefined : await entering.open(token, owner, { request, trace });
    const flow = entered?.flow ?? (await ports.findFlow(c.req.param('id')));
    if (!flow) return problem(c, 404, `There is no flow "${c.req.param('id')}".`);
    await revisions.keep(flow);
    const published = publishFlow(flow, c.req.query('locale') ?? '');
    const site = owner?.published;
    const answer: FlowResponse = {
      ...published,
      ...(site && { site }),
      ...(entered && { entry: entered.entry }),
    };
    const settings = site ? `-${hashOf(JSON.stringify(site)).toString(36)}` : '';
    if (token !== undefined) {
      return c.json(answer, 200, {
        vary: 'Origin',
        'cache-control': 'private, no-store',
        'content-language': published.locale,
      });
    }
    return c.json(answer, 200, {
      vary: 'Origin',
      etag: `"${flow.revision}${settings}"`,
      'cache-control': config.flowMaxAge === 0 ? 'no-cache' : `public, max-age=${config.flowMaxAge}`,
      'content-language': published.locale,
    });
  });

  const openApiText = JSON.stringify(openApi);
  app.use('/openapi.json', readableByAll, notSentAgain);
  app.get('/openapi.json', (c) =>
    c.body(openApiText, 200, {
      'content-type': 'application/json',
      'cache-control': `public, max-age=${SCHEMA_MAX_AGE}`,
    }),
  );

  const flowSchemaText = JSON.stringify(flowSchema);
  app.use('/flow.schema.json', readableByAll, notSentAgain);
  app.get('/flow.schema.json', (c) =>
    c.body(flowSchemaText, 200, {
      'content-type': 'application/schema+json',
      'cache-control': `public, max-age=${SCHEMA_MAX_AGE}`,
    }),
  );

  // For servers, with a key of its own: no preflight allows a page to ask, and no header lets it read the answer.
  app.options('/v1/entry-links', (c) => c.body(null, 204));
  app.post('/v1/entry-links', createEntryLinkEndpoint(config, { links, doors, readJson }, ports));

  app.options(
    '/v1/*',
    cors({
      origin: (origin) => (config.origins.has(origin) ? origin : null),
      allowMethods: ['POST', 'DELETE'],
      allowHeaders: ['authorization', 'content-type', 'traceparent', 'tracestate', 'x-request-id'],
      exposeHeaders: EXPOSED,
      maxAge: PREFLIGHT_MAX_AGE,
    }),
  );
  app.use('/v1/*', async (c: Context<{ Variables: Variables }>, next) => {
    const origin = c.req.header('origin') ?? '';
    const owner = config.origins.get(origin);
    // Not by `cors`: it makes a response beforehand, into which the real one is then poured as a stream.
    c.header('vary', 'Origin');
    if (!owner) {
      if (!['POST', 'DELETE'].includes(c.req.method)) return c.notFound();
      const refusal = await refuseMethod(c);
      return refusal ?? problem(c, 403, 'This page’s origin is not on the relay’s list of origins.');
    }
    c.header('access-control-allow-origin', origin);
    c.header('access-control-expose-headers', EXPOSED.join(','));
    c.set('owner', owner);
    c.set('origin', origin);
    await doors.knock(c);
    return next();
  });

  /** What says itself for whom it is. What cannot be read is for nobody whom the relay knows. @throws {HTTPException} */
  const read = async <T>(
    c: Context<{ Variables: Variables }>,
    parse: (body: unknown) => Parsed<T>,
    kind?: BodyKind,
  ) => {
    try {
      return accepted(parse(await readJson(c, kind))).value;
    } catch (error) {
      await doors.admit(c.var.owner);
      throw error;
    }
  };

  app.post('/v1/sessions', async (c) => {
    const value = await read(c, parseSessionRequest, 'session');
    const { owner, origin, requestId: request, trace } = c.var;
    const before = value.visitor === undefined ? undefined : await credentials.find(value.visitor, owner);
    if (before) await doors.admit(owner, before.id);
    const signed =
      value.identity === undefined
        ? undefined
        : await signingIn.signIn(before, value.identity, owner, { request, trace });
    const visitor: Visitor = (signed ? signed.visitor : before) ?? {
      id: ports.createId(),
      since: ports.clock(),
      hasOwnAlias: true,
    };
    if (before === undefined) {
      const { externalId } = visitor;
      // For whom the brand's backend vouches nothing has to be proved here.
      if (externalId === undefined) await doors.letIn(c, owner, value.challenge);
      else await doors.admit(owner, { externalId });
    }
    const grant: SessionGrant = {
      ...(await credentials.grant(visitor, owner, origin, signed?.vouchedUntil)),
      expires_in: SESSION_SECONDS,
      deadline: config.deadline,
      ...(signed && { identity: signed.verdict }),
    };
    return c.json(grant, 200, { 'cache-control': 'no-store' });
  });

  app.post(
    '/v1/submissions',
    createSubmissionsEndpoint(
      config,
      { doors, readJson, readSession, revisions, entering, profiles, departures, counting },
      ports,
    ),
  );

  /** The visitor whom a credential vouches for at this page. @throws {HTTPException} 401 */
  const vouchedFor = async (credential: string, owner: PageOwner): Promise<Visitor> => {
    const visitor = await credentials.find(credential, owner);
    await doors.admit(owner, visitor?.id);
    if (visitor !== undefined) return visitor;
    const message = 'The visitor credential does not hold at this page; get one at POST /v1/sessions.';
    throw new HTTPException(401, { message });
  };

  app.post('/v1/departures', async (c) => {
    const { owner, requestId: request, trace } = c.var;
    const value = await read(c, parseDeparture, 'departure');
    const visitor = await vouchedFor(value.visitor, owner);
    const refused = await departures.take(value, visitor, owner, { request, trace });
    return refused ? problem(c, 422, refused.problem) : c.body(null, 204);
  });

  app.post('/v1/withdrawals', async (c) => {
    const { owner, requestId: request, trace } = c.var;
    const value = await read(c, parseWithdrawal);
    const visitor = await vouchedFor(value.visitor, owner);
    await departures.dropAll(visitor.id);
    const { site, environment } = owner;
    ports.metrics.withdrawn(environment.name, site);
    const { name } = environment;
    ports.log({ level: 'info', event: 'consent_withdrawn', site, environment: name, request, trace });
    return c.body(null, 204);
  });

  app.delete('/v1/visitor', createVisitorEndpoint(config, everybody, doors, ports));

  app.use(readableByAll, notSentAgain);
  app.get('*', async (c) => {
    const { path } = c.req;
    const file = await ports.assets(c.req.raw);
    const other = otherThan(path);
    if (!file) return other === undefined ? c.notFound() : problem(c, 404, other);
    const response = new Response(file.body, file);
    response.headers.set('cache-control', cachingOf(path));
    return response;
  });

  return app;
}

/** Nobody has to prove an answer: who gives another person's writes to their profile. */
function warnOfAnswers({ origins }: RelayConfig, { log }: Ports): void {
  // A site has as many owners as origins.
  const sites = new Map(
    [...origins.values()].map((owner) => [`${owner.site} ${owner.environment.name}`, owner]),
  );
  for (const { site, environment, profile } of sites.values()) {
    if (!profile) continue;
    const advice = `Profiles are known by the answer to "${profile.field}": a stranger who gives a customer's writes to that customer's profile. Have your backend sign who visitors are, where it can.`;
    log({ level: 'warn', event: 'profile_by_answer', site, environment: environment.name, advice });
  }
}

/** What is signed for a test account is good for a customer then. */
function warnOfSharedKeys({ origins }: RelayConfig, { log }: Ports): void {
  const signing = [...origins.values()].flatMap(({ site, environment, identity }) =>
    identity ? [{ site, environment: environment.name, identity }] : [],
  );
  const staging = signing.filter(({ environment }) => environment === 'sandbox');
  const sites = new Set(
    signing
      .filter(({ site, environment, identity }) =>
        staging.some(
          (other) => environment === 'prod' && other.site === site && isSharedBy(identity, other.identity),
        ),
      )
      .map(({ site }) => site),
  );
  for (const site of sites) {
    const advice =
      'What your backend signs for "sandbox" is good in "prod", too: whoever may sign in as anybody there is that customer here. Name keys, or an audience, of its own for each: {"identity": {"sandbox": {…}, "prod": {…}}}.';
    log({ level: 'warn', event: 'identity_shared', site, advice });
  }
}

/**
 * Whose page asks. To its own origin a page says nothing of where it stands (Fetch, section 3.2.1); and where something on the way has
 * ended TLS, the scheme is not what the page has.
 */
function ownerOf(request: Request, { origins }: RelayConfig): PageOwner | undefined {
  const origin = request.headers.get('origin');
  if (origin !== null) return origins.get(origin);
  const host = request.headers.get('host') ?? new URL(request.url).host;
  return origins.get(`https://${host}`) ?? origins.get(`http://${host}`);
}
