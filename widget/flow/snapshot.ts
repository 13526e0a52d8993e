/** Where one conversation stands: plain data that survives JSON, storage and a reload. */
import type { Answer, AskNode, Outcome, PublishedFlow, PublishedNode } from '../contract/flow.ts';
import type { LifecycleEvent } from '../contract/site.ts';
import type { Answers, Entry, Passing, Receipt } from '../contract/wire.ts';
import type { Refusal } from './answer.ts';

/** One node that the conversation has passed, or where it stands. */
export interface Passed {
  readonly node: string;
  /** Of an `ask`: its answer, or null where it was passed over. Absent while it waits, or when the tries were used up. */
  readonly answer?: Answer | null;
  /** Of an `ask`: how many answers were not taken. */
  readonly refusals?: number;
  /** Of a `branch`, a `split` or an `action`, and of an `ask` whose tries were used up: where it led. Absent of an action that sent the visitor back to a question. */
  readonly next?: string;
  /** With `next` or `submission`: the hash of the answers that it was decided or written by. */
  readonly by?: number;
  /** Of an `action`: the id of its submission. */
  readonly submission?: string;
  /** Of an `action`: the verdict that it was left with. */
  readonly outcome?: Outcome;
  /** Of an `action`: what it has let the browser know. */
  readonly values?: Receipt['values'];
}

/**
 * What was passed before, while the way is walked again from an earlier place: after an answer is corrected, or under a newer
 * revision of the flow. What was answered is not asked again; what was decided and written stays so, as long as the answers up
 * to there are what they were.
 */
export interface Rewalk {
  /**
   * While the question at hand waits for a correction: what stands in its place otherwise, the old answer first, and what came
   * after it.
   */
  readonly previous: readonly Passed[];
  /** What else was passed, as far as it was not met again. */
  readonly entries: readonly Passed[];
}

/** What is counted of a conversation, and what of it is still to be told. */
export interface Tally {
  /** Whose it is: one that storage has lost goes on under another id, and is counted as another. */
  readonly conversation: string;
  /** Whose nodes these are: who goes on under a newer revision is counted there too, with all of the way. */
  readonly revision: string;
  /** Those that it has come to. */
  readonly shown: readonly string[];
  /** Questions that were answered or passed over. */
  readonly answered: readonly string[];
  /** How many passings were told by submissions. */
  readonly since: number;
  /** Those after them. */
  readonly untold: readonly Passing[];
}

export interface Snapshot {
  /** UUIDv7, made when the conversation started. */
  readonly conversation: string;
  /** Drawn once in this browser: by it a `split` sends the same visitor the same way. */
  readonly seed: string;
  readonly flow: string;
  readonly revision: string;
  /** How many transitions brought it here: its version in the store, and the number in a submission's id. */
  readonly step: number;
  /** Where it stands: an `ask`, an `action` whose verdict it awaits, or an `end`. */
  readonly node: string;
  /** What is answered on the way from the start to here, by field. */
  readonly answers: Answers;
  /** The way from the start to here. A corrected answer stands in the place of the old one. */
  readonly path: readonly Passed[];
  /** Id of the submission whose verdict it awaits. */
  readonly awaiting?: string;
  /** Why the last answer to the question at hand was not taken. */
  readonly refusal?: Refusal;
  readonly rewalk?: Rewalk;
  /** The entry link by which the visitor came to it. */
  readonly entry?: Entry;
  /** What was told of it that is told once. It holds on past its end, from where it may be gone back in. */
  readonly told?: readonly LifecycleEvent[];
  /** Path of the page that was told last. */
  readonly page?: string;
  /** Where the site counts where people leave, until the end is told. */
  readonly tally?: Tally;
}

/** The node of that id, if the flow has one. Own keys only: ids come from the wire and from storage. */
export function nodeOf(flow: PublishedFlow, id: string): PublishedNode | undefined {
  return Object.hasOwn(flow.nodes, id) ? flow.nodes[id] : undefined;
}

/** The question of that id, if it is one. */
export function askOf(flow: PublishedFlow, id: string): AskNode<string> | undefined {
  const node = nodeOf(flow, id);
  return node?.type === 'ask' ? node : undefined;
}

/** The question that the conversation waits at, or `undefined`. */
export function questionOf(flow: PublishedFlow, snapshot: Snapshot): AskNode<string> | undefined {
  return askOf(flow, snapshot.node);
}

/** What that question was answered with before it was gone back to. */
export function previousOf({ node, rewalk }: Snapshot): Answer | undefined {
  const [previous] = rewalk?.previous ?? [];
  return (previous?.node === node ? previous.answer : undefined) ?? undefined;
}

/** Whether there is nothing more to come: at an `end`, or where a broken flow leads nowhere. */
export function isOver(flow: PublishedFlow, snapshot: Snapshot): boolean {
  return snapshot.awaiting === undefined && questionOf(flow, snapshot) === undefined;
}

/**
 * The answers on a way, by field: where a field is asked twice, the later one.
 * @param read what is taken of an answer
 */
export function answersOn(
  flow: PublishedFlow,
  path: readonly Passed[],
  read: (ask: AskNode<string>, answer: Answer) => Answer = (_, answer) => answer,
): Answers {
  const answers = new Map<string, Answer>();
  for (const { node, answer } of path) {
    const ask = askOf(flow, node);
    if (!ask || answer === undefined) continue;
    if (answer === null) answers.delete(ask.field);
    else answers.set(ask.field, read(ask, answer));
  }
  return Object.fromEntries(answers);
}

/** What actions on a way have let the browser know: `kept` in texts. */
export const keptOn = (path: readonly Passed[]): unknown =>
  Object.assign({}, ...path.map(({ values }) => values));

/** As it is kept at its end: where it stands, and nothing of what was said. */
export function withoutAnswers({ rewalk: _, refusal: __, ...snapshot }: Snapshot): Snapshot {
  return { ...snapshot, answers: {}, path: [{ node: snapshot.node }] };
}

/** Whether a conversation stands in the store as the caller last saw it. */
export function isUnchanged(stored: Snapshot | undefined, previous: Snapshot | undefined): boolean {
  return stored?.conversation === previous?.conversation && stored?.step === previous?.step;
}
