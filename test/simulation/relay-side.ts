/** The real relay over a real store, life after life: it is killed at any moment, and started again on what its store has. */
import { createPermissions } from '../../server/permissions.ts';
import { createProfileReading } from '../../server/profile-reading.ts';
import { createRelay } from '../../server/app.ts';
import { parseConfig } from '../../server/config.ts';
import { createDelivery } from '../../server/delivery/delivery.ts';
import { loadFlows } from '../../server/flows/load.ts';
import { createFlowShelf } from '../../server/flows/shelf.ts';
import { NO_METRICS } from '../../server/metrics.ts';
import type { Ports } from '../../server/ports.ts';
import type { Store } from '../../server/store/store.ts';
import {
  PROD_KEY,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from '../server/relay-fixture.ts';
import type { SimulatedBraze } from './braze.ts';
import type { Chance } from './chance.ts';
import { SIMULATED_FLOW } from './flow.ts';
import type { Ledger } from './ledger.ts';
import { createLife, type Life } from './life.ts';
import type { Schedule } from './schedule.ts';
import { openStore } from './simulated-store.ts';
import type { Timeline } from './timeline.ts';

export interface RelaySide {
  /** The relay's answer; rejects where there is no relay, or none any more. */
  readonly request: (path: string, init: RequestInit) => Promise<Response>;
  /** Dies now, or before or after so many more operations of its store, and is back after so many milliseconds. */
  readonly kill: (moment: 'now' | 'before' | 'after', count: number, milliseconds: number) => void;
  /** Ends in good order, and is back after so many milliseconds. */
  readonly restart: (milliseconds: number) => void;
  /** Nothing more happens to it, and it is up. */
  readonly calm: () => void;
  readonly setClock: (milliseconds: number) => void;
  /** The world is over. */
  readonly end: () => Promise<void>;
  readonly store: Store;
  /** What browsers told of what they gave up, by reason. */
  readonly losses: ReadonlyMap<string, number>;
}

export interface RelaySideOptions {
  readonly schedule: Schedule;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly ledger: Ledger;
  readonly braze: SimulatedBraze;
  /** Milliseconds since 1970 when the world began. */
  readonly epoch: number;
}

const ENDPOINT = 'https://rest.iad-01.braze.com';

/** As long as a relay that ends takes at most: its host ends it then. */
const PATIENCE = 12_000;

/** Of the store: a relay may die before each, and after it. */
const FATAL = ['begin', 'send', 'settle'];

const shelf = createFlowShelf(loadFlows([{ source: SIMULATED_FLOW.id, json: SIMULATED_FLOW }]));

export function createRelaySide({
  schedule,
  timeline,
  chance,
  ledger,
  braze,
  epoch,
}: RelaySideOptions): RelaySide {
  let offset = 0;
  const clock = () => epoch + timeline.now() + offset;
  const store = openStore(schedule.store, clock, timeline);
  const losses = new Map<string, number>();
  const config = {
    ...parseConfig({
      settings: settingsFor({ sandbox: ENDPOINT, prod: ENDPOINT }),
      env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, BRAZE_PROD_KEY: PROD_KEY, SESSION_SECRET },
    }),
    inDoubtEvents: schedule.inDoubtEvents,
  };
  let lives = 0;
  let ids = 0;
  let trap: { moment: 'before' | 'after'; left: number; milliseconds: number } | undefined;

  const start = () => {
    const life = createLife(`relay ${(lives += 1)}`, timeline);
    const mourners = new Set<() => void>();
    ledger.note(`${life.name} starts`);
    const ports: Ports = {
      fetch: braze.fetchFor(life),
      clock,
      setTimer: (run, milliseconds) => life.later(milliseconds, run),
      random: chance.share,
      createId: () => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`,
      log: ({ event, submission }) => {
        if (!life.isDead && event !== 'request') ledger.note(`${life.name} ${event} ${submission ?? ''}`);
      },
      assets: async () => undefined,
      metrics: {
        ...NO_METRICS,
        lost: (_, __, reason, count) => losses.set(reason, (losses.get(reason) ?? 0) + count),
      },
      store: watched(life),
      delivery: () => delivery,
      profiles: () => profiles,
      permissions: createPermissions(),
      findFlow: shelf.find,
      listFlows: shelf.list,
    };
    const delivery = createDelivery(config, ports);
    const profiles = createProfileReading(config, ports.permissions, ports);
    const app = createRelay(config, ports);
    delivery.startSpool();
    return { life, delivery, app, mourners };
  };

  const die = (life: Life, milliseconds: number) => {
    if (life.isDead) return;
    life.isDead = true;
    ledger.note(`${life.name} dies`);
    const { mourners } = current;
    current.mourners = new Set();
    timeline.after(0, () => mourners.forEach((mourn) => mourn()));
    timeline.after(milliseconds, () => {
      if (current.life === life) current = start();
    });
  };

  /** The store as one life has it: from its end on nothing is answered. */
  const watched = (life: Life): Store => {
    const spring = (moment: 'before' | 'after') => {
      if (life.isDead || trap?.moment !== moment || trap.left > 0) return;
      const { milliseconds } = trap;
      trap = undefined;
      ledger.count(`kill_relay_${moment}`);
      die(life, milliseconds);
    };
    return new Proxy(store, {
      get: (target, name, receiver) => {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== 'function' || typeof name !== 'string') return value;
        return (...args: readonly unknown[]) =>
          new Promise((resolve, reject) => {
            const isFatal = FATAL.includes(name);
            if (isFatal && trap) trap.left -= 1;
            if (isFatal) spring('before');
            if (life.isDead) return;
            timeline.stir();
            if (name === 'begin') noteKey(args[0] as { key: string; id: string });
            (Reflect.apply(value, target, args) as Promise<unknown>).then(
              (answer) => {
                timeline.stir();
                if (isFatal) spring('after');
                if (!life.isDead) resolve(answer);
              },
              (error: unknown) => {
                if (!life.isDead) reject(error instanceof Error ? error : new Error(String(error)));
              },
            );
          });
      },
    });
  };

  const noteKey = ({ key, id }: { readonly key: string; readonly id: string }) =>
    ledger.keys.set(id, (ledger.keys.get(id) ?? new Set()).add(key));

  let current = start();

  return {
    store,
    losses,
    request: (path, init) =>
      new Promise((resolve, reject) => {
        const { life, app, mourners } = current;
        const cut = () => reject(new TypeError('The relay is gone'));
        if (life.isDead) {
          cut();
          return;
        }
        mourners.add(cut);
        const headers = { ...(init.headers as Record<string, string>), origin: SANDBOX_ORIGIN };
        const { signal: _, ...rest } = init;
        const answered = app.fetch(new Request(`https://relay.example${path}`, { ...rest, headers }));
        Promise.resolve(answered)
          .then((response) => {
            if (!life.isDead) resolve(response);
          }, reject)
          .finally(() => mourners.delete(cut));
      }),
    kill(moment, count, milliseconds) {
      if (moment !== 'now') trap = { moment, left: count, milliseconds };
      else if (!current.life.isDead) {
        ledger.count('kill_relay_now');
        die(current.life, milliseconds);
      }
    },
    restart(milliseconds) {
      const { life, delivery } = current;
      if (life.isDead) return;
      ledger.count('restart_relay');
      ledger.note(`${life.name} is asked to end`);
      void delivery.close().then(() => die(life, milliseconds));
      timeline.after(PATIENCE, () => die(life, milliseconds));
    },
    calm() {
      trap = undefined;
      if (!current.life.isDead) return;
      current = start();
    },
    async end() {
      current.life.isDead = true;
      await store.close();
    },
    setClock(milliseconds) {
      offset += milliseconds;
    },
  };
}
