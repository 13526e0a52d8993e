/** Under which names flows write to Braze: what a profile has under another is not ours. Pure. */
import type { ActionNode, Flow } from '../../widget/contract/flow.ts';
import type { TrackMapping } from '../braze/payload.ts';

export interface WrittenNames {
  /** Standard ones among them. */
  readonly attributes: ReadonlySet<string>;
  readonly events: ReadonlySet<string>;
}

/** What any action may write to profiles, whatever it calls. */
type Writing = ActionNode & TrackMapping;

/** @param events names of events that are told beside those of the flows */
export function writtenNamesOf(flows: readonly Flow[], events: readonly string[]): WrittenNames {
  const nodes = flows.flatMap((flow) => Object.values(flow.nodes));
  const actions = nodes.flatMap((node) => (node.type === 'action' ? [node as Writing] : []));
  return {
    attributes: new Set(actions.flatMap(({ attributes = {} }) => Object.keys(attributes))),
    events: new Set([
      ...events,
      ...actions.flatMap((action) => (action.events ?? []).map(({ name }) => name)),
    ]),
  };
}
