/** What a shard does that cannot be made: it keeps its alarm until that is mended, and what may be over is tried again. */
import { bareProblem } from '../../problem.ts';
import type { Audience, Readiness } from '../../readiness.ts';
import { StoreError } from '../../store/store.ts';
import { findShardIndex, shardIndexIn } from './bindings.ts';
import { createFaultLog, isLasting, wordsOf } from './faults.ts';
import type { Shard, ShardStorage } from './shard.ts';
import { webPorts } from '../web-ports.ts';

/** Milliseconds: the platform tries an alarm that fails six times, within minutes, and never again. */
const LOOK_AGAIN = 300_000;

/** Milliseconds, where the fault may be over: as a shard that has something to do looks for it (`waking.ts`). */
const TRY_AGAIN = 30_000;

/** The settings and the store are the operator's business alone. */
const brokenFor = (audience: Audience, fault: unknown): Readiness => ({
  status: 'not ready',
  checks: [
    {
      name: 'shard',
      ok: false,
      detail: audience === 'operator' ? wordsOf(fault).join('; ') : 'A shard cannot start.',
    },
  ],
});

/**
 * @param name that the object was asked for by
 * @param make throws what is wrong: wrong settings and a store of a newer release are so for as long as the object lives
 */
export function beginShard(
  name: string | undefined,
  storage: Pick<ShardStorage, 'setAlarm'>,
  make: (index: number) => Shard,
): Shard {
  const say = createFaultLog({ event: 'shard_broken', shard: findShardIndex(name) });
  let made: Shard | undefined;
  let fault: unknown;
  let begun: { readonly alarm: number | undefined } | undefined;

  /** @throws {StoreError} */
  const take = (): Shard => {
    if (made) return made;
    try {
      if (isLasting(fault)) throw fault;
      made = make(shardIndexIn(name));
    } catch (cause) {
      fault = cause;
      say(cause);
      throw new StoreError(`The shard is broken: ${wordsOf(cause).join('; ')}`, { cause });
    }
    if (begun) made.begin(begun.alarm);
    return made;
  };
  const tryToTake = (): Shard | undefined => {
    try {
      return take();
    } catch {
      // It is in the log.
      return undefined;
    }
  };

  tryToTake();
  return {
    begin(alarm) {
      begun = { alarm };
      made?.begin(alarm);
    },
    async alarm() {
      // That one has gone off.
      if (begun && !made) begun = { alarm: undefined };
      const shard = tryToTake();
      if (shard) return shard.alarm();
      const alarm = webPorts.clock() + (isLasting(fault) ? LOOK_AGAIN : TRY_AGAIN);
      begun = { alarm };
      await storage.setAlarm(alarm);
    },
    fetch: async (request) =>
      tryToTake()?.fetch(request) ??
      bareProblem(503, 'Not taken on now. Keep it and send it again.', webPorts.createId()),
    count: async (...counted) => take().count(...counted),
    wake: async () => take().wake(),
    forgetWakeUp: async () => take().forgetWakeUp(),
    readiness: async (audience) => tryToTake()?.readiness(audience) ?? brokenFor(audience, fault),
    stats: async () => take().stats(),
    deadLetters: async (order) => take().deadLetters(order),
    listTallies: async () => take().listTallies(),
    findTallies: async (...place) => take().findTallies(...place),
  };
}
