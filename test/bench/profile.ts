/**
 * `npm run bench:profile`: 10,000 customers open a page within a minute, each with a token of the brand's backend, and a conversation that
 * begins with a branch by the profile: how many requests to Braze that takes, by what the branch is decided, and how long they wait; and the
 * same where Braze is slow, and where it fails. With `--all` also within half a minute, and to several processes; with `--json` the figures as the
 * last line; with `--check` it fails where a bar is missed.
 */
import { parseArgs } from 'node:util';
import { measure, SETUP, type Arrival, type Figures } from './profile/measure.ts';
import { isAnsweredInTime, isHeardInTime, WAY, WORK } from './profile/waiting.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});

const { people, exports, deadline, answersAfter, slow, again } = SETUP;

/** Milliseconds. */
const MINUTE = 60_000;

/** Faster they come than two cores open sessions for, beside all the other processes. */
const BURST = 30_000;

const even: Arrival = { processes: 1, people, within: MINUTE, braze: 'well' };

/** A quarter of a minute shows what the whole of it would. */
const quarter = { ...even, people: people / 4, within: MINUTE / 4 };

const ARRIVALS: Readonly<Record<string, Arrival>> = {
  even,
  'Braze is slow': { ...quarter, braze: 'slow' },
  'Braze fails': { ...quarter, braze: 'failing' },
  ...(values.all && {
    'even, 3 processes': { ...even, processes: 3 },
    burst: { ...even, within: BURST },
  }),
};

const figures = new Map<string, Figures>();
for (const [name, arrival] of Object.entries(ARRIVALS)) {
  const measured = rounded(await measure(arrival));
  figures.set(name, measured);
  console.error(`${name}: ${JSON.stringify(measured)}`);
}

console.log(`${people} people whom Braze knows come within a minute (burst: within ${BURST / 1_000} seconds), each with a signed token, to one relay or to three over
one SQLite file. Each opens a session and has the branch decided over HTTP; every ${again.every}th does so again on another page ${again.after} ms later. The
emulator answers after ${answersAfter} ms and takes ${exports.limit} exports in a minute of the clock; somebody waits for ${deadline} ms at most. Where Braze is slow it
answers after ${slow} ms, where it fails with 503: there a quarter of them come within a quarter of a minute. All are processes of their own on this machine.
byProfile, byElse: where visitors were led. fromMemory: reads that took no request. deadline, shut, budget, unavailable: why there was none.
relayMs is the longest that a relay took, from where it has the request to where the answer leaves. The other waits are the visitors', from the submission to its receipt; idleMs is the longest of requests that wait for nothing (/healthz), at the same time.
`);
report(Object.fromEntries(figures) as unknown as Readonly<Record<string, Readonly<Record<string, number>>>>, [
  'undici',
  'hono',
  '@hono/node-server',
  'jose',
]);

const all = [...figures.values()];
const well = [...figures].filter(([name]) => ARRIVALS[name]?.braze === 'well').map(([, each]) => each);
const BARS: readonly (readonly [words: string, isMet: boolean])[] = [
  [
    `${exports.limit} exports or fewer in any minute`,
    all.every(({ inAnyMinute }) => inAnyMinute <= exports.limit),
  ],
  ['none over Braze’s limit', all.every(({ limited }) => limited === 0)],
  [
    '99 % decided by the profile, where Braze is well',
    well.every(({ byProfile, byElse, failed }) => byProfile >= 99 * (byElse + failed)),
  ],
  ['all decided', all.every(({ failed }) => failed === 0)],
  [`no relay takes ${WORK} ms more than the deadline`, all.every((each) => isAnsweredInTime(each, deadline))],
  [`no visitor waits ${WAY} ms more than the deadline`, all.every((each) => isHeardInTime(each, deadline))],
];
for (const [words, isMet] of BARS) console.error(`${isMet ? 'pass' : 'FAIL'}  ${words}`);
if (values.check && BARS.some(([, isMet]) => !isMet)) process.exitCode = 1;

function rounded(figures: Figures): Figures {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]: [string, number]) => [name, Math.round(value * 10) / 10]),
  ) as unknown as Figures;
}
