/**
 * The pure core: `(flow, snapshot, event) -> [snapshot, effects]`. It knows no DOM, clock, chance or storage: time, ids and
 * what the page tells come in with the event, and what is to be done goes out as data.
 */
import type { PublishedFlow } from '../contract/flow.ts';
import { acceptAnswer, isSameAnswer } from './answer.ts';
import { everythingAfter, goBack, withPath } from './rewalk.ts';
import { askOf, nodeOf, questionOf, type Passed, type Snapshot } from './snapshot.ts';
import { isUsedUp, questionBehind, targetOf, type Verdict } from './verdict.ts';
import { todayOf, walk, type Happening, type Transition } from './walk.ts';

export type ConversationEvent = Happening &
  /** The visitor says something to the question at hand: `flow/answer.ts` tells what each input takes. */
  (
    | { readonly type: 'answer'; readonly node: string; readonly value: unknown }
    /** The visitor goes back to a question that they have answered, to answer it otherwise. */
    | { readonly type: 'correct'; readonly node: string }
    | { readonly type: 'verdict'; readonly verdict: Verdict }
    /** The conversation was read from storage, perhaps under a newer revision of its flow. */
    | { readonly type: 'resume' }
  );

type Of<Type extends ConversationEvent['type']> = Extract<ConversationEvent, { readonly type: Type }>;

/** The first transition of a conversation with this id, in a browser with this seed. */
export function startConversation(
  flow: PublishedFlow,
  { conversation, seed }: Pick<Snapshot, 'conversation' | 'seed'>,
  happening: Happening,
): Transition {
  const { id, revision, start } = flow;
  const first: Snapshot = {
    conversation,
    seed,
    flow: id,
    revision,
    step: 1,
    node: start,
    answers: {},
    path: [],
  };
  return walk(flow, first, start, happening);
}

/**
 * What an event makes of a conversation. An event that does not concern it (an answer to a question of earlier, a verdict
 * that it does not await) gives back the very same snapshot.
 */
export function transition(flow: PublishedFlow, snapshot: Snapshot, event: ConversationEvent): Transition {
  switch (event.type) {
    case 'answer':
      return answer(flow, snapshot, event);
    case 'correct':
      return correct(flow, snapshot, event);
    case 'verdict':
      return judge(flow, snapshot, event);
    case 'resume':
      return resume(flow, snapshot, event);
  }
}

/** Whether a question that was passed can be gone back to: it has an answer, and no verdict is awaited. */
export function canCorrect(snapshot: Snapshot, node: string): boolean {
  return snapshot.awaiting === undefined && lastAnswered(snapshot, node) >= 0;
}

function answer(flow: PublishedFlow, snapshot: Snapshot, event: Of<'answer'>): Transition {
  const ask = questionOf(flow, snapshot);
  if (event.node !== snapshot.node || !ask) return [snapshot, []];
  const { path, rewalk, ...asked } = advance(snapshot);
  const { refusals = 0, node } = path.at(-1) as Passed;
  const { value = null, refusal } = acceptAnswer(ask, event.value, todayOf(event));
  const { limit, next } = ask.retry ?? {};
  // When the tries are used up, the conversation goes on where the flow says.
  const leads = refusal && isUsedUp(limit, refusals) ? next : undefined;
  const passed = refusal
    ? { node, refusals: refusals + 1, ...(leads !== undefined && { next: leads }) }
    : { ...path.at(-1), node, answer: value };
  const said = { ...asked, path: [...path.slice(0, -1), passed], ...(rewalk && { rewalk }) };
  if (leads !== undefined) return walk(flow, said, leads, event);
  if (refusal) return [{ ...said, refusal }, []];
  const isSame = rewalk?.previous?.node === node && isSameAnswer(rewalk.previous.answer, value);
  const again = rewalk && { entries: rewalk.entries, isChanged: rewalk.isChanged || !isSame };
  return walk(flow, withPath(flow, said, said.path, again), ask.next, event);
}

function correct(flow: PublishedFlow, snapshot: Snapshot, { node }: Of<'correct'>): Transition {
  if (!canCorrect(snapshot, node)) return [snapshot, []];
  return [goBack(flow, advance(snapshot), lastAnswered(snapshot, node), { node }), []];
}

function judge(flow: PublishedFlow, snapshot: Snapshot, event: Of<'verdict'>): Transition {
  const action = nodeOf(flow, snapshot.node);
  const { verdict } = event;
  const { outcome } = verdict;
  if (snapshot.awaiting !== verdict.id || action?.type !== 'action') return [snapshot, []];
  const { path, ...awaited } = advance(snapshot);
  const target = targetOf(flow, action, verdict);
  const question = outcome === 'invalid' ? askOf(flow, target) : undefined;
  const behind = question && questionBehind(flow, path, action, target);
  const passed = { ...(path.at(-1) as Passed), outcome };
  const judged = { ...awaited, path: [...path.slice(0, -1), passed] };
  if (behind)
    return [{ ...goBack(flow, judged, behind.index, behind.question), refusal: { code: 'refused' } }, []];
  // A refused value that nobody is asked for again is the action's error.
  const next = question ? action.on.error : target;
  return walk(flow, { ...judged, path: [...path.slice(0, -1), { ...passed, next }] }, next, event);
}

/**
 * Under a newer revision the way is walked again from its start, with what was answered, decided and written. A conversation that
 * has ended stays ended.
 */
function resume(flow: PublishedFlow, snapshot: Snapshot, event: Of<'resume'>): Transition {
  const { revision, start } = flow;
  if (snapshot.revision === revision) return [snapshot, []];
  if (nodeOf(flow, snapshot.node)?.type === 'end') return [{ ...advance(snapshot), revision }, []];
  const again = withPath(flow, { ...advance(snapshot), revision }, [], {
    entries: everythingAfter(flow, snapshot, -1),
    isChanged: snapshot.rewalk?.isChanged ?? false,
  });
  return walk(flow, again, start, event);
}

function lastAnswered({ path }: Snapshot, node: string): number {
  return path.findLastIndex((passed) => passed.node === node && passed.answer !== undefined);
}

/** One step on: what held until now is over. */
function advance({ refusal: _, awaiting: __, ...snapshot }: Snapshot): Snapshot {
  return { ...snapshot, step: snapshot.step + 1 };
}
