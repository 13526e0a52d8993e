/** Puts the relay on Node. */
import { nodeRuntime } from './node-runtime.ts';
import { runRelay, type RelayOptions, type RunningRelay } from './process.ts';

export type { RelayOptions, RunningRelay } from './process.ts';

/**
 * @throws {ConfigError} with every problem of the settings
 * @throws {FlowError} with every mistake of a flow
 * @throws {PortError} e.g. with the code `EADDRINUSE`
 */
export function serveRelay(options: RelayOptions): Promise<RunningRelay> {
  return runRelay(options, nodeRuntime);
}
