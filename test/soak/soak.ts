/**
 * `npm run test:soak`: five minutes of bad weather, or `--minutes N`, with `--seed N`; with `--json` the figures as the last line. It
 * fails where something is lost, doubled and not counted as in doubt, out of order, or where memory grows.
 */
import { parseArgs } from 'node:util';
import { faultsOf } from './judging.ts';
import { soak } from './run.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

/** Seconds between two kills. */
const KILL_EVERY = 20;

const soaked = await soak({
  seconds: Number(values.minutes) * 60,
  seed: Number(values.seed),
  killEvery: KILL_EVERY,
});
for (const [name, value] of Object.entries(soaked)) {
  console.log(`${name.padEnd(16)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
}
console.log(
  'heap: MB after garbage collection just before each kill; flat if the median of the last third of the lives is at most 1.2 times that of the first',
);
const faults = faultsOf(soaked);
for (const fault of faults) console.log(`FAULT ${fault}`);
console.log(faults.length === 0 ? 'All is accounted for.' : `${faults.length} faults; seed ${values.seed}`);
if (values.json) console.log(JSON.stringify(soaked));
if (faults.length > 0) process.exitCode = 1;
