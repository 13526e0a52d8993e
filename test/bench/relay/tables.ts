/** The tables of relays that are started in one way or another. */
import { availableParallelism } from 'node:os';
import { createSharedStore, type SharedStoreName } from '../../relay/shared-store.ts';
import { prepareRuntimes } from '../../runtimes/prepare.ts';
import { report } from '../report.ts';
import { judge, rounded } from './bars.ts';
import {
  COMPARED,
  measureStarted,
  together,
  type ComparedFigures,
  type ComparedOptions,
} from './comparison.ts';
import { readRuntime } from './runtimes.ts';
import { serve, type StartBenched } from './served.ts';

type Starts = Readonly<Record<string, StartBenched>>;

/** @returns whether all bars are met */
export async function benchProcesses(
  store: SharedStoreName,
  counts: readonly number[],
  options: ComparedOptions,
): Promise<boolean> {
  let persistence = '';
  const start =
    (processes: number): StartBenched =>
    async (place) => {
      const shared = await createSharedStore(store, place.folder);
      ({ persistence } = shared);
      try {
        const command = [process.execPath, 'server/cli.ts'] as const;
        const relay = await serve({ ...place, command, store: shared.name, processes });
        return {
          ...relay,
          ...(shared.cpu && { storeCpu: shared.cpu }),
          close: async () => {
            await relay.close();
            await shared.close();
          },
        };
      } catch (error) {
        await shared.close();
        throw error;
      }
    };
  const starts = Object.fromEntries(counts.map((count) => [`${store}, ${count}`, start(count)]));
  const figures = await measureAll(starts, options);
  say(`Processes behind one port; ${store}: ${persistence}.`, options, figures);
  // What is beside the relay on this machine is not counted: the system, and whoever else works.
  const isFull = Object.values(figures).some(
    ({ relayCores, otherCores }) => relayCores + otherCores >= 0.9 * availableParallelism(),
  );
  const [fewest = NaN, ...others] = counts.map(
    (count) => figures[`${store}, ${count}`]?.submissionsPerSecond ?? NaN,
  );
  const growth =
    others.length === 0
      ? []
      : [
          [
            'more processes take more, or all cores are in use',
            Math.max(...others) > fewest || isFull,
          ] as const,
        ];
  return judge([...barsOf(figures), ...growth]);
}

/** @returns whether all bars are met */
export async function benchRuntimes(names: readonly string[], options: ComparedOptions): Promise<boolean> {
  prepareRuntimes();
  const chosen = names.map((name) => ({ name, ...readRuntime(name) }));
  const starts = Object.fromEntries(chosen.map(({ name, start }) => [name, start]));
  const figures = await measureAll(starts, options);
  say('One relay on each runtime.', options, figures);
  for (const { name, store } of chosen) console.log(`${name}: ${store}`);
  return judge(barsOf(figures));
}

async function measureAll(
  starts: Starts,
  options: ComparedOptions,
): Promise<Readonly<Record<string, ComparedFigures>>> {
  const runs = new Map<string, ComparedFigures[]>();
  for (let number = 1; number <= options.runs; number += 1) {
    for (const [name, start] of Object.entries(starts)) {
      const run = await measureStarted(start, options);
      runs.set(name, [...(runs.get(name) ?? []), run]);
      console.error(`run ${number}, ${name}: ${JSON.stringify(rounded({ ...run }))}`);
    }
  }
  return Object.fromEntries([...runs].map(([name, all]) => [name, together(all)]));
}

function say(
  what: string,
  { runs, atOnce }: ComparedOptions,
  figures: Readonly<Record<string, ComparedFigures>>,
): void {
  const { requests, answersAfter, visitors, rate } = COMPARED;
  console.log(`${what} Medians of ${runs} runs, alternating; load and Braze are a process each on this machine.
Braze answers after ${answersAfter} ms and takes ${requests.limit} requests in ${requests.window} ms, as the relay is told.
${visitors} visitors with a session each; a submission writes one attributes object and one event.
As fast as it goes, ${atOnce} at once: submissionsPerSecond, cpuMicrosPerSubmission and relayCores (of all processes of the relay), otherCores
(of load, Braze and a server of the store), objectsPerRequest.
p50Ms and p99Ms: at ${rate} submissions a second. mostInWindow: requests that Braze let in within any ${requests.window} ms, at most;
limited: those that it refused (429); lost and doubled: of all runs, at the emulator.
`);
  report(Object.fromEntries(Object.entries(figures).map(([name, each]) => [name, rounded({ ...each })])), [
    'hono',
    'undici',
  ]);
}

function barsOf(
  figures: Readonly<Record<string, ComparedFigures>>,
): readonly (readonly [words: string, isMet: boolean])[] {
  return Object.entries(figures).flatMap(([name, each]) => [
    [`${name}: 30 objects or more in a request to Braze`, each.objectsPerRequest >= 30] as const,
    [
      `${name}: the limit of Braze is never exceeded`,
      each.limited === 0 && each.mostInWindow <= COMPARED.requests.limit,
    ] as const,
    [`${name}: nothing lost`, each.lost === 0] as const,
    [`${name}: nothing doubled`, each.doubled === 0] as const,
  ]);
}
