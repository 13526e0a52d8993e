import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Receipt, SessionGrant, Submission } from '../../widget/contract/wire.ts';
import { createMemoryStore } from '../../widget/outbox/memory-store.ts';
import type { Delivery } from '../../widget/outbox/outbox.ts';
import { createRelayClient } from '../../widget/transport/relay-client.ts';

const RELAY = 'https://relay.example';

const SUBMISSION: Submission = {
  id: '019a0000-0000-7000-8000-000000000001.4',
  flow: 'welcome',
  revision: 'r1',
  node: 'save',
  time: '2026-01-15T10:00:00.000Z',
  answers: {},
  page: { path: '/' },
  device: { type: 'desktop', language: 'en' },
};

const RECEIPT: Receipt = { id: SUBMISSION.id, outcome: 'success', next: 'thanks' };

const grant = (name: string): SessionGrant => ({
  visitor: `visitor-${name}`,
  session: `session-${name}`,
  expires_in: 600,
  deadline: 1_234,
});

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

/** How the relay refuses. */
const PROBLEM = { 'content-type': 'application/problem+json' };

interface Sent {
  readonly path: string;
  readonly authorization: string | null;
  readonly body: unknown;
  readonly init: RequestInit;
}

/** A relay that answers what the test says. */
function createWorld(answer: (path: string, count: number) => Response | Promise<Response>) {
  const sent: Sent[] = [];
  const store = createMemoryStore();
  const client = createRelayClient(RELAY, store, async (input, init = {}) => {
    const { pathname, origin } = new URL(input as string);
    assert.equal(origin, RELAY);
    sent.push({
      path: pathname,
      authorization: new Headers(init.headers).get('authorization'),
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
      init,
    });
    return answer(pathname, sent.filter(({ path }) => path === pathname).length);
  });
  return { client, store, sent, paths: () => sent.map(({ path }) => path) };
}

const withSubmissions = (answer: (count: number) => Response | Promise<Response>) =>
  createWorld((path, count) => (path === '/v1/sessions' ? json(grant(String(count))) : answer(count)));

const SETTLED: Delivery = { type: 'settled', verdict: RECEIPT };

describe('the relay client', () => {
  it('asks for a session when the first submission is due, and not before', async () => {
    const { client, sent, paths } = withSubmissions(() => json({ receipts: [RECEIPT] }));
    assert.deepEqual(paths(), []);
    assert.deepEqual(await client.send(SUBMISSION), SETTLED);
    assert.deepEqual(paths(), ['/v1/sessions', '/v1/submissions']);
    assert.equal(sent[1]?.authorization, 'Bearer session-1');
    assert.deepEqual(sent[1].body, { submissions: [SUBMISSION] });
  });

  it('uses a session again', async () => {
    const { client, paths } = withSubmissions(() => json({ receipts: [RECEIPT] }));
    await client.send(SUBMISSION);
    await client.send(SUBMISSION);
    assert.deepEqual(paths(), ['/v1/sessions', '/v1/submissions', '/v1/submissions']);
  });

  it('keeps the visitor credential and brings it the next time', async () => {
    const { client, store, sent } = withSubmissions((count) =>
      count === 1 ? json({}, 401) : json({ receipts: [RECEIPT] }),
    );
    assert.deepEqual(await client.send(SUBMISSION), SETTLED);
    assert.deepEqual(sent[0]?.body, {});
    assert.deepEqual(sent[2]?.body, { visitor: 'visitor-1' });
    assert.equal(await store.readCredential(), 'visitor-2');
  });

  it('renews a session that has ended, once, and the submission does not notice', async () => {
    const { client, paths } = withSubmissions(() => json({}, 401));
    assert.equal((await client.send(SUBMISSION)).type, 'waiting');
    assert.deepEqual(paths(), ['/v1/sessions', '/v1/submissions', '/v1/sessions', '/v1/submissions']);
  });

  it('is the visitor of the tab that was first, where two asked at once', async () => {
    const world = createWorld((path, count) =>
      path === '/v1/sessions'
        ? world.store
            .swapCredential(undefined, 'visitor-of-the-other-tab')
            .then(() => json(grant(String(count))))
        : json({ receipts: [RECEIPT] }),
    );
    await world.client.send(SUBMISSION);
    assert.deepEqual(world.sent[1]?.body, { visitor: 'visitor-of-the-other-tab' });
    assert.equal(world.sent[2]?.authorization, 'Bearer session-2');
  });

  it('tells the relay’s deadline once it knows it', async () => {
    const { client } = withSubmissions(() => json({ receipts: [RECEIPT] }));
    assert.equal(client.deadline(), 2_500);
    await client.send(SUBMISSION);
    assert.equal(client.deadline(), 1_234);
  });

  it('sends no cookie anywhere', async () => {
    const { client, sent } = withSubmissions(() => json({ receipts: [RECEIPT] }));
    await client.send(SUBMISSION);
    assert.deepEqual(
      sent.map(({ init }) => init.credentials),
      ['omit', 'omit'],
    );
  });

  const ERROR: Delivery = { type: 'settled', verdict: { id: SUBMISSION.id, outcome: 'error' } };
  const DELIVERIES: [name: string, answer: () => Response | Promise<Response>, delivery: Delivery][] = [
    ['400 is final', () => json({}, 400, PROBLEM), ERROR],
    ['413 is final', () => json({}, 413, PROBLEM), ERROR],
    ['422 is final', () => json({}, 422, PROBLEM), ERROR],
    [
      '400 of something on the way is not final',
      () => json({}, 400),
      { type: 'waiting', retryAfter: undefined },
    ],
    ['403 is the operator’s and keeps it', () => json({}, 403), { type: 'waiting', retryAfter: undefined }],
    ['404 is the operator’s and keeps it', () => json({}, 404), { type: 'waiting', retryAfter: undefined }],
    ['408 keeps it', () => json({}, 408), { type: 'waiting', retryAfter: undefined }],
    ['425 keeps it', () => json({}, 425), { type: 'waiting', retryAfter: undefined }],
    ['429 keeps it', () => json({}, 429, { 'retry-after': '7' }), { type: 'waiting', retryAfter: 7 }],
    ['500 keeps it', () => json({}, 500), { type: 'waiting', retryAfter: undefined }],
    [
      '503 keeps it as long as it says',
      () => json({}, 503, { 'retry-after': '30' }),
      { type: 'waiting', retryAfter: 30 },
    ],
    [
      '503 that asks for a month',
      () => json({}, 503, { 'retry-after': '2592000' }),
      { type: 'waiting', retryAfter: 3_600 },
    ],
    [
      '503 that asks for less than nothing',
      () => json({}, 503, { 'retry-after': '-5' }),
      { type: 'waiting', retryAfter: undefined },
    ],
    [
      '503 that asks in words',
      () => json({}, 503, { 'retry-after': 'soon' }),
      { type: 'waiting', retryAfter: undefined },
    ],
    ['no receipt for it keeps it', () => json({ receipts: [] }), { type: 'waiting' }],
    [
      'an answer that is no JSON keeps it',
      () => new Response('<html>'),
      { type: 'waiting', retryAfter: undefined },
    ],
    [
      'a network that fails keeps it',
      () => Promise.reject(new TypeError('Failed to fetch')),
      { type: 'waiting', retryAfter: undefined },
    ],
  ];
  for (const [name, answer, delivery] of DELIVERIES) {
    it(name, async () => assert.deepEqual(await withSubmissions(answer).client.send(SUBMISSION), delivery));
  }

  it('keeps the submission where no session is to be had, and asks again', async () => {
    let isDown = true;
    const { client } = createWorld((path) =>
      path === '/v1/sessions' ? (isDown ? json({}, 503) : json(grant('1'))) : json({ receipts: [RECEIPT] }),
    );
    assert.equal((await client.send(SUBMISSION)).type, 'waiting');
    isDown = false;
    assert.deepEqual(await client.send(SUBMISSION), SETTLED);
  });

  it('fetches a flow by its id and locale', async () => {
    const { client, sent } = createWorld(() => json({ id: 'a/b' }));
    assert.deepEqual(await client.fetchFlow('a/b', 'pt-BR'), { id: 'a/b' });
    assert.equal(sent[0]?.path, '/v1/flows/a%2Fb');
    assert.equal(sent[0].init.credentials, 'omit');
  });

  it('says so where there is no such flow', async () => {
    const { client } = createWorld(() => json({}, 404));
    await assert.rejects(client.fetchFlow('none', 'en'), /404/);
  });
});
