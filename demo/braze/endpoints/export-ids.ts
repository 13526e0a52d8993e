/**
 * `POST /users/export/ids`: profiles as they are now, by identifier.
 * Source: `api/endpoints/export/user_data/post_users_identifier`.
 */
import type { Demand, Endpoint, Verdict } from '../endpoint.ts';
import { isExportField, userOf } from '../exported-user.ts';
import { judgeIdentifier, type Identifier } from '../identifier.ts';
import { isGiven, isObject, type Judged, type JsonObject } from '../json.ts';
import { judgeIds, MAX_BATCH, refused, tooMany } from './batch.ts';

export const exportIds: Endpoint = {
  path: '/users/export/ids',
  permission: 'users.export.ids',
  rateGroup: 'export',
  respond: judgeExport,
};

/** The status is not documented: 201, as of the others. Each profile comes once, however many ids find it. */
function judgeExport({ body, now, workspace: { profiles, settings } }: Demand): Verdict {
  const object = isObject(body) ? body : {};
  const identifiers = judgeIdentifiers(object);
  if ('problem' in identifiers) return refused(identifiers.problem);
  const fields = judgeFields(object['fields_to_export'], settings.requiresFieldsToExport);
  if ('problem' in fields) return refused(fields.problem);
  const found = identifiers.value.map((identifier) => ({
    identifier,
    matching: profiles.matching(identifier),
  }));
  const users = new Set(found.flatMap(({ matching }) => matching));
  const invalid = found.filter(({ matching }) => matching.length === 0);
  return {
    answer: {
      status: 201,
      body: {
        message: 'success',
        users: [...users].map((profile) => userOf(profile, fields.value, now, settings)),
        // "Optional": it is there if there are any.
        ...(invalid.length > 0 && { invalid_user_ids: invalid.map(({ identifier }) => nameOf(identifier)) }),
      },
    },
  };
}

const lists = [
  ['external_ids', 'external_id'],
  ['user_aliases', 'user_alias'],
] as const;

/** "Only one of either identifier": strings, not lists. */
const singles = [
  ['device_id', 'device_id'],
  ['braze_id', 'braze_id'],
  ['email_address', 'email'],
  ['phone', 'phone'],
] as const;

/** The example has all kinds in one request, so they may be. The two lists share the limit of 50: "or" is read as "and". */
function judgeIdentifiers(object: JsonObject): Judged<readonly Identifier[]> {
  const identifiers: Identifier[] = [];
  for (const [name, kind] of lists) {
    if (!isGiven(object[name])) continue;
    const judged = judgeIds(name, object[name], kind);
    if ('problem' in judged) return judged;
    identifiers.push(...judged.value);
  }
  if (identifiers.length > MAX_BATCH) return { problem: tooMany.idsAndAliases };
  for (const [name, kind] of singles) {
    if (!isGiven(object[name])) continue;
    const judged = judgeIdentifier(kind, object[name]);
    if ('problem' in judged) return { problem: judged.problem.replace(`'${kind}'`, `'${name}'`) };
    identifiers.push(judged.value);
  }
  const names = [...lists, ...singles].map(([name]) => name);
  return identifiers.length > 0
    ? { value: identifiers }
    : { problem: `One of '${names.join("', '")}' is required` };
}

/** `undefined` stands for all of them. */
function judgeFields(fields: unknown, isRequired: boolean): Judged<readonly string[] | undefined> {
  if (!isGiven(fields)) {
    return isRequired ? { problem: "'fields_to_export' is required" } : { value: undefined };
  }
  if (!Array.isArray(fields) || fields.length === 0) {
    return { problem: "'fields_to_export' must be an array of names of fields" };
  }
  const unknown = (fields as readonly unknown[]).find((field) => !isExportField(field));
  return unknown === undefined
    ? { value: fields as readonly string[] }
    : { problem: `'fields_to_export' has no field ${JSON.stringify(unknown)}` };
}

/** "Each of the identifiers", as a string: of an alias its name, a choice. */
function nameOf({ kind, value }: Identifier): string {
  return kind === 'user_alias' ? value.alias_name : value;
}
