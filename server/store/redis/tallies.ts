/** What is counted of where people leave, in Redis: a hash for each day of a revision. */
import type { Reply } from './connection.ts';
import type { Tallied, Tally, TallyPlace } from '../store.ts';

/** What is counted by day, as it is named in Redis. */
export const dayText = ({ environment, flow, revision }: Revision, day: number): string =>
  JSON.stringify([environment, flow, revision, day]);

/** What is counted on a day. */
export const placeText = ({ node, type, from }: Pick<TallyPlace, 'node' | 'type' | 'from'>): string =>
  JSON.stringify(from === undefined ? [node, type] : [node, type, from]);

type Revision = Pick<TallyPlace, 'environment' | 'flow' | 'revision'>;

interface Day extends Revision {
  readonly text: string;
  readonly day: number;
}

/** @param texts as `dayText` has them */
export const daysIn = (texts: readonly string[]): readonly Day[] =>
  texts.map((text) => {
    const [environment, flow, revision, day] = JSON.parse(text) as [string, string, string, number];
    return { text, environment, flow, revision, day };
  });

export function talliedFrom(days: readonly Day[]): readonly Tallied[] {
  const all = new Map<string, Tallied>();
  for (const { environment, flow, revision, day } of days) {
    const key = nameOf({ environment, flow, revision });
    const { first = day, last = day } = all.get(key) ?? {};
    all.set(key, { environment, flow, revision, first: Math.min(first, day), last: Math.max(last, day) });
  }
  return [...all]
    .sort(([one, a], [other, b]) => b.last - a.last || (one < other ? -1 : 1))
    .map(([, each]) => each);
}

/** @param days of each day its counts, as HGETALL gives them */
export function talliesFrom(days: readonly Reply[]): readonly Tally[] {
  const all = new Map<string, number>();
  for (const cells of days as readonly (readonly string[])[])
    for (let index = 0; index < cells.length; index += 2) {
      const text = cells[index] as string;
      all.set(text, (all.get(text) ?? 0) + Number(cells[index + 1]));
    }
  return [...all].map(([text, count]) => {
    const [node, type, from] = JSON.parse(text) as [string, Tally['type'], string?];
    return { node, type, ...(from !== undefined && { from }), count };
  });
}

/** In the order in which they are listed. */
const nameOf = ({ flow, environment, revision }: Revision): string => [flow, environment, revision].join(' ');
