/** A request to `/users/track` as a whole: its arrays, its counters, its errors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
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
    fact: 'the obsolete body key partner changes nothing',
    page: 'partners/isv_partners/api_partner',
    send: { partner: 'parley', attributes: [ana] },
    profiles: [ana],
  },
];

testEach(workspace, requests);

test('what the emulator does not apply yet is refused and not stored as something else', async () => {
  const { body } = await workspace.track(
    attributes({ ...ana, cars: { $add: [{ id: 1 }] } }, { ...ana, push_token_import: true }),
  );
  assert.deepEqual((body as { errors: unknown }).errors, [
    { type: "The emulator does not apply '$add' yet ('cars')", input_array: 'attributes', index: 0 },
    { type: "The emulator does not take 'push_token_import' yet", input_array: 'attributes', index: 1 },
  ]);
});
