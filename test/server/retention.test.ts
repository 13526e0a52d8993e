/** For how long the relay keeps what: by the settings, and by default. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, parseConfig } from '../../server/config.ts';
import { loadFlows } from '../../server/flows/load.ts';
import { createRevisions } from '../../server/flows/revisions.ts';
import { createFlowShelf } from '../../server/flows/shelf.ts';
import { NO_METRICS } from '../../server/metrics.ts';
import { createExpiring } from '../../server/delivery/expiring.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { createWork, createWorld, taken } from '../delivery/world.ts';
import { FLOW, PROD_KEY, SANDBOX_KEY, SESSION_SECRET, settingsFor } from './relay-fixture.ts';

const DAY = 24 * 60 * 60 * 1_000;

const configWith = (retention?: unknown) => {
  const endpoint = 'https://rest.iad-01.braze.com';
  return parseConfig({
    settings: {
      ...settingsFor({ sandbox: endpoint, prod: endpoint }),
      ...(retention !== undefined && { retention }),
    },
    env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, BRAZE_PROD_KEY: PROD_KEY, SESSION_SECRET },
  });
};

describe('retention', () => {
  it('is what docs/privacy.md says by default', () => {
    assert.deepEqual(configWith().retention, {
      receipts: 14 * DAY,
      undelivered: 7 * DAY,
      deadLetters: 90 * DAY,
      revisions: 30 * DAY,
      changes: DAY,
      profiles: 400 * DAY,
      counts: 400 * DAY,
      tombstones: Infinity,
    });
  });
  it('is set in days, each for itself', () => {
    const given = {
      receipts: 20,
      undelivered: 8,
      dead_letters: 7,
      revisions: 14,
      changes: 2,
      profiles: 90,
      counts: 30,
      tombstones: 400,
    };
    assert.deepEqual(
      Object.values(configWith(given).retention),
      Object.values(given).map((days) => days * DAY),
    );
  });

  const REFUSED: readonly { readonly given: unknown; readonly says: string }[] = [
    {
      given: { receipts: 13 },
      says: 'retention.receipts: should be a whole number of days, from 14 to 3650',
    },
    {
      given: { receipts: 14.5 },
      says: 'retention.receipts: should be a whole number of days, from 14 to 3650',
    },
    {
      given: { undelivered: 6 },
      says: 'retention.undelivered: should be a whole number of days, from 7 to 3650',
    },
    {
      given: { dead_letters: 0 },
      says: 'retention.dead_letters: should be a whole number of days, from 1 to 3650',
    },
    {
      given: { revisions: 13 },
      says: 'retention.revisions: should be a whole number of days, from 14 to 3650',
    },
    { given: { changes: 8 }, says: 'retention.changes: should be a whole number of days, from 1 to 7' },
    {
      given: { profiles: 89 },
      says: 'retention.profiles: should be a whole number of days, from 90 to 3650',
    },
    {
      given: { tombstones: 29 },
      says: 'retention.tombstones: should be a whole number of days, from 30 to 3650',
    },
    {
      given: { tombstones: 'ever' },
      says: 'retention.tombstones: should be a whole number of days, from 30 to 3650',
    },
    { given: { logs: 1 }, says: 'retention.logs: unknown setting' },
    { given: 30, says: 'retention: should be an object of days, such as {"dead_letters": 30}' },
  ];
  for (const { given, says } of REFUSED) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      assert.throws(
        () => configWith(given),
        (error: unknown) => error instanceof ConfigError && error.problems.join() === says,
      );
    });
  }

  it('of receipts holds for what is settled', async () => {
    const { retention } = configWith({ receipts: 20 });
    const world = createWorld({ config: { retention } });
    const work = createWork('v');
    await world.deliver(work);
    await world.pass(20 * DAY - 1_000);
    assert.equal((await world.store.find(work.key))?.receipt.outcome, 'success');
    await world.pass(2_000);
    assert.equal(await world.store.find(work.key), undefined);
  });
  it('of changes holds for what Braze has acknowledged', async () => {
    const { retention } = configWith({ changes: 2 });
    const world = createWorld({ config: { retention, changesOnly: true } });
    const sentAfter = async (pause: number) => {
      await world.pass(pause);
      const { share, ...rest } = createWork('v');
      const attributes = { ...share.attributes, email: 'ada@example.com' };
      const before = world.requests.length;
      await world.deliver({ ...rest, share: { attributes, events: [] } });
      return world.requests.length > before;
    };
    assert.deepEqual(
      [await sentAfter(0), await sentAfter(1.9 * DAY), await sentAfter(0.2 * DAY)],
      [true, false, true],
    );
  });
  it('of revisions holds from when one was last given away', async () => {
    let now = 0;
    const clock = () => now;
    const shelf = createFlowShelf(loadFlows([{ source: 'welcome', json: FLOW }]));
    const { retention } = configWith({ revisions: 14 });
    const ports = { store: createMemoryStore({ clock }), clock, findFlow: shelf.find, log: () => undefined };
    const loaded = (await shelf.find('welcome')) ?? assert.fail();
    await createRevisions({ retention, origins: new Map() }, ports).keep(loaded);
    const changed = { ...FLOW, nodes: { ...FLOW.nodes, sorry: { type: 'end', text: 'So sorry' } } };
    await shelf.replace(loadFlows([{ source: 'welcome', json: changed }]));
    const found = async () =>
      (await createRevisions({ retention, origins: new Map() }, ports).find('welcome', loaded.revision))
        ?.revision;
    now += 14 * DAY - 1;
    assert.equal(await found(), loaded.revision);
    now += 1;
    assert.notEqual(await found(), loaded.revision);
  });
  it('of dead letters drops them, says so and counts them', async () => {
    const { retention } = configWith({ dead_letters: 7 });
    const world = createWorld({ config: { retention } });
    world.answer(() => taken([{ type: 'no such thing', input_array: 'events', index: 0 }]));
    for (const visitor of ['v', 'w']) await world.deliver(createWork(visitor));
    assert.equal((await world.store.stats()).deadLetters, 2);
    const counted: number[] = [];
    const log: LogEntry[] = [];
    const expiring = createExpiring(
      { retention },
      {
        store: world.store,
        setTimer: () => () => undefined,
        log: (entry) => log.push(entry),
        metrics: { ...NO_METRICS, deadLettersExpired: (count) => counted.push(count) },
      },
    );
    await world.pass(7 * DAY - 1_000);
    await expiring.look();
    assert.deepEqual([log, counted], [[], []]);
    await world.pass(1_000);
    await expiring.look();
    assert.equal((await world.store.stats()).deadLetters, 0);
    assert.deepEqual(log, [{ level: 'warn', event: 'dead_letters_expired', submissions: 2 }]);
    assert.deepEqual(counted, [2]);
  });
  it('of dead letters is looked after while the relay runs', async () => {
    const { retention } = configWith({ dead_letters: 1 });
    const world = createWorld({ config: { retention } });
    world.answer(() => taken([{ type: 'no such thing', input_array: 'events', index: 0 }]));
    await world.deliver(createWork('v'));
    await world.pass(DAY);
    world.delivery.startSpool();
    await world.pass(60_000);
    assert.equal((await world.store.stats()).deadLetters, 0);
    await world.delivery.close();
  });
});
