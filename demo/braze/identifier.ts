/**
 * Which person an object of a request is about. Source of every rule here: `api/endpoints/user_data/post_user_track`
 * and `api/objects_filters/user_attributes_object`. Wordings that no page gives are in the style of those observed.
 */
import { isEmail } from './address.ts';
import { isGiven, isObject, type Judged, type JsonObject } from './json.ts';

export interface UserAlias {
  readonly alias_name: string;
  readonly alias_label: string;
}

/** The one identifier by which an object is resolved. */
export type Identifier =
  | { readonly kind: 'external_id'; readonly value: string }
  | { readonly kind: 'braze_id'; readonly value: string }
  | { readonly kind: 'email'; readonly value: string }
  | { readonly kind: 'phone'; readonly value: string }
  /** Not one that a request can name: the token that an anonymous user was imported with. */
  | { readonly kind: 'push_token'; readonly value: string }
  /** Of a push token: only an export can ask for it. */
  | { readonly kind: 'device_id'; readonly value: string }
  | { readonly kind: 'user_alias'; readonly value: UserAlias };

/** The person, and whether an unknown one may be created. */
export interface Addressee {
  readonly identifier: Identifier;
  readonly mayCreate: boolean;
}

/** At most one of these per object: two or more and the object is rejected. */
const primaries = ['external_id', 'user_alias', 'braze_id'] as const;

/** Looked at only if there is no primary; `email` wins over `phone`. */
const secondaries = ['email', 'phone'] as const;

const MAX_EXTERNAL_ID_BYTES = 987;

/**
 * Judges the identifier of an attributes, event or purchase object. A primary one "cannot be nulled": `null` is refused and
 * does not count as absent, or who lost an `external_id` on the way would write to whoever has the e-mail address beside it.
 */
export function addresseeOf(object: JsonObject): Judged<Addressee> {
  const named = primaries.filter((key) => isGiven(object[key]));
  if (named.length > 1) {
    return {
      problem: `Only one of 'external_id', 'user_alias' or 'braze_id' may be given, not ${named.join(' and ')}`,
    };
  }
  const nulled = primaries.find((key) => object[key] === null);
  if (nulled) return { problem: `'${nulled}' must not be null: leave it out` };
  const kind = named[0] ?? secondaries.find((key) => isGiven(object[key]));
  if (!kind) return { problem: "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required" };
  const judged = judgeIdentifier(kind, object[kind]);
  if ('problem' in judged) return judged;
  return { value: { identifier: judged.value, mayCreate: mayCreate(kind, object['_update_existing_only']) } };
}

/**
 * An alias is update-only unless it says `false`: the note on the page, which contradicts a comment in its object
 * specification. An unknown `braze_id` is not documented: since Braze hands those out, none is ever created.
 */
function mayCreate(kind: Identifier['kind'], updateExistingOnly: unknown): boolean {
  if (kind === 'braze_id') return false;
  return kind === 'user_alias' ? updateExistingOnly === false : updateExistingOnly !== true;
}

export function judgeIdentifier(kind: Identifier['kind'], value: unknown): Judged<Identifier> {
  if (kind === 'user_alias') return judgeAlias(value);
  if (typeof value !== 'string' || value === '')
    return { problem: `'${kind}' must be a string that is not empty` };
  if (kind === 'external_id' && Buffer.byteLength(value) > MAX_EXTERNAL_ID_BYTES) {
    return {
      problem: `'external_id' must be ${String(MAX_EXTERNAL_ID_BYTES)} bytes or less`,
      code: 'EXTERNAL_USER_ID_TOO_LARGE',
    };
  }
  if (kind === 'phone' && !/\d/.test(value))
    return { problem: "'phone' must be a phone number: it has no digits" };
  // The code is not documented for events, but no less true of them.
  if (kind === 'email' && !isEmail(value)) {
    return {
      problem: "The value provided for the 'email' field is not a valid email.",
      code: 'EMAIL_BAD_FORMAT',
    };
  }
  return { value: { kind, value } };
}

function judgeAlias(value: unknown): Judged<Identifier> {
  const name = isObject(value) ? value['alias_name'] : undefined;
  const label = isObject(value) ? value['alias_label'] : undefined;
  if (typeof name !== 'string' || typeof label !== 'string' || name === '' || label === '') {
    return { problem: "'user_alias' must be an object with the strings 'alias_name' and 'alias_label'" };
  }
  return { value: { kind: 'user_alias', value: { alias_name: name, alias_label: label } } };
}
