/** Whether anything is still to come, and what. */
import type { Ledger } from './ledger.ts';
import type { Network } from './network.ts';
import type { RelaySide } from './relay-side.ts';
import type { Storage } from './storage.ts';
import type { SimulatedTabs } from './tabs.ts';

export interface Stillness {
  /**
   * What is not at its end, a line each.
   * @param withPoison but for what the relay fails at, and what corrects that: only they may wait
   */
  readonly look: (withPoison: boolean) => Promise<readonly string[]>;
}

export interface StillnessOptions {
  readonly ledger: Ledger;
  readonly tabs: SimulatedTabs;
  readonly storage: Storage;
  readonly network: Network;
  readonly relay: RelaySide;
  /** The browser's. */
  readonly clock: () => number;
}

interface Kept {
  readonly submission?: { readonly id: string };
  readonly until?: number;
}

export function createStillness({
  ledger,
  tabs,
  storage,
  network,
  relay,
  clock,
}: StillnessOptions): Stillness {
  return {
    async look(withPoison) {
      const left: string[] = [];
      const mayWait = (id: string) => withPoison && ledger.isBehind(id, network.poisoned);
      for (const { life, conversation } of tabs.all()) {
        if (conversation.status !== 'ready') left.push(`${life.name} is ${conversation.status}`);
        if (conversation.shown.isAwaitingVerdict) left.push(`${life.name} awaits a verdict`);
      }
      const held = await Promise.all(tabs.all().map((tab) => tab.held()));
      for (const [key, value] of tabs.haveForgetful() ? held.flat() : storage.entries()) {
        const { submission, until = 0 } = value as Kept;
        if (submission && !mayWait(submission.id)) left.push(`${submission.id} is in the outbox`);
        if (key === 'lease' && until > clock()) left.push('somebody holds a lease');
      }
      const { unsettled } = await relay.store.stats();
      // One that forgets keeps in mind what a browser may bring again, which may be gone.
      if (relay.store.isDurable && unsettled > 0) left.push(`the relay holds ${unsettled}`);
      return left;
    },
  };
}
