/** The faults that the panel offers, in words for people who do not write clients. */
import type { EndpointPath } from '../endpoint.ts';
import type { InputArray, TrackError } from '../track-changes.ts';
import type { Fault } from '../faults.ts';

/** What the panel's fields say. */
export interface FaultFields {
  readonly status: number;
  /** How long an answer takes. */
  readonly seconds: number;
  readonly errorText: string;
  readonly errorArray: InputArray;
  readonly errorIndex: number;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly aheadSeconds: number;
  /** `undefined`: all that it can hit. */
  readonly path: EndpointPath | undefined;
  /** `undefined`: until it is changed. */
  readonly times: number | undefined;
}

export interface FaultPreset {
  readonly name: string;
  readonly title: string;
  /** What the emulator does, and what that is like. */
  readonly text: string;
  /** The fault, but for how often and where it hits. */
  readonly faultOf: (fields: FaultFields) => Fault | null;
  /** Is it what this preset makes? */
  readonly isOf: (fault: Fault | null) => boolean;
}

export const defaultFields: FaultFields = {
  status: 503,
  seconds: 4,
  errorText: "The value provided for the 'email' field is not a valid email.",
  errorArray: 'attributes',
  errorIndex: 0,
  limit: 5,
  windowSeconds: 3,
  aheadSeconds: 300,
  path: undefined,
  times: undefined,
};

/** Milliseconds, where a throttle does not say: as `/users/track` has it. */
const USUAL_WINDOW = 3_000;

type StatusFault = Extract<Fault, { readonly kind: 'status' }>;

const status = (
  name: string,
  title: string,
  text: string,
  fault: Pick<StatusFault, 'status' | 'style'>,
): FaultPreset => ({
  name,
  title,
  text,
  faultOf: () => ({ kind: 'status', ...fault }),
  isOf: (other) =>
    other?.kind === 'status' &&
    other.status === fault.status &&
    (other.style === 'retry-after') === (fault.style === 'retry-after'),
});

const plain = (kind: 'hold' | 'lost' | 'malformed', title: string, text: string): FaultPreset => ({
  name: kind,
  title,
  text,
  faultOf: () => ({ kind }),
  isOf: (fault) => fault?.kind === kind,
});

const reset = (when: 'before' | 'during', title: string, text: string): FaultPreset => ({
  name: `reset-${when}`,
  title,
  text,
  faultOf: () => ({ kind: 'reset', when }),
  isOf: (fault) => fault?.kind === 'reset' && fault.when === when,
});

export const presets: readonly FaultPreset[] = [
  {
    name: 'none',
    title: 'Answer normally',
    text: 'Every valid request is processed and answered, as documented.',
    faultOf: () => null,
    isOf: (fault) => fault === null,
  },
  status(
    '500',
    'Server error (500)',
    'Braze is having a bad moment. Nothing is stored; trying again later works.',
    { status: 500 },
  ),
  status(
    '401',
    'Key refused (401)',
    'As if the API key had been revoked. Nothing is stored until somebody mends it.',
    { status: 401 },
  ),
  status(
    '429',
    'Too many requests (429)',
    'The rate limit is used up. The answer says when to come back; nothing is stored.',
    { status: 429 },
  ),
  status(
    '429-retry-after',
    'Too many requests, other contract (429)',
    'The same on MAU-type contracts: no rate headers, only X-Ratelimit-Retry-After.',
    { status: 429, style: 'retry-after' },
  ),
  {
    name: 'status',
    title: 'Another status',
    text: 'Any answer from 400 to 599. Nothing is stored.',
    faultOf: (fields) => ({ kind: 'status', status: fields.status }),
    isOf: (fault) => fault?.kind === 'status',
  },
  {
    name: 'errors',
    title: 'Accepted with an error (201)',
    text: 'The answer says success, but one object is refused and not stored: a value that Braze does not like.',
    faultOf: ({ errorText, errorArray, errorIndex }) => ({
      kind: 'errors',
      errors: [{ type: errorText, input_array: errorArray, index: errorIndex }],
    }),
    isOf: (fault) => fault?.kind === 'errors',
  },
  plain('malformed', 'Garbled answer', 'The request is stored, and what comes back is not JSON.'),
  {
    name: 'slow',
    title: 'Slow answer',
    text: 'The request is stored at once, and its answer takes a while.',
    faultOf: ({ seconds }) => ({ kind: 'slow', ms: Math.round(seconds * 1000) }),
    isOf: (fault) => fault?.kind === 'slow',
  },
  plain(
    'hold',
    'No answer yet',
    'The request is stored at once. Its answer waits until you choose something else.',
  ),
  plain(
    'lost',
    'Answer lost',
    'The request is stored, and the connection breaks before the answer: nobody can know.',
  ),
  reset('before', 'Reset before', 'The connection is reset before anything is read or stored.'),
  reset(
    'during',
    'Reset halfway',
    'The request is stored, and the connection breaks in the middle of the answer.',
  ),
  {
    name: 'throttle',
    title: 'Tight rate limit',
    text: 'Only so many requests are let through in a while; the others are told to come back.',
    faultOf: ({ limit, windowSeconds }) => ({
      kind: 'throttle',
      limit,
      window: Math.round(windowSeconds * 1000),
    }),
    isOf: (fault) => fault?.kind === 'throttle',
  },
  {
    name: 'skew',
    title: 'Wrong clock',
    text: 'The emulator’s clock is ahead, or behind: in what it judges, and in its headers.',
    faultOf: ({ aheadSeconds }) => ({ kind: 'skew', ms: Math.round(aheadSeconds * 1000) }),
    isOf: (fault) => fault?.kind === 'skew',
  },
];

/** The fault that the fields describe. */
export function faultOf(preset: FaultPreset, fields: FaultFields): Fault | null {
  const fault = preset.faultOf(fields);
  const { path, times } = fields;
  return fault && { ...fault, ...(path && { path }), ...(times !== undefined && { times }) };
}

/** What the fields say of a fault, those only that it has. */
export function fieldsOf(fault: Fault): Partial<FaultFields> {
  const { path, times } = fault;
  return { ...ownFieldsOf(fault), ...(path && { path }), ...(times !== undefined && { times }) };
}

function ownFieldsOf(fault: Fault): Partial<FaultFields> {
  switch (fault.kind) {
    case 'status':
      return { status: fault.status };
    case 'slow':
      return { seconds: fault.ms / 1000 };
    case 'errors':
      return errorFieldsOf(fault.errors[0]);
    case 'throttle':
      return { limit: fault.limit, windowSeconds: (fault.window ?? USUAL_WINDOW) / 1000 };
    case 'skew':
      return { aheadSeconds: fault.ms / 1000 };
    case 'hold':
    case 'lost':
    case 'malformed':
    case 'reset':
      return {};
  }
}

function errorFieldsOf(error: TrackError | undefined): Partial<FaultFields> {
  return error ? { errorText: error.type, errorArray: error.input_array, errorIndex: error.index } : {};
}

/** The name of the first preset that a fault can have come from. */
export function presetNameOf(fault: Fault | null): string {
  return presets.find((preset) => preset.isOf(fault))?.name ?? 'none';
}
