/** Fetches published flows. */
import type { FlowResponse } from '../contract/wire.ts';

/**
 * The flow in that locale, or the flow that the entry link leads to if it holds. Rejects where the relay cannot be reached or has no such
 * flow.
 */
export type FetchFlow = (flow: string, locale: string, link?: string) => Promise<FlowResponse>;

/** Milliseconds after which it is given up: the network is at fault. */
const REQUEST_TIMEOUT = 30_000;

export function createFlowClient(relay: string, fetch: typeof globalThis.fetch): FetchFlow {
  return async (flow, locale, link) => {
    const query = new URLSearchParams({ locale, ...(link !== undefined && { entry: link }) });
    const response = await fetch(`${relay}/v1/flows/${encodeURIComponent(flow)}?${query.toString()}`, {
      credentials: 'omit',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    });
    if (!response.ok) throw new Error(`The relay answered ${response.status} to the flow ${flow}`);
    return (await response.json()) as FlowResponse;
  };
}
