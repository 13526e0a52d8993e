/** Fetches published flows. */
import type { PublishedFlow } from '../contract/flow.ts';

/** The flow in that locale. Rejects where the relay cannot be reached or has no such flow. */
export type FetchFlow = (flow: string, locale: string) => Promise<PublishedFlow>;

/** Milliseconds after which it is given up: the network is at fault. */
const REQUEST_TIMEOUT = 30_000;

export function createFlowClient(relay: string, fetch: typeof globalThis.fetch): FetchFlow {
  return async (flow, locale) => {
    const query = new URLSearchParams({ locale });
    const response = await fetch(`${relay}/v1/flows/${encodeURIComponent(flow)}?${query.toString()}`, {
      credentials: 'omit',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    });
    if (!response.ok) throw new Error(`The relay answered ${response.status} at ${response.url}`);
    return (await response.json()) as PublishedFlow;
  };
}
