/** On from a node, until someone has to say something: the visitor, the relay, or nobody any more. */
import type { AskNode, BranchNode, PublishedFlow, RelayBranchNode, SplitNode } from '../contract/flow.ts';
import type { DeviceContext, Entry, PageContext, Submission, VisitorContext } from '../contract/wire.ts';
import { acceptAnswer, isSameAnswer } from './answer.ts';
import { localDateOf } from './calendar.ts';
import { holds } from './condition.ts';
import { hashOf } from './hash.ts';
import { pass, recordOf, stopAt } from './rewalk.ts';
import { nodeOf, type Passed, type Snapshot } from './snapshot.ts';
import { wayOf } from './split.ts';
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
    const by = hashOf(JSON.stringify(Object.entries(at.answers).sort()));
    // What was decided and written stays so, as long as the answers up to there are what they were.
    const kept = recorded?.by === by ? recorded : undefined;
    if (node?.type === 'message' || node?.type === 'handoff') {
      at = pass(flow, at, { node: id });
      id = node.next;
    } else if (node?.type === 'branch' || node?.type === 'split') {
      const next = decide(flow, at, id, node, happening, kept?.next);
      at = pass(flow, at, { node: id, next, by });
      id = next;
    } else if (node?.type === 'action') {
      // One that led nowhere sent the visitor back to a question: it is submitted again.
      if (kept?.submission === undefined || (kept.outcome && kept.next === undefined)) {
        return submit(flow, at, { node: id, by }, happening, recorded?.submission);
      }
      at = pass(flow, at, kept);
      if (!kept.outcome) return [{ ...at, node: id, awaiting: kept.submission }, []];
      const { next } = kept;
      id = next !== undefined && Object.values(node.on).includes(next) ? next : routeOf(node, kept.outcome);
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

/**
 * Where a question leads that was put before, if it still does: under a newer revision, or on a later day, what was acceptable may no
 * longer be.
 */
function leadOn(ask: AskNode<string>, { answer, next }: Passed, happening: Happening): string | undefined {
  // The tries were used up.
  if (answer === undefined) return next === ask.retry?.next ? next : undefined;
  const { value = null, refusal } = acceptAnswer(ask, answer, todayOf(happening));
  return !refusal && isSameAnswer(value, answer) ? ask.next : undefined;
}

function submit(
  flow: PublishedFlow,
  snapshot: Snapshot,
  passed: Passed,
  { time, surroundings }: Happening,
  corrects: string | undefined,
): Transition {
  const { node } = passed;
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
  const submitted = pass(flow, snapshot, { ...passed, submission: id });
  return [{ ...submitted, node, awaiting: id }, [{ type: 'submit', submission }]];
}

/** The visitor's own day. */
export function todayOf({ time, surroundings }: Happening): string {
  return localDateOf(time, surroundings.device.time_zone);
}
