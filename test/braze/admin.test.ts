/** The emulator's own side: journal, questions, admin calls, the inspector's page, starting and stopping. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { serveEmulator } from '../../demo/braze/serve.ts';
import { KEY, messagesOf, startWorkspace } from './workspace.ts';

const script = 'customElements;';
const workspace = await startWorkspace({ inspectorScript: () => Promise.resolve(script) });
const { emulator, track, call, url } = workspace;
const body = { attributes: [{ external_id: 'ana', first_name: 'Ana' }] };

test('the journal has each request and the answer that it got', async () => {
  await track(body);
  const [entry] = emulator.journal();
  assert.deepEqual(
    { ...entry, headers: undefined, answerHeaders: undefined },
    {
      id: 1,
      workspace: 'workspace',
      at: '2026-03-01T12:00:00.000Z',
      method: 'POST',
      path: '/users/track',
      query: {},
      headers: undefined,
      rawBody: JSON.stringify(body),
      body,
      status: 201,
      answer: { message: 'success', attributes_processed: 1 },
      answerHeaders: undefined,
      verdict: 'accepted',
    },
  );
});

test('no key is in the journal, in whatever part of a request it came', async () => {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', 'x-note': KEY };
  await call(`/users/track?api_key=${KEY}`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ api_key: KEY, ...body }),
  });
  const [entry] = emulator.journal();
  assert.equal(JSON.stringify(entry).includes(KEY), false);
  assert.equal(entry?.headers['authorization'], 'Bearer with a right key');
  assert.deepEqual(entry.body, { api_key: '…1c21', ...body });
});

test('the journal keeps the last 1,000 requests', async () => {
  for (let sent = 0; sent < 1_005; sent += 1) await emulator.app.request('/nowhere');
  const entries = emulator.journal();
  assert.equal(entries.length, 1_000);
  assert.equal(Number(entries.at(-1)?.id) - Number(entries[0]?.id), 999);
});

test('until resolves with the first truthy answer', async () => {
  const email = emulator.until(({ profiles }) => profiles()[0]?.standard['email'] as string | undefined);
  await track(body);
  await track({ attributes: [{ external_id: 'ana', email: 'ana@example.com' }] });
  assert.equal(await email, 'ana@example.com');
});

test('until rejects with what the question throws', async () => {
  const failure = emulator.until(({ journal }) => {
    if (journal().length > 0) throw new Error('one request');
    return undefined;
  });
  const rejected = assert.rejects(failure, { message: 'one request' });
  await track(body);
  await rejected;
});

test('profiles that were looked at do not change afterwards', async () => {
  await track(body);
  const [before] = emulator.profiles();
  await track({ attributes: [{ external_id: 'ana', first_name: 'Anna', plan: 'gold' }] });
  assert.deepEqual([before?.standard, before?.custom_attributes], [{ first_name: 'Ana' }, {}]);
});

test('profiles and journal can be read over HTTP, and reset', async () => {
  await track(body);
  assert.deepEqual((await call('/emulator/profiles')).body, emulator.profiles());
  assert.deepEqual((await call('/emulator/journal')).body, emulator.journal());
  assert.equal((await call('/emulator/reset', { method: 'POST' })).status, 204);
  assert.deepEqual([emulator.profiles(), emulator.journal()], [[], []]);
});

test('the stream begins with all there is and tells every change', async () => {
  await track(body);
  const stopped = new AbortController();
  const next = messagesOf(await fetch(`${url}/emulator/stream`, { signal: stopped.signal }));
  const [first, snapshot] = await next();
  assert.equal(first, 'snapshot');
  assert.deepEqual(
    [snapshot['profiles'], snapshot['fault'], snapshot['held']],
    [emulator.profiles(), null, 0],
  );
  await track({ events: [{ external_id: 'ben', name: 'opened', time: '2026-03-01T11:00:00Z' }] });
  const [second, change] = await next();
  assert.equal(second, 'change');
  assert.deepEqual(change['entry'], emulator.journal()[1]);
  assert.deepEqual((await next())[1]['profiles'], [emulator.profiles()[1]]);
  emulator.setFault({ kind: 'hold' });
  assert.deepEqual((await next())[1]['fault'], { kind: 'hold' });
  emulator.reset();
  assert.equal((await next())[1]['fault'], null);
  assert.equal((await next())[1]['isReset'], true);
  stopped.abort();
});

test('the page has a strict content security policy and says that it is not Braze', async () => {
  const { status, headers, body: html } = await call('/');
  assert.equal(status, 200);
  const policy = headers.get('content-security-policy') ?? '';
  assert.match(policy, /^default-src 'none'; script-src 'self'; connect-src 'self';/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.match(String(html), /not affiliated with Braze/);
  assert.doesNotMatch(String(html), /<script>|<style|\son\w+=/);
  assert.equal((await call('/inspector.js')).body, script);
});

test('without a script the page and the script say what to run', async () => {
  const bare = await serveEmulator({ workspaces: [{ keys: [] }], port: 0 });
  const page = await fetch(bare.url);
  assert.match(await page.text(), /Run "npm run build"/);
  const missing = await fetch(`${bare.url}/inspector.js`);
  assert.equal(missing.status, 404);
  assert.match(await missing.text(), /Run "npm run build"/);
  await bare.close();
});

const guarded = [
  ['GET', '/'],
  ['GET', '/inspector.js'],
  ['GET', '/emulator/profiles'],
  ['GET', '/emulator/journal'],
  ['GET', '/emulator/stream'],
  ['PUT', '/emulator/fault'],
  ['POST', '/emulator/reset'],
] as const;

/** A request with headers that `fetch` would not let a caller set. */
function statusFor(
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<[number, unknown]> {
  return new Promise((resolve, reject) => {
    httpRequest(url + path, { method, headers }, (response) => {
      response.destroy();
      resolve([response.statusCode ?? 0, response.headers['access-control-allow-origin']]);
    })
      .on('error', reject)
      .end(method === 'PUT' ? 'null' : undefined);
  });
}

for (const [method, path] of guarded) {
  test(`${method} ${path} is for the emulator’s own page only`, async () => {
    const { host } = new URL(url);
    assert.notEqual((await statusFor(method, path, { origin: url }))[0], 403);
    for (const origin of ['https://evil.example', 'http://127.0.0.1:1', 'null']) {
      assert.deepEqual(await statusFor(method, path, { origin, host }), [403, undefined]);
    }
    const rebound = 'evil.example:8789';
    assert.equal((await statusFor(method, path, { origin: `http://${rebound}`, host: rebound }))[0], 403);
  });
}

test('a port that is taken is an error that says so', async () => {
  await assert.rejects(serveEmulator({ workspaces: [{ keys: [] }], port: Number(new URL(url).port) }), {
    code: 'EADDRINUSE',
  });
});

test('close ends streams, held and slow answers, and a second close does nothing', async () => {
  const served = await serveEmulator({
    workspaces: [{ keys: [{ key: KEY, permissions: ['users.track'] }] }],
    port: 0,
  });
  const send = (): Promise<string> =>
    fetch(`${served.url}/users/track`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).then(
      () => 'answered',
      () => 'dropped',
    );
  const stream = await fetch(`${served.url}/emulator/stream`);
  served.emulator.setFault({ kind: 'slow', ms: 600_000, times: 1 });
  const slow = send();
  await served.emulator.until(({ journal }) => journal().length === 1);
  served.emulator.setFault({ kind: 'hold' });
  const held = send();
  await served.emulator.until(({ journal }) => journal().length === 2);
  await served.close();
  await served.close();
  assert.deepEqual([await slow, await held], ['dropped', 'dropped']);
  await assert.rejects(stream.text());
});
