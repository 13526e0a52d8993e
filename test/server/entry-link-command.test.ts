/** `parley entry-link` as a marketer calls it, in a process of its own, with no relay anywhere. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { parseConfig } from '../../server/config.ts';
import { createEntryLinks } from '../../server/entry-links.ts';
import { COMPILE_CACHE } from '../compile-cache.ts';
import {
  FLOW,
  PROD_KEY,
  PROD_ORIGIN,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from './relay-fixture.ts';

const ENDPOINT = 'https://rest.iad-01.braze.com';
const SETTINGS = settingsFor({ sandbox: ENDPOINT, prod: ENDPOINT });
const DAY = 86_400_000;

/** As the relay has it, keys and all. */
const CONFIG = parseConfig({
  settings: SETTINGS,
  env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, BRAZE_PROD_KEY: PROD_KEY, SESSION_SECRET },
});

describe('parley entry-link', () => {
  let folder: string;
  const fileOf = (name: string) => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-entry-'));
    writeFileSync(fileOf('two.json'), JSON.stringify(SETTINGS));
    writeFileSync(fileOf('secret'), `${SESSION_SECRET}\n`);
    writeFileSync(fileOf('flow.flow'), JSON.stringify(FLOW));
    const { brand } = SETTINGS.sites;
    writeFileSync(fileOf('one.json'), JSON.stringify({ ...SETTINGS, sites: { brand } }));
    const sandbox = { brand: { sandbox: brand.sandbox } };
    writeFileSync(fileOf('sandbox.json'), JSON.stringify({ ...SETTINGS, sites: sandbox }));
  });
  after(() => rmSync(folder, { recursive: true }));

  function call(args: readonly string[], env: Readonly<Record<string, string>> = { SESSION_SECRET }) {
    const { PATH = '' } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['server/cli.ts', 'entry-link', ...args], {
      encoding: 'utf8',
      env: { PATH, NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
    });
    return { status, stdout, stderr };
  }
  const run = (config: string, ...args: readonly string[]) => call(['--config', fileOf(config), ...args]);

  async function read(token: string, origin: string) {
    const owner = CONFIG.origins.get(origin);
    assert.ok(owner);
    const found = await createEntryLinks(CONFIG, webPorts).read(token, owner, Date.now());
    assert.ok('link' in found, JSON.stringify(found));
    return found.link;
  }

  it('prints a link to a page that a relay with the same secret reads', async () => {
    const page = `${PROD_ORIGIN}/boots?utm_source=braze`;
    const { status, stdout, stderr } = run('one.json', '--flow', 'vip', '--cohort', 'spring', '--page', page);
    assert.equal(status, 0, stderr);
    const [address, token = ''] = stdout.trimEnd().split('#parley=');
    assert.equal(address, page);
    const { id, expires, ...said } = await read(token, PROD_ORIGIN);
    assert.deepEqual(said, { flow: 'vip', cohort: 'spring' });
    assert.match(id, /^[\da-f-]{36}$/);
    assert.ok(Math.abs(expires - Date.now() - 30 * DAY) < 60_000);
    const until = new Date(expires).toISOString().slice(0, 10);
    assert.equal(stderr, `Opens flow vip on pages of brand in prod, until ${until}.\n`);
  });

  it('prints the token alone where no page is named, for the site and environment that are', async () => {
    const { status, stdout } = run(
      'two.json',
      ...[
        '--flow',
        'vip',
        '--site',
        'brand',
        '--environment',
        'sandbox',
        '--campaign',
        'boots',
        '--days',
        '1',
      ],
    );
    assert.equal(status, 0);
    assert.match(stdout, /^[\w.-]+\n$/);
    const { expires, campaign, cohort } = await read(stdout.trim(), SANDBOX_ORIGIN);
    assert.deepEqual([campaign, cohort], ['boots', undefined]);
    assert.ok(Math.abs(expires - Date.now() - DAY) < 60_000);
  });

  it('warns of what a personal link is', async () => {
    const { status, stdout, stderr } = run('one.json', '--flow', 'vip', '--external-id', 'ada-1815');
    assert.equal(status, 0);
    assert.match(stderr, /^It is personal: who submits first with it writes to that profile\./m);
    assert.ok(!stderr.includes('ada-1815'));
    assert.equal((await read(stdout.trim(), PROD_ORIGIN)).external_id, 'ada-1815');
  });

  it('takes the only environment that has pages, and the secret from a file', async () => {
    const args = ['--config', fileOf('sandbox.json'), '--flow', 'vip'];
    const { status, stdout, stderr } = call(args, { SESSION_SECRET_FILE: fileOf('secret') });
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^Opens flow vip on pages of brand in sandbox/);
    assert.equal((await read(stdout.trim(), SANDBOX_ORIGIN)).flow, 'vip');
  });

  it('reads no key of Braze, not even one that is set', () => {
    const env = { SESSION_SECRET, BRAZE_PROD_KEY_FILE: fileOf('nothing'), BRAZE_PROD_KEY: 'two words' };
    assert.equal(call(['--config', fileOf('one.json'), '--flow', 'vip'], env).status, 0);
  });

  it('makes sure that there is such a flow, where it is told of the flows', () => {
    const flows = mkdtempSync(join(folder, 'flows-'));
    writeFileSync(join(flows, 'welcome.json'), JSON.stringify(FLOW));
    assert.equal(run('one.json', '--flow', 'welcome', '--flows', flows).status, 0);
    const { status, stdout, stderr } = run('one.json', '--flow', 'welcom', '--flows', flows);
    assert.deepEqual([status, stdout, stderr], [2, '', '--flow is "welcom"; did you mean "welcome"?\n']);
  });

  for (const [name, config, args, words] of [
    ['no flow', 'one.json', [], /^Usage: parley entry-link --config FILE --flow ID/],
    [
      'no site where there are two',
      'two.json',
      ['--flow', 'vip'],
      /^--site is missing; it should be brand or other\.$/m,
    ],
    [
      'another site',
      'one.json',
      ['--flow', 'vip', '--site', 'brnd'],
      /^--site is "brnd"; did you mean "brand"\?$/m,
    ],
    [
      'an environment without pages',
      'sandbox.json',
      ['--flow', 'vip', '--environment', 'prod'],
      /^--environment is "prod"; site brand has pages in sandbox\.$/m,
    ],
    [
      'a page of another environment',
      'one.json',
      ['--flow', 'vip', '--page', `${SANDBOX_ORIGIN}/boots`],
      /^--page is at https:\/\/staging\.brand\.example; the pages of site brand in prod are at https:\/\/www\.brand\.example\.$/m,
    ],
    [
      'a page that is none',
      'one.json',
      ['--flow', 'vip', '--page', 'boots'],
      /^--page should be the address of a page/m,
    ],
    [
      'no days',
      'one.json',
      ['--flow', 'vip', '--days', '0'],
      /^--days is "0"; it should be a whole number from 1 to 366\.$/m,
    ],
    [
      'an empty external id',
      'one.json',
      ['--flow', 'vip', '--external-id', ''],
      /^--external-id is empty; leave it out/m,
    ],
    [
      'two mistakes',
      'one.json',
      ['--flow', 'a b', '--external-id', ' x'],
      /^--flow should be the id of a flow.*\n--external-id should be the id of a profile/m,
    ],
    ['a word more', 'one.json', ['--flow', 'vip', 'spring'], /spring/],
    ['an option that is none', 'one.json', ['--flow', 'vip', '--cohrot', 'spring'], /--cohrot/],
    ['no settings', 'nothing.json', ['--flow', 'vip'], /^There is no file .*nothing\.json\.$/m],
  ] as const) {
    it(`refuses ${name}, and makes nothing`, () => {
      const { status, stdout, stderr } = run(config, ...args);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, words);
    });
  }

  it('refuses to go on without the secret, and says what it should be', () => {
    const { status, stdout, stderr } = call(['--config', fileOf('one.json'), '--flow', 'vip'], {});
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /SESSION_SECRET: missing/);
    assert.doesNotMatch(stderr, /BRAZE/);
  });
});
