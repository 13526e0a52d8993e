/** One address knocks ten times as often as it may: `npm run bench:abuse` measures what the others wait for, here is what they are promised. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { measureAbuse } from '../bench/abuse/measure.ts';

it('ten times the allowed load of one address refuses nobody else, and loses nothing of theirs', async () => {
  const limit = 40;
  const pace = { rate: 60, count: 60 };
  const { flood, meanwhile, refused, lost, doubled } = await measureAbuse({
    limit,
    others: { addresses: 20, visitors: 20, warmUp: pace, pace },
    flood: { visitors: 5, rate: 400, count: 10 * limit },
  });
  assert.deepEqual({ refused, lost, doubled }, { refused: 0, lost: 0, doubled: 0 });
  assert.equal(meanwhile.ids.length, pace.count);
  // A new minute may begin meanwhile, and the address may knock as often again.
  assert.ok((flood.answers['429'] ?? 0) >= 10 * limit - 2 * limit, JSON.stringify(flood.answers));
});
