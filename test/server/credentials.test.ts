import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from '../../server/config.ts';
import { createIdentity, SESSION_SECONDS } from '../../server/identity.ts';
import { createVerifiedSessions, type VerifiedSession } from '../../server/verified-sessions.ts';
import {
  OTHER_ORIGIN,
  PROD_KEY,
  PROD_ORIGIN,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SECOND_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from './relay-fixture.ts';

const START = Date.parse('2026-01-15T10:00:00.000Z');

/** An identity and the hands of its clock. */
function startIdentity(secret = SESSION_SECRET) {
  const endpoint = 'https://rest.iad-01.braze.com';
  const config = parseConfig({
    settings: settingsFor({ sandbox: endpoint, prod: endpoint }),
    env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, BRAZE_PROD_KEY: PROD_KEY, SESSION_SECRET: secret },
  });
  const ownerOf = (origin: string) => {
    const owner = config.origins.get(origin);
    assert.ok(owner);
    return owner;
  };
  let now = START;
  let ids = 0;
  const identity = createIdentity(config, { clock: () => now, createId: () => `visitor-${(ids += 1)}` });
  return {
    identity,
    owner: ownerOf(SANDBOX_ORIGIN),
    ownerOf,
    pass: (seconds: number) => (now += seconds * 1_000),
  };
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

describe('a session that has been verified', () => {
  it('costs no second check of its signature', async (t) => {
    const { identity, owner } = startIdentity();
    const { session } = await identity.grant('visitor-1', owner, SANDBOX_ORIGIN);
    const first = await identity.verify(session, owner, SANDBOX_ORIGIN);
    const check = t.mock.method(crypto.subtle, 'verify');
    assert.deepEqual(await identity.verify(session, owner, SANDBOX_ORIGIN), first);
    assert.equal(check.mock.callCount(), 0);
  });

  it('has ended when its time is over, all the same', async () => {
    const { identity, owner, pass } = startIdentity();
    const { session } = await identity.grant('visitor-1', owner, SANDBOX_ORIGIN);
    assert.ok(await identity.verify(session, owner, SANDBOX_ORIGIN));
    pass(SESSION_SECONDS - 1);
    assert.ok(await identity.verify(session, owner, SANDBOX_ORIGIN));
    pass(1);
    assert.equal(await identity.verify(session, owner, SANDBOX_ORIGIN), undefined);
    pass(-1);
    assert.ok(await identity.verify(session, owner, SANDBOX_ORIGIN), 'the clock was set back');
  });

  for (const [name, origin, page] of [
    ['another site', SANDBOX_ORIGIN, OTHER_ORIGIN],
    ['another environment', SANDBOX_ORIGIN, PROD_ORIGIN],
    ['another origin', SECOND_ORIGIN, SANDBOX_ORIGIN],
  ] as const) {
    it(`is not one for ${name}`, async () => {
      const { identity, owner, ownerOf } = startIdentity();
      const { session } = await identity.grant('visitor-1', owner, SANDBOX_ORIGIN);
      assert.ok(await identity.verify(session, owner, SANDBOX_ORIGIN));
      assert.equal(await identity.verify(session, ownerOf(page), origin), undefined);
      assert.ok(await identity.verify(session, owner, SANDBOX_ORIGIN));
    });
  }

  it('makes none good that is like it', async () => {
    const { identity, owner } = startIdentity();
    const { session, visitor } = await identity.grant('visitor-1', owner, SANDBOX_ORIGIN);
    assert.ok(await identity.verify(session, owner, SANDBOX_ORIGIN));
    const [header = '', claims = '', signature = ''] = session.split('.');
    const eve = Buffer.from(claims, 'base64url').toString().replace('visitor-1', 'visitor-2');
    const forged = [
      `${header}.${Buffer.from(eve).toString('base64url')}.${signature}`,
      `${header}.${claims}.${signature.replace(/./, (first) => (first === 'A' ? 'B' : 'A'))}`,
      `${header}.${claims}.`,
      visitor,
    ];
    for (const each of [...forged, ...forged]) {
      assert.equal(await identity.verify(each, owner, SANDBOX_ORIGIN), undefined);
    }
  });

  it('is one of so many, and the one not used for longest makes room', () => {
    const sessions = createVerifiedSessions(() => START, 2);
    const session: VerifiedSession = {
      visitor: 'visitor-1',
      site: 'brand',
      environment: 'sandbox',
      origin: SANDBOX_ORIGIN,
      ends: START / 1_000 + SESSION_SECONDS,
    };
    sessions.remember('a', session);
    sessions.remember('b', session);
    assert.ok(sessions.find('a'));
    sessions.remember('c', session);
    assert.deepEqual(
      ['a', 'b', 'c'].filter((token) => sessions.find(token)),
      ['a', 'c'],
    );
  });
});

describe('a visitor credential', () => {
  it('is good for years: someone back after a month is the same visitor', async () => {
    const { identity, owner, pass } = startIdentity();
    const { visitor } = await identity.grant('visitor-of-old', owner, SANDBOX_ORIGIN);
    pass(3 * 365 * 86_400);
    assert.equal(await identity.recognize(visitor, owner), 'visitor-of-old');
  });

  it('is the same each time it is granted, so that a browser knows by it whether it is still the same', async () => {
    const { identity, owner, pass } = startIdentity();
    const first = await identity.grant('visitor-of-old', owner, SANDBOX_ORIGIN);
    pass(86_400);
    const second = await identity.grant('visitor-of-old', owner, SANDBOX_ORIGIN);
    assert.equal(second.visitor, first.visitor);
    assert.notEqual(second.session, first.session);
  });

  it('signed with another secret is of a new visitor', async () => {
    const { identity, owner } = startIdentity();
    const other = startIdentity('another-secret-that-is-long-enough-too');
    const { visitor } = await other.identity.grant('visitor-of-old', other.owner, SANDBOX_ORIGIN);
    assert.equal(await identity.recognize(visitor, owner), 'visitor-1');
  });
});
