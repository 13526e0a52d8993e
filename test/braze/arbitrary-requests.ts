/**
 * Sequences of requests, for trying the emulator against a model of it. Few people, names and values, so that they meet: the
 * same e-mail address on several profiles, a number where there was a list, an alias that somebody else has.
 */
import fc from 'fast-check';

export interface Request {
  readonly path: string;
  readonly body: unknown;
}

/** Stands for the `braze_id` of the profile at this place, from 0, or for one that nobody has if there are fewer. */
export const brazeIdAt = (place: number): string => `braze_id of profile ${place}`;

/** For {@link fc.oneof}. */
const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<T> => ({
  weight,
  arbitrary,
});
const mostly = <T>(...values: readonly T[]): fc.WeightedArbitrary<T> =>
  weighted(20, fc.constantFrom(...values));
const rarely = <T>(...values: readonly T[]): fc.WeightedArbitrary<T> =>
  weighted(1, fc.constantFrom(...values));

const TOO_LONG = 'x'.repeat(256);

const externalId = fc.oneof(mostly('ana', 'ben', 'cleo'), rarely('dan'));
const alias = fc.record({
  alias_name: fc.oneof(mostly('v1', 'v2'), rarely('V1')),
  alias_label: fc.constantFrom('chat', 'chat', 'crm'),
});
const email = fc.constantFrom('one@example.com', 'two@example.com');
/** Two are the same number, one is none. */
const phone = fc.constantFrom('+12125550100', '(212) 555-0100', '+4930123456', 'unknown');
const brazeId = fc.oneof(weighted(4, fc.nat(3).map(brazeIdAt)), rarely(brazeIdAt(99)));

/** Whom an object of `/users/track` is about: mostly one person, sometimes nobody or two. */
const addressee = fc.oneof(
  weighted(8, fc.record({ external_id: externalId })),
  weighted(4, fc.record({ user_alias: alias })),
  weighted(4, fc.record({ email })),
  weighted(3, fc.record({ phone })),
  weighted(3, fc.record({ braze_id: brazeId })),
  weighted(2, fc.record({ email, phone })),
  weighted(2, fc.record({ external_id: externalId, email })),
  weighted(2, fc.record({ user_alias: alias, email: email, phone: phone })),
  rarely<object>(
    {},
    { email: 'nobody' },
    { email: 'a..b@example.com' },
    { external_id: null, email: 'one@example.com' },
    { external_id: '' },
    { external_id: 'x'.repeat(988) },
    { external_id: null, phone: '+12125550100' },
    { external_id: 'ana', user_alias: { alias_name: 'v1', alias_label: 'chat' } },
    { user_alias: { alias_name: 'v1' } },
  ),
);

const updateExistingOnly = fc.oneof(
  weighted(3, fc.constant({})),
  weighted(2, fc.constant({ _update_existing_only: false })),
  rarely({ _update_existing_only: true }),
);

const subscriptionGroup = fc.record({
  subscription_group_id: fc.constantFrom(
    'a0000000-0000-4000-8000-000000000000',
    'b0000000-0000-4000-8000-000000000000',
  ),
  subscription_state: fc.constantFrom('subscribed', 'unsubscribed'),
});
const groups = fc.uniqueArray(subscriptionGroup, {
  maxLength: 2,
  selector: (group) => group.subscription_group_id,
});
const day = fc.constantFrom('2026-01-10T08:00:00Z', '2026-01-20T08:00:00Z', '2026-01-30T08:00:00Z');

type Field = [name: string, value: unknown];

/** A member of an object, with one of these values. */
const fieldOf = (name: string, ...values: fc.MaybeWeightedArbitrary<unknown>[]): fc.Arbitrary<Field> =>
  fc.tuple(fc.constant(name), fc.oneof(...values));

/** Values that are ignored or refused are among those of each field. */
const standardField = fc.oneof(
  fieldOf('first_name', mostly('Ana', 'Ben', null), rarely<unknown>(TOO_LONG, 7)),
  fieldOf('home_city', mostly('Porto', 'Lisbon', null)),
  fieldOf('email', weighted(10, email), rarely(null, null, 'nobody', 'one,two@example.com')),
  fieldOf('phone', weighted(4, phone), rarely(null, '')),
  fieldOf('gender', mostly('F', 'M', null), rarely('female')),
  fieldOf('country', mostly('PT', 'PRT', 'Portugal', 'Atlantis', null)),
  fieldOf('time_zone', mostly('Europe/Lisbon', 'europe/lisbon', null), rarely('Mars/Olympus')),
  fieldOf('email_subscribe', mostly('subscribed', 'opted_in', 'unsubscribed', null), rarely('yes')),
  fieldOf('subscription_groups', weighted(20, groups), rarely('all')),
  fieldOf('date_of_first_session', weighted(20, day), rarely('soon')),
  fieldOf('date_of_last_session', day),
  fieldOf('bio', fc.constant('Likes boats.')),
);

const scalar = fc.constantFrom<unknown>('a', 'b', 1, 2, true);
const scalars = fc.array(scalar, { maxLength: 4 });

/** Objects in objects, two keys and few values each; now and then with something in them that may not be there. */
const nested: fc.Arbitrary<Record<string, unknown>> = fc.letrec<{
  object: Record<string, unknown>;
  value: unknown;
}>((tie) => ({
  object: fc.dictionary(fc.constantFrom('a', 'b'), tie('value'), {
    maxKeys: 2,
  }),
  value: fc.oneof(
    { maxDepth: 2 },
    weighted(12, scalar),
    weighted(8, tie('object')),
    weighted(1, scalars),
    rarely<unknown>({ $time: '2020-05-28' }, { $time: 'soon' }, null, { 'a b': 1 }, { 'a.b': 1 }, TOO_LONG),
  ),
})).object;

const item = fc.record(
  {
    id: fc.constantFrom(1, 2, 3),
    kind: fc.constantFrom('dog', 'cat'),
    toy: nested,
  },
  { requiredKeys: ['id'] },
);
const identified = fc.oneof(
  weighted(4, fc.record({ $identifier_key: fc.constant('id'), $identifier_value: fc.constantFrom(1, 2, 3) })),
  weighted(
    2,
    fc.record({ $identifier_key: fc.constant('kind'), $identifier_value: fc.constantFrom('dog', 'cat') }),
  ),
  rarely<object>({ $identifier_key: 'id' }, { $identifier_key: 'toy', $identifier_value: 1 }),
);
const newObject = fc.record(
  { id: fc.constantFrom(1, 2), kind: fc.constantFrom('dog', 'fox'), toy: nested },
  { requiredKeys: [] },
);
const replacement = fc.oneof(
  weighted(
    8,
    fc.tuple(identified, newObject).map(([found, object]) => ({ ...found, $new_object: object })),
  ),
  weighted(1, identified),
);

const arrayOperation = fc.oneof(
  weighted(3, fc.record({ add: scalars })),
  weighted(3, fc.record({ remove: scalars })),
  weighted(1, fc.record({ add: scalars, remove: scalars })),
  rarely<unknown>({ add: 'a' }, { remove: [{ id: 1 }] }, { add: ['a'], inc: 1 }),
);
const objectsOperation = fc.oneof(
  weighted(
    8,
    fc.record(
      {
        $add: fc.array(item, { minLength: 1, maxLength: 2 }),
        $remove: fc.array(identified, { minLength: 1, maxLength: 2 }),
        $update: fc.array(replacement, { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
  ),
  rarely<unknown>(
    { $add: 'a' },
    { $add: [1] },
    { $add: [{ id: null }] },
    { $remove: {} },
    { $add: [{ id: 1 }], id: 1 },
  ),
);
const increment = fc.oneof(
  mostly({ inc: 1 }, { inc: -2 }),
  rarely<unknown>({ inc: 0.5 }, { inc: '1' }, { inc: null }),
);
const anyValue = fc.oneof(
  scalar,
  scalars,
  nested,
  increment,
  arrayOperation,
  objectsOperation,
  fc.array(item, { maxLength: 2 }),
  fc.constantFrom<unknown>(null, 1.5, TOO_LONG, [1, { id: 1 }], [null], [['a']], { $time: '2020-05-28' }),
);

/** Each name has mostly values of one type, and sometimes others. */
const customAttribute = fc.oneof(
  fieldOf('plan', mostly('gold', 'silver', null), weighted(5, anyValue)),
  fieldOf('visits', mostly(5, 7), weighted(15, increment), weighted(2, anyValue)),
  fieldOf('tags', weighted(3, scalars), weighted(6, arrayOperation), weighted(1, anyValue)),
  fieldOf('car', weighted(8, nested), weighted(1, anyValue)),
  fieldOf(
    'pets',
    { weight: 3, arbitrary: fc.array(item, { maxLength: 3 }) },
    weighted(8, objectsOperation),
    weighted(1, anyValue),
  ),
  fieldOf('First_Name', fc.constant('custom')),
);

/** The last is no name that is taken, the one before no field that may be set. */
const otherField = fc.oneof(fieldOf('email_subscription_info', fc.constant({})), fieldOf('$name', scalar));

/** A few fields; more of one kind would only hide what each does. */
const fields = fc
  .uniqueArray(
    fc.oneof(weighted(20, standardField), weighted(30, customAttribute), weighted(1, otherField)),
    { maxLength: 4, selector: ([name]) => name },
  )
  .map((members): object => Object.fromEntries(members));

const mergeObjects = fc.constantFrom({}, { _merge_objects: true }, { _merge_objects: false });

/** The addressee stands first, for readers, and wins. */
const joined = ([who, ...members]: readonly object[]): object =>
  Object.assign({}, who, ...members, who) as object;

const attributesObject = fc.tuple(addressee, updateExistingOnly, mergeObjects, fields).map(joined);

const time = fc.oneof(
  mostly(
    '2026-02-01T10:00:00Z',
    '2026-02-01T10:00:00.250+02:00',
    '2026-02-02T11:30:00',
    '2099-01-01T00:00:00Z',
  ),
  rarely<unknown>('soon', 7, undefined, null, '2026-02-02 11:30:00'),
);
const properties = fc.oneof(
  weighted(6, fc.record({ page: fc.constantFrom('/', '/pricing'), step: fc.nat(2) }, { requiredKeys: [] })),
  weighted(2, fc.constant(undefined)),
  rarely<unknown>(
    { list: [1, { a: 1 }] },
    { time: 1 },
    { event_name: 'x' },
    { page: null },
    { o: { n: null } },
    { o: { $a: 1 } },
    { list: [{ '': 1 }] },
    { o: { s: [TOO_LONG] } },
    { $a: 1 },
    'page',
  ),
);
const event = fc
  .tuple(
    addressee,
    updateExistingOnly,
    fc.record({
      name: fc.oneof(mostly('opened', 'closed'), rarely<unknown>('', '$x', TOO_LONG, 7)),
      time,
      properties,
    }),
  )
  .map(joined);

const purchase = fc
  .tuple(
    addressee,
    updateExistingOnly,
    fc.record({
      product_id: fc.oneof(mostly('boots', 'flask'), rarely<unknown>('', 7)),
      currency: fc.oneof(mostly('EUR', 'USD'), rarely<unknown>('EURO', null)),
      price: fc.oneof(mostly(9.99, 0), rarely<unknown>('9.99')),
      quantity: fc.oneof(mostly<unknown>(undefined, 1, 100), rarely<unknown>(0, 101, 1.5)),
      time,
      properties,
    }),
  )
  .map(joined);

/** An array of `/users/track` with now and then something in it that is not an object. */
const listOf = (object: fc.Arbitrary<object>, maxLength: number): fc.Arbitrary<readonly unknown[]> =>
  fc.array(fc.oneof(weighted(40, object), rarely<unknown>('ana', null)), { maxLength });

const track = fc.oneof(
  weighted(
    20,
    fc.record(
      {
        attributes: listOf(attributesObject, 4),
        events: listOf(event, 2),
        purchases: listOf(purchase, 2),
      },
      { requiredKeys: ['attributes'] },
    ),
  ),
  rarely<unknown>({}, { attributes: 'ana' }, { events: [] }, []),
);

const priorities = fc.oneof(
  mostly(
    ['most_recently_updated'],
    ['least_recently_updated'],
    ['identified'],
    ['unidentified'],
    ['identified', 'most_recently_updated'],
    ['unidentified', 'most_recently_updated'],
    ['unidentified', 'least_recently_updated'],
  ),
  rarely(['identified', 'unidentified'], []),
);

const few = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(item, { minLength: 1, maxLength: 2 });

const newAlias = fc.oneof(
  weighted(
    12,
    fc
      .tuple(alias, fc.option(externalId, { nil: undefined }))
      .map(([names, id]) => ({ ...names, ...(id !== undefined && { external_id: id }) })),
  ),
  rarely<unknown>(
    { alias_name: 'v1' },
    'v1',
    { alias_name: 'v1', alias_label: 'chat', external_id: 7 },
    { alias_name: 'v1', alias_label: 'chat', external_id: null },
  ),
);
const newAliases = fc.oneof(
  weighted(12, fc.record({ user_aliases: few(newAlias) })),
  rarely<unknown>({}, { user_aliases: 'v1' }),
);

const aliasToIdentify = fc.record({ external_id: externalId, user_alias: alias });
const emailToIdentify = fc.record({ external_id: externalId, email, prioritization: priorities });
const phoneToIdentify = fc.record({ external_id: externalId, phone, prioritization: priorities });
const identify = fc.oneof(
  weighted(8, fc.record({ aliases_to_identify: few(aliasToIdentify) })),
  weighted(4, fc.record({ emails_to_identify: few(emailToIdentify) })),
  weighted(2, fc.record({ phone_numbers_to_identify: few(phoneToIdentify) })),
  weighted(
    2,
    fc.record({ aliases_to_identify: few(aliasToIdentify), emails_to_identify: few(emailToIdentify) }),
  ),
  rarely<unknown>(
    {},
    { aliases_to_identify: 'v1' },
    { aliases_to_identify: [{ external_id: 'ana' }] },
    { emails_to_identify: [{ external_id: 'ana', email: 'one@example.com' }] },
  ),
);

const mergeIdentifier = fc.oneof(
  weighted(4, fc.record({ external_id: externalId })),
  weighted(3, fc.record({ user_alias: alias })),
  weighted(3, fc.record({ email, prioritization: priorities })),
  weighted(1, fc.record({ phone, prioritization: priorities })),
);
const mergeUpdate = fc.record({ identifier_to_merge: mergeIdentifier, identifier_to_keep: mergeIdentifier });
const merge = fc.oneof(
  weighted(12, fc.record({ merge_updates: few(mergeUpdate) })),
  rarely<unknown>(
    {},
    { merge_updates: 'ana' },
    { merge_updates: [{ identifier_to_merge: { external_id: 'ana' } }] },
    { merge_updates: [{ identifier_to_merge: {}, identifier_to_keep: { external_id: 'ana' } }] },
  ),
);

const remove = fc.oneof(
  weighted(8, fc.record({ external_ids: few(externalId) })),
  weighted(4, fc.record({ user_aliases: few(alias) })),
  weighted(4, fc.record({ braze_ids: few(brazeId) })),
  weighted(4, fc.record({ email_addresses: few(fc.record({ email, prioritization: priorities })) })),
  weighted(2, fc.record({ phone_numbers: few(fc.record({ phone, prioritization: priorities })) })),
  rarely<unknown>(
    {},
    { external_ids: 'ana' },
    { external_ids: [7] },
    { external_ids: ['ana'], braze_ids: [brazeIdAt(0)] },
    { email_addresses: ['one@example.com'] },
  ),
);

const to =
  (path: string) =>
  (body: unknown): Request => ({ path, body });

const request: fc.Arbitrary<Request> = fc.oneof(
  weighted(12, track.map(to('/users/track'))),
  weighted(3, newAliases.map(to('/users/alias/new'))),
  weighted(4, identify.map(to('/users/identify'))),
  weighted(4, merge.map(to('/users/merge'))),
  weighted(2, remove.map(to('/users/delete'))),
);

/** Some people to begin with, known and unknown, of whom several have the same address. */
const person = fc
  .tuple(
    fc.oneof(fc.record({ external_id: externalId }), fc.record({ user_alias: alias })),
    fc.constant({ _update_existing_only: false }),
    fc.record({ email, phone }, { requiredKeys: [] }),
    fields,
  )
  .map(joined);
const people = fc.array(person, { maxLength: 5 }).map((attributes) => to('/users/track')({ attributes }));

export const arbitraryRequests: fc.Arbitrary<readonly Request[]> = fc
  .tuple(people, fc.array(request, { minLength: 1, maxLength: 11 }))
  .map(([first, others]) => [first, ...others]);
