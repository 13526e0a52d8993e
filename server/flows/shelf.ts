/** The flows of a relay by their id, each with its revision. */
import type { Flow } from '../../widget/contract/flow.ts';

/** A flow and the hash of its content. */
export interface LoadedFlow {
  readonly flow: Flow;
  /** The first 16 hexadecimal digits of the SHA-256 of the flow's JSON. */
  readonly revision: string;
}

/** Finds flows by their id. A hash is taken on first use: some runtimes allow no asynchronous work before a request. */
export function createFlowShelf(flows: readonly Flow[]): (id: string) => Promise<LoadedFlow | undefined> {
  const shelf = new Map(flows.map((flow) => [flow.id, flow]));
  const loaded = new Map<string, Promise<LoadedFlow>>();
  return async (id) => {
    const flow = shelf.get(id);
    if (flow && !loaded.has(id)) {
      loaded.set(
        id,
        revisionOf(flow).then((revision) => ({ flow, revision })),
      );
    }
    return loaded.get(id);
  };
}

/** Hash of a flow's content: the same for every process that holds the same flow. */
export async function revisionOf(flow: Flow): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(flow)));
  return [...new Uint8Array(digest).slice(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
