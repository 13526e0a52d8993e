/** Puts the relay on Node: its HTTP server, and undici for Braze. */
import { createBrazeFetch } from './braze-fetch.ts';
import { listen } from './listen.ts';
import type { Listen } from './port.ts';
import { runRelay, type OneOfSeveral, type RelayOptions } from './process.ts';

export type { RelayOptions, RunningRelay } from './process.ts';

const listenOnNode: Listen = ({ fetch, ...doorway }) =>
  listen({
    ...doorway,
    fetch: (request, { incoming }) => fetch(request, { peer: incoming.socket.remoteAddress }),
  });

/**
 * @throws {ConfigError} with every problem of the settings
 * @throws {FlowError} with every mistake of a flow
 * @throws {PortError} e.g. with the code `EADDRINUSE`
 */
export function serveRelay(options: RelayOptions): Promise<OneOfSeveral> {
  return runRelay(options, { listen: listenOnNode, createBrazeFetch });
}
