/**
 * The rules of what is counted of where people leave, on rows that somebody keeps. Each function here is one transaction of theirs. A
 * count has no visitor; that something was counted is remembered of their conversation, and forgotten with them.
 */
import type { Passing } from '../../widget/contract/wire.ts';
import type { Json } from './json.ts';
import { SETTLEMENT_LIFE } from './lines.ts';
import type { Counting, NumberedPassing, TallyPlace } from './store.ts';

/** Where counts are kept. */
export interface TallyRows {
  isErased: (visitor: string) => boolean;
  get: (name: string) => Json | undefined;
  put: (name: string, value: Json, life: number, visitor: string) => void;
  /** One more, on that day. @param expires when the day is forgotten: milliseconds since 1970 */
  add: (place: TallyPlace, day: number, expires: number) => void;
}

/** What was counted of a conversation. Relays of before have no nodes. */
interface Counted {
  /** From one number to before another, in their order. */
  readonly ranges: readonly (readonly [since: number, until: number])[];
  /** By flow and revision, as `welcome 1cd4ae8`. */
  readonly nodes?: readonly (readonly [of: string, nodes: CountedNodes])[];
  readonly isLeft?: boolean;
}

/** As `shown name`, with how often. */
type CountedNodes = readonly (readonly [what: string, count: number])[];

/**
 * Of one conversation. A gap is something that its browser has given up, or still has under way; only who makes numbers up has more, and of
 * those no more is counted.
 */
const MOST_RANGES = 20;

/**
 * Of flows, in one conversation. It has one flow, and a revision more where that changes while it goes on; who names more has made them up,
 * and of those no more is counted. So what is remembered has a bound: the nodes of so many.
 */
const MOST_REVISIONS = 20;

/**
 * How often one conversation counts of a node. That it was shown and answered the widget tells once. Answers that are not taken it tells each:
 * as many are counted as a flow can say that a question is put again (`MAX_TRIES`, `server/flows/schema.ts`).
 */
const MOST: Readonly<Record<Passing['type'], number>> = { shown: 1, answered: 1, refused: 20 };

/** Under what it is remembered what was counted of a conversation. */
export const countedName = ({ visitor, conversation }: Pick<Counting, 'visitor' | 'conversation'>): string =>
  `counted/${visitor}/${conversation}`;

export const DAY = 24 * 60 * 60 * 1000;

export function createTallying(rows: TallyRows, clock: () => number) {
  const addOne = ({ visitor, conversation, environment, flow, life, ...counting }: Counting): void => {
    if (rows.isErased(visitor)) return;
    const { since, until, passings, left } = counting;
    const name = countedName({ visitor, conversation });
    const before = (rows.get(name) as Counted | undefined) ?? { ranges: [] };
    const ranges = joined([...before.ranges, ...(until > since ? [[since, until] as const] : [])]);
    if (ranges.length > MOST_RANGES) return;

    const day = Math.floor(clock() / DAY);
    const add = (place: Omit<TallyPlace, 'environment' | 'flow'>) =>
      rows.add({ environment, flow, ...place }, day, (day + 1) * DAY + life);
    const isCounted = (number: number) =>
      before.ranges.some(([first, last]) => number >= first && number < last);
    const nodes = new Map(before.nodes?.map(([of, counted]) => [of, new Map(counted)]));
    for (const { number, ...place } of passings)
      if (!isCounted(number) && isOneMore(nodes, flow, place)) add(place);
    if (left && !before.isLeft) add({ ...left, type: 'left' });

    const isLeft = before.isLeft ?? left !== undefined;
    const remembered = [...nodes].map(([of, counted]) => [of, [...counted]] as const);
    const counted = { ranges, nodes: remembered, ...(isLeft && { isLeft }) };
    // For as long as its browser may bring any of it again.
    rows.put(name, counted, SETTLEMENT_LIFE, visitor);
  };

  return {
    add: (countings: readonly Counting[]): void => countings.forEach(addOne),
  };
}

/**
 * Whether a conversation may count that too, which is then noted. A number alone is the browser's word: without this, who sends new numbers
 * would be as many as they like.
 */
function isOneMore(
  nodes: Map<string, Map<string, number>>,
  flow: string,
  { revision, type, node }: Omit<NumberedPassing, 'number'>,
): boolean {
  const of = `${flow} ${revision}`;
  if (!nodes.has(of) && nodes.size === MOST_REVISIONS) return false;
  const counted = nodes.get(of) ?? new Map<string, number>();
  const what = `${type} ${node}`;
  const count = counted.get(what) ?? 0;
  if (count === MOST[type]) return false;
  nodes.set(of, counted.set(what, count + 1));
  return true;
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
