/** Submissions at which the relay breaks, each time anew: none may hold up what is behind it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRandom } from '../long/random.ts';
import { createMemoryRecords } from '../../widget/outbox/memory-records.ts';
import { sessionsOf } from './one-visitor.ts';
import { createOutboxStore } from '../../widget/outbox/store.ts';
import { createRelayClient } from '../../widget/transport/relay-client.ts';
import { credentialIn } from './held.ts';
import { DAY, HOUR, idOf, MINUTE, NOW, submissionOf, success } from './outbox-fixture.ts';
import { BROKEN, DOWN, OutboxWorld, settled, type Relay } from './outbox-world.ts';

const steps = (count: number) => Array.from({ length: count }, (_, index) => idOf(index + 1));
const [FIRST, SECOND, THIRD, FOURTH] = steps(4) as [string, string, string, string];

const breakAt =
  (...poison: readonly string[]): Relay =>
  (ids) =>
    ids.some((id) => poison.includes(id)) ? BROKEN : settled(ids);

async function createWorld(relay: Relay, ids = steps(4)) {
  const world = new OutboxWorld(relay);
  await world.put(...ids);
  await world.flush();
  return world;
}

describe('a submission at which the relay breaks', () => {
  it('is tried alone six times, and then the next ones pass', async () => {
    const world = await createWorld(breakAt(FIRST));
    await world.advance(MINUTE);
    const alone = world.sent.findIndex((ids) => ids[0] === SECOND);
    assert.deepEqual(world.sent.slice(0, alone), [steps(4), ...Array<string[]>(6).fill([FIRST])]);
    assert.deepEqual(await world.left(), [FIRST]);
    assert.deepEqual(
      world.tab.verdicts.map(({ id }) => id),
      [SECOND, THIRD, FOURTH],
    );
    assert.equal(world.tab.waiting.at(-1), true);
  });

  for (const minutes of [1, 5, 30, 120]) {
    it(`passes nobody where the relay breaks at all of them: after ${minutes} minutes order is kept`, async () => {
      const world = await createWorld(() => BROKEN);
      const random = createRandom(minutes);
      world.random = () => random.nat(1_000) / 1_000;
      await world.advance(minutes * MINUTE);
      world.relay = settled;
      await world.advance(5 * MINUTE);
      assert.deepEqual(world.tab.verdicts, steps(4).map(success));
    });
  }

  it('is tried again, and goes when the relay is mended', async () => {
    const world = await createWorld(breakAt(FIRST));
    await world.advance(HOUR);
    assert.ok(world.sent.filter((ids) => ids.includes(FIRST)).length > 10, 'it is not forgotten');
    world.relay = settled;
    await world.advance(2 * MINUTE);
    assert.deepEqual(await world.left(), []);
    assert.equal(world.tab.waiting.at(-1), false);
    assert.deepEqual(world.tab.timers(), []);
  });

  it('does not hold up what is said later', async () => {
    const world = await createWorld(breakAt(FIRST), [FIRST]);
    await world.advance(HOUR);
    await world.put(SECOND, THIRD);
    await world.flush();
    await world.advance(3 * MINUTE);
    assert.deepEqual(world.tab.verdicts, [SECOND, THIRD].map(success));
  });

  it('does not help another one to hold up the rest', async () => {
    const world = await createWorld(breakAt(FIRST, SECOND));
    await world.advance(30 * MINUTE);
    assert.deepEqual(await world.left(), [FIRST, SECOND]);
  });

  it('is not to blame where the relay says that it can take nothing now', async () => {
    const world = await createWorld(() => DOWN);
    await world.advance(HOUR);
    assert.ok(world.sent.slice(1).every(([id]) => id === FIRST));
  });

  it('keeps back what corrects it, and what corrects that', async () => {
    const world = new OutboxWorld(breakAt(FIRST));
    await world.put(FIRST);
    await world.putSubmission(submissionOf(SECOND, { corrects: FIRST }));
    await world.putSubmission(submissionOf(THIRD, { corrects: SECOND }));
    await world.put(FOURTH);
    await world.flush();
    await world.advance(HOUR);
    assert.deepEqual(
      world.tab.verdicts.map(({ id }) => id),
      [FOURTH],
    );
    world.relay = settled;
    await world.advance(2 * MINUTE);
    assert.deepEqual(
      world.tab.verdicts.map(({ id }) => id),
      [FOURTH, FIRST, SECOND, THIRD],
    );
  });

  it('dies of age like any other, while the others are delivered', async () => {
    const world = await createWorld(breakAt(FIRST));
    await world.advance(HOUR);
    world.offset += 7 * DAY;
    await world.advance(HOUR);
    assert.deepEqual(await world.left(), []);
    assert.deepEqual(world.tab.verdicts.at(-1), { id: FIRST, outcome: 'error' });
    assert.deepEqual(world.tab.timers(), []);
  });
});

describe('a submission that something forbids, as the relay client sees it', () => {
  const json = (body: unknown, status = 200) => Response.json(body, { status });
  const FORBIDDEN: readonly [name: string, answer: () => Response][] = [
    ['a firewall, in words that the page may read', () => new Response('No', { status: 403 })],
    ['a firewall, with another status', () => new Response('No', { status: 406 })],
    [
      'a firewall whose words no page may read',
      () => {
        throw new TypeError('Failed to fetch');
      },
    ],
    ['a proxy to which it is too large', () => new Response('Too large', { status: 413 })],
    ['a relay that dies of it', () => new Response('', { status: 502 })],
    ['a relay that fails at it', () => json({ status: 500 }, 500)],
  ];
  for (const [name, forbid] of FORBIDDEN) {
    it(`holds up none behind it: ${name}`, async () => {
      const records = createMemoryRecords();
      const fetch = async (address: unknown, { body }: RequestInit = {}) => {
        const { submissions } = JSON.parse(body as string) as { submissions?: readonly { id: string }[] };
        if ((address as string).endsWith('/v1/sessions')) {
          return json({ visitor: 'visitor', session: 'session', expires_in: 600, deadline: 2_500 });
        }
        if (submissions?.some(({ id }) => id === FIRST)) return forbid();
        return json({ receipts: submissions?.map(({ id }) => success(id)) });
      };
      const store = createOutboxStore(records);
      const client = createRelayClient('https://relay.example', sessionsOf(store), fetch, () => NOW);
      const world = await createWorld(async (ids, losses) =>
        client.send({
          submissions: ids.map((id) => submissionOf(id)),
          losses,
          credential: (await credentialIn(records)) as string | undefined,
        }),
      );
      await world.advance(15 * MINUTE);
      assert.deepEqual(world.tab.verdicts, [SECOND, THIRD, FOURTH].map(success));
      assert.deepEqual(await world.left(), [FIRST]);
    });
  }
});
