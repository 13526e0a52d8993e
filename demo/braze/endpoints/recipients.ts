/**
 * For whom a triggered send is, judged: the same for a Canvas and for a campaign.
 * Sources: `api/objects_filters/recipient_object`, `api/endpoints/messaging/send_messages/post_send_triggered_canvases`,
 * `…/post_send_triggered_campaigns`.
 *
 * No page says which mistakes in one recipient spare the others. The emulator refuses the whole request, so that nobody
 * is sent something twice when it is repeated. Wordings are its own, unless a comment names their page.
 */
import { judgeAttributes, type AttributeRules, type AttributesChange } from '../attributes.ts';
import type { Addressee, Identifier } from '../identifier.ts';
import { isGiven, isObject, type Judged, type JsonObject } from '../json.ts';
import type { Selector } from '../write.ts';
import { judgeEach, judgeObject, judgeSelector, MAX_BATCH, tooMany } from './batch.ts';
import { judgeOwnProperties, type PropertiesNames } from './send-properties.ts';

export interface Recipient {
  readonly selector: Selector;
  /** May create the profile, where the recipient said `"send_to_existing_only": false`. */
  readonly attributes?: AttributesChange;
  readonly properties: JsonObject;
}

/** What all recipients of a request have in common. */
export interface RecipientRules {
  readonly propertiesNames: PropertiesNames;
  /** Properties of all recipients. */
  readonly shared: JsonObject;
  readonly attributeRules: AttributeRules;
  /** Standard fields that `attributes` does not set here. */
  readonly unsettable: readonly string[];
  /** Is nothing more taken in for this person? */
  readonly isBlocked: (identifier: Identifier) => boolean;
}

/** Each recipient once, the first of those that are named alike: "leaving one" does not say which. */
export function judgeRecipients(recipients: unknown, rules: RecipientRules): Judged<readonly Recipient[]> {
  if (!Array.isArray(recipients)) return { problem: "'recipients' must be an array of objects" };
  // The text: `api/errors`.
  if (recipients.length === 0) return { problem: 'No Recipients' };
  if (recipients.length > MAX_BATCH) return { problem: tooMany.idsAndAliases };
  const judged = judgeEach(
    'recipients',
    recipients,
    judgeObject((object) => judgeRecipient(object, rules)),
  );
  if ('problem' in judged) return judged;
  const byPerson = new Map<string, Recipient>();
  for (const recipient of judged.value) {
    const person = JSON.stringify(recipient.selector.identifier);
    if (!byPerson.has(person)) byPerson.set(person, recipient);
  }
  return { value: [...byPerson.values()] };
}

function judgeRecipient(object: JsonObject, rules: RecipientRules): Judged<Recipient> {
  const selector = judgePerson(object);
  if ('problem' in selector) return selector;
  const { identifier } = selector.value;
  const mayCreate = judgeMayCreate(object, identifier);
  if ('problem' in mayCreate) return mayCreate;
  const properties = judgeOwnProperties(object, rules.shared, rules.propertiesNames);
  if ('problem' in properties) return properties;
  const person = { identifier, mayCreate: mayCreate.value };
  const attributes = judgeRecipientAttributes(object['attributes'], person, rules);
  if ('problem' in attributes) return attributes;
  return {
    value: {
      selector: selector.value,
      properties: properties.value,
      ...(attributes.value && { attributes: attributes.value }),
    },
  };
}

/** The names of the identifiers here, and in the objects of `/users/track`. */
const identifiers = [
  ['external_user_id', 'external_id'],
  ['user_alias', 'user_alias'],
  ['email', 'email'],
] as const;

/** Not a recipient's: the page of the recipient object also has `braze_id`, the pages of the endpoints do not. */
const otherIdentifiers = ['external_id', 'braze_id', 'phone'];

/** "Requests must specify only one." `prioritization` is required beside `email`, and means nothing beside another one. */
function judgePerson(object: JsonObject): Judged<Selector> {
  const allowed = identifiers.filter(([name]) => isGiven(object[name]));
  const given = [
    ...allowed.map(([name]) => name),
    ...otherIdentifiers.filter((name) => isGiven(object[name])),
  ];
  const [identifier] = allowed;
  if (!identifier || given.length > 1) {
    const found = given.length > 0 ? `, not ${given.join(' and ')}` : '';
    return { problem: `exactly one of 'external_user_id', 'user_alias' or 'email' is required${found}` };
  }
  const [name, kind] = identifier;
  const selector = judgeSelector({ ...object, [kind]: object[name] }, kind);
  return 'problem' in selector ? { problem: selector.problem.replace(`'${kind}'`, `'${name}'`) } : selector;
}

/** "Can't be used with user aliases": neither value, though one page says it of `false` alone. */
function judgeMayCreate(object: JsonObject, { kind }: Identifier): Judged<boolean> {
  const existingOnly = object['send_to_existing_only'] ?? true;
  if (typeof existingOnly !== 'boolean') return { problem: "'send_to_existing_only' must be a boolean" };
  if (isGiven(object['send_to_existing_only']) && kind === 'user_alias') {
    return { problem: "'send_to_existing_only' can't be used with 'user_alias'" };
  }
  if (!existingOnly && !isGiven(object['attributes'])) {
    return { problem: "'attributes' is required when 'send_to_existing_only' is false" };
  }
  return { value: !existingOnly };
}

/**
 * By the rules of `/users/track`, of which they may break none. The recipient says who the person is: identifiers
 * among the attributes are refused, and so is another e-mail address than the one that the recipient is found by.
 */
function judgeRecipientAttributes(
  attributes: unknown,
  { identifier, mayCreate }: Addressee,
  { attributeRules, unsettable, isBlocked }: RecipientRules,
): Judged<AttributesChange | undefined> {
  if (!isGiven(attributes)) return { value: undefined };
  if (!isObject(attributes)) return { problem: "'attributes' must be an object" };
  const naming = ['external_id', 'user_alias', 'braze_id', identifier.kind].find(
    (name) => Object.hasOwn(attributes, name) && (name !== 'email' || attributes[name] !== identifier.value),
  );
  if (naming) return { problem: `'attributes' cannot have '${naming}': the recipient says who it is` };
  // As `/users/track` says it. Whether such a person can be sent something that changes nothing is not said: here they can.
  if (isBlocked(identifier)) return { problem: 'provided external_id is blacklisted and disallowed' };
  const named = { [identifier.kind]: identifier.value, _update_existing_only: !mayCreate };
  const judged = judgeAttributes({ ...attributes, ...named }, attributeRules);
  if ('problem' in judged) return judged;
  const standard = new Map([...judged.value.standard].filter(([name]) => !unsettable.includes(name)));
  return { value: { ...judged.value, standard } };
}
