/**
 * Body of `POST /users/track` (`api/endpoints/user_data/post_user_track`): what an action's mapping makes of a submission, and
 * what submissions of many visitors make together.
 */
import type { TemplateValue } from '../../widget/contract/flow.ts';
import type { Submission } from '../../widget/contract/wire.ts';
import { fillValue } from '../../widget/flow/template.ts';
import type { Json } from '../store/json.ts';
import { aliasOf } from './alias.ts';
import { checkAttribute, checkProperty, eventNameProblem } from './checks.ts';
import { bytesOf, MAX_CHARACTERS, MAX_OBJECT_BYTES, MAX_PROPERTIES } from './limits.ts';
import { isRecord, type Checked } from './values.ts';

/** One custom event that an action writes. */
export interface EventMapping {
  readonly name: string;
  readonly properties?: Readonly<Record<string, TemplateValue>>;
  /** Written again when a corrected answer makes a new submission. Default false: it happened once. */
  readonly repeat?: boolean;
}

/** What is made of a submission. */
export interface TrackMapping {
  readonly attributes?: Readonly<Record<string, TemplateValue>>;
  readonly events?: readonly EventMapping[];
}

export interface TrackBody {
  readonly attributes?: readonly TrackObject[];
  readonly events?: readonly TrackObject[];
}

export type TrackObject = Readonly<Record<string, Json>>;

/** An event that a submission writes. */
export interface TrackedEvent {
  readonly key: EventKey;
  /** It is written again with a correction. */
  readonly repeats: boolean;
  readonly object: TrackObject;
}

/** What one submission writes, before it is known what of it Braze has already. JSON. */
export interface TrackShare {
  readonly attributes?: TrackObject;
  readonly events: readonly TrackedEvent[];
}

/**
 * An event of an action: its name, and which of those with this name it is, as `signed_up#0`. By this it is known again under a
 * newer revision of the flow, in which it may stand elsewhere.
 */
export type EventKey = string;

/** What of a mapping is not written, because Braze would not take it for what is meant. */
export interface LeftOut {
  /** An attribute, an event, or a property of one: `gender`, `chat_done`, `chat_done.page`. */
  readonly name: string;
  /** What it should be, and by which page. Never the value: it is a visitor's. */
  readonly reason: string;
}

/** Where the objects of one share stand in the body. */
export interface Places {
  readonly attributes: number | undefined;
  /** For each of the share's events. */
  readonly events: readonly number[];
  /** How many objects the whole body has. */
  readonly sent: ObjectCounts;
}

export interface ObjectCounts {
  readonly attributes: number;
  readonly events: number;
}

/** Whose profile it is, as Braze takes it (`post_user_track`, "Identifier resolution"): an identified person's, or that of an e-mail address. */
export type ProfileId = { readonly external_id: string } | { readonly email: string };

/** Whose profile is written to: one of those, or the visitor's own, by their alias. */
export type Profile = { readonly visitor: string } | ProfileId;

/**
 * What an attributes object says beside attributes (`api/objects_filters/user_attributes_object`). An e-mail address by which it is found is
 * not among them: Braze keeps it as an attribute, too.
 */
const CONTROL_KEYS: readonly string[] = [
  'external_id',
  'user_alias',
  '_update_existing_only',
  '_merge_objects',
];

/** An event's property by which a double can be seen: Braze knows none. */
const SUBMISSION_ID = 'submission_id';

type Entry = readonly [name: string, value: Json];

/**
 * What an action writes of a submission, in the forms and within the limits that Braze documents. What does not fit is left
 * out alone: the attribute and not the object, the property and not the event.
 * @param context what the templates read
 */
export function buildShare(
  mapping: TrackMapping,
  submission: Pick<Submission, 'id' | 'time'>,
  profile: Profile,
  context: unknown,
): { readonly share: TrackShare; readonly leftOut: readonly LeftOut[] } {
  const leftOut: LeftOut[] = [];
  const fill = (
    template: NonNullable<TrackMapping['attributes']>,
    at: string,
    check: (name: string, value: Json) => Checked,
  ): readonly Entry[] =>
    Object.entries(template).flatMap(([name, value]) => {
      const filled = fillValue(value, context) as Json | undefined;
      if (filled === undefined) return [];
      const checked = check(name, filled);
      if ('value' in checked) return [[name, checked.value] as const];
      leftOut.push({ name: `${at}${name}`, reason: checked.reason });
      return [];
    });
  const identifier = identifierOf(profile);
  const attributes = writtenAttributes({
    // First, for who reads it; and last, for by an e-mail address it is found.
    ...identifier,
    ...Object.fromEntries(withinBytes(fill(mapping.attributes ?? {}, '', checkAttribute), '', leftOut)),
    ...identifier,
  });
  const mappings = mapping.events ?? [];
  const events = mappings.flatMap((event, index): TrackedEvent[] => {
    const { name } = event;
    const problem = eventNameProblem(name);
    if (problem !== undefined) {
      leftOut.push({ name, reason: problem });
      return [];
    }
    const filled = fill(event.properties ?? {}, `${name}.`, checkProperty);
    const properties = withinBytes(withinCount(filled, `${name}.`, leftOut), `${name}.`, leftOut);
    const before = mappings.slice(0, index).filter((each) => each.name === name).length;
    const object = {
      ...identifier,
      name,
      time: submission.time,
      // Braze does not de-duplicate: the id lets an operator see a double, should the one case occur that nobody can close.
      properties: { ...Object.fromEntries(properties), [SUBMISSION_ID]: submission.id },
    };
    return [{ key: `${name}#${before}`, repeats: event.repeat ?? false, object }];
  });
  return { share: { ...(attributes && { attributes }), events }, leftOut };
}

function identifierOf(profile: Profile): TrackObject {
  if ('external_id' in profile) return { external_id: profile.external_id };
  if ('email' in profile) return { email: profile.email };
  // An unknown alias is not created unless the object says so: post_user_track, "Updating existing profiles only".
  return { user_alias: aliasOf(profile.visitor), _update_existing_only: false };
}

/** The first properties, one less than there may be: the submission's id is one of them. */
function withinCount(entries: readonly Entry[], at: string, leftOut: LeftOut[]): readonly Entry[] {
  const reason = `an event has ${MAX_PROPERTIES} properties at most, submission_id among them (api/objects_filters/event_object)`;
  for (const [name] of entries.slice(MAX_PROPERTIES - 1)) leftOut.push({ name: `${at}${name}`, reason });
  return entries.slice(0, MAX_PROPERTIES - 1);
}

/** Bytes that are left to what is not the mapping's: identifier, name, time, submission id. */
const OWN_BYTES = 2_000;

/** What fits into one object; the largest goes first. @param leftOut what does not is added to it */
export function withinBytes(
  entries: readonly Entry[],
  at: string,
  leftOut: LeftOut[],
  limit = MAX_OBJECT_BYTES,
): readonly Entry[] {
  // Texts of which no count that a flow has comes near.
  const isShort = (value: Json) => typeof value !== 'object' && String(value).length <= MAX_CHARACTERS;
  if (entries.every(([, value]) => isShort(value)) && entries.length < 50) return entries;
  const sizes = new Map(entries.map(([name, value]) => [name, bytesOf([name, value])]));
  let total = [...sizes.values()].reduce((sum, size) => sum + size, OWN_BYTES);
  for (const [name, size] of [...sizes].sort(([, one], [, other]) => other - one)) {
    if (total <= limit) break;
    total -= size;
    sizes.delete(name);
    const reason = `all together is over ${limit / 1_000} kB, and this is the largest (api/objects_filters)`;
    leftOut.push({ name: `${at}${name}`, reason });
  }
  return entries.filter(([name]) => sizes.has(name));
}

/** The object, or `undefined` where it writes nothing. */
function writtenAttributes(object: TrackObject): TrackObject | undefined {
  return Object.keys(object).every((name) => CONTROL_KEYS.includes(name)) ? undefined : object;
}

/**
 * One body for several shares, the objects of each in the shares' order.
 * @returns the places in the order of the shares
 */
export function bodyOf(shares: readonly TrackShare[]): {
  readonly body: TrackBody;
  readonly places: readonly Places[];
} {
  const attributes: TrackObject[] = [];
  const events: TrackObject[] = [];
  const indexes = shares.map((share) => ({
    attributes: share.attributes === undefined ? undefined : attributes.push(share.attributes) - 1,
    events: share.events.map(({ object }) => events.push(object) - 1),
  }));
  const sent = { attributes: attributes.length, events: events.length };
  return {
    body: { ...(attributes.length > 0 && { attributes }), ...(events.length > 0 && { events }) },
    places: indexes.map((each) => ({ ...each, sent })),
  };
}

const sizes = new WeakMap<TrackShare, ShareSize>();

export interface ShareSize extends ObjectCounts {
  /** Of its objects as JSON in UTF-8, with a comma for each. */
  readonly bytes: number;
}

/** Bytes of `{"attributes":[],"events":[]}`: what a body is before there is anything in it. */
export const EMPTY_BODY_BYTES = 29;

/** Reckoned once for each share. */
export function sizeOf(share: TrackShare): ShareSize {
  const known = sizes.get(share);
  if (known) return known;
  const objects = [
    ...(share.attributes ? [share.attributes] : []),
    ...share.events.map(({ object }) => object),
  ];
  const size = {
    attributes: share.attributes ? 1 : 0,
    events: share.events.length,
    // The brackets of the array stand for the first object's comma.
    bytes: objects.length === 0 ? 0 : bytesOf(objects),
  };
  sizes.set(share, size);
  return size;
}

/** What Braze does not have yet. @param accepted the action's events that it has, from the submission that this one corrects */
export function withoutAccepted(share: TrackShare, accepted: readonly EventKey[]): TrackShare {
  const events = share.events.filter(({ key, repeats }) => repeats || !accepted.includes(key));
  return events.length === share.events.length ? share : { ...share, events };
}

/**
 * What may be sent though Braze may have processed it already: nothing that adds up. `add` and `remove` on an array of scalars
 * do the same twice as once, and stay (post_user_track; `array_of_objects` for `$add`, `$remove`, `$update`).
 * @param events `resend` where a double is better than a gap
 */
export function withoutCounted(share: TrackShare, events: 'resend' | 'drop'): TrackShare {
  const kept = Object.entries(share.attributes ?? {}).flatMap(([name, value]): Entry[] => {
    const uncounted = isIncrement(value) ? undefined : withoutAdding(value);
    return uncounted === undefined ? [] : [[name, uncounted]];
  });
  const attributes = writtenAttributes(Object.fromEntries(kept));
  return { ...(attributes && { attributes }), events: events === 'drop' ? [] : share.events };
}

/** `{"inc": n}` (`api/objects_filters/user_attributes_object`). */
function isIncrement(value: Json): boolean {
  return isRecord(value) && Object.keys(value).length === 1 && typeof value['inc'] === 'number';
}

/** Without any `$add`, and without what is left empty by that. */
function withoutAdding(value: Json): Json | undefined {
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([key]) => key !== '$add');
  const kept = entries.flatMap(([key, inner]): Entry[] => {
    const uncounted = withoutAdding(inner);
    return uncounted === undefined ? [] : [[key, uncounted]];
  });
  return kept.length === 0 && Object.keys(value).length > 0 ? undefined : Object.fromEntries(kept);
}

/** Whether there is nothing to write. */
export function isEmpty({ attributes, events }: TrackShare): boolean {
  return attributes === undefined && events.length === 0;
}

/** One answer and nothing else, perhaps with a default. */
const WHOLE_ANSWER = /^\{\{\s*answers\.(\w+)\s*(?:\|\s*default:\s*"[^"]*"\s*)?\}\}$/;

/**
 * The field whose answer is all that an attribute holds, alone or as a list's only element, or `undefined` where the mapping has put
 * something to it: that may be what Braze refuses, and no visitor can correct it.
 */
export function fieldBehind({ attributes }: TrackMapping, attribute: string): string | undefined {
  const template = attributes?.[attribute];
  const items = (Array.isArray(template) ? template : [template]) as readonly unknown[];
  const [only] = items;
  return typeof only === 'string' && items.length === 1 ? WHOLE_ANSWER.exec(only)?.[1] : undefined;
}
