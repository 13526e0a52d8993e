import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BrazeAnswer } from '../../server/braze/client.ts';
import { judgeAnswer, judgeShare, type Judgement, type ShareVerdict } from '../../server/braze/outcome.ts';
import { bodyOf, type Places, type TrackShare } from '../../server/braze/payload.ts';

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

const visitor = {
  user_alias: { alias_name: 'v-1', alias_label: 'parley-v-1' },
  _update_existing_only: false,
};
const time = '2026-01-15T09:59:59.000Z';
const attributes = {
  ...visitor,
  first_name: 'Ada',
  email: 'ada@example',
  dob: '1815-12-10',
  shoe_size: '38',
  'Shoe Size': '38',
  value: 'a word of many sentences',
  email_subscribe: 'subscribed',
  subscription_groups: [],
};
const event = (name: string) => ({
  key: `${name}#0`,
  repeats: false,
  object: { ...visitor, name, time, properties: { email: 'ada@example' } },
});
const [MET, COMPLETED] = ['met#0', 'completed#0'] as const;
/** Attributes and two events. */
const SENT: TrackShare = { attributes, events: [event('met'), event('completed')] };

const response = (status: number, body?: unknown, headers: Record<string, string> = {}): BrazeAnswer => ({
  type: 'response',
  status,
  headers: new Headers(headers),
  body,
});
/** What a browser's `fetch` makes of a redirect that it does not follow. */
const opaque = response(0);
/** A 201 with errors. */
const partly = (...errors: readonly unknown[]): BrazeAnswer => response(201, { message: 'success', errors });
const at = (type: string, input_array: string, index: number) => ({ type, input_array, index });
const limited = (headers: Record<string, string>): BrazeAnswer => response(429, undefined, headers);

type Settled = Extract<ShareVerdict, { readonly type: 'accepted' | 'refused' }>;
/** Braze's words and what is in doubt are left out of a row; tests of their own are about them. */
type Expected = Settled extends infer Verdict
  ? Verdict extends unknown
    ? Omit<Verdict, 'words' | 'doubted'>
    : never
  : never;

const success: Expected = { type: 'accepted', events: [MET, COMPLETED] };
const error = (...events: readonly string[]): Expected => ({
  type: 'refused',
  attributes: 'refused',
  events,
});
const invalid = (attribute: string, ...events: readonly string[]): Expected => ({
  type: 'refused',
  attribute,
  attributes: 'refused',
  events,
});
/** An event was refused, and the attributes were taken. */
const errorOfEvents = (...events: readonly string[]): Expected => ({
  type: 'refused',
  attributes: 'accepted',
  events,
});

const BAD_EMAIL = "The value provided for the 'email' field is not a valid email.";
const NO_IDENTIFIER = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
const NO_DATA = "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.";

interface Row {
  readonly name: string;
  readonly page: string;
  readonly answer: BrazeAnswer;
  readonly sent?: TrackShare;
  readonly verdict: Expected;
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
  ...[{}, [], '', false, 0].map((errors) => ({
    name: `201 with errors: ${JSON.stringify(errors)}`,
    page: pages.ours,
    answer: response(201, { message: 'success', errors }),
    verdict: success,
  })),
  { name: '202 queued', page: pages.errors, answer: response(202, { message: 'queued' }), verdict: success },
  {
    name: '201 in capitals',
    page: pages.ours,
    answer: response(201, { message: 'Success' }),
    verdict: success,
  },
  ...[null, 7, '', ' ', {}].map((message) => ({
    name: `201 whose message says nothing: ${JSON.stringify(message)}`,
    page: pages.ours,
    answer: response(201, { message }),
    verdict: success,
  })),
  { name: '201 whose body is not JSON', page: pages.ours, answer: response(201), verdict: success },
  { name: '201 whose body is null', page: pages.ours, answer: response(201, null), verdict: success },
  { name: '201 whose body is a text', page: pages.ours, answer: response(201, 'success'), verdict: success },
  {
    name: '201 for attributes alone',
    page: pages.track,
    answer: response(201, { message: 'success', attributes_processed: 1 }),
    sent: { attributes, events: [] },
    verdict: { type: 'accepted', events: [] },
  },
];

const PARTLY_TAKEN: readonly Row[] = [
  {
    name: 'a refused attribute, by its sentence: both events were taken',
    page: pages.seen,
    answer: partly(at(BAD_EMAIL, 'attributes', 0)),
    verdict: invalid('email', MET, COMPLETED),
  },
  {
    name: 'a refused attribute, by its code',
    page: pages.codes,
    answer: partly(at('EMAIL_BAD_FORMAT', 'attributes', 0)),
    verdict: invalid('email', MET, COMPLETED),
  },
  {
    name: 'a refused attribute of another name',
    page: pages.seen,
    answer: partly(at("'dob' is not valid", 'attributes', 0)),
    verdict: invalid('dob', MET, COMPLETED),
  },
  {
    name: 'a refused custom attribute',
    page: pages.seen,
    answer: partly(at('shoe_size: wrong type', 'attributes', 0)),
    verdict: invalid('shoe_size', MET, COMPLETED),
  },
  {
    name: 'one attribute refused twice',
    page: pages.seen,
    answer: partly(at(BAD_EMAIL, 'attributes', 0), at('EMAIL_BAD_FORMAT', 'attributes', 0)),
    verdict: invalid('email', MET, COMPLETED),
  },
  {
    name: 'two attributes, for a receipt names one field',
    page: pages.seen,
    answer: partly(at(BAD_EMAIL, 'attributes', 0), at("'dob' is not valid", 'attributes', 0)),
    verdict: error(MET, COMPLETED),
  },
  {
    name: 'two attributes in one sentence',
    page: pages.seen,
    answer: partly(at("'email' and 'dob' are not valid", 'attributes', 0)),
    verdict: error(MET, COMPLETED),
  },
  {
    name: 'an attribute that was not sent',
    page: pages.seen,
    answer: partly(at("'home_city' is not valid", 'attributes', 0)),
    verdict: error(MET, COMPLETED),
  },
  {
    name: 'a code for an attribute that was not sent',
    page: pages.codes,
    answer: partly(at('EMAIL_BAD_FORMAT', 'attributes', 0)),
    sent: { attributes: { ...visitor, first_name: 'Ada' }, events: [] },
    verdict: error(),
  },
  {
    name: 'a name that is only a part of a word',
    page: pages.seen,
    answer: partly(at("'dobby' is not valid", 'attributes', 0)),
    verdict: error(MET, COMPLETED),
  },
  {
    name: 'a missing identifier, whose sentence names email and blames it not',
    page: pages.seen,
    answer: partly(at(NO_IDENTIFIER, 'attributes', 0)),
    verdict: error(MET, COMPLETED),
  },
  {
    name: 'a missing identifier in other words',
    page: pages.seen,
    answer: partly(at("'external_id' or 'email' is required", 'attributes', 0)),
    verdict: error(MET, COMPLETED),
  },
  {
    name: 'a code that names no field of ours',
    page: pages.codes,
    answer: partly(at('BLACKLISTED_EXTERNAL_USER_ID', 'attributes', 0)),
    verdict: error(MET, COMPLETED),
  },
  {
    name: 'words that nobody knows',
    page: pages.track,
    answer: partly(at('Something is wrong', 'attributes', 0)),
    verdict: error(MET, COMPLETED),
  },
  {
    name: 'words with names of the prototype in them',
    page: pages.ours,
    answer: partly(at('constructor toString __proto__', 'attributes', 0)),
    verdict: error(MET, COMPLETED),
  },
  {
    name: 'the first event: the second was taken',
    page: pages.seen,
    answer: partly(at("'time' is not valid", 'events', 0)),
    verdict: errorOfEvents(COMPLETED),
  },
  {
    name: 'the second event: the first was taken',
    page: pages.seen,
    answer: partly(at("'time' is not valid", 'events', 1)),
    verdict: errorOfEvents(MET),
  },
  {
    name: 'both events',
    page: pages.seen,
    answer: partly(at("'time' is not valid", 'events', 0), at("'time' is not valid", 'events', 1)),
    verdict: errorOfEvents(),
  },
  {
    name: 'an event whose error names an attribute: no answer is to blame',
    page: pages.seen,
    answer: partly(at("'email' is not valid", 'events', 0)),
    verdict: errorOfEvents(COMPLETED),
  },
  {
    name: 'an attribute and an event: correcting the one would not mend the other',
    page: pages.seen,
    answer: partly(at(BAD_EMAIL, 'attributes', 0), at("'time' is not valid", 'events', 1)),
    verdict: error(MET),
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
    verdict: errorOfEvents(),
  },
  {
    name: 'an error with an index and no array',
    page: pages.seen,
    answer: partly({ type: "'time' is not valid", index: 0 }),
    verdict: error(),
  },
  ...[2, -1, 0.5].map((index) => ({
    name: `an error that points at no event that we sent: ${index}`,
    page: pages.seen,
    answer: partly(at("'time' is not valid", 'events', index)),
    verdict: errorOfEvents(),
  })),
  ...['purchases', 'nonsense', 'constructor'].map((array) => ({
    name: `an error that points at what we do not send: ${array}`,
    page: pages.seen,
    answer: partly(at("'time' is not valid", array, 0)),
    verdict: error(),
  })),
  {
    name: 'an error without a place, where Braze has counted both events: they were taken',
    page: pages.seen,
    answer: response(201, { message: 'success', events_processed: 2, errors: ['Something is wrong'] }),
    verdict: error(MET, COMPLETED),
  },
  {
    name: 'an error without a place, where Braze has counted the attributes: they were taken',
    page: pages.seen,
    answer: response(201, {
      message: 'success',
      attributes_processed: 1,
      events_processed: 1,
      errors: ['Something is wrong'],
    }),
    verdict: errorOfEvents(),
  },
  {
    name: 'an error without a place, where Braze has counted all: the count proves nothing',
    page: pages.ours,
    answer: response(201, {
      message: 'success',
      attributes_processed: 1,
      events_processed: 2,
      errors: ['Something is wrong'],
    }),
    verdict: error(),
  },
  {
    name: 'a code of an attribute beside email',
    page: pages.codes,
    answer: partly(at('BAD_EMAIL_SUBSCRIPTION_STATE', 'attributes', 0)),
    verdict: invalid('email_subscribe', MET, COMPLETED),
  },
  {
    name: 'a code of a subscription group’s state',
    page: pages.codes,
    answer: partly(at('BAD_SUBSCRIPTION_GROUP_STATE', 'attributes', 0)),
    verdict: invalid('subscription_groups', MET, COMPLETED),
  },
  ...['ID', 'HASH', 'ARRAY'].map((part) => ({
    name: `a code of what no visitor says of a subscription group: ${part}`,
    page: pages.codes,
    answer: partly(at(`BAD_SUBSCRIPTION_GROUP_${part}`, 'attributes', 0)),
    verdict: error(MET, COMPLETED),
  })),
  {
    name: 'a name with a space in it, between quotation marks',
    page: pages.seen,
    answer: partly(at("The type of 'Shoe Size' is wrong", 'attributes', 0)),
    verdict: invalid('Shoe Size', MET, COMPLETED),
  },
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
    verdict: errorOfEvents(COMPLETED),
  },
  {
    name: 'an index that is a text without a number',
    page: pages.seen,
    answer: partly({ type: 'x', input_array: 'events', index: '' }),
    verdict: errorOfEvents(),
  },
  {
    name: 'a message that is not of success, and no errors',
    page: pages.errors,
    answer: response(201, { message: NO_DATA }),
    verdict: error(),
  },
  {
    name: 'a message that names an attribute, and no errors',
    page: pages.errors,
    answer: response(201, { message: BAD_EMAIL, errors: [] }),
    verdict: invalid('email'),
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
    verdict: invalid('email', MET, COMPLETED),
  },
  {
    name: 'errors in a 202',
    page: pages.http,
    answer: response(202, { message: 'success', errors: [at("'time' is not valid", 'events', 0)] }),
    verdict: errorOfEvents(COMPLETED),
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
    name: '400 whose message names the attribute: the visitor can correct it',
    page: pages.errors,
    answer: response(400, { message: BAD_EMAIL }),
    verdict: invalid('email'),
  },
  {
    name: '400 whose message names the arrays, one of which is also an attribute’s name',
    page: pages.seen,
    answer: response(400, { message: NO_DATA }),
    sent: { attributes: { ...attributes, events: 3 }, events: [] },
    verdict: error(),
  },
  {
    name: '400 Max Input Length Exceeded',
    page: pages.errors,
    answer: response(400, { message: 'Max Input Length Exceeded' }),
    verdict: error(),
  },
  {
    name: '400 Max Input Length Exceeded, where an attribute has a name out of these words',
    page: pages.errors,
    answer: response(400, { message: 'Max Input Length Exceeded' }),
    sent: { attributes: { ...attributes, Length: 3 }, events: [] },
    verdict: error(),
  },
  {
    name: '400 Max Input Length Exceeded that names the attribute: the visitor can correct it',
    page: pages.ours,
    answer: response(400, { message: "Max Input Length Exceeded for 'email'" }),
    verdict: invalid('email'),
  },
  {
    name: '413 that names the attribute: the visitor can correct it',
    page: pages.ours,
    answer: response(413, { message: "'email' is too long" }),
    verdict: invalid('email'),
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
    sent: { attributes, events: [] },
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

interface Trouble {
  readonly name: string;
  readonly page: string;
  readonly answer: BrazeAnswer;
  readonly judgement: Judgement;
}

const OPERATORS: readonly Trouble[] = [
  {
    name: '401',
    page: pages.errors,
    answer: response(401, { message: 'Invalid API Key' }),
    judgement: { type: 'operator' },
  },
  {
    name: '403',
    page: pages.errors,
    answer: response(403, { message: 'Access Denied' }),
    judgement: { type: 'operator' },
  },
  { name: '404', page: pages.errors, answer: response(404), judgement: { type: 'operator' } },
  { name: '415', page: pages.errors, answer: response(415), judgement: { type: 'operator' } },
  {
    name: '403 that says how long',
    page: pages.retryAfter,
    answer: response(403, undefined, { 'retry-after': '60' }),
    judgement: { type: 'operator', retryAfter: 60 },
  },
  { name: '0, an opaque redirect', page: pages.ours, answer: opaque, judgement: { type: 'operator' } },
  ...[402, 405, 406, 409, 410, 418, 422, 426, 431, 451].map((status): Trouble => ({
    name: `${status}`,
    page: pages.ours,
    answer: response(status, { message: 'success' }),
    judgement: { type: 'operator' },
  })),
  ...[300, 301, 302, 303, 304, 307, 308].map((status): Trouble => ({
    name: `${status}, which is not followed`,
    page: pages.ours,
    answer: response(status, undefined, { location: 'https://evil.example/' }),
    judgement: { type: 'operator' },
  })),
];

const TROUBLES: readonly Trouble[] = [
  {
    name: '504, behind which the work may be done',
    page: pages.errors,
    answer: response(504, { message: 'success' }),
    judgement: { type: 'in_doubt' },
  },
  {
    name: '524, by which Cloudflare means the same',
    page: pages.ours,
    answer: response(524),
    judgement: { type: 'in_doubt' },
  },
  {
    name: '500 with the reset that comes with every answer',
    page: pages.limits,
    answer: response(500, undefined, { 'x-ratelimit-reset': `${EPOCH + 3_000}` }),
    judgement: { type: 'unavailable' },
  },
  ...[500, 502, 503].map((status): Trouble => ({
    name: `${status}`,
    page: pages.errors,
    answer: response(status, { message: 'success' }),
    judgement: { type: 'unavailable' },
  })),
  ...[408, 425, 501, 505, 507, 511, 520, 599].map((status): Trouble => ({
    name: `${status}`,
    page: pages.ours,
    answer: response(status),
    judgement: { type: 'unavailable' },
  })),
  {
    name: '503 that says how long',
    page: pages.retryAfter,
    answer: response(503, undefined, { 'retry-after': '120' }),
    judgement: { type: 'unavailable', retryAfter: 120 },
  },
  {
    name: '504 that says how long',
    page: pages.retryAfter,
    answer: response(504, undefined, { 'retry-after': '7' }),
    judgement: { type: 'in_doubt', retryAfter: 7 },
  },
  {
    name: 'no connection: nothing has left',
    page: pages.ours,
    answer: { type: 'no_answer', reason: 'unsent' },
    judgement: { type: 'unsent' },
  },
  {
    name: 'no answer in time: Braze may have taken it',
    page: pages.ours,
    answer: { type: 'no_answer', reason: 'timeout' },
    judgement: { type: 'in_doubt' },
  },
  {
    name: 'no answer from the network: Braze may have taken it',
    page: pages.ours,
    answer: { type: 'no_answer', reason: 'network' },
    judgement: { type: 'in_doubt' },
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
    seconds: 3,
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
    seconds: 3,
  },
  {
    says: 'x-ratelimit-reset in seconds that remain',
    page: pages.track,
    headers: { 'x-ratelimit-reset': '12' },
    seconds: 12,
  },
  {
    says: 'x-ratelimit-reset by a clock that is half an hour ahead',
    page: pages.limits,
    headers: { date: 'Thu, 15 Jan 2026 10:30:00 GMT', 'x-ratelimit-reset': `${EPOCH + 1_803}` },
    seconds: 3,
  },
  {
    says: 'Retry-After as a date by a clock that is half an hour ahead',
    page: pages.retryAfter,
    headers: { date: 'Thu, 15 Jan 2026 10:30:00 GMT', 'Retry-After': 'Thu, 15 Jan 2026 10:30:05 GMT' },
    seconds: 5,
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

const LIMITED: readonly Trouble[] = waits.map(({ says, page, headers, seconds }) => ({
  name: `429 that says ${says}: ${seconds} s`,
  page,
  answer: limited(headers),
  judgement: { type: 'limited', retryAfter: seconds },
}));

/** Settles one share that is alone in its request. */
function settleAlone(answer: BrazeAnswer, share: TrackShare): ShareVerdict {
  return settle(answer, [share])[0] as ShareVerdict;
}

/** Settles each share of a request. */
function settle(answer: BrazeAnswer, shares: readonly TrackShare[]): readonly ShareVerdict[] {
  const judgement = judgeAnswer(answer, NOW);
  assert.ok('errors' in judgement, `${judgement.type} settles nothing`);
  const { places } = bodyOf(shares);
  return shares.map((share, index) =>
    judgeShare(judgement, share, places[index] as Places, shares.length === 1),
  );
}

function withoutWords(verdict: ShareVerdict): object {
  const { words: _, doubted: __, ...rest } = { words: '', doubted: [], ...verdict };
  return rest;
}

describe('what Braze answers to a request with one submission', () => {
  for (const [group, rows] of [
    ['is success', TAKEN],
    ['with errors is never success', PARTLY_TAKEN],
    ['can be a refusal for good', REFUSED],
  ] as const) {
    describe(group, () => {
      for (const { name, page, answer, sent = SENT, verdict } of rows) {
        it(`${name} (${page})`, () => {
          assert.deepEqual(withoutWords(settleAlone(answer, sent)), verdict);
        });
      }
    });
  }

  it('of a share without attributes says that there were none', () => {
    const sent = { events: [event('met')] };
    const verdict = settleAlone(partly(at("'time' is not valid", 'events', 0)), sent);
    assert.deepEqual(withoutWords(verdict), { type: 'refused', attributes: 'none', events: [] });
  });

  const UNPLACED = 'Something is wrong';
  const DOUBTED: readonly { name: string; answer: BrazeAnswer; doubted: readonly string[] }[] = [
    {
      name: 'all events, where an error points at nothing',
      answer: partly(UNPLACED),
      doubted: [MET, COMPLETED],
    },
    {
      name: 'all events, where a message is not of success',
      answer: response(201, { message: NO_DATA }),
      doubted: [MET, COMPLETED],
    },
    {
      name: 'the other event, where one is refused',
      answer: partly(UNPLACED, at("'time' is not valid", 'events', 0)),
      doubted: [COMPLETED],
    },
    {
      name: 'all events, where Braze counts one of them',
      answer: response(201, { message: 'success', events_processed: 1, errors: [UNPLACED] }),
      doubted: [MET, COMPLETED],
    },
    {
      name: 'none, where Braze counts all of them: they were taken',
      answer: response(201, { message: 'success', events_processed: 2, errors: [UNPLACED] }),
      doubted: [],
    },
    {
      name: 'none, where Braze counts none',
      answer: response(201, { message: 'success', events_processed: 0, errors: [UNPLACED] }),
      doubted: [],
    },
    {
      name: 'none, where the error is about attributes',
      answer: partly({ type: UNPLACED, input_array: 'attributes' }),
      doubted: [],
    },
    {
      name: 'none, where the error has a place',
      answer: partly(at(BAD_EMAIL, 'attributes', 0)),
      doubted: [],
    },
    { name: 'none of a 400', answer: response(400, { message: UNPLACED }), doubted: [] },
  ];
  for (const { name, answer, doubted } of DOUBTED) {
    it(`leaves in doubt ${name}`, () => {
      const verdict = settleAlone(answer, SENT);
      assert.deepEqual(verdict.type === 'refused' && verdict.doubted, doubted);
    });
  }

  const WORDS: readonly { name: string; answer: BrazeAnswer; words: string }[] = [
    { name: 'of each error once', answer: partly('One', 'Two', 'One'), words: 'One; Two' },
    { name: 'of the message', answer: response(400, { message: 'Bad Request' }), words: 'Bad Request' },
    {
      name: 'of the error',
      answer: response(400, { error: 'Check your syntax.' }),
      words: 'Check your syntax.',
    },
    { name: 'none, where there are none', answer: response(400), words: '' },
    { name: 'none, where they are no text', answer: response(400, { message: { text: 'no' } }), words: '' },
    {
      name: '500 characters at most',
      answer: response(400, { message: 'x'.repeat(1_000) }),
      words: 'x'.repeat(500),
    },
  ];
  for (const { name, answer, words } of WORDS) {
    it(`is kept in its words: ${name}`, () => {
      const verdict = settleAlone(answer, SENT);
      assert.equal(verdict.type === 'refused' && verdict.words, words);
    });
  }
});

/** One visitor's attributes and event, another's attributes, a third's event. */
const SHARES: readonly TrackShare[] = [
  { attributes, events: [event('met')] },
  { attributes: { ...visitor, first_name: 'Grace' }, events: [] },
  { events: [event('completed')] },
];
const accepted = (...events: readonly string[]): object => ({ type: 'accepted', events });
const unknown = (what: 'attributes' | 'events' | 'both'): object => ({
  type: 'unknown',
  attributes: what !== 'events',
  events: what !== 'attributes',
});
const counted = (attributes_processed: number, events_processed: number, ...errors: readonly unknown[]) =>
  response(201, { message: 'success', attributes_processed, events_processed, errors });

const SHARED: readonly { name: string; page: string; answer: BrazeAnswer; verdicts: readonly object[] }[] = [
  {
    name: '201: everyone is accepted',
    page: pages.track,
    answer: response(201, { message: 'success' }),
    verdicts: [accepted(MET), accepted(), accepted(COMPLETED)],
  },
  {
    name: '201 whose body is not JSON: everyone is accepted',
    page: pages.ours,
    answer: response(201),
    verdicts: [accepted(MET), accepted(), accepted(COMPLETED)],
  },
  {
    name: 'an error at the first attributes: theirs alone',
    page: pages.seen,
    answer: partly(at(BAD_EMAIL, 'attributes', 0)),
    verdicts: [invalid('email', MET), accepted(), accepted(COMPLETED)],
  },
  {
    name: 'an error at the second attributes: theirs alone',
    page: pages.seen,
    answer: partly(at("'first_name' is not valid", 'attributes', 1)),
    verdicts: [accepted(MET), invalid('first_name'), accepted(COMPLETED)],
  },
  {
    name: 'an error at the second event: the third visitor’s alone',
    page: pages.seen,
    answer: partly(at("'time' is not valid", 'events', 1)),
    verdicts: [accepted(MET), accepted(), { type: 'refused', attributes: 'none', events: [] }],
  },
  {
    name: 'errors at two visitors: each has its own',
    page: pages.seen,
    answer: partly(at(BAD_EMAIL, 'attributes', 0), at("'time' is not valid", 'events', 1)),
    verdicts: [invalid('email', MET), accepted(), { type: 'refused', attributes: 'none', events: [] }],
  },
  {
    name: 'an error that points at nothing: nobody knows',
    page: pages.seen,
    answer: partly('Something is wrong'),
    verdicts: [unknown('both'), unknown('attributes'), unknown('events')],
  },
  {
    name: 'a message that is not of success: nobody knows',
    page: pages.errors,
    answer: response(201, { message: NO_DATA }),
    verdicts: [unknown('both'), unknown('attributes'), unknown('events')],
  },
  {
    name: 'an error that points at no event that there is: the attributes are taken',
    page: pages.seen,
    answer: partly(at("'time' is not valid", 'events', 2)),
    verdicts: [unknown('events'), accepted(), unknown('events')],
  },
  {
    name: 'an error that points at no attributes that there are: the events are taken',
    page: pages.seen,
    answer: partly(at(BAD_EMAIL, 'attributes', 9)),
    verdicts: [unknown('attributes'), unknown('attributes'), accepted(COMPLETED)],
  },
  {
    name: 'an error that points at nothing, all events counted: they are taken',
    page: pages.seen,
    answer: counted(1, 2, 'Something is wrong'),
    verdicts: [unknown('attributes'), unknown('attributes'), accepted(COMPLETED)],
  },
  {
    name: 'an error that points at nothing, all attributes counted: they are taken',
    page: pages.seen,
    answer: counted(2, 1, 'Something is wrong'),
    verdicts: [unknown('events'), accepted(), unknown('events')],
  },
  {
    name: 'an error that points at nothing, all counted: the count proves nothing',
    page: pages.ours,
    answer: counted(2, 2, 'Something is wrong'),
    verdicts: [unknown('both'), unknown('attributes'), unknown('events')],
  },
  {
    name: 'an error at an event and one that points at nothing, all but that event counted',
    page: pages.seen,
    answer: counted(1, 1, at("'time' is not valid", 'events', 1), 'Something is wrong'),
    verdicts: [
      unknown('attributes'),
      unknown('attributes'),
      { type: 'refused', attributes: 'none', events: [] },
    ],
  },
  {
    name: 'a refused object and doubt about the rest: alone it will show who is to blame',
    page: pages.ours,
    answer: partly(at(BAD_EMAIL, 'attributes', 0), at("'time' is not valid", 'events', 9)),
    verdicts: [unknown('both'), accepted(), unknown('events')],
  },
  {
    name: '400 without a place: nobody knows who is to blame',
    page: pages.errors,
    answer: response(400, { message: 'Bad Request' }),
    verdicts: [unknown('both'), unknown('attributes'), unknown('events')],
  },
  {
    name: '400 with a place: nothing was taken of the others either',
    page: pages.track,
    answer: response(400, { message: NO_DATA, errors: [at(BAD_EMAIL, 'attributes', 0)] }),
    verdicts: [invalid('email'), unknown('attributes'), unknown('events')],
  },
];

describe('what Braze answers to a request with several submissions', () => {
  for (const { name, page, answer, verdicts } of SHARED) {
    it(`${name} (${page})`, () => assert.deepEqual(settle(answer, SHARES).map(withoutWords), verdicts));
  }

  it('counts users: two submissions of one visitor are one of them, and the count proves nothing (post_user_track)', () => {
    const shares = [{ attributes, events: [] }, { attributes, events: [] }, { events: [event('met')] }];
    const verdicts = settle(counted(1, 1, 'Something is wrong'), shares).map(withoutWords);
    assert.deepEqual(verdicts, [unknown('attributes'), unknown('attributes'), accepted(MET)]);
  });
});

describe('what Braze answers to a request as a whole', () => {
  for (const [group, rows] of [
    ['can be the operator’s trouble: the submissions are kept', OPERATORS],
    ['can be nothing, or trouble of its own: the submissions are kept', TROUBLES],
    ['can be that there were too many requests: the submissions are kept', LIMITED],
  ] as const) {
    describe(group, () => {
      for (const { name, page, answer, judgement } of rows) {
        it(`${name} (${page})`, () => assert.deepEqual(judgeAnswer(answer, NOW), judgement));
      }
    });
  }

  const asked = { sent: bodyOf([SENT]).body, requests: { limit: 3_000, window: 3_000 } };
  const REFUSALS: readonly { name: string; page: string; answer: BrazeAnswer; type: string }[] = [
    {
      name: '400 Max Input Length Exceeded is too many objects',
      page: pages.errors,
      answer: response(400, { message: 'Max Input Length Exceeded' }),
      type: 'too_many',
    },
    {
      name: '400 The max number of ids per request was exceeded is too many objects',
      page: pages.errors,
      answer: response(400, { message: 'The max number of ids per request was exceeded' }),
      type: 'too_many',
    },
    ...['too many objects', "The value of the 'first_name' field is too long", "'email' is too long"].map(
      (message) => ({
        name: `400 ${message} is in words that nobody has documented: a refusal`,
        page: pages.ours,
        answer: response(400, { message }),
        type: 'refused',
      }),
    ),
    ...["'email'", '"shoe_size"', 'first_name', "'met'", 'completed'].map((name) => ({
      name: `400 Max Input Length Exceeded that names one of ours is about that one: ${name}`,
      page: pages.ours,
      answer: response(400, { message: `${name}: Max Input Length Exceeded` }),
      type: 'refused',
    })),
    {
      name: '400 Max Input Length Exceeded that names an array is too many objects',
      page: pages.ours,
      answer: response(400, { message: "Max Input Length Exceeded in 'attributes'" }),
      type: 'too_many',
    },
    {
      name: '400 whose errors have a place is no matter of how many, whatever their words',
      page: pages.ours,
      answer: response(400, { message: NO_DATA, errors: [at("'dob' is too long", 'attributes', 0)] }),
      type: 'refused',
    },
    { name: '400 Bad Request is a refusal', page: pages.errors, answer: response(400), type: 'refused' },
    { name: '413 is too large', page: pages.limits, answer: response(413), type: 'too_large' },
  ];
  for (const { name, page, answer, type } of REFUSALS) {
    it(`${name} (${page})`, () => assert.equal(judgeAnswer(answer, NOW, asked).type, type));
  }

  it('says how long by a clock that need not be ours: no window is longer than it is (api/api_limits)', () => {
    const headers = { 'x-ratelimit-limit': '3000', 'x-ratelimit-reset': `${EPOCH + 1_803}` };
    assert.deepEqual(judgeAnswer(limited(headers), NOW, asked), { type: 'limited', retryAfter: 4 });
  });

  it('to a part of a second is rounded up, never to before the reset (api/api_limits)', () => {
    const answer = limited({ 'x-ratelimit-reset': `${EPOCH + 25}` });
    assert.deepEqual(judgeAnswer(answer, NOW + 100), { type: 'limited', retryAfter: 25 });
    assert.deepEqual(judgeAnswer(answer, NOW + 1_000), { type: 'limited', retryAfter: 24 });
  });
});
