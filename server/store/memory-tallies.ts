/** What is counted of where people leave, in memory. */
import type { Tallied, Tally, TallyPlace } from './store.ts';

interface Row extends TallyPlace {
  readonly day: number;
  expires: number;
  count: number;
}

export function createMemoryTallies(clock: () => number) {
  const rows = new Map<string, Row>();
  const fresh = () => [...rows.values()].filter(({ expires }) => expires > clock());

  return {
    rows,
    add: (place: TallyPlace, day: number, expires: number): void => {
      const { environment, flow, revision, node, type, from } = place;
      const key = [environment, flow, revision, node, type, from, day].join(' ');
      const row = rows.get(key) ?? { ...place, day, expires, count: 0 };
      rows.set(key, { ...row, expires, count: row.count + 1 });
    },
    list(): readonly Tallied[] {
      const all = new Map<string, Tallied>();
      for (const { environment, flow, revision, day } of fresh()) {
        const key = [environment, flow, revision].join(' ');
        const { first = day, last = day } = all.get(key) ?? {};
        all.set(key, {
          environment,
          flow,
          revision,
          first: Math.min(first, day),
          last: Math.max(last, day),
        });
      }
      const nameOf = ({ flow, environment, revision }: Tallied) => [flow, environment, revision].join(' ');
      return [...all.values()].sort(
        (one, other) => other.last - one.last || (nameOf(one) < nameOf(other) ? -1 : 1),
      );
    },
    find(environment: string, flow: string, revision: string): readonly Tally[] {
      const all = new Map<string, Tally>();
      for (const row of fresh()) {
        if (row.environment !== environment || row.flow !== flow || row.revision !== revision) continue;
        const { node, type, from } = row;
        const key = [node, type, from].join(' ');
        const count = row.count + (all.get(key)?.count ?? 0);
        all.set(key, { node, type, ...(from !== undefined && { from }), count });
      }
      return [...all.values()];
    },
  };
}
