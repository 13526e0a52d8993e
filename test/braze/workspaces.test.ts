/** Several workspaces in one emulator: whose a request is, what is kept apart, and what can be set. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { createEmulator, type WorkspaceOptions } from '../../demo/braze/emulator.ts';
import { serveEmulator } from '../../demo/braze/serve.ts';
import { parseSettings } from '../../demo/braze/settings.ts';
import { sendRaw, type RawReply } from './raw-client.ts';

const permissions = ['users.track'];
const BRAND = 'b7a1d5c2-brand';
const OUTLET = 'c3e9f0a4-outlet';

const brand: WorkspaceOptions = {
  name: 'brand',
  keys: [{ key: BRAND, permissions }],
  hosts: ['rest.iad-01.test', 'Rest.IAD-02.test:8789'],
};
const outlet: WorkspaceOptions = { name: 'outlet', keys: [{ key: OUTLET, permissions }] };

const { url, emulator, close } = await serveEmulator({ workspaces: [brand, outlet], port: 0 });
after(close);
beforeEach(() => emulator.reset());

const body = JSON.stringify({ attributes: [{ external_id: 'ana' }] });
const send = (key: string, host: string): Promise<RawReply> =>
  sendRaw(
    `${url}/users/track`,
    { host, authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body,
  );

interface HostCase {
  readonly fact: string;
  readonly key: string;
  readonly host: string;
  readonly status: number;
  /** In whose journal entry, and, if it is let in, in whose profiles it is. */
  readonly workspace: string;
}

const hosts: readonly HostCase[] = [
  {
    fact: 'a key is let in at its host',
    key: BRAND,
    host: 'rest.iad-01.test',
    status: 201,
    workspace: 'brand',
  },
  {
    fact: 'a host is the same in whatever letter case',
    key: BRAND,
    host: 'REST.iad-02.test:8789',
    status: 201,
    workspace: 'brand',
  },
  {
    fact: 'a right key at a wrong host is 401',
    key: BRAND,
    host: 'rest.fra-01.test',
    status: 401,
    workspace: 'brand',
  },
  {
    fact: 'a right key at another port is 401',
    key: BRAND,
    host: 'rest.iad-02.test',
    status: 401,
    workspace: 'brand',
  },
  {
    fact: 'a workspace without hosts answers at all of them',
    key: OUTLET,
    host: 'rest.fra-01.test',
    status: 201,
    workspace: 'outlet',
  },
  {
    fact: 'a key of no workspace is 401',
    key: 'a-key-of-nobody',
    host: 'rest.iad-01.test',
    status: 401,
    workspace: 'brand',
  },
];

for (const { fact, key, host, status, workspace } of hosts) {
  test(`${fact} (api/basics#endpoints)`, async () => {
    const reply = await send(key, host);
    assert.equal(reply.status, status);
    if (status === 401) assert.deepEqual(JSON.parse(reply.text), { message: 'Invalid API Key' });
    assert.deepEqual(
      ['brand', 'outlet'].filter((name) => emulator.profiles(name).length > 0),
      status === 201 ? [workspace] : [],
    );
    assert.equal(emulator.journal()[0]?.workspace, workspace);
  });
}

test('workspaces have rate limits of their own (api/basics)', async () => {
  await send(BRAND, 'rest.iad-01.test');
  const { headers } = await send(OUTLET, 'rest.iad-01.test');
  assert.equal(headers['x-ratelimit-remaining'], '2999');
});

test('no key of any workspace is in the journal', async () => {
  await sendRaw(`${url}/users/track?api_key=${OUTLET}`, { 'x-note': OUTLET, authorization: BRAND }, OUTLET);
  const text = JSON.stringify(emulator.journal());
  assert.deepEqual([text.includes(BRAND), text.includes(OUTLET)], [false, false]);
});

test('a workspace that is not there is an error of its own that names those that are', () => {
  for (const ask of [emulator.profiles, emulator.settings]) {
    assert.throws(() => ask('outled'), {
      name: 'UnknownWorkspaceError',
      message: 'There is no workspace "outled"; there is brand, outlet.',
    });
  }
});

interface WrongCase {
  readonly fact: string;
  readonly workspaces: readonly [WorkspaceOptions, ...WorkspaceOptions[]];
  readonly says: RegExp;
}

const keys = [{ key: 'k1', permissions }];
const only = (options: object): WrongCase['workspaces'] => [{ keys: [], ...options }];

const wrong: readonly WrongCase[] = [
  {
    fact: 'two workspaces of the same name',
    workspaces: [{ keys }, { keys: [] }],
    says: /^Two workspaces are called "workspace"/,
  },
  { fact: 'a workspace without a name', workspaces: only({ name: '' }), says: /has an empty name/ },
  {
    fact: 'a key of two workspaces',
    workspaces: [
      { name: 'a', keys },
      { name: 'b', keys },
    ],
    says: /^The workspaces "a" and "b" have the same key; a key is of one workspace\.$/,
  },
  {
    fact: 'a setting that does not exist',
    workspaces: only({ delay: 5 }),
    says: /^There is no setting "delay"/,
  },
];

for (const { fact, workspaces, says } of wrong) {
  test(`${fact} cannot be`, () => {
    assert.throws(() => createEmulator({ workspaces }), { name: 'RangeError', message: says });
  });
}

test('a key of one workspace cannot be added to another one', async () => {
  assert.throws(() => emulator.addKey({ key: BRAND, permissions }, 'outlet'), {
    name: 'RangeError',
    message: /"brand" and "outlet" have the same key/,
  });
  emulator.revokeKey(BRAND);
  emulator.addKey({ key: BRAND, permissions }, 'outlet');
  assert.equal((await send(BRAND, 'rest.iad-01.test')).status, 201);
  assert.equal(emulator.profiles('outlet').length, 1);
  emulator.revokeKey(BRAND);
  emulator.addKey({ key: BRAND, permissions });
});

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `name ${index}`);

const settings: readonly (readonly [setting: object, says: RegExp])[] = [
  [{ objectLimit: 'combined100' }, /^"objectLimit" is one of combined75, perArray75, combined50\.$/],
  [{ errorStyle: 'number' }, /^"errorStyle" is one of sentence, code\.$/],
  [{ requiresFieldsToExport: 'yes' }, /^"requiresFieldsToExport" is true or false\.$/],
  [{ blocklist: ['hobby'] }, /^"blocklist" is like \{ "attributes": \["hobby"\], "events": \[\] \}/],
  [{ blocklist: { attributes: [''], events: [] } }, /^"blocklist" is like/],
  [{ blocklist: { attributes: [], events: [], purchases: 1 } }, /^"blocklist" is like /],
  [
    { shuffleSeed: -1 },
    /^"shuffleSeed" is a whole number from 0 to 4294967295, or null to keep the order\.$/,
  ],
  [{ blocklist: { attributes: [], events: names(301) } }, /^"blocklist" has at most 300 events\.$/],
  [{ blocklist: { attributes: names(301), events: [] } }, /^"blocklist" has at most 300 attributes\.$/],
  [{ canvases: [{ name: 'Welcome' }] }, /^"canvases" is a list like \[\{ "id": "welcome"/],
  [
    { canvases: [{ id: 'a', entry: { properties: { flow: 'weekend' } } }] },
    /^"entry" of the Canvas "a" is like \{ "event": "chat_abandoned"/,
  ],
  [
    { canvases: [{ id: 'a', entry: { event: 'b', properties: { tags: [] } } }] },
    /^"entry" of the Canvas "a"/,
  ],
  [{ canvases: [{ id: 'a', entry: { event: 'b', reentry: 'yes' } }] }, /^"entry" of the Canvas "a"/],
  [{ canvases: [{ id: 'a', entry: { event: 'b', audience: 'all' } }] }, /^"entry" of the Canvas "a"/],
  [
    { campaigns: [{ id: 'a', entry: { event: 'b' } }] },
    /^"campaigns" has "a" with an "entry"; only a Canvas/,
  ],
  [{ campaigns: [{ id: 'a', state: 'draft' }] }, /"state" is one of active, paused, archived\.$/],
  [{ campaigns: [{ id: 'a' }, { id: 'a' }] }, /^"campaigns" has "a" twice/],
  [{ consistencyDelay: -1 }, /^"consistencyDelay" is a whole number of milliseconds from 0/],
];

for (const [setting, says] of settings) {
  test(`${JSON.stringify(setting).slice(0, 80)} is refused when it is created, when it is set, and as JSON`, () => {
    const options = { workspaces: only(setting) };
    assert.throws(() => createEmulator(options), { name: 'RangeError', message: says });
    const before = emulator.settings('outlet');
    assert.throws(() => emulator.setSettings(setting, 'outlet'), {
      name: 'RangeError',
      message: says,
    });
    assert.deepEqual(emulator.settings('outlet'), before);
    const parsed = parseSettings(setting);
    assert.ok('problem' in parsed && says.test(parsed.problem));
  });
}

test('300 names of each kind can be blocked (user_guide/data/activation/blocklist_custom_data)', () => {
  const blocklist = { attributes: names(300), events: names(300) };
  assert.deepEqual(parseSettings({ blocklist }), { value: { blocklist } });
});

test('what is no object is no settings', () => {
  for (const json of [null, [], 'combined50']) {
    const parsed = parseSettings(json);
    assert.ok(
      'problem' in parsed && parsed.problem.startsWith('Settings are an object with any of objectLimit, '),
    );
  }
});

test('settings change one by one, of one workspace, and stay at a reset', async () => {
  const before = emulator.settings('outlet');
  emulator.setSettings({ objectLimit: 'combined50' }, 'outlet');
  emulator.reset();
  assert.deepEqual(emulator.settings('outlet'), { ...before, objectLimit: 'combined50' });
  assert.equal(emulator.settings().objectLimit, 'combined75');
  const many = JSON.stringify({ attributes: names(51).map((name) => ({ external_id: name })) });
  const statuses = [BRAND, OUTLET].map(async (key) => {
    const headers = {
      host: 'rest.iad-01.test',
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
    };
    return (await sendRaw(`${url}/users/track`, headers, many)).status;
  });
  assert.deepEqual(await Promise.all(statuses), [201, 400]);
  emulator.setSettings({ objectLimit: 'combined75' }, 'outlet');
});
