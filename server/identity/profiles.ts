/**
 * Whose profile a visitor writes to. An alias of their own, until the brand's backend vouches for them, or (where a site has it so) until
 * an answer says by what they are known. What was written to the alias is joined to that profile once, before what comes after.
 */
import type { Submission } from '../../widget/contract/wire.ts';
import type { Profile, ProfileId } from '../braze/payload.ts';
import type { EnvironmentName, PageOwner, RelayConfig } from '../config.ts';
import type { Entered } from '../entering.ts';
import { isRecordWhole, isSameProfile, knownNameOf, rememberProfile } from '../other-profiles.ts';
import type { Ports } from '../ports.ts';
import type { Session, Visitor } from './credentials.ts';
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
   * The brand's backend vouches for them. Of two persons at once one is the first.
   * @throws {StoreError}
   */
  claim(visitor: Visitor, owner: PageOwner, externalId: string): Promise<Claimed>;
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

/**
 * What becomes of a visitor for whom the brand's backend vouches. `joined`: their alias is that person's from now on. `beside`: they are
 * that person, but whose profile their alias has become is not known for certain, and it stays as it is. `other`: they were somebody else
 * before, so that they are another visitor now.
 */
export type Claimed = 'joined' | 'beside' | 'other';

/** What is remembered of a visitor. */
interface Known {
  /** Something was written to the alias. */
  readonly hasAlias?: true;
  /** By what they were known last. */
  readonly key?: ProfileId;
  /** How many of these there have been. */
  readonly keys: number;
  /** For whom the brand's backend has vouched, whatever they answered since; `beside` if their alias is not that person's. */
  readonly person?: { readonly external_id: string; readonly is: 'joined' | 'beside' };
  /** Milliseconds since 1970 when this was written. */
  readonly at: number;
}

/** Milliseconds after which it is written anew, so that it lives on. */
const RENEWAL = 30 * 86_400_000;

/** Bytes that Braze takes (`user_guide/data/user_data_collection/user_profile_lifecycle`). */
const MAX_EXTERNAL_ID = 987;

export function createProfiles(
  config: Pick<RelayConfig, 'retention'>,
  { clock, store }: Pick<Ports, 'clock' | 'store'>,
): Profiles {
  const life = config.retention.profiles;

  /**
   * Changes what is remembered, so that two who do it at once know of each other.
   * @param make what is remembered then, or the same if nothing is to be written, and what is returned
   */
  const change = async <T>(
    visitor: string,
    environment: EnvironmentName,
    make: (known: Known) => readonly [Known, T],
  ): Promise<T> => {
    const name = knownNameOf(environment, visitor);
    const remember = async (key: ProfileId | undefined) => {
      if (key) await rememberProfile(visitor, key, clock() + life, { store, clock });
    };
    for (;;) {
      const found = await store.get(name);
      // Nobody else writes under that name.
      const before = (found as Known | undefined) ?? { keys: 0, at: 0 };
      const [known, answer] = make(before);
      if (known === before) return answer;
      // What stands here alone goes with it.
      if (before.key && !isSameProfile(before.key, known.key)) await remember(before.key);
      if (!(await store.replace(name, found, { ...known, at: clock() }, life, visitor))) continue;
      // Before anything is written to it: who is erased later is not anonymous.
      await remember(known.key);
      return answer;
    }
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
      return change(visitor, environment, (before) => {
        let known = before;
        const assigned = submissions.map((said): Assigned => {
          const linked = byLink(said.entered);
          if (linked) return linked;
          const given = keyIn(said, key);
          const isNew = given !== undefined && !isSameProfile(given, known.key);
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
        return [known === before && clock() - known.at > RENEWAL ? { ...known } : known, assigned];
      });
    },

    joined: ({ visitor, environment }) =>
      change(visitor, environment, ({ hasAlias: _, ...known }) => [known, undefined]),

    claim: ({ id, since }, { environment, profile }, externalId) =>
      change(id, environment.name, (known): readonly [Known, Claimed] => {
        const key = { external_id: externalId };
        const { person, key: before } = known;
        if (person) return [known, person.external_id === externalId ? person.is : 'other'];
        const isSame = isSameProfile(key, before);
        if (before && 'external_id' in before && !isSame) return [known, 'other'];
        const keys = isSame ? known.keys : known.keys + 1;
        // Where an answer is the key the alias may be on the profile of whoever has that address: joined, it would take that along.
        const isCertain = profile === undefined || isRecordWhole(since, clock(), config, store);
        const is = keys === 1 && isCertain ? 'joined' : 'beside';
        return [{ ...known, key, keys, person: { ...key, is } }, is];
      }),
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
