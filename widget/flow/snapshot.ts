/** Where one conversation stands: plain data that survives JSON, storage and a reload. */
import type { AskNode, PublishedFlow, PublishedNode } from '../contract/flow.ts';
import type { Answers } from '../contract/wire.ts';
import type { RefusalCode } from './answer.ts';

/** One thing that the visitor has seen, and what they said to it. */
export interface Passed {
  readonly node: string;
  readonly answer?: string;
  /** Why a question is put again. */
  readonly refusal?: RefusalCode;
}

export interface Snapshot {
  /** UUIDv7, made when the conversation started. */
  readonly conversation: string;
  readonly flow: string;
  readonly revision: string;
  /** How many transitions brought it here: its version in the store, and the number in a submission's id. */
  readonly step: number;
  /** Where it stands: an `ask`, an `action` whose verdict it awaits, or an `end`. */
  readonly node: string;
  readonly answers: Answers;
  /** What was shown and said, in order. */
  readonly path: readonly Passed[];
  /** Id of the submission whose verdict it awaits. */
  readonly awaiting?: string;
  /** Why the last answer to the question at hand was not taken. */
  readonly refusal?: RefusalCode;
  /** Action node to the id of its last submission. */
  readonly submitted: Readonly<Record<string, string>>;
  /**
   * The action that refused an answer. Until it is reached again the path is walked anew from the question on: what was said
   * already is not asked again, what was shown already is not shown again, and what was submitted already is corrected.
   */
  readonly rewalking?: string;
}

/** The node of that id, if the flow has one. Own keys only: ids come from the wire and from storage. */
export function nodeOf(flow: PublishedFlow, id: string): PublishedNode | undefined {
  return Object.hasOwn(flow.nodes, id) ? flow.nodes[id] : undefined;
}

/** The question that the conversation waits at, or `undefined`. */
export function questionOf(flow: PublishedFlow, snapshot: Snapshot): AskNode<string> | undefined {
  const node = nodeOf(flow, snapshot.node);
  return node?.type === 'ask' ? node : undefined;
}

/** Whether there is nothing more to come: at an `end`, or where a broken flow leads nowhere. */
export function isOver(flow: PublishedFlow, snapshot: Snapshot): boolean {
  return snapshot.awaiting === undefined && questionOf(flow, snapshot) === undefined;
}
