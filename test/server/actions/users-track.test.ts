/** What is written to profiles: the rows that all actions have, and those of requests that are no call of their own. */
import assert from 'node:assert/strict';
import {
  ADDRESS,
  CITY,
  describeAction,
  identifierOf,
  PERSON,
  TIME,
  type ActionWorld,
  type TestedAction,
} from '../action-cases.ts';
import { troubleCases } from '../trouble-cases.ts';

const action: TestedAction = {
  call: 'users/track',
  permission: 'users.track',
  node: {
    attributes: { walks_in: '{{answers.city}}', email: '{{answers.email}}' },
    events: [{ name: 'trip_planned', properties: { page: '{{page.path}}' } }],
  },
  body: (sent) => ({
    attributes: [{ ...identifierOf(sent), walks_in: CITY, email: ADDRESS }],
    events: [
      {
        ...identifierOf(sent),
        name: 'trip_planned',
        time: TIME,
        properties: { page: '/boots', submission_id: sent.submission.id },
      },
    ],
  }),
};

const isOnce = ({ emulator }: ActionWorld) =>
  assert.deepEqual(
    emulator
      .profiles()
      .map(({ events, custom_attributes }) => [events.length, custom_attributes['walks_in']]),
    [[1, CITY]],
  );

describeAction(action, [
  ...troubleCases(action, { whenInDoubt: 'again', answered: 'braze_answered', wrong: 'braze prod key' }),
  {
    name: 'is written to the profile of whom the brand’s backend vouches for',
    whom: 'external_id',
    known: [{ external_id: PERSON }],
    told: { outcome: 'success' },
    then: isOnce,
    statuses: [201],
  },
  {
    name: 'is written to the profile of the address that profiles are known by',
    whom: 'email',
    known: [{ email: ADDRESS }],
    told: { outcome: 'success' },
    then: isOnce,
    statuses: [201],
  },
  {
    name: 'makes the profile of an alias',
    told: { outcome: 'success' },
    then: isOnce,
    statuses: [201],
  },
  {
    name: 'asks anew for the answer that Braze refuses, and is no dead letter',
    fault: {
      kind: 'errors',
      errors: [{ type: "'email' is not a valid email address", input_array: 'attributes', index: 0 }],
      times: 1,
    },
    told: { outcome: 'invalid', next: 'email', field: 'email' },
    statuses: [201],
    logged: [{ event: 'submission_settled', outcome: 'invalid' }],
  },
  {
    name: 'is a dead letter where Braze refuses what no answer says',
    fault: {
      kind: 'errors',
      errors: [{ type: "'name' is not valid", input_array: 'events', index: 0 }],
      times: 1,
    },
    told: { outcome: 'error' },
    statuses: [201],
    dead: /^Braze refused what the flow maps/,
  },
  {
    name: 'leaves out what Braze does not take, and writes the rest',
    node: {
      attributes: { walks_in: '{{answers.city}}', notes: `${'x'.repeat(255)}{{answers.city}}` },
      events: [],
    },
    told: { outcome: 'success' },
    statuses: [201],
    body: (sent) => ({ attributes: [{ ...identifierOf(sent), walks_in: CITY }] }),
    logged: [{ event: 'left_out', level: 'warn', environment: 'prod', name: 'notes' }],
  },
]);
