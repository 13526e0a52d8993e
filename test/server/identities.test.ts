/** Who a visitor is, from the brand's word to the profile at Braze: over HTTP, against the emulator. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it, type TestContext } from 'node:test';
import { decodeJwt, exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';
import type {
  IdentityVerdict,
  SessionGrant,
  Submission,
  SubmissionsResponse,
} from '../../widget/contract/wire.ts';
import {
  createSubmission,
  FLOW,
  PROD_KEY,
  PROD_ORIGIN,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
} from './relay-fixture.ts';
import { startRelayInProcess } from './relay-in-process.ts';

const NOW = Math.floor(Date.now() / 1_000);
const HOUR = 3_600;

const pairs = {
  RS256: await generateKeyPair('RS256', { extractable: true }),
  ES256: await generateKeyPair('ES256', { extractable: true }),
  EdDSA: await generateKeyPair('EdDSA', { extractable: true }),
};
const strange = await generateKeyPair('RS256', { extractable: true });
const pem = await exportSPKI(pairs.RS256.publicKey);

type Algorithm = keyof typeof pairs;

function sign(
  claims: JWTPayload,
  {
    algorithm = 'RS256',
    key = pairs[algorithm].privateKey,
    kid,
  }: { algorithm?: Algorithm; key?: CryptoKey; kid?: string } = {},
): Promise<string> {
  return new SignJWT({ exp: NOW + HOUR, ...claims })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', ...(kid !== undefined && { kid }) })
    .sign(key);
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (header: object, claims: object) =>
  `${part(header)}.${part({ exp: NOW + HOUR, ...claims })}`;

interface Start {
  readonly site?: object;
  readonly store?: Store;
  readonly permissions?: readonly string[];
}

let braze: EmulatorServer;
const open: RunningRelay[] = [];

before(async () => {
  braze = await serveEmulator({ port: 0, workspaces: [{ keys: [] }] });
});
after(() => braze.close());
afterEach(async () => {
  await Promise.all(open.splice(0).map((relay) => relay.close()));
  braze.emulator.reset();
});

const EVERYTHING = ['users.track', 'users.identify', 'users.merge', 'users.export.ids'];

async function start({
  site = { identity: { keys: [pem] } },
  store = createSqliteStore({ file: ':memory:', clock: Date.now }),
  permissions = EVERYTHING,
}: Start = {}) {
  braze.emulator.addKey({ key: PROD_KEY, permissions });
  const logged: LogEntry[] = [];
  const settings = {
    organization: 'BrandExample',
    environments: { prod: { endpoint: braze.url }, sandbox: { endpoint: braze.url } },
    sites: { brand: { prod: [PROD_ORIGIN], ...site } },
    deadline: 1_500,
  };
  const env = {
    BRAZE_PROD_KEY: PROD_KEY,
    BRAZE_SANDBOX_KEY: SANDBOX_KEY,
    SESSION_SECRET,
    PARLEY_DEVELOPMENT: '1',
  };
  const flows = [{ source: 'welcome', json: FLOW }];
  const relay = await serveRelay({
    settings,
    env,
    flows,
    assets: [],
    store,
    port: 0,
    hostname: 'localhost',
    log: (entry) => logged.push(entry),
  });
  open.push(relay);
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`${relay.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: PROD_ORIGIN, ...headers },
      body: JSON.stringify(body),
    });
  const session = async (
    request: { visitor?: string; identity?: string } = {},
    origin = PROD_ORIGIN,
  ): Promise<SessionGrant> => {
    const response = await post('/v1/sessions', request, { origin });
    assert.equal(response.status, 200);
    return (await response.json()) as SessionGrant;
  };
  const submit = async (grant: SessionGrant, change: Partial<Submission> = {}) => {
    const submission = createSubmission({ time: new Date().toISOString(), ...change });
    const authorization = `Bearer ${grant.session}`;
    const response = await post('/v1/submissions', { submissions: [submission] }, { authorization });
    assert.equal(response.status, 200);
    const { receipts } = (await response.json()) as SubmissionsResponse;
    return receipts.map(({ outcome }) => outcome);
  };
  const reload = (secrets: Readonly<Record<string, string>>) =>
    relay.reload({ settings, env: { ...env, ...secrets }, flows });
  return { session, submit, logged, reload };
}

const profiles = () => braze.emulator.profiles();
const paths = () => braze.emulator.journal().map(({ path }) => path);
const eventsOf = (id: string) => profiles().find(({ external_id }) => external_id === id)?.events.length;

describe('a visitor who signs in', () => {
  it('in mid-conversation keeps what they said: one profile, with all of their events', async () => {
    const { session, submit } = await start();
    const anonymous = await session();
    assert.deepEqual(await submit(anonymous), ['success']);
    const ada = await session({ visitor: anonymous.visitor, identity: await sign({ sub: 'ada' }) });
    assert.equal(ada.identity, 'verified');
    assert.deepEqual(await submit(ada), ['success']);
    assert.deepEqual(paths(), ['/users/track', '/users/identify', '/users/track']);
    assert.equal(profiles().length, 1);
    assert.equal(eventsOf('ada'), 2);
  });

  it('is asked for once only, and is the same person afterwards without another word of the backend', async () => {
    const { session, submit } = await start();
    const identity = await sign({ sub: 'ada' });
    const anonymous = await session();
    await submit(anonymous);
    const ada = await session({ visitor: anonymous.visitor, identity });
    const again = await session({ visitor: ada.visitor, identity });
    assert.equal(again.visitor, ada.visitor, 'the credential is the same');
    const later = await session({ visitor: again.visitor });
    assert.deepEqual([later.visitor, later.identity], [ada.visitor, undefined]);
    await submit(later);
    assert.equal(paths().filter((path) => path === '/users/identify').length, 1);
    assert.deepEqual([profiles().length, eventsOf('ada')], [1, 2]);
  });

  it('before anything is said has no alias', async () => {
    const { session, submit } = await start();
    const ada = await session({ identity: await sign({ sub: 'ada' }) });
    await submit(ada);
    assert.deepEqual(paths(), ['/users/track']);
    assert.deepEqual(
      profiles().map(({ external_id, user_aliases }) => [external_id, user_aliases.length]),
      [['ada', 0]],
    );
  });

  it('in two browsers is one person', async () => {
    const { session, submit } = await start();
    for (const _browser of ['phone', 'desk']) {
      const anonymous = await session();
      await submit(anonymous);
      const ada = await session({ visitor: anonymous.visitor, identity: await sign({ sub: 'ada' }) });
      await submit(ada);
    }
    assert.equal(profiles().length, 1);
    assert.equal(eventsOf('ada'), 4);
  });

  it('whom Braze knows from elsewhere, as by its Web SDK, stays one profile, and what Braze knew holds', async () => {
    const { session, submit } = await start();
    await fetch(`${braze.url}/users/track`, {
      method: 'POST',
      headers: { authorization: `Bearer ${PROD_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        attributes: [{ external_id: 'ada', first_name: 'Augusta', home_city: 'London' }],
      }),
    });
    const anonymous = await session();
    await submit(anonymous, { answers: { first_name: 'Ada', email: 'ada@example.com' } });
    await session({ visitor: anonymous.visitor, identity: await sign({ sub: 'ada' }) });
    const [profile, ...others] = profiles();
    assert.deepEqual(others, []);
    assert.deepEqual(profile?.standard, {
      first_name: 'Augusta',
      home_city: 'London',
      email: 'ada@example.com',
    });
  });

  it('corrects what they said before without its event being counted again', async () => {
    const { session, submit } = await start();
    const anonymous = await session();
    const id = '019b0000-0000-7000-8000-00000000aaaa';
    await submit(anonymous, { id: `${id}.4` });
    const ada = await session({ visitor: anonymous.visitor, identity: await sign({ sub: 'ada' }) });
    await submit(ada, { id: `${id}.6`, corrects: `${id}.4`, answers: { first_name: 'Augusta' } });
    assert.equal(eventsOf('ada'), 1);
    assert.equal(profiles()[0]?.standard['first_name'], 'Augusta');
  });
});

describe('a browser in which somebody else signs in', () => {
  it('has another visitor from then on, and nothing of the first is theirs', async () => {
    const { session, submit } = await start();
    const ada = await session({ identity: await sign({ sub: 'ada' }) });
    await submit(ada);
    const bob = await session({ visitor: ada.visitor, identity: await sign({ sub: 'bob' }) });
    assert.notEqual(bob.visitor, ada.visitor);
    await submit(bob);
    // What was unsent when they left goes with the credential of before.
    await submit(await session({ visitor: ada.visitor }));
    assert.deepEqual([eventsOf('ada'), eventsOf('bob'), profiles().length], [2, 1, 2]);
  });

  it('joins nobody twice: an old anonymous credential is not a way from one person to another', async () => {
    const { session, submit } = await start();
    const anonymous = await session();
    await submit(anonymous);
    await session({ visitor: anonymous.visitor, identity: await sign({ sub: 'ada' }) });
    const bob = await session({ visitor: anonymous.visitor, identity: await sign({ sub: 'bob' }) });
    await submit(bob);
    assert.equal(paths().filter((path) => path === '/users/identify').length, 1);
    assert.deepEqual([eventsOf('ada'), eventsOf('bob'), profiles().length], [1, 1, 2]);
  });

  it('at the same moment as the first, on two pages of one browser: one of them has the visitor, the other another', async () => {
    const { session, submit } = await start();
    const people = await Promise.all(['ada', 'bob'].map((sub) => sign({ sub })));
    for (let round = 1; round <= 10; round += 1) {
      const anonymous = await session();
      await submit(anonymous);
      const grants = await Promise.all(
        people.map((identity) => session({ visitor: anonymous.visitor, identity })),
      );
      const before = decodeJwt(anonymous.visitor).sub;
      const [one, other] = grants.map(({ visitor }) => decodeJwt(visitor).sub);
      assert.equal([one, other].filter((id) => id === before).length, 1);
      assert.deepEqual(
        grants.map(({ identity }) => identity),
        ['verified', 'verified'],
      );
      assert.equal(paths().filter((path) => path === '/users/identify').length, round);
    }
    assert.deepEqual(
      profiles().map(({ external_id }) => external_id !== undefined),
      profiles().map(() => true),
    );
  });
});

describe('whoever comes back', () => {
  const DAY = 86_400_000;

  /** @returns what they get when they come back so many days later, in the credential’s words too */
  async function backAfter(days: number, first: { identity?: string }, t: TestContext) {
    const { session, submit } = await start();
    const anonymous = await session();
    await submit(anonymous);
    const before = await session({ visitor: anonymous.visitor, ...first });
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + days * DAY });
    const after = await session({ visitor: before.visitor });
    assert.deepEqual(await submit(after), ['success']);
    return { before, after, claims: decodeJwt(after.visitor) };
  }

  for (const days of [31, 1_000]) {
    it(`after ${days} days is the same visitor: the credential has a beginning and no end`, async (t) => {
      const { before, after, claims } = await backAfter(days, {}, t);
      assert.equal(after.visitor, before.visitor);
      assert.deepEqual(Object.keys(claims).sort(), ['aud', 'environment', 'iat', 'own', 'site', 'sub']);
      assert.deepEqual([profiles().length, profiles()[0]?.events.length], [1, 2]);
    });
    it(`after ${days} days is the same person, though the backend’s word for it has long ended`, async (t) => {
      const { before, after, claims } = await backAfter(days, { identity: await sign({ sub: 'ada' }) }, t);
      assert.equal(after.visitor, before.visitor);
      assert.deepEqual(Object.keys(claims).sort(), ['aud', 'environment', 'ext', 'iat', 'site', 'sub']);
      assert.deepEqual([profiles().length, eventsOf('ada')], [1, 2]);
    });
  }

  it('has been here since the relay has made them, signed in or not', async () => {
    const { session, submit } = await start();
    const anonymous = await session();
    await submit(anonymous);
    const ada = await session({ visitor: anonymous.visitor, identity: await sign({ sub: 'ada' }) });
    const { iat = 0 } = decodeJwt(anonymous.visitor);
    assert.ok(iat >= NOW && iat <= Date.now() / 1_000);
    assert.equal(decodeJwt(ada.visitor).iat, iat);
  });
});

describe('a site with pages in both environments', () => {
  const names = ['sandbox', 'prod'] as const;
  const both = { sandbox: [SANDBOX_ORIGIN] };
  const spareOf = async () => ({ keys: [await exportSPKI(strange.publicKey)] });
  const ORIGINS = { sandbox: SANDBOX_ORIGIN, prod: PROD_ORIGIN };
  /** What comes of each one’s token in each. */
  const verdictsAt = async (identity: object) => {
    const { session, logged } = await start({ site: { ...both, identity } });
    const tokens = {
      sandbox: await sign({ sub: 'ada' }, { key: strange.privateKey }),
      prod: await sign({ sub: 'ada' }),
    };
    const verdicts = names.flatMap((of) =>
      names.map(async (at) => (await session({ identity: tokens[of] }, ORIGINS[at])).identity),
    );
    const warned = logged.filter(({ event }) => event === 'identity_shared');
    return { verdicts: await Promise.all(verdicts), warned };
  };

  it('takes the word of each one’s keys in that alone', async () => {
    const { verdicts, warned } = await verdictsAt({ sandbox: await spareOf(), prod: { keys: [pem] } });
    assert.deepEqual(verdicts, ['verified', 'invalid', 'invalid', 'verified']);
    assert.deepEqual(warned, []);
  });
  it('takes nobody’s word in one for which none is named', async () => {
    const { verdicts, warned } = await verdictsAt({ prod: { keys: [pem] } });
    assert.deepEqual(verdicts, ['not_configured', 'invalid', 'not_configured', 'verified']);
    assert.deepEqual(warned, []);
  });
  for (const [name, identity, isWarned] of [
    ['are the same', { keys: [pem] }, true],
    ['are the same, each named', { sandbox: { keys: [pem] }, prod: { keys: [pem] } }, true],
    ['have one in common', { sandbox: { keys: [pem, ''] }, prod: { keys: [pem] } }, true],
    ['are at one address', { jwks: 'https://login.example/jwks.json' }, true],
    [
      'are at two addresses',
      {
        sandbox: { jwks: 'https://staging.example/jwks.json' },
        prod: { jwks: 'https://login.example/jwks.json' },
      },
      false,
    ],
    [
      'are the same, with another audience',
      { sandbox: { keys: [pem], audience: 'staging' }, prod: { keys: [pem], audience: 'shop' } },
      false,
    ],
  ] as const) {
    it(`${isWarned ? 'warns' : 'does not warn'} the operator where the keys ${name}`, async () => {
      const [spare = ''] = (await spareOf()).keys;
      const filled = JSON.parse(JSON.stringify(identity).replace('""', JSON.stringify(spare))) as object;
      const { logged } = await start({ site: { ...both, identity: filled } });
      const warned = logged.filter(({ event }) => event === 'identity_shared');
      assert.equal(warned.length, isWarned ? 1 : 0);
      if (isWarned) assert.match(String(warned[0]?.advice), /"sandbox" is good in "prod"/);
    });
  }
  it('does not warn where there are pages in one alone', async () => {
    const { logged } = await start();
    assert.deepEqual(
      logged.filter(({ event }) => event === 'identity_shared'),
      [],
    );
  });
});

describe('a word of the backend', () => {
  const past = { sub: 'ada', exp: NOW - HOUR };
  const cases: readonly (readonly [
    name: string,
    token: string | Promise<string>,
    verdict: IdentityVerdict,
    site?: object,
  ])[] = [
    ['with a good signature', sign({ sub: 'ada' }), 'verified'],
    ['whose time is over', sign(past), 'expired'],
    ['whose time was over a moment ago: clocks differ', sign({ sub: 'ada', exp: NOW - 10 }), 'verified'],
    ['that holds only later', sign({ sub: 'ada', nbf: NOW + HOUR }), 'invalid'],
    [
      'without an end',
      new SignJWT({ sub: 'ada' }).setProtectedHeader({ alg: 'RS256' }).sign(pairs.RS256.privateKey),
      'invalid',
    ],
    ['about nobody', sign({}), 'invalid'],
    ['about an empty id', sign({ sub: '' }), 'invalid'],
    ['about an id that is longer than Braze takes', sign({ sub: 'é'.repeat(494) }), 'invalid'],
    ['about the longest id that Braze takes', sign({ sub: 'a'.repeat(987) }), 'verified'],
    ['signed by somebody else', sign({ sub: 'ada' }, { key: strange.privateKey }), 'invalid'],
    ['by another algorithm than the key’s', sign({ sub: 'ada' }, { algorithm: 'ES256' }), 'invalid'],
    ['without a signature', `${unsigned({ alg: 'none' }, { sub: 'ada' })}.`, 'invalid'],
    [
      'signed with the public key as if it were a secret',
      (() => {
        const text = unsigned({ alg: 'HS256', typ: 'JWT' }, { sub: 'ada' });
        return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
      })(),
      'invalid',
    ],
    [
      'that names its own key',
      (async () => {
        const jwk = await exportJWK(strange.publicKey);
        return new SignJWT({ sub: 'ada', exp: NOW + HOUR })
          .setProtectedHeader({ alg: 'RS256', jwk })
          .sign(strange.privateKey);
      })(),
      'invalid',
    ],
    ['that is none', 'not a token', 'invalid'],
    ['that is empty', '', 'invalid'],
    ['at a site that has named no key', sign({ sub: 'ada' }), 'not_configured', {}],
    [
      'of another issuer',
      sign({ sub: 'ada', iss: 'https://other.example' }),
      'invalid',
      { identity: { keys: [pem], issuer: 'https://login.example' } },
    ],
    [
      'for another audience',
      sign({ sub: 'ada', aud: 'shop' }),
      'invalid',
      { identity: { keys: [pem], audience: 'parley' } },
    ],
    [
      'from its issuer, and for its audience',
      sign({ sub: 'ada', iss: 'https://login.example', aud: ['shop', 'parley'] }),
      'verified',
      { identity: { keys: [pem], issuer: 'https://login.example', audience: 'parley' } },
    ],
  ];
  for (const [name, token, verdict, site] of cases) {
    it(`${name} is ${verdict}, and the conversation goes on`, async () => {
      const { session, submit, logged } = await start(site === undefined ? {} : { site });
      const anonymous = await session();
      const granted = await session({ visitor: anonymous.visitor, identity: await token });
      assert.equal(granted.identity, verdict);
      assert.deepEqual(await submit(granted), ['success']);
      const [profile, ...others] = profiles();
      assert.deepEqual(others, []);
      const isKnown = verdict === 'verified';
      assert.equal(profile?.external_id !== undefined, isKnown);
      assert.equal(
        logged.some(({ event }) => event === 'identity_refused'),
        !isKnown,
      );
    });
  }

  for (const algorithm of ['RS256', 'ES256', 'EdDSA'] as const) {
    it(`holds by a key for ${algorithm}, beside another one of that kind`, async () => {
      const spare = await generateKeyPair(algorithm, { extractable: true });
      const keys = await Promise.all([spare.publicKey, pairs[algorithm].publicKey].map(exportSPKI));
      const { session } = await start({ site: { identity: { keys } } });
      const { identity } = await session({ identity: await sign({ sub: 'ada' }, { algorithm }) });
      assert.equal(identity, 'verified');
    });
  }
});

/** What a runtime may make of a redirect that is not followed (fetch.spec.whatwg.org, opaque-redirect filtered response). */
const OPAQUE_REDIRECT = Object.defineProperties(new Response(null), {
  type: { value: 'opaqueredirect' },
  status: { value: 0 },
});

describe('the keys of a backend, by their address', () => {
  /** @param keys `undefined`: it answers with 500 */
  async function serveKeys(keys: readonly object[] | undefined) {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response
        .writeHead(keys ? 200 : 500, { 'content-type': 'application/json' })
        .end(JSON.stringify({ keys: keys ?? [] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}/jwks.json`,
      asked: () => asked,
      close: () => new Promise((resolve) => server.close(resolve)),
    };
  }

  const named = async (algorithm: Algorithm, kid?: string) => ({
    ...(await exportJWK(pairs[algorithm].publicKey)),
    alg: algorithm,
    ...(kid !== undefined && { kid }),
  });

  const check = async (
    keys: readonly object[] | undefined,
    tokens: readonly (readonly [Promise<string>, IdentityVerdict])[],
  ) => {
    const served = await serveKeys(keys);
    try {
      const { session } = await start({ site: { identity: { jwks: served.url } } });
      for (const [token, verdict] of tokens) {
        assert.equal((await session({ identity: await token })).identity, verdict);
      }
      return served.asked();
    } finally {
      await served.close();
    }
  };

  it('are found by name, and fetched once for many', async () => {
    const keys = [await named('RS256', 'one'), await named('ES256', 'two'), await named('EdDSA', 'three')];
    const asked = await check(keys, [
      [sign({ sub: 'ada' }, { kid: 'one' }), 'verified'],
      [sign({ sub: 'ada' }, { algorithm: 'ES256', kid: 'two' }), 'verified'],
      [sign({ sub: 'ada' }, { algorithm: 'EdDSA', kid: 'three' }), 'verified'],
      [sign({ sub: 'ada' }, { kid: 'two' }), 'invalid'],
      [sign({ sub: 'ada' }, { key: strange.privateKey, kid: 'one' }), 'invalid'],
    ]);
    assert.equal(asked, 1);
  });

  it('are asked for again where a token names one that is not there, but not for each such token', async () => {
    const asked = await check(
      [await named('RS256', 'one')],
      [
        [sign({ sub: 'ada' }, { kid: 'unknown' }), 'invalid'],
        [sign({ sub: 'ada' }, { kid: 'unknown' }), 'invalid'],
        [sign({ sub: 'ada' }, { kid: 'other' }), 'invalid'],
      ],
    );
    assert.equal(asked, 1, 'they have just been fetched');
  });

  it('are tried one by one where they have no names', async () => {
    const other = { ...(await exportJWK(strange.publicKey)), alg: 'RS256' };
    await check(
      [other, await named('RS256')],
      [
        [sign({ sub: 'ada' }), 'verified'],
        [sign({ sub: 'ada' }, { algorithm: 'ES256' }), 'invalid'],
      ],
    );
  });

  it('that cannot be had are no fault of the token, and are not asked for again with each', async () => {
    const tokens = Array.from({ length: 5 }, (_, number) => sign({ sub: 'ada' }, { kid: `any-${number}` }));
    const asked = await check(
      undefined,
      tokens.map((token) => [token, 'unavailable']),
    );
    assert.equal(asked, 1);
  });

  for (const [name, answer] of [
    ['away', () => Promise.reject(new TypeError('fetch failed'))],
    ['no set of keys', () => Promise.resolve(Response.json({ keys: 'none' }))],
    ['no JSON', () => Promise.resolve(new Response('<html>'))],
    ['a fault', () => Promise.resolve(Response.json({ keys: [] }, { status: 500 }))],
    ['without a body', () => Promise.resolve(new Response(null, { status: 204 }))],
    ['elsewhere', () => Promise.resolve(Response.redirect('https://other.example/jwks.json'))],
    ['elsewhere, of which the runtime shows nothing', () => Promise.resolve(OPAQUE_REDIRECT)],
  ] as const) {
    it(`that were ${name} are asked for again after some seconds, and then hold`, async () => {
      const keys = [await named('RS256', 'one')];
      const time = { now: Date.now() };
      let asked = 0;
      const relay = startRelayInProcess(
        undefined,
        {
          clock: () => time.now,
          fetch: () => ((asked += 1) === 1 ? answer() : Promise.resolve(Response.json({ keys }))),
        },
        { identity: { jwks: 'https://keys.example/jwks.json' } },
      );
      const token = await sign({ sub: 'ada' }, { kid: 'one' });
      const signIn = async () =>
        ((await (await relay.post('/v1/sessions', { identity: token })).json()) as SessionGrant).identity;
      assert.deepEqual([await signIn(), await signIn(), asked], ['unavailable', 'unavailable', 1]);
      time.now += 5_000;
      assert.deepEqual([await signIn(), asked], ['verified', 2]);
    });
  }
});

describe('why nobody can sign in', () => {
  const jwks = { jwks: 'https://keys.example/jwks.json' };
  const off = (der: Uint8Array) => {
    // The last byte of the point: it is on the curve no more.
    const changed = Uint8Array.from(der, (byte, at) => (at === der.length - 1 ? byte ^ 1 : byte));
    return `-----BEGIN PUBLIC KEY-----\n${Buffer.from(changed).toString('base64')}\n-----END PUBLIC KEY-----`;
  };
  const derOf = async ({ publicKey }: { publicKey: CryptoKey }) =>
    new Uint8Array(await crypto.subtle.exportKey('spki', publicKey));
  const crippled = { kty: 'EC', crv: 'P-256', kid: 'one', alg: 'ES256', x: 'AA', y: 'AA' };
  const cases: readonly (readonly [
    name: string,
    identity: object | Promise<object>,
    reason: string,
    fetch: () => Promise<Response>,
  ])[] = [
    ['a key that is none', derOf(pairs.ES256).then((der) => ({ keys: [off(der)] })), 'key', never],
    ['a key in the set that is none', jwks, 'key', async () => Response.json({ keys: [crippled] })],
    ['an address that is away', jwks, 'fetch', () => Promise.reject(new TypeError('fetch failed'))],
    ['an address that leads elsewhere', jwks, 'redirect', async () => Response.redirect('https://b.example')],
    ['an answer that is none', jwks, 'status', async () => new Response(null, { status: 304 })],
  ];
  for (const [name, identity, reason, fetch] of cases) {
    it(`is told of ${name}: ${reason}, for as long as nobody asks again, too`, async () => {
      const relay = startRelayInProcess(undefined, { fetch }, { identity: await identity });
      const token = await sign({ sub: 'ada' }, { algorithm: 'ES256', kid: 'one' });
      for (const _time of ['first', 'second']) {
        const answer = await relay.post('/v1/sessions', { identity: token });
        assert.equal(((await answer.json()) as SessionGrant).identity, 'unavailable');
      }
      assert.deepEqual(
        relay.entries
          .filter(({ event }) => event === 'identity_refused')
          .map(({ reason: told, verdict }) => [told, verdict]),
        [
          [reason, 'unavailable'],
          [reason, 'unavailable'],
        ],
      );
    });
  }
  function never(): Promise<Response> {
    return Promise.reject(new Error('nobody asks for it'));
  }
});

describe('a join that Braze does not take at once', () => {
  it('goes before what is said after it', async () => {
    const { session, submit } = await start();
    const anonymous = await session();
    await submit(anonymous);
    braze.emulator.setFault({ kind: 'status', status: 500, path: '/users/identify', times: 1 });
    const ada = await session({ visitor: anonymous.visitor, identity: await sign({ sub: 'ada' }) });
    assert.equal(ada.identity, 'verified', 'it is in the spool');
    await submit(ada);
    await braze.emulator.until(() => eventsOf('ada') === 2);
    assert.deepEqual([profiles().length, paths().at(-2)], [1, '/users/identify']);
  });

  it('is told as such where nothing outlives the process, and they are who they were until it is done', async () => {
    const { session, submit } = await start({ store: createMemoryStore({ clock: Date.now }) });
    const anonymous = await session();
    await submit(anonymous);
    const identity = await sign({ sub: 'ada' });
    braze.emulator.setFault({ kind: 'status', status: 500, path: '/users/identify', times: 1 });
    const still = await session({ visitor: anonymous.visitor, identity });
    assert.deepEqual([still.identity, still.visitor], ['unavailable', anonymous.visitor]);
    await submit(still);
    const ada = await session({ visitor: still.visitor, identity });
    assert.equal(ada.identity, 'verified');
    await submit(ada);
    assert.deepEqual([profiles().length, eventsOf('ada')], [1, 3]);
  });

  it('because the key may not is the operator’s to mend, and holds up nobody else', async () => {
    const { session, submit, logged } = await start({ permissions: ['users.track'] });
    const anonymous = await session();
    await submit(anonymous);
    const ada = await session({ visitor: anonymous.visitor, identity: await sign({ sub: 'ada' }) });
    assert.deepEqual(await submit(await session()), ['success'], 'another visitor');
    assert.deepEqual(await submit(ada), ['queued'], 'it is kept, and comes after the join');
    const [entry] = logged.filter(({ event }) => event === 'join_forbidden');
    assert.match(String(entry?.advice), /users\.identify/);
    braze.emulator.addKey({ key: PROD_KEY, permissions: EVERYTHING });
    await braze.emulator.until(() => eventsOf('ada') === 2);
  });
});

describe('a site whose profiles are known by e-mail', () => {
  const site = { profile: { by: 'email', field: 'email' }, events: { started: 'chat_started' } };
  let conversations = 0;
  const began = (): Partial<Submission> => {
    conversations += 1;
    const id = `019b0000-0000-7000-8000-bbbb${String(conversations).padStart(8, '0')}`;
    return { id: `${id}.1.started`, node: 'name', answers: {} };
  };
  const known = () =>
    profiles().map(({ standard, events, external_id }) => [standard['email'], events.length, external_id]);

  it('writes to that of the address, and what came before the address is on it, too', async () => {
    const { session, submit, logged } = await start({ site });
    const visitor = await session();
    await submit(visitor, began());
    assert.deepEqual(known(), [[undefined, 1, undefined]]);
    await submit(visitor);
    assert.deepEqual(known(), [['ada@example.com', 2, undefined]]);
    assert.ok(
      logged.some(({ event }) => event === 'profile_by_answer'),
      'the operator is warned',
    );
  });

  it('asks Braze for no join where nothing came before', async () => {
    const { session, submit } = await start({ site });
    await submit(await session());
    assert.deepEqual([paths(), known()], [['/users/track'], [['ada@example.com', 1, undefined]]]);
  });

  it('knows who is back by what they said once', async () => {
    const { session, submit } = await start({ site });
    const first = await session();
    await submit(first);
    await submit(await session({ visitor: first.visitor }), began());
    assert.deepEqual(known(), [['ada@example.com', 2, undefined]]);
  });

  it('writes to the profile that Braze has by that address, of a customer too, and makes no second one', async () => {
    const { session, submit } = await start({ site });
    await fetch(`${braze.url}/users/track`, {
      method: 'POST',
      headers: { authorization: `Bearer ${PROD_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ attributes: [{ external_id: 'ada', email: 'ada@example.com' }] }),
    });
    const visitor = await session();
    await submit(visitor, began());
    await submit(visitor);
    assert.deepEqual(known(), [['ada@example.com', 2, 'ada']]);
  });

  it('makes no two profiles one because an address was corrected', async () => {
    const { session, submit } = await start({ site });
    const visitor = await session();
    await submit(visitor, began());
    const id = '019b0000-0000-7000-8000-00000000cccc';
    await submit(visitor, { id: `${id}.4` });
    await submit(visitor, { id: `${id}.6`, corrects: `${id}.4`, answers: { email: 'bob@example.com' } });
    assert.deepEqual(known(), [
      ['ada@example.com', 2, undefined],
      ['bob@example.com', 1, undefined],
    ]);
    assert.equal(paths().filter((path) => path === '/users/merge').length, 1);
  });
});

describe('a visitor who is known by e-mail, and signs in', () => {
  const site = { identity: { keys: [pem] }, profile: { by: 'email', field: 'email' } };
  const said = (answers: Submission['answers']): Partial<Submission> => ({ answers });
  const known = () =>
    profiles().map(({ external_id: id, standard, events }) => [id, standard['email'], events.length]);
  /** As Braze may know an address: of a newsletter, say. */
  const subscribe = (email: string) =>
    fetch(`${braze.url}/users/track`, {
      method: 'POST',
      headers: { authorization: `Bearer ${PROD_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ attributes: [{ email, home_city: 'Keswick' }] }),
    });

  it('before they have given an address is that person, with what they said', async () => {
    const { session, submit } = await start({ site });
    const anonymous = await session();
    await submit(anonymous, said({ first_name: 'Ada' }));
    const ada = await session({ visitor: anonymous.visitor, identity: await sign({ sub: 'ada' }) });
    await submit(ada, said({ email: 'ada@example.com' }));
    assert.deepEqual(known(), [['ada', 'ada@example.com', 2]]);
  });

  /** Somebody’s address is given, by whoever that is, and then `ada` signs in. */
  const signInAfter = async ({ session, submit }: Awaited<ReturnType<typeof start>>) => {
    const stranger = await session();
    await submit(stranger, said({ first_name: 'Ada' }));
    await submit(stranger, said({ email: 'bob@example.com' }));
    return stranger;
  };
  const check = (stranger: SessionGrant, ada: SessionGrant) => {
    assert.equal(ada.identity, 'verified');
    assert.equal(decodeJwt(ada.visitor).sub, decodeJwt(stranger.visitor).sub, 'the conversation goes on');
    assert.deepEqual(known(), [
      [undefined, 'bob@example.com', 2],
      ['ada', undefined, 1],
    ]);
    assert.equal(
      profiles().find(({ external_id }) => external_id === undefined)?.standard['home_city'],
      'Keswick',
    );
    assert.deepEqual(
      paths().filter((path) => path === '/users/identify'),
      [],
    );
  };

  it('after they have given one goes on as that person; the profile of the address, which may be another’s, stays', async () => {
    const relay = await start({ site });
    await subscribe('bob@example.com');
    const stranger = await signInAfter(relay);
    const identity = await sign({ sub: 'ada' });
    const ada = await relay.session({ visitor: stranger.visitor, identity });
    await relay.submit(ada, said({ first_name: 'Ada' }));
    check(stranger, ada);
    // The old credential is not a way to join them, nor a way from one person to another.
    const again = await relay.session({ visitor: stranger.visitor, identity });
    const bob = await relay.session({ visitor: stranger.visitor, identity: await sign({ sub: 'bob' }) });
    check(stranger, again);
    assert.notEqual(decodeJwt(bob.visitor).sub, decodeJwt(stranger.visitor).sub);
  });

  it('where nothing of that is remembered any more takes nobody’s profile along either', async () => {
    const store = () => createMemoryStore({ clock: Date.now });
    const first = await start({ site, store: store() });
    await subscribe('bob@example.com');
    const stranger = await signInAfter(first);
    const second = await start({ site, store: store() });
    const ada = await second.session({ visitor: stranger.visitor, identity: await sign({ sub: 'ada' }) });
    await second.submit(ada, said({ first_name: 'Ada' }));
    check(stranger, ada);
  });
});

describe('a site whose profiles are known by an answer', () => {
  it('writes to that of the answer, joined to what came before', async () => {
    const site = { profile: { by: 'external_id', field: 'first_name' }, events: { started: 'chat_started' } };
    const { session, submit } = await start({ site });
    const visitor = await session();
    const id = '019b0000-0000-7000-8000-00000000dddd';
    await submit(visitor, { id: `${id}.1.started`, node: 'name', answers: {} });
    await submit(visitor, { id: `${id}.4`, answers: { first_name: 'M-17' } });
    assert.deepEqual([profiles().length, eventsOf('M-17')], [1, 2]);
  });
});

describe('a session secret that is replaced while the relay runs', () => {
  const visitorIn = ({ visitor }: SessionGrant) => decodeJwt(visitor).sub;
  const NEXT = 'another-secret-of-the-tests-that-is-long-enough';

  it('makes nobody a stranger, where the one before is named as that', async () => {
    const { session, reload, logged } = await start();
    const before = await session();
    await reload({ SESSION_SECRET: NEXT, SESSION_SECRET_PREVIOUS: SESSION_SECRET });
    assert.match(String(logged.find(({ event }) => event === 'reloaded')?.changed), /SESSION_SECRET/);
    const after = await session({ visitor: before.visitor });
    assert.equal(visitorIn(after), visitorIn(before));
    assert.notEqual(after.visitor, before.visitor, 'it is signed with the new one');
    await reload({ SESSION_SECRET: NEXT });
    assert.equal(visitorIn(await session({ visitor: after.visitor })), visitorIn(before));
    assert.notEqual(visitorIn(await session({ visitor: before.visitor })), visitorIn(before));
  });

  it('is not taken up otherwise', async () => {
    const { session, reload, logged } = await start();
    const before = await session();
    await reload({ SESSION_SECRET: NEXT });
    assert.match(
      String(logged.find(({ event }) => event === 'reload_incomplete')?.settings),
      /SESSION_SECRET/,
    );
    assert.equal((await session({ visitor: before.visitor })).visitor, before.visitor);
  });
});
