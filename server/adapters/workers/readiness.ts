/** Whether all shards can do their work. */
import type { Audience, LookAtReadiness, Readiness } from '../../readiness.ts';
import { unreachedWords, type AskAll } from './asking.ts';
import { webPorts } from '../web-ports.ts';

/** Milliseconds that what the public is told is kept: each look asks every shard, which writes a row, and anybody may ask. */
const READINESS_AGE = 60_000;

/** The same where something was wrong: it may be over, and whoever balances load by it waits for that. */
const TROUBLE_AGE = 5_000;

/** Every shard's, each check once: one that is not well before those that are. An operator sees what is now. */
export function createReadinessOfAll(askAll: AskAll): LookAtReadiness {
  const look: LookAtReadiness = async (audience) => {
    const { answers, unreached } = await askAll((shard) => shard.readiness(audience));
    const found = answers.map(({ answer }) => answer);
    return worstOf(unreached.length > 0 ? [...found, notThere(audience, unreached)] : found);
  };
  // What was found, and no promise: one request cannot wait for what another has asked.
  let kept: { readonly at: number; readonly found: Readiness } | undefined;
  return async (audience) => {
    if (audience === 'operator') return look(audience);
    if (kept && Math.abs(webPorts.clock() - kept.at) < ageOf(kept.found)) return kept.found;
    const found = await look(audience);
    kept = { at: webPorts.clock(), found };
    return found;
  };
}

const ageOf = ({ status }: Readiness): number => (status === 'ready' ? READINESS_AGE : TROUBLE_AGE);

/** Which ones is the operator's business alone. */
function notThere(audience: Audience, shards: readonly number[]): Readiness {
  const detail = audience === 'operator' ? unreachedWords(shards) : 'A Durable Object cannot be reached.';
  return { status: 'not ready', checks: [{ name: 'shard', ok: false, detail }] };
}

function worstOf(found: readonly Readiness[]): Readiness {
  const checks = found
    .flatMap((each) => each.checks)
    .sort((one, other) => Number(one.ok) - Number(other.ok))
    .filter(({ name }, index, sorted) => sorted.findIndex((other) => other.name === name) === index);
  return { status: found.every(({ status }) => status === 'ready') ? 'ready' : 'not ready', checks };
}
