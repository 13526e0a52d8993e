/**
 * The rate limiter: counts who knocks, over the store, and refuses beyond the limits. Who has been refused is refused from memory until
 * the window ends: a flood costs the store nothing.
 */
import type { RelayConfig } from '../config.ts';
import type { Ports } from '../ports.ts';
import { Refusal } from '../problem.ts';
import { StoreError } from '../store/store.ts';
import type { Limit, LimitName, Limits } from './limits.ts';

export interface Limiter {
  /**
   * Counts one request, or one of what else a limit is for, against each of these limits. What has no key is not counted: a runtime that knows no addresses has no limits by
   * address.
   * @throws {Refusal} 429, of the first limit that is exceeded
   */
  admit(...claims: readonly Claim[]): Promise<void>;
  /**
   * Counts what a request that was admitted brings besides: so many more against each of these limits. Where there was room for the request,
   * there is for all of it, and the next is refused: no limit is too low for what a browser puts into one.
   * @throws {Refusal} 429, where others have used up the room meanwhile
   */
  admitMore(more: number, ...claims: readonly Claim[]): Promise<void>;
  /**
   * Counts nothing.
   * @throws {Refusal} as `admit`, if it has refused one of these claims, and the window has not ended
   */
  check(...claims: readonly Claim[]): void;
}

/** E.g. `['address', '203.0.113.7']`; what counts for several clients may come so many times as often. */
export type Claim = readonly [name: LimitName, key: string | undefined, clients?: number];

export interface LimiterConfig extends Pick<RelayConfig, 'sessionSecret'> {
  readonly limits: Limits;
}

/**
 * Who is refused, and until when: with names of some 100 bytes a megabyte. Those who have been refused for longest make room; when they
 * come again, they are counted and refused again.
 */
const MOST_REFUSED = 10_000;

/**
 * An address is personal: the store knows it by a keyed hash alone. So it does a visitor's id, for counts are not erased with a visitor: they
 * end with their window.
 */
const HASHED: readonly LimitName[] = [
  'address',
  'misses',
  'newVisitors',
  'challenges',
  'visitor',
  'erasures',
  'entryOpens',
  'wrongKeys',
];

/** One secret, several uses: no key tells anything of another (HKDF, RFC 5869). */
const KEY_INFO = 'parley limits';

/** Milliseconds after which it is said again that the store does not count. */
const BLIND_FOR = 60_000;

export function createLimiter(
  { limits, sessionSecret }: LimiterConfig,
  { clock, log, metrics, store }: Pick<Ports, 'clock' | 'log' | 'metrics' | 'store'>,
  most = MOST_REFUSED,
): Limiter {
  // A Map keeps the order in which its keys were set.
  const refused = new Map<string, number>();
  /**
   * Of what counts for several clients: what came since the last that was counted. The store counts one of so many, so that a request of
   * IPv6 costs it little more than one of IPv4; those who come while it counts are let in. Where one is forgotten, the next is counted.
   */
  const since = new Map<string, number>();
  /** The ends of the windows of which the log has said that they are full. */
  const said = new Map<LimitName, number>();
  let blindAt = -Infinity;
  // On first use: some runtimes allow no asynchronous work before a request.
  let key: Promise<CryptoKey> | undefined;
  const secret = () => (key ??= deriveKey(sessionSecret()));

  const isRefused = ({ place, limit: { window } }: Counted, now: number): boolean => {
    const ends = refused.get(place);
    if (ends === undefined) return false;
    // A clock may be set back: then the store has begun anew.
    if (now < ends && ends - now <= window) return true;
    refused.delete(place);
    return false;
  };

  const remember = (map: Map<string, number>, place: string, value: number): void => {
    map.delete(place);
    map.set(place, value);
    const [oldest] = map.keys();
    if (map.size > most && oldest !== undefined) map.delete(oldest);
  };

  /** How many of these the store is to count: the first, and the first after each so many. */
  const countedOfThese = ({ place, clients }: Counted, these: number): number => {
    if (clients === 1) return these;
    const before = since.get(place) ?? 0;
    remember(since, place, (before + these) % clients);
    return Math.ceil((before + these) / clients) - Math.ceil(before / clients);
  };

  const refusalOf = ({ name, limit: { limit: each, window }, clients }: Counted, now: number): Refusal => {
    metrics.refused(name);
    const limit = each * clients;
    const ends = endOf(window, now);
    // An address in it would be personal, and a line for each would be a flood of its own.
    if (said.get(name) !== ends) log({ level: 'warn', event: 'limit_reached', reason: name });
    said.set(name, ends);
    const [seconds, left] = [window / 1_000, Math.ceil((ends - now) / 1_000)];
    const who = clients === 1 ? WORDS[name] : `${WORDS[name]}, and of those around it`;
    const detail = `${who}: more than ${limit} in ${seconds} s. Keep it and send it again after Retry-After.`;
    return new Refusal(429, detail, {
      headers: {
        'retry-after': String(left),
        // draft-ietf-httpapi-ratelimit-headers-09, sections 3 and 4.
        'ratelimit-policy': `"${name}";q=${limit};w=${seconds}`,
        ratelimit: `"${name}";r=0;t=${left}`,
      },
    });
  };

  /** @returns what is counted in this window without these, and how many of these were counted */
  const count = async (
    counted: Counted,
    these: number,
  ): Promise<readonly [before: number, added: number]> => {
    const added = countedOfThese(counted, these);
    if (added === 0) return NOTHING;
    const {
      name,
      who,
      limit: { window },
    } = counted;
    try {
      const hashed = HASHED.includes(name) ? await hashOf(who, await secret()) : who;
      return [(await store.count(`limit/${name}/${hashed}`, window, added)) - added, added];
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // What costs something needs the same store, and is refused by it: also one that is full takes nothing there of whom it does not know.
      const now = clock();
      if (Math.abs(now - blindAt) < BLIND_FOR) return NOTHING;
      blindAt = now;
      log({ level: 'error', event: 'limits_failed', advice: error.message });
      return NOTHING;
    }
  };

  const countedOf = (claims: readonly Claim[]): readonly Counted[] =>
    claims.flatMap(([name, who, clients = 1]) => {
      const limit = limits[name];
      return limit === false || who === undefined
        ? []
        : [{ name, who, clients, limit, place: `${name} ${who}` }];
    });

  const checkCounted = (all: readonly Counted[], now: number): void => {
    const first = all.find((counted) => isRefused(counted, now));
    if (first) throw refusalOf(first, now);
  };

  /** @param isTooMuch told what the store has counted, without and with these */
  const countAll = async (
    claims: readonly Claim[],
    these: number,
    isTooMuch: (limit: number, before: number, added: number) => boolean,
  ): Promise<void> => {
    const now = clock();
    const all = countedOf(claims);
    checkCounted(all, now);
    const counts = await Promise.all(all.map((counted) => count(counted, these)));
    const first = all.find(({ limit: { limit } }, at) => isTooMuch(limit, ...(counts[at] ?? NOTHING)));
    if (!first) return;
    remember(refused, first.place, endOf(first.limit.window, now));
    throw refusalOf(first, now);
  };

  return {
    admit: (...claims) => countAll(claims, 1, (limit, before, added) => before + added > limit),
    async admitMore(more, ...claims) {
      // The request itself is among those before.
      if (more > 0) await countAll(claims, more, (limit, before) => before > limit);
    },
    check: (...claims) => checkCounted(countedOf(claims), clock()),
  };
}

const NOTHING = [0, 0] as const;

/** A claim to a limit that holds. */
interface Counted {
  readonly name: LimitName;
  readonly who: string;
  readonly clients: number;
  /** Of one client. */
  readonly limit: Limit;
  /** Name of both. */
  readonly place: string;
}

/** What there was too much of. */
const WORDS: Readonly<Record<LimitName, string>> = {
  address: 'Too many requests and submissions of this address',
  misses: 'Too many requests of this address for what is not there',
  newVisitors: 'Too many new visitors of this address',
  challenges: 'Too many challenges of this address',
  erasures: 'Too many visitors erased from this address',
  visitor: 'Too many requests and submissions of this visitor',
  site: 'Too many requests and submissions of this site',
  entryOpens: 'Too many entry links opened from this address',
  wrongKeys: 'Too many wrong keys of this address',
  wrongKeysInAll: 'Too many wrong keys',
};

/** As the store's windows (`store/store.ts`). */
const endOf = (window: number, now: number): number => (Math.floor(now / window) + 1) * window;

async function deriveKey(secret: Uint8Array): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', new Uint8Array(secret), 'HKDF', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode(KEY_INFO) },
    material,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  );
}

async function hashOf(text: string, key: CryptoKey): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
