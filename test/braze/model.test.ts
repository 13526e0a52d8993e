/** The emulator against a plain model of it: some sequences of requests. `npm run test:long` tries many more. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { trySequences } from './sequences.ts';

const SEQUENCES = 400;
const SEED = 1;

it(`${SEQUENCES} sequences of requests leave the profiles as the model says`, async () => {
  const tallies = await trySequences(SEQUENCES, SEED);
  assert.equal(tallies.size, 5);
});
