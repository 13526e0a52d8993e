/** A thousand simulated conversations: what the relay has counted is what happened. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadFlows } from '../../server/flows/load.ts';
import { publishFlow } from '../../server/flows/publish.ts';
import { createFlowShelf, type LoadedFlow } from '../../server/flows/shelf.ts';
import { createWorld, taken } from '../delivery/world.ts';
import { PROD_ORIGIN } from '../server/relay-fixture.ts';
import { configOf, SETTLED, startRelayInProcess } from '../server/relay-in-process.ts';
import { createRandom } from '../long/random.ts';
import { createVisitor, FLOW, IDLE, REFUSED_ADDRESS, TICK, type Counts } from './visitors.ts';

const SEED = 1;

const VISITORS = 1_000;

/** At a time: others come when they have gone. */
const AT_ONCE = 250;

/** Doings of each, after which they stay away. */
const DOINGS = 30;

/** So many numbers are between 0 and 1. */
const FINE = 2 ** 30;

const SETTINGS = { counts: true, abandoned_after: IDLE };

describe('a thousand conversations', () => {
  it('with answers, refusals, corrections, departures, returns and lost answers are counted as they were', async () => {
    const { nat } = createRandom(SEED);
    const random = () => nat(FINE) / FINE;
    const world = createWorld({ config: { origins: configOf(SETTINGS).origins } });
    world.answer(({ attributes = [] }) => {
      const index = attributes.findIndex(({ email }) => email === REFUSED_ADDRESS);
      const type = "The value provided for the 'email' field is not a valid email.";
      return taken(index < 0 ? undefined : [{ type, input_array: 'attributes', index }]);
    });
    world.delivery.startSpool();
    const shelf = createFlowShelf(loadFlows([{ source: 'orchard.json', json: FLOW }]));
    const loaded = (await shelf.find(FLOW.id)) as LoadedFlow;
    // Two doors to the same store.
    const relays = [1, 2].map(() =>
      startRelayInProcess(
        SETTLED,
        {
          store: world.store,
          clock: world.clock,
          delivery: () => world.delivery,
          findFlow: shelf.find,
          listFlows: shelf.list,
        },
        SETTINGS,
      ),
    );
    const counts: Counts = new Map();
    const surroundings = {
      random,
      clock: world.clock,
      flow: publishFlow(loaded, 'en'),
      post: async (path: string, body: unknown, headers: Record<string, string> = {}) => {
        const relay = relays[Math.floor(random() * relays.length)];
        return (relay as (typeof relays)[number]).post(path, body, { origin: PROD_ORIGIN, ...headers });
      },
      counts,
    };
    for (let number = 0; number < VISITORS; number += AT_ONCE) {
      const visitors = Array.from({ length: AT_ONCE }, (_, index) =>
        createVisitor(number + index, surroundings),
      );
      for (const visitor of visitors) await visitor.begin();
      for (let doing = 0; doing < DOINGS; doing += 1) {
        for (const visitor of visitors) await visitor.act();
        await world.passIn(TICK * 1_000, TICK * 1_000);
      }
      await world.passIn(10 * TICK * 1_000, TICK * 1_000);
      for (const visitor of visitors) visitor.end();
    }
    const tallies = await world.store.tallies.find('prod', FLOW.id, loaded.revision);
    const counted: Counts = new Map();
    for (const { type, node, from, count } of tallies) {
      counted.set(`${type} ${node}`, (counted.get(`${type} ${node}`) ?? 0) + count);
      if (from !== undefined) counted.set(`way ${from} ${node}`, count);
    }
    assert.deepEqual([...counted].sort(), [...counts].sort());
    // Nothing of it is rare.
    for (const what of [
      'shown bye',
      'refused email',
      'left email',
      'left more',
      'way which desk',
      'way save more',
    ])
      assert.ok((counts.get(what) ?? 0) > 50, `${what}: ${String(counts.get(what))}`);
  });
});
