import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytesOf, MAX_OBJECT_BYTES, MAX_PROPERTIES } from '../../server/braze/limits.ts';
import {
  bodyOf,
  buildShare,
  EMPTY_BODY_BYTES,
  fieldBehind,
  isEmpty,
  sizeOf,
  withoutAccepted,
  withoutCounted,
  type TrackBody,
  type TrackMapping,
  type TrackShare,
} from '../../server/braze/payload.ts';
import type { TrackNode } from '../../server/actions/users-track.ts';
import { contextOf } from '../../server/submissions.ts';
import type { Submission } from '../../widget/contract/wire.ts';
import { createSubmission } from './relay-fixture.ts';

const VISITOR = '0f6f1f5e-visitor';
const identifier = {
  user_alias: { alias_name: VISITOR, alias_label: `parley-${VISITOR}` },
  _update_existing_only: false,
};

const SUBMISSION = createSubmission();
const { time, id: submission_id } = SUBMISSION;

const actionWith = (mapping: TrackMapping): TrackNode => ({
  type: 'action',
  call: 'users/track',
  ...mapping,
  on: { success: 'thanks', error: 'sorry' },
});

interface Case {
  readonly name: string;
  readonly mapping: TrackMapping;
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

/** What an action writes of the submission of these tests. */
const build = (mapping: TrackMapping, change: Partial<Submission> = {}) =>
  buildShare(
    actionWith(mapping),
    { ...SUBMISSION, ...change },
    { visitor: VISITOR },
    contextOf({ ...SUBMISSION, ...change }),
  );

describe('the body of /users/track', () => {
  for (const { name, mapping, change, accepted = [], body, events = [] } of CASES) {
    it(name, () => {
      const { share, leftOut } = build(mapping, change);
      const left = withoutAccepted(share, accepted);
      const written = bodyOf([left]).body;
      assert.deepEqual(written, body);
      assert.deepEqual(JSON.parse(JSON.stringify(written)), body, 'JSON leaves something out');
      assert.deepEqual(JSON.parse(JSON.stringify(share)), share, 'a share outlives the process');
      assert.deepEqual(
        left.events.map(({ key }) => key),
        events,
      );
      assert.equal(isEmpty(left), Object.keys(body).length === 0);
      assert.deepEqual(leftOut, []);
    });
  }
});

describe('the body of several shares', () => {
  const [first, second, third, none] = [
    build({ attributes: { first_name: 'Ada' }, events: [{ name: 'met' }, { name: 'left' }] }).share,
    build({ attributes: { first_name: 'Grace' } }).share,
    build({ events: [{ name: 'came' }] }).share,
    build({}).share,
  ];

  it('has the objects of each in the shares’ order, and says where they are', () => {
    const { body, places } = bodyOf([first, none, second, third]);
    assert.deepEqual(
      body.attributes?.map((object) => object['first_name']),
      ['Ada', 'Grace'],
    );
    assert.deepEqual(
      body.events?.map((object) => object['name']),
      ['met', 'left', 'came'],
    );
    const sent = { attributes: 2, events: 3 };
    assert.deepEqual(places, [
      { attributes: 0, events: [0, 1], sent },
      { attributes: undefined, events: [], sent },
      { attributes: 1, events: [], sent },
      { attributes: undefined, events: [2], sent },
    ]);
  });

  it('is never larger than its shares together', () => {
    const emphasis = build({ attributes: { greeting: '“Grüß Gott”, 日本 \u0001 👋' } }).share;
    for (const shares of [[first], [third], [first, second, third, none, emphasis], [none]]) {
      const bytes = shares.reduce((sum, share) => sum + sizeOf(share).bytes, EMPTY_BODY_BYTES);
      assert.ok(bytesOf(bodyOf(shares).body) <= bytes);
    }
  });

  it('is counted by its shares’ objects', () => {
    const { attributes, events } = sizeOf(first);
    assert.deepEqual({ attributes, events }, { attributes: 1, events: 2 });
    assert.deepEqual(sizeOf(none), { attributes: 0, events: 0, bytes: 0 });
  });
});

describe('what may be sent though Braze may have it (post_user_track: no de-duplication)', () => {
  const DOUBTED: readonly {
    name: string;
    attributes: NonNullable<TrackNode['attributes']>;
    left: object | undefined;
  }[] = [
    { name: 'a plain value', attributes: { first_name: 'Ada' }, left: { first_name: 'Ada' } },
    {
      name: 'no increment (user_attributes_object)',
      attributes: { visits: { inc: 1 }, first_name: 'Ada' },
      left: { first_name: 'Ada' },
    },
    { name: 'no object of increments alone', attributes: { visits: { inc: -2 } }, left: undefined },
    {
      name: 'no object whose _merge_objects is all that is left (nested_custom_attribute_support)',
      attributes: { visits: { inc: 1 }, _merge_objects: true },
      left: undefined,
    },
    {
      name: 'add and remove, which do the same twice (data_types)',
      attributes: { tags: { add: ['walker'] }, old: { remove: ['runner'] } },
      left: { tags: { add: ['walker'] }, old: { remove: ['runner'] } },
    },
    {
      name: 'no $add (array_of_objects)',
      attributes: { pets: { $add: [{ id: 1 }] }, first_name: 'Ada' },
      left: { first_name: 'Ada' },
    },
    {
      name: '$remove and $update beside a $add (array_of_objects)',
      attributes: {
        pets: {
          $add: [{ id: 1 }],
          $remove: [{ $identifier_key: 'id', $identifier_value: 2 }],
          $update: [{ $identifier_key: 'id', $identifier_value: 3, $new_object: { id: 4 } }],
        },
      },
      left: {
        pets: {
          $remove: [{ $identifier_key: 'id', $identifier_value: 2 }],
          $update: [{ $identifier_key: 'id', $identifier_value: 3, $new_object: { id: 4 } }],
        },
      },
    },
    { name: 'an empty object', attributes: { profile: {} }, left: { profile: {} } },
  ];
  for (const { name, attributes, left } of DOUBTED) {
    it(`is ${name}`, () => {
      const { share, leftOut } = build({ attributes });
      assert.deepEqual(leftOut, []);
      const expected = left && { ...identifier, ...left };
      assert.deepEqual(withoutCounted(share, 'resend').attributes, expected);
      assert.equal(isEmpty(withoutCounted(share, 'resend')), left === undefined);
    });
  }

  it('is no $add within an object, and what is beside it (nested_custom_attribute_support)', () => {
    const attributes = { home: { pets: { $add: [{ id: 1 }] }, city: 'London' } };
    const left = withoutCounted({ attributes, events: [] }, 'resend');
    assert.deepEqual(left.attributes, { home: { city: 'London' } });
  });

  const share: TrackShare = build({ attributes: { first_name: 'Ada' }, events: [{ name: 'met' }] }).share;
  it('is an event, where a double is better than a gap', () => {
    assert.deepEqual(withoutCounted(share, 'resend'), share);
  });
  it('is no event, where a gap is better than a double', () => {
    assert.deepEqual(withoutCounted(share, 'drop'), { ...share, events: [] });
  });
});

describe('what does not fit is left out alone', () => {
  it('an attribute, and not the object', () => {
    const attributes = { first_name: '{{answers.first_name}}', gender: '{{answers.email}}' };
    const { share, leftOut } = build({ attributes });
    assert.deepEqual(share.attributes, { ...identifier, first_name: 'Ada' });
    assert.deepEqual(leftOut, [
      { name: 'gender', reason: 'should be M, F, O, N or P (api/objects_filters/user_attributes_object)' },
    ]);
  });

  it('a property, and not the event', () => {
    const { share, leftOut } = build({
      events: [{ name: 'met', properties: { time: 'noon', page: '{{page.path}}' } }],
    });
    assert.deepEqual(
      share.events.map(({ object }) => object),
      [eventOf('met', { page: '/boots' })],
    );
    assert.deepEqual(leftOut, [
      { name: 'met.time', reason: 'this name is reserved (api/objects_filters/event_object)' },
    ]);
  });

  it('an event whose name Braze does not take, and none of the others', () => {
    const { share, leftOut } = build({ events: [{ name: '$met' }, { name: 'left' }] });
    assert.deepEqual(
      share.events.map(({ key }) => key),
      ['left#0'],
    );
    assert.deepEqual(
      leftOut.map(({ name }) => name),
      ['$met'],
    );
  });

  it('whoever the flow says an object is about (user_attributes_object)', () => {
    const attributes = {
      external_id: 'eve',
      braze_id: 'eve',
      user_alias: { alias_name: 'eve', alias_label: 'parley-eve' },
      _update_existing_only: true,
      push_token_import: true,
      first_name: 'Ada',
    };
    const { share, leftOut } = build({ attributes });
    assert.deepEqual(share.attributes, { ...identifier, first_name: 'Ada' });
    assert.deepEqual(
      leftOut.map(({ name }) => name),
      Object.keys(attributes).slice(0, -1),
    );
  });

  it('the visitor’s value is in no reason', () => {
    const secret = 'x'.repeat(300);
    const attributes = {
      gender: '{{answers.email}}',
      dob: '{{answers.email}}',
      nickname: '{{answers.email}}',
      list: ['{{answers.email}}'],
      nested: { a: '{{answers.email}}' },
    };
    const { leftOut } = build({ attributes }, { answers: { email: secret } });
    assert.equal(leftOut.length, Object.keys(attributes).length);
    assert.ok(!JSON.stringify(leftOut).includes('xxx'));
  });

  it('properties after the 255th, for the submission’s id is the 256th (event_object)', () => {
    const properties = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`p${index}`, index]));
    const { share, leftOut } = build({ events: [{ name: 'met', properties }] });
    const written = Object.keys(share.events[0]?.object['properties'] as object);
    assert.equal(written.length, MAX_PROPERTIES);
    assert.deepEqual(written.slice(-2), ['p254', 'submission_id']);
    assert.equal(leftOut.length, 45);
  });

  it('the largest of what is over 100 kB together (nested_custom_attribute_support)', () => {
    const list = (length: number) => Array.from({ length }, (_, index) => `${index}`.padEnd(200, '.'));
    const values = { small: list(10), large: list(300), larger: list(350), name: 'Ada' };
    const { share, leftOut } = build({ attributes: values, events: [{ name: 'met', properties: values }] });
    assert.deepEqual(
      leftOut.map(({ name }) => name),
      ['larger', 'met.larger'],
    );
    for (const object of [share.attributes, share.events[0]?.object]) {
      assert.ok(bytesOf(object) <= MAX_OBJECT_BYTES);
    }
  });
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
    hobbies: ['{{answers.hobby}}'],
    places: ['{{answers.city}}', 'London'],
    groups: [{ subscription_group_id: 'a-1', subscription_state: '{{answers.consent}}' }],
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
    ['greeting', undefined],
    ['twice', undefined],
    ['hobbies', 'hobby'],
    ['places', undefined],
    ['groups', undefined],
    ['full_name', undefined],
    ['seen', undefined],
    ['tags', undefined],
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
