/** A flow as a flowchart in Mermaid (https://mermaid.js.org/syntax/flowchart.html), with or without mistakes. */
import type { Text } from '../../widget/contract/flow.ts';
import type { DraftFlow, DraftNode } from './lint/draft.ts';
import { targetsOf, type Target } from './targets.ts';
import { nodeWords, shortened, textIn, wayWords } from './words.ts';

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
  const words = nodeWords(node, read);
  const label = [shortened(id, TEXT_LENGTH), shortened(words, TEXT_LENGTH)].filter((line) => line !== '');
  return `${open}${label.map(quoted).join('<br/>')}${close}`;
}

function arrowOf(node: DraftNode, target: Target): string {
  const words = wayWords(node, target);
  const [, , by] = target.path;
  if (by === 'retry') return `-.->|"${words}"|`;
  return words === '' ? '-->' : labelled(words, by === 'cases' ? CONDITION_LENGTH : Infinity);
}

function labelled(words: string, length = Infinity): string {
  return `-->|"${quoted(shortened(words, length))}"|`;
}

/**
 * What Mermaid does not take as it is within quotes, by its code points
 * (https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters).
 */
function quoted(text: string): string {
  return text.replace(/["#<>`$\\]|&(?=#?\w+;)/g, (sign) => `#${sign.charCodeAt(0)};`);
}
