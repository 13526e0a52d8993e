/** What the widget can ask and show. What only some flows have is fetched with them. */
import type { InputKind, PublishedFlow, PublishedNode } from '../contract/flow.ts';
import type { Refusal } from '../flow/answer.ts';
import { en } from '../locale/en.ts';
import type { Further, FurtherBubble } from './further.ts';
import type { Control, Controls } from './inputs/control.ts';
import { emailControl, textControl } from './inputs/line.ts';
import { choiceControl, choicesControl } from './inputs/options.ts';
import { writeDate, writeNumber } from './words.ts';

const CONTROLS: Partial<Controls> = {
  text: textControl,
  email: emailControl,
  choice: choiceControl,
  choices: choicesControl,
};

let further: Further | undefined;

/** Fetches what this flow needs besides. Rejects where it cannot be had. */
export async function loadRepertoire({ nodes }: PublishedFlow): Promise<void> {
  const all = Object.values(nodes);
  if (all.some(needsFurther)) ({ further } = await import('./further.ts'));
  for (const node of all) if (node.type === 'ask') controlOf(node.input)?.prepare?.();
}

function needsFurther(node: PublishedNode): boolean {
  return (
    node.type === 'handoff' ||
    (node.type === 'ask' && !(node.input in CONTROLS)) ||
    (node.type === 'message' && node.bubbles.some((bubble) => 'image' in bubble))
  );
}

/** There is one for every question of a flow whose repertoire is loaded. */
export function controlOf(input: InputKind): Control | undefined {
  return CONTROLS[input] ?? further?.controls[input];
}

export function renderFurther(bubble: FurtherBubble, node: string) {
  return further?.renderBubble(bubble, node);
}

/** Why an answer was not taken. */
export function wordsOfRefusal({ code, limit = '' }: Refusal, locale: string | undefined): string {
  const words = en.refusals[code] ?? further?.refusals[code];
  return (
    words?.(typeof limit === 'number' ? writeNumber(limit, locale) : limit && writeDate(limit, locale)) ?? ''
  );
}
