/**
 * What cannot be brought to Braze does not wait for ever: what is too old, and whose environment takes nothing, is a dead letter, and an
 * erasure is left. And at the start the operator hears of what waits for an environment that is out of the settings.
 */
import { ENVIRONMENTS, type EnvironmentName, type RelayConfig } from '../config.ts';
import { adviceOf } from '../log-fields.ts';
import type { Change, Claim, Claimed } from '../store/store.ts';
import { createAbsence } from './absence.ts';
import type { Erasure } from './erasure.ts';
import { fateOfUndelivered } from './fate.ts';
import type { DeliveryPorts, Lane } from './lane.ts';
import { createRounds, type Rounds } from './rounds.ts';
import { settledEntry } from './settled-entry.ts';
import type { Work } from './work.ts';

export interface UndeliveredOptions {
  readonly config: Pick<RelayConfig, 'retention'>;
  readonly ports: Pick<DeliveryPorts, 'store' | 'clock' | 'setTimer' | 'log' | 'metrics'>;
  /** Of a holder of its own: what the lanes of this process hold is another's, as what other processes hold. */
  readonly claim: Claim;
  readonly lanes: ReadonlyMap<EnvironmentName, Pick<Lane, 'state'>>;
  /** As they are now. */
  readonly settings: () => Pick<RelayConfig, 'environments'>;
}

export interface Undelivered extends Rounds {
  /** The settings are others: looks now, and says anew what is said at the start. */
  sayAgain(): void;
}

/** Milliseconds between two looks: of a life of days nobody notices them. */
const LOOK_EVERY = 60_000;

/** At a time. */
const AT_ONCE = 200;

/**
 * Milliseconds that this process has to have seen an environment shut: nobody asked Braze anything while none ran. After a start that comes
 * late all is old, and a hiccup of Braze's is no reason to give it up: in an hour its breaker has let a dozen requests through, to see.
 */
const SHUT_FOR = 60 * 60 * 1_000;

const DAY = 24 * 60 * 60 * 1_000;

export function createUndelivered({
  config,
  ports,
  claim,
  lanes,
  settings,
}: UndeliveredOptions): Undelivered {
  const { store, clock, setTimer, log, metrics } = ports;
  const { undelivered: age, receipts: life } = config.retention;
  const lookAtAbsence = createAbsence({ ports, settings });
  /** Since when this process sees them so. */
  const shutSince = new Map<EnvironmentName, number>();
  let isSaid = false;

  /** Their environment takes on nothing any more. In the spool they wait as all else of it does, and no longer. */
  const spoolDeferred = async (isClosed: () => boolean): Promise<void> => {
    const { environments } = settings();
    const gone = ENVIRONMENTS.filter((name) => !environments.has(name));
    let due: readonly Work[] = [];
    do {
      if (gone.length > 0) due = await store.deferred.claimDue(gone, AT_ONCE, claim.lease);
      await Promise.all(due.map(spool));
    } while (due.length === AT_ONCE && !isClosed());
  };

  /** Until now it did not wait to be delivered. It was taken on before: it needs no room of anybody. */
  const spool = async (work: Work): Promise<void> => {
    const { key } = work;
    const { state } = await store.begin({ ...work, receivedAt: clock() }, claim, Infinity);
    // Another process does the same.
    if (state === 'in_progress') return;
    const change = { key, type: 'spooled', dueAt: clock(), attempts: 0, isInDoubt: false } as const;
    if (state === 'new') await store.settle([change], claim.holder);
    await store.deferred.release(key);
  };

  const bury = async (name: EnvironmentName, why: string, isClosed: () => boolean): Promise<void> => {
    let old: readonly Claimed[];
    do {
      old = await store.claimOld([name], age, AT_ONCE, claim);
      if (old.length === 0) return;
      const fates = old.map((claimed) => ({
        work: claimed.work,
        ...fateOfUndelivered(claimed, age, why),
      }));
      const changes = fates.map(({ work: { key }, type, settlement, dead }): Change => ({
        key,
        type,
        settlement,
        life,
        ...(dead && { dead }),
      }));
      // Of who was erased meanwhile.
      const lost = await store.settle(changes, claim.holder);
      const dead = fates.filter(({ work }) => !lost.includes(work.key));
      for (const { work, settlement, dead: death } of dead) {
        metrics.settled(name, 'error', settlement.isInDoubt);
        log(settledEntry(work, settlement, death?.reason));
      }
      if (dead.length > 0)
        log({ level: 'error', event: 'undelivered_expired', environment: name, submissions: dead.length });
    } while (old.length === AT_ONCE && !isClosed());
  };

  const leave = async (gone: readonly EnvironmentName[], isClosed: () => boolean): Promise<void> => {
    let left: readonly Erasure[];
    const words = {
      level: 'error',
      event: 'erasure_settled',
      outcome: 'left',
      reason: 'no_environment',
    } as const;
    do {
      left = gone.length === 0 ? [] : await store.erasures.expire(gone, age, AT_ONCE);
      for (const { site, environment } of left) log({ ...words, site, environment });
    } while (left.length === AT_ONCE && !isClosed());
  };

  /** `undefined` where it is open, or was lately. */
  const whyShut = async (name: EnvironmentName, lane: Pick<Lane, 'state'>): Promise<string | undefined> => {
    const { breaker } = await lane.state();
    if (breaker.type === 'closed') {
      shutSince.delete(name);
      return undefined;
    }
    const now = clock();
    const seen = shutSince.get(name) ?? now;
    shutSince.set(name, seen);
    // It may have been open in between.
    if (now - Math.max(breaker.since, seen) < SHUT_FOR) return undefined;
    const { trouble, status } = breaker;
    return trouble === 'operator'
      ? `Braze refuses the key or the endpoint of ${name} (${status}). Mend that`
      : `Braze could not be reached for ${name} (${status}). See that it can`;
  };

  const say = async (): Promise<void> => {
    const backlogs = await store.backlogs();
    const now = clock();
    isSaid = true;
    for (const { environment, unsettled, oldest = now, erasures } of backlogs) {
      if (ENVIRONMENTS.some((name) => name === environment && lanes.has(name))) continue;
      log({
        level: 'warn',
        event: 'environment_missing',
        environment,
        submissions: unsettled,
        erasures,
        seconds: Math.max(0, Math.round((now - oldest) / 1_000)),
        advice: `Nothing goes to ${environment}: no site of the settings has an origin for it. Name one again, with its key, and this is delivered. Else submissions are dead letters when they are ${age / DAY} days old (retention.undelivered), and erasures are left then; neither before it has been missing for a day.`,
      });
    }
  };

  const lookUp = async (isClosed: () => boolean): Promise<void> => {
    try {
      const absent = await lookAtAbsence();
      await spoolDeferred(isClosed);
      // Before anything is given up.
      if (!isSaid) await say();
      await leave([...absent], isClosed);
      for (const name of ENVIRONMENTS) {
        const lane = lanes.get(name);
        const why = lane ? await whyShut(name, lane) : absent.has(name) ? whyMissing(name) : undefined;
        if (why !== undefined) await bury(name, why, isClosed);
      }
    } catch (error) {
      log({ level: 'error', event: 'undelivered_failed', advice: adviceOf(error) });
    }
  };

  const rounds = createRounds(lookUp, LOOK_EVERY, setTimer);
  return {
    ...rounds,
    sayAgain() {
      isSaid = false;
      void rounds.look();
    },
  };
}

const whyMissing = (name: EnvironmentName): string =>
  `no site of the settings has an origin for ${name}. Name one again`;
