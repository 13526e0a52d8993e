/** Attributes: standard fields with their rules, and custom attributes with their operations. */
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

/** Standard fields whose value is refused: the object is not processed. */
const refusedFields: readonly (readonly [field: string, value: unknown, form: string])[] = [
  ['email', 'ana@example', 'a valid email'],
  ['email', 7, 'a valid email'],
  ['dob', '02/28/1990', 'a date of the form YYYY-MM-DD'],
  ['dob', '1990-02-30', 'a date of the form YYYY-MM-DD'],
  ['gender', 'female', 'one of M, F, O, N, P'],
  ['first_name', 7, 'a string'],
  ['email_subscribe', 'yes', 'one of opted_in, subscribed, unsubscribed'],
  ['push_subscribe', true, 'one of opted_in, subscribed, unsubscribed'],
  ['current_location', { lat: 1, lon: 2 }, 'an object with a longitude and a latitude'],
  ['subscription_groups', [{ subscription_group_id: 'news' }], 'an array of subscription group states'],
  ['image_url', `https://example.com/${'x'.repeat(1024)}`, 'a URL of 1,024 characters or less'],
  ['email_subscription_info', {}, 'an attribute that can be set'],
];

const customAttributes: readonly Case[] = [
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
  ...customAttributes,
]);
