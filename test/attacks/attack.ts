import type { FuzzAnswer } from '../fuzz/exchange.ts';
import type { Target, TargetOptions } from './target.ts';

/** A row of the table: what is sent, what comes back, and what has not happened. */
export interface Attack {
  readonly name: string;
  /** The attack; resolves with the answer to it, of several the last. */
  readonly send: (target: Target) => Promise<FuzzAnswer>;
  /** HTTP status; 0 where the connection ends without an answer. */
  readonly status: number;
  /** Is found in the body. */
  readonly says?: RegExp;
  /** Requests to Braze that it may bring about, as anybody's honest ones would. By default none. */
  readonly writes?: number;
  /** What else holds afterwards. */
  readonly after?: (target: Target, answer: FuzzAnswer) => void | Promise<void>;
  /** A relay of its own, for what would disturb the other rows. */
  readonly relay?: TargetOptions;
}
