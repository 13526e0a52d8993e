/** What the relay counts, as it happens: the port. What stands still between two looks (depths, the breaker) is asked for instead. */
import type { Outcome } from '../widget/contract/flow.ts';
import type { EnvironmentName } from './config.ts';
import { LIMIT_NAMES } from './doors/limits.ts';
import type { CountedReason } from './losses.ts';
import type { NotNow } from './profile-reading.ts';

export interface Metrics {
  /** A visitor has been answered. `refused` counts what was not taken on: 503. */
  answered(environment: EnvironmentName, outcome: Outcome | 'refused', seconds: number): void;
  /** A submission has got its last word, in time or from the spool. */
  settled(environment: EnvironmentName, outcome: Exclude<Outcome, 'queued'>, isInDoubt: boolean): void;
  /** A request to Braze is over. `status` is a number, or `timeout`, `network` or `unsent`. */
  requested(environment: EnvironmentName, status: string, objects: number, seconds: number): void;
  /** An export of profiles is over, and was of so many ids. `status` as of `requested`. */
  exported(environment: EnvironmentName, status: string, ids: number, seconds: number): void;
  /** A profile was read, or was not; whether from what is kept. */
  profileRead(environment: EnvironmentName, result: 'found' | 'unknown' | NotNow, isKept: boolean): void;
  /** Braze has taken what an action sends, and said that nothing comes of it. */
  noticed(environment: EnvironmentName, call: string): void;
  /** It was looked at whether a join had effect. */
  joinChecked(environment: EnvironmentName, hadEffect: boolean): void;
  /** A question has been answered, which writes nothing: `decided`, or why it could not be. */
  asked(environment: EnvironmentName, outcome: string): void;
  /** A submission has waited so long for its request to leave. */
  lingered(environment: EnvironmentName, seconds: number): void;
  /** A value was left out of what is written: it is not what Braze takes. */
  leftOut(environment: EnvironmentName, attribute: string): void;
  /** Browsers at a site's pages have told that they gave up so many submissions; with `storage`, that so many pages could keep nothing. */
  lost(environment: EnvironmentName, site: string, reason: CountedReason, count: number): void;
  /** A visitor of a site's pages has taken their consent back. */
  withdrawn(environment: EnvironmentName, site: string): void;
  /** A visitor of a site's pages has had all erased that the relay held of them. */
  erased(environment: EnvironmentName, site: string): void;
  /** So many dead letters were kept for as long as they may be, and dropped. */
  deadLettersExpired(count: number): void;
  /** A door was shut on somebody: a limit is exceeded (429), or the challenge is missing or not good (403), or cannot be verified (503). */
  refused(reason: RefusalReason): void;
  /** A route has been answered. `route` is its pattern, never a path. */
  served(route: string, method: string, status: number, seconds: number): void;
}

export const REFUSAL_REASONS = [...LIMIT_NAMES, 'challenge', 'challenge_unreachable'] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** For who does not watch. */
export const NO_METRICS: Metrics = {
  answered: () => undefined,
  settled: () => undefined,
  requested: () => undefined,
  exported: () => undefined,
  profileRead: () => undefined,
  noticed: () => undefined,
  joinChecked: () => undefined,
  asked: () => undefined,
  lingered: () => undefined,
  leftOut: () => undefined,
  lost: () => undefined,
  withdrawn: () => undefined,
  erased: () => undefined,
  deadLettersExpired: () => undefined,
  refused: () => undefined,
  served: () => undefined,
};
