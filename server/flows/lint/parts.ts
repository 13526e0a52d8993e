/** Looks into the schema of a flow: which keys and words there are at a place of a given flow. */
import * as v from 'valibot';
import { FlowSchema } from '../schema.ts';
import type { Path } from './finding.ts';

/** A part of a valibot schema, as far as it is looked into here. */
interface Part {
  readonly kind: string;
  readonly type: string;
  readonly entries?: Readonly<Record<string, Part>>;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly value?: Part;
  readonly item?: Part;
  readonly wrapped?: Part;
  readonly pipe?: readonly Part[];
  readonly getter?: (input: unknown) => Part;
  /** Of a variant: the key that tells which. */
  readonly key?: unknown;
}

/** The keys that an object at a place may have. */
export function keysAt(flow: unknown, path: Path): readonly string[] {
  return [...new Set(partsAt(flow, path).flatMap((part) => Object.keys(part.entries ?? {})))];
}

/** The keys that an object at a place has whatever a key of it says. @param open the key that tells the kinds apart */
export function commonKeysAt(flow: unknown, path: Path, open: string): readonly string[] {
  const [first = [], ...others] = partsAt(flow, path, open).map((part) => Object.keys(part.entries ?? {}));
  return first.filter((key) => others.every((keys) => keys.includes(key)));
}

/** The words that may stand at a place, whatever stands beside it. */
export function wordsAt(flow: unknown, path: Path): readonly string[] {
  const key = path.at(-1) ?? '';
  const parts = partsAt(flow, path.slice(0, -1), key).flatMap((part) => {
    const entry = part.entries?.[key];
    return entry ? [...leavesOf(entry, undefined)] : [];
  });
  const words = parts.flatMap((part) => (part.type === 'literal' ? [part.literal] : (part.options ?? [])));
  return [...new Set(words.filter((word) => typeof word === 'string'))];
}

/** @param open a key that may say anything, even where it is the one that tells a variant */
function partsAt(flow: unknown, path: Path, open?: string | number): readonly Part[] {
  let parts: readonly Part[] = [FlowSchema];
  let value = flow;
  for (const key of path) {
    const within = value;
    parts = parts
      .flatMap((part) => [...leavesOf(part, within)])
      .flatMap((leaf) => leaf.entries?.[key] ?? leaf.value ?? leaf.item ?? []);
    value = childOf(value, key);
  }
  return parts.flatMap((part) => [...leavesOf(part, value, open)]);
}

export function childOf(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string | number, unknown>)[key];
}

const WRAPPERS = ['exact_optional', 'optional', 'nullable', 'nullish'];

/** The parts that say something themselves: no unions, variants, pipes or promises of a part. */
function* leavesOf(
  part: Part,
  value: unknown,
  open?: string | number,
  tellers: readonly string[] = [],
): Generator<Part> {
  if (part.pipe) {
    for (const piped of part.pipe) {
      if (piped.kind === 'schema') yield* leavesOf(piped, value, open, tellers);
    }
  } else if (part.type === 'lazy' && part.getter) yield* leavesOf(part.getter(value), value, open);
  else if (WRAPPERS.includes(part.type) && part.wrapped) yield* leavesOf(part.wrapped, value, open);
  else if (part.type === 'union' || part.type === 'variant' || part.type === 'intersect') {
    const keys = typeof part.key === 'string' ? [...tellers, part.key] : tellers;
    for (const option of part.options as readonly Part[]) yield* leavesOf(option, value, open, keys);
  } else if (tellersBefore(open, tellers).every((key) => tells(part, key, value))) yield part;
}

/** What tells the kinds apart before the open one does: what comes after it depends on it. */
function tellersBefore(open: string | number | undefined, tellers: readonly string[]): readonly string[] {
  const at = tellers.findIndex((key) => key === open);
  return at < 0 ? tellers : tellers.slice(0, at);
}

function tells(part: Part, key: string, value: unknown): boolean {
  const entry = part.entries?.[key];
  return entry !== undefined && v.is(entry as unknown as v.GenericSchema, childOf(value, key));
}
