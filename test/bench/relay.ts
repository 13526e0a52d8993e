/**
 * `npm run bench:relay`: this relay, the same with batching off, and a bare route that parses and answers JSON, side by side.
 * Medians of alternating runs, 5 unless `--runs N` says otherwise; with `--json` the figures as the last line; with `--check` it
 * fails where a bar is missed.
 */
import { parseArgs } from 'node:util';
import { medianOf } from '../median.ts';
import { measure, SETUP, type Contender, type Figures, type Run } from './relay/measure.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    notes: { type: 'boolean', default: false },
  },
});

const CONTENDERS: readonly Contender[] = ['relay', 'unbatched', 'bare'];

const runs: Record<Contender, Run[]> = { relay: [], unbatched: [], bare: [] };
for (let number = 1; number <= Number(values.runs); number += 1) {
  for (const contender of CONTENDERS) {
    const run = await measure(contender);
    runs[contender].push(run);
    const { notes, ...figures } = run;
    console.error(
      `run ${number}, ${contender}: ${JSON.stringify(rounded(figures as Record<string, number>))}`,
    );
    if (values.notes) console.error(`  ${JSON.stringify(notes)}`);
  }
}

const relay = {
  ...figuresOf('relay'),
  addedWaitMs: medianOf(runs.relay.map((run) => run.addedWaitMs ?? NaN)),
};
const unbatched = figuresOf('unbatched');
const bare = figuresOf('bare');

const { requests, answersAfter, visitors, atOnce, rate, spaced } = SETUP;
console.log(`Medians of ${values.runs} runs, alternating; three processes on this machine.
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

const BARS: readonly (readonly [words: string, isMet: boolean])[] = [
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
];
for (const [words, isMet] of BARS) console.error(`${isMet ? 'pass' : 'FAIL'}  ${words}`);
if (values.check && BARS.some(([, isMet]) => !isMet)) process.exitCode = 1;

function figuresOf(contender: Contender): Figures {
  const of = (name: keyof Figures) => runs[contender].map((run) => run[name]);
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

function rounded<Name extends string>(figures: Readonly<Record<Name, number>>): Record<Name, number> {
  return Object.fromEntries(
    Object.entries<number>(figures).map(([name, value]) => [name, Math.round(value * 10) / 10]),
  ) as Record<Name, number>;
}
