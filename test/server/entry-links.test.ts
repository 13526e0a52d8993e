/** Entry links: what holds, what does not and why; who is the first; and the endpoint that makes them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { base64url, CompactEncrypt, EncryptJWT, SignJWT, UnsecuredJWT } from 'jose';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { createReadJson } from '../../server/body.ts';
import { parseConfig } from '../../server/config.ts';
import { createEntryLinkEndpoint } from '../../server/entry-link-endpoint.ts';
import { createEntryLinks, MAX_TOKEN, problemsOf, type EntryLinkRequest } from '../../server/entry-links.ts';
import { loadFlows } from '../../server/flows/load.ts';
import { createFlowShelf } from '../../server/flows/shelf.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { StoreError, type Store } from '../../server/store/store.ts';
import { problem } from '../../server/problem.ts';
import {
  FLOW,
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
const SECOND = 1_000;
const DAY = 86_400_000;

/** What clocks may differ. */
const SKEW = 60 * SECOND;

/** What a submission may be late. */
const LATEST = 14 * DAY;

const REQUEST: EntryLinkRequest = {
  site: 'brand',
  environment: 'sandbox',
  flow: 'vip',
  cohort: 'spring',
  campaign: 'boots 2026',
  external_id: 'ada-1815',
};

function configWith(secret = SESSION_SECRET) {
  const endpoint = 'https://rest.iad-01.braze.com';
  return parseConfig({
    settings: settingsFor({ sandbox: endpoint, prod: endpoint }),
    env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, BRAZE_PROD_KEY: PROD_KEY, SESSION_SECRET: secret },
  });
}

/** Links and the hands of their clock. */
function startLinks(secret = SESSION_SECRET) {
  const config = configWith(secret);
  let now = START;
  let ids = 0;
  const clock = () => now;
  const links = createEntryLinks(config, { clock, createId: () => `link-${(ids += 1)}` });
  return {
    links,
    clock,
    ownerOf: (origin: string) => {
      const owner = config.origins.get(origin);
      assert.ok(owner);
      return owner;
    },
    pass: (milliseconds: number) => (now += milliseconds),
    read: (token: string, origin = SANDBOX_ORIGIN, at = now) => {
      const owner = config.origins.get(origin);
      assert.ok(owner);
      return links.read(token, owner, at);
    },
  };
}

const FORGED = { reason: 'forged' };

/** The key of the links, found as they find it. */
async function linkKey(usages: KeyUsage[] = ['encrypt', 'decrypt']): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(SESSION_SECRET);
  const material = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey']);
  const info = new TextEncoder().encode('parley entry link');
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
  return crypto.subtle.deriveKey(hkdf, material, { name: 'AES-GCM', length: 256 }, false, usages);
}

describe('an entry link', () => {
  it('says on each page of its site and environment what it was made to say', async () => {
    const { links, read } = startLinks();
    const token = await links.make(REQUEST, 30 * DAY);
    const { flow, cohort, campaign, external_id } = REQUEST;
    const link = { id: 'link-1', flow, cohort, campaign, external_id, expires: START + 30 * DAY };
    assert.deepEqual(await read(token), { link });
    assert.deepEqual(await read(token, SECOND_ORIGIN), { link });
  });

  it('says nothing that it was not made to say', async () => {
    const { links, read } = startLinks();
    const token = await links.make({ site: 'brand', environment: 'sandbox', flow: 'vip' }, DAY);
    assert.deepEqual(await read(token), { link: { id: 'link-1', flow: 'vip', expires: START + DAY } });
  });

  it('is good for many, until it expires', async () => {
    const { links, read } = startLinks();
    const token = await links.make(REQUEST, DAY);
    for (let visitor = 0; visitor < 50; visitor += 1) assert.ok('link' in (await read(token)));
  });

  it('is another each time, and shows nothing of what it says', async () => {
    const { links } = startLinks();
    // Three letters stand in some hundred random ones by chance, once in a while.
    const request = { ...REQUEST, flow: 'very-important-people' };
    const [one, other] = [await links.make(request, DAY), await links.make(request, DAY)];
    assert.notEqual(one, other);
    const parts = one.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    const shown = [one, ...parts].join(' ');
    for (const value of Object.values<string>({ ...request })) assert.ok(!shown.includes(value), value);
  });

  it('stands in an address as it is', async () => {
    const { links } = startLinks();
    assert.match(await links.make(REQUEST, DAY), /^[\w.-]+$/);
  });
});

describe('a forged entry link', () => {
  it('is one with any character changed', async () => {
    const { links, read } = startLinks();
    const token = await links.make(REQUEST, DAY);
    assert.ok(token.length > 200);
    for (let at = 0; at < token.length; at += 1) {
      // The nearest one, too: where the last character of a part has bits to spare, that writes the same bytes.
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const next = alphabet[(alphabet.indexOf(token[at] ?? '') + 1) % alphabet.length];
      for (const other of [next, token[at] === 'x' ? 'y' : 'x', '.', ' ', '=', '\u0000']) {
        if (other === token[at]) continue;
        const changed = `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
        assert.deepEqual(await read(changed), FORGED, `${other} at ${at}`);
      }
    }
  });

  it('is one cut off anywhere, or with something added', async () => {
    const { links, read } = startLinks();
    const token = await links.make(REQUEST, DAY);
    for (let length = 0; length < token.length; length += 1)
      assert.deepEqual(await read(token.slice(0, length)), FORGED, `${length} characters`);
    for (const changed of [`${token}A`, `${token}=`, `${token}.`, ` ${token}`, `${token}\n`, `${token}#x`])
      assert.deepEqual(await read(changed), FORGED, JSON.stringify(changed));
  });

  it('is one whose parts are of two good ones', async () => {
    const { links, read } = startLinks();
    const [one, other] = [await links.make(REQUEST, DAY), await links.make(REQUEST, DAY)].map((token) =>
      token.split('.'),
    );
    for (const part of [2, 3, 4])
      assert.deepEqual(await read(one?.with(part, other?.[part] ?? '').join('.') ?? ''), FORGED);
  });

  const claims = { site: 'brand', environment: 'sandbox', flow: 'vip', jti: 'x', exp: START / 1000 + 60 };
  const part = (value: unknown) => base64url.encode(JSON.stringify(value));
  const secret = new TextEncoder().encode(SESSION_SECRET);
  const forged: Readonly<Record<string, () => string | Promise<string>>> = {
    'made with another secret': () =>
      startLinks('another-secret-that-is-long-enough-too').links.make(REQUEST, DAY),
    'a JWT without a signature': () => new UnsecuredJWT(claims).encode(),
    'a JWE whose header says alg: none': () => `${part({ alg: 'none', enc: 'A256GCM' })}..${part(claims)}..`,
    'a JWE whose header says enc: none': () => `${part({ alg: 'dir', enc: 'none' })}..AAAA.${part(claims)}.`,
    'a JWS, signed with the secret itself': () =>
      new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secret),
    'encrypted with the secret itself': () =>
      new EncryptJWT(claims).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(secret.slice(0, 32)),
    'wrapped with the key of the links (A256GCMKW)': async () =>
      new EncryptJWT(claims)
        .setProtectedHeader({ alg: 'A256GCMKW', enc: 'A256GCM' })
        .encrypt(await linkKey(['encrypt', 'decrypt'])),
    'encrypted with the key of the links, and no JSON': async () =>
      new CompactEncrypt(new TextEncoder().encode('vip'))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(await linkKey()),
    'encrypted with the key of the links, and without an end': async () =>
      new EncryptJWT({ site: 'brand', environment: 'sandbox', flow: 'vip', jti: 'x' })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(await linkKey()),
    'longer than 2,000 characters': async () => {
      const { links } = startLinks();
      const token = await links.make({ ...REQUEST, external_id: 'x'.repeat(1_500) }, DAY);
      assert.ok(token.length > MAX_TOKEN);
      return token;
    },
    'of a million dots': () => '.'.repeat(1_000_000),
    'of no characters': () => '',
    'of others': () => '日本語 💥 <script>',
  };
  for (const [name, make] of Object.entries(forged)) {
    it(`is one ${name}`, async () => assert.deepEqual(await startLinks().read(await make()), FORGED));
  }

  it('is none that the key of the links has encrypted as they do', async () => {
    const token = await new EncryptJWT(claims)
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(await linkKey());
    assert.ok('link' in (await startLinks().read(token)));
  });
});

describe('an entry link that is opened', () => {
  for (const [name, after, holds] of [
    ['at once', 0, true],
    ['at its end', DAY, true],
    ['a millisecond before clocks may differ no more', DAY + SKEW - 1, true],
    ['when clocks may differ no more', DAY + SKEW, false],
    ['a second later', DAY + SKEW + SECOND, false],
    ['a year later', 366 * DAY, false],
  ] as const) {
    it(`${holds ? 'holds' : 'has expired'} ${name}`, async () => {
      const { links, read, pass } = startLinks();
      const token = await links.make(REQUEST, DAY);
      pass(after);
      const found = await read(token);
      assert.deepEqual('reason' in found ? found.reason : 'holds', holds ? 'holds' : 'expired');
    });
  }

  for (const [name, origin, reason] of [
    ['another site', OTHER_ORIGIN, 'other_site'],
    ['another environment of its site', PROD_ORIGIN, 'other_environment'],
  ] as const) {
    it(`on a page of ${name} does not hold`, async () => {
      const { links, read } = startLinks();
      assert.deepEqual(await read(await links.make(REQUEST, DAY), origin), { reason });
    });
  }
});

describe('an entry link that is submitted with', () => {
  for (const [name, late, after, reason] of [
    ['holds where it held when the visitor answered', 3 * DAY, -SECOND, undefined],
    ['has expired where it had when the visitor answered', 3 * DAY, SKEW, 'expired'],
    ['has expired where the browser names a time longer ago than it can be late', 20 * DAY, 0, 'expired'],
    ['has expired where the browser names no time', 0, NaN, 'expired'],
  ] as const) {
    it(name, async () => {
      const { links, read, pass } = startLinks();
      const token = await links.make(REQUEST, DAY);
      pass(DAY + late);
      const found = await read(token, SANDBOX_ORIGIN, START + DAY + after);
      assert.equal('reason' in found ? found.reason : undefined, reason);
    });
  }
});

describe('what a link is asked to say', () => {
  const LABEL = 'should be a label of 1 to 100 characters, without line breaks and without spaces around it';
  const EXTERNAL_ID =
    'should be the id of a profile in Braze: 1 to 987 bytes, without line breaks and without spaces around it';

  for (const [name, change] of [
    ['letters of any script', { cohort: '春のキャンペーン', campaign: 'Été — 20 %' }],
    ['100 characters, each of them two for JavaScript', { cohort: '🥾'.repeat(100) }],
    ['an id of 987 bytes', { external_id: 'x'.repeat(987) }],
  ] as const) {
    it(`may be ${name}, and can be read`, async () => {
      const request = { ...REQUEST, ...change };
      assert.deepEqual(problemsOf(request), []);
      const { links, read } = startLinks();
      const token = await links.make(request, DAY);
      assert.ok(token.length <= MAX_TOKEN);
      const found = await read(token);
      assert.ok('link' in found);
      assert.deepEqual({ ...found.link, ...change }, found.link);
    });
  }

  for (const [name, change, problems] of [
    ['an empty cohort', { cohort: '' }, [{ name: 'cohort', words: LABEL }]],
    ['101 characters', { campaign: 'x'.repeat(101) }, [{ name: 'campaign', words: LABEL }]],
    ['a line break', { cohort: 'spring\nsummer' }, [{ name: 'cohort', words: LABEL }]],
    ['a line separator', { cohort: 'spring\u2028summer' }, [{ name: 'cohort', words: LABEL }]],
    ['half a character', { cohort: 'spring\ud83e' }, [{ name: 'cohort', words: LABEL }]],
    ['a space behind it', { cohort: 'spring ' }, [{ name: 'cohort', words: LABEL }]],
    ['an id of 988 bytes', { external_id: 'é'.repeat(494) }, [{ name: 'external_id', words: EXTERNAL_ID }]],
    [
      'no flow',
      { flow: '', cohort: '\t' },
      [
        { name: 'flow', words: 'should be the id of a flow, such as vip' },
        { name: 'cohort', words: LABEL },
      ],
    ],
  ] as const) {
    it(`cannot be ${name}`, () => assert.deepEqual(problemsOf({ ...REQUEST, ...change }), problems));
  }

  it('cannot be more than an address holds', () => {
    const long = {
      ...REQUEST,
      external_id: 'x'.repeat(900),
      cohort: '春'.repeat(100),
      campaign: '春'.repeat(100),
    };
    const [first, ...others] = problemsOf(long);
    assert.deepEqual([first?.name, others], ['external_id', []]);
    assert.match(
      first?.words ?? '',
      /^and the other values are \d+ bytes together; they should be 1300 at most/,
    );
  });

  it('can be read with as much as it may be', async () => {
    const { links, read } = startLinks();
    let request: EntryLinkRequest = { ...REQUEST, external_id: '"'.repeat(400) };
    for (let size = 401; problemsOf(request).length === 0; size += 1) {
      const token = await links.make(request, 366 * DAY);
      assert.ok(token.length <= MAX_TOKEN - 20, 'the id of a link has 36 characters');
      assert.ok('link' in (await read(token)));
      request = { ...request, external_id: '"'.repeat(size) };
    }
  });
});

for (const [kind, open] of [
  ['memory', (clock: () => number): Store => createMemoryStore({ clock })],
  ['SQLite', (clock: () => number): Store => createSqliteStore({ file: ':memory:', clock })],
] as const) {
  describe(`a personal link, with the store in ${kind}`, () => {
    async function start() {
      const { links, read, pass, clock } = startLinks();
      const store = open(clock);
      const found = await read(await links.make(REQUEST, DAY));
      assert.ok('link' in found);
      const { link } = found;
      return {
        link,
        pass,
        store,
        clock,
        claim: (visitor: string) => links.claimPersonal(link, visitor, store),
      };
    }

    it('is of who submits first, each time, and of no later one', async () => {
      const { claim, store } = await start();
      assert.deepEqual(
        [await claim('ada'), await claim('eve'), await claim('ada'), await claim('bob'), await claim('ada')],
        [true, false, true, false, true],
      );
      await store.close();
    });

    it('is of one of those who submit at once', async () => {
      const { claim, store } = await start();
      const visitors = Array.from({ length: 20 }, (_, index) => `visitor-${index}`);
      const claimed = await Promise.all(visitors.map(claim));
      assert.equal(claimed.filter(Boolean).length, 1);
      assert.deepEqual(await Promise.all(visitors.map(claim)), claimed);
      await store.close();
    });

    it('is of one who submits several times at once', async () => {
      const { claim, store } = await start();
      assert.deepEqual(await Promise.all([claim('ada'), claim('ada'), claim('eve'), claim('ada')]), [
        true,
        true,
        false,
        true,
      ]);
      await store.close();
    });

    it('is of one at two relays with one store', async () => {
      const { link, claim, store, clock } = await start();
      const other = createEntryLinks(configWith(), { clock, createId: () => 'other' });
      const [here, there] = await Promise.all([claim('ada'), other.claimPersonal(link, 'eve', store)]);
      assert.equal(Number(here) + Number(there), 1);
      assert.equal(await other.claimPersonal(link, 'ada', store), here);
      await store.close();
    });

    for (const [words, cutStore] of [
      [
        'was cut short',
        (store: Store) => ({ ...store, put: () => Promise.reject(new StoreError('The disk is full')) }),
      ],
      [
        'was not answered',
        (store: Store) => ({
          ...store,
          async count(name: string, window: number, amount?: number) {
            const count = await store.count(name, window, amount);
            if (amount === 0) return count;
            throw new StoreError('The connection is gone');
          },
        }),
      ],
    ] as const)
      it(`is of nobody else where the first one’s claim ${words}, not even at the end of an hour or a day`, async () => {
        const { link, claim, store, clock, pass } = await start();
        const cut = createEntryLinks(configWith(), { clock, createId: () => 'cut' });
        await assert.rejects(cut.claimPersonal(link, 'ada', cutStore(store)), StoreError);
        for (const wait of [0, SECOND, 3_600 * SECOND]) {
          pass(wait);
          assert.deepEqual([await claim('eve'), await claim('ada')], [false, true]);
        }
        pass(DAY + SKEW + LATEST);
        assert.deepEqual([await claim('ada'), await claim('eve')], [false, false]);
        await store.close();
      });
    it('is of nobody where two came at once, and the claim of the one who was first was cut short', async () => {
      const { link, store, claim, clock } = await start();
      const relay = () => createEntryLinks(configWith(), { clock, createId: () => 'x' });
      let looking = 0;
      let bothLook: (() => void) | undefined;
      const haveLooked = new Promise<void>((resolve) => (bothLook = resolve));
      const dying: Store = {
        ...store,
        put: () => Promise.reject(new StoreError('The disk is full')),
        async count(name, window, amount) {
          const count = await store.count(name, window, amount);
          if (amount === 0 && (looking += 1) === 2) bothLook?.();
          if (amount === 0) await haveLooked;
          return count;
        },
      };
      const both = await Promise.allSettled([
        relay().claimPersonal(link, 'ada', dying),
        relay().claimPersonal(link, 'eve', dying),
      ]);
      assert.equal(both.filter(({ status }) => status === 'rejected').length, 1);
      assert.ok(!(await claim('ada')) && !(await claim('eve')) && !(await claim('bob')));
      await store.close();
    });
    it('is of nobody where a relay of before has counted its first one', async () => {
      const { link, claim, store } = await start();
      await store.count(`entry/${link.id}`, link.expires + SKEW + LATEST);
      assert.ok(!(await claim('ada')));
      await store.close();
    });

    it('stays the first one’s until nobody can submit with it any more', async () => {
      const { claim, pass, store } = await start();
      assert.ok(await claim('ada'));
      pass(DAY + SKEW + LATEST - 1);
      assert.deepEqual([await claim('eve'), await claim('ada')], [false, true]);
      pass(1);
      assert.deepEqual([await claim('eve'), await claim('ada')], [false, false]);
      await store.close();
    });

    it('is asked for again where the store failed before anything was written', async () => {
      const { link, claim, store, clock } = await start();
      const failing = { ...store, get: () => Promise.reject(new StoreError('Busy')) };
      const links = createEntryLinks(configWith(), { clock, createId: () => 'x' });
      await assert.rejects(links.claimPersonal(link, 'ada', failing), StoreError);
      assert.ok(await links.claimPersonal(link, 'ada', store));
      assert.ok(!(await claim('eve')));
      await store.close();
    });

    it('leaves others alone', async () => {
      const { link, claim, store, clock } = await start();
      assert.ok(await claim('ada'));
      const links = createEntryLinks(configWith(), { clock, createId: () => 'x' });
      assert.ok(await links.claimPersonal({ ...link, id: 'link-2' }, 'eve', store));
      await store.close();
    });
  });
}

describe('POST /v1/entry-links', () => {
  const KEY = 'a-key-for-entry-links-of-32-characters';
  const flows = createFlowShelf(loadFlows([{ source: 'welcome', json: FLOW }]));

  function start(key: string | undefined = KEY) {
    const { links, read, clock } = startLinks();
    const config = { origins: configWith().origins, entryLinkKey: key === '' ? undefined : () => key };
    const parts = { links, doors: { wrongKey: async () => undefined }, readJson: createReadJson(webPorts) };
    const app = new Hono();
    app.onError((error, c) => problem(c, error instanceof HTTPException ? error.status : 500, error.message));
    app.notFound((c) => problem(c, 404, 'Nothing here.'));
    app.post('/v1/entry-links', createEntryLinkEndpoint(config, parts, { clock, findFlow: flows.find }));
    const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      app.request('/v1/entry-links', {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}`, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
    return { post, read };
  }

  const GOOD = { flow: 'welcome', site: 'brand', cohort: 'spring' };

  it('makes a link to a page, for a month', async () => {
    const { post, read } = start();
    const page = 'https://www.brand.example/boots?utm_source=braze';
    const response = await post({ ...GOOD, campaign: 'boots', external_id: 'ada-1815', page });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(response.headers.get('access-control-allow-origin'), null);
    const answer = (await response.json()) as Record<'link' | 'token' | 'expires', string>;
    assert.deepEqual(Object.keys(answer), ['link', 'token', 'expires']);
    assert.equal(answer.link, `${page}#parley=${answer.token}`);
    assert.equal(answer.expires, '2026-02-14T10:00:00.000Z');
    assert.deepEqual(await read(answer.token, PROD_ORIGIN), {
      link: {
        id: 'link-1',
        flow: 'welcome',
        cohort: 'spring',
        campaign: 'boots',
        external_id: 'ada-1815',
        expires: Date.parse(answer.expires),
      },
    });
  });

  it('leaves what stands behind the # of the page', async () => {
    for (const [page, before] of [
      [`${PROD_ORIGIN}/#top`, `${PROD_ORIGIN}/#top&`],
      [`${PROD_ORIGIN}/#`, `${PROD_ORIGIN}/#`],
      [PROD_ORIGIN, `${PROD_ORIGIN}/#`],
    ]) {
      const response = await start().post({ ...GOOD, page });
      const { link, token } = (await response.json()) as Record<'link' | 'token', string>;
      assert.equal(link, `${before}parley=${token}`);
    }
  });

  it('takes what Liquid writes: empty texts, and numbers as texts', async () => {
    const { post, read } = start();
    const response = await post({
      ...GOOD,
      external_id: '',
      campaign: '',
      page: '',
      days: '1',
      environment: 'sandbox',
    });
    const answer = (await response.json()) as Record<'token' | 'expires', string>;
    assert.deepEqual(Object.keys(answer), ['token', 'expires']);
    assert.equal(answer.expires, '2026-01-16T10:00:00.000Z');
    const link = { id: 'link-1', flow: 'welcome', cohort: 'spring', expires: START + DAY };
    assert.deepEqual(await read(answer.token), { link });
  });

  it('is not there without a key of its own', async () => {
    assert.equal((await start('').post(GOOD)).status, 404);
  });

  for (const [name, authorization] of [
    ['none', ''],
    ['another', `Bearer ${KEY.replace('a', 'b')}`],
    ['the beginning of it', `Bearer ${KEY.slice(0, -1)}`],
    ['more than it', `Bearer ${KEY}x`],
    ['one that is no bearer', `Basic ${KEY}`],
    ['the session secret', `Bearer ${SESSION_SECRET}`],
  ] as const) {
    it(`refuses a key that is ${name}, before it looks at the body`, async () => {
      const response = await start().post('no JSON', { authorization });
      assert.equal(response.status, 401);
      assert.equal(response.headers.get('www-authenticate'), 'Bearer');
      assert.ok(!(await response.text()).includes(KEY));
    });
  }

  for (const [name, body, status, detail] of [
    ['no JSON', 'flow=welcome', 400, /^The body is not JSON\.$/],
    ['a list', [GOOD], 400, /^body should be an object such as \{"flow": "vip", "cohort": "spring"\}$/],
    [
      'an unknown key',
      { ...GOOD, 'external-id': 'x' },
      400,
      /^external-id is unknown; known are flow, cohort,/,
    ],
    ['a number for a text', { ...GOOD, cohort: 5 }, 400, /^cohort should be a text$/],
    ['a list of days', { ...GOOD, days: [1] }, 400, /^days should be a number$/],
    ['no flow', { ...GOOD, flow: '' }, 422, /^flow is missing; it should be the id of a flow, such as vip$/],
    ['an unknown flow', { ...GOOD, flow: 'vip' }, 422, /^There is no flow "vip"\.$/],
    ['what is no flow', { ...GOOD, flow: '../x' }, 422, /^flow should be the id of a flow, such as vip$/],
    ['no site', { flow: 'welcome' }, 422, /^site is missing; it should be brand or other$/],
    ['a site misspelt', { ...GOOD, site: 'brnad' }, 422, /^site is "brnad"; did you mean "brand"\?$/],
    [
      'a site of others',
      { ...GOOD, site: 'x'.repeat(200) },
      422,
      /^site is "x{100}…"; it should be brand or other$/,
    ],
    [
      'an environment without pages',
      { ...GOOD, site: 'other', environment: 'prod' },
      422,
      /^environment is "prod"; site other has pages in sandbox$/,
    ],
    ['no days', { ...GOOD, days: 0 }, 422, /^days is "0"; it should be a whole number from 1 to 366$/],
    ['half a day', { ...GOOD, days: 0.5 }, 422, /^days is "0\.5"; it should be a whole number/],
    ['years', { ...GOOD, days: '367' }, 422, /^days is "367"; it should be a whole number/],
    ['days in words', { ...GOOD, days: '1e2' }, 422, /^days is "1e2"; it should be a whole number/],
    [
      'a cohort of two lines',
      { ...GOOD, cohort: 'a\nb' },
      422,
      /^cohort should be a label of 1 to 100 characters/,
    ],
    [
      'a page of others',
      { ...GOOD, page: 'https://evil.example/' },
      422,
      /^page is at https:\/\/evil\.example; the pages of site brand in prod are at https:\/\/www\.brand\.example$/,
    ],
    [
      'a page of another environment',
      { ...GOOD, environment: 'sandbox', page: `${PROD_ORIGIN}/` },
      422,
      /in sandbox are at https:\/\/staging\.brand\.example or https:\/\/preview\.brand\.example$/,
    ],
    [
      'a script for a page',
      { ...GOOD, page: 'javascript:alert(1)' },
      422,
      /^page is at javascript:alert\(1\); the/,
    ],
    ['a path for a page', { ...GOOD, page: '/boots' }, 422, /^page should be the address of a page, such as/],
    [
      'a link for a page',
      { ...GOOD, page: `${PROD_ORIGIN}/#parley=x.y` },
      422,
      /^page has a parley= already; leave it out$/,
    ],
    [
      'a page with a password',
      { ...GOOD, page: 'https://ada:secret@www.brand.example/' },
      422,
      /^page should have no user and no password in it$/,
    ],
    [
      'several mistakes',
      { ...GOOD, flow: '', cohort: ' ', days: -1 },
      422,
      /^days is "-1"; .*\. flow is missing; .*\. cohort should be a label/,
    ],
  ] as const) {
    it(`refuses ${name}, and says what would be right`, async () => {
      const response = await start().post(body);
      const { status: told, detail: words } = (await response.json()) as { status: number; detail: string };
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      assert.deepEqual([response.status, told], [status, status]);
      assert.match(words, detail);
    });
  }

  it('repeats no external id', async () => {
    const response = await start().post({ ...GOOD, external_id: 'ada@example.com\n' });
    assert.equal(response.status, 422);
    const text = await response.text();
    assert.match(text, /external_id should be the id of a profile in Braze/);
    assert.ok(!text.includes('ada@'));
  });
});
