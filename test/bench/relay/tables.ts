/** The tables of relays that are started in one way or another. */
import { availableParallelism } from 'node:os';
import { createSharedStore, type SharedStoreName } from '../../relay/shared-store.ts';
import { prepareRuntimes } from '../../runtimes/prepare.ts';
import { report } from '../report.ts';
import { judge, rounded, type Bar } from './bars.ts';
import {
  COMPARED,
  measureScarce,
  measureStarted,
  SCARCE,
  together,
  type ComparedFigures,
  type ComparedOptions,
  type Fate,
  type ScarceFigures,
} from './comparison.ts';
import { readRuntime } from './runtimes.ts';
import { serve, type StartBenched } from './served.ts';

/** How much more is more, and not the noise of a machine: runs of the same differ by a tenth. */
const GROWTH = 1.1;

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
    ({ relayCores, storeCores, otherCores }) =>
      relayCores + storeCores + otherCores >= 0.9 * availableParallelism(),
  );
  const scarce = new Map<string, ScarceFigures>();
  for (const [name, each] of Object.entries(starts)) scarce.set(name, await measureScarce(each));
  console.log(
    `\nWhere Braze takes ${SCARCE.requests.limit} requests in ${SCARCE.requests.window} ms, ${SCARCE.atOnce} at once for ${SCARCE.milliseconds} ms, and all that waited delivered:`,
  );
  for (const [name, figures] of scarce) console.log(`${name}: ${JSON.stringify(figures)}`);
  const [fewest = NaN, ...others] = counts.map(
    (count) => figures[`${store}, ${count}`]?.submissionsPerSecond ?? NaN,
  );
  const growth =
    others.length === 0
      ? []
      : [
          [
            `more processes take ${GROWTH} times as much, or all cores are in use`,
            Math.max(...others) >= GROWTH * fewest || isFull,
          ] as const,
        ];
  return judge([...barsOf(figures), ...scarceBarsOf(scarce), ...growth]);
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
As fast as it goes, ${atOnce} at once: submissionsPerSecond, cpuMicrosPerSubmission and relayCores (of all processes of the relay), storeCores
(of the server of the store), otherCores (of load and Braze), objectsPerRequest.
p50Ms and p99Ms: at ${rate} submissions a second. mostInWindow: requests that Braze let in within any ${requests.window} ms, at most;
limited: those that it refused (429); refused: submissions that were answered with neither success nor queued; lost and doubled: of all
runs, at the emulator.
`);
  report(Object.fromEntries(Object.entries(figures).map(([name, each]) => [name, rounded({ ...each })])), [
    'hono',
    'undici',
  ]);
}

function barsOf(figures: Readonly<Record<string, ComparedFigures>>): readonly Bar[] {
  return Object.entries(figures).flatMap(([name, each]) => [
    [`${name}: 30 objects or more in a request to Braze`, each.objectsPerRequest >= 30] as const,
    [
      `${name}: the limit of Braze is never exceeded`,
      each.limited === 0 && each.mostInWindow <= COMPARED.requests.limit,
    ] as const,
    ...fateBarsOf(name, each),
  ]);
}

/** Used as far as slots let them, and not passed. */
function scarceBarsOf(all: ReadonlyMap<string, ScarceFigures>): readonly Bar[] {
  const { limit } = SCARCE.requests;
  return [...all].flatMap(([name, each]) => [
    [
      `${name}, few requests: their limit is never exceeded`,
      each.limited === 0 && each.mostInWindow <= limit,
    ] as const,
    [`${name}, few requests: 8 of 10 are used`, each.mostInWindow >= 0.8 * limit] as const,
    ...fateBarsOf(`${name}, few requests`, each),
  ]);
}

function fateBarsOf(name: string, { refused, lost, doubled }: Fate): readonly Bar[] {
  return [
    [`${name}: nothing refused`, refused === 0],
    [`${name}: nothing lost`, lost === 0],
    [`${name}: nothing doubled`, doubled === 0],
  ];
}
