/**
 * Since when our record of profiles (`other-profiles.ts`) has all of them. The store itself says it: one that is new, or has taken the place
 * of another, knows nothing of who came before, however durable it is. Nor does one of several that visitors are divided among, once they are
 * divided among another number.
 */
import type { RelayConfig } from './config.ts';
import { adviceOf } from './log-fields.ts';
import type { Ports } from './ports.ts';
import type { Json } from './store/json.ts';

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
  /** Milliseconds that what is recorded is kept: `retention.profiles`. */
  readonly life: number;
  /** It was shorter before: so long is kept what was recorded of who came before then. */
  readonly shorter?: { readonly life: number; readonly before: number };
  /** Among how many stores visitors were divided, where it is one of several. */
  readonly shards?: number;
}

/** docs/operations.md has it taken out of a copy that is put back. */
const NAME = 'record/profiles';

/**
 * Milliseconds after which nobody goes by settings of before any more, and records with the shorter time or elsewhere: other processes may be
 * older, and are replaced one by one or by hand.
 */
const REPLACED = 86_400_000;

/** Milliseconds. A credential says in whole seconds since when its visitor comes: who comes in the first second comes with it. */
const SECOND = 1_000;

export function createProfileRecord(
  { retention }: Pick<RelayConfig, 'retention'>,
  { clock, log, store, shards }: Pick<Ports, 'clock' | 'log' | 'store' | 'shards'>,
): ProfileRecord {
  const life = retention.profiles;

  const secondOf = (at: number) => Math.floor(at / SECOND) * SECOND;

  /** Who comes here now was elsewhere before, and is until all go by the new number. */
  const beginAnew = (before: number): Beginning => {
    const advice = `Visitors were divided among ${before} shards, and are among ${shards ?? 1} now: most of them belong to another shard, which knows nothing of them. What is known of the profiles of those who came before is not relied on any more. See docs/cloudflare.md, "Shards", and leave SHARD_COUNT as it is from now on.`;
    log({ level: 'error', event: 'shards_changed', advice });
    return { since: secondOf(clock() + REPLACED), life };
  };

  const next = (found: Beginning | undefined): Beginning => {
    if (!found) return { since: secondOf(clock()), life };
    if (found.shards !== undefined && found.shards !== shards) return beginAnew(found.shards);
    return found.life === life ? found : changed(found, life, clock());
  };

  const beginning = async (): Promise<Beginning> => {
    // Nobody else writes under that name.
    const found = (await store.get(NAME)) as unknown as Beginning | undefined;
    if (found?.life === life && found.shards === shards) return found;
    const begun: Beginning = { ...next(found), ...(shards !== undefined && { shards }) };
    // Two processes that start at once write the same, within their start.
    await store.put(NAME, begun as unknown as Json, Infinity);
    return begun;
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
      const begun = await beginning();
      const { shorter } = begun;
      const isKept = !shorter || since >= shorter.before || at - since <= shorter.life;
      return since >= begun.since && isKept;
    },
  };
}

/** What was recorded with a shorter time lapses by that, also after it has been made longer, and does not come back. */
function changed({ shorter, ...found }: Beginning, life: number, now: number): Beginning {
  if (life < found.life) return { ...found, life, ...(shorter && { shorter }) };
  const shortest = Math.min(found.life, shorter?.life ?? Infinity);
  return { ...found, life, shorter: { life: shortest, before: now + REPLACED } };
}
