/**
 * Whose profile a visitor writes to. An alias of their own, until the brand's backend vouches for them, or (where a site has it so) until
 * an answer says by what they are known. What was written to the alias is joined to that profile once, before what comes after.
 */
import type { Submission } from '../../widget/contract/wire.ts';
import type { Profile, ProfileId } from '../braze/payload.ts';
import type { PageOwner } from '../config.ts';
import type { Entered } from '../entering.ts';
import { rememberProfile } from '../other-profiles.ts';
import type { Ports } from '../ports.ts';
import type { Session } from './credentials.ts';
import type { ProfileKey } from './identity-settings.ts';

export interface Assigned {
  readonly profile: Profile;
  /** Where it is not the one that this visitor's earlier submissions were written to, or have been joined to: a name for it. */
  readonly name?: string;
  /** Others write to it, too: what it holds is not known here. */
  readonly isShared?: true;
  /**
   * To be taken on with it, until that is `joined`: before it where there is an external_id, which is put on the alias if Braze does not know
   * it. After it where it is an e-mail address: nothing is joined to a profile that is not there yet.
   */
  readonly join?: ProfileId;
}

export interface Profiles {
  /**
   * For each of a visitor's submissions, in their order.
   * @throws {StoreError}
   */
  assign(
    submissions: readonly Said[],
    session: Session,
    key: ProfileKey | undefined,
  ): Promise<readonly Assigned[]>;
  /**
   * The brand's backend vouches for them.
   * @returns whether they may be that person: who was joined to another is not
   * @throws {StoreError}
   */
  claim(visitor: string, owner: PageOwner, externalId: string): Promise<boolean>;
  /**
   * What was assigned with a join is taken on, and the join, too.
   * @throws {StoreError}
   */
  joined(session: Session): Promise<void>;
}

export interface Said {
  readonly submission: Submission;
  readonly entered: Entered | undefined;
  /** Field of an answer that the relay has refused. */
  readonly unacceptable: string | undefined;
}

/** What is remembered of a visitor. */
interface Known {
  /** Something was written to the alias. */
  readonly hasAlias?: true;
  /** By what they were known last. */
  readonly key?: ProfileId;
  /** How many of these there have been. */
  readonly keys: number;
  /** Milliseconds since 1970 when this was written. */
  readonly at: number;
}

/** Milliseconds: as long as a browser keeps a cookie at most (RFC 6265bis, section 5.5). Who comes back within that is who they were. */
export const PROFILE_LIFE = 400 * 86_400_000;

/** Milliseconds after which it is written anew, so that it lives on. */
const RENEWAL = 30 * 86_400_000;

/** Bytes that Braze takes (`user_guide/data/user_data_collection/user_profile_lifecycle`). */
const MAX_EXTERNAL_ID = 987;

export function createProfiles({ clock, store }: Pick<Ports, 'clock' | 'store'>): Profiles {
  const nameOf = (environment: string, visitor: string) => `profile/${environment}/${visitor}`;
  // Nobody else writes under that name.
  const read = async (name: string): Promise<Known> =>
    ((await store.get(name)) as Known | undefined) ?? { keys: 0, at: 0 };
  const write = async (name: string, visitor: string, known: Known): Promise<void> => {
    const { hasAlias, key, keys } = known;
    // Before anything is written to it: who is erased later is not anonymous.
    if (key) await rememberProfile(visitor, key, clock() + PROFILE_LIFE, { store, clock });
    const kept = { ...(hasAlias && { hasAlias }), ...(key && { key }), keys, at: clock() };
    await store.put(name, kept, PROFILE_LIFE, visitor);
  };

  return {
    async assign(submissions, { visitor, environment, externalId }, key) {
      const byLink = ({ external_id, link }: Entered = {}): Assigned | undefined =>
        external_id === undefined
          ? undefined
          : { profile: { external_id }, name: `link/${link ?? ''}`, isShared: true };
      // Whoever is vouched for is that person, whatever they say and by whichever link they came.
      const signedIn: Assigned | undefined =
        externalId === undefined ? undefined : { profile: { external_id: externalId }, isShared: true };
      if (signedIn || key === undefined) {
        return submissions.map(({ entered }) => signedIn ?? byLink(entered) ?? { profile: { visitor } });
      }
      const name = nameOf(environment, visitor);
      const before = await read(name);
      let known = before;
      const assigned = submissions.map((said): Assigned => {
        const linked = byLink(said.entered);
        if (linked) return linked;
        const given = keyIn(said, key);
        const isNew = given !== undefined && !isSame(given, known.key);
        if (isNew) known = { ...known, key: given, keys: known.keys + 1 };
        // Only to the first: who is known by something else later is not made one with who they were.
        const join = known.keys === 1 && known.hasAlias ? known.key : undefined;
        if (known.key === undefined) {
          if (!known.hasAlias) known = { ...known, hasAlias: true };
          return { profile: { visitor } };
        }
        return {
          profile: known.key,
          isShared: true,
          ...(known.keys > 1 && { name: `key/${known.keys}` }),
          ...(join && { join }),
        };
      });
      if (known !== before || clock() - known.at > RENEWAL) await write(name, visitor, known);
      return assigned;
    },

    async joined({ visitor, environment }) {
      const name = nameOf(environment, visitor);
      const { hasAlias: _, ...known } = await read(name);
      await write(name, visitor, known);
    },

    async claim(visitor, { environment }, externalId) {
      const name = nameOf(environment.name, visitor);
      const known = await read(name);
      const key = { external_id: externalId };
      if (known.key !== undefined) return isSame(key, known.key);
      await write(name, visitor, { ...known, key, keys: known.keys + 1 });
      return true;
    },
  };
}

/** What an answer says that they are known by. */
function keyIn({ submission, unacceptable }: Said, { by, field }: ProfileKey): ProfileId | undefined {
  const { answers } = submission;
  if (unacceptable === field || !Object.hasOwn(answers, field)) return undefined;
  const value = answers[field];
  if (by === 'email') return typeof value === 'string' && value.includes('@') ? { email: value } : undefined;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const external_id = String(value);
  const size = new TextEncoder().encode(external_id).length;
  return size > 0 && size <= MAX_EXTERNAL_ID ? { external_id } : undefined;
}

function isSame(one: ProfileId, other: ProfileId | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
