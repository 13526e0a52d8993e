/** Failures on demand: what a fault is, and how it is written as JSON. */
import { endpointPaths, type EndpointPath } from './endpoint.ts';
import type { TrackError } from './track-changes.ts';
import { isObject, type Judged, type JsonObject } from './json.ts';
import type { LimitedStyle } from './rate-limit.ts';
import { MAX_DELAY } from './timer.ts';

interface Reach {
  /** How many requests it hits; by default it hits until it is cleared. */
  readonly times?: number;
  /** Hits this endpoint only; by default all of them. */
  readonly path?: EndpointPath;
}

/** Answers with this status and processes nothing. `style` matters to 429 only. */
interface StatusFault extends Reach {
  readonly kind: 'status';
  readonly status: number;
  readonly style?: LimitedStyle;
}

/** Processes, then answers after `ms` milliseconds. */
interface SlowFault extends Reach {
  readonly kind: 'slow';
  readonly ms: number;
}

/** Answers 201 with these errors. The objects that they name are not processed. Hits `/users/track` only. */
interface ErrorsFault extends Reach {
  readonly kind: 'errors';
  readonly errors: readonly TrackError[];
}

/**
 * Resets the connection: `before` without processing and without a byte of an answer, `during` after processing, with half
 * of the body sent of which the head announces the whole.
 */
interface ResetFault extends Reach {
  readonly kind: 'reset';
  readonly when: 'before' | 'during';
}

/** Lets `limit` of the requests that it hits through per `window` milliseconds, instead of what the endpoint's own limit is. */
interface ThrottleFault extends Reach {
  readonly kind: 'throttle';
  readonly limit: number;
  /** 3,000 by default, as `/users/track` has it. */
  readonly window?: number;
}

/** The emulator's clock is ahead by `ms` milliseconds, or behind: for what it judges, and in its headers. */
interface SkewFault extends Reach {
  readonly kind: 'skew';
  readonly ms: number;
}

/**
 * `hold` processes, and holds the answer until a fault is next set or cleared. `lost` processes, then drops the
 * connection without an answer. `malformed` processes, and sends what is not JSON where it would have sent success.
 */
interface PlainFault extends Reach {
  readonly kind: 'hold' | 'lost' | 'malformed';
}

export type Fault =
  StatusFault | SlowFault | ErrorsFault | ResetFault | ThrottleFault | SkewFault | PlainFault;
export type FaultKind = Fault['kind'];

/** Does it hit a request to this endpoint? */
export function reaches(fault: Fault, path: EndpointPath): boolean {
  if (fault.kind === 'errors' && path !== '/users/track') return false;
  return fault.path === undefined || fault.path === path;
}

const SHAPES = `{ "kind": "status", "status": 500 }, { "kind": "slow", "ms": 3000 }, { "kind": "hold" }, \
{ "kind": "lost" }, { "kind": "reset", "when": "before" or "during" }, { "kind": "malformed" }, \
{ "kind": "errors", "errors": [{ "type": "…", "input_array": "attributes", "index": 0 }] }, \
{ "kind": "throttle", "limit": 5, "window": 1000 } or { "kind": "skew", "ms": 60000 }, \
each with "times" if it shall end by itself and "path" if it shall hit one endpoint only, or null for none`;

/** More would make dates that no calendar has. A year, in milliseconds. */
const MAX_SKEW = 365 * 86_400_000;
const MAX_WINDOW = 86_400_000;

/** Longer than any sentence. */
const MAX_TYPE = 1_000;

export const isCount = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

/** A fault out of JSON, `undefined` for `null`, or the sentence that says what would be right. */
export function parseFault(json: unknown): Judged<Fault | undefined> {
  if (json === null) return { value: undefined };
  if (!isObject(json)) return { problem: `A fault is one of ${SHAPES}.` };
  const fault = parseKind(json);
  if ('problem' in fault) return fault;
  const reach = parseReach(json, fault.value.kind);
  return 'problem' in reach ? reach : { value: { ...fault.value, ...reach.value } };
}

function parseReach({ times, path }: JsonObject, kind: FaultKind): Judged<Reach> {
  if (times !== undefined && !isCount(times, 1, Number.MAX_SAFE_INTEGER)) {
    return { problem: 'A fault\'s "times" is a whole number from 1.' };
  }
  const endpoint = endpointPaths.find((known) => known === path);
  if (path !== undefined && endpoint === undefined) {
    return { problem: `A fault's "path" is one of ${endpointPaths.join(', ')}.` };
  }
  if (kind === 'errors' && endpoint !== undefined && endpoint !== '/users/track') {
    return { problem: `Only /users/track has errors by object, so "path" cannot be ${endpoint}.` };
  }
  return {
    value: { ...(times !== undefined && { times }), ...(endpoint !== undefined && { path: endpoint }) },
  };
}

const parsers: Readonly<Record<FaultKind, (json: JsonObject) => Judged<Fault>>> = {
  status: parseStatus,
  slow: parseSlow,
  errors: parseErrors,
  reset: parseReset,
  throttle: parseThrottle,
  skew: parseSkew,
  hold: () => ({ value: { kind: 'hold' } }),
  lost: () => ({ value: { kind: 'lost' } }),
  malformed: () => ({ value: { kind: 'malformed' } }),
};

export const faultKinds = Object.keys(parsers) as readonly FaultKind[];

function parseKind(json: JsonObject): Judged<Fault> {
  const kind = faultKinds.find((known) => known === json['kind']);
  return kind ? parsers[kind](json) : { problem: `A fault is one of ${SHAPES}.` };
}

function parseStatus({ status, style }: JsonObject): Judged<Fault> {
  if (!isCount(status, 400, 599))
    return { problem: 'The "status" of a fault is a whole number from 400 to 599.' };
  if (style === undefined) return { value: { kind: 'status', status } };
  if (style === 'headers' || style === 'retry-after') return { value: { kind: 'status', status, style } };
  return { problem: 'The "style" of a fault is "headers" or "retry-after".' };
}

function parseSlow({ ms }: JsonObject): Judged<Fault> {
  if (isCount(ms, 0, MAX_DELAY)) return { value: { kind: 'slow', ms } };
  return { problem: `The "ms" of a fault is a whole number from 0 to ${String(MAX_DELAY)}.` };
}

function parseErrors({ errors }: JsonObject): Judged<Fault> {
  if (Array.isArray(errors) && errors.length > 0 && errors.every(isTrackError)) {
    return { value: { kind: 'errors', errors: errors.map(onlyTrackError) } };
  }
  return {
    problem: `The "errors" of a fault are a list of one or more like { "type": "…", "input_array": "attributes", "index": 0 }, "type" of at most ${String(MAX_TYPE)} characters.`,
  };
}

function isTrackError(value: unknown): value is TrackError {
  if (!isObject(value)) return false;
  const { type, input_array: array, index } = value;
  const isArray = array === 'attributes' || array === 'events' || array === 'purchases';
  const isType = typeof type === 'string' && type.length <= MAX_TYPE;
  return isType && isArray && isCount(index, 0, Number.MAX_SAFE_INTEGER);
}

/** Without what else came with it, which would go into answers and the journal. */
function onlyTrackError({ type, input_array, index }: TrackError): TrackError {
  return { type, input_array, index };
}

function parseReset({ when }: JsonObject): Judged<Fault> {
  if (when === 'before' || when === 'during') return { value: { kind: 'reset', when } };
  return { problem: 'The "when" of a reset is "before" or "during".' };
}

function parseThrottle({ limit, window }: JsonObject): Judged<Fault> {
  if (!isCount(limit, 0, Number.MAX_SAFE_INTEGER)) {
    return { problem: 'The "limit" of a throttle is a whole number from 0.' };
  }
  if (window === undefined) return { value: { kind: 'throttle', limit } };
  if (isCount(window, 1, MAX_WINDOW)) return { value: { kind: 'throttle', limit, window } };
  return {
    problem: `The "window" of a throttle is a whole number of milliseconds from 1 to ${String(MAX_WINDOW)}.`,
  };
}

function parseSkew({ ms }: JsonObject): Judged<Fault> {
  if (isCount(ms, -MAX_SKEW, MAX_SKEW)) return { value: { kind: 'skew', ms } };
  return {
    problem: `The "ms" of a skew is a whole number from -${String(MAX_SKEW)} to ${String(MAX_SKEW)}, negative for a clock that is behind.`,
  };
}
