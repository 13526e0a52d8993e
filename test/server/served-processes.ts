/** Several processes behind one port, as `parley serve --processes N` starts them, and what they show of themselves. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEntry } from '../../server/log-fields.ts';
import type { Readiness } from '../../server/readiness.ts';
import type { SubmissionsResponse } from '../../widget/contract/wire.ts';
import type { Process } from './parley-process.ts';
import { samplesOf } from './prometheus-text.ts';
import { createSubmission, openVisitor } from './relay-fixture.ts';
import type { ServedFolder } from './served-folder.ts';

interface ProcessesOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The program that runs them. */
  readonly node?: string;
}

/** Over one SQLite file, with assets that are nearly none. */
export function serveProcesses(
  served: ServedFolder,
  count: number,
  { args = [], env, node }: ProcessesOptions = {},
): Process {
  const assets = join(served.path, 'dist');
  mkdirSync(assets, { recursive: true });
  served.write('dist/parley.js', '');
  const all = ['--config', served.config, '--flows', served.flows, '--assets', assets];
  return served.serve([...all, '--store', served.store, '--processes', String(count), ...args], env, node);
}

export async function metricsOf(relay: Process): Promise<ReturnType<typeof samplesOf>> {
  return samplesOf(await (await fetch(`${await relay.operatorUrl}/metrics`)).text());
}

export async function readinessOf(relay: Process) {
  const answer = await fetch(`${await relay.operatorUrl}/readyz`);
  const { checks } = (await answer.json()) as Readiness;
  return { status: answer.status, checks };
}

/** Id of process `number`, as the log has said it last. */
export function pidOf(relay: Process, number: number): number {
  const started = entriesOf(relay.printed(), 'process_started').filter(({ process }) => process === number);
  return started.at(-1)?.pid ?? assert.fail(`process ${number} has not started`);
}

/** Submissions of so many new visitors at once, each on a connection of its own. Resolves with their outcomes. */
export async function submitAtOnce(url: string, count: number) {
  const visitors = await Promise.all(Array.from({ length: count }, () => openVisitor(url)));
  return Promise.all(
    visitors.map(async (visitor) => {
      const response = await visitor.submit(createSubmission());
      return ((await response.json()) as SubmissionsResponse).receipts[0]?.outcome;
    }),
  );
}

/** Those that Braze is too slow for are delivered later. */
export function assertTaken(outcomes: readonly (string | undefined)[]): void {
  assert.deepEqual(
    outcomes.filter((outcome) => outcome !== 'success' && outcome !== 'queued'),
    [],
  );
}

/** Without a connection that was kept. */
export const LONE = { headers: { connection: 'close' } };

export function entriesOf(printed: string, event: string): readonly LogEntry[] {
  return printed
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogEntry)
    .filter((entry) => entry.event === event);
}
