/**
 * `npm run bench:relay`: this relay, the same with batching off, and a bare route that parses and answers JSON, side by side.
 * Medians of alternating runs, 5 unless `--runs N` says otherwise; with `--json` the figures as the last line; with `--check` it
 * fails where a bar is missed.
 *
 * With `--processes 1,2` so many processes of `parley serve`, over `--store sqlite` or `redis`; with `--runtime workerd,deno,bun,node` the relay on
 * each of these. `--at-once N` is how many submissions are under way at full speed.
 */
import { parseArgs } from 'node:util';
import { readStoreName } from '../relay/shared-store.ts';
import { hasServerOf } from '../stores/redis-install.ts';
import { COMPARED } from './relay/comparison.ts';
import { benchContenders } from './relay/contenders.ts';
import { benchProcesses, benchRuntimes } from './relay/tables.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    notes: { type: 'boolean', default: false },
    store: { type: 'string' },
    processes: { type: 'string' },
    runtime: { type: 'string' },
    'at-once': { type: 'string' },
  },
});

const isMet = await bench();
if (values.check && !isMet) process.exitCode = 1;

async function bench(): Promise<boolean> {
  const { store, processes, runtime } = values;
  const runs = Number(values.runs);
  const options = { runs, atOnce: Number(values['at-once'] ?? COMPARED.atOnce), hasNotes: values.notes };
  if (runtime !== undefined) return benchRuntimes(runtime.split(','), options);
  if (store === undefined && processes === undefined) return benchContenders(runs, values.notes);
  const counts = (processes ?? '1,2').split(',').map(Number);
  const name = readStoreName(store ?? 'sqlite');
  return hasServerOf(name) && benchProcesses(name, counts, options);
}
