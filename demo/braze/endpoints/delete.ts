/** `POST /users/delete`: profiles are removed for good. Source: `api/endpoints/user_data/post_user_delete`. */
import type { Demand, Endpoint, Verdict } from '../endpoint.ts';
import type { Identifier } from '../identifier.ts';
import { isGiven, isObject, type Judged, type JsonObject } from '../json.ts';
import type { Selector } from '../write.ts';
import {
  isAddress,
  judgeEach,
  judgeIds,
  judgeObject,
  judgeSelector,
  MAX_BATCH,
  refused,
  tooMany,
} from './batch.ts';

export const deleteUsers: Endpoint = {
  path: '/users/delete',
  permission: 'users.delete',
  rateGroup: 'identity',
  respond: judgeDelete,
};

const lists: readonly (readonly [name: string, kind: Identifier['kind']])[] = [
  ['external_ids', 'external_id'],
  ['user_aliases', 'user_alias'],
  ['braze_ids', 'braze_id'],
  ['email_addresses', 'email'],
  ['phone_numbers', 'phone'],
];

/**
 * `deleted` is "the number of user ids queued for deletion", read as the profiles that were found: an id of nobody cannot
 * be queued. The status is not documented: 201, as of all that is queued.
 */
function judgeDelete({ body, workspace: { profiles } }: Demand): Verdict {
  const selectors = judgeLists(isObject(body) ? body : {});
  if ('problem' in selectors) return refused(selectors.problem);
  if (selectors.value.length > MAX_BATCH) return refused(tooMany.ids);
  const found = new Set(selectors.value.map((selector) => profiles.select(selector)?.braze_id));
  found.delete(undefined);
  return {
    answer: { status: 201, body: { deleted: found.size } },
    write: { kind: 'delete', selectors: selectors.value },
  };
}

/** "Only one of" the lists "can be included in a single request", though the page's example has several. */
function judgeLists(object: JsonObject): Judged<readonly Selector[]> {
  const given = lists.filter(([name]) => isGiven(object[name]));
  const [list] = given;
  if (!list || given.length > 1) {
    return { problem: `Exactly one of '${lists.map(([name]) => name).join("', '")}' is required` };
  }
  const [name, kind] = list;
  const judged = isAddress(kind)
    ? judgeEach(
        name,
        object[name],
        judgeObject((item) => judgeAddress(item, kind)),
      )
    : mappedToSelectors(judgeIds(name, object[name], kind));
  if ('value' in judged && judged.value.length === 0) return { problem: `'${name}' must not be empty` };
  return judged;
}

/**
 * An object with its own `prioritization`, as in the example and the text; the table's "array of strings" leaves no room
 * for it. `least_recently_updated` is not among the values that are allowed here.
 */
function judgeAddress(object: JsonObject, kind: Identifier['kind']): Judged<Selector> {
  const selector = judgeSelector(object, kind);
  if ('problem' in selector || !selector.value.prioritization.includes('least_recently_updated'))
    return selector;
  return { problem: "'prioritization' cannot be 'least_recently_updated' here" };
}

function mappedToSelectors(judged: Judged<readonly Identifier[]>): Judged<readonly Selector[]> {
  if ('problem' in judged) return judged;
  return { value: judged.value.map((identifier) => ({ identifier, prioritization: [] })) };
}
