/** `parley serve` as an operator starts it, and what its log tells of its processes: they can be killed one by one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LogEntry } from '../../server/log-fields.ts';
import { COMPILE_CACHE } from '../compile-cache.ts';
import { FLOW, RELAY_ENV } from '../server/relay-fixture.ts';

export interface ServedOptions {
  /** For its files; the store of SQLite may be there too. */
  readonly folder: string;
  readonly settings: unknown;
  /** As `--store` has it. */
  readonly store: string;
  readonly processes: number;
  /** 0 takes any free port. */
  readonly port: number;
}

export interface ServedRelay {
  readonly url: string;
  readonly operatorUrl: string;
  /** Ids of the processes that serve, by the system. */
  pids(): readonly number[];
  /** Of the command, with which all end that it has started. `SIGKILL` by default. Resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGKILL to one of those that serve. */
  killOne(pid: number): void;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Rejects where it ends instead. */
export async function startServed({
  folder,
  settings,
  store,
  processes,
  port,
}: ServedOptions): Promise<ServedRelay> {
  const [config, flows, assets] = ['settings.json', 'flows', 'dist'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(flows, { recursive: true });
  mkdirSync(assets, { recursive: true });
  writeFileSync(config, JSON.stringify(settings));
  writeFileSync(join(flows, 'welcome.json'), JSON.stringify(FLOW));
  writeFileSync(join(assets, 'parley.js'), '');
  const child = spawn(
    process.execPath,
    [
      ...['server/cli.ts', 'serve', '--config', config, '--flows', flows, '--assets', assets],
      ...['--store', store, '--processes', String(processes)],
    ],
    {
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        PORT: String(port),
        OPERATOR_PORT: '0',
        ...RELAY_ENV,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
  }));
  const pids = new Map<number, number>();
  let operatorUrl = '';
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) {
        operatorUrl = /operator’s port is (\S+)/.exec(line)?.[1] ?? operatorUrl;
        const [, listening] = /listens at (\S+)/.exec(line) ?? [];
        if (listening !== undefined) resolve(listening);
        return;
      }
      // Most lines are of requests, and many.
      if (!line.includes('"process_')) return;
      const { event, process: number, pid } = JSON.parse(line) as LogEntry;
      if (number === undefined || pid === undefined) return;
      if (event === 'process_started') pids.set(number, pid);
      else if (pids.get(number) === pid) pids.delete(number);
    });
    void ended.then(({ code }) => reject(new Error(`parley serve has ended: ${code}`)));
  });
  const { pid: own } = child;
  assert.ok(own !== undefined);
  return {
    url,
    operatorUrl,
    pids: () => (processes === 1 ? [own] : [...pids.values()]),
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      await ended;
    },
    killOne(pid) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        // It has ended a moment ago.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
    ended,
  };
}
