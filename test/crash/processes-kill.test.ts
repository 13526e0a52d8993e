/** A few kills of several processes over one SQLite file; `npm run test:crash -- --store sqlite --processes 3` are many. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crashProcesses } from './processes-run.ts';

describe('processes of a relay that are killed at random, under load', () => {
  it('lose nothing, and double nothing but what they count as in doubt', async () => {
    const { kills, killsOfAll, submissions, accounts, unsettled, countedInDoubt } = await crashProcesses({
      store: 'sqlite',
      processes: 2,
      visitors: 10,
      kills: 5,
      seed: 3,
    });
    const { inDoubt, once, ...wrong } = accounts;
    assert.deepEqual({ ...wrong, left: unsettled }, { lost: [], doubled: [], unsettled: [], left: 0 });
    assert.ok(inDoubt.length <= countedInDoubt, `${inDoubt.length} doubled, ${countedInDoubt} counted`);
    assert.equal(once + inDoubt.length, submissions);
    assert.ok(kills + killsOfAll > 0 && once > 0);
  });
});
