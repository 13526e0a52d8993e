/**
 * The relay's own suite, over real HTTP and against the emulator. It knows the relay by its address alone, so every runtime
 * runs the same one.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Emulator, Fault } from '../../demo/braze/emulator.ts';
import { serveEmulator } from '../../demo/braze/serve.ts';
import type { Readiness } from '../../server/readiness.ts';
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import type {
  Problem,
  Receipt,
  SessionGrant,
  Submission,
  SubmissionsResponse,
} from '../../widget/contract/wire.ts';
import {
  FLOW,
  OTHER_ORIGIN,
  PROD_KEY,
  PROD_ORIGIN,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SECOND_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from './relay-fixture.ts';

export interface RelayUnderTest {
  readonly url: string;
  close(): Promise<void>;
}

export interface RelaySetup {
  readonly settings: unknown;
  readonly env: Readonly<Record<string, string>>;
  readonly flows: readonly unknown[];
}

/** The same flow with a second action, which takes over where the first fails. */
const TWO_ACTIONS = {
  ...FLOW,
  id: 'two_actions',
  nodes: {
    ...FLOW.nodes,
    save: { ...FLOW.nodes.save, on: { success: 'thanks', error: 'save_again' } },
    save_again: FLOW.nodes.save,
  },
};

/** Milliseconds: long enough for a loaded machine to answer, short enough to wait for. */
const DEADLINE = 1_500;

/** @param isDurable whether the runtime's store outlives the process: only then does the relay take on what Braze does not take now */
export function describeRelay(
  runtime: string,
  startRelay: (setup: RelaySetup) => Promise<RelayUnderTest>,
  isDurable: boolean,
): void {
  describe(`the relay on ${runtime}`, () => {
    let relay: RelayUnderTest;
    let sandbox: Awaited<ReturnType<typeof serveEmulator>>;
    let prod: Awaited<ReturnType<typeof serveEmulator>>;
    let backend: Awaited<ReturnType<typeof serveBackend>>;
    let conversations = 0;

    before(async () => {
      const permissions = ['users.track'];
      sandbox = await serveEmulator({ port: 0, workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions }] }] });
      prod = await serveEmulator({ port: 0, workspaces: [{ keys: [{ key: PROD_KEY, permissions }] }] });
      backend = await serveBackend();
      relay = await startRelay(setup());
    });
    const setup = (): RelaySetup => ({
      settings: settingsWithKeys(),
      env: {
        BRAZE_SANDBOX_KEY: SANDBOX_KEY,
        BRAZE_PROD_KEY: PROD_KEY,
        SESSION_SECRET,
        PARLEY_DEVELOPMENT: '1',
      },
      flows: [FLOW, TWO_ACTIONS],
    });
    const settingsWithKeys = () => {
      const settings = settingsFor({ sandbox: sandbox.url, prod: prod.url, deadline: DEADLINE });
      const identity = { sandbox: { jwks: backend.keys }, prod: { jwks: backend.moved } };
      return {
        ...settings,
        sites: { ...settings.sites, brand: { ...settings.sites.brand, identity } },
      };
    };
    after(async () => {
      await relay.close();
      await backend.close();
      await sandbox.close();
      await prod.close();
    });
    beforeEach(() => {
      sandbox.emulator.reset();
      prod.emulator.reset();
    });

    const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(`${relay.url}${path}`, {
        method: 'POST',
        headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });

    const openSession = async (origin = SANDBOX_ORIGIN, visitor?: string): Promise<SessionGrant> => {
      const response = await post('/v1/sessions', visitor === undefined ? {} : { visitor }, { origin });
      assert.equal(response.status, 200);
      return (await response.json()) as SessionGrant;
    };

    /** A submission of a conversation that no other test has. */
    const submission = (change: Partial<Submission> = {}): Submission => {
      conversations += 1;
      return {
        id: `019a0000-0000-7000-8000-${String(conversations).padStart(12, '0')}.4`,
        flow: 'welcome',
        revision: 'r',
        node: 'save',
        time: '2026-01-15T10:00:00.000Z',
        answers: { first_name: 'Ada', email: 'ada@example.com' },
        page: { path: '/boots' },
        device: { operating_system: 'macOS', type: 'desktop', language: 'en-GB', time_zone: 'Europe/London' },
        ...change,
      };
    };

    const currentRevision = async (): Promise<string> => {
      const response = await fetch(`${relay.url}/v1/flows/welcome`);
      return ((await response.json()) as PublishedFlow).revision;
    };

    const submit = (submissions: readonly unknown[], session: string, origin = SANDBOX_ORIGIN) =>
      post('/v1/submissions', { submissions }, { origin, authorization: `Bearer ${session}` });

    const receiptOf = async (response: Response): Promise<Receipt> => {
      assert.equal(response.status, 200, await response.clone().text());
      const { receipts } = (await response.json()) as SubmissionsResponse;
      assert.equal(receipts.length, 1);
      return receipts[0] as Receipt;
    };

    const problemOf = async (response: Response, status: number): Promise<Problem> => {
      assert.equal(response.status, status, await response.clone().text());
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      const problem = (await response.json()) as Problem;
      assert.equal(problem.status, status);
      return problem;
    };

    const eventsAt = (emulator: Emulator) => emulator.profiles().flatMap(({ events }) => events);

    describe('health', () => {
      it('says that it is alive, and its version', async () => {
        const response = await fetch(`${relay.url}/healthz`);
        assert.equal(response.status, 200);
        assert.deepEqual(Object.keys((await response.json()) as object), ['status', 'version']);
      });
      it('says that it is ready', async () => {
        const response = await fetch(`${relay.url}/readyz`);
        const text = await response.text();
        assert.equal(response.status, 200, text);
        assert.deepEqual(JSON.parse(text), { status: 'ready', checks: [] } satisfies Readiness);
        assert.equal(response.headers.get('cache-control'), 'no-store');
      });
      it('says what it does not have', async () => {
        const problem = await problemOf(await fetch(`${relay.url}/nothing`), 404);
        assert.match(problem.detail, /GET \/nothing/);
      });
      for (const [method, path, allow] of [
        ['GET', '/v1/submissions', 'POST, OPTIONS'],
        ['PUT', '/v1/sessions', 'POST, OPTIONS'],
        ['POST', '/v1/flows/welcome', 'GET, HEAD, OPTIONS'],
        ['DELETE', '/healthz', 'GET, HEAD, OPTIONS'],
        ['POST', '/openapi.json', 'GET, HEAD, OPTIONS'],
        ['PUT', '/parley.js', 'GET, HEAD, OPTIONS'],
      ] as const) {
        it(`says what ${path} takes to who comes with ${method}`, async () => {
          const response = await fetch(`${relay.url}${path}`, { method });
          await problemOf(response, 405);
          assert.equal(response.headers.get('allow'), allow);
        });
      }
      it('describes itself', async () => {
        const response = await fetch(`${relay.url}/openapi.json`);
        assert.deepEqual(await response.json(), JSON.parse(await readFile('server/openapi.json', 'utf8')));
      });
    });

    describe('a request id', () => {
      const idOf = async (headers: Record<string, string>) => {
        const response = await fetch(`${relay.url}/nothing`, { headers });
        const { request_id } = await problemOf(response, 404);
        assert.equal(response.headers.get('x-request-id'), request_id);
        return request_id;
      };
      it('is kept where it came with the request', async () => {
        assert.equal(await idOf({ 'x-request-id': 'mine-1_2=' }), 'mine-1_2=');
      });
      for (const [name, id] of [
        ['of other characters', 'mine 1'],
        ['of markup', '<b>1</b>'],
        ['of more characters than any', 'a'.repeat(65)],
        ['of nothing', ''],
      ] as const) {
        it(`${name} is replaced by a new one`, async () => {
          assert.match((await idOf({ 'x-request-id': id })) ?? '', /^[\da-f-]{36}$/);
        });
      }
      it('is another for each request, and a page may read it', async () => {
        const responses = await Promise.all([post('/v1/sessions', {}), post('/v1/sessions', {})]);
        const ids = responses.map(({ headers }) => headers.get('x-request-id'));
        assert.notEqual(ids[0], ids[1]);
        for (const { headers } of responses) {
          assert.match(headers.get('access-control-expose-headers') ?? '', /x-request-id/);
        }
      });
    });

    describe('a published flow', () => {
      const get = (query = '', headers: Record<string, string> = {}) =>
        fetch(`${relay.url}/v1/flows/welcome${query}`, { headers });

      it('holds what a browser may see and nothing of the mapping', async () => {
        const text = await (await get()).text();
        const flow = JSON.parse(text) as PublishedFlow;
        assert.deepEqual(flow.nodes['save'], { type: 'action', on: { success: 'thanks', error: 'sorry' } });
        for (const secret of ['users/track', 'operating_system', 'chat_profile_completed', 'attributes']) {
          assert.ok(!text.includes(secret), `"${secret}" is published`);
        }
      });
      it('has its revision as ETag, and is not sent again to who has it', async () => {
        const response = await get();
        const { revision } = (await response.json()) as PublishedFlow;
        assert.equal(response.headers.get('etag'), `"${revision}"`);
        const again = await get('', { 'if-none-match': `"${revision}"` });
        assert.equal(again.status, 304);
        assert.equal(await again.text(), '');
      });
      it('may be cached by anyone and read by any page', async () => {
        const { headers } = await get('', { origin: 'https://anywhere.example' });
        assert.match(headers.get('cache-control') ?? '', /^public, max-age=\d+$/);
        assert.equal(headers.get('access-control-allow-origin'), '*');
        assert.equal(headers.get('set-cookie'), null);
      });
      for (const [wanted, locale, text] of [
        ['ja', 'ja', 'こんにちは'],
        ['ja-JP', 'ja', 'こんにちは'],
        ['JA', 'ja', 'こんにちは'],
        ['en-GB', 'en', 'Hello'],
        ['xx', 'en', 'Hello'],
        ['__proto__', 'en', 'Hello'],
      ] as const) {
        it(`for ${wanted} is in ${locale}`, async () => {
          const flow = (await (await get(`?locale=${wanted}`)).json()) as PublishedFlow;
          assert.equal(flow.locale, locale);
          assert.deepEqual(flow.nodes['hello'], { type: 'message', bubbles: [{ text }], next: 'name' });
        });
      }
      for (const id of ['nothing', '__proto__', 'constructor', '..%2f..%2fetc%2fpasswd']) {
        it(`${id} is not there`, async () => {
          await problemOf(await fetch(`${relay.url}/v1/flows/${id}`), 404);
        });
      }
    });

    describe('the schema of flows', () => {
      const get = (headers: Record<string, string> = {}) =>
        fetch(`${relay.url}/flow.schema.json`, { headers });

      it('is there for any editor', async () => {
        const response = await get({ origin: 'https://anywhere.example' });
        assert.equal(response.status, 200);
        assert.equal(response.headers.get('content-type'), 'application/schema+json');
        assert.equal(response.headers.get('access-control-allow-origin'), '*');
        assert.match(response.headers.get('cache-control') ?? '', /^public, max-age=\d+$/);
        assert.deepEqual(
          await response.json(),
          JSON.parse(await readFile('server/flows/flow.schema.json', 'utf8')),
        );
      });
      it('is not sent again to who has it', async () => {
        const etag = (await get()).headers.get('etag') ?? '';
        assert.match(etag, /^(?:W\/)?".+"$/);
        const again = await get({ 'if-none-match': etag });
        assert.equal(again.status, 304);
        assert.equal(await again.text(), '');
      });
    });

    describe('a session', () => {
      it('is given with a visitor credential, its life and the deadline', async () => {
        const grant = await openSession();
        assert.deepEqual(Object.keys(grant).sort(), ['deadline', 'expires_in', 'session', 'visitor']);
        assert.equal(grant.deadline, DEADLINE);
        assert.ok(grant.expires_in > 60);
      });
      it('is of the same visitor for who brings the credential', async () => {
        const first = await openSession();
        const second = await openSession(SANDBOX_ORIGIN, first.visitor);
        await receiptOf(await submit([submission()], first.session));
        await receiptOf(await submit([submission()], second.session));
        assert.equal(sandbox.emulator.profiles().length, 1);
        assert.equal(eventsAt(sandbox.emulator).length, 2);
      });
      for (const [name, visitor] of [
        ['a forged credential', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJldmUifQ.AAAA'],
        ['an unsigned credential', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJldmUiLCJhdWQiOiJwYXJsZXk6dmlzaXRvciJ9.'],
        ['no token at all', 'eve'],
      ] as const) {
        it(`for ${name} is of a new visitor`, async () => {
          const { session } = await openSession(SANDBOX_ORIGIN, visitor);
          await receiptOf(await submit([submission()], session));
          const [alias] = sandbox.emulator.profiles().flatMap(({ user_aliases }) => user_aliases);
          assert.notEqual(alias?.alias_name, 'eve');
        });
      }
      it('does not take over a visitor of another environment', async () => {
        const { visitor } = await openSession(PROD_ORIGIN);
        const { session } = await openSession(SANDBOX_ORIGIN, visitor);
        const { session: own } = await openSession(PROD_ORIGIN, visitor);
        await receiptOf(await submit([submission()], session));
        await receiptOf(await submit([submission()], own, PROD_ORIGIN));
        const nameAt = (emulator: Emulator) => emulator.profiles()[0]?.user_aliases[0]?.alias_name;
        assert.notEqual(nameAt(sandbox.emulator), nameAt(prod.emulator));
      });
      it('does not take over a visitor of another site', async () => {
        const { visitor } = await openSession(OTHER_ORIGIN);
        const { session } = await openSession(SANDBOX_ORIGIN, visitor);
        const { session: own } = await openSession(OTHER_ORIGIN, visitor);
        await receiptOf(await submit([submission()], session));
        await receiptOf(await submit([submission()], own, OTHER_ORIGIN));
        assert.equal(sandbox.emulator.profiles().length, 2);
      });
      it('is of the same visitor at another origin of the site', async () => {
        const { visitor } = await openSession();
        const { session } = await openSession(SANDBOX_ORIGIN, visitor);
        const { session: second } = await openSession(SECOND_ORIGIN, visitor);
        await receiptOf(await submit([submission()], session));
        await receiptOf(await submit([submission()], second, SECOND_ORIGIN));
        assert.equal(sandbox.emulator.profiles().length, 1);
      });
      for (const origin of ['https://evil.example', 'null', `${SANDBOX_ORIGIN}.evil.example`, '']) {
        it(`is refused to the origin "${origin}"`, async () => {
          const response = await post('/v1/sessions', {}, { origin });
          await problemOf(response, 403);
          assert.equal(response.headers.get('access-control-allow-origin'), null);
        });
      }
      it('is of whom the brand’s backend vouches for, by its keys', async () => {
        const identity = await backend.sign('ada');
        const grant = (await (await post('/v1/sessions', { identity })).json()) as SessionGrant;
        assert.equal(grant.identity, 'verified');
        await receiptOf(await submit([submission()], grant.session));
        assert.deepEqual(
          sandbox.emulator.profiles().map(({ external_id }) => external_id),
          ['ada'],
        );
      });
      it('is of nobody by keys to which another address leads', async () => {
        const identity = await backend.sign('ada');
        const response = await post('/v1/sessions', { identity }, { origin: PROD_ORIGIN });
        const grant = (await response.json()) as SessionGrant;
        assert.deepEqual([response.status, grant.identity], [200, 'unavailable']);
        assert.equal(backend.asked('moved'), 1, 'the relay has asked');
        await receiptOf(await submit([submission()], grant.session, PROD_ORIGIN));
        assert.equal(prod.emulator.profiles()[0]?.external_id, undefined);
      });
      it('answers a preflight of an allowed origin, and of no other', async () => {
        const preflight = (origin: string) =>
          fetch(`${relay.url}/v1/submissions`, {
            method: 'OPTIONS',
            headers: {
              origin,
              'access-control-request-method': 'POST',
              'access-control-request-headers': 'authorization,content-type',
            },
          });
        const allowed = await preflight(SANDBOX_ORIGIN);
        assert.equal(allowed.headers.get('access-control-allow-origin'), SANDBOX_ORIGIN);
        assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /authorization/i);
        assert.match(allowed.headers.get('vary') ?? '', /origin/i);
        assert.ok(Number(allowed.headers.get('access-control-max-age')) > 0);
        const refused = await preflight('https://evil.example');
        assert.equal(refused.headers.get('access-control-allow-origin'), null);
      });
    });

    describe('a submission', () => {
      it('is written under the documented names, and its receipt names the next node', async () => {
        const { session } = await openSession();
        const sent = submission({
          answers: { first_name: 'Ada', email: 'ada@example.com', birthday: '1815-12-10' },
        });
        const response = await submit([sent], session);
        assert.equal(response.headers.get('access-control-allow-origin'), SANDBOX_ORIGIN);
        assert.deepEqual(await receiptOf(response), { id: sent.id, outcome: 'success', next: 'thanks' });
        const [profile, ...others] = sandbox.emulator.profiles();
        assert.deepEqual(others, []);
        assert.ok(profile);
        assert.equal(profile.external_id, undefined);
        const [alias] = profile.user_aliases;
        assert.equal(alias?.alias_label, `parley-${alias?.alias_name}`);
        assert.deepEqual(profile.standard, {
          first_name: 'Ada',
          email: 'ada@example.com',
          dob: '1815-12-10',
        });
        assert.deepEqual(profile.custom_attributes, { operating_system: 'macOS' });
        assert.deepEqual(profile.events, [
          {
            name: 'chat_profile_completed',
            time: '2026-01-15T10:00:00.000Z',
            properties: { page: '/boots', submission_id: sent.id },
          },
        ]);
      });
      it('leaves out what was not answered', async () => {
        const { session } = await openSession();
        await receiptOf(await submit([submission({ answers: { first_name: 'Ada' } })], session));
        assert.deepEqual(sandbox.emulator.profiles()[0]?.standard, { first_name: 'Ada' });
      });
      it('of a page of prod goes to prod', async () => {
        const { session } = await openSession(PROD_ORIGIN);
        await receiptOf(await submit([submission()], session, PROD_ORIGIN));
        assert.equal(sandbox.emulator.profiles().length, 0);
        assert.equal(prod.emulator.profiles().length, 1);
      });
      it('that comes again has the same receipt and is written once', async () => {
        const { session } = await openSession();
        const sent = submission();
        const first = await receiptOf(await submit([sent], session));
        const second = await receiptOf(await submit([sent], session));
        assert.deepEqual(second, first);
        assert.equal(eventsAt(sandbox.emulator).length, 1);
      });
      it('that comes twice at once is written once', async () => {
        const { session } = await openSession();
        const sent = submission();
        const statuses = await Promise.all(
          Array.from({ length: 8 }, async () => (await submit([sent], session)).status),
        );
        assert.ok(statuses.includes(200));
        assert.ok(
          statuses.every((status) => status === 200 || status === 503),
          statuses.join(' '),
        );
        assert.equal(eventsAt(sandbox.emulator).length, 1);
      });
      it('that is twice in one request has one receipt and is written once', async () => {
        const { session } = await openSession();
        const sent = submission();
        assert.equal((await receiptOf(await submit([sent, sent], session))).id, sent.id);
        assert.equal(eventsAt(sandbox.emulator).length, 1);
      });
      it('with half a character in an answer is written with the sign for what cannot be shown', async () => {
        const { session } = await openSession();
        const sent = submission({ answers: { first_name: 'Ada \ud83d' } });
        assert.equal((await receiptOf(await submit([sent], session))).outcome, 'success');
        assert.deepEqual(sandbox.emulator.profiles()[0]?.standard, { first_name: 'Ada \ufffd' });
      });
      it('of another visitor with the same id is another submission', async () => {
        const sent = submission();
        for (const { session } of [await openSession(), await openSession()]) {
          await receiptOf(await submit([sent], session));
        }
        assert.equal(sandbox.emulator.profiles().length, 2);
      });
      it('may come with others, and each has its receipt', async () => {
        const { session } = await openSession();
        const sent = [submission(), submission()];
        const response = await submit(sent, session);
        const { receipts } = (await response.json()) as SubmissionsResponse;
        assert.deepEqual(
          receipts.map(({ id }) => id),
          sent.map(({ id }) => id),
        );
      });
    });

    describe('a request', () => {
      const send = async (body: object): Promise<Response> => {
        const { session } = await openSession();
        return post('/v1/submissions', body, { authorization: `Bearer ${session}` });
      };
      it('of a browser whose clock is off is written with the time that it was', async () => {
        const ahead = Date.now() + 3 * 86_400_000;
        const time = new Date(ahead - 3_600_000).toISOString();
        const request = { submissions: [submission({ time })], sent: new Date(ahead).toISOString() };
        await receiptOf(await send(request));
        const [event] = eventsAt(sandbox.emulator);
        const hourAgo = Date.now() - 3_600_000;
        assert.ok(Math.abs(Date.parse(event?.time ?? '') - hourAgo) < 60_000, event?.time);
      });
      it('of a browser whose clock is right is written with its own time', async () => {
        const sent = new Date().toISOString();
        const time = new Date(Date.now() - 7 * 86_400_000).toISOString();
        await receiptOf(await send({ submissions: [submission({ time })], sent }));
        assert.equal(eventsAt(sandbox.emulator)[0]?.time, time);
      });
      it('with what is too old to be told from a repeat runs the rest alone', async () => {
        const [old, fresh] = [14, 12].map((days) =>
          submission({ time: new Date(Date.now() - days * 86_400_000).toISOString() }),
        );
        const response = await send({ submissions: [old, fresh], sent: new Date().toISOString() });
        const { receipts } = (await response.json()) as SubmissionsResponse;
        assert.deepEqual(
          receipts.map(({ id, outcome }) => [id, outcome]),
          [
            [old?.id, 'error'],
            [fresh?.id, 'success'],
          ],
        );
        assert.deepEqual(
          eventsAt(sandbox.emulator).map(({ time }) => time),
          [fresh?.time],
        );
      });
      it('may tell of losses alone', async () => {
        const response = await send({ submissions: [], losses: { age: 2, storage: 1 } });
        assert.equal(response.status, 200);
        assert.deepEqual(await response.json(), { receipts: [] });
        assert.equal(sandbox.emulator.journal().length, 0);
      });
    });

    describe('a door', () => {
      const refusals: {
        name: string;
        status: number;
        send: (session: string) => Promise<Response>;
        says: RegExp;
      }[] = [
        { name: 'no session', status: 401, send: () => post('/v1/submissions', {}), says: /session/ },
        {
          name: 'a forged session',
          status: 401,
          send: () => submit([submission()], 'a.b.c'),
          says: /session/,
        },
        {
          name: 'a visitor credential for a session',
          status: 401,
          send: async () => submit([submission()], (await openSession()).visitor),
          says: /session/,
        },
        {
          name: 'a session of another origin',
          status: 401,
          send: (session) => submit([submission()], session, PROD_ORIGIN),
          says: /session/,
        },
        {
          name: 'a session of another origin of the same site',
          status: 401,
          send: (session) => submit([submission()], session, SECOND_ORIGIN),
          says: /session/,
        },
        {
          name: 'another content type',
          status: 415,
          send: (session) =>
            post('/v1/submissions', '{}', {
              'content-type': 'text/plain',
              authorization: `Bearer ${session}`,
            }),
          says: /application\/json/,
        },
        {
          name: 'a body that is not JSON',
          status: 400,
          send: (session) =>
            post('/v1/submissions', '{"submissions":', { authorization: `Bearer ${session}` }),
          says: /not JSON/,
        },
        { name: 'no submission', status: 400, send: (session) => submit([], session), says: /submissions/ },
        {
          name: 'losses of less than nothing',
          status: 400,
          send: (session) =>
            post(
              '/v1/submissions',
              { submissions: [submission()], losses: { age: -1 } },
              { authorization: `Bearer ${session}` },
            ),
          says: /losses\.age: should be >=0/,
        },
        {
          name: 'a time of sending that does not exist',
          status: 400,
          send: (session) =>
            post(
              '/v1/submissions',
              { submissions: [submission()], sent: '2026-02-30T10:00:00.000Z' },
              { authorization: `Bearer ${session}` },
            ),
          says: /sent: should be a time that exists/,
        },
        {
          name: 'an undeclared key',
          status: 400,
          send: (session) => submit([{ ...submission(), attributes: { vip: true } }], session),
          says: /submissions\.0\.attributes/,
        },
        {
          name: 'an id that is none',
          status: 400,
          send: (session) => submit([submission({ id: 'mine.1' })], session),
          says: /submissions\.0\.id/,
        },
        {
          name: 'a time that does not exist',
          status: 400,
          send: (session) => submit([submission({ time: '2026-13-45T10:00:00.000Z' })], session),
          says: /submissions\.0\.time/,
        },
        {
          name: 'an answer that is no text',
          status: 400,
          send: (session) => submit([{ ...submission(), answers: { first_name: { inc: 1 } } }], session),
          says: /submissions\.0\.answers\.first_name/,
        },
        {
          name: 'an answer of nothing',
          status: 400,
          send: (session) => submit([{ ...submission(), answers: { first_name: null } }], session),
          says: /submissions\.0\.answers\.first_name/,
        },
        {
          name: 'an answer that is a list of lists',
          status: 400,
          send: (session) => submit([{ ...submission(), answers: { first_name: [['a']] } }], session),
          says: /submissions\.0\.answers\.first_name/,
        },
        {
          name: 'an answer of too many values',
          status: 400,
          send: (session) => submit([submission({ answers: { first_name: Array(101).fill('a') } })], session),
          says: /submissions\.0\.answers\.first_name/,
        },
        {
          name: 'an answer of a value longer than Braze keeps',
          status: 400,
          send: (session) => submit([submission({ answers: { first_name: ['a'.repeat(256)] } })], session),
          says: /submissions\.0\.answers\.first_name/,
        },
        {
          name: 'an answer beyond all numbers',
          status: 400,
          send: (session) => {
            const sent = { submissions: [submission({ answers: { first_name: 7 } })] };
            const body = JSON.stringify(sent).replace('"first_name":7', '"first_name":1e999');
            return post('/v1/submissions', body, { authorization: `Bearer ${session}` });
          },
          says: /submissions\.0\.answers\.first_name/,
        },
        {
          name: 'a body of nothing',
          status: 400,
          send: (session) => post('/v1/submissions', '', { authorization: `Bearer ${session}` }),
          says: /empty/,
        },
        {
          name: 'a body that is not UTF-8',
          status: 400,
          send: (session) =>
            fetch(`${relay.url}/v1/submissions`, {
              method: 'POST',
              headers: {
                origin: SANDBOX_ORIGIN,
                'content-type': 'application/json',
                authorization: `Bearer ${session}`,
              },
              body: Buffer.from(JSON.stringify({ submissions: [submission({ node: 'Zoë' })] }), 'latin1'),
            }),
          says: /not UTF-8/,
        },
        {
          name: 'lists within lists, deeper than any stack',
          status: 400,
          send: (session) =>
            post('/v1/submissions', `${'['.repeat(100_000)}"\\ud83d"${']'.repeat(100_000)}`, {
              authorization: `Bearer ${session}`,
            }),
          says: /./,
        },
        {
          name: 'a way to the prototype',
          status: 400,
          send: (session) => {
            const body = JSON.stringify({ submissions: [submission()] }).replace('[{', '[{"__proto__":{},');
            return post('/v1/submissions', body, { authorization: `Bearer ${session}` });
          },
          says: /submissions\.0\.__proto__: unknown key/,
        },
        {
          name: 'an answer longer than Braze keeps',
          status: 400,
          send: (session) => submit([submission({ answers: { first_name: 'a'.repeat(256) } })], session),
          says: /submissions\.0\.answers\.first_name/,
        },
        {
          name: 'an unknown flow',
          status: 422,
          send: (session) => submit([submission({ flow: 'other' })], session),
          says: /no flow "other"/,
        },
        {
          name: 'a node that is no action',
          status: 422,
          send: (session) => submit([submission({ node: 'email' })], session),
          says: /no action "email"/,
        },
        {
          name: 'a node on the prototype',
          status: 422,
          send: (session) => submit([submission({ node: 'constructor' })], session),
          says: /no action/,
        },
        {
          name: 'an answer that no question asks for',
          status: 422,
          send: async (session) =>
            submit([submission({ revision: await currentRevision(), answers: { vip: 'yes' } })], session),
          says: /asks for no "vip"/,
        },
      ];
      for (const { name, status, send, says } of refusals) {
        it(`refuses ${name} with ${status}, and nothing reaches Braze`, async () => {
          const { session } = await openSession();
          const problem = await problemOf(await send(session), status);
          assert.match(problem.detail, says);
          assert.equal(sandbox.emulator.journal().length, 0);
        });
      }
    });

    it('leaves out what only an earlier revision asked for, and delivers the rest', async () => {
      const { session } = await openSession();
      const answers = { first_name: 'Ada', email: 'ada@example.com', shoe_size: 7 };
      const receipt = await receiptOf(await submit([submission({ revision: 'before', answers })], session));
      assert.equal(receipt.outcome, 'success');
      assert.deepEqual(sandbox.emulator.profiles()[0]?.standard, {
        first_name: 'Ada',
        email: 'ada@example.com',
      });
    });

    it('refuses a body beyond the limit with 413', async () => {
      const { session } = await openSession();
      const body = `"${'a'.repeat(300_000)}"`;
      const headers = { origin: SANDBOX_ORIGIN, authorization: `Bearer ${session}` };
      const answer = await postAlone(`${relay.url}/v1/submissions`, body, headers);
      assert.equal(answer.status, 413);
      assert.match((JSON.parse(answer.text) as Problem).detail, /larger than/);
    });

    describe('when Braze does not take it', () => {
      let shared: RelayUnderTest;
      // What Braze was blamed for in one test is no matter of the next.
      beforeEach(async () => {
        shared = relay;
        relay = await startRelay(setup());
      });
      afterEach(async () => {
        sandbox.emulator.setFault(undefined);
        await relay.close();
        relay = shared;
      });

      /** Where the store outlives the process the relay takes it on; else the browser keeps it. @returns seconds to wait */
      const kept = async (response: Response, sent: Submission): Promise<number> => {
        if (isDurable) {
          assert.deepEqual(await receiptOf(response), { id: sent.id, outcome: 'queued', next: 'thanks' });
          return 0;
        }
        assert.match(response.headers.get('access-control-expose-headers') ?? '', /retry-after/i);
        await problemOf(response, 503);
        return Number(response.headers.get('retry-after'));
      };
      const words = isDurable ? 'it is queued' : 'the browser keeps it: 503 with Retry-After';

      const isSeconds = (seconds: number, least: number) =>
        assert.ok(isDurable || (seconds >= least && seconds <= 3_600), String(seconds));

      for (const status of [401, 403, 404, 415] as const) {
        it(`(${status}) ${words}, and Braze is not asked again at once`, async () => {
          const { session } = await openSession();
          const sent = submission();
          sandbox.emulator.setFault({ kind: 'status', status });
          isSeconds(await kept(await submit([sent], session), sent), 10);
          sandbox.emulator.setFault(undefined);
          const next = submission();
          await kept(await submit([next], session), next);
          assert.equal(sandbox.emulator.journal().length, 1);
        });
      }

      for (const style of ['headers', 'retry-after'] as const) {
        it(`(429, ${style}) ${words}, and so is the next`, async () => {
          const { session } = await openSession();
          const sent = submission();
          sandbox.emulator.setFault({ kind: 'status', status: 429, style });
          isSeconds(await kept(await submit([sent], session), sent), 1);
          const next = submission();
          await kept(await submit([next], session), next);
        });
      }

      for (const status of [500, 502, 503, 504] as const) {
        it(`(${status}) ${words}, and after recovery it is written once`, async () => {
          const { session } = await openSession();
          const sent = submission();
          sandbox.emulator.setFault({ kind: 'status', status });
          await kept(await submit([sent], session), sent);
          sandbox.emulator.setFault(undefined);
          if (!isDurable) assert.equal((await receiptOf(await submit([sent], session))).outcome, 'success');
          await sandbox.emulator.until(() => eventsAt(sandbox.emulator).length > 0);
          assert.equal(eventsAt(sandbox.emulator).length, 1);
        });
      }

      it('an answer that was lost is in doubt: sent again, and a double shows by its submission_id', async () => {
        const { session } = await openSession();
        const sent = submission();
        sandbox.emulator.setFault({ kind: 'lost', times: 1 });
        await kept(await submit([sent], session), sent);
        if (!isDurable) await receiptOf(await submit([sent], session));
        await sandbox.emulator.until(() => eventsAt(sandbox.emulator).length > 1);
        const ids = eventsAt(sandbox.emulator).map(({ properties }) => properties['submission_id']);
        assert.deepEqual(ids, [sent.id, sent.id]);
      });

      it('a body that cannot be read is still Braze’s word that it took the request', async () => {
        const { session } = await openSession();
        sandbox.emulator.setFault({ kind: 'malformed', times: 1 });
        assert.equal((await receiptOf(await submit([submission()], session))).outcome, 'success');
        assert.equal(eventsAt(sandbox.emulator).length, 1);
      });

      it('those of several that are settled have their receipts, and the rest is kept in order', async () => {
        const { session } = await openSession();
        const sent = [submission(), submission(), submission()];
        await receiptOf(await submit(sent.slice(0, 1), session));
        sandbox.emulator.setFault({ kind: 'status', status: 500 });
        const answer = (await (await submit(sent, session)).json()) as SubmissionsResponse;
        const { receipts, retry_after } = answer;
        assert.equal(retry_after === undefined, isDurable);
        assert.deepEqual(
          receipts.map(({ id, outcome }) => [id, outcome]),
          [[sent[0]?.id, 'success'], ...(isDurable ? sent.slice(1).map(({ id }) => [id, 'queued']) : [])],
        );
        sandbox.emulator.setFault(undefined);
        if (!isDurable) await submit(sent, session);
        await sandbox.emulator.until(() => eventsAt(sandbox.emulator).length === 3);
        const ids = eventsAt(sandbox.emulator).map(({ properties }) => properties['submission_id']);
        assert.deepEqual(
          ids,
          sent.map(({ id }) => id),
        );
      });

      it('nobody waits past the deadline, and the receipt is there when it comes again', async () => {
        const { session } = await openSession();
        const sent = submission();
        sandbox.emulator.setFault({ kind: 'hold', times: 1 });
        await kept(await submit([sent], session), sent);
        assert.equal(eventsAt(sandbox.emulator).length, 1);
        sandbox.emulator.setFault(undefined);
        const isThere = async (): Promise<boolean> => {
          const response = await submit([sent], session);
          return response.status === 200 && (await receiptOf(response)).outcome === 'success';
        };
        let tries = 0;
        while (!(await isThere())) assert.ok((tries += 1) < 2_000, 'no receipt');
        assert.equal(eventsAt(sandbox.emulator).length, 1);
      });
    });

    describe('when Braze takes only a part', () => {
      const email = "The value provided for the 'email' field is not a valid email.";
      const cases: { name: string; errors: object[]; receipt: Omit<Receipt, 'id'> }[] = [
        {
          name: 'a refused attribute that an answer fills is invalid, and its question is put again',
          errors: [{ type: email, input_array: 'attributes', index: 0 }],
          receipt: { outcome: 'invalid', next: 'email', field: 'email' },
        },
        {
          name: 'its code does as well as its sentence',
          errors: [{ type: 'EMAIL_BAD_FORMAT', input_array: 'attributes', index: 0 }],
          receipt: { outcome: 'invalid', next: 'email', field: 'email' },
        },
        {
          name: 'an attribute is found by its field, whatever the field is called',
          errors: [{ type: "'dob' is not valid", input_array: 'attributes', index: 0 }],
          receipt: { outcome: 'invalid', next: 'birthday', field: 'birthday' },
        },
        {
          name: 'an attribute that no answer fills is an error',
          errors: [{ type: "'operating_system' is not valid", input_array: 'attributes', index: 0 }],
          receipt: { outcome: 'error', next: 'sorry' },
        },
        {
          name: 'a refused event is an error',
          errors: [{ type: "'email' is not valid", input_array: 'events', index: 0 }],
          receipt: { outcome: 'error', next: 'sorry' },
        },
        {
          name: 'the sentence about identifiers blames no field',
          errors: [
            {
              type: "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required",
              input_array: 'attributes',
              index: 0,
            },
          ],
          receipt: { outcome: 'error', next: 'sorry' },
        },
      ];
      for (const { name, errors, receipt } of cases) {
        it(name, async () => {
          const { session } = await openSession();
          const sent = submission({
            answers: { first_name: 'Ada', email: 'ada@example.com', birthday: '1815-12-10' },
          });
          sandbox.emulator.setFault({ kind: 'errors', errors, times: 1 } as Fault);
          assert.deepEqual(await receiptOf(await submit([sent], session)), { id: sent.id, ...receipt });
        });
      }

      it('a correction writes the attributes again, and the event that was accepted not again', async () => {
        const { session } = await openSession();
        const first = submission();
        sandbox.emulator.setFault({
          kind: 'errors',
          errors: [{ type: email, input_array: 'attributes', index: 0 }],
          times: 1,
        });
        assert.equal((await receiptOf(await submit([first], session))).outcome, 'invalid');
        const answers = { first_name: 'Ada', email: 'ada@example.org' };
        const second = submission({ answers, corrects: first.id });
        assert.equal((await receiptOf(await submit([second], session))).outcome, 'success');
        assert.deepEqual(sandbox.emulator.profiles()[0]?.standard, answers);
        assert.deepEqual(
          eventsAt(sandbox.emulator).map(({ properties }) => properties['submission_id']),
          [first.id],
        );
      });

      it('what it names to correct belongs to the same action, or nothing of it counts', async () => {
        const { session } = await openSession();
        const first = submission({ flow: 'two_actions' });
        await receiptOf(await submit([first], session));
        const second = submission({ flow: 'two_actions', node: 'save_again', corrects: first.id });
        await receiptOf(await submit([second], session));
        assert.equal(eventsAt(sandbox.emulator).length, 2);
      });

      it('a value that the flow’s own rules refuse is invalid without a request to Braze', async () => {
        const { session } = await openSession();
        const sent = submission({ answers: { first_name: 'Ada', email: 'not an address' } });
        assert.deepEqual(await receiptOf(await submit([sent], session)), {
          id: sent.id,
          outcome: 'invalid',
          next: 'email',
          field: 'email',
        });
        assert.equal(sandbox.emulator.journal().length, 0);
      });
    });

    it('has the key in no answer', async () => {
      const { session } = await openSession();
      const answers = await Promise.all([
        fetch(`${relay.url}/healthz`),
        fetch(`${relay.url}/v1/flows/welcome`),
        submit([submission()], session),
        submit([submission({ node: 'email' })], session),
        fetch(`${relay.url}/nothing`),
      ]);
      for (const response of answers) {
        const text = `${JSON.stringify([...response.headers])}${await response.text()}`;
        assert.ok(!text.includes(SANDBOX_KEY) && !text.includes(SESSION_SECRET), response.url);
      }
    });
  });
}

/** A brand's backend: who is signed in, the keys for it at their address, and an address that leads to it. */
async function serveBackend() {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const set = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] };
  const paths: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    paths.push(url);
    const isMoved = url === '/moved.json';
    response.writeHead(isMoved ? 302 : 200, {
      'content-type': 'application/json',
      ...(isMoved && { location: '/jwks.json' }),
    });
    // Good keys beside the redirect, too: they are not what was asked for.
    response.end(JSON.stringify(set));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const addressOf = (name: string) => `http://127.0.0.1:${port}/${name}.json`;
  return {
    keys: addressOf('jwks'),
    moved: addressOf('moved'),
    asked: (name: string) => paths.filter((path) => path === `/${name}.json`).length,
    sign: (sub: string) =>
      new SignJWT({ sub })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .setExpirationTime('10 minutes')
        .sign(privateKey),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** On a connection of its own: one that is closed in the middle of a body cannot be used for the next request. */
function postAlone(
  url: string,
  body: string,
  headers: Record<string, string>,
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', ...headers },
    };
    const sent = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
