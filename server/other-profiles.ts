/**
 * By our record: which profiles at Braze a visitor has written to that are not their alias's own. Who has none is anonymous, as far as
 * the relay knows.
 */
import type { ProfileId } from './braze/payload.ts';
import type { Ports } from './ports.ts';
import type { Json } from './store/json.ts';
import type { Store } from './store/store.ts';

/** Of a visitor in the store. */
interface Kept {
  readonly profiles: readonly ProfileId[];
  /** Milliseconds since 1970 until which it is remembered. */
  readonly until: number;
}

/**
 * Remembers one, before anything is written to it.
 * @param until when nothing is written to it any more: milliseconds since 1970
 * @throws {StoreError}
 */
export async function rememberProfile(
  visitor: string,
  profile: ProfileId,
  until: number,
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
): Promise<void> {
  const kept = await read(visitor, store);
  const isKnown = kept.profiles.some((known) => JSON.stringify(known) === JSON.stringify(profile));
  if (isKnown && kept.until >= until) return;
  const next: Kept = {
    profiles: isKnown ? kept.profiles : [...kept.profiles, profile],
    until: Math.max(until, kept.until),
  };
  await store.put(nameOf(visitor), next as unknown as Json, next.until - clock(), visitor);
}

/** @throws {StoreError} */
export async function otherProfilesOf(
  visitor: string,
  store: Pick<Store, 'get'>,
): Promise<readonly ProfileId[]> {
  return (await read(visitor, store)).profiles;
}

async function read(visitor: string, store: Pick<Store, 'get'>): Promise<Kept> {
  // Nobody else writes under this name.
  const kept = (await store.get(nameOf(visitor))) as unknown as Kept | undefined;
  return kept ?? { profiles: [], until: 0 };
}

const nameOf = (visitor: string): string => `profiles/${visitor}`;
