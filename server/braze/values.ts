/** What Braze takes as the value of a custom attribute and of an event's property. */
import type { Json } from '../store/json.ts';
import { bytesOf, MAX_CHARACTERS, MAX_ELEMENTS, MAX_OBJECT_BYTES } from './limits.ts';
import { isDate, timeOf } from './normal-forms.ts';

/** The value as it is sent, or why it is not: what it should be, and by which page. */
export type Checked<Value extends Json = Json> = { readonly value: Value } | { readonly reason: string };

export type JsonRecord = Readonly<Record<string, Json>>;

export function isRecord(value: Json): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const ATTRIBUTES = 'user_guide/data/activation/attributes';
const TYPES = `${ATTRIBUTES}/data_types`;
const NESTED = `${ATTRIBUTES}/nested_custom_attribute_support`;
const OBJECTS = `${ATTRIBUTES}/array_of_objects`;
const USER = 'api/objects_filters/user_attributes_object';
const EVENT = 'api/objects_filters/event_object';

/** Without halves of characters, which no reader of JSON has to take, and without NUL: one text must not spoil a whole request. */
export function plainText(text: string): string {
  // Most texts have neither, nor a whole character in two halves, and this says so faster.
  return /[\ud800-\udfff\0]/.test(text) ? text.replace(/[\p{Cs}\0]/gu, '') : text;
}

/** @param name a top-level one */
export function nameProblem(name: string, page: string): string | undefined {
  return name === '' || name.length > MAX_CHARACTERS || name.startsWith('$')
    ? `a name should have 1 to ${MAX_CHARACTERS} characters and no $ before them (${page})`
    : undefined;
}

/** A custom attribute: a scalar, a list, an object, or an operator that changes one. */
export function checkCustomAttribute(value: Json): Checked {
  if (!isRecord(value))
    return Array.isArray(value) ? checkList(value as readonly Json[], ATTRIBUTE) : checkScalar(value, TYPES);
  const keys = Object.keys(value);
  for (const { operators, check, page } of CHANGES) {
    if (!keys.some((key) => operators.includes(key))) continue;
    // Braze would take it for an object, and store the operator.
    if (keys.every((key) => operators.includes(key))) return check(value);
    return { reason: `nothing should stand beside ${operators.join(', ')} (${page})` };
  }
  // At the top a date is a text: only within an object it is written in this way.
  if (keys.length === 1 && '$time' in value) {
    const time = checkTime(value);
    return 'value' in time ? { value: (time.value as JsonRecord)['$time'] as string } : time;
  }
  return withinBytes(checkNested(value, ATTRIBUTE), NESTED);
}

/** A property of an event: a scalar, a list or an object. */
export function checkPropertyValue(value: Json): Checked {
  if (value === '') return { reason: `an empty text counts as one that is there (${EVENT})` };
  if (Array.isArray(value)) return checkList(value as readonly Json[], PROPERTY);
  return isRecord(value) ? withinBytes(checkNested(value, PROPERTY), EVENT) : checkScalar(value, EVENT);
}

function checkScalar(value: Json, page: string): Checked {
  if (typeof value === 'boolean') return { value };
  if (typeof value === 'number') {
    return Number.isFinite(value) ? { value } : { reason: `should be a finite number (${page})` };
  }
  if (typeof value !== 'string') return { reason: `should be a text, a number or a boolean (${page})` };
  const text = plainText(value);
  return text.length <= MAX_CHARACTERS
    ? { value: text }
    : { reason: `should have ${MAX_CHARACTERS} characters at most (${page})` };
}

/** Where a nested value stands. */
interface Place {
  readonly page: string;
  /** What is wrong with a key, if anything is. */
  readonly keyProblem: (key: string) => string | undefined;
  /** Elements of a list of scalars. */
  readonly maxElements: number;
}

const ATTRIBUTE: Place = {
  page: NESTED,
  keyProblem: (key) =>
    key !== '' && key.length <= MAX_CHARACTERS && !/[\s.$]/.test(key)
      ? undefined
      : `a key should have 1 to ${MAX_CHARACTERS} characters, and no space, dot or $ (${NESTED})`,
  maxElements: MAX_ELEMENTS,
};

const PROPERTY: Place = {
  page: EVENT,
  keyProblem: (key) => nameProblem(key, EVENT),
  // 100 kB are the only limit.
  maxElements: Infinity,
};

interface ValueChange {
  readonly operators: readonly string[];
  readonly check: (value: JsonRecord) => Checked;
  readonly page: string;
}

/** Objects that are no values, but change the one that there is. */
const CHANGES: readonly ValueChange[] = [
  { operators: ['inc'], check: checkIncrement, page: USER },
  { operators: ['add', 'remove'], check: checkArrayChange, page: USER },
  { operators: ['$add', '$remove', '$update'], check: checkObjectsChange, page: OBJECTS },
];

/** Scalars, or objects; not both, for no page says what that would be. */
function checkList(items: readonly Json[], place: Place): Checked {
  if (items.length > 0 && items.every(isRecord)) {
    const page = place === ATTRIBUTE ? OBJECTS : place.page;
    if (items.some((item) => '$time' in item))
      return { reason: `$time should stand in an object (${NESTED})` };
    return withinBytes(allOf(items.map((item) => checkNested(item, place))), page);
  }
  // One would take the whole event with it, whatever it was meant to be.
  if (place === PROPERTY && items.some((item) => typeof item === 'string' && isDate(item))) {
    return { reason: `a list should have no dates in it (${EVENT})` };
  }
  if (items.length > place.maxElements) {
    return { reason: `should have ${place.maxElements} elements at most (${TYPES})` };
  }
  const page = place === ATTRIBUTE ? TYPES : place.page;
  return withinBytes(allOf(items.map((item) => checkScalar(item, page))), page);
}

/** `{"inc": 2}`. */
function checkIncrement(value: JsonRecord): Checked {
  return Number.isSafeInteger(value['inc'])
    ? { value }
    : { reason: `inc should be a whole number (${USER})` };
}

/** `{"add": […]}`, `{"remove": […]}`. */
function checkArrayChange(value: JsonRecord): Checked {
  const entries = Object.entries(value).map(([key, items]): readonly [string, Checked] => [
    key,
    Array.isArray(items) && !items.some((item: Json) => typeof item === 'object')
      ? checkList(items as readonly Json[], ATTRIBUTE)
      : { reason: `${key} should be a list of texts or numbers (${USER})` },
  ]);
  return recordOf(entries);
}

/**
 * `{"$add": […]}`, `{"$remove": […]}`, `{"$update": […]}`. A part that is not as it should be Braze drops with the rest of it, and
 * says nothing.
 */
function checkObjectsChange(value: JsonRecord): Checked {
  const entries = Object.entries(value).map(([key, items]): readonly [string, Checked] => {
    if (!Array.isArray(items)) return [key, { reason: `${key} should be a list of objects (${OBJECTS})` }];
    const check = key === '$add' ? checkAdded : key === '$remove' ? checkSelector : checkUpdate;
    return [key, allOf((items as readonly Json[]).map(check))];
  });
  return withinBytes(recordOf(entries), OBJECTS);
}

function checkAdded(item: Json): Checked {
  return isRecord(item)
    ? checkNested(item, ATTRIBUTE)
    : { reason: `$add should be a list of objects (${OBJECTS})` };
}

/** Which objects are meant. */
function checkSelector(item: Json): Checked {
  const { $identifier_key: key, $identifier_value: value, ...others } = isRecord(item) ? item : {};
  const isSelector =
    typeof key === 'string' && ['string', 'number', 'boolean'].includes(typeof value) && isEmpty(others);
  const selector = { $identifier_key: key as string, $identifier_value: value as string };
  return isSelector
    ? { value: selector }
    : { reason: `should have $identifier_key and $identifier_value, and no more (${OBJECTS})` };
}

function checkUpdate(item: Json): Checked {
  const { $new_object: object, ...selector } = isRecord(item) ? item : {};
  if (object === undefined || !isRecord(object)) {
    return { reason: `$update should have a $new_object in each of its objects (${OBJECTS})` };
  }
  const [selected, made] = [checkSelector(selector), checkNested(object, ATTRIBUTE)];
  if ('reason' in selected) return selected;
  return 'reason' in made ? made : { value: { ...(selected.value as JsonRecord), $new_object: made.value } };
}

function isEmpty(record: JsonRecord): boolean {
  return Object.keys(record).length === 0;
}

function checkNested(value: JsonRecord, place: Place): Checked {
  if (place === ATTRIBUTE && Object.keys(value).length === 1 && '$time' in value) return checkTime(value);
  return recordOf(
    Object.entries(value).map(([key, inner]): readonly [string, Checked] => {
      const reason = place.keyProblem(key);
      return [key, reason === undefined ? checkInner(inner, place) : { reason }];
    }),
  );
}

function checkInner(value: Json, place: Place): Checked {
  if (Array.isArray(value)) return checkList(value as readonly Json[], place);
  return isRecord(value) ? checkNested(value, place) : checkScalar(value, place.page);
}

/** `{"$time": "2026-11-21"}`; a malformed one would take the whole attribute with it. */
function checkTime({ $time: said }: JsonRecord): Checked {
  const time = typeof said === 'string' ? timeOf(said) : undefined;
  return time === undefined
    ? { reason: `$time should be a date such as 2026-11-21 (${NESTED})` }
    : { value: { $time: time } };
}

/** All, or why the first that is wrong is. */
function allOf(items: readonly Checked[]): Checked {
  const wrong = items.find((item) => 'reason' in item);
  return wrong ?? { value: items.flatMap((item) => ('value' in item ? [item.value] : [])) };
}

function recordOf(entries: readonly (readonly [string, Checked])[]): Checked {
  const wrong = entries.find(([, checked]) => 'reason' in checked)?.[1];
  if (wrong) return wrong;
  return {
    value: Object.fromEntries(
      entries.flatMap(([key, checked]) => ('value' in checked ? [[key, checked.value]] : [])),
    ),
  };
}

function withinBytes(checked: Checked, page: string): Checked {
  return 'reason' in checked || bytesOf(checked.value) <= MAX_OBJECT_BYTES
    ? checked
    : { reason: `should have ${MAX_OBJECT_BYTES / 1_000} kB at most (${page})` };
}
