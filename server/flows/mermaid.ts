/** A flow as a flowchart in Mermaid (https://mermaid.js.org/syntax/flowchart.html), with or without mistakes. */
import type { Text } from '../../widget/contract/flow.ts';
import { numberWords, percent, type FlowStats, type NodeStats } from '../places/flow-stats.ts';
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

/**
 * Nodes in the order of the file, each followed by its ways out in the order of its keys.
 * @param stats with what was counted of it
 */
export function mermaidOf(flow: DraftFlow, wanted?: string, stats?: FlowStats): string {
  const { nodes, start } = flow;
  const read = (text: Text) => textIn(text, [wanted, flow.locale]);
  const targets = [...nodes].flatMap(([id, node]) => targetsOf(id, node));
  const missing = new Set(
    [start, ...targets.map(({ to }) => to)].filter((id) => id !== undefined && !nodes.has(id)),
  ) as ReadonlySet<string>;
  const names = namesOf([...nodes.keys(), ...missing]);
  const nameOf = (id: string) => names.get(id) ?? '';
  const drawn = [...nodes].flatMap(([id, node]) => [
    `${nameOf(id)}${shapeOf(id, node, read, stats)}`,
    ...targetsOf(id, node).map((target, index, all) => {
      // All ways to the same node are counted as one.
      const isFirst = all.findIndex(({ to }) => to === target.to) === index;
      const count = isFirst ? stats?.along(id, target.to) : undefined;
      return `${nameOf(id)} ${arrowOf(node, target, count)} ${nameOf(target.to)}`;
    }),
  ]);
  const absent = [...missing].map(
    (id) => `${nameOf(id)}["${quoted(shortened(id, TEXT_LENGTH))}<br/>there is no such node"]:::missing`,
  );
  const lines = [
    ...(start === undefined ? [] : ['start(("start"))', `start --> ${nameOf(start)}`]),
    ...drawn,
    ...absent,
    ...(missing.size > 0 ? ['classDef missing stroke-dasharray: 5 5'] : []),
    ...(stats?.worst === undefined ? [] : ['classDef worst stroke-width: 5px']),
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

function shapeOf(
  id: string,
  node: DraftNode,
  read: (text: Text) => string,
  stats: FlowStats | undefined,
): string {
  const [open, close] = SHAPES[node.type ?? 'unknown'];
  const words = nodeWords(node, read);
  const counted = stats ? statsWords(node, stats.of(id)) : '';
  const label = [shortened(id, TEXT_LENGTH), shortened(words, TEXT_LENGTH), counted].filter(
    (line) => line !== '',
  );
  const worst = stats?.worst === id ? ':::worst' : '';
  return `${open}${label.map(quoted).join('<br/>')}${close}${worst}`;
}

function statsWords(node: DraftNode, { shown, answered, refused, left }: NodeStats): string {
  const came = `${numberWords(shown)} came`;
  if (node.type !== 'ask') return came;
  const parts = [came, `${numberWords(answered)} answered`, `${numberWords(refused)} refused`];
  return [...parts, `${numberWords(left)} left (${percent(left, shown)})`].join(', ');
}

/** @param count how many went that way, where that is shown */
function arrowOf(node: DraftNode, target: Target, count: number | undefined): string {
  const [, , by] = target.path;
  const length = by === 'cases' ? CONDITION_LENGTH : Infinity;
  const taken = count === undefined ? '' : numberWords(count);
  const words = [shortened(wayWords(node, target), length), taken].filter((part) => part !== '').join(': ');
  if (by === 'retry') return `-.->|"${words}"|`;
  return words === '' ? '-->' : `-->|"${quoted(words)}"|`;
}

/**
 * What Mermaid does not take as it is within quotes, by its code points
 * (https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters).
 */
function quoted(text: string): string {
  return text.replace(/["#<>`$\\]|&(?=#?\w+;)/g, (sign) => `#${sign.charCodeAt(0)};`);
}
