import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from '../../server/config.ts';
import { createIdentity, SESSION_SECONDS } from '../../server/identity.ts';
import { PROD_KEY, SANDBOX_KEY, SANDBOX_ORIGIN, SESSION_SECRET, settingsFor } from './relay-fixture.ts';

const START = Date.parse('2026-01-15T10:00:00.000Z');

/** An identity and the hands of its clock. */
function startIdentity(secret = SESSION_SECRET) {
  const endpoint = 'https://rest.iad-01.braze.com';
  const config = parseConfig({
    settings: settingsFor({ sandbox: endpoint, prod: endpoint }),
    env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, BRAZE_PROD_KEY: PROD_KEY, SESSION_SECRET: secret },
  });
  const owner = config.origins.get(SANDBOX_ORIGIN);
  assert.ok(owner);
  let now = START;
  let ids = 0;
  const identity = createIdentity(config, { clock: () => now, createId: () => `visitor-${(ids += 1)}` });
  return { identity, owner, pass: (seconds: number) => (now += seconds * 1_000) };
}

describe('a session', () => {
  for (const [name, seconds, holds] of [
    ['at once', 0, true],
    ['a second before its end', SESSION_SECONDS - 1, true],
    ['at its end', SESSION_SECONDS, false],
    ['a day later', 86_400, false],
  ] as const) {
    it(`${holds ? 'holds' : 'has ended'} ${name}`, async () => {
      const { identity, owner, pass } = startIdentity();
      const { session } = await identity.grant('visitor-1', owner, SANDBOX_ORIGIN);
      pass(seconds);
      const verified = await identity.verify(session, owner, SANDBOX_ORIGIN);
      assert.equal(verified?.visitor, holds ? 'visitor-1' : undefined);
    });
  }
});

describe('a visitor credential', () => {
  it('is good for years: someone back after a month is the same visitor', async () => {
    const { identity, owner, pass } = startIdentity();
    const { visitor } = await identity.grant('visitor-of-old', owner, SANDBOX_ORIGIN);
    pass(3 * 365 * 86_400);
    assert.equal(await identity.recognize(visitor, owner), 'visitor-of-old');
  });

  it('signed with another secret is of a new visitor', async () => {
    const { identity, owner } = startIdentity();
    const other = startIdentity('another-secret-that-is-long-enough-too');
    const { visitor } = await other.identity.grant('visitor-of-old', other.owner, SANDBOX_ORIGIN);
    assert.equal(await identity.recognize(visitor, owner), 'visitor-1');
  });
});
