/** Events and purchases. */
import { ana, events, noData, onlyError, pages, testEach, time, type Case } from './cases.ts';
import { startWorkspace } from './workspace.ts';

const event = { ...ana, name: 'chat_profile_completed', time };

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
    'an e-mail as identifier that is none',
    { external_id: undefined, email: 'ana' },
    "The value provided for the 'email' field is not a valid email.",
  ],
];

const purchase = { ...ana, product_id: 'mug', currency: 'EUR', price: 9.5, time };

const purchases: readonly Case[] = [
  {
    fact: 'a purchase is kept, one piece by default',
    page: pages.purchases,
    send: { purchases: [purchase, { ...purchase, quantity: 3 }] },
    answer: { message: 'success', purchases_processed: 2 },
    profiles: [
      {
        ...ana,
        purchases: [1, 3].map((quantity) => ({
          product_id: 'mug',
          currency: 'EUR',
          price: 9.5,
          quantity,
          time,
          properties: {},
        })),
      },
    ],
  },
  {
    fact: 'a price as text, more than 100 pieces and an unknown currency are errors',
    page: pages.purchases,
    send: {
      purchases: [
        { ...purchase, price: '9.5' },
        { ...purchase, quantity: 101 },
        { ...purchase, currency: 'EURO' },
      ],
    },
    status: 400,
    answer: {
      message: noData,
      errors: ["'price' is not valid", "'quantity' is not valid", "'currency' is not valid"].map(
        (type, index) => ({
          type,
          input_array: 'purchases',
          index,
        }),
      ),
    },
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
  ...purchases,
]);
