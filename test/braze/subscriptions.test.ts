/** `/subscription/status/set`: who joins a subscription group, and who leaves it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alias, ana, attributes, pages, testEach, to, type Case } from './cases.ts';
import { KEY_WITHOUT_TRACK, startWorkspace } from './workspace.ts';

const workspace = await startWorkspace();

const PATH = '/subscription/status/set';
const GROUP = '5b6a4978-8695-4a4b-a3b2-c1d0e0f91f2e';
const OTHER_GROUP = '1d0e0f91-f2e5-4b6a-9497-88695a4b3c2d';
const EMAIL = 'two@example.com';
const PHONE = '+12125550100';

const state = (id: string, value: string): object => ({
  subscription_group_id: id,
  subscription_state: value,
});
const joined = state(GROUP, 'subscribed');
const left = state(GROUP, 'unsubscribed');
const success = { message: 'success' };
const groups = (...states: readonly object[]): object => ({ subscription_groups: states });

const changes: readonly Omit<Case, 'path' | 'page'>[] = [
  {
    fact: 'a known external_id joins a group',
    given: [attributes(ana, { external_id: 'ben' })],
    send: { ...joined, external_id: ['ana'] },
    answer: success,
    profiles: [{ ...ana, standard: groups(joined) }, { external_id: 'ben' }],
  },
  {
    fact: 'an external_id may be a string, as in the examples',
    given: [attributes(ana)],
    send: { ...joined, external_id: 'ana' },
    answer: success,
    profiles: [{ ...ana, standard: groups(joined) }],
  },
  {
    fact: 'the id of a group may have letters that a UUID has not, as in an example of the documentation',
    given: [attributes(ana)],
    send: { ...state('pto81fff-734f-80e5-b7b2-b880562888ww', 'subscribed'), external_id: 'ana' },
    answer: success,
    profiles: [{ ...ana, standard: groups(state('pto81fff-734f-80e5-b7b2-b880562888ww', 'subscribed')) }],
  },
  {
    fact: 'several leave a group at once',
    given: [attributes({ ...ana, ...groups(joined) }, { external_id: 'ben' })],
    send: { ...left, external_id: ['ana', 'ben'] },
    answer: success,
    profiles: [
      { ...ana, standard: groups(left) },
      { external_id: 'ben', standard: groups(left) },
    ],
  },
  {
    fact: 'the state of other groups stays',
    given: [attributes({ ...ana, ...groups(state(OTHER_GROUP, 'subscribed')) })],
    send: { ...left, external_id: 'ana' },
    profiles: [{ ...ana, standard: groups(left, state(OTHER_GROUP, 'subscribed')) }],
  },
  {
    fact: 'the last of several requests counts',
    given: [attributes(ana), to(PATH, { ...joined, external_id: 'ana' })],
    send: { ...left, external_id: 'ana' },
    profiles: [{ ...ana, standard: groups(left) }],
  },
  {
    fact: 'an e-mail address is that of all who share it',
    given: [
      attributes(
        { ...ana, email: EMAIL },
        { external_id: 'ben', email: EMAIL },
        { user_alias: alias, email: EMAIL, _update_existing_only: false },
        { external_id: 'cyd', email: 'cyd@example.com' },
      ),
    ],
    send: { ...joined, email: EMAIL },
    answer: success,
    profiles: [
      { ...ana, standard: { email: EMAIL, ...groups(joined) } },
      { external_id: 'ben', standard: { email: EMAIL, ...groups(joined) } },
      { user_aliases: [alias], standard: { email: EMAIL, ...groups(joined) } },
      { external_id: 'cyd', standard: { email: 'cyd@example.com' } },
    ],
  },
  {
    fact: 'a phone number is that of all who share it',
    given: [attributes({ ...ana, phone: PHONE }, { external_id: 'ben', phone: PHONE })],
    send: { ...joined, phone: [PHONE] },
    answer: success,
    profiles: [
      { ...ana, standard: { phone: PHONE, ...groups(joined) } },
      { external_id: 'ben', standard: { phone: PHONE, ...groups(joined) } },
    ],
  },
  {
    fact: 'nobody is created for an unknown external_id',
    send: { ...joined, external_id: 'ana' },
    answer: success,
    profiles: [],
  },
  {
    fact: 'nobody is created for an unknown address',
    send: { ...joined, email: [EMAIL] },
    answer: success,
    profiles: [],
  },
  {
    fact: 'beside an external_id an address changes no profile',
    given: [attributes(ana, { external_id: 'ben', email: EMAIL })],
    send: { ...joined, external_id: 'ana', email: [EMAIL] },
    answer: success,
    profiles: [
      { ...ana, standard: groups(joined) },
      { external_id: 'ben', standard: { email: EMAIL } },
    ],
  },
  {
    fact: 'double opt-in is taken, and nobody waits for a text message that is not sent',
    given: [attributes({ ...ana, phone: PHONE })],
    send: { ...joined, phone: PHONE, use_double_opt_in_logic: true },
    answer: success,
    profiles: [{ ...ana, standard: { phone: PHONE, ...groups(joined) } }],
  },
  {
    fact: '50 external_ids are taken',
    given: [attributes({ external_id: 'person-49' })],
    send: { ...joined, external_id: people(50) },
    answer: success,
    profiles: [{ external_id: 'person-49', standard: groups(joined) }],
  },
];

function people(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `person-${String(index)}`);
}

const required = "One of 'external_id', 'email' or 'phone' is required";
const form = (name: string, what: string): string =>
  `'${name}' must be ${what}, or an array of 1 to 50 of them`;
const badEmail = form('email', 'a valid email');
const badPhone = form('phone', 'a phone number in E.164 format');

/** Each with what is wrong with it; all are 400 and change nothing. */
const refusals: readonly (readonly [fact: string, send: object, message: string, page?: string])[] = [
  [
    'an e-mail address and a phone number in one request',
    { ...joined, email: EMAIL, phone: PHONE },
    'Either an email address or a phone number should be provided, but not both.',
  ],
  [
    '51 external_ids',
    { ...joined, external_id: ['ana', ...people(50)] },
    'The max number of ids per request was exceeded',
    pages.errors,
  ],
  ['a request for nobody', joined, required],
  ['an alias, which is no member here', { ...joined, user_alias: alias }, required],
  ['external_ids, which is a member of the second version', { ...joined, external_ids: ['ana'] }, required],
  ['an empty array', { ...joined, external_id: [] }, form('external_id', 'a string that is not empty')],
  [
    'an external_id that is not a string',
    { ...joined, external_id: ['ana', 7] },
    form('external_id', 'a string that is not empty'),
  ],
  ['an e-mail address that is none', { ...joined, external_id: 'ana', email: 'ana' }, badEmail],
  ['a phone number without country', { ...joined, phone: '2125550100' }, badPhone],
  ['a phone number with punctuation', { ...joined, phone: ['+1 (212) 555-0100'] }, badPhone],
  [
    'a request without group',
    { subscription_state: 'subscribed', external_id: 'ana' },
    "'subscription_group_id' must be a UUID",
  ],
  [
    'an id of a group that is no UUID',
    { ...state('newsletter', 'subscribed'), external_id: 'ana' },
    "'subscription_group_id' must be a UUID",
  ],
  [
    'a state that a group does not have',
    { ...state(GROUP, 'opted_in'), external_id: 'ana' },
    "'subscription_state' must be one of subscribed, unsubscribed",
  ],
  [
    'double opt-in of somebody who leaves',
    { ...left, external_id: 'ana', use_double_opt_in_logic: true },
    "'use_double_opt_in_logic' must be a boolean, and goes with 'subscribed' only",
  ],
];

testEach(workspace, [
  ...changes.map((change): Case => ({ ...change, path: PATH, page: pages.subscription })),
  ...refusals.map(([fact, send, message, page = pages.subscription]): Case => ({
    fact: `refused is ${fact}`,
    page,
    path: PATH,
    given: [attributes(ana)],
    send,
    status: 400,
    answer: { message },
    profiles: [ana],
  })),
]);

test(`the endpoint asks for a permission of its own (${pages.subscription})`, async () => {
  const { status } = await workspace.post(
    PATH,
    { ...joined, external_id: 'ana' },
    { headers: { authorization: `Bearer ${KEY_WITHOUT_TRACK}`, 'content-type': 'application/json' } },
  );
  assert.equal(status, 403);
});
