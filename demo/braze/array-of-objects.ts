/**
 * The operators that change an array of objects without sending all of it. Source:
 * `user_guide/data/activation/attributes/array_of_objects`.
 */
import { isObject, type JsonObject } from './json.ts';
import { deepMerged, storableNested } from './nested.ts';

/** The objects that have this value at this key: there may be any number of them. */
interface ItemSelector {
  readonly key: string;
  readonly value: string | number | boolean;
}

interface Update extends ItemSelector {
  readonly newObject: JsonObject;
}

interface Operations {
  readonly added: readonly JsonObject[];
  readonly removed: readonly ItemSelector[];
  readonly updated: readonly Update[];
}

/** Is this change made of `$add`, `$remove` or `$update`? */
export function hasArrayOperator(change: JsonObject): boolean {
  return ['$add', '$remove', '$update'].some((operator) => Object.hasOwn(change, operator));
}

/**
 * The array after `$add`, `$remove` and `$update`, always in this order, or `undefined` if they cannot be applied: a part
 * of them is not valid, or the attribute is something else than an array of objects. An absent attribute is an empty array.
 *
 * @param mergeObjects deep-merge the `$new_object` of an update into the old one instead of replacing it
 */
export function objectsAfter(
  current: unknown,
  change: JsonObject,
  mergeObjects: boolean,
): readonly JsonObject[] | undefined {
  const before = current ?? [];
  const operations = operationsOf(change);
  if (!operations || !isObjects(before)) return undefined;
  const { added, removed, updated } = operations;
  return [...before, ...added]
    .filter((object) => !removed.some((selector) => isSelected(object, selector)))
    .map((object) => updated.reduce((old, update) => updatedBy(old, update, mergeObjects), object));
}

/** Every object that fits is updated, as every one is removed; one that nothing fits is not made. */
function updatedBy(object: JsonObject, update: Update, mergeObjects: boolean): JsonObject {
  if (!isSelected(object, update)) return object;
  return mergeObjects ? deepMerged(object, update.newObject) : update.newObject;
}

function isSelected(object: JsonObject, { key, value }: ItemSelector): boolean {
  return object[key] === value;
}

function operationsOf({
  $add = [],
  $remove = [],
  $update = [],
  ...others
}: JsonObject): Operations | undefined {
  const added = isObjects($add) ? storableNested($add) : undefined;
  const removed = all($remove, selectorOf);
  const updated = all($update, updateOf);
  if (!added || !removed || !updated || Object.keys(others).length > 0) return undefined;
  return { added, removed, updated };
}

function selectorOf(value: unknown): ItemSelector | undefined {
  if (!isObject(value)) return undefined;
  const { $identifier_key: key, $identifier_value: wanted, ...others } = value;
  if (typeof key !== 'string' || Object.keys(others).length > 0) return undefined;
  const isScalar = typeof wanted === 'string' || typeof wanted === 'number' || typeof wanted === 'boolean';
  return isScalar ? { key, value: wanted } : undefined;
}

function updateOf(value: unknown): Update | undefined {
  if (!isObject(value)) return undefined;
  const { $new_object: newObject, ...rest } = value;
  const selector = selectorOf(rest);
  const storable = isObject(newObject) ? storableNested(newObject) : undefined;
  return selector && storable && { ...selector, newObject: storable };
}

/** What each of a list's elements comes to, `undefined` if it is no list or one of them comes to nothing. */
function all<T>(list: unknown, read: (element: unknown) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const values = list.map(read).filter((value) => value !== undefined);
  return values.length === list.length ? values : undefined;
}

function isObjects(value: unknown): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isObject);
}
