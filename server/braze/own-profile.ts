/** On which profile a visitor's alias is: on one of its own still, or on that which it was joined to. Pure. */
import * as v from 'valibot';
import { aliasOf } from './alias.ts';
import type { BrazeAnswer } from './client.ts';
import type { ExportBody } from './erasure.ts';
import type { ProfileId } from './payload.ts';

/** No more than it takes: an export has all that Braze knows of a person. */
const LOOKED_AT = ['external_id', 'email', 'user_aliases'] as const;

/** Body of `POST /users/export/ids`. */
export const lookBodyOf = (visitor: string): ExportBody => ({
  user_aliases: [aliasOf(visitor)],
  fields_to_export: LOOKED_AT,
});

/** Absent fields are null or empty (`post_users_identifier`, response). */
const absent = v.nullish(v.literal(''));

/**
 * The profile that an export shows has that alias, and nothing else by which anybody is known: no external id, no e-mail address, no other
 * alias. What cannot be read shows nothing.
 */
export function isApart(answer: BrazeAnswer, visitor: string): boolean {
  const { alias_name: name, alias_label: label } = aliasOf(visitor);
  const alias = v.object({ alias_name: v.literal(name), alias_label: v.literal(label) });
  const user = v.object({ external_id: absent, email: absent, user_aliases: v.strictTuple([alias]) });
  const shown = v.object({ users: v.strictTuple([user]) });
  return answer.type === 'response' && v.is(shown, answer.body);
}

const shownIds = v.object({
  users: v.array(v.object({ external_id: v.nullish(v.string()), email: v.nullish(v.string()) })),
});

/**
 * Whether the alias is on the profile that it was joined to. On none at all it is on no second one either: nothing was written to it, or it
 * went with its profile.
 * @returns `undefined` where the answer cannot be read
 */
export function isJoinedTo(answer: BrazeAnswer, join: ProfileId): boolean | undefined {
  const read = v.safeParse(shownIds, answer.type === 'response' ? answer.body : undefined);
  if (!read.success) return undefined;
  return read.output.users.every(({ external_id: id, email }) =>
    'external_id' in join ? id === join.external_id : isSameAddress(email, join.email),
  );
}

const isSameAddress = (one: string | null | undefined, other: string): boolean =>
  one?.toLowerCase() === other.toLowerCase();
