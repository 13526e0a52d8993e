/**
 * What becomes of a custom attribute: the documented rules written down once more, as plainly as they are stated, and from the
 * pages alone. It imports nothing of the emulator: what both say is not said by the same mistake.
 *
 * Pages: `api/objects_filters/user_attributes_object`, and under `user_guide/data/activation/attributes/` `data_types`,
 * `nested_custom_attribute_support` and `array_of_objects`. Where they are silent: `docs/braze-emulator.md`.
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

const isScalar = (value: Json): boolean =>
  typeof value === 'string' ? value.length <= 255 : typeof value === 'number' || typeof value === 'boolean';

/** The value afterwards, `undefined` for none. What cannot be applied changes nothing. */
export function attributeAfter(before: Json | undefined, change: Json, merge: boolean): Json | undefined {
  if (change === null) return undefined;
  if (isScalar(change)) return change;
  if (isList(change)) return listAfter(before, change);
  if (isObject(change)) return objectAfter(before, change, merge);
  return before;
}

function listAfter(before: Json | undefined, change: readonly Json[]): Json | undefined {
  if (change.every(isScalar)) return unique(change);
  return change.every((element) => isObject(element) && isValidInside(element)) ? change : before;
}

function objectAfter(before: Json | undefined, change: JsonObject, merge: boolean): Json | undefined {
  const keys = Object.keys(change);
  if (keys.length === 1 && keys[0] === 'inc') return incremented(before, change['inc']);
  if (keys.length > 0 && keys.every((key) => ['add', 'remove'].includes(key)))
    return scalarsAfter(before, change);
  if (keys.some((key) => ['$add', '$remove', '$update'].includes(key)))
    return objectsAfter(before, change, merge);
  // A date stands inside an object only.
  if (keys.includes('$time') || !isValidInside(change)) return before;
  return merge && isObject(before) ? merged(before, change) : change;
}

function incremented(before: Json | undefined, by: Json | undefined): Json | undefined {
  if (!Number.isInteger(by)) return before;
  if (before === undefined) return by;
  return Number.isInteger(before) ? Number(before) + Number(by) : before;
}

function scalarsAfter(before: Json | undefined, change: JsonObject): Json | undefined {
  const { add = [], remove = [] } = change;
  const list = before ?? [];
  const areScalars = (value: Json): value is readonly Json[] => isList(value) && value.every(isScalar);
  if (!areScalars(add) || !areScalars(remove) || !areScalars(list)) return before;
  if (before === undefined && add.length === 0) return undefined;
  return unique([...list, ...add]).filter((value) => !remove.includes(value));
}

/** Of equal ones the last stays, where it is. */
function unique(values: readonly Json[]): readonly Json[] {
  const each = values.filter((value, index) => !values.slice(index + 1).includes(value));
  return each.slice(Math.max(0, each.length - 500));
}

/** "Braze processes them in this order: `$add`, `$remove`, `$update`." */
function objectsAfter(before: Json | undefined, change: JsonObject, merge: boolean): Json | undefined {
  const { $add = [], $remove = [], $update = [], ...others } = change;
  const list = before ?? [];
  if (!isList(list) || !list.every(isObject) || Object.keys(others).length > 0) return before;
  if (!isList($add) || !$add.every((item) => isObject(item) && isValidInside(item))) return before;
  if (!isList($remove) || !$remove.every((item) => isIdentifying(item, []))) return before;
  if (!isList($update) || !$update.every((item) => isIdentifying(item, ['$new_object']))) return before;
  const updates = $update as readonly JsonObject[];
  if (!updates.every(({ $new_object }) => isObject($new_object) && isValidInside($new_object))) return before;

  let items = [...list, ...($add as readonly JsonObject[])];
  for (const wanted of $remove as readonly JsonObject[]) {
    items = items.filter((item) => !isMeant(item, wanted));
  }
  for (const wanted of updates) {
    const object = wanted['$new_object'] as JsonObject;
    items = items.map((item) => {
      if (!isMeant(item, wanted)) return item;
      return merge ? merged(item, object) : object;
    });
  }
  return before === undefined && items.length === 0 ? undefined : items;
}

const isMeant = (item: JsonObject, wanted: JsonObject): boolean =>
  item[wanted['$identifier_key'] as string] === wanted['$identifier_value'];

function isIdentifying(item: Json, alsoThere: readonly string[]): boolean {
  if (!isObject(item)) return false;
  const { $identifier_key: key, $identifier_value: value = null, ...others } = item;
  return (
    typeof key === 'string' &&
    isScalar(value) &&
    Object.keys(others).every((other) => alsoThere.includes(other))
  );
}

/** "All levels of an object are merged into another object instead of only the first level." */
function merged(before: JsonObject, change: JsonObject): JsonObject {
  const after = { ...before };
  for (const [key, value] of Object.entries(change)) {
    const old = before[key];
    const areObjects = isObject(old) && isObject(value) && !('$time' in old) && !('$time' in value);
    after[key] = areObjects ? merged(old, value) : value;
  }
  return after;
}

/** No `null`, no over-long text, no key with a blank, `.` or `$`, and dates as `{"$time": "2020-05-28"}`. */
function isValidInside(value: Json): boolean {
  if (value === null) return false;
  if (isList(value)) return value.every(isValidInside);
  if (!isObject(value)) return isScalar(value);
  if ('$time' in value) return Object.keys(value).length === 1 && isDate(value['$time']);
  return Object.entries(value).every(([key, inner]) => /^[^\s.$]{1,255}$/.test(key) && isValidInside(inner));
}

const isDate = (value: Json | undefined): boolean =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) && !Number.isNaN(Date.parse(value));
