/** A thousand simulated conversations of one flow, the same for the same seed: what a relay has counted of them, and what happened. */
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { loadFlows } from '../../server/flows/load.ts';
import { publishFlow } from '../../server/flows/publish.ts';
import { createFlowShelf, type LoadedFlow } from '../../server/flows/shelf.ts';
import type { Store } from '../../server/store/store.ts';
import { createWorld, taken } from '../delivery/world.ts';
import { createRandom } from '../long/random.ts';
import { PROD_KEY, PROD_ORIGIN, SANDBOX_KEY, SESSION_SECRET, settingsFor } from '../server/relay-fixture.ts';
import { configOf, SETTLED, startRelayInProcess } from '../server/relay-in-process.ts';
import { createVisitor, FLOW, IDLE, REFUSED_ADDRESS, TICK, type Counts } from './visitors.ts';

const VISITORS = 1_000;

/** At a time: others come when they have gone. */
const AT_ONCE = 250;

/** Doings of each, after which they stay away. */
const DOINGS = 30;

/** So many numbers are between 0 and 1. */
const FINE = 2 ** 30;

const SETTINGS = { counts: true, abandoned_after: IDLE };

export interface Simulated {
  readonly store: Store;
  readonly revision: string;
  /** By the visitors' own account. */
  readonly counts: Counts;
}

export async function simulateThousand(seed: number): Promise<Simulated> {
  const { nat } = createRandom(seed);
  const random = () => nat(FINE) / FINE;
  const world = createWorld({ config: { origins: configOf(SETTINGS).origins } });
  const { store, clock } = world;
  world.answer(({ attributes = [] }) => {
    const index = attributes.findIndex(({ email }) => email === REFUSED_ADDRESS);
    const type = "The value provided for the 'email' field is not a valid email.";
    return taken(index < 0 ? undefined : [{ type, input_array: 'attributes', index }]);
  });
  world.delivery.startSpool();
  const shelf = createFlowShelf(loadFlows([{ source: 'orchard.json', json: FLOW }]));
  const { find: findFlow, list: listFlows } = shelf;
  const loaded = (await findFlow(FLOW.id)) as LoadedFlow;
  const open = () =>
    startRelayInProcess(
      SETTLED,
      { store, clock, delivery: () => world.delivery, findFlow, listFlows },
      SETTINGS,
    );
  // Two doors to the same store.
  const [one, other] = [open(), open()];
  const counts: Counts = new Map();
  const surroundings = {
    random,
    clock,
    flow: publishFlow(loaded, 'en'),
    post: async (path: string, body: unknown, headers: Record<string, string> = {}) =>
      (random() < 0.5 ? one : other).post(path, body, { origin: PROD_ORIGIN, ...headers }),
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
  await world.delivery.close();
  return { store, revision: loaded.revision, counts };
}

/** A relay over what was counted: its operator's port has the pages. @param assets folder of the built widget, or any other */
export function serveCounted(store: Store, assets: string): Promise<RunningRelay> {
  return serveRelay({
    settings: settingsFor({ sandbox: 'http://127.0.0.1:9', prod: 'http://127.0.0.1:9' }),
    env: {
      BRAZE_SANDBOX_KEY: SANDBOX_KEY,
      BRAZE_PROD_KEY: PROD_KEY,
      SESSION_SECRET,
      PARLEY_DEVELOPMENT: '1',
    },
    flows: [{ source: 'orchard.json', json: FLOW }],
    assets,
    store,
    port: 0,
    operatorPort: 0,
    hostname: '127.0.0.1',
    log: () => undefined,
  });
}
