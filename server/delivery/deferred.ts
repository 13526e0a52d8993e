/**
 * Takes on what was deferred and is due. To do it again is to do nothing, for the store knows work by its key: so a crash on the way loses
 * nothing and doubles nothing.
 */
import type { RelayConfig } from '../config.ts';
import { adviceOf } from '../log-fields.ts';
import type { Delivered } from './delivery.ts';
import type { Keeping } from './keeping.ts';
import type { DeliveryPorts } from './lane.ts';
import { createRounds, type Rounds } from './rounds.ts';
import type { Work } from './work.ts';

export interface DeferredOptions {
  readonly ports: Pick<DeliveryPorts, 'store' | 'setTimer' | 'log'>;
  readonly keeping: Pick<Keeping, 'lease'>;
  /** As they are now. */
  readonly settings: () => Pick<RelayConfig, 'environments'>;
  /** Delivers it, or finds what became of it. */
  readonly takeOn: (work: Work) => Promise<Delivered>;
}

/** Milliseconds between two looks: of a wait of minutes nobody notices them. */
const LOOK_EVERY = 5_000;

/** Taken on at a time. Each is a request to Braze of its own: as many as a lane sends within a second or two. */
const AT_ONCE = 100;

export function createDeferred({ ports, keeping, settings, takeOn }: DeferredOptions): Rounds {
  const { store, setTimer, log } = ports;

  const take = async (work: Work): Promise<void> => {
    const { type } = await takeOn(work);
    // Not now: it is due again when the lease is over.
    if (type !== 'later') await store.deferred.release(work.key);
  };

  const lookUp = async (isClosed: () => boolean): Promise<void> => {
    try {
      let due: readonly Work[];
      do {
        const environments = [...settings().environments.keys()];
        due = await store.deferred.claimDue(environments, AT_ONCE, keeping.lease);
        await Promise.all(due.map(take));
      } while (due.length === AT_ONCE && !isClosed());
    } catch (error) {
      log({ level: 'error', event: 'deferred_failed', advice: adviceOf(error) });
    }
  };

  return createRounds(lookUp, LOOK_EVERY, setTimer);
}
