/** The session secret is replaced while two relays run, as docs/operations.md says: nobody becomes a stranger. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { serveRelay } from '../../server/adapters/node.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { SessionGrant } from '../../widget/contract/wire.ts';
import { FLOW, SANDBOX_KEY, SANDBOX_ORIGIN, SESSION_SECRET, settingsFor } from './relay-fixture.ts';

const NEXT = 'the-secret-after-that-is-long-enough-too';

type Secrets = Readonly<Record<string, string>>;

/** What each process is told, one after the other. */
const ROUNDS: readonly (readonly [name: string, secrets: Secrets, changed: string])[] = [
  [
    'the new one is known everywhere',
    { SESSION_SECRET, SESSION_SECRET_PREVIOUS: NEXT },
    'SESSION_SECRET_PREVIOUS',
  ],
  [
    'the two are swapped',
    { SESSION_SECRET: NEXT, SESSION_SECRET_PREVIOUS: SESSION_SECRET },
    'SESSION_SECRET, SESSION_SECRET_PREVIOUS',
  ],
  ['the old one is taken away', { SESSION_SECRET: NEXT }, 'SESSION_SECRET_PREVIOUS'],
];

for (const how of ['SIGHUP', 'a restart'] as const) {
  describe(`two relays over one store, whose session secret is replaced by ${how}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-rotation-'));
    const settings = settingsFor({ sandbox: 'http://127.0.0.1:9', prod: 'http://127.0.0.1:9' });
    const flows = [{ source: 'welcome', json: FLOW }];
    const sourcesOf = (secrets: Secrets) => ({
      settings: { ...settings, sites: { brand: { sandbox: [SANDBOX_ORIGIN] } } },
      env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, PARLEY_DEVELOPMENT: '1', ...secrets },
      flows,
    });
    const startWith = async (secrets: Secrets) => {
      const logged: LogEntry[] = [];
      const relay = await serveRelay({
        ...sourcesOf(secrets),
        assets: async () => undefined,
        store: createSqliteStore({ file: join(folder, 'relay.db'), clock: Date.now }),
        port: 0,
        log: (entry) => logged.push(entry),
      });
      return { relay, logged };
    };
    type Process = Awaited<ReturnType<typeof startWith>>;
    const processes: Process[] = [];
    before(async () => {
      for (const _name of ['A', 'B']) processes.push(await startWith({ SESSION_SECRET }));
    });
    after(async () => {
      for (const { relay } of processes) await relay.close();
      rmSync(folder, { recursive: true });
    });

    const tell = async (index: number, secrets: Secrets): Promise<Process> => {
      const process = processes[index];
      assert.ok(process);
      if (how === 'SIGHUP') {
        await process.relay.reload(sourcesOf(secrets));
        return process;
      }
      await process.relay.close();
      return (processes[index] = await startWith(secrets));
    };

    const sessionAt = async ({ relay }: Process, visitor?: string): Promise<SessionGrant> => {
      const response = await fetch(`${relay.url}/v1/sessions`, {
        method: 'POST',
        headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json' },
        body: JSON.stringify({ visitor }),
      });
      assert.equal(response.status, 200);
      return (await response.json()) as SessionGrant;
    };
    const holdsAt = async ({ relay }: Process, { session }: SessionGrant): Promise<boolean> => {
      const response = await fetch(`${relay.url}/v1/submissions`, {
        method: 'POST',
        headers: {
          origin: SANDBOX_ORIGIN,
          'content-type': 'application/json',
          authorization: `Bearer ${session}`,
        },
        body: JSON.stringify({ submissions: [] }),
      });
      return response.status !== 401;
    };
    const idOf = (credential: string) => decodeJwt(credential).sub;

    it('know each visitor at each step, whichever of the two they come to', async () => {
      const [a, b] = processes;
      assert.ok(a && b);
      const { visitor: old } = await sessionAt(a);
      const unnamed = await new SignJWT(decodeJwt(old))
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .sign(new TextEncoder().encode(SESSION_SECRET));
      /** Of somebody who comes at every step, and of one who came before the first and is away. */
      let newest = old;
      for (const [round, secrets, changed] of ROUNDS) {
        for (const index of [0, 1]) {
          const told = await tell(index, secrets);
          const where = `${round}, at ${index + 1} of 2`;
          if (how === 'SIGHUP')
            assert.equal(told.logged.findLast(({ event }) => event === 'reloaded')?.changed, changed);
          const [first, second] = index === 0 ? [...processes] : [...processes].reverse();
          assert.ok(first && second);
          for (const at of [first, second, first]) {
            const grant = await sessionAt(at, newest);
            assert.equal(idOf(grant.visitor), idOf(old), where);
            for (const each of processes) assert.ok(await holdsAt(each, grant), where);
            newest = grant.visitor;
          }
          if (secrets === ROUNDS[2]?.[1]) continue;
          for (const each of processes)
            for (const credential of [old, unnamed])
              assert.equal(idOf((await sessionAt(each, credential)).visitor), idOf(old), where);
        }
      }
      assert.notEqual(decodeProtectedHeader(newest).kid, decodeProtectedHeader(old).kid);
      for (const each of processes)
        assert.notEqual(idOf((await sessionAt(each, old)).visitor), idOf(old), 'the old one is forgotten');
    });
  });
}
