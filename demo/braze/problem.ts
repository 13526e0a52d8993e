/**
 * What is wrong with an object of a request. Braze lists codes for some problems, and clients have seen sentences in the
 * place where they would stand: which of the two it sends is not known, so a problem is kept as both.
 */

/** The codes "returned in the `errors` array" (`api/endpoints/user_data/post_user_track#endpoint-specific-errors`). */
type ErrorCode =
  | 'BAD_DEVICE_ID'
  | 'BAD_EMAIL_SUBSCRIPTION_STATE'
  | 'BAD_LOCATION_UPDATE'
  | 'BAD_PUSH_SUBSCRIPTION_STATE'
  | 'BAD_PUSH_TOKEN_APP_ID'
  | 'BAD_PUSH_TOKEN_IMPORT'
  | 'BAD_PUSH_TOKEN_STRING'
  | 'BAD_PUSH_TOKEN_VALUE'
  | 'BAD_SUBSCRIPTION_GROUP_ARRAY'
  | 'BAD_SUBSCRIPTION_GROUP_HASH'
  | 'BAD_SUBSCRIPTION_GROUP_ID'
  | 'BAD_SUBSCRIPTION_GROUP_STATE'
  | 'BLACKLISTED_EXTERNAL_USER_ID'
  | 'EMAIL_BAD_FORMAT'
  | 'EXTERNAL_USER_ID_TOO_LARGE'
  | 'INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO';

export interface Problem {
  /** The sentence: what is wrong with which member, and what would be right. */
  readonly problem: string;
  /** Where the page lists one. */
  readonly code?: ErrorCode;
  /** No page says what Braze does about it: with one value of an object, which can be left out. */
  readonly undocumented?: boolean;
}

/** What happens to a value that breaks a rule, where no page says so: the object is refused, or the value is left out. */
export const undocumentedEffects = ['refuse', 'ignore'] as const;
export type UndocumentedEffect = (typeof undocumentedEffects)[number];

/** Is the object taken without the value that has this problem? */
export function isLeftOut({ undocumented = false }: Problem, effect: UndocumentedEffect): boolean {
  return undocumented && effect === 'ignore';
}
