/** The emulator's own side: journal, questions, admin calls, the inspector's page, starting and stopping. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { EmulatorKey } from '../../demo/braze/emulator.ts';
import { serveEmulator } from '../../demo/braze/serve.ts';
import { KEY, KEY_WITHOUT_TRACK, messagesOf, startWorkspace, type Message } from './workspace.ts';

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

interface Row {
  readonly external_id?: string;
  readonly path?: string;
}

/** What a list answers: how many there are, and the `external_id`s or paths of its rows. */
async function listed(path: string): Promise<readonly [total: number, names: readonly unknown[]]> {
  const { total, rows } = (await call(path)).body as {
    readonly total: number;
    readonly rows: readonly Row[];
  };
  return [total, rows.map((row) => row.external_id ?? row.path)];
}

test('the list of profiles has summaries, those that changed last first, a part at a time', async () => {
  const moments = [3, 1, 2].map((hour) => Date.UTC(2026, 2, 1, hour));
  const clocked = await serveEmulator({
    workspaces: [{ keys: [{ key: KEY, permissions: ['users.track'] }] }],
    clock: () => moments[0] ?? 0,
    port: 0,
  });
  for (const id of ['ana', 'ben', 'cleo']) {
    await fetch(`${clocked.url}/users/track`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ attributes: [{ external_id: id, first_name: id, plan: 'gold' }] }),
    });
    moments.shift();
  }
  const page = async (query: string): Promise<{ readonly total: number; readonly rows: readonly Row[] }> =>
    (await fetch(`${clocked.url}/emulator/profiles${query}`)).json() as Promise<{
      total: number;
      rows: Row[];
    }>;
  const { total, rows } = await page('');
  assert.deepEqual([total, rows.map((row) => row.external_id)], [3, ['ana', 'cleo', 'ben']]);
  assert.deepEqual(rows[0], {
    braze_id: clocked.emulator.profiles()[0]?.braze_id,
    external_id: 'ana',
    user_aliases: [],
    standard: { first_name: 'ana' },
    counts: { attributes: 2, events: 0, purchases: 0, canvas_entries: 0, campaign_sends: 0 },
    updated_at: '2026-03-01T03:00:00.000Z',
  });
  const part = await page('?limit=1&offset=1');
  assert.deepEqual([part.total, part.rows.map((row) => row.external_id)], [3, ['cleo']]);
  await clocked.close();
});

test('of ten thousand profiles the list has fifty, and no more than five hundred', async () => {
  for (let start = 0; start < 10_000; start += 75) {
    const attributes = Array.from({ length: Math.min(75, 10_000 - start) }, (_, index) => ({
      external_id: `customer-${String(start + index)}`,
    }));
    assert.equal((await track({ attributes })).status, 201);
  }
  const [total, names] = await listed('/emulator/profiles');
  assert.deepEqual([total, names.length], [10_000, 50]);
  assert.equal((await listed('/emulator/profiles?limit=500'))[1].length, 500);
  assert.equal((await call('/emulator/profiles?limit=501')).status, 400);
  assert.deepEqual(await listed('/emulator/profiles?search=customer-9876'), [1, ['customer-9876']]);
});

const searches: readonly (readonly [search: string, found: readonly string[]])[] = [
  ['customer-7', ['ada']],
  ['ADA@EXAMPLE', ['ada']],
  ['love ada', ['ada']],
  ['+49 176 123', ['ben']],
  ['v-77', ['ben']],
  ['0002', ['ben']],
  ['keswick', []],
];

for (const [search, found] of searches) {
  test(`a search for "${search}" finds ${found.join() || 'nobody'}`, async () => {
    const alias = { alias_name: 'v-77f', alias_label: 'parley' };
    await track({
      attributes: [
        {
          external_id: 'customer-7',
          first_name: 'ada',
          last_name: 'Lovelace',
          email: 'ada@example.com',
          home_city: 'Keswick',
        },
        { user_alias: alias, _update_existing_only: false, first_name: 'ben', phone: '+49176123456' },
      ],
    });
    const { body: answer } = await call(`/emulator/profiles?${new URLSearchParams({ search }).toString()}`);
    const { rows } = answer as { readonly rows: readonly { readonly standard: { first_name: string } }[] };
    assert.deepEqual(
      rows.map(({ standard }) => standard.first_name),
      found,
    );
  });
}

test('a profile can be read whole, and one that is not there is a 404 that says so', async () => {
  await track(body);
  const [ana] = emulator.profiles();
  assert.deepEqual((await call(`/emulator/profiles/${ana?.braze_id ?? ''}`)).body, ana);
  const missing = await call('/emulator/profiles/nobody');
  assert.deepEqual([missing.status, missing.body], [404, { message: 'There is no profile "nobody".' }]);
});

test('the journal is listed newest first, searched in all that was sent, and read whole', async () => {
  await track(body);
  await call('/nowhere');
  await track({ attributes: [{ external_id: 'ben', email: 'ben@example.com' }] });
  assert.deepEqual(await listed('/emulator/journal'), [3, ['/users/track', '/nowhere', '/users/track']]);
  assert.deepEqual(await listed('/emulator/journal?search=BEN@example.com'), [1, ['/users/track']]);
  assert.deepEqual(await listed('/emulator/journal?search=refused 404'), [1, ['/nowhere']]);
  assert.deepEqual(await listed('/emulator/journal?limit=1&offset=1'), [3, ['/nowhere']]);
  const [entry] = emulator.journal();
  const { rows } = (await call('/emulator/journal?offset=2')).body as { readonly rows: readonly unknown[] };
  assert.deepEqual(rows, [
    {
      id: entry?.id,
      workspace: 'workspace',
      at: '2026-03-01T12:00:00.000Z',
      method: 'POST',
      path: '/users/track',
      status: 201,
      verdict: 'accepted',
      cargo: { attributes: 1 },
    },
  ]);
  assert.deepEqual((await call(`/emulator/journal/${String(entry?.id)}`)).body, entry);
  assert.equal((await call('/emulator/journal/0')).status, 404);
});

for (const query of ['limit=0', 'limit=many', 'limit=501', 'offset=-1', 'offset=1.5']) {
  test(`a list that is asked for with ${query} is a 400 that says what would be right`, async () => {
    for (const list of ['profiles', 'journal']) {
      const { status, body: answer } = await call(`/emulator/${list}?${query}`);
      assert.equal(status, 400);
      assert.match((answer as { message: string }).message, /is a whole number from/);
    }
  });
}

test('of several workspaces each has its own profiles, requests and settings', async () => {
  const keys = (key: string): EmulatorKey[] => [{ key, permissions: ['users.track'] }];
  const several = await serveEmulator({
    workspaces: [
      { name: 'sandbox', keys: keys(KEY) },
      { name: 'prod', keys: keys(KEY_WITHOUT_TRACK) },
    ],
    port: 0,
  });
  await fetch(`${several.url}/users/track`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY_WITHOUT_TRACK}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const at = async (path: string): Promise<unknown> =>
    (await fetch(`${several.url}/emulator/${path}`)).json();
  const totalAt = async (path: string): Promise<number> => ((await at(path)) as { total: number }).total;
  assert.deepEqual([await totalAt('profiles'), await totalAt('profiles?workspace=prod')], [0, 1]);
  assert.deepEqual([await totalAt('journal'), await totalAt('journal?workspace=sandbox')], [1, 0]);
  assert.deepEqual(await at('profiles?workspace=pord'), {
    message: 'There is no workspace "pord"; there is sandbox, prod.',
  });
  await fetch(`${several.url}/emulator/settings?workspace=prod`, {
    method: 'PUT',
    body: '{"errorStyle":"code"}',
  });
  assert.deepEqual(
    [several.emulator.settings().errorStyle, several.emulator.settings('prod').errorStyle],
    ['sentence', 'code'],
  );
  const stopped = new AbortController();
  const next = messagesOf(await fetch(`${several.url}/emulator/stream`, { signal: stopped.signal }));
  assert.deepEqual((await next())[1]['workspaces'], [
    { name: 'sandbox', profiles: 0, requests: 0 },
    { name: 'prod', profiles: 1, requests: 1 },
  ]);
  stopped.abort();
  await several.close();
});

test('settings can be read and changed over HTTP, those only that are named', async () => {
  const before = emulator.settings();
  assert.deepEqual((await call('/emulator/settings')).body, before);
  const put = (change: unknown): ReturnType<typeof call> =>
    call('/emulator/settings', { method: 'PUT', body: JSON.stringify(change) });
  const changed = await put({ objectLimit: 'combined50', blocklist: { attributes: ['hobby'], events: [] } });
  const after = { ...before, objectLimit: 'combined50', blocklist: { attributes: ['hobby'], events: [] } };
  assert.deepEqual([changed.status, changed.body, emulator.settings()], [200, after, after]);
  const wrong = await put({ objectLimit: 'none' });
  assert.equal(wrong.status, 400);
  assert.match((wrong.body as { message: string }).message, /"objectLimit" is one of/);
  await put({ objectLimit: before.objectLimit, blocklist: before.blocklist });
});

test('chaos can be read, started and ended over HTTP', async () => {
  const put = (value: unknown): ReturnType<typeof call> =>
    call('/emulator/chaos', { method: 'PUT', body: JSON.stringify(value) });
  assert.equal((await call('/emulator/chaos')).body, null);
  const chaos = { seed: 7, share: 1, kinds: ['status'] };
  assert.deepEqual((await put(chaos)).body, chaos);
  assert.deepEqual((await call('/emulator/chaos')).body, chaos);
  assert.notEqual((await track(body)).status, 201);
  assert.equal((await put(null)).body, null);
  assert.equal((await track(body)).status, 201);
  const wrong = await put({ seed: 'dice', share: 1 });
  assert.equal(wrong.status, 400);
  assert.match((wrong.body as { message: string }).message, /"seed" of chaos is a whole number/);
});

for (const path of ['fault', 'chaos', 'settings']) {
  test(`${path} that is not JSON is a 400 that says what would be right`, async () => {
    const { status, body: answer } = await call(`/emulator/${path}`, { method: 'PUT', body: 'slow' });
    assert.equal(status, 400);
    assert.match((answer as { message: string }).message, /(is one of|is like|are an object) /);
  });
}

test('a fault in brackets without end is a 400', async () => {
  const deep = `{"kind":"slow","ms":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
  assert.equal((await call('/emulator/fault', { method: 'PUT', body: deep })).status, 400);
});

test('a reset over HTTP forgets profiles, journal, fault and chaos', async () => {
  await track(body);
  emulator.setFault({ kind: 'hold' });
  emulator.setChaos({ seed: 1, share: 0.5 });
  assert.equal((await call('/emulator/reset', { method: 'POST' })).status, 204);
  assert.deepEqual([emulator.profiles(), emulator.journal()], [[], []]);
  assert.deepEqual(
    [(await call('/emulator/fault')).body, (await call('/emulator/chaos')).body],
    [null, null],
  );
});

/** Reads on until a message has this in it. */
async function until(next: () => Promise<Message>, member: string, value: unknown): Promise<Message[1]> {
  for (;;) {
    const [, data] = await next();
    if (isDeepStrictEqual(data[member], value)) return data;
  }
}

test('the stream begins with how things stand and tells what changes, without the profiles themselves', async () => {
  await track(body);
  const stopped = new AbortController();
  const next = messagesOf(await fetch(`${url}/emulator/stream`, { signal: stopped.signal }));
  const [first, snapshot] = await next();
  assert.equal(first, 'snapshot');
  const workspaces = [{ name: 'workspace', profiles: 1, requests: 1 }];
  assert.deepEqual(snapshot, { workspaces, fault: null, chaos: null, held: 0 });
  await track({ events: [{ external_id: 'ben', name: 'opened', time: '2026-03-01T11:00:00Z' }] });
  const ben = { workspace: 'workspace', ids: [emulator.profiles()[1]?.braze_id] };
  const { rows } = (await call('/emulator/journal')).body as { readonly rows: readonly unknown[] };
  const told = [await next(), await next()];
  assert.deepEqual(
    told.map(([event]) => event),
    ['change', 'change'],
  );
  assert.deepEqual(
    told.flatMap(([, { profiles }]) => profiles),
    [ben],
  );
  assert.deepEqual(
    told.flatMap(([, { last }]) => last ?? []),
    [rows[0]],
  );
  emulator.setFault({ kind: 'hold' });
  await until(next, 'fault', { kind: 'hold' });
  emulator.setChaos({ seed: 1, share: 0.5 });
  await until(next, 'chaos', { seed: 1, share: 0.5 });
  emulator.reset();
  const reset = await until(next, 'fault', null);
  assert.deepEqual(
    [reset['chaos'], reset['workspaces']],
    [null, [{ name: 'workspace', profiles: 0, requests: 0 }]],
  );
  stopped.abort();
});

test('what changes faster than it is read is told as one change, and nobody in it twice', async () => {
  await track(body);
  const stopped = new AbortController();
  const next = messagesOf(await fetch(`${url}/emulator/stream`, { signal: stopped.signal }));
  await next();
  // In one turn of the loop: the first is being written, and the others have to wait for it.
  for (let times = 1; times <= 40; times += 1) emulator.restore(emulator.profiles());
  emulator.setFault({ kind: 'hold' });
  const profiles = [{ workspace: 'workspace', ids: [emulator.profiles()[0]?.braze_id] }];
  const told = [(await next())[1], (await next())[1]];
  assert.deepEqual(
    told.map((change) => [change['profiles'], change['fault']]),
    [
      [profiles, null],
      [profiles, { kind: 'hold' }],
    ],
  );
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
  const page = await (await fetch(bare.url)).text();
  assert.match(page, /Run "npm run build"/);
  assert.match(page, /not Braze and not affiliated with Braze/);
  const missing = await fetch(`${bare.url}/inspector.js`);
  assert.equal(missing.status, 404);
  assert.match(await missing.text(), /Run "npm run build"/);
  await bare.close();
});

const guarded = [
  ['GET', '/'],
  ['GET', '/inspector.js'],
  ['GET', '/emulator/profiles'],
  ['GET', '/emulator/profiles/000000000000000000000001'],
  ['GET', '/emulator/journal'],
  ['GET', '/emulator/journal/1'],
  ['GET', '/emulator/settings'],
  ['GET', '/emulator/stream'],
  ['PUT', '/emulator/fault'],
  ['PUT', '/emulator/chaos'],
  ['PUT', '/emulator/settings'],
  ['POST', '/emulator/reset'],
] as const;

/** A request with headers that `fetch` would not let a caller set. */
function statusFor(
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<[number, unknown]> {
  return new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(url);
    httpRequest({ host, port, path, method, headers }, (response) => {
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

test('a target that is a whole address is judged as well as the header Host beside it', async () => {
  const { host } = new URL(url);
  const evil = 'evil.example:8789';
  const rebound = `http://${evil}/emulator/profiles`;
  assert.equal((await statusFor('GET', '/emulator/profiles', { host: evil }))[0], 403);
  assert.equal((await statusFor('GET', `${url}/emulator/profiles`, { host: evil }))[0], 403);
  assert.equal((await statusFor('GET', rebound, { host }))[0], 403);
  assert.equal((await statusFor('GET', `${url}/emulator/profiles`, { host }))[0], 200);
});

test('nothing of the emulator’s own is kept by a browser, or lent to another page', async () => {
  for (const path of ['/', '/inspector.js', '/emulator/profiles', '/emulator/fault']) {
    const { headers } = await call(path);
    const names = ['cache-control', 'cross-origin-resource-policy', 'x-content-type-options'];
    assert.deepEqual(
      [path, ...names.map((name) => headers.get(name))],
      [path, 'no-store', 'same-origin', 'nosniff'],
    );
  }
});

for (const [method, path] of [
  ['GET', '/emulator/people'],
  ['DELETE', '/emulator/fault'],
  ['POST', '/emulator'],
] as const) {
  test(`${method} ${path} is a 404 that says what there is, and no request to Braze`, async () => {
    const { status, body: answer } = await call(path, { method });
    assert.equal(status, 404);
    const { message } = answer as { readonly message: string };
    assert.ok(
      message.startsWith(`There is no ${method} ${path}; there is GET /emulator/profiles, `),
      message,
    );
    assert.deepEqual(emulator.journal(), []);
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
