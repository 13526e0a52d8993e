/**
 * The Worker in front of the shards. It decides which one a request is for; what needs no visitor it answers itself, with the same relay over a
 * store that keeps nothing of its own.
 */
import { Hono, type MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { requestId } from 'hono/request-id';
import { getPath } from 'hono/utils/url';
import { allowedAt } from '../../allowed-methods.ts';
import { createRelay, MAX_REQUEST_ID } from '../../app.ts';
import type { Delivery } from '../../delivery/delivery.ts';
import { createDoors } from '../../doors/doors.ts';
import { createSecurityHeaders } from '../../doors/security-headers.ts';
import { createRevisions } from '../../flows/revisions.ts';
import { NO_METRICS } from '../../metrics.ts';
import { createPermissions } from '../../permissions.ts';
import { createPlaces } from '../../places/routes.ts';
import type { Ports } from '../../ports.ts';
import { problem, thrownProblem } from '../../problem.ts';
import { createProfileReading } from '../../profile-reading.ts';
import { logRequests, type RequestVariables } from '../../request-log.ts';
import { createMemoryStore } from '../../store/memory.ts';
import type { Store } from '../../store/store.ts';
import { createAsking, wholeOf } from './asking.ts';
import type { ShardObject } from './bindings.ts';
import { connectionOf } from './connection.ts';
import { withSharedNames } from './names.ts';
import { createOperatorRoutes, isForOperator } from './operator.ts';
import { createReadinessOfAll } from './readiness.ts';
import { createRefusals, ShardFailure } from './refusals.ts';
import { holdAtStart } from './start-log.ts';
import { createRouting } from './routing.ts';
import type { WorkerParts } from './parts.ts';
import { mergeTallied, mergeTallies } from './tallies.ts';
import { webPorts } from '../web-ports.ts';

export type WorkerContext = Parameters<ReturnType<typeof createRelay>['fetch']>[2];

export interface Front {
  fetch(request: Request, context: WorkerContext): Promise<Response>;
  shardAt(index: number): ShardObject;
}

export function createFront({ config, bindings, ports: given, shared }: WorkerParts): Front {
  const { shardCount, assets, operatorSecret } = bindings;
  const { shardAt, askAll, failed } = createAsking(bindings, given);
  const store: Store = withSharedNames(createMemoryStore({ clock: webPorts.clock }), {
    shared,
    shards: shardCount,
    countAt: (shard, ...counted) => shardAt(shard).count(...counted),
  });
  const ports: Ports = {
    ...webPorts,
    ...given,
    fetch: (input, init) => fetch(input, init),
    assets: async (request) => {
      // Anything but "not there" is an answer, a 304 too.
      const response = await assets.fetch(request);
      return response.status === 404 ? undefined : response;
    },
    metrics: NO_METRICS,
    store: {
      ...store,
      tallies: {
        ...store.tallies,
        list: async () => mergeTallied(wholeOf(await askAll((shard) => shard.listTallies()))),
        find: async (...place) => mergeTallies(wholeOf(await askAll((shard) => shard.findTallies(...place)))),
      },
    },
    isHome: () => false,
    delivery: nothingIsDelivered,
    profiles: () => createProfileReading(config, ports.permissions, ports),
    permissions: createPermissions(),
  };
  const starting = holdAtStart(given.log);
  const relay = createRelay(config, { ...ports, log: starting.log });
  // Of the settings a shard says it (`shard.ts`).
  starting.made();
  const route = createRouting(config, shardCount, webPorts);
  const readiness = createReadinessOfAll(askAll);
  const doors = createDoors(config, ports);
  const app = new Hono<{ Variables: RequestVariables }>();
  app.onError((error, c) => {
    if (error instanceof HTTPException) return thrownProblem(c, error);
    throw error;
  });
  app.notFound(async (c) => {
    const allow = await allowedAt(app.routes, c.req, async () => undefined);
    if (allow !== undefined && c.req.method === 'OPTIONS') return c.body(null, 204, { allow });
    await doors.miss(c);
    return allow === undefined
      ? problem(c, 404, `There is nothing at ${c.req.method} ${c.req.path}.`)
      : problem(c, 405, `${c.req.path} takes ${allow}, not ${c.req.method}.`, { allow });
  });
  app.use(
    requestId({ limitLength: MAX_REQUEST_ID, generator: ports.createId }),
    logRequests(ports),
    withSecurityHeaders(config.origins),
  );
  app.get('/readyz', async (c) => {
    const found = await readiness('public');
    return c.json(found, found.status === 'ready' ? 200 : 503, { 'cache-control': 'no-store' });
  });
  if (operatorSecret !== undefined) {
    app.route(
      '/',
      createOperatorRoutes({
        secret: operatorSecret,
        log: given.log,
        doors,
        askAll,
        readiness,
        places: createPlaces(createRevisions(config, ports), ports),
      }),
    );
  }

  const refuse = createRefusals({ config, doors, failed, ports });

  const answer = async (request: Request, context: WorkerContext): Promise<Response> => {
    const routed = await route(request);
    if (routed) {
      try {
        return await shardAt(routed.shard).fetch(routed.request);
      } catch (cause) {
        throw new ShardFailure(routed.shard, cause);
      }
    }
    const path = getPath(request);
    const isOurs = path === '/readyz' || (operatorSecret !== undefined && isForOperator(path));
    return isOurs
      ? app.fetch(request, connectionOf(request), context)
      : relay.fetch(request, connectionOf(request), context);
  };

  return {
    shardAt,
    fetch: (request, context) =>
      answer(request, context).catch((error: unknown) => refuse(request, connectionOf(request), error)),
  };
}

/** Pages have headers of their own. */
function withSecurityHeaders(origins: ReadonlyMap<string, unknown>): MiddlewareHandler {
  const secure = createSecurityHeaders(origins);
  return async (c, next) => {
    await next();
    if (!c.res.headers.has('content-security-policy')) await secure(c, () => Promise.resolve());
  };
}

/** What has a visitor is a shard's. */
function nothingIsDelivered(): Delivery {
  throw new Error('The Worker in front of the shards delivers nothing.');
}
