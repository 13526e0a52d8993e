/**
 * The pure core: `(flow, snapshot, event) -> [snapshot, effects]`. It knows no DOM, clock, chance or storage: time, ids and
 * what the page tells come in with the event, and what is to be done goes out as data.
 */
import type { PublishedFlow } from '../contract/flow.ts';
import { acceptAnswer } from './answer.ts';
import { everythingPassed, goBack, withPath } from './rewalk.ts';
import { nodeOf, questionOf, type Passed, type Snapshot } from './snapshot.ts';
import { isUsedUp, leadOf, type Verdict } from './verdict.ts';
import { furtherOf, walk, type Happening, type Transition } from './walk.ts';

/** The visitor says something to the question at hand: `flow/answer.ts` tells what each input takes. */
interface Answering {
  readonly type: 'answer';
  readonly node: string;
  readonly value: unknown;
}

/** The visitor goes back to a question that they have answered, to answer it otherwise. */
interface Correcting {
  readonly type: 'correct';
  readonly node: string;
}

interface Judging {
  readonly type: 'verdict';
  readonly verdict: Verdict;
}

/** The conversation was read from storage, perhaps under a newer revision of its flow. */
interface Resuming {
  readonly type: 'resume';
}

export type ConversationEvent = Happening & (Answering | Correcting | Judging | Resuming);

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

/** Where on the path a question was answered last, or -1 where it cannot be gone back to: no answer, or a verdict is awaited. */
export function lastCorrectable({ path, awaiting }: Snapshot, node: string): number {
  if (awaiting) return -1;
  return path.findLastIndex((passed) => passed.node === node && passed.answer !== undefined);
}

function answer(flow: PublishedFlow, snapshot: Snapshot, event: Of<'answer'>): Transition {
  const ask = questionOf(flow, snapshot);
  if (event.node !== snapshot.node || !ask) return [snapshot, []];
  const { path, rewalk, ...asked } = advance(snapshot);
  const { node, refusals = 0 } = path.at(-1) as Passed;
  const { previous = [], entries = [] } = rewalk ?? {};
  const { value = null, refusal } = acceptAnswer(ask, event.value, furtherOf(event));
  const { limit, next } = ask.retry ?? {};
  const goesOn = next !== undefined && isUsedUp(limit, refusals);
  const counted = { node, refusals: refusals + 1 };
  if (refusal && !goesOn) {
    return [{ ...asked, path: [...path.slice(0, -1), counted], ...(rewalk && { rewalk }), refusal }, []];
  }
  // When the tries are used up, an earlier answer holds on; without one the conversation goes on where the flow says.
  const before = previous[0]?.node === node ? previous[0].answer : undefined;
  const holds = refusal ? before : value;
  const passed =
    holds === undefined ? { ...counted, next: next as string } : { ...path.at(-1), node, answer: holds };
  const said = withPath(flow, { ...asked, path }, [...path.slice(0, -1), passed], {
    previous: [],
    entries: [...previous.slice(1), ...entries],
  });
  return walk(flow, said, holds === undefined ? (next as string) : ask.next, event);
}

function correct(flow: PublishedFlow, snapshot: Snapshot, { node }: Of<'correct'>): Transition {
  const index = lastCorrectable(snapshot, node);
  return [index < 0 ? snapshot : goBack(flow, advance(snapshot), index, { node }), []];
}

function judge(flow: PublishedFlow, snapshot: Snapshot, event: Of<'verdict'>): Transition {
  const action = nodeOf(flow, snapshot.node);
  const { verdict } = event;
  const { values, outcome } = verdict;
  if (snapshot.awaiting !== verdict.id || action?.type !== 'action') return [snapshot, []];
  const { path, ...awaited } = advance(snapshot);
  const lead = leadOf(flow, path, action, verdict);
  // Where it sends the visitor back says nothing of where it leads.
  const passed = {
    ...(path.at(-1) as Passed),
    outcome,
    ...('next' in lead && lead),
    ...(values && { values }),
  };
  const judged = { ...awaited, path: [...path.slice(0, -1), passed] };
  if ('next' in lead) return walk(flow, judged, lead.next, event);
  return [{ ...goBack(flow, judged, lead.index, lead.question), refusal: { code: 'refused' } }, []];
}

/**
 * Under a newer revision the way is walked again from its start, with what was answered, decided and written. A conversation that
 * has ended stays ended, and a correction that is under way goes on.
 */
function resume(flow: PublishedFlow, snapshot: Snapshot, event: Of<'resume'>): Transition {
  const { revision, start } = flow;
  if (snapshot.revision === revision) return [snapshot, []];
  const type = nodeOf(flow, snapshot.node)?.type;
  if (type === 'end' || (type === 'ask' && snapshot.rewalk)) {
    return [{ ...snapshot, step: snapshot.step + 1, revision }, []];
  }
  const entries = everythingPassed(flow, snapshot);
  const again = withPath(flow, { ...advance(snapshot), revision }, [], { previous: [], entries });
  return walk(flow, again, start, event);
}

/** One step on: what held until now is over. */
function advance({ refusal: _, awaiting: __, ...snapshot }: Snapshot): Snapshot {
  return { ...snapshot, step: snapshot.step + 1 };
}
