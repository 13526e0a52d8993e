/** The examples of `docs/flows.md`: blocks of JSON, each a whole flow or some nodes out of one. */
import { readFileSync } from 'node:fs';
import { readShape } from '../server/flows/lint/shape.ts';
import type { FlowSource } from '../server/flows/lint/source.ts';
import { targetsOf } from '../server/flows/targets.ts';

export const FLOWS_DOC = readFileSync('docs/flows.md', 'utf8');

export interface Example extends Extract<FlowSource, { readonly text: string }> {
  /** Line of the document. */
  readonly line: number;
  /** Codes of what is wrong with it on purpose: they stand behind the fence's language. */
  readonly codes: readonly string[];
  /** Name of the picture that follows it. */
  readonly picture: string | undefined;
}

const BLOCK =
  /^```json(?<codes>[^\n]*)\n(?<text>.*?)^```$(?:\n\n!\[[^\]]*\]\(screenshots\/flows\/(?<picture>[\w-]+)\.webp\))?/gms;

/** All of them. Each has an id of its own. */
export const EXAMPLES: readonly Example[] = [...FLOWS_DOC.matchAll(BLOCK)].map(({ index, groups }) => {
  const { codes = '', text = '', picture } = groups ?? {};
  const line = FLOWS_DOC.slice(0, index).split('\n').length;
  const json = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const isWhole = 'nodes' in json;
  const id = isWhole ? String(json['id']) : `line-${line}`;
  return {
    source: `${id}.json`,
    text: isWhole ? text : JSON.stringify(flowAround(id, json)),
    line,
    codes: codes.split(' ').filter(Boolean),
    picture,
  };
});

/**
 * The flow that some nodes are out of: it begins with the first of them. Where they lead and do not tell what is there, it ends,
 * and says what was answered.
 */
function flowAround(id: string, nodes: object) {
  const [start] = Object.keys(nodes);
  const shape = readShape({ id, start, nodes });
  const drafts = [...shape.nodes];
  const fields = new Set(drafts.flatMap(([, node]) => ('field' in node && node.field ? [node.field] : [])));
  const said = [...fields].map((field) => `{{answers.${field} | default: ""}}`).join(' ');
  const end = { type: 'end', ...(said !== '' && { text: said }) };
  const missing = drafts
    .flatMap(([node, draft]) => targetsOf(node, draft))
    .filter(({ to }) => !shape.nodes.has(to));
  return { id, start, nodes: { ...nodes, ...Object.fromEntries(missing.map(({ to }) => [to, end])) } };
}
