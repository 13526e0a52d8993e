/**
 * Chooses where records are kept: in the browser's storage once the page allows it and as long as it works, else in memory. What
 * storage refuses is tried once more on a database that is opened anew; after that the page goes on in memory, and says so.
 */
import { createMemoryRecords } from './memory-records.ts';
import type { Transact } from './records.ts';
import { count } from './steps.ts';

/** Whether the page lets the browser keep anything. */
export interface StorageGate {
  /** `pending`: the visitor has yet to be asked. Until they allow it, everything is kept in memory and nothing is sent. */
  readonly state: () => 'allowed' | 'pending' | 'denied';
  /** Hears of changes from then on, until the returned function is called. */
  readonly listen: (hear: () => void) => () => void;
}

const loadHousekeeping = () => import('./housekeeping.ts');

/** What is said until it is allowed moves into storage then: for that all is at hand, also where the network has gone by then. */
export const prepareMove = (): void => void loadHousekeeping().catch(() => undefined);

export interface BackingOptions {
  /** Opens the browser's storage. Rejects where it refuses. */
  readonly open: () => Promise<Transact>;
  /** Deletes it, unread, and makes none where there is none. */
  readonly discard: () => Promise<void>;
  readonly gate: StorageGate;
  /** Hears that what is said lasts as long as the page, and why. */
  readonly failed: (error: unknown) => void;
}

export function createBacking({ open, discard, gate, failed }: BackingOptions): Transact {
  const memory = createMemoryRecords();
  let opening: Promise<Transact> | undefined;
  let moving: Promise<void> = Promise.resolve();
  const isAllowed = () => gate.state() === 'allowed';
  let wasAllowed = isAllowed();

  const inStorage: Transact = async (mode, run) => {
    opening ??= open();
    return (await opening)(mode, run);
  };

  const tryAgain: Transact = async (mode, run) => {
    try {
      return await inStorage(mode, run);
    } catch (error) {
      // Deleted under it: it is not made anew.
      if (!isAllowed()) throw error;
      // No room; else a connection that the browser has closed, as Safari does, or a database that was deleted.
      if (String(error).includes('Quota')) await (await loadHousekeeping()).makeRoom(inStorage);
      else opening = undefined;
      return inStorage(mode, run);
    }
  };

  let givingUp: Promise<void> | undefined;
  const giveUp = (error: unknown): Promise<void> => {
    givingUp ??= loadHousekeeping()
      .then(({ takeOver }) => takeOver(inStorage, memory))
      // Offline, perhaps: it is still there for the next page.
      .catch(() => undefined)
      .then(() => memory('readwrite', (records) => count(records, { storage: 1 })))
      .then(() => failed(error));
    return givingUp;
  };

  gate.listen(() => {
    const state = gate.state();
    prepareMove();
    moving = moving.then(async () => {
      const isNew = !wasAllowed;
      wasAllowed = state === 'allowed';
      try {
        if (wasAllowed && isNew) await (await loadHousekeeping()).moveIn(memory, tryAgain);
      } catch (error) {
        await giveUp(error);
      }
      if (state !== 'denied') return;
      opening = undefined;
      await memory('readwrite', async (records) => records.clear());
      // What an earlier page has kept goes too.
      await discard().catch(() => undefined);
    });
  });

  return async (mode, run) => {
    await moving;
    if (givingUp || !wasAllowed) {
      await givingUp;
      return memory(mode, run);
    }
    try {
      return await tryAgain(mode, run);
    } catch (error) {
      // Denied meanwhile: what it was about is gone.
      if (isAllowed()) await giveUp(error);
      return memory(mode, run);
    }
  };
}
