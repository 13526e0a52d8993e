/** The settings of the doors: `limits`, `trustedProxies` and a site's `challenge`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, mock } from 'node:test';
import { readReload, reloadConfig } from '../../server/adapters/reload.ts';
import { ConfigError, parseConfig } from '../../server/config.ts';
import { DEFAULT_LIMITS } from '../../server/doors/limits.ts';
import {
  FLOW,
  PROD_KEY,
  PROD_ORIGIN,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from './relay-fixture.ts';
import { startWorkerInProcess } from './worker-in-process.ts';

const ENDPOINT = 'https://rest.iad-01.braze.com';
const VERIFY = 'https://challenges.cloudflare.com/turnstile/v0/siteverify';
const { limits: _forTests, ...SETTINGS } = settingsFor({ sandbox: ENDPOINT, prod: ENDPOINT });
const ENV = { BRAZE_SANDBOX_KEY: SANDBOX_KEY, BRAZE_PROD_KEY: PROD_KEY, SESSION_SECRET };

const sourcesOf = (settings: object, env: Readonly<Record<string, string>> = {}) => ({
  settings: { ...SETTINGS, ...settings },
  env: { ...ENV, ...env },
  readFile: () => 'secret-of-the-file\n',
});

/** The settings of the brand's site with a challenge. */
const withChallenge = (challenge: unknown) => ({
  sites: { ...SETTINGS.sites, brand: { ...SETTINGS.sites.brand, challenge } },
});

describe('settings of the doors', () => {
  it('are the defaults unless they say otherwise', () => {
    const { limits, trustedProxies } = parseConfig(sourcesOf({}));
    assert.deepEqual(limits, DEFAULT_LIMITS);
    assert.deepEqual(trustedProxies, []);
  });

  it('stand in docs/operations.md, each limit with its default', () => {
    const manual = readFileSync('docs/operations.md', 'utf8');
    const [, table = ''] = /^\| limit .*\n((?:\|.*\n)+)/m.exec(manual) ?? [];
    const rows = table
      .split('\n')
      .flatMap((row) => [...row.matchAll(/^\| `(\w+)` +\| `(.*?)`/g)])
      .map(([, name, limit]) => [name, JSON.parse(limit ?? '') as unknown]);
    assert.deepEqual(rows, Object.entries(DEFAULT_LIMITS));
  });

  it('take proxies by address and network, of either kind', () => {
    const given = [
      '10.0.0.0/8',
      '203.0.113.7',
      'fd00::/8',
      'fc00::/7',
      'fe80::/10',
      '2600::/16',
      '::1',
      '::ffff:10.0.0.0/104',
      '::ffff:203.0.113.7',
    ];
    assert.deepEqual(parseConfig(sourcesOf({ trustedProxies: given })).trustedProxies, given);
  });

  it('change one limit and leave the others', () => {
    const address = { limit: 5, window: 1_000 };
    const { limits } = parseConfig(sourcesOf({ limits: { address, newVisitors: false } }));
    assert.deepEqual(limits, { ...DEFAULT_LIMITS, address, newVisitors: false });
  });

  it('take one host of a challenge, or several', () => {
    const { prod } = SETTINGS.sites.brand;
    const env = { A_SECRET: '0x4AAAAAAAfq8Zc1kLw7Rt' };
    for (const [hostname, hosts] of [
      ['www.brand.example', ['www.brand.example']],
      [
        ['www.brand.example', 'frame.brand.example'],
        ['www.brand.example', 'frame.brand.example'],
      ],
      [undefined, undefined],
    ] as const) {
      const challenge = { verify: VERIFY, secret: 'A_SECRET', hostname };
      const { origins } = parseConfig(sourcesOf({ sites: { brand: { prod, challenge } } }, env));
      assert.deepEqual(origins.get(PROD_ORIGIN)?.challenge?.hostnames, hosts);
    }
  });

  it('take of the hosts of a challenge those of the environment’s own pages, and of no page', () => {
    const hostname = ['localhost', 'www.brand.example', 'shop.brand.example', 'frame.brand.example'];
    const brand = {
      sandbox: ['http://localhost:8080', 'https://shop.brand.example:8443'],
      prod: ['https://www.brand.example', 'https://shop.brand.example'],
      challenge: { verify: VERIFY, secret: 'A_SECRET', hostname },
    };
    const env = { A_SECRET: '0x4AAAAAAAfq8Zc1kLw7Rt' };
    const { origins } = parseConfig(sourcesOf({ sites: { brand } }, env));
    const hostsAt = (origin: string) => origins.get(origin)?.challenge?.hostnames;
    assert.deepEqual(hostsAt('https://www.brand.example'), [
      'www.brand.example',
      'shop.brand.example',
      'frame.brand.example',
    ]);
    assert.deepEqual(hostsAt('http://localhost:8080'), [
      'localhost',
      'shop.brand.example',
      'frame.brand.example',
    ]);
  });

  it('take the secret of a challenge from a variable or a file', () => {
    const settings = withChallenge({ verify: VERIFY, secret: 'TURNSTILE_SECRET' });
    for (const [env, secret] of [
      [{ TURNSTILE_SECRET: 'secret-of-the-variable' }, 'secret-of-the-variable'],
      [{ TURNSTILE_SECRET_FILE: '/run/secrets/turnstile' }, 'secret-of-the-file'],
    ] as const) {
      const config = parseConfig(sourcesOf(settings, env));
      assert.equal(config.origins.get(SANDBOX_ORIGIN)?.challenge?.secret(), secret);
      assert.ok(!JSON.stringify([...config.origins]).includes(secret));
    }
  });

  for (const [secret, problem] of [
    ['password', /^A_SECRET: is a placeholder/],
    ['REDACTED', /^A_SECRET: is a placeholder/],
    ['1x0000000000000000000000000000000AA', /^A_SECRET: is a placeholder/],
    ['abcabcabcabc', /^A_SECRET: says 3 characters again and again/],
    ['secrets', /^A_SECRET: 7 bytes are too few/],
  ] as const) {
    it(`${secret} is no secret of a challenge`, () => {
      const settings = withChallenge({ verify: VERIFY, secret: 'A_SECRET' });
      assert.throws(
        () => parseConfig(sourcesOf(settings, { A_SECRET: secret })),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError);
          assert.equal(error.problems.length, 1, error.message);
          assert.match(error.problems[0] ?? '', problem);
          return true;
        },
      );
    });
  }

  for (const [name, settings, problem] of [
    ['a limit of nothing', { limits: { address: { limit: 0, window: 60_000 } } }, /^limits\.address/],
    ['a limit without its window', { limits: { address: { limit: 5 } } }, /^limits\.address/],
    ['a window of half a second', { limits: { address: { limit: 5, window: 1_500 } } }, /^limits\.address/],
    ['a window of a week', { limits: { address: { limit: 5, window: 604_800_000 } } }, /^limits\.address/],
    ['a limit that is true', { limits: { address: true } }, /^limits\.address: should be \{"limit"/],
    ['a limit that there is not', { limits: { country: false } }, /^limits\.country: unknown setting/],
    ['limits in a number', { limits: 600 }, /^limits: should be an object/],
    ['a proxy by its name', { trustedProxies: ['proxy.local'] }, /^trustedProxies\.0: should be an address/],
    ['a network without its end', { trustedProxies: ['10.0.0.0/'] }, /^trustedProxies\.0: /],
    ['a network that is too long', { trustedProxies: ['10.0.0.0/33'] }, /^trustedProxies\.0: /],
    ['everybody as a proxy', { trustedProxies: ['0.0.0.0/0'] }, /^trustedProxies\.0: .*no wider than a \/8/],
    ['everybody of IPv6', { trustedProxies: ['::/0'] }, /^trustedProxies\.0: .*no wider than a \/8/],
    ['everybody of IPv4, as IPv6 writes it', { trustedProxies: ['::ffff:0:0/96'] }, /^trustedProxies\.0: /],
    ['more than anybody has', { trustedProxies: ['10.0.0.0/8', '8.0.0.0/7'] }, /^trustedProxies\.1: /],
    ['more than anybody has of IPv6', { trustedProxies: ['2000::/15'] }, /^trustedProxies\.0: /],
    [
      'more than a network of one’s own',
      { trustedProxies: ['fc00::/6'] },
      /^trustedProxies\.0: .*or within fc00::\/7 or fe80::\/10/,
    ],
    ['a network around all of IPv4', { trustedProxies: ['::ffff:0:0/95'] }, /^trustedProxies\.0: .*no wider/],
    ['a wide one around all of IPv4', { trustedProxies: ['::/16'] }, /^trustedProxies\.0: .*no wider/],
    ['an address in octal digits', { trustedProxies: ['010.0.0.1'] }, /^trustedProxies\.0: /],
    ['proxies that are no list', { trustedProxies: '10.0.0.0/8' }, /^trustedProxies: should be a list/],
    [
      'a challenge without its URL',
      withChallenge({ secret: 'A_SECRET' }),
      /^sites\.brand\.challenge\.verify: /,
    ],
    [
      'a challenge in the clear',
      withChallenge({ verify: 'http://a.example/', secret: 'A_SECRET' }),
      /challenge\.verify: .*https/,
    ],
    [
      'a challenge at this machine',
      withChallenge({ verify: 'https://localhost/', secret: 'A_SECRET' }),
      /this machine/,
    ],
    [
      'a challenge with a password',
      withChallenge({ verify: 'https://a:b@c.example/', secret: 'A_SECRET' }),
      /no password/,
    ],
    [
      'the secret itself',
      withChallenge({ verify: VERIFY, secret: '0x4AAAAAAA' }),
      /challenge\.secret: .*name of an/,
    ],
    ...['BRAZE_PROD_KEY', 'BRAZE_SANDBOX_KEY', 'SESSION_SECRET', 'ENTRY_LINK_KEY'].map(
      (secret) =>
        [
          `${secret} as the secret of a challenge`,
          withChallenge({ verify: VERIFY, secret }),
          /^sites\.brand\.challenge\.secret: is a secret of the relay’s own, .*TURNSTILE_SECRET/,
        ] as const,
    ),
    [
      'a host of some of the origins',
      withChallenge({ verify: VERIFY, secret: 'A_SECRET', hostname: 'staging.brand.example' }),
      /^sites\.brand\.challenge\.hostname: has no "preview\.brand\.example", of which .* should be the host of each/,
    ],
    [
      'hosts of one environment alone',
      withChallenge({
        verify: VERIFY,
        secret: 'A_SECRET',
        hostname: ['staging.brand.example', 'preview.brand.example'],
      }),
      /^sites\.brand\.challenge\.hostname: has no "www\.brand\.example", /,
    ],
    [
      'no host at all',
      withChallenge({ verify: VERIFY, secret: 'A_SECRET', hostname: [] }),
      /^sites\.brand\.challenge\.hostname: should be the host of each/,
    ],
    [
      'a host that is a number',
      withChallenge({ verify: VERIFY, secret: 'A_SECRET', hostname: 5 }),
      /^sites\.brand\.challenge\.hostname: should be the host of each/,
    ],
    [
      'a secret that is not set',
      withChallenge({ verify: VERIFY, secret: 'NO_SECRET' }),
      /^NO_SECRET: missing/,
    ],
  ] as const) {
    it(`${name} is a problem that says what would be right`, () => {
      assert.throws(
        () => parseConfig(sourcesOf(settings, { A_SECRET: '0x4AAAAAAAfq8Zc1kLw7Rt' })),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.problems[0] ?? '', problem);
          assert.equal(error.problems.length, 1, error.message);
          return true;
        },
      );
    });
  }

  for (const [name, settings, changed] of [
    ['limits', { limits: { address: false } }, 'limits'],
    ['proxies', { trustedProxies: ['10.0.0.0/8'] }, 'trustedProxies'],
    ['a challenge', withChallenge({ verify: VERIFY, secret: 'A_SECRET' }), 'sites'],
  ] as const) {
    it(`take up ${name} with a reload`, () => {
      const before = parseConfig(sourcesOf({}));
      const { config } = readReload(sourcesOf(settings, { A_SECRET: '0x4AAAAAAAfq8Zc1kLw7Rt' }), [], []);
      const reloaded = reloadConfig(before, config);
      assert.ok(reloaded.changed.includes(changed), reloaded.changed.join());
      assert.deepEqual(reloaded.atNextStart, []);
      assert.deepEqual(reloaded.config.limits, config.limits);
    });
  }

  it('take up a new secret of a challenge with a reload', () => {
    const settings = withChallenge({ verify: VERIFY, secret: 'A_SECRET' });
    const before = parseConfig(sourcesOf(settings, { A_SECRET: '0x4AAAAAAAfq8Zc1kLw7Rt' }));
    const { changed } = reloadConfig(
      before,
      parseConfig(sourcesOf(settings, { A_SECRET: '0x4AAAAAAAm3Xd9vPb2sYh' })),
    );
    assert.deepEqual(changed, ['secrets of challenges']);
  });
});

it('on Cloudflare the address is what Cloudflare says, and not what the client does', async () => {
  mock.method(console, 'log', () => undefined);
  const limits = { newVisitors: { limit: 1, window: 86_400_000 } };
  const worker = startWorkerInProcess(
    { settings: { ...SETTINGS, limits }, flows: [FLOW] },
    { ...ENV, SHARD_COUNT: '8' },
  );
  const knock = async (address: string, forged: string) => {
    const headers = {
      origin: SANDBOX_ORIGIN,
      'content-type': 'application/json',
      'cf-connecting-ip': address,
      'x-forwarded-for': forged,
    };
    const request = new Request('https://relay.example/v1/sessions', { method: 'POST', headers, body: '{}' });
    return (await worker.fetch(request)).status;
  };
  assert.equal(await knock('203.0.113.7', '1.1.1.1'), 200);
  assert.equal(await knock('203.0.113.7', '1.1.1.2'), 429);
  assert.equal(await knock('203.0.113.8', '1.1.1.1'), 200);
  worker.close();
  mock.restoreAll();
});
