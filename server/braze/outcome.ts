/**
 * What Braze's answer to a `/users/track` means: first to the whole request, then to each submission in it. Pure. Statuses are those
 * of `api/errors`; the shapes of a 201 are those of `api/endpoints/user_data/post_user_track` and what public clients have seen.
 */
import type { BrazeEnvironment } from '../config.ts';
import type { BrazeAnswer } from './client.ts';
import type { EventKey, Places, TrackBody, TrackObject, TrackShare } from './payload.ts';
import { waitOf } from './rate-headers.ts';

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
      /** Those that may have been: an error points at nothing, and Braze's counters leave them open. */
      readonly doubted: readonly EventKey[];
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

/** Characters of Braze's words that are kept. */
const MAX_WORDS = 500;

/** What an answer is to. */
export interface Asked {
  readonly sent: TrackBody;
  /** The limit that we go by. */
  readonly requests: BrazeEnvironment['requests'];
}

/**
 * @param now milliseconds since 1970, for the headers that name a time
 * @param asked without it, a refusal's words are read without knowing what was sent, and a time by Braze's clock with less certainty
 */
export function judgeAnswer(answer: BrazeAnswer, now: number, asked?: Asked): Judgement {
  if (answer.type === 'no_answer') {
    if (answer.reason === 'budget') return { type: 'limited', retryAfter: answer.retryAfter };
    return { type: answer.reason === 'unsent' ? 'unsent' : 'in_doubt' };
  }
  const { status, headers, body } = answer;
  // Braze's word that it took the request. A body that cannot be read does not take that word back, and sending again would
  // count every event twice.
  if (status >= 200 && status < 300)
    return { type: 'taken', errors: errorsOfTaken(body), processed: countersOf(body) };
  if (status === 400) return judgeRefusal(body, asked?.sent ?? {});
  if (status === 413) return { type: 'too_large', errors: errorsOf(body), words: wordsOf(body) };
  const wait = waitOf(headers, status, now, asked?.requests);
  const retryAfter = wait === undefined ? undefined : Math.ceil(wait / 1_000);
  if (status === 429) return { type: 'limited', retryAfter: retryAfter ?? 1 };
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

/** The documented texts (`api/errors`); the last two are of other endpoints. */
const TOO_MANY =
  /\bmax input length exceeded\b|\bthe max number of (?:external_ids and aliases|ids) per request was exceeded\b/i;

/**
 * Syntax, too many objects, or no valid object at all. One that names an attribute or an event of ours is about that one, whatever
 * else it says: fewer objects would not mend it.
 */
function judgeRefusal(body: unknown, { attributes = [], events = [] }: TrackBody): Judgement {
  const errors = errorsOf(body);
  const words = wordsOf(body);
  const ours = new Set([...attributes.flatMap((object) => Object.keys(object)), ...events.map(eventNameOf)]);
  const isTooMany = errors.length === 0 && TOO_MANY.test(words) && namesIn(words, ours).length === 0;
  return { type: isTooMany ? 'too_many' : 'refused', errors, words };
}

function eventNameOf({ name }: TrackObject): string {
  return typeof name === 'string' ? name : '';
}

/**
 * @param judgement `too_many` and `too_large` of a request that carries one share are judged as refusals: it cannot be smaller, and
 * what they name is to blame
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
  return refusedBy(own.length > 0 ? own : [whole], share, { isRefused: true, events: [], doubted: [] });
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
  const others = share.events.flatMap(({ key }, position) =>
    refusedAt.has(places.events[position]) ? [] : [key],
  );
  const events = doubted.events ? [] : others;
  const isRefused = doubted.attributes || own.some(({ array }) => array === 'attributes');
  if (isAlone) {
    return judgement.errors.length === 0
      ? { type: 'accepted', events }
      : refusedBy(judgement.errors, share, {
          isRefused,
          events,
          // Braze's own count of none is its word that it took none.
          doubted: doubted.events && judgement.processed.events !== 0 ? others : [],
        });
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
  return own.length === 0
    ? { type: 'accepted', events }
    : refusedBy(own, share, { isRefused, events, doubted: [] });
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

/** What is known of a share that was not taken whole. */
interface Fallen extends Pick<Extract<ShareVerdict, { type: 'refused' }>, 'events' | 'doubted'> {
  /** Whether its attributes were. */
  readonly isRefused: boolean;
}

/** Blames an attribute where exactly one is to blame, for a visitor can correct that. */
function refusedBy(
  errors: readonly ObjectError[],
  share: TrackShare,
  { isRefused, events, doubted }: Fallen,
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
    doubted,
  };
}

/**
 * Every error of the answer: `{type, input_array, index}`, or a plain text (both seen, not documented). What is not understood is
 * kept as an error that points nowhere; where there is nothing to understand, there is none.
 */
function errorsOf(body: unknown): readonly ObjectError[] {
  const errors = memberOf(body, 'errors');
  return (Array.isArray(errors) ? errors : isNothing(errors) ? [] : [errors]).map((error): ObjectError => {
    const [words, array, index] = [
      typeof error === 'string' ? error : memberOf(error, 'type'),
      memberOf(error, 'input_array'),
      memberOf(error, 'index'),
    ];
    return {
      words: typeof words === 'string' ? words : '',
      array: array === 'attributes' || array === 'events' ? array : undefined,
      index: indexIn(index),
    };
  });
}

/** Ways of writing that there are no errors. */
function isNothing(errors: unknown): boolean {
  if (typeof errors === 'object') return errors === null || Object.keys(errors).length === 0;
  return errors === undefined || errors === '' || errors === false || errors === 0;
}

function indexIn(value: unknown): number | undefined {
  const index = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value;
  return typeof index === 'number' && Number.isInteger(index) && index >= 0 ? index : undefined;
}

/** What Braze says of a request that it has taken, now or to be processed later (`api/errors`, server responses). */
const TAKEN: readonly string[] = ['success', 'queued'];

/** Any other message of a 2xx is an error that points nowhere, where no other says what is wrong. */
function errorsOfTaken(body: unknown): readonly ObjectError[] {
  const errors = errorsOf(body);
  const message = memberOf(body, 'message');
  if (errors.length > 0 || typeof message !== 'string') return errors;
  if (message.trim() === '' || TAKEN.includes(message.trim().toLowerCase())) return errors;
  return [{ words: message.slice(0, MAX_WORDS), array: undefined, index: undefined }];
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

/**
 * Documented codes that name a field (`post_user_track#endpoint-specific-errors`). Those of a subscription group's id and form are
 * not among them: no visitor says these, so that a mistake in them is the mapping's.
 */
const CODES: ReadonlyMap<string, string> = new Map([
  ['EMAIL_BAD_FORMAT', 'email'],
  ['BAD_EMAIL_SUBSCRIPTION_STATE', 'email_subscribe'],
  ['BAD_PUSH_SUBSCRIPTION_STATE', 'push_subscribe'],
  ['BAD_LOCATION_UPDATE', 'current_location'],
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
  const named = namesIn(words, new Set([...ours, ...BYSTANDERS]));
  const [name] = named;
  return named.length === 1 && name !== undefined && ours.has(name) ? name : undefined;
}

/** Those of some names that Braze's words have in them, or have a code for. */
function namesIn(words: string, known: ReadonlySet<string>): readonly string[] {
  // Its own documented texts name nothing of ours, whatever we call an attribute.
  const rest = words.replace(TOO_MANY, '');
  const quoted = [...rest.matchAll(QUOTED)].map(([, single, double]) => single ?? double ?? '');
  const plain = rest.match(WORDS) ?? [];
  // What stands in quotation marks is meant: "value" and "field" are words of many sentences, and may be attributes too.
  const [named = []] = [quoted, plain.map((word) => CODES.get(word) ?? word)]
    .map((names) => [...new Set(names)].filter((name) => known.has(name)))
    .filter((names) => names.length > 0);
  return named;
}
