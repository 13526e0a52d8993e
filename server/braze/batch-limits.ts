/** What a request to Braze may carry: by contract, and by what Braze has refused. */
import type { BrazeEnvironment } from '../config.ts';
import type { Json } from '../store/json.ts';
import type { Store } from '../store/store.ts';
import type { BatchLimits } from './batcher.ts';
import { MAX_REQUEST_BYTES } from './limits.ts';
import { EMPTY_BODY_BYTES } from './payload.ts';

export interface BatchLimitsOptions {
  readonly environment: Pick<BrazeEnvironment, 'name' | 'objects'>;
  readonly batching: boolean;
  readonly store: Pick<Store, 'get' | 'put'>;
  readonly clock: () => number;
}

export interface LearnedLimits {
  current(): BatchLimits;
  /** Takes up what was learned before, by whatever process: now and then, so it may be called often. Never rejects. */
  load(): Promise<void>;
  /**
   * Braze has refused a request of this size: half of it from now on, and always less than what was allowed, down to one object or
   * byte. Never rejects.
   */
  lower(kind: 'too_many' | 'too_large', refused: Pick<BatchLimits, 'objects' | 'bytes'>): Promise<void>;
}

/** What Braze taught. */
interface Learned {
  readonly objects?: ObjectLimit;
  readonly bytes?: Limit;
}

interface Limit {
  readonly limit: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

type ObjectLimit = Limit & Pick<BatchLimits, 'per'>;

/** Milliseconds that a lower limit is remembered: a day, for a contract may change, and a refusal may be somebody else's. */
const LIFE = 24 * 60 * 60 * 1_000;

/** Milliseconds after which it is looked up what other processes have learned. */
const COPY_LIFE = 60_000;

export function createBatchLimits({
  environment,
  batching,
  store,
  clock,
}: BatchLimitsOptions): LearnedLimits {
  const name = `batch-limits/${environment.name}`;
  const contract: BatchLimits = {
    objects: environment.objects.limit,
    per: environment.objects.per,
    bytes: MAX_REQUEST_BYTES - EMPTY_BODY_BYTES,
    submissions: batching ? Infinity : 1,
  };
  let learned: Learned = {};
  let readAt = -Infinity;
  let loading: Promise<void> | undefined;

  const current = (): BatchLimits => {
    const { objects, bytes } = learned;
    const now = clock();
    return {
      ...contract,
      ...(holds(objects, now) && stricterOf(objects, { ...contract, limit: contract.objects })),
      ...(holds(bytes, now) && { bytes: Math.min(contract.bytes, bytes.limit) }),
    };
  };

  /** Takes up what the store has. */
  const read = async () => {
    try {
      const stored = learnedIn(await store.get(name));
      const now = clock();
      learned = {
        ...strictest('objects', learned.objects, stored.objects, now),
        ...strictest('bytes', learned.bytes, stored.bytes, now),
      };
    } catch {
      // What this process has learned itself still holds, and Braze teaches the rest anew.
    }
    readAt = clock();
    loading = undefined;
  };

  return {
    current,
    load: () => (Math.abs(clock() - readAt) < COPY_LIFE ? Promise.resolve() : (loading ??= read())),
    async lower(kind, refused) {
      const { objects, per, bytes } = current();
      const until = clock() + LIFE;
      learned =
        kind === 'too_large'
          ? { ...learned, bytes: { limit: halfOf(bytes, refused.bytes), until } }
          : {
              ...learned,
              // One of each array is still too many: it is the request that counts.
              objects:
                objects === 1
                  ? { limit: 1, per: 'request', until }
                  : { limit: halfOf(objects, refused.objects), per, until },
            };
      // Another process may have learned a stricter one.
      await read();
      try {
        await store.put(name, learned as unknown as Json, LIFE);
      } catch {
        // The others hear it from Braze themselves.
      }
    },
  };
}

/** Half of what was refused, where that is less than what was allowed. At least 1. */
function halfOf(allowed: number, refused: number): number {
  return Math.max(1, Math.floor(Math.min(allowed, refused) / 2));
}

/** Nothing holds for longer than its life, whatever became of the clock. */
function holds<Each extends Limit>(each: Each | undefined, now: number): each is Each {
  return each !== undefined && now < each.until && each.until - now <= LIFE;
}

function strictest<Name extends keyof Learned>(
  name: Name,
  one: Learned[Name],
  other: Learned[Name],
  now: number,
): Learned {
  const [first, second] = [one, other].filter((each) => holds(each, now));
  if (!first) return {};
  return { [name]: second && rankOf(second) < rankOf(first) ? second : first };
}

/** Those of a request are stricter than as many of each array. */
function rankOf(each: Limit & { readonly per?: BatchLimits['per'] }): number {
  return each.limit * 2 - (each.per === 'request' ? 1 : 0);
}

function stricterOf(
  learned: ObjectLimit,
  contract: Pick<ObjectLimit, 'limit' | 'per'>,
): Pick<BatchLimits, 'objects' | 'per'> {
  const { limit, per } = learned.per === contract.per && contract.limit < learned.limit ? contract : learned;
  return { objects: limit, per };
}

function learnedIn(stored: Json | undefined): Learned {
  // Nobody else writes under this name.
  return typeof stored === 'object' && stored !== null ? (stored as unknown as Learned) : {};
}
