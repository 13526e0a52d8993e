/** What an erasure asks of Braze, and what Braze's answers mean to it. Pure. */
import type { Erasure } from '../delivery/erasure.ts';
import type { WrittenNames } from '../flows/written-names.ts';
import { aliasOf } from './alias.ts';
import type { BrazeAnswer } from './client.ts';
import type { Profile, TrackBody } from './payload.ts';

/**
 * What is looked at, and no more: an export has all that Braze knows of a person. Without campaigns and Canvases it is a quick one
 * (`post_users_identifier`, rate limit). That somebody was sent a message does not make them a customer: retargeting who talked is what
 * the conversation is for.
 */
const LOOKED_AT = [
  'braze_id',
  'created_at',
  'external_id',
  'email',
  'phone',
  'user_aliases',
  'email_subscribe',
  'push_subscribe',
  'push_tokens',
  'devices',
  'apps',
  'purchases',
  'total_revenue',
  'custom_attributes',
  'custom_events',
] as const;

/** Body of `POST /users/export/ids`. */
export interface ExportBody {
  readonly user_aliases?: readonly object[];
  readonly external_ids?: readonly string[];
  readonly email_address?: string;
  readonly fields_to_export: readonly string[];
}

/** Milliseconds that Braze's clock may be behind ours. Where it is more, a profile is taken for older than its visitor and is not deleted. */
const SKEW = 10_000;

/** Body of `POST /users/delete`. */
export interface DeleteBody {
  readonly braze_ids: readonly string[];
}

export const exportBodyOf = (visitor: string): ExportBody => ({
  user_aliases: [aliasOf(visitor)],
  fields_to_export: LOOKED_AT,
});

/** What shows which profile it is, and no more. */
export const lookUpBodyOf = (profile: Profile): ExportBody => ({
  ...('visitor' in profile
    ? { user_aliases: [aliasOf(profile.visitor)] }
    : 'email' in profile
      ? { email_address: profile.email }
      : { external_ids: [profile.external_id] }),
  fields_to_export: ['braze_id'],
});

/** What an export shows of a visitor. */
export type Shown =
  /** There is no profile with their alias. */
  | { readonly type: 'absent' }
  /** One that has nothing but what the conversation wrote: it may be deleted. */
  | { readonly type: 'alias_only'; readonly brazeId: string }
  /** Anything else: somebody whom the brand knows from elsewhere, or an answer that cannot be read. */
  | { readonly type: 'other' };

/**
 * A profile is deleted for good, and a visitor asks for it whom nobody knows: so it has to be the relay's alone beyond doubt. It has no
 * external id and no alias but ours; no e-mail address or phone number, by which Braze finds it for whoever writes to that address ("Identifier
 * resolution" of `post_user_track`): a stranger may have typed it, and a newsletter, or another site's visitor, have written to it since; no device,
 * app or push token, which an SDK writes; no purchase; and no choice of e-mail or push subscription, which is a record that the brand may
 * have to keep: who is deleted and imported again would be subscribed. It has no custom attribute and no custom event but such as we write.
 * And it is no older than its visitor: the profile of an address, into which an alias was merged, may look the same and was there before.
 * @param since when the relay made the visitor: milliseconds since 1970
 */
export function shownIn(answer: BrazeAnswer, visitor: string, since: number, ours: WrittenNames): Shown {
  const users = usersIn(answer);
  if (users === undefined) return { type: 'other' };
  if (users.length === 0) return { type: 'absent' };
  const [user] = users;
  if (users.length > 1 || !isRecord(user)) return { type: 'other' };
  const { braze_id: brazeId, user_aliases: aliases, created_at: created, ...rest } = user;
  const isOurs = Array.isArray(aliases) && aliases.length === 1 && isAliasOf(aliases[0], visitor);
  const { custom_attributes: attributes, custom_events: events, ...others } = rest;
  const isFree = LOOKED_AT.every((field) => isNothing(others[field]) || isByDefault(field, others[field]));
  const isSaid = hasOnly(attributes, ours.attributes) && hasOnly(events, ours.events);
  const isTheirs = isOurs && isFree && isSaid && timeOf(created) >= since - SKEW;
  if (!isTheirs || typeof brazeId !== 'string' || brazeId === '') return { type: 'other' };
  return { type: 'alias_only', brazeId };
}

/** Which one profile an export shows, by its `braze_id`: `undefined` where it shows none, several, or nothing that can be read. */
export function brazeIdIn(answer: BrazeAnswer): string | undefined {
  const [user, ...others] = usersIn(answer) ?? [];
  if (others.length > 0 || !isRecord(user)) return undefined;
  const { braze_id: brazeId } = user;
  return typeof brazeId === 'string' && brazeId !== '' ? brazeId : undefined;
}

/**
 * By the id that the export showed, and not by the alias: should the brand identify the visitor in between, the alias is on the profile
 * of a person whom it knows, and this id is of nobody any more (`post_user_identify`).
 */
export const deleteBodyOf = (brazeId: string): DeleteBody => ({ braze_ids: [brazeId] });

/** Whether Braze says that there was nobody to delete: since the export it has become something else. */
export function isNobody(answer: BrazeAnswer): boolean {
  return answer.type === 'response' && isRecord(answer.body) && answer.body['deleted'] === 0;
}

/**
 * By which the brand hears that its profiles are to be erased: an event on each of them, if it is there. None is made for it.
 */
export function tellingBodyOf(
  { visitor, at }: Erasure,
  profiles: readonly Profile[],
  name: string,
): TrackBody {
  return {
    events: profiles.map((profile) => ({
      ...('visitor' in profile ? { user_alias: aliasOf(profile.visitor) } : profile),
      _update_existing_only: true,
      name,
      time: new Date(at).toISOString(),
      properties: { visitor, submission_id: `${visitor}.erasure` },
    })),
  };
}

function usersIn(answer: BrazeAnswer): readonly unknown[] | undefined {
  const body = answer.type === 'response' ? answer.body : undefined;
  const users = isRecord(body) ? body['users'] : undefined;
  return Array.isArray(users) ? (users as readonly unknown[]) : undefined;
}

/**
 * Milliseconds since 1970 of a time as Braze has it: ISO 8601, and in the sample `2020-07-10 15:00:00.000 UTC` (`post_users_identifier`).
 * @returns NaN where it is none: it is later than nothing
 */
function timeOf(value: unknown): number {
  const [, day, time] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?) ?(?:Z|UTC|\+00:?00)$/.exec(String(value)) ?? [];
  return day === undefined || time === undefined ? NaN : Date.parse(`${day}T${time}Z`);
}

function isAliasOf(given: unknown, visitor: string): boolean {
  const { alias_name: name, alias_label: label } = aliasOf(visitor);
  return isRecord(given) && given['alias_name'] === name && given['alias_label'] === label;
}

/** Attributes are an object by their names, events a list of what each was; nothing else can be read. */
function hasOnly(written: unknown, ours: ReadonlySet<string>): boolean {
  if (isNothing(written)) return true;
  const names = Array.isArray(written)
    ? written.map((each) => (isRecord(each) ? each['name'] : undefined))
    : isRecord(written)
      ? Object.keys(written)
      : [undefined];
  return names.every((name) => typeof name === 'string' && ours.has(name));
}

/** Absent fields are null or empty (`post_users_identifier`, response). */
function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isRecord(value)) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === '' || value === 0;
}

/** What everybody is whom nobody has asked. */
function isByDefault(field: string, value: unknown): boolean {
  return (field === 'email_subscribe' || field === 'push_subscribe') && value === 'subscribed';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
