/** A short soak; `npm run test:soak` is the long one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultsOf } from '../soak/judging.ts';
import { soak } from '../soak/run.ts';

describe('20 seconds of faults of every kind at Braze, with the relay killed every 6', () => {
  it('every submission is at Braze exactly once, or counted as in doubt', async () => {
    const soaked = await soak({ seconds: 20, seed: 20_261_121, killEvery: 6 });
    assert.deepEqual(faultsOf(soaked), [], JSON.stringify(soaked));
    assert.ok(soaked.kills > 1 && soaked.once > 500, JSON.stringify(soaked));
  });
});
