/**
 * The user profiles of a workspace, as everything but the store's own files sees them.
 * Sources: `api/endpoints/user_data/post_user_track`, `api/objects_filters/user_attributes_object`.
 */
import { applyWrite } from './applying.ts';
import type { ProfileEvent, ProfilePurchase } from './events.ts';
import type { Identifier, UserAlias } from './identifier.ts';
import { createProfileRegistry } from './profile-registry.ts';
import { isOverSpamLimit, show, type StoredProfile } from './stored-profile.ts';
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

/** What a write came to: `braze_id`s, for whoever wants to look at the profiles. */
export interface WriteEffect {
  /** Of those that are new or different. */
  readonly changed: readonly string[];
  /** Of those that are gone. */
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
  readonly apply: (write: Write) => WriteEffect;
  /**
   * Takes the place of all that there was: profiles as {@link all} gave them. Ids are counted on from the highest.
   *
   * @throws {RangeError} when a `braze_id` is not one, or is that of two; then nothing is changed
   */
  readonly restore: (profiles: readonly Profile[]) => void;
  readonly clear: () => void;
}

export function createProfileStore(clock: () => number): ProfileStore {
  const registry = createProfileRegistry(clock);
  return {
    all: () => registry.all().map(show),
    count: registry.count,
    find: (identifier) => shown(registry.find(identifier)),
    matching: (identifier) => registry.matching(identifier).map(show),
    select: (selector) => shown(registry.select(selector)),
    isBlocked(identifier) {
      const profile = registry.find(identifier);
      return profile !== undefined && isOverSpamLimit(profile);
    },
    apply(write) {
      applyWrite(registry, write);
      return registry.takeEffect();
    },
    restore: registry.restore,
    clear: registry.clear,
  };
}

function shown(profile: StoredProfile | undefined): Profile | undefined {
  return profile && show(profile);
}
