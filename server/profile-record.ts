/**
 * Since when our record of profiles (`other-profiles.ts`) has all of them. The store itself says it: one that is new, or has taken the place
 * of another, knows nothing of who came before, however durable it is.
 */
import type { RelayConfig } from './config.ts';
import { adviceOf } from './log-fields.ts';
import type { Ports } from './ports.ts';

export interface ProfileRecord {
  /** Writes down that it begins, in a store that does not say so yet: before anybody comes. Never rejects; it is done later then. */
  begin(): Promise<void>;
  /**
   * Whether our record would still know of all that a visitor was ever joined to. One that ends with the process would not, and none says
   * more of a visitor who was here before it began, or before the time for which it is kept.
   * @param since when the relay made them, if it knows; milliseconds since 1970, as is `at`
   * @throws {StoreError}
   */
  isWhole(since: number | undefined, at: number): Promise<boolean>;
}

/** In the store. */
interface Beginning {
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Milliseconds that what is recorded is kept: `retention.profiles` of then. */
  readonly life: number;
}

/** docs/operations.md has it taken out of a copy that is put back. */
const NAME = 'record/profiles';

/** Milliseconds. A credential says in whole seconds since when its visitor comes: who comes in the first second comes with it. */
const SECOND = 1_000;

export function createProfileRecord(
  { retention }: Pick<RelayConfig, 'retention'>,
  { clock, log, store }: Pick<Ports, 'clock' | 'log' | 'store'>,
): ProfileRecord {
  const life = retention.profiles;

  const beginning = async (): Promise<number> => {
    // Nobody else writes under that name.
    const found = (await store.get(NAME)) as unknown as Beginning | undefined;
    if (found?.life === life) return found.since;
    const now = Math.floor(clock() / SECOND) * SECOND;
    // What was recorded longer ago than it was kept until now may have lapsed, and does not come back.
    const since = found ? Math.max(found.since, now - found.life + SECOND) : now;
    // Two processes that start at once write the same, within their start.
    await store.put(NAME, { since, life } satisfies Beginning, Infinity);
    return since;
  };

  return {
    async begin() {
      if (!store.isDurable) return;
      try {
        await beginning();
      } catch (error) {
        log({ level: 'error', event: 'store_failed', advice: adviceOf(error) });
      }
    },
    async isWhole(since, at) {
      if (!store.isDurable || since === undefined || at - since > life) return false;
      return since >= (await beginning());
    },
  };
}
