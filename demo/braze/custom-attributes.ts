/**
 * How a custom attribute changes. Sources: `api/objects_filters/user_attributes_object`,
 * `user_guide/data/activation/attributes/data_types`.
 *
 * A value that breaks a rule leaves the attribute as it was: documented for over-long strings and for nested values
 * that are not valid, and chosen here for the rest, of which no page says that an error is returned.
 *
 * A date is a string that is written like one, and is kept as it was sent: whether a string counts as a date shows in
 * segments only, of which the emulator has none.
 */
import { hasArrayOperator, objectsAfter } from './array-of-objects.ts';
import { isObject, type JsonObject } from './json.ts';
import { deepMerged, isTime, isWithinSize, storableNested } from './nested.ts';
import { isName, isShort } from './short-text.ts';

/** Default and largest size of an array (`…/data_types`); an older page says 25 and 100. Full: the oldest go. */
const MAX_ARRAY_ELEMENTS = 500;

type Scalar = string | number | boolean;

/**
 * The attribute's value after a change, `undefined` when it is removed.
 *
 * @param current the value before, `undefined` if there was none
 * @param change the value in the request: `null`, a scalar, an array, an object, or an operation (`inc`, `add`, `remove`,
 *   `$add`, `$remove`, `$update`)
 * @param mergeObjects `_merge_objects` of the attributes object: deep-merge an object instead of replacing it
 */
export function customAttributeAfter(current: unknown, change: unknown, mergeObjects: boolean): unknown {
  if (change === null) return undefined;
  const next = valueAfter(current, change, mergeObjects);
  return next === undefined || !isWithinSize(next) ? current : next;
}

/** May an attribute have this name? A leading `$` is not documented, so it is not taken. */
export function isCustomAttributeName(name: string): boolean {
  return isName(name) && !name.startsWith('$');
}

/** `undefined` for a change that cannot be applied. */
function valueAfter(current: unknown, change: unknown, mergeObjects: boolean): unknown {
  if (isScalar(change)) return change;
  if (isScalars(change)) return uniqueScalars(change);
  if (Array.isArray(change)) return change.every(isObject) ? storableNested(change) : undefined;
  return isObject(change) ? objectAfter(current, change, mergeObjects) : undefined;
}

function objectAfter(current: unknown, change: JsonObject, mergeObjects: boolean): unknown {
  if (isExactly(change, ['inc'])) return incremented(current, change['inc']);
  if (isExactly(change, ['add', 'remove'])) return arrayChanged(current, change);
  if (hasArrayOperator(change)) return objectsChanged(current, change, mergeObjects);
  if (isTime(change)) return undefined;
  const next = storableNested(change);
  return next && mergeObjects && isObject(current) ? deepMerged(current, next) : next;
}

/** `{"inc": n}` counts integers only. On an attribute that is absent it starts from 0: a choice, no page says. */
function incremented(current: unknown, by: unknown): number | undefined {
  const base = current ?? 0;
  return Number.isInteger(base) && Number.isInteger(by) ? (base as number) + (by as number) : undefined;
}

/** `{"add": […]}`, `{"remove": […]}`, or both, of which the removal comes last: a choice, the page shows both but not the order. */
function arrayChanged(current: unknown, change: JsonObject): readonly Scalar[] | undefined {
  const added = change['add'] ?? [];
  const removed = change['remove'] ?? [];
  const base = current ?? [];
  if (!isScalars(added) || !isScalars(removed) || !isScalars(base)) return undefined;
  if (current === undefined && added.length === 0) return undefined;
  return uniqueScalars([...base, ...added]).filter((value) => !removed.includes(value));
}

/** To remove from or update what is not there makes no empty array. */
function objectsChanged(current: unknown, change: JsonObject, mergeObjects: boolean): unknown {
  const next = objectsAfter(current, change, mergeObjects);
  return current === undefined && next?.length === 0 ? undefined : next;
}

/** Values are unique, and one that is added again moves to the end; past the largest size the oldest are dropped. */
function uniqueScalars(values: readonly Scalar[]): readonly Scalar[] {
  const unique = new Set<Scalar>();
  for (const value of values) {
    unique.delete(value);
    unique.add(value);
  }
  return [...unique].slice(-MAX_ARRAY_ELEMENTS);
}

function isExactly(value: JsonObject, keys: readonly string[]): boolean {
  const own = Object.keys(value);
  return own.length > 0 && own.every((key) => keys.includes(key));
}

/** The limit of a string is held to inside an array as well: a choice, no page says. */
function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'string') return isShort(value);
  return typeof value === 'number' || typeof value === 'boolean';
}

function isScalars(value: unknown): value is readonly Scalar[] {
  return Array.isArray(value) && value.every(isScalar);
}
