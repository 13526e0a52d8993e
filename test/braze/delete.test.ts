/** `/users/delete`: profiles are removed for good. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alias, ana, attributes, essence, pages, testEach, to, type Case } from './cases.ts';
import { startWorkspace } from './workspace.ts';

const workspace = await startWorkspace();

const path = '/users/delete';
const page = pages.delete;
const ben = { external_id: 'ben' };
const email = 'ana@example.com';
const phone = '+12125550100';
const anonymous = { user_alias: alias, _update_existing_only: false };
const byEmail = (...prioritization: readonly string[]): unknown => ({
  email_addresses: [{ email, prioritization }],
});
const choices =
  "'prioritization' must be an array of identified or unidentified, and most_recently_updated or least_recently_updated";
const lists = "'external_ids', 'user_aliases', 'braze_ids', 'email_addresses', 'phone_numbers'";

const cases: readonly Case[] = [
  {
    fact: 'by external_id',
    page,
    given: [attributes({ ...ana, email }, ben)],
    send: { external_ids: ['ana'] },
    answer: { deleted: 1 },
    profiles: [ben],
  },
  {
    fact: 'by alias',
    page,
    given: [attributes(anonymous, ben)],
    send: { user_aliases: [alias] },
    answer: { deleted: 1 },
    profiles: [ben],
  },
  {
    fact: 'by e-mail address and who is meant of those that share it',
    page,
    given: [attributes({ ...ana, email }, { ...anonymous, email })],
    send: byEmail('unidentified', 'most_recently_updated'),
    answer: { deleted: 1 },
    profiles: [{ ...ana, standard: { email } }],
  },
  {
    fact: 'by phone number and who is meant',
    page,
    given: [attributes({ ...ana, phone }, { ...ben, phone })],
    send: { phone_numbers: [{ phone, prioritization: ['most_recently_updated'] }] },
    answer: { deleted: 1 },
    profiles: [{ ...ana, standard: { phone } }],
  },
  {
    fact: 'more than one matches the priorities: nobody is deleted',
    page,
    given: [attributes({ ...ana, email }, { ...ben, email })],
    send: byEmail('identified'),
    answer: { deleted: 0 },
    profiles: [
      { ...ana, standard: { email } },
      { ...ben, standard: { email } },
    ],
  },
  {
    fact: 'the same address twice means the same profile twice',
    page,
    given: [attributes({ ...ana, email }, { ...ben, email })],
    send: {
      email_addresses: [1, 2].map(() => ({ email, prioritization: ['most_recently_updated'] })),
    },
    answer: { deleted: 1 },
    profiles: [{ ...ana, standard: { email } }],
  },
  {
    fact: 'ids of nobody are not counted, and one that is there twice counts once',
    page,
    given: [attributes(ana, ben)],
    send: { external_ids: ['ana', 'cleo', 'ana'] },
    answer: { deleted: 1 },
    profiles: [ben],
  },
  {
    fact: 'an alias of somebody deleted is free again',
    page,
    given: [attributes({ ...anonymous, first_name: 'Ana' }), to(path, { user_aliases: [alias] })],
    path: '/users/alias/new',
    send: { user_aliases: [alias] },
    profiles: [{ user_aliases: [alias] }],
  },
  {
    fact: 'an address of somebody deleted finds nobody',
    page,
    given: [attributes({ ...ana, email }), to(path, { external_ids: ['ana'] })],
    path: '/users/track',
    send: attributes({ email, _update_existing_only: true }),
    profiles: [],
  },
  {
    fact: '50 ids are taken',
    page,
    given: [attributes(...Array.from({ length: 51 }, (_, index) => ({ external_id: String(index) })))],
    send: { external_ids: Array.from({ length: 50 }, (_, index) => String(index)) },
    answer: { deleted: 50 },
    profiles: [{ external_id: '50' }],
  },
  {
    fact: 'more than 50 ids are refused',
    page: pages.errors,
    given: [attributes(ana)],
    send: { external_ids: Array.from({ length: 51 }, () => 'ana') },
    status: 400,
    answer: { message: 'The max number of ids per request was exceeded' },
    profiles: [ana],
  },
  {
    fact: 'two kinds of identifiers are refused',
    page,
    given: [attributes(ana, anonymous)],
    send: { external_ids: ['ana'], user_aliases: [alias] },
    status: 400,
    answer: { message: `Exactly one of ${lists} is required` },
    profiles: [ana, { user_aliases: [alias] }],
  },
  {
    fact: 'no identifier is refused',
    page,
    send: {},
    status: 400,
    answer: { message: `Exactly one of ${lists} is required` },
  },
  {
    fact: 'an empty list is refused',
    page,
    send: { external_ids: [] },
    status: 400,
    answer: { message: "'external_ids' must not be empty" },
  },
  {
    fact: 'one wrong id, and nobody is deleted',
    page,
    given: [attributes(ana)],
    send: { external_ids: ['ana', 17] },
    status: 400,
    answer: { message: "external_ids[1]: 'external_id' must be a string that is not empty" },
    profiles: [ana],
  },
  {
    fact: 'an address without prioritization is refused',
    page,
    send: { email_addresses: [{ email }] },
    status: 400,
    answer: { message: `email_addresses[0]: ${choices}` },
  },
  {
    fact: 'an address that is a string has no room for prioritization, and is refused',
    page,
    given: [attributes({ email })],
    send: { email_addresses: [email] },
    status: 400,
    answer: { message: 'email_addresses[0]: it must be an object' },
    profiles: [{ standard: { email } }],
  },
  {
    fact: 'least_recently_updated is not among the priorities here',
    page,
    given: [attributes({ email })],
    send: byEmail('least_recently_updated'),
    status: 400,
    answer: { message: "email_addresses[0]: 'prioritization' cannot be 'least_recently_updated' here" },
    profiles: [{ standard: { email } }],
  },
];

testEach(
  workspace,
  cases.map((each) => ({ path, ...each })),
);

test(`by braze_id (${page})`, async () => {
  await workspace.track(attributes(ana, ben));
  const [first] = workspace.emulator.profiles();
  const { body } = await workspace.post(path, { braze_ids: [first?.braze_id] });
  assert.deepEqual(body, { deleted: 1 });
  assert.deepEqual(workspace.emulator.profiles().map(essence), [ben]);
});

test(`a braze_id is never given twice (user_guide/data/user_data_collection/user_profile_lifecycle)`, async () => {
  await workspace.track(attributes(ana, ben));
  const before = workspace.emulator.profiles().map((profile) => profile.braze_id);
  await workspace.post(path, { external_ids: ['ana', 'ben'] });
  await workspace.track(attributes(ana, ben));
  const afterwards = workspace.emulator.profiles().map((profile) => profile.braze_id);
  assert.equal(new Set([...before, ...afterwards]).size, 4);
});
