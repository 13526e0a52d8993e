/** What the journal keeps of a request: never a key, and no more than the memory should hold. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmulator, type Emulator } from '../../demo/braze/emulator.ts';
import { KEY, KEY_WITHOUT_TRACK } from './workspace.ts';

const permissions = ['users.track', 'users.export.ids'];
const longer = `${KEY}-longer`;
const odd = 'a+b/c"d\\e$&f-1';

/** Of two workspaces; the second one's first key begins with the first one's. */
function create(): Emulator {
  return createEmulator({
    workspaces: [
      { name: 'one', keys: [{ key: KEY, permissions }] },
      { name: 'two', keys: [longer, odd].map((key) => ({ key, permissions })) },
    ],
  });
}

const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
const urlEncoded = (text: string): string =>
  Array.from(text, (character) => `%${character.charCodeAt(0).toString(16)}`).join('');
const jsonEscaped = (text: string): string =>
  Array.from(text, (character) => `\\u00${character.charCodeAt(0).toString(16).toUpperCase()}`).join('');

interface Sent {
  readonly where: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const sent: readonly Sent[] = [
  { where: 'the path', path: `/${KEY}/track` },
  { where: 'the path, URL-encoded', path: `/${urlEncoded(KEY)}/track` },
  { where: 'a name of the query', path: `/users/track?${KEY}=1` },
  { where: 'a value of the query', path: `/users/track?api_key=${KEY}` },
  { where: 'a name of a header', headers: { [KEY.toUpperCase()]: '1' } },
  { where: 'a value of a header', headers: { 'x-note': `key ${KEY}` } },
  { where: 'a name in the body', body: JSON.stringify({ [KEY]: 1 }) },
  { where: 'a value in the body', body: JSON.stringify({ api_key: KEY }) },
  { where: 'the body, escaped', body: `{"api_key":"${jsonEscaped(KEY)}"}` },
  { where: 'the body, URL-encoded', body: JSON.stringify({ redirect: `?key=${urlEncoded(KEY)}` }) },
  {
    where: 'a fault, and the answer',
    headers: {
      'x-emulator-fault': JSON.stringify({
        kind: 'errors',
        errors: [{ type: KEY, input_array: 'events', index: 0, [KEY]: KEY }],
      }),
    },
    body: '{"attributes":[{"external_id":"ana"}]}',
  },
  { where: 'another workspace’s body', body: JSON.stringify({ api_key: longer }) },
  { where: 'a body, with signs that are escaped', body: JSON.stringify({ api_key: odd }) },
  {
    where: 'a value of the query, with signs that are escaped',
    path: `/users/track?key=${odd.replace('&', '%26')}`,
  },
  { where: 'the path, with signs that are escaped', path: `/${odd}/track` },
];

for (const { where, path = '/users/track', headers: own, body = '{}' } of sent) {
  test(`no key is in the journal that came in ${where}`, async () => {
    const { app, journal } = create();
    await app.request(path, { method: 'POST', headers: { ...headers, ...own }, body });
    const [entry] = journal();
    assert.ok(entry);
    const told = JSON.stringify([entry, JSON.parse(entry.rawBody)]);
    for (const key of [KEY, longer, odd, 'b/c', '-longer']) {
      for (const spelling of [key, JSON.stringify(key).slice(1, -1), urlEncoded(key), jsonEscaped(key)])
        assert.equal(told.toLowerCase().includes(spelling.toLowerCase()), false, told);
    }
    assert.match(told, /…(?:1c21|nger|&f-1|1C21)/);
  });
}

test('no half of a key is in an answer that was broken off', async () => {
  const { app, journal, setFault } = create();
  setFault({ kind: 'reset', when: 'during' });
  const user = { external_ids: [KEY], fields_to_export: ['email'] };
  await app.request('/users/export/ids', { method: 'POST', headers, body: JSON.stringify(user) });
  const { answer } = journal()[0] ?? {};
  assert.equal(typeof answer, 'string');
  assert.equal(String(answer).includes(KEY.slice(0, 8)), false);
});

test('a key that was revoked stays out of the journal, and so does one that was added', async () => {
  const { app, journal, addKey, revokeKey } = create();
  addKey({ key: KEY_WITHOUT_TRACK, permissions });
  revokeKey(KEY);
  const body = JSON.stringify({ keys: [KEY, KEY_WITHOUT_TRACK] });
  await app.request('/users/track', { method: 'POST', headers, body });
  assert.deepEqual(journal()[0]?.body, { keys: ['…1c21', '…e0f9'] });
});

test('the journal keeps fewer requests if they are large: 32 million characters of them', async () => {
  const { app, journal } = create();
  const body = JSON.stringify({ filling: 'x'.repeat(3_000_000) });
  for (let count = 0; count < 12; count += 1)
    await app.request('/users/track', { method: 'POST', headers, body });
  assert.deepEqual(
    journal().map(({ id }) => id),
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  );
});

test('what is too deep to be walked through is in the journal as text only', async () => {
  const { app, journal } = create();
  const body = `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
  await app.request('/users/track', { method: 'POST', headers, body });
  const [entry] = journal();
  assert.deepEqual([entry?.rawBody, entry?.body, entry?.status], [body, undefined, 400]);
});
