/**
 * `npm run bench:profile`: 10,000 customers open a page within a minute, and a branch reads the profile of each: how many requests to Braze
 * that takes, who answers, and how long they wait. With `--json` the figures as the last line; with `--check` it fails where a bar is missed.
 */
import { parseArgs } from 'node:util';
import { measure, SETUP, type Arrival, type Figures } from './profile/measure.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, check: { type: 'boolean', default: false } },
});

/** Milliseconds. Faster they come than one relay answers at all on two cores: `npm run bench:relay`. */
const BURST = 15_000;

const ARRIVALS: Readonly<Record<string, Arrival>> = {
  even: { processes: 1, within: 60_000 },
  burst: { processes: 1, within: BURST },
  'even, 3 processes': { processes: 3, within: 60_000 },
  'burst, 3 processes': { processes: 3, within: BURST },
};

const figures: Record<string, Figures> = {};
for (const [name, arrival] of Object.entries(ARRIVALS)) {
  figures[name] = rounded(await measure(arrival));
  console.error(`${name}: ${JSON.stringify(figures[name])}`);
}

const { people, exports, deadline, answersAfter, again } = SETUP;
console.log(`${people} people whom Braze knows, each vouched for; every ${again.every}th opens another page ${again.after} ms later. They come within a minute
(even) or within ${BURST / 1_000} seconds (burst), to one process or to three over one SQLite file. The emulator answers after ${answersAfter} ms and takes
${exports.limit} exports in a minute of the clock; somebody waits for ${deadline} ms at most. All are processes of their own on this machine.
byBraze, fromMemory and notNow: percent of all answers. Waits are the visitors', over loopback.
`);
report(figures as unknown as Readonly<Record<string, Readonly<Record<string, number>>>>, ['undici', 'hono']);

/** Milliseconds beyond the deadline: the way to the reader and back, on two cores with five processes. */
const WAY = 250;

const all = Object.values(figures);
const BARS: readonly (readonly [words: string, isMet: boolean])[] = [
  [
    `${exports.limit} exports or fewer in any minute`,
    all.every(({ inAnyMinute }) => inAnyMinute <= exports.limit),
  ],
  ['none over Braze’s limit', all.every(({ limited }) => limited === 0)],
  ['99 % answered by Braze or from memory', all.every(({ notNow }) => notNow <= 1)],
  ['none waits past the deadline', all.every(({ maxMs }) => maxMs <= deadline + WAY)],
];
for (const [words, isMet] of BARS) console.error(`${isMet ? 'pass' : 'FAIL'}  ${words}`);
if (values.check && BARS.some(([, isMet]) => !isMet)) process.exitCode = 1;

function rounded(figures: Figures): Figures {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]: [string, number]) => [name, Math.round(value * 10) / 10]),
  ) as unknown as Figures;
}
