/**
 * `POST /users/identify`: who was known by an alias or an address only gets an `external_id`.
 * Source: `api/endpoints/user_data/post_user_identify`.
 */
import type { Demand, Endpoint, Verdict } from '../endpoint.ts';
import { judgeIdentifier, type Identifier } from '../identifier.ts';
import { isGiven, isObject, type Judged, type JsonObject } from '../json.ts';
import type { Identification } from '../write.ts';
import { judgeEach, judgeObject, judgeSelector, MAX_BATCH, refused, tooMany } from './batch.ts';

export const identify: Endpoint = {
  path: '/users/identify',
  permission: 'users.identify',
  rateGroup: 'identity',
  respond: judgeIdentify,
};

const lists: readonly (readonly [name: string, kind: Identifier['kind']])[] = [
  ['aliases_to_identify', 'user_alias'],
  ['emails_to_identify', 'email'],
  ['phone_numbers_to_identify', 'phone'],
];

/**
 * "One of the following is required", and the example sends two: at least one. "Up to 50 user aliases" is read as 50 in all.
 * `aliases_processed` counts all that were sent: "it does not confirm the alias was matched".
 */
function judgeIdentify({ body }: Demand): Verdict {
  const object = isObject(body) ? body : {};
  const identifications: Identification[] = [];
  for (const [name, kind] of lists) {
    if (!isGiven(object[name])) continue;
    const judged = judgeEach(
      name,
      object[name],
      judgeObject((item) => judgeIdentification(item, kind)),
    );
    if ('problem' in judged) return refused(judged.problem);
    identifications.push(...judged.value);
  }
  const { length } = identifications;
  if (length === 0) {
    return refused(`One of '${lists.map(([name]) => name).join("', '")}' is required, with somebody in it`);
  }
  if (length > MAX_BATCH) return refused(tooMany.idsAndAliases);
  return {
    answer: { status: 201, body: { aliases_processed: length, message: 'success' } },
    write: { kind: 'identify', identifications },
  };
}

function judgeIdentification(object: JsonObject, kind: Identifier['kind']): Judged<Identification> {
  const externalId = judgeIdentifier('external_id', object['external_id']);
  if ('problem' in externalId) return externalId;
  const anonymous = judgeSelector(object, kind);
  if ('problem' in anonymous) return anonymous;
  return { value: { anonymous: anonymous.value, external_id: object['external_id'] as string } };
}
