import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, beforeEach, describe, it, mock } from 'node:test';
import { shardIndexIn, type ShardObject } from '../../server/adapters/workers/bindings.ts';
import { shardOf } from '../../server/adapters/workers/routing.ts';
import { hearShare, partOf } from '../../server/adapters/workers/share.ts';
import type { Readiness } from '../../server/readiness.ts';
import { StoreError } from '../../server/store/store.ts';
import type { SessionGrant } from '../../widget/contract/wire.ts';
import { decodeJwt, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { BODY_TIMEOUT } from '../../server/body.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import {
  createSubmission,
  FLOW,
  PROD_KEY,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from './relay-fixture.ts';
import { createObjectStorage, type ObjectStorage } from './object-storage.ts';
import { startWorkerInProcess, type WorkerInProcess } from './worker-in-process.ts';

const ENDPOINT = 'https://rest.iad-01.braze.com';

const SETTINGS = settingsFor({ sandbox: ENDPOINT, prod: ENDPOINT });
const ALONE = {
  ...SETTINGS,
  environments: { sandbox: SETTINGS.environments.sandbox },
  sites: { brand: { sandbox: SETTINGS.sites.brand.sandbox } },
};
const ENV = {
  BRAZE_SANDBOX_KEY: SANDBOX_KEY,
  BRAZE_PROD_KEY: PROD_KEY,
  SESSION_SECRET,
  SHARD_COUNT: '8',
};
const HOUR = 3_600_000;
const OPERATOR_SECRET = 'the-operator-is-the-only-one-who-knows';

/** As the platform serves static assets: who has a file already is told so. */
const ASSETS = {
  fetch: async (request: Request) => {
    if (new URL(request.url).pathname !== '/parley.js') return new Response(null, { status: 404 });
    const isKnown = request.headers.get('if-none-match') === '"1"';
    return new Response(isKnown ? null : 'loader', { status: isKnown ? 304 : 200, headers: { etag: '"1"' } });
  },
};

const started: WorkerInProcess[] = [];
afterEach(() => {
  for (const worker of started.splice(0)) worker.close();
});
const start = (variables = {}, settings: unknown = SETTINGS, before?: WorkerInProcess) => {
  const worker = startWorkerInProcess({ settings, flows: [FLOW] }, { ...ENV, ...variables }, before);
  started.push(worker);
  return worker;
};

type Worker = ReturnType<typeof start>;

const post = (worker: Worker, path: string, body: object, headers: Record<string, string> = {}) =>
  worker.fetch(
    new Request(`https://relay.example${path}`, {
      method: 'POST',
      headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  );

const ask = (worker: Worker, path: string, secret?: string) =>
  worker.fetch(
    new Request(`https://relay.example/operator${path}`, {
      headers: secret === undefined ? {} : { authorization: `Bearer ${secret}` },
    }),
  );

const openSession = async (worker: Worker, address: string) =>
  (await (await post(worker, '/v1/sessions', {}, { 'cf-connecting-ip': address })).json()) as SessionGrant;

const someAddresses = Array.from({ length: 24 }, (_, index) => `203.0.113.${index}`);

const addressOfAnother = (shard: number): string =>
  someAddresses.find((each) => shardOf(each, 4) !== shard) ?? '';

const visitorIn = ({ session }: SessionGrant): string => decodeJwt(session).sub ?? '';

const entriesIn = ({ calls }: { readonly calls: readonly { readonly arguments: readonly unknown[] }[] }) =>
  calls.map(({ arguments: [line] }) => JSON.parse(String(line)) as LogEntry);

// The log of a Worker.
before(() => {
  mock.method(console, 'log', () => undefined);
});
after(() => mock.restoreAll());

describe('an asset on Cloudflare', () => {
  for (const [name, path, headers, status] of [
    ['is there', '/parley.js', {}, 200],
    ['is not sent again to who has it', '/parley.js', { 'if-none-match': '"1"' }, 304],
    ['that is not there is a 404', '/other.js', {}, 404],
  ] as const) {
    it(name, async () => {
      const worker = start({ ASSETS });
      const response = await worker.fetch(new Request(`https://relay.example${path}`, { headers }));
      assert.equal(response.status, status);
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      if (status !== 404) assert.equal(response.headers.get('cache-control'), 'no-cache');
    });
  }
});

describe('a Worker that lacks something', () => {
  for (const [name, variables, words] of [
    ['a binding of objects', { SHARDS: undefined }, /SHARDS: there is no such binding.*ParleyShard/],
    ['a queue', { WAKE_UPS: undefined }, /WAKE_UPS: there is no such binding.*queues\.producers/],
    ['the widget', { ASSETS: undefined }, /ASSETS: there is no such binding.*directory/],
    [
      'two queues',
      { WAKE_UP_QUEUE: 'brand', DEAD_LETTER_QUEUE: 'brand' },
      /DEAD_LETTER_QUEUE: "brand" should be another queue than WAKE_UP_QUEUE/,
    ],
    ['a number of shards', { SHARD_COUNT: undefined }, /SHARD_COUNT: missing; it should be a whole number/],
    ...(['many', '', '0', '257', '1.5', '0x10', -1] as const).map(
      (SHARD_COUNT) =>
        [
          `a number of shards: ${JSON.stringify(SHARD_COUNT)}`,
          { SHARD_COUNT },
          new RegExp(`SHARD_COUNT: "${SHARD_COUNT}" should be a whole number from 1 to 256`),
        ] as const,
    ),
    ...[1.5, true, null, ['8'], { count: 8 }].map(
      (SHARD_COUNT) =>
        [
          `a number of shards in a form that has one: ${JSON.stringify(SHARD_COUNT)}`,
          { SHARD_COUNT },
          /SHARD_COUNT: is neither text nor a whole number/,
        ] as const,
    ),
    ...[
      'OPERATOR_SECRET',
      'SESSION_SECRET',
      'BRAZE_PROD_KEY',
      'BRAZE_SANDBOX_ENDPOINT',
      'DEAD_LETTER_QUEUE',
    ].map(
      (variable) =>
        [
          `text as ${variable}`,
          { [variable]: { get: 1 } },
          new RegExp(`${variable}: is neither text`),
        ] as const,
    ),
    ['a key', { BRAZE_PROD_KEY: undefined }, /BRAZE_PROD_KEY/],
    ['a long secret', { OPERATOR_SECRET: 'short' }, /OPERATOR_SECRET: should have 32 characters/],
  ] as const) {
    it(`says so of ${name}, and serves nobody`, async (t) => {
      const { mock: logged } = t.mock.method(console, 'log', () => undefined);
      const worker = start(variables);
      for (let each = 0; each < 3; each += 1)
        assert.equal((await worker.fetch(new Request('https://relay.example/healthz'))).status, 503);
      const [broken, ...more] = entriesIn(logged);
      assert.partialDeepStrictEqual(broken, { level: 'error', event: 'worker_broken' });
      assert.match(String(broken?.problem), words);
      assert.deepEqual(more, [], 'once a minute');
    });
  }
  for (const SHARD_COUNT of [3, '3'])
    it(`has as many shards as it says, with or without quotes: ${JSON.stringify(SHARD_COUNT)}`, async () => {
      const response = await ask(start({ SHARD_COUNT, OPERATOR_SECRET }), '/stats', OPERATOR_SECRET);
      assert.equal(((await response.json()) as { shards: unknown[] }).shards.length, 3);
    });
  it('has what it likes beside what is ours', async () => {
    const worker = start({ FEATURES: { chat: true }, OTHER: null });
    assert.equal((await worker.fetch(new Request('https://relay.example/healthz'))).status, 200);
  });
  it('says so of limits that are smaller than the number of shards', async (t) => {
    const { mock: logged } = t.mock.method(console, 'log', () => undefined);
    const sandbox = { ...SETTINGS.environments.sandbox, exports: { limit: 5, window: 60_000 } };
    const settings = { ...SETTINGS, environments: { ...SETTINGS.environments, sandbox } };
    await start({ SHARD_COUNT: '6' }, settings).fetch(new Request('https://relay.example/healthz'));
    assert.match(
      String(entriesIn(logged)[0]?.problem),
      /environments\.sandbox\.exports: 5 requests cannot be divided among 6 shards; SHARD_COUNT should be 5 at most/,
    );
    assert.equal(
      (await start({ SHARD_COUNT: '5' }, settings).fetch(new Request('https://relay.example/healthz')))
        .status,
      200,
    );
  });
});

describe('a deployment that lacks a key', () => {
  const WRONG = { BRAZE_PROD_KEY: undefined, SHARD_COUNT: '1' };
  it('keeps the alarm of a shard, which says what is missing', async (t) => {
    const { mock: logged } = t.mock.method(console, 'log', () => undefined);
    const before = start({ SHARD_COUNT: '1' });
    await openSession(before, '203.0.113.7');
    const worker = start(WRONG, SETTINGS, before);
    (worker.env['SHARDS'] as { getByName(name: string): unknown }).getByName('shard-0');
    const { shard, storage } = worker.shards.get('shard-0') ?? {};
    await storage?.setAlarm(0);
    await shard?.alarm();
    assert.ok((storage?.alarm() ?? 0) > Date.now());
    const [broken, ...more] = entriesIn(logged).filter(({ event }) => event === 'shard_broken');
    assert.partialDeepStrictEqual(broken, { level: 'error', shard: 0 });
    assert.match(String(broken?.problem), /^BRAZE_PROD_KEY: missing/);
    assert.deepEqual(more, [], 'once a minute');
    assert.equal((await shard?.fetch(new Request('https://relay.example/')))?.status, 503);
  });
  for (const queue of ['parley-wake-ups', 'parley-wake-ups-dead'])
    it(`leaves what ${queue} brings in it for a while`, async () => {
      const worker = start(WRONG);
      const ends: string[] = [];
      const message = {
        body: { shard: 0 },
        attempts: 1,
        ack: () => ends.push('ack'),
        retry: ({ delaySeconds }: { readonly delaySeconds: number }) =>
          ends.push(`again in ${delaySeconds} s`),
      };
      await worker.queue({ queue, messages: [message] }, worker.env);
      assert.deepEqual(ends, ['again in 600 s']);
    });
});

describe('a message of a queue', () => {
  const names = { WAKE_UP_QUEUE: 'brand-wake-ups', DEAD_LETTER_QUEUE: 'brand-wake-ups-dead' };
  for (const [queue, variables, called, events] of [
    ['parley-wake-ups', {}, 'wake', []],
    ['parley-wake-ups-dead', {}, 'forgetWakeUp', ['wake_up_given_up']],
    ['brand-wake-ups', names, 'wake', []],
    ['brand-wake-ups-dead', names, 'forgetWakeUp', ['wake_up_given_up']],
    ['brand-wake-ups-dead', {}, 'wake', ['queue_unknown']],
    ['parley-wake-ups', names, 'wake', ['queue_unknown']],
  ] as const)
    it(`of ${queue}, where ${JSON.stringify(variables)} is set, is for ${called}`, async (t) => {
      const { mock: logged } = t.mock.method(console, 'log', () => undefined);
      const asked: string[] = [];
      const SHARDS = {
        getByName: () => ({
          wake: async () => asked.push('wake'),
          forgetWakeUp: async () => asked.push('forgetWakeUp'),
        }),
      };
      const worker = start({ ...variables, SHARDS });
      const message = { body: { shard: 0 }, attempts: 1, ack: () => undefined, retry: () => undefined };
      await worker.queue({ queue, messages: [message] }, worker.env);
      assert.deepEqual(asked, [called]);
      assert.deepEqual(
        entriesIn(logged).map(({ level, event }) => [level, event]),
        events.map((event) => ['error', event]),
      );
    });
});

describe('a shard that cannot be made', () => {
  /** As many of its next transactions fail. */
  const failing = (faults: { left: number }): ObjectStorage => {
    const storage = createObjectStorage();
    return {
      ...storage,
      transactionSync(run) {
        faults.left -= 1;
        if (faults.left >= 0) throw new Error('Internal error in Durable Object storage');
        return storage.transactionSync(run);
      },
    };
  };
  const startOver = (createStorage: () => ObjectStorage, before?: WorkerInProcess) => {
    const worker = startWorkerInProcess(
      { settings: SETTINGS, flows: [FLOW] },
      { ...ENV, SHARD_COUNT: '1', OPERATOR_SECRET },
      before,
      createStorage,
    );
    started.push(worker);
    return worker;
  };
  const open = (worker: Worker) => post(worker, '/v1/sessions', {});

  it('is made with the next request once what was wrong is over, and the log says what it was', async (t) => {
    const { mock: logged } = t.mock.method(console, 'log', () => undefined);
    // While the object is made, and with the first request.
    const worker = startOver(() => failing({ left: 2 }));
    assert.equal((await open(worker)).status, 503);
    const broken = entriesIn(logged).filter(({ event }) => event === 'shard_broken');
    assert.equal(broken.length, 1);
    assert.partialDeepStrictEqual(broken[0], { level: 'error', shard: 0 });
    assert.match(String(broken[0]?.problem), /could not be made .*it is tried again/);
    assert.equal((await open(worker)).status, 200);
    assert.equal((await open(worker)).status, 200);
  });
  it('is made with its alarm, which delivers what an earlier life has promised', async (t) => {
    mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-01-15T10:00:00.000Z') });
    t.after(() => mock.timers.reset());
    let status = 503;
    let delivered = 0;
    t.mock.method(globalThis, 'fetch', async () => {
      if (status === 201) delivered += 1;
      return Response.json({ message: 'success' }, { status });
    });
    const faults = { left: 0 };
    const storage = failing(faults);
    const before = startOver(() => storage);
    const { session } = (await (await open(before)).json()) as SessionGrant;
    const authorization = `Bearer ${session}`;
    await post(before, '/v1/submissions', { submissions: [createSubmission()] }, { authorization });
    before.close();
    status = 201;
    faults.left = 2;
    const worker = startOver(createObjectStorage, before);
    (worker.env['SHARDS'] as { getByName(name: string): unknown }).getByName('shard-0');
    const { shard } = worker.shards.get('shard-0') ?? {};
    mock.timers.setTime(Date.now() + HOUR);
    await shard?.alarm();
    assert.equal(delivered, 0);
    assert.equal(storage.alarm(), Date.now() + 30_000, 'tried again as soon as a shard looks');
    mock.timers.setTime(Date.now() + 30_000);
    await shard?.alarm();
    assert.equal(delivered, 1);
  });
  it('is not made again by a relay that is older than what is kept', async (t) => {
    const { mock: logged } = t.mock.method(console, 'log', () => undefined);
    const db = new DatabaseSync(':memory:');
    const before = startOver(() => createObjectStorage(db));
    assert.equal((await open(before)).status, 200);
    before.close();
    db.exec('UPDATE schema_version SET version = 999');
    let transactions = 0;
    const storage = createObjectStorage(db);
    const worker = startOver(() => ({
      ...storage,
      transactionSync: (run) => {
        transactions += 1;
        return storage.transactionSync(run);
      },
    }));
    for (let each = 0; each < 3; each += 1) assert.equal((await open(worker)).status, 503);
    assert.equal(transactions, 1);
    const words = /has version 999, .* deploy the newer relay/;
    const look = async (path: string, headers = {}) => {
      const response = await worker.fetch(new Request(`https://relay.example${path}`, { headers }));
      return [response.status, (await response.json()) as Readiness] as const;
    };
    const authorization = `Bearer ${OPERATOR_SECRET}`;
    const [status, told] = await look('/operator/readyz', { authorization });
    assert.equal(status, 503);
    assert.match(told.checks[0]?.detail ?? '', words);
    const ofShard = { name: 'shard', ok: false, detail: 'A shard cannot start.' };
    assert.deepEqual(await look('/readyz'), [503, { status: 'not ready', checks: [ofShard] }]);
    const broken = entriesIn(logged).filter(({ event }) => event === 'shard_broken');
    assert.deepEqual(
      broken.map(({ problem }) => words.test(String(problem))),
      [true],
    );
  });
});

describe('a shard', () => {
  it('has all that is asked for one visitor, and the visitors of an address at first', async () => {
    const worker = start({ SHARD_COUNT: '4' });
    const addresses = Array.from({ length: 24 }, (_, index) => `203.0.113.${index}`);
    for (const address of addresses) {
      const grant = await openSession(worker, address);
      assert.equal(shardOf(visitorIn(grant), 4), shardOf(address, 4));
      const again = await post(
        worker,
        '/v1/sessions',
        { visitor: grant.visitor },
        { 'cf-connecting-ip': '198.51.100.1' },
      );
      assert.equal(visitorIn((await again.json()) as SessionGrant), visitorIn(grant));
      assert.equal(worker.asked.at(-1), `shard-${shardOf(visitorIn(grant), 4)}`);
    }
    assert.deepEqual([...worker.shards.keys()].sort(), ['shard-0', 'shard-1', 'shard-2', 'shard-3']);
  });
  it('is asked for nothing that needs no visitor', async () => {
    const worker = start();
    for (const path of ['/healthz', '/v1/flows/welcome', '/openapi.json', '/flow.schema.json']) {
      const response = await worker.fetch(new Request(`https://relay.example${path}`));
      assert.equal(response.status, 200, path);
    }
    const elsewhere = await post(
      worker,
      '/v1/sessions',
      {},
      {
        origin: 'https://elsewhere.example',
        'cf-connecting-ip': '203.0.113.7',
      },
    );
    assert.equal(elsewhere.status, 403);
    assert.equal(worker.shards.size, 1, 'where the misses of that address are counted');
  });
  for (const encoded of ['/%761/sessions', '/v1/%73essions', '/v1/session%73'])
    it(`is who answers ${encoded}, which is read as /v1/sessions`, async () => {
      const worker = start({ SHARD_COUNT: '4' });
      const grant = await openSession(worker, '203.0.113.7');
      const home = `shard-${shardOf(visitorIn(grant), 4)}`;
      const authorization = `Bearer ${grant.session}`;
      const anew = await post(worker, encoded, { visitor: grant.visitor });
      assert.equal(visitorIn((await anew.json()) as SessionGrant), visitorIn(grant));
      assert.equal(worker.asked.at(-1), home);
      const erased = await worker.fetch(
        new Request('https://relay.example/%761/visitor', {
          method: 'DELETE',
          headers: { origin: SANDBOX_ORIGIN, authorization },
        }),
      );
      assert.equal(erased.status, 204);
      const other = await post(worker, encoded, { visitor: grant.visitor });
      assert.notEqual(visitorIn((await other.json()) as SessionGrant), visitorIn(grant));
    });
  it('refuses a visitor who belongs to another one', async () => {
    const worker = start({ SHARD_COUNT: '4' });
    const grant = await openSession(worker, '203.0.113.7');
    const home = shardOf(visitorIn(grant), 4);
    await openSession(worker, addressOfAnother(home));
    const [elsewhere] = [...worker.shards].filter(([name]) => name !== `shard-${home}`);
    const response = await elsewhere?.[1].shard.fetch(
      new Request('https://relay.example/v1/withdrawals', {
        method: 'POST',
        headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json' },
        body: JSON.stringify({ visitor: grant.visitor }),
      }),
    );
    assert.equal(response?.status, 401);
  });
  for (const sub of [7, ['a'], { a: 1 }, null])
    it(`answers a token for ${JSON.stringify(sub)} as one that does not hold, so that the page can read it`, async () => {
      const token = `e30.${btoa(JSON.stringify({ sub }))}.e30`.replaceAll('=', '');
      const response = await post(start(), '/v1/submissions', {}, { authorization: `Bearer ${token}` });
      assert.equal(response.status, 401);
      assert.equal(response.headers.get('access-control-allow-origin'), SANDBOX_ORIGIN);
    });
  it('is not asked where the body that names the visitor does not come to its end', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let tellRead: () => void = () => undefined;
    const isRead = new Promise<void>((resolve) => (tellRead = resolve));
    const worker = start();
    const answer = worker.fetch(
      new Request('https://relay.example/v1/sessions', {
        method: 'POST',
        headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json' },
        body: new ReadableStream({ pull: tellRead }, { highWaterMark: 0 }),
        duplex: 'half',
      } as RequestInit),
    );
    await isRead;
    t.mock.timers.tick(BODY_TIMEOUT);
    const response = await answer;
    assert.equal(response.status, 408);
    assert.equal(response.headers.get('access-control-allow-origin'), SANDBOX_ORIGIN);
    assert.deepEqual([...worker.shards.keys()], []);
  });
  it('refuses a session that is forged, whomever it names', async () => {
    const worker = start({ SHARD_COUNT: '4' });
    const forged = `e30.${btoa(JSON.stringify({ sub: 'somebody' }))}.e30`.replaceAll('=', '');
    const response = await post(
      worker,
      '/v1/submissions',
      { sent: new Date().toISOString(), submissions: [createSubmission()] },
      { authorization: `Bearer ${forged}` },
    );
    assert.equal(response.status, 401);
    assert.deepEqual([...worker.shards.keys()], [`shard-${shardOf('somebody', 4)}`]);
  });
  it('sends no more requests to Braze than its part, so that all shards together send the whole', async (t) => {
    const urls: string[] = [];
    t.mock.method(globalThis, 'fetch', async (url: string | URL) => {
      urls.push(String(url));
      return Response.json({ message: 'success' }, { status: 201 });
    });
    const sandbox = { ...SETTINGS.environments.sandbox, requests: { limit: 4, window: 3_600_000 } };
    const environments = { ...SETTINGS.environments, sandbox };
    const worker = start({ SHARD_COUNT: '2' }, { ...SETTINGS, environments, batching: false, deadline: 200 });
    const submit = async (address: string) => {
      const { session } = await openSession(worker, address);
      const response = await post(
        worker,
        '/v1/submissions',
        { submissions: [createSubmission()] },
        { authorization: `Bearer ${session}` },
      );
      const { receipts } = (await response.json()) as { receipts: readonly { outcome: string }[] };
      return receipts[0]?.outcome;
    };
    const addresses = Array.from({ length: 40 }, (_, index) => `203.0.113.${index}`);
    const of = (shard: number) => addresses.filter((address) => shardOf(address, 2) === shard).slice(0, 4);
    const outcomes = await Promise.all([...of(0), ...of(1)].map(submit));
    assert.equal(outcomes.length, 8);
    assert.equal(urls.length, 4);
    for (const half of [outcomes.slice(0, 4), outcomes.slice(4)])
      assert.deepEqual(half.toSorted(), ['queued', 'queued', 'success', 'success']);
  });
  it('sends no more than its part of what Braze says that is left', async (t) => {
    let answered = 0;
    t.mock.method(globalThis, 'fetch', async () => {
      answered += 1;
      const left = { 'x-ratelimit-limit': '3000', 'x-ratelimit-remaining': '2', 'x-ratelimit-reset': '60' };
      return Response.json({ message: 'success' }, { status: 201, headers: answered === 1 ? left : {} });
    });
    const worker = start({ SHARD_COUNT: '2' }, { ...SETTINGS, batching: false, deadline: 200 });
    const { session } = await openSession(worker, '203.0.113.7');
    const submissions = Array.from({ length: 4 }, () => createSubmission());
    const response = await post(
      worker,
      '/v1/submissions',
      { submissions },
      { authorization: `Bearer ${session}` },
    );
    const { receipts } = (await response.json()) as { receipts: readonly { outcome: string }[] };
    assert.deepEqual(
      receipts.map(({ outcome }) => outcome),
      ['success', 'success', 'queued', 'queued'],
    );
  });
  for (const [name, settings, most] of [
    ['one environment', ALONE, 4],
    ['two environments', SETTINGS, 2],
  ] as const)
    it(`has no more requests under way than an object has connections for, with ${name}`, async (t) => {
      let underWay = 0;
      let seen = 0;
      let answer: () => void = () => undefined;
      const isAnswered = new Promise<void>((resolve) => (answer = resolve));
      t.mock.method(globalThis, 'fetch', async () => {
        seen = Math.max(seen, (underWay += 1));
        await isAnswered;
        underWay -= 1;
        return Response.json({ message: 'success' }, { status: 201 });
      });
      const worker = start({ SHARD_COUNT: '1' }, { ...settings, batching: false });
      // Of one visitor there is one at a time.
      const grants = await Promise.all(someAddresses.map((address) => openSession(worker, address)));
      const posted = grants.map(({ session }) =>
        post(
          worker,
          '/v1/submissions',
          { submissions: [createSubmission()] },
          { authorization: `Bearer ${session}` },
        ),
      );
      const shards = worker.env['SHARDS'] as { getByName(name: string): ShardObject };
      const unsettled = async () => (await shards.getByName('shard-0').stats()).stats.unsettled;
      while ((await unsettled()) < grants.length || underWay < most) await new Promise(setImmediate);
      answer();
      for (const response of await Promise.all(posted)) assert.equal(response.status, 200);
      assert.equal(seen, most);
    });
  it('counts newcomers of an address with all other shards', async () => {
    const limits = { newVisitors: { limit: 2, window: 60_000 } };
    const worker = start({ SHARD_COUNT: '4' }, { ...SETTINGS, limits });
    const address = '203.0.113.7';
    // Who names somebody reaches the shard of those, and is a newcomer there all the same.
    const forgedFor = (name: string) => `e30.${btoa(JSON.stringify({ sub: name }))}.e30`.replaceAll('=', '');
    const statuses: number[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const response = await post(
        worker,
        '/v1/sessions',
        { visitor: forgedFor(name) },
        { 'cf-connecting-ip': address },
      );
      statuses.push(response.status);
    }
    assert.deepEqual(statuses, [200, 200, 429, 429, 429]);
    assert.ok(new Set(['a', 'b', 'c', 'd', 'e'].map((name) => shardOf(name, 4))).size > 1);
  });
});

describe('an object of another name', () => {
  for (const name of [undefined, 'shard', 'shard-one'])
    it(`is no shard: ${name}`, () => {
      assert.throws(() => shardIndexIn(name), /is no shard: ask for one by getByName\("shard-0"\)/);
    });
});

describe('a shard that is left of more', () => {
  it('goes on with what it has', async () => {
    const worker = start({ SHARD_COUNT: '2' });
    const shards = worker.env['SHARDS'] as { getByName(name: string): { wake(): Promise<number> } };
    assert.equal(await shards.getByName('shard-7').wake(), 0);
  });
});

describe('another number of shards', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const identity = { keys: [await exportSPKI(publicKey)] };
  const profile = { by: 'email', field: 'email' };
  const brand = { ...SETTINGS.sites.brand, identity, profile };
  const settings = { ...SETTINGS, sites: { ...SETTINGS.sites, brand } };
  const signed = () =>
    new SignJWT()
      .setProtectedHeader({ alg: 'ES256' })
      .setSubject('ada')
      .setExpirationTime('1h')
      .sign(privateKey);

  for (const [name, then, joins, told] of [
    ['the same number takes along what an alias has', '2', 1, []],
    ['another takes nobody along, and says so of each shard that was there', '1', 0, [0]],
  ] as const)
    it(name, async (t) => {
      const asked: string[] = [];
      t.mock.method(globalThis, 'fetch', async (url: string | URL) => {
        asked.push(new URL(url).pathname);
        return Response.json({ message: 'success', aliases_processed: 1 }, { status: 201 });
      });
      const { mock: logged } = t.mock.method(console, 'log', () => undefined);
      const before = start({ SHARD_COUNT: '2' }, settings);
      for (const shard of [0, 1])
        await openSession(before, someAddresses.find((each) => shardOf(each, 2) === shard) ?? '');
      const anonymous = await openSession(before, someAddresses.find((each) => shardOf(each, 2) === 1) ?? '');
      const submit = async (worker: Worker, { session }: SessionGrant) => {
        const submission = createSubmission({ answers: { first_name: 'Ada' } });
        const authorization = `Bearer ${session}`;
        const response = await post(
          worker,
          '/v1/submissions',
          { submissions: [submission] },
          { authorization },
        );
        return ((await response.json()) as { receipts: readonly { outcome: string }[] }).receipts[0]?.outcome;
      };
      assert.equal(await submit(before, anonymous), 'success');
      const worker = start({ SHARD_COUNT: then }, settings, before);
      const opened = await post(worker, '/v1/sessions', {
        visitor: anonymous.visitor,
        identity: await signed(),
      });
      const grant = (await opened.json()) as SessionGrant;
      assert.equal(grant.identity, 'verified');
      assert.equal(await submit(worker, grant), 'success');
      assert.equal(asked.filter((path) => path === '/users/identify').length, joins);
      const changed = entriesIn(logged).filter(({ event }) => event === 'shards_changed');
      assert.deepEqual(
        changed.map(({ level, shard }) => [level, shard]),
        told.map((shard) => ['error', shard]),
      );
      for (const { advice } of changed) assert.match(String(advice), /among 2 shards, and are among 1 now/);
      // Once for each change, and not with each start.
      await post(start({ SHARD_COUNT: then }, settings, worker), '/v1/sessions', {});
      const again = entriesIn(logged).filter(({ event }) => event === 'shards_changed');
      assert.equal(again.length, told.length);
    });
});

describe('what is said of the settings at the start', () => {
  const brand = { ...SETTINGS.sites.brand, profile: { by: 'email', field: 'email' }, unverified: ['merge'] };
  const settings = { ...SETTINGS, sites: { ...SETTINGS.sites, brand } };
  it('is said by one shard, once a day or when it is something else', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-01-15T10:00:00.000Z') });
    const { mock: logged } = t.mock.method(console, 'log', () => undefined);
    let worker: Worker | undefined;
    /** Anew, with each of its objects. */
    const said = async (given: object) => {
      const before = logged.callCount();
      worker = start({ SHARD_COUNT: '4', OPERATOR_SECRET }, given, worker);
      assert.equal((await ask(worker, '/stats', OPERATOR_SECRET)).status, 200);
      await new Promise(setImmediate);
      return entriesIn(logged)
        .slice(before)
        .map(({ event, environment, shard }) => [event, environment, shard]);
    };
    const answers = [
      ['profile_by_answer', 'sandbox', 0],
      ['profile_by_answer', 'prod', 0],
    ];
    const allowed = ['unverified_allowed', undefined, 0];
    assert.deepEqual(await said(settings), [...answers, allowed]);
    assert.deepEqual(await said(settings), []);
    const { unverified: _, ...less } = brand;
    const other = { ...settings, sites: { ...settings.sites, brand: less } };
    assert.deepEqual(await said(other), answers);
    t.mock.timers.setTime(Date.now() + 23 * HOUR);
    assert.deepEqual(await said(other), []);
    t.mock.timers.setTime(Date.now() + 1 * HOUR);
    assert.deepEqual(await said(other), answers);
  });
});

describe('the share of a shard', () => {
  for (const [whole, count] of [
    [3_000, 8],
    [250, 8],
    [7, 7],
    [10, 3],
    [1, 1],
  ] as const) {
    it(`of ${whole} in ${count} shards is at least one, and all of them are the whole`, () => {
      const parts = Array.from({ length: count }, (_, index) => partOf(whole, { index, count }));
      assert.equal(
        parts.reduce((sum, part) => sum + part, 0),
        whole,
      );
      assert.ok(Math.min(...parts) >= 1 && Math.max(...parts) - Math.min(...parts) <= 1);
    });
  }
  it('is taken of what Braze says that is left, too', async () => {
    const ask = async () =>
      new Response('{}', {
        status: 201,
        headers: { 'x-ratelimit-limit': '250', 'x-ratelimit-remaining': '20', 'x-ratelimit-reset': '60' },
      });
    const answers = [0, 1, 2, 3].map((index) => hearShare(ask, { index, count: 4 })('https://braze.example'));
    const told = (await Promise.all(answers)).map(({ status, headers }) => [
      status,
      headers.get('x-ratelimit-limit'),
      headers.get('x-ratelimit-remaining'),
      headers.get('x-ratelimit-reset'),
    ]);
    assert.deepEqual(told, [
      [201, '62', '5', '60'],
      [201, '63', '5', '60'],
      [201, '62', '5', '60'],
      [201, '63', '5', '60'],
    ]);
  });
});

describe('a shard of which nobody asks anything any more', () => {
  const bodies: string[] = [];
  let status = 201;
  beforeEach(() => {
    bodies.length = 0;
    status = 201;
    mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-01-15T10:00:00.000Z') });
    mock.method(globalThis, 'fetch', async (_: unknown, init?: RequestInit) => {
      bodies.push(init?.body as string);
      return Response.json({ message: 'success' }, { status });
    });
  });
  afterEach(() => {
    mock.timers.reset();
  });

  it('tells of a conversation that was left, when its alarm goes off after the idle time', async () => {
    const brand = { ...SETTINGS.sites.brand, events: { abandoned: 'chat_abandoned' }, abandoned_after: 600 };
    const worker = start({ SHARD_COUNT: '1' }, { ...SETTINGS, sites: { ...SETTINGS.sites, brand } });
    const { visitor } = await openSession(worker, '203.0.113.7');
    const left = createSubmission({ id: '019b0000-0000-7000-8000-0000000000bb.4.abandoned', answers: {} });
    assert.equal((await post(worker, '/v1/departures', { visitor, sent: left.time, left })).status, 204);
    const { shard, storage } = worker.shards.get('shard-0') ?? {};
    assert.ok(shard && storage);
    const started = Date.now();
    assert.equal(storage.alarm(), started + 30_000);
    mock.timers.setTime(started + 30_000);
    await shard.alarm();
    assert.deepEqual(bodies, []);
    assert.equal(storage.alarm(), started + 600_000);
    mock.timers.setTime(started + 600_000);
    await shard.alarm();
    assert.match(bodies.join(), /chat_abandoned/);
    assert.equal(bodies.length, 1);
  });

  it('is called by the queue while promised work is left, once at a time', async () => {
    status = 503;
    const worker = start({ SHARD_COUNT: '1' });
    const { session } = await openSession(worker, '203.0.113.7');
    const submit = async (conversation: string) => {
      const submission = createSubmission({ id: `019b0000-0000-7000-8000-00000000${conversation}.4` });
      const response = await post(
        worker,
        '/v1/submissions',
        { sent: submission.time, submissions: [submission] },
        { authorization: `Bearer ${session}` },
      );
      const { receipts } = (await response.json()) as { receipts: readonly { outcome: string }[] };
      return receipts.map(({ outcome }) => outcome);
    };
    assert.deepEqual(await submit('0001'), ['queued']);
    assert.deepEqual(await submit('0002'), ['queued']);
    assert.deepEqual(worker.sent, [{ shard: 0 }]);

    const ends: string[] = [];
    const call = (queue: string, attempts: number) =>
      worker.queue(
        {
          queue,
          messages: [
            {
              body: worker.sent[0],
              attempts,
              ack: () => ends.push('ack'),
              retry: ({ delaySeconds }) => ends.push(`again in ${delaySeconds} s`),
            },
          ],
        },
        worker.env,
      );
    await call('parley-wake-ups', 1);
    await call('parley-wake-ups', 3);
    await call('parley-wake-ups', 9);
    assert.deepEqual(ends, ['again in 30 s', 'again in 120 s', 'again in 600 s']);
    assert.deepEqual(await submit('0003'), ['queued']);
    assert.equal(worker.sent.length, 1);

    ends.length = 0;
    const { mock: logged } = mock.method(console, 'log', () => undefined);
    await call('parley-wake-ups-dead', 1);
    assert.deepEqual(ends, ['ack']);
    const given = entriesIn(logged).find(({ event }) => event === 'wake_up_given_up');
    assert.partialDeepStrictEqual(given, { level: 'error', shard: 0, submissions: 3 });
    // The next work of the spool has another call.
    assert.deepEqual(await submit('0004'), ['queued']);
    assert.deepEqual(worker.sent, [{ shard: 0 }, { shard: 0 }]);
  });
});

describe('what the Worker in front refuses itself', () => {
  const address = { 'cf-connecting-ip': '203.0.113.7' };
  const cutShort = (worker: Worker, headers: Record<string, string> = {}) =>
    worker.fetch(
      new Request('https://relay.example/v1/sessions', {
        method: 'POST',
        headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json', ...address, ...headers },
        body: new ReadableStream({ pull: (body) => body.error(new Error('gone')) }),
        duplex: 'half',
      } as RequestInit),
    );
  const gone = {
    getByName: () => ({ fetch: () => Promise.reject(new StoreError('Gone')), count: async () => 1 }),
  };
  for (const [name, status, variables, ask, events] of [
    ['a body that ends early', 400, {}, cutShort, []],
    [
      'a shard that cannot be asked',
      503,
      { SHARDS: gone },
      (worker: Worker, headers: Record<string, string>) => post(worker, '/v1/sessions', {}, headers),
      ['shard_failed'],
    ],
  ] as const)
    it(`is readable for the page, and in the log by its id: ${name}`, async (t) => {
      const { mock: logged } = t.mock.method(console, 'log', () => undefined);
      const response = await ask(start(variables), { 'x-request-id': 'of-the-page' });
      assert.equal(response.status, status);
      assert.equal(response.headers.get('access-control-allow-origin'), SANDBOX_ORIGIN);
      assert.equal(response.headers.get('vary'), 'Origin');
      const exposed = response.headers.get('access-control-expose-headers')?.split(',') ?? [];
      for (const header of ['date', 'retry-after', 'x-request-id'])
        assert.ok(exposed.includes(header), header);
      assert.equal(response.headers.get('x-request-id'), 'of-the-page');
      assert.equal(response.headers.get('retry-after'), status === 503 ? '5' : null);
      assert.equal(((await response.json()) as { request_id: string }).request_id, 'of-the-page');
      const entries = entriesIn(logged);
      assert.deepEqual(
        entries.map(({ event, request }) => [event, request]),
        [...events, 'request'].map((event) => [event, 'of-the-page']),
      );
      assert.partialDeepStrictEqual(entries.at(-1), { route: '/v1/*', method: 'POST', status });
    });
  it('is counted of the address', async (t) => {
    const { mock: logged } = t.mock.method(console, 'log', () => undefined);
    const limits = { address: { limit: 2, window: 60_000 } };
    const worker = start({}, { ...SETTINGS, limits });
    const statuses: number[] = [];
    for (let each = 0; each < 4; each += 1) statuses.push((await cutShort(worker)).status);
    assert.deepEqual(statuses, [400, 400, 429, 429]);
    assert.equal(entriesIn(logged).filter(({ event }) => event === 'request').length, 2);
  });
  for (const variables of [{}, { OPERATOR_SECRET }])
    it(`has the methods of /readyz in it, ${'OPERATOR_SECRET' in variables ? 'with' : 'without'} an operator`, async () => {
      const worker = start(variables);
      for (const [method, status] of [
        ['POST', 405],
        ['PUT', 405],
        ['OPTIONS', 204],
        ['HEAD', 200],
      ] as const) {
        const response = await worker.fetch(new Request('https://relay.example/readyz', { method }));
        assert.equal(response.status, status, method);
        if (status !== 200) assert.equal(response.headers.get('allow'), 'GET, HEAD, OPTIONS', method);
      }
    });
  for (const [path, method, headers] of [
    ['/operator/stats', 'GET', {}],
    ['/flows', 'GET', {}],
    ['/operator/stats', 'GET', { authorization: 'Basic !!' }],
    ['/operator/stats', 'GET', { authorization: 'Digest x' }],
    ['/readyz', 'POST', {}],
  ] as const)
    it(`is bounded, and its log too: ${method} ${path} with ${JSON.stringify(headers)}`, async (t) => {
      const { mock: logged } = t.mock.method(console, 'log', () => undefined);
      const limits = { misses: { limit: 2, window: 60_000 } };
      const worker = start({ OPERATOR_SECRET }, { ...SETTINGS, limits });
      const statuses: number[] = [];
      for (let each = 0; each < 5; each += 1) {
        const request = new Request(`https://relay.example${path}`, {
          method,
          headers: { ...address, ...headers },
        });
        statuses.push((await worker.fetch(request)).status);
      }
      assert.deepEqual(statuses.slice(2), [429, 429, 429]);
      assert.equal(entriesIn(logged).filter(({ event }) => event === 'request').length, 2);
      // Who has the secret is not shut out by it.
      const authorization = `Bearer ${OPERATOR_SECRET}`;
      const operator = new Request('https://relay.example/operator/stats', {
        headers: { ...address, authorization },
      });
      assert.equal((await worker.fetch(operator)).status, 200);
    });
});

describe('the operator of a Worker', () => {
  const orderOf = (body: object, headers: Record<string, string>, type = 'drop') =>
    new Request(`https://relay.example/operator/dead-letters/${type}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  it('is nobody without a secret', async () => {
    assert.equal((await ask(start(), '/stats', OPERATOR_SECRET)).status, 404);
  });
  it('has to know it', async () => {
    const worker = start({ OPERATOR_SECRET });
    for (const secret of [undefined, 'wrong', `${OPERATOR_SECRET}.`])
      assert.equal((await ask(worker, '/stats', secret)).status, 401);
    assert.equal((await ask(worker, '/stats', OPERATOR_SECRET)).status, 200);
    assert.equal((await ask(worker, '/dead-letters/drop')).status, 401);
  });
  for (const secret of [
    OPERATOR_SECRET,
    'wer-das-weiß-öffnet-was-gesagt-wurde',
    'に合言葉を知る者だけが:開けられる扉がここにある-0123456789',
  ])
    it(`may have it as the password of Basic: ${secret}`, async () => {
      const given = Buffer.from(`anybody:${secret}`).toString('base64');
      const request = new Request('https://relay.example/operator/stats', {
        headers: { authorization: `Basic ${given}` },
      });
      assert.equal((await start({ OPERATOR_SECRET: secret }).fetch(request)).status, 200);
    });
  it('lists the dead letters of all shards, sends them again and drops them', async (t) => {
    let status = 400;
    let written = 0;
    let tellWritten: () => void = () => undefined;
    const isWritten = new Promise<void>((resolve) => (tellWritten = resolve));
    t.mock.method(globalThis, 'fetch', async () => {
      if (status === 201) {
        written += 1;
        tellWritten();
      }
      return Response.json({ message: status === 201 ? 'success' : 'bad', errors: [] }, { status });
    });
    const worker = start({ OPERATOR_SECRET, SHARD_COUNT: '2' });
    const addresses = Array.from({ length: 20 }, (_, index) => `203.0.113.${index}`);
    for (const shard of [0, 1]) {
      const address = addresses.find((each) => shardOf(each, 2) === shard) ?? '';
      const { session } = await openSession(worker, address);
      const authorization = `Bearer ${session}`;
      await post(worker, '/v1/submissions', { submissions: [createSubmission()] }, { authorization });
    }
    const list = async () => {
      const response = await ask(worker, '/dead-letters', OPERATOR_SECRET);
      return ((await response.json()) as { letters: readonly { key: string; flow: string }[] }).letters;
    };
    const letters = await list();
    assert.deepEqual(
      letters.map(({ flow }) => flow),
      ['welcome', 'welcome'],
    );
    assert.ok(!JSON.stringify(letters).includes('ada@example.com'));
    const [one = '', other = ''] = letters.map(({ key }) => key);
    assert.notEqual(shardOf(one.split('/')[0] ?? '', 2), shardOf(other.split('/')[0] ?? '', 2));
    status = 201;
    const order = async (type: 'retry' | 'drop', keys: unknown) => {
      const authorization = `Bearer ${OPERATOR_SECRET}`;
      const response = await worker.fetch(orderOf({ keys }, { authorization }, type));
      return [response.status, await response.json()] as const;
    };
    assert.deepEqual(await order('retry', [one, 'nobody/1']), [200, { done: [one], unknown: ['nobody/1'] }]);
    assert.deepEqual(await order('drop', [other]), [200, { done: [other], unknown: [] }]);
    assert.equal((await order('drop', 'all'))[0], 400);
    assert.deepEqual(await list(), []);
    await worker.shards.get(`shard-${shardOf(one.split('/')[0] ?? '', 2)}`)?.shard.wake();
    await isWritten;
    assert.equal(written, 1);
  });
  it('reaches a dead letter of a shard that its visitor belongs to no more', async (t) => {
    t.mock.method(globalThis, 'fetch', async () =>
      Response.json({ message: 'bad', errors: [] }, { status: 400 }),
    );
    const before = start({ OPERATOR_SECRET, SHARD_COUNT: '1' });
    const sessions = await Promise.all(someAddresses.map((address) => openSession(before, address)));
    const moved = sessions.find((grant) => shardOf(visitorIn(grant), 2) === 1);
    const authorization = `Bearer ${moved?.session ?? ''}`;
    await post(before, '/v1/submissions', { submissions: [createSubmission()] }, { authorization });
    const worker = start({ OPERATOR_SECRET, SHARD_COUNT: '2' }, SETTINGS, before);
    const listed = await ask(worker, '/dead-letters', OPERATOR_SECRET);
    const { letters } = (await listed.json()) as { letters: readonly { key: string }[] };
    const keys = letters.map(({ key }) => key);
    assert.equal(keys.length, 1);
    const dropped = await worker.fetch(orderOf({ keys }, { authorization: `Bearer ${OPERATOR_SECRET}` }));
    assert.deepEqual(await dropped.json(), { done: keys, unknown: [] });
  });
  for (const [name, headers, status] of [
    ['a form', { 'content-type': 'text/plain' }, 415],
    ['another origin', { origin: 'https://evil.example' }, 403],
    ['an origin that is hidden', { origin: 'null' }, 403],
    ['its own pages', { origin: 'https://relay.example' }, 200],
    [
      'its own pages, by a proxy that names another host',
      { origin: 'https://chat.brand.example', 'sec-fetch-site': 'same-origin' },
      200,
    ],
    [
      'a page of the same domain',
      { origin: 'https://blog.brand.example', 'sec-fetch-site': 'same-site' },
      403,
    ],
    [
      'a page of elsewhere, whose origin is the name that a proxy has for the relay',
      { origin: 'https://relay.example', 'sec-fetch-site': 'cross-site' },
      403,
    ],
  ] as const)
    it(`answers an order of a browser from ${name}: ${status}`, async () => {
      const authorization = `Basic ${btoa(`operator:${OPERATOR_SECRET}`)}`;
      const order = orderOf({ keys: ['a/b'] }, { authorization, ...headers });
      assert.equal((await start({ OPERATOR_SECRET }).fetch(order)).status, status);
    });
  it('is not let in with the right secret either by who has guessed too often', async () => {
    const worker = start(
      { OPERATOR_SECRET },
      { ...SETTINGS, limits: { wrongKeys: { limit: 2, window: 60_000 } } },
    );
    const guess = async (secret: string) =>
      (
        await worker.fetch(
          new Request('https://relay.example/operator/stats', {
            headers: { authorization: `Bearer ${secret}`, 'cf-connecting-ip': '203.0.113.7' },
          }),
        )
      ).status;
    const statuses: number[] = [];
    for (const secret of ['a', 'b', 'c', OPERATOR_SECRET]) statuses.push(await guess(secret));
    assert.deepEqual(statuses, [401, 401, 429, 429]);
    assert.equal((await ask(worker, '/stats', OPERATOR_SECRET)).status, 200);
  });
  it('sees in a browser where people leave', async () => {
    const worker = start({ OPERATOR_SECRET });
    const authorization = `Basic ${btoa(`operator:${OPERATOR_SECRET}`)}`;
    const show = (path: string, headers: Record<string, string> = { authorization }) =>
      worker.fetch(new Request(`https://relay.example${path}`, { headers }));
    const list = await show('/flows');
    const links = [...(await list.text()).matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link);
    assert.ok(links.includes('/flows/welcome'));
    for (const link of links) {
      assert.equal((await show(link)).status, 200, link);
      const refused = await show(link, {});
      assert.equal(refused.status, 401, link);
      assert.match(refused.headers.get('www-authenticate') ?? '', /^Basic /);
    }
    assert.equal((await show('/v1/flows/welcome', {})).status, 200);
  });
  for (const [path, status, secret] of [
    ['/readyz', 200, undefined],
    ['/operator/stats', 200, OPERATOR_SECRET],
    ['/operator/stats', 401, undefined],
    ['/operator/other', 404, OPERATOR_SECRET],
    ['/flows/welcome', 200, OPERATOR_SECRET],
    ['/flows/welcome/other', 404, OPERATOR_SECRET],
  ] as const)
    it(`has the headers of every answer at ${path}: ${status}`, async (t) => {
      const { mock: logged } = t.mock.method(console, 'log', () => undefined);
      const worker = start({ OPERATOR_SECRET });
      const headers = {
        'x-request-id': 'of-the-test',
        ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
      };
      const response = await worker.fetch(new Request(`https://relay.example${path}`, { headers }));
      assert.equal(response.status, status);
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(response.headers.get('x-request-id'), 'of-the-test');
      const policy = response.headers.get('content-security-policy') ?? '';
      assert.equal(policy.includes("style-src 'self'"), path.startsWith('/flows/'), policy);
      assert.match(policy, /default-src 'none'/);
      const entries = entriesIn(logged).filter(({ event }) => event === 'request');
      assert.deepEqual(
        entries.map((entry) => [entry.status, entry.request]),
        status < 400 ? [] : [[status, 'of-the-test']],
      );
      if (status < 400) return;
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      assert.equal(((await response.json()) as { request_id: string }).request_id, 'of-the-test');
    });
  it('is told by each order how many it was about, in the log', async (t) => {
    const { mock: logged } = t.mock.method(console, 'log', () => undefined);
    const worker = start({ OPERATOR_SECRET, SHARD_COUNT: '2' });
    const authorization = `Bearer ${OPERATOR_SECRET}`;
    for (const type of ['retry', 'drop'] as const)
      await worker.fetch(orderOf({ keys: ['a/b'] }, { authorization, 'x-request-id': type }, type));
    const orders = entriesIn(logged).filter(({ event }) => event.startsWith('dead_letters_'));
    assert.deepEqual(
      orders.map(({ level, event, submissions, request }) => [level, event, submissions, request]),
      [
        ['info', 'dead_letters_retried', 0, 'retry'],
        ['info', 'dead_letters_dropped', 0, 'drop'],
      ],
    );
  });
  it('hears that a shard cannot be reached, and what was done by then is done', async (t) => {
    const { mock: logged } = t.mock.method(console, 'log', () => undefined);
    const fails = () => Promise.reject(new StoreError('The disk is full'));
    let keys = ['a/b', 'c/d'];
    let asked = 0;
    const there = {
      deadLetters: async ({ type }: { readonly type: string }) => {
        asked += 1;
        return type === 'list' ? { type, letters: [{ key: 'a/b', at: 1 }] } : { type: 'done', keys };
      },
      stats: async () => ({ stats: { unsettled: 7 }, backlogs: [] }),
      count: async () => 1,
    };
    const gone = { deadLetters: fails, stats: fails, count: fails, fetch: fails, listTallies: fails };
    const SHARDS = { getByName: (name: string) => (name === 'shard-0' ? there : gone) };
    const worker = start({ OPERATOR_SECRET, SHARD_COUNT: '2', SHARDS });
    const authorization = `Bearer ${OPERATOR_SECRET}`;
    const stats = await ask(worker, '/stats', OPERATOR_SECRET);
    assert.equal(stats.status, 200);
    const shards = [{ shard: 0, stats: { unsettled: 7 }, backlogs: [] }];
    assert.deepEqual(await stats.json(), { shards, unreached: [1] });
    const failed = entriesIn(logged).find(({ event }) => event === 'shard_failed');
    assert.partialDeepStrictEqual(failed, { level: 'error', shard: 1, advice: 'The disk is full' });
    const listed = await ask(worker, '/dead-letters', OPERATOR_SECRET);
    assert.deepEqual(await listed.json(), { letters: [{ key: 'a/b', at: 1 }], unreached: [1] });
    asked = 0;
    const give = () => worker.fetch(orderOf({ keys: ['a/b', 'c/d'] }, { authorization }));
    assert.deepEqual(await (await give()).json(), { done: ['a/b', 'c/d'], unknown: [] });
    assert.equal(asked, 1, 'one call of each shard, for all keys');
    keys = ['a/b'];
    const order = await give();
    assert.deepEqual([order.status, order.headers.get('retry-after')], [503, '5']);
    assert.equal(order.headers.get('content-type'), 'application/problem+json');
    assert.partialDeepStrictEqual(await order.json(), { status: 503, done: ['a/b'], unreached: [1] });
    // A sum of some shards would be taken for that of all.
    const flows = new Request('https://relay.example/flows', { headers: { authorization } });
    assert.equal((await worker.fetch(flows)).status, 503);
  });
  it('hears which shard cannot be asked whether it is ready, and so does the log', async (t) => {
    const { mock: logged } = t.mock.method(console, 'log', () => undefined);
    const ready = async () => ({ status: 'ready', checks: [] });
    const fails = () => Promise.reject(new StoreError('The disk is full'));
    const SHARDS = {
      getByName: (name: string) => ({ readiness: name === 'shard-1' ? fails : ready, count: async () => 1 }),
    };
    const worker = start({ OPERATOR_SECRET, SHARD_COUNT: '2', SHARDS });
    const response = await ask(worker, '/readyz', OPERATOR_SECRET);
    assert.equal(response.status, 503);
    const { checks } = (await response.json()) as { checks: readonly { detail: string }[] };
    assert.equal(checks[0]?.detail, 'Shards that could not be asked: 1.');
    const failed = entriesIn(logged).find(({ event }) => event === 'shard_failed');
    assert.partialDeepStrictEqual(failed, { level: 'error', shard: 1, advice: 'The disk is full' });
  });
  it('sees how the shards are now, where the public is told of the last minute', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-01-15T10:00:00.000Z') });
    let status = 'ready';
    let looks = 0;
    const shard = {
      count: async () => 1,
      readiness: async () => {
        looks += 1;
        return { status, checks: [] };
      },
    };
    const worker = start({ OPERATOR_SECRET, SHARD_COUNT: '2', SHARDS: { getByName: () => shard } });
    const isReady = async () => (await worker.fetch(new Request('https://relay.example/readyz'))).status;
    assert.deepEqual([await isReady(), looks], [200, 2]);
    status = 'not ready';
    t.mock.timers.setTime(Date.now() + 59_000);
    assert.deepEqual([await isReady(), looks], [200, 2]);
    for (const asked of [4, 6])
      assert.deepEqual([(await ask(worker, '/readyz', OPERATOR_SECRET)).status, looks], [503, asked]);
    assert.deepEqual([await isReady(), looks], [200, 6]);
    t.mock.timers.setTime(Date.now() + 1_000);
    assert.deepEqual([await isReady(), looks], [503, 8]);
    // What was wrong may be over sooner.
    status = 'ready';
    t.mock.timers.setTime(Date.now() + 4_999);
    assert.deepEqual([await isReady(), looks], [503, 8]);
    t.mock.timers.setTime(Date.now() + 1);
    assert.deepEqual([await isReady(), looks], [200, 10]);
  });
  it('hears of each shard', async () => {
    const worker = start({ OPERATOR_SECRET, SHARD_COUNT: '3' });
    const { shards } = (await (await ask(worker, '/stats', OPERATOR_SECRET)).json()) as { shards: unknown[] };
    assert.equal(shards.length, 3);
    const readiness = (await (await ask(worker, '/readyz', OPERATOR_SECRET)).json()) as { status: string };
    assert.equal(readiness.status, 'ready');
  });
});
