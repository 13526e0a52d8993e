/** What a request changes in the profiles, as data: it is judged at once, and seen after the consistency delay. */
import type { AttributesChange } from './attributes.ts';
import type { TrackChanges } from './track-changes.ts';
import type { Identifier, UserAlias } from './identifier.ts';

/**
 * Which of several profiles with the same e-mail address or phone number is meant: `prioritization`, in its documented order
 * (`api/endpoints/user_data/post_user_identify`, `…/post_users_merge`). Where more than one is left, nothing happens.
 */
export type Priority = 'identified' | 'unidentified' | 'most_recently_updated' | 'least_recently_updated';

/** One profile, or none. Without priorities an address that several share means none. */
export interface Selector {
  readonly identifier: Identifier;
  readonly prioritization: readonly Priority[];
}

/** `/users/alias/new`: with an `external_id` for that user, without one for a new user who has nothing else. */
export interface NewAlias {
  readonly alias: UserAlias;
  readonly external_id?: string;
}

export interface Identification {
  readonly anonymous: Selector;
  readonly external_id: string;
}

export interface Merge {
  readonly merge: Selector;
  readonly keep: Selector;
}

interface Entered {
  readonly canvas_id: string;
  readonly time: string;
  readonly context: Readonly<Record<string, unknown>>;
}

/** A Canvas that someone entered by a request. `time` is ISO 8601 in UTC. */
export interface TriggeredEntry extends Entered {
  readonly dispatch_id: string;
}

/** A Canvas that someone entered by an event of theirs, with its time and its properties. */
export interface ActionEntry extends Entered {
  /** The event's name. */
  readonly event: string;
}

export type CanvasEntry = TriggeredEntry | ActionEntry;

/** A campaign that someone was sent. `time` is ISO 8601 in UTC. */
export interface CampaignSend {
  readonly campaign_id: string;
  readonly dispatch_id: string;
  readonly time: string;
  readonly trigger_properties: Readonly<Record<string, unknown>>;
}

export type Send = TriggeredEntry | CampaignSend;

/** One recipient of a triggered send. `attributes` are written first, and may create the profile. */
export interface Delivery {
  readonly recipient: Selector;
  readonly attributes?: AttributesChange;
  readonly entry: Send;
}

export interface SubscriptionChange {
  readonly identifier: Identifier;
  readonly subscription_group_id: string;
  readonly subscription_state: 'subscribed' | 'unsubscribed';
}

export type Write =
  | { readonly kind: 'track'; readonly changes: TrackChanges }
  | { readonly kind: 'aliases'; readonly aliases: readonly NewAlias[] }
  | { readonly kind: 'identify'; readonly identifications: readonly Identification[] }
  | { readonly kind: 'merge'; readonly merges: readonly Merge[] }
  | { readonly kind: 'delete'; readonly selectors: readonly Selector[] }
  | { readonly kind: 'send'; readonly deliveries: readonly Delivery[] }
  | { readonly kind: 'broadcast'; readonly entry: Send }
  | { readonly kind: 'subscriptions'; readonly changes: readonly SubscriptionChange[] };
