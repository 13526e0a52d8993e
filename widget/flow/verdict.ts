/** Where the relay's verdict on a submission leads. */
import type { PublishedActionNode, PublishedFlow, Outcome } from '../contract/flow.ts';
import type { Receipt } from '../contract/wire.ts';
import { askOf, type Passed } from './snapshot.ts';

/** A receipt, or the widget's own verdict where the relay gave none in time. */
export type Verdict = Pick<Receipt, 'id' | 'outcome'> & Partial<Pick<Receipt, 'next' | 'field'>>;

/** Where an action leads with an outcome that the relay has named no node for. */
export function routeOf({ on }: PublishedActionNode, outcome: Outcome): string {
  return on[outcome] ?? (outcome === 'queued' ? on.success : on.error);
}

/**
 * The relay's word is taken only for a target that this flow has there: one that the action names, or with `invalid` a question
 * that owns the refused field. Anything else is an error.
 */
export function targetOf(flow: PublishedFlow, action: PublishedActionNode, verdict: Verdict): string {
  const { outcome, next = routeOf(action, outcome), field } = verdict;
  const asksAgain = outcome === 'invalid' && field !== undefined && askOf(flow, next)?.field === field;
  return asksAgain || Object.values(action.on).includes(next) ? next : action.on.error;
}

/**
 * The question that a refused value belongs to, and its place on the path: where its field was answered last. One that was never
 * answered stands before the action, which is met again after it. Undefined where the visitor's tries are used
 * up.
 */
export function questionBehind(
  flow: PublishedFlow,
  path: readonly Passed[],
  { on }: PublishedActionNode,
  target: string,
): { readonly index: number; readonly question: Passed } | undefined {
  const field = askOf(flow, target)?.field;
  if (field === undefined) return undefined;
  const last = path.findLastIndex(({ node }) => askOf(flow, node)?.field === field);
  const { node = target, refusals = 0 } = path[last] ?? {};
  const question = { node: on.invalid === target ? target : node, refusals: refusals + 1 };
  if (isUsedUp(askOf(flow, question.node)?.retry?.limit, refusals)) return undefined;
  return { index: last < 0 ? path.length - 1 : last, question };
}

/**
 * @param limit how often a question is put again
 * @param refusals how many answers were not taken before this one
 */
export function isUsedUp(limit = Infinity, refusals: number): boolean {
  return refusals >= limit;
}
