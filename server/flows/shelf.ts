/** The flows of a relay by their id, each with its revision. */
import type { Flow } from '../../widget/contract/flow.ts';

/** A flow and the hash of its content. */
export interface LoadedFlow {
  readonly flow: Flow;
  /** The first 16 hexadecimal digits of the SHA-256 of the flow's JSON, without the `$schema` that is for editors. */
  readonly revision: string;
}

export interface FlowShelf {
  readonly find: (id: string) => Promise<LoadedFlow | undefined>;
  readonly list: () => readonly Flow[];
  /** From now on it holds these flows and no others. Returns them in their order. */
  readonly replace: (flows: readonly Flow[]) => Promise<readonly LoadedFlow[]>;
}

/** A hash is taken on first use: some runtimes allow no asynchronous work before a request. */
export function createFlowShelf(flows: readonly Flow[]): FlowShelf {
  let present = flows;
  let shelf = shelve(flows);
  return {
    find: async (id) => shelf.get(id)?.(),
    list: () => present,
    replace: (others) => {
      present = others;
      shelf = shelve(others);
      return Promise.all([...shelf.values()].map((load) => load()));
    },
  };
}

function shelve(flows: readonly Flow[]): ReadonlyMap<string, () => Promise<LoadedFlow>> {
  return new Map(flows.map((flow) => [flow.id, loaderOf(flow)]));
}

function loaderOf(flow: Flow): () => Promise<LoadedFlow> {
  let loaded: Promise<LoadedFlow> | undefined;
  return () => (loaded ??= revisionOf(flow).then((revision) => ({ flow, revision })));
}

/**
 * Hash of a flow's content: the same for every process that holds the same flow. Keys come in the schema's order, but for names
 * that the flow gives itself: the order of nodes and of locales is content.
 */
export async function revisionOf(flow: Flow): Promise<string> {
  const { $schema: _, ...content } = flow as Flow & { readonly $schema?: string };
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(content)));
  return [...new Uint8Array(digest).slice(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
