/** What counts is what is brought, and not in how many requests: over real HTTP, with as many submissions in each as the relay takes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMemoryStore } from '../../server/store/memory.ts';
import type { SessionGrant, SubmissionsResponse } from '../../widget/contract/wire.ts';
import { startGuarded, type Answer, type Guarded } from './doors-fixture.ts';
import { createSubmission, OTHER_ORIGIN, PROD_ORIGIN, SANDBOX_ORIGIN } from './relay-fixture.ts';

/** As many as one request may bring (`server/schema.ts`). */
const FULL = 50;

/** No window of a day ends while a test runs, but at midnight. */
const few = (limit: number) => ({ limit, window: 86_400_000 });

interface Visitor {
  /** Brings so many submissions in one request. */
  bring(count: number): Promise<Answer>;
}

async function openVisitor(relay: Guarded, address: string, origin = SANDBOX_ORIGIN): Promise<Visitor> {
  const headers = { 'x-forwarded-for': address, origin };
  const answer = await relay.post('/v1/sessions', {}, headers);
  assert.equal(answer.status, 200, answer.body);
  const { session } = JSON.parse(answer.body) as SessionGrant;
  return {
    bring(count) {
      const submissions = Array.from({ length: count }, () =>
        createSubmission({ time: new Date().toISOString() }),
      );
      return relay.post(
        '/v1/submissions',
        { submissions, sent: new Date().toISOString() },
        { ...headers, authorization: `Bearer ${session}` },
      );
    },
  };
}

const outcomesOf = ({ body }: Answer): readonly string[] =>
  (JSON.parse(body) as SubmissionsResponse).receipts.map(({ outcome }) => outcome);

describe('requests that are full', () => {
  const HERE = '203.0.113.7';
  const THERE = '198.51.100.9';
  for (const [limit, others] of [
    ['address', { address: THERE }],
    ['visitor', { address: HERE }],
    ['site', { address: HERE, origin: OTHER_ORIGIN }],
    ['site', { address: HERE, origin: PROD_ORIGIN }],
  ] as const) {
    it(`count with all that they bring against the limit of one ${limit}, and against no other: ${JSON.stringify(others)}`, async () => {
      await using relay = await startGuarded({ limits: { [limit]: few(100) } });
      const visitor = await openVisitor(relay, HERE);
      const statuses: number[] = [];
      for (let turn = 0; turn < 4; turn += 1) statuses.push((await visitor.bring(FULL)).status);
      // The session of an address counts, too: what is more than the limit came with a request for which there was room.
      assert.deepEqual(statuses.slice(0, 2), [200, 200]);
      assert.deepEqual(statuses.slice(2), [429, 429]);
      const other = await openVisitor(relay, others.address, 'origin' in others ? others.origin : undefined);
      const answer = await other.bring(FULL);
      assert.equal(answer.status, 200, answer.body);
      assert.equal(outcomesOf(answer).length, FULL);
    });
  }

  it('are let in whole by a limit that is lower than what one of them brings', async () => {
    await using relay = await startGuarded({ limits: { visitor: few(2) } });
    const visitor = await openVisitor(relay, HERE);
    const answer = await visitor.bring(FULL);
    assert.equal(outcomesOf(answer).length, FULL);
    assert.equal((await visitor.bring(1)).status, 429);
  });

  it('come no further where they come all at once', async () => {
    await using relay = await startGuarded({ limits: { address: few(120) } });
    const visitors = await Promise.all(Array.from({ length: 10 }, () => openVisitor(relay, HERE)));
    const answers = await Promise.all(
      visitors.flatMap((visitor) => [visitor.bring(FULL), visitor.bring(FULL)]),
    );
    const taken = answers.flatMap((answer) => (answer.status === 200 ? outcomesOf(answer) : []));
    assert.ok(taken.length >= FULL && taken.length <= 120 + FULL, `${taken.length}`);
    assert.ok(answers.every(({ status }) => status === 200 || status === 429));
  });

  it('count for the networks around an IPv6 address, too', async () => {
    await using relay = await startGuarded({ limits: { address: few(10) } });
    const statuses: number[] = [];
    for (let number = 0; number < 8; number += 1) {
      const visitor = await openVisitor(relay, `2001:db8:1:${(number << 8).toString(16)}::7`).catch(
        () => undefined,
      );
      statuses.push((await visitor?.bring(FULL))?.status ?? 429);
    }
    // 160 for a /48, of which each brings 50 from an address of its own.
    assert.deepEqual(statuses, [200, 200, 200, 200, 429, 429, 429, 429]);
  });

  it('of a browser that was away for days are all let in by the limits that are there by default', async () => {
    await using relay = await startGuarded({ limits: { address: undefined, newVisitors: undefined } });
    const visitor = await openVisitor(relay, HERE);
    // 500, in requests as the widget's outbox makes them; and somebody else of the same office.
    for (let turn = 0; turn < 25; turn += 1) assert.equal(outcomesOf(await visitor.bring(20)).length, 20);
    const colleague = await openVisitor(relay, HERE);
    for (let turn = 0; turn < 25; turn += 1) assert.equal(outcomesOf(await colleague.bring(20)).length, 20);
  });
});

describe('a relay that keeps as much as it may, while Braze is down', () => {
  const start = () =>
    startGuarded({
      limits: { visitor: false, site: false },
      spoolLimit: 100,
      store: createMemoryStore({ clock: Date.now, isDurable: true }),
      braze: { status: 503 },
    });
  const fullOf = (relay: Guarded) =>
    relay.entries
      .filter(({ event }) => event === 'spool_full')
      .map(({ level, reason, environment, limit }) => [level, reason, environment, limit]);

  it('has room for others where one visitor has used up theirs', async () => {
    await using relay = await start();
    const [one, other] = [await openVisitor(relay, '203.0.113.7'), await openVisitor(relay, '203.0.113.7')];
    assert.deepEqual(outcomesOf(await one.bring(FULL)), Array(FULL).fill('queued'));
    for (let turn = 0; turn < 3; turn += 1) {
      const refused = await one.bring(FULL);
      assert.equal(refused.status, 503);
      assert.equal(refused.headers['retry-after'], '5');
    }
    assert.deepEqual(outcomesOf(await other.bring(FULL)), Array(FULL).fill('queued'));
    assert.deepEqual(fullOf(relay), [['warn', 'visitor', 'sandbox', 50]]);
  });

  it('has room for production where a staging page has used up its own', async () => {
    await using relay = await start();
    for (let turn = 0; turn < 2; turn += 1) {
      const visitor = await openVisitor(relay, '203.0.113.7');
      assert.equal((await visitor.bring(FULL)).status, 200);
    }
    const late = await openVisitor(relay, '203.0.113.7');
    for (let turn = 0; turn < 3; turn += 1) assert.equal((await late.bring(FULL)).status, 503);
    const customer = await openVisitor(relay, '198.51.100.9', PROD_ORIGIN);
    assert.deepEqual(outcomesOf(await customer.bring(FULL)), Array(FULL).fill('queued'));
    assert.deepEqual(fullOf(relay), [['error', 'environment', 'sandbox', 100]]);
  });
});
