/** The relay on Node: what it serves beside the routes, what it logs, and `parley serve` as an operator starts it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { Agent, createServer, request as startRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { serveRelay, type RelayOptions, type RunningRelay } from '../../server/adapters/node.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { VERSION } from '../../server/version.ts';
import type { Problem, SubmissionsResponse } from '../../widget/contract/wire.ts';
import { builtWidget } from '../built-widget.ts';
import { freePort } from '../relay/free-port.ts';
import { OURS, parley } from './parley-process.ts';
import {
  createSubmission,
  FLOW,
  openVisitor,
  PROD_KEY,
  PROD_ORIGIN,
  RELAY_ENV,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  serveRecorder,
  SESSION_SECRET,
  settingsFor,
  TAKEN,
  type BrazeRecorder,
  type TestVisitor,
  type WireAnswer,
} from './relay-fixture.ts';
import { createServedFolder, type ServedFolder } from './served-folder.ts';

const optionsFor = (braze: BrazeRecorder, change: Partial<RelayOptions> = {}): RelayOptions => ({
  settings: settingsFor({ sandbox: braze.url, prod: braze.url }),
  env: RELAY_ENV,
  flows: [{ source: 'welcome.json', json: FLOW }],
  assets: async (request) => (await builtWidget())(request),
  store: createSqliteStore({ file: ':memory:', clock: Date.now }),
  port: 0,
  hostname: 'localhost',
  log: () => undefined,
  ...change,
});

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The path goes out as it is given: `fetch` would tidy `..` away, and decode what is compressed. */
async function get(
  url: string,
  path: string,
  headers = {},
  method = 'GET',
  agent: Agent | false = false,
): Promise<Reply> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    startRequest({ hostname, port, path, method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end();
  });
}

it('the version is that of package.json', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  assert.equal(VERSION, version);
});

describe('an asset', () => {
  let braze: BrazeRecorder;
  let relay: RunningRelay;
  before(async () => {
    braze = await serveRecorder();
    relay = await serveRelay(optionsFor(braze, { assets: 'dist' }));
  });
  after(async () => {
    await relay.close();
    await braze.close();
  });

  const YEAR = 'public, max-age=31536000, immutable';
  const built = [
    { path: '/parley.js', caching: 'no-cache' },
    { path: `/${VERSION}/parley.js`, caching: YEAR },
    ...readdirSync('dist/assets').map((file) => ({ path: `/assets/${file}`, caching: YEAR })),
  ];
  assert.ok(built.length > 1, 'dist/assets is empty: npm run build');

  for (const { path, caching } of built) {
    const name = path.replace(/-[\w-]{8}\.js$/, '-<hash>.js');
    const content = readFileSync(`dist${path}`);

    it(`${name} is a script that any page may load, cached as "${caching}"`, async () => {
      const { status, headers, body } = await get(relay.url, path, { origin: 'https://anywhere.example' });
      assert.equal(status, 200);
      assert.deepEqual(body, content);
      assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
      assert.equal(headers['cache-control'], caching);
      assert.equal(headers['access-control-allow-origin'], '*');
      assert.equal(headers['cross-origin-resource-policy'], 'cross-origin');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['set-cookie'], undefined);
    });
    it(`${name} is brotli for who takes it, and plain for who does not`, async () => {
      const small = await get(relay.url, path, { 'accept-encoding': 'gzip, deflate, br, zstd' });
      assert.equal(small.headers['content-encoding'], 'br');
      assert.deepEqual(brotliDecompressSync(small.body), content);
      for (const accepted of ['gzip', 'identity', 'bronze', 'x-br', 'br;q=0', 'gzip, br; q=0.0', '']) {
        const plain = await get(relay.url, path, { 'accept-encoding': accepted });
        assert.equal(plain.headers['content-encoding'], undefined, accepted);
        assert.match(plain.headers.vary ?? '', /accept-encoding/i);
        assert.notEqual(
          plain.headers.etag,
          small.headers.etag,
          'two representations share one strong validator',
        );
      }
      assert.match(small.headers.vary ?? '', /accept-encoding/i);
    });
    it(`${name} is not sent again to who has it`, async () => {
      const { etag = '' } = (await get(relay.url, path)).headers;
      assert.match(etag, /^(W\/)?"[^"]+"$/);
      for (const held of [etag, `"other", ${etag}`, `W/${etag.replace(/^W\//, '')}`]) {
        const again = await get(relay.url, path, { 'if-none-match': held });
        assert.deepEqual([again.status, again.body.length], [304, 0], held);
        assert.equal(again.headers.etag, etag);
        assert.equal(again.headers['cache-control'], caching);
        // Firefox and Safari hold a 304 to it, too.
        assert.equal(again.headers['access-control-allow-origin'], '*');
      }
      assert.equal((await get(relay.url, path, { 'if-none-match': '"other"' })).status, 200);
    });
    it(`${name} answers HEAD as it answers GET, without the body`, async () => {
      const head = await get(relay.url, path, {}, 'HEAD');
      const { headers } = await get(relay.url, path);
      assert.deepEqual([head.status, head.body.length], [200, 0]);
      for (const field of ['content-type', 'cache-control', 'etag'] as const)
        assert.equal(head.headers[field], headers[field]);
    });
  }

  for (const path of [
    '/',
    '/nothing.js',
    '/parley.js/',
    '/parley.js.map',
    '/PARLEY.JS',
    '/assets',
    '/assets/',
    '/assets/nothing-AAAAAAAA.js',
    '/package.json',
    '/../package.json',
    '/%2e%2e/package.json',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e%2f%2e%2e%2fpackage.json',
    '/..%5cpackage.json',
    '/%00/parley.js',
    '/%',
    '//etc/passwd',
    '/dist/parley.js',
    '/server/cli.ts',
    '/__proto__',
    '/constructor',
  ]) {
    it(`is not at ${path}: 404, as a problem`, async () => {
      const { status, headers, body } = await get(relay.url, path);
      assert.equal(status, 404);
      assert.equal(headers['content-type'], 'application/problem+json');
      const problem = JSON.parse(body.toString()) as Problem;
      assert.deepEqual([problem.status, problem.title], [404, 'Not Found']);
      assert.ok(!body.includes('parley-chat') && !body.includes('root:'));
    });
  }
  it('of another version is not there, and says which is', async () => {
    const { status, body } = await get(relay.url, '/9.9.9/parley.js');
    assert.equal(status, 404);
    const { detail } = JSON.parse(body.toString()) as Problem;
    assert.ok(detail.includes(`/${VERSION}/parley.js`), detail);
  });
  it('of an earlier release is served from a folder of its own, and gives way to the one of now', async () => {
    const earlier = mkdtempSync(join(tmpdir(), 'parley-earlier-'));
    mkdirSync(join(earlier, '0.0.9'));
    writeFileSync(join(earlier, '0.0.9', 'parley.js'), 'earlier');
    writeFileSync(join(earlier, 'parley.js'), 'earlier');
    const both = await serveRelay(optionsFor(braze, { assets: ['dist', earlier] }));
    try {
      const old = await get(both.url, '/0.0.9/parley.js');
      assert.deepEqual([old.body.toString(), old.headers['cache-control']], ['earlier', YEAR]);
      assert.deepEqual((await get(both.url, '/parley.js')).body, readFileSync('dist/parley.js'));
    } finally {
      await both.close();
      rmSync(earlier, { recursive: true });
    }
  });
  it('is not taken from anyone: other methods are 405', async () => {
    for (const method of ['POST', 'PUT', 'DELETE'])
      assert.equal((await get(relay.url, '/parley.js', {}, method)).status, 405, method);
  });
  it('that was never built stops the relay, with the command that builds it', async () => {
    const folder = join(tmpdir(), 'parley-never-built');
    await assert.rejects(serveRelay(optionsFor(braze, { assets: folder })), {
      message: `There is no built widget in ${folder}. Run: npm run build`,
    });
  });
});

describe('the relay on Node', () => {
  let braze: BrazeRecorder;
  before(async () => (braze = await serveRecorder()));
  after(() => braze.close());
  beforeEach(() => braze.answerWith(TAKEN));

  const EMAIL = 'ada.lovelace@example.com';

  /** What a relay of its own logs of one submission, requests apart. */
  async function logOf(answer: WireAnswer | 'cut'): Promise<{ log: LogEntry[]; visitor: TestVisitor }> {
    const log: LogEntry[] = [];
    const relay = await serveRelay(optionsFor(braze, { log: (entry) => log.push(entry) }));
    const visitor = await openVisitor(relay.url);
    braze.answerWith(answer);
    await visitor.submit(createSubmission({ answers: { first_name: 'Adalbert', email: EMAIL } }));
    braze.answerWith(TAKEN);
    await relay.close();
    return { log: log.filter(({ event }) => event !== 'request'), visitor };
  }

  const ECHO = JSON.stringify({ message: `${SANDBOX_KEY} ${EMAIL}`, errors: [`${EMAIL} ${SANDBOX_KEY}`] });
  for (const [given, level] of [
    [TAKEN, 'info'],
    [{ status: 201, body: ECHO }, 'info'],
    [{ status: 400, body: ECHO }, 'warn'],
    [{ status: 401, body: ECHO }, 'warn'],
    [{ status: 429, body: ECHO }, 'warn'],
    [{ status: 500, body: ECHO }, 'warn'],
    ['cut', 'warn'],
  ] as const) {
    const what =
      given === 'cut' ? 'a lost answer' : `${given.status}${'body' in given ? '' : ' without a body'}`;
    it(`logs what became of a submission with ${what}, and never a key, a credential, an answer or Braze’s words`, async () => {
      const { log, visitor } = await logOf(given);
      const answered = log.find(({ event }) => event === 'braze_answered');
      assert.equal(answered?.level, level);
      assert.equal(answered.status, given === 'cut' ? 'network' : String(given.status));
      const text = JSON.stringify(log);
      const { session, visitor: credential } = visitor.grant;
      for (const secret of [SANDBOX_KEY, PROD_KEY, SESSION_SECRET, session, credential, 'Adalbert', EMAIL])
        assert.ok(!text.includes(secret), secret);
    });
  }

  it('tells the operator what to look at when Braze refuses the key', async () => {
    const { log } = await logOf({ status: 401 });
    const opened = log.find(({ event }) => event === 'breaker_opened');
    assert.deepEqual([opened?.level, opened?.environment], ['error', 'sandbox']);
    assert.match(String(opened?.advice), /key/);
  });

  it('does not start at a port that is taken', async () => {
    const first = await serveRelay(optionsFor(braze));
    const port = Number(new URL(first.url).port);
    await assert.rejects(serveRelay(optionsFor(braze, { port })), { code: 'EADDRINUSE' });
    await first.close();
  });

  for (const [name, sent] of [
    ['no byte', ''],
    ['half a request', 'POST /v1/sessions HTTP/1.1\r\nhost: localhost\r\n'],
  ] as const) {
    it(`that closes waits for no connection on which there was ${name}`, async () => {
      const relay = await serveRelay(optionsFor(braze));
      const socket = connect(Number(new URL(relay.url).port), 'localhost');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(sent);
      const ended = once(socket, 'close');
      await get(relay.url, '/healthz');
      await relay.close();
      await ended;
    });
  }

  for (const [name, header, body] of [
    ['of a known length', 'content-length: 1000', '{"sub'],
    ['that comes in chunks', 'transfer-encoding: chunked', '5\r\n{"sub\r\n'],
  ] as const) {
    it(`takes a body ${name} that ends early for the client’s doing, and no fault of its own`, async () => {
      const log: LogEntry[] = [];
      const news = new EventEmitter();
      const relay = await serveRelay(
        optionsFor(braze, {
          log: (entry) => {
            log.push(entry);
            news.emit(entry.event);
          },
        }),
      );
      const socket = connect(Number(new URL(relay.url).port), 'localhost');
      await once(socket, 'connect');
      const told = once(news, 'request');
      socket.write(
        `POST /v1/sessions HTTP/1.1\r\nhost: localhost\r\norigin: ${SANDBOX_ORIGIN}\r\ncontent-type: application/json\r\n${header}\r\n\r\n${body}`,
        () => socket.destroy(),
      );
      await told;
      await relay.close();
      assert.deepEqual(
        log.map(({ event, level, status }) => [event, level, status]),
        [
          ['request', 'info', 400],
          ['closed', 'info', undefined],
        ],
      );
    });
  }

  for (const [name, start] of [
    ['a host that is none', 'GET /healthz HTTP/1.1\r\nhost: [::'],
    ['no path', 'OPTIONS * HTTP/1.1\r\nhost: localhost'],
  ] as const) {
    it(`answers a request with ${name} as it answers others: a problem, an entry in the log, a count`, async () => {
      const log: LogEntry[] = [];
      const relay = await serveRelay(optionsFor(braze, { log: (entry) => log.push(entry), operatorPort: 0 }));
      const socket = connect(Number(new URL(relay.url).port), 'localhost').setEncoding('utf8');
      let answer = '';
      socket.on('data', (chunk: string) => (answer += chunk));
      socket.end(`${start}\r\nconnection: close\r\n\r\n`);
      await once(socket, 'close');
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      assert.match(head, /^HTTP\/1\.1 400 /);
      assert.match(head, /^content-type: application\/problem\+json\r?$/im);
      const problem = JSON.parse(body) as Problem;
      assert.deepEqual([problem.status, problem.title], [400, 'Bad Request']);
      assert.ok(head.includes(problem.request_id ?? 'none'));
      assert.partialDeepStrictEqual(log, [{ event: 'request', status: 400, request: problem.request_id }]);
      const metrics = await (await fetch(`${relay.operatorUrl ?? ''}/metrics`)).text();
      assert.match(metrics, /http_request_seconds_count\{route="\*",method="other",status="400"\} 1/);
      await relay.close();
    });
  }

  it('that closes cuts no connection on which a request comes, and says with its answer that it ends', async () => {
    const relay = await serveRelay(optionsFor(braze));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async (path: string) => {
      const { status, headers } = await get(relay.url, path, {}, 'GET', agent);
      return [status, headers.connection];
    };
    assert.deepEqual(await ask('/healthz'), [200, 'keep-alive']);
    const closed = relay.close();
    assert.deepEqual(await ask('/v1/flows/welcome'), [200, 'close']);
    await closed;
    await assert.rejects(ask('/healthz'), { code: 'ECONNREFUSED' });
  });

  // Elsewhere this machine has no second address that every test may use.
  const skip = process.platform !== 'linux';
  it('has the operator’s port at this machine alone, unless told otherwise', { skip }, async () => {
    const listeners: string[] = [];
    for (const change of [{}, { operatorHostname: '0.0.0.0' }]) {
      const { hostname: _, ...options } = optionsFor(braze, { operatorPort: 0, ...change });
      const relay = await serveRelay(options);
      for (const url of [relay.url, relay.operatorUrl ?? '']) {
        const reached = await get(url.replace('localhost', '127.0.0.2'), '/healthz').then(
          ({ status }) => String(status),
          (error: unknown) => (error as NodeJS.ErrnoException).code ?? '',
        );
        listeners.push(reached);
      }
      await relay.close();
    }
    assert.deepEqual(listeners, ['200', 'ECONNREFUSED', '200', '200']);
  });

  it('that closes takes no new connection, and lets a request end that has begun', async () => {
    const relay = await serveRelay(optionsFor(braze));
    const visitor = await openVisitor(relay.url);
    const gate = new EventEmitter();
    braze.answerWith(once(gate, 'open').then(() => TAKEN));
    const arrived = braze.nextRequest();
    const answer = visitor.submit(createSubmission());
    await arrived;
    const closed = relay.close();
    await assert.rejects(get(relay.url, '/healthz'), { code: 'ECONNREFUSED' });
    gate.emit('open');
    assert.equal((await answer).status, 200);
    await closed;
  });
});

/** Code of the error with which nobody can listen there, or none. */
async function listenError(port: number): Promise<string | undefined> {
  const server = createServer().listen(port);
  try {
    await once(server, 'listening');
    server.close();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

/** Resolves when somebody listens there. */
async function acceptsConnections(url: string): Promise<void> {
  for (;;) {
    const accepted = await get(url, '/healthz').then(
      () => true,
      () => false,
    );
    if (accepted) return;
  }
}

/** Resolves when nobody listens there any more. */
async function refusesConnections(url: string): Promise<void> {
  for (;;) {
    const refused = await get(url, '/healthz').then(
      () => false,
      () => true,
    );
    if (refused) return;
  }
}

describe('parley serve', () => {
  let braze: BrazeRecorder;
  let served: ServedFolder;
  let folder: string;
  let config: string;
  let flows: string;

  before(async () => (braze = await serveRecorder()));
  after(() => braze.close());
  beforeEach(() => {
    braze.answerWith(TAKEN);
    served = createServedFolder(braze.url);
    ({ path: folder, config, flows } = served);
  });
  afterEach(() => served.remove());

  const write = (name: string, content: unknown) => served.write(name, content);

  const start = (
    args: readonly string[] = ['--config', config, '--flows', flows],
    env?: Readonly<Record<string, string>>,
  ) => served.serve(['--store', served.store, ...args], env);

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`serves until ${signal}, and then ends with exit code 0`, async () => {
      const relay = start();
      const url = await relay.url;
      const health = await fetch(`${url}/healthz`);
      assert.deepEqual(await health.json(), { status: 'ok', version: VERSION });
      assert.equal((await fetch(`${url}/v1/flows/welcome`)).status, 200);
      assert.equal((await fetch(`${url}/parley.js`)).status, 200);
      relay.kill(signal);
      const { code, signal: killedBy, stderr } = await relay.ended;
      assert.deepEqual([code, killedBy, stderr], [0, null, '']);
    });
  }

  it('keeps what it remembers where --store says', async () => {
    await start().url;
    assert.deepEqual(readdirSync(join(folder, 'data')).includes('relay.db'), true);
  });

  it('delivers, and prints what happens as one JSON object a line, with no secret and no answer in it', async () => {
    const relay = start();
    const visitor = await openVisitor(await relay.url);
    assert.equal((await visitor.submit(createSubmission())).status, 200);
    braze.answerWith({ status: 403, body: SANDBOX_KEY });
    const { receipts } = (await (await visitor.submit(createSubmission())).json()) as SubmissionsResponse;
    assert.equal(receipts[0]?.outcome, 'queued');
    relay.kill('SIGTERM');
    const { stdout, stderr } = await relay.ended;
    const [operator = '', hello = '', ...lines] = stdout.trim().split('\n');
    assert.match(hello, /^The relay listens at http:\/\/localhost:\d+ \(health: \S+\/healthz\)$/);
    assert.match(operator, /^The operator’s port is http:\/\/localhost:\d+ \(metrics: \S+\/metrics\)$/);
    const entries = lines.map((line) => JSON.parse(line) as LogEntry & { time: string });
    for (const event of ['braze_answered', 'submission_settled', 'breaker_opened', 'closed'])
      assert.ok(
        entries.some((each) => each.event === event),
        event,
      );
    for (const { time } of entries) assert.equal(new Date(time).toISOString(), time);
    const { session, visitor: credential } = visitor.grant;
    for (const secret of [SANDBOX_KEY, PROD_KEY, SESSION_SECRET, session, credential, 'ada@example.com'])
      assert.ok(!`${stdout}${stderr}`.includes(secret), secret);
  });

  const isLinux = process.platform === 'linux';

  it('serves and ends as ever where its log cannot be written', { skip: !isLinux }, async () => {
    const full = openSync('/dev/full', 'w');
    const [port, operatorPort] = [await freePort(), await freePort()];
    const child = spawn(
      process.execPath,
      ['server/cli.ts', 'serve', '--store', join(folder, 'relay.db'), '--config', config, '--flows', flows],
      {
        env: { ...RELAY_ENV, ...OURS, PORT: String(port), OPERATOR_PORT: String(operatorPort) },
        stdio: ['ignore', full, 'pipe'],
      },
    );
    closeSync(full);
    const ended = once(child, 'close');
    const url = `http://localhost:${port}`;
    await acceptsConnections(url);
    const visitor = await openVisitor(url);
    for (let count = 0; count < 3; count += 1)
      assert.equal((await visitor.submit(createSubmission())).status, 200);
    assert.equal((await get(url, '/healthz')).status, 200);
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });

  it('serves and ends as ever where nobody reads its log, and counts what is dropped of it', async () => {
    // What is not there has an entry in the log, as far as it may be asked for.
    const settings = settingsFor({ sandbox: braze.url, prod: braze.url });
    write('settings.json', { ...settings, limits: { misses: false } });
    const relay = start();
    const url = await relay.url;
    const operatorUrl = await relay.operatorUrl;
    relay.pauseReading();
    const dropped = async () => {
      const { body } = await get(operatorUrl, '/metrics');
      return Number(/^parley_log_dropped_total (\d+)$/m.exec(body.toString())?.[1]);
    };
    assert.equal(await dropped(), 0);
    while ((await dropped()) === 0)
      await Promise.all(Array.from({ length: 500 }, () => fetch(`${url}/none`, { method: 'HEAD' })));
    const visitor = await openVisitor(url);
    assert.equal((await visitor.submit(createSubmission())).status, 200);
    relay.kill('SIGTERM');
    const { code } = await relay.exited;
    assert.equal(code, 0);
  });

  it('takes new settings on SIGHUP while visitors submit: none is refused, and none is lost', async () => {
    const { relay, url } = await startWithKeyFile();
    const visitors = await Promise.all(Array.from({ length: 10 }, () => openVisitor(url)));
    const outcomes: (string | undefined)[] = [];
    let isOver = false;
    const submitting = visitors.map(async (visitor) => {
      while (!isOver) {
        const response = await visitor.submit(createSubmission());
        outcomes.push(((await response.json()) as SubmissionsResponse).receipts[0]?.outcome);
      }
    });
    for (let count = 1; count <= 5; count += 1) {
      write('key', `key-number-${count}-0123456789`);
      const arrived = braze.nextRequest();
      relay.kill('SIGHUP');
      await arrived;
      await relay.says('"reloaded"', count);
    }
    isOver = true;
    await Promise.all(submitting);
    // Those that Braze is too slow for are delivered later.
    assert.deepEqual(
      outcomes.filter((outcome) => outcome !== 'success' && outcome !== 'queued'),
      [],
    );
    await (visitors[0] as TestVisitor).submit(createSubmission());
    const { headers = [] } = braze.requests.at(-1) ?? {};
    assert.equal(headers.find(([name]) => name === 'authorization')?.[1], 'Bearer key-number-5-0123456789');
    relay.kill('SIGTERM');
    assert.equal((await relay.ended).code, 0);
  });

  it('listens where PORT says', async () => {
    const port = await freePort();
    const relay = start(undefined, { ...RELAY_ENV, PORT: String(port) });
    assert.equal(await relay.url, `http://localhost:${port}`);
  });

  /** Its key comes from a file, as does what SIGHUP makes it read again. */
  async function startWithKeyFile(args: readonly string[] = []) {
    const key = write('key', `${SANDBOX_KEY}\n`);
    const { BRAZE_SANDBOX_KEY: _, ...env } = RELAY_ENV;
    const relay = start(['--config', config, '--flows', flows, ...args], {
      ...env,
      BRAZE_SANDBOX_KEY_FILE: key,
    });
    return { relay, url: await relay.url };
  }

  for (const args of [[], ['--watch']]) {
    it(`reads secrets, settings and flows again on SIGHUP ${args.join(' ')}`, async () => {
      const { relay, url } = await startWithKeyFile(args);
      write('key', 'a-new-key-0123456789');
      write('flows/second.json', { ...FLOW, id: 'second' });
      relay.kill('SIGHUP');
      await relay.says('"reloaded"');
      assert.equal((await fetch(`${url}/v1/flows/second`)).status, 200);
      await (await openVisitor(url)).submit(createSubmission());
      assert.deepEqual(
        braze.requests.map(({ headers }) => headers.find(([name]) => name === 'authorization')?.[1]),
        ['Bearer a-new-key-0123456789'],
      );
      relay.kill('SIGTERM');
      const { code, stdout } = await relay.ended;
      assert.equal(code, 0);
      assert.ok(!stdout.includes('key-0123456789'));
    });
  }

  for (const [name, mistake, says] of [
    ['settings that are no JSON', () => write('settings.json', '{'), /settings\.json is not JSON/],
    ['a key that is gone', () => rmSync(join(folder, 'key')), /^BRAZE_SANDBOX_KEY_FILE: cannot be read/],
    [
      'a flow with a mistake',
      () => write('flows/welcome.json', { ...FLOW, start: 'helo' }),
      /no node "helo"/,
    ],
  ] as const) {
    it(`goes on as before on SIGHUP with ${name}, and says so in the log`, async () => {
      const { relay, url } = await startWithKeyFile();
      mistake();
      relay.kill('SIGHUP');
      await relay.says('"reload_refused"');
      assert.equal((await (await openVisitor(url)).submit(createSubmission())).status, 200);
      relay.kill('SIGTERM');
      const { code, stdout } = await relay.ended;
      assert.equal(code, 0);
      const entries = stdout.split('\n').filter((line) => line.startsWith('{'));
      const refused = entries
        .map((line) => JSON.parse(line) as LogEntry)
        .find(({ event }) => event === 'reload_refused');
      assert.match(String(refused?.problem), says);
    });
  }

  /** What is wrong with each says the name of a node, which is the secret. */
  const withNode = (secret: string) => ({ ...FLOW, nodes: { ...FLOW.nodes, [secret]: { type: 'mesage' } } });
  const badSettings = () => write('settings.json', { organization: 'not one word' });
  for (const [name, secret, spoil] of [
    ['the session secret', SESSION_SECRET, badSettings],
    ['a key of before', SANDBOX_KEY, () => [badSettings(), write('key', 'a-new-key-0123456789')]],
    ['a new key', 'a-new-key-0123456789', () => [badSettings(), write('key', 'a-new-key-0123456789')]],
    ['a new key, of good settings', 'a-new-key-0123456789', () => void write('key', 'a-new-key-0123456789')],
  ] as const) {
    it(`does not log ${name}, where a flow has it and SIGHUP is refused`, async () => {
      const { relay } = await startWithKeyFile();
      spoil();
      write('flows/welcome.json', withNode(secret));
      relay.kill('SIGHUP');
      await relay.says('"reload_refused"');
      relay.kill('SIGTERM');
      const { stdout, stderr } = await relay.ended;
      assert.match(stdout, /has what looks like a key/);
      assert.ok(!`${stdout}${stderr}`.includes(secret));
    });
  }

  it('does not log a secret that is the name of a file', async () => {
    const { relay } = await startWithKeyFile();
    rmSync(join(folder, 'flows', 'welcome.json'));
    mkdirSync(join(folder, 'flows', `${SESSION_SECRET}.json`));
    relay.kill('SIGHUP');
    await relay.says('"reload_refused"');
    relay.kill('SIGTERM');
    const { stdout } = await relay.ended;
    assert.match(stdout, /\[secret\]\.json is a folder/);
    assert.ok(!stdout.includes(SESSION_SECRET));
  });

  it('ends at once with the second signal, though Braze has not answered', async () => {
    const relay = start();
    const visitor = await openVisitor(await relay.url);
    braze.answerWith(new Promise<WireAnswer>(() => undefined));
    const arrived = braze.nextRequest();
    const cut = assert.rejects(visitor.submit(createSubmission()));
    await arrived;
    relay.kill('SIGINT');
    await refusesConnections(await relay.url);
    relay.kill('SIGTERM');
    const { code, signal } = await relay.ended;
    assert.deepEqual([code, signal], [null, 'SIGTERM']);
    await cut;
  });

  /** Each ends at once with exit code 1, nothing on stdout, and these lines on stderr. */
  const refusals: {
    name: string;
    given?: () => void;
    args?: () => string[];
    env?: Record<string, string>;
    says: () => readonly (string | RegExp)[];
  }[] = [
    {
      name: 'a file of settings that is not there',
      args: () => ['--config', join(folder, 'nothing.json'), '--flows', flows],
      says: () => [`There is no file ${join(folder, 'nothing.json')}.`],
    },
    {
      name: 'a folder of flows that is not there',
      args: () => ['--config', config, '--flows', join(folder, 'nothing')],
      says: () => [`There is no folder ${join(folder, 'nothing')}.`],
    },
    {
      name: 'a folder for the settings',
      args: () => ['--config', folder, '--flows', flows],
      says: () => [`${folder} is a folder; it should be one file.`],
    },
    {
      name: 'a file for the folder of flows',
      args: () => ['--config', config, '--flows', config],
      says: () => [`There is no folder ${config}.`],
    },
    {
      name: 'a folder without flows',
      given: () => rmSync(join(flows, 'welcome.json')),
      says: () => [`There is no flow in ${flows}; it should hold one JSON file for each.`],
    },
    {
      name: 'settings that are no JSON',
      given: () => write('settings.json', '{"organization": '),
      says: () => [/^\S+settings\.json is not JSON: /],
    },
    {
      name: 'a flow that is no JSON',
      given: () => write('flows/broken.json', '{,}'),
      says: () => [
        `Flow ${join(flows, 'broken.json')} has mistakes:`,
        `  - ${join(flows, 'broken.json')}:1:2: error: (the whole file): is not JSON: a value is expected here [json-syntax]`,
      ],
    },
    {
      name: 'bad settings, every one',
      given: () =>
        write('settings.json', {
          ...settingsFor({ sandbox: 'https://evil.example', prod: `${braze.url}/users/track` }),
          sites: { brand: { sandbox: ['http://brand.example'], prod: [PROD_ORIGIN] } },
        }),
      env: { BRAZE_SANDBOX_KEY: '', SESSION_SECRET: 'short' },
      says: () => [
        'The relay cannot start with these settings:',
        /^ {2}- SESSION_SECRET: 5 bytes are too few/,
        /^ {2}- environments\.sandbox\.endpoint: "https:\/\/evil\.example" is not a REST endpoint of Braze/,
        /^ {2}- BRAZE_SANDBOX_KEY: missing/,
        /^ {2}- environments\.prod\.endpoint: \S+ should stand alone/,
        /^ {2}- sites\.brand\.sandbox\.0: "http:\/\/brand\.example" should be an origin/,
      ],
    },
    {
      name: 'a flow with mistakes, every one, and its file',
      given: () =>
        write('flows/welcome.json', {
          ...FLOW,
          start: 'helo',
          nodes: { ...FLOW.nodes, sorry: { type: 'end', text: '{{answers.nope}}' } },
        }),
      says: () => [
        `Flow ${join(flows, 'welcome.json')} has mistakes:`,
        `  - ${join(flows, 'welcome.json')}:1:25: error: start: there is no node "helo"; did you mean "hello"? [unknown-node]`,
        /^ {2}- \S+welcome\.json:1:\d+: error: nodes\.sorry\.text: reads "answers\.nope", but no question asks for "nope" \[unknown-answer\]$/,
      ],
    },
    {
      name: 'assets that are not built',
      args: () => ['--config', config, '--flows', flows, '--assets', join(folder, 'none')],
      says: () => [`There is no built widget in ${join(folder, 'none')}. Run: npm run build`],
    },
    ...['http', '-1', '65536', '80.5', '8787x', '0x50', '1e4', '', ' '].map((port) => ({
      name: `PORT=${port}`,
      env: { PORT: port },
      says: () => [`PORT is "${port}"; it should be a number from 0 to 65535.`],
    })),
    ...['http', '-1', '65536', ' '].map((port) => ({
      name: `OPERATOR_PORT=${port}`,
      env: { OPERATOR_PORT: port },
      says: () => [`OPERATOR_PORT is "${port}"; it should be a number from 0 to 65535.`],
    })),
    {
      name: 'LOG_LEVEL=loud',
      env: { LOG_LEVEL: 'loud' },
      says: () => ['LOG_LEVEL is "loud"; it should be info, warn, error, silent.'],
    },
    ...['192.0.2.1', 'nowhere.invalid'].map((host) => ({
      name: `OPERATOR_HOST=${host}`,
      env: { OPERATOR_HOST: host },
      says: () => [/^Port 0 would be at .*; set OPERATOR_HOST to /],
    })),
    ...[':memory:', '', 'file::memory:'].map((store) => ({
      name: `--store "${store}"`,
      args: () => ['--config', config, '--flows', flows, '--store', store],
      says: () => [
        `--store is "${store}"; it should name a file on disk: what visitors were promised has to outlive the relay.`,
      ],
    })),
    {
      name: 'a store that is a folder',
      args: () => ['--config', config, '--flows', flows, '--store', folder],
      says: () => [/^The store "\S+" cannot be opened/],
    },
    {
      name: 'a store that is something else',
      args: () => ['--config', config, '--flows', flows, '--store', config],
      says: () => [/^The store "\S+settings\.json" is not a database: name another file/],
    },
    {
      name: 'an option that there is not',
      args: () => ['--config', config, '--flows', flows, '--prot', '1'],
      says: () => [/'--prot'/],
    },
  ];
  for (const { name, given, args, env, says } of refusals) {
    it(`does not start with ${name}, and says so`, async () => {
      given?.();
      const { code, stdout, stderr } = await start(args?.(), { ...RELAY_ENV, ...env }).ended;
      assert.deepEqual([code, stdout], [1, '']);
      const lines = stderr.trimEnd().split('\n');
      const wanted = says();
      assert.equal(lines.length, wanted.length, stderr);
      for (const [index, want] of wanted.entries()) {
        if (typeof want === 'string') assert.equal(lines[index], want);
        else assert.match(lines[index] ?? '', want);
      }
    });
  }

  for (const variable of ['PORT', 'OPERATOR_PORT']) {
    it(`does not start where the port of ${variable} is taken, and names it`, async () => {
      const holder = createServer().listen(0);
      await once(holder, 'listening');
      const port = String((holder.address() as AddressInfo).port);
      const { code, stdout, stderr } = await start(undefined, { ...RELAY_ENV, [variable]: port }).ended;
      holder.close();
      assert.deepEqual(
        [code, stdout, stderr],
        [1, '', `Port ${port} is taken; set ${variable} to a free one.\n`],
      );
    });
  }

  it('does not start where a port may not be used, and names the variable', async (test) => {
    const refused = await listenError(1);
    if (refused !== 'EACCES') {
      test.skip('this user may use every port');
      return;
    }
    const { code, stderr } = await start(undefined, { ...RELAY_ENV, PORT: '1' }).ended;
    assert.deepEqual(
      [code, stderr],
      [1, 'Port 1 may not be used by this user; set PORT to one from 1024 on.\n'],
    );
  });

  for (const value of ['off', '']) {
    it(`has no operator’s port with OPERATOR_PORT=${value}`, async () => {
      const relay = start(undefined, { ...RELAY_ENV, OPERATOR_PORT: value });
      await relay.url;
      relay.kill('SIGTERM');
      assert.doesNotMatch((await relay.ended).stdout, /operator/);
    });
  }

  for (const asked of ['--help', '-h']) {
    it(`shows how it is called when asked with ${asked}`, async () => {
      const { code, stdout, stderr } = await parley([asked], RELAY_ENV).ended;
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^Usage: parley serve --config FILE --flows FOLDER/);
    });
  }

  for (const [name, args, exit] of [
    ['no command', [], 2],
    ['serve without --config and --flows', ['serve'], 1],
    ['serve without --config', ['serve', '--flows', 'demo/flows'], 1],
    ['serve without --flows', ['serve', '--config', 'settings.json'], 1],
  ] as const) {
    it(`shows how it is called, and fails, for ${name}`, async () => {
      const { code, stdout, stderr } = await parley(args, RELAY_ENV).ended;
      assert.deepEqual([code, stdout], [exit, '']);
      assert.match(stderr, /^Usage: parley serve --config FILE --flows FOLDER \[--assets FOLDER\]\n/);
      assert.match(stderr, /SESSION_SECRET/);
      assert.doesNotMatch(stderr, /^\s+at /m, 'a stack trace');
    });
  }
});
