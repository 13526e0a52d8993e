import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { ConfigError, parseConfig, type ConfigSources, type RelayConfig } from '../../server/config.ts';
import { PROD_KEY, SANDBOX_KEY, SESSION_SECRET } from './relay-fixture.ts';

const ENDPOINT = 'https://rest.iad-01.braze.com';
const ORIGIN = 'https://www.brand.example';

const SETTINGS = {
  organization: 'BrandExample',
  environments: { prod: { endpoint: ENDPOINT } },
  sites: { brand: { prod: [ORIGIN] } },
};
const ENV = { BRAZE_PROD_KEY: PROD_KEY, SESSION_SECRET };

/** Changes to sources that are in order. */
interface Change {
  readonly settings?: object;
  readonly env?: ConfigSources['env'];
  readonly files?: Readonly<Record<string, string>>;
}

function sourcesWith({ settings, env, files }: Change): ConfigSources {
  return {
    settings: { ...SETTINGS, ...settings },
    env: { ...ENV, ...env },
    readFile: (path) => {
      const content = files?.[path];
      if (content === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
      return content;
    },
  };
}

const configWith = (change: Change = {}): RelayConfig => parseConfig(sourcesWith(change));

function refusalOf(sources: ConfigSources): ConfigError {
  try {
    parseConfig(sources);
  } catch (error) {
    assert.ok(error instanceof ConfigError, inspect(error));
    return error;
  }
  assert.fail('the settings were taken');
}

const ownerOf = (config: RelayConfig, origin = ORIGIN) => {
  const owner = config.origins.get(origin);
  assert.ok(owner, `${origin} is not allowed`);
  return owner;
};

const secretOf = (config: RelayConfig) => new TextDecoder().decode(config.sessionSecret());

/** The part of a problem before the colon: where to look. */
const namesOf = ({ problems }: ConfigError) => problems.map((line) => line.slice(0, line.indexOf(': ')));

describe('settings that are in order', () => {
  it('make a page of each origin: its site, its environment, the endpoint and the key', () => {
    const config = configWith({
      settings: {
        environments: {
          sandbox: { endpoint: 'https://rest.fra-01.braze.eu' },
          prod: { endpoint: ENDPOINT },
        },
        sites: {
          brand: { sandbox: ['http://localhost:8788'], prod: [ORIGIN] },
          outlet: { prod: ['https://outlet.example'] },
        },
      },
      env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY },
    });
    assert.equal(config.organization, 'BrandExample');
    assert.deepEqual(
      [...config.origins].map(([origin, { site, environment }]) => [
        origin,
        site,
        environment.name,
        environment.endpoint,
        environment.key(),
      ]),
      [
        ['http://localhost:8788', 'brand', 'sandbox', 'https://rest.fra-01.braze.eu', SANDBOX_KEY],
        [ORIGIN, 'brand', 'prod', ENDPOINT, PROD_KEY],
        ['https://outlet.example', 'outlet', 'prod', ENDPOINT, PROD_KEY],
      ],
    );
    assert.equal(secretOf(config), SESSION_SECRET);
  });

  it('have a deadline of 2.5 s and a Braze timeout of 10 s unless they say otherwise', () => {
    const { deadline, brazeTimeout } = configWith();
    assert.deepEqual([deadline, brazeTimeout], [2_500, 10_000]);
    const other = configWith({ settings: { deadline: 900, brazeTimeout: 4_000 } });
    assert.deepEqual([other.deadline, other.brazeTimeout], [900, 4_000]);
  });

  it('let a published flow be kept for 60 s unless they say otherwise, or not at all', () => {
    assert.equal(configWith().flowMaxAge, 60);
    assert.equal(configWith({ settings: { flowMaxAge: 300 } }).flowMaxAge, 300);
    assert.equal(configWith({ settings: { flowMaxAge: 0 } }).flowMaxAge, 0);
  });

  it('need nothing of an environment that no page uses', () => {
    assert.deepEqual(
      [...configWith().origins.values()].map(({ environment }) => environment.name),
      ['prod'],
    );
    assert.deepEqual([...configWith().environments.keys()], ['prod']);
  });

  it('batch as Braze allows by default unless they say otherwise', () => {
    const { environments, linger, concurrency, batching } = configWith();
    const { objects, requests } = ownerOf(configWith()).environment;
    assert.equal(environments.get('prod')?.endpoint, ENDPOINT);
    assert.deepEqual([linger, concurrency, batching], [15, 8, true]);
    assert.deepEqual(objects, { limit: 75, per: 'request' });
    assert.deepEqual(requests, { limit: 3_000, window: 3_000 });
    const other = configWith({ settings: { linger: 0, concurrency: 32, batching: false } });
    assert.deepEqual([other.linger, other.concurrency, other.batching], [0, 32, false]);
  });

  for (const [objects, expected] of [
    [50, { limit: 50, per: 'request' }],
    [{ perArray: 75 }, { limit: 75, per: 'array' }],
    [1, { limit: 1, per: 'request' }],
  ] as const) {
    it(`take ${JSON.stringify(objects)} objects for a contract of that kind`, () => {
      const prod = { endpoint: ENDPOINT, objects, requests: { limit: 100, window: 60_000 } };
      const { environment } = ownerOf(configWith({ settings: { environments: { prod } } }));
      assert.deepEqual(environment.objects, expected);
      assert.deepEqual(environment.requests, { limit: 100, window: 60_000 });
    });
  }

  it('take several limits of requests, where a contract has them', () => {
    const requests = [
      { limit: 250_000, window: 3_600_000 },
      { limit: 250, window: 3_000 },
    ];
    const prod = { endpoint: ENDPOINT, requests };
    const { environment } = ownerOf(configWith({ settings: { environments: { prod } } }));
    assert.deepEqual(environment.requests, requests);
  });

  it('ask for profiles as often as Braze allows by default unless they say otherwise', () => {
    assert.deepEqual(ownerOf(configWith()).environment.exports, { limit: 250, window: 60_000 });
    const prod = { endpoint: ENDPOINT, exports: { limit: 2_500, window: 60_000 } };
    const { environment } = ownerOf(configWith({ settings: { environments: { prod } } }));
    assert.deepEqual(environment.exports, prod.exports);
  });

  it('send what is in doubt again, write every attribute and keep 100,000 submissions unless they say otherwise', () => {
    const { inDoubtEvents, changesOnly, spoolLimit } = configWith();
    assert.deepEqual([inDoubtEvents, changesOnly, spoolLimit], ['resend', false, 100_000]);
    const other = configWith({ settings: { inDoubtEvents: 'drop', changesOnly: true, spoolLimit: 5 } });
    assert.deepEqual([other.inDoubtEvents, other.changesOnly, other.spoolLimit], ['drop', true, 5]);
  });

  it('take the endpoint from the environment before the file', () => {
    const config = configWith({ env: { BRAZE_PROD_ENDPOINT: 'https://rest.jp-01.braze.com' } });
    assert.equal(ownerOf(config).environment.endpoint, 'https://rest.jp-01.braze.com');
    const alone = configWith({ settings: { environments: {} }, env: { BRAZE_PROD_ENDPOINT: ENDPOINT } });
    assert.equal(ownerOf(alone).environment.endpoint, ENDPOINT);
  });
});

describe('a secret', () => {
  const files = { '/run/key': `${PROD_KEY}\n`, '/run/session': `${SESSION_SECRET}\r\n` };
  const fromFiles = {
    BRAZE_PROD_KEY: undefined,
    BRAZE_PROD_KEY_FILE: '/run/key',
    SESSION_SECRET: undefined,
    SESSION_SECRET_FILE: '/run/session',
  };

  it('may stand in a file, whose last line break is not part of it', () => {
    const config = configWith({ env: fromFiles, files });
    assert.equal(ownerOf(config).environment.key(), PROD_KEY);
    assert.equal(secretOf(config), SESSION_SECRET);
  });
  it('of 32 bytes signs sessions (RFC 7518, section 3.2)', () => {
    const secret = '0123456789abcdefghijklmnopqrstuv';
    assert.equal(secretOf(configWith({ env: { SESSION_SECRET: secret } })), secret);
  });

  const refusals: { name: string; change: Change; problem: RegExp }[] = [
    {
      name: 'that is missing',
      change: { env: { BRAZE_PROD_KEY: undefined } },
      problem: /^BRAZE_PROD_KEY: missing; set it, or BRAZE_PROD_KEY_FILE, to the REST API key of the prod/,
    },
    {
      name: 'that is empty',
      change: { env: { BRAZE_PROD_KEY: '  ' } },
      problem: /^BRAZE_PROD_KEY: missing; set it, or BRAZE_PROD_KEY_FILE/,
    },
    {
      name: 'whose file is empty',
      change: {
        env: { BRAZE_PROD_KEY: undefined, BRAZE_PROD_KEY_FILE: '/empty' },
        files: { '/empty': '\n' },
      },
      problem: /^BRAZE_PROD_KEY: missing; set it, or BRAZE_PROD_KEY_FILE/,
    },
    {
      name: 'that is set twice',
      change: { env: { BRAZE_PROD_KEY_FILE: '/run/key' }, files },
      problem: /^BRAZE_PROD_KEY: both BRAZE_PROD_KEY and BRAZE_PROD_KEY_FILE are set; keep one of them$/,
    },
    {
      name: 'whose file cannot be read',
      change: { env: { ...fromFiles, BRAZE_PROD_KEY_FILE: '/run/nothing' }, files },
      problem: /^BRAZE_PROD_KEY_FILE: cannot be read; it should be the path of a file that holds the secret/,
    },
    {
      name: 'with a space in it',
      change: { env: { BRAZE_PROD_KEY: 'Bearer abcdefgh' } },
      problem: /^BRAZE_PROD_KEY: should be printable ASCII without spaces$/,
    },
    {
      name: 'with a line break in it',
      change: {
        env: { ...fromFiles, BRAZE_PROD_KEY_FILE: '/two' },
        files: { ...files, '/two': 'abcd\nefgh' },
      },
      problem: /^BRAZE_PROD_KEY: should be printable ASCII/,
    },
    {
      name: 'that no header can carry',
      change: { env: { BRAZE_PROD_KEY: 'schlüssel' } },
      problem: /^BRAZE_PROD_KEY: should be printable ASCII/,
    },
    {
      name: 'for sessions that is missing',
      change: { env: { SESSION_SECRET: undefined } },
      problem: /^SESSION_SECRET: missing; .* at least 32 random bytes, such as the output of: openssl rand/,
    },
    {
      name: 'for sessions that is a placeholder',
      change: { env: { SESSION_SECRET: 'changeme' } },
      problem: /^SESSION_SECRET: 8 bytes are too few; it should be at least 32 random bytes/,
    },
    {
      name: 'for sessions of 31 bytes',
      change: { env: { SESSION_SECRET: 'x'.repeat(31) } },
      problem: /^SESSION_SECRET: 31 bytes are too few/,
    },
    {
      name: 'for sessions whose file is too short',
      change: {
        env: { ...fromFiles, SESSION_SECRET_FILE: '/short' },
        files: { ...files, '/short': 'tiny\n' },
      },
      problem: /^SESSION_SECRET: 4 bytes are too few/,
    },
  ];
  for (const { name, change, problem } of refusals) {
    it(`${name} is the one problem`, () => {
      const { problems } = refusalOf(sourcesWith(change));
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0] ?? '', problem);
    });
  }

  it('cannot come from a file where the runtime has none', () => {
    const { settings, env } = sourcesWith({ env: fromFiles });
    assert.deepEqual(refusalOf({ settings, env }).problems, [
      'SESSION_SECRET_FILE: this runtime has no files; set SESSION_SECRET itself',
      'BRAZE_PROD_KEY_FILE: this runtime has no files; set BRAZE_PROD_KEY itself',
    ]);
  });

  const WORD = 'hunter2hunter2';
  const mistakes: { name: string; change: Change }[] = [
    { name: 'a key with a space', change: { env: { BRAZE_PROD_KEY: `${WORD} x` } } },
    { name: 'a key that is set twice', change: { env: { BRAZE_PROD_KEY: WORD, BRAZE_PROD_KEY_FILE: '/k' } } },
    { name: 'a session secret that is too short', change: { env: { SESSION_SECRET: WORD } } },
    {
      name: 'a session secret in a file that is too short',
      change: { env: { SESSION_SECRET: undefined, SESSION_SECRET_FILE: '/s' }, files: { '/s': WORD } },
    },
    {
      name: 'a good key beside a bad endpoint',
      change: { env: { BRAZE_PROD_KEY: WORD, BRAZE_PROD_ENDPOINT: 'https://evil.example' } },
    },
    {
      name: 'a password in the endpoint',
      change: { env: { BRAZE_PROD_ENDPOINT: `https://user:${WORD}@rest.iad-01.braze.com` } },
    },
    {
      name: 'a key in the query of the endpoint',
      change: { env: { BRAZE_PROD_ENDPOINT: `${ENDPOINT}/?api_key=${WORD}` } },
    },
    {
      name: 'a key in the settings file',
      change: { settings: { environments: { prod: { endpoint: ENDPOINT, key: WORD } } } },
    },
  ];
  for (const { name, change } of mistakes) {
    it(`is not repeated by the error about ${name}`, () => {
      const error = refusalOf(sourcesWith(change));
      assert.ok(!inspect(error, { depth: null, showHidden: true }).includes(WORD), error.message);
    });
  }

  for (const [name, dump] of [
    ['JSON.stringify', (config: RelayConfig) => JSON.stringify([config, ...config.origins])],
    ['util.inspect', (config: RelayConfig) => inspect(config, { depth: null, showHidden: true })],
  ] as const) {
    it(`is not in the settings as ${name} shows them`, () => {
      const text = dump(configWith());
      assert.ok(!text.includes(PROD_KEY) && !text.includes(SESSION_SECRET), text);
    });
  }
});

describe('the endpoint', () => {
  /** Every REST host of `api/basics#endpoints`, written out. */
  const HOSTS = [
    'rest.iad-01.braze.com',
    'rest.iad-02.braze.com',
    'rest.iad-03.braze.com',
    'rest.iad-04.braze.com',
    'rest.iad-05.braze.com',
    'rest.iad-06.braze.com',
    'rest.iad-07.braze.com',
    'rest.iad-08.braze.com',
    'rest.us-10.braze.com',
    'rest.fra-01.braze.eu',
    'rest.fra-02.braze.eu',
    'rest.au-01.braze.com',
    'rest.id-01.braze.com',
    'rest.jp-01.braze.com',
    'rest.kr-01.braze.com',
  ];
  const settingsOf = (endpoint: string): Change => ({ settings: { environments: { prod: { endpoint } } } });

  for (const host of HOSTS) {
    it(`https://${host} is taken, with a slash at its end or without (api/basics#endpoints)`, () => {
      for (const slash of ['', '/']) {
        const { environment } = ownerOf(configWith(settingsOf(`https://${host}${slash}`)));
        assert.equal(environment.endpoint, `https://${host}`);
      }
    });
  }

  const refused: [name: string, endpoint: string, says: RegExp][] = [
    ['a host of no instance', 'https://api.braze.com', /not a REST endpoint of Braze/],
    ['US-09, which there is not', 'https://rest.us-09.braze.com', /not a REST endpoint of Braze/],
    ['IAD-09, which there is not', 'https://rest.iad-09.braze.com', /not a REST endpoint of Braze/],
    ['IAD-10, which old pages named', 'https://rest.iad-10.braze.com', /not a REST endpoint of Braze/],
    ['FRA-01 at .com', 'https://rest.fra-01.braze.com', /not a REST endpoint of Braze/],
    ['IAD-01 at .eu', 'https://rest.iad-01.braze.eu', /not a REST endpoint of Braze/],
    ['the SDK’s host', 'https://sdk.iad-01.braze.com', /not a REST endpoint of Braze/],
    ['the dashboard', 'https://dashboard-01.braze.com', /not a REST endpoint of Braze/],
    ['plain http', 'http://rest.iad-01.braze.com', /not a REST endpoint of Braze/],
    ['another port', 'https://rest.iad-01.braze.com:8443', /not a REST endpoint of Braze/],
    ['a path', `${ENDPOINT}/users/track`, /should stand alone, without path/],
    ['a path with a slash at its end', `${ENDPOINT}/users/track/`, /should stand alone, without path/],
    ['two slashes at the end', `${ENDPOINT}//`, /should stand alone, without path/],
    ['a query', `${ENDPOINT}/?a=b`, /should stand alone, .*query/],
    ['a fragment', `${ENDPOINT}/#a`, /should stand alone/],
    ['a user', 'https://user@rest.iad-01.braze.com', /should stand alone, .*user/],
    ['a user and a password', 'https://user:word@rest.iad-01.braze.com', /should stand alone, .*user/],
    ['a host that begins like Braze’s', 'https://rest.iad-01.braze.com.evil.example', /not a REST endpoint/],
    ['a host behind an @', 'https://rest.iad-01.braze.com@evil.example', /should stand alone/],
    ['Braze’s host in the path', 'https://evil.example/rest.iad-01.braze.com', /should stand alone/],
    ['a host that ends like Braze’s', 'https://evilrest.iad-01.braze.com', /not a REST endpoint of Braze/],
    ['a dot for a dash', 'https://rest.iad.01.braze.com', /not a REST endpoint of Braze/],
    ['a dash for a dot', 'https://rest-iad-01.braze.com', /not a REST endpoint of Braze/],
    ['a dot at the end', 'https://rest.iad-01.braze.com.', /not a REST endpoint of Braze/],
    ['a Cyrillic letter', 'https://rest.iad-01.br\u0430ze.com', /not a REST endpoint of Braze/],
    ['the metadata service of a cloud', 'http://169.254.169.254', /not a REST endpoint of Braze/],
    ['a private address', 'http://10.0.0.1', /not a REST endpoint of Braze/],
    ['an address that means all', 'http://0.0.0.0', /not a REST endpoint of Braze/],
    ['a host that is called localhost only at first', 'http://localhost.evil.example', /not a REST endpoint/],
    ['a host without a scheme', 'rest.iad-01.braze.com', /is no URL/],
    ['nothing', '', /is no URL/],
  ];
  for (const [name, endpoint, says] of refused) {
    it(`is refused with ${name}, in development too`, () => {
      for (const env of [{}, { PARLEY_DEVELOPMENT: '1' }]) {
        const { problems } = refusalOf(sourcesWith({ ...settingsOf(endpoint), env }));
        assert.equal(problems.length, 1, problems.join('\n'));
        assert.match(problems[0] ?? '', /^environments\.prod\.endpoint: /);
        assert.match(problems[0] ?? '', says);
        assert.match(problems[0] ?? '', /such as https:\/\/rest\.iad-01\.braze\.com$/);
      }
    });
  }

  for (const loopback of ['http://localhost:8789', 'http://127.0.0.1:8789', 'http://[::1]:8789']) {
    for (const value of [undefined, '', '0', 'true']) {
      it(`${loopback} is refused with PARLEY_DEVELOPMENT ${value === undefined ? 'unset' : `"${value}"`}`, () => {
        const env = { PARLEY_DEVELOPMENT: value };
        assert.deepEqual(refusalOf(sourcesWith({ ...settingsOf(loopback), env })).problems, [
          `environments.prod.endpoint: "${loopback}" is this machine; that is allowed only with PARLEY_DEVELOPMENT=1`,
        ]);
      });
    }
    it(`${loopback} is taken with PARLEY_DEVELOPMENT=1, and its slash does not double`, () => {
      for (const slash of ['', '/']) {
        const config = configWith({ ...settingsOf(`${loopback}${slash}`), env: { PARLEY_DEVELOPMENT: '1' } });
        assert.equal(ownerOf(config).environment.endpoint, loopback);
      }
    });
  }

  it('that is missing is named with both places where it may stand', () => {
    assert.deepEqual(refusalOf(sourcesWith({ settings: { environments: {} } })).problems, [
      "environments.prod.endpoint: missing; set it or BRAZE_PROD_ENDPOINT to the workspace's REST endpoint",
    ]);
  });
  it('that is wrong is named by the place where it stands', () => {
    const env = { BRAZE_PROD_ENDPOINT: 'https://evil.example' };
    assert.deepEqual(namesOf(refusalOf(sourcesWith({ env }))), ['BRAZE_PROD_ENDPOINT']);
  });
});

describe('an origin', () => {
  const sitesOf = (...prod: string[]): Change => ({ settings: { sites: { brand: { prod } } } });

  for (const origin of [
    'https://brand.example',
    'https://brand.example:8443',
    'http://localhost',
    'http://localhost:8788',
    'http://127.0.0.1:8788',
    'http://[::1]:8788',
    'https://xn--bcher-kva.example',
  ]) {
    it(`${origin} is taken`, () => {
      assert.deepEqual([...configWith(sitesOf(origin)).origins.keys()], [origin]);
    });
  }

  for (const [name, origin] of [
    ['plain http', 'http://brand.example'],
    ['plain http from a host that is called localhost only at first', 'http://localhost.evil.example'],
    ['a slash at its end', 'https://brand.example/'],
    ['a path', 'https://brand.example/shop'],
    ['a query', 'https://brand.example?a=b'],
    ['capitals, which no browser sends', 'https://Brand.example'],
    ['the default port, which no browser sends', 'https://brand.example:443'],
    ['letters that a browser would encode', 'https://bücher.example'],
    ['no scheme', 'brand.example'],
    ['another scheme', 'ftp://brand.example'],
    ['a scheme of the browser', 'file:///index.html'],
    ['the origin of a sandboxed frame', 'null'],
    ['a star for every origin', '*'],
    ['nothing', ''],
  ] as const) {
    it(`with ${name} is refused, with what it should look like`, () => {
      assert.deepEqual(refusalOf(sourcesWith(sitesOf(ORIGIN, origin))).problems, [
        `sites.brand.prod.1: "${origin}" should be an origin, such as https://www.example.com`,
      ]);
    });
  }

  for (const [where, sites, problem] of [
    ['the same list', { brand: { prod: [ORIGIN, ORIGIN] } }, 'sites.brand.prod.1'],
    ['another environment', { brand: { sandbox: [ORIGIN], prod: [ORIGIN] } }, 'sites.brand.prod.0'],
    ['another site', { brand: { prod: [ORIGIN] }, outlet: { prod: [ORIGIN] } }, 'sites.outlet.prod.0'],
  ] as const) {
    it(`that stands in ${where} already is refused, with both places`, () => {
      const { problems } = refusalOf(
        sourcesWith({
          settings: {
            environments: { sandbox: { endpoint: ENDPOINT }, prod: { endpoint: ENDPOINT } },
            sites,
          },
          env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY },
        }),
      );
      const first = where === 'another environment' ? 'sites.brand.sandbox.0' : 'sites.brand.prod.0';
      assert.deepEqual(problems, [`${problem}: "${ORIGIN}" stands at ${first} already`]);
    });
  }

  for (const [name, sites] of [
    ['no site', {}],
    ['a site without pages', { brand: {} }],
    ['empty lists', { brand: { sandbox: [], prod: [] } }],
  ] as const) {
    it(`is needed: ${name} is refused, with an example`, () => {
      const { problems } = refusalOf(sourcesWith({ settings: { sites } }));
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', /^sites: no origin is allowed; name at least one, such as \{"shop": /);
    });
  }
});

describe('a setting', () => {
  const refusals: { name: string; settings: object; problem: RegExp }[] = [
    { name: 'that nobody knows', settings: { organisation: 'X' }, problem: /^organisation: unknown setting/ },
    {
      name: 'that nobody knows, in an environment',
      settings: { environments: { prod: { endpoint: ENDPOINT, region: 'us' } } },
      problem: /^environments\.prod\.region: unknown setting/,
    },
    {
      name: 'for a third environment',
      settings: { environments: { prod: { endpoint: ENDPOINT }, stage: { endpoint: ENDPOINT } } },
      problem: /^environments\.stage: unknown setting/,
    },
    {
      name: 'for a third environment of a site',
      settings: { sites: { brand: { prod: [ORIGIN], stage: [] } } },
      problem: /^sites\.brand\.stage: unknown setting/,
    },
    {
      name: 'that would put a key into the file',
      settings: { environments: { prod: { endpoint: ENDPOINT, key: 'k' } } },
      problem: /^environments\.prod\.key: unknown setting/,
    },
    {
      name: 'organization that is not PascalCase',
      settings: { organization: 'brand example' },
      problem: /^organization: should be PascalCase, such as "TarnAndTor"$/,
    },
    {
      name: 'organization that would break the header',
      settings: { organization: 'Brand\r\nx-evil: 1' },
      problem: /^organization: should be PascalCase/,
    },
    {
      name: 'name of a site with capitals',
      settings: { sites: { Brand: { prod: [ORIGIN] } } },
      problem: /^sites\.Brand: should be lower case with dashes/,
    },
    {
      name: 'site that is no object',
      settings: { sites: { brand: ORIGIN } },
      problem: /^sites\.brand: should be \{"sandbox": \[origins\], "prod": \[origins\]\}$/,
    },
    {
      name: 'list of origins that is none',
      settings: { sites: { brand: { prod: ORIGIN } } },
      problem: /^sites\.brand\.prod: should be a list of origins, such as \["https:/,
    },
    {
      name: 'origin that is no text',
      settings: { sites: { brand: { prod: [1] } } },
      problem: /^sites\.brand\.prod\.0: should be an origin/,
    },
    {
      name: 'thing that no site lets strangers do',
      settings: { sites: { brand: { prod: [ORIGIN], unverified: ['identify', 'fly'] } } },
      problem: /^sites\.brand\.unverified\.1: should be a list of "subscribe", "identify" and "merge"$/,
    },
    {
      name: 'word about whether joins are looked at',
      settings: { sites: { brand: { prod: [ORIGIN], check_joins: 'yes' } } },
      problem: /^sites\.brand\.check_joins: should be true or false$/,
    },
    {
      name: 'deadline in words',
      settings: { deadline: '2s' },
      problem: /^deadline: should be a number of milliseconds$/,
    },
    {
      name: 'organization missing',
      settings: { organization: undefined },
      problem: /^organization: missing; it should name the brand/,
    },
    {
      name: 'sites missing',
      settings: { sites: undefined },
      problem: /^sites: missing; it should be \{"<site>"/,
    },
    { name: 'sites in a list', settings: { sites: [ORIGIN] }, problem: /^sites: missing; it should be/ },
    {
      name: 'environment without its endpoint',
      settings: { environments: { prod: {} } },
      problem: /^environments\.prod\.endpoint: missing; set it or BRAZE_PROD_ENDPOINT/,
    },
    { name: 'deadline of nothing', settings: { deadline: 0 }, problem: /^deadline: / },
    { name: 'deadline with a fraction', settings: { deadline: 2.5 }, problem: /^deadline: / },
    { name: 'Braze timeout below nothing', settings: { brazeTimeout: -1 }, problem: /^brazeTimeout: / },
    {
      name: 'deadline that no timer can wait for',
      settings: { deadline: 2 ** 31 },
      problem: /^deadline: should be a whole number of milliseconds, from 1 to 2147483647$/,
    },
    ...[0, 76, 7.5, '75', null, [75], { perArray: 76 }, { perArray: 75, per: 'array' }].map((objects) => ({
      name: `number of objects that is ${JSON.stringify(objects)}`,
      settings: { environments: { prod: { endpoint: ENDPOINT, objects } } },
      problem:
        /^environments\.prod\.objects(\.\w+)?: (should be a whole number from 1 to 75, or \{"perArray": 75\} where|unknown setting)/,
    })),
    {
      name: 'budget without its window',
      settings: { environments: { prod: { endpoint: ENDPOINT, requests: { limit: 100 } } } },
      problem: /^environments\.prod\.requests\.window: /,
    },
    {
      name: 'budget that is a number',
      settings: { environments: { prod: { endpoint: ENDPOINT, requests: 1_000 } } },
      problem: /^environments\.prod\.requests: should be \{"limit": requests, "window": milliseconds\}/,
    },
    {
      name: 'budget of no limits',
      settings: { environments: { prod: { endpoint: ENDPOINT, requests: [] } } },
      problem: /^environments\.prod\.requests: should have one limit at least/,
    },
    {
      name: 'budget of several, one without its limit',
      settings: {
        environments: {
          prod: { endpoint: ENDPOINT, requests: [{ limit: 250, window: 3_000 }, { window: 3_600_000 }] },
        },
      },
      problem: /^environments\.prod\.requests\.1\.limit: /,
    },
    {
      name: 'budget of nothing',
      settings: { environments: { prod: { endpoint: ENDPOINT, requests: { limit: 0, window: 3_000 } } } },
      problem: /^environments\.prod\.requests\.limit: should be a whole number of requests, from 1/,
    },
    ...[250, null, { limit: 0, window: 60_000 }, { limit: 250 }].map((exports) => ({
      name: `budget of exports that is ${JSON.stringify(exports)}`,
      settings: { environments: { prod: { endpoint: ENDPOINT, exports } } },
      problem:
        /^environments\.prod\.exports(\.\w+)?: (should be \{"limit": requests|should be a (whole )?number of|Invalid key)/,
    })),
    { name: 'linger below nothing', settings: { linger: -1 }, problem: /^linger: .* from 0 to/ },
    {
      name: 'linger as long as the deadline',
      settings: { linger: 900, deadline: 900 },
      problem: /^linger: 900 ms should be less than the deadline, which is 900 ms$/,
    },
    {
      name: 'concurrency of nothing',
      settings: { concurrency: 0 },
      problem: /^concurrency: .* from 1 to 1000$/,
    },
    {
      name: 'third way with events in doubt',
      settings: { inDoubtEvents: 'guess' },
      problem: /^inDoubtEvents: should be "resend" \(they may be twice\) or "drop"/,
    },
    {
      name: 'changes only in words',
      settings: { changesOnly: 'yes' },
      problem: /^changesOnly: should be true or/,
    },
    { name: 'spool of nothing', settings: { spoolLimit: 0 }, problem: /^spoolLimit: .* from 1 to/ },
    {
      name: 'flow’s age in words',
      settings: { flowMaxAge: '1m' },
      problem: /^flowMaxAge: should be a number of seconds$/,
    },
    {
      name: 'flow’s age below nothing',
      settings: { flowMaxAge: -1 },
      problem: /^flowMaxAge: should be 0 or more seconds$/,
    },
    {
      name: 'flow’s age with a fraction',
      settings: { flowMaxAge: 0.5 },
      problem: /^flowMaxAge: should be a whole number of seconds$/,
    },
  ];
  for (const { name, settings, problem } of refusals) {
    it(`${name} is the one problem`, () => {
      const { problems } = refusalOf(sourcesWith({ settings }));
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0] ?? '', problem);
    });
  }

  for (const settings of [null, undefined, 'x', 1]) {
    it(`cannot be read from ${JSON.stringify(settings)}`, () => {
      assert.deepEqual(refusalOf({ settings, env: ENV }).problems, ['settings: should be a JSON object']);
    });
  }
});

describe('every problem is reported at once', () => {
  it('a mistake in one setting hides none in another, nor in the environment', () => {
    const error = refusalOf({
      settings: { sites: { brand: { prod: ['https://*.brand.example'] } }, deadline: 'soon', colour: 'red' },
      env: { BRAZE_PROD_ENDPOINT: 'https://evil.example' },
    });
    assert.deepEqual(namesOf(error).sort(), [
      'BRAZE_PROD_ENDPOINT',
      'BRAZE_PROD_KEY',
      'SESSION_SECRET',
      'colour',
      'deadline',
      'organization',
      'sites.brand.prod.0',
    ]);
  });

  it('and an endpoint that may be a key in the wrong place is not repeated', () => {
    const { message } = refusalOf(sourcesWith({ env: { BRAZE_PROD_ENDPOINT: PROD_KEY } }));
    assert.match(message, /BRAZE_PROD_ENDPOINT: is no URL/);
    assert.ok(!message.includes(PROD_KEY));
  });

  it('of the file’s shape, and the session secret with it', () => {
    const error = refusalOf({
      settings: {
        organization: 'brand',
        environments: { prod: { endpoint: 1 }, stage: {} },
        sites: { brand: { prod: [1] } },
        deadline: 'soon',
        colour: 'red',
      },
      env: { SESSION_SECRET: 'short' },
    });
    assert.deepEqual(namesOf(error).sort(), [
      'SESSION_SECRET',
      'colour',
      'deadline',
      'environments.prod.endpoint',
      'environments.stage',
      'organization',
      'sites.brand.prod.0',
    ]);
  });

  it('of secrets, endpoints and origins', () => {
    const error = refusalOf({
      settings: {
        organization: 'BrandExample',
        environments: { sandbox: { endpoint: 'http://localhost:8789' } },
        sites: { brand: { sandbox: ['http://brand.example'], prod: [ORIGIN, ORIGIN] } },
      },
      env: { BRAZE_SANDBOX_KEY: 'two words', SESSION_SECRET: 'short' },
    });
    assert.deepEqual(namesOf(error).sort(), [
      'BRAZE_PROD_KEY',
      'BRAZE_SANDBOX_KEY',
      'SESSION_SECRET',
      'environments.prod.endpoint',
      'environments.sandbox.endpoint',
      'sites.brand.prod.1',
      'sites.brand.sandbox.0',
    ]);
  });

  it('one a line, in the message too', () => {
    const { message, problems } = refusalOf(sourcesWith({ env: { BRAZE_PROD_KEY: '', SESSION_SECRET: '' } }));
    assert.equal(problems.length, 2);
    const lines = problems.map((problem) => `  - ${problem}`);
    assert.equal(message, ['The relay cannot start with these settings:', ...lines].join('\n'));
  });
});

it('docs/operations.md names each setting with its default', () => {
  const manual = readFileSync('docs/operations.md', 'utf8');
  const [unknown = ''] = refusalOf(sourcesWith({ settings: { nothing: 1 } })).problems;
  const config = new Map<string, unknown>(Object.entries(configWith()));
  const names = unknown.replace(/^.*known are /, '').split(', ');
  assert.ok(names.length > 10);
  for (const name of names) {
    const value = config.get(name);
    const row = new RegExp(`^\\| \`(${name}|${name}\\.\\*\\.\\w+)\` +\\| (.+?) +\\|`, 'm').exec(manual);
    assert.ok(row, `${name} is missing`);
    if (['number', 'boolean', 'string'].includes(typeof value) && name !== 'organization')
      assert.equal(row[2]?.replaceAll('`', ''), JSON.stringify(value), name);
  }
});
