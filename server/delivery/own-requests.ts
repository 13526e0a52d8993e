/** What needs a request of its own and goes alone: joins of profiles, and what actions call besides `/users/track`. */
import type { Changes } from '../braze/changes.ts';
import type { BrazeClient } from '../braze/client.ts';
import type { Judgement } from '../braze/outcome.ts';
import type { ProfileId } from '../braze/payload.ts';
import type { BrazeEnvironment, RelayConfig } from '../config.ts';
import { createRemembering } from '../remembering.ts';
import { createCalls } from './calls.ts';
import {
  fateOfCall,
  fateOfCallOver,
  fateOfJoin,
  fateOfNoEffect,
  fateOfSentBefore,
  type Fate,
} from './fate.ts';
import type { Item } from './item.ts';
import type { Keeping } from './keeping.ts';
import type { DeliveryPorts } from './lane.ts';
import { createProfileJoins } from './profile-joins.ts';
import type { Call, Work } from './work.ts';

/** Braze has not taken it, as far as is known, and may later. */
export type NotNow = Exclude<Judgement, { readonly errors: unknown }>;

export interface OwnRequestOptions {
  readonly environment: BrazeEnvironment;
  readonly config: RelayConfig;
  readonly ports: DeliveryPorts;
  readonly changes: Changes;
  readonly keeping: Keeping;
  /** With the key of now. */
  readonly client: () => BrazeClient;
  /** Before a further request for it: whether it is this process's still. */
  readonly goesOn: (item: Item) => Promise<boolean>;
  /** Writes down what became of it, then tells. */
  readonly apply: (item: Item, fate: Fate) => Promise<void>;
  /** @param opensAt when it may be tried again, as far as is known */
  readonly putOff: (item: Item, judgement: NotNow, opensAt?: number) => Promise<void>;
}

export function createOwnRequests(options: OwnRequestOptions) {
  const { environment, config, ports, changes, keeping, client, goesOn, apply, putOff } = options;
  const { store } = ports;
  const joins = createProfileJoins(environment, ports);
  const calls = createCalls(environment, config, ports);
  const remembering = createRemembering(ports);

  const join = async (item: Item, profile: ProfileId) => {
    try {
      const joined = await joins.join(item.work, profile, client(), {
        isTried: item.isInDoubt,
        goesOn: () => goesOn(item),
      });
      if (joined.type === 'gone') return;
      if (joined.type === 'not_now') {
        // A join is for good: where of anything else it is taken that nothing was done, it is looked at before this is made again.
        item.isInDoubt ||= joined.judgement.type === 'unavailable';
        await putOff(item, joined.judgement);
        return;
      }
      // What was acknowledged was acknowledged of another profile.
      if (joined.type === 'joined') await changes.forget(environment.name, item.visitor);
      const words = joined.type === 'refused' ? joined.words : undefined;
      const { work } = item;
      const fate =
        joined.type === 'without_effect' ? fateOfNoEffect(work, profile) : fateOfJoin(work, profile, words);
      await apply(item, fate);
    } catch (error) {
      // Braze may have done it, and nobody has written that down.
      item.isInDoubt = true;
      throw error;
    }
  };

  /** Who was sent it has it: no correction sends it again. Not of what does the same twice as once. */
  const sentBefore = async (work: Work, asked: Call): Promise<Fate | undefined> => {
    if (asked.isRepeatable || asked.repeats || work.corrects === undefined) return undefined;
    return fateOfSentBefore(work, asked, await store.find(work.corrects));
  };

  const call = async (item: Item, asked: Call) => {
    const { work } = item;
    try {
      const before = await sentBefore(work, asked);
      if (before) {
        await apply(item, before);
        return;
      }
      const called = await calls.run(work, asked, client(), item.isInDoubt);
      if (called.type === 'not_now') {
        await putOff(item, called.judgement, called.opensAt);
        return;
      }
      if (called.type === 'done' && Object.keys(called.kept).length > 0) {
        // What comes next may read it.
        const { kept } = called;
        await keeping.insist(() => remembering.remember(work, { kept }), [item]);
      }
      // Of a profile that is another now, what was acknowledged says nothing. A send leaves it as it is.
      if (asked.name.startsWith('users/')) await changes.forget(environment.name, item.visitor);
      const fate =
        called.type === 'done' ? fateOfCall(work, called.read) : fateOfCallOver(work, asked, called);
      await apply(item, fate);
    } catch (error) {
      // Braze may have done it, and nobody has written that down.
      item.isInDoubt = true;
      throw error;
    }
  };

  return {
    join,
    call,
    /** From now on with this endpoint and key. */
    replace: (replaced: BrazeEnvironment) => calls.replace(replaced),
    states: () => calls.states(),
  };
}
