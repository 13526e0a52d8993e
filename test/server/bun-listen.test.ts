/** What Bun's server is told, without Bun: the rest is of `test/runtimes/bun.test.ts`. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { listenOnBun } from '../../server/adapters/bun-listen.ts';

interface Told {
  readonly idleTimeout: number;
}

describe('a connection to Bun', () => {
  afterEach(() => {
    Reflect.deleteProperty(globalThis, 'Bun');
  });

  for (const [name, doorway, seconds] of [
    ['is ended after half a minute in which nothing comes', {}, 30],
    ['also where answers take less', { patience: 4_500 }, 30],
    ['is kept for as long as an answer may take', { patience: 60_500 }, 61],
    ['as far as Bun can count', { patience: 600_000 }, 255],
    ['is ended by a proxy alone where there is one', { patience: 4_500, keepAlive: 620_000 }, 0],
  ] as const)
    it(name, async () => {
      const told: Told[] = [];
      const serve = (options: Told) => {
        told.push(options);
        return { port: 8787, stop: async () => undefined };
      };
      Object.assign(globalThis, { Bun: { serve } });
      const answer = () => new Response();
      await listenOnBun({ door: 'public', port: 0, fetch: answer, refuse: answer, ...doorway });
      assert.deepEqual(
        told.map(({ idleTimeout }) => idleTimeout),
        [seconds],
      );
    });
});
