/** The faults that the panel offers, in words for people who do not write clients. */
import type { Fault } from '../faults.ts';
import type { InputArray } from '../endpoints/track.ts';

/** What the panel's fields say. */
export interface FaultSettings {
  readonly seconds: number;
  readonly errorText: string;
  readonly errorArray: InputArray;
  readonly errorIndex: number;
  /** `undefined`: until it is changed. */
  readonly times: number | undefined;
}

export interface FaultPreset {
  readonly name: string;
  readonly title: string;
  /** What the emulator does, and what that is like. */
  readonly text: string;
  readonly faultOf: (settings: FaultSettings) => Fault | null;
}

export const defaultSettings: FaultSettings = {
  seconds: 4,
  errorText: "The value provided for the 'email' field is not a valid email.",
  errorArray: 'attributes',
  errorIndex: 0,
  times: undefined,
};

const status = (
  name: string,
  code: number,
  title: string,
  text: string,
  style?: 'retry-after',
): FaultPreset => ({
  name,
  title,
  text,
  faultOf: ({ times }) => ({ kind: 'status', status: code, ...(style && { style }), ...repeated(times) }),
});

const plain = (kind: 'hold' | 'lost' | 'malformed', title: string, text: string): FaultPreset => ({
  name: kind,
  title,
  text,
  faultOf: ({ times }) => ({ kind, ...repeated(times) }),
});

function repeated(times: number | undefined): { readonly times?: number } {
  return times === undefined ? {} : { times };
}

export const presets: readonly FaultPreset[] = [
  {
    name: 'none',
    title: 'Answer normally',
    text: 'Every valid request is stored and accepted, as documented.',
    faultOf: () => null,
  },
  status(
    '500',
    500,
    'Server error (500)',
    'Braze is having a bad moment. Nothing is stored; trying again later works.',
  ),
  status(
    '401',
    401,
    'Key refused (401)',
    'As if the API key had been revoked. Nothing is stored until somebody mends it.',
  ),
  status(
    '429',
    429,
    'Too many requests (429)',
    'The rate limit is used up. The answer says when to come back; nothing is stored.',
  ),
  status(
    '429-retry-after',
    429,
    'Too many requests, other contract (429)',
    'The same on MAU-type contracts: no rate headers, only X-Ratelimit-Retry-After.',
    'retry-after',
  ),
  {
    name: 'slow',
    title: 'Slow answer',
    text: 'The request is stored at once, and its answer takes a while.',
    faultOf: ({ seconds, times }) => ({ kind: 'slow', ms: Math.round(seconds * 1000), ...repeated(times) }),
  },
  plain(
    'hold',
    'No answer yet',
    'The request is stored at once. Its answer waits until you choose something else.',
  ),
  {
    name: 'errors',
    title: 'Accepted with an error (201)',
    text: 'The answer says success, but one object is refused and not stored: a value that Braze does not like.',
    faultOf: ({ errorText, errorArray, errorIndex, times }) => ({
      kind: 'errors',
      errors: [{ type: errorText, input_array: errorArray, index: errorIndex }],
      ...repeated(times),
    }),
  },
  plain(
    'lost',
    'Answer lost',
    'The request is stored, and the connection breaks before the answer: nobody can know.',
  ),
  plain('malformed', 'Garbled answer', 'The request is stored, and what comes back is not JSON.'),
];

/** The name of the preset that a fault came from, as well as can be told. */
export function presetNameOf(fault: Fault | null): string {
  if (!fault) return 'none';
  if (fault.kind !== 'status') return fault.kind;
  return fault.style === 'retry-after' ? '429-retry-after' : String(fault.status);
}
