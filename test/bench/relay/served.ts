/** The relay that is measured, as an operator starts it: by `parley serve`, with its log to nowhere. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { COMPILE_CACHE } from '../../compile-cache.ts';
import { freePort } from '../../relay/free-port.ts';
import { samplesOf } from '../../server/prometheus-text.ts';
import { FLOW, RELAY_ENV } from '../../server/relay-fixture.ts';

/** A relay that takes connections. */
export interface Benched {
  readonly url: string;
  /** Microseconds of CPU since it was started, of all of its processes; NaN where nobody can say. */
  cpu(): Promise<number>;
  /** The same of the server of its store, where it has one. */
  readonly storeCpu?: () => Promise<number>;
  close(): Promise<void>;
}

export interface BenchedPlace {
  /** For its files. */
  readonly folder: string;
  readonly settings: unknown;
}

export type StartBenched = (place: BenchedPlace) => Promise<Benched>;

export interface ServeOptions extends BenchedPlace {
  /** The program and what it is given, up to `serve`. */
  readonly command: readonly [program: string, ...args: string[]];
  /** As `--store` has it. */
  readonly store: string;
  readonly processes?: number;
}

/** Milliseconds until all of its processes take connections: a runtime may compile everything first. */
const LONGEST_START = 30_000;

export async function serve({
  folder,
  settings,
  command,
  store,
  processes = 1,
}: ServeOptions): Promise<Benched> {
  const config = join(folder, 'settings.json');
  const [flows, assets] = [join(folder, 'flows'), join(folder, 'dist')];
  mkdirSync(flows);
  mkdirSync(assets);
  writeFileSync(config, JSON.stringify(settings));
  writeFileSync(join(flows, 'welcome.json'), JSON.stringify(FLOW));
  writeFileSync(join(assets, 'parley.js'), '');
  const [program, ...args] = command;
  const [port, operatorPort] = [await freePort(), await freePort()];
  const child = spawn(
    program,
    [
      ...[...args, 'serve', '--config', config, '--flows', flows, '--assets', assets, '--store', store],
      ...(processes > 1 ? ['--processes', String(processes)] : []),
    ],
    {
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        PORT: String(port),
        OPERATOR_PORT: String(operatorPort),
        ...RELAY_ENV,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const ended = once(child, 'close');
  // Whatever ends the bench ends it, too.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  const operator = `http://127.0.0.1:${operatorPort}`;
  const metrics = async () => samplesOf(await (await fetch(`${operator}/metrics`)).text());
  const isUp = async () => ((await metrics()).get('parley_processes') ?? 1) === processes;
  const started = performance.now();
  while (!(await isUp().catch(() => false))) {
    if (child.exitCode !== null || performance.now() - started > LONGEST_START) {
      end();
      throw new Error(`${command.join(' ')} serve does not take connections.`);
    }
    await pause(50);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async cpu() {
      const all = [...(await metrics())].filter(([name]) => /^process_cpu_seconds_total\b/.test(name));
      return all.length === 0 ? NaN : all.reduce((sum, [, seconds]) => sum + seconds * 1_000_000, 0);
    },
    async close() {
      child.kill('SIGTERM');
      await ended;
      process.off('exit', end);
    },
  };
}
