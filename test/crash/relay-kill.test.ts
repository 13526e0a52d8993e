/** kill -9 of the relay at its calls to the store, over a SQLite file, with visitors who send again what has no receipt. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { killAtEach } from './kills.ts';

/** The first call of each: further on it is much the same again, and `npm run test:long` goes to the end. */
const MOST = 1;

describe('a relay that is killed between any two steps of a delivery', () => {
  it('loses nothing, and doubles nothing but what it counts as in doubt', async () => {
    const kills = await killAtEach([
      // Before the first of them nothing has happened yet, and before each other one what is after the last.
      { operations: ['begin'], when: 'after', most: MOST },
      { operations: ['send'], when: 'before', most: MOST },
      { operations: ['send'], when: 'after', most: MOST },
      { operations: ['settle'], when: 'before', most: MOST },
      { operations: ['settle'], when: 'after', most: MOST },
      // The spool looks for work as long as the relay lives: the first look is at the start, the next ones find something.
      { operations: ['claim'], when: 'after', most: 2 },
    ]);
    assert.ok(kills > 5, `it was killed ${kills} times only`);
  });
});
