/** How often somebody may knock: the settings `limits` and `trustedProxies`, and their defaults. */
import * as v from 'valibot';
import { isNetwork } from './client-address.ts';

export interface Limit {
  /** Requests, of submissions each; or what else the limit is for. */
  readonly limit: number;
  /** Milliseconds, whole seconds: windows count from 1970, and each starts anew. */
  readonly window: number;
}

/** `false` where nothing is counted. */
export type Limits = Readonly<Record<LimitName, Limit | false>>;

export type LimitName = keyof typeof DEFAULT_LIMITS;

const MINUTE = 60_000;

/**
 * Honest visitors share addresses: an office, a school, a carrier's NAT (RFC 6269). Somebody who is refused by mistake loses nothing, for the
 * browser keeps what they said and comes again; so limits are where no shared address is expected, and not where none can be.
 */
export const DEFAULT_LIMITS = {
  /**
   * Requests of one address that are not cached, and submissions: a request counts as many as it brings, for each of them costs what a request with
   * one does. A visitor who talks makes some 6 a minute, so this is 200 who talk at the same time behind one address; or, when a relay is back
   * that could not be reached, 60 browsers of an office with 20 submissions each. It is 2 % of what one process takes (docs/operations.md, "Size it").
   */
  address: { limit: 1_200, window: MINUTE },
  /**
   * Requests of one address for what is not there: no such page, path or method. Each is an entry in the log, which would be what a flood is after; what
   * is there to be read has none, and caches answer for it. For itself, because any page of anybody's can have a browser ask for such: an image is
   * enough, and nobody behind that address is to miss anything for it.
   */
  misses: { limit: 1_200, window: MINUTE },
  /**
   * Visitors made for one address. Of a carrier's NAT some tens to some hundreds of customers share an address, of whom a few begin to talk to
   * the same brand in ten minutes. Each is a profile at Braze at last. Ten minutes, so that nobody waits for longer.
   */
  newVisitors: { limit: 200, window: 10 * MINUTE },
  /**
   * Challenges that one address brings. Each is a request to who verifies it, good or bad, so it is counted before. Far more than are let in: only
   * a mailing has so many visitors begin in one minute. A minute, so that who shares the address with a flood of bad ones does not wait for longer.
   */
  challenges: { limit: 100, window: MINUTE },
  /**
   * Requests and submissions of one visitor, with a session or a credential. Nobody answers that fast; but a browser that was offline, or whose
   * relay was away, brings all it has at once, in requests of 20 (`widget/outbox/outbox.ts`). What is older than a week it has given up: this is 80
   * submissions for each day of that.
   */
  visitor: { limit: 600, window: MINUTE },
  /**
   * Visitors erased for one address. Who erases does it once; and each costs a tombstone, and some requests to Braze, which takes 250 exports a minute
   * in all (`post_users_identifier`). So nobody can save up visitors and have the erasures of others wait behind theirs. The browser asks again.
   */
  erasures: { limit: 30, window: 10 * MINUTE },
  /**
   * Requests and submissions of a site's pages in one environment: what one process takes. Should one site be overrun, others have the rest. Strangers are
   * counted for themselves, and so are visitors whom the relay knows: a flood of the former does not shut out the latter.
   */
  site: { limit: 60_000, window: MINUTE },
  /** Entry links opened from one address. A page opens one once; many people open theirs when a mailing goes out. */
  entryOpens: { limit: 300, window: MINUTE },
  /** Wrong keys at `POST /v1/entry-links`, of one address. A campaign with an old key goes on for a while. */
  wrongKeys: { limit: 10, window: MINUTE },
  /** The same of all addresses together. */
  wrongKeysInAll: { limit: 100, window: MINUTE },
} as const satisfies Readonly<Record<string, Limit>>;

export const LIMIT_NAMES = Object.keys(DEFAULT_LIMITS) as readonly LimitName[];

/** Requests. */
const MAX_LIMIT = 1_000_000_000;

/** Milliseconds: a day. A longer one would shut a shared address out for days. */
const MAX_WINDOW = 86_400_000;

const WORDS = 'should be {"limit": requests, "window": milliseconds}, or false';
const LIMIT_WORDS = `should be a whole number of requests, from 1 to ${MAX_LIMIT}`;
const WINDOW_WORDS = `should be whole seconds in milliseconds, from 1000 to ${MAX_WINDOW}`;

const limit = v.union(
  [
    v.literal(false),
    v.strictObject({
      limit: v.pipe(
        v.number(LIMIT_WORDS),
        v.integer(LIMIT_WORDS),
        v.minValue(1, LIMIT_WORDS),
        v.maxValue(MAX_LIMIT, LIMIT_WORDS),
      ),
      window: v.pipe(
        v.number(WINDOW_WORDS),
        v.multipleOf(1_000, WINDOW_WORDS),
        v.minValue(1_000, WINDOW_WORDS),
        v.maxValue(MAX_WINDOW, WINDOW_WORDS),
      ),
    }),
  ],
  WORDS,
);

export const LIMITS_SETTING = v.optional(
  v.strictObject(
    {
      address: v.optional(limit, DEFAULT_LIMITS.address),
      misses: v.optional(limit, DEFAULT_LIMITS.misses),
      newVisitors: v.optional(limit, DEFAULT_LIMITS.newVisitors),
      challenges: v.optional(limit, DEFAULT_LIMITS.challenges),
      visitor: v.optional(limit, DEFAULT_LIMITS.visitor),
      erasures: v.optional(limit, DEFAULT_LIMITS.erasures),
      site: v.optional(limit, DEFAULT_LIMITS.site),
      entryOpens: v.optional(limit, DEFAULT_LIMITS.entryOpens),
      wrongKeys: v.optional(limit, DEFAULT_LIMITS.wrongKeys),
      wrongKeysInAll: v.optional(limit, DEFAULT_LIMITS.wrongKeysInAll),
    },
    'should be an object such as {"address": {"limit": 1200, "window": 60000}}',
  ),
  {},
);

const PROXY_WORDS =
  'should be an address or a network, such as "10.0.0.0/8", of IPv4 no wider than a /8, of IPv6 than a /16 or within fc00::/7 or fe80::/10';

export const PROXIES_SETTING = v.optional(
  v.array(
    v.pipe(v.string(PROXY_WORDS), v.check(isNetwork, PROXY_WORDS)),
    'should be a list of addresses and networks, such as ["10.0.0.0/8"]',
  ),
  [],
);
