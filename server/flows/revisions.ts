/**
 * Revisions of flows that browsers may still hold. A submission runs on the revision that it was made on, also when the flow has
 * changed since.
 */
import type { Flow } from '../../widget/contract/flow.ts';
import type { RelayConfig } from '../config.ts';
import { adviceOf } from '../log-fields.ts';
import type { Ports } from '../ports.ts';
import type { Json } from '../store/json.ts';
import type { LoadedFlow } from './shelf.ts';

export interface Revisions {
  /** Remembers a revision that is given to a browser. Never rejects: without it a late submission is judged by the flow of its day. */
  keep(loaded: LoadedFlow): Promise<void>;
  /** The flow as it was at that revision; where nobody knows it any more, as it is now. */
  find(flow: string, revision: string): Promise<LoadedFlow | undefined>;
}

/** Milliseconds after which a revision that is still given away is remembered anew. */
const RENEWAL = 24 * 60 * 60 * 1_000;

/** Milliseconds after which one that could not be kept is kept with the next browser: each try that fails is an entry in the log, and flows are read without a limit. */
const RETRY = 60_000;

/** Earlier revisions at hand: few are in use at a time. */
const AT_HAND = 100;

/** Under which name the store has it. */
export const revisionName = (flow: string, revision: string): string => `flow/${flow}/${revision}`;

export function createRevisions(
  { retention, origins }: Pick<RelayConfig, 'retention' | 'origins'>,
  { store, clock, findFlow, log }: Pick<Ports, 'store' | 'clock' | 'findFlow' | 'log'>,
): Revisions {
  const keptAt = new Map<string, number>();
  const atHand = new Map<string, LoadedFlow>();
  // A revision is drawn with its counts as long as there are any.
  const counts = [...origins.values()].some(({ events }) => events.counts) ? retention.counts : 0;

  return {
    async keep({ flow, revision }) {
      const name = revisionName(flow.id, revision);
      if ((keptAt.get(name) ?? -RENEWAL) + RENEWAL > clock()) return;
      keptAt.set(name, clock());
      try {
        await store.put(name, flow as unknown as Json, Math.max(retention.revisions, counts));
      } catch (error) {
        keptAt.set(name, clock() - RENEWAL + RETRY);
        log({ level: 'error', event: 'store_failed', advice: adviceOf(error) });
      }
    },
    async find(id, revision) {
      const present = await findFlow(id);
      if (present?.revision === revision) return present;
      const name = revisionName(id, revision);
      const known = atHand.get(name);
      if (known) return known;
      const flow = (await store.get(name)) as Flow | undefined;
      if (flow === undefined) return present;
      const earlier = { flow, revision };
      atHand.set(name, earlier);
      const [oldest] = atHand.keys();
      if (atHand.size > AT_HAND && oldest !== undefined) atHand.delete(oldest);
      return earlier;
    },
  };
}
