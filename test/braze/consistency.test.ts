/** What is accepted can be seen after a while: "10-100 ms" (`api/api_limits`). Reads lag writes. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { serveEmulator } from '../../demo/braze/serve.ts';
import { createTimers } from './timers.ts';
import { KEY } from './workspace.ts';

const timers = createTimers();
const { url, emulator, close } = await serveEmulator({
  workspaces: [
    { keys: [{ key: KEY, permissions: ['users.track', 'users.export.ids'] }], consistencyDelay: 50 },
  ],
  startTimer: timers.startTimer,
  port: 0,
});
after(close);
beforeEach(() => {
  emulator.reset();
  emulator.setSettings({ consistencyDelay: 50, shuffleSeed: null });
});

const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
const post = (path: string, body: unknown): Promise<Response> =>
  fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
const name = async (first_name: string | null): Promise<void> => {
  const { status } = await post('/users/track', { attributes: [{ external_id: 'ana', first_name }] });
  assert.equal(status, 201);
};
const names = (): unknown[] => emulator.profiles().map(({ standard }) => standard['first_name']);

test('201 is accepted, not done: it can be seen after the delay (api/api_limits)', async () => {
  await name('Ana');
  assert.deepEqual([names(), timers.waiting()], [[], [50]]);
  timers.end(50);
  assert.deepEqual(names(), ['Ana']);
});

test('an export lags what was sent before it (api/api_limits)', async () => {
  const exported = async (): Promise<number> => {
    const reply = await post('/users/export/ids', {
      external_ids: ['ana'],
      fields_to_export: ['first_name'],
    });
    return ((await reply.json()) as { users: readonly unknown[] }).users.length;
  };
  await name('Ana');
  assert.equal(await exported(), 0);
  timers.end(50);
  assert.equal(await exported(), 1);
});

test('the answer of a request that refers to what waits is the same as ever', async () => {
  await name('Ana');
  const reply = await post('/users/track', {
    events: [{ external_id: 'ana', name: 'opened', time: '2026-03-01T11:00:00Z' }],
  });
  assert.deepEqual(await reply.json(), { message: 'success', events_processed: 1 });
  emulator.settle();
  assert.deepEqual(
    emulator.profiles().map(({ standard, events }) => [standard, events.length]),
    [[{ first_name: 'Ana' }, 1]],
  );
});

test('what was accepted earlier is never seen later, though the delay became shorter', async () => {
  emulator.setSettings({ consistencyDelay: 60_000 });
  await name('Ana');
  emulator.setSettings({ consistencyDelay: 10 });
  await name('Anna');
  timers.end(10);
  assert.deepEqual([names(), timers.waiting()], [['Anna'], []]);
  emulator.setSettings({ consistencyDelay: 60_000 });
  await name('Hannah');
  emulator.setSettings({ consistencyDelay: 0 });
  await name('Anne');
  assert.deepEqual([names(), timers.waiting()], [['Anne'], []]);
});

test('a refused request waits for nothing', async () => {
  assert.equal((await post('/users/track', {})).status, 400);
  assert.deepEqual(timers.waiting(), []);
});

test('a question that waits is asked when something can be seen', async () => {
  const found = emulator.until(({ profiles }) => profiles()[0]?.standard['first_name']);
  await name('Ana');
  timers.end(50);
  assert.equal(await found, 'Ana');
});

test('settle shows all that waits, once, in its order', async () => {
  for (const each of ['Ana', null, 'Anna']) await name(each);
  emulator.settle();
  assert.deepEqual([names(), timers.waiting()], [['Anna'], []]);
  const [before] = emulator.profiles();
  emulator.settle();
  assert.equal(emulator.profiles()[0], before);
});

test('a reset forgets what waits', async () => {
  await name('Ana');
  emulator.reset();
  assert.deepEqual(timers.waiting(), []);
  timers.end(50);
  emulator.settle();
  assert.deepEqual(names(), []);
});

test('what was processed is seen though its answer was lost', async () => {
  emulator.setFault({ kind: 'lost', times: 1 });
  await assert.rejects(name('Ana'), { message: 'fetch failed' });
  timers.end(50);
  assert.deepEqual(names(), ['Ana']);
});

test('with the usual timers it can be seen by itself', async () => {
  const served = await serveEmulator({
    workspaces: [{ keys: [{ key: KEY, permissions: ['users.track'] }], consistencyDelay: 5 }],
    port: 0,
  });
  const seen = served.emulator.until(({ profiles }) => profiles().length === 1);
  const body = JSON.stringify({ attributes: [{ external_id: 'ana' }] });
  await fetch(`${served.url}/users/track`, { method: 'POST', headers, body });
  await seen;
  await served.close();
});

test('closing settles, so that nothing goes on by itself', async () => {
  const served = await serveEmulator({
    workspaces: [{ keys: [{ key: KEY, permissions: ['users.track'] }], consistencyDelay: 600_000 }],
    port: 0,
  });
  const body = JSON.stringify({ attributes: [{ external_id: 'ana' }] });
  await fetch(`${served.url}/users/track`, { method: 'POST', headers, body });
  assert.equal(served.emulator.profiles().length, 0);
  await served.close();
  assert.equal(served.emulator.profiles().length, 1);
});

/** Names in the order in which they are seen, of people who were sent in the order of the alphabet. */
async function orderOf(shuffleSeed: number | null): Promise<readonly string[]> {
  emulator.reset();
  emulator.setSettings({ shuffleSeed });
  const seen: string[] = [];
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f'])
    assert.equal((await post('/users/track', { attributes: [{ external_id: id }] })).status, 201);
  const waits = timers.waiting();
  assert.equal(
    waits.every((ms) => ms >= 0 && ms <= 100),
    true,
  );
  for (let ms = 0; ms <= 100; ms += 1) {
    timers.end(ms);
    const all = emulator.profiles().map(({ external_id: id = '' }) => id);
    seen.push(...all.filter((id) => !seen.includes(id)));
  }
  assert.deepEqual(timers.waiting(), []);
  return seen;
}

test('with a seed what was accepted later may be seen earlier, the same for the same seed: no page promises an order', async () => {
  assert.deepEqual(await orderOf(null), ['a', 'b', 'c', 'd', 'e', 'f']);
  const first = await orderOf(1);
  assert.notDeepEqual(first, ['a', 'b', 'c', 'd', 'e', 'f']);
  assert.deepEqual(first.toSorted(), ['a', 'b', 'c', 'd', 'e', 'f']);
  assert.deepEqual(await orderOf(1), first);
  assert.notDeepEqual(await orderOf(2), first);
});

test('with a seed the earlier of two requests about one person may win (api/api_limits)', async () => {
  const last = async (shuffleSeed: number): Promise<unknown> => {
    emulator.reset();
    emulator.setSettings({ shuffleSeed });
    await name('Ana');
    await name('Anna');
    timers.end(100);
    return names()[0];
  };
  const seen = new Set<unknown>();
  for (let seed = 0; seed < 10; seed += 1) seen.add(await last(seed));
  assert.deepEqual([...seen].sort(), ['Ana', 'Anna']);
});

test('with a seed and without a delay all is seen at once', async () => {
  emulator.setSettings({ consistencyDelay: 0, shuffleSeed: 1 });
  await name('Ana');
  assert.deepEqual([names(), timers.waiting()], [['Ana'], []]);
});
