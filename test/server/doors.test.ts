/** What the relay does with whoever knocks too often, too slowly, too deep or too long: over real HTTP. */
import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { EventEmitter, once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { listen, type ListenOptions } from '../../server/adapters/listen.ts';
import { createRefusal } from '../../server/adapters/refusal.ts';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { createFindClient } from '../../server/doors/client-address.ts';
import { createLimiter } from '../../server/doors/limiter.ts';
import { DEFAULT_LIMITS } from '../../server/doors/limits.ts';
import { MAX_DEPTH, MAX_MEMBERS } from '../../server/doors/json-shape.ts';
import { SECURITY_HEADERS } from '../../server/doors/security-headers.ts';
import { createCredentials, SESSION_SECONDS } from '../../server/identity/credentials.ts';
import { NO_METRICS } from '../../server/metrics.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { bareProblem } from '../../server/problem.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { StoreError } from '../../server/store/store.ts';
import type { SessionGrant } from '../../widget/contract/wire.ts';
import {
  problemOf,
  say,
  send,
  startGuarded,
  ENTRY_LINK_KEY,
  type Answer,
  type Guarded,
} from './doors-fixture.ts';
import {
  createSubmission,
  OTHER_ORIGIN,
  PROD_ORIGIN,
  SANDBOX_ORIGIN,
  SECOND_ORIGIN,
} from './relay-fixture.ts';
import { configOf, startRelayInProcess } from './relay-in-process.ts';

/** No window of a day ends while a test runs, but at midnight: then it is counted from one again, and the test would fail once. */
const DAY = 86_400_000;
const few = (limit: number) => ({ limit, window: DAY });

const ADA = { 'x-forwarded-for': '203.0.113.7' };
const BEN = { 'x-forwarded-for': '198.51.100.9' };
const EVE = { 'x-forwarded-for': '192.0.2.66' };

async function openSession(relay: Guarded, headers: Readonly<Record<string, string>>): Promise<SessionGrant> {
  const answer = await relay.post('/v1/sessions', {}, headers);
  assert.equal(answer.status, 200, answer.body);
  return JSON.parse(answer.body) as SessionGrant;
}

const erase = (
  { relay }: Guarded,
  { session }: SessionGrant,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> =>
  send(relay.url, 'DELETE', '/v1/visitor', {
    origin: SANDBOX_ORIGIN,
    authorization: `Bearer ${session}`,
    ...headers,
  });

const submit = (relay: Guarded, { session }: SessionGrant, headers: Readonly<Record<string, string>>) =>
  relay.post(
    '/v1/submissions',
    { submissions: [createSubmission()] },
    { authorization: `Bearer ${session}`, ...headers },
  );

/** The visitor's session of before, which has ended. */
async function ended({ session }: SessionGrant): Promise<SessionGrant> {
  const config = configOf();
  const owner = config.origins.get(SANDBOX_ORIGIN);
  assert.ok(owner);
  const before = createCredentials(config, { clock: () => Date.now() - 2 * SESSION_SECONDS * 1_000 });
  const granted = await before.grant({ id: decodeJwt(session).sub ?? '' }, owner, SANDBOX_ORIGIN);
  return { ...granted, expires_in: SESSION_SECONDS, deadline: 0 };
}

describe('a limit', () => {
  interface Case {
    readonly name: string;
    readonly limit: string;
    /** One knock. */
    readonly knock: (relay: Guarded, grant: SessionGrant) => Promise<Answer>;
    /** What it answers as long as it is let in. */
    readonly status: number;
    /** Somebody else's, who is let in all the same. */
    readonly other: (relay: Guarded, grant: SessionGrant) => Promise<Answer>;
    readonly otherStatus?: number;
    /** Those that were used up to open the session. */
    readonly used?: number;
  }
  const wrong = { authorization: 'Bearer wrong' };
  const right = { authorization: `Bearer ${ENTRY_LINK_KEY}` };
  const order = { flow: 'welcome', site: 'brand', environment: 'sandbox' };
  const CASES: readonly Case[] = [
    {
      name: 'of an address, at sessions',
      limit: 'address',
      used: 1,
      knock: (relay) => relay.post('/v1/sessions', {}, ADA),
      status: 200,
      other: (relay) => relay.post('/v1/sessions', {}, BEN),
    },
    {
      name: 'of an address, at submissions',
      limit: 'address',
      used: 1,
      knock: (relay, grant) => submit(relay, grant, ADA),
      status: 200,
      other: (relay, grant) => submit(relay, grant, BEN),
    },
    {
      name: 'of an address, at submissions without a session',
      limit: 'address',
      used: 1,
      knock: (relay) => relay.post('/v1/submissions', {}, ADA),
      status: 401,
      other: (relay) => relay.post('/v1/submissions', {}, BEN),
      otherStatus: 401,
    },
    {
      name: 'of an address, at departures',
      limit: 'address',
      used: 1,
      knock: (relay) => relay.post('/v1/departures', {}, ADA),
      status: 400,
      other: (relay) => relay.post('/v1/departures', {}, BEN),
      otherStatus: 400,
    },
    {
      name: 'of an address, at withdrawals',
      limit: 'address',
      used: 1,
      knock: (relay, { visitor }) => relay.post('/v1/withdrawals', { visitor }, ADA),
      status: 204,
      other: (relay, { visitor }) => relay.post('/v1/withdrawals', { visitor }, BEN),
      otherStatus: 204,
    },
    {
      name: 'of what is not there',
      limit: 'misses',
      knock: (relay) => relay.get('/nothing', ADA),
      status: 404,
      other: (relay) => relay.get('/nothing', BEN),
      otherStatus: 404,
    },
    {
      name: 'of what an image anywhere can ask for, while a visitor of that address submits',
      limit: 'misses',
      knock: (relay) => send(relay.relay.url, 'GET', '/x1', ADA),
      status: 404,
      other: (relay, grant) => submit(relay, grant, ADA),
    },
    {
      name: 'of what a page of nobody’s can post, while another page of that address gets a session',
      limit: 'misses',
      knock: (relay) =>
        send(relay.relay.url, 'POST', '/v1/submissions', { origin: 'https://nobody.example', ...ADA }, 'x'),
      status: 403,
      other: (relay) => relay.post('/v1/sessions', {}, ADA),
    },
    {
      name: 'of flows that are not there, while those that are can be read',
      limit: 'misses',
      knock: (relay) => relay.get('/v1/flows/nothing', ADA),
      status: 404,
      other: (relay) => relay.get('/v1/flows/welcome', ADA),
    },
    {
      name: 'of pages of nobody’s',
      limit: 'misses',
      knock: (relay) => relay.post('/v1/sessions', {}, { ...ADA, origin: 'https://nobody.example' }),
      status: 403,
      other: (relay) => relay.post('/v1/sessions', {}, { ...BEN, origin: 'https://nobody.example' }),
      otherStatus: 403,
    },
    {
      name: 'of methods that nothing takes',
      limit: 'misses',
      knock: (relay) => relay.post('/healthz', {}, ADA),
      status: 405,
      other: (relay) => relay.get('/healthz', ADA),
    },
    {
      name: 'of an address, at what is not there for a page, once for each',
      limit: 'address',
      used: 1,
      knock: (relay) => relay.post('/v1/nothing', {}, ADA),
      status: 404,
      other: (relay) => relay.post('/v1/nothing', {}, BEN),
      otherStatus: 404,
    },
    {
      name: 'of new visitors of an address',
      limit: 'newVisitors',
      used: 1,
      knock: (relay) => relay.post('/v1/sessions', {}, ADA),
      status: 200,
      other: (relay, { visitor }) => relay.post('/v1/sessions', { visitor }, ADA),
    },
    {
      name: 'of new visitors with credentials that are made up',
      limit: 'newVisitors',
      used: 1,
      knock: (relay) => relay.post('/v1/sessions', { visitor: 'a.b.c' }, ADA),
      status: 200,
      other: (relay) => relay.post('/v1/sessions', {}, BEN),
    },
    {
      name: 'of a visitor, wherever they are',
      limit: 'visitor',
      knock: (relay, grant) => submit(relay, grant, BEN),
      status: 200,
      other: async (relay) => submit(relay, await openSession(relay, BEN), BEN),
    },
    {
      name: 'of a visitor who asks for sessions',
      limit: 'visitor',
      knock: (relay, { visitor }) => relay.post('/v1/sessions', { visitor }, BEN),
      status: 200,
      other: async (relay) => submit(relay, await openSession(relay, BEN), BEN),
    },
    {
      name: 'of a visitor who is erased again and again',
      limit: 'visitor',
      knock: (relay, grant) => erase(relay, grant, BEN),
      status: 204,
      other: async (relay) => erase(relay, await openSession(relay, BEN), BEN),
      otherStatus: 204,
    },
    {
      name: 'of visitors who are erased from one address',
      limit: 'erasures',
      knock: async (relay) => erase(relay, await openSession(relay, BEN), ADA),
      status: 204,
      other: (relay, grant) => erase(relay, grant, BEN),
      otherStatus: 204,
    },
    {
      name: 'of visitors who are erased from one address, while who is erased already hears of it again',
      limit: 'erasures',
      used: 1,
      knock: async (relay, grant) => {
        for (let turn = 0; turn < 5; turn += 1)
          assert.equal((await erase(relay, grant, ADA)).status, 204, 'the same one');
        return erase(relay, await openSession(relay, BEN), ADA);
      },
      status: 204,
      other: (relay, grant) => erase(relay, grant, ADA),
      otherStatus: 204,
    },
    {
      name: 'of a site’s strangers, while who has a session submits',
      limit: 'site',
      used: 1,
      knock: (relay) => relay.post('/v1/sessions', {}, BEN),
      status: 200,
      other: (relay, grant) => submit(relay, grant, BEN),
    },
    {
      name: 'of a site’s strangers, while who has been here gets a session',
      limit: 'site',
      used: 1,
      knock: (relay) => relay.post('/v1/submissions', {}, BEN),
      status: 401,
      other: (relay, { visitor }) => relay.post('/v1/sessions', { visitor }, BEN),
    },
    {
      name: 'of a site’s strangers who say nothing that can be read, while a visitor withdraws',
      limit: 'site',
      used: 1,
      knock: (relay) => relay.post('/v1/withdrawals', '[', BEN),
      status: 400,
      other: (relay, { visitor }) => relay.post('/v1/withdrawals', { visitor }, BEN),
      otherStatus: 204,
    },
    {
      name: 'of a site’s strangers with credentials that are made up, while a visitor is erased',
      limit: 'site',
      used: 1,
      knock: (relay) => relay.post('/v1/withdrawals', { visitor: 'a.b.c' }, BEN),
      status: 401,
      other: (relay, grant) => erase(relay, grant, BEN),
      otherStatus: 204,
    },
    {
      name: 'of a site’s strangers who would erase somebody, while there are visitors',
      limit: 'site',
      used: 1,
      knock: (relay) => erase(relay, { session: 'a.b.c' } as SessionGrant, BEN),
      status: 401,
      other: (relay, grant) => submit(relay, grant, BEN),
    },
    {
      name: 'of a site’s strangers, while whose session has ended is told so',
      limit: 'site',
      used: 1,
      knock: (relay) => relay.post('/v1/submissions', {}, BEN),
      status: 401,
      other: async (relay, grant) => submit(relay, await ended(grant), BEN),
      otherStatus: 401,
    },
    {
      name: 'of a site’s strangers, while whose session has ended is told so before they are erased',
      limit: 'site',
      used: 1,
      knock: (relay) => relay.post('/v1/submissions', {}, BEN),
      status: 401,
      other: async (relay, grant) => erase(relay, await ended(grant), BEN),
      otherStatus: 401,
    },
    {
      name: 'of a visitor whose session has ended, while they go on with the next',
      limit: 'visitor',
      knock: async (relay, grant) => submit(relay, await ended(grant), BEN),
      status: 401,
      other: (relay, grant) => submit(relay, grant, BEN),
    },
    {
      name: 'of a site’s strangers with a session that has ended at another page',
      limit: 'site',
      used: 1,
      knock: async (relay, grant) =>
        relay.post(
          '/v1/submissions',
          {},
          { authorization: `Bearer ${(await ended(grant)).session}`, origin: SECOND_ORIGIN },
        ),
      status: 401,
      other: (relay, grant) => submit(relay, grant, BEN),
    },
    {
      name: 'of a site’s visitors, while strangers come',
      limit: 'site',
      knock: (relay, grant) => submit(relay, grant, BEN),
      status: 200,
      other: (relay) => relay.post('/v1/sessions', {}, BEN),
    },
    {
      name: 'of a site',
      limit: 'site',
      used: 1,
      knock: (relay) => relay.post('/v1/sessions', {}, BEN),
      status: 200,
      other: (relay) => relay.post('/v1/sessions', {}, { ...BEN, origin: OTHER_ORIGIN }),
    },
    {
      name: 'of a site in one environment',
      limit: 'site',
      used: 1,
      knock: (relay) => relay.post('/v1/sessions', {}, BEN),
      status: 200,
      other: (relay) => relay.post('/v1/sessions', {}, { ...BEN, origin: PROD_ORIGIN }),
    },
    {
      name: 'of entry links that are opened',
      limit: 'entryOpens',
      knock: (relay) => relay.get('/v1/flows/welcome?entry=x', ADA),
      status: 200,
      other: (relay) => relay.get('/v1/flows/welcome?entry=x', BEN),
    },
    {
      name: 'of entry links, while flows are everybody’s',
      limit: 'entryOpens',
      knock: (relay) => relay.get('/v1/flows/welcome?entry=x', ADA),
      status: 200,
      other: (relay) => relay.get('/v1/flows/welcome', ADA),
    },
    {
      name: 'of wrong keys of an address',
      limit: 'wrongKeys',
      knock: (relay) => relay.post('/v1/entry-links', order, { ...ADA, ...wrong }),
      status: 401,
      other: (relay) => relay.post('/v1/entry-links', order, { ...BEN, ...wrong }),
      otherStatus: 401,
    },
    {
      name: 'of wrong keys, while the right one passes',
      limit: 'wrongKeys',
      knock: (relay) => relay.post('/v1/entry-links', order, { ...ADA, ...wrong }),
      status: 401,
      other: (relay) => relay.post('/v1/entry-links', order, { ...ADA, ...right }),
    },
    {
      name: 'of wrong keys in all',
      limit: 'wrongKeysInAll',
      knock: (relay) => relay.post('/v1/entry-links', order, { ...ADA, ...wrong }),
      status: 401,
      other: (relay) => relay.post('/v1/entry-links', order, { ...BEN, ...right }),
    },
  ];
  for (const { name, limit, knock, status, other, otherStatus = 200, used = 0 } of CASES) {
    it(`${name} refuses what is too much, and nobody else`, async () => {
      await using relay = await startGuarded({ limits: { [limit]: few(3 + used) } });
      const grant = await openSession(relay, ADA);
      for (let turn = 0; turn < 3; turn += 1) {
        const let_in = await knock(relay, grant);
        assert.equal(let_in.status, status, let_in.body);
      }
      for (let turn = 0; turn < 2; turn += 1) {
        const refused = await knock(relay, grant);
        assert.equal(refused.status, 429);
        assert.equal(refused.headers['content-type'], 'application/problem+json');
        const after = Number(refused.headers['retry-after']);
        assert.ok(Number.isInteger(after) && after >= 1 && after <= DAY / 1_000);
        assert.equal(refused.headers['ratelimit-policy'], `"${limit}";q=${3 + used};w=${DAY / 1_000}`);
        assert.equal(refused.headers['ratelimit'], `"${limit}";r=0;t=${after}`);
      }
      const let_in = await other(relay, grant);
      assert.equal(let_in.status, otherStatus, let_in.body);
      assert.deepEqual(
        relay.entries.filter(({ event }) => event === 'limit_reached'),
        [{ level: 'warn', event: 'limit_reached', reason: limit }],
      );
      assert.equal(relay.entries.filter((entry) => entry.status === 429).length, 0);
      const { body } = await send(relay.relay.operatorUrl ?? '', 'GET', '/metrics');
      assert.match(body, new RegExp(`parley_refusals_total\\{reason="${limit}"\\} 2`));
    });
  }

  it('is not needed for what is read: it has no entry in the log, and is counted there alone where it is missing', async () => {
    await using relay = await startGuarded({ limits: { misses: few(2) } });
    for (const path of ['/healthz', '/v1/flows/welcome', '/openapi.json', '/flow.schema.json'])
      for (let turn = 0; turn < 3; turn += 1) assert.equal((await relay.get(path, ADA)).status, 200);
    const asked = { origin: SANDBOX_ORIGIN, 'access-control-request-method': 'POST', ...ADA };
    assert.equal((await send(relay.relay.url, 'OPTIONS', '/v1/sessions', asked)).status, 204);
    assert.deepEqual(
      relay.entries.filter(({ event }) => event === 'request'),
      [],
    );
    const { body } = await send(relay.relay.operatorUrl ?? '', 'GET', '/metrics');
    assert.match(
      body,
      /parley_http_request_seconds_count\{route="\/v1\/flows\/:id",method="GET",status="200"\} 3/,
    );
    for (let turn = 0; turn < 5; turn += 1) await relay.get('/nothing', ADA);
    const told = relay.entries.filter(({ event }) => event === 'request');
    assert.deepEqual(
      told.map(({ route, status }) => [route, status]),
      [
        ['*', 404],
        ['*', 404],
      ],
    );
  });

  it('that visitors need is not used up by what is not there', async () => {
    await using relay = await startGuarded({ limits: { address: few(2) } });
    for (let turn = 0; turn < 5; turn += 1) {
      assert.equal((await send(relay.relay.url, 'GET', '/x', ADA)).status, 404);
      const strange = { ...ADA, origin: 'https://nobody.example' };
      assert.equal((await relay.post('/v1/submissions', 'x', strange)).status, 403);
    }
    assert.equal((await submit(relay, await openSession(relay, ADA), ADA)).status, 200);
  });

  it('is not used up by one visitor who asks many times at once to be erased', async () => {
    await using relay = await startGuarded({ limits: { erasures: few(3) } });
    const grant = await openSession(relay, ADA);
    const answers = await Promise.all(Array.from({ length: 20 }, () => erase(relay, grant, ADA)));
    assert.ok(answers.some(({ status }) => status === 204));
    for (const { status, headers, body } of answers)
      if (status !== 204) assert.deepEqual([status, headers['retry-after']], [429, '1'], body);
    assert.equal((await erase(relay, grant, ADA)).status, 204);
    for (const status of [204, 204, 429])
      assert.equal((await erase(relay, await openSession(relay, ADA), ADA)).status, status);
  });

  it('is for the page to read', async () => {
    await using relay = await startGuarded({ limits: { address: few(1) } });
    await openSession(relay, ADA);
    const { status, headers } = await relay.post('/v1/sessions', {}, ADA);
    assert.equal(status, 429);
    assert.equal(headers['access-control-allow-origin'], SANDBOX_ORIGIN);
    assert.match(headers.vary ?? '', /Origin/);
    const exposed = String(headers['access-control-expose-headers']).split(',');
    for (const name of ['retry-after', 'ratelimit', 'ratelimit-policy']) assert.ok(exposed.includes(name));
  });

  it('is for the page to read that opens an entry link, too', async () => {
    await using relay = await startGuarded({ limits: { entryOpens: few(1) } });
    await relay.get('/v1/flows/welcome?entry=x', ADA);
    const { status, headers } = await relay.get('/v1/flows/welcome?entry=x', ADA);
    assert.equal(status, 429);
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.match(String(headers['access-control-expose-headers']), /retry-after/i);
  });

  it('counts nothing where it is false', async () => {
    await using relay = await startGuarded({ limits: { site: false, visitor: false } });
    const grant = await openSession(relay, ADA);
    for (let turn = 0; turn < DEFAULT_LIMITS.visitor.limit + 1; turn += 1)
      assert.equal((await submit(relay, grant, ADA)).status, 200);
  });

  it('refuses nobody while the store fails, and says so once', async () => {
    const store = createMemoryStore({ clock: Date.now });
    await using relay = await startGuarded({
      limits: { address: few(1) },
      store: { ...store, count: () => Promise.reject(new StoreError('The disk is full.')) },
    });
    for (let turn = 0; turn < 3; turn += 1) await openSession(relay, ADA);
    assert.equal(relay.entries.filter(({ event }) => event === 'limits_failed').length, 1);
  });
});

describe('the networks around an IPv6 address', () => {
  /** Another /64 of one /56, with each number to 255. */
  const inHome = (number: number) => ({ 'x-forwarded-for': `2001:db8:1:${number.toString(16)}::7` });
  /** Another /56 of one /48, with each number to 255. */
  const inSite = (number: number) => inHome(number << 8);
  const NEIGHBOUR = { 'x-forwarded-for': '2001:db8:2::7' };
  type Knock = (relay: Guarded, headers: Readonly<Record<string, string>>) => Promise<Answer>;

  for (const [limit, status, knock] of [
    ['address', 200, (relay, headers) => relay.post('/v1/sessions', {}, headers)],
    ['misses', 404, (relay, headers) => relay.get('/nothing', headers)],
    ['newVisitors', 200, (relay, headers) => relay.post('/v1/sessions', {}, headers)],
    ['entryOpens', 200, (relay, headers) => relay.get('/v1/flows/welcome?entry=x', headers)],
    ['erasures', 204, async (relay, headers) => erase(relay, await openSession(relay, ADA), headers)],
  ] as const satisfies readonly (readonly [string, number, Knock])[]) {
    for (const [name, addressOf, clients, elsewhere] of [
      ['a home has so many /64s', inHome, 4, inSite(1)],
      ['a host’s customer has so many /56s', inSite, 16, NEIGHBOUR],
    ] as const) {
      it(`count for some clients and not for all that ${name}: ${limit}`, async () => {
        await using relay = await startGuarded({ limits: { [limit]: few(2) } });
        const allowed = 2 * clients;
        for (let number = 0; number < allowed; number += 1)
          assert.equal((await knock(relay, addressOf(number))).status, status);
        for (const number of [allowed, allowed + 1]) {
          const { headers, ...refused } = await knock(relay, addressOf(number));
          assert.equal(refused.status, 429, refused.body);
          assert.match(refused.body, new RegExp(`of those around it: more than ${allowed} in`));
          assert.equal(headers['ratelimit-policy'], `"${limit}";q=${allowed};w=${DAY / 1_000}`);
        }
        assert.equal((await knock(relay, elsewhere)).status, status);
        assert.ok(!JSON.stringify(relay.entries).includes('2001:'));
      });
    }
  }

  it('leave the others in them their share where one has used up its own', async () => {
    await using relay = await startGuarded({ limits: { address: few(3) } });
    const statuses: number[] = [];
    for (let turn = 0; turn < 20; turn += 1)
      statuses.push((await relay.post('/v1/sessions', {}, inHome(1))).status);
    assert.equal(statuses.filter((status) => status === 200).length, 3);
    for (let number = 2; number < 10; number += 1)
      assert.equal((await relay.post('/v1/sessions', {}, inHome(number))).status, 200);
  });
});

describe('who is refused', () => {
  const limits = { ...DEFAULT_LIMITS, address: { limit: 1, window: 60_000 } };
  const start = (most?: number) => {
    const names: string[] = [];
    const entries: LogEntry[] = [];
    const time = { now: 0 };
    const store = createMemoryStore({ clock: () => time.now });
    const limiter = createLimiter(
      { limits, sessionSecret: () => new TextEncoder().encode('a secret of the tests that is long enough') },
      {
        clock: () => time.now,
        log: (entry) => entries.push(entry),
        metrics: NO_METRICS,
        store: { ...store, count: (name, ...rest) => (names.push(name), store.count(name, ...rest)) },
      },
      most,
    );
    const knock = (address: string, clients = 1) =>
      limiter.admit(['address', address, clients]).then(
        () => 'admitted',
        (error: unknown) => (error as Error).name,
      );
    return { knock, names, entries, time };
  };

  it('costs the store nothing more until the window ends', async () => {
    const { knock, names, time } = start();
    for (let turn = 0; turn < 100; turn += 1) await knock('203.0.113.7');
    assert.equal(names.length, 2);
    time.now = 59_999;
    assert.notEqual(await knock('203.0.113.7'), 'admitted');
    time.now = 60_000;
    assert.equal(await knock('203.0.113.7'), 'admitted');
    assert.equal(names.length, 3);
  });

  for (const hours of [1, 6, 48]) {
    it(`is let in as others are when the clock is set back by ${hours} hours`, async () => {
      const { knock, time } = start();
      time.now = 100 * 3_600_000;
      await knock('a');
      assert.notEqual(await knock('a'), 'admitted');
      time.now -= hours * 3_600_000;
      assert.equal(await knock('a'), 'admitted');
      assert.notEqual(await knock('a'), 'admitted', 'and counted anew');
    });
  }

  it('is remembered up to a number, and refused beyond it too', async () => {
    const { knock, names } = start(2);
    for (const address of ['a', 'b', 'c']) {
      await knock(address);
      assert.notEqual(await knock(address), 'admitted');
    }
    assert.equal(names.length, 6);
    for (const address of ['b', 'c']) assert.notEqual(await knock(address), 'admitted');
    assert.equal(names.length, 6);
    assert.notEqual(await knock('a'), 'admitted');
    assert.equal(names.length, 7);
  });

  it('costs the store one count for several, where so many are let in', async () => {
    const { knock, names } = start();
    for (let turn = 0; turn < 16; turn += 1) assert.equal(await knock('2001:db8::/48', 16), 'admitted');
    assert.equal(names.length, 1);
    assert.notEqual(await knock('2001:db8::/48', 16), 'admitted');
    assert.equal(names.length, 2);
  });

  it('is not let in more often where there are so many that some are forgotten', async () => {
    const { knock } = start(2);
    const admitted = { a: 0, b: 0, c: 0 };
    for (let turn = 0; turn < 20; turn += 1)
      for (const address of ['a', 'b', 'c'] as const)
        if ((await knock(address, 4)) === 'admitted') admitted[address] += 1;
    for (const count of Object.values(admitted)) assert.ok(count >= 1 && count <= 4, `${count}`);
  });

  it('is known to the store by a keyed hash, and to the log not at all', async () => {
    const { knock, names, entries } = start();
    for (let turn = 0; turn < 2; turn += 1) await knock('203.0.113.7');
    assert.match(names[0] ?? '', /^limit\/address\/[\da-f]{64}$/);
    assert.equal(names[0], names[1]);
    assert.ok(!JSON.stringify(entries).includes('203.0.113'));
  });

  it('is said once a window', async () => {
    const { knock, entries, time } = start();
    for (const address of ['a', 'a', 'a', 'b', 'b']) await knock(address);
    assert.equal(entries.length, 1);
    time.now = 60_000;
    for (let turn = 0; turn < 3; turn += 1) await knock('a');
    assert.equal(entries.length, 2);
  });
});

describe('the address of a client', () => {
  const NOBODY: readonly string[] = [];
  const OURS = ['10.0.0.0/8', '2001:db8:ff::/48', '192.0.2.1'];
  for (const [name, proxies, peer, forwarded, network] of [
    ['is that of the connection', NOBODY, '203.0.113.7', undefined, '203.0.113.7'],
    ['is not what a header says', NOBODY, '203.0.113.7', '198.51.100.9', '203.0.113.7'],
    [
      'is not what a header says of who is no proxy of ours',
      OURS,
      '203.0.113.7',
      '198.51.100.9',
      '203.0.113.7',
    ],
    ['is what a proxy of ours says', OURS, '10.1.2.3', '198.51.100.9', '198.51.100.9'],
    ['is what a single proxy says', OURS, '192.0.2.1', '198.51.100.9', '198.51.100.9'],
    ['is not that of a neighbour of it', OURS, '192.0.2.2', '198.51.100.9', '192.0.2.2'],
    ['is the last one that is not ours', OURS, '10.1.2.3', '1.1.1.1, 198.51.100.9, 10.9.9.9', '198.51.100.9'],
    [
      'is not what the client wrote before it',
      OURS,
      '10.1.2.3',
      '10.0.0.1, 1.1.1.1, 198.51.100.9',
      '198.51.100.9',
    ],
    ['is the first of ours where all are ours', OURS, '10.1.2.3', '10.0.0.7, 10.0.0.8', '10.0.0.7'],
    ['is the proxy where it names nobody', OURS, '10.1.2.3', undefined, '10.1.2.3'],
    ['is the proxy where it hides them', OURS, '10.1.2.3', '1.1.1.1, unknown', '10.1.2.3'],
    ['is the proxy where it says nonsense', OURS, '10.1.2.3', '1.1.1.1, <script>', '10.1.2.3'],
    ['is without its port', OURS, '10.1.2.3', '198.51.100.9:4711', '198.51.100.9'],
    [
      'is without its port, and an IPv6 one without brackets',
      OURS,
      '10.1.2.3',
      '[2001:db8::7]:4711',
      '2001:db8::/64',
    ],
    ['is an IPv4 address that came by IPv6', NOBODY, '::ffff:203.0.113.7', undefined, '203.0.113.7'],
    ['is so of a proxy too', OURS, '::ffff:10.1.2.3', '::ffff:198.51.100.9', '198.51.100.9'],
    [
      'is what a proxy says of a network that is written as IPv6',
      ['::ffff:10.0.0.0/104'],
      '::ffff:10.1.2.3',
      '198.51.100.9',
      '198.51.100.9',
    ],
    [
      'is not that of a neighbour of such a network',
      ['::ffff:10.0.0.0/104'],
      '11.1.2.3',
      '1.1.1.1',
      '11.1.2.3',
    ],
    ['is so in hexadecimal digits', NOBODY, '::ffff:cb00:7107', undefined, '203.0.113.7'],
    ['is the network of an IPv6 address', NOBODY, '2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
    [
      'is the same network for another address of it',
      NOBODY,
      '2001:DB8:1:2:ffff::1',
      undefined,
      '2001:db8:1:2::/64',
    ],
    ['is another network for another one', NOBODY, '2001:db8:1:3::1', undefined, '2001:db8:1:3::/64'],
    ['is what an IPv6 proxy says', OURS, '2001:db8:ff::1', '2001:db8:1:2::9', '2001:db8:1:2::/64'],
    [
      'is what a proxy says of a network that nobody else may have',
      ['fc00::/7', 'fe80::/10'],
      'fd12:3456::1',
      '203.0.113.7, fe80::7',
      '203.0.113.7',
    ],
    ['is without its zone', NOBODY, 'fe80::1%eth0', undefined, 'fe80::/64'],
    ['is not read in octal digits', OURS, '10.1.2.3', '0313.0.0161.07', '10.1.2.3'],
    ['is not read of one number', OURS, '10.1.2.3', '3405803783', '10.1.2.3'],
    ['is unknown where the runtime knows none', OURS, undefined, '198.51.100.9', undefined],
    ['is unknown where it is none', OURS, 'a socket', '198.51.100.9', undefined],
  ] as const) {
    it(name, () => assert.equal(createFindClient(proxies)(peer, forwarded)?.network, network));
  }

  for (const [name, peer, around] of [
    ['has none around it, if it is an IPv4 one', '203.0.113.7', []],
    ['has none around it, if it is an IPv4 one that came by IPv6', '::ffff:203.0.113.7', []],
    ['has its /56 and its /48 around it', '2001:db8:1:23ab::7', ['2001:db8:1:2300::/56', '2001:db8:1::/48']],
  ] as const) {
    it(name, () => {
      const found = createFindClient([])(peer, undefined)?.around.map(({ network }) => network);
      assert.deepEqual(found, around);
    });
  }

  it('cannot be made up over HTTP', async () => {
    await using relay = await startGuarded({ limits: { address: few(2) }, trustedProxies: [] });
    const statuses: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const forged = { 'x-forwarded-for': `203.0.113.${turn}`, forwarded: `for=203.0.113.${turn}` };
      const more = { 'x-real-ip': `203.0.113.${turn}`, 'cf-connecting-ip': `203.0.113.${turn}` };
      statuses.push((await relay.post('/v1/sessions', {}, { ...forged, ...more })).status);
    }
    assert.deepEqual(statuses, [200, 200, 429, 429]);
    const warnings = relay.entries.filter(({ event }) => event === 'proxy_not_trusted');
    assert.equal(warnings.length, 1, 'the operator hears of it once: there may be a proxy of theirs');
  });

  for (const [name, proxies, forwarded, warnings] of [
    ['a proxy before ours that is not named', ['127.0.0.1'], '203.0.113.7, 10.1.2.3', 1],
    ['a proxy that is not named, beside one that is', ['10.1.2.3'], '203.0.113.7', 1],
    ['proxies that are all named', ['127.0.0.1', '10.0.0.0/8'], '203.0.113.7, 10.1.2.3', 0],
    ['a visitor in a network of one’s own', ['127.0.0.1'], '192.168.1.5', 0],
    ['what a visitor from the world writes', ['127.0.0.1'], '10.1.2.3, 203.0.113.7', 0],
    ['nobody, where only proxies of ours are named', ['127.0.0.1', '10.0.0.0/8'], '10.1.2.3', 0],
  ] as const) {
    it(`is warned of ${warnings} times with ${name}`, async () => {
      await using relay = await startGuarded({ trustedProxies: proxies });
      for (let turn = 0; turn < 2; turn += 1)
        await relay.post('/v1/sessions', {}, { 'x-forwarded-for': forwarded });
      const warned = relay.entries.filter(({ event }) => event === 'proxy_not_trusted');
      assert.equal(warned.length, warnings);
    });
  }

  it('cannot be made up through a proxy of ours', async () => {
    await using relay = await startGuarded({ limits: { address: few(2) } });
    const statuses: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const forged = { 'x-forwarded-for': `192.0.2.${turn}, 127.0.0.1, 203.0.113.7` };
      statuses.push((await relay.post('/v1/sessions', {}, forged)).status);
    }
    assert.deepEqual(statuses, [200, 200, 429, 429]);
  });
});

describe('a body', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  const members = (count: number) => `[${Array.from({ length: count }, () => 0).join()}]`;
  /** It was read, and what is in it is judged. */
  const READ = /^submissions: missing/;
  for (const [name, body, status, detail] of [
    ['that is nested too deep', nested(MAX_DEPTH + 1), 400, /deeper than 16/],
    ['that is nested beyond any stack', nested(100_000), 400, /deeper than 16/],
    ['of objects that are nested too deep', '{"a":'.repeat(40) + '1' + '}'.repeat(40), 400, /deeper than 16/],
    ['that begins and never ends', '['.repeat(100_000), 400, /deeper than 16/],
    ['nested no deeper than it may be', nested(MAX_DEPTH), 400, READ],
    ['with brackets in a text', JSON.stringify({ visitor: '[{'.repeat(100) }), 400, READ],
    ['with brackets behind a quote in a text', JSON.stringify({ visitor: '"\\"[['.repeat(100) }), 400, READ],
    ['with too many members', members(MAX_MEMBERS + 1), 400, /more than 15000 members/],
    ['with no more members than it may have', members(MAX_MEMBERS), 400, READ],
    ['with a text that does not end', '{"visitor":"\\', 400, /is not JSON/],
    [
      'that says what objects inherit',
      '{"__proto__":{"visitor":5},"constructor":{"prototype":{"visitor":5}}}',
      400,
      READ,
    ],
    ['that is too long', JSON.stringify('x'.repeat(300_000)), 413, /larger than 262144/],
    ['that is nothing', '', 400, /is empty/],
  ] as const) {
    it(`${name} is answered with ${status}`, async () => {
      await using relay = await startGuarded();
      const { session } = await openSession(relay, ADA);
      const answer = await relay.post('/v1/submissions', body, { authorization: `Bearer ${session}` });
      assert.equal(answer.status, status, answer.body);
      assert.match(problemOf(answer).detail, detail);
      assert.equal((await relay.post('/v1/sessions', {})).status, 200);
      assert.equal(Object.hasOwn(Object.prototype, 'visitor'), false);
    });
  }

  for (const [path, limit] of [
    ['/v1/sessions', 24_576],
    ['/v1/withdrawals', 16_384],
    ['/v1/departures', 65_536],
    ['/v1/entry-links', 16_384],
  ] as const) {
    for (const how of ['that says how long it is', 'in chunks'] as const) {
      it(`of ${path} ${how} may have ${limit} bytes, and is not held beyond that`, async () => {
        await using relay = await startGuarded();
        const bodyOf = (length: number) => `{"a":"${'x'.repeat(length - 8)}"}`;
        const knock = (length: number) =>
          relay.post(path, bodyOf(length), {
            authorization: `Bearer ${ENTRY_LINK_KEY}`,
            ...(how === 'in chunks' && { 'transfer-encoding': 'chunked' }),
          });
        assert.notEqual((await knock(limit)).status, 413);
        const refused = await knock(limit + 1);
        assert.equal(refused.status, 413);
        assert.equal(problemOf(refused).detail, `The body is larger than ${limit} bytes.`);
      });
    }
  }

  for (const [name, change] of [
    ['answers', '"answers":{"__proto__":{"first_name":"x"}}'],
    ['a page', '"page":{"path":"/","__proto__":{"title":"x"}}'],
    ['a query', '"page":{"path":"/","query":{"__proto__":"x"}}'],
    ['a submission', '"__proto__":{"corrects":"x"}'],
  ] as const) {
    it(`with __proto__ in ${name} is refused`, async () => {
      await using relay = await startGuarded();
      const { session } = await openSession(relay, ADA);
      const plain = JSON.stringify(createSubmission());
      const body = `{"submissions":[${plain.slice(0, -1)},${change}}]}`;
      const answer = await relay.post('/v1/submissions', body, { authorization: `Bearer ${session}` });
      assert.equal(answer.status, 400, answer.body);
    });
  }

  it('without an end is not read to one', async () => {
    await using relay = await startGuarded();
    const { hostname, port } = new URL(relay.relay.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const head = `POST /v1/sessions HTTP/1.1\r\nhost: relay\r\norigin: ${SANDBOX_ORIGIN}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
    socket.write(head);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const pour = () => {
      while (!socket.destroyed && socket.writable && socket.write(chunk));
    };
    socket.on('drain', pour);
    pour();
    // Who pours on does not always get to read the answer: but the log has it, and the connection ends.
    await new Promise((resolve) => socket.once('close', resolve));
    const told = relay.entries.filter(({ event }) => event === 'request').map((entry) => entry.status);
    assert.deepEqual(told, [413]);
    assert.ok(socket.bytesWritten < 64 * 1024 * 1024);
  });

  it('that does not come is answered with 408, on a connection that ends', async () => {
    const late = startRelayInProcess(undefined, {
      // All the time there is, at once.
      setTimer: (callback) => webPorts.setTimer(callback, 1),
    });
    const server = await listen({ ...OPTIONS, fetch: (request) => late.relay.fetch(request) });
    for (const length of ['content-length: 100', 'transfer-encoding: chunked']) {
      const heard = await say(
        server.url,
        `POST /v1/sessions HTTP/1.1\r\nhost: relay\r\norigin: ${SANDBOX_ORIGIN}\r\ncontent-type: application/json\r\n${length}\r\n\r\n`,
      );
      assert.match(heard, /^HTTP\/1\.1 408 /);
      assert.match(heard, /\r\nconnection: close\r\n/i);
      assert.match(heard, new RegExp(`access-control-allow-origin: ${SANDBOX_ORIGIN}`, 'i'));
      assert.match(heard, /"status":408/);
    }
    await server.close(0);
  });
});

const OPTIONS: ListenOptions = {
  fetch: () => new Response('hello'),
  refuse: (status, detail) => bareProblem(status, detail, 'request-1'),
  port: 0,
  hostname: '127.0.0.1',
  door: 'public',
};

describe('a connection', () => {
  const HURRIED = { ...OPTIONS, timeouts: { headers: 50, request: 100 } };
  const opened = async (url: string): Promise<Socket> => {
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };

  for (const [name, words, status] of [
    ['with headers that do not end is answered with 408', 'GET / HTTP/1.1\r\nhost: a\r\nx: ', 408],
    ['without the end of its first line is answered with 408', 'GET /', 408],
    [
      'with headers that are too long is answered with 431',
      `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}`,
      431,
    ],
    ['that is not HTTP is answered with 400', 'hello\r\n\r\n', 400],
    ['that speaks TLS is answered with 400', '\x16\x03\x01\x02\x00', 400],
    [
      'with two lengths is answered with 400',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
    ],
    [
      'with a length and chunks is answered with 400',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      400,
    ],
    ['without a host is answered with 400', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    [
      'with a host that is none is answered with 400',
      'GET / HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n',
      400,
    ],
  ] as const) {
    it(name, async () => {
      const server = await listen(HURRIED);
      const heard = await say(server.url, words);
      assert.match(heard, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(heard, new RegExp(`"status":${status}`));
      for (const [header, value] of Object.entries(SECURITY_HEADERS))
        assert.ok(heard.toLowerCase().includes(`\r\n${header}: ${value}\r\n`.toLowerCase()), header);
      await server.close(0);
    });
  }

  it('on which nothing is said ends without a word', async () => {
    const server = await listen(HURRIED);
    assert.equal(await say(server.url, ''), '');
    await server.close(0);
  });

  it('that expects what nobody knows is answered all the same', async () => {
    const server = await listen(OPTIONS);
    const heard = await say(
      server.url,
      'GET / HTTP/1.1\r\nhost: a\r\nexpect: tea\r\nconnection: close\r\n\r\n',
    );
    assert.match(heard, /^HTTP\/1\.1 200 /);
    await server.close(0);
  });

  it('gives way to the next where it says nothing, the longest first', async () => {
    const server = await listen({ ...OPTIONS, connections: 3 });
    const idle = [await opened(server.url), await opened(server.url), await opened(server.url)] as const;
    const gone = once(idle[0].resume(), 'close');
    assert.equal((await send(server.url, 'GET', '/')).status, 200);
    await gone;
    assert.deepEqual(
      idle.map(({ destroyed }) => destroyed),
      [true, false, false],
    );
    await server.close(0);
  });

  it('gives way while its body does not come, and not while it waits for its answer', async () => {
    let answer: (response: Response) => void = () => undefined;
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const server = await listen({
      ...OPTIONS,
      connections: 2,
      fetch: (request) => {
        if (request.method === 'GET') return new Response('hello');
        const { pathname } = new URL(request.url);
        if (pathname !== '/slow') return request.text().then(() => new Response('read'));
        return request.text().then(() => {
          asked();
          return new Promise<Response>((resolve) => (answer = resolve));
        });
      },
    });
    const waiting = await opened(server.url);
    waiting.write('POST /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 2\r\n\r\nab');
    await isAsked;
    const heard = text(waiting);
    const stalled = await opened(server.url);
    stalled.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\na');
    const gone = once(stalled.resume(), 'close');
    assert.equal((await send(server.url, 'GET', '/')).status, 200);
    await gone;
    answer(new Response('at last'));
    assert.match(await heard, /at last/);
    await server.close(0);
  });
});

describe('the log has room for what counts for nobody', () => {
  /** Entries of one status a minute (`server/adapters/refusal.ts`). */
  const MOST = 30;
  const toldOf = ({ entries }: Guarded, wanted: number) =>
    entries
      .filter(({ event, status }) => event.startsWith('request') && status === wanted)
      .map(({ event }) => event);
  const expected = [...Array.from({ length: MOST }, () => 'request'), 'requests_omitted'];
  const countOf = async ({ relay }: Guarded, labels: string) => {
    const { body } = await send(relay.operatorUrl ?? '', 'GET', '/metrics');
    return Number(body.split(`parley_http_request_seconds_count{${labels}} `)[1]?.split('\n')[0]);
  };

  it('requests with two hosts, one after the other on one connection', async () => {
    await using relay = await startGuarded();
    const bad = (more = '') => `GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n${more}\r\n`;
    const heard = await say(relay.relay.url, bad().repeat(199) + bad('connection: close\r\n'));
    assert.equal(heard.split('HTTP/1.1 400 ').length - 1, 200);
    assert.deepEqual(toldOf(relay, 400), expected);
    assert.equal(await countOf(relay, 'route="*",method="other",status="400"'), 200);
  });

  it('what is no HTTP, and beside it another mistake', async () => {
    await using relay = await startGuarded();
    for (let turn = 0; turn < MOST + 10; turn += 1)
      assert.match(await say(relay.relay.url, 'hello\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.deepEqual(toldOf(relay, 400), expected);
    assert.match(
      await say(relay.relay.url, `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}`),
      /^HTTP\/1\.1 431 /,
    );
    assert.deepEqual(toldOf(relay, 431), ['request']);
  });

  it('what comes a minute later, or when the clock is set back', () => {
    const entries: LogEntry[] = [];
    let now = 1_000_000;
    const refuse = createRefusal({
      clock: () => now,
      createId: () => 'request-1',
      log: (entry) => entries.push(entry),
      metrics: NO_METRICS,
    });
    for (const step of [0, 60_000, -3_600_000]) {
      now += step;
      entries.length = 0;
      for (let turn = 0; turn < 2 * MOST; turn += 1) refuse(400, 'This is no request.');
      assert.deepEqual(
        entries.map(({ event }) => event),
        expected,
      );
    }
  });

  it('no probe of the public that says that the relay is not ready: who found it out has said so', async () => {
    await using relay = await startGuarded({ braze: { status: 401 } });
    await submit(relay, await openSession(relay, ADA), ADA);
    assert.equal(relay.entries.filter(({ event }) => event === 'breaker_opened').length, 1);
    for (let turn = 0; turn < 5; turn += 1) assert.equal((await relay.get('/readyz', ADA)).status, 503);
    assert.deepEqual(
      relay.entries.filter(({ route }) => route === '/readyz'),
      [],
    );
    assert.equal(await countOf(relay, 'route="/readyz",method="GET",status="503"'), 5);
  });

  it('one entry of a flow that is read while the store takes nothing', async () => {
    const store = createMemoryStore({ clock: Date.now });
    await using relay = await startGuarded({
      store: { ...store, put: () => Promise.reject(new StoreError('The disk is full.')) },
    });
    for (let turn = 0; turn < 5; turn += 1)
      assert.equal((await relay.get('/v1/flows/welcome', ADA)).status, 200);
    assert.equal(relay.entries.filter(({ event }) => event === 'store_failed').length, 1);
  });
});

describe('a connection whose answer is not read', () => {
  /** More than what the system takes off a server's hands before somebody reads it. */
  const LARGE = 'x'.repeat(16 * 1024 * 1024);
  /** Where the answer has begun to come. */
  const asking = async (url: string, path = '/large'): Promise<Socket> => {
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
    await once(socket, 'readable');
    return socket;
  };
  const fetch: ListenOptions['fetch'] = ({ url }) =>
    new Response(new URL(url).pathname === '/large' ? LARGE : 'hello');

  it('gives way to the next, the longest first, and no other does', async () => {
    const server = await listen({ ...OPTIONS, fetch, connections: 3 });
    const [longest, ...others] = [
      await asking(server.url),
      await asking(server.url),
      await asking(server.url),
    ] as const;
    assert.equal((await send(server.url, 'GET', '/')).status, 200);
    const gone = once(longest.resume(), 'close');
    await gone;
    assert.ok(longest.bytesRead < LARGE.length);
    for (const heard of await Promise.all(others.map((socket) => text(socket))))
      assert.ok(heard.endsWith(LARGE), 'the whole answer');
    await server.close(0);
  });

  it('ends, and one that waits for the relay does not', async () => {
    let answer: (response: Response) => void = () => undefined;
    const ended = new EventEmitter();
    const server = await listen({
      ...OPTIONS,
      timeouts: { stalled: 20 },
      fetch: (request, env) => {
        if (new URL(request.url).pathname === '/slow')
          return new Promise<Response>((resolve) => (answer = resolve));
        const outgoing = env.outgoing as ServerResponse;
        outgoing.once('close', () => ended.emit('end', outgoing.writableFinished));
        return fetch(request, env);
      },
    });
    const { port } = new URL(server.url);
    const waiting = connect(Number(port), '127.0.0.1');
    waiting.write('GET /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    const heard = text(waiting);
    const hasEnded = once(ended, 'end');
    const stalled = await asking(server.url);
    assert.deepEqual(await hasEnded, [false]);
    stalled.destroy();
    answer(new Response('at last'));
    assert.match(await heard, /at last/);
    await server.close(0);
  });
});

describe('a connection that is kept', () => {
  const keptFor = async (url: string) => {
    const answer = await fetch(`${url}/healthz`);
    assert.equal(answer.status, 200);
    return answer.headers.get('keep-alive');
  };

  it('is kept as long as browsers need it, and for longer than proxies keep theirs, also after a reload', async () => {
    await using direct = await startGuarded({ trustedProxies: [] });
    await using behind = await startGuarded();
    assert.equal(await keptFor(direct.relay.url), 'timeout=5');
    assert.equal(await keptFor(behind.relay.url), 'timeout=620');
    await behind.reload({ trustedProxies: [] });
    assert.equal(await keptFor(behind.relay.url), 'timeout=5');
  });
});

describe('every answer has the security headers', () => {
  const check = (headers: IncomingHttpHeaders) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) assert.equal(headers[name], value, name);
  };
  const POLICY = 'strict-transport-security';
  /** Of half a year, and for no other host. */
  const OF_TLS = 'max-age=15552000';
  for (const [name, method, path, status, body] of [
    ['of a flow', 'GET', '/v1/flows/welcome', 200],
    ['of a flow that is not there', 'GET', '/v1/flows/other', 404],
    ['of a file', 'GET', '/parley.js', 200],
    ['of what is not there', 'GET', '/nothing', 404],
    ['of a path that climbs', 'GET', '/..%2f..%2fetc/passwd', 404],
    ['of a session', 'POST', '/v1/sessions', 200, '{}'],
    ['of a session that is refused', 'POST', '/v1/sessions', 400, '['],
    ['of submissions without a session', 'POST', '/v1/submissions', 401, '{}'],
    ['of a wrong key', 'POST', '/v1/entry-links', 401, '{}'],
    ['of a preflight', 'OPTIONS', '/v1/submissions', 204],
    ['of a method that is not there', 'DELETE', '/v1/sessions', 405],
    ['of the probes', 'GET', '/healthz', 200],
    ['of the description', 'GET', '/openapi.json', 200],
  ] as const) {
    it(name, async () => {
      await using relay = await startGuarded();
      const headers = { origin: SANDBOX_ORIGIN, 'content-type': 'application/json' };
      const answer = await send(relay.relay.url, method, path, headers, body);
      assert.equal(answer.status, status, answer.body);
      check(answer.headers);
      assert.equal(answer.headers[POLICY], OF_TLS);
      // A browser keeps the policy that came last, and that of the brand's own pages may say more.
      for (const host of ['www.brand.example', 'staging.brand.example']) {
        const beside = await send(relay.relay.url, method, path, { ...headers, host }, body);
        assert.equal(beside.status, status, beside.body);
        check(beside.headers);
        assert.equal(beside.headers[POLICY], undefined, host);
      }
      const below = await send(
        relay.relay.url,
        method,
        path,
        { ...headers, host: 'chat.www.brand.example' },
        body,
      );
      assert.equal(below.headers[POLICY], OF_TLS);
    });
  }

  for (const [path, status] of [
    ['/metrics', 200],
    ['/healthz', 200],
    ['/nothing', 404],
  ] as const) {
    it(`of the operator’s ${path}`, async () => {
      await using relay = await startGuarded();
      const answer = await send(relay.relay.operatorUrl ?? '', 'GET', path);
      assert.equal(answer.status, status);
      check(answer.headers);
    });
  }

  it('of a fault that nobody has answered for', async () => {
    const server = await listen({ ...OPTIONS, fetch: () => Promise.reject(new Error('a fault')) });
    const answer = await send(server.url, 'GET', '/');
    assert.equal(answer.status, 500);
    assert.equal(problemOf(answer).status, 500);
    check(answer.headers);
    assert.equal(answer.headers[POLICY], undefined);
    await server.close(0);
  });
});

describe('a preflight', () => {
  it('is kept, names what the page may send, and is for that origin alone', async () => {
    await using relay = await startGuarded();
    const asked = { origin: SANDBOX_ORIGIN, 'access-control-request-method': 'POST' };
    const { status, headers } = await send(relay.relay.url, 'OPTIONS', '/v1/submissions', asked);
    assert.equal(status, 204);
    assert.equal(headers['access-control-allow-origin'], SANDBOX_ORIGIN);
    assert.equal(headers['access-control-max-age'], '7200');
    assert.match(headers.vary ?? '', /Origin/i);
    assert.equal(headers['access-control-allow-credentials'], undefined);
  });

  for (const origin of [
    'https://evil.example',
    'null',
    `${SANDBOX_ORIGIN}.evil.example`,
    SANDBOX_ORIGIN.toUpperCase(),
  ]) {
    it(`allows nothing to ${origin}`, async () => {
      await using relay = await startGuarded();
      const { headers } = await send(relay.relay.url, 'OPTIONS', '/v1/submissions', { origin });
      assert.equal(headers['access-control-allow-origin'], undefined);
      const refused = await relay.post('/v1/sessions', {}, { origin });
      assert.equal(refused.status, 403);
      assert.equal(refused.headers['access-control-allow-origin'], undefined);
      assert.match(refused.headers.vary ?? '', /Origin/i);
    });
  }
});

type Verdict = { readonly status?: number; readonly body: string } | 'cut' | 'silent' | 'half';

/** In the place of who made the challenge. */
async function serveVerifier(verdict: Verdict | ((token: string | null) => Verdict)) {
  const forms: URLSearchParams[] = [];
  const server = createServer((incoming, outgoing) => {
    void text(incoming).then((body) => {
      const form = new URLSearchParams(body);
      forms.push(form);
      const answer = typeof verdict === 'function' ? verdict(form.get('response')) : verdict;
      if (answer === 'silent') return;
      if (answer === 'half') outgoing.writeHead(200).write('{"success":');
      else if (answer === 'cut') outgoing.destroy();
      else outgoing.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    forms,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/siteverify`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe('a challenge', () => {
  const SECRET = 'the-secret-of-the-challenge';
  const TYPE = 'urn:parley:problem:challenge-required';
  const GOOD = { success: true, hostname: 'staging.brand.example', action: 'chat' };
  /** Of all origins of the brand's site. */
  const HOSTS = ['staging.brand.example', 'preview.brand.example', 'www.brand.example'];
  const start = (verify: string, more: object = {}) =>
    startGuarded({
      challenge: { verify, secret: 'CHALLENGE_SECRET', ...more },
      env: { CHALLENGE_SECRET: SECRET },
    });

  for (const [name, answer, more, status, type] of [
    ['that is good lets in', GOOD, {}, 200, undefined],
    ['of the right host and action lets in', GOOD, { hostname: HOSTS, action: 'chat' }, 200, undefined],
    [
      'of another host of the environment’s own pages lets in',
      { ...GOOD, hostname: 'preview.brand.example' },
      { hostname: HOSTS },
      200,
      undefined,
    ],
    ['of another host does not', { ...GOOD, hostname: 'www.other.example' }, { hostname: HOSTS }, 403, TYPE],
    ['of another action does not', GOOD, { action: 'login' }, 403, TYPE],
    ['that names no host does not where one is asked for', { success: true }, { hostname: HOSTS }, 403, TYPE],
    ['that is bad does not', { success: false, 'error-codes': ['invalid-input-response'] }, {}, 403, TYPE],
    [
      'that was used before does not',
      { success: false, 'error-codes': ['timeout-or-duplicate'] },
      {},
      403,
      TYPE,
    ],
    [
      'whose secret is wrong is the operator’s',
      { success: false, 'error-codes': ['invalid-input-secret'] },
      {},
      503,
      undefined,
    ],
    [
      'whose endpoint fails is nobody’s fault',
      { success: false, 'error-codes': ['internal-error'] },
      {},
      503,
      undefined,
    ],
    ['that is answered with something else is not verified', { success: 'true' }, {}, 503, undefined],
  ] as const) {
    it(name, async () => {
      await using verifier = await serveVerifier({ body: JSON.stringify(answer) });
      await using relay = await start(verifier.url, more);
      const told = await relay.post('/v1/sessions', { challenge: 'a token' }, ADA);
      assert.equal(told.status, status, told.body);
      if (status !== 200) assert.equal(problemOf(told).type, type);
      assert.equal(told.headers['retry-after'], status === 503 ? '10' : undefined);
      assert.deepEqual(
        verifier.forms.map((form) => Object.fromEntries(form)),
        [{ secret: SECRET, response: 'a token', remoteip: '203.0.113.7' }],
      );
      assert.ok(!JSON.stringify([relay.entries, told]).includes(SECRET));
      assert.ok(!JSON.stringify(relay.entries).includes('203.0.113.7'));
    });
  }

  for (const [name, answer] of [
    ['with no JSON', { body: '<html>' }],
    ['with a redirect', { status: 302, body: '' }],
    ['with far too much', { body: JSON.stringify({ success: true, more: 'x'.repeat(20_000) }) }],
    ['with nothing at all', 'cut'],
  ] as const) {
    it(`that is answered ${name} is not verified, and is to come again`, async () => {
      await using verifier = await serveVerifier(answer);
      await using relay = await start(verifier.url);
      const told = await relay.post('/v1/sessions', { challenge: 'a token' }, ADA);
      assert.equal(told.status, 503);
      assert.equal(told.headers['retry-after'], '10');
      assert.equal(relay.entries.filter(({ event }) => event === 'challenge_failed').length, 1);
    });
  }

  for (const [at, origin, status] of [
    ['staging.brand.example', SANDBOX_ORIGIN, 200],
    ['www.brand.example', SANDBOX_ORIGIN, 403],
    ['staging.brand.example', PROD_ORIGIN, 403],
    ['www.brand.example', PROD_ORIGIN, 200],
  ] as const) {
    it(`that was made at ${at} ${status === 200 ? 'lets in' : 'does not let in'} at ${origin}`, async () => {
      await using verifier = await serveVerifier({ body: JSON.stringify({ ...GOOD, hostname: at }) });
      await using relay = await start(verifier.url, { hostname: HOSTS });
      const told = await relay.post('/v1/sessions', { challenge: 'a token' }, { ...ADA, origin });
      assert.equal(told.status, status, told.body);
      if (status === 403) assert.equal(problemOf(told).type, TYPE);
    });
  }

  it('that is missing is asked for, and nobody is asked about it', async () => {
    await using verifier = await serveVerifier({ body: JSON.stringify(GOOD) });
    await using relay = await start(verifier.url);
    const told = await relay.post('/v1/sessions', {}, ADA);
    assert.equal(told.status, 403);
    assert.equal(problemOf(told).type, TYPE);
    assert.equal(told.headers['access-control-allow-origin'], SANDBOX_ORIGIN);
    assert.equal(verifier.forms.length, 0);
  });

  it('is not asked of who has been here, nor at another site', async () => {
    await using verifier = await serveVerifier({ body: JSON.stringify(GOOD) });
    await using relay = await start(verifier.url);
    const first = await relay.post('/v1/sessions', { challenge: 'a token' }, ADA);
    const { visitor } = JSON.parse(first.body) as SessionGrant;
    assert.equal((await relay.post('/v1/sessions', { visitor }, ADA)).status, 200);
    assert.equal((await relay.post('/v1/sessions', {}, { ...ADA, origin: OTHER_ORIGIN })).status, 200);
    assert.equal(verifier.forms.length, 1);
    assert.equal((await relay.post('/v1/sessions', { visitor: `${visitor}x` }, ADA)).status, 403);
  });

  it('is too long to be looked at beyond 8,192 characters: hCaptcha’s have more than 4,000', async () => {
    await using verifier = await serveVerifier({ body: JSON.stringify(GOOD) });
    await using relay = await start(verifier.url);
    assert.equal((await relay.post('/v1/sessions', { challenge: 'x'.repeat(8_193) }, ADA)).status, 400);
    // Beside the longest that may come with it.
    const [visitor, identity] = ['v'.repeat(4_096), 'i'.repeat(4_096)];
    const told = await relay.post('/v1/sessions', { visitor, identity, challenge: 'x'.repeat(8_192) }, ADA);
    assert.equal(told.status, 200, told.body);
    assert.equal(verifier.forms.length, 1);
  });

  it('whose endpoint does not answer, or never to the end, is to come again', async () => {
    await using verifier = await serveVerifier((token) => (token === 'half' ? 'half' : 'silent'));
    await using relay = await start(verifier.url);
    const told = await Promise.all(
      ['half', 'silent'].map((challenge) => relay.post('/v1/sessions', { challenge }, ADA)),
    );
    assert.deepEqual(
      told.map(({ status, headers }) => [status, headers['retry-after']]),
      [
        [503, '10'],
        [503, '10'],
      ],
    );
    assert.equal((await relay.post('/v1/sessions', {}, ADA)).status, 403);
  });

  const byToken = (token: string | null): Verdict =>
    token === 'away' ? 'cut' : { body: JSON.stringify({ success: token === 'good' }) };
  const startLimited = (verify: string, limits: object) =>
    startGuarded({
      challenge: { verify, secret: 'CHALLENGE_SECRET' },
      env: { CHALLENGE_SECRET: SECRET },
      limits,
    });
  const bring = async (relay: Guarded, tokens: readonly (string | undefined)[], headers = ADA) => {
    const statuses: number[] = [];
    for (const challenge of tokens)
      statuses.push((await relay.post('/v1/sessions', { challenge }, headers)).status);
    return statuses;
  };

  it('that is missing, bad or cannot be verified leaves others of the address their new visitors', async () => {
    await using verifier = await serveVerifier(byToken);
    await using relay = await startLimited(verifier.url, { newVisitors: few(2) });
    const refused = [undefined, 'bad', 'away', undefined, 'bad', 'away'];
    assert.deepEqual(await bring(relay, refused), [403, 403, 503, 403, 403, 503]);
    assert.deepEqual(await bring(relay, ['good', 'good', 'good']), [200, 200, 429]);
  });

  it('is not asked about, and so not used up, for who makes too many visitors', async () => {
    await using verifier = await serveVerifier(byToken);
    await using relay = await startLimited(verifier.url, { newVisitors: few(1) });
    assert.deepEqual(await bring(relay, ['good', 'good', 'good', 'good']), [200, 429, 429, 429]);
    assert.equal(verifier.forms.length, 2, 'one to be let in, and one to be the first too many');
  });

  it('is asked about so many times for one address, good or bad, and for others all the same', async () => {
    await using verifier = await serveVerifier(byToken);
    await using relay = await startLimited(verifier.url, { challenges: few(3) });
    assert.deepEqual(await bring(relay, [undefined, 'bad', 'bad', 'good']), [403, 403, 403, 200]);
    assert.deepEqual(await bring(relay, ['bad', 'good', undefined]), [429, 429, 403]);
    assert.equal(verifier.forms.length, 3);
    assert.deepEqual(await bring(relay, ['good'], BEN), [200]);
    const many = Array.from({ length: 20 }, () => relay.post('/v1/sessions', { challenge: 'bad' }, EVE));
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 403).length, 3, 'nor at once');
    assert.equal(verifier.forms.length, 7);
  });

  it('lets in while strangers without one, with sessions that are none, or with nonsense are too many', async () => {
    await using verifier = await serveVerifier(byToken);
    await using relay = await startLimited(verifier.url, { site: few(10) });
    const [{ session }] = [await relay.post('/v1/sessions', { challenge: 'good' }, ADA)].map(
      ({ body }) => JSON.parse(body) as SessionGrant,
    ) as [SessionGrant];
    const from = (number: number) => ({ 'x-forwarded-for': `192.0.2.${number % 5}` });
    const statuses: number[] = [];
    for (let number = 0; number < 12; number += 3) {
      statuses.push((await relay.post('/v1/sessions', {}, from(number))).status);
      statuses.push((await relay.post('/v1/submissions', {}, from(number + 1))).status);
      statuses.push((await relay.post('/v1/sessions', '[', from(number + 2))).status);
    }
    assert.deepEqual(statuses, [403, 401, 400, 403, 401, 400, 403, 401, 400, 403, 429, 429]);
    assert.deepEqual(await bring(relay, ['good'], BEN), [200]);
    assert.equal((await submit(relay, { session } as SessionGrant, BEN)).status, 200);
  });

  it('is asked for where strangers without one are too many', async () => {
    await using verifier = await serveVerifier(byToken);
    await using relay = await startLimited(verifier.url, { site: few(1) });
    assert.deepEqual(await bring(relay, [undefined, undefined]), [403, 429]);
    const told = await relay.post('/v1/sessions', {}, BEN);
    assert.equal(told.status, 429);
    assert.equal(problemOf(told).type, TYPE);
    assert.equal(told.headers['ratelimit-policy'], `"site";q=1;w=${DAY / 1_000}`);
    assert.ok(Number(told.headers['retry-after']) > 0);
    assert.match(problemOf(told).detail, /of this site.* With a challenge it may come now\./);
    assert.deepEqual(await bring(relay, ['good'], BEN), [200]);
  });

  it('that is good is one of so many at a site, and one too many is not asked about twice', async () => {
    await using verifier = await serveVerifier(byToken);
    await using relay = await startLimited(verifier.url, { site: few(2) });
    assert.deepEqual(await bring(relay, ['bad', 'good', 'bad', 'good']), [403, 200, 403, 200]);
    assert.deepEqual(await bring(relay, ['good', 'good', 'good'], BEN), [429, 429, 429]);
    assert.equal(verifier.forms.length, 5);
  });

  it('is asked about so many times for the networks around an address', async () => {
    await using verifier = await serveVerifier(byToken);
    await using relay = await startLimited(verifier.url, { challenges: few(1) });
    const statuses: number[] = [];
    for (let number = 0; number < 6; number += 1) {
      const headers = { 'x-forwarded-for': `2001:db8:0:${number}::1` };
      statuses.push((await relay.post('/v1/sessions', { challenge: 'bad' }, headers)).status);
    }
    assert.deepEqual(statuses, [403, 403, 403, 403, 429, 429]);
  });
});
