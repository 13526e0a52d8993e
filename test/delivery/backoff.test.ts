import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffOf } from '../../server/delivery/backoff.ts';

const whole = () => 1;

for (const [attempts, bound] of [
  [0, 1_000],
  [1, 1_000],
  [2, 2_000],
  [3, 4_000],
  [9, 256_000],
  [10, 300_000],
  [5_000, 300_000],
] as const) {
  test(`after ${attempts} attempts the wait is drawn below ${bound} ms`, () => {
    assert.equal(backoffOf(attempts, whole), bound);
    assert.equal(
      backoffOf(attempts, () => 0.25),
      bound / 4,
    );
    assert.equal(
      backoffOf(attempts, () => 0),
      0,
    );
  });
}
