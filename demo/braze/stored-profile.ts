/** A profile as the store keeps it: to be changed in place, and found by its keys. */
import type { ProfileEvent, ProfilePurchase } from './events.ts';
import type { Identifier, UserAlias } from './identifier.ts';
import type { Profile } from './profiles.ts';
import type { PushToken } from './push-tokens.ts';
import { e164 } from './address.ts';
import type { CampaignSend, CanvasEntry } from './write.ts';

/** What of a profile can change. */
interface Content {
  externalId: string | undefined;
  aliases: readonly UserAlias[];
  standard: Map<string, unknown>;
  custom: Map<string, unknown>;
  events: ProfileEvent[];
  purchases: ProfilePurchase[];
  canvasEntries: CanvasEntry[];
  campaignSends: CampaignSend[];
  /** Kept beside the events and purchases, so that the limit of spam is looked up and not counted. */
  eventNames: Set<string>;
  productNames: Set<string>;
}

export interface StoredProfile extends Content {
  readonly brazeId: string;
  /** In the order of creation. */
  readonly place: number;
  readonly createdAt: number;
  updatedAt: number;
  /** Order of the last updates: times of the clock can be equal. */
  turn: number;
  /** By which it is found now. */
  keys: readonly string[];
  /** What {@link show} made of it, until the next change. */
  shown: Profile | undefined;
}

/** More distinct names than this, of events or of products, and nothing more is taken in for a profile (`user_archival`). */
const MAX_DISTINCT_NAMES = 20_000;

export function isOverSpamLimit({ eventNames, productNames }: StoredProfile): boolean {
  return eventNames.size > MAX_DISTINCT_NAMES || productNames.size > MAX_DISTINCT_NAMES;
}

/** @param place in the order of creation, which is also that of the updates until there is one */
export function storedOf(profile: Profile, place: number): StoredProfile {
  return {
    ...contentOf(profile),
    brazeId: profile.braze_id,
    place,
    createdAt: Date.parse(profile.created_at),
    updatedAt: Date.parse(profile.updated_at),
    turn: place,
    keys: [],
    shown: undefined,
  };
}

export function contentOf(profile: Profile): Content {
  return {
    externalId: profile.external_id,
    aliases: profile.user_aliases,
    standard: new Map(Object.entries(profile.standard)),
    custom: new Map(Object.entries(profile.custom_attributes)),
    events: [...profile.events],
    purchases: [...profile.purchases],
    canvasEntries: [...profile.canvas_entries],
    campaignSends: [...profile.campaign_sends],
    eventNames: new Set(profile.events.map((event) => event.name)),
    productNames: new Set(profile.purchases.map((purchase) => purchase.product_id)),
  };
}

/** The same object until the profile changes. */
export function show(profile: StoredProfile): Profile {
  profile.shown ??= {
    braze_id: profile.brazeId,
    ...(profile.externalId === undefined ? {} : { external_id: profile.externalId }),
    user_aliases: profile.aliases,
    // Not a spread of entries into a literal: a custom attribute named `__proto__` must stay an attribute.
    standard: Object.fromEntries(profile.standard),
    custom_attributes: Object.fromEntries(profile.custom),
    events: [...profile.events],
    purchases: [...profile.purchases],
    canvas_entries: [...profile.canvasEntries],
    campaign_sends: [...profile.campaignSends],
    created_at: new Date(profile.createdAt).toISOString(),
    updated_at: new Date(profile.updatedAt).toISOString(),
  };
  return profile.shown;
}

/** All by which it can be found, but for its `braze_id`. */
export function keysOf({ externalId, aliases, standard }: StoredProfile): readonly string[] {
  const tokens = (standard.get('push_tokens') ?? []) as readonly PushToken[];
  return [
    keyIf('external_id', externalId),
    ...aliases.map((alias) => keyOf({ kind: 'user_alias', value: alias })),
    keyIf('email', standard.get('email')),
    keyIf('phone', standard.get('phone')),
    ...tokens.map(({ token }) => keyOf({ kind: 'push_token', value: token })),
    ...tokens.map(({ device_id: device }) => keyIf('device_id', device)),
  ].filter((key) => key !== undefined);
}

/** Names of aliases are case-sensitive, and so, since no page says otherwise, are e-mail addresses. */
export function keyOf(identifier: Identifier): string {
  const { kind, value } = identifier;
  if (kind === 'user_alias') return JSON.stringify([kind, value.alias_label, value.alias_name]);
  return JSON.stringify([kind, kind === 'phone' ? e164(value) : value]);
}

function keyIf(kind: Exclude<Identifier['kind'], 'user_alias'>, value: unknown): string | undefined {
  return typeof value === 'string' ? keyOf({ kind, value }) : undefined;
}
