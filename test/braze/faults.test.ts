/** How the emulator fails when it is told to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../../demo/braze/emulator.ts';
import { KEY, messagesOf, NOW, startWorkspace } from './workspace.ts';

const workspace = await startWorkspace();
const { url, emulator, track, call } = workspace;

const body = {
  attributes: [{ external_id: 'ana', first_name: 'Ana' }, { external_id: 'ben' }],
  events: [{ external_id: 'ana', name: 'opened', time: '2026-03-01T11:00:00Z' }],
};
const success = { message: 'success', attributes_processed: 2, events_processed: 1 };
const emailError = {
  type: "The value provided for the 'email' field is not a valid email.",
  input_array: 'attributes',
  index: 0,
} as const;

interface StatusCase {
  readonly status: number;
  readonly message: string;
}

const statuses: readonly StatusCase[] = [
  { status: 400, message: 'Bad Request' },
  { status: 401, message: 'Invalid API Key' },
  { status: 403, message: 'Access Denied' },
  { status: 413, message: 'Payload Too Large' },
  { status: 500, message: 'Internal Server Error' },
  { status: 502, message: 'Bad Gateway' },
  { status: 503, message: 'Service Unavailable' },
  { status: 504, message: 'Gateway Timeout' },
];

for (const { status, message } of statuses) {
  test(`a fault of ${String(status)} is answered and processes nothing (api/errors)`, async () => {
    emulator.setFault({ kind: 'status', status });
    const reply = await track(body);
    assert.deepEqual([reply.status, reply.body], [status, { message }]);
    assert.equal(emulator.profiles().length, 0);
    assert.equal(emulator.journal()[0]?.verdict, 'fault');
  });
}

test('429 says by its headers when to come back, in epoch seconds (api/api_limits)', async () => {
  emulator.setFault({ kind: 'status', status: 429 });
  const { status, headers } = await track(body);
  assert.equal(status, 429);
  assert.equal(headers.get('x-ratelimit-remaining'), '0');
  assert.equal(headers.get('x-ratelimit-reset'), String(NOW / 1000 + 1));
  assert.equal(headers.get('x-ratelimit-retry-after'), null);
});

test('429 of MAU-type contracts has X-Ratelimit-Retry-After and nothing else (api/endpoints/user_data/post_user_track)', async () => {
  emulator.setFault({ kind: 'status', status: 429, style: 'retry-after' });
  const { status, headers } = await track(body);
  assert.equal(status, 429);
  assert.equal(headers.get('x-ratelimit-retry-after'), '1');
  for (const name of ['limit', 'remaining', 'reset']) assert.equal(headers.get(`x-ratelimit-${name}`), null);
});

test('a fault with times hits so many requests and then is over', async () => {
  emulator.setFault({ kind: 'status', status: 500, times: 2 });
  const seen = [await track(body), await track(body), await track(body)].map(({ status }) => status);
  assert.deepEqual(seen, [500, 500, 201]);
});

test('a fault does not touch other paths', async () => {
  emulator.setFault({ kind: 'status', status: 500, times: 1 });
  assert.equal((await call('/users/merge', { method: 'POST' })).status, 404);
  assert.equal((await track(body)).status, 500);
});

test('slow processes at once and answers later', async () => {
  const started = performance.now();
  emulator.setFault({ kind: 'slow', ms: 60 });
  const reply = track(body);
  await emulator.until(({ profiles }) => profiles().length === 2);
  assert.deepEqual((await reply).body, success);
  assert.ok(performance.now() - started >= 55);
});

test('hold processes at once and answers when the fault is cleared', async () => {
  emulator.setFault({ kind: 'hold' });
  let isAnswered = false;
  const reply = track(body).finally(() => (isAnswered = true));
  await emulator.until(({ profiles }) => profiles().length === 2);
  await call('/emulator/fault');
  assert.equal(isAnswered, false);
  emulator.setFault(undefined);
  assert.deepEqual((await reply).body, success);
});

test('hold lets go when the fault is replaced, and at a reset', async () => {
  for (const release of [() => emulator.setFault({ kind: 'malformed' }), () => emulator.reset()]) {
    emulator.setFault({ kind: 'hold', times: 1 });
    const reply = track(body);
    await emulator.until(({ journal }) => journal().at(-1)?.fault?.kind === 'hold');
    release();
    assert.deepEqual((await reply).body, success);
  }
});

test('errors are answered with 201, and only the objects that they name are left out (api/endpoints/user_data/post_user_track)', async () => {
  emulator.setFault({ kind: 'errors', errors: [emailError] });
  const reply = await track(body);
  assert.deepEqual(
    [reply.status, reply.body],
    [201, { message: 'success', attributes_processed: 1, events_processed: 1, errors: [emailError] }],
  );
  assert.deepEqual(
    emulator.profiles().map(({ external_id: id, standard }) => [id, standard]),
    [
      ['ben', {}],
      ['ana', {}],
    ],
  );
});

test('errors on all objects are still 201, with a counter of 0', async () => {
  emulator.setFault({ kind: 'errors', errors: [emailError] });
  const reply = await track({ attributes: [{ external_id: 'ana' }] });
  assert.deepEqual(
    [reply.status, reply.body],
    [201, { message: 'success', attributes_processed: 0, errors: [emailError] }],
  );
});

test('lost processes and drops the connection without an answer', async () => {
  emulator.setFault({ kind: 'lost', times: 1 });
  await assert.rejects(track(body), { name: 'TypeError', message: 'fetch failed' });
  assert.equal(emulator.profiles().length, 2);
  const [entry] = emulator.journal();
  assert.deepEqual([entry?.status, entry?.answer, entry?.verdict], [0, undefined, 'fault']);
  assert.equal((await track(body)).status, 201);
});

test('malformed processes and answers 201 with what is not JSON', async () => {
  emulator.setFault({ kind: 'malformed' });
  const reply = await track(body);
  assert.equal(reply.status, 201);
  assert.equal(typeof reply.body, 'string');
  assert.equal(emulator.profiles().length, 2);
});

test('a request that is refused anyway is refused as ever, whatever fault processes it', async () => {
  for (const kind of ['malformed', 'errors'] as const) {
    emulator.setFault(kind === 'errors' ? { kind, errors: [emailError] } : { kind });
    const reply = await track(body, { headers: { 'content-type': 'application/json' } });
    assert.deepEqual([reply.status, reply.body], [401, { message: 'Invalid API Key' }]);
  }
});

test('a caller who goes away is no longer held', async () => {
  const stream = new AbortController();
  const next = messagesOf(await fetch(`${url}/emulator/stream`, { signal: stream.signal }));
  const heldBecomes = async (count: number): Promise<void> => {
    while ((await next())[1]['held'] !== count);
  };
  emulator.setFault({ kind: 'hold' });
  const caller = new AbortController();
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const reply = track(body, { headers, signal: caller.signal });
  await heldBecomes(1);
  caller.abort();
  await assert.rejects(reply, { name: 'AbortError' });
  await heldBecomes(0);
  stream.abort();
});

const wrong: readonly (readonly [fault: unknown, says: RegExp])[] = [
  ['500', /A fault is one of/],
  [{ kind: 'broken' }, /A fault is one of/],
  [{ kind: 'status' }, /"status" of a fault is a whole number from 400 to 599/],
  [{ kind: 'status', status: 201 }, /"status" of a fault is a whole number from 400 to 599/],
  [{ kind: 'status', status: 429, style: 'soon' }, /"style" of a fault is "headers" or "retry-after"/],
  [{ kind: 'slow', ms: -1 }, /"ms" of a fault is a whole number from 0/],
  [{ kind: 'errors', errors: [] }, /"errors" of a fault are a list of one or more/],
  [
    { kind: 'errors', errors: [{ type: 'x', input_array: 'users', index: 0 }] },
    /"errors" of a fault are a list/,
  ],
  [{ kind: 'hold', times: 0 }, /"times" is a whole number from 1/],
];

for (const [fault, says] of wrong) {
  test(`over HTTP, ${JSON.stringify(fault)} is no fault, and the answer says what would be one`, async () => {
    const reply = await call('/emulator/fault', { method: 'PUT', body: JSON.stringify(fault) });
    assert.equal(reply.status, 400);
    assert.match((reply.body as { message: string }).message, says);
  });
}

const right: readonly Fault[] = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 429, style: 'retry-after', times: 3 },
  { kind: 'slow', ms: 1500 },
  { kind: 'hold' },
  { kind: 'errors', errors: [emailError], times: 1 },
  { kind: 'lost', times: 1 },
  { kind: 'malformed' },
];

for (const fault of right) {
  test(`over HTTP, ${JSON.stringify(fault)} can be set, seen and cleared`, async () => {
    const put = (value: unknown): Promise<unknown> =>
      call('/emulator/fault', { method: 'PUT', body: JSON.stringify(value) }).then((reply) => reply.body);
    assert.deepEqual(await put(fault), fault);
    assert.deepEqual((await call('/emulator/fault')).body, fault);
    assert.equal(await put(null), null);
  });
}
