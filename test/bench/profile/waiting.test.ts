/** The bars of `npm run bench:profile` on who waits. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isAnsweredInTime, isHeardInTime } from './waiting.ts';

const DEADLINE = 2_500;

/** Of a machine on which even who waits for nothing waits for a second. */
const SLOW = { idleMs: 1_000 };

describe('on a slow machine too', () => {
  it('a relay has 100 ms beyond the deadline', () => {
    assert.equal(isAnsweredInTime({ ...SLOW, relayMs: 2_600 }, DEADLINE), true);
    assert.equal(isAnsweredInTime({ ...SLOW, relayMs: 2_601 }, DEADLINE), false);
  });
  it('a visitor has 500 ms beyond it', () => {
    assert.equal(isHeardInTime({ ...SLOW, maxMs: 3_000 }, DEADLINE), true);
    assert.equal(isHeardInTime({ ...SLOW, maxMs: 3_001 }, DEADLINE), false);
  });
  it('no figure is no figure that is good', () => {
    assert.equal(isAnsweredInTime({ relayMs: NaN }, DEADLINE), false);
    assert.equal(isHeardInTime({ maxMs: NaN }, DEADLINE), false);
  });
});
