/**
 * By our record: which profiles at Braze a visitor has written to that are not their alias's own. Who has none is anonymous, as far as
 * the relay knows; how far that is, `profile-record.ts` says.
 */
import type { ProfileId } from './braze/payload.ts';
import type { EnvironmentName } from './config.ts';
import type { Ports } from './ports.ts';
import type { Json } from './store/json.ts';

/** Of a visitor in the store. */
interface Kept {
  readonly profiles: readonly ProfileId[];
  /** There were more than are remembered. */
  readonly hasMore?: true;
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

/** Whose record it is, for the log. */
export interface RecordOf {
  readonly visitor: string;
  readonly site: string;
  readonly environment: EnvironmentName;
}

/**
 * Profiles of one visitor that are remembered. A person has a few addresses; who gives more than this tries them, and each is a request to
 * write down and one to tell when they are erased.
 */
const MOST = 100;

/**
 * Remembers them, before anything is written to them.
 * @param until when nothing is written to them any more: milliseconds since 1970
 * @throws {StoreError}
 */
export async function rememberProfiles(
  { visitor, site, environment }: RecordOf,
  profiles: readonly ProfileId[],
  until: number,
  { store, clock, log }: Pick<Ports, 'store' | 'clock' | 'log'>,
): Promise<void> {
  if (profiles.length === 0) return;
  const name = nameOf(visitor);
  for (;;) {
    const before = await store.get(name);
    const kept = keptIn(before);
    const all = distinct([...kept.profiles, ...profiles]);
    const isNew = all.length > kept.profiles.length && !(kept.hasMore && kept.profiles.length >= MOST);
    if (!isNew && kept.until >= until) return;
    const hasMore = kept.hasMore ?? all.length > MOST;
    const next: Kept = {
      profiles: all.slice(0, MOST),
      ...(hasMore && { hasMore }),
      until: Math.max(until, kept.until),
    };
    // Another page of theirs may remember one at the same time.
    if (!(await store.replace(name, before, next as unknown as Json, next.until - clock(), visitor)))
      continue;
    if (hasMore && !kept.hasMore) {
      log({ level: 'warn', event: 'profiles_full', limit: MOST, site, environment });
    }
    return;
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
): { readonly others: readonly ProfileId[]; readonly hasMore?: true } {
  const { key } = (known as KnownBy | undefined) ?? {};
  const { profiles, hasMore } = keptIn(kept);
  const others = distinct([
    ...profiles,
    ...(key === undefined ? [] : [key]),
    ...(externalId === undefined ? [] : [{ external_id: externalId }]),
  ]);
  return { others, ...(hasMore && { hasMore }) };
}

export function isSameProfile(one: ProfileId, other: ProfileId | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Each once, in the order in which they are first there. */
function distinct(profiles: readonly ProfileId[]): readonly ProfileId[] {
  return [...new Map(profiles.map((profile) => [JSON.stringify(profile), profile])).values()];
}

// Nobody else writes under this name.
const keptIn = (value: Json | undefined): Kept =>
  (value as unknown as Kept | undefined) ?? { profiles: [], until: 0 };
