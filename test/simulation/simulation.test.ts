/** Worlds of which the schedules never change; `npm run simulation` runs as many others as one likes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MUTANTS } from '../fixtures/mutants/mutants.ts';
import { faultsOf, lineOf } from './judge.ts';
import { drawSchedule, type Schedule } from './schedule.ts';
import { shrink } from './shrink.ts';
import { addUp, linesOf } from './totals.ts';
import type { Mutant } from './tab.ts';
import { runWorld } from './world.ts';

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);

/** Each showed a fault that was mended since. */
const FAILED_ONCE = [736, 758, 848, 906, 2621, 9009, 13474, 27082];

const runSeed = (seed: number, mutant?: Mutant) => runWorld(drawSchedule(seed), mutant);

describe('200 simulated worlds', () => {
  it('nothing is lost, doubled, out of order or stuck', async () => {
    const worlds = [];
    for (const seed of SEEDS) worlds.push({ ...(await runSeed(seed)), trace: [] });
    const totals = addUp(worlds);
    const faults = worlds.flatMap((world) =>
      faultsOf(world).map((fault) => `seed ${world.seed}: ${lineOf(fault)}`),
    );
    assert.deepEqual(faults, [], linesOf(totals).join('\n'));
    assert.ok(
      totals.submissions > 1_000 && Object.keys(totals.faults).length > 40,
      linesOf(totals).join('\n'),
    );
  });

  for (const seed of FAILED_ONCE) {
    it(`nor in one that failed once: ${seed}`, async () => {
      assert.deepEqual(faultsOf(await runSeed(seed)).map(lineOf), []);
    });
  }

  it('the same seed is the same world', async () => {
    for (const seed of SEEDS.slice(0, 20)) {
      const [one, other] = [await runSeed(seed), await runSeed(seed)];
      assert.equal(one.hash, other.hash, `seed ${seed}`);
    }
  });
});

describe('a widget that is broken on purpose', () => {
  for (const mutant of MUTANTS) {
    it(`is caught within 200 seeds as ${mutant.catches}: ${mutant.name}`, async (t) => {
      for (const seed of SEEDS) {
        const fault = faultsOf(await runSeed(seed, mutant)).find(({ kind }) => kind === mutant.catches);
        // Where the real one fails too it says nothing.
        if (!fault || faultsOf(await runSeed(seed)).length > 0) continue;
        t.diagnostic(`seed ${seed}: ${lineOf(fault)}`);
        return;
      }
      assert.fail(`${mutant.name} was not caught as ${mutant.catches}`);
    });
  }
});

describe('a schedule that fails', () => {
  it('is shrunk to what it takes', async () => {
    const schedule = drawSchedule(1);
    const last = schedule.planned.at(-1);
    const shrunk = await shrink(
      schedule,
      async ({ planned }) => last !== undefined && planned.includes(last),
    );
    assert.deepEqual(shrunk.planned, [last]);
  });

  it('still fails in the same way', async () => {
    const [mutant] = MUTANTS;
    const failsSo = async (schedule: Schedule) =>
      faultsOf(await runWorld(schedule, mutant)).some(({ kind }) => kind === mutant?.catches);
    for (const schedule of SEEDS.map((seed) => drawSchedule(seed))) {
      if (!(await failsSo(schedule))) continue;
      const shrunk = await shrink(schedule, failsSo);
      assert.ok(shrunk.planned.length < schedule.planned.length);
      assert.ok(await failsSo(shrunk));
      return;
    }
    assert.fail('No schedule fails');
  });
});
