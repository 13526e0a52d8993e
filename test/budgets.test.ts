import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { measureSizes } from './bench/sizes.ts';

/**
 * Kilobytes after brotli that the widget may weigh, of 1,000 bytes each. `flow` is the whole language, and `delivery` the outbox with its
 * transport; a conversation had 21 before that, and the finished widget has 26.
 */
const BUDGETS = { loader: 3, conversation: 24, flow: 5, delivery: 4 } as const;

describe('the weight of the widget', async () => {
  const sizes = await measureSizes();
  for (const [name, budget] of Object.entries(BUDGETS) as [keyof typeof BUDGETS, number][]) {
    it(`${name}: at most ${budget} kB brotli`, () => {
      assert.ok(sizes[name].brotli <= budget * 1_000, `${sizes[name].brotli} bytes`);
    });
  }
});
