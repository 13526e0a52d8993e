/** What was counted of one revision of a flow, by its nodes and ways. */
import type { DraftFlow } from '../flows/lint/draft.ts';
import { targetsOf } from '../flows/targets.ts';
import type { Tally } from '../store/store.ts';

/** Conversations, but for `refused`. Each is counted once. */
export interface NodeStats {
  /** That came to it. */
  readonly shown: number;
  /** In which it was answered or passed over. */
  readonly answered: number;
  /** Answers that were not taken. */
  readonly refused: number;
  /** That were left there for good. */
  readonly left: number;
}

export interface FlowStats {
  /** Conversations that have begun. */
  readonly began: number;
  /** That have come to an end. */
  readonly ended: number;
  readonly left: number;
  readonly of: (node: string) => NodeStats;
  /** How many first came to a node by that way. */
  readonly along: (from: string, to: string) => number;
  /** Where most were left; of several the first in the flow. */
  readonly worst: string | undefined;
}

const NOTHING: NodeStats = { shown: 0, answered: 0, refused: 0, left: 0 };

export function statsOf(
  { start, nodes }: Pick<DraftFlow, 'start' | 'nodes'>,
  tallies: readonly Tally[],
): FlowStats {
  const stats = new Map<string, NodeStats>();
  const ways = new Map<string, number>();
  for (const { node, type, from, count } of tallies) {
    const before = stats.get(node) ?? NOTHING;
    stats.set(node, { ...before, [type]: before[type] + count });
    if (from !== undefined) ways.set(`${from} ${node}`, count);
  }
  const of = (node: string) => stats.get(node) ?? NOTHING;
  const ids = [...nodes.keys()];
  const sum = (some: readonly string[], what: keyof NodeStats) =>
    some.reduce((total, id) => total + of(id)[what], 0);
  const most = Math.max(...ids.map((id) => of(id).left));
  return {
    began: start === undefined ? 0 : of(start).shown,
    ended: sum(
      ids.filter((id) => nodes.get(id)?.type === 'end'),
      'shown',
    ),
    left: sum(ids, 'left'),
    of,
    along: (from, to) => ways.get(`${from} ${to}`) ?? 0,
    worst: most > 0 ? ids.find((id) => of(id).left === most) : undefined,
  };
}

/** The nodes as they can be come to, from the start on, and then those that cannot. */
export function inOrder({ start, nodes }: DraftFlow): readonly string[] {
  const met = new Set(start !== undefined && nodes.has(start) ? [start] : []);
  for (const id of met) {
    const node = nodes.get(id);
    if (node) for (const { to } of targetsOf(id, node)) if (nodes.has(to)) met.add(to);
  }
  return [...new Set([...met, ...nodes.keys()])];
}

/** In whole per cent: `21 %`; of nothing nothing. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  const share = (100 * part) / whole;
  // Some are not none, and not all is not all.
  if (share > 0 && share < 1) return '< 1 %';
  if (share > 99 && share < 100) return '> 99 %';
  return `${Math.round(share)} %`;
}

const NUMBERS = new Intl.NumberFormat('en');

/** `1,204` */
export const numberWords = (count: number): string => NUMBERS.format(count);
