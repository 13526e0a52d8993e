/** What a runtime brings to the relay. Everything below `app.ts` uses web standards and these, and nothing else. */
import type { Flow } from '../widget/contract/flow.ts';
import type { LoadedFlow } from './flows/shelf.ts';
import type { Delivery } from './delivery/delivery.ts';
import type { LogEntry } from './log-fields.ts';
import type { Metrics } from './metrics.ts';
import type { SeenPermissions } from './permissions.ts';
import type { ProfileReading } from './profile-reading.ts';
import type { Store } from './store/store.ts';

export interface Ports {
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970, UTC. */
  readonly clock: () => number;
  /** Calls back after so many milliseconds, unless the returned function is called first. */
  readonly setTimer: (callback: () => void, milliseconds: number) => () => void;
  /** From 0 to less than 1, e.g. `Math.random`. */
  readonly random: () => number;
  /** A new id that nobody can guess, e.g. `crypto.randomUUID`. */
  readonly createId: () => string;
  readonly log: (entry: LogEntry) => void;
  /** The built file at that path (`/parley.js`), or `undefined`. */
  readonly assets: (request: Request) => Promise<Response | undefined>;
  readonly metrics: Metrics;
  readonly store: Store;
  /** Whether all that is kept of that visitor is in `store`. Absent: of everybody. */
  readonly isHome?: (visitor: string) => boolean;
  /** Among how many stores all visitors are divided, of which `store` is one. Absent: nobody is elsewhere. */
  readonly shards?: number;
  /** Always the same; of it is asked only when it is needed. */
  readonly delivery: () => Delivery;
  /** As `delivery`: who asks at the same time is asked for together, and what was read is kept. */
  readonly profiles: () => ProfileReading;
  readonly permissions: SeenPermissions;
  /** The flow of that id as it is now, or `undefined`. */
  readonly findFlow: (id: string) => Promise<LoadedFlow | undefined>;
  /** All of them as they are now. */
  readonly listFlows: () => readonly Flow[];
}
