/** Who there is, and whom an identifier finds. Whatever changes in a profile, it is found by what it has then. */
import type { Identifier } from './identifier.ts';
import type { Profile, WriteEffect } from './profiles.ts';
import { e164 } from './address.ts';
import { keyOf, keysOf, storedOf, type StoredProfile } from './stored-profile.ts';
import type { Priority, Selector } from './write.ts';

export interface ProfileRegistry {
  /** Oldest first. */
  readonly all: () => readonly StoredProfile[];
  readonly count: () => number;
  /** Whom an object of `/users/track` is about. */
  readonly find: (identifier: Identifier) => StoredProfile | undefined;
  /** All whom it fits, oldest first. */
  readonly matching: (identifier: Identifier) => readonly StoredProfile[];
  /** The one that is meant, `undefined` where it is none or more than one. */
  readonly select: (selector: Selector) => StoredProfile | undefined;
  /** A profile with the identifier and nothing else; with nothing at all for a push token, which is set like any field. */
  readonly create: (identifier: Identifier) => StoredProfile;
  /** The one way to change a profile. */
  readonly change: (profile: StoredProfile, change: (profile: StoredProfile) => void) => void;
  readonly remove: (profile: StoredProfile) => void;
  /** What was changed and removed since this was asked last. */
  readonly takeEffect: () => WriteEffect;
  /**
   * Takes the place of all that there was. Of profiles that were updated at the same time, the one that comes later
   * counts as updated later.
   *
   * @throws {RangeError} when a `braze_id` is not one, or is that of two; then nothing is changed
   */
  readonly restore: (profiles: readonly Profile[]) => void;
  readonly clear: () => void;
}

export function createProfileRegistry(clock: () => number): ProfileRegistry {
  const profiles = new Map<string, StoredProfile>();
  const byKey = new Map<string, Set<StoredProfile>>();
  const changed = new Set<StoredProfile>();
  let removed: string[] = [];
  let lastId = 0n;
  let lastPlace = 0;
  let lastTurn = 0;

  const having = (identifier: Identifier): ReadonlySet<StoredProfile> => {
    if (identifier.kind !== 'braze_id') return byKey.get(keyOf(identifier)) ?? new Set();
    const found = profiles.get(identifier.value);
    return new Set(found && [found]);
  };

  function index(profile: StoredProfile): void {
    const keys = keysOf(profile);
    if (keys.length === profile.keys.length && keys.every((key, place) => key === profile.keys[place]))
      return;
    forget(profile);
    for (const key of keys) byKey.set(key, (byKey.get(key) ?? new Set()).add(profile));
    profile.keys = keys;
  }

  function forget(profile: StoredProfile): void {
    for (const key of profile.keys) {
      const sharing = byKey.get(key);
      sharing?.delete(profile);
      if (sharing?.size === 0) byKey.delete(key);
    }
    profile.keys = [];
  }

  const matching = (identifier: Identifier): readonly StoredProfile[] =>
    [...having(identifier)].sort((one, other) => one.place - other.place);

  function change(profile: StoredProfile, apply: (profile: StoredProfile) => void): void {
    apply(profile);
    lastTurn += 1;
    profile.turn = lastTurn;
    profile.updatedAt = clock();
    profile.shown = undefined;
    index(profile);
    changed.add(profile);
  }

  function clear(): void {
    for (const collection of [profiles, byKey, changed]) collection.clear();
    removed = [];
    lastId = 0n;
    lastPlace = 0;
    lastTurn = 0;
  }

  return {
    all: () => [...profiles.values()],
    count: () => profiles.size,
    find: (identifier) => preferred(having(identifier)),
    matching,
    select: ({ identifier, prioritization }) => {
      const left = prioritization.reduce(narrowed, matching(identifier));
      return left.length === 1 ? left[0] : undefined;
    },
    create(identifier) {
      lastId += 1n;
      lastPlace += 1;
      const now = new Date(clock()).toISOString();
      const profile = storedOf(newProfile(brazeId(lastId), identifier, now), lastPlace);
      profiles.set(profile.brazeId, profile);
      change(profile, () => undefined);
      return profile;
    },
    change,
    remove(profile) {
      forget(profile);
      profiles.delete(profile.brazeId);
      changed.delete(profile);
      removed.push(profile.brazeId);
    },
    takeEffect() {
      const effect = { changed: [...changed].map(({ brazeId }) => brazeId), removed };
      changed.clear();
      removed = [];
      return effect;
    },
    restore(restored) {
      const ids = restored.map((profile) => profile.braze_id);
      assertBrazeIds(ids);
      clear();
      for (const profile of restored) {
        lastPlace += 1;
        profiles.set(profile.braze_id, storedOf(profile, lastPlace));
      }
      profiles.forEach(index);
      for (const profile of [...profiles.values()].sort((one, other) => one.updatedAt - other.updatedAt)) {
        lastTurn += 1;
        profile.turn = lastTurn;
      }
      lastId = ids.reduce((highest, id) => (BigInt(`0x${id}`) > highest ? BigInt(`0x${id}`) : highest), 0n);
    },
    clear,
  };
}

/** 24 hexadecimal digits like Braze's own, counted and not drawn, so that runs can be compared. No number comes twice. */
function brazeId(number: bigint): string {
  return number.toString(16).padStart(24, '0');
}

function assertBrazeIds(ids: readonly string[]): void {
  const known = new Set<string>();
  for (const id of ids) {
    if (!/^[0-9a-f]{24}$/.test(id)) {
      throw new RangeError(`"${id}" is not the braze_id of a profile: it must be 24 hexadecimal digits.`);
    }
    if (known.has(id)) throw new RangeError(`Two profiles have the braze_id "${id}".`);
    known.add(id);
  }
}

function newProfile(id: string, identifier: Identifier, now: string): Profile {
  const { kind, value } = identifier;
  const standard = kind === 'email' ? { email: value } : kind === 'phone' ? { phone: e164(value) } : {};
  return {
    braze_id: id,
    ...(kind === 'external_id' && { external_id: value }),
    user_aliases: kind === 'user_alias' ? [value] : [],
    standard,
    custom_attributes: {},
    events: [],
    purchases: [],
    canvas_entries: [],
    campaign_sends: [],
    created_at: now,
    updated_at: now,
  };
}

/** Of several with the same address: the one updated last among those with an `external_id`, else among all. */
function preferred(sharing: ReadonlySet<StoredProfile>): StoredProfile | undefined {
  const all = [...sharing];
  const identified = all.filter(isIdentified);
  return latest(identified.length > 0 ? identified : all);
}

const isIdentified = (profile: StoredProfile): boolean => profile.externalId !== undefined;

function latest(profiles: readonly StoredProfile[]): StoredProfile | undefined {
  return profiles.reduce<StoredProfile | undefined>(
    (last, profile) => (last && last.turn > profile.turn ? last : profile),
    undefined,
  );
}

/** Those that are left after one more priority: "identified" and "unidentified" demand it, they do not merely prefer it. */
function narrowed(profiles: readonly StoredProfile[], priority: Priority): readonly StoredProfile[] {
  if (priority === 'identified') return profiles.filter(isIdentified);
  if (priority === 'unidentified') return profiles.filter((profile) => !isIdentified(profile));
  const inOrder = [...profiles].sort((one, other) => one.turn - other.turn);
  return priority === 'most_recently_updated' ? inOrder.slice(-1) : inOrder.slice(0, 1);
}
