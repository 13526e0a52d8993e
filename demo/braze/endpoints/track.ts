/**
 * `POST /users/track`, judged: what a body would change, and what Braze would answer. Pure: it knows no profile.
 * Source: `api/endpoints/user_data/post_user_track`.
 */
import { refusals, type Answer } from '../answer.ts';
import type { Demand, Endpoint, Verdict } from '../endpoint.ts';
import { isCustomAttributeName, unsupportedOperator } from '../custom-attributes.ts';
import { judgeEvent, judgePurchase, type ProfileEvent, type ProfilePurchase } from '../events.ts';
import { addresseeOf, isPrimary, type Addressee } from '../identifier.ts';
import { isObject, type Judged, type JsonObject } from '../json.ts';
import { isStandardField, judgeStandardField } from '../standard-fields.ts';

/** "75 in total, combined over the three arrays": the current default, and stricter than the older 75 per array. */
const MAX_OBJECTS = 75;

const inputArrays = ['attributes', 'events', 'purchases'] as const;
export type InputArray = (typeof inputArrays)[number];

/**
 * An element of `errors`. The shape and the texts are those that public clients have seen; the codes which the page
 * lists (`EMAIL_BAD_FORMAT`, …) are not sent. Which of the two Braze sends is not known.
 */
export interface TrackError {
  readonly type: string;
  readonly input_array: InputArray;
  /** Position in that array, from 0. */
  readonly index: number;
}

export interface AttributesChange extends Addressee {
  /** Standard fields in their stored form; `null` removes. */
  readonly standard: ReadonlyMap<string, unknown>;
  /** Custom attributes as they came, operations included. */
  readonly custom: ReadonlyMap<string, unknown>;
  readonly mergeObjects: boolean;
}

interface EventChange extends Addressee {
  readonly event: ProfileEvent;
}

interface PurchaseChange extends Addressee {
  readonly purchase: ProfilePurchase;
}

/** What the valid objects of a request change, in the order in which it is applied: the order of the members. */
export interface TrackChanges {
  readonly attributes: readonly AttributesChange[];
  readonly events: readonly EventChange[];
  readonly purchases: readonly PurchaseChange[];
}

export const track: Endpoint = {
  path: '/users/track',
  permission: 'users.track',
  rateGroup: 'track',
  respond: judgeTrack,
};

/** The objects of errors that were asked for are not processed, and then the answer is 201 even if nothing is left. */
function judgeTrack({ body, now, forced }: Demand): Verdict {
  const arrays = arraysOf(body);
  if ('answer' in arrays) return arrays;
  const attributes = judgeArray('attributes', arrays.value, forced, judgeAttributes);
  const events = judgeArray('events', arrays.value, forced, (object) =>
    addressed(object, (members) => mapped(judgeEvent(members, now), (event) => ({ event }))),
  );
  const purchases = judgeArray('purchases', arrays.value, forced, (object) =>
    addressed(object, (members) => mapped(judgePurchase(members, now), (purchase) => ({ purchase }))),
  );
  const changes = { attributes: attributes.changes, events: events.changes, purchases: purchases.changes };
  const errors = [...forced, ...attributes.errors, ...events.errors, ...purchases.errors];
  const nothingLeft = Object.values(changes).every((list) => list.length === 0);
  if (nothingLeft && forced.length === 0) {
    // "All invalid" is documented as 4xx with `message` and `errors`; which status and text, is not.
    return { answer: { status: 400, body: { ...(refusals.noData.body as JsonObject), errors } } };
  }
  return { answer: acceptance(arrays.value, changes, errors), write: { kind: 'track', changes } };
}

type Arrays = Readonly<Partial<Record<InputArray, readonly unknown[]>>>;

/** The arrays that were sent with something in them, or the refusal of the whole request. */
function arraysOf(body: unknown): { readonly value: Arrays } | Verdict {
  if (!isObject(body)) return { answer: refusals.noData };
  const notAnArray = inputArrays.find((name) => body[name] !== undefined && !Array.isArray(body[name]));
  if (notAnArray) {
    // Not documented; worded as `/users/merge` does for its array.
    return { answer: { status: 400, body: { message: `'${notAnArray}' must be an array of objects` } } };
  }
  const sent = inputArrays.map((name) => [name, (body[name] ?? []) as readonly unknown[]] as const);
  const count = sent.reduce((sum, [, list]) => sum + list.length, 0);
  if (count === 0) return { answer: refusals.noData };
  if (count > MAX_OBJECTS) return { answer: refusals.tooManyObjects };
  return { value: Object.fromEntries(sent.filter(([, list]) => list.length > 0)) };
}

function judgeArray<T>(
  name: InputArray,
  arrays: Arrays,
  forced: readonly TrackError[],
  judge: (object: JsonObject) => Judged<T>,
): { readonly changes: readonly T[]; readonly errors: readonly TrackError[] } {
  const skipped = new Set(forced.filter((error) => error.input_array === name).map((error) => error.index));
  const changes: T[] = [];
  const errors: TrackError[] = [];
  for (const [index, element] of (arrays[name] ?? []).entries()) {
    if (skipped.has(index)) continue;
    const judged = isObject(element) ? judge(element) : { problem: `'${name}' must be an array of objects` };
    if ('problem' in judged) errors.push({ type: judged.problem, input_array: name, index });
    else changes.push(judged.value);
  }
  return { changes, errors };
}

/** Judges an object's identifier first, then the rest of it, and joins the two. */
function addressed<T extends object>(
  object: JsonObject,
  judgeMembers: (object: JsonObject, addressee: Addressee) => Judged<T>,
): Judged<Addressee & T> {
  const addressee = addresseeOf(object);
  if ('problem' in addressee) return addressee;
  return mapped(judgeMembers(object, addressee.value), (members) => ({ ...addressee.value, ...members }));
}

function mapped<T, U>(judged: Judged<T>, map: (value: T) => U): Judged<U> {
  return 'problem' in judged ? judged : { value: map(judged.value) };
}

const identifierKeys = ['external_id', 'user_alias', 'braze_id'];
const controlKeys = ['_update_existing_only', '_merge_objects', 'push_token_import'];

function judgeAttributes(object: JsonObject): Judged<AttributesChange> {
  if (object['push_token_import'] === true) {
    return { problem: "The emulator does not take 'push_token_import' yet" };
  }
  return addressed(object, (members, addressee) => judgeFields(members, addressee));
}

function judgeFields(
  object: JsonObject,
  addressee: Addressee,
): Judged<Omit<AttributesChange, keyof Addressee>> {
  const standard = new Map<string, unknown>();
  const custom = new Map<string, unknown>();
  for (const [name, value] of Object.entries(object)) {
    if (identifierKeys.includes(name) || controlKeys.includes(name)) continue;
    const problem = isStandardField(name) ? judgeInto(standard, name, value) : takeInto(custom, name, value);
    if (problem !== undefined) return { problem };
  }
  // A contact address that found the person is no change of it: `null` beside it cannot remove it either.
  if (!isPrimary(addressee.identifier)) standard.delete(addressee.identifier.kind);
  return { value: { standard, custom, mergeObjects: object['_merge_objects'] === true } };
}

function judgeInto(standard: Map<string, unknown>, name: string, value: unknown): string | undefined {
  const verdict = judgeStandardField(name, value);
  if (verdict.kind === 'refused') return verdict.problem;
  if (verdict.kind === 'stored') standard.set(name, verdict.value);
  return undefined;
}

function takeInto(custom: Map<string, unknown>, name: string, value: unknown): string | undefined {
  const operator = unsupportedOperator(value);
  if (operator) return `The emulator does not apply '${operator}' yet ('${name}')`;
  if (isCustomAttributeName(name)) custom.set(name, value);
  return undefined;
}

/** 201: "accepted", with a counter for each array that was sent, 0 included (public fixtures disagree about 0). */
function acceptance(arrays: Arrays, changes: TrackChanges, errors: readonly TrackError[]): Answer {
  const body = {
    message: 'success',
    ...(arrays.attributes ? { attributes_processed: personCount(changes.attributes) } : {}),
    ...(arrays.events ? { events_processed: changes.events.length } : {}),
    ...(arrays.purchases ? { purchases_processed: changes.purchases.length } : {}),
    ...(errors.length > 0 ? { errors } : {}),
  };
  return { status: 201, body };
}

/** `attributes_processed` counts users, told apart by the identifier as given: what is queued is not looked up yet. */
function personCount(changes: readonly AttributesChange[]): number {
  return new Set(changes.map((change) => JSON.stringify(change.identifier))).size;
}
