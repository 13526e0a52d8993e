import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { measureSizes } from './bench/sizes.ts';

/**
 * Kilobytes after brotli that the widget may weigh, of 1,000 bytes each. `flow` is the whole language, `delivery` the outbox with its
 * transport, `page` what reads the page; 26 is what the finished widget has.
 */
const BUDGETS = { loader: 3, conversation: 26, flow: 5, delivery: 4, page: 3 } as const;

describe('the weight of the widget', async () => {
  const sizes = await measureSizes();
  for (const [name, budget] of Object.entries(BUDGETS) as [keyof typeof BUDGETS, number][]) {
    it(`${name}: at most ${budget} kB brotli`, () => {
      assert.ok(sizes[name].brotli <= budget * 1_000, `${sizes[name].brotli} bytes`);
    });
  }
});
