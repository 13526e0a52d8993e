/** Drops dead letters that nobody has looked after for as long as they are kept. */
import type { RelayConfig } from '../config.ts';
import { adviceOf } from '../log-fields.ts';
import type { DeliveryPorts } from './lane.ts';
import { createRounds, type Rounds } from './rounds.ts';

/** Milliseconds between two looks: of a life of days nobody notices them. */
const LOOK_EVERY = 60_000;

/** Dropped at a time. */
const AT_ONCE = 200;

export function createExpiring(
  { retention }: Pick<RelayConfig, 'retention'>,
  { store, setTimer, log, metrics }: Pick<DeliveryPorts, 'store' | 'setTimer' | 'log' | 'metrics'>,
): Rounds {
  const lookUp = async (isClosed: () => boolean): Promise<void> => {
    try {
      let expired: number;
      do {
        expired = await store.deadLetters.expire(retention.deadLetters, AT_ONCE);
        if (expired === 0) return;
        metrics.deadLettersExpired(expired);
        log({ level: 'warn', event: 'dead_letters_expired', submissions: expired });
      } while (expired === AT_ONCE && !isClosed());
    } catch (error) {
      log({ level: 'error', event: 'expiring_failed', advice: adviceOf(error) });
    }
  };
  return createRounds(lookUp, LOOK_EVERY, setTimer);
}
