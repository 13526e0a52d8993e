/** What one step of a conversation did, as a page may want to know. */
import type { PublishedFlow } from './contract/flow.ts';
import type { Told } from './events.ts';
import { everythingPassed } from './flow/rewalk.ts';
import { nodeOf, type Passed, type Snapshot } from './flow/snapshot.ts';

/** By what two records of the way are the same. */
const signOf = ({ node, answer, next, submission, outcome }: Passed): string =>
  JSON.stringify([node, answer, next, submission, outcome]);

/**
 * What was answered and decided by it, as the events that tell it, in the order of the way. What stands as it stood before is not told
 * again: not when the way is walked once more after a correction, nor under a newer revision of the flow. An end is told each time that it
 * is come to.
 * @param before undefined where there was none; another conversation's counts for nothing
 * @param tellsValues whether what was said may be told
 */
export function movesOf(
  flow: PublishedFlow,
  before: Snapshot | undefined,
  after: Snapshot,
  tellsValues = false,
): readonly Told[] {
  const earlier = before?.conversation === after.conversation ? before : undefined;
  const known = earlier ? everythingPassed(flow, earlier).map(signOf) : [];
  const moves: Told[] = [];
  for (const passed of everythingPassed(flow, after)) {
    // A loop may lead through a node more than once.
    const place = known.indexOf(signOf(passed));
    if (place >= 0) {
      known.splice(place, 1);
      continue;
    }
    const { node, answer, outcome, next } = passed;
    const { type = 'end', ...of } = nodeOf(flow, node) ?? {};
    if (answer !== undefined && 'field' in of) {
      const { field, input } = of;
      moves.push(['parley-answer', { node, field, input, ...(tellsValues && { value: answer }) }]);
    } else if (
      (type === 'branch' || type === 'split' || type === 'action' || type === 'ask') &&
      (next ?? outcome)
    ) {
      // An outcome that leads nowhere sends the visitor back to a question.
      moves.push([
        'parley-branch',
        { node, next: next ?? after.node, kind: type, ...(outcome && { outcome }) },
      ]);
    }
  }
  const { node } = after;
  if (nodeOf(flow, node)?.type === 'end' && earlier?.node !== node) moves.push(['parley-end', { node }]);
  return moves;
}
