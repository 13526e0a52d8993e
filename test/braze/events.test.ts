/** Events and their properties. */
import { alias, ana, events, onlyError, pages, testEach, time, type Case } from './cases.ts';
import { startWorkspace } from './workspace.ts';

const event = { ...ana, name: 'chat_profile_completed', time };

/** 250 strings of 255 characters of two bytes. */
const largeFlat = Object.fromEntries(
  Array.from({ length: 250 }, (_, index) => [`p${String(index)}`, 'é'.repeat(255)]),
);

/** Properties that are nested, and so many bytes long as JSON. */
function sized(bytes: number): { readonly list: readonly string[] } {
  const others = Array.from({ length: 499 }, () => 'x'.repeat(197));
  const rest = bytes - JSON.stringify({ list: [...others, ''] }).length;
  return { list: [...others, 'x'.repeat(rest)] };
}

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
    fact: 'a time may have hours as its offset, a comma, a day only, and milliseconds after a colon',
    page: pages.events,
    send: events(
      ...[
        '2026-03-01T11:00:00+00',
        '2026-03-01T13:00:00,000+02',
        '2026-03-01T11:00Z',
        '2026-03-01T11:00:00:000+0000',
        '2026-03-01',
      ].map((written) => ({ ...event, time: written })),
    ),
    profiles: [
      {
        ...ana,
        events: [time, time, time, time, '2026-03-01T00:00:00.000Z'].map((at) => ({
          name: event.name,
          time: at,
          properties: {},
        })),
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

const wrongTime = "'time' must be a string in ISO 8601 format, or like yyyy-MM-dd'T'HH:mm:ss:SSSZ";

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
  ['a time that is null', { time: null }, "'time' is required: a string in ISO 8601 format"],
  ['a time as a number', { time: 1_772_000_000 }, wrongTime],
  ...[
    '2026-02-30T00:00:00Z',
    '2026-03',
    '',
    '2026-03-01 11:00:00',
    '2026-03-01T24:00:00Z',
    '2026-03-01T11:00:00:250',
    '2026-03-01T11:00:00:25Z',
    '2026-03-01T11:00:00+25:00',
    '03/01/2026',
    '+002026-03-01T11:00:00Z',
  ].map((wrong) => [`the time "${wrong}"`, { time: wrong }, wrongTime] as const),
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
  ['null in an object', { properties: { o: { n: null } } }, "The property 'o.n' must not be null"],
  ['null in an array', { properties: { a: ['x', null] } }, "The property 'a.1' must not be null"],
  [
    'a long string in an object in an array',
    { properties: { a: [{ s: 'x'.repeat(256) }] } },
    "The property 'a.0.s' must be 255 characters or less",
  ],
  ...['', '$x', 'x'.repeat(256)].map(
    (name) =>
      [
        `the name "${name.slice(0, 3)}" in an object`,
        { properties: { o: { deep: { [name]: 1 } } } },
        "Property names must have 1 to 255 characters and no leading '$'",
      ] as const,
  ),
  ['a property that is null', { properties: { x: null } }, "The property 'x' must not be null"],
  [
    'nested properties of more than 100 KB',
    { properties: { list: Array.from({ length: 1000 }, () => 'x'.repeat(100)) } },
    "'properties' must be 100 KB or less",
  ],
  [
    'nested properties of just over 100 KB',
    { properties: sized(100_001) },
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
    fact: 'nested properties of 100 KB are kept',
    page: pages.events,
    send: properties({ ...sized(100_000) }),
    profiles: kept({ ...sized(100_000) }),
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
    fact: 'the reserved names are names like others inside an object',
    page: pages.events,
    send: properties({ o: { time: 'now', event_name: 'x' } }),
    profiles: kept({ o: { time: 'now', event_name: 'x' } }),
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

/** Where the workspace leaves out what breaks a rule without a documented effect. */
testEach(await startWorkspace({ undocumented: 'ignore' }), [
  {
    fact: 'properties that break a rule are left out where they are not refused',
    page: pages.events,
    send: properties({ n: null, s: 'x'.repeat(256), $x: 1, o: { n: null }, a: ['2026-03-01'], page: '/' }),
    answer: { message: 'success', events_processed: 1 },
    profiles: kept({ page: '/' }),
  },
  {
    fact: 'a reserved property, of which the effect is documented, is an error all the same',
    page: pages.events,
    send: properties({ time: 'now' }),
    status: 400,
    answer: onlyError("'time' is a reserved property name", 'events'),
    profiles: [],
  },
]);
