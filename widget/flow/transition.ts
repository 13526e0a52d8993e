/**
 * The pure core: `(flow, snapshot, event) -> [snapshot, effects]`. It knows no DOM, clock, chance or storage: time, ids and
 * what the page tells come in with the event, and what is to be done goes out as data.
 */
import type { AskNode, PublishedActionNode, PublishedFlow } from '../contract/flow.ts';
import type { DeviceContext, PageContext, Receipt, Submission } from '../contract/wire.ts';
import { acceptAnswer } from './answer.ts';
import { holds } from './condition.ts';
import { nodeOf, type Passed, type Snapshot } from './snapshot.ts';

/** What stands around the conversation when an event happens. */
export interface Surroundings {
  readonly page: PageContext;
  readonly device: DeviceContext;
}

/** A receipt, or the widget's own verdict where the relay gave none in time. */
export type Verdict = Pick<Receipt, 'id' | 'outcome'> & Partial<Pick<Receipt, 'next' | 'field'>>;

interface Happening {
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly surroundings: Surroundings;
}

export type ConversationEvent = Happening &
  (
    | { readonly type: 'answer'; readonly node: string; readonly value: string }
    | { readonly type: 'verdict'; readonly verdict: Verdict }
    /** The conversation was read from storage, perhaps under a newer revision of its flow. */
    | { readonly type: 'resume' }
  );

/** The snapshot is stored together with the submission, then the submission is offered to the relay. */
export interface Effect {
  readonly type: 'submit';
  readonly submission: Submission;
}

export type Transition = readonly [Snapshot, readonly Effect[]];

/** The first transition of a conversation with this id. */
export function startConversation(
  flow: PublishedFlow,
  conversation: string,
  happening: Happening,
): Transition {
  const empty: Snapshot = {
    conversation,
    flow: flow.id,
    revision: flow.revision,
    step: 0,
    node: flow.start,
    answers: {},
    path: [],
    submitted: {},
  };
  return walk(flow, { ...empty, step: 1 }, flow.start, happening);
}

/**
 * What an event makes of a conversation. An event that does not concern it (an answer to a question of earlier, a verdict
 * that it does not await) gives back the very same snapshot.
 */
export function transition(flow: PublishedFlow, snapshot: Snapshot, event: ConversationEvent): Transition {
  switch (event.type) {
    case 'answer':
      return answer(flow, snapshot, event);
    case 'verdict':
      return judge(flow, snapshot, event);
    case 'resume':
      return resume(flow, snapshot, event);
  }
}

function answer(
  flow: PublishedFlow,
  snapshot: Snapshot,
  event: Happening & { readonly node: string; readonly value: string },
): Transition {
  const ask = nodeOf(flow, snapshot.node);
  if (event.node !== snapshot.node || ask?.type !== 'ask') return [snapshot, []];
  const { refusal: _, ...asked } = next(snapshot);
  const accepted = acceptAnswer(ask, event.value);
  if (accepted.refusal) return [{ ...asked, refusal: accepted.refusal }, []];
  const answered: Snapshot = {
    ...asked,
    answers: { ...asked.answers, [ask.field]: accepted.value },
    path: [...asked.path.slice(0, -1), { ...lastOf(asked), node: snapshot.node, answer: accepted.value }],
  };
  return walk(flow, answered, ask.next, event);
}

function judge(
  flow: PublishedFlow,
  snapshot: Snapshot,
  event: Happening & { readonly verdict: Verdict },
): Transition {
  const action = nodeOf(flow, snapshot.node);
  const { verdict } = event;
  if (snapshot.awaiting !== verdict.id || action?.type !== 'action') return [snapshot, []];
  const { awaiting: _, ...judged } = next(snapshot);
  const target = targetOf(flow, action, verdict);
  const question = nodeOf(flow, target);
  if (verdict.outcome !== 'invalid' || question?.type !== 'ask') return walk(flow, judged, target, event);
  const again: Snapshot = { ...judged, rewalking: snapshot.node };
  return [stopAt(again, { node: target, refusal: 'refused' }), []];
}

/**
 * Where a verdict leads. The relay's word is taken only for a target that this flow has there: one that the action names,
 * or with `invalid` a question that owns the refused field. Anything else is an error.
 */
function targetOf(flow: PublishedFlow, action: PublishedActionNode, verdict: Verdict): string {
  const { on } = action;
  const { outcome, next: named } = verdict;
  if (named === undefined) return on[outcome] ?? (outcome === 'queued' ? on.success : on.error);
  if (Object.values(on).includes(named)) return named;
  const node = nodeOf(flow, named);
  const asksAgain = outcome === 'invalid' && node?.type === 'ask' && node.field === verdict.field;
  return asksAgain ? named : on.error;
}

/** A flow that changed meanwhile is gone on with at the same node; where that node is gone, the caller starts again. */
function resume(flow: PublishedFlow, snapshot: Snapshot, event: Happening): Transition {
  if (snapshot.revision === flow.revision) return [snapshot, []];
  const resumed = { ...next(snapshot), revision: flow.revision };
  const node = nodeOf(flow, snapshot.node);
  return node?.type === 'ask' || node?.type === 'end' || resumed.awaiting !== undefined
    ? [resumed, []]
    : walk(flow, resumed, snapshot.node, event);
}

/** Whether a stored conversation can go on in this flow: its node is there and, if it awaits a verdict, still an action. */
export function canResume(flow: PublishedFlow, snapshot: Snapshot): boolean {
  const node = nodeOf(flow, snapshot.node);
  return (
    snapshot.flow === flow.id &&
    (snapshot.awaiting === undefined ? node !== undefined : node?.type === 'action')
  );
}

/** Goes on from a node until someone has to say something: the visitor, the relay, or nobody any more. */
function walk(flow: PublishedFlow, from: Snapshot, start: string, happening: Happening): Transition {
  let snapshot = from;
  let id = start;
  // A loop without a question cannot be published; were one here all the same, the second visit ends the walk.
  for (const visited = new Set<string>(); !visited.has(id);) {
    visited.add(id);
    const node = nodeOf(flow, id);
    if (node?.type === 'branch') {
      const context = { answers: snapshot.answers, ...happening.surroundings };
      id = node.cases.find(({ when }) => holds(when, context))?.next ?? node.else;
    } else if (node?.type === 'message') {
      if (!(snapshot.rewalking && wasShown(snapshot, id))) snapshot = show(snapshot, { node: id });
      id = node.next;
    } else if (node?.type === 'ask' && snapshot.rewalking && isAnswered(snapshot, node)) {
      id = node.next;
    } else if (node?.type === 'action') {
      return submit(snapshot, id, happening);
    } else {
      break;
    }
  }
  return [stopAt(snapshot, { node: id }), []];
}

function submit(snapshot: Snapshot, node: string, { time, surroundings }: Happening): Transition {
  const { rewalking, ...at } = snapshot;
  const id = `${snapshot.conversation}.${snapshot.step}`;
  // Only a walk that corrects an answer: a flow may lead through the same action twice on purpose.
  const isCorrection = rewalking !== undefined && Object.hasOwn(snapshot.submitted, node);
  const corrects = isCorrection ? snapshot.submitted[node] : undefined;
  const submission: Submission = {
    id,
    flow: snapshot.flow,
    revision: snapshot.revision,
    node,
    time,
    answers: snapshot.answers,
    ...surroundings,
    ...(corrects !== undefined && { corrects }),
  };
  const submitted: Snapshot = {
    ...at,
    node,
    awaiting: id,
    submitted: { ...snapshot.submitted, [node]: id },
    ...(rewalking !== undefined && rewalking !== node && { rewalking }),
  };
  return [submitted, [{ type: 'submit', submission }]];
}

function next(snapshot: Snapshot): Snapshot {
  return { ...snapshot, step: snapshot.step + 1 };
}

function stopAt(snapshot: Snapshot, passed: Passed): Snapshot {
  return show({ ...snapshot, node: passed.node }, passed);
}

function show(snapshot: Snapshot, passed: Passed): Snapshot {
  return { ...snapshot, path: [...snapshot.path, passed] };
}

function lastOf(snapshot: Snapshot): Passed | undefined {
  return snapshot.path.at(-1);
}

function wasShown(snapshot: Snapshot, node: string): boolean {
  return snapshot.path.some((passed) => passed.node === node);
}

function isAnswered(snapshot: Snapshot, { field }: AskNode<string>): boolean {
  return Object.hasOwn(snapshot.answers, field);
}
