/** Takes up what lies in the store's spool, as much as each lane can take. */
import { adviceOf } from '../log-fields.ts';
import type { Claimed } from '../store/store.ts';
import type { Keeping } from './keeping.ts';
import type { DeliveryPorts, Lane } from './lane.ts';

export interface Spool {
  start(): void;
  /** Looks now: something may have become due. */
  stir(): void;
  close(): void;
}

export interface SpoolOptions {
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly keeping: Keeping;
  readonly ports: Pick<DeliveryPorts, 'store' | 'setTimer' | 'log'>;
  readonly adopt: (claimed: Claimed) => void;
}

/** Milliseconds between two looks: a look where nothing is due costs the store one search of an index. */
const LOOK_EVERY = 1_000;

export function createSpool({ lanes, keeping, ports: { store, setTimer, log }, adopt }: SpoolOptions): Spool {
  let isStarted = false;
  let isLooking = false;
  let stirred = 0;
  let cancelTimer: (() => void) | undefined;

  const lookAt = async (name: string, lane: Lane): Promise<void> => {
    for (;;) {
      const limit = await lane.appetite();
      if (limit === 0 || !isStarted) return;
      const claimed = await store.claim([name], limit, keeping.claim);
      claimed.forEach(adopt);
      if (claimed.length < limit) return;
    }
  };

  const look = async (): Promise<void> => {
    if (!isStarted) return;
    if (isLooking) {
      stirred += 1;
      return;
    }
    isLooking = true;
    const before = stirred;
    cancelTimer?.();
    try {
      await Promise.all([...lanes].map(([name, lane]) => lookAt(name, lane)));
    } catch (error) {
      log({ level: 'error', event: 'spool_failed', advice: adviceOf(error) });
    }
    isLooking = false;
    if (stirred > before) return look();
    cancelTimer = setTimer(() => void look(), LOOK_EVERY);
  };

  return {
    start() {
      isStarted = true;
      void look();
    },
    stir: () => void look(),
    close() {
      isStarted = false;
      cancelTimer?.();
    },
  };
}
