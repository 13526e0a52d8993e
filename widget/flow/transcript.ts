/** The conversation so far as people read it. */
import type { InputKind, PublishedFlow } from '../contract/flow.ts';
import type { RefusalCode } from './answer.ts';
import { nodeOf, type Passed, type Snapshot } from './snapshot.ts';
import { fillText } from './template.ts';
import type { Surroundings } from './transition.ts';

/**
 * What one side said. A refusal has no text: its words belong to the widget's locale. An answer is in its normal form, and its
 * input tells how people read it.
 */
export type Utterance =
  | { readonly from: 'brand'; readonly text: string }
  | { readonly from: 'brand'; readonly refusal: RefusalCode }
  | { readonly from: 'visitor'; readonly answer: string; readonly input: InputKind };

/** Everything shown and said, oldest first. A node that a newer revision no longer has is passed over. */
export function transcriptOf(
  flow: PublishedFlow,
  snapshot: Snapshot,
  surroundings: Surroundings,
): readonly Utterance[] {
  const context = { answers: snapshot.answers, ...surroundings };
  return snapshot.path.flatMap((passed) => [...askedIn(flow, passed, context), ...answeredIn(flow, passed)]);
}

function askedIn(flow: PublishedFlow, { node: id, refusal }: Passed, context: unknown): Utterance[] {
  if (refusal) return [{ from: 'brand', refusal }];
  const node = nodeOf(flow, id);
  const text = node && 'text' in node ? node.text : undefined;
  return text === undefined ? [] : [{ from: 'brand', text: fillText(text, context) }];
}

function answeredIn(flow: PublishedFlow, { node: id, answer }: Passed): Utterance[] {
  if (answer === undefined) return [];
  const node = nodeOf(flow, id);
  return [{ from: 'visitor', answer, input: node?.type === 'ask' ? node.input : 'text' }];
}
