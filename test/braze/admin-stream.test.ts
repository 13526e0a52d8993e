/** What happens in the stream of changes and behind it that nobody sees from outside. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createAdmin, type AdminPorts } from '../../demo/braze/admin.ts';
import { noNews, type Change } from '../../demo/braze/change.ts';
import { defaultSettings } from '../../demo/braze/settings.ts';
import { UnknownWorkspaceError } from '../../demo/braze/workspace.ts';
import { messagesOf } from './workspace.ts';

const listeners = new Set<(change: Change) => void>();
const nothing = (): undefined => undefined;
const none = (): readonly never[] => [];
const ports: AdminPorts = {
  workspaces: none,
  profiles: none,
  journal: none,
  fault: nothing,
  setFault: nothing,
  chaos: nothing,
  setChaos: nothing,
  held: () => 0,
  settings: () => defaultSettings,
  setSettings: nothing,
  reset: nothing,
  subscribe(listener) {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};
const change: Change = { ...noNews, workspaces: [], fault: null, chaos: null, held: 0 };

beforeEach(() => listeners.clear());

test('a reader who has gone is told nothing any more', async () => {
  const response = await createAdmin(ports).request('/stream');
  assert.equal(listeners.size, 1);
  await response.body?.cancel();
  assert.equal(listeners.size, 0);
});

test('a change that cannot be told is said to the operator, and the next one is told', async (context) => {
  const said = context.mock.method(console, 'error', nothing);
  const next = messagesOf(await createAdmin(ports).request('/stream'));
  await next();
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const [tell] = listeners;
  tell?.({ ...change, fault: circular as unknown as Change['fault'] });
  tell?.({ ...change, held: 3 });
  assert.equal((await next())[1]['held'], 3);
  assert.equal(said.mock.callCount(), 1);
});

for (const [name, error, status] of [
  ['a workspace that is not there is a 404', new UnknownWorkspaceError('No.'), 404],
  ['any other RangeError is a fault of the emulator’s own', new RangeError('Maximum call stack'), 500],
] as const) {
  test(name, async (context) => {
    context.mock.method(console, 'error', nothing);
    const profiles = (): never => {
      throw error;
    };
    assert.equal((await createAdmin({ ...ports, profiles }).request('/profiles')).status, status);
  });
}
