import assert from 'node:assert/strict';
import {
  describeAction,
  identifierOf,
  PERSON,
  TIME,
  type ActionCase,
  type ActionWorld,
  type Sent,
  type TestedAction,
} from '../action-cases.ts';
import { troubleCases } from '../trouble-cases.ts';
import { earlier, GROUP, LETTER, proofIn, saying, TEXTS } from '../consent-cases.ts';

const action: TestedAction = {
  call: 'subscription/status/set',
  permission: 'subscription.status.set',
  besides: ['users.track'],
  node: {
    subscription_group_id: GROUP,
    consent: 'letter',
    event: 'letter_consent',
    opt_in_event: 'letter_opt_in_requested',
  },
  whom: 'external_id',
  body: () => ({ subscription_group_id: GROUP, subscription_state: 'subscribed', external_id: [PERSON] }),
};

/** What has been written beside it. */
const tracked = (world: ActionWorld) =>
  world.emulator.journal().flatMap(({ path, body }) => (path === '/users/track' ? [body] : []));

const eventOf = (sent: Sent, name: string, isGiven = true) => ({
  ...identifierOf(sent),
  name,
  time: TIME,
  properties: proofIn(sent, isGiven),
});

/** The proof comes once it is done, in a request of its own. */
const proves =
  (...names: readonly string[]) =>
  (world: ActionWorld) => {
    assert.deepEqual(
      tracked(world),
      names.map((name) => ({ events: [eventOf(world.sent, name)] })),
    );
  };

const TEXT = { subscription_group_id: TEXTS, channel: 'sms' };

const cases: readonly ActionCase[] = [
  {
    name: 'who is signed in and says yes takes part, and the proof comes after it',
    told: { outcome: 'success' },
    then: proves('letter_consent'),
    statuses: [201],
  },
  {
    name: 'by text message the number is asked first',
    node: TEXT,
    told: { outcome: 'success' },
    statuses: [201],
    body: () => ({
      subscription_group_id: TEXTS,
      subscription_state: 'subscribed',
      external_id: [PERSON],
      use_double_opt_in_logic: true,
    }),
  },
  {
    name: 'whom nobody vouches for is asked first, by an event',
    whom: 'alias',
    told: { outcome: 'success' },
    then: proves('letter_opt_in_requested'),
    statuses: [],
  },
  {
    name: 'whom nobody vouches for is asked first by text message',
    whom: 'alias',
    node: TEXT,
    told: { outcome: 'success' },
    then: (world) => {
      const group = { subscription_group_id: TEXTS, subscription_state: 'subscribed' };
      assert.deepEqual(tracked(world), [
        {
          attributes: [
            {
              ...identifierOf(world.sent),
              subscription_groups: [{ ...group, use_double_opt_in_logic: true }],
            },
          ],
          events: [eventOf(world.sent, 'letter_consent')],
        },
      ]);
    },
    statuses: [],
  },
  {
    name: 'where the site lets them, an alias is subscribed as a part of its profile',
    whom: 'alias',
    site: { unverified: ['subscribe'] },
    told: { outcome: 'success' },
    then: (world) => {
      const group = { subscription_group_id: GROUP, subscription_state: 'subscribed' };
      assert.deepEqual(tracked(world), [
        {
          attributes: [{ ...identifierOf(world.sent), subscription_groups: [group] }],
          events: [eventOf(world.sent, 'letter_consent')],
        },
      ]);
    },
    statuses: [],
  },
  {
    name: 'who says no does not take part',
    answers: saying(false),
    told: { outcome: 'success' },
    then: proves(),
    statuses: [],
  },
  {
    name: 'who takes it back is out of it, and the event says so',
    answers: saying(false),
    before: { answers: saying(true) },
    correctsBefore: true,
    told: { outcome: 'success' },
    then: (world) => {
      const first = { ...world.sent, submission: earlier(world.sent) };
      assert.deepEqual(tracked(world), [
        { events: [eventOf(first, 'letter_consent')] },
        { events: [eventOf(world.sent, 'letter_consent', false)] },
      ]);
    },
    statuses: [201, 201],
    bodies: (sent) => [
      action.body(sent),
      { subscription_group_id: GROUP, subscription_state: 'unsubscribed', external_id: [PERSON] },
    ],
  },
  {
    name: 'the group is none of theirs',
    node: { subscription_group_id: 'letters' },
    told: { outcome: 'error' },
    then: proves(),
    statuses: [400],
    body: () => ({
      subscription_group_id: 'letters',
      subscription_state: 'subscribed',
      external_id: [PERSON],
    }),
    dead: /refused subscription\/status\/set/,
  },
  {
    name: 'who takes back what could not be written leaves no dead letter that writes it later',
    node: { subscription_group_id: 'letters' },
    answers: saying(false),
    before: { answers: saying(true) },
    correctsBefore: true,
    told: { outcome: 'error' },
    statuses: [400, 400],
    bodies: () =>
      ['subscribed', 'unsubscribed'].map((subscription_state) => ({
        subscription_group_id: 'letters',
        subscription_state,
        external_id: [PERSON],
      })),
    // The one that takes it back.
    dead: /refused subscription\/status\/set/,
  },
  ...troubleCases(action, { whenInDoubt: 'again' }),
];

describeAction(
  action,
  cases.map((each) => ({ answers: saying(true), ...LETTER, ...each })),
);
