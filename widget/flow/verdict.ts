/** Where the relay's verdict on a submission leads. */
import type { PublishedActionNode, PublishedFlow, Outcome } from '../contract/flow.ts';
import type { Receipt } from '../contract/wire.ts';
import { askOf, type Passed } from './snapshot.ts';

/** A receipt, or the widget's own verdict where the relay gave none in time. */
export type Verdict = Pick<Receipt, 'id' | 'outcome'> & Partial<Pick<Receipt, 'next' | 'field' | 'values'>>;

/** Where an action leads with an outcome that the relay has named no node for. */
export function routeOf({ on }: PublishedActionNode, outcome: Outcome): string {
  return on[outcome] ?? (outcome === 'queued' ? on.success : on.error);
}

/** On to a node, or back to a question, which takes a place on the path. */
export type Lead = { readonly next: string } | { readonly index: number; readonly question: Passed };

/**
 * Where a verdict leads. The relay's word is taken only for a target that this flow has there: one that the action names, or with
 * `invalid` a question that owns the refused field. That is asked again where it was answered last; where the action names one for
 * a field that was never answered, it is asked before the action, which is met again after it. Anything else is an error, and so is
 * a question whose tries are used up.
 */
export function leadOf(
  flow: PublishedFlow,
  path: readonly Passed[],
  action: PublishedActionNode,
  verdict: Verdict,
): Lead {
  const { on } = action;
  const { outcome, next = routeOf(action, outcome), field } = verdict;
  const ask = outcome === 'invalid' ? askOf(flow, next) : undefined;
  const isNamed = next === on.invalid;
  const last = path.findLastIndex(({ node }) => ask && askOf(flow, node)?.field === ask.field);
  const asksAgain = isNamed || (last >= 0 && ask?.field === field);
  if (!ask || !asksAgain) return { next: Object.values(on).includes(next) ? next : on.error };
  const { node = next, refusals = 0 } = path[last] ?? {};
  const question = { node: isNamed ? next : node, refusals: refusals + 1 };
  if (isUsedUp(askOf(flow, question.node)?.retry?.limit, refusals)) return { next: on.error };
  return { index: last < 0 ? path.length - 1 : last, question };
}

/**
 * @param limit how often a question is put again; without one there is no end to it
 * @param refusals how many answers were not taken before this one
 */
export function isUsedUp(limit: number | undefined, refusals: number): boolean {
  return refusals >= (limit as number);
}
