/** Keeps requests from a Braze that fails, and lets one through now and then to see. One for each environment, endpoint and key. */
import { windowAround } from '../braze/rate-slots.ts';
import type { LogEntry } from '../log-fields.ts';
import type { Json } from '../store/json.ts';
import type { Store } from '../store/store.ts';
import { boundOf } from './backoff.ts';

/** Why a lane is closed to requests: Braze fails or is away, or has refused the key, its permissions or the endpoint. */
export type Trouble = 'unavailable' | 'operator';

export type BreakerState =
  | { readonly type: 'closed' }
  /** Nothing goes until `until` (milliseconds since 1970). */
  | {
      readonly type: 'open';
      readonly trouble: Trouble;
      /** Of the last answer: a number, or `timeout` or `network`. */
      readonly status: string;
      readonly since: number;
      readonly until: number;
    }
  /** One request may go, to see. */
  | {
      readonly type: 'half_open';
      readonly trouble: Trouble;
      readonly status: string;
      readonly since: number;
    };

export interface Breaker {
  /** Whether a request may go. Cheap while closed. Never rejects. */
  enter(): Promise<Pass | Shut>;
  /** What became of the request that went on this pass. Each pass is reported, once. Never rejects. */
  report(news: News, pass: Pass): Promise<void>;
  /** Never rejects. */
  state(): Promise<BreakerState>;
  /** Closes: the endpoint or the key is another one. What went before says nothing any more. */
  reset(): Promise<void>;
}

export interface Pass {
  readonly type: 'go';
  /** It is the one request that may go while half open. */
  readonly isProbe: boolean;
  /** Which closing or opening of the breaker it goes under, as this process counts them. */
  readonly turn: number;
}

export interface Shut {
  readonly type: 'shut';
  /** Milliseconds since 1970: not before this is it worth asking again. */
  readonly until: number;
  readonly trouble: Trouble;
}

export type News =
  /** Braze took or refused something, or limits us: it is alive. */
  | { readonly type: 'answered' }
  | {
      readonly type: 'failed';
      readonly trouble: Trouble;
      /** A number, or `timeout` or `network`. */
      readonly status: string;
      /** Seconds. */
      readonly retryAfter?: number;
    }
  /** It did not go. */
  | { readonly type: 'unused' };

export interface BreakerOptions {
  /** Of the environment. */
  readonly name: string;
  /**
   * The endpoint and the key, as they are now: asked for again at `reset`. Processes with others do not share what was found out,
   * so that a key that is not rotated yet shuts nobody else. What the store and its readers see of it is a digest.
   */
  readonly identity: () => string;
  readonly store: Pick<Store, 'get' | 'put' | 'count'>;
  readonly clock: () => number;
  readonly random: () => number;
  readonly log: (entry: LogEntry) => void;
  /** Of an endpoint that fails for itself. Without it: `users/track`, and what goes by its word. */
  readonly endpoint?: BreakerEndpoint;
}

export interface BreakerEndpoint {
  /** Beside the environment, in the store. */
  readonly name: string;
  /** That it takes of the key, as Braze names it. */
  readonly permission: string;
}

/**
 * What all processes share. Each has an id of its own, under which only one process makes the next: so one opens, one probes, one
 * closes, and one says so.
 */
type Shared =
  | { readonly type: 'closed'; readonly id: string }
  | (Opening & { readonly type: 'open' })
  /** A probe is out; at `until` it counts as lost. */
  | (Opening & { readonly type: 'probed' });

interface Opening {
  readonly id: string;
  readonly trouble: Trouble;
  readonly status: string;
  readonly since: number;
  readonly until: number;
  /** Milliseconds from then until `until`: it holds for no longer, though the clock is set back. */
  readonly pause: number;
  /** How often it opened since it was closed. */
  readonly times: number;
}

/**
 * Failures in a row, in one process, until Braze counts as away. One server of Braze's that restarts answers one or two
 * requests; and of the 8 that are under way by default, a first round is enough to see that all fail.
 */
const FAILURES = 5;

/** Seconds. Who asks to be left alone for longer than a visitor waits (2.5 s) is away at once. */
const LONG_RETRY_AFTER = 2.5;

/** Milliseconds until the first probe, and between probes at most. */
const PAUSES: Readonly<Record<Trouble, { readonly first: number; readonly most: number }>> = {
  // A restart passes in a second. A minute more than the outage is what a spool can bear, and one request a minute bothers nobody.
  unavailable: { first: 1_000, most: 60_000 },
  // Somebody has to mend it, and most do it by a new key, which closes at once. Permissions and IP lists change at Braze's alone.
  operator: { first: 30_000, most: 300_000 },
};

/**
 * Milliseconds. Braze documents no `Retry-After` but that of a 429, which does not come here: a longer one is a proxy's guess, and a
 * request every few minutes harms nobody.
 */
const LONGEST_PAUSE = 300_000;

/** Milliseconds by which the clocks of processes on one store may differ. */
const SKEW = 1_000;

/** Hexadecimal digits of a digest that are kept: two keys meet with a chance of 2^-48. */
const DIGEST_DIGITS = 12;

/** Milliseconds for which this process goes by its own copy: what another has noticed reaches it a quarter of a second later. */
const COPY_LIFE = 250;

/** Milliseconds after which a probe without a report is lost, with its process: longer than any request to Braze may take. */
const PROBE_LIFE = 60_000;

/** Milliseconds for which the store remembers a state after its time: then, as with a new store, it is closed. */
const MEMORY = 86_400_000;

const adviceFor = (permission: string) =>
  `Braze refused the key or the endpoint: check that the endpoint is the one of your instance, that the key is of this workspace, and that it has the permission ${permission}`;

export function createBreaker({
  name,
  identity,
  store,
  clock,
  random,
  log,
  endpoint,
}: BreakerOptions): Breaker {
  const told = { environment: name, ...(endpoint && { permission: endpoint.permission }) };
  let key: Promise<string> | undefined;
  let shared: Shared = { type: 'closed', id: 'first' };
  let turn = 0;
  let failures = 0;
  let readAt = -Infinity;
  let reading: Promise<void> | undefined;
  let changing = Promise.resolve();
  /** Writes that the store has not confirmed. */
  let unwritten = 0;
  /** What this process has claimed last. */
  let claimed = '';

  /** Under which the store has what is shared. */
  const shelf = () => (key ??= nameOf(endpoint ? `${name}/${endpoint.name}` : name, identity));

  const become = (next: Shared) => {
    if (next.id === shared.id) return;
    shared = next;
    turn += 1;
    failures = 0;
  };

  /** What this process has done and the store has not yet is newer than what the store says. */
  const put = async () => {
    const written = shared;
    const until = written.type === 'closed' ? clock() : written.until;
    unwritten += 1;
    try {
      await store.put(await shelf(), { ...written }, until - clock() + MEMORY);
      unwritten = 0;
    } catch {
      // It goes by its own copy, and tries again when it would read.
    }
  };

  const read = async () => {
    const before = turn;
    try {
      if (unwritten > 0) await put();
      else {
        const stored = await store.get(await shelf());
        if (turn === before) become(sharedIn(stored) ?? { type: 'closed', id: 'first' });
      }
    } catch {
      // It goes by its own copy.
    }
    readAt = clock();
    reading = undefined;
  };

  const isFresh = () => Math.abs(clock() - readAt) < COPY_LIFE;
  const look = async () => {
    if (!isFresh()) await (reading ??= read());
  };

  /** Whether nobody has claimed it before, over all processes. @param from between which times it is claimed */
  const claim = async (what: string, from: number, to: number): Promise<boolean> => {
    if (claimed === what) return false;
    claimed = what;
    try {
      return (await store.count(`${await shelf()}/${what}`, windowAround(from, to, 2 * PROBE_LIFE))) === 1;
    } catch {
      return true;
    }
  };

  const write = async (next: Shared) => {
    become(next);
    readAt = clock();
    await put();
  };

  const newId = () => `${clock().toString(36)}-${Math.floor(random() * 2 ** 40).toString(36)}`;

  /** Makes what comes after the state under which the pass was given, if that still holds and nobody else has made it. */
  const change = (pass: Pass, next: () => Shared): Promise<void> => {
    changing = changing.then(async () => {
      const holds = async () => {
        if (pass.turn === turn) await read();
        return pass.turn === turn;
      };
      if (!(await holds())) return;
      const now = clock();
      const isFirst = await claim(`${shared.id}/next`, now - 1_000, now + 1_000);
      // Another process is about to write it, or has died over it.
      if (!isFirst && !(await holds())) return;
      const before = shared;
      const after = next();
      if (isFirst) tell(before, after);
      await write(after);
    });
    return changing;
  };

  const tell = (before: Shared, after: Shared) => {
    const now = clock();
    if (after.type === 'closed' && before.type !== 'closed') {
      const { trouble, status, since } = before;
      const seconds = secondsOf(now - since);
      log({ level: 'info', event: 'breaker_closed', ...told, trouble, status, seconds });
    }
    if (after.type !== 'open') return;
    const { trouble, status, until } = after;
    log({
      level: trouble === 'operator' ? 'error' : 'warn',
      event: 'breaker_opened',
      ...told,
      trouble,
      status,
      seconds: secondsOf(until - now),
      ...(trouble === 'operator' && { advice: adviceFor(endpoint?.permission ?? 'users.track') }),
    });
  };

  const opened = ({ trouble, status, retryAfter }: Extract<News, { type: 'failed' }>): Shared => {
    const now = clock();
    const before = shared.type === 'closed' ? undefined : shared;
    const times = (before?.times ?? 0) + 1;
    const pause = retryAfter === undefined ? pauseOf(trouble, times, random) : retryAfter * 1_000;
    const length = Math.min(LONGEST_PAUSE, Math.max(PAUSES.unavailable.first, pause));
    const until = now + length;
    const since = before?.since ?? now;
    return { type: 'open', id: newId(), trouble, status, since, until, pause: length, times };
  };

  const probe = async (open: Exclude<Shared, { type: 'closed' }>): Promise<Pass | Shut> => {
    const late = Math.floor((clock() - open.until) / PROBE_LIFE);
    const from = open.until + late * PROBE_LIFE;
    // Another probe is out, or was just claimed: its answer is due soon.
    const shut: Shut = { type: 'shut', until: clock() + COPY_LIFE, trouble: open.trouble };
    const isFirst = await claim(`${open.id}/probe/${late}`, from, from + PROBE_LIFE);
    if (!isFirst || shared.id !== open.id) return shut;
    await write({ ...open, type: 'probed', id: newId(), until: clock() + PROBE_LIFE, pause: PROBE_LIFE });
    return { type: 'go', isProbe: true, turn };
  };

  return {
    async enter() {
      await look();
      if (shared.type === 'closed') return { type: 'go', isProbe: false, turn };
      const { type, until, trouble } = shared;
      if (isShut(shared, clock())) {
        return {
          type: 'shut',
          until: type === 'open' ? until : Math.min(until, clock() + COPY_LIFE),
          trouble,
        };
      }
      return probe(shared);
    },

    async report(news, pass) {
      // It left before the breaker last opened, closed or was reset.
      if (pass.turn !== turn) return;
      if (shared.type === 'closed') {
        if (news.type === 'answered') failures = 0;
        if (news.type !== 'failed') return;
        failures += 1;
        const isLong = (news.retryAfter ?? 0) > LONG_RETRY_AFTER;
        if (news.trouble === 'operator' || isLong || failures >= FAILURES)
          await change(pass, () => opened(news));
        return;
      }
      // Only the probe has a pass of this turn.
      if (news.type === 'unused') await giveBack(pass);
      else
        await change(pass, () => (news.type === 'failed' ? opened(news) : { type: 'closed', id: newId() }));
    },

    async state() {
      await look();
      if (shared.type === 'closed') return { type: 'closed' };
      const { type, trouble, status, since, until } = shared;
      return type === 'open' && isShut(shared, clock())
        ? { type: 'open', trouble, status, since, until }
        : { type: 'half_open', trouble, status, since };
    },

    async reset() {
      await read();
      const before = shared;
      const after: Shared = { type: 'closed', id: newId() };
      key = undefined;
      await write(after);
      tell(before, after);
    },
  };

  /** The probe did not go: another may, at once. */
  async function giveBack(pass: Pass): Promise<void> {
    await read();
    if (pass.turn !== turn || shared.type === 'closed') return;
    await write({ ...shared, type: 'open', id: newId(), until: clock(), pause: 0 });
  }
}

/** Not before its time, and no longer than it was to be: the clock may have been set back since. */
function isShut({ until, pause }: Opening, now: number): boolean {
  return now < until && until - now <= pause + SKEW;
}

async function nameOf(environment: string, identity: () => string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(identity()));
  const digits = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `breaker/${environment}/${digits.slice(0, DIGEST_DIGITS)}`;
}

/** Milliseconds: between the half and the whole of a time that doubles, so that not all environments probe at once. */
function pauseOf(trouble: Trouble, times: number, random: () => number): number {
  const { first, most } = PAUSES[trouble];
  return Math.round(boundOf(times, first, most) * (0.5 + random() / 2));
}

function secondsOf(milliseconds: number): number {
  return Math.round(milliseconds / 1_000);
}

function sharedIn(stored: Json | undefined): Shared | undefined {
  // Nobody else writes under this name.
  return stored as unknown as Shared | undefined;
}
