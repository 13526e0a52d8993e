/** The emulator against a plain model of it (`test/braze/model.ts`): 10,000 sequences of requests. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { trySequences } from '../braze/sequences.ts';

const SEQUENCES = 10_000;
const SEED = 20_261_121;

it(`${SEQUENCES} sequences of requests leave the profiles as the model says`, async () => {
  const tallies = await trySequences(SEQUENCES, SEED);
  for (const [path, { taken, effective, refused }] of tallies) {
    console.log(`${path}: ${taken} taken, of which ${effective} changed something; ${refused} refused`);
    assert.ok(effective > 1_000 && refused > 100, `${path} is hardly tried`);
  }
  assert.equal(tallies.size, 5, 'every endpoint that changes users is tried');
});
