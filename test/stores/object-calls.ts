/** What a test asks of a store in a Durable Object, and what it is answered. */
import type { Json } from '../../server/store/json.ts';
import type { LeftToErase } from '../../server/store/store.ts';

/** One operation: the path to it (`provisional.hold`), and its arguments. */
export interface Call {
  readonly path: string;
  readonly values: readonly unknown[];
}

/** What is asked for within one turn. */
export interface Calls {
  readonly now: number;
  readonly calls: readonly Call[];
}

export type Answer = { readonly answer: unknown } | { readonly failed: string; readonly isOfStore: boolean };

/** Of a function nothing but what it says can be sent: for these values, as the test has read them. */
export interface LeaveAsRead {
  readonly names: readonly string[];
  readonly values: readonly (Json | undefined)[];
  readonly left: LeftToErase;
}
