/** Whom an object is about: who is found, and who is created. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  alias,
  ana,
  attributes,
  essence,
  events,
  noIdentifier,
  onlyError,
  pages,
  testEach,
  time,
  type Case,
} from './cases.ts';
import { startWorkspace } from './workspace.ts';

const workspace = await startWorkspace();

const identifiers: readonly Case[] = [
  {
    fact: 'an unknown external_id is created',
    page: pages.track,
    send: attributes({ ...ana, first_name: 'Ana' }),
    profiles: [{ ...ana, standard: { first_name: 'Ana' } }],
  },
  {
    fact: 'an unknown external_id is not created with _update_existing_only',
    page: pages.track,
    send: attributes({ ...ana, _update_existing_only: true }),
    answer: { message: 'success', attributes_processed: 1 },
    profiles: [],
  },
  {
    fact: 'an unknown alias is not created by default',
    page: pages.track,
    send: attributes({ user_alias: alias, first_name: 'Ana' }),
    answer: { message: 'success', attributes_processed: 1 },
    profiles: [],
  },
  {
    fact: 'an unknown alias is created with _update_existing_only: false',
    page: pages.track,
    send: attributes({ user_alias: alias, _update_existing_only: false, first_name: 'Ana' }),
    profiles: [{ user_aliases: [alias], standard: { first_name: 'Ana' } }],
  },
  {
    fact: 'an event creates an alias profile with _update_existing_only: false',
    page: pages.track,
    send: events({ user_alias: alias, _update_existing_only: false, name: 'opened', time }),
    profiles: [{ user_aliases: [alias], events: [{ name: 'opened', time, properties: {} }] }],
  },
  {
    fact: 'a known alias is updated, and its name is case-sensitive',
    page: pages.track,
    given: [attributes({ user_alias: alias, _update_existing_only: false })],
    send: attributes(
      { user_alias: alias, first_name: 'Ana' },
      { user_alias: { ...alias, alias_name: 'V-1' }, first_name: 'Other' },
    ),
    profiles: [{ user_aliases: [alias], standard: { first_name: 'Ana' } }],
  },
  {
    fact: 'an unknown e-mail makes an e-mail-only profile without alias',
    page: pages.track,
    send: attributes({ email: 'ana@example.com', first_name: 'Ana' }),
    profiles: [{ standard: { email: 'ana@example.com', first_name: 'Ana' } }],
  },
  {
    fact: 'an unknown phone makes a phone-only profile, with a bare number read as US',
    page: pages.track,
    send: attributes({ phone: '(212) 555-0100' }),
    profiles: [{ standard: { phone: '+12125550100' } }],
  },
  {
    fact: 'an unknown braze_id creates nothing',
    page: pages.track,
    send: attributes({ braze_id: 'f'.repeat(24) }),
    answer: { message: 'success', attributes_processed: 1 },
    profiles: [],
  },
  {
    fact: 'of e-mail and phone as identifiers the e-mail wins',
    page: pages.track,
    given: [attributes({ email: 'ana@example.com' }, { phone: '+12125550100' })],
    send: attributes({ email: 'ana@example.com', phone: '+12125550100', first_name: 'Ana' }),
    profiles: [
      { standard: { email: 'ana@example.com', phone: '+12125550100', first_name: 'Ana' } },
      { standard: { phone: '+12125550100' } },
    ],
  },
  {
    fact: 'beside a primary identifier the e-mail is an attribute',
    page: pages.track,
    given: [attributes(ana)],
    send: attributes({ ...ana, email: 'ana@example.com' }),
    profiles: [{ ...ana, standard: { email: 'ana@example.com' } }],
  },
  {
    fact: 'the trap: a new external_id with the e-mail of an e-mail-only profile makes a second profile',
    page: pages.track,
    given: [attributes({ email: 'ana@example.com' })],
    send: attributes({ ...ana, email: 'ana@example.com' }),
    profiles: [
      { standard: { email: 'ana@example.com' } },
      { ...ana, standard: { email: 'ana@example.com' } },
    ],
  },
  {
    fact: 'of several with an e-mail the one with an external_id is found',
    page: pages.track,
    given: [
      attributes({ ...ana, email: 'ana@example.com' }),
      attributes({ user_alias: alias, email: 'ana@example.com', _update_existing_only: false }),
    ],
    send: attributes({ email: 'ana@example.com', first_name: 'Ana' }),
    profiles: [
      { ...ana, standard: { email: 'ana@example.com', first_name: 'Ana' } },
      { user_aliases: [alias], standard: { email: 'ana@example.com' } },
    ],
  },
  {
    fact: 'of several with an e-mail and an external_id the one updated last is found',
    page: pages.track,
    given: [
      attributes({ ...ana, email: 'two@example.com' }, { external_id: 'ben', email: 'two@example.com' }),
      attributes({ ...ana, last_name: 'Reis' }),
    ],
    send: attributes({ email: 'two@example.com', home_city: 'Porto' }),
    profiles: [
      { ...ana, standard: { email: 'two@example.com', last_name: 'Reis', home_city: 'Porto' } },
      { external_id: 'ben', standard: { email: 'two@example.com' } },
    ],
  },
  {
    fact: 'two primary identifiers in one object are an error',
    page: pages.track,
    send: attributes({ ...ana, user_alias: alias }),
    status: 400,
    answer: onlyError(
      "Only one of 'external_id', 'user_alias' or 'braze_id' may be given, not external_id and user_alias",
    ),
    profiles: [],
  },
  {
    fact: 'an alias without a label is an error',
    page: pages.attributes,
    send: attributes({ user_alias: { alias_name: 'v-1' }, _update_existing_only: false }),
    status: 400,
    answer: onlyError("'user_alias' must be an object with the strings 'alias_name' and 'alias_label'"),
  },
  {
    fact: 'an external_id of 987 bytes is taken',
    page: 'user_guide/data/user_data_collection/user_profile_lifecycle',
    send: attributes({ external_id: 'é'.repeat(493) + 'x' }),
    profiles: [{ external_id: 'é'.repeat(493) + 'x' }],
  },
  {
    fact: 'an external_id of more than 987 bytes is an error',
    page: pages.track,
    send: attributes({ external_id: 'é'.repeat(494) }),
    status: 400,
    answer: onlyError("'external_id' must be 987 bytes or less"),
  },
  {
    fact: 'an external_id cannot be null',
    page: pages.attributes,
    send: attributes({ external_id: null, first_name: 'Ana' }),
    status: 400,
    answer: onlyError("'external_id' must not be null: leave it out"),
  },
  ...['external_id', 'user_alias', 'braze_id'].map((primary) => ({
    fact: `${primary} cannot be null beside an e-mail address: nobody is found by that`,
    page: pages.attributes,
    given: [attributes({ email: 'ana@example.com' })],
    send: attributes({ [primary]: null, email: 'ana@example.com', first_name: 'Ana' }),
    status: 400,
    answer: onlyError(`'${primary}' must not be null: leave it out`),
    profiles: [{ standard: { email: 'ana@example.com' } }],
  })),
  {
    fact: 'an object without identifier is an error',
    page: pages.track,
    send: attributes({ email: null, first_name: 'Ana' }),
    status: 400,
    answer: onlyError(noIdentifier),
  },
  {
    fact: 'a phone number without a digit finds and makes nobody',
    page: pages.track,
    send: attributes({ phone: 'none', first_name: 'Ana' }),
    status: 400,
    answer: onlyError("'phone' must be a phone number: it has no digits"),
    profiles: [],
  },
  {
    fact: 'of e-mail and phone the phone is kept as an attribute of a new profile',
    page: pages.track,
    send: attributes({ email: 'ana@example.com', phone: '(212) 555-0100' }),
    profiles: [{ standard: { email: 'ana@example.com', phone: '+12125550100' } }],
  },
];

testEach(workspace, identifiers);

test(`a profile is found by the braze_id that it was given (${pages.track})`, async () => {
  await workspace.track(attributes(ana));
  const [profile] = workspace.emulator.profiles();
  await workspace.track(attributes({ braze_id: profile?.braze_id, first_name: 'Ana' }));
  assert.deepEqual(workspace.emulator.profiles().map(essence), [{ ...ana, standard: { first_name: 'Ana' } }]);
});
