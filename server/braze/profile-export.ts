/** What is asked of Braze to read profiles, and what its answer shows. Pure. Source: `post_users_identifier`. */
import type { Json } from '../store/json.ts';
import type { ExportBody } from './erasure.ts';

/**
 * All that `fields_to_export` may name, and so all that can be read of a profile. Those of campaigns, Canvases and cards are in the sample of
 * an answer alone; with the first two an export is a slow one (rate limit).
 */
export const EXPORT_FIELDS: readonly string[] = [
  'apps',
  'attributed_ad',
  'attributed_adgroup',
  'attributed_campaign',
  'attributed_source',
  'braze_id',
  'campaigns_received',
  'canvases_received',
  'cards_clicked',
  'country',
  'created_at',
  'custom_attributes',
  'custom_events',
  'devices',
  'dob',
  'email',
  'email_subscribe',
  'external_id',
  'first_name',
  'gender',
  'home_city',
  'language',
  'last_coordinates',
  'last_name',
  'phone',
  'purchases',
  'push_subscribe',
  'push_tokens',
  'random_bucket',
  'time_zone',
  'total_revenue',
  'uninstalled_at',
  'user_aliases',
];

/** Ids that one export takes (`api/errors`, "The max number of ids per request was exceeded"). */
export const MAX_EXPORT_IDS = 50;

/** One user of the answer, of the fields that were asked for. What is null or empty may be absent. */
export type BrazeProfile = Readonly<Record<string, Json>>;

/** What an answer shows of somebody who was asked for. */
export type ShownProfile =
  | { readonly type: 'found'; readonly profile: BrazeProfile }
  /** Braze knows nobody by that id. */
  | { readonly type: 'unknown' }
  /** It shows two that are not the same, and nobody can say which it is. */
  | { readonly type: 'unclear' };

/** Whether Braze can know anybody by that id. Half of a surrogate pair is no text: the whole request might be refused for it. */
export function isPossibleId(externalId: string): boolean {
  return externalId !== '' && !/\p{Surrogate}/u.test(externalId);
}

/** What is named is asked for and no more, beside the id: users come in any order. */
export function profilesBodyOf(ids: readonly string[], fields: readonly string[]): ExportBody {
  return { external_ids: ids, fields_to_export: [...new Set([...fields, 'external_id'])] };
}

/**
 * Of each who was asked for. Who is not among the users is unknown, whether or not `invalid_user_ids`, which is optional, names them.
 * @returns `undefined` where that is no answer to an export
 */
export function profilesIn(
  body: unknown,
  ids: readonly string[],
  fields: readonly string[],
): ReadonlyMap<string, ShownProfile> | undefined {
  const users = isRecord(body) ? body['users'] : undefined;
  if (!Array.isArray(users)) return undefined;
  const shown = new Map<string, ShownProfile>(ids.map((id) => [id, { type: 'unknown' }]));
  for (const user of users as readonly unknown[]) {
    if (!isRecord(user)) return undefined;
    const { external_id: id } = user;
    const before = typeof id === 'string' ? shown.get(id) : undefined;
    // Nobody has asked for them.
    if (typeof id !== 'string' || before === undefined) continue;
    const profile = profileOf(user, fields);
    const isOther = before.type !== 'unknown' && !isSameAs(before, profile);
    shown.set(id, isOther ? { type: 'unclear' } : { type: 'found', profile });
  }
  return shown;
}

function profileOf(user: Readonly<Record<string, unknown>>, fields: readonly string[]): BrazeProfile {
  // It was parsed from JSON.
  const known = user as Readonly<Record<string, Json>>;
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = Object.hasOwn(known, field) ? known[field] : undefined;
      return value === undefined ? [] : [[field, value] as const];
    }),
  );
}

function isSameAs(before: ShownProfile, profile: BrazeProfile): boolean {
  return before.type === 'found' && JSON.stringify(before.profile) === JSON.stringify(profile);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
