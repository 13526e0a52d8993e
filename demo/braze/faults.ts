/**
 * Failures on demand for `POST /users/track`: what is set from outside, and how often it still hits.
 */
import { isObject, type Judged, type JsonObject } from './json.ts';
import type { LimitedStyle } from './rate-limit.ts';
import type { TrackError } from './endpoints/track.ts';

/** `times` says how many requests a fault hits; by default it hits until it is cleared. */
interface Repeats {
  readonly times?: number;
}

/** Answers with this status and processes nothing. `style` matters to 429 only. */
interface StatusFault extends Repeats {
  readonly kind: 'status';
  readonly status: number;
  readonly style?: LimitedStyle;
}

/** Processes, then answers after `ms` milliseconds. */
interface SlowFault extends Repeats {
  readonly kind: 'slow';
  readonly ms: number;
}

/** Answers 201 with these errors. The objects that they name are not processed. */
interface ErrorsFault extends Repeats {
  readonly kind: 'errors';
  readonly errors: readonly TrackError[];
}

/**
 * `hold` processes, and holds the answer until the fault is cleared or replaced. `lost` processes, then drops the
 * connection without an answer. `malformed` processes, and sends what is not JSON where it would have sent 201.
 */
interface PlainFault extends Repeats {
  readonly kind: 'hold' | 'lost' | 'malformed';
}

export type Fault = StatusFault | SlowFault | ErrorsFault | PlainFault;

const shapes = `{ "kind": "status", "status": 500 }, { "kind": "slow", "ms": 3000 }, { "kind": "hold" }, \
{ "kind": "errors", "errors": [{ "type": "…", "input_array": "attributes", "index": 0 }] }, { "kind": "lost" } \
or { "kind": "malformed" }, each with "times" if it shall end by itself, or null for none`;

/** Longest delay that a timer can wait, in milliseconds. */
const MAX_DELAY_MS = 2_147_483_647;

const isCount = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

/** A fault out of JSON, `undefined` for `null`, or the sentence that says what would be right. */
export function parseFault(json: unknown): Judged<Fault | undefined> {
  if (json === null) return { value: undefined };
  if (!isObject(json)) return { problem: `A fault is one of ${shapes}.` };
  const times = json['times'];
  if (times !== undefined && !isCount(times, 1, Number.MAX_SAFE_INTEGER)) {
    return { problem: 'A fault\'s "times" is a whole number from 1.' };
  }
  const fault = parseKind(json);
  if ('problem' in fault || times === undefined) return fault;
  return { value: { ...fault.value, times } };
}

function parseKind(json: JsonObject): Judged<Fault> {
  const kind = json['kind'];
  if (kind === 'hold' || kind === 'lost' || kind === 'malformed') return { value: { kind } };
  if (kind === 'status') return parseStatus(json);
  if (kind === 'slow') return parseSlow(json);
  if (kind === 'errors') return parseErrors(json);
  return { problem: `A fault is one of ${shapes}.` };
}

function parseStatus({ status, style }: JsonObject): Judged<Fault> {
  if (!isCount(status, 400, 599))
    return { problem: 'The "status" of a fault is a whole number from 400 to 599.' };
  if (style === undefined) return { value: { kind: 'status', status } };
  if (style === 'headers' || style === 'retry-after') return { value: { kind: 'status', status, style } };
  return { problem: 'The "style" of a fault is "headers" or "retry-after".' };
}

function parseSlow({ ms }: JsonObject): Judged<Fault> {
  if (isCount(ms, 0, MAX_DELAY_MS)) return { value: { kind: 'slow', ms } };
  return { problem: `The "ms" of a fault is a whole number from 0 to ${String(MAX_DELAY_MS)}.` };
}

function parseErrors({ errors }: JsonObject): Judged<Fault> {
  if (Array.isArray(errors) && errors.length > 0 && errors.every(isTrackError)) {
    return { value: { kind: 'errors', errors } };
  }
  return {
    problem:
      'The "errors" of a fault are a list of one or more like { "type": "…", "input_array": "attributes", "index": 0 }.',
  };
}

function isTrackError(value: unknown): value is TrackError {
  if (!isObject(value)) return false;
  const { type, input_array: array, index } = value;
  const isArray = array === 'attributes' || array === 'events' || array === 'purchases';
  return typeof type === 'string' && isArray && isCount(index, 0, Number.MAX_SAFE_INTEGER);
}

/** The fault that is set, and the answers that it holds back. */
export interface FaultSwitch {
  /** Sets or clears the fault. Either lets go of the answers that are held. */
  readonly set: (fault: Fault | undefined) => void;
  /** The fault with the `times` that it has left. */
  readonly current: () => Fault | undefined;
  /** The fault that hits the next request, if one does. */
  readonly take: () => Fault | undefined;
  /** Resolves when the fault is next set or cleared, or when the caller has gone away. */
  readonly hold: (caller: AbortSignal) => Promise<void>;
  /** How many answers are held now. */
  readonly held: () => number;
}

/** @param onChange called when the fault or the number of held answers has changed */
export function createFaultSwitch(onChange: () => void): FaultSwitch {
  let fault: Fault | undefined;
  const held = new Set<() => void>();

  return {
    set(next) {
      fault = next;
      for (const release of held) release();
      onChange();
    },
    current: () => fault,
    take() {
      const taken = fault;
      if (taken?.times !== undefined)
        fault = taken.times > 1 ? { ...taken, times: taken.times - 1 } : undefined;
      return taken;
    },
    hold(caller) {
      return new Promise((resolve) => {
        const release = (): void => {
          caller.removeEventListener('abort', release);
          if (held.delete(release)) onChange();
          resolve();
        };
        held.add(release);
        caller.addEventListener('abort', release);
        onChange();
      });
    },
    held: () => held.size,
  };
}
