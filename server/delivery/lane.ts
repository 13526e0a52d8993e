/** All that goes to one environment of Braze: what waits, what is under way, and what becomes of it. */
import { createBatcher } from '../braze/batcher.ts';
import { createBatchLimits } from '../braze/batch-limits.ts';
import type { Changes } from '../braze/changes.ts';
import { createBrazeClient, type BrazeAnswer } from '../braze/client.ts';
import { judgeAnswer, judgeShare, type Judgement } from '../braze/outcome.ts';
import { bodyOf, isEmpty, sizeOf, type Places } from '../braze/payload.ts';
import type { BrazeEnvironment, RelayConfig } from '../config.ts';
import type { Ports } from '../ports.ts';
import { StoreError, type Change } from '../store/store.ts';
import { backoffOf } from './backoff.ts';
import type { LaneState } from './delivery.ts';
import { fateOf, fateOfFault, fateOfNothing, fateOfTooMuch, fateOfUndelivered, type Fate } from './fate.ts';
import { createGate, type Pass } from './gate.ts';
import { erased, goesAloneAfter, queued, type Item } from './item.ts';
import type { Keeping } from './keeping.ts';
import { createOwnRequests, type NotNow } from './own-requests.ts';
import { createPreparing, type Prepared } from './preparing.ts';
import { settledEntry } from './settled-entry.ts';
import { waitsSince } from './work.ts';

export type DeliveryPorts = Pick<
  Ports,
  | 'fetch'
  | 'clock'
  | 'setTimer'
  | 'random'
  | 'createId'
  | 'log'
  | 'metrics'
  | 'permissions'
  | 'store'
  | 'listFlows'
>;

export interface LaneOptions {
  readonly environment: BrazeEnvironment;
  readonly config: RelayConfig;
  readonly ports: DeliveryPorts;
  readonly changes: Changes;
  readonly keeping: Keeping;
  /** The item has had its last word, or is in the spool: this process does not hold it any more. */
  readonly letGo: (item: Item) => void;
}

export interface Lane {
  add(item: Item): void;
  /** Nobody waits for it any longer. */
  giveUp(item: Item): Promise<void>;
  /** What waits of that visitor does not leave any more. What is under way has its last word from Braze, and nobody writes it down. */
  erase(visitor: string): void;
  /** How much of the spool it can take now. */
  appetite(): Promise<number>;
  replace(environment: BrazeEnvironment): Promise<void>;
  state(): Promise<LaneState>;
  close(): Promise<void>;
}

/** Of the spool, taken over ahead of being sent: some full requests, so that what visitors wait for is not held up by claims. */
const SPOOL_AHEAD = 500;

/** Milliseconds after which what stands behind another process's request is tried again, doubled each time: an answer of Braze's takes 10-100. */
const BEHIND_PAUSE = { first: 50, most: 1_000 };

/** Milliseconds until a store that failed is tried again. */
const STORE_PAUSE = 1_000;

/** Seconds after which a browser comes again with what was not taken on, where Braze does not say. */
const COME_AGAIN = 2;

/** At once: it is known by then who has it. */
const AGAIN = { type: 'later', retryAfter: 1 } as const;

/** Tries after which what is too old is given up: with pauses of up to 5 minutes (`backoff.ts`), some hour. */
const TRIES = 24;

/** Seconds that a visitor's browser is sent away at most: Braze's longest window is the clock hour (`api/api_limits`). */
const LONGEST_WAIT = 3_600;

export function createLane({
  environment: first,
  config,
  ports,
  changes,
  keeping,
  letGo,
}: LaneOptions): Lane {
  const { clock, random, log, metrics, store } = ports;
  const { name } = first;
  let environment = first;
  const { isDurable } = store;
  let client = createBrazeClient(environment, config, ports);
  const gate = createGate(environment, config, ports);
  const limits = createBatchLimits({ environment, batching: config.batching, store, clock });
  const preparing = createPreparing(config, store, changes);
  let isClosed = false;

  const batcher = createBatcher<Item, Pass>({
    limits: () => limits.current(),
    linger: config.linger,
    concurrency: config.concurrency,
    permit: async () => {
      await limits.load();
      return gate.permit();
    },
    leave: (batch, pass) => guarded(batch, pass),
    shut: (waiting) => inBackground(gate.opensAt().then((opensAt) => postpone(waiting, clock, opensAt))),
    ports,
  });

  /** Nobody waits for it: what it could not do is in the log, and with the store or Braze. */
  const inBackground = (work: Promise<void>) => {
    work.catch((error: unknown) => {
      const fault = error instanceof Error ? error.name : typeof error;
      log({ level: 'error', event: 'delivery_fault', environment: name, fault });
    });
  };

  /** Where the store is not durable, the visitor's browser comes again and hears it. */
  const hearsNothing = (item: Item) => isDurable && item.isGivenUp;
  const circumstancesOf = (item: Item) => ({
    isPromised: hearsNothing(item),
    inDoubtEvents: config.inDoubtEvents,
  });

  const finish = (item: Item, fate: Extract<Fate, { type: 'settled' }>) => {
    const { receipt } = fate.settlement;
    const { outcome } = receipt;
    item.tell({ type: 'settled', receipt });
    letGo(item);
    const { isInDoubt } = fate.settlement;
    metrics.settled(name, outcome as Exclude<typeof outcome, 'queued'>, isInDoubt);
    log(settledEntry(item.work, fate.settlement, fate.dead?.reason));
  };

  /** Writes down what became of them, then tells. */
  const apply = async (fates: readonly { readonly item: Item; readonly fate: Fate }[]) => {
    for (const { item } of fates) item.isSettling = true;
    await keeping.settle(
      fates.map(({ item, fate }) => changeOf(item, fate)),
      fates.map(({ item }) => item),
    );
    const again: Item[] = [];
    for (const { item, fate } of fates) {
      item.isSettling = false;
      if (fate.type === 'settled') finish(item, fate);
      else {
        Object.assign(item, {
          work: fate.work,
          size: sizeOf(fate.work.share),
          isInDoubt: fate.type === 'again',
          goesAlone: fate.type === 'again',
        });
        again.push(item);
      }
    }
    batcher.putBack(again);
    for (const item of again) if (item.isGivenUp && !item.isPromised) inBackground(release(item));
  };

  /** Nobody waits for it any longer: it is the spool's, or on its way under a promise. */
  const release = async (item: Item): Promise<void> => {
    const [taken, ...behind] = batcher.takeOut(item);
    if (taken) return postpone([taken, ...behind], clock);
    if (isDurable) {
      const lost = await keeping.settle([{ key: item.key, type: 'promised' }], [item]);
      if (lost.length > 0) {
        item.tell(AGAIN);
        return;
      }
      item.isPromised = true;
      item.tell(queued(item.work));
    } else item.tell(AGAIN);
  };

  const changeOf = ({ key }: Item, fate: Fate): Change =>
    fate.type === 'settled'
      ? {
          key,
          type: 'settled',
          settlement: fate.settlement,
          life: config.retention.receipts,
          ...(fate.dead && { dead: fate.dead }),
        }
      : {
          key,
          type: 'held',
          lease: keeping.lease,
          ...(fate.type === 'again' ? { doubted: fate.work } : { left: fate.work }),
        };

  /**
   * Not delivered now. With them goes what their visitors have waiting behind them: nothing overtakes.
   * @param dueOf when the spool may take it up, if the gates are open by then
   * @param opensAt when they are, as far as is known
   */
  const postpone = async (items: readonly Item[], dueOf: (item: Item) => number, opensAt = clock()) => {
    const visitors = new Set(items.map(({ visitor }) => visitor));
    const all = [...items, ...[...visitors].flatMap((visitor) => batcher.takeLine(visitor))];
    if (all.length === 0) return;
    for (const item of all) item.isSettling = true;
    const changeOfOne = (item: Item): Change => {
      const { key, attempts, isInDoubt, work } = item;
      if (isDurable) return { key, type: 'spooled', dueAt: dueOf(item), attempts, isInDoubt, work };
      // Who comes again with it takes it over, and what is known of it.
      return isInDoubt ? { key, type: 'held', lease: 0, doubted: work } : { key, type: 'released' };
    };
    const lost = await keeping.settle(all.map(changeOfOne), all);
    for (const item of all) {
      if (isDurable && lost.includes(item.key)) {
        leave(item);
        continue;
      }
      const seconds = Math.ceil((Math.max(opensAt, dueOf(item)) - clock()) / 1_000);
      const retryAfter = Math.min(Math.max(1, seconds), LONGEST_WAIT);
      item.tell(isDurable ? queued(item.work) : { type: 'later', retryAfter });
      letGo(item);
    }
  };

  /** Held on, to go with a later request. */
  const holdOn = async (items: readonly Item[]) => {
    await keeping.settle(
      items.map(({ key }) => ({ key, type: 'held', lease: keeping.lease })),
      items,
    );
    batcher.putBack(items);
  };

  /** It is this one that the relay fails at: it would do so for ever. */
  const bury = async (items: readonly Item[], fault: string) => {
    const fates = items.map((item) => ({ item, fate: fateOfFault(item, fault) }));
    await apply(fates).catch(() => items.forEach(letGo));
  };

  const guarded = async (batch: readonly Item[], pass: Pass | undefined) => {
    let concerned = batch;
    try {
      concerned = await sendOff(batch);
      await carry(concerned, pass);
    } catch (error) {
      await recover(concerned, error);
    } finally {
      if (pass && !pass.isUsed) await gate.giveBack(pass);
    }
  };

  const recover = async (batch: readonly Item[], error: unknown) => {
    const fault = error instanceof Error ? error.name : typeof error;
    log({ level: 'error', event: 'delivery_fault', environment: name, submissions: batch.length, fault });
    if (!(error instanceof StoreError) && batch.length === 1) return bury(batch, fault);
    // Nobody is kept waiting for a store that fails; what it was given before stays with this process.
    const held = batch.filter((item) => !item.isGone);
    for (const item of held) {
      item.tell({ type: 'later', retryAfter: COME_AGAIN });
      Object.assign(item, { isAwaited: false, isSettling: false, goesAlone: true });
    }
    await keeping.pause(STORE_PAUSE);
    if (isClosed) held.forEach(letGo);
    else batcher.putBack(held);
  };

  /**
   * It is not this process's any more: another has taken it over, and says its last word, or the store has lost it (a Redis that was emptied,
   * a failover to a replica that lacks it). Whoever waits comes again, and hears which. Who was told `queued` comes no more: what is
   * nowhere is put into the spool anew.
   */
  const leave = (item: Item) => {
    item.tell(AGAIN);
    letGo(item);
    if (item.isPromised && !item.isErased) inBackground(keeping.restore(item));
  };

  /** Writes down that they leave. @returns those that do */
  const sendOff = async (batch: readonly Item[]): Promise<readonly Item[]> => {
    const keys = batch.map(({ key }) => key);
    const { sent, behind, spooled, lost } = await store.send(keys, keeping.claim);
    const those = (some: readonly string[]) => batch.filter(({ key }) => some.includes(key));
    those(lost).forEach(leave);
    inBackground(postpone(those(spooled), clock));
    if (behind.length > 0) inBackground(park(those(behind)));
    return those(sent);
  };

  /** Only now is it known what Braze has of their visitors: nobody else has anything of them under way. */
  const carry = async (items: readonly Item[], pass: Pass | undefined) => {
    const [first] = items;
    // They go alone.
    if (first?.work.join) return ownRequests.join(first, first.work.join);
    if (first?.work.call) return ownRequests.call(first, first.work.call);
    const prepared = await preparing.prepare(items);
    const nothing = prepared.filter(({ share }) => isEmpty(share));
    const carried = prepared.filter(({ share }) => !isEmpty(share));
    if (nothing.length > 0) {
      const fateOfOne = (each: Prepared) => fateOfNothing(each, hearsNothing(each.item));
      await apply(nothing.map((each) => ({ item: each.item, fate: fateOfOne(each) })));
    }
    if (carried.length > 0 && pass) await request(carried, pass);
  };

  /** Another process has something of their visitors under way. */
  const park = async (items: readonly Item[]) => {
    const most = Math.max(...items.map(({ pauses }) => pauses));
    for (const item of items) item.pauses += 1;
    await keeping.pause(Math.min(BEHIND_PAUSE.most, BEHIND_PAUSE.first * 2 ** most));
    // Where nobody waits any longer, its browser brings it again, behind what it stands behind here.
    const isLeft = (item: Item) => isClosed || (!isDurable && item.isGivenUp);
    await postpone(items.filter(isLeft), clock).finally(() => {
      batcher.putBack(items.filter((item) => !item.isGone && !isLeft(item)));
      batcher.stir();
    });
  };

  const request = async (going: readonly Prepared[], pass: Pass) => {
    const { body, places } = bodyOf(going.map(({ share }) => share));
    const objects = (body.attributes?.length ?? 0) + (body.events?.length ?? 0);
    if (!(await gate.mayLeave(pass))) return holdOn(going.map(({ item }) => item));
    const start = clock();
    pass.isUsed = true;
    for (const { item } of going) metrics.lingered(name, (start - item.since) / 1_000);
    const answer = await client.track(body);
    const status = statusOf(answer);
    const milliseconds = clock() - start;
    metrics.requested(name, status, objects, milliseconds / 1_000);
    const judgement = judgeAnswer(answer, clock(), { sent: body, requests: environment.requests });
    log({
      level: judgement.type === 'taken' ? 'info' : 'warn',
      event: 'braze_answered',
      environment: name,
      status,
      meaning: judgement.type,
      objects,
      submissions: going.length,
      milliseconds,
    });
    try {
      const isAnswered = judgement.type === 'taken' || judgement.type === 'refused';
      // Until when to wait is known only when the breaker knows of it; what is taken is told at once.
      if (!isAnswered) await gate.learn(answer, judgement, pass);
      await act(going, judgement, places, objects);
      if (isAnswered) await gate.learn(answer, judgement, pass);
    } catch (error) {
      const mayBeTaken = judgement.type === 'taken' || judgement.type === 'in_doubt';
      if (mayBeTaken) for (const { item } of going) item.isInDoubt = true;
      throw error;
    }
  };

  const ownRequests = createOwnRequests({
    environment: first,
    config,
    ports,
    changes,
    keeping,
    client: () => client,
    goesOn: async (item) => (await sendOff([item])).length > 0,
    apply: (item, fate) => apply([{ item, fate }]),
    putOff: (item, judgement, opensAt) => putOff([item], judgement, opensAt),
  });

  const act = async (
    going: readonly Prepared[],
    judgement: Judgement,
    places: readonly Places[],
    objects: number,
  ) => {
    const items = going.map(({ item }) => item);
    const isAlone = going.length === 1;
    switch (judgement.type) {
      case 'taken':
      case 'refused': {
        if (judgement.type === 'refused' && !isAlone) {
          for (const item of items) item.goesAlone = true;
          return holdOn(items);
        }
        const fates = going.map((each, index) => ({
          item: each.item,
          fate: fateOf(
            each,
            judgeShare(judgement, each.share, places[index] as Places, isAlone),
            circumstancesOf(each.item),
          ),
        }));
        // First: once it is settled, another process may have the visitor's next value under way.
        const words = fates.map(({ fate }) => fate);
        await acknowledge(going, words).catch(() => undefined);
        return apply(fates);
      }
      case 'too_many':
      case 'too_large': {
        if (isAlone) {
          const fates = going.map((each, index) => {
            const verdict = judgeShare(judgement, each.share, places[index] as Places, true);
            // A value may be too long, where the request is not.
            const isBlamed = verdict.type === 'refused' && verdict.attribute !== undefined;
            const fate = isBlamed
              ? fateOf(each, verdict, circumstancesOf(each.item))
              : fateOfTooMuch(each, judgement.words);
            return { item: each.item, fate };
          });
          return apply(fates);
        }
        await limits.lower(judgement.type, {
          objects,
          bytes: going.reduce((sum, { item }) => sum + item.size.bytes, 0),
        });
        return holdOn(items);
      }
      default:
        return putOff(items, judgement);
    }
  };

  /** Braze has not taken it, as far as is known, and may later. */
  const putOff = async (items: readonly Item[], { type, retryAfter = 0 }: NotNow, gateOpensAt?: number) => {
    const now = clock();
    for (const item of items) {
      item.attempts += 1;
      item.isInDoubt ||= type === 'in_doubt';
      item.goesAlone ||= goesAloneAfter(item.attempts);
    }
    const opensAt = Math.max(gateOpensAt ?? (await gate.opensAt()), now + retryAfter * 1_000);
    const over = items.filter(isUndeliverable);
    if (over.length > 0) await apply(over.map((item) => ({ item, fate: fateOfTries(item, type) })));
    const left = items.filter((item) => !over.includes(item));
    const dues = new Map(left.map((item) => [item, now + backoffOf(item.attempts, random)]));
    return postpone(left, (item) => dues.get(item) ?? now, opensAt);
  };

  /** Its age alone says nothing: the relay may have been away all that time. */
  const isUndeliverable = ({ work, attempts }: Item) =>
    attempts >= TRIES && waitsSince(work) <= clock() - config.retention.undelivered;
  const fateOfTries = (item: Item, meaning: Judgement['type']) =>
    fateOfUndelivered(
      item,
      config.retention.undelivered,
      `Braze did not take it in ${item.attempts} tries (${meaning}). See what the log says of its answers`,
    );

  /** What Braze has taken without a word is not sent again as long as it stays the same. */
  const acknowledge = async (going: readonly Prepared[], fates: readonly Fate[]) => {
    if (!config.changesOnly) return;
    await Promise.all(
      going.map(async ({ work, hashes }, index) => {
        if (work.isShared) return;
        const fate = fates[index];
        const isTaken = fate?.type === 'settled' && fate.settlement.receipt.outcome === 'success';
        if (isTaken) await changes.remember(work.environment, work.visitor, hashes);
        else await changes.forget(work.environment, work.visitor);
      }),
    );
  };

  return {
    add: (item) => batcher.add(item),
    async giveUp(item) {
      if (item.isPromised) item.tell(queued(item.work));
      // It is being written down; where its last word is, that is told.
      if (item.isGivenUp) return;
      item.isGivenUp = true;
      if (!item.isSettling) await release(item);
    },
    erase(visitor) {
      for (const item of batcher.takeLine(visitor)) {
        item.tell(erased(item.work));
        letGo(item);
      }
    },
    async appetite() {
      const width = isClosed ? 'shut' : await gate.width();
      if (width === 'open') return Math.max(0, SPOOL_AHEAD - batcher.waiting);
      return width === 'probe' && batcher.waiting + batcher.inFlight === 0 ? 1 : 0;
    },
    async replace(replaced) {
      environment = replaced;
      client = createBrazeClient(replaced, config, ports);
      await Promise.all([gate.replace(replaced), ownRequests.replace(replaced)]);
      batcher.stir();
    },
    async state() {
      const { objects } = limits.current();
      const { inFlight, waiting } = batcher;
      return {
        ...(await gate.state()),
        calls: await ownRequests.states(),
        inFlight,
        waiting,
        objectLimit: objects,
      };
    },
    async close() {
      isClosed = true;
      await postpone(batcher.takeAll(), clock);
    },
  };
}

function statusOf(answer: BrazeAnswer): string {
  return answer.type === 'response' ? String(answer.status) : answer.reason;
}
