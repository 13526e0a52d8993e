/** Writes into the store what has happened, until it is written: what Braze has taken cannot be undone. */
import { StoreError, type Change, type Claim } from '../store/store.ts';
import type { DeliveryPorts } from './lane.ts';
import type { Item } from './item.ts';
import type { WorkKey } from './work.ts';

export interface Keeping {
  readonly claim: Claim;
  /** Milliseconds. */
  readonly lease: number;
  /**
   * Resolves when it is on disk, with the keys that are not the caller's any more: of these nothing is written. Where the store fails it is
   * tried again, and who waits for these items is sent away meanwhile.
   * @throws {StoreError} when the relay closes before it could be written
   */
  settle(changes: readonly Change[], items: readonly Item[]): Promise<readonly WorkKey[]>;
  /** The same of another write that comes before that. */
  insist<T>(write: () => Promise<T>, items: readonly Item[]): Promise<T>;
  /** Puts work that was promised into the spool anew, where the store has lost it; what anybody has or has settled stays as it is. */
  restore(item: Item): Promise<void>;
  /** Ends early when the relay closes. */
  pause(milliseconds: number): Promise<void>;
  /** Nothing is tried again from now on. */
  close(): void;
}

/** Milliseconds until a write that failed is tried again: a full disk is not made free within less. */
const RETRY_PAUSE = 1_000;

/** Seconds until a browser that is sent away comes again. */
const COME_AGAIN = 2;

/** A limit that nothing reaches, and that every store can write. */
const ANY_ROOM = Number.MAX_SAFE_INTEGER;

export function createKeeping(
  { store, clock, setTimer, log }: Pick<DeliveryPorts, 'store' | 'clock' | 'setTimer' | 'log'>,
  claim: Claim,
): Keeping {
  const ends = new Set<() => void>();
  let isClosed = false;

  const pause = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      if (isClosed) {
        resolve();
        return;
      }
      const end = () => {
        cancel();
        ends.delete(end);
        resolve();
      };
      const cancel = setTimer(end, milliseconds);
      ends.add(end);
    });

  const insist: Keeping['insist'] = async (write, items) => {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        for (const item of items) item.tell({ type: 'later', retryAfter: COME_AGAIN });
        if (!(error instanceof StoreError) || isClosed) throw error;
        log({ level: 'error', event: 'store_failed', advice: error.message });
        await pause(RETRY_PAUSE);
      }
    }
  };

  const settle: Keeping['settle'] = async (changes, items) => {
    const lost = await insist(() => store.settle(changes, claim.holder), items);
    if (changes.every(({ type }) => type === 'promised')) return lost;
    // Somebody took it for dead: it is in doubt, and counted by who has it now.
    const erased = new Set(items.flatMap((item) => (item.isErased ? [item.key] : [])));
    for (const key of lost.filter((each) => !erased.has(each)))
      log({ level: 'warn', event: 'claim_lost', submission: key.slice(key.indexOf('/') + 1) });
    return lost;
  };

  return {
    claim,
    lease: claim.lease,
    insist,
    settle,
    async restore(item) {
      const { key, work, attempts } = item;
      // It has its place: it was taken on before.
      const begun = await insist(() => store.begin(work, claim, ANY_ROOM, ANY_ROOM), [item]);
      if (begun.state !== 'new') return;
      const { left, isInDoubt } = begun;
      if (!left)
        log({ level: 'error', event: 'spool_restored', environment: work.environment, submission: work.id });
      const doubt = isInDoubt || item.isInDoubt;
      const again = {
        type: 'spooled',
        dueAt: clock(),
        attempts,
        isInDoubt: doubt,
        work: left ?? work,
      } as const;
      await settle([{ key, ...again }], [item]);
    },
    pause,
    close() {
      isClosed = true;
      for (const end of ends) end();
    },
  };
}
