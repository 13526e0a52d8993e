/**
 * How a custom attribute changes. Sources: `api/objects_filters/user_attributes_object`,
 * `user_guide/data/activation/attributes/data_types`, `…/nested_custom_attribute_support`.
 *
 * A value that breaks a rule leaves the attribute as it was: documented for over-long strings and for nested values
 * that are not valid, and chosen here for the rest, of which no page says that an error is returned.
 */
import { parseTime } from './dates.ts';
import { byteSize, characterCount, isObject, type JsonObject } from './json.ts';

const MAX_KEY_LENGTH = 255;
const MAX_STRING_LENGTH = 255;

/** Default and largest size of an array (`…/data_types`); an older page says 25 and 100. Full: the oldest go. */
const MAX_ARRAY_ELEMENTS = 500;

/** "100 KB" for an array, an object, or event properties: read as the smaller, 1 KB = 1,000 bytes. */
export const MAX_NESTED_BYTES = 100_000;

type Scalar = string | number | boolean;

/**
 * The attribute's value after a change, `undefined` when it is removed.
 *
 * @param current the value before, `undefined` if there was none
 * @param change the value in the request: `null`, a scalar, an array, an object, or an operation (`inc`, `add`, `remove`)
 * @param mergeObjects `_merge_objects` of the attributes object: deep-merge an object instead of replacing it
 */
export function customAttributeAfter(current: unknown, change: unknown, mergeObjects: boolean): unknown {
  if (change === null) return undefined;
  if (typeof change === 'string') return characterCount(change) <= MAX_STRING_LENGTH ? change : current;
  if (Array.isArray(change)) return arrayAfter(current, change);
  if (isObject(change)) return objectAfter(current, change, mergeObjects);
  return change;
}

/** May an attribute have this name? A leading `$` is not documented, so it is not taken. */
export function isCustomAttributeName(name: string): boolean {
  return name !== '' && characterCount(name) <= MAX_KEY_LENGTH && !name.startsWith('$');
}

/** The array-of-objects operator that a value uses, if it uses one: documented, and not yet applied by the emulator. */
export function unsupportedOperator(value: unknown): string | undefined {
  return isObject(value)
    ? ['$add', '$update', '$remove'].find((key) => Object.hasOwn(value, key))
    : undefined;
}

function arrayAfter(current: unknown, change: readonly unknown[]): unknown {
  if (change.every(isScalar)) return isStorable(change) ? uniqueScalars(change) : current;
  return change.every(isValidNested) && isStorable(change) ? change : current;
}

function objectAfter(current: unknown, change: JsonObject, mergeObjects: boolean): unknown {
  if (isExactly(change, ['inc'])) return incremented(current, change['inc']);
  if (isExactly(change, ['add', 'remove'])) return arrayChanged(current, change);
  if (!isValidNested(change)) return current;
  const next = mergeObjects && isObject(current) ? merged(current, change) : change;
  return isStorable(next) ? next : current;
}

/** `{"inc": n}` counts integers only. On an attribute that is absent it starts from 0: a choice, no page says. */
function incremented(current: unknown, by: unknown): unknown {
  const base = current ?? 0;
  return Number.isInteger(base) && Number.isInteger(by) ? (base as number) + (by as number) : current;
}

/** `{"add": […]}`, `{"remove": […]}`, or both, of which the removal comes last: a choice, no page shows both at once. */
function arrayChanged(current: unknown, change: JsonObject): unknown {
  const added = change['add'] ?? [];
  const removed = change['remove'] ?? [];
  const base = current ?? [];
  if (!isScalars(added) || !isScalars(removed) || !isScalars(base)) return current;
  if (current === undefined && added.length === 0) return undefined;
  const next = uniqueScalars([...base, ...added]).filter((value) => !removed.includes(value));
  return isStorable(next) ? next : current;
}

/** Values are unique, and one that is added again moves to the end; past the largest size the oldest are dropped. */
function uniqueScalars(values: readonly Scalar[]): Scalar[] {
  const unique = new Set<Scalar>();
  for (const value of values) {
    unique.delete(value);
    unique.add(value);
  }
  return [...unique].slice(-MAX_ARRAY_ELEMENTS);
}

function merged(current: JsonObject, change: JsonObject): JsonObject {
  const entries = Object.entries(change).map(([key, value]) => {
    const before = Object.hasOwn(current, key) ? current[key] : undefined;
    return [
      key,
      isObject(before) && isObject(value) && !isTime(value) ? merged(before, value) : value,
    ] as const;
  });
  // Not a spread: a key named `__proto__` must stay a key.
  return Object.fromEntries([...Object.entries(current), ...entries]);
}

/** Nested values: no `null`, keys without blanks, `.` or `$`, and dates as `{"$time": "2020-05-28"}`. */
function isValidNested(value: unknown): boolean {
  if (value === null) return false;
  if (Array.isArray(value)) return value.every(isValidNested);
  if (!isObject(value)) return true;
  return (
    isTime(value) ||
    Object.entries(value).every(([key, inner]) => !/[\s.$]/.test(key) && isValidNested(inner))
  );
}

function isTime(value: JsonObject): boolean {
  const time = value['$time'];
  return isExactly(value, ['$time']) && typeof time === 'string' && parseTime(time) !== undefined;
}

function isExactly(value: JsonObject, keys: readonly string[]): boolean {
  const own = Object.keys(value);
  return own.length > 0 && own.every((key) => keys.includes(key));
}

function isScalar(value: unknown): value is Scalar {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function isScalars(value: unknown): value is readonly Scalar[] {
  return Array.isArray(value) && value.every(isScalar);
}

function isStorable(value: unknown): boolean {
  return byteSize(value) <= MAX_NESTED_BYTES;
}
