/** As `test/crash/relay-kill.test.ts`, at every call to the store, whatever it is for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { killAtEach } from '../crash/kills.ts';

const OPERATIONS = ['begin', 'send', 'settle', 'claim', 'find', 'count', 'get', 'put', 'stats'];

/** A bound: some calls are made again and again, as long as the relay lives. */
const MOST = 80;

describe('a relay that is killed between any two calls to its store', () => {
  it('loses nothing, and doubles nothing but what it counts as in doubt', async () => {
    const kills = await killAtEach([
      { operations: OPERATIONS, when: 'before', most: MOST },
      { operations: OPERATIONS, when: 'after', most: MOST },
    ]);
    console.log(`Killed ${kills} times`);
    assert.ok(kills > 40, `it was killed ${kills} times only`);
  });
});
