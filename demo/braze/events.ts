/**
 * What makes an event or a purchase valid. Sources: `api/objects_filters/event_object`,
 * `api/objects_filters/purchase_object`, `developer_guide/analytics/logging_events` (length and characters of names).
 *
 * The pages name an error for the reserved properties only. The emulator refuses whatever breaks another of their
 * limits too, so that a client's mistake is seen; `null` as a property value is one, since no page lists it. A workspace
 * can say otherwise of properties (`undocumented` in `settings.ts`).
 */
import { isDate, isDistantTime, parseOccurrenceTime } from './dates.ts';
import { isGiven, isObject, type Judged, type JsonObject } from './json.ts';
import { isWithinSize } from './nested.ts';
import { isLeftOut, type Problem } from './problem.ts';
import type { WorkspaceSettings } from './settings.ts';
import { isName, isShort, MAX_LENGTH } from './short-text.ts';

/** An event as the profile keeps it. `time` is ISO 8601 in UTC. */
export interface ProfileEvent {
  readonly name: string;
  readonly time: string;
  readonly properties: JsonObject;
  /** The app that it was tied to, if the request said one. */
  readonly app_id?: string;
}

/** A purchase as the profile keeps it. `price` is per piece, in `currency` (ISO 4217). */
export interface ProfilePurchase {
  readonly product_id: string;
  readonly currency: string;
  readonly price: number;
  readonly quantity: number;
  readonly time: string;
  readonly properties: JsonObject;
  /** The app that it was tied to, if the request said one. */
  readonly app_id?: string;
}

/** Only the first 256 distinct properties are kept. */
const MAX_PROPERTIES = 256;

const MAX_QUANTITY = 100;
const reserved = ['time', 'event_name'];
const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** What of a workspace's settings an event is judged by. */
type EventRules = Pick<WorkspaceSettings, 'undocumented'>;

/** What events and purchases have in common. */
type Occurrence = Pick<ProfileEvent, 'time' | 'properties' | 'app_id'>;

/** Judges the members of an event object beside its identifier. `now` is in milliseconds since 1970. */
export function judgeEvent(object: JsonObject, now: number, rules: EventRules): Judged<ProfileEvent> {
  const { name } = object;
  if (!isName(name))
    return { problem: `'name' is required: a string of ${String(MAX_LENGTH)} characters or less` };
  if (name.startsWith('$')) return { problem: "'name' must not start with '$'" };
  const occurrence = judgeOccurrence(object, now, rules);
  return 'problem' in occurrence ? occurrence : { value: { name, ...occurrence.value } };
}

/** Judges the members of a purchase object beside its identifier. `now` is in milliseconds since 1970. */
export function judgePurchase(object: JsonObject, now: number, rules: EventRules): Judged<ProfilePurchase> {
  const { product_id: product, currency, price, quantity = 1 } = object;
  if (!isName(product)) return { problem: "'product_id' is not valid" };
  if (typeof currency !== 'string' || !currencies.has(currency))
    return { problem: "'currency' is not valid" };
  if (typeof price !== 'number') return { problem: "'price' is not valid" };
  if (!isQuantity(quantity)) return { problem: "'quantity' is not valid" };
  const occurrence = judgeOccurrence(object, now, rules);
  if ('problem' in occurrence) return occurrence;
  return { value: { product_id: product, currency, price, quantity, ...occurrence.value } };
}

function judgeOccurrence(object: JsonObject, now: number, { undocumented }: EventRules): Judged<Occurrence> {
  const app = object['app_id'] ?? undefined;
  const time = judgeTime(object['time'], now);
  if ('problem' in time) return time;
  const properties = judgeEventProperties(object['properties'], undocumented);
  if ('problem' in properties) return properties;
  if (app !== undefined && typeof app !== 'string') return { problem: "'app_id' must be a string" };
  return {
    value: {
      time: time.value,
      properties: properties.value,
      ...(app === undefined ? {} : { app_id: app }),
    },
  };
}

/** A time in the future is set to now, which is accepted and not an error. There is no lower bound. */
function judgeTime(time: unknown, now: number): Judged<string> {
  if (!isGiven(time)) return { problem: "'time' is required: a string in ISO 8601 format" };
  const parsed = typeof time === 'string' ? parseOccurrenceTime(time) : undefined;
  if (parsed === undefined) {
    return { problem: "'time' must be a string in ISO 8601 format, or like yyyy-MM-dd'T'HH:mm:ss:SSSZ" };
  }
  return { value: new Date(Math.min(parsed, now)).toISOString() };
}

function judgeEventProperties(given: unknown, undocumented: EventRules['undocumented']): Judged<JsonObject> {
  const properties = isGiven(given) ? given : {};
  if (!isObject(properties)) return { problem: "'properties' must be an object" };
  const entries: (readonly [name: string, value: unknown])[] = [];
  for (const [name, value] of Object.entries(properties).slice(0, MAX_PROPERTIES)) {
    const problem = problemOfProperty(name, value);
    if (!problem) entries.push([name, value]);
    else if (!isLeftOut(problem, undocumented)) return problem;
  }
  const isNested = entries.some(([, value]) => typeof value === 'object');
  if (isNested && !isWithinSize(properties)) return { problem: "'properties' must be 100 KB or less" };
  return { value: Object.fromEntries(entries.map(([name, value]) => [name, withoutDistantDates(value)])) };
}

/** Inside an object, a date of a year before 0 or after 3000 is not stored (`…/custom_events/nested_objects`). */
function withoutDistantDates(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDistantDates);
  if (!isObject(value)) return value;
  const near = Object.entries(value).filter(
    ([, inner]) => typeof inner !== 'string' || !isDistantTime(inner),
  );
  return Object.fromEntries(near.map(([name, inner]) => [name, withoutDistantDates(inner)]));
}

function problemOfProperty(name: string, value: unknown): Problem | undefined {
  if (reserved.includes(name)) return { problem: `'${name}' is a reserved property name` };
  const problem =
    problemOfName(name) ??
    problemOfValue(name, value) ??
    (hasDateInArray(value) ? `The property '${name}' must not have dates in an array` : undefined);
  return problem === undefined ? undefined : { problem, undocumented: true };
}

function problemOfName(name: string): string | undefined {
  return isName(name) && !name.startsWith('$')
    ? undefined
    : `Property names must have 1 to ${String(MAX_LENGTH)} characters and no leading '$'`;
}

/**
 * The rules hold at every depth, but for the reserved names: a choice, no page says.
 *
 * @param place as in `order.items.0`
 */
function problemOfValue(place: string, value: unknown): string | undefined {
  if (value === null) return `The property '${place}' must not be null`;
  if (typeof value === 'string' && !isShort(value)) {
    return `The property '${place}' must be ${String(MAX_LENGTH)} characters or less`;
  }
  if (typeof value !== 'object') return undefined;
  for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
    const problem =
      (isObject(value) ? problemOfName(key) : undefined) ?? problemOfValue(`${place}.${key}`, inner);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Among the elements of an array, at any depth, but not in an object that is one: a choice, the page does not say. */
function hasDateInArray(value: unknown): boolean {
  if (isObject(value)) return Object.values(value).some(hasDateInArray);
  if (!Array.isArray(value)) return false;
  return value.some((element) => (typeof element === 'string' && isDate(element)) || hasDateInArray(element));
}

function isQuantity(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_QUANTITY;
}
