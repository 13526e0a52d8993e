/** What is sent of a value, field by field and type by type. Pages are those of https://www.braze.com/docs/. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeStandardField } from '../../demo/braze/standard-fields.ts';
import { buildShare } from '../../server/braze/payload.ts';
import type { TrackNode } from '../../server/actions/users-track.ts';
import { contextOf } from '../../server/submissions.ts';
import type { TemplateValue } from '../../widget/contract/flow.ts';
import { createSubmission } from './relay-fixture.ts';

const pages = {
  user: 'api/objects_filters/user_attributes_object',
  event: 'api/objects_filters/event_object',
  standard: 'user_guide/data/activation/attributes/standard_attributes',
  languages: 'user_guide/data/unification/user_data/language_codes',
  types: 'user_guide/data/activation/attributes/data_types',
  nested: 'user_guide/data/activation/attributes/nested_custom_attribute_support',
  objects: 'user_guide/data/activation/attributes/array_of_objects',
  logging: 'developer_guide/analytics/logging_events',
  track: 'api/endpoints/user_data/post_user_track',
} as const;

const OUT = Symbol('left out');

const SUBMISSION = createSubmission();

/** What is written of one attribute, or of one property. */
function written(kind: 'attributes' | 'properties', name: string, value: TemplateValue): unknown {
  const mapping = { [name]: value };
  const action: TrackNode = {
    type: 'action',
    call: 'users/track',
    ...(kind === 'attributes' ? { attributes: mapping } : { events: [{ name: 'met', properties: mapping }] }),
    on: { success: 'end', error: 'end' },
  };
  const { share, leftOut } = buildShare(action, SUBMISSION, { visitor: 'v-1' }, contextOf(SUBMISSION));
  const object = kind === 'attributes' ? (share.attributes ?? {}) : share.events[0]?.object['properties'];
  const isLeftOut = leftOut.length > 0;
  assert.equal(Object.hasOwn(object as object, name), !isLeftOut || name === 'submission_id');
  for (const { reason } of leftOut) assert.match(reason, /^.+ \([\w/]+\)$/, 'a reason ends with its page');
  return isLeftOut ? OUT : (object as Record<string, unknown>)[name];
}

const show = (value: unknown) =>
  value === OUT ? 'left out' : JSON.stringify(value, (_, each: unknown) => shorter(each));
const shorter = (value: unknown) =>
  typeof value === 'string' && value.length > 40 ? `${value.slice(0, 10)}… (${value.length})` : value;

const FIELDS: readonly [
  page: string,
  name: string,
  ...cases: readonly [given: TemplateValue, sent: unknown][],
][] = [
  [
    pages.user,
    'gender',
    ...['M', 'F', 'O', 'N', 'P'].map((letter): [string, unknown] => [letter, letter]),
    ['f', 'F'],
    ['female', 'F'],
    ['Male', 'M'],
    [' OTHER ', 'O'],
    ['not applicable', 'N'],
    ['Not_Applicable', 'N'],
    ['prefer not to say', 'P'],
    ['prefer-not-to-say', 'P'],
    ['U', OUT],
    ['femme', OUT],
    ['', OUT],
    [1, OUT],
    [true, OUT],
    [['F'], OUT],
  ],
  [
    pages.user,
    'country',
    ['GB', 'GB'],
    ['br', 'BR'],
    [' jp ', 'JP'],
    ['Australia', 'AU'],
    ['united kingdom', 'GB'],
    ['UK', 'GB'],
    ['England', 'GB'],
    ['GBR', 'GB'],
    ['USA', 'US'],
    ['U.S.A.', 'US'],
    ['The Netherlands', 'NL'],
    ['Türkiye', 'TR'],
    ['Turkey', 'TR'],
    ['Côte d’Ivoire', 'CI'],
    ['Czech Republic', 'CZ'],
    ['Saint Lucia', 'LC'],
    ['Bosnia and Herzegovina', 'BA'],
    ['South Korea', 'KR'],
    ['Kosovo', 'XK'],
    ['XX', OUT],
    ['EU', OUT],
    ['Atlantis', OUT],
    ['日本', OUT],
    ['', OUT],
    [44, OUT],
  ],
  [
    pages.languages,
    'language',
    ['en', 'en'],
    ['EN', 'en'],
    ['pt-BR', 'pt'],
    ['zh-Hant-TW', 'zh'],
    ['zh_CN', 'zh'],
    ['gsw-CH', 'gsw'],
    ['no', 'nb'],
    ['nb-NO', 'nb'],
    ['iw', 'he'],
    ['in-ID', 'id'],
    ['tlh', OUT],
    ['xx', OUT],
    ['English', OUT],
    ['', OUT],
  ],
  [
    pages.user,
    'phone',
    ['+442079460000', '+442079460000'],
    ['+44 (20) 7946-0000', '+442079460000'],
    ['+1.415.555.2671', '+14155552671'],
    ['4155552671', OUT],
    ['00442079460000', OUT],
    ['+0442079460000', OUT],
    ['+44207', OUT],
    ['+1234567890123456', OUT],
    ['call me', OUT],
    [442079460000, OUT],
  ],
  [
    pages.user,
    'dob',
    ['1815-12-10', '1815-12-10'],
    ['2024-02-29', '2024-02-29'],
    ['2023-02-29', OUT],
    ['1815-13-01', OUT],
    ['10/12/1815', OUT],
    ['1815-12-10T00:00:00Z', OUT],
    ['3001-01-01', OUT],
    [1815, OUT],
  ],
  [
    pages.user,
    'date_of_first_session',
    ['2026-01-15', '2026-01-15'],
    ['2026-01-15T10:00:00.000Z', '2026-01-15T10:00:00.000Z'],
    ['2026-01-15T10:00:00+01:00', '2026-01-15T10:00:00+01:00'],
    ['2026-01-15 10:00:00', '2026-01-15 10:00:00'],
    ['2026-02-30T10:00:00Z', OUT],
    ['2026-01-15T25:00:00Z', OUT],
    ['2026-01-15T24:00:00Z', OUT],
    ['2026-01-15 24:00:00', OUT],
    ['yesterday', OUT],
  ],
  [
    pages.user,
    'time_zone',
    ['Europe/Lisbon', 'Europe/Lisbon'],
    ['europe/lisbon', 'Europe/Lisbon'],
    ['Asia/Calcutta', 'Asia/Calcutta'],
    ['UTC', 'UTC'],
    ['Eastern Time (US & Canada)', 'America/New_York'],
    ['pacific time (us & canada)', 'America/Los_Angeles'],
    ['Eastern Time', OUT],
    ['+01:00', OUT],
    ['Mars/Olympus', OUT],
    ['', OUT],
    [1, OUT],
  ],
  [
    pages.user,
    'email',
    ['ada@example.com', 'ada@example.com'],
    [' Ada@Example.com ', 'Ada@Example.com'],
    ['ada@example', 'ada@example'],
    ['ada', OUT],
    ['@example.com', OUT],
    ['ada @example.com', OUT],
    ['ada@b@example.com', OUT],
    [`${'a'.repeat(250)}@x.com`, OUT],
  ],
  [
    pages.user,
    'first_name',
    ['Ada', 'Ada'],
    ['José 👋', 'José 👋'],
    ['half \ud83d of a character, and \0', 'half  of a character, and '],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['x'.repeat(256), OUT],
    // 255 as UTF-16 counts, so that no reading of "characters" is more.
    [`${'👋'.repeat(127)}!`, `${'👋'.repeat(127)}!`],
    ['👋'.repeat(128), OUT],
    ['', OUT],
    [7, OUT],
    [['Ada'], OUT],
    [{ inc: 1 }, OUT],
  ],
  [
    pages.standard,
    'image_url',
    ['https://brand.example/ada.png', 'https://brand.example/ada.png'],
    [`https://brand.example/${'x'.repeat(1_002)}`, `https://brand.example/${'x'.repeat(1_002)}`],
    [`https://brand.example/${'x'.repeat(1_003)}`, OUT],
    ['javascript:alert(1)', OUT],
    ['/ada.png', OUT],
  ],
  [
    pages.user,
    'email_subscribe',
    ['opted_in', 'opted_in'],
    ['Opted in', 'opted_in'],
    ['SUBSCRIBED', 'subscribed'],
    ['unsubscribed', 'unsubscribed'],
    ['yes', OUT],
    [true, OUT],
  ],
  [
    pages.user,
    'email_open_tracking_disabled',
    [true, true],
    [false, false],
    ['True', true],
    ['false', false],
    ['yes', OUT],
    [1, OUT],
  ],
  [
    pages.user,
    'current_location',
    [
      { longitude: -9.14, latitude: 38.72, accuracy: 5 },
      { longitude: -9.14, latitude: 38.72 },
    ],
    [{ longitude: -190, latitude: 38 }, OUT],
    [{ longitude: '-9', latitude: '38' }, OUT],
    ['Lisbon', OUT],
  ],
  [
    pages.user,
    'subscription_groups',
    [
      [{ subscription_group_id: 'a0b1c2d3-734f-80e5-b7b2-b880562888aa', subscription_state: 'Subscribed' }],
      [{ subscription_group_id: 'a0b1c2d3-734f-80e5-b7b2-b880562888aa', subscription_state: 'subscribed' }],
    ],
    [
      [
        {
          subscription_group_id: 'a0b1c2d3-734f-80e5-b7b2-b880562888aa',
          subscription_state: 'subscribed',
          use_double_opt_in_logic: true,
        },
      ],
      [
        {
          subscription_group_id: 'a0b1c2d3-734f-80e5-b7b2-b880562888aa',
          subscription_state: 'subscribed',
          use_double_opt_in_logic: true,
        },
      ],
    ],
    [[{ subscription_group_id: 'news', subscription_state: 'subscribed' }], OUT],
    [{ add: ['a0b1c2d3-734f-80e5-b7b2-b880562888aa'] }, OUT],
    [
      [{ subscription_group_id: 'a0b1c2d3-734f-80e5-b7b2-b880562888aa', subscription_state: 'opted_in' }],
      OUT,
    ],
    [
      [
        {
          subscription_group_id: 'a0b1c2d3-734f-80e5-b7b2-b880562888aa',
          subscription_state: 'unsubscribed',
          use_double_opt_in_logic: true,
        },
      ],
      OUT,
    ],
    [[], OUT],
    ['news', OUT],
  ],
  [
    pages.user,
    'push_tokens',
    [[{ app_id: 'a-1', token: 'abc' }], [{ app_id: 'a-1', token: 'abc' }]],
    [
      [{ app_id: 'a-1', token: 'abc', device_id: '12345678' }],
      [{ app_id: 'a-1', token: 'abc', device_id: '12345678' }],
    ],
    [[{ app_id: 'a-1', token: 'abc', device_id: '1234567' }], OUT],
    [[{ app_id: 'a-1', token: 'abc' }, { token: 'abc' }], OUT],
    [[{ app_id: 'a-1', token: 7 }], OUT],
    [[{ app_id: 'a-1' }], OUT],
    [[], OUT],
    ['abc', OUT],
  ],
  [
    pages.user,
    'facebook',
    [
      { id: '7', likes: ['tea'], num_friends: 3 },
      { id: '7', likes: ['tea'], num_friends: 3 },
    ],
    [{ id: '7' }, { id: '7' }],
    [{ id: 7 }, OUT],
    [{ likes: 'tea' }, OUT],
    [{ id: '7', name: 'Ada' }, OUT],
    [{}, OUT],
    ['ada', OUT],
  ],
  [
    pages.user,
    'twitter',
    [
      { id: 7, screen_name: 'ada', followers_count: 1, friends_count: 2, statuses_count: 3 },
      { id: 7, screen_name: 'ada', followers_count: 1, friends_count: 2, statuses_count: 3 },
    ],
    [{ id: 'ada' }, OUT],
    [{ id: 7, followers_count: 0.5 }, OUT],
    ['ada', OUT],
  ],
  [pages.track, 'email_subscription_info', ['subscribed', OUT]],
  [pages.user, 'bio', ['Mathematician', OUT]],
];

describe('a standard field', () => {
  for (const [page, name, ...cases] of FIELDS) {
    describe(`${name} (${page})`, () => {
      for (const [given, sent] of cases) {
        it(`${show(given)} is ${given === sent ? 'as it is' : show(sent)}`, () => {
          const form = written('attributes', name, given);
          assert.deepEqual(form, sent);
          // The emulator has its own word on what Braze takes. Of an e-mail address the relay leaves the last word to Braze.
          if (form === OUT || name === 'email') return;
          assert.equal(judgeStandardField(name, form).kind, 'stored');
        });
      }
    });
  }
});

const long = 'x'.repeat(256);
const most = 'x'.repeat(255);
const numbers = (length: number) => Array.from({ length }, (_, index) => index);
const heavy = (count: number) => numbers(count).map((id) => ({ id, text: 'x'.repeat(200) }));

const ATTRIBUTES: readonly [page: string, what: string, given: TemplateValue, sent?: unknown][] = [
  [pages.types, 'a text of 255 characters', most],
  [pages.types, 'a text of 256 characters', long, OUT],
  [pages.types, 'a whole number', 7],
  [pages.types, 'a number with a part', 0.5],
  [pages.types, 'a number that JSON has not', Infinity, OUT],
  [pages.types, 'no number', NaN, OUT],
  [pages.types, 'a boolean', false],
  [pages.types, 'a list of 500', numbers(500)],
  [pages.types, 'a list of 501', numbers(501), OUT],
  [pages.types, 'an empty list', []],
  [pages.types, 'a list with a text that is too long', ['a', long], OUT],
  [pages.types, 'a list with no number in it', [1, NaN], OUT],
  [pages.types, 'a list of lists', [['a']], OUT],
  [pages.objects, 'a list of objects', [{ id: 1 }, { id: 2 }]],
  [pages.objects, 'a list of objects and texts', [{ id: 1 }, 'a'], OUT],
  [pages.objects, 'a list of 501 objects', numbers(501).map((id) => ({ id }))],
  [pages.objects, 'a list of objects over 100 kB', heavy(600), OUT],
  [pages.user, 'an increment', { inc: 2 }],
  [pages.user, 'a decrement', { inc: -2 }],
  [pages.user, 'an increment by a part', { inc: 0.5 }, OUT],
  [pages.user, 'an increment by a text', { inc: '2' }, OUT],
  [pages.user, 'what is added to a list', { add: ['a', 'b'] }],
  [pages.user, 'what is removed from a list', { remove: ['a'] }],
  [pages.user, 'a text that is added to a list', { add: 'a' }, OUT],
  [pages.user, 'an object that is added with add', { add: [{ id: 1 }] }, OUT],
  [pages.user, 'an increment beside something else', { inc: 1, name: 'Engines' }, OUT],
  [pages.user, 'an increment beside what is added', { add: ['a'], inc: 1 }, OUT],
  [pages.user, 'what is added beside something else', { add: ['a'], city: 'London' }, OUT],
  [pages.user, 'what is added and removed', { add: ['a'], remove: ['b'] }],
  [pages.objects, 'objects that are added beside something else', { $add: [{ id: 1 }], other: 1 }, OUT],
  [pages.objects, 'an object that is added', { $add: { id: 1 } }, OUT],
  [pages.objects, 'a text that is added with $add', { $add: ['a'] }, OUT],
  [pages.objects, 'an added object with a text that is too long', { $add: [{ id: long }] }, OUT],
  [pages.objects, 'objects over 100 kB that are added', { $add: heavy(600) }, OUT],
  [pages.objects, 'what is removed, whatever its value', { $remove: [{ $identifier_key: 'id' }] }, OUT],
  [pages.objects, 'what is removed, by no key', { $remove: [{ $identifier_value: 1 }] }, OUT],
  [
    pages.objects,
    'what is removed by a list',
    { $remove: [{ $identifier_key: 'id', $identifier_value: [1] }] },
    OUT,
  ],
  [
    pages.objects,
    'what is removed, and more',
    { $remove: [{ $identifier_key: 'id', $identifier_value: 1, id: 1 }] },
    OUT,
  ],
  [pages.objects, 'a text that is removed with $remove', { $remove: ['a'] }, OUT],
  [
    pages.objects,
    'objects that are changed into nothing',
    { $update: [{ $identifier_key: 'id', $identifier_value: 1 }] },
    OUT,
  ],
  [
    pages.objects,
    'objects that are changed, whichever',
    { $update: [{ $identifier_key: 'id', $new_object: { name: 'Rex' } }] },
    OUT,
  ],
  [
    pages.objects,
    'objects that are changed into a text',
    { $update: [{ $identifier_key: 'id', $identifier_value: 1, $new_object: 'Rex' }] },
    OUT,
  ],
  [pages.objects, 'objects that are added within an object', { home: { $add: [{ id: 1 }] } }, OUT],
  [pages.nested, 'a date', { $time: '2026-11-21' }, '2026-11-21'],
  [pages.nested, 'a malformed date', { $time: 'May' }, OUT],
  [pages.nested, 'a date and more', { $time: '2026-11-21', name: 'Ada' }, OUT],
  [pages.nested, 'a list of dates as in objects', [{ $time: '2026-11-21' }], OUT],
  [pages.nested, 'a date within a list of objects', [{ since: { $time: '2026-11-21' } }]],
  [pages.nested, 'a date in an object at the hour 24', { since: { $time: '2026-11-21T24:00:00Z' } }, OUT],
  [pages.types, '501 that are added', { add: numbers(501) }, OUT],
  [pages.objects, 'objects that are added', { $add: [{ id: 1 }] }],
  [pages.objects, 'objects that are removed', { $remove: [{ $identifier_key: 'id', $identifier_value: 1 }] }],
  [
    pages.objects,
    'objects that are changed',
    { $update: [{ $identifier_key: 'id', $identifier_value: 1, $new_object: { name: 'Rex' } }] },
  ],
  [pages.nested, 'an object', { title: 'Notes', pages: 66, authors: ['Ada'], press: { city: 'London' } }],
  [pages.nested, 'an object in which a text is too long', { title: long }, OUT],
  [pages.nested, 'an object deep in which a text is too long', { press: { city: long } }, OUT],
  [pages.nested, 'a key with a space', { 'the title': 'Notes' }, OUT],
  [pages.nested, 'a key with a dot', { 'the.title': 'Notes' }, OUT],
  [pages.nested, 'a key with a $', { $title: 'Notes' }, OUT],
  [pages.nested, 'a key of 256 characters', { [long]: 1 }, OUT],
  [pages.nested, 'an empty key', { '': 1 }, OUT],
  [pages.nested, 'a date in an object', { since: { $time: '2020-05-28' } }],
  [pages.nested, 'a malformed date in an object', { since: { $time: 'May' } }, OUT],
  [pages.nested, 'an object over 100 kB', { list: heavy(600) }, OUT],
];

describe('a custom attribute', () => {
  for (const [page, what, given, sent = given] of ATTRIBUTES) {
    it(`that is ${what} is ${sent === OUT ? 'left out' : 'written'} (${page})`, () => {
      assert.deepEqual(written('attributes', 'custom', given), sent);
    });
  }

  const NAMES: readonly [page: string, name: string, isWritten: boolean][] = [
    [pages.user, 'First_Name', true],
    [pages.user, 'operating_system', true],
    [pages.user, 'shoe size', true],
    [pages.user, 'お名前', true],
    [pages.user, 'constructor', true],
    [pages.logging, most, true],
    [pages.logging, long, false],
    [pages.logging, '', false],
    [pages.user, '$set', false],
    [pages.user, 'external_id', false],
  ];
  for (const [page, name, isWritten] of NAMES) {
    it(`by the name of ${show(name)} is ${isWritten ? 'written' : 'left out'} (${page})`, () => {
      assert.equal(written('attributes', name, 'Ada'), isWritten ? 'Ada' : OUT);
    });
  }

  it(`is merged where the flow says so, by true and by nothing else (${pages.nested})`, () => {
    assert.equal(written('attributes', '_merge_objects', 'yes'), OUT);
  });
});

const PROPERTIES: readonly [page: string, name: string, given: TemplateValue][] = [
  [pages.event, 'page', '/boots'],
  [pages.event, 'page', ''],
  [pages.event, 'page', most],
  [pages.event, 'page', long],
  [pages.event, 'count', 3],
  [pages.event, 'count', Infinity],
  [pages.event, 'done', true],
  [pages.event, 'list', ['a', 1]],
  [pages.event, 'list', ['a', long]],
  [pages.event, 'list', numbers(501)],
  [pages.event, 'cart', [{ id: 1 }]],
  [pages.event, 'cart', { items: [{ id: 1, 'the name': 'Boots' }] }],
  [pages.event, 'cart', { $id: 1 }],
  [pages.event, 'cart', heavy(600)],
  [pages.event, 'the page', '/boots'],
  [pages.event, most, 1],
  [pages.event, long, 1],
  [pages.event, '', 1],
  [pages.event, '$page', 1],
  [pages.event, 'time', '2026-01-15'],
  [pages.event, 'event_name', 'met'],
  ['ours', 'submission_id', 'another'],
  [pages.event, 'day', '2026-11-21'],
  [pages.event, 'days', ['2026-11-21', 'b']],
  [pages.event, 'days', ['b', '2026-11-21T10:00:00.000Z']],
  [pages.event, 'days', ['2026-11-21 10:00:00']],
  [pages.event, 'days', ['2026-11-21T10:00:00:000Z']],
  [pages.event, 'days', ['11/21/2026']],
  [pages.event, 'days', ['Sat 11 21 10:00:00.UTC 2026']],
  [pages.event, 'trip', { days: ['2026-11-21'] }],
  [pages.event, 'trips', [{ days: ['2026-11-21'] }]],
  [pages.event, 'trips', [{ day: '2026-11-21' }]],
  [pages.event, 'days', ['on 2026-11-21', '2026', '21.11.2026']],
];
/** Those of them that are left out, by their place. */
const LEFT_OUT = [1, 3, 5, 8, 12, 13, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30];

describe('a property of an event', () => {
  for (const [index, [page, name, given]] of PROPERTIES.entries()) {
    const sent = LEFT_OUT.includes(index) ? OUT : given;
    const what = show(given).length > 80 ? `${show(given).slice(0, 60)}…` : show(given);
    it(`${show(name)}: ${what} is ${sent === OUT ? 'left out' : 'written'} (${page})`, () => {
      assert.deepEqual(written('properties', name, given), sent);
    });
  }
});
