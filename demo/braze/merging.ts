/**
 * Two profiles made one. Pure. Sources: `api/endpoints/user_data/post_users_merge`, `…/post_user_identify`,
 * `user_guide/audience/manage_audience/merge_duplicate_users/merge_behavior`.
 */
import { isE164 } from './address.ts';
import { parseTime } from './dates.ts';
import type { JsonObject } from './json.ts';
import type { Profile } from './profiles.ts';

/**
 * The profile that is kept, with what only the other one had. A field or custom attribute that both have stays as it is;
 * events, purchases and messages are joined, so that counts are sums and the first and last times those of both.
 */
export function merged(kept: Profile, other: Profile): Profile {
  return {
    ...kept,
    user_aliases: [
      ...kept.user_aliases,
      // One name per label: of two the kept profile's stays, a choice for /users/merge. /users/identify has no such case.
      ...other.user_aliases.filter(({ alias_label: label }) => !hasLabel(kept, label)),
    ],
    standard: mergedFields(kept.standard, other.standard),
    custom_attributes: { ...other.custom_attributes, ...kept.custom_attributes },
    events: byTime(kept.events, other.events),
    purchases: byTime(kept.purchases, other.purchases),
    canvas_entries: byTime(kept.canvas_entries, other.canvas_entries),
    campaign_sends: byTime(kept.campaign_sends, other.campaign_sends),
  };
}

/** "Users can have only one alias for a specific label." */
export function shareAliasLabel(one: Profile, other: Profile): boolean {
  return one.user_aliases.some(({ alias_label: label }) => hasLabel(other, label));
}

function hasLabel(profile: Profile, label: string): boolean {
  return profile.user_aliases.some((alias) => alias.alias_label === label);
}

/** Has it a phone number that is not E.164? "If both profiles have invalid phone numbers", they are not merged. */
export function hasInvalidPhone({ standard }: Profile): boolean {
  const { phone } = standard;
  return typeof phone === 'string' && !isE164(phone);
}

/** Fields of which both profiles' values count. That the last two are joined is a choice: no page names them. */
const joins: Readonly<Record<string, (kept: unknown, other: unknown) => unknown>> = {
  date_of_first_session: (kept, other) => (timeOf(other) < timeOf(kept) ? other : kept),
  date_of_last_session: (kept, other) => (timeOf(other) > timeOf(kept) ? other : kept),
  subscription_groups: (kept, other) => unionBy('subscription_group_id', kept, other),
  push_tokens: (kept, other) => unionBy('token', kept, other),
};

function mergedFields(kept: JsonObject, other: JsonObject): JsonObject {
  const joined = Object.entries(joins)
    .filter(([field]) => kept[field] !== undefined && other[field] !== undefined)
    .map(([field, join]) => [field, join(kept[field], other[field])] as const);
  return { ...other, ...kept, ...Object.fromEntries(joined) };
}

/** Not a number, which is neither earlier nor later than any, for a date in a form that says no point in time. */
function timeOf(date: unknown): number {
  return parseTime(String(date)) ?? Number.NaN;
}

/** The kept profile's, and those of the other whose `key` it has not. */
export function unionBy(key: string, kept: unknown, other: unknown): readonly JsonObject[] {
  const first = kept as readonly JsonObject[];
  const known = new Set(first.map((item) => item[key]));
  return [...first, ...(other as readonly JsonObject[]).filter((item) => !known.has(item[key]))];
}

/** Earliest first; at the same time the kept profile's come first. Times in one format compare as text. */
function byTime<T extends { readonly time: string }>(kept: readonly T[], other: readonly T[]): readonly T[] {
  return [...kept, ...other].sort((one, two) => Number(one.time > two.time) - Number(one.time < two.time));
}
