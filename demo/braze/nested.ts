/**
 * Objects as values of custom attributes, and what may be inside them. Source:
 * `user_guide/data/activation/attributes/nested_custom_attribute_support`.
 */
import { isDistantTime, parseTime } from './dates.ts';
import { byteSize, isObject, type JsonObject } from './json.ts';
import { isName, isShort } from './short-text.ts';

/** "100 KB" for an array, an object, or event properties: read as the smaller, 1 KB = 1,000 bytes. */
const MAX_BYTES = 100_000;

/**
 * A nested value as it is stored, or `undefined` if anything in it is not valid: `null`, an over-long string, a key with
 * a blank, `.` or `$`, a date that is not of the form `{"$time": "2020-05-28"}`. Then nothing of the attribute is updated;
 * other attributes of the object are, although one of two sentences on the page says that they are not.
 */
export function storableNested<T>(value: T): T | undefined {
  return isValid(value) ? withoutDistantTimes(value) : undefined;
}

/** A scalar is: its own limit is far below. */
export function isWithinSize(value: unknown): boolean {
  return typeof value !== 'object' || byteSize(value) <= MAX_BYTES;
}

/** Deep-merges: objects are merged on all levels, anything else is replaced. */
export function deepMerged(current: JsonObject, change: JsonObject): JsonObject {
  const entries = Object.entries(change).map(([key, value]) => {
    const before = Object.hasOwn(current, key) ? current[key] : undefined;
    const isMerged = isObject(before) && isObject(value) && !isTime(before) && !isTime(value);
    return [key, isMerged ? deepMerged(before, value) : value] as const;
  });
  // Not a spread: a key named `__proto__` must stay a key.
  return Object.fromEntries([...Object.entries(current), ...entries]);
}

/** Has it the key of a date? Such a date stands inside an object, never for an attribute as a whole. */
export function isTime(value: JsonObject): boolean {
  return Object.hasOwn(value, '$time');
}

function isValid(value: unknown): boolean {
  if (value === null) return false;
  if (typeof value === 'string') return isShort(value);
  if (Array.isArray(value)) return value.every(isValid);
  if (!isObject(value)) return true;
  if (isTime(value)) return isValidTime(value);
  return Object.entries(value).every(([key, inner]) => isKey(key) && isValid(inner));
}

function isKey(key: string): boolean {
  return isName(key) && !/[\s.$]/.test(key);
}

function isValidTime(value: JsonObject): boolean {
  const { $time: time, ...others } = value;
  return typeof time === 'string' && parseTime(time) !== undefined && Object.keys(others).length === 0;
}

/** "If the year is less than 0 or greater than 3000", the value is not stored. What is beside it is: a choice, no page says. */
function withoutDistantTimes<T>(value: T): T {
  if (Array.isArray(value)) return value.filter(isNear).map(withoutDistantTimes) as T;
  if (!isObject(value)) return value;
  const near = Object.entries(value).filter(([, inner]) => isNear(inner));
  return Object.fromEntries(near.map(([key, inner]) => [key, withoutDistantTimes(inner)])) as T;
}

function isNear(value: unknown): boolean {
  const time = isObject(value) ? value['$time'] : undefined;
  return typeof time !== 'string' || !isDistantTime(time);
}
