/** Whether the relay can do its work now, and if not, what is wrong and what would be right. For the operator and for probes. */
import type { EnvironmentName } from './config.ts';
import type { BreakerState } from './delivery/breaker.ts';
import type { DeliveryState } from './delivery/delivery.ts';
import { adviceOf } from './log-fields.ts';
import type { MissingPermission } from './permissions.ts';
import type { Ports } from './ports.ts';

/** What `/readyz` answers: with 200 where it is `ready`, else with 503. Of the public: what is not `ok`, in a few words. */
export interface Readiness {
  readonly status: 'ready' | 'not ready';
  readonly checks: readonly ReadinessCheck[];
}

export interface ReadinessCheck {
  /** `store`, `braze prod` (does it answer), `braze prod key` (does it take what we send). */
  readonly name: string;
  readonly ok: boolean;
  /** No key and no personal value. */
  readonly detail: string;
}

/** Who asks. When something broke, when it is tried again and what the disk is like is the operator's business alone. */
export type Audience = 'public' | 'operator';

export type LookAtReadiness = (audience: Audience) => Promise<Readiness>;

/** A check with words for either. */
interface Judged {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: Readonly<Record<Audience, string>>;
  /** The relay can do its work all the same, but for a part of it. */
  readonly isMinor?: true;
}

/** What became of a write to the store. */
export type StoreProbe = 'written' | 'failed' | 'late';

/** Milliseconds that the outcome of a probe holds: whoever asks, the store is written to once a second at most. */
const PROBE_AGE = 1_000;

/** Milliseconds that the store has for it. Longer, and visitors wait for it as well. */
const PROBE_TIMEOUT = 1_000;

const PROBE_NAME = 'readiness';

/** Milliseconds between two entries about it: whoever likes asks, and what is wrong with a disk stays wrong for longer. */
const SAID_EVERY = 60_000;

/**
 * What it finds is in the log: what asks it has no entry of its own there (`request-log.ts`), and nobody else may be writing.
 * @returns a function that looks at the store as it is now, with a write. Never rejects.
 */
export function createStoreProbe(
  ports: Pick<Ports, 'store' | 'clock' | 'setTimer' | 'log'>,
): () => Promise<StoreProbe> {
  let probe: { readonly at: number; readonly outcome: Promise<StoreProbe> } | undefined;
  let saidAt = -Infinity;
  const say = (advice: string) => {
    const now = ports.clock();
    if (Math.abs(now - saidAt) < SAID_EVERY) return;
    saidAt = now;
    ports.log({ level: 'error', event: 'store_failed', advice });
  };
  return () => {
    const now = ports.clock();
    // A clock may be set back.
    if (probe === undefined || Math.abs(now - probe.at) >= PROBE_AGE)
      probe = { at: now, outcome: writeTo(ports, now, say) };
    return probe.outcome;
  };
}

/** @returns a function that looks at the store and at the delivery as they are now. Never rejects. */
export function createReadiness(
  ports: Pick<Ports, 'store' | 'delivery' | 'permissions'>,
  probeStore: () => Promise<StoreProbe>,
): LookAtReadiness {
  return async (audience) => {
    const [store, state] = await Promise.all([
      probeStore(),
      ports
        .delivery()
        .state()
        .catch(() => undefined),
    ]);
    const missing = ports.permissions.missing();
    return judgeReadiness({ probe: store, isDurable: ports.store.isDurable }, state, audience, missing);
  };
}

function writeTo(
  { store, setTimer }: Pick<Ports, 'store' | 'setTimer'>,
  now: number,
  say: (advice: string) => void,
): Promise<StoreProbe> {
  return new Promise((resolve) => {
    const cancel = setTimer(() => {
      say(STORE_WORDS.late);
      resolve('late');
    }, PROBE_TIMEOUT);
    store.put(PROBE_NAME, now, PROBE_AGE).then(
      () => {
        cancel();
        resolve('written');
      },
      (error: unknown) => {
        cancel();
        say(adviceOf(error));
        resolve('failed');
      },
    );
  });
}

/** @param state `undefined` where it cannot be told, because it is kept in the store */
export function judgeReadiness(
  store: { readonly probe: StoreProbe; readonly isDurable: boolean },
  state: DeliveryState | undefined,
  audience: Audience,
  missing: readonly MissingPermission[] = [],
): Readiness {
  const judged = [
    checkStore(store),
    ...[...(state?.lanes ?? [])].flatMap(([name, { breaker, calls }]) => [
      checkAnswers(name, breaker),
      checkKey(name, breaker),
      ...[...calls].flatMap(([permission, call]) => checkPermission(name, permission, call)),
    ]),
    ...missing.map(({ environment, permission, status }) =>
      lacking(environment, permission, String(status), { since: '', nextTry: '' }),
    ),
    // What an action and a join were both refused is told once, by the one that knows since when.
  ].filter(({ name }, index, all) => all.findIndex((other) => other.name === name) === index);
  const shown = audience === 'operator' ? judged : judged.filter(({ ok }) => !ok);
  return {
    status: judged.every(({ ok, isMinor }) => ok || isMinor) ? 'ready' : 'not ready',
    checks: shown.map(({ name, ok, detail }) => ({ name, ok, detail: detail[audience] })),
  };
}

const STORE_WORDS: Readonly<Record<StoreProbe, string>> = {
  written: 'Takes writes.',
  failed:
    'Takes no writes: its disk is full, it cannot be reached, or another process holds it. Submissions are refused (503) and browsers keep them. Make room, or look at the folder of the store and who may write to it.',
  late: `Has not taken a write within ${PROBE_TIMEOUT} ms: its disk is slow, or another process holds it. Look at what else uses that disk.`,
};

function checkStore({ probe, isDurable }: Parameters<typeof judgeReadiness>[0]): Judged {
  const ok = probe === 'written';
  const note =
    ok && !isDurable ? ' It is in memory: nothing is queued, browsers keep what Braze does not take.' : '';
  return {
    name: 'store',
    ok,
    detail: { public: ok ? 'Takes writes.' : 'Takes no writes.', operator: `${STORE_WORDS[probe]}${note}` },
  };
}

const toBoth = (words: string): Judged['detail'] => ({ public: words, operator: words });

const SINCE = (since: number) => `since ${new Date(since).toISOString()}`;

/** What visitors notice of it: nothing. */
const KEPT = 'Visitors go on, submissions are kept.';

function checkAnswers(environment: EnvironmentName, breaker: BreakerState): Judged {
  const name = `braze ${environment}`;
  if (breaker.type === 'closed' || breaker.trouble !== 'unavailable')
    return { name, ok: true, detail: toBoth('Answers, as far as is known.') };
  const what = FAILURES[breaker.status] ?? `fails (${breaker.status})`;
  return {
    name,
    ok: false,
    detail: {
      public: `Braze ${what}. ${KEPT}`,
      operator: `Braze ${what} ${SINCE(breaker.since)}. ${KEPT} It is tried again by itself ${nextTry(breaker)}; see https://braze.statuspage.io and the network between.`,
    },
  };
}

/** Of what few actions need: once it is seen that it is missing. */
function checkPermission(
  environment: EnvironmentName,
  permission: string,
  breaker: BreakerState,
): readonly Judged[] {
  if (breaker.type === 'closed' || breaker.trouble !== 'operator') return [];
  const { status, since } = breaker;
  return [
    lacking(environment, permission, status, { since: ` ${SINCE(since)}`, nextTry: ` ${nextTry(breaker)}` }),
  ];
}

function lacking(
  environment: EnvironmentName,
  permission: string,
  status: string,
  times: { readonly since: string; readonly nextTry: string },
): Judged {
  const words = `Braze does not let the key of ${environment} do ${permission} (${status})`;
  return {
    name: `braze ${environment} ${permission}`,
    ok: false,
    isMinor: true,
    detail: {
      public: `${words}.`,
      operator: `${words}${times.since}. Permissions of a key cannot be changed: make one with ${permission} besides, replace the key by it, and send SIGHUP to the relay; it is tried again by itself${times.nextTry}.`,
    },
  };
}

const FAILURES: Readonly<Record<string, string>> = {
  network: 'cannot be reached',
  unsent: 'cannot be reached',
  timeout: 'does not answer in time',
};

function checkKey(environment: EnvironmentName, breaker: BreakerState): Judged {
  const name = `braze ${environment} key`;
  if (breaker.type === 'closed' || breaker.trouble !== 'operator')
    return { name, ok: true, detail: toBoth('Accepted, as far as is known.') };
  const { what, remedy } = REFUSALS[breaker.status] ?? {
    what: 'refuses the requests',
    remedy: 'Check the endpoint and the key',
  };
  return {
    name,
    ok: false,
    detail: {
      public: `Braze ${what} of ${environment} (${breaker.status}). ${KEPT}`,
      operator: `Braze ${what} of ${environment} (${breaker.status}) ${SINCE(breaker.since)}. ${KEPT} ${remedy} and send SIGHUP to the relay, or start it anew; it is tried again by itself ${nextTry(breaker)}.`,
    },
  };
}

/** Statuses that are the operator's to mend: `server/braze/outcome.ts`. */
const REFUSALS: Readonly<Record<string, { readonly what: string; readonly remedy: string }>> = {
  401: { what: 'refused the key', remedy: 'Replace the key' },
  403: {
    what: 'refused the key’s permissions',
    remedy: 'Give the key the permission users.track and this relay’s addresses, or replace it',
  },
  404: { what: 'knows no users/track at the endpoint', remedy: 'Correct the endpoint' },
  415: {
    what: 'does not take the form of requests',
    remedy: 'See whether a proxy between changes them',
  },
};

function nextTry(breaker: Exclude<BreakerState, { readonly type: 'closed' }>): string {
  return breaker.type === 'open' ? `at ${new Date(breaker.until).toISOString()}` : 'now';
}
