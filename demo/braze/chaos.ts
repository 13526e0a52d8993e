/** Faults by chance that can be had again: the seed and the number of a request say whether one hits it, and which. */
import { chancesOf, MAX_SEED } from './chance.ts';
import { faultKinds, isCount, type Fault, type FaultKind } from './faults.ts';
import { isObject, type Judged } from './json.ts';

export interface Chaos {
  /** A whole number from 0 to 4,294,967,295. */
  readonly seed: number;
  /** Share of the requests that a fault hits, from 0 to 1. */
  readonly share: number;
  /** Those that are drawn from; by default all but `hold`. */
  readonly kinds?: readonly FaultKind[];
}

/** An answer that is held waits until somebody changes the faults, which a client that meets chaos should not depend on. */
const usualKinds: readonly FaultKind[] = faultKinds.filter((kind) => kind !== 'hold');

/** Chaos out of JSON, `undefined` for `null`, or the sentence that says what would be right. */
export function parseChaos(json: unknown): Judged<Chaos | undefined> {
  if (json === null) return { value: undefined };
  if (!isObject(json)) {
    return {
      problem: 'Chaos is like { "seed": 1, "share": 0.1, "kinds": ["status", "lost"] }, or null for none.',
    };
  }
  const { seed, share, kinds } = json;
  if (!isCount(seed, 0, MAX_SEED)) {
    return { problem: `The "seed" of chaos is a whole number from 0 to ${String(MAX_SEED)}.` };
  }
  if (typeof share !== 'number' || !(share >= 0 && share <= 1)) {
    return { problem: 'The "share" of chaos is a number from 0 (no request is hit) to 1 (every one is).' };
  }
  if (kinds === undefined) return { value: { seed, share } };
  if (Array.isArray(kinds) && kinds.length > 0 && kinds.every(isFaultKind)) {
    return { value: { seed, share, kinds } };
  }
  return { problem: `The "kinds" of chaos are a list of one or more of ${faultKinds.join(', ')}.` };
}

function isFaultKind(value: unknown): value is FaultKind {
  return faultKinds.some((kind) => kind === value);
}

/** @param number of the request, counted from 1 */
export function chaosFault({ seed, share, kinds = usualKinds }: Chaos, number: number): Fault | undefined {
  const draw = chancesOf(seed, number);
  if (draw() >= share) return undefined;
  const kind = pick(kinds, draw());
  return kind && drawn[kind](draw());
}

/** What is drawn of each kind, by a number from 0 to 1. */
const drawn: Readonly<Record<FaultKind, (chance: number) => Fault>> = {
  // Those that pass: a client that gives up at them is wrong, which is what chaos is to show.
  status: (chance) => pick(passing, chance) ?? { kind: 'status', status: 500 },
  slow: (chance) => ({ kind: 'slow', ms: Math.round(chance * 3_000) }),
  hold: () => ({ kind: 'hold' }),
  lost: () => ({ kind: 'lost' }),
  reset: (chance) => ({ kind: 'reset', when: chance < 0.5 ? 'before' : 'during' }),
  malformed: () => ({ kind: 'malformed' }),
  errors: () => ({ kind: 'errors', errors: firstOfEach }),
  throttle: () => ({ kind: 'throttle', limit: 1, window: 1_000 }),
  skew: (chance) => ({ kind: 'skew', ms: Math.round((chance * 2 - 1) * 300) * 1_000 }),
};

const passing: readonly Fault[] = [
  { kind: 'status', status: 429, style: 'headers' },
  { kind: 'status', status: 429, style: 'retry-after' },
  ...[500, 502, 503, 504].map((status): Fault => ({ kind: 'status', status })),
];

/** Which arrays a request has is not known yet: whoever judges it leaves out the errors about what is not there. */
const firstOfEach = (['attributes', 'events', 'purchases'] as const).map((name) => ({
  type: 'Drawn by chance: this object is not processed',
  input_array: name,
  index: 0,
}));

function pick<T>(list: readonly T[], chance: number): T | undefined {
  return list[Math.floor(chance * list.length)];
}
