/** Where a value may be found, and which words of docs/privacy.md say so. */

/** Places that the journey leaves something in. */
export const PLACES = [
  'the log and the standard error',
  'metrics and probes',
  'answers of the relay',
  'credentials that the relay gives out',
  'the built widget',
  'arguments and variables of the process',
  'the store',
  'the store after an erasure',
  'the list of dead letters',
  'a dead letter that is shown',
  'the browser',
  'the browser after an erasure',
  'the console',
  'the address bar',
  'what Braze is sent',
  'who verifies challenges',
] as const;

export type Place = (typeof PLACES)[number];

interface Allowance {
  readonly place: Place;
  readonly values: readonly string[];
  /** As they stand in docs/privacy.md, in this order. */
  readonly by: readonly string[];
}

const ANSWERS = ['first_name', 'email', 'birthday', 'city', 'phone', 'word'];
const PAGE = ['path', 'query', 'title', 'referrer'];

/** What is not here may be nowhere. */
export const ALLOWED: readonly Allowance[] = [
  {
    place: 'the browser',
    values: ANSWERS,
    by: ['the conversation with its answers, submissions without a receipt'],
  },
  { place: 'the browser', values: ['draft'], by: ['what is typed and not sent'] },
  {
    place: 'the browser',
    values: ['visitor credential', 'visitor id', 'signed in'],
    by: ['the visitor credential, whom the page says is signed in', 'the visitor id; their `external_id`'],
  },
  {
    place: 'the browser',
    values: ['path', 'query', 'referrer'],
    by: ['how they came: address and referrer of the first page'],
  },
  // Of the page that is still there: it is the first one of whoever comes next.
  { place: 'the browser after an erasure', values: ['path', 'query'], by: ['how they came: address'] },
  // It is the page's own; of the link nothing is left in it.
  { place: 'the address bar', values: ['path', 'query'], by: [] },
  { place: 'the browser', values: ['entry link'], by: ['the token of their [entry link]'] },
  {
    place: 'credentials that the relay gives out',
    values: [
      'first visitor credential',
      'visitor credential',
      'session',
      'entry link',
      'visitor id',
      'leaver’s visitor id',
      'signed in',
    ],
    by: ['a credential names the visitor id, and the `external_id` of who has signed in'],
  },
  {
    place: 'the store',
    values: [...ANSWERS, ...PAGE, 'visitor id', 'bystander', 'leaver', 'leaver’s visitor id'],
    by: ['what is written to Braze: answers, page, device; visitor id'],
  },
  {
    place: 'the store',
    values: ['linked', 'signed in'],
    by: ['to which profiles beside their own a visitor writes', 'visitor id, `external_id`'],
  },
  {
    place: 'the store after an erasure',
    values: ['bystander', 'leaver', 'leaver’s visitor id'],
    by: ['all that the relay holds of the visitor is out of its store', 'what is left to do at Braze'],
  },
  {
    place: 'a dead letter that is shown',
    values: [...ANSWERS, ...PAGE, 'linked', 'visitor id', 'bystander'],
    by: ['submissions that can never be delivered, with the reason and Braze'],
  },
  {
    place: 'the list of dead letters',
    values: ['visitor id'],
    by: ['`parley dead-letters list` has their ids'],
  },
  {
    place: 'what Braze is sent',
    values: [
      ...ANSWERS,
      ...PAGE,
      'linked',
      'signed in',
      'visitor id',
      'bystander',
      'leaver',
      'leaver’s visitor id',
    ],
    by: ['What your flows write', 'its name is the visitor id', 'that of a personal entry link'],
  },
  {
    place: 'who verifies challenges',
    values: ['challenge', 'address', 'TURNSTILE_SECRET'],
    by: ['the token and the visitor’s address go to the endpoint that verifies it'],
  },
];
