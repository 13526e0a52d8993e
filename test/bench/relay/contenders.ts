/** This relay, the same with batching off, and a bare route that parses and answers JSON, side by side. */
import { medianOf } from '../../median.ts';
import { report } from '../report.ts';
import { judge, rounded } from './bars.ts';
import { measure, SETUP, type Contender, type Figures, type Run } from './measure.ts';

const CONTENDERS: readonly Contender[] = ['relay', 'unbatched', 'bare'];

/** @returns whether all bars are met */
export async function benchContenders(count: number, hasNotes: boolean): Promise<boolean> {
  const runs: Record<Contender, Run[]> = { relay: [], unbatched: [], bare: [] };
  for (let number = 1; number <= count; number += 1) {
    for (const contender of CONTENDERS) {
      const run = await measure(contender);
      runs[contender].push(run);
      const { notes, ...figures } = run;
      console.error(
        `run ${number}, ${contender}: ${JSON.stringify(rounded(figures as Record<string, number>))}`,
      );
      if (hasNotes) console.error(`  ${JSON.stringify(notes)}`);
    }
  }

  const relay = {
    ...figuresOf(runs.relay),
    addedWaitMs: medianOf(runs.relay.map((run) => run.addedWaitMs ?? NaN)),
  };
  const unbatched = figuresOf(runs.unbatched);
  const bare = figuresOf(runs.bare);

  const { requests, answersAfter, visitors, atOnce, rate, spaced } = SETUP;
  console.log(`Medians of ${count} runs, alternating; three processes on this machine.
Braze answers after ${answersAfter} ms and takes ${requests.limit} requests in ${requests.window} ms, as the relay is told.
${visitors} visitors with a session each; a submission writes one attributes object and one event.
submissionsPerSecond and objectsPerRequest: as fast as it goes, ${atOnce.relay} at once (unbatched ${atOnce.unbatched}, bare ${atOnce.bare}).
cpuMicrosPerSubmission, p50Ms and p99Ms: at ${rate.relay} submissions a second (unbatched ${rate.unbatched}, bare ${rate.bare}), user and
system time of the server's process; the relay logs as it does by default, to nowhere. addedWaitMs: at ${spaced.rate} evenly spaced submissions a second, beyond what a direct request takes.
lost and doubled: of all runs, at the emulator, when nothing is left to deliver.
`);
  report({ relay: rounded(relay), unbatched: rounded(unbatched), bare: rounded(bare) }, [
    'hono',
    '@hono/node-server',
    'undici',
    'valibot',
    'jose',
  ]);

  const bars = [
    ['30 objects or more in a request to Braze', relay.objectsPerRequest >= 30],
    [
      '8 times the submissions a second of one request each, or more',
      relay.submissionsPerSecond >= 8 * unbatched.submissionsPerSecond,
    ],
    [
      '5 times the CPU of the bare route for a submission, or less',
      relay.cpuMicrosPerSubmission <= 5 * bare.cpuMicrosPerSubmission,
    ],
    ['5 ms of added wait, or less', relay.addedWaitMs <= 5],
    ['nothing lost', relay.lost + unbatched.lost === 0],
    ['nothing doubled', relay.doubled + unbatched.doubled === 0],
  ] as const;
  return judge(bars);
}

function figuresOf(runs: readonly Run[]): Figures {
  const of = (name: keyof Figures) => runs.map((run) => run[name]);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    submissionsPerSecond: medianOf(of('submissionsPerSecond')),
    cpuMicrosPerSubmission: medianOf(of('cpuMicrosPerSubmission')),
    objectsPerRequest: medianOf(of('objectsPerRequest')),
    p50Ms: medianOf(of('p50Ms')),
    p99Ms: medianOf(of('p99Ms')),
    lost: sum(of('lost')),
    doubled: sum(of('doubled')),
  };
}
