/** The adapter of the runtime that this process runs on. */
import type { RelayOptions, RunningRelay } from '../adapters/process.ts';

interface Adapter {
  readonly serveRelay: (options: RelayOptions) => Promise<RunningRelay>;
}

export function loadAdapter(): Promise<Adapter> {
  if ('Bun' in globalThis) return import('../adapters/bun.ts');
  if ('Deno' in globalThis) return import('../adapters/deno.ts');
  return import('../adapters/node.ts');
}
