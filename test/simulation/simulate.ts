/**
 * `npm run simulation -- --seeds N`: so many worlds, from seed 1 on. `--seed S` runs that one alone and prints what happened in it; with both,
 * N from S on. `--store KIND` keeps what the relay remembers in that store in each of them. `--only 3,7` keeps of what is planned for it only these. `--mutant NAME` runs one of the widgets that are broken on purpose. With
 * `--json` the figures are the last line. A seed that fails is shrunk, and ends the run with 1.
 */
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { MUTANTS } from '../fixtures/mutants/mutants.ts';
import { faultsOf, lineOf, type FaultKind } from './judge.ts';
import { drawSchedule, STORE_KINDS, type Schedule } from './schedule.ts';
import { shrink } from './shrink.ts';
import { prepareStore } from './simulated-store.ts';
import { addUp, linesOf } from './totals.ts';
import { runWorld, type Ended } from './world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    mutant: { type: 'string' },
    store: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

/** Failing seeds that are shrunk: the others mostly have the same cause. */
const SHRUNK = 3;

const first = Number(values.seed ?? 1);
const count = Number(values.seeds ?? (values.seed === undefined ? 200 : 1));
const mutant = MUTANTS.find(({ name }) => name === values.mutant);
if (values.mutant !== undefined && !mutant) {
  throw new Error(
    `There is no mutant "${values.mutant}": it is one of ${MUTANTS.map(({ name }) => name).join(', ')}`,
  );
}

const store = STORE_KINDS.find((kind) => kind === values.store);
if (values.store !== undefined && !store) {
  throw new Error(`There is no store "${values.store}": it is one of ${STORE_KINDS.join(', ')}`);
}

/** Of the first fault: a smaller world should fail in the same way. */
const kindOf = (world: Ended): FaultKind | undefined => faultsOf(world)[0]?.kind;

const print = ({ planned, ...rest }: Schedule) => {
  console.log(JSON.stringify(rest));
  for (const each of planned) console.log(`  ${JSON.stringify(each)}`);
};

const only = values.only?.split(',').map(Number);
const scheduleOf = (seed: number): Schedule => {
  const schedule = drawSchedule(seed, store);
  return only ? { ...schedule, planned: only.flatMap((index) => schedule.planned[index] ?? []) } : schedule;
};

const end = await prepareStore(store);
const worlds: Ended[] = [];
let shrunk = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const schedule = scheduleOf(seed);
  const world = await runWorld(schedule, mutant);
  worlds.push({ ...world, trace: [] });
  if (values.seed !== undefined && count === 1) console.log(world.trace.join('\n'));
  const faults = faultsOf(world);
  if (faults.length === 0) continue;
  console.log(`Seed ${seed} fails:`);
  for (const fault of faults) console.log(`  ${lineOf(fault)}`);
  if ((shrunk += 1) > SHRUNK) continue;
  console.log('It still does with no more than this:');
  const kind = kindOf(world);
  const smallest = await shrink(
    schedule,
    async (smaller) => kindOf(await runWorld(smaller, mutant)) === kind,
  );
  print(smallest);
  const again = `npm run simulation -- --seed ${seed}${mutant ? ` --mutant ${mutant.name}` : ''}${store ? ` --store ${store}` : ''}`;
  const { planned } = drawSchedule(seed, store);
  const kept = smallest.planned.map((each) => planned.findIndex((one) => isDeepStrictEqual(one, each)));
  console.log(`This again: ${again} --only ${kept.join(',')}\nAll of it again: ${again}`);
}
await end();
const totals = addUp(worlds);
for (const line of linesOf(totals)) console.log(line);
if (values.json) console.log(JSON.stringify(totals));
if (totals.failingSeeds.length > 0) process.exitCode = 1;
