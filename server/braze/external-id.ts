/** The id by which a brand knows a person (`user_guide/data/user_data_collection/user_profile_lifecycle`). */

/** Bytes that Braze takes (there). */
const MAX_BYTES = 987;

export const EXTERNAL_ID_WORDS = `should be a text of 1 to ${MAX_BYTES} bytes`;

/** `undefined` where it can be nobody's. A number, as an answer may be one, is the text of it. */
export function externalIdOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const id = String(value);
  const size = new TextEncoder().encode(id).length;
  return size > 0 && size <= MAX_BYTES ? id : undefined;
}
