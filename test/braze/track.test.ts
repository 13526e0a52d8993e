/** A request to `/users/track` as a whole: its arrays, its counters, its errors. */
import {
  alias,
  ana,
  attributes,
  noData,
  noIdentifier,
  onlyError,
  pages,
  testEach,
  time,
  type Case,
} from './cases.ts';
import { startWorkspace } from './workspace.ts';

const workspace = await startWorkspace();

const event = { ...ana, name: 'chat_profile_completed', time };

const people = (count: number): { external_id: string }[] =>
  Array.from({ length: count }, (_, index) => ({ external_id: `person-${String(index)}` }));

const requests: readonly Case[] = [
  {
    fact: 'counters are there for the arrays that were sent, and only for them',
    page: pages.track,
    send: { attributes: [{ ...ana, first_name: 'Ana' }], events: [event] },
    answer: { message: 'success', attributes_processed: 1, events_processed: 1 },
    profiles: [
      {
        ...ana,
        standard: { first_name: 'Ana' },
        events: [{ name: 'chat_profile_completed', time, properties: {} }],
      },
    ],
  },
  {
    fact: 'attributes_processed counts users, not objects',
    page: pages.track,
    send: attributes({ ...ana, first_name: 'Ana' }, { ...ana, last_name: 'Reis' }, { external_id: 'ben' }),
    answer: { message: 'success', attributes_processed: 2 },
  },
  {
    fact: 'an object that is not valid is told by array and index, and the others are processed',
    page: pages.track,
    send: {
      attributes: [
        { first_name: 'Nobody' },
        { ...ana, email: 'not an address' },
        { ...ana, first_name: 'Ana' },
      ],
      events: [event, { ...ana, name: 'no_time' }],
    },
    answer: {
      message: 'success',
      attributes_processed: 1,
      events_processed: 1,
      errors: [
        { type: noIdentifier, input_array: 'attributes', index: 0 },
        {
          type: "The value provided for the 'email' field is not a valid email.",
          input_array: 'attributes',
          index: 1,
        },
        { type: "'time' is required: a string in ISO 8601 format", input_array: 'events', index: 1 },
      ],
    },
    profiles: [
      { ...ana, standard: { first_name: 'Ana' }, events: [{ name: event.name, time, properties: {} }] },
    ],
  },
  {
    fact: 'a request of which nothing is valid is 400, with the errors',
    page: pages.track,
    send: attributes({ first_name: 'Nobody' }),
    status: 400,
    answer: onlyError(noIdentifier),
    profiles: [],
  },
  {
    fact: 'a body without arrays is 400',
    page: pages.track,
    send: {},
    status: 400,
    answer: { message: noData },
  },
  {
    fact: 'empty arrays are 400',
    page: pages.track,
    send: { attributes: [], events: [] },
    status: 400,
    answer: { message: noData },
  },
  {
    fact: 'what is not an array is 400',
    page: pages.track,
    send: { attributes: ana },
    status: 400,
    answer: { message: "'attributes' must be an array of objects" },
  },
  {
    fact: 'an element that is not an object is an error of its own',
    page: pages.track,
    send: attributes('ana', ana),
    answer: {
      message: 'success',
      attributes_processed: 1,
      errors: [{ type: "'attributes' must be an array of objects", input_array: 'attributes', index: 0 }],
    },
  },
  {
    fact: '75 objects over all arrays are accepted',
    page: 'api/api_limits',
    send: { attributes: people(40), events: people(35).map((person) => ({ ...person, name: 'seen', time })) },
    answer: { message: 'success', attributes_processed: 40, events_processed: 35 },
  },
  {
    fact: '76 objects over all arrays are too many',
    page: 'api/api_limits',
    send: { attributes: people(40), events: people(36).map((person) => ({ ...person, name: 'seen', time })) },
    status: 400,
    answer: { message: 'Max Input Length Exceeded' },
    profiles: [],
  },
  {
    fact: 'a body that is an array is 400',
    page: pages.track,
    send: [ana],
    status: 400,
    answer: { message: noData },
  },
  {
    fact: 'an array that is null is 400',
    page: pages.track,
    send: { attributes: null, events: [event] },
    status: 400,
    answer: { message: "'attributes' must be an array of objects" },
    profiles: [],
  },
  {
    fact: 'counters leave out the objects that are not valid, and one of nothing is 0',
    page: pages.track,
    send: { attributes: [{ first_name: 'Nobody' }], events: [event] },
    answer: {
      message: 'success',
      attributes_processed: 0,
      events_processed: 1,
      errors: [{ type: noIdentifier, input_array: 'attributes', index: 0 }],
    },
  },
  {
    fact: 'errors of all arrays are told, in the order of the arrays',
    page: pages.track,
    send: { purchases: [{ ...ana }], events: [{ ...ana }], attributes: [{}] },
    status: 400,
    answer: {
      message: noData,
      errors: [
        { type: noIdentifier, input_array: 'attributes', index: 0 },
        { type: "'name' is required: a string of 255 characters or less", input_array: 'events', index: 0 },
        { type: "'product_id' is not valid", input_array: 'purchases', index: 0 },
      ],
    },
    profiles: [],
  },
  {
    fact: 'the attributes of a request are applied before its events, so that an event finds the alias that they make',
    page: 'api/api_limits',
    send: {
      events: [{ user_alias: alias, name: 'seen', time }],
      attributes: [{ user_alias: alias, _update_existing_only: false }],
    },
    profiles: [{ user_aliases: [alias], events: [{ name: 'seen', time, properties: {} }] }],
  },
  {
    fact: 'the objects of an array are applied in their order',
    page: 'api/api_limits',
    send: attributes({ ...ana, plan: 'silver' }, { ...ana, plan: 'gold' }, { ...ana, seats: { inc: 2 } }),
    answer: { message: 'success', attributes_processed: 1 },
    profiles: [{ ...ana, custom_attributes: { plan: 'gold', seats: 2 } }],
  },
  {
    fact: 'a request that is sent again is applied again',
    page: `${pages.track}#how-does-userstrack-handle-duplicate-events`,
    given: [{ attributes: [{ ...ana, seats: { inc: 2 } }], events: [event] }],
    send: { attributes: [{ ...ana, seats: { inc: 2 } }], events: [event] },
    profiles: [
      {
        ...ana,
        custom_attributes: { seats: 4 },
        events: Array.from({ length: 2 }, () => ({ name: event.name, time, properties: {} })),
      },
    ],
  },
  {
    fact: 'the obsolete body key partner changes nothing',
    page: 'partners/isv_partners/api_partner',
    send: { partner: 'parley', attributes: [ana] },
    profiles: [ana],
  },
];

/** For each documented code an object that it is for, with the sentence that stands for it. */
const token = { app_id: 'web', token: 'abcd' };
const group = {
  subscription_group_id: 'c4f1a5b2-0d3e-4f68-9a7b-1e2d3c4b5a69',
  subscription_state: 'subscribed',
};
const importRule =
  "'push_token_import' needs 'push_tokens', and no 'external_id', 'braze_id' or 'user_alias'";
const notOf = (field: string, form: string): string =>
  `The value provided for the '${field}' field is not ${form}.`;

const codes: readonly (readonly [code: string, sentence: string, object: unknown])[] = [
  [
    'BAD_DEVICE_ID',
    "'device_id' of 'push_tokens' must have 8 to 255 bytes",
    { ...ana, push_tokens: [{ ...token, device_id: 'short' }] },
  ],
  [
    'BAD_DEVICE_ID',
    "'device_id' of 'push_tokens' must have 8 to 255 bytes",
    { ...ana, push_tokens: [{ ...token, device_id: 'é'.repeat(128) }] },
  ],
  [
    'BAD_EMAIL_SUBSCRIPTION_STATE',
    notOf('email_subscribe', 'one of opted_in, subscribed, unsubscribed'),
    { ...ana, email_subscribe: 'yes' },
  ],
  [
    'BAD_LOCATION_UPDATE',
    notOf('current_location', 'an object with a longitude and a latitude'),
    { ...ana, current_location: { latitude: 41.1 } },
  ],
  [
    'BAD_LOCATION_UPDATE',
    notOf('current_location', 'an object with a longitude and a latitude'),
    { ...ana, current_location: { longitude: 0, latitude: 91 } },
  ],
  [
    'BAD_PUSH_SUBSCRIPTION_STATE',
    notOf('push_subscribe', 'one of opted_in, subscribed, unsubscribed'),
    { ...ana, push_subscribe: true },
  ],
  [
    'BAD_PUSH_TOKEN_APP_ID',
    "'app_id' of 'push_tokens' must be an app identifier",
    { ...ana, push_tokens: [{ token: 'abcd' }] },
  ],
  ['BAD_PUSH_TOKEN_IMPORT', importRule, { ...ana, push_token_import: true, push_tokens: [token] }],
  [
    'BAD_PUSH_TOKEN_IMPORT',
    importRule,
    { braze_id: 'f'.repeat(24), push_token_import: true, push_tokens: [token] },
  ],
  ['BAD_PUSH_TOKEN_IMPORT', importRule, { user_alias: alias, push_token_import: true, push_tokens: [token] }],
  ['BAD_PUSH_TOKEN_IMPORT', importRule, { external_id: null, push_token_import: true, push_tokens: [token] }],
  ['BAD_PUSH_TOKEN_IMPORT', importRule, { email: 'ana@example.com', push_token_import: true }],
  ['BAD_PUSH_TOKEN_IMPORT', importRule, { push_token_import: true, push_tokens: [] }],
  [
    'BAD_PUSH_TOKEN_STRING',
    "'token' of 'push_tokens' must be a string",
    { ...ana, push_tokens: [{ app_id: 'web', token: 7 }] },
  ],
  ['BAD_PUSH_TOKEN_VALUE', "'push_tokens' must be an array of objects", { ...ana, push_tokens: ['abcd'] }],
  [
    'BAD_PUSH_TOKEN_VALUE',
    "'push_tokens' must be an array of objects",
    { push_token_import: true, push_tokens: token },
  ],
  [
    'BAD_SUBSCRIPTION_GROUP_ARRAY',
    "'subscription_groups' must be an array",
    { ...ana, subscription_groups: group },
  ],
  [
    'BAD_SUBSCRIPTION_GROUP_HASH',
    "'subscription_groups' must hold objects with 'subscription_group_id' and 'subscription_state'",
    { ...ana, subscription_groups: [{ subscription_group_id: 'news' }] },
  ],
  [
    'BAD_SUBSCRIPTION_GROUP_ID',
    "'subscription_group_id' of 'subscription_groups' must be the UUID of a subscription group",
    { ...ana, subscription_groups: [{ ...group, subscription_group_id: 'news' }] },
  ],
  [
    'BAD_SUBSCRIPTION_GROUP_STATE',
    "'subscription_state' of 'subscription_groups' must be 'subscribed' or 'unsubscribed'",
    { ...ana, subscription_groups: [{ ...group, subscription_state: 'opted_in' }] },
  ],
  ['EMAIL_BAD_FORMAT', notOf('email', 'a valid email'), { ...ana, email: 'ana@example' }],
  ['EMAIL_BAD_FORMAT', notOf('email', 'a valid email'), { email: 'ana' }],
  ['EXTERNAL_USER_ID_TOO_LARGE', "'external_id' must be 987 bytes or less", { external_id: 'x'.repeat(988) }],
  [
    'INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO',
    notOf('email_subscription_info', 'an attribute that can be set'),
    { ...ana, email_subscription_info: {} },
  ],
];

/** @param typeOf the column that the errors of this style come from */
const codeCases = (style: string, typeOf: (code: string, sentence: string) => string): readonly Case[] =>
  codes.map(([code, sentence, object], index) => ({
    fact: `${code} is told as a ${style}, case ${String(index + 1)}`,
    page: `${pages.track}#endpoint-specific-errors`,
    send: attributes(object),
    status: 400,
    answer: onlyError(typeOf(code, sentence)),
    profiles: [],
  }));

const imports: readonly Case[] = [
  {
    fact: 'an import of push tokens makes an anonymous profile for each token, and needs no identifier',
    page: pages.attributes,
    send: attributes({
      push_token_import: true,
      email: 'ana@example.com',
      plan: 'gold',
      push_tokens: [token, { ...token, token: 'efgh' }],
    }),
    answer: { message: 'success', attributes_processed: 2 },
    profiles: ['abcd', 'efgh'].map((text) => ({
      standard: { email: 'ana@example.com', push_tokens: [{ ...token, token: text }] },
      custom_attributes: { plan: 'gold' },
    })),
  },
  {
    fact: 'an import of a token that was imported before is ignored',
    page: pages.attributes,
    given: [attributes({ push_token_import: true, push_tokens: [token], plan: 'gold' })],
    send: attributes({ push_token_import: true, push_tokens: [token], plan: 'silver' }),
    answer: { message: 'success', attributes_processed: 1 },
    profiles: [{ standard: { push_tokens: [token] }, custom_attributes: { plan: 'gold' } }],
  },
  {
    fact: 'an import of a token that a known user has is ignored',
    page: pages.attributes,
    given: [attributes({ ...ana, push_tokens: [token] })],
    send: attributes({ push_token_import: true, push_tokens: [token], plan: 'silver' }),
    profiles: [{ ...ana, standard: { push_tokens: [token] } }],
  },
  {
    fact: 'push_token_import as anything but true is no import',
    page: pages.attributes,
    send: attributes({ ...ana, push_token_import: false, push_tokens: [token] }),
    profiles: [{ ...ana, standard: { push_tokens: [token] } }],
  },
];

testEach(workspace, [...requests, ...imports, ...codeCases('sentence', (_, sentence) => sentence)]);

testEach(await startWorkspace({ errorStyle: 'code' }), [
  ...codeCases('code', (code) => code),
  {
    fact: 'what no code is listed for is a sentence in either style',
    page: `${pages.track}#endpoint-specific-errors`,
    send: attributes({ first_name: 'Nobody' }),
    status: 400,
    answer: onlyError(noIdentifier),
  },
  {
    fact: 'an event of an e-mail address that is none has a code too',
    page: `${pages.track}#endpoint-specific-errors`,
    send: { events: [{ email: 'ana', name: 'seen', time }] },
    status: 400,
    answer: onlyError('EMAIL_BAD_FORMAT', 'events'),
  },
]);
