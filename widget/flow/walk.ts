/** On from a node, until someone has to say something: the visitor, the relay, or nobody any more. */
import type { AskNode, BranchNode, PublishedFlow, RelayBranchNode, SplitNode } from '../contract/flow.ts';
import type { DeviceContext, PageContext, Submission } from '../contract/wire.ts';
import { acceptAnswer, isSameAnswer } from './answer.ts';
import { localDateOf } from './calendar.ts';
import { holds } from './condition.ts';
import { pass, recordOf, stopAt } from './rewalk.ts';
import { nodeOf, type Passed, type Snapshot } from './snapshot.ts';
import { wayOf } from './split.ts';
import { routeOf } from './verdict.ts';

/** What stands around the conversation when an event happens. */
export interface Surroundings {
  readonly page: PageContext;
  readonly device: DeviceContext;
}

export interface Happening {
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly surroundings: Surroundings;
}

/** The snapshot is stored together with the submission, then the submission is offered to the relay. */
export interface Effect {
  readonly type: 'submit';
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
    // What was decided and written stays so until an answer is another.
    const kept = at.rewalk?.isChanged ? undefined : recorded;
    if (node?.type === 'message' || node?.type === 'handoff') {
      at = pass(flow, at, { node: id });
      id = node.next;
    } else if (node?.type === 'branch' || node?.type === 'split') {
      const next = decide(flow, at, id, node, happening, kept?.next);
      at = pass(flow, at, { node: id, next });
      id = next;
    } else if (node?.type === 'action') {
      // One that led nowhere sent the visitor back to a question: it is submitted again.
      if (kept?.submission === undefined || (kept.outcome && kept.next === undefined)) {
        return submit(flow, at, id, happening, recorded?.submission);
      }
      at = pass(flow, at, kept);
      if (!kept.outcome) return [{ ...at, node: id, awaiting: kept.submission }, []];
      const { next } = kept;
      id = next !== undefined && Object.values(node.on).includes(next) ? next : routeOf(node, kept.outcome);
    } else if (node?.type === 'ask' && recorded && isStillAcceptable(node, recorded, happening)) {
      at = pass(flow, at, recorded);
      id = node.next;
      // It can be met once more, by a loop that was walked before: each time there is one record less to take.
      visited.clear();
    } else if (node?.type === 'ask' && kept?.next !== undefined && kept.next === node.retry?.next) {
      at = pass(flow, at, kept);
      id = kept.next;
      visited.clear();
    } else {
      break;
    }
  }
  return [stopAt(flow, at, id), []];
}

/** @param before what was decided before: it is decided so again if the node still can */
function decide(
  flow: PublishedFlow,
  { answers, seed }: Snapshot,
  id: string,
  node: BranchNode | RelayBranchNode | SplitNode,
  { surroundings }: Happening,
  before: string | undefined,
): string {
  const ways: readonly { readonly next: string }[] =
    'ways' in node ? node.ways : 'cases' in node ? node.cases : [];
  const otherwise = 'else' in node ? node.else : id;
  if (before === otherwise || ways.some(({ next }) => next === before)) return before as string;
  if ('ways' in node) return wayOf(node, `${flow.id}/${id}/${seed}`) ?? otherwise;
  if ('targets' in node) return otherwise;
  const context = { answers, ...surroundings };
  return node.cases.find(({ when }) => holds(when, context))?.next ?? otherwise;
}

/** Under a newer revision, or on a later day, what was acceptable may no longer be. */
function isStillAcceptable(ask: AskNode<string>, { answer }: Passed, happening: Happening): boolean {
  if (answer === undefined) return false;
  const accepted = acceptAnswer(ask, answer, todayOf(happening));
  return !accepted.refusal && isSameAnswer(accepted.value ?? null, answer);
}

function submit(
  flow: PublishedFlow,
  snapshot: Snapshot,
  node: string,
  { time, surroundings }: Happening,
  corrects: string | undefined,
): Transition {
  const { conversation, step, revision, answers } = snapshot;
  const id = `${conversation}.${step}`;
  const submission: Submission = {
    id,
    flow: flow.id,
    revision,
    node,
    time,
    answers,
    ...surroundings,
    ...(corrects !== undefined && { corrects }),
  };
  const submitted = pass(flow, snapshot, { node, submission: id });
  return [{ ...submitted, node, awaiting: id }, [{ type: 'submit', submission }]];
}

/** The visitor's own day. */
export function todayOf({ time, surroundings }: Happening): string {
  return localDateOf(time, surroundings.device.time_zone);
}
