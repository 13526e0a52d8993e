/** The conversation so far as people read it. */
import type { Answer, AskNode, Bubble, ImageBubble, Offer, PublishedFlow } from '../contract/flow.ts';
import type { ReadMarkup, Span } from './markup.ts';
import { answersOn, nodeOf, questionOf, type Passed, type Snapshot } from './snapshot.ts';
import { fillAddress, fillText } from './template.ts';
import { lastCorrectable } from './transition.ts';
import type { Happening } from './walk.ts';

/** One thing that the brand said: words, a picture, or ways to someone else. */
export type SpokenBubble =
  { readonly content: readonly Span[] } | ImageBubble<string> | { readonly offers: readonly Offer<string>[] };

/** What one side said. An answer is in its normal form, and its question tells how people read it. */
export type Utterance =
  | { readonly from: 'brand'; readonly node: string; readonly bubble: SpokenBubble }
  | {
      readonly from: 'visitor';
      readonly node: string;
      readonly ask: AskNode<string>;
      /** Undefined where the question was passed over. */
      readonly answer: Answer | undefined;
      /** The visitor can go back to the question. */
      readonly isCorrectable: boolean;
    };

/**
 * Everything shown and said, oldest first. While an answer is corrected, what came after it is still to be seen; then the question
 * is put again. A node that a newer revision no longer has is passed over.
 * @param happening its surroundings: what texts read beside answers
 */
export function transcriptOf(
  flow: PublishedFlow,
  snapshot: Snapshot,
  { surroundings, language: { readMarkup } }: Pick<Happening, 'language'> & { readonly surroundings: object },
): readonly Utterance[] {
  const { path, rewalk } = snapshot;
  const isWaiting = questionOf(flow, snapshot) !== undefined;
  const passed = isWaiting ? [...path.slice(0, -1), ...(rewalk?.previous ?? []), ...path.slice(-1)] : path;
  const context = { answers: answersOn(flow, passed, inWords), ...surroundings };
  return passed.flatMap((each) => [
    ...saidAt(flow, each, context, readMarkup),
    ...answeredAt(flow, each, path[lastCorrectable(snapshot, each.node)] === each),
  ]);
}

/** An option stands in texts as the visitor has read it, not as the value that is kept. */
function inWords(ask: AskNode<string>, answer: Answer): Answer {
  if (!('options' in ask)) return answer;
  const textOf = (value: string) => ask.options.find((option) => option.value === value)?.text ?? value;
  return typeof answer === 'string' ? textOf(answer) : Array.isArray(answer) ? answer.map(textOf) : answer;
}

/** What the conversation says at a node, filled. */
function saidAt(
  flow: PublishedFlow,
  { node: id }: Passed,
  context: unknown,
  readMarkup?: ReadMarkup,
): Utterance[] {
  const speak = (bubble: Bubble<string>): SpokenBubble =>
    'image' in bubble
      ? { ...bubble, alt: fillText(bubble.alt, context) }
      : { content: readMarkup?.(bubble.text, context) ?? [fillText(bubble.text, context)] };
  const node = nodeOf(flow, id);
  const text = node && 'text' in node ? [{ text: node.text }] : [];
  const bubbles = node && 'bubbles' in node ? node.bubbles : text;
  const offers =
    node && 'offers' in node ? [{ offers: node.offers.map((offer) => filled(offer, context)) }] : [];
  return [...bubbles.map(speak), ...offers].map((bubble) => ({
    from: 'brand',
    node: id,
    bubble,
  }));
}

function filled(offer: Offer<string>, context: unknown): Offer<string> {
  const text = fillText(offer.text, context);
  return 'link' in offer ? { link: fillAddress(offer.link, context), text } : { ...offer, text };
}

function answeredAt(flow: PublishedFlow, { node: id, answer }: Passed, isCorrectable: boolean): Utterance[] {
  const ask = nodeOf(flow, id);
  if (answer === undefined || ask?.type !== 'ask') return [];
  return [{ from: 'visitor', node: id, ask, answer: answer ?? undefined, isCorrectable }];
}
