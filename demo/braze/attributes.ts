/**
 * One attributes object, judged: which standard fields and which custom attributes it changes. Sources:
 * `api/objects_filters/user_attributes_object`, `user_guide/data/activation/blocklist_custom_data`.
 */
import { isCustomAttributeName } from './custom-attributes.ts';
import { addresseeOf, type Addressee } from './identifier.ts';
import type { Judged, JsonObject } from './json.ts';
import { isLeftOut } from './problem.ts';
import type { PushToken } from './push-tokens.ts';
import type { WorkspaceSettings } from './settings.ts';
import { isStandardField, judgeStandardField } from './standard-fields.ts';

export interface AttributesChange extends Addressee {
  /** Standard fields in their stored form; `null` removes. */
  readonly standard: ReadonlyMap<string, unknown>;
  /** Custom attributes as they came, operations included. */
  readonly custom: ReadonlyMap<string, unknown>;
  readonly mergeObjects: boolean;
}

/** What of a workspace's settings an attributes object is judged by. */
export type AttributeRules = Pick<WorkspaceSettings, 'blocklist' | 'undocumented'>;

type AttributeValues = Omit<AttributesChange, keyof Addressee>;

const primaryKeys = ['external_id', 'user_alias', 'braze_id'];
const controlKeys = ['_update_existing_only', '_merge_objects', 'push_token_import'];

export function judgeAttributes(object: JsonObject, rules: AttributeRules): Judged<AttributesChange> {
  const addressee = addresseeOf(object);
  if ('problem' in addressee) return addressee;
  const values = judgeValues(object, rules);
  return 'problem' in values ? values : { value: { ...addressee.value, ...values.value } };
}

/**
 * An import of push tokens, which names nobody: "a temporary, anonymous user profile for each token", unless the token is
 * known. `email` and `phone` are plain attributes of it. That it cannot have a `user_alias` either is a choice: the page
 * speaks of `external_id` and `braze_id`, and of anonymous users.
 */
export function judgePushTokenImport(
  object: JsonObject,
  rules: AttributeRules,
): Judged<readonly AttributesChange[]> {
  const values = judgeValues(object, rules);
  if ('problem' in values) return values;
  const tokens = (values.value.standard.get('push_tokens') ?? []) as readonly PushToken[];
  if (tokens.length === 0 || primaryKeys.some((key) => object[key] !== undefined)) {
    return {
      problem: "'push_token_import' needs 'push_tokens', and no 'external_id', 'braze_id' or 'user_alias'",
      code: 'BAD_PUSH_TOKEN_IMPORT',
    };
  }
  const imports = tokens.map((token) => ({
    ...values.value,
    identifier: { kind: 'push_token', value: token.token } as const,
    mayCreate: true,
    standard: new Map([...values.value.standard, ['push_tokens', [token]]]),
  }));
  return { value: imports };
}

function judgeValues(
  object: JsonObject,
  { blocklist, undocumented }: AttributeRules,
): Judged<AttributeValues> {
  const standard = new Map<string, unknown>();
  const custom = new Map<string, unknown>();
  for (const [name, value] of Object.entries(object)) {
    if (primaryKeys.includes(name) || controlKeys.includes(name)) continue;
    if (isStandardField(name)) {
      const verdict = judgeStandardField(name, value);
      if (verdict.kind === 'refused' && !isLeftOut(verdict, undocumented)) return verdict;
      if (verdict.kind === 'stored') standard.set(name, verdict.value);
    } else if (isCustomAttributeName(name) && !blocklist.attributes.includes(name)) {
      custom.set(name, value);
    }
  }
  return { value: { standard, custom, mergeObjects: object['_merge_objects'] === true } };
}
