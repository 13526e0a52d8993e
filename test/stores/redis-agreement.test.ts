import { after, it } from 'node:test';
import fc from 'fast-check';
import { createRedisStore } from '../../server/store/redis.ts';
import {
  assertAgreeWith,
  onLines,
  onProvisional,
  openTwice,
  passing,
  step,
  visits,
  type Step,
} from '../store/agreement-steps.ts';
import { DAY, LEASE } from '../store/fixture.ts';
import { startRedisServer } from './redis-server.ts';

// What this is about is not on the disk.
const server = await startRedisServer(['--appendfsync', 'no']);
after(() => server.stop());

let stores = 0;
const agree = (steps: readonly Step[], order: IterableIterator<{ by: number; isNew: boolean }>) => {
  const prefix = `test${(stores += 1)}:`;
  const open = openTwice(
    (clock) => createRedisStore({ url: server.url, prefix, clock, partitions: 3 }),
    order,
  );
  return assertAgreeWith(open, steps);
};

it('a store in Redis answers as the others do, to two processes that start anew now and then', async () => {
  const all = fc.oneof({ weight: 3, arbitrary: step }, ...onProvisional);
  await fc.assert(fc.asyncProperty(fc.array(all, { minLength: 20, maxLength: 80 }), visits, agree), {
    numRuns: 100,
  });
});

it('a store in Redis answers as the others do about what is kept provisionally', async () => {
  const all = fc.oneof(passing(0, 1, LEASE - 1, LEASE, LEASE * 2, DAY), ...onProvisional);
  await fc.assert(fc.asyncProperty(fc.array(all, { minLength: 20, maxLength: 80 }), visits, agree), {
    numRuns: 60,
  });
});

it('a store in Redis answers as the others do about what stands in line, also when the clock is set back', async () => {
  const all = fc.oneof(passing(1, LEASE - 1, LEASE, LEASE * 2, -1, -LEASE, -DAY), ...onLines);
  await fc.assert(fc.asyncProperty(fc.array(all, { minLength: 20, maxLength: 80 }), visits, agree), {
    numRuns: 60,
  });
});
