/** A few kills of the browser and of the relay; `npm run test:crash` are many. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crash } from './browser-run.ts';

describe('Chromium and the relay, each killed twice in the middle of a conversation', () => {
  it('everything that the visitor saw accepted is at Braze exactly once, or counted as in doubt', async () => {
    const { lost, doubled, submissions, visitors } = await crash({ kills: 2, seed: 20_261_121 });
    assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
    assert.equal(visitors.length, 1);
    assert.ok(submissions > 10, `there were ${submissions} submissions only`);
  });
});
