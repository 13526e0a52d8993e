/** `/users/export/ids`: profiles as they are now, by identifier. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alias, ana, attributes, events, pages, testEach, to, type Case } from './cases.ts';
import { NOW, startWorkspace } from './workspace.ts';

const canvas = { id: 'c0ffee00-0000-4000-8000-000000000001', name: 'Welcome' };
const campaign = { id: 'c0ffee00-0000-4000-8000-000000000002' };
const workspace = await startWorkspace({ canvases: [canvas], campaigns: [campaign] });
const earlier = await startWorkspace({ requiresFieldsToExport: false });

const path = '/users/export/ids';
const page = pages.export;
const ben = { external_id: 'ben' };
const email = 'ana@example.com';
const phone = '+12125550100';
const anonymous = { user_alias: alias, _update_existing_only: false };
const exported = (...users: readonly unknown[]): unknown => ({ message: 'success', users });
const anaWith = (...fields: readonly string[]): unknown => ({
  external_ids: ['ana'],
  fields_to_export: fields,
});
const names = { fields_to_export: ['external_id', 'first_name'] };

/** Days before now, as an export writes them. */
const daysAgo = (days: number): string => new Date(NOW - days * 24 * 60 * 60 * 1_000).toISOString();
const opened = (days: number): object => ({ ...ana, name: 'opened', time: daysAgo(days) });
const bought = (days: number, quantity = 1): object => ({
  ...ana,
  product_id: 'tea',
  currency: 'EUR',
  price: 2.5,
  quantity,
  time: daysAgo(days),
});
const token = { app_id: 'app-1', token: 'token-1', device_id: 'device-0001' };

const whom: readonly Case[] = [
  {
    fact: 'by external_id, in the order of the request',
    page,
    given: [attributes({ ...ana, first_name: 'Ana' }, { ...ben, first_name: 'Ben' })],
    send: { external_ids: ['ben', 'ana'], ...names },
    answer: exported({ ...ben, first_name: 'Ben' }, { ...ana, first_name: 'Ana' }),
  },
  {
    fact: 'by alias',
    page,
    given: [attributes({ ...anonymous, first_name: 'Ana' })],
    send: { user_aliases: [alias], fields_to_export: ['user_aliases', 'first_name'] },
    answer: exported({ user_aliases: [alias], first_name: 'Ana' }),
  },
  {
    fact: 'all that share an e-mail address',
    page,
    given: [attributes({ ...ana, email }, { ...anonymous, email }, ben)],
    send: { email_address: email, fields_to_export: ['external_id', 'user_aliases'] },
    answer: exported(ana, { user_aliases: [alias] }),
  },
  {
    fact: 'the oldest comes first, also if it got the address last',
    page,
    given: [attributes(ana, { ...ben, email }), attributes({ ...ana, email })],
    send: { email_address: email, fields_to_export: ['external_id'] },
    answer: exported(ana, ben),
  },
  {
    fact: 'all that share a phone number, also if it is not written as E.164',
    page,
    given: [attributes({ ...ana, phone }, { ...ben, phone })],
    send: { phone: '12125550100', fields_to_export: ['external_id'] },
    answer: exported(ana, ben),
  },
  {
    fact: 'by device_id of a push token',
    page,
    given: [attributes({ ...ana, push_tokens: [token] }, ben)],
    send: { device_id: 'device-0001', fields_to_export: ['external_id'] },
    answer: exported(ana),
  },
  {
    fact: 'several kinds of identifiers at once, and each profile once',
    page,
    given: [attributes({ ...ana, email }, ben)],
    send: { external_ids: ['ana', 'ben', 'ana'], email_address: email, fields_to_export: ['external_id'] },
    answer: exported(ana, ben),
  },
  {
    fact: 'identifiers of nobody are named, as strings',
    page,
    given: [attributes(ana)],
    send: {
      external_ids: ['ana', 'cleo'],
      user_aliases: [alias],
      email_address: email,
      fields_to_export: ['external_id'],
    },
    answer: { message: 'success', users: [ana], invalid_user_ids: ['cleo', 'v-1', email] },
  },
  {
    fact: 'nobody is found: an empty list',
    page,
    send: { external_ids: ['ana'], ...names },
    answer: { message: 'success', users: [], invalid_user_ids: ['ana'] },
  },
  {
    fact: 'nobody is created',
    page,
    send: { email_address: email, ...names },
    profiles: [],
  },
];

const fields: readonly Case[] = [
  {
    fact: 'what is empty is left out',
    page,
    given: [attributes({ ...ana, first_name: 'Ana' })],
    send: anaWith('first_name', 'last_name', 'custom_attributes', 'custom_events', 'user_aliases', 'devices'),
    answer: exported({ first_name: 'Ana' }),
  },
  {
    fact: 'standard fields as they are kept',
    page,
    given: [
      attributes({
        ...ana,
        last_name: 'Reis',
        dob: '1990-04-01',
        gender: 'F',
        country: 'Portugal',
        language: 'pt',
        time_zone: 'Europe/Lisbon',
        email,
        phone: '(212) 555-0100',
        email_subscribe: 'opted_in',
        push_subscribe: 'unsubscribed',
      }),
    ],
    send: anaWith(
      'last_name',
      'dob',
      'gender',
      'country',
      'language',
      'time_zone',
      'email',
      'phone',
      'email_subscribe',
      'push_subscribe',
    ),
    answer: exported({
      last_name: 'Reis',
      dob: '1990-04-01',
      gender: 'F',
      country: 'PT',
      language: 'pt',
      time_zone: 'Europe/Lisbon',
      email,
      phone,
      email_subscribe: 'opted_in',
      push_subscribe: 'unsubscribed',
    }),
  },
  {
    fact: 'custom attributes by name',
    page,
    given: [attributes({ ...ana, plan: 'gold', pets: ['dog'], home: { floor: 2 } })],
    send: anaWith('custom_attributes'),
    answer: exported({ custom_attributes: { plan: 'gold', pets: ['dog'], home: { floor: 2 } } }),
  },
  {
    fact: 'the location as longitude and latitude',
    page,
    given: [attributes({ ...ana, current_location: { latitude: 41.1, longitude: -8.6 } })],
    send: anaWith('last_coordinates'),
    answer: exported({ last_coordinates: [-8.6, 41.1] }),
  },
  {
    fact: 'custom events by name: first, last and how often',
    page,
    given: [events(opened(2), opened(5), { ...ana, name: 'closed', time: daysAgo(1) }), events(opened(3))],
    send: anaWith('custom_events'),
    answer: exported({
      custom_events: [
        { name: 'opened', first: daysAgo(5), last: daysAgo(2), count: 3 },
        { name: 'closed', first: daysAgo(1), last: daysAgo(1), count: 1 },
      ],
    }),
  },
  {
    fact: 'custom events of the last 90 days only, the 90th included',
    page,
    given: [events(opened(91), opened(90), opened(1))],
    send: anaWith('custom_events'),
    answer: exported({
      custom_events: [{ name: 'opened', first: daysAgo(90), last: daysAgo(1), count: 2 }],
    }),
  },
  {
    fact: 'purchases of the last 90 days by product, each of a quantity counted; revenue of all',
    page,
    given: [{ purchases: [bought(2, 2), bought(10), bought(91, 4)] }],
    send: anaWith('purchases', 'total_revenue'),
    answer: exported({
      purchases: [{ name: 'tea', first: daysAgo(10), last: daysAgo(2), count: 3 }],
      total_revenue: 17.5,
    }),
  },
  {
    fact: 'push tokens with their app',
    page,
    given: [attributes({ ...ana, push_tokens: [token] })],
    send: anaWith('push_tokens'),
    answer: exported({ push_tokens: [{ app: 'app-1', token: 'token-1', device_id: 'device-0001' }] }),
  },
  {
    fact: 'Canvases that were entered, each once with its name',
    page,
    given: [
      attributes(ana),
      ...[1, 2].map(() =>
        to('/canvas/trigger/send', { canvas_id: canvas.id, recipients: [{ external_user_id: 'ana' }] }),
      ),
    ],
    send: anaWith('canvases_received'),
    answer: exported({
      canvases_received: [{ name: 'Welcome', api_canvas_id: canvas.id, last_entered: daysAgo(0) }],
    }),
  },
  {
    fact: 'campaigns that were received',
    page,
    given: [
      attributes(ana),
      to('/campaigns/trigger/send', {
        campaign_id: campaign.id,
        recipients: [{ external_user_id: 'ana' }],
      }),
    ],
    send: anaWith('campaigns_received'),
    answer: exported({
      campaigns_received: [{ api_campaign_id: campaign.id, last_received: daysAgo(0) }],
    }),
  },
  {
    fact: 'messages of both, after a merge',
    page: pages.merge,
    given: [
      attributes(ana, ben),
      to('/canvas/trigger/send', { canvas_id: canvas.id, recipients: [{ external_user_id: 'ben' }] }),
      to('/campaigns/trigger/send', {
        campaign_id: campaign.id,
        recipients: [{ external_user_id: 'ben' }],
      }),
      to('/users/merge', { merge_updates: [{ identifier_to_merge: ben, identifier_to_keep: ana }] }),
    ],
    send: anaWith('canvases_received', 'campaigns_received'),
    answer: exported({
      canvases_received: [{ name: 'Welcome', api_canvas_id: canvas.id, last_entered: daysAgo(0) }],
      campaigns_received: [{ api_campaign_id: campaign.id, last_received: daysAgo(0) }],
    }),
  },
  {
    fact: 'when the profile was created, in ISO 8601',
    page,
    given: [attributes(ana)],
    send: anaWith('created_at'),
    answer: exported({ created_at: daysAgo(0) }),
  },
];

const allIdentifiers = "'external_ids', 'user_aliases', 'device_id', 'braze_id', 'email_address', 'phone'";
const many = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index));

const refusals: readonly Case[] = [
  {
    fact: 'without fields_to_export it is refused, for accounts onboarded on or after 22 Aug 2024',
    page,
    given: [attributes(ana)],
    send: { external_ids: ['ana'] },
    status: 400,
    answer: { message: "'fields_to_export' is required" },
  },
  {
    fact: 'a field that there is not is refused',
    page,
    send: anaWith('first_name', 'shoe_size'),
    status: 400,
    answer: { message: `'fields_to_export' has no field "shoe_size"` },
  },
  {
    fact: 'no field is refused',
    page,
    send: anaWith(),
    status: 400,
    answer: { message: "'fields_to_export' must be an array of names of fields" },
  },
  {
    fact: 'no identifier is refused',
    page,
    send: names,
    status: 400,
    answer: { message: `One of ${allIdentifiers} is required` },
  },
  {
    fact: 'two e-mail addresses are refused: only one per request',
    page,
    send: { email_address: [email, 'ben@example.com'], ...names },
    status: 400,
    answer: { message: "'email_address' must be a string that is not empty" },
  },
  {
    fact: 'an external_id that is no string is refused',
    page,
    send: { external_ids: [17], ...names },
    status: 400,
    answer: { message: "external_ids[0]: 'external_id' must be a string that is not empty" },
  },
  {
    fact: '50 ids are taken',
    page,
    send: { external_ids: many(50), ...names },
    answer: { message: 'success', users: [], invalid_user_ids: many(50) },
  },
  {
    fact: 'more than 50 ids and aliases are refused',
    page: pages.errors,
    send: { external_ids: many(50), user_aliases: [alias], ...names },
    status: 400,
    answer: { message: 'The max number of external_ids and aliases per request was exceeded' },
  },
];

testEach(
  workspace,
  [whom, fields, refusals].flat().map((each) => ({ path, ...each })),
);

test(`by braze_id, which an export also tells, and a random bucket below 10,000 (${page})`, async () => {
  await workspace.track(attributes(ana, ben));
  const [, second] = workspace.emulator.profiles();
  const { body } = await workspace.post(path, {
    braze_id: second?.braze_id,
    fields_to_export: ['external_id', 'braze_id', 'random_bucket'],
  });
  const { users } = body as { users: { random_bucket: number }[] };
  const [{ random_bucket: bucket } = { random_bucket: -1 }] = users;
  assert.deepEqual(users, [{ ...ben, braze_id: second?.braze_id, random_bucket: bucket }]);
  assert.ok(bucket >= 0 && bucket < 10_000);
});

test(`all fields, where fields_to_export is not required and not given (${page})`, async () => {
  await earlier.track(attributes({ ...ana, first_name: 'Ana', plan: 'gold' }));
  const [profile] = earlier.emulator.profiles();
  const { status, body } = await earlier.post(path, { external_ids: ['ana'] });
  const { users } = body as { users: { random_bucket: number }[] };
  assert.equal(status, 201);
  assert.deepEqual(users, [
    {
      ...ana,
      braze_id: profile?.braze_id,
      created_at: profile?.created_at,
      random_bucket: users[0]?.random_bucket,
      first_name: 'Ana',
      custom_attributes: { plan: 'gold' },
    },
  ]);
});
