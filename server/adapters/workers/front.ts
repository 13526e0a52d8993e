/**
 * The Worker in front of the shards. It decides which one a request is for; what needs no visitor it answers itself, with the same relay over a
 * store that keeps nothing of its own.
 */
import { Hono } from 'hono';
import { getPath } from 'hono/utils/url';
import { createRelay } from '../../app.ts';
import type { Delivery } from '../../delivery/delivery.ts';
import { createDoors } from '../../doors/doors.ts';
import { createRevisions } from '../../flows/revisions.ts';
import { NO_METRICS } from '../../metrics.ts';
import { createPermissions } from '../../permissions.ts';
import { createPlaces } from '../../places/routes.ts';
import type { Ports } from '../../ports.ts';
import { bareProblem } from '../../problem.ts';
import { createProfileReading } from '../../profile-reading.ts';
import type { Readiness } from '../../readiness.ts';
import { createMemoryStore } from '../../store/memory.ts';
import type { Store } from '../../store/store.ts';
import { shardName, type ShardObject } from './bindings.ts';
import { connectionOf } from './connection.ts';
import { withSharedNames } from './names.ts';
import { createOperatorRoutes, isForOperator } from './operator.ts';
import { createRouting } from './routing.ts';
import type { WorkerParts } from './parts.ts';
import { mergeTallied, mergeTallies } from './tallies.ts';
import { webPorts } from '../web-ports.ts';

/** Milliseconds that an answer of `/readyz` is kept: each asks every shard, and anybody may ask. */
const READINESS_AGE = 5_000;

export type WorkerContext = Parameters<ReturnType<typeof createRelay>['fetch']>[2];

export interface Front {
  fetch(request: Request, context: WorkerContext): Promise<Response>;
  shardAt(index: number): ShardObject;
}

export function createFront({ config, bindings, ports: given, shared }: WorkerParts): Front {
  const { shards, shardCount, assets, operatorSecret } = bindings;
  const shardAt = (index: number): ShardObject => shards.getByName(shardName(index));
  const all = Array.from({ length: shardCount }, (_, index) => index);
  const askAll = <T>(ask: (shard: ShardObject) => Promise<T>): Promise<readonly T[]> =>
    Promise.all(all.map((index) => ask(shardAt(index))));
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
        list: async () => mergeTallied(await askAll((shard) => shard.listTallies())),
        find: async (...place) => mergeTallies(await askAll((shard) => shard.findTallies(...place))),
      },
    },
    isHome: () => false,
    delivery: nothingIsDelivered,
    profiles: () => createProfileReading(config, ports.permissions, ports),
    permissions: createPermissions(),
  };
  const relay = createRelay(config, ports);
  const route = createRouting(config, shardCount, webPorts.random);
  const readiness = createReadinessOfAll(askAll);
  const app = new Hono();
  app.get('/readyz', async (c) => {
    const found = await readiness('public');
    return c.json(found, found.status === 'ready' ? 200 : 503, { 'cache-control': 'no-store' });
  });
  if (operatorSecret !== undefined) {
    app.route(
      '/',
      createOperatorRoutes({
        secret: operatorSecret,
        doors: createDoors(config, ports),
        askAll,
        readiness,
        places: createPlaces(createRevisions(config, ports), ports),
      }),
    );
  }

  const answer = async (request: Request, context: WorkerContext): Promise<Response> => {
    const routed = await route(request);
    if (routed) {
      try {
        return await shardAt(routed.shard).fetch(routed.request);
      } catch (error) {
        given.log({ level: 'error', event: 'shard_failed', shard: routed.shard, fault: faultOf(error) });
        return refusal(request, 503, 'Not taken on now. Keep it and send it again.');
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
    async fetch(request, context) {
      try {
        return await answer(request, context);
      } catch (error) {
        given.log({ level: 'error', event: 'relay_fault', fault: faultOf(error) });
        return refusal(request, 500, 'The relay failed; it is not the request’s fault. Try again.');
      }
    },
  };
}

const faultOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

/** A page has to be let read it, or its browser would take it for a relay that is not there. */
function refusal(request: Request, status: 500 | 503, detail: string): Response {
  const response = bareProblem(status, detail, request.headers.get('cf-ray') ?? webPorts.createId());
  response.headers.set('access-control-allow-origin', request.headers.get('origin') ?? '');
  response.headers.set('access-control-expose-headers', 'retry-after');
  response.headers.set('vary', 'Origin');
  response.headers.set('retry-after', '5');
  return response;
}

/** What has a visitor is a shard's. */
function nothingIsDelivered(): Delivery {
  throw new Error('The Worker in front of the shards delivers nothing.');
}

/** Every shard's, each check once: one that is not well before those that are. */
function createReadinessOfAll(
  askAll: <T>(ask: (shard: ShardObject) => Promise<T>) => Promise<readonly T[]>,
): (audience: 'public' | 'operator') => Promise<Readiness> {
  // What was found, and no promise: one request cannot wait for what another has asked.
  const kept = new Map<string, { readonly at: number; readonly found: Readiness }>();
  return async (audience) => {
    const before = kept.get(audience);
    if (before && Math.abs(webPorts.clock() - before.at) < READINESS_AGE) return before.found;
    const found = worstOf(await askAll((shard) => shard.readiness(audience).catch(() => NOT_THERE)));
    kept.set(audience, { at: webPorts.clock(), found });
    return found;
  };
}

const NOT_THERE: Readiness = {
  status: 'not ready',
  checks: [{ name: 'shard', ok: false, detail: 'A Durable Object cannot be reached.' }],
};

function worstOf(found: readonly Readiness[]): Readiness {
  const checks = found
    .flatMap((each) => each.checks)
    .sort((one, other) => Number(one.ok) - Number(other.ok))
    .filter(({ name }, index, sorted) => sorted.findIndex((other) => other.name === name) === index);
  return { status: found.every(({ status }) => status === 'ready') ? 'ready' : 'not ready', checks };
}
