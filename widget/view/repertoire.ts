/** What the widget can ask and show. What only some flows have is fetched with them. */
import type { InputKind, PublishedFlow, PublishedNode } from '../contract/flow.ts';
import type { Refusal } from '../flow/answer.ts';
import type { Span } from '../flow/markup.ts';
import type { Language } from '../flow/walk.ts';
import type { Words } from '../locale/words.ts';
import type { Bubbles, FurtherBubble } from './bubbles.ts';
import type { Further } from './further.ts';
import type { Control, Controls } from './inputs/control.ts';
import { emailControl, textControl } from './inputs/line.ts';
import { choiceControl } from './inputs/options.ts';
import { writeNumber } from './words.ts';

const CONTROLS: Partial<Controls> = {
  text: textControl,
  email: emailControl,
  choice: choiceControl,
};

let further: Further | undefined;
let bubbles: Bubbles | undefined;

/**
 * Fetches what this flow needs besides. Rejects where it cannot be had.
 * @param learn fetches all the words, where the flow has inputs that say more than others
 * @returns of the language what it uses
 */
export async function loadRepertoire(
  { nodes }: PublishedFlow,
  learn: () => Promise<void>,
): Promise<Language> {
  const all = Object.values(nodes);
  const isFurther = all.some((node) => node.type === 'ask' && !(node.input in CONTROLS));
  const [inputs, speech, decisions] = await Promise.all([
    isFurther && import('./further.ts'),
    all.some(isMoreThanWords) && import('./bubbles.ts'),
    all.some(({ type }) => type === 'branch' || type === 'split') && import('../flow/decide.ts'),
    isFurther && learn(),
  ]);
  if (inputs) ({ further } = inputs);
  if (speech) ({ bubbles } = speech);
  for (const node of all) if (node.type === 'ask') controlOf(node.input)?.prepare?.();
  return { ...further?.language, ...bubbles?.language, ...decisions } as Language;
}

/** A text without a sign that may be a mark is read as it is. */
function isMoreThanWords(node: PublishedNode): boolean {
  const said = 'bubbles' in node ? node.bubbles : [node];
  return (
    'offers' in node ||
    said.some((bubble) => 'image' in bubble || ('text' in bubble && /[*[\\]/.test(bubble.text)))
  );
}

/** Words as DOM. Where a flow has no mark, they are all there is. */
export function renderSpans(spans: readonly Span[]): unknown {
  return bubbles?.renderSpans(spans) ?? spans;
}

/** There is one for every question of a flow whose repertoire is loaded. */
export function controlOf(input: InputKind): Control | undefined {
  return CONTROLS[input] ?? further?.controls[input];
}

export function renderFurther(bubble: FurtherBubble, node: string) {
  return bubbles?.renderBubble(bubble, node);
}

/** Why an answer was not taken. */
export function wordsOfRefusal(
  { code, limit = '' }: Refusal,
  { refusals, locale: own }: Words,
  locale: string | undefined,
): string {
  // In a sentence of the widget's the number is written as the sentence is.
  const same = locale?.slice(0, 2) === own.slice(0, 2) ? locale : own;
  // Another tab may have refused it, and its flow may be another version.
  const say = refusals[code] ?? refusals.pattern;
  return typeof limit === 'number'
    ? say(writeNumber(limit, same), limit)
    : // A date is a limit of inputs that are further ones.
      say(limit && (further?.writeDate(limit, same) ?? ''));
}
