/** The outcomes of an action's own: its answer says more of a success. */
import type { ActionNode, Condition } from '../../widget/contract/flow.ts';

export interface NamedOutcome {
  readonly name: string;
  /** Over `response`. */
  readonly when: Condition;
  /** The node that it leads to. */
  readonly next: string;
}

/** In the order of the flow, in which the first that holds counts. */
export function outcomesOf({
  outcomes = {},
  on,
}: Pick<ActionNode, 'outcomes' | 'on'>): readonly NamedOutcome[] {
  return Object.entries(outcomes).flatMap(([name, when]: [string, Condition]) => {
    const next = Object.hasOwn(on, name) ? on[name] : undefined;
    return next === undefined ? [] : [{ name, when, next }];
  });
}
