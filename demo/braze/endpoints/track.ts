/**
 * `POST /users/track`, judged: what a body would change, and what Braze would answer. Pure: it changes no profile.
 * Source: `api/endpoints/user_data/post_user_track`.
 */
import { refusals, type Answer } from '../answer.ts';
import { judgeAttributes, judgePushTokenImport, type AttributesChange } from '../attributes.ts';
import { entriesBy } from '../canvas-entry.ts';
import type { Demand, Endpoint, Verdict } from '../endpoint.ts';
import { judgeEvent, judgePurchase } from '../events.ts';
import { addresseeOf, type Addressee } from '../identifier.ts';
import { isObject, type Judged, type JsonObject } from '../json.ts';
import type { Problem } from '../problem.ts';
import type { ObjectLimit } from '../settings.ts';
import {
  inputArrays,
  type EventChange,
  type InputArray,
  type PurchaseChange,
  type TrackError,
} from '../track-changes.ts';

export const track: Endpoint = {
  path: '/users/track',
  permission: 'users.track',
  rateGroup: 'track',
  respond: judgeTrack,
};

/** The objects of errors that were asked for are not processed, and then the answer is 201 even if nothing is left. */
function judgeTrack(demand: Demand): Verdict {
  const { body, forced, workspace } = demand;
  const { blocklist, objectLimit } = workspace.settings;
  const arrays = arraysOf(body, objectLimit);
  if ('answer' in arrays) return arrays;
  const judged = judgeArrays(demand, arrays.value);
  const { attributes, events, purchases } = judged;
  const errors = [...forced, ...attributes.errors, ...events.errors, ...purchases.errors];
  const nothingLeft = Object.values(judged).every(({ accepted }) => accepted === 0);
  if (nothingLeft && forced.length === 0) {
    // "All invalid" is documented as 4xx with `message` and `errors`; which status and text, is not.
    return { answer: { status: 400, body: { ...(refusals.noData.body as JsonObject), errors } } };
  }
  const changes = {
    attributes: attributes.changes,
    // Accepted, counted, and dropped (`user_guide/data/activation/blocklist_custom_data`).
    events: events.changes.filter(({ event }) => !blocklist.events.includes(event.name)),
    purchases: purchases.changes,
  };
  return { answer: acceptance(arrays.value, judged, errors), write: { kind: 'track', changes } };
}

function judgeArrays(demand: Demand, arrays: Arrays): JudgedArrays {
  const { now, workspace } = demand;
  const { settings } = workspace;
  return {
    attributes: judgeArray(demand, 'attributes', arrays, (object) =>
      object['push_token_import'] === true
        ? judgePushTokenImport(object, settings)
        : mapped(judgeAttributes(object, settings), (change) => [change]),
    ),
    events: judgeArray(demand, 'events', arrays, (object) => {
      const members = mapped(judgeEvent(object, now, settings), (event) => ({
        event,
        entries: entriesBy(event, settings.canvases),
      }));
      return addressed(object, members);
    }),
    purchases: judgeArray(demand, 'purchases', arrays, (object) => {
      const members = mapped(judgePurchase(object, now, settings), (purchase) => ({ purchase }));
      return addressed(object, members);
    }),
  };
}

type Arrays = Readonly<Partial<Record<InputArray, readonly unknown[]>>>;

/** The arrays that were sent with something in them, or the refusal of the whole request. */
function arraysOf(body: unknown, limit: ObjectLimit): { readonly value: Arrays } | Verdict {
  if (!isObject(body)) return { answer: refusals.noData };
  const notAnArray = inputArrays.find((name) => body[name] !== undefined && !Array.isArray(body[name]));
  if (notAnArray) {
    // Not documented; worded as `/users/merge` does for its array.
    return { answer: { status: 400, body: { message: `'${notAnArray}' must be an array of objects` } } };
  }
  const sent = inputArrays.map((name) => [name, (body[name] ?? []) as readonly unknown[]] as const);
  const counts = sent.map(([, list]) => list.length);
  if (counts.every((count) => count === 0)) return { answer: refusals.noData };
  if (isOverLimit(counts, limit)) return { answer: refusals.tooManyObjects };
  return { value: Object.fromEntries(sent.filter(([, list]) => list.length > 0)) };
}

/** @param counts of the objects in each array */
function isOverLimit(counts: readonly number[], limit: ObjectLimit): boolean {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (limit === 'perArray75') return counts.some((count) => count > 75);
  return total > (limit === 'combined50' ? 50 : 75);
}

/** What became of the objects of an array. */
interface JudgedArray<T> {
  readonly changes: readonly T[];
  /** How many objects were accepted: an import of push tokens makes more than one change. */
  readonly accepted: number;
  readonly errors: readonly TrackError[];
}

interface JudgedArrays {
  readonly attributes: JudgedArray<AttributesChange>;
  readonly events: JudgedArray<EventChange>;
  readonly purchases: JudgedArray<PurchaseChange>;
}

function judgeArray<T extends Addressee>(
  { forced, workspace }: Demand,
  name: InputArray,
  arrays: Arrays,
  judge: (object: JsonObject) => Judged<readonly T[]>,
): JudgedArray<T> {
  const skipped = new Set(forced.filter((error) => error.input_array === name).map((error) => error.index));
  const changes: T[] = [];
  const errors: TrackError[] = [];
  let accepted = 0;
  for (const [index, element] of (arrays[name] ?? []).entries()) {
    if (skipped.has(index)) continue;
    const judged = isObject(element)
      ? unlessBlocked(judge(element), workspace)
      : { problem: `'${name}' must be an array of objects` };
    if ('problem' in judged) {
      errors.push({ type: typeOf(judged, workspace), input_array: name, index });
    } else {
      changes.push(...judged.value);
      accepted += 1;
    }
  }
  return { changes, accepted, errors };
}

function typeOf({ problem, code }: Problem, { settings }: Demand['workspace']): string {
  return settings.errorStyle === 'code' ? (code ?? problem) : problem;
}

/**
 * Nothing is taken in for a profile that is blocked as spam (`user_archival`). The text and the code speak of the
 * `external_id`; whatever else finds the profile is refused alike.
 */
function unlessBlocked<T extends Addressee>(
  judged: Judged<readonly T[]>,
  { profiles }: Demand['workspace'],
): Judged<readonly T[]> {
  if ('problem' in judged) return judged;
  return judged.value.some(({ identifier }) => profiles.isBlocked(identifier))
    ? {
        problem: 'provided external_id is blacklisted and disallowed',
        code: 'BLACKLISTED_EXTERNAL_USER_ID',
      }
    : judged;
}

/** Joins the members of an event or a purchase with whom it is about; a problem with the identifier comes first. */
function addressed<T extends object>(
  object: JsonObject,
  members: Judged<T>,
): Judged<readonly (Addressee & T)[]> {
  const addressee = addresseeOf(object);
  if ('problem' in addressee) return addressee;
  return mapped(members, (value) => [{ ...addressee.value, ...value }]);
}

function mapped<T, U>(judged: Judged<T>, map: (value: T) => U): Judged<U> {
  return 'problem' in judged ? judged : { value: map(judged.value) };
}

/** 201: "accepted", with a counter for each array that was sent, 0 included (public fixtures disagree about 0). */
function acceptance(
  arrays: Arrays,
  { attributes, events, purchases }: JudgedArrays,
  errors: readonly TrackError[],
): Answer {
  const body = {
    message: 'success',
    ...(arrays.attributes ? { attributes_processed: personCount(attributes.changes) } : {}),
    ...(arrays.events ? { events_processed: events.accepted } : {}),
    ...(arrays.purchases ? { purchases_processed: purchases.accepted } : {}),
    ...(errors.length > 0 ? { errors } : {}),
  };
  return { status: 201, body };
}

/** `attributes_processed` counts users, told apart by the identifier as given: what is queued is not looked up yet. */
function personCount(changes: readonly AttributesChange[]): number {
  return new Set(changes.map((change) => JSON.stringify(change.identifier))).size;
}
