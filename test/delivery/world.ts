/** A delivery with the hands of its clock, a Braze that answers as it is told, and a store. */
import { setImmediate } from 'node:timers/promises';
import type { RelayConfig } from '../../server/config.ts';
import { DEFAULT_LIMITS } from '../../server/doors/limits.ts';
import { createDelivery, type Delivered } from '../../server/delivery/delivery.ts';
import type { Work } from '../../server/delivery/work.ts';
import { NO_METRICS } from '../../server/metrics.ts';
import { createPermissions } from '../../server/permissions.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { DEFAULT_RETENTION_SETTINGS, retentionOf } from '../../server/retention.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import type { Store } from '../../server/store/store.ts';

export interface TrackedBody {
  readonly attributes?: readonly Readonly<Record<string, unknown>>[];
  readonly events?: readonly Readonly<Record<string, unknown>>[];
}

export type Answering = (body: TrackedBody) => Response | Error | Promise<Response | Error>;

export const taken = (errors?: readonly unknown[]): Response =>
  Response.json({ message: 'success', ...(errors && { errors }) }, { status: 201 });

const NOW = Date.parse('2026-01-15T10:00:00.000Z');

export interface WorldOptions {
  readonly config?: Partial<RelayConfig>;
  readonly store?: (clock: () => number) => Store;
}

export function createWorld({ config = {}, store: open }: WorldOptions = {}) {
  let now = NOW;
  const clock = () => now;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  const store = open?.(clock) ?? createMemoryStore({ clock, isDurable: true });
  const requests: TrackedBody[] = [];
  const log: LogEntry[] = [];
  let answering: Answering = () => taken();
  let ids = 0;
  let draws = 0;

  /** Lets everything happen that waits for nothing but turns of the event loop, and for hashes, which other threads make. */
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      await crypto.subtle.digest('SHA-256', new Uint8Array(64));
      await setImmediate();
    }
  };

  const start = (change: Partial<RelayConfig> = {}) => {
    const prod = {
      name: 'prod',
      endpoint: 'https://rest.iad-01.braze.com',
      key: () => 'key',
      objects: { limit: 75, per: 'request' },
      requests: { limit: 3_000, window: 3_000 },
      exports: { limit: 250, window: 60_000 },
    } as const;
    const settings: RelayConfig = {
      organization: 'BrandExample',
      origins: new Map(),
      environments: new Map([['prod', prod]]),
      sessionSecret: () => new TextEncoder().encode('a secret of the tests that is long enough'),
      entryLinkKey: undefined,
      deadline: 2_500,
      brazeTimeout: 10_000,
      flowMaxAge: 60,
      linger: 15,
      concurrency: 8,
      batching: true,
      inDoubtEvents: 'resend',
      changesOnly: false,
      spoolLimit: 1_000,
      secrets: () => [],
      retention: retentionOf(DEFAULT_RETENTION_SETTINGS),
      limits: DEFAULT_LIMITS,
      trustedProxies: [],
      ...config,
      ...change,
    };
    return createDelivery(settings, {
      fetch: async (_, init) => {
        const body = JSON.parse(init?.body as string) as TrackedBody;
        requests.push(body);
        const answer = await answering(body);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      clock,
      setTimer: (run, milliseconds) => {
        const timer = { at: now + Math.max(0, milliseconds), run };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
      // What is drawn as an id differs by its last bit, as all ids do: a breaker tells its states by them.
      random: () => 0.5 + (draws += 1) / 2 ** 40,
      createId: () => `id-${(ids += 1)}`,
      log: (entry) => log.push(entry),
      metrics: NO_METRICS,
      permissions: createPermissions(),
      store,
      listFlows: () => [],
    });
  };
  const delivery = start();

  /** Time passes, and what is due in it happens. */
  const pass = async (milliseconds: number) => {
    const end = now + milliseconds;
    for (;;) {
      await settle();
      const [next] = timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (!next) break;
      timers = timers.filter((timer) => timer !== next);
      now = Math.max(now, next.at);
      next.run();
    }
    now = end;
    await settle();
  };

  return {
    delivery,
    store,
    requests,
    log,
    start,
    settle,
    clock,
    answer: (given: Answering) => {
      answering = given;
    },
    deliver: async (work: Work, wait = 2_500): Promise<Delivered> => {
      const [delivered] = await delivery.deliver([work], wait);
      return delivered as Delivered;
    },
    pass,
    /** The same for long times: in each step what was due happens once, at its end, and a second more goes by. */
    passIn: async (milliseconds: number, step: number) => {
      for (let passed = 0; passed < milliseconds; passed += step) {
        now += step - 1_000;
        await pass(1_000);
      }
    },
  };
}

/** Answers that are given when the test says so. */
export function createGate() {
  let waiting: ((answer: Response | Error) => void)[] = [];
  return {
    answering: () => new Promise<Response | Error>((resolve) => waiting.push(resolve)),
    get waiting() {
      return waiting.length;
    },
    /** Answers all that wait. */
    open: (answer: () => Response | Error = () => taken()) => {
      for (const resolve of waiting.splice(0)) resolve(answer());
    },
    close: () => {
      waiting = [];
    },
  };
}

let works = 0;

/** One attributes object and one event of a visitor. */
export function createWork(visitor: string, change: Partial<Work> = {}): Work {
  works += 1;
  const id = change.id ?? `c-${works}.4`;
  const identifier = {
    user_alias: { alias_name: visitor, alias_label: `parley-${visitor}` },
    _update_existing_only: false,
  };
  return {
    key: `${visitor}/${id}`,
    id,
    visitor,
    environment: 'prod',
    site: 'brand',
    flow: 'welcome',
    revision: 'r',
    node: 'save',
    receivedAt: NOW,
    share: {
      attributes: { ...identifier, email: `${id}@example.com` },
      events: [
        {
          key: 'met#0',
          repeats: false,
          object: {
            ...identifier,
            name: 'met',
            time: '2026-01-15T10:00:00.000Z',
            properties: { submission_id: id },
          },
        },
      ],
    },
    routes: {
      success: 'thanks',
      error: 'sorry',
      queued: 'thanks',
      invalid: { email: { field: 'email', next: 'ask_email' } },
    },
    ...change,
  };
}
