/** `subscribe` of `users/track`: who is subscribed, who is asked first, and what shows it. */
import {
  describeAction,
  identifierOf,
  TIME,
  type ActionCase,
  type Sent,
  type TestedAction,
} from '../action-cases.ts';
import { earlier, GROUP, LETTER, proofIn, saying, TEXTS } from '../consent-cases.ts';

const SUBSCRIBE = {
  consent: 'letter',
  email_subscribe: 'opted_in',
  subscription_group_ids: [GROUP],
  event: 'letter_consent',
  opt_in_event: 'letter_opt_in_requested',
};

/** All that needs the number's own word, and no other. */
const BY_TEXT = { subscribe: { consent: 'letter', sms_group_ids: [TEXTS], event: 'letter_consent' } };

const statesOf = (sent: Sent, isGiven = true) => ({
  ...identifierOf(sent),
  email_subscribe: isGiven ? 'opted_in' : 'unsubscribed',
  subscription_groups: [
    { subscription_group_id: GROUP, subscription_state: isGiven ? 'subscribed' : 'unsubscribed' },
  ],
});

const eventOf = (sent: Sent, name: string, isGiven = true) => ({
  ...identifierOf(sent),
  name,
  time: TIME,
  properties: proofIn(sent, isGiven),
});

const asked = (sent: Sent) => ({ events: [eventOf(sent, 'letter_opt_in_requested')] });

const doubly = (sent: Sent) => ({
  attributes: [
    {
      ...identifierOf(sent),
      subscription_groups: [
        { subscription_group_id: TEXTS, subscription_state: 'subscribed', use_double_opt_in_logic: true },
      ],
    },
  ],
  events: [eventOf(sent, 'letter_consent')],
});

const action: TestedAction = {
  call: 'users/track',
  permission: 'users.track',
  node: { subscribe: SUBSCRIBE },
  whom: 'external_id',
  body: (sent) => ({ attributes: [statesOf(sent)], events: [eventOf(sent, 'letter_consent')] }),
};

const DONE = { told: { outcome: 'success' }, statuses: [201] } as const satisfies Partial<ActionCase>;
const NOTHING = { told: { outcome: 'success' }, statuses: [] } as const satisfies Partial<ActionCase>;

/** A yes, of which the table's own submission is the correction. */
const afterYes = {
  before: { answers: saying(true) },
  correctsBefore: true,
} as const satisfies Partial<ActionCase>;

const cases: readonly ActionCase[] = [
  { name: 'who is signed in and says yes is subscribed, with the proof', answers: saying(true), ...DONE },
  {
    name: 'whom nobody vouches for is asked first',
    answers: saying(true),
    whom: 'alias',
    ...DONE,
    body: asked,
  },
  {
    name: 'whose profile is that of the address that they typed is asked first, too',
    answers: saying(true),
    whom: 'email',
    ...DONE,
    body: (sent) => ({ attributes: [identifierOf(sent)], ...asked(sent) }),
  },
  {
    name: 'for whom nobody vouches any more is asked first, though it is written to their profile',
    answers: saying(true),
    isLapsed: true,
    ...DONE,
    body: asked,
  },
  {
    name: 'where the site lets them, whoever says yes is subscribed',
    answers: saying(true),
    whom: 'alias',
    site: { unverified: ['subscribe'] },
    ...DONE,
    logged: [{ event: 'unverified_allowed', site: 'brand', reason: 'subscribe' }],
  },
  { name: 'who says no is not', answers: saying(false), ...NOTHING },
  { name: 'who was not asked is not', answers: saying(), ...NOTHING },
  {
    name: 'a number is asked by Braze, whoever has typed it',
    answers: saying(true),
    node: BY_TEXT,
    whom: 'alias',
    ...DONE,
    body: doubly,
  },
  {
    name: 'a number is asked by Braze, also of who is signed in',
    answers: saying(true),
    node: BY_TEXT,
    ...DONE,
    body: doubly,
  },
  {
    name: 'what an attribute says goes along, and is written for everybody',
    answers: saying(true),
    node: { attributes: { home_city: '{{answers.city}}' } },
    whom: 'alias',
    ...DONE,
    body: (sent) => ({
      attributes: [{ ...identifierOf(sent), home_city: sent.submission.answers['city'] }],
      ...asked(sent),
    }),
  },
  {
    name: 'who takes it back is unsubscribed, and the event says so',
    answers: saying(false),
    ...afterYes,
    told: { outcome: 'success' },
    statuses: [201, 201],
    bodies: (sent) => [
      action.body({ ...sent, submission: earlier(sent) }),
      { attributes: [statesOf(sent, false)], events: [eventOf(sent, 'letter_consent', false)] },
    ],
  },
  {
    name: 'who takes it back before the yes has left the browser is unsubscribed all the same',
    answers: saying(false),
    ...afterYes,
    isTogether: true,
    told: { outcome: 'success' },
    statuses: [201, 201],
    bodies: (sent) => [
      action.body({ ...sent, submission: earlier(sent) }),
      { attributes: [statesOf(sent, false)], events: [eventOf(sent, 'letter_consent', false)] },
    ],
  },
  {
    name: 'who takes it back with an answer that is refused is unsubscribed by the next',
    answers: { ...saying(false), email: 'no address' },
    ...afterYes,
    told: { outcome: 'invalid', field: 'email', next: 'email' },
    then: (world) =>
      world.submit({
        id: world.sent.submission.id.replace(/\d+$/, '5'),
        corrects: world.sent.submission.id,
        answers: saying(false),
      }),
    statuses: [201, 201],
    bodies: (sent) => {
      const last = { ...sent.submission, id: sent.submission.id.replace(/\d+$/, '5') };
      return [
        action.body({ ...sent, submission: earlier(sent) }),
        {
          attributes: [statesOf(sent, false)],
          events: [eventOf({ ...sent, submission: last }, 'letter_consent', false)],
        },
      ];
    },
  },
  {
    name: 'who was asked first and takes it back: the event says so, and no state is written',
    answers: saying(false),
    whom: 'alias',
    ...afterYes,
    told: { outcome: 'success' },
    statuses: [201, 201],
    bodies: (sent) => [
      asked({ ...sent, submission: earlier(sent) }),
      { events: [eventOf(sent, 'letter_consent', false)] },
    ],
  },
  {
    name: 'of a correction of something else the event is not written again',
    answers: { ...saying(true), city: 'Ambleside' },
    ...afterYes,
    told: { outcome: 'success' },
    statuses: [201, 201],
    bodies: (sent) => [action.body({ ...sent, submission: earlier(sent) }), { attributes: [statesOf(sent)] }],
  },
  {
    name: 'who said no and corrects something else is left as they are',
    answers: { ...saying(false), city: 'Ambleside' },
    before: { answers: saying(false) },
    correctsBefore: true,
    ...NOTHING,
  },
  {
    name: 'what came twice is one: taken back and sent again, it is not lost',
    answers: saying(false),
    ...afterYes,
    told: { outcome: 'success' },
    then: async (world) => {
      await world.submitAgain();
    },
    statuses: [201, 201],
    bodies: (sent) => [
      action.body({ ...sent, submission: earlier(sent) }),
      { attributes: [statesOf(sent, false)], events: [eventOf(sent, 'letter_consent', false)] },
    ],
  },
  {
    name: 'words that the relay does not have any more are not made up',
    answers: saying(true),
    revision: 'of-before',
    ...DONE,
    body: (sent) => {
      const { text: _text, text_revision: _revision, ...proof } = proofIn(sent);
      return {
        attributes: [statesOf(sent)],
        events: [{ ...eventOf(sent, 'letter_consent'), properties: proof }],
      };
    },
  },
];

describeAction(
  action,
  cases.map((each) => ({ ...LETTER, ...each })),
);
