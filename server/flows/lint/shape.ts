/** The shape of a flow: everything in which the JSON differs from the schema. */
import * as v from 'valibot';
import { INHERITED } from '../../record.ts';
import { FlowSchema } from '../schema.ts';
import type { DraftFlow, DraftNode } from './draft.ts';
import { finding, type Finding, type LintCode, type Path } from './finding.ts';
import { childOf, commonKeysAt, keysAt, wordsAt } from './parts.ts';
import { closest, didYouMean, listed } from './suggest.ts';

/** What people write for the words that there are. */
const OTHER_WORDS: ReadonlyMap<string, string> = new Map([
  ['question', 'ask'],
  ['prompt', 'ask'],
  ['say', 'message'],
  ['condition', 'branch'],
  ['if', 'branch'],
  ['switch', 'branch'],
  ['random', 'split'],
  ['experiment', 'split'],
  ['submit', 'action'],
  ['save', 'action'],
  ['finish', 'end'],
  ['stop', 'end'],
  ['exit', 'end'],
  ['tel', 'phone'],
  ['telephone', 'phone'],
  ['birthday', 'date'],
  ['textarea', 'multiline'],
  ['string', 'text'],
  ['integer', 'number'],
  ['select', 'choice'],
  ['radio', 'choice'],
  ['multiselect', 'choices'],
  ['checkboxes', 'choices'],
  ['checkbox', 'consent'],
  ['boolean', 'consent'],
  ['stars', 'rating'],
]);

/** What people write for the keys that there are. */
const OTHER_KEYS: ReadonlyMap<string, string> = new Map([
  ['message', 'text'],
  ['question', 'text'],
  ['label', 'text'],
  ['goto', 'next'],
  ['to', 'next'],
  ['target', 'next'],
  ['otherwise', 'else'],
  ['default', 'else'],
  ['if', 'when'],
  ['condition', 'when'],
  ['choices', 'options'],
  ['regex', 'pattern'],
  ['src', 'image'],
  ['href', 'link'],
  ['url', 'link'],
  ['tel', 'phone'],
]);

/** What stands under a key: for whom it is missing. */
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['id', 'the name of the flow'],
  ['start', 'the node that the conversation begins with'],
  ['nodes', 'the nodes of the flow, by their names'],
  ['type', 'what kind of node it is'],
  ['next', 'the node to go on to'],
  ['else', 'the node to go on to when no case holds'],
  ['text', 'the words'],
  ['field', 'the name under which the answer is kept'],
  ['input', 'what kind of answer is asked for'],
  ['options', 'what there is to choose from'],
  ['value', 'what is kept as the answer'],
  ['cases', 'a list of {"when", "next"}'],
  ['when', 'the condition'],
  ['ways', 'a list of {"weight", "next"}'],
  ['weight', 'the share of visitors that go this way'],
  ['on', 'where "success" and "error" lead'],
  ['success', 'the node to go on to when everything is written'],
  ['error', 'the node to go on to when it can never be written'],
  ['name', 'the name of the event'],
  ['offers', 'a list of links, phone numbers or events'],
  ['alt', 'what there is to see, or "" for a mere ornament'],
  ['width', 'how wide the picture is, in pixels'],
  ['height', 'how high the picture is, in pixels'],
  ['limit', 'how often the question is put again'],
]);

/** No flow needs more, and whatever reads a flow calls itself for each level. */
const DEEPEST = 64;

/** A key that was taken for another. */
interface Renamed {
  readonly parent: Path;
  readonly written: string;
  readonly taken: string;
}

/** What was taken for something else while a flow was read. */
interface Taken {
  readonly renames: Renamed[];
  /** Questions of which nobody can say what they ask for, and actions of which nobody can say what they call. */
  readonly kinds: Path[];
}

interface Issue {
  readonly path: Path;
  readonly issue: v.BaseIssue<unknown>;
}

/**
 * Reads a flow as far as it can be read. A word or a key with a slip in it (`mesage`, `nxet`) is taken for what was meant, so
 * that one mistake is one finding, and what depends on it is judged too.
 */
export function readShape(json: unknown): DraftFlow {
  if (isDeeperThan(DEEPEST, json)) {
    const message = `is nested more than ${DEEPEST} deep, which no flow needs`;
    return draftOf(undefined, [finding('wrong-value', [], message)], []);
  }
  const whole = { flow: structuredClone(json) };
  const findings: Finding[] = [];
  const taken: Taken = { renames: [], kinds: [] };
  for (;;) {
    const issues = issuesOf(whole.flow);
    const mended = issues.flatMap((issue) => mend(issue, whole.flow, taken));
    findings.push(...mended);
    if (mended.length > 0) continue;
    findings.push(...perPlace(issues).map((issue) => judge(issue, whole.flow)));
    for (const issue of issues) leaveOut(issue, whole);
    for (const path of taken.kinds)
      Reflect.deleteProperty(valueAt(whole.flow, path.slice(0, -1)) as object, path.at(-1) ?? '');
    return draftOf(whole.flow, findings, taken.renames);
  }
}

function isDeeperThan(depth: number, json: unknown): boolean {
  let level = [json];
  for (let at = 0; level.length > 0; at += 1) {
    if (at > depth) return true;
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? (Object.values(value) as unknown[]) : [],
    );
  }
  return false;
}

function issuesOf(flow: unknown): readonly Issue[] {
  return (v.safeParse(FlowSchema, flow).issues ?? []).flatMap((issue) => innermost(issue, []));
}

/** Of several at one place, the first. */
function perPlace(issues: readonly Issue[]): readonly Issue[] {
  const first = new Map(issues.toReversed().map((each) => [JSON.stringify(each.path), each]));
  return issues.filter((each) => first.get(JSON.stringify(each.path)) === each);
}

/** A union says only that nothing fits. What is wrong further inside says more. */
function innermost(issue: v.BaseIssue<unknown>, above: Path): readonly Issue[] {
  const path = [...above, ...(issue.path ?? []).map(({ key }) => key as string | number)];
  const inner = (issue.issues ?? []).filter((each) => each.path !== undefined);
  // Of several kinds of object nobody can say which was meant.
  const isTold = inner.length > 0 && inner.every(({ type }) => type !== 'strict_object');
  return isTold ? inner.flatMap((each) => innermost(each, path)) : [{ path, issue }];
}

function valueAt(flow: unknown, path: Path): unknown {
  return path.reduce(childOf, flow);
}

function isUnknownKey({ type, expected }: v.BaseIssue<unknown>): boolean {
  return type === 'strict_object' && expected === 'never';
}

/** What can be taken for what was meant, or be left out without a loss. Reports it, and changes the flow accordingly. */
function mend({ path, issue }: Issue, flow: unknown, taken: Taken): readonly Finding[] {
  const parent = path.slice(0, -1);
  if (isUnknownKey(issue)) return mendKeys(parent, flow, taken.renames);
  const value = valueAt(flow, path);
  if (issue.kind === 'validation' && typeof value === 'object' && value !== null) {
    const inherited = INHERITED.filter((key) => Object.hasOwn(value, key));
    for (const key of inherited) Reflect.deleteProperty(value, key);
    return inherited.length > 0 ? [finding('wrong-value', path, issue.message)] : [];
  }
  if (!isKind(path)) return [];
  const report = judge({ path, issue }, flow);
  const node = valueAt(flow, parent) as Record<string, unknown>;
  const key = String(path.at(-1));
  const guess = typeof value === 'string' ? closest(value, wordsAt(flow, path)) : undefined;
  if (guess !== undefined) node[key] = guess;
  else if (key === 'input' || key === 'call') {
    // What every question and every action has can be judged all the same, with any kind of them in its place.
    const common = commonKeysAt(flow, parent, key);
    for (const each of Object.keys(node)) if (!common.includes(each)) Reflect.deleteProperty(node, each);
    node[key] = key === 'call' ? NEEDING_NOTHING : wordsAt(flow, path)[0];
    taken.kinds.push(path);
  } else return [];
  return [report];
}

/** Valibot names one unknown key of an object: these are all. */
function mendKeys(parent: Path, flow: unknown, renames: Renamed[]): readonly Finding[] {
  const object = valueAt(flow, parent) as Record<string, unknown>;
  const known = keysAt(flow, parent);
  const unknown = Object.keys(object).filter((key) => !known.includes(key));
  return unknown.map((key) => {
    const free = known.filter((each) => !Object.hasOwn(object, each));
    const other = OTHER_KEYS.get(key);
    const guess = closest(key, free) ?? (other !== undefined && free.includes(other) ? other : undefined);
    if (guess !== undefined) {
      object[guess] = object[key];
      renames.push({ parent, written: key, taken: guess });
    }
    Reflect.deleteProperty(object, key);
    const message = `there is no such key here${didYouMean(guess, `; known are ${listed(known, 'and')}`)}`;
    return finding('unknown-key', [...parent, key], message);
  });
}

/** What says of which kind a node is, and the mistake of one that there is not. */
const KINDS: ReadonlyMap<unknown, LintCode> = new Map([
  ['type', 'unknown-type'],
  ['input', 'unknown-input'],
  ['call', 'unknown-call'],
]);

/** What is called with nothing else in the node: nothing is said to be missing that nobody meant. */
const NEEDING_NOTHING = 'users/track';

function isKind(path: Path): boolean {
  return path[0] === 'nodes' && path.length === 3 && KINDS.has(path[2]);
}

function judge({ path, issue }: Issue, flow: unknown): Finding {
  const key = path.at(-1);
  const value = valueAt(flow, path);
  if (path.length > 0 && value === undefined) return missing({ path, issue }, flow);
  if (isKind(path)) {
    const known = wordsAt(flow, path);
    const meant = typeof value === 'string' ? (closest(value, known) ?? OTHER_WORDS.get(value)) : undefined;
    const guess = meant !== undefined && known.includes(meant) ? meant : undefined;
    const names = known.map((word) => `"${word}"`);
    const what = `there is no ${String(key)} ${JSON.stringify(value)}`;
    const message = `${what}${didYouMean(guess, `; known are ${listed(names, 'and')}`)}`;
    return finding(KINDS.get(key) ?? 'wrong-value', path, message);
  }
  const guess = typeof value === 'string' ? closest(value, wordsAt(flow, path)) : undefined;
  const message =
    guess === undefined
      ? wordsFor(issue)
      : `there is no ${String(key)} "${String(value)}"${didYouMean(guess)}`;
  return finding(key === 'country' ? 'unknown-country' : 'wrong-value', path, message);
}

function missing({ path, issue }: Issue, flow: unknown): Finding {
  const key = String(path.at(-1));
  const isRoute = path[0] === 'nodes' && path[2] === 'on';
  const known = isKind(path) ? wordsAt(flow, path).map((word) => `"${word}"`) : [];
  const meaning = known.length > 0 ? `one of ${listed(known)}` : MEANINGS.get(key);
  const says = issue.type === 'raw_check' ? issue.message : meaning;
  const message = `"${key}" is missing${says === undefined ? '' : `: ${says}`}`;
  return finding(isRoute ? 'missing-route' : 'missing-key', path, message);
}

function wordsFor({ message, expected, received }: v.BaseIssue<unknown>): string {
  return message.startsWith('Invalid ')
    ? `should be ${expected ?? 'something else'}, and is ${received}`
    : message;
}

/** Takes out what cannot be read. What is of the right kind and yet not right stays: others may refer to it. */
function leaveOut({ path, issue }: Issue, whole: { flow: unknown }): void {
  if (issue.kind !== 'schema') return;
  const [root] = path;
  if (path.length === 0) whole.flow = undefined;
  else if (root === 'nodes' && (path.length === 2 || isKind(path))) {
    const nodes = valueAt(whole.flow, ['nodes']) as Record<string, unknown>;
    const node = valueAt(whole.flow, path.slice(0, 2));
    // Nothing of a node is looked at before it is known what it is.
    const kept = ['next', 'field'].flatMap((each) => {
      const value = childOf(node, each);
      return typeof value === 'string' ? [[each, value]] : [];
    });
    nodes[String(path[1])] = Object.fromEntries(kept);
  } else {
    // Nor is anything of an object among several kinds of it.
    const from = issue.type === 'variant' && issue.expected !== 'Object' ? path.slice(0, -1) : path;
    const parent = valueAt(whole.flow, from.slice(0, -1));
    if (Array.isArray(parent)) parent[Number(from.at(-1))] = undefined;
    else if (typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, from.at(-1) ?? '');
  }
}

function draftOf(flow: unknown, findings: readonly Finding[], renames: readonly Renamed[]): DraftFlow {
  const { nodes = {}, ...rest } = (flow ?? {}) as Partial<Omit<DraftFlow, 'nodes'>> & {
    readonly nodes?: Readonly<Record<string, DraftNode>>;
  };
  return {
    ...rest,
    nodes: new Map(Object.entries(nodes)),
    findings,
    written: (path) => writtenPath(path, renames),
  };
}

/** The same path with the keys that stand in the file. */
function writtenPath(path: Path, renames: readonly Renamed[]): Path {
  return renames.reduceRight<Path>((from, { parent, written, taken }) => {
    const isBelow = from[parent.length] === taken && parent.every((key, index) => from[index] === key);
    return isBelow ? [...parent, written, ...from.slice(parent.length + 1)] : from;
  }, path);
}
