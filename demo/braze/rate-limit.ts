import { refusals, type Answer } from './answer.ts';

/**
 * The limits that endpoints share (`api/api_limits`): `track` has one of its own, so has the export; `identity` is for aliases,
 * identify, merge and delete; `send` for triggered Canvases and campaigns; `default` for the rest.
 */
export type RateGroup = 'track' | 'identity' | 'export' | 'send' | 'default';

/** Burst of contracts with data points since 28 Oct 2024: 3,000 requests per 3 seconds (`api/api_limits`). */
const LIMIT = 3_000;
const WINDOW_MS = 3_000;

/**
 * What `x-ratelimit-reset` means. Two pages disagree, by contract: `epoch` is UTC seconds (`api/api_limits`), `delta`
 * the seconds that remain (`api/endpoints/user_data/post_user_track`).
 */
export type RateHeaderStyle = 'epoch' | 'delta';

/** How a 429 says when to come back: the usual three headers, or only `X-Ratelimit-Retry-After`. */
export type LimitedStyle = 'headers' | 'retry-after';

/** The workspace's request allowance. */
export interface RateLimit {
  /** Takes one request from the allowance; false when there is none left in this window. */
  readonly take: (group: RateGroup) => boolean;
  /** The three headers that every answer carries, in lower case as over HTTP/2. */
  readonly headers: () => Record<string, string>;
  /**
   * The answer over the limit. `style` by default as the contract has it: MAU-type (`delta`) sends `retry-after`.
   * `seconds` until another request is welcome: by default, what is left of the window.
   */
  readonly limited: (style?: LimitedStyle, seconds?: number) => Answer;
  readonly reset: () => void;
}

export function createRateLimit(clock: () => number, resetStyle: RateHeaderStyle): RateLimit {
  let window = 0;
  let used = 0;

  function advance(): void {
    const current = Math.floor(clock() / WINDOW_MS);
    if (current === window) return;
    window = current;
    used = 0;
  }

  const secondsLeft = (): number => Math.max(1, Math.ceil(((window + 1) * WINDOW_MS - clock()) / 1000));

  function headersWith(remaining: number, left: number): Record<string, string> {
    const reset = resetStyle === 'epoch' ? Math.floor(clock() / 1000) + left : left;
    return {
      'x-ratelimit-limit': String(LIMIT),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': String(reset),
    };
  }

  return {
    take(_group) {
      advance();
      used += 1;
      return used <= LIMIT;
    },
    headers() {
      advance();
      return headersWith(Math.max(0, LIMIT - used), secondsLeft());
    },
    limited(style = resetStyle === 'delta' ? 'retry-after' : 'headers', seconds = secondsLeft()) {
      const headers =
        style === 'headers' ? headersWith(0, seconds) : { 'x-ratelimit-retry-after': String(seconds) };
      return { ...refusals.rateLimited, headers };
    },
    reset() {
      used = 0;
    },
  };
}
