/** What a request to `/users/track` changes, and what is wrong with it, by the arrays that it is made of. */
import type { AttributesChange } from './attributes.ts';
import type { ActionBasedEntry } from './canvas-entry.ts';
import type { ProfileEvent, ProfilePurchase } from './events.ts';
import type { Addressee } from './identifier.ts';

export const inputArrays = ['attributes', 'events', 'purchases'] as const;
export type InputArray = (typeof inputArrays)[number];

/** An element of `errors`, in the shape that public clients have seen. */
export interface TrackError {
  /** The sentence or the code of a problem (`problem.ts`), by the workspace's `errorStyle`. */
  readonly type: string;
  readonly input_array: InputArray;
  /** Position in that array, from 0. */
  readonly index: number;
}

export interface EventChange extends Addressee {
  readonly event: ProfileEvent;
  /** Into each Canvas that this event lets somebody into. */
  readonly entries: readonly ActionBasedEntry[];
}

export interface PurchaseChange extends Addressee {
  readonly purchase: ProfilePurchase;
}

/** What the valid objects of a request change, in the order in which it is applied: the order of the members. */
export interface TrackChanges {
  readonly attributes: readonly AttributesChange[];
  readonly events: readonly EventChange[];
  readonly purchases: readonly PurchaseChange[];
}
