/** How many requests a workspace may send, and how each answer says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmulator, type WorkspaceOptions } from '../../demo/braze/emulator.ts';
import { endpointPaths, type EndpointPath } from '../../demo/braze/endpoint.ts';
import { bodies, campaigns, canvases } from './bodies.ts';
import { pages } from './cases.ts';
import { KEY, NOW, startWorkspace } from './workspace.ts';

const { emulator, post, call } = await startWorkspace({ canvases, campaigns });

const rate = (headers: Headers): readonly (string | null)[] =>
  ['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}`));
const secondsFromNow = (seconds: number): string => String(NOW / 1000 + seconds);

interface LimitCase {
  readonly path: EndpointPath;
  readonly page: string;
  readonly limit: number;
  /** Seconds from noon, which is when every window begins. */
  readonly reset: number;
}

const track = 'api/endpoints/user_data/post_user_track';
const limits = 'api/api_limits';
const HOUR = 3_600;

const documented: readonly LimitCase[] = [
  { path: '/users/track', page: track, limit: 3_000, reset: 3 },
  { path: '/users/identify', page: limits, limit: 20_000, reset: 60 },
  { path: '/users/alias/new', page: limits, limit: 20_000, reset: 60 },
  { path: '/users/merge', page: limits, limit: 20_000, reset: 60 },
  { path: '/users/delete', page: limits, limit: 20_000, reset: 60 },
  {
    path: '/users/export/ids',
    page: 'api/endpoints/export/user_data/post_users_identifier',
    limit: 250,
    reset: 60,
  },
  {
    path: '/canvas/trigger/send',
    page: 'api/endpoints/messaging/send_messages/post_send_triggered_canvases',
    limit: 250_000,
    reset: HOUR,
  },
  {
    path: '/campaigns/trigger/send',
    page: 'api/endpoints/messaging/send_messages/post_send_triggered_campaigns',
    limit: 250_000,
    reset: HOUR,
  },
  { path: '/subscription/status/set', page: pages.subscription, limit: 5_000, reset: 60 },
];

for (const { path, page, limit, reset } of documented) {
  test(`${path} may be sent ${limit} times per ${reset} s, and each answer says what is left (${page})`, async () => {
    const first = await post(path, bodies[path]);
    const second = await post(path, '{');
    assert.deepEqual(rate(first.headers), [String(limit), String(limit - 1), secondsFromNow(reset)]);
    assert.deepEqual(rate(second.headers), [String(limit), String(limit - 2), secondsFromNow(reset)]);
  });
}

test('the table above has every endpoint', () => {
  assert.deepEqual(documented.map(({ path }) => path).sort(), [...endpointPaths].sort());
});

test('accounts of before 22 Aug 2024 may export 2,500 times a minute (api/endpoints/export/user_data/post_users_identifier)', async () => {
  emulator.setSettings({ requiresFieldsToExport: false });
  const { headers } = await post('/users/export/ids', bodies['/users/export/ids']);
  emulator.setSettings({ requiresFieldsToExport: true });
  assert.deepEqual(rate(headers), ['2500', '2499', secondsFromNow(60)]);
});

test('who is not let in uses nothing up', async () => {
  const headers = { 'content-type': 'application/json' };
  const refused = await post('/users/track', bodies['/users/track'], { headers });
  assert.deepEqual([refused.status, ...rate(refused.headers)], [401, '3000', '3000', secondsFromNow(3)]);
});

test('an answer to what is not there has the headers too (api/api_limits)', async () => {
  const { status, headers } = await call('/messages/send', { method: 'POST' });
  assert.deepEqual([status, ...rate(headers)], [404, '250000', '250000', secondsFromNow(HOUR)]);
});

test('what is used up is back after a reset', async () => {
  await post('/users/track', bodies['/users/track']);
  emulator.reset();
  assert.equal(rate((await post('/users/track', bodies['/users/track'])).headers)[1], '2999');
});

const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

/** An emulator whose clock the test sets, and who may do all. */
function emulatorAt(time: number, options: Partial<WorkspaceOptions> = {}) {
  const clock = { now: time };
  const { app, setSettings } = createEmulator({
    workspaces: [
      {
        keys: [
          { key: KEY, permissions: ['users.track', 'users.alias.new', 'users.delete', 'users.export.ids'] },
        ],
        ...options,
      },
    ],
    clock: () => clock.now,
  });
  const send = async (path: EndpointPath = '/users/track'): Promise<Response> =>
    app.request(path, { method: 'POST', headers, body: JSON.stringify(bodies[path]) });
  return { clock, send, setSettings };
}

test('more than 3,000 requests in 3 seconds are 429 until the next window (api/api_limits)', async () => {
  const { clock, send } = emulatorAt(NOW);
  for (let sent = 0; sent < 3_000; sent += 1) assert.equal((await send()).status, 201);
  const limited = await send();
  assert.equal(limited.status, 429);
  assert.deepEqual(await limited.json(), { message: 'Rate Limited' });
  assert.equal(limited.headers.get('x-ratelimit-remaining'), '0');
  clock.now += 2_999;
  assert.equal((await send()).status, 429);
  clock.now += 1;
  assert.equal((await send()).status, 201);
});

test('hours end when the clock’s do, not an hour after the first request (api/api_limits)', async () => {
  const quota = { limit: 1, window: 3_600_000 };
  const { clock, send } = emulatorAt(NOW + 3_599_000, { rateLimits: { track: quota } });
  assert.deepEqual(rate((await send()).headers), ['1', '0', secondsFromNow(HOUR)]);
  assert.equal((await send()).status, 429);
  clock.now += 1_000;
  assert.equal((await send()).status, 201);
});

test('aliases, identify, merge and delete share one limit; others have theirs (api/api_limits)', async () => {
  const { send } = emulatorAt(NOW, { rateLimits: { identity: { limit: 2, window: 60_000 } } });
  assert.equal(rate((await send('/users/alias/new')).headers)[1], '1');
  assert.equal(rate((await send('/users/delete')).headers)[1], '0');
  assert.equal((await send('/users/alias/new')).status, 429);
  assert.equal((await send('/users/track')).status, 201);
});

interface StyleCase {
  readonly fact: string;
  readonly page: string;
  readonly rateHeaders: 'epoch' | 'delta';
  /** Of the answer within the limit, then of the one over it. */
  readonly within: Readonly<Record<string, string>>;
  readonly over: Readonly<Record<string, string>>;
}

const styles: readonly StyleCase[] = [
  {
    fact: 'the reset is UTC epoch seconds, and a 429 has the three headers',
    page: limits,
    rateHeaders: 'epoch',
    within: {
      'x-ratelimit-limit': '1',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': secondsFromNow(60),
    },
    over: { 'x-ratelimit-limit': '1', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': secondsFromNow(60) },
  },
  {
    fact: 'on MAU-type contracts the reset is the seconds that remain, and a 429 has X-Ratelimit-Retry-After only',
    page: track,
    rateHeaders: 'delta',
    within: { 'x-ratelimit-limit': '1', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '21' },
    over: { 'x-ratelimit-retry-after': '21' },
  },
];

for (const { fact, page, rateHeaders, within, over } of styles) {
  test(`${fact} (${page})`, async () => {
    const rateLimits = { track: { limit: 1, window: 60_000 } };
    const { send } = emulatorAt(NOW + 39_500, { rateHeaders, rateLimits });
    const told = ({ headers: answered }: Response): Record<string, string> =>
      Object.fromEntries([...answered].filter(([name]) => name.startsWith('x-ratelimit')));
    assert.deepEqual(told(await send()), within);
    const limited = await send();
    assert.equal(limited.status, 429);
    assert.deepEqual(told(limited), over);
  });
}

const wrong: readonly NonNullable<WorkspaceOptions['rateLimits']>[] = [
  { track: { limit: 0, window: 1 } },
  { identity: { limit: 1, window: 0.5 } },
];

for (const rateLimits of wrong) {
  test(`${JSON.stringify(rateLimits)} is no limit, and the error says what would be one`, () => {
    assert.throws(() => emulatorAt(NOW, { rateLimits }), {
      name: 'RangeError',
      message: /is like \{ limit: 3000, window: 3000 \}/,
    });
  });
}
