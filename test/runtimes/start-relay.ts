/** For the relay's suite: one relay on a runtime, as a process. */
import type { RelaySetup, RelayUnderTest } from '../server/relay-suite.ts';
import { createRelayFolder, type ProcessRuntime } from './relay-process.ts';

export const startOn =
  (runtime: ProcessRuntime) =>
  async (setup: RelaySetup): Promise<RelayUnderTest> => {
    const folder = createRelayFolder(runtime, setup);
    const { url } = await folder.start();
    return { url, close: () => folder.remove() };
  };
