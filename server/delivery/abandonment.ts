/**
 * Takes on what was kept provisionally and is due: nothing more has come of a conversation that was left. To do it again is to do
 * nothing, for the store knows work by its key: so a crash on the way loses nothing and doubles nothing.
 */
import type { PageOwner, RelayConfig } from '../config.ts';
import { insteadOfAlias, isLookedUp } from '../identity/profiles.ts';
import { onProfile, underName } from '../lifecycle.ts';
import { adviceOf } from '../log-fields.ts';
import { knownNameOf } from '../other-profiles.ts';
import type { Due } from '../store/store.ts';
import type { Delivered } from './delivery.ts';
import type { Keeping } from './keeping.ts';
import type { DeliveryPorts } from './lane.ts';
import { createRounds, type Rounds } from './rounds.ts';
import type { Work } from './work.ts';

export interface AbandonmentOptions {
  readonly ports: Pick<DeliveryPorts, 'store' | 'setTimer' | 'log'>;
  readonly keeping: Pick<Keeping, 'lease'>;
  /** As they are now. */
  readonly settings: () => Pick<RelayConfig, 'environments' | 'origins'>;
  /** Delivers it, or finds what became of it. */
  readonly takeOn: (work: Work) => Promise<Delivered>;
}

/** Milliseconds between two looks: of an idle time of minutes nobody notices them. */
const LOOK_EVERY = 5_000;

/** Taken on at a time: some full requests to Braze. */
const AT_ONCE = 200;

/**
 * Milliseconds that it may be overdue: nobody has been there for its environment for so long. A day, as for the longest idle time: what
 * is told of a conversation later than that is of no use to anybody, and what is of an environment that is gone would stay for ever.
 */
const LONGEST_OVERDUE = 24 * 60 * 60 * 1000;

export function createAbandonment({ ports, keeping, settings, takeOn }: AbandonmentOptions): Rounds {
  const { store, setTimer, log } = ports;

  const ownerOf = ({ site, environment }: Work) =>
    [...settings().origins.values()].find(
      (owner) => owner.site === site && owner.environment.name === environment,
    );

  /** As it is to be told now; `undefined` where its site does not tell it, or not any more, or is no more. */
  const toldNow = async (work: Work, owner: PageOwner | undefined): Promise<Work | undefined> => {
    const called = owner?.events.names.abandoned;
    if (owner === undefined || called === undefined) return undefined;
    const told = underName(work, called);
    if (work.isShared || !isLookedUp(owner)) return told;
    // They may have signed in since they left.
    const instead = insteadOfAlias(await store.get(knownNameOf(work.environment, work.visitor)), owner);
    return instead ? onProfile(told, instead) : told;
  };

  const tell = async ({ name, work: { passed, ...work } }: Due): Promise<void> => {
    const owner = ownerOf(work);
    if (passed && owner?.events.counts) await store.tallies.add([passed]);
    const told = await toldNow(work, owner);
    const delivered = told && (await takeOn(told));
    // Not now: it is due again when the lease is over.
    if (delivered?.type !== 'later') await store.provisional.release(name);
  };

  const expire = async (isClosed: () => boolean): Promise<void> => {
    let expired: number;
    do {
      expired = await store.provisional.expire(LONGEST_OVERDUE, AT_ONCE);
      if (expired > 0) log({ level: 'warn', event: 'provisional_expired', departures: expired });
    } while (expired === AT_ONCE && !isClosed());
  };

  const lookUp = async (isClosed: () => boolean): Promise<void> => {
    try {
      await expire(isClosed);
      let due: readonly Due[];
      do {
        const environments = [...settings().environments.keys()];
        due = await store.provisional.claimDue(environments, AT_ONCE, keeping.lease);
        await Promise.all(due.map(tell));
      } while (due.length === AT_ONCE && !isClosed());
    } catch (error) {
      log({ level: 'error', event: 'provisional_failed', advice: adviceOf(error) });
    }
  };

  return createRounds(lookUp, LOOK_EVERY, setTimer);
}
