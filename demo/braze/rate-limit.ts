/** How many requests a workspace may send, and how answers say so. */
import { refusals, type Answer } from './answer.ts';

/**
 * The limits that endpoints share (`api/api_limits`): `track` has one of its own, so has the export; `identity` is for aliases,
 * identify, merge and delete; `send` for triggered Canvases and campaigns; `subscription` has its own; `default` is for paths
 * that are not there.
 */
export type RateGroup = 'track' | 'identity' | 'export' | 'send' | 'subscription' | 'default';

/** So many requests per so many milliseconds. */
export interface Quota {
  readonly limit: number;
  readonly window: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const quotas: Readonly<Record<RateGroup, Quota>> = {
  // Burst of contracts with data points since 28 Oct 2024 (`api/api_limits`).
  track: { limit: 3_000, window: 3 * SECOND },
  // "Shared" by delete, alias/new, alias/update, identify and merge (`api/api_limits`).
  identity: { limit: 20_000, window: MINUTE },
  // Of accounts onboarded on or after 22 Aug 2024 (`api/endpoints/export/user_data/post_users_identifier`).
  export: { limit: 250, window: MINUTE },
  // Not broadcast: shared (`api/endpoints/messaging/send_messages/post_send_triggered_canvases`).
  send: { limit: 250_000, window: HOUR },
  // `api/endpoints/subscription_groups/post_update_user_subscription_group_status`.
  subscription: { limit: 5_000, window: MINUTE },
  // "Default" of every endpoint that has none of its own (`api/api_limits`).
  default: { limit: 250_000, window: HOUR },
};

/** Of accounts onboarded before 22 Aug 2024, for which `fields_to_export` is not required (the same page). */
const EARLIER_EXPORT: Quota = { limit: 2_500, window: MINUTE };

/** The documented limit. */
export function documentedQuota(group: RateGroup, requiresFieldsToExport: boolean): Quota {
  return group === 'export' && !requiresFieldsToExport ? EARLIER_EXPORT : quotas[group];
}

export const rateGroups = Object.keys(quotas) as readonly RateGroup[];

export const rateHeaderStyles = ['epoch', 'delta'] as const;
/**
 * What `x-ratelimit-reset` means. Two pages disagree, by contract: `epoch` is UTC seconds (`api/api_limits`), `delta`
 * the seconds that remain (`api/endpoints/user_data/post_user_track`).
 */
export type RateHeaderStyle = (typeof rateHeaderStyles)[number];

/** How a 429 says when to come back: the usual three headers, or only `X-Ratelimit-Retry-After`. */
export type LimitedStyle = 'headers' | 'retry-after';

/** What is left of one limit. `skew` is by how many milliseconds the clock of the headers is ahead. */
export interface Allowance {
  /** Takes one request from it; false when there is none left in this window. */
  readonly take: () => boolean;
  /** The three headers that every answer carries, in lower case as over HTTP/2. */
  readonly headers: (skew?: number) => Record<string, string>;
  /**
   * The answer over the limit. `style` by default as the contract has it: MAU-type (`delta`) sends `retry-after`.
   * `seconds` until another request is welcome: by default, what is left of the window.
   */
  readonly limited: (style?: LimitedStyle, seconds?: number) => Answer;
}

export interface RateLimit {
  readonly of: (group: RateGroup) => Allowance;
  /** A limit that is not documented, the same allowance for the same quota. */
  readonly throttle: (quota: Quota) => Allowance;
  /** All is left again. */
  readonly reset: () => void;
}

/** @param quotaOf asked at every request, so that it may change */
export function createRateLimit(
  clock: () => number,
  resetStyle: RateHeaderStyle,
  quotaOf: (group: RateGroup) => Quota,
): RateLimit {
  const counts = new Map<string, Count>();

  function countOf(name: string, { window }: Quota): Count {
    const turn = Math.floor(clock() / window);
    const before = counts.get(name);
    if (before?.turn === turn) return before;
    // Those that nobody asks for again would stay: a throttle may have any quota.
    if (!before) forgetPast();
    const count: Count = { turn, end: (turn + 1) * window, used: 0 };
    counts.set(name, count);
    return count;
  }

  function forgetPast(): void {
    for (const [name, { end }] of counts) if (end <= clock()) counts.delete(name);
  }

  function allowance(name: string, quota: () => Quota): Allowance {
    const secondsLeft = (): number => Math.max(1, Math.ceil((countOf(name, quota()).end - clock()) / SECOND));

    function headersWith(remaining: number, left: number, skew = 0): Record<string, string> {
      const reset = resetStyle === 'epoch' ? Math.floor((clock() + skew) / SECOND) + left : left;
      return {
        'x-ratelimit-limit': String(quota().limit),
        'x-ratelimit-remaining': String(remaining),
        'x-ratelimit-reset': String(reset),
      };
    }

    return {
      take() {
        const count = countOf(name, quota());
        count.used += 1;
        return count.used <= quota().limit;
      },
      headers: (skew) =>
        headersWith(Math.max(0, quota().limit - countOf(name, quota()).used), secondsLeft(), skew),
      limited(style = resetStyle === 'delta' ? 'retry-after' : 'headers', seconds = secondsLeft()) {
        const headers =
          style === 'headers' ? headersWith(0, seconds) : { 'x-ratelimit-retry-after': String(seconds) };
        return { ...refusals.rateLimited, headers };
      },
    };
  }

  return {
    of: (group) => allowance(group, () => quotaOf(group)),
    throttle: (quota) => allowance(`${String(quota.limit)}/${String(quota.window)}`, () => quota),
    reset: () => counts.clear(),
  };
}

/** What was taken in a window. Windows begin where the clock shows a multiple of them: "on the clock hour", not rolling. */
interface Count {
  readonly turn: number;
  /** Milliseconds since 1970. */
  readonly end: number;
  used: number;
}
