/** What every endpoint asks before it looks at the body: path, key, permission, content type, size, JSON. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointPaths } from '../../demo/braze/endpoint.ts';
import { createEmulator } from '../../demo/braze/emulator.ts';
import { bodies, campaigns, canvases } from './bodies.ts';
import { createTimers } from './timers.ts';
import { KEY, KEY_WITHOUT_TRACK, NOW, startWorkspace } from './workspace.ts';

const workspace = await startWorkspace({ canvases, campaigns });

const json = { 'content-type': 'application/json' };
const authorized = { ...json, authorization: `Bearer ${KEY}` };
const valid = JSON.stringify({ attributes: [{ external_id: 'ana', first_name: 'Ana' }] });

/** A body of exactly so many bytes that is valid but for its size. */
function bodyOf(bytes: number): string {
  const frame = JSON.stringify({ attributes: [{ external_id: 'ana' }], filling: '' });
  return frame.replace('"filling":""', `"filling":"${'x'.repeat(bytes - frame.length)}"`);
}

interface Case {
  readonly fact: string;
  readonly page: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly status: number;
  readonly answer: unknown;
}

const invalidKey = { message: 'Invalid API Key' };
const syntax = { message: 'Error while parsing request body. Please check your syntax.' };
const noData = {
  message: "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.",
};
const accepted = { message: 'success', attributes_processed: 1 };

const cases: readonly Case[] = [
  {
    fact: 'a Bearer key with the permission is let in',
    page: 'api/basics',
    status: 201,
    answer: accepted,
  },
  {
    fact: 'no Authorization header is 401',
    page: 'api/errors',
    headers: json,
    status: 401,
    answer: invalidKey,
  },
  {
    fact: 'the raw key without Bearer is 401',
    page: 'api/errors',
    headers: { ...json, authorization: KEY },
    status: 401,
    answer: invalidKey,
  },
  {
    fact: 'a quoted key is 401',
    page: 'api/errors',
    headers: { ...json, authorization: `Bearer "${KEY}"` },
    status: 401,
    answer: invalidKey,
  },
  {
    fact: 'two spaces after Bearer are 401',
    page: 'api/errors',
    headers: { ...json, authorization: `Bearer  ${KEY}` },
    status: 401,
    answer: invalidKey,
  },
  {
    fact: 'another workspace’s key is 401',
    page: 'api/errors',
    headers: { ...json, authorization: 'Bearer 00000000-0000-4000-8000-000000000000' },
    status: 401,
    answer: invalidKey,
  },
  {
    fact: 'a key in the body opens nothing',
    page: 'api/basics',
    headers: json,
    body: JSON.stringify({ api_key: KEY, attributes: [{ external_id: 'ana' }] }),
    status: 401,
    answer: invalidKey,
  },
  {
    fact: 'a key in the query opens nothing',
    page: 'api/basics',
    path: `/users/track?api_key=${KEY}`,
    headers: json,
    status: 401,
    answer: invalidKey,
  },
  {
    fact: 'a key without users.track is 403',
    page: 'api/errors',
    headers: { ...json, authorization: `Bearer ${KEY_WITHOUT_TRACK}` },
    status: 403,
    answer: { message: 'Access Denied' },
  },
  {
    fact: 'a slash at the end is 403',
    page: 'api/errors',
    path: '/users/track/',
    status: 403,
    answer: { message: 'Access Denied' },
  },
  {
    fact: 'a path that does not exist is 404',
    page: 'api/errors',
    path: '/user/track',
    status: 404,
    answer: { message: 'Not Found' },
  },
  {
    fact: 'a doubled slash is 404',
    page: 'api/errors',
    path: '//users/track',
    status: 404,
    answer: { message: 'Not Found' },
  },
  {
    fact: 'another method than POST is 404',
    page: 'api/errors',
    method: 'PUT',
    status: 404,
    answer: { message: 'Not Found' },
  },
  {
    fact: 'a browser’s CORS preflight is 404: the key may not be used there',
    page: 'api/basics',
    method: 'OPTIONS',
    headers: { origin: 'https://brand.example', 'access-control-request-method': 'POST' },
    status: 404,
    answer: { message: 'Not Found' },
  },
  {
    fact: 'a missing content type is 415',
    page: 'api/errors',
    headers: { authorization: `Bearer ${KEY}` },
    body: new TextEncoder().encode(valid),
    status: 415,
    answer: { message: 'Unsupported Media Type' },
  },
  {
    fact: 'a form is 415',
    page: 'api/errors',
    headers: { ...authorized, 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
    answer: { message: 'Unsupported Media Type' },
  },
  {
    fact: 'JSON that says it is text is 415',
    page: 'api/errors',
    headers: { ...authorized, 'content-type': 'text/json' },
    status: 415,
    answer: { message: 'Unsupported Media Type' },
  },
  {
    fact: 'a problem in JSON is 415',
    page: 'api/errors',
    headers: { ...authorized, 'content-type': 'application/problem+json' },
    status: 415,
    answer: { message: 'Unsupported Media Type' },
  },
  {
    fact: '100 objects and arrays within each other are let in',
    page: 'no page says',
    body: `{"deep":${'['.repeat(99)}${']'.repeat(99)},${valid.slice(1)}`,
    status: 201,
    answer: accepted,
  },
  {
    fact: '101 objects and arrays within each other are 400',
    page: 'no page says',
    body: `{"deep":${'['.repeat(100)}${']'.repeat(100)},${valid.slice(1)}`,
    status: 400,
    answer: syntax,
  },
  {
    fact: 'so many that walking through them would end the process are 400',
    page: 'no page says',
    body: `{"attributes":[{"external_id":"ana","a":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}]}`,
    status: 400,
    answer: syntax,
  },
  {
    fact: 'a number that no double holds is 400',
    page: 'no page says',
    body: '{"attributes":[{"external_id":"ana","points":-1e400}]}',
    status: 400,
    answer: syntax,
  },
  {
    fact: 'a charset beside the content type is let in',
    page: 'api/errors',
    headers: { ...authorized, 'content-type': 'Application/JSON; charset=utf-8' },
    status: 201,
    answer: accepted,
  },
  {
    fact: 'a body of 4 MB is let in',
    page: 'api/api_limits#payload-size-limits',
    body: bodyOf(4_000_000),
    status: 201,
    answer: accepted,
  },
  {
    fact: 'a body over 4 MB is 413',
    page: 'api/api_limits#payload-size-limits',
    body: bodyOf(4_000_001),
    status: 413,
    answer: { message: 'Payload Too Large' },
  },
  {
    fact: 'a body that is not JSON is 400',
    page: 'api/errors',
    body: "{'events': []}",
    status: 400,
    answer: syntax,
  },
  { fact: 'an empty body is 400', page: 'api/errors', body: '', status: 400, answer: syntax },
  {
    fact: 'a body that is not UTF-8 is 400',
    page: 'api/basics',
    body: Uint8Array.from([...new TextEncoder().encode('{"attributes":"'), 0xff, 0x22, 0x7d]),
    status: 400,
    answer: syntax,
  },
  {
    fact: 'a body that is not an object is 400',
    page: 'api/endpoints/user_data/post_user_track',
    body: '[]',
    status: 400,
    answer: noData,
  },
];

for (const {
  fact,
  page,
  path = '/users/track',
  method = 'POST',
  headers = authorized,
  body,
  status,
  answer,
} of cases) {
  test(`${fact} (${page})`, async () => {
    const reply = await workspace.call(path, { method, headers, body: body ?? valid });
    assert.deepEqual([reply.status, reply.body], [status, answer]);
    assert.equal(workspace.emulator.profiles().length, status === 201 ? 1 : 0);
    assert.equal(workspace.emulator.journal()[0]?.verdict, status === 201 ? 'accepted' : 'refused');
  });
}

test('a revoked key is 401 and a new one is let in (api/basics)', async () => {
  const rotated = { key: 'c0ffee00-1234-4abc-8def-001122334455', permissions: ['users.track'] };
  workspace.emulator.addKey(rotated);
  const headers = { ...json, authorization: `Bearer ${rotated.key}` };
  assert.equal((await workspace.track(valid, { headers })).status, 201);
  workspace.emulator.revokeKey(rotated.key);
  assert.equal((await workspace.track(valid, { headers })).status, 401);
});

/** Of the key that may do nothing else, for the endpoint that it may use. */
const KEYS_ENDPOINT = '/users/identify';

for (const path of endpointPaths) {
  const send = async (to: string, init: RequestInit = {}): Promise<readonly [number, unknown]> => {
    const { status, body } = await workspace.post(to, bodies[path], init);
    return [status, body];
  };

  test(`${path} lets the right key in, asks for its own permission, and has no other address or method (api/errors)`, async () => {
    const [status] = await send(path);
    assert.ok(status < 300, String(status));
    const other = { headers: { ...json, authorization: `Bearer ${KEY_WITHOUT_TRACK}` } };
    const [withOther, answer] = await send(path, other);
    if (path === KEYS_ENDPOINT) assert.ok(withOther < 300);
    else assert.deepEqual([withOther, answer], [403, { message: 'Access Denied' }]);
    assert.deepEqual(await send(path, { headers: json }), [401, invalidKey]);
    assert.deepEqual(await send(`${path}/`), [403, { message: 'Access Denied' }]);
    assert.deepEqual(await send(path.slice(0, -1)), [404, { message: 'Not Found' }]);
    assert.deepEqual(await send(path, { method: 'PATCH' }), [404, { message: 'Not Found' }]);
    const text = { headers: { ...authorized, 'content-type': 'text/plain' } };
    assert.deepEqual(await send(path, text), [415, { message: 'Unsupported Media Type' }]);
    assert.deepEqual(await send(path, { body: '{"' }), [400, syntax]);
    assert.deepEqual(await send(path, { body: bodyOf(4_000_001) }), [413, { message: 'Payload Too Large' }]);
  });
}

test('a key that no header could hold is a RangeError, and opens nothing', () => {
  for (const key of ['', 'two words', 'clé']) {
    assert.throws(() => workspace.emulator.addKey({ key, permissions: ['users.track'] }), {
      name: 'RangeError',
      message: /^A key is one or more letters/,
    });
  }
});

/** An emulator whose clock breaks once when it is told to: an error that nothing foresees. */
function breakable() {
  let isBroken = false;
  const problems: string[] = [];
  const timers = createTimers();
  const emulator = createEmulator({
    workspaces: [{ keys: [{ key: KEY, permissions: ['users.track'] }] }],
    startTimer: timers.startTimer,
    onProblem: ({ message }) => void problems.push(message),
    clock() {
      if (!isBroken) return NOW;
      isBroken = false;
      throw new Error('The clock has stopped.');
    },
  });
  const send = async () =>
    emulator.app.request('/users/track', { method: 'POST', headers: authorized, body: valid });
  return { emulator, problems, timers, send, stop: () => void (isBroken = true) };
}

test('an error of the emulator itself is a 500 in JSON, journaled and told, and the next request is processed', async () => {
  const { emulator, problems, send, stop } = breakable();
  stop();
  const reply = await send();
  assert.deepEqual([reply.status, await reply.json()], [500, { message: 'Internal Server Error' }]);
  assert.deepEqual(problems, ['The clock has stopped.']);
  const [entry] = emulator.journal();
  assert.deepEqual([entry?.status, entry?.verdict, entry?.rawBody], [500, 'refused', valid]);
  assert.equal((await send()).status, 201);
});

test('an error while something is applied later is told, and the others are applied', async () => {
  const { emulator, problems, timers, send, stop } = breakable();
  emulator.setSettings({ consistencyDelay: 50 });
  await send();
  await send();
  stop();
  timers.end(50);
  assert.deepEqual([problems, emulator.profiles().length], [['The clock has stopped.'], 1]);
});

test('an error while something is applied at once is a 500', async () => {
  const problems: string[] = [];
  const { app, journal } = createEmulator({
    workspaces: [{ keys: [{ key: KEY, permissions: ['users.track'] }] }],
    onProblem: ({ message }) => void problems.push(message),
    onProfiles: () => {
      throw new Error('The file is full.');
    },
  });
  const reply = await app.request('/users/track', { method: 'POST', headers: authorized, body: valid });
  assert.deepEqual([reply.status, journal()[0]?.status, problems], [500, 500, ['The file is full.']]);
});
