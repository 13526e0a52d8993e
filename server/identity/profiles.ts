/**
 * Whose profile a visitor writes to. An alias of their own, until the brand's backend vouches for them, or (where a site has it so) until
 * an answer or an action says by what they are known. What was written to the alias is joined to that profile once, before what comes after.
 */
import type { Submission } from '../../widget/contract/wire.ts';
import { externalIdOf } from '../braze/external-id.ts';
import type { Profile, ProfileId } from '../braze/payload.ts';
import type { PageOwner, RelayConfig } from '../config.ts';
import type { Entered } from '../entering.ts';
import { isSameProfile, knownNameOf, rememberProfiles, type RecordOf } from '../other-profiles.ts';
import type { Ports } from '../ports.ts';
import type { ProfileRecord } from '../profile-record.ts';
import type { Json } from '../store/json.ts';
import type { Session, Visitor } from './credentials.ts';
import type { ProfileKey } from './identity-settings.ts';
import { mayJoin } from './unverified.ts';

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
  readonly join?: Joining;
  /** To be done by the submission itself, whose action says by what they are known. Absent where they are known by that already. */
  readonly own?: Joining;
}

/** What a visitor's alias is made one with. */
export interface Joining {
  readonly to: ProfileId;
  /** By our record it was joined to nobody before. */
  readonly hasOwnAlias?: true;
}

/** Not that of the visitor's alias. */
export type Shared = Omit<Assigned, 'profile'> & { readonly profile: ProfileId };

export interface Profiles {
  /**
   * For each of a visitor's submissions, in their order.
   * @throws {StoreError}
   */
  assign(
    submissions: readonly Said[],
    session: Session,
    owner: Pick<PageOwner, 'identity' | 'profile' | 'unverified'>,
  ): Promise<readonly Assigned[]>;
  /**
   * The brand's backend vouches for them. Of two persons at once one is the first.
   * @throws {StoreError}
   */
  claim(visitor: Visitor, owner: PageOwner, externalId: string): Promise<Claimed>;
  /**
   * A join is taken on, and what was assigned with it, too: nothing that comes after it goes before it.
   * @throws {StoreError}
   */
  joined(whose: RecordOf): Promise<void>;
}

export interface Said {
  readonly submission: Submission;
  readonly entered: Entered | undefined;
  /** Field of an answer that the relay has refused. */
  readonly unacceptable: string | undefined;
  /** What its action says that they are known by. It goes before any answer. */
  readonly given?: ProfileId | undefined;
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
  /** An action has said it: no answer says otherwise any more. */
  readonly isGiven?: true;
  /** For whom the brand's backend has vouched, whatever they answered since; `beside` if their alias is not that person's. */
  readonly person?: {
    readonly external_id: string;
    readonly is: 'joined' | 'beside';
    /** The join is taken on. Until then they are who they were. */
    readonly isTaken?: true;
  };
  /** Milliseconds since 1970 when this was written. */
  readonly at: number;
}

/** Milliseconds after which it is written anew, so that it lives on. */
const RENEWAL = 30 * 86_400_000;

/** Of whom nothing is remembered. */
const NOBODY: Known = { keys: 0, at: 0 };

export function createProfiles(
  config: Pick<RelayConfig, 'retention'>,
  record: Pick<ProfileRecord, 'isWhole'>,
  ports: Pick<Ports, 'clock' | 'log' | 'store'>,
): Profiles {
  const { clock, store } = ports;
  const life = config.retention.profiles;

  /**
   * Changes what is remembered, so that two who do it at once know of each other.
   * @param make what is remembered then, or the same if nothing is to be written; what is returned; and the profiles that are written to
   */
  const change = async <T>(
    whose: RecordOf,
    make: (known: Known) => readonly [known: Known, answer: T, written?: readonly ProfileId[]],
  ): Promise<T> => {
    const name = knownNameOf(whose.environment, whose.visitor);
    const remember = (profiles: readonly ProfileId[]) =>
      rememberProfiles(whose, profiles, clock() + life, ports);
    for (;;) {
      const found = await store.get(name);
      const before = knownIn(found);
      const [known, answer, written = []] = make(before);
      if (known === before) return answer;
      // What stands here alone goes with it.
      if (before.key && !isSameProfile(before.key, known.key)) await remember([before.key]);
      const next = { ...known, at: clock() } as unknown as Json;
      if (!(await store.replace(name, found, next, life, whose.visitor))) continue;
      // Before anything is written to them: who is erased later is not anonymous.
      await remember(known.key ? [...written, known.key] : written);
      return answer;
    }
  };

  return {
    async assign(submissions, session, { identity, profile: key, unverified }) {
      const { visitor, environment, externalId } = session;
      const byLink = ({ external_id, link }: Entered = {}): Assigned | undefined =>
        external_id === undefined
          ? undefined
          : { profile: { external_id }, name: `link/${link ?? ''}`, isShared: true };
      // Whoever is vouched for is that person, whatever they say and by whichever link they came.
      if (externalId !== undefined) {
        return submissions.map(() => ({ profile: { external_id: externalId }, isShared: true }));
      }
      if (key === undefined && !mayJoin(unverified)) {
        // A session of before they signed in lives on: an alias that is not at Braze yet would be a second profile of theirs.
        const known = identity && knownIn(await store.get(knownNameOf(environment, visitor)));
        const own = (known && asPerson(known)) ?? { profile: { visitor } };
        return submissions.map(({ entered }) => byLink(entered) ?? own);
      }
      const { assigned, isFirst } = await change(session, (before) => {
        let known = before;
        const person = asPerson(before);
        const written: ProfileId[] = [];
        const assigned = submissions.map((said): Assigned => {
          const elsewhere = byLink(said.entered) ?? person;
          if (elsewhere) return elsewhere;
          const { given } = said;
          // They are becoming who the backend says that they are, and nobody else.
          if (given && known.person) {
            return { profile: { external_id: known.person.external_id }, isShared: true };
          }
          const inUse = () => (key || known.isGiven ? known.key : undefined);
          const was = inUse();
          // Whose id is known is not known by an address from then on.
          if (given && was && 'email' in given && 'external_id' in was) return asKey(was, known.keys);
          const become = given ?? (key && !known.isGiven ? keyIn(said, key) : undefined);
          if (become !== undefined && !isSameProfile(become, known.key)) {
            known = { ...known, key: become, keys: known.keys + 1 };
            written.push(become);
            // It is not written down of each site whether there is one.
            if (given && known.keys === 1) known = { ...known, hasAlias: true };
          }
          if (given && !known.isGiven) known = { ...known, isGiven: true };
          const now = inUse();
          // Only to the first: who is known by something else later is not made one with who they were.
          const to = known.keys === 1 && known.hasAlias ? now : undefined;
          if (given) return { profile: { visitor }, ...(to && { own: { to } }) };
          if (now === undefined) {
            if (key && !known.hasAlias) known = { ...known, hasAlias: true };
            return { profile: { visitor } };
          }
          return { ...asKey(now, known.keys), ...(to && { join: { to } }) };
        });
        const isDue = known === before && known.at > 0 && clock() - known.at > RENEWAL;
        return [isDue ? { ...known } : known, { assigned, isFirst: before.keys === 0 }, written];
      });
      // Where this is not their first answer the join may have been made, and nobody has written that down. Where our record does not go back to
      // their first day they may have been known by another answer.
      const isJoined = isFirst && assigned.some(({ join, own }) => (join ?? own) !== undefined);
      if (!isJoined || !(await record.isWhole(session.since, clock()))) return assigned;
      return assigned.map(({ join, own, ...each }) => ({
        ...each,
        ...(join && { join: { ...join, hasOwnAlias: true } }),
        ...(own && { own: { ...own, hasOwnAlias: true } }),
      }));
    },

    joined: (whose) =>
      change(whose, (before) => {
        const { hasAlias, ...known } = before;
        const { person } = known;
        if (person?.is === 'joined' && !person.isTaken) {
          return [{ ...known, person: { ...person, isTaken: true } }, undefined];
        }
        return [hasAlias ? known : before, undefined];
      }),

    async claim({ id, since, hasOwnAlias = false }, { site, environment, profile, unverified }, externalId) {
      // Where an answer is the key, or an action, or was, the alias may be on the profile of whoever has that address: joined, it would take that along.
      const isOwn = hasOwnAlias && profile === undefined && !mayJoin(unverified);
      const isCertain = isOwn || (await record.isWhole(since, clock()));
      return change(
        { visitor: id, site, environment: environment.name },
        (known): readonly [known: Known, answer: Claimed] => {
          const key = { external_id: externalId };
          const { person, key: before } = known;
          if (person) return [known, person.external_id === externalId ? person.is : 'other'];
          const isSame = isSameProfile(key, before);
          if (before && 'external_id' in before && !isSame) return [known, 'other'];
          const keys = isSame ? known.keys : known.keys + 1;
          const is = keys === 1 && isCertain ? 'joined' : 'beside';
          return [{ ...known, key, keys, person: { ...key, is } }, is];
        },
      );
    },
  };
}

/**
 * Where that goes now which was assigned to a visitor's alias and waits. To the alias it may come after it was joined, and make a profile
 * that nobody joins any more.
 * @param value what is remembered under `knownNameOf`
 * @returns nothing where it is still the alias
 */
export function insteadOfAlias(
  value: Json | undefined,
  { profile, unverified }: Pick<PageOwner, 'profile' | 'unverified'>,
): Shared | undefined {
  const known = knownIn(value);
  const { hasAlias, key, keys, person, isGiven } = known;
  if (person) return asPerson(known);
  const isInUse = profile !== undefined || (isGiven && mayJoin(unverified));
  // A join that is not taken on yet comes after it.
  return isInUse && key && !hasAlias ? asKey(key, keys) : undefined;
}

/** Whether a site's visitors may be known by something else than their alias. */
export const isLookedUp = ({
  identity,
  profile,
  unverified,
}: Pick<PageOwner, 'identity' | 'profile' | 'unverified'>): boolean =>
  (identity ?? profile) !== undefined || mayJoin(unverified);

// Nobody else writes under that name.
const knownIn = (value: Json | undefined): Known => (value as unknown as Known | undefined) ?? NOBODY;

function asPerson({ person }: Known): Shared | undefined {
  if (person === undefined || (person.is === 'joined' && !person.isTaken)) return undefined;
  return { profile: { external_id: person.external_id }, isShared: true };
}

const asKey = (key: ProfileId, keys: number): Shared => ({
  profile: key,
  isShared: true,
  ...(keys > 1 && { name: `key/${keys}` }),
});

/** What an answer says that they are known by. */
function keyIn({ submission, unacceptable }: Said, { by, field }: ProfileKey): ProfileId | undefined {
  const { answers } = submission;
  if (unacceptable === field || !Object.hasOwn(answers, field)) return undefined;
  const value = answers[field];
  if (by === 'email') return typeof value === 'string' && value.includes('@') ? { email: value } : undefined;
  const external_id = externalIdOf(value);
  return external_id === undefined ? undefined : { external_id };
}
