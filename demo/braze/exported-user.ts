/**
 * A profile as an export shows it: "the least data possible", so what is empty is left out. Pure.
 * Source: `api/endpoints/export/user_data/post_users_identifier`.
 */
import { isObject, type JsonObject } from './json.ts';
import type { Profile } from './profiles.ts';
import type { PushToken } from './push-tokens.ts';
import type { WorkspaceSettings } from './settings.ts';

type Names = Pick<WorkspaceSettings, 'canvases' | 'campaigns'>;

/** A field's value; `undefined` and empty lists and objects are left out. `since` is ISO 8601 in UTC. */
type Projection = (profile: Profile, since: string, names: Names) => unknown;

const standard =
  (field: string): Projection =>
  (profile) =>
    profile.standard[field];

/** Of what the emulator has no data: devices, apps, attribution, cards. */
const nothing: Projection = () => undefined;

const projections: ReadonlyMap<string, Projection> = new Map<string, Projection>([
  ['apps', nothing],
  ['attributed_ad', nothing],
  ['attributed_adgroup', nothing],
  ['attributed_campaign', nothing],
  ['attributed_source', nothing],
  ['braze_id', (profile) => profile.braze_id],
  ['campaigns_received', campaignsReceived],
  ['canvases_received', canvasesReceived],
  ['cards_clicked', nothing],
  ['country', standard('country')],
  // "In ISO 8601"; the sample of the page has `2020-07-10 15:00:00.000 UTC`.
  ['created_at', (profile) => profile.created_at],
  ['custom_attributes', (profile) => profile.custom_attributes],
  [
    'custom_events',
    (profile, since) =>
      summaries(
        profile.events.map(({ name, time }) => ({ name, time, count: 1 })),
        since,
      ),
  ],
  ['devices', nothing],
  ['dob', standard('dob')],
  ['email', standard('email')],
  ['email_subscribe', standard('email_subscribe')],
  ['external_id', (profile) => profile.external_id],
  ['first_name', standard('first_name')],
  ['gender', standard('gender')],
  ['home_city', standard('home_city')],
  ['language', standard('language')],
  ['last_coordinates', lastCoordinates],
  ['last_name', standard('last_name')],
  ['phone', standard('phone')],
  ['purchases', purchases],
  ['push_subscribe', standard('push_subscribe')],
  ['push_tokens', pushTokens],
  ['random_bucket', randomBucket],
  ['time_zone', standard('time_zone')],
  ['total_revenue', totalRevenue],
  ['uninstalled_at', nothing],
  ['user_aliases', (profile) => profile.user_aliases],
]);

export function isExportField(name: unknown): boolean {
  return typeof name === 'string' && projections.has(name);
}

/** Events and purchases of "the last 90 days". */
const RECENT_MS = 90 * 24 * 60 * 60 * 1_000;

/**
 * @param fields all of them if `undefined`
 * @param now milliseconds since 1970
 * @param names of Canvases and campaigns
 */
export function userOf(
  profile: Profile,
  fields: readonly string[] | undefined,
  now: number,
  names: Names,
): JsonObject {
  const since = new Date(now - RECENT_MS).toISOString();
  const entries = (fields ?? [...projections.keys()]).map(
    (field) => [field, projections.get(field)?.(profile, since, names)] as const,
  );
  return Object.fromEntries(entries.filter(([, value]) => isSomething(value)));
}

function isSomething(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isObject(value) ? Object.keys(value).length > 0 : value !== undefined;
}

/** Something that was done at a time, so many times. */
interface Occurrence {
  readonly name: string;
  readonly time: string;
  readonly count: number;
}

/** Of each name, when it was first and last and how often; only what was not before `since`. */
function summaries(occurrences: readonly Occurrence[], since: string): readonly JsonObject[] {
  const byName = new Map<string, { name: string; first: string; last: string; count: number }>();
  for (const { name, time, count } of occurrences) {
    if (time < since) continue;
    const before = byName.get(name) ?? { name, first: time, last: time, count: 0 };
    byName.set(name, {
      name,
      first: time < before.first ? time : before.first,
      last: time > before.last ? time : before.last,
      count: before.count + count,
    });
  }
  return [...byName.values()];
}

/** "Each counts as a separate purchase": a quantity of 2 is two. */
function purchases(profile: Profile, since: string): unknown {
  return summaries(
    profile.purchases.map(({ product_id: name, time, quantity }) => ({ name, time, count: quantity })),
    since,
  );
}

/** Of all purchases, in whatever currencies they were: the emulator has no rates, and attributes them to nothing sent. */
function totalRevenue(profile: Profile): number | undefined {
  if (profile.purchases.length === 0) return undefined;
  return profile.purchases.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
}

/** `[longitude, latitude]`, as it is described; the sample of the page has them the other way round. */
function lastCoordinates({ standard: fields }: Profile): unknown {
  const location = fields['current_location'];
  return isObject(location) ? [location['longitude'], location['latitude']] : undefined;
}

function pushTokens({ standard: fields }: Profile): unknown {
  const tokens = (fields['push_tokens'] ?? []) as readonly PushToken[];
  return tokens.map(({ app_id: app, ...token }) => ({ app, ...token }));
}

/** 0 to 9999, the same for a profile whenever it is asked. */
function randomBucket({ braze_id: id }: Profile): number {
  return Number.parseInt(id.slice(-8), 16) % 10_000;
}

/** No `last_received_message` and no steps: the emulator lets people enter and sends them nothing. */
function canvasesReceived(profile: Profile, _since: string, { canvases }: Names): unknown {
  return latest(profile.canvas_entries.map(({ canvas_id: id, time }) => ({ id, time }))).map(
    ({ id, time }) => ({
      ...nameIn(canvases, id),
      api_canvas_id: id,
      last_entered: time,
    }),
  );
}

/** No `engaged` and `converted`: they are false. */
function campaignsReceived(profile: Profile, _since: string, { campaigns }: Names): unknown {
  return latest(profile.campaign_sends.map(({ campaign_id: id, time }) => ({ id, time }))).map(
    ({ id, time }) => ({
      ...nameIn(campaigns, id),
      api_campaign_id: id,
      last_received: time,
    }),
  );
}

interface Sent {
  readonly id: string;
  readonly time: string;
}

/** The last of each id. */
function latest(sent: readonly Sent[]): readonly Sent[] {
  const byId = new Map<string, Sent>();
  for (const each of sent) {
    const before = byId.get(each.id);
    if (!before || each.time >= before.time) byId.set(each.id, each);
  }
  return [...byId.values()];
}

function nameIn(sendables: Names['canvases'], id: string): { readonly name?: string } {
  const name = sendables.find((sendable) => sendable.id === id)?.name;
  return name === undefined ? {} : { name };
}
