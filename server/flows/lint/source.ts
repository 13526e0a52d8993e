/** The text of a flow file: whether it is JSON, and where in it each mistake stands. */
import {
  createScanner,
  findNodeAtLocation,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import {
  finding,
  type Finding,
  type LintCode,
  type LocatedFinding,
  type Path,
  type Range,
} from './finding.ts';
import { checkKeys } from './keys.ts';
import { lintFlow } from './lint.ts';
import { childOf } from './parts.ts';

/** A flow that someone hands over, and the name by which messages call it: its parsed JSON, or the text of its file. */
export type FlowSource = { readonly source: string } & (
  { readonly json: unknown; readonly text?: undefined } | { readonly text: string }
);

/** A flow with all that is wrong with it. */
export interface LintedFlow {
  readonly source: string;
  /** `undefined` where the text is no JSON. */
  readonly json: unknown;
  /** In the order of the file. */
  readonly findings: readonly LocatedFinding[];
}

/**
 * Lints flows that are to be served together: no two of them have the same id.
 * @param secrets of the relay, where they are known: none of them may stand in a flow
 */
export function lintFlows(
  sources: readonly FlowSource[],
  secrets: readonly string[] = [],
): readonly LintedFlow[] {
  const owners = new Map<string, string>();
  return sources.map((each) => {
    const { source } = each;
    const read = each.text === undefined ? readJson(each.json) : readText(each.text);
    const { json, findings, locate } = read;
    if (findings.some(({ code }) => code === 'json-syntax')) return { source, json, findings };
    const id = idOf(json);
    const owner = id === undefined ? undefined : owners.get(id);
    if (id !== undefined) owners.set(id, owner ?? source);
    const message = `${owner ?? ''} has a flow "${id ?? ''}" already; each should have its own id`;
    const again = owner === undefined ? [] : [finding('duplicate-flow', ['id'], message)];
    const isSound = findings.length === 0;
    const content = lintFlow(json).filter(({ code }) => isSound || !DEPENDENT.includes(code));
    const keys = checkKeys(json, secrets);
    const all = [...findings, ...[...again, ...content, ...keys.findings].map(locate)];
    return { source, json, findings: all.toSorted(byPlace).map(keys.leftOut) };
  });
}

function idOf(json: unknown): string | undefined {
  const id = childOf(json, 'id');
  return typeof id === 'string' ? id : undefined;
}

function byPlace(one: LocatedFinding, other: LocatedFinding): number {
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
}

/** Rules that a node which is lost under a key that is given twice could break. */
const DEPENDENT: readonly LintCode[] = [
  'unreachable-node',
  'no-way-to-end',
  'unknown-answer',
  'answer-not-asked-yet',
  'unused-answer',
];

/** Rules of which the mistake is a key, or all that stands under it. */
const ABOUT_KEYS: readonly LintCode[] = [
  'unknown-key',
  'unreachable-node',
  'loop-without-ask',
  'no-way-to-end',
  'empty-action',
  'reserved-attribute',
  'bad-attribute-name',
  'near-standard-attribute',
  'like-standard-attribute',
  'reserved-property',
  'bad-property-name',
  'unknown-operator',
];

function isAboutKey(code: LintCode, path: Path): boolean {
  return ABOUT_KEYS.includes(code) || (code === 'bad-locale' && path.length > 1);
}

/** No flow is nested so deep, and the parser calls itself for each level. */
const DEEPEST = 200;

interface Read {
  readonly json: unknown;
  /** What can be seen in the text alone. */
  readonly findings: readonly LocatedFinding[];
  readonly locate: (found: Finding) => LocatedFinding;
}

function readJson(json: unknown): Read {
  return { json, findings: [], locate: (found) => found };
}

function readText(written: string): Read {
  const text = written.replace(/^\uFEFF/, '');
  const rangeOf = createRanges(text);
  const located = (found: Finding, { offset, length }: Place) => ({ ...found, ...rangeOf(offset, length) });
  const refuse = (message: string, place: Place): Read => ({
    ...readJson(undefined),
    findings: [located(finding('json-syntax', [], message), place)],
  });
  const deep = offsetDeeperThan(DEEPEST, text);
  if (deep !== undefined) {
    return refuse(`is nested more than ${DEEPEST} deep, which no flow needs`, { offset: deep, length: 1 });
  }
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true });
  try {
    const json: unknown = JSON.parse(text);
    const findings =
      tree === undefined ? [] : doublesIn(tree).map(({ path, key }) => located(doubled(path), key));
    return { json, findings, locate: (found) => (tree ? located(found, placeOf(found, tree)) : found) };
  } catch {
    return refuse(...explain(errors[0], text));
  }
}

function doubled(path: Path): Finding {
  const message = `"${String(path.at(-1))}" is given twice, and only this one would count; one of them should go`;
  return finding('duplicate-key', path, message);
}

/** What is no JSON, and where a person would mend it: a comma at the end of the line that lacks it. */
function explain(error: ParseError | undefined, text: string): [words: string, place: Place] {
  if (error === undefined) return ['is not JSON', { offset: 0, length: 1 }];
  const code = printParseErrorCode(error.error);
  const before = Math.max(0, text.slice(0, error.offset).trimEnd().length - 1);
  const end = text.charAt(error.offset);
  if (text.charAt(before) === ',' && (end === '}' || end === ']')) {
    return [`is not JSON: no comma belongs before "${end}"`, { offset: before, length: 1 }];
  }
  const place = { offset: error.offset, length: Math.max(1, error.length) };
  return [`is not JSON: ${wordsFor(code)}`, code === 'CommaExpected' ? { offset: before, length: 1 } : place];
}

/** `CommaExpected` in words. */
function wordsFor(code: string): string {
  const words = code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  const [, wanted] = /^(.*) expected$/.exec(words) ?? [];
  if (wanted !== undefined) return `a ${wanted} is expected here`;
  if (words === 'invalid comment token') return 'it has no comments';
  return words.startsWith('invalid') ? `this is an ${words}` : words;
}

/** Where a text is nested deeper than that, whether or not it is JSON. */
function offsetDeeperThan(most: number, text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const token = text[scanner.getTokenOffset()];
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    if (depth > most) return scanner.getTokenOffset();
  }
  return undefined;
}

/** Keys that an object has twice: JSON's readers take the last without a word. */
function doublesIn(node: Node, path: Path = []): readonly { readonly path: Path; readonly key: Node }[] {
  const seen = new Set<string>();
  return (node.children ?? []).flatMap((child, index) => {
    if (node.type === 'array') return doublesIn(child, [...path, index]);
    const [key, value] = child.children ?? [];
    if (key === undefined || value === undefined) return [];
    const name = String(key.value);
    const isDouble = seen.has(name);
    seen.add(name);
    const inner = [...path, name];
    return [...(isDouble ? [{ path: inner, key }] : []), ...doublesIn(value, inner)];
  });
}

interface Place {
  readonly offset: number;
  readonly length: number;
}

/** What is missing stands where the object begins that lacks it. Of an object the key says more than all that it holds. */
function placeOf({ code, path }: Finding, tree: Node): Place {
  const node = findNodeAtLocation(tree, [...path]);
  if (node === undefined) {
    const parent = path.length === 0 ? tree : nearest(tree, path);
    return { offset: parent.offset, length: 1 };
  }
  const key = node.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
  const isStructure = node.type === 'object' || node.type === 'array';
  if (key && (isStructure || isAboutKey(code, path))) return key;
  return isStructure ? { offset: node.offset, length: 1 } : node;
}

function nearest(tree: Node, path: Path): Node {
  for (let length = path.length - 1; length > 0; length -= 1) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    if (node) return node;
  }
  return tree;
}

/** Turns offsets into lines and columns. */
function createRanges(text: string): (offset: number, length: number) => Range {
  const starts = [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map(({ 0: end, index }) => index + end.length)];
  const placeAt = (offset: number) => {
    const line = starts.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
  return (offset, length) => {
    const end = placeAt(offset + length);
    return { ...placeAt(offset), endLine: end.line, endColumn: end.column };
  };
}
