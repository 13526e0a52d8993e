/**
 * What Braze's answer to a `/users/track` means: first to the whole request, then to each submission in it. Pure. Statuses are those
 * of `api/errors`; the shapes of a 201 are those of `api/endpoints/user_data/post_user_track` and what public clients have seen.
 */
import type { BrazeAnswer } from './client.ts';
import type { EventKey, Places, TrackShare } from './payload.ts';

/** What an answer means to the request. */
export type Judgement =
  /** A 2xx. What the errors point at was not taken; the rest was. */
  | {
      readonly type: 'taken';
      readonly errors: readonly ObjectError[];
      /** By Braze's own count, as far as it tells one. */
      readonly processed: Readonly<Partial<Record<InputArray, number>>>;
    }
  /** A 400: nothing of it was taken, and the same would be refused again. */
  | Refusal<'refused'>
  /** A 400 for too many objects: fewer may go. */
  | Refusal<'too_many'>
  /** A 413, over 4 MB: fewer bytes may go. */
  | Refusal<'too_large'>
  /** A 429: nothing of it was taken. */
  | { readonly type: 'limited'; readonly retryAfter: number }
  | {
      readonly type:
        | 'operator' // The key, its permissions or the endpoint: nothing was taken, nor will be before somebody acts.
        | 'unavailable' // Braze could not: nothing was taken.
        | 'in_doubt' // Braze may have taken it.
        | 'unsent'; // There was no connection: nothing has left.
      /** Seconds to wait, where Braze says so. */
      readonly retryAfter?: number;
    };

interface Refusal<Type extends string> {
  readonly type: Type;
  readonly errors: readonly ObjectError[];
  /** Braze's, of the request as a whole; may be empty. */
  readonly words: string;
}

/** What an answer means to one submission of the request. */
export type ShareVerdict =
  | { readonly type: 'accepted'; readonly events: readonly EventKey[] }
  | {
      readonly type: 'refused';
      /** The one to blame, if it is exactly one. */
      readonly attribute?: string;
      /** Braze's words. They may repeat what a visitor said. */
      readonly words: string;
      /** What became of the share's attributes. */
      readonly attributes: 'accepted' | 'refused' | 'none';
      /** Those that were accepted all the same. */
      readonly events: readonly EventKey[];
    }
  /**
   * An error may be about this submission or about another: what of it is not known to be taken. Where the whole request was
   * refused, that is known not to be taken.
   */
  | { readonly type: 'unknown'; readonly attributes: boolean; readonly events: boolean };

/** An error of the answer's `errors`. */
export interface ObjectError {
  readonly words: string;
  /** Both are absent where it points at nothing that can be in a body of ours. */
  readonly array: InputArray | undefined;
  readonly index: number | undefined;
}

type InputArray = 'attributes' | 'events';

/** Seconds until a limit is lifted, where Braze does not say: the burst's window (`api/api_limits`). */
const LIMITED_WAIT = 3;

/** Braze's longest window is the clock hour (`api/api_limits`); a longer wait would be a misread header. */
const MAX_RETRY_AFTER = 3_600;

/** Characters of Braze's words that are kept. */
const MAX_WORDS = 500;

/** @param now milliseconds since 1970, for the headers that name a time */
export function judgeAnswer(answer: BrazeAnswer, now: number): Judgement {
  if (answer.type === 'no_answer') return { type: answer.reason === 'unsent' ? 'unsent' : 'in_doubt' };
  const { status, headers, body } = answer;
  // Braze's word that it took the request. A body that cannot be read does not take that word back, and sending again would
  // count every event twice.
  if (status >= 200 && status < 300)
    return { type: 'taken', errors: errorsOf(body), processed: countersOf(body) };
  if (status === 400) return judgeRefusal(body);
  if (status === 413) return { type: 'too_large', errors: errorsOf(body), words: wordsOf(body) };
  if (status === 429) {
    return { type: 'limited', retryAfter: waitIn(headers, now) ?? untilReset(headers, now) ?? LIMITED_WAIT };
  }
  const retryAfter = waitIn(headers, now);
  return { type: troubleOf(status), ...(retryAfter !== undefined && { retryAfter }) };
}

function troubleOf(status: number): 'operator' | 'unavailable' | 'in_doubt' {
  // A gateway gave up on a server that may have done its work all the same; 524 is what Cloudflare calls it.
  if (status === 504 || status === 524) return 'in_doubt';
  // 408: the request did not arrive whole (RFC 9110, section 15.5.9). 425: too early (RFC 8470, section 5.2).
  if (status === 408 || status === 425 || status >= 500) return 'unavailable';
  // 401, 403, 404, 415, a redirect, anything undocumented: the key, its permissions or the endpoint.
  return 'operator';
}

/** `Max Input Length Exceeded` (`api/errors`), and what else may be said of a number that is too high. */
const TOO_MANY = /max(imum)?\b.*\b(length|number)\b.*\bexceeded|\btoo (many|long)\b/i;

/** Syntax, too many objects, or no valid object at all. */
function judgeRefusal(body: unknown): Judgement {
  const errors = errorsOf(body);
  const words = wordsOf(body);
  return { type: errors.length === 0 && TOO_MANY.test(words) ? 'too_many' : 'refused', errors, words };
}

/**
 * @param judgement `too_many` and `too_large` of a request that cannot be smaller are refusals
 * @param places where the share's objects stand in the request
 * @param isAlone whether the request carries no other share
 */
export function judgeShare(
  judgement: Extract<Judgement, { readonly errors: unknown }>,
  share: TrackShare,
  places: Places,
  isAlone: boolean,
): ShareVerdict {
  if (judgement.type === 'taken') return judgeTaken(judgement, share, places, isAlone);
  const own = judgement.errors.filter((error) => (isPlaced(error, places) ? isAt(error, places) : isAlone));
  // Another's object may be the culprit, and this one fine.
  if (own.length === 0 && !isAlone) return notKnown(share, { attributes: true, events: true });
  const whole = { words: judgement.words, array: undefined, index: undefined };
  return refusedBy(own.length > 0 ? own : [whole], share, true, []);
}

function judgeTaken(
  judgement: Extract<Judgement, { readonly type: 'taken' }>,
  share: TrackShare,
  places: Places,
  isAlone: boolean,
): ShareVerdict {
  const placed = judgement.errors.filter((error) => isPlaced(error, places));
  const own = placed.filter((error) => isAt(error, places));
  const unplaced = judgement.errors.filter((error) => !placed.includes(error));
  const doubted = doubtedArrays(unplaced, placed, judgement.processed, places);
  const refusedAt = new Set(own.flatMap(({ array, index }) => (array === 'events' ? [index] : [])));
  const events = doubted.events
    ? []
    : share.events.flatMap(({ key }, position) => (refusedAt.has(places.events[position]) ? [] : [key]));
  const isRefused = doubted.attributes || own.some(({ array }) => array === 'attributes');
  if (isAlone) {
    return judgement.errors.length === 0
      ? { type: 'accepted', events }
      : refusedBy(judgement.errors, share, isRefused, events);
  }
  const isOpen = {
    attributes: share.attributes !== undefined && doubted.attributes,
    events: share.events.length > 0 && doubted.events,
  };
  if (isOpen.attributes || isOpen.events) {
    // What was refused goes along: alone it shows who is to blame.
    return notKnown(share, {
      attributes: isRefused,
      events: isOpen.events || refusedAt.size > 0,
    });
  }
  return own.length === 0 ? { type: 'accepted', events } : refusedBy(own, share, isRefused, events);
}

function notKnown(share: TrackShare, { attributes, events }: Record<InputArray, boolean>): ShareVerdict {
  return {
    type: 'unknown',
    attributes: attributes && share.attributes !== undefined,
    events: events && share.events.length > 0,
  };
}

/** Whether it points at an object that we sent. */
function isPlaced({ array, index }: ObjectError, { sent }: Places): boolean {
  return array !== undefined && index !== undefined && index < sent[array];
}

/** Whether it points at an object of this share. */
function isAt({ array, index }: ObjectError, places: Places): boolean {
  if (index === undefined) return false;
  return array === 'attributes' ? places.attributes === index : places.events.includes(index);
}

/**
 * The arrays that an error without a place may be about. Braze's count rules an array out that has as many processed as had no
 * error with a place: what was refused is not counted (seen). `attributes_processed` counts users, of whom there are as many
 * as objects at most, so that it too proves something where it is equal, and only there.
 */
function doubtedArrays(
  unplaced: readonly ObjectError[],
  placed: readonly ObjectError[],
  processed: Readonly<Partial<Record<InputArray, number>>>,
  { sent }: Places,
): Record<InputArray, boolean> {
  const isComplete = (array: InputArray) => {
    const refused = new Set(placed.flatMap((error) => (error.array === array ? [error.index] : [])));
    const rest = sent[array] - refused.size;
    return rest === 0 || processed[array] === rest;
  };
  const complete = { attributes: isComplete('attributes'), events: isComplete('events') };
  // All is counted, and yet there is an error: these counters prove nothing.
  const isProof = !(complete.attributes && complete.events);
  const isDoubted = (array: InputArray) =>
    sent[array] > 0 &&
    unplaced.some((error) => (error.array ?? array) === array) &&
    !(isProof && complete[array]);
  return { attributes: isDoubted('attributes'), events: isDoubted('events') };
}

/** Blames an attribute where exactly one is to blame, for a visitor can correct that. */
function refusedBy(
  errors: readonly ObjectError[],
  share: TrackShare,
  isRefused: boolean,
  events: readonly EventKey[],
): ShareVerdict {
  const blamed = new Set(errors.map((error) => attributeOf(error, share)));
  const [attribute] = blamed;
  const words = [...new Set(errors.map((error) => error.words).filter((each) => each !== ''))].join('; ');
  return {
    type: 'refused',
    ...(blamed.size === 1 && attribute !== undefined && { attribute }),
    words: words.slice(0, MAX_WORDS),
    attributes: share.attributes === undefined ? 'none' : isRefused ? 'refused' : 'accepted',
    events,
  };
}

/**
 * Every error of the answer: `{type, input_array, index}`, or a plain text (both seen, not documented). What is not understood is
 * kept as an error that points nowhere.
 */
function errorsOf(body: unknown): readonly ObjectError[] {
  const errors = memberOf(body, 'errors') ?? [];
  return (Array.isArray(errors) ? errors : [errors]).map((error: unknown): ObjectError => {
    const [words, array, index] = [
      typeof error === 'string' ? error : memberOf(error, 'type'),
      memberOf(error, 'input_array'),
      memberOf(error, 'index'),
    ];
    return {
      words: typeof words === 'string' ? words : '',
      array: array === 'attributes' || array === 'events' ? array : undefined,
      index: typeof index === 'number' && Number.isInteger(index) && index >= 0 ? index : undefined,
    };
  });
}

function countersOf(body: unknown): Partial<Record<InputArray, number>> {
  const counter = (array: InputArray) => {
    const count = memberOf(body, `${array}_processed`);
    return typeof count === 'number' && { [array]: count };
  };
  return { ...counter('attributes'), ...counter('events') };
}

/** `message`, or `error` where the JSON could not be read (`api/errors`). */
function wordsOf(body: unknown): string {
  const words = memberOf(body, 'message') ?? memberOf(body, 'error');
  return typeof words === 'string' ? words.slice(0, MAX_WORDS) : '';
}

function memberOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name)
    ? (body as Record<string, unknown>)[name]
    : undefined;
}

/** Documented codes that name a field (`post_user_track#endpoint-specific-errors`). */
const CODES: ReadonlyMap<string, string> = new Map([
  ['EMAIL_BAD_FORMAT', 'email'],
  ['BAD_EMAIL_SUBSCRIPTION_STATE', 'email_subscribe'],
  ['BAD_PUSH_SUBSCRIPTION_STATE', 'push_subscribe'],
  ['BAD_LOCATION_UPDATE', 'current_location'],
  ['BAD_SUBSCRIPTION_GROUP_ARRAY', 'subscription_groups'],
  ['BAD_SUBSCRIPTION_GROUP_HASH', 'subscription_groups'],
  ['BAD_SUBSCRIPTION_GROUP_ID', 'subscription_groups'],
  ['BAD_SUBSCRIPTION_GROUP_STATE', 'subscription_groups'],
]);

/** Names that sentences about something else list, a missing identifier or missing data: those blame none of them. */
const BYSTANDERS = [
  'external_id',
  'user_alias',
  'braze_id',
  'email',
  'phone',
  'attributes',
  'events',
  'purchases',
];

const QUOTED = /'([^']+)'|"([^"]+)"/g;
const WORDS = /[\p{L}\p{N}_]+/gu;

/**
 * The attribute that an error is about. Its wording is not documented, so nothing is read from it but a code or the
 * names of fields: one that we sent, and no other.
 */
function attributeOf({ words, array }: ObjectError, { attributes = {} }: TrackShare): string | undefined {
  if (array !== undefined && array !== 'attributes') return undefined;
  const ours = new Set(Object.keys(attributes));
  const known = new Set([...ours, ...BYSTANDERS]);
  const quoted = [...words.matchAll(QUOTED)].map(([, single, double]) => single ?? double ?? '');
  const plain = words.match(WORDS) ?? [];
  // What stands in quotation marks is meant: "value" and "field" are words of many sentences, and may be attributes too.
  const [named = []] = [quoted, plain.map((word) => CODES.get(word) ?? word)]
    .map((names) => [...new Set(names)].filter((name) => known.has(name)))
    .filter((names) => names.length > 0);
  const [name] = named;
  return named.length === 1 && name !== undefined && ours.has(name) ? name : undefined;
}

/** Seconds to wait by `Retry-After` (RFC 9110, section 10.2.3: seconds or a date), or `X-Ratelimit-Retry-After` (seconds). */
function waitIn(headers: Headers, now: number): number | undefined {
  const seconds = numberIn(headers, 'retry-after') ?? numberIn(headers, 'x-ratelimit-retry-after');
  const date = seconds === undefined ? Date.parse(headers.get('retry-after') ?? '') : NaN;
  return bounded(Number.isNaN(date) ? seconds : (date - now) / 1_000);
}

/**
 * Seconds until the limit is lifted. `x-ratelimit-reset` is a time in epoch seconds (`api/api_limits`), or the seconds that
 * remain (post_user_track, contracts by monthly active users). It comes with every answer, so it says something only with 429.
 */
function untilReset(headers: Headers, now: number): number | undefined {
  const reset = numberIn(headers, 'x-ratelimit-reset');
  return bounded(reset !== undefined && reset > 1_000_000_000 ? reset - now / 1_000 : reset);
}

function bounded(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.min(MAX_RETRY_AFTER, Math.max(1, Math.ceil(seconds)));
}

function numberIn(headers: Headers, name: string): number | undefined {
  const value = headers.get(name);
  return value !== null && /^\d+$/.test(value) ? Number(value) : undefined;
}
