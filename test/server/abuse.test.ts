/** One address brings ten times as much as it may, and more: `npm run bench:abuse` measures what the others wait for, here is what they are promised. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { measureAbuse } from '../bench/abuse/measure.ts';
import { createBrowserVisitor } from '../relay/browser-visitor.ts';
import { startGuarded } from './doors-fixture.ts';
import { createSubmission } from './relay-fixture.ts';

it('ten times the allowed load of one address refuses nobody else, and loses nothing of theirs', async () => {
  const limit = 40;
  const pace = { rate: 60, count: 60, batch: 1 };
  // Full requests, ten times as many as the limit would let in with one submission each.
  const batch = 50;
  const { flood, meanwhile, refused, lost, doubled } = await measureAbuse({
    limit,
    others: { addresses: 20, visitors: 20, warmUp: pace, pace },
    flood: { visitors: 5, rate: 400, count: 10 * limit, batch },
  });
  assert.deepEqual({ refused, lost, doubled }, { refused: 0, lost: 0, doubled: 0 });
  assert.equal(meanwhile.ids.length, pace.count);
  // A new minute may begin meanwhile, and the address may bring as much again. What is over the limit came with a request that was not.
  assert.ok(flood.ids.length >= batch && flood.ids.length <= 2 * (limit + batch), `${flood.ids.length}`);
  assert.ok((flood.answers['429'] ?? 0) >= 10 * limit - 2 * limit, JSON.stringify(flood.answers));
});

for (const limit of ['visitor', 'site'] as const) {
  it(`the widget’s outbox keeps what is refused by the limit of a ${limit}, and delivers it when it may`, async () => {
    // So few that it is refused in mid-conversation, and so short that it may soon come again.
    await using relay = await startGuarded({ limits: { [limit]: { limit: 2, window: 1_000 } } });
    const visitor = createBrowserVisitor({ relayUrl: relay.relay.url, longestPause: 100 });
    // On a slow machine a new window begins between any two of them: until three fall into one.
    while (!relay.entries.some(({ event }) => event === 'limit_reached')) {
      const verdict = await visitor.say(createSubmission({ time: new Date().toISOString() }));
      assert.equal(verdict.outcome, 'success');
    }
    assert.equal(visitor.waiting, 0);
    visitor.leave();
  });
}
