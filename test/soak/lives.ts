/** A relay in a process of its own that is killed every so often, and started again on the same file. */
import { startChild, type Child } from '../relay/child.ts';
import type { RelayStart, RelayUsage } from '../relay/relay-process.ts';

export interface Lives {
  readonly url: string;
  /** The last sample of each life that was ended by a kill: all are of about the same age. */
  readonly memory: readonly RelayUsage[];
  /** Kills no more. Resolves with the relay that runs. */
  settle(): Promise<Child>;
  /** Ends it. */
  end(): Promise<void>;
}

const RELAY = '../relay/relay-process.ts';

/** @param every milliseconds */
export async function startLives(options: Omit<RelayStart, 'port'>, every: number): Promise<Lives> {
  const memory: RelayUsage[] = [];
  const start = async (port: number) => {
    const child = startChild(RELAY, import.meta.url, { nodeOptions: ['--expose-gc'] });
    const { url } = await child.ask<{ url: string }>('start', { ...options, port } satisfies RelayStart);
    return { child, url };
  };
  const first = await start(0);
  const port = Number(new URL(first.url).port);
  let { child } = first;
  let isSettled = false;
  let timer: NodeJS.Timeout;
  let work = Promise.resolve();
  const plan = () => {
    timer = setTimeout(() => {
      work = killOnce();
    }, every);
  };
  const killOnce = async () => {
    memory.push(await child.ask<RelayUsage>('usage'));
    await child.kill();
    ({ child } = await start(port));
    if (!isSettled) plan();
  };
  const settle = async () => {
    isSettled = true;
    clearTimeout(timer);
    await work;
    return child;
  };
  plan();
  return {
    url: first.url,
    memory,
    settle,
    end: async () => (await settle()).kill(),
  };
}
