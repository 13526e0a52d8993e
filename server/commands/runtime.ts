/** The adapter of the runtime that this process runs on. */
import type { RelayOptions, RunningRelay } from '../adapters/process.ts';

interface Adapter {
  readonly serveRelay: (options: RelayOptions) => Promise<RunningRelay>;
}

/** Whether it can have several processes behind one port: Deno has no cluster, and the server that the relay has on Bun takes no connections from one. */
export const hasCluster = (): boolean => !('Bun' in globalThis || 'Deno' in globalThis);

export function loadAdapter(): Promise<Adapter> {
  if ('Bun' in globalThis) return import('../adapters/bun.ts');
  if ('Deno' in globalThis) return import('../adapters/deno.ts');
  return import('../adapters/node.ts');
}
