/** One shard: the whole relay for the visitors whose ids hash to it, in a Durable Object. */
import { createRelay } from '../../app.ts';
import { createDelivery } from '../../delivery/delivery.ts';
import { createPermissions } from '../../permissions.ts';
import { createProfileReading } from '../../profile-reading.ts';
import { createReadiness, createStoreProbe } from '../../readiness.ts';
import { NO_METRICS } from '../../metrics.ts';
import type { Ports } from '../../ports.ts';
import { createDurableObjectStore, type DurableStorage } from '../../store/durable-object.ts';
import { shardName, type ShardObject } from './bindings.ts';
import { connectionOf } from './connection.ts';
import { obey } from './dead-letters.ts';
import { withSharedNames } from './names.ts';
import { shardOf } from './routing.ts';
import type { WorkerParts } from './parts.ts';
import { hearShare, shareOf, type ShardPlace } from './share.ts';
import { holdAtStart, sayOnceADay } from './start-log.ts';
import { createWaking, hearSpooled, type Waking } from './waking.ts';
import { webPorts } from '../web-ports.ts';

export interface ShardStorage extends DurableStorage {
  setAlarm(time: number): Promise<void>;
}

export interface Shard extends ShardObject {
  /** @param alarm that an earlier life of the object has left: milliseconds since 1970 */
  begin(alarm: number | undefined): void;
  alarm(): Promise<void>;
}

/** @param time and chance; the platform's, but for tests */
export function createShard(
  index: number,
  storage: ShardStorage,
  { config: whole, bindings, ports: given, shared }: WorkerParts,
  time = webPorts,
): Shard {
  const { shards, shardCount, wakeUps } = bindings;
  const place: ShardPlace = { index, count: shardCount };
  const config = shareOf(whole, place);
  const starting = holdAtStart((entry) => given.log({ ...entry, shard: index }));
  const { log } = starting;
  // With the first write, which is long after.
  let waking: Waking | undefined = undefined;
  const own = createDurableObjectStore({
    storage,
    clock: time.clock,
    written: () => waking?.written(),
  });
  const store = withSharedNames(
    hearSpooled(own, () => void waking?.spooled()),
    {
      shared,
      shards: shardCount,
      countAt: (shard, name, window, amount) =>
        shard === index
          ? own.count(name, window, amount)
          : shards.getByName(shardName(shard)).count(name, window, amount),
    },
  );
  const ports: Ports = {
    ...time,
    // Those of visitors who are made here have to be found here; of others it makes no difference.
    createId: () => drawId(time.createId, place),
    fetch: hearShare((input, init) => fetch(input, init), place),
    log,
    assets: async () => undefined,
    metrics: NO_METRICS,
    store,
    isHome: (visitor) => shardOf(visitor, shardCount) === index,
    shards: shardCount,
    delivery: () => delivery,
    profiles: () => profiles,
    permissions: createPermissions(),
    findFlow: given.findFlow,
    listFlows: given.listFlows,
  };
  const delivery = createDelivery(config, ports);
  const profiles = createProfileReading(config, ports.permissions, ports);
  const probeStore = createStoreProbe(ports);
  const relay = createRelay(config, ports, probeStore);
  const readiness = createReadiness(ports, probeStore);
  const awake = createWaking({
    shard: index,
    store: own,
    delivery: () => delivery,
    setAlarm: (time) => storage.setAlarm(time),
    wakeUps,
    ports,
  });
  waking = awake;
  // The settings of all shards are the same: one says what they are like.
  const said = starting.made().filter(() => index === 0);

  return {
    begin(alarm) {
      awake.begin(alarm);
      void sayOnceADay(said, { store: own, log });
      delivery.startSpool();
    },
    fetch: async (request) => relay.fetch(request, connectionOf(request)),
    alarm: () => awake.ring(),
    wake: () => awake.wake(),
    forgetWakeUp: () => awake.forgetWakeUp(),
    count: (...counted) => own.count(...counted),
    readiness,
    stats: async () => ({ stats: await own.stats(), backlogs: await own.backlogs() }),
    deadLetters: (order) => obey(store.deadLetters, order),
    listTallies: () => own.tallies.list(),
    findTallies: (...place) => own.tallies.find(...place),
  };
}

function drawId(draw: Ports['createId'], { index, count }: ShardPlace): string {
  // Of a time when there were more shards: it has work left, and nobody new comes.
  if (index >= count) return draw();
  for (;;) {
    const id = draw();
    if (shardOf(id, count) === index) return id;
  }
}
