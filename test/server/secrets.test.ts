/** Secrets: what is refused as one, where one is looked for, and where none may ever be seen. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { createBrazeFetch } from '../../server/adapters/braze-fetch.ts';
import { serveRelay } from '../../server/adapters/node.ts';
import { ConfigError, parseConfig, type ConfigSources } from '../../server/config.ts';
import { FlowError, loadFlows } from '../../server/flows/load.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { createRedaction, redactLog } from '../../server/redaction.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import {
  createSubmission,
  FLOW,
  openVisitor,
  PROD_KEY,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  serveRecorder,
  SESSION_SECRET,
  settingsFor,
} from './relay-fixture.ts';
import { startWorkerInProcess } from './worker-in-process.ts';

const ENDPOINT = 'https://rest.iad-01.braze.com';

/** As Braze's dashboard shows them. */
const KEY = '7c1e0f34-52ab-4d8e-9f60-1b2c3d4e5f67';
const OTHER_KEY = '90b1c2d3-e4f5-4061-8273-8495a6b7c8d9';

const ENTRY_LINK_KEY = 'Zx3vN0q7TtYl2mWcR8sKpB5hUoJdGfA1eI4yQ6w9';

const SETTINGS = settingsFor({ sandbox: ENDPOINT, prod: ENDPOINT });
const ENV = { BRAZE_SANDBOX_KEY: KEY, BRAZE_PROD_KEY: OTHER_KEY, SESSION_SECRET, ENTRY_LINK_KEY };

/** @returns the problems, none where it is taken */
function problemsOf(env: ConfigSources['env'], settings: unknown = SETTINGS): readonly string[] {
  try {
    parseConfig({ settings, env: { ...ENV, ...env } });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, inspect(error));
    return error.problems;
  }
}

describe('what is no secret is refused', () => {
  const key = (value: string) => ({ BRAZE_PROD_KEY: value });
  const session = (value: string) => ({ SESSION_SECRET: value });
  for (const [env, problem] of [
    [key('changeme'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('CHANGE_ME_PLEASE'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('your-api-key'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('YOUR_REST_API_KEY'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('YOUR-REST-API-KEY'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('<braze-rest-key>'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('${BRAZE_PROD_KEY}'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('$BRAZE_PROD_KEY'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('00000000-0000-0000-0000-000000000000'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('replace-me-in-production'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('an-example-key'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('place_holder_1'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('password'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('test-key'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('REDACTED'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('TODO-add-key'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('12345678'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('BRAZE_REST_KEY'), 'BRAZE_PROD_KEY: is no REST API key of Braze, all of which are UUIDs'],
    [key('my-braze-rest-api-key'), 'BRAZE_PROD_KEY: is no REST API key of Braze'],
    [key(KEY.slice(1)), 'BRAZE_PROD_KEY: is no REST API key of Braze'],
    [key(`${KEY}0`), 'BRAZE_PROD_KEY: is no REST API key of Braze'],
    [key('aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'), 'BRAZE_PROD_KEY: is a placeholder in the form of a key'],
    [key('12345678-1234-1234-1234-123456789012'), 'BRAZE_PROD_KEY: is a placeholder'],
    [key('01234567-89ab-cdef-0123-456789abcdef'), 'BRAZE_PROD_KEY: is a placeholder in the form of a key'],
    [key('xxxx'), 'BRAZE_PROD_KEY: 4 bytes are too few'],
    [key('secret'), 'BRAZE_PROD_KEY: 6 bytes are too few'],
    [session('changeme-changeme-changeme-changeme'), 'SESSION_SECRET: is a placeholder'],
    [session('x'.repeat(40)), 'SESSION_SECRET: is a placeholder'],
    [session('your-very-long-session-secret-of-32-bytes'), 'SESSION_SECRET: is a placeholder'],
    [
      session('hunter2!'.repeat(5)),
      'SESSION_SECRET: says 8 characters again and again, so it can be guessed',
    ],
    [session('hunter2!'.repeat(5).slice(0, -3)), 'SESSION_SECRET: says 8 characters again and again'],
    [session('1221112212122211211221212112122112'), 'SESSION_SECRET: is made of 2 different characters'],
    [{ ENTRY_LINK_KEY: 'abcabcabc'.repeat(4) }, 'ENTRY_LINK_KEY: says 3 characters again and again'],
    [{ ENTRY_LINK_KEY: 'too-short' }, 'ENTRY_LINK_KEY: 9 bytes are too few'],
    [{ BRAZE_PROD_KEY: KEY }, 'BRAZE_PROD_KEY: is the same as BRAZE_SANDBOX_KEY; each should be its own'],
    [{ ENTRY_LINK_KEY: SESSION_SECRET }, 'ENTRY_LINK_KEY: is the same as SESSION_SECRET'],
    [
      { BRAZE_PROD_KEY: OTHER_KEY, ENTRY_LINK_KEY: OTHER_KEY },
      'BRAZE_PROD_KEY: is the same as ENTRY_LINK_KEY; each should be its own',
    ],
  ] as const) {
    it(JSON.stringify(env), () => {
      const [found = '', ...others] = problemsOf(env);
      assert.deepEqual(others, []);
      assert.ok(found.startsWith(problem), found);
      assert.ok(!found.includes(Object.values(env)[0] ?? ''), 'it is repeated');
    });
  }

  it('but in development everything goes that the emulator takes', () => {
    const env = { BRAZE_SANDBOX_KEY: 'key', BRAZE_PROD_KEY: 'key', SESSION_SECRET: 'x'.repeat(32) };
    assert.deepEqual(problemsOf({ ...env, PARLEY_DEVELOPMENT: '1' }), []);
  });
});

describe('what is a secret is taken', () => {
  for (const [what, env] of [
    ['keys as Braze shows them', {}],
    [
      'the output of openssl rand -base64 32',
      { SESSION_SECRET: 'o0Jt7gVf3hQ2bq0Kx4Q9l9v1mJtq1m7n0Wc8yR5sXxQ=' },
    ],
    ['of openssl rand -hex 16', { SESSION_SECRET: '9f2c4e61a07b3d58c1e6f4029ab7d835' }],
    ['a sentence', { SESSION_SECRET: 'correct-horse-battery-staple-on-a-mountain' }],
    ['decimal digits', { SESSION_SECRET: '31415926535897932384626433832795' }],
  ] as const) {
    it(what, () => assert.deepEqual(problemsOf(env), []));
  }
});

/** What stands in a file that others read, and what is said of it. */
const PLANTED = [
  ['a key of Braze', KEY.replaceAll('7', 'a')],
  ['a key of Braze in capitals and with spaces', ` ${KEY.replaceAll('7', 'b').toUpperCase()} `],
  ['a header', 'Authorization: Bearer c2VjcmV0LW9mLTIwMjY'],
  ['a private key', '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIC\n-----END EC PRIVATE KEY-----'],
  ['the relay’s own key', `see ${KEY}, please`],
  ['the relay’s session secret', SESSION_SECRET],
] as const;

describe('a key in the settings file is refused with its place', () => {
  const { brand } = SETTINGS.sites;
  for (const [what, text] of PLANTED) {
    it(what, () => {
      const sites = { brand: { ...brand, prod: [text] } };
      const problems = problemsOf({}, { ...SETTINGS, sites });
      const [last = ''] = problems.slice(-1);
      assert.match(
        last,
        /^sites\.brand\.prod\.0: has what looks like a key; secrets stand in variables or in/,
      );
      assert.ok(!problems.join('\n').includes(text.trim()), problems.join('\n'));
    });
  }

  it('as a name, without the name', () => {
    const problems = problemsOf({}, { ...SETTINGS, [KEY]: true });
    assert.ok(problems.some((line) => line.startsWith('settings: has what looks like a key')));
    assert.ok(!problems.join('\n').includes(KEY), problems.join('\n'));
  });

  it('and so is a settings file that is no JSON, without what stands in it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-secrets-'));
    const file = join(folder, 'key');
    writeFileSync(file, KEY);
    const { status, stderr } = spawnSync(
      process.execPath,
      ['server/cli.ts', 'serve', '--config', file, '--flows', 'demo/flows'],
      { encoding: 'utf8' },
    );
    rmSync(folder, { recursive: true });
    assert.equal(status, 1);
    assert.match(stderr, /key is not JSON: look at line 1, column 2\./);
    assert.ok(!stderr.includes(KEY.slice(0, 6)), stderr);
  });
});

describe('a key in a flow is refused with its place', () => {
  for (const [what, text] of PLANTED) {
    it(what, () => {
      const json = { ...FLOW, nodes: { ...FLOW.nodes, sorry: { type: 'end', text } } };
      assert.throws(
        () => loadFlows([{ source: 'welcome.json', text: JSON.stringify(json) }], [KEY, SESSION_SECRET]),
        (error) => {
          assert.ok(error instanceof FlowError);
          const [line = '', ...others] = error.problems;
          assert.deepEqual(others, []);
          assert.match(line, /^welcome\.json:1:\d+: error: nodes\.sorry\.text: has what looks like a key/);
          assert.ok(!inspect(error, { depth: null }).includes(text.trim()), line);
          return true;
        },
      );
    });
  }

  it('and nothing else that is said of the flow repeats it', () => {
    const json = {
      ...FLOW,
      nodes: {
        ...FLOW.nodes,
        name: { ...FLOW.nodes.name, next: KEY },
        email: { ...FLOW.nodes.email, [SESSION_SECRET]: 1 },
      },
    };
    assert.throws(
      () => loadFlows([{ source: 'welcome.json', json }], [SESSION_SECRET]),
      (error) => {
        const said = inspect(error, { depth: null });
        assert.match(said, /nodes\.name\.next: there is no node "\[secret\]"/);
        assert.ok(!said.includes(KEY) && !said.includes(SESSION_SECRET), said);
        return true;
      },
    );
  });

  it('also when it comes with a reload, and the flow of before is served on', async () => {
    const braze = await serveRecorder();
    const relay = await serveRelay({
      settings: settingsFor({ sandbox: braze.url, prod: braze.url }),
      env: { ...ENV, PARLEY_DEVELOPMENT: '1' },
      flows: [{ source: 'welcome.json', json: FLOW }],
      assets: [],
      store: createSqliteStore({ file: ':memory:', clock: Date.now }),
      port: 0,
      log: () => undefined,
    });
    const json = { ...FLOW, nodes: { ...FLOW.nodes, sorry: { type: 'end', text: `${ENTRY_LINK_KEY}!` } } };
    await assert.rejects(relay.replaceFlows([{ source: 'welcome.json', json }]), FlowError);
    const served = await fetch(`${relay.url}/v1/flows/welcome`);
    assert.ok(!(await served.text()).includes(ENTRY_LINK_KEY));
    await relay.close();
    await braze.close();
  });
});

describe('the net below the log', () => {
  const secrets = [KEY, 'aB+/c9dEfg12=='];
  const redact = createRedaction(() => secrets);
  for (const [what, text, masked] of [
    ['a secret', `the key ${KEY} is wrong`, 'the key [secret] is wrong'],
    ['one that stands twice', `${KEY}${KEY}`, '[secret][secret]'],
    ['one in a URL', 'https://host.example/?k=aB%2B%2Fc9dEfg12%3D%3D', 'https://host.example/?k=[secret]'],
    ['nothing', 'no secret is here', 'no secret is here'],
  ]) {
    it(`masks ${what ?? ''}`, () => assert.equal(redact(text ?? ''), masked));
  }

  it('leaves what is no text as it is', () => {
    const entries: LogEntry[] = [];
    redactLog(
      (entry) => entries.push(entry),
      redact,
    )({ level: 'info', event: 'request', status: 200, advice: KEY });
    assert.deepEqual(entries, [{ level: 'info', event: 'request', status: 200, advice: '[secret]' }]);
  });

  it('masks a key of before, too, for requests may still be under way with it', async () => {
    const entries: LogEntry[] = [];
    const braze = await serveRecorder();
    const settings = settingsFor({ sandbox: braze.url, prod: braze.url });
    const env = { ...ENV, PARLEY_DEVELOPMENT: '1' };
    const flows = [{ source: 'welcome.json', json: FLOW }];
    const relay = await serveRelay({
      settings,
      env,
      flows,
      assets: [],
      store: createSqliteStore({ file: ':memory:', clock: Date.now }),
      port: 0,
      log: (entry) => entries.push(entry),
    });
    const newKey = KEY.replaceAll('7', 'e');
    await relay.reload({ settings, env: { ...env, BRAZE_SANDBOX_KEY: newKey }, flows });
    assert.equal(relay.redact(`${KEY} ${newKey}`), '[secret] [secret]');
    // What a client says of itself is in the log.
    await fetch(`${relay.url}/healthz/none`, { headers: { 'x-request-id': KEY } });
    assert.equal(entries.at(-1)?.request, '[secret]');
    await relay.close();
    await braze.close();
  });

  it('is below the log of a Worker', async (t) => {
    const printed: unknown[] = [];
    t.mock.method(console, 'log', (line: unknown) => printed.push(line));
    const worker = startWorkerInProcess({ settings: SETTINGS, flows: [FLOW] }, { ...ENV, SHARD_COUNT: '8' });
    const request = new Request('https://relay.example/none', { headers: { 'x-request-id': KEY } });
    await worker.fetch(request);
    worker.close();
    assert.equal(printed.length, 1);
    assert.match(String(printed[0]), /"request":"\[secret\]"/);
  });
});

describe('a key is not seen in', () => {
  it('what Braze says of a submission that is kept as a dead letter', async () => {
    const braze = await serveRecorder();
    braze.answerWith({ status: 400, body: JSON.stringify({ message: `bad ${SANDBOX_KEY}`, errors: [] }) });
    const store = createSqliteStore({ file: ':memory:', clock: Date.now });
    const relay = await serveRelay({
      settings: settingsFor({ sandbox: braze.url, prod: braze.url }),
      env: {
        BRAZE_SANDBOX_KEY: SANDBOX_KEY,
        BRAZE_PROD_KEY: PROD_KEY,
        SESSION_SECRET,
        PARLEY_DEVELOPMENT: '1',
      },
      flows: [{ source: 'welcome.json', json: FLOW }],
      assets: [],
      store,
      port: 0,
      log: () => undefined,
    });
    const visitor = await openVisitor(relay.url);
    await visitor.submit(createSubmission());
    const [letter] = await store.deadLetters.list(1);
    assert.equal(letter?.words, 'bad [secret]');
    await relay.close();
    await braze.close();
  });

  it('an error of the request that carried it, whatever is looked at', async () => {
    const connections = createBrazeFetch(1_000);
    const braze = await serveRecorder();
    braze.answerWith('cut');
    for (const url of [braze.url, 'http://127.0.0.1:1']) {
      await assert.rejects(
        connections.fetch(url, { method: 'POST', headers: { authorization: `Bearer ${KEY}` }, body: '{}' }),
        (error: Error) => {
          const seen = inspect(error, { depth: null, showHidden: true, getters: true });
          assert.ok(!seen.includes(KEY) && !JSON.stringify(error).includes(KEY), seen);
          assert.ok(error.stack?.includes(KEY) === false);
          return true;
        },
      );
    }
    await braze.close();
    await connections.close();
  });
});

/** Lets a test end it with an error that nobody catches, and that tells its key in all its parts. */
const SABOTAGE = `
  const key = process.env.BRAZE_SANDBOX_KEY;
  process.on('SIGUSR2', () => {
    const cause = Object.assign(new Error('of ' + key), { headers: { authorization: 'Bearer ' + key } });
    void Promise.reject(new Error('nobody catches ' + key, { cause }));
  });
`;

describe('a process of the relay', { skip: process.platform === 'win32' }, () => {
  let folder: string;
  let child: ChildProcess;
  let stderr = '';
  let stdout = '';
  const secrets = [SANDBOX_KEY, PROD_KEY, SESSION_SECRET, ENTRY_LINK_KEY];
  const assertSecretless = (text: string) => {
    for (const secret of secrets) assert.ok(!text.includes(secret), text.slice(0, 2_000));
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parley-secrets-'));
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const braze = { sandbox: 'http://127.0.0.1:1', prod: 'http://127.0.0.1:1' };
    const config = write('settings.json', JSON.stringify(settingsFor(braze)));
    write('sabotage.mjs', SABOTAGE);
    const flow = join(folder, 'flows');
    mkdirSync(flow);
    mkdirSync(join(folder, 'reports'));
    write('flows/welcome.json', JSON.stringify(FLOW));
    child = spawn(
      process.execPath,
      [
        '--import',
        join(folder, 'sabotage.mjs'),
        '--report-on-signal',
        '--report-signal=SIGPIPE',
        `--report-directory=${join(folder, 'reports')}`,
        'server/cli.ts',
        'serve',
        ...['--config', config, '--flows', flow, '--store', join(folder, 'relay.db'), '--assets', flow],
      ],
      {
        env: {
          ...process.env,
          PORT: '0',
          OPERATOR_PORT: 'off',
          PARLEY_DEVELOPMENT: '1',
          BRAZE_SANDBOX_KEY: SANDBOX_KEY,
          BRAZE_PROD_KEY: PROD_KEY,
          SESSION_SECRET,
          ENTRY_LINK_KEY,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        stdout += `${line}\n`;
        if (line.startsWith('The relay listens')) resolve();
      });
      child.once('exit', () => reject(new Error(stderr)));
    });
  });
  after(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('works with the secrets that it was started with', async () => {
    const [, url = ''] = /listens at (\S+)/.exec(stdout) ?? [];
    const response = await fetch(`${url}/v1/sessions`, {
      method: 'POST',
      headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json' },
      body: '{}',
    });
    assert.equal(response.status, 200);
  });

  it('has none in its arguments', () => assertSecretless(child.spawnargs.join(' ')));

  it('has none in a report that Node makes of it, which has all of its variables', async () => {
    const reports = join(folder, 'reports');
    const written = new Promise<string>((resolve) => {
      const watcher = watch(reports, () => {
        const [file] = readdirSync(reports);
        const text = file === undefined ? '' : readFileSync(join(reports, file), 'utf8');
        if (!text.trimEnd().endsWith('}')) return;
        watcher.close();
        resolve(text);
      });
    });
    child.kill('SIGPIPE');
    const report = await written;
    assert.match(report, /"PARLEY_DEVELOPMENT": "1"/);
    assertSecretless(report);
  });

  it('ends where nobody catches an error, and shows it without them', async () => {
    const exit = once(child, 'exit');
    child.kill('SIGUSR2');
    assert.deepEqual(await exit, [1, null]);
    assert.match(stderr, /Error: nobody catches \[secret\]/);
    assert.match(stderr, /Error: of \[secret\]/);
    assert.match(stderr, /authorization: 'Bearer \[secret\]'/);
    assertSecretless(stderr + stdout);
  });
});
