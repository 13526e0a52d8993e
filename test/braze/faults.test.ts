/** How the emulator fails when it is told to: by a request's header, from outside, by its seed. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Chaos } from '../../demo/braze/chaos.ts';
import { createEmulator, type Fault } from '../../demo/braze/emulator.ts';
import { endpointPaths } from '../../demo/braze/endpoint.ts';
import { faultKinds, type FaultKind } from '../../demo/braze/faults.ts';
import { serveEmulator } from '../../demo/braze/serve.ts';
import { bodies, campaigns, canvases } from './bodies.ts';
import { sendRaw, type RawReply } from './raw-client.ts';
import { createTimers } from './timers.ts';
import { KEY, messagesOf, NOW, startWorkspace } from './workspace.ts';

const workspace = await startWorkspace({ canvases, campaigns });
const { url, emulator, track, post, call } = workspace;

const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
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
  { status: 404, message: 'Not Found' },
  { status: 413, message: 'Payload Too Large' },
  { status: 415, message: 'Unsupported Media Type' },
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
  const reply = await track(body);
  assert.equal(reply.status, 429);
  assert.equal(reply.headers.get('x-ratelimit-remaining'), '0');
  assert.equal(reply.headers.get('x-ratelimit-reset'), String(NOW / 1000 + 1));
  assert.equal(reply.headers.get('x-ratelimit-retry-after'), null);
});

test('429 of MAU-type contracts has X-Ratelimit-Retry-After and nothing else (api/endpoints/user_data/post_user_track)', async () => {
  emulator.setFault({ kind: 'status', status: 429, style: 'retry-after' });
  const reply = await track(body);
  assert.equal(reply.status, 429);
  assert.equal(reply.headers.get('x-ratelimit-retry-after'), '1');
  for (const name of ['limit', 'remaining', 'reset'])
    assert.equal(reply.headers.get(`x-ratelimit-${name}`), null);
});

/** What is seen of a kind, whichever way it was asked for. All have an entry with it in the journal. */
interface KindCase {
  readonly fault: Fault;
  /** Requests before the one that is looked at. */
  readonly before?: number;
  /** What lets the answer go, where it waits. */
  readonly letGo?: (served: Served) => void;
  /** `hit` is the fault as the journal has it. */
  readonly answer: (reply: RawReply, hit?: Fault) => void;
  /** How many profiles there are afterwards, of the two that were sent. */
  readonly profiles: number;
}

const jsonOf = ({ text }: RawReply): unknown => JSON.parse(text);
const isSuccess = (reply: RawReply): void => {
  assert.deepEqual([reply.status, reply.error, jsonOf(reply)], [201, undefined, success]);
};

const kinds: Readonly<Record<Exclude<FaultKind, 'reset'> | 'reset before' | 'reset during', KindCase>> = {
  status: {
    fault: { kind: 'status', status: 503 },
    answer: ({ status }, hit) =>
      assert.deepEqual(hit, { kind: 'status', status, ...(status === 429 && { style: 'headers' }) }),
    profiles: 0,
  },
  slow: {
    fault: { kind: 'slow', ms: 2_000 },
    letGo: ({ timers }) => {
      assert.equal(timers.waiting().length, 1);
      timers.end(3_000);
    },
    answer: isSuccess,
    profiles: 2,
  },
  hold: {
    fault: { kind: 'hold' },
    letGo: ({ emulator: { setFault } }) => setFault(undefined),
    answer: isSuccess,
    profiles: 2,
  },
  lost: {
    fault: { kind: 'lost' },
    answer: ({ status, error }) => assert.deepEqual([status, error], [0, 'socket hang up']),
    profiles: 2,
  },
  'reset before': {
    fault: { kind: 'reset', when: 'before' },
    answer: ({ status, error }) => assert.deepEqual([status, error], [0, 'read ECONNRESET']),
    profiles: 0,
  },
  'reset during': {
    fault: { kind: 'reset', when: 'during' },
    answer: ({ status, headers: { 'content-length': length }, text, error }) => {
      const whole = JSON.stringify(success);
      assert.deepEqual([status, error, length], [201, 'aborted', String(whole.length)]);
      assert.equal(text, whole.slice(0, Math.ceil(whole.length / 2)));
    },
    profiles: 2,
  },
  malformed: {
    fault: { kind: 'malformed' },
    answer: (reply) => {
      assert.deepEqual([reply.status, reply.error], [201, undefined]);
      assert.throws(() => jsonOf(reply), SyntaxError);
    },
    profiles: 2,
  },
  errors: {
    fault: {
      kind: 'errors',
      errors: [emailError, { type: "'name' is wrong", input_array: 'events', index: 0 }],
    },
    answer: (reply) => {
      const { errors, ...counters } = jsonOf(reply) as { errors: readonly (typeof emailError)[] };
      assert.deepEqual(counters, { message: 'success', attributes_processed: 1, events_processed: 0 });
      assert.deepEqual(
        errors.map(({ input_array: array, index }) => [array, index]),
        [
          ['attributes', 0],
          ['events', 0],
        ],
      );
    },
    profiles: 1,
  },
  throttle: {
    fault: { kind: 'throttle', limit: 1, window: 1_000 },
    before: 1,
    answer: ({ status, headers: { 'x-ratelimit-limit': limit, 'x-ratelimit-reset': reset } }) =>
      assert.deepEqual([status, limit, reset], [429, '1', String(NOW / 1000 + 1)]),
    profiles: 2,
  },
  skew: {
    fault: { kind: 'skew', ms: -3_600_000 },
    answer: (reply) => {
      isSuccess(reply);
      const ahead = Date.parse(reply.headers.date ?? '') - NOW;
      assert.notEqual(ahead, 0);
      assert.equal(Number(reply.headers['x-ratelimit-reset']), (NOW + ahead) / 1000 + 3);
    },
    profiles: 2,
  },
};

/** An emulator of its own, because of its timers. */
async function serveWithTimers() {
  const timers = createTimers();
  const keys = [{ key: KEY, permissions: ['users.track'] }];
  const served = await serveEmulator({
    workspaces: [{ keys }],
    clock: () => NOW,
    startTimer: timers.startTimer,
    port: 0,
  });
  return { timers, ...served };
}

type Served = Awaited<ReturnType<typeof serveWithTimers>>;

const withTimers = await serveWithTimers();
after(withTimers.close);
beforeEach(() => withTimers.emulator.reset());

/** One that draws it for the first request: a reset may be of two kinds. */
const seedOf = (fault: Fault): number => (fault.kind === 'reset' && fault.when === 'during' ? 2 : 1);

const ways = {
  'the header x-emulator-fault': async (fault: Fault) => ({ 'x-emulator-fault': JSON.stringify(fault) }),
  'an admin call': async (fault: Fault) => {
    const init = { method: 'PUT', body: JSON.stringify(fault) };
    assert.equal((await fetch(`${withTimers.url}/emulator/fault`, init)).status, 200);
    return {};
  },
  'the seed': async (fault: Fault) => {
    withTimers.emulator.setChaos({ seed: seedOf(fault), share: 1, kinds: [fault.kind] });
    return {};
  },
} as const;

for (const [kind, { fault, before = 0, letGo, answer, profiles }] of Object.entries(kinds)) {
  for (const [way, ask] of Object.entries(ways)) {
    test(`${kind}, asked for by ${way}`, async () => {
      const asking = { ...headers, ...(await ask(fault)) };
      const send = () => sendRaw(`${withTimers.url}/users/track`, asking, JSON.stringify(body));
      for (let sent = 0; sent < before; sent += 1) isSuccess(await send());
      const reply = send();
      await withTimers.emulator.until(({ journal }) => journal().length === before + 1);
      assert.equal(withTimers.emulator.profiles().length, profiles);
      letGo?.(withTimers);
      const entry = withTimers.emulator.journal().at(-1);
      answer(await reply, entry?.fault);
      assert.deepEqual([entry?.verdict, entry?.fault?.kind], ['fault', fault.kind]);
    });
  }
}

for (const path of endpointPaths) {
  test(`a fault for ${path} hits no other endpoint, and counts no request to one`, async () => {
    emulator.setFault({ kind: 'status', status: 503, path, times: 1 });
    for (const other of endpointPaths.filter((each) => each !== path)) {
      const { status } = await post(other, bodies[other]);
      assert.ok(status < 300, `${other} answers ${String(status)}`);
    }
    assert.equal((await post(path, bodies[path])).status, 503);
    assert.ok((await post(path, bodies[path])).status < 300);
  });

  test(`a fault without a path hits ${path}`, async () => {
    emulator.setFault({ kind: 'lost' });
    await assert.rejects(post(path, bodies[path]), { message: 'fetch failed' });
    emulator.setFault({ kind: 'malformed' });
    const { status, body: answer } = await post(path, bodies[path]);
    assert.ok(status < 300);
    assert.equal(answer, '{"message":"succ');
  });
}

test('errors hit /users/track only, which alone has errors by object (api/endpoints/user_data/post_user_track)', async () => {
  emulator.setFault({ kind: 'errors', errors: [emailError], times: 1 });
  assert.equal((await post('/users/alias/new', bodies['/users/alias/new'])).status, 201);
  assert.deepEqual(emulator.journal()[0]?.verdict, 'accepted');
  assert.deepEqual((await track(body)).body, {
    ...success,
    attributes_processed: 1,
    errors: [emailError],
  });
});

test('a fault with times hits so many requests and then is over', async () => {
  emulator.setFault({ kind: 'status', status: 500, times: 2 });
  const seen = [await track(body), await track(body), await track(body)].map(({ status }) => status);
  assert.deepEqual(seen, [500, 500, 201]);
});

test('a fault does not touch paths and methods that are not Braze’s', async () => {
  emulator.setFault({ kind: 'status', status: 500, times: 1 });
  assert.equal((await call('/messages/send', { method: 'POST' })).status, 404);
  assert.equal((await call('/users/track')).status, 404);
  assert.equal((await call('/users/track/', { method: 'POST' })).status, 403);
  assert.equal((await track(body)).status, 500);
});

interface Precedence {
  readonly fact: string;
  readonly header?: string;
  readonly set?: Fault;
  readonly chaos?: Chaos;
  readonly status: number;
}

const by = (status: number): Fault => ({ kind: 'status', status });
const storm: Chaos = { seed: 1, share: 1, kinds: ['malformed'] };

const precedences: readonly Precedence[] = [
  {
    fact: 'the header goes before what is set',
    header: JSON.stringify(by(418)),
    set: by(500),
    chaos: storm,
    status: 418,
  },
  { fact: 'what is set goes before the seed', set: by(500), chaos: storm, status: 500 },
  {
    fact: 'a header about another endpoint leaves what is set',
    header: JSON.stringify({ ...by(418), path: '/users/merge' }),
    set: by(500),
    status: 500,
  },
  {
    fact: 'a header of null keeps every fault off its request',
    header: 'null',
    set: by(500),
    chaos: storm,
    status: 201,
  },
];

for (const { fact, header, set, chaos, status } of precedences) {
  test(fact, async () => {
    emulator.setFault(set);
    emulator.setChaos(chaos);
    const own = header === undefined ? headers : { ...headers, 'x-emulator-fault': header };
    assert.equal((await track(body, { headers: own })).status, status);
  });
}

test('a header uses up no times of what is set', async () => {
  emulator.setFault({ ...by(500), times: 1 });
  await track(body, { headers: { ...headers, 'x-emulator-fault': JSON.stringify(by(503)) } });
  assert.equal((await track(body)).status, 500);
});

test('slow answers after so many milliseconds, and not before', async () => {
  const { url: slowUrl, emulator: slow, timers } = withTimers;
  slow.setFault({ kind: 'slow', ms: 60 });
  let isAnswered = false;
  const reply = sendRaw(`${slowUrl}/users/track`, headers, JSON.stringify(body)).finally(
    () => (isAnswered = true),
  );
  await slow.until(({ journal }) => journal().length === 1);
  assert.deepEqual(timers.waiting(), [60]);
  timers.end(59);
  await fetch(`${slowUrl}/emulator/fault`);
  assert.equal(isAnswered, false);
  timers.end(60);
  isSuccess(await reply);
});

test('a caller who was gone before the answer was held is not held', { timeout: 10_000 }, async () => {
  const { app, setFault } = createEmulator({
    workspaces: [{ keys: [{ key: KEY, permissions: ['users.track'] }] }],
  });
  setFault({ kind: 'hold' });
  const init = { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.abort() };
  assert.equal((await app.request('/users/track', init)).status, 201);
});

test('hold lets go when the fault is replaced, when chaos begins, and at a reset', async () => {
  const releases = [
    () => emulator.setFault({ kind: 'malformed' }),
    () => emulator.setChaos({ seed: 1, share: 0 }),
    () => emulator.reset(),
  ];
  for (const release of releases) {
    emulator.setFault({ kind: 'hold', times: 1 });
    let isAnswered = false;
    const reply = track(body).finally(() => (isAnswered = true));
    await emulator.until(({ journal }) => journal().at(-1)?.fault?.kind === 'hold');
    await call('/emulator/fault');
    assert.equal(isAnswered, false);
    release();
    assert.deepEqual((await reply).body, success);
    emulator.reset();
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
  const reply = track(body, { headers, signal: caller.signal });
  await heldBecomes(1);
  caller.abort();
  await assert.rejects(reply, { name: 'AbortError' });
  await heldBecomes(0);
  stream.abort();
});

test('a caller who goes away is no longer waited for', async () => {
  const caller = new AbortController();
  withTimers.emulator.setFault({ kind: 'slow', ms: 600_000 });
  const reply = fetch(`${withTimers.url}/users/track`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    signal: caller.signal,
  });
  await withTimers.emulator.until(({ journal }) => journal().length === 1);
  assert.deepEqual(withTimers.timers.waiting(), [600_000]);
  caller.abort();
  await assert.rejects(reply, { name: 'AbortError' });
  while (withTimers.timers.waiting().length > 0) await setImmediate();
});

test('errors on all objects are still 201, with a counter of 0', async () => {
  emulator.setFault({ kind: 'errors', errors: [emailError] });
  const reply = await track({ attributes: [{ external_id: 'ana' }] });
  assert.deepEqual(
    [reply.status, reply.body],
    [201, { message: 'success', attributes_processed: 0, errors: [emailError] }],
  );
});

test('errors that are asked for may be about what is not there; those that are drawn are not', async () => {
  const elsewhere = { ...emailError, input_array: 'purchases' } as const;
  emulator.setFault({ kind: 'errors', errors: [elsewhere] });
  assert.deepEqual((await track(body)).body, { ...success, errors: [elsewhere] });
  emulator.reset();
  emulator.setChaos({ seed: 1, share: 1, kinds: ['errors'] });
  const { errors } = (await track({ events: body.events })).body as { errors: readonly object[] };
  assert.equal(errors.length, 1);
});

test('lost and reset without processing have no answer in the journal, reset after it has what was sent', async () => {
  const faults: readonly Fault[] = [
    { kind: 'lost' },
    { kind: 'reset', when: 'before' },
    { kind: 'reset', when: 'during' },
  ];
  for (const fault of faults) {
    emulator.setFault(fault);
    await assert.rejects(track(body));
  }
  const whole = JSON.stringify(success);
  assert.deepEqual(
    emulator.journal().map(({ status, answer }) => [status, answer]),
    [
      [0, undefined],
      [0, undefined],
      [201, whole.slice(0, Math.ceil(whole.length / 2))],
    ],
  );
  assert.equal((await emulator.until(({ profiles }) => profiles())).length, 2);
});

test('without a connection lost and reset are a bare 500, and half a body fails at its middle', async () => {
  const { app, setFault } = createEmulator({
    workspaces: [{ keys: [{ key: KEY, permissions: ['users.track'] }] }],
  });
  const send = async () =>
    app.request('/users/track', { method: 'POST', headers, body: JSON.stringify(body) });
  for (const fault of [{ kind: 'lost' }, { kind: 'reset', when: 'before' }] as const) {
    setFault(fault);
    const reply = await send();
    assert.deepEqual([reply.status, await reply.text()], [500, '']);
  }
  setFault({ kind: 'reset', when: 'during' });
  const reply = await send();
  assert.equal(reply.status, 201);
  await assert.rejects(reply.text(), /reset/);
});

test('a request that is refused anyway is refused as ever, whatever fault processes it', async () => {
  const faults: readonly Fault[] = [
    { kind: 'malformed' },
    { kind: 'errors', errors: [emailError] },
    { kind: 'throttle', limit: 0 },
    { kind: 'skew', ms: 1_000 },
  ];
  for (const fault of faults) {
    emulator.setFault(fault);
    const reply = await track(body, { headers: { 'content-type': 'application/json' } });
    assert.deepEqual([reply.status, reply.body], [401, { message: 'Invalid API Key' }]);
  }
});

test('a throttle counts what it hits, begins anew with its window, and is no fault of what it lets through', async () => {
  let now = NOW;
  const { app, setFault, journal } = createEmulator({
    workspaces: [{ keys: [{ key: KEY, permissions: ['users.track'] }] }],
    clock: () => now,
  });
  setFault({ kind: 'throttle', limit: 2, window: 5_000 });
  const send = async () =>
    app.request('/users/track', { method: 'POST', headers, body: JSON.stringify(body) });
  const replies = [await send(), await send(), await send()];
  now += 5_000;
  replies.push(await send());
  assert.deepEqual(
    replies.map(({ status, headers: answered }) => [status, answered.get('x-ratelimit-remaining')]),
    [
      [201, '1'],
      [201, '0'],
      [429, '0'],
      [201, '1'],
    ],
  );
  assert.deepEqual(
    journal().map(({ verdict }) => verdict),
    ['accepted', 'accepted', 'fault', 'accepted'],
  );
});

test('a clock that is ahead judges events by itself: what is not in its future keeps its time (api/objects_filters/event_object)', async () => {
  const later = '2026-03-01T12:30:00.000Z';
  const event = { events: [{ external_id: 'ana', name: 'opened', time: later }] };
  await track(event);
  emulator.setFault({ kind: 'skew', ms: 3_600_000 });
  const { headers: answered } = await track(event);
  assert.equal(answered.get('date'), 'Sun, 01 Mar 2026 13:00:00 GMT');
  assert.deepEqual(
    emulator.profiles()[0]?.events.map(({ time }) => time),
    ['2026-03-01T12:00:00.000Z', later],
  );
});

/** What hits each of so many requests. */
const drawn = async (chaos: Chaos, count: number): Promise<(Fault | undefined)[]> => {
  const { app, setChaos, setFault, journal } = createEmulator({
    workspaces: [{ keys: [{ key: KEY, permissions: ['users.track'] }] }],
    clock: () => NOW,
    startTimer: (run) => {
      queueMicrotask(run);
      return () => undefined;
    },
  });
  setChaos(chaos);
  for (let sent = 0; sent < count; sent += 1) {
    const reply = app.request('/users/track', { method: 'POST', headers, body: JSON.stringify(body) });
    await setImmediate();
    setFault(undefined);
    await reply;
  }
  return journal().map(({ fault }) => fault);
};

test('the same seed draws the same faults for the same requests, and another one does not', async () => {
  const chaos = { seed: 7, share: 0.5 };
  const first = await drawn(chaos, 60);
  assert.deepEqual(await drawn(chaos, 60), first);
  assert.notDeepEqual(await drawn({ ...chaos, seed: 8 }, 60), first);
});

test('chaos hits its share of the requests, with every kind that it is given', async () => {
  const faults = await drawn({ seed: 1, share: 0.3, kinds: faultKinds }, 1_000);
  const hits = faults.filter((fault) => fault !== undefined);
  // Throttles let the first request of their window through, so there are a few less than the share.
  assert.ok(hits.length > 230 && hits.length < 330, String(hits.length));
  assert.deepEqual([...new Set(hits.map(({ kind }) => kind))].sort(), [...faultKinds].sort());
});

test('chaos holds no answers unless it is told to: nobody might let them go', async () => {
  const hits = (await drawn({ seed: 1, share: 1 }, 300)).filter((fault) => fault !== undefined);
  assert.deepEqual(
    [...new Set(hits.map(({ kind }) => kind))].sort(),
    faultKinds.filter((kind) => kind !== 'hold').sort(),
  );
});

test('chaos of the options begins again at its first request after a reset', async () => {
  const { app, reset, journal } = createEmulator({
    workspaces: [{ keys: [{ key: KEY, permissions: ['users.track'] }] }],
    chaos: { seed: 3, share: 0.5, kinds: ['status'] },
  });
  const sequence = async () => {
    for (let sent = 0; sent < 20; sent += 1)
      await app.request('/users/track', { method: 'POST', headers, body: JSON.stringify(body) });
    return journal().map(({ fault }) => fault);
  };
  const first = await sequence();
  assert.ok(first.some((fault) => fault) && first.some((fault) => !fault));
  reset();
  assert.deepEqual(await sequence(), first);
});

const wrong: readonly (readonly [fault: unknown, says: RegExp])[] = [
  ['500', /A fault is one of/],
  [{ kind: 'broken' }, /A fault is one of/],
  [{ kind: 'constructor' }, /A fault is one of/],
  [{ kind: 'status' }, /"status" of a fault is a whole number from 400 to 599/],
  [{ kind: 'status', status: 201 }, /"status" of a fault is a whole number from 400 to 599/],
  [{ kind: 'status', status: 429, style: 'soon' }, /"style" of a fault is "headers" or "retry-after"/],
  [{ kind: 'slow', ms: -1 }, /"ms" of a fault is a whole number from 0/],
  [{ kind: 'errors', errors: [] }, /"errors" of a fault are a list of one or more/],
  [
    { kind: 'errors', errors: [{ type: 'x', input_array: 'users', index: 0 }] },
    /"errors" of a fault are a list/,
  ],
  [
    { kind: 'errors', errors: [emailError], path: '/users/merge' },
    /Only \/users\/track has errors by object/,
  ],
  [
    { kind: 'errors', errors: [{ ...emailError, type: 'x'.repeat(1_001) }] },
    /"type" of at most 1000 characters/,
  ],
  [{ kind: 'reset' }, /"when" of a reset is "before" or "during"/],
  [{ kind: 'throttle' }, /"limit" of a throttle is a whole number from 0/],
  [
    { kind: 'throttle', limit: 1, window: 0 },
    /"window" of a throttle is a whole number of milliseconds from 1/,
  ],
  [{ kind: 'skew', ms: 0.5 }, /"ms" of a skew is a whole number/],
  [{ kind: 'hold', times: 0 }, /"times" is a whole number from 1/],
  [{ kind: 'hold', path: '/user/track' }, /"path" is one of \/users\/track, /],
];

for (const [fault, says] of wrong) {
  test(`${JSON.stringify(fault)} is no fault, and the answer says what would be one`, async () => {
    const reply = await call('/emulator/fault', { method: 'PUT', body: JSON.stringify(fault) });
    assert.equal(reply.status, 400);
    assert.match((reply.body as { message: string }).message, says);
    const own = await track(body, { headers: { ...headers, 'x-emulator-fault': JSON.stringify(fault) } });
    assert.equal(own.status, 400);
    const { message } = own.body as { message: string };
    assert.match(message, /^The header x-emulator-fault is wrong\. /);
    assert.match(message, says);
    assert.equal(emulator.profiles().length, 0);
  });
}

test('a header that is not JSON is 400, and says what would be right', async () => {
  const reply = await track(body, { headers: { ...headers, 'x-emulator-fault': 'lost' } });
  assert.equal(reply.status, 400);
  assert.match((reply.body as { message: string }).message, /\{ "kind": "lost" \}/);
  assert.equal(emulator.journal()[0]?.verdict, 'refused');
});

test('of the errors of a fault only what an error has is kept', async () => {
  const fault = { kind: 'errors', errors: [{ ...emailError, note: 'more' }] };
  const reply = await call('/emulator/fault', { method: 'PUT', body: JSON.stringify(fault) });
  assert.deepEqual(reply.body, { kind: 'errors', errors: [emailError] });
  assert.deepEqual(((await track(body)).body as { errors: unknown }).errors, [emailError]);
});

const right: readonly Fault[] = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 429, style: 'retry-after', times: 3 },
  { kind: 'slow', ms: 1500 },
  { kind: 'hold', path: '/users/merge' },
  { kind: 'errors', errors: [emailError], times: 1 },
  { kind: 'lost', times: 1 },
  { kind: 'reset', when: 'during' },
  { kind: 'throttle', limit: 0, window: 1 },
  { kind: 'skew', ms: -1 },
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
