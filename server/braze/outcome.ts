/**
 * What Braze's answer to one submission's `/users/track` means. Pure. Statuses are those of `api/errors`; the shapes of
 * a 201 are those of `api/endpoints/user_data/post_user_track` and what public clients have seen.
 */
import * as v from 'valibot';
import type { BrazeAnswer } from './client.ts';
import type { TrackBody } from './payload.ts';

export type Verdict =
  | {
      readonly type: 'settled';
      readonly outcome: 'success' | 'error';
      /** Positions in `body.events` that Braze took. */
      readonly acceptedEvents: readonly number[];
    }
  | {
      readonly type: 'settled';
      readonly outcome: 'invalid';
      /** The attribute whose value was refused. */
      readonly attribute: string;
      readonly acceptedEvents: readonly number[];
    }
  /** Not delivered: keep it and come again. */
  | {
      readonly type: 'later';
      readonly cause: 'limited' | 'operator' | 'unavailable' | 'in_doubt';
      /** Seconds to wait. */
      readonly retryAfter: number;
    };

/** Seconds to wait where Braze does not say: a server's fault passes soon, an operator has to act first. */
const RETRY_AFTER = { limited: 3, unavailable: 2, in_doubt: 2, operator: 30 } as const;

/** Braze's longest window is the clock hour (`api/api_limits`); a longer wait would be a misread header. */
const MAX_RETRY_AFTER = 3_600;

/** @param now milliseconds since 1970, for the headers that name a time */
export function judgeTrack(answer: BrazeAnswer, sent: TrackBody, now: number): Verdict {
  if (answer.type === 'no_answer') return later('in_doubt');
  const { status, headers, body } = answer;
  if (status >= 200 && status < 300) return judgeObjects(body, sent);
  // Syntax, too many objects, or no valid object at all: sent again it would be refused again.
  if (status === 400) return refused(errorsOf(body), sent, []);
  if (status === 413) return { type: 'settled', outcome: 'error', acceptedEvents: [] };
  if (status === 429) return later('limited', waitIn(headers, now) ?? untilReset(headers, now));
  // A gateway gave up on a server that may have done its work all the same.
  if (status === 504) return later('in_doubt', waitIn(headers, now));
  if (status === 408 || status >= 500) return later('unavailable', waitIn(headers, now));
  // 401, 403, 404, 415, a redirect, anything undocumented: the key, its permissions or the endpoint. The operator's trouble.
  return later('operator');
}

function later(cause: keyof typeof RETRY_AFTER, retryAfter?: number): Verdict {
  return { type: 'later', cause, retryAfter: Math.min(retryAfter ?? RETRY_AFTER[cause], MAX_RETRY_AFTER) };
}

/**
 * A 2xx is Braze's word that it took the request: errors in it belong to the objects that they point at. A body that cannot be
 * read does not take that word back, and sending again would count every event twice.
 */
function judgeObjects(body: unknown, sent: TrackBody): Verdict {
  const errors = errorsOf(body);
  const all = [...(sent.events ?? []).keys()];
  const refusedEvents = errors.flatMap(({ array, index }) => (array === 'events' ? [index] : []));
  // An error that points at nothing we sent may be any object's: then no event is known to be accepted.
  const acceptedEvents = errors.every((error) => isPlaced(error, sent))
    ? all.filter((index) => !refusedEvents.includes(index))
    : [];
  return errors.length === 0
    ? { type: 'settled', outcome: 'success', acceptedEvents }
    : refused(errors, sent, acceptedEvents);
}

function isPlaced({ array, index }: ObjectError, sent: TrackBody): boolean {
  if (array !== 'attributes' && array !== 'events') return false;
  return index !== undefined && sent[array]?.[index] !== undefined;
}

/** `invalid` where exactly one attribute is to blame, for a visitor can correct that; else `error`. */
function refused(
  errors: readonly ObjectError[],
  sent: TrackBody,
  acceptedEvents: readonly number[],
): Verdict {
  const attributes = new Set(errors.map((error) => attributeOf(error, sent)));
  const [attribute] = attributes;
  return attributes.size === 1 && attribute !== undefined
    ? { type: 'settled', outcome: 'invalid', attribute, acceptedEvents }
    : { type: 'settled', outcome: 'error', acceptedEvents };
}

interface ObjectError {
  readonly words: string;
  readonly array: string | undefined;
  readonly index: number | undefined;
}

/** Seen in the wild, not documented: `{type, input_array, index}`, or plain strings. */
const ErrorSchema = v.union([
  v.string(),
  v.looseObject({
    type: v.nullish(v.string(), ''),
    input_array: v.nullish(v.string()),
    index: v.nullish(v.number()),
  }),
]);

const BodySchema = v.looseObject({ errors: v.optional(v.unknown()) });

/** Every error of the answer. What is not understood is kept as an error that points nowhere. */
function errorsOf(body: unknown): readonly ObjectError[] {
  const parsed = v.safeParse(BodySchema, body);
  if (!parsed.success) return [];
  const { errors } = parsed.output;
  if (errors === undefined || errors === null) return [];
  return (Array.isArray(errors) ? errors : [errors]).map((error: unknown): ObjectError => {
    const known = v.safeParse(ErrorSchema, error);
    const nowhere = { array: undefined, index: undefined };
    if (!known.success) return { words: '', ...nowhere };
    if (typeof known.output === 'string') return { words: known.output, ...nowhere };
    const { type, input_array, index } = known.output;
    return { words: type, array: input_array ?? undefined, index: index ?? undefined };
  });
}

/** Documented codes that name a field (`post_user_track#endpoint-specific-errors`). */
const CODES: Readonly<Record<string, string>> = { EMAIL_BAD_FORMAT: 'email' };

/** Names that the sentence about a missing identifier lists: it blames none of them. */
const IDENTIFIERS = ['external_id', 'user_alias', 'braze_id', 'email', 'phone'];

/**
 * The attribute that an error is about. Its wording is not documented, so nothing is read from it but a code or the
 * names of fields: one that we sent, and no other.
 */
function attributeOf({ words, array }: ObjectError, sent: TrackBody): string | undefined {
  if (array !== undefined && array !== 'attributes') return undefined;
  const ours = new Set((sent.attributes ?? []).flatMap((object) => Object.keys(object)));
  const known = new Set([...ours, ...IDENTIFIERS]);
  const named = new Set(
    (words.match(/\w+/g) ?? []).map((word) => CODES[word] ?? word).filter((word) => known.has(word)),
  );
  const [name] = named;
  return named.size === 1 && name !== undefined && ours.has(name) ? name : undefined;
}

/** Seconds to wait by `Retry-After` (RFC 9110, section 10.2.3: seconds or a date), or `X-Ratelimit-Retry-After` (seconds). */
function waitIn(headers: Headers, now: number): number | undefined {
  const seconds = numberIn(headers, 'retry-after') ?? numberIn(headers, 'x-ratelimit-retry-after');
  const date = seconds === undefined ? Date.parse(headers.get('retry-after') ?? '') : NaN;
  return atLeastOne(Number.isNaN(date) ? seconds : (date - now) / 1_000);
}

/**
 * Seconds until the limit is lifted. `x-ratelimit-reset` is a time in epoch seconds (`api/api_limits`), or the seconds that
 * remain (post_user_track, contracts by monthly active users). It comes with every answer, so it says something only with 429.
 */
function untilReset(headers: Headers, now: number): number | undefined {
  const reset = numberIn(headers, 'x-ratelimit-reset');
  return atLeastOne(reset !== undefined && reset > 1_000_000_000 ? reset - now / 1_000 : reset);
}

function atLeastOne(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.max(1, Math.ceil(seconds));
}

function numberIn(headers: Headers, name: string): number | undefined {
  const value = headers.get(name);
  return value !== null && /^\d+$/.test(value) ? Number(value) : undefined;
}
