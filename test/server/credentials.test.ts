import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignJWT } from 'jose';
import { parseConfig } from '../../server/config.ts';
import { createCredentials, SESSION_SECONDS } from '../../server/identity/credentials.ts';
import { createVerifiedSessions, type VerifiedSession } from '../../server/identity/verified-sessions.ts';
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

/** Credentials and the hands of their clock. @param previous the secret before */
function startCredentials(secret = SESSION_SECRET, previous?: string) {
  const endpoint = 'https://rest.iad-01.braze.com';
  const config = parseConfig({
    settings: settingsFor({ sandbox: endpoint, prod: endpoint }),
    env: {
      BRAZE_SANDBOX_KEY: SANDBOX_KEY,
      BRAZE_PROD_KEY: PROD_KEY,
      SESSION_SECRET: secret,
      SESSION_SECRET_PREVIOUS: previous,
    },
  });
  const ownerOf = (origin: string) => {
    const owner = config.origins.get(origin);
    assert.ok(owner);
    return owner;
  };
  let now = START;
  const credentials = createCredentials(config, { clock: () => now });
  return {
    credentials,
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
      const { credentials, owner, pass } = startCredentials();
      const { session } = await credentials.grant({ id: 'visitor-1' }, owner, SANDBOX_ORIGIN);
      pass(seconds);
      const verified = await credentials.verify(session, owner, SANDBOX_ORIGIN);
      assert.equal(verified?.visitor, holds ? 'visitor-1' : undefined);
    });
  }
});

describe('a session that has been verified', () => {
  it('costs no second check of its signature', async (t) => {
    const { credentials, owner } = startCredentials();
    const { session } = await credentials.grant({ id: 'visitor-1' }, owner, SANDBOX_ORIGIN);
    const first = await credentials.verify(session, owner, SANDBOX_ORIGIN);
    const check = t.mock.method(crypto.subtle, 'verify');
    assert.deepEqual(await credentials.verify(session, owner, SANDBOX_ORIGIN), first);
    assert.equal(check.mock.callCount(), 0);
  });

  it('has ended when its time is over, all the same', async () => {
    const { credentials, owner, pass } = startCredentials();
    const { session } = await credentials.grant({ id: 'visitor-1' }, owner, SANDBOX_ORIGIN);
    assert.ok(await credentials.verify(session, owner, SANDBOX_ORIGIN));
    pass(SESSION_SECONDS - 1);
    assert.ok(await credentials.verify(session, owner, SANDBOX_ORIGIN));
    pass(1);
    assert.equal(await credentials.verify(session, owner, SANDBOX_ORIGIN), undefined);
    pass(-1);
    assert.ok(await credentials.verify(session, owner, SANDBOX_ORIGIN), 'the clock was set back');
  });

  for (const [name, origin, page] of [
    ['another site', SANDBOX_ORIGIN, OTHER_ORIGIN],
    ['another environment', SANDBOX_ORIGIN, PROD_ORIGIN],
    ['another origin', SECOND_ORIGIN, SANDBOX_ORIGIN],
  ] as const) {
    it(`is not one for ${name}`, async () => {
      const { credentials, owner, ownerOf } = startCredentials();
      const { session } = await credentials.grant({ id: 'visitor-1' }, owner, SANDBOX_ORIGIN);
      assert.ok(await credentials.verify(session, owner, SANDBOX_ORIGIN));
      assert.equal(await credentials.verify(session, ownerOf(page), origin), undefined);
      assert.ok(await credentials.verify(session, owner, SANDBOX_ORIGIN));
    });
  }

  it('makes none good that is like it', async () => {
    const { credentials, owner } = startCredentials();
    const { session, visitor } = await credentials.grant({ id: 'visitor-1' }, owner, SANDBOX_ORIGIN);
    assert.ok(await credentials.verify(session, owner, SANDBOX_ORIGIN));
    const [header = '', claims = '', signature = ''] = session.split('.');
    const eve = Buffer.from(claims, 'base64url').toString().replace('visitor-1', 'visitor-2');
    const forged = [
      `${header}.${Buffer.from(eve).toString('base64url')}.${signature}`,
      `${header}.${claims}.${signature.replace(/./, (first) => (first === 'A' ? 'B' : 'A'))}`,
      `${header}.${claims}.`,
      visitor,
    ];
    for (const each of [...forged, ...forged]) {
      assert.equal(await credentials.verify(each, owner, SANDBOX_ORIGIN), undefined);
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
    const { credentials, owner, pass } = startCredentials();
    const { visitor } = await credentials.grant({ id: 'visitor-of-old' }, owner, SANDBOX_ORIGIN);
    pass(3 * 365 * 86_400);
    assert.deepEqual(await credentials.find(visitor, owner), { id: 'visitor-of-old' });
  });

  it('is the same each time it is granted, so that a browser knows by it whether it is still the same', async () => {
    const { credentials, owner, pass } = startCredentials();
    const first = await credentials.grant({ id: 'visitor-of-old' }, owner, SANDBOX_ORIGIN);
    pass(86_400);
    const second = await credentials.grant({ id: 'visitor-of-old' }, owner, SANDBOX_ORIGIN);
    assert.equal(second.visitor, first.visitor);
    assert.notEqual(second.session, first.session);
  });

  it('signed with another secret is of a new visitor', async () => {
    const { credentials, owner } = startCredentials();
    const other = startCredentials('another-secret-that-is-long-enough-too');
    const { visitor } = await other.credentials.grant({ id: 'visitor-of-old' }, other.owner, SANDBOX_ORIGIN);
    assert.equal(await credentials.find(visitor, owner), undefined);
  });

  it('says whose profile its visitor writes to, and a session says it too', async () => {
    const { credentials, owner } = startCredentials();
    const ada = { id: 'visitor-1', externalId: 'ada' };
    const { visitor, session } = await credentials.grant(ada, owner, SANDBOX_ORIGIN);
    assert.deepEqual(await credentials.find(visitor, owner), ada);
    assert.deepEqual(await credentials.verify(session, owner, SANDBOX_ORIGIN), {
      visitor: 'visitor-1',
      site: 'brand',
      environment: 'sandbox',
      externalId: 'ada',
    });
    const verified = await credentials.grant(ada, owner, SANDBOX_ORIGIN, START + 60_000);
    const known = await credentials.verify(verified.session, owner, SANDBOX_ORIGIN);
    assert.equal(known?.isVerified, true, 'for whom the backend vouches');
    assert.equal(verified.visitor, visitor);
  });

  it('says that the backend vouches for them as long as its word holds, which may be less than the session', async () => {
    const { credentials, owner, pass } = startCredentials();
    const ada = { id: 'visitor-1', externalId: 'ada' };
    const { session } = await credentials.grant(ada, owner, SANDBOX_ORIGIN, START + 60_000);
    const isVerified = async () => (await credentials.verify(session, owner, SANDBOX_ORIGIN))?.isVerified;
    pass(59);
    assert.equal(await isVerified(), true);
    pass(1);
    assert.equal(await isVerified(), undefined);
    assert.equal((await credentials.verify(session, owner, SANDBOX_ORIGIN))?.externalId, 'ada', 'to write');
  });
});

describe('a secret that is replaced', () => {
  const NEXT = 'the-secret-after-that-is-long-enough-too';

  it('holds on as the previous one: visitors and sessions are who they were', async () => {
    const before = startCredentials();
    const granted = await before.credentials.grant({ id: 'visitor-1' }, before.owner, SANDBOX_ORIGIN);
    const { credentials, owner } = startCredentials(NEXT, SESSION_SECRET);
    assert.deepEqual(await credentials.find(granted.visitor, owner), { id: 'visitor-1' });
    assert.ok(await credentials.verify(granted.session, owner, SANDBOX_ORIGIN));
  });

  it('signs nothing any more, so that what is granted outlives it', async () => {
    const { credentials, owner } = startCredentials(NEXT, SESSION_SECRET);
    const granted = await credentials.grant({ id: 'visitor-1' }, owner, SANDBOX_ORIGIN);
    const after = startCredentials(NEXT);
    assert.deepEqual(await after.credentials.find(granted.visitor, after.owner), { id: 'visitor-1' });
    const before = startCredentials();
    assert.equal(await before.credentials.find(granted.visitor, before.owner), undefined);
  });

  it('is known of visitors of an earlier release, whose credentials name no key; sessions of then have long ended', async () => {
    const unnamed = (audience: string) =>
      new SignJWT({ site: 'brand', environment: 'sandbox', origin: SANDBOX_ORIGIN })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setSubject('visitor-of-old')
        .setAudience(audience)
        .setExpirationTime(START / 1_000 + SESSION_SECONDS)
        .sign(new TextEncoder().encode(SESSION_SECRET));
    for (const { credentials, owner } of [startCredentials(), startCredentials(NEXT, SESSION_SECRET)]) {
      assert.deepEqual(await credentials.find(await unnamed('parley:visitor'), owner), {
        id: 'visitor-of-old',
      });
      const session = await unnamed('parley:session');
      assert.equal(await credentials.verify(session, owner, SANDBOX_ORIGIN), undefined);
    }
  });

  it('holds for nobody once it is forgotten', async () => {
    const before = startCredentials();
    const granted = await before.credentials.grant({ id: 'visitor-1' }, before.owner, SANDBOX_ORIGIN);
    const { credentials, owner } = startCredentials(NEXT);
    assert.equal(await credentials.find(granted.visitor, owner), undefined);
    assert.equal(await credentials.verify(granted.session, owner, SANDBOX_ORIGIN), undefined);
  });
});
