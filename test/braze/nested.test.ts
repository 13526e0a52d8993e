/** Nested custom attributes: objects, dates inside them, and arrays of objects. */
import { ana, attributes, pages, testEach, type Case } from './cases.ts';
import { startWorkspace } from './workspace.ts';

const arrayPage = 'user_guide/data/activation/attributes/array_of_objects';

const accepted = { message: 'success', attributes_processed: 1 };

/** Profiles with these custom attributes and nothing else. */
const left = (custom: Record<string, unknown>): readonly unknown[] => [{ ...ana, custom_attributes: custom }];

const objects: readonly Case[] = [
  {
    fact: 'a merge goes down all levels, and replaces arrays and scalars',
    page: pages.nested,
    given: [attributes({ ...ana, song: { name: 'Solea', plays: { count: 1000, top: true, by: ['a'] } } })],
    send: attributes({ ...ana, _merge_objects: true, song: { year: 1960, plays: { count: 1, by: ['b'] } } }),
    profiles: left({ song: { name: 'Solea', year: 1960, plays: { count: 1, top: true, by: ['b'] } } }),
  },
  {
    fact: 'without an object before, a merge stores the object',
    page: pages.nested,
    given: [attributes({ ...ana, song: 'Solea' })],
    send: attributes({ ...ana, _merge_objects: true, song: { name: 'Solea' } }),
    profiles: left({ song: { name: 'Solea' } }),
  },
  {
    fact: 'a merge is asked for with true and nothing else, and for each attributes object',
    page: pages.nested,
    given: [attributes({ ...ana, song: { name: 'Solea' }, album: { name: 'Sketches' } })],
    send: attributes(
      { ...ana, _merge_objects: 'true', song: { year: 1960 } },
      { ...ana, album: { year: 1960 } },
    ),
    profiles: left({ song: { year: 1960 }, album: { year: 1960 } }),
  },
  {
    fact: 'null removes an object',
    page: pages.nested,
    given: [attributes({ ...ana, song: { name: 'Solea' } })],
    send: attributes({ ...ana, _merge_objects: true, song: null }),
    profiles: [ana],
  },
  {
    fact: 'null inside an object is not valid: nothing of that attribute is updated, and the others are',
    page: `${pages.track}#how-does-userstrack-handle-invalid-nested-custom-attributes`,
    given: [attributes({ ...ana, song: { name: 'Solea' } })],
    send: attributes({
      ...ana,
      _merge_objects: true,
      song: { name: 'So What', year: null },
      album: { year: 1959 },
    }),
    answer: accepted,
    profiles: left({ song: { name: 'Solea' }, album: { year: 1959 } }),
  },
  {
    fact: 'null deep inside an array is not valid either',
    page: pages.nested,
    send: attributes({ ...ana, song: { players: [{ names: ['Miles', null] }] } }),
    profiles: [ana],
  },
  {
    fact: 'keys and strings of 255 characters are stored, longer ones are not',
    page: pages.nested,
    send: attributes({
      ...ana,
      a: { ['k'.repeat(255)]: 'é'.repeat(255) },
      b: { ['k'.repeat(256)]: 1 },
      c: { k: 'x'.repeat(256) },
    }),
    profiles: left({ a: { ['k'.repeat(255)]: 'é'.repeat(255) } }),
  },
  ...['two words', 'dotted.key', '$key', ''].map((key) => ({
    fact: `an object with the key "${key}" is not stored`,
    page: pages.nested,
    send: attributes({ ...ana, song: { deep: { [key]: 1 } } }),
    answer: accepted,
    profiles: [ana],
  })),
  {
    fact: 'a merge that would make an object of more than 100 KB is not applied',
    page: pages.nested,
    given: [attributes({ ...ana, notes: { a: Array.from({ length: 300 }, () => 'x'.repeat(200)) } })],
    send: attributes(
      { ...ana, _merge_objects: true, notes: { b: Array.from({ length: 300 }, () => 'x'.repeat(200)) } },
      { ...ana, _merge_objects: true, notes: { a: ['short'] } },
    ),
    profiles: left({ notes: { a: ['short'] } }),
  },
];

const dates: readonly Case[] = [
  {
    fact: 'dates inside an object are kept as they were sent',
    page: pages.nested,
    send: attributes({
      ...ana,
      dates: { born: { $time: '1980-01-01' }, wed: { $time: '2020-05-28T10:00:00Z' } },
    }),
    profiles: left({ dates: { born: { $time: '1980-01-01' }, wed: { $time: '2020-05-28T10:00:00Z' } } }),
  },
  {
    fact: 'a date is merged as a whole',
    page: pages.nested,
    given: [attributes({ ...ana, dates: { born: { $time: '1980-01-01' }, wed: { year: 2020 } } })],
    send: attributes({
      ...ana,
      _merge_objects: true,
      dates: { born: { year: 1980 }, wed: { $time: '2020-05-28' } },
    }),
    profiles: left({ dates: { born: { year: 1980 }, wed: { $time: '2020-05-28' } } }),
  },
  ...[
    { $time: null },
    { $time: '28 May 2020' },
    { $time: '2020-02-30' },
    { $time: 1590624000 },
    { $time: '2020-05-28', zone: 'UTC' },
  ].map((time) => ({
    fact: `${JSON.stringify(time)} is not valid: nothing of that attribute is updated`,
    page: pages.nested,
    given: [attributes({ ...ana, dates: { born: { $time: '1980-01-01' } } })],
    send: attributes({ ...ana, _merge_objects: true, dates: { wed: time, place: 'Porto' } }),
    answer: accepted,
    profiles: left({ dates: { born: { $time: '1980-01-01' } } }),
  })),
  ...['3001-01-01', '-000001-12-31', '+010000-01-01'].map((time) => ({
    fact: `inside an object the date ${time} is not stored`,
    page: pages.nested,
    send: attributes({ ...ana, dates: { far: { $time: time }, list: [{ $time: time }, 1], place: 'Porto' } }),
    answer: accepted,
    profiles: left({ dates: { list: [1], place: 'Porto' } }),
  })),
  {
    fact: 'inside an object the years 0 and 3000 are stored',
    page: pages.nested,
    send: attributes({ ...ana, dates: { first: { $time: '0000-01-01' }, last: { $time: '3000-12-31' } } }),
    profiles: left({ dates: { first: { $time: '0000-01-01' }, last: { $time: '3000-12-31' } } }),
  },
  {
    fact: 'for an attribute as a whole $time is not a value',
    page: pages.nested,
    send: attributes({ ...ana, born: { $time: '1980-01-01' } }),
    profiles: [ana],
  },
];

const gus = { id: 1, type: 'dog', name: 'Gus' };
const gerald = { id: 2, type: 'cat', name: 'Gerald' };
const doug = { id: 3, type: 'dog', name: 'Doug' };
const withPets = attributes({ ...ana, pets: [gus, gerald] });

const by = (key: string, value: unknown): Record<string, unknown> => ({
  $identifier_key: key,
  $identifier_value: value,
});
const change = (operations: unknown, merge = false): unknown =>
  attributes({ ...ana, ...(merge && { _merge_objects: true }), pets: operations });
const update = (key: string, value: unknown, object: unknown): Record<string, unknown> => ({
  ...by(key, value),
  $new_object: object,
});

/** Changes that leave the two pets as they were, with a 201. */
const without: readonly (readonly [what: string, operations: unknown])[] = [
  ['$add of what is not an array', { $add: doug }],
  ['$add of a scalar', { $add: [doug, 'Mary'] }],
  ['$add of an object with null', { $add: [{ ...doug, breed: null }] }],
  ['$add of an object with a bad date', { $add: [{ ...doug, born: { $time: 'soon' } }] }],
  ['$remove without an identifier', { $remove: [{ $identifier_key: 'id' }] }],
  ['$remove by an object', { $remove: [by('id', { a: 1 })] }],
  ['$remove by nobody’s value', { $remove: [by('id', 7), by('id', '1')] }],
  ['a valid $remove beside one that is not', { $remove: [by('id', 1), { $identifier_key: 'id' }] }],
  ['$update without $new_object', { $update: [by('id', 1)] }],
  ['$update to null', { $update: [update('id', 1, { name: null })] }],
  ['$update of nobody', { $update: [update('id', 7, { id: 7 })] }],
  ['a valid $remove beside an $add that is not valid', { $remove: [by('id', 1)], $add: [null] }],
  ['an operator that is none', { $add: [doug], $set: [doug] }],
  ['an add of scalars', { add: ['Mary'] }],
];

const arrays: readonly Case[] = [
  {
    fact: 'an array of objects is stored, with the same object twice, and replaced',
    page: arrayPage,
    given: [withPets],
    send: attributes({ ...ana, _merge_objects: true, pets: [doug, doug] }),
    profiles: left({ pets: [doug, doug] }),
  },
  {
    fact: 'an array of objects has no limit of items',
    page: arrayPage,
    send: attributes({ ...ana, pets: Array.from({ length: 600 }, (_, id) => ({ id })) }),
    profiles: left({ pets: Array.from({ length: 600 }, (_, id) => ({ id })) }),
  },
  {
    fact: 'an array of objects and scalars is not stored',
    page: pages.dataTypes,
    send: attributes({ ...ana, pets: [gus, 'Gerald'] }),
    answer: accepted,
    profiles: [ana],
  },
  {
    fact: '$add puts objects at the end',
    page: arrayPage,
    given: [withPets],
    send: change({ $add: [doug, gus] }),
    profiles: left({ pets: [gus, gerald, doug, gus] }),
  },
  {
    fact: '$add makes an array that was not there',
    page: arrayPage,
    send: change({ $add: [gus] }),
    profiles: left({ pets: [gus] }),
  },
  {
    fact: '$remove takes away every object that fits',
    page: arrayPage,
    given: [withPets, change({ $add: [doug] })],
    send: change({ $remove: [by('type', 'dog')] }),
    profiles: left({ pets: [gerald] }),
  },
  {
    fact: '$remove with several identifiers takes away what fits any of them',
    page: arrayPage,
    given: [withPets, change({ $add: [doug] })],
    send: change({ $remove: [by('id', 1), by('id', 2)] }),
    profiles: left({ pets: [doug] }),
  },
  {
    fact: '$remove of the last object leaves an empty array',
    page: arrayPage,
    given: [change({ $add: [gus] })],
    send: change({ $remove: [by('id', 1)] }),
    profiles: left({ pets: [] }),
  },
  {
    fact: '$remove and $update of what is not there make no array',
    page: arrayPage,
    given: [attributes(ana)],
    send: change({ $remove: [by('id', 1)], $update: [update('id', 1, gus)] }),
    profiles: [ana],
  },
  {
    fact: '$update with _merge_objects merges on all levels, in place',
    page: arrayPage,
    given: [attributes({ ...ana, pets: [{ ...gus, vet: { name: 'Mo', city: 'Porto' } }, gerald] })],
    send: change({ $update: [update('id', 1, { breed: 'beagle', vet: { city: 'Braga' } })] }, true),
    profiles: left({ pets: [{ ...gus, breed: 'beagle', vet: { name: 'Mo', city: 'Braga' } }, gerald] }),
  },
  {
    fact: '$update without _merge_objects overwrites the object',
    page: arrayPage,
    given: [withPets],
    send: change({ $update: [update('id', 2, { breed: 'calico' })] }),
    profiles: left({ pets: [gus, { breed: 'calico' }] }),
  },
  {
    fact: '$update changes every object that fits',
    page: arrayPage,
    given: [withPets, change({ $add: [doug] })],
    send: change({ $update: [update('type', 'dog', { good: true })] }, true),
    profiles: left({ pets: [{ ...gus, good: true }, gerald, { ...doug, good: true }] }),
  },
  {
    fact: 'in one request $add comes first, then $remove, then $update, in whatever order they are written',
    page: arrayPage,
    given: [withPets],
    send: change(
      {
        $update: [update('id', 3, { name: 'Douglas' }), update('id', 2, { name: 'Gerry' })],
        $remove: [by('id', 1)],
        $add: [doug],
      },
      true,
    ),
    profiles: left({
      pets: [
        { ...gerald, name: 'Gerry' },
        { ...doug, name: 'Douglas' },
      ],
    }),
  },
  {
    fact: '$remove and $add of the same id in one request is no upsert',
    page: arrayPage,
    given: [withPets],
    send: change({ $remove: [by('id', 1)], $add: [{ ...gus, name: 'Gustav' }] }),
    profiles: left({ pets: [gerald] }),
  },
  {
    fact: 'two attributes objects in one request are applied one after the other',
    page: 'api/api_limits',
    given: [withPets],
    send: {
      attributes: [{ $remove: [by('id', 1)] }, { $add: [{ ...gus, name: 'Gustav' }] }].map((pets) => ({
        ...ana,
        pets,
      })),
    },
    profiles: left({ pets: [gerald, { ...gus, name: 'Gustav' }] }),
  },
  {
    fact: 'an $add that would make more than 100 KB is dropped with a success',
    page: arrayPage,
    given: [
      attributes({ ...ana, pets: Array.from({ length: 400 }, (_, id) => ({ id, note: 'x'.repeat(200) })) }),
    ],
    send: change({ $add: Array.from({ length: 100 }, (_, id) => ({ id, note: 'x'.repeat(200) })) }),
    answer: accepted,
    profiles: left({ pets: Array.from({ length: 400 }, (_, id) => ({ id, note: 'x'.repeat(200) })) }),
  },
  {
    fact: 'an operator leaves what is no array of objects as it was',
    page: arrayPage,
    given: [attributes({ ...ana, tags: ['a'], plan: 'gold', song: { name: 'Solea' } })],
    send: attributes({ ...ana, tags: { $add: [gus] }, plan: { $add: [gus] }, song: { $add: [gus] } }),
    answer: accepted,
    profiles: left({ tags: ['a'], plan: 'gold', song: { name: 'Solea' } }),
  },
  ...without.map(([what, operations]) => ({
    fact: `${what} changes nothing`,
    page: arrayPage,
    given: [withPets],
    send: change(operations),
    answer: accepted,
    profiles: left({ pets: [gus, gerald] }),
  })),
];

testEach(await startWorkspace(), [...objects, ...dates, ...arrays]);
