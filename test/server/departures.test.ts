/** Who leaves, who comes back, and who takes their consent back: from the page’s word to the event at Braze. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { serveRelay } from '../../server/adapters/node.ts';
import { NO_METRICS } from '../../server/metrics.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { StoreError, type Store } from '../../server/store/store.ts';
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import type {
  Departure,
  DepartureRequest,
  Problem,
  SessionGrant,
  Submission,
  WithdrawalRequest,
} from '../../widget/contract/wire.ts';
import { createWorld, taken, type WorldOptions } from '../delivery/world.ts';
import {
  createSubmission,
  FLOW,
  openVisitor,
  OTHER_ORIGIN,
  PROD_ORIGIN,
  SANDBOX_ORIGIN,
  serveRecorder,
  SESSION_SECRET,
  settingsFor,
} from './relay-fixture.ts';
import { configOf, SETTLED, startRelayInProcess } from './relay-in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-departures-'));
after(() => rmSync(folder, { recursive: true }));

/** Seconds. */
const IDLE = 60;
const SETTINGS = { events: { abandoned: 'chat_abandoned' }, abandoned_after: IDLE };
/** Milliseconds: of looks for what is due, and of the request to Braze. */
const A_LOOK = 6_000;

interface Start extends WorldOptions {
  readonly settings?: object;
  /** Of which the relay’s requests see another one than its delivery. */
  readonly seen?: (store: Store) => Store;
}

/** A relay with a delivery whose clock has hands, and a visitor of the brand's page. */
function startRelay({ settings = SETTINGS, seen = (store) => store, config, store }: Start = {}) {
  const { origins } = configOf(settings);
  const world = createWorld({ config: { origins, ...config }, ...(store && { store }) });
  world.delivery.startSpool();
  const withdrawals: string[] = [];
  const startWith = (siteSettings: object) =>
    startRelayInProcess(
      SETTLED,
      {
        store: seen(world.store),
        clock: world.clock,
        delivery: () => world.delivery,
        metrics: { ...NO_METRICS, withdrawn: (...labels) => withdrawals.push(labels.join(' ')) },
      },
      siteSettings,
    );
  let relay = startWith(settings);
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    relay.post(path, body, { origin: PROD_ORIGIN, ...headers });
  return {
    ...world,
    get relay() {
      return relay;
    },
    post,
    withdrawals,
    /** Events at Braze. */
    events: () => world.requests.flatMap(({ events = [] }) => events),
    kept: async () => (await world.store.stats()).provisional,
    marks: async () => (await world.store.stats()).marks,
    /** The brand’s settings are others from now on. */
    reload: (changed: object) => {
      world.delivery.replaceSettings(configOf(changed));
      relay = startWith(changed);
    },
    openVisitor: async (origin = PROD_ORIGIN) =>
      (await (await relay.post('/v1/sessions', {}, { origin })).json()) as SessionGrant,
  };
}

type Relay = ReturnType<typeof startRelay>;

let conversations = 0;

/** A visitor in a conversation. Times are seconds since the relay was started, by the browser's clock. */
async function startConversation(relay: Relay, grant?: SessionGrant) {
  conversations += 1;
  const conversation = `019c0000-0000-7000-8000-${String(conversations).padStart(12, '0')}`;
  const { visitor, session } = grant ?? (await relay.openVisitor());
  const start = relay.clock();
  const at = (seconds: number) => new Date(start + seconds * 1_000).toISOString();
  const told = async (response: Promise<Response>, status = 204) => {
    const { status: found } = await response;
    assert.equal(found, status, await (await response).text());
  };
  const leftAt = (seconds: number, { reason, ...change }: Partial<Departure> = {}): Departure => ({
    ...createSubmission({
      id: `${conversation}.4.abandoned`,
      node: 'email',
      answers: {},
      time: at(seconds),
      ...change,
    }),
    ...(reason && { reason }),
  });
  const depart = (request: Partial<DepartureRequest>) =>
    told(relay.post('/v1/departures', { visitor, sent: at(0), ...request }));
  return {
    conversation,
    visitor,
    at,
    leftAt,
    leave: (seconds = 0, change: Partial<Departure> = {}) =>
      depart({ left: leftAt(seconds, change), sent: at(seconds) }),
    comeBack: (seconds: number) => depart({ back: conversation, sent: at(seconds) }),
    submit: (seconds: number, change: Partial<Submission> = {}) => {
      const submission = createSubmission({ id: `${conversation}.5`, time: at(seconds), ...change });
      const authorization = `Bearer ${session}`;
      const body = { submissions: [submission], sent: at(seconds) };
      return told(relay.post('/v1/submissions', body, { authorization }), 200);
    },
    withdraw: () => told(relay.post('/v1/withdrawals', { visitor } satisfies WithdrawalRequest)),
  };
}

const names = (relay: Relay) => relay.events().map((event) => event['name']);

describe('a visitor who leaves', () => {
  it('has abandoned the conversation when nothing more comes of it for the idle time', async () => {
    const relay = startRelay();
    const { conversation, leave, at } = await startConversation(relay);
    await leave(0, { page: { path: '/boots', tags: ['boots'] } });
    await relay.pass(IDLE * 1_000 - 1);
    assert.deepEqual(relay.events(), []);
    await relay.pass(A_LOOK);
    const [event, ...more] = relay.events();
    assert.deepEqual(more, []);
    assert.partialDeepStrictEqual(event, {
      name: 'chat_abandoned',
      time: at(0),
      properties: {
        flow: 'welcome',
        node: 'email',
        conversation,
        page: '/boots',
        tags: ['boots'],
        reason: 'unanswered',
        left_at: at(0),
        submission_id: `${conversation}.abandoned`,
      },
    });
    assert.equal(await relay.kept(), 0);
  });

  for (const [name, since, reason] of [
    ['after an answer that was not taken', [{ reason: 'refused' }], 'refused'],
    ['after they had answered better', [{ reason: 'refused' }, {}], 'unanswered'],
    ['without another answer', [{}, { reason: 'refused' }], 'refused'],
    ['of a flow that nobody knows', [{ reason: 'refused', revision: 'of-before' }], 'refused'],
  ] as [string, readonly Partial<Departure>[], string][]) {
    it(`is told why: ${name}`, async () => {
      const relay = startRelay();
      const { leave } = await startConversation(relay);
      for (const [second, departure] of since.entries()) await leave(second, departure);
      await relay.pass(IDLE * 1_000 + A_LOOK);
      assert.partialDeepStrictEqual(relay.events(), [{ properties: { reason } }]);
    });
  }

  it('has 30 minutes unless the site says otherwise', async () => {
    const relay = startRelay({ settings: { events: SETTINGS.events } });
    await (await startConversation(relay)).leave();
    await relay.pass(1_800_000 - 1);
    assert.deepEqual(relay.events(), []);
    await relay.pass(A_LOOK);
    assert.deepEqual(names(relay), ['chat_abandoned']);
  });

  it('has not, where the visitor goes from page to page, until the last of them is left', async () => {
    const relay = startRelay();
    const { leave, comeBack } = await startConversation(relay);
    for (let page = 0; page < 5; page += 1) {
      await leave(page * 10);
      await comeBack(page * 10 + 1);
      await relay.pass(10_000);
    }
    await relay.pass(IDLE * 1_000);
    assert.deepEqual(relay.events(), []);
    await leave(50);
    await relay.pass(IDLE * 1_000 + A_LOOK);
    assert.deepEqual(names(relay), ['chat_abandoned']);
  });

  it('has left where they were last, and the idle time begins anew', async () => {
    const relay = startRelay();
    const { leave } = await startConversation(relay);
    await leave(0);
    await relay.pass(40_000);
    await leave(40, { node: 'birthday' });
    await relay.pass(40_000);
    assert.deepEqual(relay.events(), []);
    await relay.pass(20_000 + A_LOOK);
    assert.partialDeepStrictEqual(relay.events(), [{ properties: { node: 'birthday' } }]);
  });

  it('has abandoned a conversation once at most', async () => {
    const relay = startRelay();
    const { leave, comeBack } = await startConversation(relay);
    for (const seconds of [0, 100, 200]) {
      await leave(seconds);
      await relay.pass(100_000);
      await comeBack(seconds + 90);
    }
    await leave(300);
    assert.equal(await relay.kept(), 0);
    assert.deepEqual(names(relay), ['chat_abandoned']);
  });

  it('has abandoned each of their conversations that nothing came of', async () => {
    const relay = startRelay();
    const grant = await relay.openVisitor();
    const [one, other, gone] = [
      await startConversation(relay, grant),
      await startConversation(relay, grant),
      await startConversation(relay),
    ];
    for (const { leave } of [one, other, gone]) await leave();
    await one.comeBack(1);
    await relay.pass(IDLE * 1_000 + A_LOOK);
    assert.deepEqual(
      relay
        .events()
        .map(({ properties }) => (properties as { conversation: string }).conversation)
        .sort(),
      [other.conversation, gone.conversation].sort(),
    );
  });

  for (const [name, change] of [
    ['an action', {}],
    ['a lifecycle event', { node: 'thanks' }],
  ] as const) {
    it(`has not, where ${name} of the conversation is submitted after it`, async () => {
      const relay = startRelay();
      const { conversation, leave, submit } = await startConversation(relay);
      await leave(0);
      await submit(1, 'node' in change ? { ...change, id: `${conversation}.5.completed` } : change);
      assert.equal(await relay.kept(), 0);
    });
  }

  it('has, where what was submitted was made before, and only comes after it', async () => {
    const relay = startRelay();
    const { leave, submit } = await startConversation(relay);
    await leave(10);
    await submit(9);
    assert.equal(await relay.kept(), 1);
  });

  it('has, where something comes of another conversation or of another visitor', async () => {
    const relay = startRelay();
    const [one, other] = [await startConversation(relay), await startConversation(relay)];
    await one.leave(0);
    await other.submit(1);
    await other.submit(2, { id: `${one.conversation}.5` });
    assert.equal(await relay.kept(), 1);
  });

  for (const [name, since] of [
    ['come back', ({ comeBack }) => comeBack(2)],
    ['submitted something', ({ submit }) => submit(2)],
    ['left a later page', ({ leave }) => leave(2, { node: 'birthday' })],
  ] as [string, (of: Awaited<ReturnType<typeof startConversation>>) => Promise<void>][]) {
    it(`has not where the word of it comes late, and they had ${name} meanwhile`, async () => {
      const relay = startRelay();
      const of = await startConversation(relay);
      await since(of);
      const before = await relay.kept();
      await of.leave(1, { node: 'hello' });
      assert.equal(await relay.kept(), before);
      await relay.pass(IDLE * 1_000 + A_LOOK);
      assert.ok(!JSON.stringify(relay.events()).includes('hello'));
    });
  }

  it('is in order by the browser’s own clock, and dated by the relay’s', async () => {
    const relay = startRelay();
    const { leave, comeBack, at } = await startConversation(relay);
    const HOUR = 3_600;
    await comeBack(-HOUR + 2);
    await leave(-HOUR + 1);
    assert.equal(await relay.kept(), 0);
    await leave(-HOUR + 3);
    await relay.pass(IDLE * 1_000 + A_LOOK);
    assert.partialDeepStrictEqual(relay.events(), [{ time: at(0), properties: { left_at: at(0) } }]);
  });

  it('is told in the order of what else they submit', async () => {
    const relay = startRelay();
    const { leave, submit } = await startConversation(relay);
    relay.answer(() => Response.json({ message: 'down' }, { status: 500 }));
    await submit(0).catch(() => undefined);
    await leave(1);
    await relay.pass(IDLE * 1_000 + A_LOOK);
    relay.answer(() => taken());
    const before = relay.requests.length;
    await relay.pass(300_000);
    const told = relay.requests.slice(before).flatMap(({ events = [] }) => events.map(({ name }) => name));
    assert.deepEqual([told.includes('chat_profile_completed'), told.at(-1)], [true, 'chat_abandoned']);
  });

  it('is nothing to keep where the site does not name it', async () => {
    const relay = startRelay({ settings: { events: { started: 'chat_started' } } });
    const { leave, comeBack, submit } = await startConversation(relay);
    await leave(0);
    await comeBack(1);
    await submit(2);
    assert.equal(await relay.kept(), 0);
  });

  for (const [name, since] of [
    ['come back', ({ comeBack }) => comeBack(1)],
    ['come to the end', ({ conversation, submit }) => submit(1, { id: `${conversation}.5.completed` })],
  ] as [string, (of: Awaited<ReturnType<typeof startConversation>>) => Promise<void>][]) {
    it(`has not, where they have ${name} while the site did not name it`, async () => {
      const relay = startRelay();
      const of = await startConversation(relay);
      await of.leave(0);
      relay.reload({ events: { completed: 'chat_completed' } });
      await since(of);
      assert.equal(await relay.kept(), 0);
      // And nothing is remembered of who tells it where nobody asks.
      assert.equal(await relay.marks(), 0);
      relay.reload(SETTINGS);
      await relay.pass(IDLE * 1_000 + A_LOOK);
      assert.ok(!names(relay).includes('chat_abandoned'));
    });
  }

  for (const [name, settings, told] of [
    ['under the name that it has then', { ...SETTINGS, events: { abandoned: 'gone' } }, ['gone']],
    ['not where it has none then', { events: { completed: 'chat_completed' } }, []],
    ['not where the site has none then', {}, []],
  ] as const) {
    it(`is told by the settings of the day: ${name}`, async () => {
      const relay = startRelay();
      await (await startConversation(relay)).leave();
      relay.reload(settings);
      await relay.pass(IDLE * 1_000 + A_LOOK);
      assert.deepEqual(names(relay), told);
      assert.equal(await relay.kept(), 0);
    });
  }

  it('is not told where the site is no more', async () => {
    const relay = startRelay();
    await (await startConversation(relay)).leave();
    relay.delivery.replaceSettings({ ...configOf(SETTINGS), origins: new Map() });
    await relay.pass(IDLE * 1_000 + A_LOOK);
    assert.deepEqual([relay.events(), await relay.kept()], [[], 0]);
  });

  /** Seconds by the browser’s clock, and milliseconds that pass meanwhile. */
  const CLOCKS: readonly (readonly [name: string, left: number, passes: number, back: number])[] = [
    ['is set back by minutes', 300, 0, 2],
    ['is set back by a day', 86_400, 5_000, 5],
    ['is set ahead by a day', 0, 5_000, 86_405],
    ['was off by an hour and is put right', -3_600, 30_000, 30],
    ['was ahead by half a minute and is put right', 30, 45_000, 45],
  ];
  for (const [name, left, passes, back] of CLOCKS) {
    for (const way of ['comes back', 'goes on'] as const) {
      it(`has not, where their clock ${name} before they ${way === 'goes on' ? 'go on' : 'come back'}`, async () => {
        const relay = startRelay();
        const { leave, comeBack, submit } = await startConversation(relay);
        await leave(left);
        await relay.pass(passes);
        await (way === 'goes on' ? submit(back) : comeBack(back));
        assert.equal(await relay.kept(), 0);
      });
    }
  }

  it('has, where their clock is set back after they came back and before they leave again', async () => {
    const relay = startRelay();
    const { leave, comeBack } = await startConversation(relay);
    await leave(300);
    await comeBack(301);
    await leave(2, { node: 'birthday' });
    assert.equal(await relay.kept(), 1);
    await leave(3_600, { node: 'email' });
    await leave(4, { node: 'birthday' });
    await relay.pass(IDLE * 1_000 + A_LOOK);
    assert.partialDeepStrictEqual(relay.events(), [{ properties: { node: 'birthday' } }]);
  });

  it('has no say on others: who tells of more conversations than anybody has loses their own', async () => {
    // As many as the settings of the relay in process let there be.
    const relay = startRelay({
      seen: (store) => ({
        ...store,
        provisional: { ...store.provisional, hold: (held) => store.provisional.hold(held, 20) },
      }),
    });
    const honest = await startConversation(relay);
    await honest.leave(0);
    const grant = await relay.openVisitor();
    const told: string[] = [];
    for (let turn = 0; turn < 40; turn += 1) {
      const one = await startConversation(relay, grant);
      await (turn % 4 === 0 ? one.leave(0) : one.comeBack(0));
      if (turn % 4 === 0) told.push(one.conversation);
    }
    assert.equal((await relay.kept()) + (await relay.marks()), 11);
    const late = await startConversation(relay);
    await late.leave(0);
    await relay.pass(IDLE * 1_000 + A_LOOK);
    assert.deepEqual(
      relay
        .events()
        .map(({ properties }) => (properties as { conversation: string }).conversation)
        .sort(),
      [honest.conversation, late.conversation, ...told.slice(-2)].sort(),
    );
  });

  it('is remembered to be back only as long as the word that they left may be on its way', async () => {
    const relay = startRelay();
    const { comeBack } = await startConversation(relay);
    await comeBack(0);
    assert.equal(await relay.marks(), 1);
    await relay.pass(62_000);
    await (await startConversation(relay)).leave(62);
    assert.equal(await relay.marks(), 0);
  });

  for (const [node, told] of [
    ['gone', 'gone'],
    ['call me 0123', undefined],
    ['{{answers.email}}', undefined],
    [`a${'b'.repeat(64)}`, undefined],
  ] as const) {
    it(`at a node that is called "${node}" in a flow that nobody knows is told ${told ? 'with' : 'without'} it`, async () => {
      const relay = startRelay();
      await (await startConversation(relay)).leave(0, { revision: 'of-before', node });
      await relay.pass(IDLE * 1_000 + A_LOOK);
      const [event] = relay.events();
      assert.equal((event?.['properties'] as { node?: string }).node, told);
      assert.ok(told !== undefined || !JSON.stringify(relay.requests).includes(node));
    });
  }

  it('who is too late by days is not told from a repeat, and nothing is kept', async () => {
    const relay = startRelay();
    const { leftAt, visitor, at } = await startConversation(relay);
    const left = leftAt(-14 * 86_400);
    const response = await relay.post('/v1/departures', { visitor, sent: at(0), left });
    assert.equal(response.status, 204);
    assert.equal(await relay.kept(), 0);
  });

  it('is not kept beyond what the store may hold, which is logged once', async () => {
    // As the settings of the relay in process have it.
    const relay = startRelay({
      seen: (store) => ({
        ...store,
        provisional: { ...store.provisional, hold: (held) => store.provisional.hold(held, 1) },
      }),
    });
    for (let turn = 0; turn < 3; turn += 1) await (await startConversation(relay)).leave();
    assert.equal(await relay.kept(), 1);
    const full = relay.relay.entries.filter(({ event }) => event === 'provisional_full');
    assert.deepEqual(
      full.map(({ site }) => site),
      ['brand'],
    );
  });
});

describe('what was left', () => {
  it('is told after a restart', async () => {
    const file = join(folder, 'restart.db');
    const store = (clock: () => number) => createSqliteStore({ file, clock });
    const before = startRelay({ store });
    const { conversation, leave } = await startConversation(before);
    await leave();
    await before.delivery.close();
    await before.store.close();

    const later = startRelay({ store });
    await later.pass(IDLE * 1_000 + A_LOOK);
    assert.partialDeepStrictEqual(later.events(), [{ properties: { conversation } }]);
    await later.delivery.close();
    await later.store.close();
  });

  it('is told once by two processes on one file', async () => {
    const file = join(folder, 'shared.db');
    const store = (clock: () => number) => createSqliteStore({ file, clock });
    const relays = [startRelay({ store }), startRelay({ store })];
    const [one, other] = relays as [Relay, Relay];
    for (let turn = 0; turn < 5; turn += 1) await (await startConversation(one)).leave();
    await Promise.all(relays.map((relay) => relay.pass(IDLE * 1_000 + A_LOOK)));
    // What one of them had only begun, the other takes over after its lease.
    await Promise.all(relays.map((relay) => relay.pass(60_000)));
    const ids = [...one.events(), ...other.events()].map(
      ({ properties }) => (properties as { submission_id: string }).submission_id,
    );
    assert.equal(ids.length, 5);
    assert.equal(new Set(ids).size, 5);
    assert.equal(await one.kept(), 0);
    for (const relay of relays) {
      await relay.delivery.close();
      await relay.store.close();
    }
  });

  it('is told once where the process dies after it was taken on and before that was noted', async () => {
    const releases: string[] = [];
    const relay = startRelay({
      store: (clock) => {
        const store = createMemoryStore({ clock, isDurable: true });
        const release = (name: string) => {
          releases.push(name);
          return releases.length === 1
            ? Promise.reject(new StoreError('The process has died'))
            : store.provisional.release(name);
        };
        return { ...store, provisional: { ...store.provisional, release } };
      },
    });
    await (await startConversation(relay)).leave();
    await relay.pass(IDLE * 1_000 + A_LOOK);
    assert.equal(await relay.kept(), 1);
    await relay.pass(60_000);
    assert.equal(await relay.kept(), 0);
    assert.equal(releases.length, 2);
    assert.deepEqual(names(relay), ['chat_abandoned']);
    assert.ok(relay.log.some(({ event }) => event === 'provisional_failed'));
  });

  it('is left alone by a relay without its workspace, and told by the one that has it', async () => {
    const file = join(folder, 'environments.db');
    const store = (clock: () => number) => createSqliteStore({ file, clock });
    const [one, other] = [startRelay({ store }), startRelay({ store, config: { environments: new Map() } })];
    const { leave } = await startConversation(one);
    await leave();
    await other.pass(IDLE * 1_000 + A_LOOK);
    assert.deepEqual([other.events(), await other.kept()], [[], 1]);
    await one.pass(IDLE * 1_000 + A_LOOK);
    assert.deepEqual(names(one), ['chat_abandoned']);
    for (const relay of [one, other]) {
      await relay.delivery.close();
      await relay.store.close();
    }
  });

  it('is dropped where nobody has its workspace for a day after it was due, which is logged', async () => {
    let ahead = 0;
    const relay = startRelay({
      config: { environments: new Map() },
      store: (clock) => createMemoryStore({ clock: () => clock() + ahead, isDurable: true }),
    });
    await (await startConversation(relay)).leave();
    ahead = 86_400_000;
    await relay.pass(IDLE * 1_000 - 1);
    assert.equal(await relay.kept(), 1);
    await relay.pass(A_LOOK);
    assert.equal(await relay.kept(), 0);
    assert.deepEqual(
      relay.log.filter(({ event }) => event === 'provisional_expired').map(({ departures }) => departures),
      [1],
    );
  });

  it('waits where nothing can be taken on, and is told after that', async () => {
    const relay = startRelay({ config: { spoolLimit: 1 } });
    const [one, other] = [await startConversation(relay), await startConversation(relay)];
    relay.answer(() => Response.json({ message: 'down' }, { status: 500 }));
    await one.submit(0);
    await other.leave(0);
    await relay.pass(IDLE * 1_000 + A_LOOK);
    assert.equal(await relay.kept(), 1);
    relay.answer(() => taken());
    await relay.pass(300_000);
    assert.equal(await relay.kept(), 0);
    assert.equal(names(relay).at(-1), 'chat_abandoned');
  });

  it('is in the spool while Braze is away, and not older there than it is', async () => {
    const relay = startRelay();
    await (await startConversation(relay)).leave();
    relay.answer(() => new Error('nobody there'));
    await relay.pass(IDLE * 1_000 + A_LOOK);
    const { provisional, spooled, oldest = 0 } = await relay.store.stats();
    assert.deepEqual({ provisional, spooled }, { provisional: 0, spooled: 1 });
    assert.ok(relay.clock() - oldest <= A_LOOK);
  });
});

describe('the relay on Node', () => {
  it('tells on its start what has become due while there was none', async () => {
    const braze = await serveRecorder();
    const file = join(folder, 'node.db');
    const assets = mkdtempSync(join(folder, 'assets-'));
    const settings = settingsFor({ sandbox: braze.url, prod: braze.url });
    const serve = (clock: () => number) =>
      serveRelay({
        settings: {
          ...settings,
          sites: { ...settings.sites, brand: { ...settings.sites.brand, ...SETTINGS } },
        },
        env: { BRAZE_SANDBOX_KEY: 'key', BRAZE_PROD_KEY: 'key', SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
        flows: [{ source: 'welcome.json', json: FLOW }],
        assets,
        store: createSqliteStore({ file, clock }),
        port: 0,
        hostname: 'localhost',
        log: () => undefined,
      });
    const before = await serve(Date.now);
    const { grant } = await openVisitor(before.url);
    const time = new Date().toISOString();
    const left = createSubmission({ id: '019c0000-0000-7000-8000-0000000000dd.4.abandoned', time });
    const response = await fetch(`${before.url}/v1/departures`, {
      method: 'POST',
      headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json' },
      body: JSON.stringify({ visitor: grant.visitor, sent: time, left }),
    });
    assert.equal(response.status, 204);
    await before.close();
    assert.deepEqual(braze.requests, []);

    const told = braze.nextRequest();
    const later = await serve(() => Date.now() + IDLE * 1_000);
    const { events } = JSON.parse((await told).body) as { events: readonly object[] };
    assert.partialDeepStrictEqual(events, [{ name: 'chat_abandoned', time }]);
    await later.close();
    await braze.close();
  });
});

describe('a departure', () => {
  for (const [name, body, status, detail] of [
    ['with nothing to tell', {}, 204, ''],
    ['with what a later widget says besides', { mood: 'good' }, 204, ''],
    ['of nobody', { visitor: undefined }, 400, 'visitor: missing'],
    ['of a visitor who is a number', { visitor: 7 }, 400, 'visitor: should be string'],
    ['of a visitor who is forged', { visitor: 'e30.e30.e30' }, 401, 'The visitor credential does not hold'],
    ['that left at no time', { sent: undefined }, 400, 'sent: missing'],
    ['that left some time', { sent: 'today' }, 400, 'sent: should be a time such as'],
    ['back at no conversation', { back: 'here' }, 400, 'back: should be a conversation UUID'],
    [
      'of something else that happened',
      { left: { id: '019c0000-0000-7000-8000-0000000000ff.4.started' } },
      400,
      'left.id: should be <conversation UUID>.<step>.abandoned',
    ],
    [
      'of an action',
      { left: { id: '019c0000-0000-7000-8000-0000000000ff.4' } },
      400,
      'left.id: should be <conversation UUID>.<step>.abandoned',
    ],
    [
      'that corrects something',
      { left: { corrects: '019c0000-0000-7000-8000-0000000000ff.4' } },
      400,
      'left.corrects: unknown key',
    ],
    ...(['unanswered', 'bored', '{{answers.email}}', '', null, true] as const).map(
      (reason) =>
        [
          `for the reason ${JSON.stringify(reason)}`,
          { left: { reason } },
          400,
          'left.reason: should be "refused"',
        ] as const,
    ),
    ['with attributes', { left: { attributes: {} } }, 400, 'left.attributes: unknown key'],
    ['of a flow that there is not', { left: { flow: 'other' } }, 422, 'there is no flow "other"'],
    ['at a node that there is not', { left: { node: 'gone' } }, 422, 'flow "welcome" has no node "gone"'],
  ] as readonly (readonly [string, { readonly left?: object }, number, string])[]) {
    it(`${name} is ${status === 204 ? 'taken' : `refused: ${status}`}`, async () => {
      const relay = startRelay();
      const { visitor, at, leftAt } = await startConversation(relay);
      const { revision } = (await (await relay.relay.request('/v1/flows/welcome')).json()) as PublishedFlow;
      const left = body.left && { ...leftAt(0, { revision }), ...body.left };
      const response = await relay.post('/v1/departures', {
        visitor,
        sent: at(0),
        ...body,
        ...(left && { left }),
      });
      assert.equal(response.status, status);
      const text = await response.text();
      if (status === 204) assert.equal(text, '');
      else assert.ok((JSON.parse(text) as Problem).detail.includes(detail), text);
      assert.equal(await relay.kept(), 0);
    });
  }

  for (const path of ['/v1/departures', '/v1/withdrawals']) {
    it(`at ${path} takes no word of another page’s visitor, nor a session for one`, async () => {
      const relay = startRelay();
      const sent = new Date(relay.clock()).toISOString();
      const credentials = [
        (await relay.openVisitor(SANDBOX_ORIGIN)).visitor,
        (await relay.openVisitor(OTHER_ORIGIN)).visitor,
        (await relay.openVisitor()).session,
      ];
      for (const visitor of credentials)
        assert.equal((await relay.post(path, { visitor, sent })).status, 401);
      const { visitor } = await relay.openVisitor();
      assert.equal((await relay.post(path, { visitor, sent })).status, 204);
    });

    it(`at ${path} may be told by the brand’s pages, and by no others`, async () => {
      const { relay, post } = startRelay();
      const preflight = (origin: string) =>
        relay.request(path, {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': 'POST' },
        });
      const allowed = await preflight(PROD_ORIGIN);
      assert.equal(allowed.headers.get('access-control-allow-origin'), PROD_ORIGIN);
      assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /content-type/);
      const foreign = 'https://evil.example';
      assert.equal((await preflight(foreign)).headers.get('access-control-allow-origin'), null);
      assert.equal((await post(path, {}, { origin: foreign })).status, 403);
    });

    it(`at ${path} is a 503 where the store fails`, async () => {
      const relay = startRelay({
        seen: (store) => {
          const fail = () => Promise.reject(new StoreError('The disk is full'));
          return { ...store, provisional: { ...store.provisional, hold: fail, dropAll: fail } };
        },
      });
      const { visitor, at, leftAt } = await startConversation(relay);
      const response = await relay.post(path, { visitor, sent: at(0), left: leftAt(0) });
      assert.equal(response.status, 503);
      assert.equal(response.headers.get('retry-after'), '5');
    });
  }

  it('that cannot be made void is a 503 for what was submitted: it comes again', async () => {
    const relay = startRelay({
      seen: (store) => ({
        ...store,
        provisional: {
          ...store.provisional,
          cancel: () => Promise.reject(new StoreError('The disk is full')),
        },
      }),
    });
    const { submit } = await startConversation(relay);
    await assert.rejects(submit(1), /503/);
  });
});

describe('a visitor who takes their consent back', () => {
  it('has abandoned nothing, and nothing that is on its way is kept', async () => {
    const relay = startRelay();
    const grant = await relay.openVisitor();
    const [one, other] = [await startConversation(relay, grant), await startConversation(relay)];
    await one.leave(0);
    await other.leave(0);
    await one.withdraw();
    assert.equal(await relay.kept(), 1);
    await one.leave(1);
    await (await startConversation(relay, grant)).leave(2);
    assert.equal(await relay.kept(), 1);
  });

  it('is logged and counted, without a word on who it is', async () => {
    const relay = startRelay();
    const { withdraw } = await startConversation(relay);
    await withdraw();
    assert.deepEqual(relay.withdrawals, ['prod brand']);
    const [entry, ...more] = relay.relay.entries.filter(({ event }) => event === 'consent_withdrawn');
    assert.deepEqual(more, []);
    assert.deepEqual(Object.keys(entry ?? {}).sort(), [
      'environment',
      'event',
      'level',
      'request',
      'site',
      'trace',
    ]);
  });

  it('has what they submitted before delivered', async () => {
    const relay = startRelay();
    const { submit, withdraw } = await startConversation(relay);
    relay.answer(() => new Error('nobody there'));
    await submit(0);
    await withdraw();
    relay.answer(() => taken());
    await relay.pass(300_000);
    assert.equal((await relay.store.stats()).unsettled, 0);
    assert.ok(names(relay).includes('chat_profile_completed'));
  });

  for (const [name, body, status] of [
    ['nobody', {}, 400],
    ['a number', { visitor: 7 }, 400],
    ['somebody forged', { visitor: 'e30.e30.e30' }, 401],
  ] as const) {
    it(`is not ${name}: ${status}`, async () => {
      const relay = startRelay();
      assert.equal((await relay.post('/v1/withdrawals', body)).status, status);
      assert.deepEqual(relay.withdrawals, []);
    });
  }
});
