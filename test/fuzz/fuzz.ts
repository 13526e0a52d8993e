/**
 * `npm run fuzz -- --seconds 60`: requests of all kinds to every public endpoint of a relay. `--seed S` draws the same again (without it, a new
 * one, which is printed); `--lanes 1 --count N` ends with the request of number N. Ends with 1 where anything was found.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzzing.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    lanes: { type: 'string', default: '4' },
    count: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const bound =
  values.count === undefined ? { time: Number(values.seconds) * 1_000 } : { count: Number(values.count) };
const { requests, kinds, statuses, findings } = await fuzz({ seed, lanes: Number(values.lanes), ...bound });

const listed = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
console.log(`Seed ${seed}: ${requests} requests`);
console.log(`  ${listed(kinds)}`);
console.log(`Answers by status (0: closed without one)\n  ${listed(statuses)}`);
for (const { seed: of, number, what, request } of findings)
  console.log(`\n${what}: --seed ${of} --lanes 1 --count ${number}\n  ${request}`);
console.log(`\n${findings.length} findings`);
process.exitCode = findings.length > 0 || requests === 0 ? 1 : 0;
