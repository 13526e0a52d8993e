import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import fc from 'fast-check';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import {
  assertAgreeWith,
  onLines,
  onProvisional,
  openTwice,
  passing,
  step,
  visits,
  type Handles,
  type Step,
} from './agreement-steps.ts';
import { DAY, LEASE } from './fixture.ts';

const assertAgree = (steps: readonly Step[]) => assertAgreeWith(openInMemory, steps);

function openInMemory(clock: () => number): Handles {
  const sqlite = createSqliteStore({ clock, file: ':memory:' });
  return { next: async () => sqlite, close: () => sqlite.close() };
}

it('the stores answer alike, whatever they are asked', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), assertAgree), {
    numRuns: 300,
  });
});

it('the stores answer alike about what is kept provisionally', async () => {
  const provisionalStep = fc.oneof(passing(0, 1, LEASE - 1, LEASE, LEASE * 2, DAY), ...onProvisional);
  await fc.assert(
    fc.asyncProperty(fc.array(provisionalStep, { minLength: 20, maxLength: 80 }), assertAgree),
    {
      numRuns: 300,
    },
  );
});

it('the stores answer alike about what stands in line, also when the clock is set back', async () => {
  // What has expired is forgotten some time, and does not come back with the time: so nothing here expires.
  const lineStep = fc.oneof(passing(1, LEASE - 1, LEASE, LEASE * 2, -1, -LEASE, -DAY), ...onLines);
  await fc.assert(fc.asyncProperty(fc.array(lineStep, { minLength: 20, maxLength: 80 }), assertAgree), {
    numRuns: 300,
  });
});

it('the stores answer alike where two processes have one file, and start anew now and then', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-agreement-'));
  t.after(() => rmSync(folder, { recursive: true }));
  let files = 0;
  const all = fc.oneof({ weight: 3, arbitrary: step }, ...onProvisional);
  const agree = (steps: readonly Step[], order: IterableIterator<{ by: number; isNew: boolean }>) => {
    const file = join(folder, `${(files += 1)}.db`);
    return assertAgreeWith(
      openTwice((clock) => createSqliteStore({ clock, file }), order),
      steps,
    );
  };
  await fc.assert(
    fc.asyncProperty(fc.array(all, { minLength: 20, maxLength: 80 }), visits, agree),
    // Each writes files.
    { numRuns: 100 },
  );
});
