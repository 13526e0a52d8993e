/** From a submission to Braze and back. */
import type { Receipt } from '../../widget/contract/wire.ts';
import { createChanges } from '../braze/changes.ts';
import type { BrazeEnvironment, EnvironmentName, RelayConfig } from '../config.ts';
import { StoreError } from '../store/store.ts';
import type { BreakerState } from './breaker.ts';
import { createItem, queued, type Item } from './item.ts';
import { createKeeping } from './keeping.ts';
import { createLane, type DeliveryPorts, type Lane } from './lane.ts';
import { createSpool } from './spool.ts';
import type { Work } from './work.ts';

/** What the visitor is told. */
export type Delivered =
  | { readonly type: 'settled'; readonly receipt: Receipt }
  /** Not taken on: the browser keeps it and comes again after so many seconds. */
  | { readonly type: 'later'; readonly retryAfter: number };

export interface Delivery {
  /**
   * Delivers it, or finds its receipt; after `wait` milliseconds it is `queued`, or `later` where the store is not durable.
   * Never rejects.
   */
  deliver(work: Work, wait: number): Promise<Delivered>;
  /** From now on with these endpoints and keys. What the old ones were blamed for is forgotten. */
  replaceEnvironments(environments: ReadonlyMap<EnvironmentName, BrazeEnvironment>): void;
  /** Delivers what is in the store's spool, until `close`. */
  startSpool(): void;
  state(): Promise<DeliveryState>;
  /** Resolves when nothing is under way any more: for runtimes that end with the request. */
  idle(): Promise<void>;
  /** Takes nothing on any more, lets requests to Braze end, and puts what has not left into the spool. */
  close(): Promise<void>;
}

export interface DeliveryState {
  readonly lanes: ReadonlyMap<EnvironmentName, LaneState>;
}

/** How it stands with one environment. */
export interface LaneState {
  readonly breaker: BreakerState;
  /** Requests to Braze that are under way. */
  readonly inFlight: number;
  /** Submissions that wait for their request. */
  readonly waiting: number;
  /** Requests that may leave at once, as far as is known. */
  readonly budget: number;
  /** Objects that Braze takes in one request, as far as is known. */
  readonly objectLimit: number;
}

/** Milliseconds beyond a request's own time that its claim lasts: the store has to be written before and after it. */
const CLAIM_MARGIN = 5_000;

/** Milliseconds until it is asked again after what another process holds: an answer of Braze's takes 10-100 (`api/api_limits`). */
const ASK_AGAIN = 100;

/** Seconds after which a browser comes again with what was not taken on: the spool is full, or the store fails. */
const COME_AGAIN = 5;

export function createDelivery(config: RelayConfig, ports: DeliveryPorts): Delivery {
  const { store, clock, setTimer, createId, log, metrics } = ports;
  const claim = { holder: createId(), lease: config.brazeTimeout + CLAIM_MARGIN };
  const keeping = createKeeping(ports, claim);
  const changes = createChanges({ store, secret: config.sessionSecret, clock });
  const lanes = new Map<EnvironmentName, Lane>();
  const held = new Map<string, Item>();
  let isClosed = false;
  let whenIdle: (() => void)[] = [];

  const letGo = (item: Item) => {
    item.isGone = true;
    held.delete(item.key);
    // What stands behind it may be due now.
    if (item.isPromised || item.attempts > 0) spool.stir();
    if (held.size > 0) return;
    for (const resolve of whenIdle) resolve();
    whenIdle = [];
  };

  const openLane = (environment: BrazeEnvironment) => {
    lanes.set(environment.name, createLane({ environment, config, ports, changes, keeping, letGo }));
  };

  const hold = (item: Item) => {
    held.set(item.key, item);
    lanes.get(item.work.environment)?.add(item);
  };

  const spool = createSpool({
    lanes,
    keeping,
    ports,
    adopt: (claimed) => hold(createItem({ ...claimed, isPromised: true }, clock())),
  });

  const giveUp = (item: Item) => {
    const lane = lanes.get(item.work.environment);
    lane?.giveUp(item).catch((error: unknown) => {
      log({ level: 'error', event: 'store_failed', advice: error instanceof Error ? error.message : '' });
      item.tell({ type: 'later', retryAfter: COME_AGAIN });
    });
  };

  const take = async (work: Work, ends: number): Promise<Delivered> => {
    for (;;) {
      const known = held.get(work.key);
      if (known) {
        const cancel = setTimer(() => giveUp(known), Math.max(0, ends - clock()));
        return known.told.finally(cancel);
      }
      if (isClosed || !lanes.has(work.environment)) return { type: 'later', retryAfter: COME_AGAIN };
      const begun = await store.begin(work, claim, config.spoolLimit);
      switch (begun.state) {
        case 'settled':
          return { type: 'settled', receipt: begun.settlement.receipt };
        case 'queued':
          spool.stir();
          return queued(work);
        case 'full':
          log({ level: 'error', event: 'spool_full', limit: config.spoolLimit, submission: work.id });
          return { type: 'later', retryAfter: COME_AGAIN };
        case 'new':
          hold(
            createItem(
              { work: begun.left ?? work, attempts: 0, isInDoubt: begun.isInDoubt, isPromised: false },
              clock(),
            ),
          );
          break;
        case 'in_progress':
          if (held.has(work.key)) break;
          // It is on disk, and whoever holds it delivers it; if they have died, the spool takes it over.
          if (clock() >= ends) return store.isDurable ? queued(work) : { type: 'later', retryAfter: 1 };
          await keeping.pause(Math.min(ASK_AGAIN, Math.max(1, ends - clock())));
      }
    }
  };

  const idle = () =>
    new Promise<void>((resolve) => {
      if (held.size === 0) resolve();
      else whenIdle.push(resolve);
    });

  for (const environment of config.environments.values()) openLane(environment);

  return {
    async deliver(work, wait) {
      const start = clock();
      let delivered: Delivered;
      try {
        delivered = await take(work, start + wait);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        log({ level: 'error', event: 'store_failed', submission: work.id, advice: error.message });
        delivered = { type: 'later', retryAfter: COME_AGAIN };
      }
      const outcome = delivered.type === 'settled' ? delivered.receipt.outcome : 'refused';
      metrics.answered(work.environment, outcome, (clock() - start) / 1_000);
      return delivered;
    },
    replaceEnvironments(environments) {
      for (const environment of environments.values()) {
        const lane = lanes.get(environment.name);
        if (!lane) openLane(environment);
        else {
          lane.replace(environment).then(
            () => spool.stir(),
            (error: unknown) => {
              log({
                level: 'error',
                event: 'store_failed',
                advice: error instanceof Error ? error.message : '',
              });
            },
          );
        }
      }
    },
    startSpool: () => spool.start(),
    async state() {
      const states = [...lanes].map(async ([name, lane]) => [name, await lane.state()] as const);
      return { lanes: new Map(await Promise.all(states)) };
    },
    idle,
    async close() {
      isClosed = true;
      spool.close();
      await Promise.allSettled([...lanes.values()].map((lane) => lane.close()));
      const late = keeping.pause(claim.lease);
      await Promise.race([idle(), late]);
      keeping.close();
    },
  };
}
