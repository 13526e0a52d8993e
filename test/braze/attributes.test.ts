/** Attributes: standard fields with their rules, and custom attributes with their operations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, attributes, onlyError, pages, testEach, type Case } from './cases.ts';
import { startWorkspace } from './workspace.ts';

const standardFields: readonly Case[] = [
  {
    fact: 'the documented names are standard fields and all others custom attributes',
    page: pages.attributes,
    send: attributes({
      ...ana,
      first_name: 'Ana',
      last_name: 'Reis',
      email: 'ana@example.com',
      dob: '1990-02-28',
      home_city: 'Porto',
      operating_system: 'Android',
      city: 'Porto',
      First_Name: 'ANA',
    }),
    profiles: [
      {
        ...ana,
        standard: {
          first_name: 'Ana',
          last_name: 'Reis',
          email: 'ana@example.com',
          dob: '1990-02-28',
          home_city: 'Porto',
        },
        custom_attributes: { operating_system: 'Android', city: 'Porto', First_Name: 'ANA' },
      },
    ],
  },
  {
    fact: 'null removes standard fields and custom attributes',
    page: pages.attributes,
    given: [attributes({ ...ana, first_name: 'Ana', email: 'ana@example.com', plan: 'gold' })],
    send: attributes({ ...ana, first_name: null, email: null, plan: null }),
    profiles: [ana],
  },
  {
    fact: 'a name of more than 255 characters is not applied, without an error',
    page: 'api/endpoints/user_data/post_user_track_synchronous',
    given: [attributes({ ...ana, first_name: 'Ana' })],
    send: attributes({ ...ana, first_name: 'x'.repeat(256), last_name: 'é'.repeat(255) }),
    profiles: [{ ...ana, standard: { first_name: 'Ana', last_name: 'é'.repeat(255) } }],
  },
  {
    fact: 'a country is mapped to its code, and to nothing if it is none',
    page: pages.attributes,
    send: attributes({ ...ana, country: 'Australia' }, { external_id: 'ben', country: 'Atlantis' }),
    profiles: [{ ...ana, standard: { country: 'AU' } }, { external_id: 'ben' }],
  },
  {
    fact: 'a time zone that is none is ignored',
    page: pages.attributes,
    send: attributes(
      { ...ana, time_zone: 'Europe/Lisbon' },
      { external_id: 'ben', time_zone: 'Mars/Olympus' },
    ),
    profiles: [{ ...ana, standard: { time_zone: 'Europe/Lisbon' } }, { external_id: 'ben' }],
  },
  {
    fact: 'an offset is no time zone',
    page: pages.attributes,
    given: [attributes({ ...ana, time_zone: 'Europe/Lisbon' })],
    send: attributes({ ...ana, time_zone: '+01:00' }),
    profiles: [{ ...ana, standard: { time_zone: 'Europe/Lisbon' } }],
  },
  {
    fact: 'the e-mail subscription state is set on every profile with that address',
    page: pages.track,
    given: [
      attributes({ ...ana, email: 'two@example.com' }, { external_id: 'ben', email: 'two@example.com' }),
    ],
    send: attributes({ ...ana, email_subscribe: 'unsubscribed' }),
    profiles: [
      { ...ana, standard: { email: 'two@example.com', email_subscribe: 'unsubscribed' } },
      { external_id: 'ben', standard: { email: 'two@example.com', email_subscribe: 'unsubscribed' } },
    ],
  },
  {
    fact: 'bio is neither a standard field nor a custom attribute',
    page: pages.attributes,
    send: attributes({ ...ana, bio: 'Likes boats.' }),
    profiles: [ana],
  },
];

const news = 'c4f1a5b2-0d3e-4f68-9a7b-1e2d3c4b5a69';
const exampleGroup = 'pto81fff-734f-80e5-b7b2-b880562888ww';
const offers = 'd5a2b6c3-1e4f-4a79-8b8c-2f3e4d5c6b7a';

/** Values that are stored as they were sent, and one field in another form. */
const storedFields: readonly (readonly [field: string, value: unknown, stored?: unknown])[] = [
  ...['M', 'F', 'O', 'N', 'P'].map((gender) => ['gender', gender] as const),
  ['language', 'pt'],
  ['language', 'haw'],
  ['country', 'pt', 'PT'],
  ['country', 'PT'],
  ['country', 'USA', 'US'],
  ['country', 'U.S.A.', 'US'],
  ['country', 'UK', 'GB'],
  ['country', 'Czech Republic', 'CZ'],
  ['country', 'Turkey', 'TR'],
  ['country', 'Türkiye', 'TR'],
  ['country', 'Hong Kong', 'HK'],
  ['country', 'the Bahamas', 'BS'],
  ['country', 'Saint Vincent & the Grenadines', 'VC'],
  ['time_zone', 'europe/berlin', 'Europe/Berlin'],
  ['time_zone', 'Asia/Kolkata'],
  ['time_zone', 'Etc/UTC'],
  ['time_zone', 'Eastern Time (US & Canada)'],
  ['dob', '2000-02-29'],
  ['phone', '+351 912 345 678', '+351912345678'],
  ['phone', '2125550100', '+12125550100'],
  ['phone', 'none', 'none'],
  ['phone', '+1234567890123456', '+1234567890123456'],
  ['email', "o'neil+news_1@mail-2.example.co.uk"],
  ['email', `${'x'.repeat(64)}@example.com`],
  ['home_city', 'São Mamede de Infesta'],
  ['image_url', 'https://example.com/ana.png'],
  ['current_location', { longitude: -8.61, latitude: 41.15 }],
  ['image_url', 'HTTP://example.com/ana.png'],
  ['email_subscribe', 'opted_in'],
  ['push_subscribe', 'unsubscribed'],
  ['email_open_tracking_disabled', true],
  ['email_click_tracking_disabled', false],
  ['facebook', { id: '7', likes: ['tea'], num_friends: 3 }],
  ['twitter', { id: 7, screen_name: 'ana', followers_count: 1, friends_count: 2, statuses_count: 3 }],
  ['facebook', { id: '7', name: 'Ana' }, { id: '7' }],
  ['twitter', { name: 'ana', id: 7 }, { id: 7 }],
  ['push_tokens', [{ app_id: 'web', token: 'abcd', device_id: '12345678' }]],
  ['push_tokens', [{ app_id: 'web', token: 'abcd' }]],
  ['marked_email_as_spam_at', '2026-02-28T10:00:00Z'],
];

/** All the formats of a date, and the standard field that takes any of them. */
const dateFormats = [
  '2026-02-28T10:00:00.123+01:00',
  '2026-02-28T10:00Z',
  '2026-02-28T10:00:00:123Z',
  '2026-02-28T10:00:00',
  '2026-02-28 10:00:00',
  '2026-02-28',
  '02/28/2026',
  'Sat 02 28 10:00:00.UTC 2026',
];

const subscriptionGroups: readonly Case[] = [
  {
    fact: 'subscription states are kept by group, and those of other groups stay',
    page: pages.attributes,
    given: [
      attributes({
        ...ana,
        subscription_groups: [
          { subscription_group_id: news, subscription_state: 'subscribed' },
          { subscription_group_id: offers, subscription_state: 'unsubscribed' },
        ],
      }),
    ],
    send: attributes({
      ...ana,
      subscription_groups: [{ subscription_group_id: news, subscription_state: 'unsubscribed' }],
    }),
    profiles: [
      {
        ...ana,
        standard: {
          subscription_groups: [
            { subscription_group_id: news, subscription_state: 'unsubscribed' },
            { subscription_group_id: offers, subscription_state: 'unsubscribed' },
          ],
        },
      },
    ],
  },
  {
    fact: 'use_double_opt_in_logic goes with subscribed, and is no part of the state',
    page: pages.attributes,
    send: attributes({
      ...ana,
      subscription_groups: [
        { subscription_group_id: news, subscription_state: 'subscribed', use_double_opt_in_logic: true },
      ],
    }),
    profiles: [
      {
        ...ana,
        standard: {
          subscription_groups: [{ subscription_group_id: news, subscription_state: 'subscribed' }],
        },
      },
    ],
  },
  {
    fact: 'the id of a group may have letters that a UUID has not, as in the example of the page',
    page: pages.track,
    send: attributes({
      ...ana,
      subscription_groups: [{ subscription_group_id: exampleGroup, subscription_state: 'subscribed' }],
    }),
    profiles: [
      {
        ...ana,
        standard: {
          subscription_groups: [{ subscription_group_id: exampleGroup, subscription_state: 'subscribed' }],
        },
      },
    ],
  },
  ...[
    { subscription_state: 'unsubscribed', use_double_opt_in_logic: true },
    { subscription_state: 'subscribed', use_double_opt_in_logic: 'yes' },
  ].map((group) => ({
    fact: `a subscription group with ${JSON.stringify(group)} is an error`,
    page: pages.attributes,
    send: attributes({ ...ana, subscription_groups: [{ subscription_group_id: news, ...group }] }),
    status: 400,
    answer: onlyError(
      "'use_double_opt_in_logic' of 'subscription_groups' must be a boolean, and goes with 'subscribed' only",
    ),
    profiles: [],
  })),
];

const imageUrl = 'an http or https URL of 1,024 characters or less';

/** Standard fields whose value is refused: the object is not processed. */
const refusedFields: readonly (readonly [field: string, value: unknown, form: string])[] = [
  ['email', 'ana@example', 'a valid email'],
  ['email', 7, 'a valid email'],
  ...[
    'a,b@x.co',
    '.a@x.co',
    'a..b@x.co',
    'a.@x.co',
    'a@-x.c',
    'a@x-.co',
    'a@x.co>',
    'a@b@x.co',
    '@x.co',
    `${'x'.repeat(65)}@x.co`,
    `a@${'x'.repeat(64)}.co`,
  ].map((email) => ['email', email, 'a valid email'] as const),
  ['dob', '02/28/1990', 'a date of the form YYYY-MM-DD'],
  ['dob', '1990-02-30', 'a date of the form YYYY-MM-DD'],
  ['gender', 'female', 'one of M, F, O, N, P'],
  ['first_name', 7, 'a string'],
  ['email_subscribe', 'yes', 'one of opted_in, subscribed, unsubscribed'],
  ['push_subscribe', true, 'one of opted_in, subscribed, unsubscribed'],
  ['current_location', { lat: 1, lon: 2 }, 'an object with a longitude and a latitude'],
  ['image_url', `https://example.com/${'x'.repeat(1024)}`, imageUrl],
  ['email_subscription_info', {}, 'an attribute that can be set'],
  ['email_subscription_info', null, 'an attribute that can be set'],
  ['gender', 'm', 'one of M, F, O, N, P'],
  ['dob', '90-02-28', 'a date of the form YYYY-MM-DD'],
  ['language', 'pt-BR', 'a language code that Braze lists'],
  ['language', 'Portuguese', 'a language code that Braze lists'],
  ['country', 351, 'a string'],
  ['time_zone', 1, 'a string'],
  ['phone', 351912345678, 'a string that is not empty'],
  ['phone', '', 'a string that is not empty'],
  ['home_city', ['Porto'], 'a string'],
  ['image_url', 'ana.png', imageUrl],
  ['image_url', 'ftp://example.com/ana.png', imageUrl],
  ['image_url', 'javascript:alert(1)', imageUrl],
  ['current_location', { longitude: 0, latitude: 91 }, 'an object with a longitude and a latitude'],
  ['current_location', { longitude: 200, latitude: 0 }, 'an object with a longitude and a latitude'],
  ['email_open_tracking_disabled', 'true', 'a boolean'],
  ['email_click_tracking_disabled', 1, 'a boolean'],
  ['date_of_first_session', '28 February 2026', 'a date'],
  ['date_of_first_session', '02/30/2026', 'a date'],
  ['date_of_last_session', '3001-01-01', 'a date'],
  ['marked_email_as_spam_at', 1_772_000_000, 'a date'],
  ['facebook', { id: 7 }, 'an object of id, likes, num_friends'],
  ['facebook', { likes: ['tea', 1] }, 'an object of id, likes, num_friends'],
  ['facebook', { num_friends: 1.5 }, 'an object of id, likes, num_friends'],
  ['twitter', { id: '7' }, 'an object of id, screen_name, followers_count, friends_count, statuses_count'],
  ['twitter', 'ana', 'an object of id, screen_name, followers_count, friends_count, statuses_count'],
];

const customAttributes: readonly Case[] = [
  ...[...dateFormats, '3001-01-01', '-000001-01-01', '28 February 2026'].map((date) => ({
    fact: `the custom attribute "${date}" is kept as it was sent`,
    page: pages.dataTypes,
    send: attributes({ ...ana, joined: date }),
    profiles: [{ ...ana, custom_attributes: { joined: date } }],
  })),
  {
    fact: 'an array with a string of more than 255 characters, with null, or in an array is not applied',
    page: pages.dataTypes,
    given: [attributes({ ...ana, a: ['x'], b: ['x'], c: ['x'] })],
    send: attributes({ ...ana, a: ['x'.repeat(256)], b: ['y', null], c: [['y']] }),
    answer: { message: 'success', attributes_processed: 1 },
    profiles: [{ ...ana, custom_attributes: { a: ['x'], b: ['x'], c: ['x'] } }],
  },
  {
    fact: 'an array is set to unique values, the last of each kept, the number apart from its text',
    page: pages.attributes,
    send: attributes({ ...ana, food: ['hotdog', 'hotdog', 'pizza', 'hotdog', 1, '1', true] }),
    profiles: [{ ...ana, custom_attributes: { food: ['pizza', 'hotdog', 1, '1', true] } }],
  },
  {
    fact: 'add and remove in one change both apply',
    page: pages.attributes,
    given: [attributes({ ...ana, videos: ['a', 'b'] })],
    send: attributes({ ...ana, videos: { add: ['c', 'd'], remove: ['a', 'd'] } }),
    profiles: [{ ...ana, custom_attributes: { videos: ['b', 'c'] } }],
  },
  {
    fact: 'add and remove leave what is no array as it was',
    page: pages.attributes,
    given: [attributes({ ...ana, plan: 'gold', tags: ['a'] })],
    send: attributes({ ...ana, plan: { add: ['a'] }, tags: { add: 'b' } }),
    profiles: [{ ...ana, custom_attributes: { plan: 'gold', tags: ['a'] } }],
  },
  {
    fact: 'of more than 500 values that are set at once the first are dropped',
    page: pages.dataTypes,
    send: attributes({ ...ana, tags: Array.from({ length: 501 }, (_, index) => index) }),
    profiles: [{ ...ana, custom_attributes: { tags: Array.from({ length: 500 }, (_, index) => index + 1) } }],
  },
  {
    fact: 'an array of more than 100 KB is not applied',
    page: pages.dataTypes,
    given: [attributes({ ...ana, tags: ['a'] })],
    send: attributes({
      ...ana,
      tags: Array.from({ length: 500 }, (_, index) => `${String(index)}-${'x'.repeat(220)}`),
    }),
    answer: { message: 'success', attributes_processed: 1 },
    profiles: [{ ...ana, custom_attributes: { tags: ['a'] } }],
  },
  {
    fact: 'inc by a string, and of a float, changes nothing',
    page: pages.attributes,
    given: [attributes({ ...ana, visits: 5, score: 1.5 })],
    send: attributes({ ...ana, visits: { inc: '1' }, score: { inc: 1 } }),
    profiles: [{ ...ana, custom_attributes: { visits: 5, score: 1.5 } }],
  },
  {
    fact: 'a name with a leading $ and an empty one are not taken',
    page: pages.dataTypes,
    send: attributes({ ...ana, $plan: 'gold', '': 1, plan: 'gold' }),
    profiles: [{ ...ana, custom_attributes: { plan: 'gold' } }],
  },
  {
    fact: 'strings, numbers, booleans, arrays and objects keep their type',
    page: pages.dataTypes,
    send: attributes({
      ...ana,
      plan: 'gold',
      score: 1.5,
      vip: true,
      visits: '7',
      tags: ['a', 1],
      home: { floor: 3 },
    }),
    profiles: [
      {
        ...ana,
        custom_attributes: {
          plan: 'gold',
          score: 1.5,
          vip: true,
          visits: '7',
          tags: ['a', 1],
          home: { floor: 3 },
        },
      },
    ],
  },
  {
    fact: 'a string of more than 255 characters is not applied',
    page: pages.dataTypes,
    given: [attributes({ ...ana, note: 'short' })],
    send: attributes({ ...ana, note: 'x'.repeat(256), ['k'.repeat(256)]: 1 }),
    profiles: [{ ...ana, custom_attributes: { note: 'short' } }],
  },
  {
    fact: 'inc counts an integer up and down, and every time again',
    page: pages.attributes,
    given: [attributes({ ...ana, visits: 5 }), attributes({ ...ana, visits: { inc: 3 } })],
    send: attributes({ ...ana, visits: { inc: -1 } }, { ...ana, first_seen: { inc: 1 } }),
    profiles: [{ ...ana, custom_attributes: { visits: 7, first_seen: 1 } }],
  },
  {
    fact: 'inc leaves what is not an integer as it was',
    page: pages.attributes,
    given: [attributes({ ...ana, plan: 'gold', visits: 5 })],
    send: attributes({ ...ana, plan: { inc: 1 }, visits: { inc: 0.5 } }),
    profiles: [{ ...ana, custom_attributes: { plan: 'gold', visits: 5 } }],
  },
  {
    fact: 'add puts values at the end, once each, and an existing one there too',
    page: pages.dataTypes,
    given: [attributes({ ...ana, tags: ['a', 'b', 'a'] })],
    send: attributes({ ...ana, tags: { add: ['b', 'a', 'c'] } }),
    profiles: [{ ...ana, custom_attributes: { tags: ['b', 'a', 'c'] } }],
  },
  {
    fact: 'remove takes values away',
    page: pages.dataTypes,
    given: [attributes({ ...ana, tags: ['a', 'b', 'c'] })],
    send: attributes({ ...ana, tags: { remove: ['b', 'z'] }, none: { remove: ['b'] } }),
    profiles: [{ ...ana, custom_attributes: { tags: ['a', 'c'] } }],
  },
  {
    fact: 'add makes an array that was not there',
    page: pages.dataTypes,
    send: attributes({ ...ana, page_tags: { add: ['pricing'] } }),
    profiles: [{ ...ana, custom_attributes: { page_tags: ['pricing'] } }],
  },
  {
    fact: 'of more than 500 values the oldest are dropped',
    page: pages.dataTypes,
    given: [attributes({ ...ana, tags: Array.from({ length: 500 }, (_, index) => index) })],
    send: attributes({ ...ana, tags: { add: [500, 501] } }),
    profiles: [{ ...ana, custom_attributes: { tags: Array.from({ length: 500 }, (_, index) => index + 2) } }],
  },
  {
    fact: 'an object replaces the one before',
    page: pages.nested,
    given: [attributes({ ...ana, car: { brand: 'Fiat', year: 2001 } })],
    send: attributes({ ...ana, car: { brand: 'Seat' } }),
    profiles: [{ ...ana, custom_attributes: { car: { brand: 'Seat' } } }],
  },
  {
    fact: 'an object is merged with _merge_objects, which is no attribute',
    page: pages.nested,
    given: [attributes({ ...ana, car: { brand: 'Fiat', engine: { power: 40, fuel: 'petrol' } } })],
    send: attributes({ ...ana, _merge_objects: true, car: { engine: { power: 55 } } }),
    profiles: [
      { ...ana, custom_attributes: { car: { brand: 'Fiat', engine: { power: 55, fuel: 'petrol' } } } },
    ],
  },
  {
    fact: 'an object with null, a bad $time or a bad key is not applied',
    page: pages.nested,
    given: [attributes({ ...ana, a: { ok: 1 }, b: { ok: 1 }, c: { ok: 1 } })],
    send: attributes({
      ...ana,
      a: { x: null },
      b: { x: { $time: 'soon' } },
      c: { 'x y': 1 },
      d: { x: { $time: '2020-05-28' } },
    }),
    profiles: [
      {
        ...ana,
        custom_attributes: { a: { ok: 1 }, b: { ok: 1 }, c: { ok: 1 }, d: { x: { $time: '2020-05-28' } } },
      },
    ],
  },
  {
    fact: 'an object of more than 100 KB is not applied',
    page: pages.nested,
    send: attributes({ ...ana, large: { text: Array.from({ length: 500 }, () => 'x'.repeat(200)) } }),
    profiles: [ana],
  },
  {
    fact: 'an attribute named like a member of every object is an attribute like any other',
    page: pages.attributes,
    send: '{"attributes":[{"external_id":"ana","__proto__":"x","constructor":"y"}]}',
    profiles: [JSON.parse('{"external_id":"ana","custom_attributes":{"__proto__":"x","constructor":"y"}}')],
  },
];

testEach(await startWorkspace(), [
  ...standardFields,
  ...refusedFields.map(([field, value, form]) => ({
    fact: `${field} as ${JSON.stringify(value).slice(0, 40)} is an error`,
    page: pages.attributes,
    send: attributes({ ...ana, [field]: value }),
    status: 400,
    answer: onlyError(`The value provided for the '${field}' field is not ${form}.`),
    profiles: [],
  })),
  ...storedFields.map(([field, value, stored = value]) => ({
    fact: `${field} as ${JSON.stringify(value).slice(0, 60)} is stored`,
    page: pages.attributes,
    send: attributes({ ...ana, [field]: value }),
    profiles: [{ ...ana, standard: { [field]: stored } }],
  })),
  ...dateFormats.map((date) => ({
    fact: `"${date}" is a date`,
    page: pages.attributes,
    send: attributes({ ...ana, date_of_first_session: date }),
    profiles: [{ ...ana, standard: { date_of_first_session: date } }],
  })),
  ...subscriptionGroups,
  ...customAttributes,
]);

/** Where the workspace leaves out what breaks a rule without a documented effect. */
testEach(await startWorkspace({ undocumented: 'ignore' }), [
  ...(
    [
      ['gender', 'm'],
      ['language', 'pt-BR'],
      ['dob', '1.2.1990'],
      ['image_url', 'ana.png'],
      ['first_name', 7],
      ['facebook', { id: 7 }],
      ['date_of_last_session', 'soon'],
    ] as const
  ).map(([field, value]) => ({
    fact: `${field} as ${JSON.stringify(value)} is left out where it is not refused`,
    page: pages.attributes,
    given: [attributes({ ...ana, last_name: 'Reis' })],
    send: attributes({ ...ana, [field]: value, home_city: 'Porto' }),
    answer: { message: 'success', attributes_processed: 1 },
    profiles: [{ ...ana, standard: { last_name: 'Reis', home_city: 'Porto' } }],
  })),
  ...(
    [
      ['email', 'ana', 'a valid email'],
      ['email_subscribe', 'yes', 'one of opted_in, subscribed, unsubscribed'],
      ['email_subscription_info', {}, 'an attribute that can be set'],
    ] as const
  ).map(([field, value, form]) => ({
    fact: `${field} as ${JSON.stringify(value)}, of which the effect is documented, is an error all the same`,
    page: pages.track,
    send: attributes({ ...ana, [field]: value }),
    status: 400,
    answer: onlyError(`The value provided for the '${field}' field is not ${form}.`),
    profiles: [],
  })),
]);

const changed = await startWorkspace();

test('what becomes of a value without a documented effect can be changed while the emulator runs', async () => {
  const put = (undocumented: string): ReturnType<typeof changed.call> =>
    changed.call('/emulator/settings', { method: 'PUT', body: JSON.stringify({ undocumented }) });
  const send = attributes({ ...ana, gender: 'm' });
  assert.equal((await changed.track(send)).status, 400);
  assert.equal((await put('ignore')).status, 200);
  assert.equal((await changed.track(send)).status, 201);
  const { status, body } = await put('store');
  assert.deepEqual([status, body], [400, { message: '"undocumented" is one of refuse, ignore.' }]);
});
