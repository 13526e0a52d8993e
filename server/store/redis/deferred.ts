/** What is deferred, in a snapshot of what is in Redis. */
import type { Work, WorkKey } from '../../delivery/work.ts';
import { isOver, LONGEST_AHEAD } from '../lines.ts';
import { visitorIn } from './keys.ts';
import type { RedisRules } from './rows.ts';
import { deferredField } from './visitor.ts';

export function holdDeferred({ snapshot, isErased }: RedisRules, work: Work, wait: number): void {
  const { key, visitor, environment } = work;
  if (isErased(visitor)) return;
  const { deferred, weights } = snapshot.visitor(visitor);
  deferred.set(key, { until: snapshot.clock() + Math.min(wait, LONGEST_AHEAD), environment });
  weights.set(deferredField(key), JSON.stringify(work));
}

/** @param keys among which it looks */
export function claimDeferred(
  { snapshot }: RedisRules,
  keys: readonly WorkKey[],
  environments: readonly string[],
  limit: number,
  lease: number,
): readonly Work[] {
  const now = snapshot.clock();
  return keys
    .flatMap((key) => {
      const kept = snapshot.visitor(visitorIn(key)).deferred.get(key);
      return kept && environments.includes(kept.environment) && isOver(kept.until, now)
        ? [{ key, ...kept }]
        : [];
    })
    .sort((one, other) => one.until - other.until || (one.key < other.key ? -1 : 1))
    .slice(0, limit)
    .map(({ key, environment }) => {
      const until = now + Math.min(lease, LONGEST_AHEAD);
      snapshot.visitor(visitorIn(key)).deferred.set(key, { until, environment });
      return snapshot.work(key, deferredField(key));
    });
}

export function releaseDeferred({ snapshot }: RedisRules, key: WorkKey): void {
  const { deferred, weights } = snapshot.visitor(visitorIn(key));
  if (deferred.delete(key)) weights.set(deferredField(key), undefined);
}
