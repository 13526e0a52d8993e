/** What a request to Braze may carry: by contract, and by what Braze has refused. */
import type { BrazeEnvironment } from '../config.ts';
import type { Store } from '../store/store.ts';
import type { BatchLimits } from './batcher.ts';
import { MAX_REQUEST_BYTES } from './limits.ts';
import { EMPTY_BODY_BYTES } from './payload.ts';

export interface BatchLimitsOptions {
  readonly environment: Pick<BrazeEnvironment, 'name' | 'objects'>;
  readonly batching: boolean;
  readonly store: Pick<Store, 'get' | 'put'>;
}

export interface LearnedLimits {
  current(): BatchLimits;
  /** Takes up what was learned before, by whatever process. Once. */
  load(): Promise<void>;
  /** Braze has refused a request of this size: half of it from now on. */
  lower(kind: 'too_many' | 'too_large', refused: Pick<BatchLimits, 'objects' | 'bytes'>): Promise<void>;
}

/** Milliseconds that a lower limit is remembered: a day, for a contract may change. */
const LIFE = 24 * 60 * 60 * 1_000;

export function createBatchLimits({ environment, batching, store }: BatchLimitsOptions): LearnedLimits {
  const { limit: objects, per } = environment.objects;
  const submissions = batching ? Infinity : 1;
  const name = `batch-limits/${environment.name}`;
  let limits: BatchLimits = { objects, per, bytes: MAX_REQUEST_BYTES - EMPTY_BODY_BYTES, submissions };
  let loading: Promise<void> | undefined;

  const takeUp = (learned: unknown) => {
    if (typeof learned !== 'object' || learned === null) return;
    const { objects: fewer, bytes: smaller } = learned as Readonly<Record<string, unknown>>;
    limits = {
      ...limits,
      ...(typeof fewer === 'number' && { objects: Math.min(limits.objects, fewer) }),
      ...(typeof smaller === 'number' && { bytes: Math.min(limits.bytes, smaller) }),
    };
  };

  return {
    current: () => limits,
    // A store that fails now says so again when it matters: without what was learned, Braze teaches it anew.
    load: () => (loading ??= store.get(name).then(takeUp, () => undefined)),
    async lower(kind, refused) {
      const half = (size: number) => Math.max(1, Math.floor(size / 2));
      limits =
        kind === 'too_many'
          ? { ...limits, objects: Math.min(limits.objects, half(refused.objects)) }
          : { ...limits, bytes: Math.min(limits.bytes, half(refused.bytes)) };
      await store.put(name, { objects: limits.objects, bytes: limits.bytes }, LIFE);
    },
  };
}
