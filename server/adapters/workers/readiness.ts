/** Whether all shards can do their work. */
import type { Readiness } from '../../readiness.ts';
import type { ShardObject } from './bindings.ts';
import { webPorts } from '../web-ports.ts';

/** Milliseconds that an answer of `/readyz` is kept: each asks every shard, and anybody may ask. */
const READINESS_AGE = 5_000;

/** Every shard's, each check once: one that is not well before those that are. */
export function createReadinessOfAll(
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
