/** What browsers tell of what they gave up: counted, and told to the operator. */
import type { LossReason, Losses } from '../widget/contract/wire.ts';
import type { Session } from './identity/credentials.ts';
import type { Ports } from './ports.ts';

/** `other`: for what a later widget gives something up. */
export type CountedReason = LossReason | 'other';

/** A record, so that the compiler asks for each. */
const COUNTED: Readonly<Record<CountedReason, true>> = {
  age: true,
  refused: true,
  evicted: true,
  storage: true,
  other: true,
};

/** Of one reason in one request: far more than a browser loses in its life, and few enough for the sums to stay exact. */
const MOST = 1_000_000;

/** Every reason that is counted. */
export const COUNTED_REASONS = Object.keys(COUNTED) as readonly CountedReason[];

/**
 * Of a request that is answered with 200, and of no other: after any other answer the browser tells the same again. Where that
 * answer is lost on its way they are counted twice, which is better than not at all.
 * @param known what the log says of the request
 */
export function tellLosses(
  losses: Losses,
  { site, environment }: Pick<Session, 'site' | 'environment'>,
  known: { readonly request: string; readonly trace: string | undefined },
  { log, metrics }: Pick<Ports, 'log' | 'metrics'>,
): void {
  const counts = countsOf(losses);
  if (counts.size === 0) return;
  for (const [reason, count] of counts) metrics.lost(environment, site, reason, count);
  log({ level: 'warn', event: 'browser_losses', site, environment, ...Object.fromEntries(counts), ...known });
}

/** By reason; those of which there are none are left out. What a reason is called that is not known here is anybody's word: it is in no log. */
function countsOf(losses: Losses): ReadonlyMap<CountedReason, number> {
  const counts = new Map<CountedReason, number>();
  for (const [name, count] of Object.entries(losses)) {
    const reason = COUNTED_REASONS.find((each) => each === name) ?? 'other';
    if (count > 0) counts.set(reason, (counts.get(reason) ?? 0) + Math.min(count, MOST));
  }
  return counts;
}
