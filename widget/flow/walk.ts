/** On from a node, until someone has to say something: the visitor, the relay, or nobody any more. */
import type { AskNode, BranchNode, PublishedFlow, SplitNode } from '../contract/flow.ts';
import type { DeviceContext, Entry, PageContext, Submission, VisitorContext } from '../contract/wire.ts';
import { acceptAnswer, isSameAnswer, type AcceptFurther } from './answer.ts';
import { hashOf } from './hash.ts';
import type { ReadMarkup } from './markup.ts';
import { pass, recordOf, stopAt } from './rewalk.ts';
import { nodeOf, type Passed, type Snapshot } from './snapshot.ts';
import { routeOf } from './verdict.ts';

/** What stands around the conversation when an event happens. */
export interface Surroundings {
  readonly page: PageContext;
  readonly device: DeviceContext;
  readonly visitor?: VisitorContext;
  readonly entry?: Entry;
}

export interface Happening {
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly surroundings: Surroundings;
  readonly language: Language;
}

/** What of the language only some flows need: handed in, since a browser fetches it with those. */
export interface Language {
  /** Where a branch or a split leads, as `decide.ts` says. */
  readonly decide: Decide;
  /** As `further-answer.ts` does. */
  readonly furtherAt: (time: string, timeZone: string | undefined) => AcceptFurther;
  /** As `markup.ts` does. Absent where no text has a mark: then each is read as it is. */
  readonly readMarkup?: ReadMarkup;
}

/** @param before what was decided before: it is decided so again if the node still can */
export type Decide = (
  flow: PublishedFlow,
  snapshot: Snapshot,
  id: string,
  node: BranchNode | SplitNode,
  happening: Happening,
  before: string | undefined,
) => string;

/** On the visitor's own day. */
export const furtherOf =
  ({ time, surroundings, language }: Happening): AcceptFurther =>
  (ask, said) =>
    language.furtherAt(time, surroundings.device.time_zone)(ask, said);

/** The snapshot is stored together with the submission, then the submission is offered to the relay. */
export interface Effect {
  readonly submission: Submission;
}

export type Transition = readonly [Snapshot, readonly Effect[]];

export function walk(flow: PublishedFlow, from: Snapshot, start: string, happening: Happening): Transition {
  let at = from;
  let id = start;
  // A loop without a question cannot be published; were one here all the same, the second visit ends the walk.
  for (const visited = new Set<string>(); !visited.has(id);) {
    visited.add(id);
    const node = nodeOf(flow, id);
    const recorded = recordOf(at, id);
    const by = hashOf(JSON.stringify(Object.entries(at.answers).sort()));
    // What was decided and written stays so, as long as the answers up to there are what they were.
    const kept = recorded?.by === by ? recorded : undefined;
    if (node?.type === 'message' || node?.type === 'handoff') {
      at = pass(flow, at, { node: id });
      id = node.next;
    } else if (node?.type === 'branch' || node?.type === 'split') {
      const next = happening.language.decide(flow, at, id, node, happening, kept?.next);
      at = pass(flow, at, { node: id, next, by });
      id = next;
    } else if (node?.type === 'action') {
      // One that led nowhere sent the visitor back to a question: it is submitted again.
      if (!kept?.submission || (kept.outcome && !kept.next)) {
        return submit(flow, at, { node: id, by }, happening, recorded?.submission);
      }
      at = pass(flow, at, kept);
      if (!kept.outcome) return [{ ...at, node: id, awaiting: kept.submission }, []];
      const { next } = kept;
      id = next && Object.values(node.on).includes(next) ? next : routeOf(node, kept.outcome);
    } else {
      const next = recorded && node?.type === 'ask' ? leadOn(node, recorded, happening) : undefined;
      if (next === undefined) break;
      at = pass(flow, at, recorded as Passed);
      id = next;
      // It can be met once more, by a loop that was walked before: each time there is one record less to take.
      visited.clear();
    }
  }
  return [stopAt(flow, at, id), []];
}

/**
 * Where a question leads that was put before, if it still does: under a newer revision, or on a later day, what was acceptable may no
 * longer be.
 */
function leadOn(ask: AskNode<string>, { answer, next }: Passed, happening: Happening): string | undefined {
  // The tries were used up.
  if (answer === undefined) return next === ask.retry?.next ? next : undefined;
  const { value = null, refusal } = acceptAnswer(ask, answer, furtherOf(happening));
  return !refusal && isSameAnswer(value, answer) ? ask.next : undefined;
}

function submit(
  flow: PublishedFlow,
  snapshot: Snapshot,
  passed: Passed,
  happening: Happening,
  corrects: string | undefined,
): Transition {
  const { node } = passed;
  const awaiting = `${snapshot.conversation}.${snapshot.step}`;
  const submitted = { ...pass(flow, snapshot, { ...passed, submission: awaiting }), node, awaiting };
  const submission = {
    ...submissionAt(flow, submitted, happening),
    ...(corrects !== undefined && { corrects }),
  };
  return [submitted, [{ submission }]];
}

/** What is submitted where a verdict is awaited: of one that only asks it is made anew as often as it is asked. */
export const submissionAt = (
  flow: PublishedFlow,
  { revision, node, answers, awaiting }: Snapshot,
  { time, surroundings }: Happening,
): Submission => ({
  id: awaiting as string,
  flow: flow.id,
  revision,
  locale: flow.locale,
  node,
  time,
  answers,
  ...surroundings,
});
