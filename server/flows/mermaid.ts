/** A flow as a flowchart in Mermaid (https://mermaid.js.org/syntax/flowchart.html), with or without mistakes. */
import type { Text } from '../../widget/contract/flow.ts';
import { parseMarkup } from '../../widget/flow/markup.ts';
import { conditionWords } from './condition-words.ts';
import type { DraftFlow, DraftNode } from './lint/draft.ts';
import { plainText } from './plain.ts';
import { targetsOf, type Target } from './targets.ts';

/** Characters of a text: enough to know it again. */
const TEXT_LENGTH = 48;

/** Characters of a condition: what decides should be read to its end, as far as a picture has room. */
const CONDITION_LENGTH = 80;

/** What stands around a label: one shape for each type. */
const SHAPES: Readonly<Record<NonNullable<DraftNode['type']> | 'unknown', readonly [string, string]>> = {
  message: ['["', '"]'],
  ask: ['[/"', '"/]'],
  branch: ['{"', '"}'],
  split: ['{"', '"}'],
  action: ['[["', '"]]'],
  handoff: ['{{"', '"}}'],
  end: ['(["', '"])'],
  unknown: ['["', '"]'],
};

/** Nodes in the order of the file, each followed by its ways out in the order of its keys. */
export function mermaidOf(flow: DraftFlow, wanted?: string): string {
  const { nodes, start } = flow;
  const read = (text: Text) => textIn(text, [wanted, flow.locale]);
  const targets = [...nodes].flatMap(([id, node]) => targetsOf(id, node));
  const missing = new Set(
    [start, ...targets.map(({ to }) => to)].filter((id) => id !== undefined && !nodes.has(id)),
  ) as ReadonlySet<string>;
  const names = namesOf([...nodes.keys(), ...missing]);
  const nameOf = (id: string) => names.get(id) ?? '';
  const drawn = [...nodes].flatMap(([id, node]) => [
    `${nameOf(id)}${shapeOf(id, node, read)}`,
    ...targetsOf(id, node).map((target) => `${nameOf(id)} ${arrowOf(node, target)} ${nameOf(target.to)}`),
  ]);
  const absent = [...missing].map(
    (id) => `${nameOf(id)}["${quoted(shortened(id, TEXT_LENGTH))}<br/>there is no such node"]:::missing`,
  );
  const lines = [
    ...(start === undefined ? [] : ['start(("start"))', `start --> ${nameOf(start)}`]),
    ...drawn,
    ...absent,
    ...(missing.size > 0 ? ['classDef missing stroke-dasharray: 5 5'] : []),
  ];
  return ['flowchart TD', ...lines.map((line) => `  ${line}`)].join('\n');
}

/** What nodes are called in Mermaid, where `end`, `graph` and others have a meaning and few characters are allowed. */
function namesOf(ids: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const id of ids) {
    const name = `n_${id.replace(/\W/g, '_')}`;
    let free = name;
    for (let count = 2; taken.has(free); count += 1) free = `${name}_${count}`;
    taken.add(free);
    names.set(id, free);
  }
  return names;
}

function shapeOf(id: string, node: DraftNode, read: (text: Text) => string): string {
  const [open, close] = SHAPES[node.type ?? 'unknown'];
  const words = withoutTemplates(plainText(parseMarkup(wordsOf(node, read))));
  const label = [shortened(id, TEXT_LENGTH), shortened(words, TEXT_LENGTH)].filter((line) => line !== '');
  return `${open}${label.map(quoted).join('<br/>')}${close}`;
}

/** The first that is said at a node, or what it does. */
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
    default:
      return '';
  }
}

function arrowOf(node: DraftNode, { path: [, , by, at] }: Target): string {
  switch (by) {
    case 'retry': {
      const limit = node.type === 'ask' ? (node.retry?.limit ?? 0) : 0;
      return `-.->|"${limit} ${limit === 1 ? 'retry' : 'retries'} used up"|`;
    }
    case 'cases':
      return labelled(
        conditionWords(node.type === 'branch' ? node.cases?.[Number(at)]?.when : undefined),
        CONDITION_LENGTH,
      );
    case 'ways':
      return labelled(shareOf(node, Number(at)));
    case 'else':
      return labelled('else');
    case 'on':
      return labelled(String(at));
    default:
      return '-->';
  }
}

function labelled(words: string, length = Infinity): string {
  return `-->|"${quoted(shortened(words, length))}"|`;
}

/** A way's share of all visitors in per cent. */
function shareOf(node: DraftNode, at: number): string {
  const weights = node.type === 'split' ? (node.ways ?? []).map((way) => way?.weight ?? 0) : [];
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return `${Number(((100 * (weights[at] ?? 0)) / (sum || 1)).toFixed(1))} %`;
}

function textIn(text: Text, locales: readonly (string | undefined)[]): string {
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
function shortened(text: string, length: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  if (line.length <= length) return line;
  const cut = line.slice(0, length).replace(/\p{Cs}$/u, '');
  const whole = cut.replace(/\s+\S*$/, '');
  return `${whole.length > length / 2 ? whole : cut}…`;
}

/**
 * What Mermaid does not take as it is within quotes, by its code points
 * (https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters).
 */
function quoted(text: string): string {
  return text.replace(/["#<>`$\\]|&(?=#?\w+;)/g, (sign) => `#${sign.charCodeAt(0)};`);
}
