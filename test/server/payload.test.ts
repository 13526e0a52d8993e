import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildTrackRequest, fieldBehind, type TrackBody } from '../../server/braze/payload.ts';
import type { ActionNode } from '../../widget/contract/flow.ts';
import type { Submission } from '../../widget/contract/wire.ts';
import { createSubmission } from './relay-fixture.ts';

const VISITOR = '0f6f1f5e-visitor';
const identifier = {
  user_alias: { alias_name: VISITOR, alias_label: 'parley' },
  _update_existing_only: false,
};

const SUBMISSION = createSubmission();
const { time, id: submission_id } = SUBMISSION;

const actionWith = (mapping: Pick<ActionNode, 'attributes' | 'events'>): ActionNode => ({
  type: 'action',
  call: 'users/track',
  ...mapping,
  on: { success: 'thanks', error: 'sorry' },
});

interface Case {
  readonly name: string;
  readonly mapping: Pick<ActionNode, 'attributes' | 'events'>;
  readonly change?: Partial<Submission>;
  readonly accepted?: readonly string[];
  readonly body: TrackBody;
  /** None by default. */
  readonly events?: readonly string[];
}

const attributesOf = (attributes: object): TrackBody => ({ attributes: [{ ...identifier, ...attributes }] });
const eventOf = (name: string, properties: object = {}) => ({
  ...identifier,
  name,
  time,
  properties: { ...properties, submission_id },
});

const CASES: readonly Case[] = [
  {
    name: 'each object says whom it is about, and that an alias may be created',
    mapping: { attributes: { first_name: '{{answers.first_name}}' }, events: [{ name: 'met' }] },
    body: { ...attributesOf({ first_name: 'Ada' }), events: [eventOf('met')] },
    events: ['met#0'],
  },
  {
    name: 'answers, page and device fill it',
    mapping: {
      attributes: {
        email: '{{answers.email}}',
        operating_system: '{{device.operating_system}}',
        last_page: '{{page.path}}',
      },
    },
    body: attributesOf({ email: 'ada@example.com', operating_system: 'macOS', last_page: '/boots' }),
  },
  {
    name: 'what stands in the mapping is written as it stands, with its type',
    mapping: { attributes: { source: 'chat', score: 7, vip: false, tags: { add: ['walker'] } } },
    body: attributesOf({ source: 'chat', score: 7, vip: false, tags: { add: ['walker'] } }),
  },
  {
    name: 'words around a reference are kept',
    mapping: { attributes: { greeting: 'Dear {{answers.first_name}} of {{page.path}}' } },
    body: attributesOf({ greeting: 'Dear Ada of /boots' }),
  },
  {
    name: 'what was not answered is left out, and null is never written',
    mapping: {
      attributes: {
        first_name: '{{answers.first_name}}',
        dob: '{{answers.birthday}}',
        greeting: 'Born {{answers.birthday}}',
        profile: { city: '{{answers.city}}' },
        list: ['{{answers.city}}', '{{answers.email}}'],
      },
    },
    body: attributesOf({ first_name: 'Ada', list: ['ada@example.com'] }),
  },
  {
    name: 'a default stands in for what was not answered',
    mapping: { attributes: { home_city: '{{answers.city | default: "unknown"}}' } },
    body: attributesOf({ home_city: 'unknown' }),
  },
  {
    name: 'attributes that are all left out are no object',
    mapping: { attributes: { home_city: '{{answers.city}}' }, events: [{ name: 'met' }] },
    body: { events: [eventOf('met')] },
    events: ['met#0'],
  },
  {
    name: 'nothing to write is an empty body',
    mapping: { attributes: { home_city: '{{answers.city}}' } },
    body: {},
  },
  {
    name: 'no mapping is an empty body',
    mapping: {},
    body: {},
  },
  {
    name: 'an event carries its properties, the submission’s id, and the time at which the visitor brought it about',
    mapping: { events: [{ name: 'completed', properties: { page: '{{page.path}}', step: 3 } }] },
    body: { events: [eventOf('completed', { page: '/boots', step: 3 })] },
    events: ['completed#0'],
  },
  {
    name: 'an event whose properties are all left out carries the submission’s id',
    mapping: { events: [{ name: 'completed', properties: { city: '{{answers.city}}' } }] },
    body: { events: [eventOf('completed')] },
    events: ['completed#0'],
  },
  {
    name: 'an event that Braze has is not written again',
    mapping: { events: [{ name: 'met' }, { name: 'completed' }, { name: 'left' }] },
    accepted: ['met#0', 'left#0'],
    body: { events: [eventOf('completed')] },
    events: ['completed#0'],
  },
  {
    name: 'an event that Braze has is known again where a newer revision has another before it',
    mapping: { events: [{ name: 'arrived' }, { name: 'met' }] },
    accepted: ['met#0'],
    body: { events: [eventOf('arrived')] },
    events: ['arrived#0'],
  },
  {
    name: 'of two events with one name each is known',
    mapping: { events: [{ name: 'met' }, { name: 'met' }] },
    accepted: ['met#0'],
    body: { events: [eventOf('met')] },
    events: ['met#1'],
  },
  {
    name: 'an event that Braze has is written again where the flow says repeat',
    mapping: { events: [{ name: 'met' }, { name: 'completed', repeat: true }] },
    accepted: ['met#0', 'completed#0'],
    body: { events: [eventOf('completed')] },
    events: ['completed#0'],
  },
  {
    name: 'attributes are written again though Braze has the events',
    mapping: { attributes: { first_name: '{{answers.first_name}}' }, events: [{ name: 'met' }] },
    accepted: ['met#0'],
    body: attributesOf({ first_name: 'Ada' }),
  },
  {
    name: 'an answer that looks like a template stays what the visitor wrote',
    mapping: { attributes: { first_name: '{{answers.first_name}}', greeting: 'Hi {{answers.first_name}}' } },
    change: { answers: { first_name: '{{answers.email}}', email: 'ada@example.com' } },
    body: attributesOf({ first_name: '{{answers.email}}', greeting: 'Hi {{answers.email}}' }),
  },
  {
    name: 'an answer that looks like an operator of Braze stays a text',
    mapping: { attributes: { first_name: '{{answers.first_name}}' } },
    change: { answers: { first_name: '{"inc": 1}' } },
    body: attributesOf({ first_name: '{"inc": 1}' }),
  },
  {
    name: 'an answer that nothing refers to is not written',
    mapping: { attributes: { first_name: '{{answers.first_name}}' } },
    change: { answers: { first_name: 'Ada', external_id: 'eve', vip: 'yes' } },
    body: attributesOf({ first_name: 'Ada' }),
  },
];

describe('the body of /users/track', () => {
  for (const { name, mapping, change, accepted = [], body, events = [] } of CASES) {
    it(name, () => {
      const submission = { ...SUBMISSION, ...change };
      const built = buildTrackRequest(actionWith(mapping), submission, VISITOR, accepted);
      assert.deepEqual(built, { body, events });
      assert.deepEqual(JSON.parse(JSON.stringify(built.body)), body, 'JSON leaves something out');
    });
  }
});

describe('the field behind an attribute', () => {
  const attributes = {
    first_name: '{{answers.first_name}}',
    dob: '{{ answers.birthday }}',
    home_city: '{{answers.city | default: "unknown"}}',
    greeting: 'Dear {{answers.first_name}}!',
    twice: '{{answers.first_name}} {{answers.first_name}}',
    full_name: '{{answers.first_name}} {{answers.last_name}}',
    seen: '{{answers.email}} at {{page.path}}',
    tags: { add: ['walker', '{{answers.hobby}}'] },
    address: { city: '{{answers.city}}', street: '{{answers.street}}' },
    operating_system: '{{device.operating_system}}',
    source: 'chat',
    literal: 'answers.first_name',
    score: 7,
  };
  for (const [attribute, field] of [
    ['first_name', 'first_name'],
    ['dob', 'birthday'],
    ['home_city', 'city'],
    ['greeting', 'first_name'],
    ['twice', 'first_name'],
    ['full_name', undefined],
    ['seen', 'email'],
    ['tags', 'hobby'],
    ['address', undefined],
    ['operating_system', undefined],
    ['source', undefined],
    ['literal', undefined],
    ['score', undefined],
    ['phone', undefined],
    ['user_alias', undefined],
  ] as const) {
    it(`${attribute} is ${field ?? 'none'}`, () => {
      assert.equal(fieldBehind(actionWith({ attributes }), attribute), field);
    });
  }
  it('is none where the action writes no attributes', () => {
    assert.equal(fieldBehind(actionWith({ events: [{ name: 'met' }] }), 'first_name'), undefined);
  });
});
