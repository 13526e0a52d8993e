/** What a flow says, in short: for pictures of it. */
import type { Text } from '../../widget/contract/flow.ts';
import { parseMarkup } from '../../widget/flow/markup.ts';
import { conditionWords } from './condition-words.ts';
import type { DraftNode } from './lint/draft.ts';
import { plainText } from './plain.ts';
import { isForRelay } from './relay-branch.ts';
import type { Target } from './targets.ts';

/** The first that is said at a node, or what it does, without markup. */
export function nodeWords(node: DraftNode, read: (text: Text) => string): string {
  return withoutTemplates(plainText(parseMarkup(wordsOf(node, read))));
}

function wordsOf(node: DraftNode, read: (text: Text) => string): string {
  const say = (text: Text | undefined) => (text === undefined ? '' : read(text));
  switch (node.type) {
    case 'message': {
      const [first] = node.bubbles ?? [];
      if (node.text !== undefined || !first) return say(node.text);
      return 'text' in first ? say(first.text) : `(image) ${'alt' in first ? say(first.alt) : ''}`;
    }
    case 'ask':
    case 'end':
      return say(node.text);
    case 'handoff':
      return say(node.text ?? node.offers?.[0]?.text);
    case 'action':
      return node.call ?? '';
    case 'branch': {
      const cases = (node.cases ?? []).flatMap((each) =>
        each ? [{ when: each.when ?? null, next: '' }] : [],
      );
      return isForRelay({ type: 'branch', cases, else: '' }) ? 'decided by the relay' : '';
    }
    default:
      return '';
  }
}

/** By what a way is taken. Empty where there is no other. */
export function wayWords(node: DraftNode, { path: [, , by, at] }: Target): string {
  switch (by) {
    case 'retry': {
      const limit = node.type === 'ask' ? (node.retry?.limit ?? 0) : 0;
      return `${limit} ${limit === 1 ? 'retry' : 'retries'} used up`;
    }
    case 'cases':
      return conditionWords(node.type === 'branch' ? node.cases?.[Number(at)]?.when : undefined);
    case 'ways':
      return shareOf(node, Number(at));
    case 'else':
      return 'else';
    case 'on':
      return String(at);
    default:
      return '';
  }
}

/** A way's share of all visitors in per cent. */
function shareOf(node: DraftNode, at: number): string {
  const weights = node.type === 'split' ? (node.ways ?? []).map((way) => way?.weight ?? 0) : [];
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return `${Number(((100 * (weights[at] ?? 0)) / (sum || 1)).toFixed(1))} %`;
}

/** A text in the first of these locales that it has, or else in its first. */
export function textIn(text: Text, locales: readonly (string | undefined)[]): string {
  if (typeof text === 'string') return text;
  const words = new Map(Object.entries(text).map(([locale, each]) => [locale.toLowerCase(), each]));
  const tags = locales.flatMap((locale) => {
    const tag = locale?.toLowerCase() ?? '';
    return [tag, tag.split('-')[0] ?? ''];
  });
  return words.get(tags.find((tag) => words.has(tag)) ?? '') ?? [...words.values()][0] ?? '';
}

/** A template stands for what it is filled with. */
function withoutTemplates(text: string): string {
  return text.replace(/\{\{\s*(?:answers\.)?([\w.]+)[^{}]*\}\}/g, '‹$1›');
}

/** On one line, cut between words where there are any. */
export function shortened(text: string, length: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  if (line.length <= length) return line;
  const cut = line.slice(0, length).replace(/\p{Cs}$/u, '');
  const whole = cut.replace(/\s+\S*$/, '');
  return `${whole.length > length / 2 ? whole : cut}…`;
}
