/**
 * `POST /users/merge`: one profile becomes part of another. Source: `api/endpoints/user_data/post_users_merge`, with its
 * texts for what is wrong; those for `prioritization` are the emulator's own.
 */
import type { Demand, Endpoint, Verdict } from '../endpoint.ts';
import { isGiven, isObject, type Judged, type JsonObject } from '../json.ts';
import type { Merge, Selector } from '../write.ts';
import { judgeSelector, MAX_BATCH, refused } from './batch.ts';

export const merge: Endpoint = {
  path: '/users/merge',
  permission: 'users.merge',
  rateGroup: 'identity',
  respond: judgeMerge,
};

const texts = {
  noArray: "'merge_updates' must be an array of objects",
  tooMany: 'a single request may not contain more than 50 merge updates',
  otherMembers: "'merge_updates' must only have 'identifier_to_merge' and 'identifier_to_keep'",
  identifier:
    "identifiers must be objects with an 'external_id' property that is a string, 'user_alias' property that is an object, 'email' property that is a string, or 'phone' property that is a string",
} as const;

/** 202 also where nobody is merged, as when both phone numbers are invalid. */
function judgeMerge({ body }: Demand): Verdict {
  const updates = isObject(body) ? body['merge_updates'] : undefined;
  // An empty array is refused too: a choice.
  if (!Array.isArray(updates) || updates.length === 0 || !updates.every(isObject)) {
    return refused(texts.noArray);
  }
  if (updates.length > MAX_BATCH) return refused(texts.tooMany);
  const merges: Merge[] = [];
  for (const update of updates) {
    const judged = judgeUpdate(update);
    if ('problem' in judged) return refused(judged.problem);
    merges.push(judged.value);
  }
  return { answer: { status: 202, body: { message: 'success' } }, write: { kind: 'merge', merges } };
}

function judgeUpdate(update: JsonObject): Judged<Merge> {
  if (Object.keys(update).sort().join() !== 'identifier_to_keep,identifier_to_merge') {
    return { problem: texts.otherMembers };
  }
  const source = judgePerson(update['identifier_to_merge']);
  if ('problem' in source) return source;
  const target = judgePerson(update['identifier_to_keep']);
  if ('problem' in target) return target;
  return { value: { merge: source.value, keep: target.value } };
}

const identifiers = ['external_id', 'user_alias', 'email', 'phone'] as const;

/** By exactly one identifier. That two are refused is a choice: no page says which would count. */
function judgePerson(person: unknown): Judged<Selector> {
  const object = isObject(person) ? person : {};
  const given = identifiers.filter((kind) => isGiven(object[kind]));
  const [kind] = given;
  if (!kind || given.length > 1) return { problem: texts.identifier };
  const isOfType = kind === 'user_alias' ? isObject(object[kind]) : typeof object[kind] === 'string';
  return isOfType ? judgeSelector(object, kind) : { problem: texts.identifier };
}
