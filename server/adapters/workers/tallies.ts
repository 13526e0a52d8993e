/** What the shards have counted, as one. */
import type { Tallied, Tally } from '../../store/store.ts';

export function mergeTallied(lists: readonly (readonly Tallied[])[]): readonly Tallied[] {
  const merged = new Map<string, Tallied>();
  for (const each of lists.flat()) {
    const name = JSON.stringify([each.environment, each.flow, each.revision]);
    const { first, last } = merged.get(name) ?? each;
    merged.set(name, { ...each, first: Math.min(first, each.first), last: Math.max(last, each.last) });
  }
  // As one store lists them.
  return [...merged.values()].sort((one, other) => other.last - one.last);
}

export function mergeTallies(lists: readonly (readonly Tally[])[]): readonly Tally[] {
  const merged = new Map<string, Tally>();
  for (const each of lists.flat()) {
    const name = JSON.stringify([each.node, each.type, each.from]);
    merged.set(name, { ...each, count: each.count + (merged.get(name)?.count ?? 0) });
  }
  return [...merged.values()];
}
