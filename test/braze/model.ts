/**
 * A plain model of what the endpoints for users do to profiles and what they answer: lists, searched from front to back, and
 * every rule as the pages state it. It imports nothing of the emulator: what both say is not said by the same mistake.
 *
 * Pages: `api/endpoints/user_data/post_user_track`, `…/post_user_alias`, `…/post_user_identify`, `…/post_users_merge`,
 * `…/post_user_delete`, `api/objects_filters/user_attributes_object`, `…/event_object`, `…/purchase_object`. Where they are
 * silent: `docs/braze-emulator.md`.
 */
import { attributeAfter, type Json, type JsonObject } from './model-attributes.ts';

export interface ModelProfile {
  /** Braze draws it: whoever compares fills it in. */
  braze_id: string | undefined;
  external_id: string | undefined;
  user_aliases: JsonObject[];
  standard: Record<string, Json>;
  custom_attributes: Record<string, Json>;
  events: JsonObject[];
  purchases: JsonObject[];
  /** The larger, the later it was updated. */
  turn: number;
}

/** The status, and of an accepted request the counters. Of `errors` only where they are: their wording is not documented. */
export interface ModelAnswer {
  readonly status: number;
  readonly counters?: JsonObject;
  readonly errors?: readonly JsonObject[];
}

export interface Model {
  /** Oldest first. */
  readonly profiles: () => readonly ModelProfile[];
  readonly answer: (path: string, body: Json) => ModelAnswer;
}

const refused: ModelAnswer = { status: 400 };

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
const isText = (value: Json | undefined): value is string => typeof value === 'string' && value !== '';
const isGiven = (value: Json | undefined): value is Json => value !== undefined && value !== null;

/** @param now milliseconds since 1970, of all requests */
export function createModel(now: number): Model {
  let profiles: readonly ModelProfile[] = [];
  let turns = 0;

  function touch(profile: ModelProfile): void {
    turns += 1;
    profile.turn = turns;
  }

  function create(): ModelProfile {
    const profile: ModelProfile = {
      braze_id: undefined,
      external_id: undefined,
      user_aliases: [],
      standard: {},
      custom_attributes: {},
      events: [],
      purchases: [],
      turn: 0,
    };
    touch(profile);
    profiles = [...profiles, profile];
    return profile;
  }

  const withExternalId = (id: Json): ModelProfile | undefined =>
    profiles.find((profile) => profile.external_id === id);
  const withAlias = (alias: JsonObject): ModelProfile | undefined =>
    profiles.find((profile) => profile.user_aliases.some((other) => isSameAlias(alias, other)));
  const withContact = ({ email, phone }: JsonObject): ModelProfile[] =>
    profiles.filter(({ standard }) =>
      isGiven(email) ? standard['email'] === email : standard['phone'] === phone,
    );

  /** Of several with an address "the most recently updated profile with an external_id", else the most recently updated. */
  function preferred(candidates: readonly ModelProfile[]): ModelProfile | undefined {
    const identified = candidates.filter(({ external_id }) => external_id !== undefined);
    return byTurn(identified).at(-1) ?? byTurn(candidates).at(-1);
  }

  /** The profile that an object of `/users/track` is about, made if that may be; the object is known to name somebody. */
  function resolve(object: JsonObject): ModelProfile | undefined {
    const { external_id, user_alias, braze_id, email, phone, _update_existing_only } = object;
    if (isText(external_id)) {
      const found = withExternalId(external_id);
      if (found || _update_existing_only === true) return found;
      return Object.assign(create(), { external_id });
    }
    if (isObject(user_alias)) {
      const found = withAlias(user_alias);
      if (found || _update_existing_only !== false) return found;
      return Object.assign(create(), { user_aliases: [aliasOf(user_alias)] });
    }
    if (isText(braze_id)) return profiles.find((profile) => profile.braze_id === braze_id);
    const contact = isText(email) ? { email } : { phone: e164(phone as string) };
    const found = preferred(withContact(contact));
    if (found || _update_existing_only === true) return found;
    return Object.assign(create(), { standard: contact });
  }

  function track(body: Json): ModelAnswer {
    if (!isObject(body)) return refused;
    const sent = ['attributes', 'events', 'purchases'].filter((array) => body[array] !== undefined);
    if (!sent.every((array) => isList(body[array]))) return refused;
    const objects = (array: string): readonly Json[] => (body[array] ?? []) as readonly Json[];
    const rules = { attributes: isAttributesObject, events: isEvent, purchases: isPurchase };
    const valid = (array: keyof typeof rules): readonly JsonObject[] =>
      objects(array).filter(
        (object) => isObject(object) && namesSomebody(object) && rules[array](object),
      ) as JsonObject[];

    const [attributes, events, purchases] = [valid('attributes'), valid('events'), valid('purchases')];
    const errors = sent.flatMap((array) =>
      objects(array)
        .map((object, index) => ({ object, input_array: array, index }))
        .filter(({ object }) => !valid(array as keyof typeof rules).includes(object as JsonObject))
        .map(({ input_array, index }) => ({ input_array, index })),
    );
    const told = errors.length > 0 ? { errors } : {};
    if (attributes.length + events.length + purchases.length === 0) return { status: 400, ...told };

    for (const object of attributes) writeAttributes(object);
    for (const object of events) append('events', object, eventOf(object));
    for (const object of purchases) append('purchases', object, purchaseOf(object));

    const counts = {
      attributes_processed: new Set(attributes.map(nameOf)).size,
      events_processed: events.length,
      purchases_processed: purchases.length,
    };
    const counters = Object.fromEntries(
      Object.entries(counts).filter(([counter]) => objects(counter.replace('_processed', '')).length > 0),
    );
    return { status: 201, counters, ...told };
  }

  function writeAttributes(object: JsonObject): void {
    const profile = resolve(object);
    if (!profile) return;
    const isFoundBy = (name: string): boolean =>
      ['email', 'phone'].includes(name) && nameOf(object) === nameOf({ [name]: object[name] ?? null });
    for (const [name, value] of Object.entries(object)) {
      if (notAttributes.includes(name) || name.startsWith('$') || isFoundBy(name)) continue;
      if (standardFields.includes(name)) writeStandard(profile, name, value);
      else writeCustom(profile, name, value, object['_merge_objects'] === true);
    }
    touch(profile);
    if (object['email_subscribe'] !== undefined) shareEmailState(profile);
  }

  function writeStandard(profile: ModelProfile, name: string, value: Json): void {
    const stored = storedForm(name, value);
    if (stored === undefined) return;
    if (stored === null) Reflect.deleteProperty(profile.standard, name);
    else if (name === 'subscription_groups')
      profile.standard[name] = groupsAfter(profile.standard[name], stored);
    else profile.standard[name] = stored;
  }

  function writeCustom(profile: ModelProfile, name: string, value: Json, merge: boolean): void {
    const after = attributeAfter(profile.custom_attributes[name], value, merge);
    if (after === undefined) Reflect.deleteProperty(profile.custom_attributes, name);
    else profile.custom_attributes[name] = after;
  }

  /** "Setting the e-mail subscription state via one profile also changes it on all profiles with that e-mail." */
  function shareEmailState({ standard }: ModelProfile): void {
    const { email, email_subscribe = null } = standard;
    if (!isText(email)) return;
    for (const other of withContact({ email }).filter((profile) => profile.standard !== standard)) {
      writeStandard(other, 'email_subscribe', email_subscribe);
      touch(other);
    }
  }

  function append(list: 'events' | 'purchases', object: JsonObject, item: JsonObject): void {
    const profile = resolve(object);
    if (!profile) return;
    profile[list].push(item);
    touch(profile);
  }

  /** An event's time in UTC; "a time in the future is set to now". */
  const timeOf = ({ time }: JsonObject): string =>
    new Date(Math.min(Number(millisecondsOf(time)), now)).toISOString();
  const eventOf = (object: JsonObject): JsonObject => ({
    name: object['name'] ?? null,
    time: timeOf(object),
    properties: object['properties'] ?? {},
  });
  const purchaseOf = (object: JsonObject): JsonObject => ({
    product_id: object['product_id'] ?? null,
    currency: object['currency'] ?? null,
    price: object['price'] ?? null,
    quantity: object['quantity'] ?? 1,
    time: timeOf(object),
    properties: object['properties'] ?? {},
  });

  /** An alias that somebody has, and a label of which the user has a name, stay as they are. */
  function newAliases(body: Json): ModelAnswer {
    const aliases = listIn(body, 'user_aliases');
    if (!aliases?.every(isNewAlias)) return refused;
    for (const alias of aliases) {
      const { external_id, alias_label } = alias;
      if (withAlias(alias)) continue;
      const user = external_id === undefined ? create() : withExternalId(external_id);
      if (!user || user.user_aliases.some((other) => other['alias_label'] === alias_label)) continue;
      user.user_aliases = [...user.user_aliases, aliasOf(alias)];
      touch(user);
    }
    return { status: 201, counters: { aliases_processed: aliases.length } };
  }

  /** All whom an identifier of an identity endpoint fits, oldest first. */
  function matching({
    external_id,
    user_alias,
    braze_id,
    email,
    phone,
  }: JsonObject): readonly ModelProfile[] {
    if (isGiven(external_id)) return profiles.filter((profile) => profile.external_id === external_id);
    if (isGiven(braze_id)) return profiles.filter((profile) => profile.braze_id === braze_id);
    if (isObject(user_alias)) return [withAlias(user_alias)].filter((found) => found !== undefined);
    return withContact(isGiven(email) ? { email } : { phone: e164(phone as string) });
  }

  /** "If more than one user matches from a prioritization, then merging does not occur." */
  function select(identifier: JsonObject): ModelProfile | undefined {
    let left = matching(identifier);
    for (const priority of (identifier['prioritization'] ?? []) as readonly string[]) {
      if (priority === 'identified') left = left.filter(({ external_id }) => external_id !== undefined);
      if (priority === 'unidentified') left = left.filter(({ external_id }) => external_id === undefined);
      if (priority === 'most_recently_updated') left = byTurn(left).slice(-1);
      if (priority === 'least_recently_updated') left = byTurn(left).slice(0, 1);
    }
    return left.length === 1 ? left[0] : undefined;
  }

  function identify(body: Json): ModelAnswer {
    const lists = ['aliases_to_identify', 'emails_to_identify', 'phone_numbers_to_identify'];
    if (!isObject(body)) return refused;
    const sent = lists.filter((list) => body[list] !== undefined);
    const objects = sent.map((list) => listIn(body, list));
    if (sent.length === 0 || !objects.every((list) => list?.every(isIdentification))) return refused;
    const all = objects.flatMap((list) => list as readonly JsonObject[]);
    for (const { external_id = null, ...who } of all) identifyOne(who, external_id as string);
    return { status: 201, counters: { aliases_processed: all.length } };
  }

  /** Only who is anonymous is identified: neither they nor somebody else with that address has an `external_id`. */
  function identifyOne(who: JsonObject, external_id: string): void {
    const anonymous = select(who);
    if (!anonymous || matching(who).some((profile) => profile.external_id !== undefined)) return;
    const known = withExternalId(external_id);
    const labelsOf = (profile: ModelProfile): readonly Json[] =>
      profile.user_aliases.map((alias) => alias['alias_label'] ?? null);
    if (!known) {
      anonymous.external_id = external_id;
      touch(anonymous);
    } else if (!labelsOf(known).some((label) => labelsOf(anonymous).includes(label))) {
      join(known, anonymous);
    }
  }

  function merge(body: Json): ModelAnswer {
    const updates = listIn(body, 'merge_updates');
    if (!updates?.every(isMergeUpdate)) return refused;
    for (const { identifier_to_merge, identifier_to_keep } of updates) {
      const gone = select(identifier_to_merge as JsonObject);
      const kept = select(identifier_to_keep as JsonObject);
      if (!gone || !kept || gone === kept) continue;
      // "Profiles that both have an invalid phone number are not merged."
      if ([gone, kept].every(({ standard }) => isGiven(standard['phone']) && !isE164(standard['phone'])))
        continue;
      join(kept, gone);
    }
    return { status: 202, counters: {} };
  }

  /** What only the other has goes to the one that is kept; counts are summed; of sessions the first and the last stay. */
  function join(kept: ModelProfile, gone: ModelProfile): void {
    const isFree = ({ alias_label }: JsonObject): boolean =>
      !kept.user_aliases.some((alias) => alias['alias_label'] === alias_label);
    kept.user_aliases = [...kept.user_aliases, ...gone.user_aliases.filter(isFree)];

    const first = [kept, gone]
      .map(({ standard }) => standard['date_of_first_session'])
      .filter(isGiven)
      .sort();
    const last = [kept, gone]
      .map(({ standard }) => standard['date_of_last_session'])
      .filter(isGiven)
      .sort();
    const groups = [kept, gone].map(({ standard }) => standard['subscription_groups']).filter(isGiven);
    kept.standard = {
      ...gone.standard,
      ...kept.standard,
      ...(first.length > 0 && { date_of_first_session: first.at(0) as Json }),
      ...(last.length > 0 && { date_of_last_session: last.at(-1) as Json }),
      ...(groups.length > 0 && { subscription_groups: groupsAfter(groups[1], groups[0] as Json) }),
    };
    kept.custom_attributes = { ...gone.custom_attributes, ...kept.custom_attributes };
    kept.events = inOrder([...kept.events, ...gone.events]);
    kept.purchases = inOrder([...kept.purchases, ...gone.purchases]);
    remove(gone);
    touch(kept);
  }

  function remove(gone: ModelProfile): void {
    profiles = profiles.filter((profile) => profile !== gone);
  }

  /** Who is meant is seen before anybody is gone: `deleted` counts them. */
  function deleteUsers(body: Json): ModelAnswer {
    const ids = idsToDelete(body);
    if (!ids) return refused;
    const meant = new Set(ids.map(select).filter((profile) => profile !== undefined));
    meant.forEach(remove);
    return { status: 201, counters: { deleted: meant.size } };
  }

  const endpoints: Readonly<Record<string, (body: Json) => ModelAnswer>> = {
    '/users/track': track,
    '/users/alias/new': newAliases,
    '/users/identify': identify,
    '/users/merge': merge,
    '/users/delete': deleteUsers,
  };
  return {
    profiles: () => profiles,
    answer: (path, body) => endpoints[path]?.(body) ?? { status: 404 },
  };
}

/** Identifiers and switches of an attributes object, and what is taken without being kept. */
const notAttributes = [
  'external_id',
  'user_alias',
  'braze_id',
  '_update_existing_only',
  '_merge_objects',
  'bio',
];

/** Those of the documented standard fields that are tried. */
const standardFields = [
  'first_name',
  'home_city',
  'email',
  'phone',
  'gender',
  'country',
  'time_zone',
  'email_subscribe',
  'subscription_groups',
  'date_of_first_session',
  'date_of_last_session',
  'email_subscription_info',
];

/** Words that single dots divide, before and after the `@`: those that are tried have no other signs. */
const isEmail = (value: Json | undefined): boolean =>
  isText(value) && /^\w+(\.\w+)*@\w+(\.\w+)+$/.test(value);

const isPhone = (value: Json | undefined): boolean => isText(value) && /\d/.test(value);

/** "Punctuation is stripped, a bare number of ten digits is read as US." What has no digits is kept as it came. */
function e164(phone: string): string {
  const digits = phone.replaceAll(/\D/g, '');
  if (digits === '') return phone;
  return digits.length === 10 && !phone.startsWith('+') ? `+1${digits}` : `+${digits}`;
}

/** "At most one of `external_id`, `user_alias`, `braze_id`; else `email`, else `phone`." */
function namesSomebody({ external_id, user_alias, braze_id, email, phone }: JsonObject): boolean {
  const primaries = [external_id, user_alias, braze_id].filter((id) => id !== undefined);
  // "Cannot be nulled."
  if (primaries.length > 1 || primaries.includes(null)) return false;
  if (isGiven(external_id)) return isText(external_id) && Buffer.byteLength(external_id) <= 987;
  if (isGiven(user_alias)) return isAlias(user_alias);
  if (isGiven(braze_id)) return isText(braze_id);
  return isGiven(email) ? isEmail(email) : isPhone(phone);
}

const isAlias = (value: Json | undefined): value is JsonObject =>
  isObject(value) && isText(value['alias_name']) && isText(value['alias_label']);
const aliasOf = ({ alias_name = null, alias_label = null }: JsonObject): JsonObject => ({
  alias_name,
  alias_label,
});
const isSameAlias = (one: JsonObject, other: JsonObject): boolean =>
  one['alias_name'] === other['alias_name'] && one['alias_label'] === other['alias_label'];

/** The list that a body has under this name, if it has one. */
function listIn(body: Json, name: string): readonly Json[] | undefined {
  const list = isObject(body) ? body[name] : undefined;
  return isList(list) && list.length > 0 ? list : undefined;
}

const isNewAlias = (value: Json): value is JsonObject =>
  isAlias(value) && (value['external_id'] === undefined || isText(value['external_id']));

/** One of the four, and beside an address who is meant of those that share it. */
function isIdentifier(value: Json | undefined): value is JsonObject {
  if (!isObject(value)) return false;
  const { external_id, user_alias, email, phone, prioritization } = value;
  if (isText(external_id) || isAlias(user_alias)) return true;
  return (isEmail(email) || isPhone(phone)) && isPrioritization(prioritization);
}

/** "Only one of" `identified` and `unidentified` may be there. */
const isPrioritization = (value: Json | undefined): value is readonly Json[] =>
  isList(value) && value.length > 0 && !(value.includes('identified') && value.includes('unidentified'));

/** The users that a body wants deleted, if it does so in one of the five ways. */
function idsToDelete(body: Json): readonly JsonObject[] | undefined {
  const lists = ['external_ids', 'user_aliases', 'braze_ids', 'email_addresses', 'phone_numbers'];
  const [list = '', ...others] = lists.filter((name) => isObject(body) && body[name] !== undefined);
  const items = listIn(body, list);
  if (others.length > 0 || !items) return undefined;
  // "The allowed values" here are but three.
  const isAllowed = (item: Json): item is JsonObject =>
    isIdentifier(item) &&
    !((item['prioritization'] ?? []) as readonly Json[]).includes('least_recently_updated');
  if (list === 'email_addresses' || list === 'phone_numbers')
    return items.every(isAllowed) ? items : undefined;
  if (list === 'user_aliases')
    return items.every(isAlias) ? items.map((user_alias) => ({ user_alias })) : undefined;
  return items.every(isText) ? items.map((id) => ({ [list.slice(0, -1)]: id })) : undefined;
}

const isIdentification = (value: Json): boolean =>
  isObject(value) && isText(value['external_id']) && isIdentifier({ ...value, external_id: null });

const isMergeUpdate = (value: Json): value is JsonObject =>
  isObject(value) && isIdentifier(value['identifier_to_merge']) && isIdentifier(value['identifier_to_keep']);

const isE164 = (phone: Json): boolean => /^\+[1-9]\d{1,14}$/.test(phone as string);

/** The one identifier by which an object is resolved, as it is given and not looked up: it tells objects of one person. */
function nameOf({ external_id, user_alias, braze_id, email, phone }: JsonObject): string {
  if (isGiven(external_id)) return JSON.stringify({ external_id });
  if (isObject(user_alias)) return JSON.stringify(aliasOf(user_alias));
  if (isGiven(braze_id)) return JSON.stringify({ braze_id });
  return JSON.stringify(isGiven(email) ? { email } : { phone });
}

/** Is no field of it refused? */
function isAttributesObject(object: JsonObject): boolean {
  const refusals: readonly boolean[] = Object.entries(object).map(([name, value]) => {
    if (name === 'email_subscription_info') return true;
    if (value === null) return false;
    if (name === 'email') return !isEmail(value);
    if (name === 'gender') return !['M', 'F', 'O', 'N', 'P'].includes(value as string);
    if (name === 'email_subscribe')
      return !['opted_in', 'subscribed', 'unsubscribed'].includes(value as string);
    if (name === 'subscription_groups') return !isList(value);
    if (name === 'phone') return !isText(value);
    if (name.startsWith('date_of_')) return millisecondsOf(value) === undefined;
    return standardFields.includes(name) && typeof value !== 'string';
  });
  return !refusals.includes(true);
}

/** What is kept of a standard field: `null` removes it, `undefined` leaves it as it was. */
function storedForm(name: string, value: Json): Json | undefined {
  if (name === 'phone' && isText(value)) return e164(value);
  if (name === 'country')
    return ['Portugal', 'PRT'].includes(value as string) ? 'PT' : value === 'Atlantis' ? null : value;
  if (name === 'time_zone' && value === 'Mars/Olympus') return undefined;
  if (name === 'time_zone' && value === 'europe/lisbon') return 'Europe/Lisbon';
  if (typeof value === 'string' && value.length > 255) return undefined;
  return value;
}

/** The groups that are named get their state, the others keep theirs. */
function groupsAfter(before: Json | undefined, change: Json): Json {
  const idOf = (group: Json): Json | undefined => (group as JsonObject)['subscription_group_id'];
  const named = change as readonly Json[];
  const others = ((before ?? []) as readonly Json[]).filter(
    (group) => !named.some((other) => idOf(other) === idOf(group)),
  );
  return [...others, ...named];
}

/** Milliseconds since 1970; without an offset it is UTC. */
function millisecondsOf(time: Json | undefined): number | undefined {
  if (typeof time !== 'string') return undefined;
  const text = time.replace(' ', 'T');
  const milliseconds = Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** "ISO-8601 or `yyyy-MM-dd'T'HH:mm:ss:SSSZ`": of what is tried, all but a blank before the time of day. */
const isOccurrenceTime = (time: Json | undefined): boolean =>
  millisecondsOf(time) !== undefined && !(time as string).includes(' ');

/** A property, or what is inside of one. */
function isProperty(value: Json): boolean {
  if (value === null) return false;
  if (typeof value === 'string') return value.length <= 255;
  if (isList(value)) return value.every(isProperty);
  return (
    !isObject(value) ||
    Object.entries(value).every(([name, inner]) => isPropertyName(name) && isProperty(inner))
  );
}

const isPropertyName = (name: string): boolean => isName(name) && !name.startsWith('$');

function areProperties(properties: Json = {}): boolean {
  return (
    isObject(properties) &&
    Object.entries(properties).every(
      ([name, value]) => !['time', 'event_name'].includes(name) && isPropertyName(name) && isProperty(value),
    )
  );
}

const isName = (value: Json | undefined): value is string => isText(value) && value.length <= 255;

function isEvent({ name, time, properties }: JsonObject): boolean {
  return isName(name) && !name.startsWith('$') && isOccurrenceTime(time) && areProperties(properties);
}

function isPurchase({ product_id, currency, price, quantity = 1, time, properties }: JsonObject): boolean {
  return (
    isName(product_id) &&
    ['EUR', 'USD'].includes(currency as string) &&
    typeof price === 'number' &&
    Number.isInteger(quantity) &&
    Number(quantity) >= 1 &&
    Number(quantity) <= 100 &&
    isOccurrenceTime(time) &&
    areProperties(properties)
  );
}

function byTurn(profiles: readonly ModelProfile[]): readonly ModelProfile[] {
  return [...profiles].sort((one, other) => one.turn - other.turn);
}

/** By time; of the same time those that came first stay first. */
function inOrder(items: readonly JsonObject[]): JsonObject[] {
  return [...items].sort(
    (one, other) => Date.parse(one['time'] as string) - Date.parse(other['time'] as string),
  );
}
