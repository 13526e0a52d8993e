/** From a submission to Braze and back. */
import type { Receipt } from '../../widget/contract/wire.ts';
import { createChanges } from '../braze/changes.ts';
import type { BrazeEnvironment, EnvironmentName, RelayConfig } from '../config.ts';
import { adviceOf } from '../log-fields.ts';
import { createAbandonment } from './abandonment.ts';
import type { BreakerState } from './breaker.ts';
import { createDeferred } from './deferred.ts';
import { createErasing } from './erasing.ts';
import { createExpiring } from './expiring.ts';
import { createItem, queued, type Item } from './item.ts';
import { createKeeping } from './keeping.ts';
import { createLane, type DeliveryPorts, type Lane } from './lane.ts';
import { createSpool } from './spool.ts';
import { createTakingOn } from './taking-on.ts';
import { createUndelivered } from './undelivered.ts';
import type { Work } from './work.ts';

/** What the visitor is told. */
export type Delivered =
  | { readonly type: 'settled'; readonly receipt: Receipt }
  /** Too old to be told from a repeat, and nobody knows it: it was not written down. */
  | { readonly type: 'expired'; readonly receipt: Receipt }
  /** Not taken on: the browser keeps it and comes again after so many seconds. */
  | { readonly type: 'later'; readonly retryAfter: number };

export interface Delivery {
  /**
   * Delivers the work of one visitor, in its order, or finds its receipts; after `wait` milliseconds it is `queued`, or `later` where
   * the store is not durable. Behind one that is not taken on, none is.
   * @param hearNew is told of each that nobody had begun before
   * @param isExpired of these nothing new is begun: what became of them may have been forgotten
   */
  deliver(
    works: readonly Work[],
    wait: number,
    hearNew?: (work: Work) => void,
    isExpired?: (work: Work) => boolean,
  ): Promise<readonly Delivered[]>;
  /** The store has erased that visitor: what this process has of them does not leave any more. */
  erase(visitor: string): void;
  /** From now on with these endpoints, keys and sites. What the old keys and endpoints were blamed for is forgotten. */
  replaceSettings(settings: Pick<RelayConfig, 'environments' | 'origins'>): void;
  /**
   * Delivers what is in the store's spool, and what the store keeps until a time as soon as it is due, erases at Braze who was erased
   * here, makes dead letters of what is too old, and drops those that are over, until `close`.
   */
  startSpool(): void;
  /** Delivers what the store keeps until a time and is due now, and erases at Braze: for what has been woken and may be put to sleep again. Never rejects. */
  deliverDue(): Promise<void>;
  state(): Promise<DeliveryState>;
  /** Takes nothing on any more, lets requests to Braze end, and puts what has not left into the spool. */
  close(): Promise<void>;
}

export interface DeliveryState {
  readonly lanes: ReadonlyMap<EnvironmentName, LaneState>;
}

/** How it stands with one environment. */
export interface LaneState {
  readonly breaker: BreakerState;
  /** Of what actions call besides `/users/track`, by the permission that each needs. */
  readonly calls: ReadonlyMap<string, BreakerState>;
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

export function createDelivery(config: RelayConfig, ports: DeliveryPorts): Delivery {
  const { store, clock, createId, log, metrics } = ports;
  const claim = { holder: createId(), lease: config.brazeTimeout + CLAIM_MARGIN };
  const keeping = createKeeping(ports, claim);
  const changes = createChanges({
    store,
    secret: config.sessionSecret,
    clock,
    life: config.retention.changes,
  });
  const lanes = new Map<EnvironmentName, Lane>();
  const held = new Map<string, Item>();
  let settings: Pick<RelayConfig, 'environments' | 'origins'> = config;
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
    adopt: (claimed) => {
      const known = held.get(claimed.work.key);
      if (!known) {
        hold(createItem({ ...claimed, isPromised: true }, clock()));
        return;
      }
      // This process had it all along, and another took it for dead meanwhile.
      Object.assign(known, { isPromised: true, isInDoubt: known.isInDoubt || claimed.isInDoubt });
      known.tell(queued(known.work));
    },
  });

  const tellFailure = (error: unknown) => {
    log({ level: 'error', event: 'store_failed', advice: adviceOf(error) });
  };

  const giveUp = (item: Item) => {
    const lane = lanes.get(item.work.environment);
    lane?.giveUp(item).catch((error: unknown) => {
      tellFailure(error);
      item.tell({ type: 'later', retryAfter: 1 });
    });
  };

  const takeAll = createTakingOn({
    store,
    claim,
    limit: config.spoolLimit,
    isOpen: ({ environment }) => !isClosed && lanes.has(environment),
    held,
    hold,
    giveUp,
    stirSpool: () => spool.stir(),
    keeping,
    ports,
  });

  for (const environment of config.environments.values()) openLane(environment);

  const takeOn = async (work: Work): Promise<Delivered> => {
    // Until now it did not wait to be delivered.
    const received = { ...work, receivedAt: clock() };
    const [delivered] = await takeAll(
      [received],
      config.brazeTimeout,
      () => undefined,
      () => false,
    );
    return delivered as Delivered;
  };

  const abandonment = createAbandonment({ ports, keeping, settings: () => settings, takeOn });
  const deferred = createDeferred({ ports, keeping, settings: () => settings, takeOn });

  const erasing = createErasing({ config, ports, settings: () => settings });
  const expiring = createExpiring(config, ports);
  const undelivered = createUndelivered({
    config,
    ports,
    claim: { ...claim, holder: createId() },
    lanes,
    settings: () => settings,
  });

  const idle = () =>
    new Promise<void>((resolve) => {
      if (held.size === 0) resolve();
      else whenIdle.push(resolve);
    });

  return {
    async deliver(works, wait, hearNew = () => undefined, isExpired = () => false) {
      const start = clock();
      const told = await takeAll(works, wait, hearNew, isExpired);
      told.forEach((delivered, index) => {
        const environment = works[index]?.environment;
        const outcome = delivered.type === 'later' ? 'refused' : delivered.receipt.outcome;
        if (environment) metrics.answered(environment, outcome, (clock() - start) / 1_000);
      });
      return told;
    },
    erase(visitor) {
      for (const item of held.values()) if (item.work.visitor === visitor) item.isErased = true;
      for (const lane of lanes.values()) lane.erase(visitor);
    },
    replaceSettings(replaced) {
      settings = replaced;
      for (const environment of replaced.environments.values()) {
        const lane = lanes.get(environment.name);
        if (!lane) openLane(environment);
        else {
          lane.replace(environment).then(() => spool.stir(), tellFailure);
        }
      }
      undelivered.sayAgain();
    },
    startSpool() {
      spool.start();
      abandonment.start();
      deferred.start();
      erasing.start();
      expiring.start();
      undelivered.start();
    },
    async deliverDue() {
      await Promise.all([abandonment.look(), deferred.look(), erasing.look()]);
    },
    async state() {
      const states = [...lanes].map(async ([name, lane]) => [name, await lane.state()] as const);
      return { lanes: new Map(await Promise.all(states)) };
    },
    async close() {
      isClosed = true;
      spool.close();
      // A store that fails is not waited for: what could not be written is in doubt, or unsent, when it is read again.
      const late = keeping.pause(claim.lease);
      const closed = Promise.all(
        [abandonment, deferred, erasing, expiring, undelivered].map((each) => each.close()),
      );
      const closing = Promise.allSettled([...lanes.values()].map((lane) => lane.close()));
      await Promise.race([closing.then(idle).then(() => closed), late]);
      keeping.close();
    },
  };
}
