/** `/users/identify`: who was known by an alias or an address only gets an `external_id`. */
import { alias, ana, attributes, events, pages, testEach, to, type Case } from './cases.ts';
import { startWorkspace } from './workspace.ts';

const workspace = await startWorkspace();

const path = '/users/identify';
const page = pages.identify;
const processed = { aliases_processed: 1, message: 'success' };
const byAlias = { aliases_to_identify: [{ ...ana, user_alias: alias }] };
const email = 'ana@example.com';
const phone = '+12125550100';
const anonymous = (fields: object = {}): object => ({
  user_alias: alias,
  _update_existing_only: false,
  ...fields,
});
const byEmail = (...prioritization: readonly string[]): unknown => ({
  emails_to_identify: [{ ...ana, email, prioritization }],
});
const choices =
  "'prioritization' must be an array of identified or unidentified, and most_recently_updated or least_recently_updated";

const unknownExternalId: readonly Case[] = [
  {
    fact: 'an external_id that nobody has is put onto the profile',
    page,
    given: [attributes(anonymous({ first_name: 'Ana' }))],
    send: byAlias,
    answer: processed,
    profiles: [{ ...ana, user_aliases: [alias], standard: { first_name: 'Ana' } }],
  },
  {
    fact: 'then the profile is found by it',
    page,
    given: [attributes(anonymous()), to(path, byAlias)],
    path: '/users/track',
    send: attributes({ ...ana, first_name: 'Ana' }),
    profiles: [{ ...ana, user_aliases: [alias], standard: { first_name: 'Ana' } }],
  },
  {
    fact: 'an alias that nobody has creates nobody, and the answer is the same',
    page,
    send: byAlias,
    answer: processed,
    profiles: [],
  },
  {
    fact: 'an alias in another letter case is 201 without effect',
    page,
    given: [attributes(anonymous())],
    send: { aliases_to_identify: [{ ...ana, user_alias: { ...alias, alias_name: 'V-1' } }] },
    answer: processed,
    profiles: [{ user_aliases: [alias] }],
  },
  {
    fact: 'by e-mail address',
    page,
    given: [attributes({ email, first_name: 'Ana' })],
    send: byEmail('unidentified'),
    answer: processed,
    profiles: [{ ...ana, standard: { email, first_name: 'Ana' } }],
  },
  {
    fact: 'by phone number',
    page,
    given: [attributes({ phone })],
    send: { phone_numbers_to_identify: [{ ...ana, phone, prioritization: ['unidentified'] }] },
    answer: processed,
    profiles: [{ ...ana, standard: { phone } }],
  },
  {
    fact: 'by alias and by address in one request, as in the example',
    page,
    given: [attributes(anonymous(), { email })],
    send: {
      ...byAlias,
      emails_to_identify: [{ external_id: 'ben', email, prioritization: ['unidentified'] }],
    },
    answer: { aliases_processed: 2, message: 'success' },
    profiles: [
      { ...ana, user_aliases: [alias] },
      { external_id: 'ben', standard: { email } },
    ],
  },
  {
    fact: 'an external_id that somebody has stays theirs',
    page: 'user_guide/data/user_data_collection/user_profile_lifecycle',
    given: [
      attributes({ external_id: 'ben' }),
      to('/users/alias/new', { user_aliases: [{ external_id: 'ben', ...alias }] }),
    ],
    send: byAlias,
    answer: processed,
    profiles: [{ external_id: 'ben', user_aliases: [alias] }],
  },
];

const time = (day: number): string => `2026-02-0${String(day)}T08:00:00.000Z`;
const opened = (day: number): object => ({ name: 'opened', time: time(day), properties: {} });
const bought = (day: number): object => ({
  product_id: 'tea',
  currency: 'EUR',
  price: 5,
  quantity: 1,
  time: time(day),
  properties: {},
});

const knownExternalId: readonly Case[] = [
  {
    fact: 'fields that only the anonymous profile has are copied, and it is removed',
    page,
    given: [
      attributes(
        { ...ana, first_name: 'Ana', gender: 'F' },
        anonymous({ first_name: 'Anna', last_name: 'Reis', home_city: 'Porto', email, phone }),
      ),
    ],
    send: byAlias,
    answer: processed,
    profiles: [
      {
        ...ana,
        user_aliases: [alias],
        standard: { first_name: 'Ana', gender: 'F', last_name: 'Reis', home_city: 'Porto', email, phone },
      },
    ],
  },
  {
    fact: 'custom attributes are joined by name, arrays and objects too',
    page,
    given: [
      attributes(
        { ...ana, plan: 'gold', pets: ['dog'], home: { floor: 2 } },
        anonymous({ plan: 'free', pets: ['cat'], home: { lift: true }, colour: 'blue' }),
      ),
    ],
    send: byAlias,
    profiles: [
      {
        ...ana,
        user_aliases: [alias],
        custom_attributes: { plan: 'gold', pets: ['dog'], home: { floor: 2 }, colour: 'blue' },
      },
    ],
  },
  {
    fact: 'events and purchases of both are kept, in order of time',
    page,
    given: [
      {
        events: [
          { ...ana, ...opened(2) },
          { ...ana, ...opened(4) },
        ],
        purchases: [{ ...ana, ...bought(3) }],
      },
      {
        events: [
          { ...anonymous(), ...opened(1) },
          { ...anonymous(), ...opened(3) },
        ],
        purchases: [{ ...anonymous(), ...bought(1) }],
      },
    ],
    send: byAlias,
    profiles: [
      {
        ...ana,
        user_aliases: [alias],
        events: [opened(1), opened(2), opened(3), opened(4)],
        purchases: [bought(1), bought(3)],
      },
    ],
  },
  {
    fact: 'the earlier first session and the later last session are kept',
    page,
    given: [
      attributes(
        { ...ana, date_of_first_session: time(3), date_of_last_session: time(5) },
        anonymous({ date_of_first_session: time(2), date_of_last_session: time(4) }),
      ),
    ],
    send: byAlias,
    profiles: [
      {
        ...ana,
        user_aliases: [alias],
        standard: { date_of_first_session: time(2), date_of_last_session: time(5) },
      },
    ],
  },
  {
    fact: 'sessions of the anonymous profile that reach further are kept too',
    page,
    given: [
      attributes(
        { ...ana, date_of_first_session: time(2), date_of_last_session: time(4) },
        anonymous({ date_of_first_session: time(3), date_of_last_session: time(5) }),
      ),
    ],
    send: byAlias,
    profiles: [
      {
        ...ana,
        user_aliases: [alias],
        standard: { date_of_first_session: time(2), date_of_last_session: time(5) },
      },
    ],
  },
  {
    fact: 'with an alias of the same label on both they are not combined',
    page,
    given: [
      attributes(ana, anonymous({ first_name: 'Ana' })),
      to('/users/alias/new', { user_aliases: [{ ...ana, alias_name: 'v-0', alias_label: 'parley' }] }),
    ],
    send: byAlias,
    answer: processed,
    profiles: [
      { ...ana, user_aliases: [{ alias_name: 'v-0', alias_label: 'parley' }] },
      { user_aliases: [alias], standard: { first_name: 'Ana' } },
    ],
  },
  {
    fact: 'aliases with other labels come together',
    page,
    given: [
      attributes(ana, anonymous()),
      to('/users/alias/new', { user_aliases: [{ ...ana, alias_name: '17', alias_label: 'crm' }] }),
    ],
    send: byAlias,
    profiles: [{ ...ana, user_aliases: [{ alias_name: '17', alias_label: 'crm' }, alias] }],
  },
  {
    fact: 'by e-mail address into a profile without one, which gets it',
    page,
    given: [attributes(ana, { email, home_city: 'Porto' })],
    send: byEmail('unidentified'),
    profiles: [{ ...ana, standard: { email, home_city: 'Porto' } }],
  },
  {
    fact: 'an event by the alias afterwards is one of the identified profile',
    page,
    given: [attributes(ana, anonymous()), to(path, byAlias)],
    path: '/users/track',
    send: events({ user_alias: alias, ...opened(1) }),
    profiles: [{ ...ana, user_aliases: [alias], events: [opened(1)] }],
  },
];

const twoAnonymous = [
  attributes(anonymous({ email })),
  attributes(anonymous({ user_alias: { ...alias, alias_name: 'v-2' }, email })),
];

const priorities: readonly Case[] = [
  {
    fact: 'several with the address, and priorities that leave more than one: success, and nothing happens',
    page,
    given: twoAnonymous,
    send: byEmail('unidentified'),
    answer: processed,
    profiles: [
      { user_aliases: [alias], standard: { email } },
      { user_aliases: [{ ...alias, alias_name: 'v-2' }], standard: { email } },
    ],
  },
  {
    fact: 'most_recently_updated chooses the later one',
    page,
    given: twoAnonymous,
    send: byEmail('unidentified', 'most_recently_updated'),
    profiles: [
      { user_aliases: [alias], standard: { email } },
      { ...ana, user_aliases: [{ ...alias, alias_name: 'v-2' }], standard: { email } },
    ],
  },
  {
    fact: 'least_recently_updated chooses the earlier one',
    page,
    given: twoAnonymous,
    send: byEmail('least_recently_updated'),
    profiles: [
      { ...ana, user_aliases: [alias], standard: { email } },
      { user_aliases: [{ ...alias, alias_name: 'v-2' }], standard: { email } },
    ],
  },
  {
    fact: 'identified means nobody where all are anonymous',
    page,
    given: [attributes({ email })],
    send: byEmail('identified'),
    answer: processed,
    profiles: [{ standard: { email } }],
  },
  {
    fact: 'an identified profile with the address is in the way, also if it has that external_id',
    page,
    given: [attributes({ email, home_city: 'Porto' }, { ...ana, email })],
    send: byEmail('unidentified', 'most_recently_updated'),
    answer: processed,
    profiles: [{ standard: { email, home_city: 'Porto' } }, { ...ana, standard: { email } }],
  },
];

const refusals: readonly Case[] = [
  {
    fact: 'an address without prioritization is refused',
    page,
    send: { emails_to_identify: [{ ...ana, email }] },
    status: 400,
    answer: { message: `emails_to_identify[0]: ${choices}` },
  },
  {
    fact: 'a phone number without prioritization is refused',
    page,
    send: { phone_numbers_to_identify: [{ ...ana, phone }] },
    status: 400,
    answer: { message: `phone_numbers_to_identify[0]: ${choices}` },
  },
  {
    fact: 'identified and unidentified together are refused',
    page,
    given: [attributes({ email })],
    send: byEmail('identified', 'unidentified'),
    status: 400,
    answer: { message: `emails_to_identify[0]: ${choices}` },
    profiles: [{ standard: { email } }],
  },
  {
    fact: 'a priority that there is not is refused',
    page,
    send: byEmail('newest'),
    status: 400,
    answer: { message: `emails_to_identify[0]: ${choices}` },
  },
  {
    fact: 'without an external_id it is refused',
    page,
    send: { aliases_to_identify: [{ user_alias: alias }] },
    status: 400,
    answer: { message: "aliases_to_identify[0]: 'external_id' must be a string that is not empty" },
  },
  {
    fact: 'without an alias it is refused',
    page,
    send: { aliases_to_identify: [{ ...ana, ...alias }] },
    status: 400,
    answer: {
      message:
        "aliases_to_identify[0]: 'user_alias' must be an object with the strings 'alias_name' and 'alias_label'",
    },
  },
  {
    fact: 'nobody to identify is refused',
    page,
    send: {},
    status: 400,
    answer: {
      message:
        "One of 'aliases_to_identify', 'emails_to_identify', 'phone_numbers_to_identify' is required, with somebody in it",
    },
  },
  {
    fact: 'one mistake, and nobody of the request is identified',
    page,
    given: [attributes(anonymous())],
    send: { ...byAlias, emails_to_identify: [{ ...ana, email }] },
    status: 400,
    profiles: [{ user_aliases: [alias] }],
  },
  {
    fact: 'more than 50 are refused',
    page: pages.errors,
    given: [attributes(anonymous())],
    send: { aliases_to_identify: Array.from({ length: 51 }, () => ({ ...ana, user_alias: alias })) },
    status: 400,
    answer: { message: 'The max number of external_ids and aliases per request was exceeded' },
    profiles: [{ user_aliases: [alias] }],
  },
];

testEach(
  workspace,
  [unknownExternalId, knownExternalId, priorities, refusals].flat().map((each) => ({ path, ...each })),
);
