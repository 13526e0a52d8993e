/**
 * Which environments are out of the settings, and have been for long enough that it is no mistake: over all processes on the store, and over
 * their starts.
 */
import { ENVIRONMENTS, type EnvironmentName, type RelayConfig } from '../config.ts';
import type { Json } from '../store/json.ts';
import type { DeliveryPorts } from './lane.ts';

export interface AbsenceOptions {
  readonly ports: Pick<DeliveryPorts, 'store' | 'clock'>;
  /** As they are now. */
  readonly settings: () => Pick<RelayConfig, 'environments'>;
}

/**
 * Looks, and writes down what it sees: so it is to be called again and again, more often than once in 23 hours.
 * @returns those of which no process on the store has known for a day
 */
export type LookAtAbsence = () => Promise<ReadonlySet<EnvironmentName>>;

/** Milliseconds. Whoever has taken an environment out by mistake finds its pages refused, and `environment_missing` in the log, within a day. */
const LONG = 24 * 60 * 60 * 1_000;

/**
 * Milliseconds for which the store remembers it after a look. Who starts anew each night does not count anew; who was not there for a day
 * does, for nobody could have seen it meanwhile.
 */
const MEMORY = LONG;

/** Milliseconds between two writes of the same: each look at an idle store would be a write, and keep an object of Cloudflare's awake. */
const RENEWAL = 60 * 60 * 1_000;

interface Mark {
  /** Both in milliseconds since 1970. */
  readonly since: number;
  readonly writtenAt: number;
}

export function createAbsence({ ports: { store, clock }, settings }: AbsenceOptions): LookAtAbsence {
  return async () => {
    const { environments } = settings();
    const now = clock();
    const absent = new Set<EnvironmentName>();
    for (const name of ENVIRONMENTS) {
      const shelf = `missing/${name}`;
      const noted = await store.get(shelf);
      if (environments.has(name)) {
        // Another process lacks it, or did: it waits for none.
        if (noted !== undefined) await store.put(shelf, undefined, MEMORY);
        continue;
      }
      const mark = markIn(noted);
      // The clock may have been set back since.
      const since = Math.min(mark?.since ?? now, now);
      const isFresh = mark?.since === since && Math.abs(now - mark.writtenAt) < RENEWAL;
      if (!isFresh) await store.put(shelf, { since, writtenAt: now }, MEMORY);
      if (now - since >= LONG) absent.add(name);
    }
    return absent;
  };
}

function markIn(noted: Json | undefined): Mark | undefined {
  // Of an earlier release.
  if (typeof noted === 'number') return { since: noted, writtenAt: -Infinity };
  return noted as unknown as Mark | undefined;
}
