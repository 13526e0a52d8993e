/** What is drawn of a flow: a card for each node, with what it says and what was counted there, and the ways between them. */
import type { Text } from '../../widget/contract/flow.ts';
import type { DraftFlow, DraftNode } from '../flows/lint/draft.ts';
import { targetsOf } from '../flows/targets.ts';
import { nodeWords, textIn, wayWords } from '../flows/words.ts';
import { inOrder, type FlowStats, type NodeStats } from './flow-stats.ts';
import { wrapped } from './text-width.ts';

export interface Card {
  readonly id: string;
  /** What it is, in a word. */
  readonly kind: string;
  readonly isQuestion: boolean;
  /** Whether the visitor sees anything of it. */
  readonly isSeen: boolean;
  /** What is said there; of what the visitor does not see, what is called or who decides. */
  readonly lines: readonly string[];
  readonly stats: NodeStats;
  readonly isWorst: boolean;
  readonly width: number;
  readonly height: number;
}

/** All ways from a node to another are one. */
export interface Way {
  readonly from: string;
  readonly to: string;
  /** Conversations that first came there by it. */
  readonly count: number;
  /** By what it is taken, in lines. None where there is no other. */
  readonly words: readonly string[];
}

/** Pixels. On a phone of 320 a card is seen whole. */
const CARD_WIDTH = 248;
export const PADDING = 14;
const TEXT_SIZE = 14;
export const LINE_HEIGHT = 19;

/** Heights of the parts of a card: what it is; what was counted; where it was left. */
export const HEAD = 34;
export const FIGURE = 26;
export const FIGURES = 44;
export const LEFT = 34;

const MOST_LINES = 3;

/** Of a card without anything to see: pixels of the line that says what is done there. */
export const NOTE = 18;

/** Pixels: letters of what stands beside a way, its width, and from one line of it to the next. */
export const WORDS_SIZE = 12;
const WORDS_WIDTH = 150;
export const WORDS_HEIGHT = 15;

/** Two conditions on the same page and profile differ in what they say last. */
const MOST_WORDS = 4;

const KINDS: Readonly<Record<NonNullable<DraftNode['type']>, string>> = {
  message: 'Message',
  ask: 'Question',
  branch: 'Branch',
  split: 'Split',
  action: 'Action',
  handoff: 'Hand-off',
  end: 'End',
};

/** What a visitor sees. */
const SEEN: readonly DraftNode['type'][] = ['message', 'ask', 'handoff', 'end'];

export function cardsOf(flow: DraftFlow, stats: FlowStats): readonly Card[] {
  const read = (text: Text) => textIn(text, [flow.locale]);
  return inOrder(flow).flatMap((id) => {
    const node = flow.nodes.get(id);
    return node ? [cardOf(id, node, stats, read)] : [];
  });
}

function cardOf(id: string, node: DraftNode, stats: FlowStats, read: (text: Text) => string): Card {
  const isSeen = SEEN.includes(node.type);
  const width = CARD_WIDTH - 2 * PADDING;
  const words = nodeWords(node, read);
  const lines = isSeen ? wrapped(words, TEXT_SIZE, width, MOST_LINES) : wrapped(words, WORDS_SIZE, width, 1);
  const own = stats.of(id);
  const isQuestion = node.type === 'ask';
  const figures = isQuestion ? FIGURES : FIGURE;
  const height =
    HEAD +
    lines.length * (isSeen ? LINE_HEIGHT : NOTE) +
    (isSeen ? figures : 0) +
    (own.left > 0 ? LEFT : 0) +
    (isSeen ? PADDING / 2 : 0);
  return {
    id,
    kind: node.type === undefined ? 'Node' : KINDS[node.type],
    isQuestion,
    isSeen,
    lines,
    stats: own,
    isWorst: stats.worst === id,
    width: CARD_WIDTH,
    height,
  };
}

export function waysOf(flow: DraftFlow, stats: FlowStats): readonly Way[] {
  return inOrder(flow).flatMap((from) => {
    const node = flow.nodes.get(from);
    const targets = node ? targetsOf(from, node).filter(({ to }) => flow.nodes.has(to)) : [];
    return [...new Set(targets.map(({ to }) => to))].map((to): Way => {
      const taken = targets.filter((target) => target.to === to);
      const words = taken.map((target) => (node ? wayWords(node, target) : ''));
      // Where one of them is the usual way, the others are of no account.
      const told = words.includes('') ? '' : words.join(', ');
      return {
        from,
        to,
        count: stats.along(from, to),
        words: wrapped(told, WORDS_SIZE, WORDS_WIDTH, MOST_WORDS),
      };
    });
  });
}
