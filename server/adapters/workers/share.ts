/**
 * What one shard of several may use up: together they never do more than the whole may. What does not divide is dealt out among them.
 */
import { ConfigError, type BrazeEnvironment, type RelayConfig, type RequestLimit } from '../../config.ts';

/** Which shard of how many. */
export interface ShardPlace {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** The parts of all shards are the whole. */
export const partOf = (whole: number, { index, count }: ShardPlace): number =>
  Math.floor((whole * (index + 1)) / count) - Math.floor((whole * index) / count);

/**
 * Requests to Braze that a shard has under way at most, those of all environments together: an object has 6 connections at once
 * (https://developers.cloudflare.com/workers/platform/limits/), and two are for what actions and branches ask besides.
 */
const CONCURRENCY = 4;

/** Requests to Braze, those of each action too, what waits to be delivered, and what a site's pages may ask for, each divided by the shards. */
export function shareOf(config: RelayConfig, place: ShardPlace): RelayConfig {
  const environments = new Map(
    [...config.environments].map(([name, environment]) => [name, environmentShareOf(environment, place)]),
  );
  const { site } = config.limits;
  return {
    ...config,
    environments,
    partOf: (requests) => partOf(requests, place),
    origins: new Map(
      [...config.origins].map(([origin, owner]) => {
        const environment = environments.get(owner.environment.name) ?? owner.environment;
        return [origin, { ...owner, environment }];
      }),
    ),
    concurrency: Math.min(config.concurrency, Math.max(1, Math.floor(CONCURRENCY / environments.size))),
    spoolLimit: Math.ceil(config.spoolLimit / place.count),
    limits: { ...config.limits, site: site && { ...site, limit: Math.ceil(site.limit / place.count) } },
  };
}

/**
 * A share of less than one request in each window cannot be had: the shards would have to take turns.
 * @throws {ConfigError} naming each limit that is smaller than the number of shards
 */
export function assertDivisible({ environments, secrets }: RelayConfig, shards: number): void {
  const problems = [...environments.values()].flatMap(({ name, requests, exports }) => [
    ...limitsOf(requests).map((each) => problemOf(`environments.${name}.requests`, each, shards)),
    problemOf(`environments.${name}.exports`, exports, shards),
  ]);
  const found = problems.filter((each) => each !== undefined);
  if (found.length > 0) throw new ConfigError(found, secrets);
}

/**
 * Of what Braze says that is left, a shard takes its part, too: the others hear the same. What it says of a limit is then said of the shard's.
 */
export function hearShare(ask: typeof fetch, place: ShardPlace): typeof fetch {
  return async (input, init) => {
    const answer = await ask(input, init);
    const told = TOLD.flatMap((name) => {
      const value = answer.headers.get(name);
      return value !== null && /^\d+$/.test(value)
        ? [[name, String(partOf(Number(value), place))] as const]
        : [];
    });
    if (told.length === 0) return answer;
    const headers = new Headers(answer.headers);
    for (const [name, value] of told) headers.set(name, value);
    const { status, statusText } = answer;
    return new Response(answer.body, { status, statusText, headers });
  };
}

/** `api/api_limits`, "Monitoring your rate limits". */
const TOLD = ['x-ratelimit-limit', 'x-ratelimit-remaining'];

function environmentShareOf(environment: BrazeEnvironment, place: ShardPlace): BrazeEnvironment {
  const share = (limit: RequestLimit): RequestLimit => ({ ...limit, limit: partOf(limit.limit, place) });
  const { requests, exports } = environment;
  return {
    ...environment,
    requests: 'limit' in requests ? share(requests) : requests.map(share),
    exports: share(exports),
  };
}

const limitsOf = (requests: BrazeEnvironment['requests']): readonly RequestLimit[] =>
  'limit' in requests ? [requests] : requests;

function problemOf(name: string, { limit }: RequestLimit, shards: number): string | undefined {
  if (limit >= shards) return undefined;
  return `${name}: ${limit} requests cannot be divided among ${shards} shards; SHARD_COUNT should be ${limit} at most`;
}
