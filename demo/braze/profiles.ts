/**
 * The user profiles: whom an identifier finds, who is created, and how a profile changes.
 * Sources: `api/endpoints/user_data/post_user_track`, `api/objects_filters/user_attributes_object`.
 */
import { customAttributeAfter } from './custom-attributes.ts';
import type { ProfileEvent, ProfilePurchase } from './events.ts';
import type { Addressee, Identifier, UserAlias } from './identifier.ts';
import type { JsonObject } from './json.ts';
import { e164 } from './standard-fields.ts';
import type { AttributesChange, TrackChanges } from './endpoints/track.ts';
import type { CampaignSend, CanvasEntry, Selector, Write } from './write.ts';

/** One user profile as it is now. Times are ISO 8601 in UTC. */
export interface Profile {
  readonly braze_id: string;
  readonly external_id?: string;
  readonly user_aliases: readonly UserAlias[];
  /** Documented standard fields that have a value, `email` and `phone` included. */
  readonly standard: Readonly<Record<string, unknown>>;
  readonly custom_attributes: Readonly<Record<string, unknown>>;
  /** In the order in which they arrived. Braze removes no doubles, so neither does this. */
  readonly events: readonly ProfileEvent[];
  readonly purchases: readonly ProfilePurchase[];
  readonly canvas_entries: readonly CanvasEntry[];
  readonly campaign_sends: readonly CampaignSend[];
  readonly created_at: string;
  readonly updated_at: string;
}

/** What a write came to. */
export interface WriteEffect {
  /** Those that are new or different, as they are now. */
  readonly changed: readonly Profile[];
  /** `braze_id`s of those that are gone. */
  readonly removed: readonly string[];
}

export interface ProfileStore {
  /** Oldest first. */
  readonly all: () => readonly Profile[];
  readonly count: () => number;
  /** Whom an object of `/users/track` is about. */
  readonly find: (identifier: Identifier) => Profile | undefined;
  /** All whom it fits, oldest first: an e-mail address or a phone number may be that of several. */
  readonly matching: (identifier: Identifier) => readonly Profile[];
  /** The one that is meant, `undefined` where it is none or more than one. */
  readonly select: (selector: Selector) => Profile | undefined;
  /** Is it over the limits of spam, so that nothing more is taken in for it (`user_archival`)? */
  readonly isBlocked: (identifier: Identifier) => boolean;
  /** Of `/users/track`: attributes, then events, then purchases (`api/api_limits`). */
  readonly apply: (write: Write) => WriteEffect;
  /** Takes the place of all that there was. */
  readonly restore: (profiles: readonly Profile[]) => void;
  readonly clear: () => void;
}

interface StoredProfile {
  readonly brazeId: string;
  readonly externalId: string | undefined;
  readonly aliases: readonly UserAlias[];
  readonly standard: Map<string, unknown>;
  readonly custom: Map<string, unknown>;
  readonly events: ProfileEvent[];
  readonly purchases: ProfilePurchase[];
  readonly createdAt: number;
  updatedAt: number;
  /** Order of the last updates: times of the clock can be equal. */
  turn: number;
  /** What {@link ProfileStore.all} shows, made when somebody looks and dropped at the next change. */
  shown: Profile | undefined;
}

type Contact = 'email' | 'phone';

export function createProfileStore(clock: () => number): ProfileStore {
  const profiles = new Map<string, StoredProfile>();
  /** By `external_id`, and by label and name of an alias. */
  const byPrimary = new Map<string, StoredProfile>();
  const byContact = new Map<string, Set<StoredProfile>>();
  let turn = 0;

  function find(identifier: Identifier): StoredProfile | undefined {
    if (identifier.kind === 'braze_id') return profiles.get(identifier.value);
    if (identifier.kind === 'email' || identifier.kind === 'phone') {
      return preferred(sharing(identifier.kind, contactValue(identifier)));
    }
    return byPrimary.get(primaryKey(identifier));
  }

  function resolve({ identifier, mayCreate }: Addressee): StoredProfile | undefined {
    return find(identifier) ?? (mayCreate ? create(identifier) : undefined);
  }

  function create(identifier: Identifier): StoredProfile {
    const profile = emptyProfile(identifier, profiles.size + 1, clock());
    profiles.set(profile.brazeId, profile);
    if (identifier.kind === 'email' || identifier.kind === 'phone') {
      setStandard(profile, identifier.kind, contactValue(identifier));
    } else {
      byPrimary.set(primaryKey(identifier), profile);
    }
    return profile;
  }

  function touch(profile: StoredProfile): void {
    turn += 1;
    profile.turn = turn;
    profile.updatedAt = clock();
    profile.shown = undefined;
  }

  function sharing(field: Contact, value: unknown): ReadonlySet<StoredProfile> {
    return byContact.get(contactKey(field, value)) ?? new Set();
  }

  function setStandard(profile: StoredProfile, field: string, value: unknown): void {
    if (field === 'email' || field === 'phone') reindex(profile, field, value);
    if (value === null) profile.standard.delete(field);
    else if (field === 'subscription_groups') profile.standard.set(field, groupsAfter(profile, value));
    else profile.standard.set(field, value);
  }

  function reindex(profile: StoredProfile, field: Contact, value: unknown): void {
    const before = contactKey(field, profile.standard.get(field));
    byContact.get(before)?.delete(profile);
    if (byContact.get(before)?.size === 0) byContact.delete(before);
    if (value === null) return;
    const after = contactKey(field, value);
    byContact.set(after, (byContact.get(after) ?? new Set()).add(profile));
  }

  /** Setting the e-mail subscription state also sets it on all other profiles with that address. */
  function shareEmailState(profile: StoredProfile, state: unknown): readonly StoredProfile[] {
    const others = [...sharing('email', profile.standard.get('email'))].filter((other) => other !== profile);
    for (const other of others) {
      setStandard(other, 'email_subscribe', state);
      touch(other);
    }
    return others;
  }

  function applyAttributes(change: AttributesChange): readonly StoredProfile[] {
    const profile = resolve(change);
    if (!profile) return [];
    for (const [field, value] of change.standard) setStandard(profile, field, value);
    for (const [name, value] of change.custom) {
      const next = customAttributeAfter(profile.custom.get(name), value, change.mergeObjects);
      if (next === undefined) profile.custom.delete(name);
      else profile.custom.set(name, next);
    }
    touch(profile);
    if (!change.standard.has('email_subscribe')) return [profile];
    return [profile, ...shareEmailState(profile, change.standard.get('email_subscribe') ?? null)];
  }

  function append(addressee: Addressee, add: (profile: StoredProfile) => void): readonly StoredProfile[] {
    const profile = resolve(addressee);
    if (!profile) return [];
    add(profile);
    touch(profile);
    return [profile];
  }

  function applyTrack(changes: TrackChanges): readonly StoredProfile[] {
    return [
      ...changes.attributes.flatMap(applyAttributes),
      ...changes.events.flatMap((change) => append(change, ({ events }) => events.push(change.event))),
      ...changes.purchases.flatMap((change) =>
        append(change, ({ purchases }) => purchases.push(change.purchase)),
      ),
    ];
  }

  return {
    all: () => [...profiles.values()].map(show),
    count: () => profiles.size,
    find: (identifier) => shown(find(identifier)),
    matching: (identifier) => [find(identifier)].filter((found) => found !== undefined).map(show),
    select: ({ identifier }) => shown(find(identifier)),
    isBlocked: () => false,
    apply(write) {
      const changed = write.kind === 'track' ? applyTrack(write.changes) : [];
      return { changed: [...new Set(changed)].map(show), removed: [] };
    },
    restore: () => undefined,
    clear() {
      for (const map of [profiles, byPrimary, byContact]) map.clear();
    },
  };
}

/** 24 hexadecimal digits like Braze's own, counted and not drawn, so that runs can be compared. */
function brazeId(number: number): string {
  return number.toString(16).padStart(24, '0');
}

function emptyProfile(identifier: Identifier, number: number, now: number): StoredProfile {
  return {
    brazeId: brazeId(number),
    externalId: identifier.kind === 'external_id' ? identifier.value : undefined,
    aliases: identifier.kind === 'user_alias' ? [identifier.value] : [],
    standard: new Map(),
    custom: new Map(),
    events: [],
    purchases: [],
    createdAt: now,
    updatedAt: now,
    turn: 0,
    shown: undefined,
  };
}

/** Of several with the same address: the one updated last among those with an `external_id`, else among all. */
function preferred(candidates: ReadonlySet<StoredProfile>): StoredProfile | undefined {
  const latestFirst = [...candidates].sort((one, other) => other.turn - one.turn);
  return latestFirst.find((profile) => profile.externalId !== undefined) ?? latestFirst[0];
}

/** Names of aliases are case-sensitive, and so, since no page says otherwise, are e-mail addresses. */
function primaryKey(identifier: Exclude<Identifier, { kind: Contact }>): string {
  return JSON.stringify([identifier.kind, identifier.value]);
}

function contactKey(field: Contact, value: unknown): string {
  return JSON.stringify([field, value]);
}

function contactValue(identifier: Extract<Identifier, { kind: Contact }>): string {
  return identifier.kind === 'phone' ? e164(identifier.value) : identifier.value;
}

/** A state is changed for the groups that the request names; the others keep theirs. */
function groupsAfter(profile: StoredProfile, change: unknown): readonly JsonObject[] {
  const idOf = (group: JsonObject): unknown => group['subscription_group_id'];
  const before = (profile.standard.get('subscription_groups') ?? []) as readonly JsonObject[];
  const named = change as readonly JsonObject[];
  return [...before.filter((group) => !named.some((other) => idOf(other) === idOf(group))), ...named];
}

function shown(profile: StoredProfile | undefined): Profile | undefined {
  return profile && show(profile);
}

function show(profile: StoredProfile): Profile {
  profile.shown ??= {
    braze_id: profile.brazeId,
    ...(profile.externalId === undefined ? {} : { external_id: profile.externalId }),
    user_aliases: profile.aliases,
    // Not a spread of entries into a literal: a custom attribute named `__proto__` must stay an attribute.
    standard: Object.fromEntries(profile.standard),
    custom_attributes: Object.fromEntries(profile.custom),
    events: [...profile.events],
    purchases: [...profile.purchases],
    canvas_entries: [],
    campaign_sends: [],
    created_at: new Date(profile.createdAt).toISOString(),
    updated_at: new Date(profile.updatedAt).toISOString(),
  };
  return profile.shown;
}
