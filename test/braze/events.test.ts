/** Events and their properties. */
import { alias, ana, events, onlyError, pages, testEach, time, type Case } from './cases.ts';
import { startWorkspace } from './workspace.ts';

const event = { ...ana, name: 'chat_profile_completed', time };

/** 250 strings of 255 characters of two bytes. */
const largeFlat = Object.fromEntries(
  Array.from({ length: 250 }, (_, index) => [`p${String(index)}`, 'é'.repeat(255)]),
);

const eventCases: readonly Case[] = [
  {
    fact: 'properties and the app are kept with the event',
    page: pages.events,
    send: events({
      ...event,
      app_id: 'web',
      properties: { page: '/pricing', answers: ['a'], deep: { n: 1 } },
    }),
    profiles: [
      {
        ...ana,
        events: [
          {
            name: event.name,
            time,
            properties: { page: '/pricing', answers: ['a'], deep: { n: 1 } },
            app_id: 'web',
          },
        ],
      },
    ],
  },
  {
    fact: 'the same event twice is two events',
    page: pages.track,
    given: [events(event)],
    send: events(event),
    profiles: [
      {
        ...ana,
        events: [
          { name: event.name, time, properties: {} },
          { name: event.name, time, properties: {} },
        ],
      },
    ],
  },
  {
    fact: 'a time in the future is set to now',
    page: pages.events,
    send: events({ ...event, time: '2031-01-01T00:00:00Z' }),
    profiles: [{ ...ana, events: [{ name: event.name, time: '2026-03-01T12:00:00.000Z', properties: {} }] }],
  },
  {
    fact: 'a time with an offset, and one in the second format, are points in time',
    page: pages.events,
    send: events(
      { ...event, time: '2026-03-01T08:30:00-03:00' },
      { ...event, time: '2026-03-01T11:30:00:250Z' },
    ),
    profiles: [
      {
        ...ana,
        events: [
          { name: event.name, time: '2026-03-01T11:30:00.000Z', properties: {} },
          { name: event.name, time: '2026-03-01T11:30:00.250Z', properties: {} },
        ],
      },
    ],
  },
  {
    fact: 'a time without an offset is UTC',
    page: pages.dataTypes,
    send: events({ ...event, time: '2026-03-01T11:00:00' }),
    profiles: [{ ...ana, events: [{ name: event.name, time, properties: {} }] }],
  },
  {
    fact: 'a time long ago is kept: there is no lower bound',
    page: pages.events,
    send: events({ ...event, time: '1969-07-20T20:17:40Z' }),
    profiles: [{ ...ana, events: [{ name: event.name, time: '1969-07-20T20:17:40.000Z', properties: {} }] }],
  },
  {
    fact: 'a name of 255 characters is kept',
    page: 'developer_guide/analytics/logging_events',
    send: events({ ...event, name: 'é'.repeat(255) }),
    profiles: [{ ...ana, events: [{ name: 'é'.repeat(255), time, properties: {} }] }],
  },
  {
    fact: 'of more than 256 properties the first 256 are kept',
    page: 'user_guide/data/activation/custom_data/custom_events/custom_event_properties',
    send: events({
      ...event,
      properties: Object.fromEntries(Array.from({ length: 257 }, (_, n) => [`p${String(n)}`, n])),
    }),
    profiles: [
      {
        ...ana,
        events: [
          {
            name: event.name,
            time,
            properties: Object.fromEntries(Array.from({ length: 256 }, (_, n) => [`p${String(n)}`, n])),
          },
        ],
      },
    ],
  },
];

/** Events that are refused: no profile is made. */
const refusedEvents: readonly (readonly [what: string, change: Record<string, unknown>, type: string])[] = [
  ['no name', { name: undefined }, "'name' is required: a string of 255 characters or less"],
  [
    'a name of more than 255 characters',
    { name: 'x'.repeat(256) },
    "'name' is required: a string of 255 characters or less",
  ],
  ['a name with a leading $', { name: '$opened' }, "'name' must not start with '$'"],
  ['no time', { time: undefined }, "'time' is required: a string in ISO 8601 format"],
  ['a time as a number', { time: 1_772_000_000 }, "'time' is required: a string in ISO 8601 format"],
  [
    'a time that no calendar has',
    { time: '2026-02-30T00:00:00Z' },
    "'time' is required: a string in ISO 8601 format",
  ],
  ['properties that are a list', { properties: [] }, "'properties' must be an object"],
  ['a property named time', { properties: { time: 'now' } }, "'time' is a reserved property name"],
  [
    'a property named event_name',
    { properties: { event_name: 'x' } },
    "'event_name' is a reserved property name",
  ],
  [
    'an empty property name',
    { properties: { '': 1 } },
    "Property names must have 1 to 255 characters and no leading '$'",
  ],
  [
    'a property with a leading $',
    { properties: { $x: 1 } },
    "Property names must have 1 to 255 characters and no leading '$'",
  ],
  [
    'a property of more than 255 characters',
    { properties: { x: 'x'.repeat(256) } },
    "The property 'x' must be 255 characters or less",
  ],
  ['a property that is null', { properties: { x: null } }, "The property 'x' must not be null"],
  [
    'nested properties of more than 100 KB',
    { properties: { list: Array.from({ length: 1000 }, () => 'x'.repeat(100)) } },
    "'properties' must be 100 KB or less",
  ],
  [
    'nested properties of just over 100 KB',
    { properties: { list: ['x'.repeat(99_990)] } },
    "'properties' must be 100 KB or less",
  ],
  [
    'a date in an array',
    { properties: { days: ['Monday', '2026-03-02'] } },
    "The property 'days' must not have dates in an array",
  ],
  [
    'a date in an array inside an object',
    { properties: { plan: { days: [['2026-03-02T08:00:00Z']] } } },
    "The property 'plan' must not have dates in an array",
  ],
  ['an app_id that is a number', { app_id: 7 }, "'app_id' must be a string"],
  ['a time without a day', { time: '2026-03' }, "'time' is required: a string in ISO 8601 format"],
  [
    'no identifier',
    { external_id: undefined },
    "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required",
  ],
  [
    'two primary identifiers',
    { user_alias: alias },
    "Only one of 'external_id', 'user_alias' or 'braze_id' may be given, not external_id and user_alias",
  ],
  [
    'an e-mail as identifier that is none',
    { external_id: undefined, email: 'ana' },
    "The value provided for the 'email' field is not a valid email.",
  ],
];

const properties = (given: Record<string, unknown>): unknown => events({ ...event, properties: given });
const kept = (given: Record<string, unknown>): readonly unknown[] => [
  { ...ana, events: [{ name: event.name, time, properties: given }] },
];

const propertyCases: readonly Case[] = [
  {
    fact: 'numbers, booleans, strings, dates, arrays and objects are properties',
    page: pages.events,
    send: properties({
      n: 1,
      x: 1.5,
      b: false,
      s: '',
      d: '2026-03-01',
      a: ['x', 1, true],
      o: { deep: { a: [1] } },
    }),
    profiles: kept({
      n: 1,
      x: 1.5,
      b: false,
      s: '',
      d: '2026-03-01',
      a: ['x', 1, true],
      o: { deep: { a: [1] } },
    }),
  },
  {
    fact: 'a property of 255 characters with a name of 255 is kept',
    page: pages.events,
    send: properties({ ['é'.repeat(255)]: 'é'.repeat(255) }),
    profiles: kept({ ['é'.repeat(255)]: 'é'.repeat(255) }),
  },
  {
    fact: 'properties that are null are none',
    page: pages.events,
    send: events({ ...event, properties: null, app_id: null }),
    profiles: kept({}),
  },
  {
    fact: 'what comes after the first 256 properties is not looked at',
    page: 'user_guide/data/activation/events/custom_events/custom_event_properties',
    send: properties({
      ...Object.fromEntries(Array.from({ length: 256 }, (_, n) => [`p${String(n)}`, n])),
      z: null,
    }),
    answer: { message: 'success', events_processed: 1 },
  },
  {
    fact: 'flat properties of more than 100 KB are kept',
    page: pages.events,
    send: properties(largeFlat),
    profiles: kept(largeFlat),
  },
  {
    fact: 'a date after the year 3000 is a string among the properties, and not stored inside an object',
    page: 'user_guide/data/activation/events/custom_events/nested_objects',
    send: properties({ until: '3001-01-01', term: { until: '3001-01-01', from: '2026-01-01' } }),
    profiles: kept({ until: '3001-01-01', term: { from: '2026-01-01' } }),
  },
  {
    fact: 'an object in an array may have a date',
    page: pages.events,
    send: properties({ stays: [{ from: '2026-03-01' }] }),
    profiles: kept({ stays: [{ from: '2026-03-01' }] }),
  },
];

testEach(await startWorkspace(), [
  ...eventCases,
  ...refusedEvents.map(([what, change, type]) => ({
    fact: `an event with ${what} is an error`,
    page: pages.events,
    send: events({ ...event, ...change }),
    status: 400,
    answer: onlyError(type, 'events'),
    profiles: [],
  })),
  ...propertyCases,
]);
