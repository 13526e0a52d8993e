/**
 * Chooses where records are kept: in the browser's storage once the page allows it and as long as it works, else in memory. What
 * storage refuses is tried once more on a database that is opened anew; after that the page goes on in memory, and says so.
 */
import { createMemoryRecords } from './memory-records.ts';
import type { Records, Transact } from './records.ts';
import { count } from './steps.ts';

/** Whether the page lets the browser keep anything. */
export interface StorageGate {
  /** `pending`: the visitor has yet to be asked. Until they allow it, everything is kept in memory and nothing is sent. */
  readonly state: () => 'allowed' | 'pending' | 'denied';
  /** Hears of changes from then on. */
  readonly listen: (hear: () => void) => void;
}

const loadHousekeeping = () => import('./housekeeping.ts');

export interface BackingOptions {
  /** Opens the browser's storage. Rejects where it refuses. */
  readonly open: () => Promise<Transact>;
  readonly gate: StorageGate;
  /** Hears that what is said lasts as long as the page, and why. */
  readonly failed: (error: unknown) => void;
}

export function createBacking({ open, gate, failed }: BackingOptions): Transact {
  const memory = createMemoryRecords();
  let opening: Promise<Transact> | undefined;
  let isGivenUp = false;
  let moving: Promise<void> = Promise.resolve();
  let wasAllowed = gate.state() === 'allowed';

  const inStorage: Transact = async (mode, run) => {
    opening ??= open();
    return (await opening)(mode, run);
  };

  const tryAgain: Transact = async (mode, run) => {
    try {
      return await inStorage(mode, run);
    } catch (error) {
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
      .then(() => {
        isGivenUp = true;
        failed(error);
      });
    return givingUp;
  };

  const erase = async (records: Records) => records.clear();

  const change = async (): Promise<void> => {
    const state = gate.state();
    try {
      if (state === 'allowed' && !wasAllowed) {
        await (await loadHousekeeping()).moveIn(memory, tryAgain);
      }
      if (state === 'denied') {
        await memory('readwrite', erase);
        await tryAgain('readwrite', erase);
      }
    } catch (error) {
      await giveUp(error);
    }
    wasAllowed = state === 'allowed';
  };
  gate.listen(() => void (moving = moving.then(change)));

  return async (mode, run) => {
    await moving;
    if (isGivenUp || !wasAllowed) return memory(mode, run);
    try {
      return await tryAgain(mode, run);
    } catch (error) {
      await giveUp(error);
      return memory(mode, run);
    }
  };
}
