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
