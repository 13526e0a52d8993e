/** The relay as `parley serve` starts it on a runtime, from the sources, with a folder of its own for settings, flows and store. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startServe, type ServeProcess } from '../relay/serve-process.ts';
import type { RelaySetup } from '../server/relay-suite.ts';

/** The program and its words before `serve`: what the docs tell operators, with the sources in the place of the package. */
export const COMMANDS = {
  node: [process.execPath, 'server/cli.ts'],
  deno: [installed('deno'), 'run', '--allow-all', 'server/cli.ts'],
  bun: [installed('bun'), 'run', 'server/cli.ts'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

export type ProcessRuntime = keyof typeof COMMANDS;

function installed(name: string): string {
  return resolve('test/runtimes/node_modules/.bin', name);
}

export interface RelayFolder {
  /** Writes what is to be read again with the next start, or by a reload. */
  write(setup: Partial<RelaySetup>): void;
  /** @param env beside that of the setup @param args beside those that name its files */
  start(env?: Readonly<Record<string, string>>, args?: readonly string[]): Promise<ServeProcess>;
  /** Ends what still runs, and leaves nothing. */
  remove(): Promise<void>;
}

export function createRelayFolder(runtime: ProcessRuntime, setup: RelaySetup): RelayFolder {
  const folder = mkdtempSync(join(tmpdir(), `parley-${runtime}-`));
  const flows = join(folder, 'flows');
  mkdirSync(flows);
  const running = new Set<ServeProcess>();
  const write: RelayFolder['write'] = (change) => {
    if (change.settings !== undefined)
      writeFileSync(join(folder, 'parley.json'), JSON.stringify(change.settings));
    for (const [index, flow] of (change.flows ?? []).entries())
      writeFileSync(join(flows, `${index}.json`), JSON.stringify(flow));
  };
  write(setup);
  return {
    write,
    async start(env, args = []) {
      const config = join(folder, 'parley.json');
      const options = ['--config', config, '--flows', flows, '--store', join(folder, 'relay.db')];
      const relay = await startServe({
        command: [...COMMANDS[runtime], 'serve', ...options, ...args],
        env: { ...setup.env, ...env },
      });
      running.add(relay);
      void relay.ended.then(() => running.delete(relay));
      return relay;
    },
    async remove() {
      for (const relay of running) {
        relay.kill('SIGKILL');
        await relay.ended;
      }
      rmSync(folder, { recursive: true });
    },
  };
}
