import type { Problem } from './problem.ts';

/** A JSON object as it comes out of `JSON.parse`: nothing is known of its members. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What judging a piece of JSON gives: the value in its normal form, or what is wrong with it. */
export type Judged<T> = { readonly value: T } | Problem;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `null` counts as absent wherever no page gives it a meaning. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Size in bytes as JSON in UTF-8, which is how Braze's size limits are stated. */
export function byteSize(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** Length in characters (code points), which is how Braze's length limits are stated. */
export function characterCount(text: string): number {
  return Array.from(text).length;
}

/** Far more than any page describes, and few enough for what walks through a value by calling itself. */
const MAX_DEPTH = 100;

/** What was taken in stands a little deeper in an answer, and in a file. */
export const KEPT_DEPTH = MAX_DEPTH + 10;

/**
 * The value of a JSON text. `undefined` for what the emulator does not take as JSON: other text, more than `depth` objects and
 * arrays within each other, and a number that is too large to be one, such as `1e400`.
 */
export function jsonOf(text: string, depth = MAX_DEPTH): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isTame(value, depth) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Level by level and not by calling itself, which is what it is to protect from. */
function isTame(value: unknown, maxDepth: number): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (level.some((each) => each === Infinity || each === -Infinity)) return false;
    const containers = level.filter((each): each is object => typeof each === 'object' && each !== null);
    if (depth === maxDepth && containers.length > 0) return false;
    level = containers.flatMap((container): readonly unknown[] => Object.values(container));
  }
  return true;
}
