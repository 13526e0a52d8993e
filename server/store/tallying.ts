/**
 * The rules of what is counted of where people leave, on rows that somebody keeps. Each function here is one transaction of theirs. A
 * count has no visitor; that something was counted is remembered of their conversation, and forgotten with them.
 */
import type { Json } from './json.ts';
import { SETTLEMENT_LIFE } from './lines.ts';
import type { Counting, TallyPlace } from './store.ts';

/** Where counts are kept. */
export interface TallyRows {
  isErased: (visitor: string) => boolean;
  get: (name: string) => Json | undefined;
  put: (name: string, value: Json, life: number, visitor: string) => void;
  /** One more, on that day. @param expires when the day is forgotten: milliseconds since 1970 */
  add: (place: TallyPlace, day: number, expires: number) => void;
}

/** What was counted of a conversation: from one number to before another, in their order. */
interface Counted {
  readonly ranges: readonly (readonly [since: number, until: number])[];
  readonly isLeft?: boolean;
}

/**
 * Of one conversation. A gap is something that its browser has given up, or still has under way; only who makes numbers up has more, and of
 * those no more is counted.
 */
const MOST_RANGES = 20;

export const DAY = 24 * 60 * 60 * 1000;

export function createTallying(rows: TallyRows, clock: () => number) {
  const addOne = ({ visitor, conversation, environment, flow, life, ...counting }: Counting): void => {
    if (rows.isErased(visitor)) return;
    const { since, until, passings, left } = counting;
    const name = `counted/${visitor}/${conversation}`;
    const before = (rows.get(name) as Counted | undefined) ?? { ranges: [] };
    const ranges = joined([...before.ranges, ...(until > since ? [[since, until] as const] : [])]);
    if (ranges.length > MOST_RANGES) return;

    const day = Math.floor(clock() / DAY);
    const add = (place: Omit<TallyPlace, 'environment' | 'flow'>) =>
      rows.add({ environment, flow, ...place }, day, (day + 1) * DAY + life);
    const isCounted = (number: number) =>
      before.ranges.some(([first, last]) => number >= first && number < last);
    for (const { number, ...place } of passings) if (!isCounted(number)) add(place);
    if (left && !before.isLeft) add({ ...left, type: 'left' });

    const isLeft = before.isLeft ?? left !== undefined;
    const counted = { ranges, ...(isLeft && { isLeft }) };
    // For as long as its browser may bring any of it again.
    rows.put(name, counted, SETTLEMENT_LIFE, visitor);
  };

  return {
    add: (countings: readonly Counting[]): void => countings.forEach(addOne),
  };
}

/** Those that meet are one. */
function joined(ranges: Counted['ranges']): Counted['ranges'] {
  const sorted = [...ranges].sort(([one], [other]) => one - other);
  return sorted.reduce<Counted['ranges']>((done, [since, until]) => {
    const last = done.at(-1);
    if (!last || since > last[1]) return [...done, [since, until]];
    return [...done.slice(0, -1), [last[0], Math.max(last[1], until)]];
  }, []);
}
