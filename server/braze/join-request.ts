/** What makes the profile of a visitor's alias one with another (`post_user_identify`, `post_users_merge`). Pure. */
import type { Json } from '../store/json.ts';
import { aliasOf } from './alias.ts';
import type { ProfileId } from './payload.ts';

/** Where it is at Braze. */
export const callOfJoin = (join: ProfileId): 'users/identify' | 'users/merge' =>
  'email' in join ? 'users/merge' : 'users/identify';

export function joinBodyOf(visitor: string, join: ProfileId): Readonly<Record<string, Json>> {
  const user_alias = aliasOf(visitor);
  if ('external_id' in join) return { aliases_to_identify: [{ external_id: join.external_id, user_alias }] };
  // Of several, the one that was written to just now: `/users/track` has chosen it. Not `identified` before that, though it prefers them:
  // it leaves only those, so that nothing would be merged where nobody has an external_id, which is the rule (post_users_merge).
  const kept = { email: join.email, prioritization: ['most_recently_updated'] };
  return { merge_updates: [{ identifier_to_merge: { user_alias }, identifier_to_keep: kept }] };
}

/** A profile that nobody but its address is known by becomes part of a person's: of several with the address the one that changed last. */
export function mergeBodyOf(email: string, externalId: string): Readonly<Record<string, Json>> {
  // Not of one with an external_id: that is another customer's.
  const merged = { email, prioritization: ['unidentified', 'most_recently_updated'] };
  return {
    merge_updates: [{ identifier_to_merge: merged, identifier_to_keep: { external_id: externalId } }],
  };
}
