/** `/users/merge`: one profile becomes part of another. */
import { alias, ana, attributes, events, pages, testEach, time, to, type Case } from './cases.ts';
import { startWorkspace } from './workspace.ts';

const workspace = await startWorkspace();

const path = '/users/merge';
const page = pages.merge;
const ben = { external_id: 'ben' };
const email = 'ana@example.com';
const success = { message: 'success' };
const mergeOf = (source: unknown, target: unknown): object => ({
  identifier_to_merge: source,
  identifier_to_keep: target,
});
const merges = (...updates: readonly unknown[]): unknown => ({ merge_updates: updates });
const benIntoAna = merges(mergeOf(ben, ana));
const group = (letter: string, state: string): object => ({
  subscription_group_id: `${letter}0000000-0000-4000-8000-000000000000`,
  subscription_state: state,
});
const token = (number: string): object => ({ app_id: 'app-1', token: `token-${number}` });

const accepted: readonly Case[] = [
  {
    fact: 'what only the merged profile has goes to the one that is kept, whose own values stay',
    page,
    given: [
      attributes(
        { ...ana, first_name: 'Ana', plan: 'gold' },
        { ...ben, first_name: 'Ben', last_name: 'Reis', email, plan: 'free', colour: 'blue' },
      ),
    ],
    send: benIntoAna,
    answer: success,
    profiles: [
      {
        ...ana,
        standard: { first_name: 'Ana', last_name: 'Reis', email },
        custom_attributes: { plan: 'gold', colour: 'blue' },
      },
    ],
  },
  {
    fact: 'events are joined in order of time, doubles included',
    page,
    given: [
      events({ ...ana, name: 'opened', time }, { ...ana, name: 'opened', time: '2026-02-02T08:00:00Z' }),
      events({ ...ben, name: 'closed', time: '2026-02-03T08:00:00Z' }, { ...ben, name: 'opened', time }),
    ],
    send: benIntoAna,
    profiles: [
      {
        ...ana,
        events: [
          { name: 'opened', time: '2026-02-02T08:00:00.000Z', properties: {} },
          { name: 'closed', time: '2026-02-03T08:00:00.000Z', properties: {} },
          { name: 'opened', time, properties: {} },
          { name: 'opened', time, properties: {} },
        ],
      },
    ],
  },
  {
    fact: 'the external_id of the merged profile is gone: it is that of nobody',
    page,
    given: [attributes(ana, ben), to(path, benIntoAna)],
    path: '/users/track',
    status: 201,
    send: attributes({ ...ben, first_name: 'Ben' }),
    profiles: [ana, { ...ben, standard: { first_name: 'Ben' } }],
  },
  {
    fact: 'by alias, and the kept profile has its own name for the label',
    page,
    given: [
      attributes(
        { user_alias: alias, _update_existing_only: false, home_city: 'Porto' },
        { user_alias: { ...alias, alias_name: 'v-2' }, _update_existing_only: false },
      ),
    ],
    send: merges(mergeOf({ user_alias: alias }, { user_alias: { ...alias, alias_name: 'v-2' } })),
    answer: success,
    profiles: [{ user_aliases: [{ ...alias, alias_name: 'v-2' }], standard: { home_city: 'Porto' } }],
  },
  {
    fact: 'an alias with another label goes along, and finds the kept profile',
    page,
    given: [
      attributes(ana, { user_alias: alias, _update_existing_only: false }),
      to(path, merges(mergeOf({ user_alias: alias }, ana))),
    ],
    path: '/users/track',
    status: 201,
    send: attributes({ user_alias: alias, first_name: 'Ana' }),
    profiles: [{ ...ana, user_aliases: [alias], standard: { first_name: 'Ana' } }],
  },
  {
    fact: 'by two kinds of identifiers: the unidentified one with an address into a user',
    page,
    given: [attributes({ email, home_city: 'Porto' }, { ...ana, email })],
    send: merges(mergeOf({ email, prioritization: ['unidentified'] }, ana)),
    profiles: [{ ...ana, standard: { email, home_city: 'Porto' } }],
  },
  {
    fact: 'by one address twice: the unidentified one into the identified one',
    page,
    given: [attributes({ ...ana, email }, { user_alias: alias, _update_existing_only: false, email })],
    send: merges(
      mergeOf(
        { email, prioritization: ['unidentified', 'most_recently_updated'] },
        { email, prioritization: ['identified', 'most_recently_updated'] },
      ),
    ),
    profiles: [{ ...ana, user_aliases: [alias], standard: { email } }],
  },
  {
    fact: 'two unidentified ones with the address, and nothing that chooses: nobody is merged',
    page,
    given: [
      attributes(
        ana,
        { user_alias: alias, _update_existing_only: false, email },
        { user_alias: { ...alias, alias_name: 'v-2' }, _update_existing_only: false, email },
      ),
    ],
    send: merges(mergeOf({ email, prioritization: ['unidentified'] }, ana)),
    status: 202,
    answer: success,
    profiles: [
      ana,
      { user_aliases: [alias], standard: { email } },
      { user_aliases: [{ ...alias, alias_name: 'v-2' }], standard: { email } },
    ],
  },
  {
    fact: 'least_recently_updated chooses of two users with an address the one updated first',
    page,
    given: [attributes({ ...ana, email }, { ...ben, email }), attributes({ ...ana, first_name: 'Ana' })],
    send: merges(
      mergeOf(
        { email, prioritization: ['least_recently_updated'] },
        { email, prioritization: ['most_recently_updated'] },
      ),
    ),
    profiles: [{ ...ana, standard: { email, first_name: 'Ana' } }],
  },
  {
    fact: 'by phone number, in any spelling that is the same number',
    page,
    given: [attributes(ana, { phone: '+12125550100' })],
    send: merges(mergeOf({ phone: '(212) 555-0100', prioritization: ['unidentified'] }, ana)),
    profiles: [{ ...ana, standard: { phone: '+12125550100' } }],
  },
  {
    fact: 'somebody who is not there: success, and nothing happens',
    page,
    given: [attributes(ana)],
    send: benIntoAna,
    answer: success,
    profiles: [ana],
  },
  {
    fact: 'a profile into itself stays as it is',
    page,
    given: [attributes({ ...ana, email })],
    send: merges(mergeOf({ email, prioritization: ['identified'] }, ana)),
    profiles: [{ ...ana, standard: { email } }],
  },
  {
    fact: 'both phone numbers invalid: success, and nothing happens',
    page,
    given: [attributes({ ...ana, phone: '12' + '0'.repeat(15) }, { ...ben, phone: 'call me' })],
    send: benIntoAna,
    answer: success,
    profiles: [
      { ...ana, standard: { phone: '+12' + '0'.repeat(15) } },
      { ...ben, standard: { phone: 'call me' } },
    ],
  },
  {
    fact: 'one phone number invalid: they are merged',
    page,
    given: [attributes({ ...ana, phone: '+12125550100' }, { ...ben, phone: 'call me' })],
    send: benIntoAna,
    profiles: [{ ...ana, standard: { phone: '+12125550100' } }],
  },
  {
    fact: 'states of subscription groups are joined, and the kept profile wins',
    page: 'user_guide/audience/manage_audience/merge_duplicate_users/merge_behavior',
    given: [
      attributes(
        { ...ana, subscription_groups: [group('a', 'unsubscribed')] },
        { ...ben, subscription_groups: [group('a', 'subscribed'), group('b', 'subscribed')] },
      ),
    ],
    send: benIntoAna,
    profiles: [
      { ...ana, standard: { subscription_groups: [group('a', 'unsubscribed'), group('b', 'subscribed')] } },
    ],
  },
  {
    fact: 'push tokens of both are kept',
    page,
    given: [
      attributes(
        { ...ana, push_tokens: [token('1')] },
        { ...ben, push_tokens: [{ ...token('1'), app_id: 'app-2' }, token('2')] },
      ),
    ],
    send: benIntoAna,
    profiles: [{ ...ana, standard: { push_tokens: [token('1'), token('2')] } }],
  },
  {
    fact: '50 merges in one request',
    page,
    given: [
      attributes(...Array.from({ length: 50 }, (_, index) => ({ external_id: `old-${String(index)}` })), ana),
    ],
    send: merges(
      ...Array.from({ length: 50 }, (_, index) => mergeOf({ external_id: `old-${String(index)}` }, ana)),
    ),
    profiles: [ana],
  },
];

const identifierText =
  "identifiers must be objects with an 'external_id' property that is a string, 'user_alias' property that is an object, 'email' property that is a string, or 'phone' property that is a string";
const noArray = "'merge_updates' must be an array of objects";
const otherMembers = "'merge_updates' must only have 'identifier_to_merge' and 'identifier_to_keep'";
const choices =
  "'prioritization' must be an array of identified or unidentified, and most_recently_updated or least_recently_updated";

const refused: readonly (readonly [fact: string, send: unknown, message: string])[] = [
  ['merge_updates is missing', {}, noArray],
  ['merge_updates is an object', { merge_updates: mergeOf(ben, ana) }, noArray],
  ['merge_updates is empty', merges(), noArray],
  ['an update is a string', merges('ben'), noArray],
  [
    'there are more than 50 updates',
    merges(...Array.from({ length: 51 }, () => mergeOf(ben, ana))),
    'a single request may not contain more than 50 merge updates',
  ],
  ['an update has another member', merges({ ...mergeOf(ben, ana), force: true }), otherMembers],
  ['an update lacks the profile to keep', merges({ identifier_to_merge: ben }), otherMembers],
  ['an identifier is a string', merges(mergeOf('ben', ana)), identifierText],
  ['an identifier is empty', merges(mergeOf({}, ana)), identifierText],
  ['an external_id is a number', merges(mergeOf({ external_id: 17 }, ana)), identifierText],
  ['an alias is a string', merges(mergeOf(ana, { user_alias: 'v-1' })), identifierText],
  ['a person is named twice', merges(mergeOf({ ...ben, email }, ana)), identifierText],
  ['a braze_id names somebody', merges(mergeOf({ braze_id: 'f'.repeat(24) }, ana)), identifierText],
  ['an address comes without prioritization', merges(mergeOf({ email }, ana)), choices],
  [
    'prioritization has identified and unidentified',
    merges(mergeOf({ email, prioritization: ['identified', 'unidentified'] }, ana)),
    choices,
  ],
  ['the second update is wrong', merges(mergeOf(ben, ana), mergeOf(ben, {})), identifierText],
];

testEach(workspace, [
  ...accepted.map((each) => ({ path, status: 202, ...each })),
  ...refused.map(([fact, send, message]) => ({
    fact: `refused, and nobody is merged: ${fact}`,
    page,
    path,
    given: [attributes(ana, ben)],
    send,
    status: 400,
    answer: { message },
    profiles: [ana, ben],
  })),
]);
