import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BrazeAnswer } from '../../server/braze/client.ts';
import { judgeTrack, type Verdict } from '../../server/braze/outcome.ts';
import type { TrackBody } from '../../server/braze/payload.ts';

/** Where a row is from: pages of https://www.braze.com/docs/, an RFC, or the reasons in `server/braze/outcome.ts`. */
const pages = {
  errors: 'api/errors',
  limits: 'api/api_limits',
  track: 'api/endpoints/user_data/post_user_track',
  codes: 'api/endpoints/user_data/post_user_track#endpoint-specific-errors',
  seen: 'seen of public clients, not documented',
  retryAfter: 'RFC 9110, section 10.2.3',
  http: 'RFC 9110, section 15',
  ours: 'not documented; our rule',
} as const;

const NOW = Date.parse('2026-01-15T10:00:00.000Z');
const EPOCH = NOW / 1000;

const visitor = { user_alias: { alias_name: 'v-1', alias_label: 'parley' }, _update_existing_only: false };
const time = '2026-01-15T09:59:59.000Z';
const attributes = [
  { ...visitor, first_name: 'Ada', email: 'ada@example', dob: '1815-12-10', shoe_size: '38' },
];
const event = (name: string) => ({ ...visitor, name, time, properties: { email: 'ada@example' } });
/** Attributes and two events. */
const SENT: TrackBody = { attributes, events: [event('met'), event('completed')] };

const response = (status: number, body?: unknown, headers: Record<string, string> = {}): BrazeAnswer => ({
  type: 'response',
  status,
  headers: new Headers(headers),
  body,
});
/** A 201 with errors. */
const partly = (...errors: readonly unknown[]): BrazeAnswer => response(201, { message: 'success', errors });
const at = (type: string, input_array: string, index: number) => ({ type, input_array, index });
const limited = (headers: Record<string, string>): BrazeAnswer => response(429, undefined, headers);

const success: Verdict = { type: 'settled', outcome: 'success', acceptedEvents: [0, 1] };
const error = (...acceptedEvents: readonly number[]): Verdict => ({
  type: 'settled',
  outcome: 'error',
  acceptedEvents,
});
const invalid = (attribute: string, ...acceptedEvents: readonly number[]): Verdict => ({
  type: 'settled',
  outcome: 'invalid',
  attribute,
  acceptedEvents,
});
const later = (cause: Extract<Verdict, { type: 'later' }>['cause'], retryAfter: number): Verdict => ({
  type: 'later',
  cause,
  retryAfter,
});
const operator = later('operator', 30);

const BAD_EMAIL = "The value provided for the 'email' field is not a valid email.";
const NO_IDENTIFIER = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
const NO_DATA = "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.";

interface Row {
  readonly name: string;
  readonly page: string;
  readonly answer: BrazeAnswer;
  readonly sent?: TrackBody;
  readonly verdict: Verdict;
}

const TAKEN: readonly Row[] = [
  {
    name: '201',
    page: pages.track,
    answer: response(201, { message: 'success', attributes_processed: 1, events_processed: 2 }),
    verdict: success,
  },
  { name: '200', page: pages.http, answer: response(200, { message: 'success' }), verdict: success },
  { name: '202', page: pages.http, answer: response(202, { message: 'success' }), verdict: success },
  { name: '204', page: pages.http, answer: response(204), verdict: success },
  { name: '201 with no errors', page: pages.track, answer: partly(), verdict: success },
  {
    name: '201 with errors: null',
    page: pages.seen,
    answer: response(201, { message: 'success', errors: null }),
    verdict: success,
  },
  { name: '201 whose body is not JSON', page: pages.ours, answer: response(201), verdict: success },
  { name: '201 whose body is null', page: pages.ours, answer: response(201, null), verdict: success },
  { name: '201 whose body is a text', page: pages.ours, answer: response(201, 'success'), verdict: success },
  {
    name: '201 for attributes alone',
    page: pages.track,
    answer: response(201, { message: 'success', attributes_processed: 1 }),
    sent: { attributes },
    verdict: { type: 'settled', outcome: 'success', acceptedEvents: [] },
  },
];

const PARTLY_TAKEN: readonly Row[] = [
  {
    name: 'a refused attribute, by its sentence: both events were taken',
    page: pages.seen,
    answer: partly(at(BAD_EMAIL, 'attributes', 0)),
    verdict: invalid('email', 0, 1),
  },
  {
    name: 'a refused attribute, by its code',
    page: pages.codes,
    answer: partly(at('EMAIL_BAD_FORMAT', 'attributes', 0)),
    verdict: invalid('email', 0, 1),
  },
  {
    name: 'a refused attribute of another name',
    page: pages.seen,
    answer: partly(at("'dob' is not valid", 'attributes', 0)),
    verdict: invalid('dob', 0, 1),
  },
  {
    name: 'a refused custom attribute',
    page: pages.seen,
    answer: partly(at('shoe_size: wrong type', 'attributes', 0)),
    verdict: invalid('shoe_size', 0, 1),
  },
  {
    name: 'one attribute refused twice',
    page: pages.seen,
    answer: partly(at(BAD_EMAIL, 'attributes', 0), at('EMAIL_BAD_FORMAT', 'attributes', 0)),
    verdict: invalid('email', 0, 1),
  },
  {
    name: 'two attributes, for a receipt names one field',
    page: pages.seen,
    answer: partly(at(BAD_EMAIL, 'attributes', 0), at("'dob' is not valid", 'attributes', 0)),
    verdict: error(0, 1),
  },
  {
    name: 'two attributes in one sentence',
    page: pages.seen,
    answer: partly(at("'email' and 'dob' are not valid", 'attributes', 0)),
    verdict: error(0, 1),
  },
  {
    name: 'an attribute that was not sent',
    page: pages.seen,
    answer: partly(at("'home_city' is not valid", 'attributes', 0)),
    verdict: error(0, 1),
  },
  {
    name: 'a code for an attribute that was not sent',
    page: pages.codes,
    answer: partly(at('EMAIL_BAD_FORMAT', 'attributes', 0)),
    sent: { attributes: [{ ...visitor, first_name: 'Ada' }] },
    verdict: error(),
  },
  {
    name: 'a name that is only a part of a word',
    page: pages.seen,
    answer: partly(at("'dobby' is not valid", 'attributes', 0)),
    verdict: error(0, 1),
  },
  {
    name: 'a missing identifier, whose sentence names email and blames it not',
    page: pages.seen,
    answer: partly(at(NO_IDENTIFIER, 'attributes', 0)),
    verdict: error(0, 1),
  },
  {
    name: 'a missing identifier in other words',
    page: pages.seen,
    answer: partly(at("'external_id' or 'email' is required", 'attributes', 0)),
    verdict: error(0, 1),
  },
  {
    name: 'a code that names no field of ours',
    page: pages.codes,
    answer: partly(at('BLACKLISTED_EXTERNAL_USER_ID', 'attributes', 0)),
    verdict: error(0, 1),
  },
  {
    name: 'words that nobody knows',
    page: pages.track,
    answer: partly(at('Something is wrong', 'attributes', 0)),
    verdict: error(0, 1),
  },
  {
    name: 'words with names of the prototype in them',
    page: pages.ours,
    answer: partly(at('constructor toString __proto__', 'attributes', 0)),
    verdict: error(0, 1),
  },
  {
    name: 'the first event: the second was taken',
    page: pages.seen,
    answer: partly(at("'time' is not valid", 'events', 0)),
    verdict: error(1),
  },
  {
    name: 'the second event: the first was taken',
    page: pages.seen,
    answer: partly(at("'time' is not valid", 'events', 1)),
    verdict: error(0),
  },
  {
    name: 'both events',
    page: pages.seen,
    answer: partly(at("'time' is not valid", 'events', 0), at("'time' is not valid", 'events', 1)),
    verdict: error(),
  },
  {
    name: 'an event whose error names an attribute: no answer is to blame',
    page: pages.seen,
    answer: partly(at("'email' is not valid", 'events', 0)),
    verdict: error(1),
  },
  {
    name: 'an attribute and an event: correcting the one would not mend the other',
    page: pages.seen,
    answer: partly(at(BAD_EMAIL, 'attributes', 0), at("'time' is not valid", 'events', 1)),
    verdict: error(0),
  },
  {
    name: 'plain text that names an attribute: invalid, and no event is known to be taken',
    page: pages.seen,
    answer: partly(BAD_EMAIL),
    verdict: invalid('email'),
  },
  {
    name: 'plain text that names nothing',
    page: pages.seen,
    answer: partly('Something is wrong'),
    verdict: error(),
  },
  {
    name: 'an error without a place beside one with a place',
    page: pages.seen,
    answer: partly({ type: 'Something is wrong' }, at("'time' is not valid", 'events', 0)),
    verdict: error(),
  },
  {
    name: 'an error with an array and no index',
    page: pages.seen,
    answer: partly({ type: "'time' is not valid", input_array: 'events' }),
    verdict: error(),
  },
  {
    name: 'an error with an index and no array',
    page: pages.seen,
    answer: partly({ type: "'time' is not valid", index: 0 }),
    verdict: error(),
  },
  ...[
    at("'time' is not valid", 'events', 2),
    at("'time' is not valid", 'events', -1),
    at("'time' is not valid", 'events', 0.5),
    at("'time' is not valid", 'purchases', 0),
    at("'time' is not valid", 'nonsense', 0),
  ].map((nowhere) => ({
    name: `an error that points at nothing we sent: ${nowhere.input_array} ${nowhere.index}`,
    page: pages.seen,
    answer: partly(nowhere),
    verdict: error(),
  })),
  {
    name: 'an error whose place is null still names its field',
    page: pages.seen,
    answer: partly({ type: BAD_EMAIL, input_array: null, index: null }),
    verdict: invalid('email'),
  },
  { name: 'an error that is empty', page: pages.seen, answer: partly({}), verdict: error() },
  { name: 'an error that is null', page: pages.seen, answer: partly(null), verdict: error() },
  { name: 'an error that is a number', page: pages.seen, answer: partly(400), verdict: error() },
  {
    name: 'an index that is a text',
    page: pages.seen,
    answer: partly({ type: 'x', input_array: 'events', index: '0' }),
    verdict: error(),
  },
  {
    name: 'errors that are one text',
    page: pages.seen,
    answer: response(201, { message: 'success', errors: 'Something is wrong' }),
    verdict: error(),
  },
  {
    name: 'errors that are one object',
    page: pages.seen,
    answer: response(201, { message: 'success', errors: at(BAD_EMAIL, 'attributes', 0) }),
    verdict: invalid('email', 0, 1),
  },
  {
    name: 'errors in a 202',
    page: pages.http,
    answer: response(202, { message: 'success', errors: [at("'time' is not valid", 'events', 0)] }),
    verdict: error(1),
  },
];

const REFUSED: readonly Row[] = [
  {
    name: '400 Bad Request',
    page: pages.errors,
    answer: response(400, { message: 'Bad Request' }),
    verdict: error(),
  },
  {
    name: '400 Max Input Length Exceeded',
    page: pages.errors,
    answer: response(400, { message: 'Max Input Length Exceeded' }),
    verdict: error(),
  },
  {
    name: '400 for JSON that Braze cannot read',
    page: pages.errors,
    answer: response(400, { error: 'Error while parsing request body. Please check your syntax.' }),
    verdict: error(),
  },
  { name: '400 whose body is not JSON', page: pages.errors, answer: response(400), verdict: error() },
  {
    name: '400 because the one attributes object is refused: the visitor can correct it',
    page: pages.track,
    answer: response(400, { message: NO_DATA, errors: [at(BAD_EMAIL, 'attributes', 0)] }),
    sent: { attributes },
    verdict: invalid('email'),
  },
  {
    name: '400 with an error at one event: Braze took no object at all',
    page: pages.track,
    answer: response(400, { message: NO_DATA, errors: [at("'time' is not valid", 'events', 0)] }),
    verdict: error(),
  },
  {
    name: '413',
    page: pages.limits,
    answer: response(413, { message: 'Payload Too Large' }),
    verdict: error(),
  },
];

const OPERATORS: readonly Row[] = [
  {
    name: '401',
    page: pages.errors,
    answer: response(401, { message: 'Invalid API Key' }),
    verdict: operator,
  },
  { name: '403', page: pages.errors, answer: response(403, { message: 'Access Denied' }), verdict: operator },
  { name: '404', page: pages.errors, answer: response(404), verdict: operator },
  { name: '415', page: pages.errors, answer: response(415), verdict: operator },
  ...[402, 405, 406, 409, 410, 418, 422, 426, 431, 451].map((status) => ({
    name: `${status}`,
    page: pages.ours,
    answer: response(status, { message: 'success' }),
    verdict: operator,
  })),
  ...[300, 301, 302, 303, 304, 307, 308].map((status) => ({
    name: `${status}, which is not followed`,
    page: pages.ours,
    answer: response(status, undefined, { location: 'https://evil.example/' }),
    verdict: operator,
  })),
];

const UNAVAILABLE: readonly Row[] = [
  {
    name: '504, behind which the work may be done',
    page: pages.errors,
    answer: response(504, { message: 'success' }),
    verdict: later('in_doubt', 2),
  },
  {
    name: '500 with the reset that comes with every answer',
    page: pages.limits,
    answer: response(500, undefined, { 'x-ratelimit-reset': `${EPOCH + 3_000}` }),
    verdict: later('unavailable', 2),
  },
  ...[500, 502, 503].map((status) => ({
    name: `${status}`,
    page: pages.errors,
    answer: response(status, { message: 'success' }),
    verdict: later('unavailable', 2),
  })),
  ...[408, 501, 505, 507, 511, 520, 599].map((status) => ({
    name: `${status}`,
    page: pages.ours,
    answer: response(status),
    verdict: later('unavailable', 2),
  })),
  {
    name: '503 that says how long',
    page: pages.retryAfter,
    answer: response(503, undefined, { 'retry-after': '120' }),
    verdict: later('unavailable', 120),
  },
  {
    name: 'no answer in time: Braze may have taken it',
    page: pages.ours,
    answer: { type: 'no_answer', reason: 'timeout' },
    verdict: later('in_doubt', 2),
  },
  {
    name: 'no answer from the network: Braze may have taken it',
    page: pages.ours,
    answer: { type: 'no_answer', reason: 'network' },
    verdict: later('in_doubt', 2),
  },
];

const waits: { says: string; page: string; headers: Record<string, string>; seconds: number }[] = [
  { says: 'nothing', page: pages.ours, headers: {}, seconds: 3 },
  { says: 'Retry-After in seconds', page: pages.retryAfter, headers: { 'Retry-After': '17' }, seconds: 17 },
  {
    says: 'Retry-After as a date',
    page: pages.retryAfter,
    headers: { 'Retry-After': 'Thu, 15 Jan 2026 10:00:42 GMT' },
    seconds: 42,
  },
  {
    says: 'Retry-After as a date that is past',
    page: pages.retryAfter,
    headers: { 'Retry-After': 'Thu, 15 Jan 2026 09:00:00 GMT' },
    seconds: 1,
  },
  { says: 'Retry-After: 0', page: pages.retryAfter, headers: { 'Retry-After': '0' }, seconds: 1 },
  { says: 'Retry-After: soon', page: pages.retryAfter, headers: { 'Retry-After': 'soon' }, seconds: 3 },
  {
    says: 'Retry-After of a day',
    page: pages.limits,
    headers: { 'Retry-After': '86400' },
    seconds: 3_600,
  },
  {
    says: 'Retry-After of 400 digits',
    page: pages.limits,
    headers: { 'Retry-After': '9'.repeat(400) },
    seconds: 3_600,
  },
  {
    says: 'Retry-After as a date years away',
    page: pages.limits,
    headers: { 'Retry-After': 'Fri, 15 Jan 2126 10:00:00 GMT' },
    seconds: 3_600,
  },
  {
    says: 'X-Ratelimit-Retry-After',
    page: pages.track,
    headers: { 'X-Ratelimit-Retry-After': '9' },
    seconds: 9,
  },
  {
    says: 'X-Ratelimit-Retry-After below nothing',
    page: pages.track,
    headers: { 'X-Ratelimit-Retry-After': '-9' },
    seconds: 3,
  },
  {
    says: 'x-ratelimit-reset in epoch seconds',
    page: pages.limits,
    headers: { 'x-ratelimit-reset': `${EPOCH + 25}`, 'x-ratelimit-remaining': '0' },
    seconds: 25,
  },
  {
    says: 'x-ratelimit-reset in epoch seconds that are past',
    page: pages.limits,
    headers: { 'x-ratelimit-reset': `${EPOCH - 25}` },
    seconds: 1,
  },
  {
    says: 'x-ratelimit-reset in epoch milliseconds',
    page: pages.ours,
    headers: { 'x-ratelimit-reset': `${NOW}` },
    seconds: 3_600,
  },
  {
    says: 'x-ratelimit-reset in seconds that remain',
    page: pages.track,
    headers: { 'x-ratelimit-reset': '12' },
    seconds: 12,
  },
  {
    says: 'x-ratelimit-reset in words',
    page: pages.ours,
    headers: { 'x-ratelimit-reset': '2026-01-15' },
    seconds: 3,
  },
  {
    says: 'Retry-After before all else',
    page: pages.ours,
    headers: { 'Retry-After': '5', 'X-Ratelimit-Retry-After': '6', 'x-ratelimit-reset': '7' },
    seconds: 5,
  },
  {
    says: 'X-Ratelimit-Retry-After before x-ratelimit-reset',
    page: pages.ours,
    headers: { 'x-ratelimit-reset': '7', 'X-Ratelimit-Retry-After': '6' },
    seconds: 6,
  },
  {
    says: 'Retry-After that cannot be read, and X-Ratelimit-Retry-After',
    page: pages.ours,
    headers: { 'Retry-After': 'soon', 'X-Ratelimit-Retry-After': '6' },
    seconds: 6,
  },
];

const LIMITED: readonly Row[] = waits.map(({ says, page, headers, seconds }) => ({
  name: `429 that says ${says}: ${seconds} s`,
  page,
  answer: limited(headers),
  verdict: later('limited', seconds),
}));

describe('what Braze answers', () => {
  for (const [group, rows] of [
    ['is success', TAKEN],
    ['with errors is never success', PARTLY_TAKEN],
    ['can be a refusal for good', REFUSED],
    ['can be the operator’s trouble: the submission is kept', OPERATORS],
    ['can be nothing, or trouble of its own: the submission is kept', UNAVAILABLE],
    ['can be that there were too many: the submission is kept', LIMITED],
  ] as const) {
    describe(group, () => {
      for (const { name, page, answer, sent = SENT, verdict } of rows) {
        it(`${name} (${page})`, () => {
          assert.deepEqual(judgeTrack(answer, sent, NOW), verdict);
        });
      }
    });
  }

  it('to a part of a second is rounded up, never to before the reset (api/api_limits)', () => {
    const answer = limited({ 'x-ratelimit-reset': `${EPOCH + 25}` });
    assert.deepEqual(judgeTrack(answer, SENT, NOW + 100), later('limited', 25));
    assert.deepEqual(judgeTrack(answer, SENT, NOW + 1_000), later('limited', 24));
  });
});
