/** What a shard does that cannot be made, by wrong settings or a store of a newer release: it keeps its alarm until that is mended. */
import { adviceOf } from '../../log-fields.ts';
import { bareProblem } from '../../problem.ts';
import { ConfigError } from '../../config.ts';
import { FlowError } from '../../flows/load.ts';
import type { Shard, ShardStorage } from './shard.ts';
import { webPorts } from '../web-ports.ts';

/** Milliseconds: the platform tries an alarm that fails six times, within minutes, and never again. */
const LOOK_AGAIN = 300_000;

/** @param make throws what is wrong */
export function beginShard(storage: Pick<ShardStorage, 'setAlarm'>, make: () => Shard): Shard {
  try {
    return make();
  } catch (error) {
    return brokenShard(storage, error);
  }
}

/** All that others ask of it rejects with the same, but for what keeps it alive. */
function brokenShard(storage: Pick<ShardStorage, 'setAlarm'>, error: unknown): Shard {
  const words = error instanceof ConfigError || error instanceof FlowError ? error.message : adviceOf(error);
  const refuse = () => Promise.reject(new Error(words));
  return {
    begin: () => undefined,
    async alarm() {
      console.error(words);
      await storage.setAlarm(webPorts.clock() + LOOK_AGAIN);
    },
    fetch: async () => {
      console.error(words);
      return bareProblem(503, 'Not taken on now. Keep it and send it again.', webPorts.createId());
    },
    count: refuse,
    wake: refuse,
    forgetWakeUp: refuse,
    readiness: refuse,
    stats: refuse,
    deadLetters: refuse,
    listTallies: refuse,
    findTallies: refuse,
  };
}
