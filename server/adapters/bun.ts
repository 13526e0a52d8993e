/** Puts the relay on Bun: its own server, and its own `fetch` for Braze. */
import type { BrazeFetch } from './braze-fetch.ts';
import { listenOnBun } from './bun-listen.ts';
import { runRelay, type RelayOptions, type RunningRelay } from './process.ts';

export type { RelayOptions, RunningRelay } from './process.ts';

/** Bun names what kept it from connecting as Node does. Connections are its own: it keeps and ends them for the whole process. */
const createBrazeFetch = (): BrazeFetch => ({
  fetch: (input, init) => fetch(input, init),
  close: () => Promise.resolve(),
});

/**
 * @throws {ConfigError} with every problem of the settings
 * @throws {FlowError} with every mistake of a flow
 * @throws {PortError} e.g. with the code `EADDRINUSE`
 */
export function serveRelay(options: RelayOptions): Promise<RunningRelay> {
  return runRelay(options, { listen: listenOnBun, createBrazeFetch });
}
