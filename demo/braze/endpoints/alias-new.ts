/**
 * `POST /users/alias/new`: aliases for users who are known, and new users who have nothing but an alias.
 * Source: `api/endpoints/user_data/post_user_alias`.
 */
import type { Demand, Endpoint, Verdict } from '../endpoint.ts';
import { judgeIdentifier } from '../identifier.ts';
import { isObject, type Judged, type JsonObject } from '../json.ts';
import type { NewAlias } from '../write.ts';
import { judgeEach, judgeObject, MAX_BATCH, refused, tooMany } from './batch.ts';

export const aliasNew: Endpoint = {
  path: '/users/alias/new',
  permission: 'users.alias.new',
  rateGroup: 'identity',
  respond: judgeAliasNew,
};

/** All that were sent count as processed, also for an `external_id` that nobody has: what is queued is not looked up yet. */
function judgeAliasNew({ body }: Demand): Verdict {
  const aliases = judgeEach('user_aliases', isObject(body) && body['user_aliases'], judgeObject(judgeAlias));
  if ('problem' in aliases) return refused(aliases.problem);
  const { length } = aliases.value;
  if (length === 0) return refused("'user_aliases' must not be empty");
  if (length > MAX_BATCH) return refused(tooMany.idsAndAliases);
  return {
    answer: { status: 201, body: { aliases_processed: length, message: 'success' } },
    write: { kind: 'aliases', aliases: aliases.value },
  };
}

function judgeAlias(object: JsonObject): Judged<NewAlias> {
  const { external_id: externalId, alias_name: name, alias_label: label } = object;
  if (typeof name !== 'string' || typeof label !== 'string' || name === '' || label === '') {
    return { problem: "'alias_name' and 'alias_label' must be strings that are not empty" };
  }
  const alias = { alias_name: name, alias_label: label };
  // `null` is a mistake and not absent, as in `/users/track`: it would make a user whom the caller knows already.
  if (externalId === undefined) return { value: { alias } };
  const identifier = judgeIdentifier('external_id', externalId);
  if ('problem' in identifier) return identifier;
  return { value: { alias, external_id: externalId as string } };
}
