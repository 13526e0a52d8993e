/**
 * A shard that nobody asks for is put out of memory, with its timers. What wakes it: a call by a queue while promised work is left, and below
 * that an alarm of its own whenever anything is (docs/decisions/0042).
 */
import type { Delivery } from '../../delivery/delivery.ts';
import { adviceOf } from '../../log-fields.ts';
import type { Ports } from '../../ports.ts';
import type { DurableObjectStore } from '../../store/durable-object.ts';
import type { Store } from '../../store/store.ts';
import type { WakeQueue } from './bindings.ts';

export interface Waking {
  /** @param alarm that an earlier life of the object has left: milliseconds since 1970 */
  begin(alarm: number | undefined): void;
  /** Something was written: there may be something to do that no timer outlives. */
  written(): void;
  /** Work went into the spool. Never rejects. */
  spooled(): Promise<void>;
  /** The alarm went off. Never rejects: after some failures the platform would not try again. */
  ring(): Promise<void>;
  /** @returns how many submissions are left that were promised. @throws {StoreError} */
  wake(): Promise<number>;
  /** The call by the queue was given up. @returns how many are left. @throws {StoreError} */
  forgetWakeUp(): Promise<number>;
}

export interface WakingOptions {
  readonly shard: number;
  readonly store: DurableObjectStore;
  readonly delivery: () => Pick<Delivery, 'deliverDue'>;
  readonly setAlarm: (time: number) => Promise<void>;
  readonly wakeUps: WakeQueue;
  readonly ports: Pick<Ports, 'clock' | 'setTimer' | 'log'>;
}

/**
 * Milliseconds until a shard that was written to looks, and between two looks while something is due: an object is kept in memory for a minute
 * or two after it was asked for last, and until then timers do it.
 */
const LOOK_AFTER = 30_000;

/** Milliseconds between two looks at a store of which nothing is due: what is over is forgotten. */
const DAY = 86_400_000;

/** Seconds until the queue calls: what is tried again at once is mostly delivered by then, and the call is for nothing. */
const CALL_AFTER = 30;

/** Milliseconds without a call after which the message is taken for lost: the queue's longest pause is 10 minutes (`queue.ts`). */
const CALL_LIFE = 3_600_000;

const CALL_NAME = 'wake-up';

/** Milliseconds, and how often it is looked whether what is due has been taken up. */
const TURN = 250;
const TURNS = 20;

export function createWaking({
  shard,
  store,
  delivery,
  setAlarm,
  wakeUps,
  ports: { clock, setTimer, log },
}: WakingOptions): Waking {
  /** Unknown until it has begun: what was written until then is looked after then. */
  let alarmAt: number | undefined;
  let isWritten = false;
  let calling: Promise<void> | undefined;

  const ringAt = (time: number) => {
    alarmAt = time;
    return setAlarm(time);
  };

  const pause = () => new Promise<void>((resolve) => void setTimer(resolve, TURN));

  const isDue = () => (store.nextDue() ?? Infinity) <= clock();

  /** Timers look at the spool by themselves as soon as the object is in memory. */
  const deliver = async () => {
    await delivery().deliverDue();
    for (let turn = 0; turn < TURNS && isDue(); turn += 1) await pause();
  };

  const call = async () => {
    try {
      if ((await store.get(CALL_NAME)) !== undefined) return;
      // On disk before the message leaves. Who dies between the two has the alarm.
      await store.put(CALL_NAME, clock(), CALL_LIFE);
      await wakeUps.send({ shard }, { delaySeconds: CALL_AFTER });
    } catch {
      const advice =
        'The queue took no wake-up call: the shard wakes by its alarm. Look whether the queue of wrangler.jsonc is there.';
      log({ level: 'warn', event: 'wake_up_failed', advice });
      await store.put(CALL_NAME, undefined, 0).catch(() => undefined);
    }
  };

  const written = () => {
    isWritten = true;
    if (alarmAt === undefined) return;
    const away = alarmAt - clock();
    // One that should have gone off is about to. Not if that was long ago: a clock may be set back.
    if (Math.abs(away) <= LOOK_AFTER) return;
    if (nextDueOf(store) !== undefined) void ringAt(clock() + LOOK_AFTER);
    else if (away < 0 || away > DAY) void ringAt(clock() + DAY);
  };

  const left = async () => (await store.stats()).spooled;

  return {
    begin(alarm) {
      alarmAt = alarm ?? Infinity;
      if (isWritten) written();
    },
    written,
    spooled: () => (calling ??= call().finally(() => (calling = undefined))),
    async ring() {
      alarmAt = Infinity;
      try {
        await deliver();
        await store.sweep();
      } catch (error) {
        log({ level: 'error', event: 'alarm_failed', advice: adviceOf(error) });
      }
      const now = clock();
      await ringAt(Math.min(now + DAY, Math.max(now + LOOK_AFTER, nextDueOf(store) ?? Infinity)));
    },
    async wake() {
      await deliver();
      const count = await left();
      await store.put(CALL_NAME, count > 0 ? clock() : undefined, CALL_LIFE);
      return count;
    },
    async forgetWakeUp() {
      await store.put(CALL_NAME, undefined, 0);
      return left();
    },
  };
}

function nextDueOf(store: DurableObjectStore): number | undefined {
  try {
    return store.nextDue();
  } catch {
    // It is looked again soon.
    return 0;
  }
}

/** The store, of which `spooled` is told when promised work waits in it for a time that may be long. */
export function hearSpooled(store: Store, spooled: () => void): Store {
  return {
    ...store,
    async begin(...asked) {
      const begun = await store.begin(...asked);
      if (begun.state === 'queued') spooled();
      return begun;
    },
    async settle(changes, holder) {
      const lost = await store.settle(changes, holder);
      if (changes.some(({ type }) => type === 'spooled')) spooled();
      return lost;
    },
    deadLetters: {
      ...store.deadLetters,
      async retry(key) {
        const isBack = await store.deadLetters.retry(key);
        if (isBack) spooled();
        return isBack;
      },
    },
  };
}
