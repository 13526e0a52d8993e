/** Which way a `branch` or a `split` goes. Fetched with the flows that have one. */
import type { BranchNode, SplitNode } from '../contract/flow.ts';
import { holds } from './condition.ts';
import { wayOf } from './split.ts';
import type { Decide } from './walk.ts';

type Ways = Partial<Pick<BranchNode, 'cases' | 'else'> & Pick<SplitNode, 'ways'>>;

export const decide: Decide = (flow, { answers, seed }, id, node, { surroundings }, before) => {
  const { ways = [], cases = [], else: otherwise = id } = node as Ways;
  if ([{ next: otherwise }, ...ways, ...cases].some(({ next }) => next === before)) return before as string;
  const context = { answers, ...surroundings };
  const found = cases.find(({ when }) => holds(when, context))?.next;
  return found ?? wayOf({ ways }, `${flow.id}/${id}/${seed}`) ?? otherwise;
};
