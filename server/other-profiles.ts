/**
 * By our record: which profiles at Braze a visitor has written to that are not their alias's own. Who has none is anonymous, as far as
 * the relay knows; how far that is, is asked here, too.
 */
import type { ProfileId } from './braze/payload.ts';
import type { EnvironmentName, RelayConfig } from './config.ts';
import type { Ports } from './ports.ts';
import type { Json } from './store/json.ts';

/** Of a visitor in the store. */
interface Kept {
  readonly profiles: readonly ProfileId[];
  /** Milliseconds since 1970 until which it is remembered. */
  readonly until: number;
}

/** By what a visitor is known now (`identity/profiles.ts`), as far as it matters here. */
interface KnownBy {
  readonly key?: ProfileId;
}

/** Under which name it is remembered by what a visitor is known. */
export const knownNameOf = (environment: EnvironmentName, visitor: string): string =>
  `profile/${environment}/${visitor}`;

const nameOf = (visitor: string): string => `profiles/${visitor}`;

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
  const name = nameOf(visitor);
  for (;;) {
    const before = await store.get(name);
    const kept = keptIn(before);
    const isKnown = kept.profiles.some((known) => isSameProfile(known, profile));
    if (isKnown && kept.until >= until) return;
    const next: Kept = {
      profiles: isKnown ? kept.profiles : [...kept.profiles, profile],
      until: Math.max(until, kept.until),
    };
    // Another page of theirs may remember one at the same time.
    if (await store.replace(name, before, next as unknown as Json, next.until - clock(), visitor)) return;
  }
}

/** The names of the values that `otherProfilesIn` takes, in its order. */
export const namesOfOthers = (environment: EnvironmentName, visitor: string): readonly string[] => [
  nameOf(visitor),
  knownNameOf(environment, visitor),
];

/** @param externalId of whoever is signed in, by the session: the record may not say it */
export function otherProfilesIn(
  [kept, known]: readonly (Json | undefined)[],
  externalId: string | undefined,
): readonly ProfileId[] {
  const { key } = (known as KnownBy | undefined) ?? {};
  const all = [
    ...keptIn(kept).profiles,
    ...(key === undefined ? [] : [key]),
    ...(externalId === undefined ? [] : [{ external_id: externalId }]),
  ];
  return all.filter((one, index) => all.findIndex((other) => isSameProfile(one, other)) === index);
}

/**
 * Whether our record would still know of all that a visitor was ever joined to. One that ends with the process would not, and none says
 * more of a visitor who was here before the time for which it is kept.
 * @param since when the relay made them, if it knows; milliseconds since 1970, as is `now`
 */
export function isRecordWhole(
  since: number | undefined,
  now: number,
  { retention }: Pick<RelayConfig, 'retention'>,
  { isDurable }: Pick<Ports['store'], 'isDurable'>,
): boolean {
  return isDurable && since !== undefined && now - since <= retention.profiles;
}

export function isSameProfile(one: ProfileId, other: ProfileId | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

// Nobody else writes under this name.
const keptIn = (value: Json | undefined): Kept =>
  (value as unknown as Kept | undefined) ?? { profiles: [], until: 0 };
