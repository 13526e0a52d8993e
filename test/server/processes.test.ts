/** `parley serve --processes N`: several processes behind one port, over one SQLite file. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import {
  createSubmission,
  FLOW,
  openVisitor,
  RELAY_ENV,
  SANDBOX_KEY,
  serveRecorder,
  SESSION_SECRET,
  settingsFor,
  TAKEN,
  type BrazeRecorder,
  type WireAnswer,
} from './relay-fixture.ts';
import { createServedFolder, type ServedFolder } from './served-folder.ts';
import {
  assertTaken,
  entriesOf,
  LONE,
  metricsOf,
  pidOf,
  readinessOf,
  serveProcesses,
  submitAtOnce,
} from './served-processes.ts';

const PROCESSES = 3;

const PLAN = {
  id: 'plan',
  start: 'by_plan',
  nodes: {
    by_plan: {
      type: 'branch',
      cases: [{ when: { '==': [{ var: 'profile.gender' }, 'F'] }, next: 'bye' }],
      else: 'bye',
    },
    bye: { type: 'end', text: 'Goodbye' },
  },
};

describe('parley serve --processes', () => {
  let braze: BrazeRecorder;
  let served: ServedFolder;

  before(async () => (braze = await serveRecorder()));
  after(() => braze.close());
  beforeEach(() => {
    braze.answerWith(TAKEN);
    served = createServedFolder(braze.url);
  });
  afterEach(() => served.remove());

  const write = (name: string, content: unknown) => served.write(name, content);

  const start = (args: readonly string[] = [], env?: Readonly<Record<string, string>>) =>
    serveProcesses(served, PROCESSES, { args, ...(env && { env }) });

  it('serves with all of them: each has its number in the log and its own figures, and the store has its once', async () => {
    const relay = start();
    const url = await relay.url;
    const settled = () => entriesOf(relay.printed(), 'submission_settled');
    const numbersOf = () => new Set(settled().map(({ process }) => process));
    let count = 0;
    while (numbersOf().size < PROCESSES) {
      assertTaken(await submitAtOnce(url, 12));
      count += 12;
      await relay.says('"submission_settled"', count);
    }
    const metrics = await metricsOf(relay);
    for (const number of [1, 2, 3])
      assert.equal(
        metrics.get(`parley_settled_total{environment="sandbox",outcome="success",process="${number}"}`),
        settled().filter(({ process }) => process === number).length,
      );
    assert.equal(metrics.get('parley_unsettled_submissions'), 0);
    assert.equal(metrics.get('parley_processes'), PROCESSES);
    for (const process of ['1', '2', '3', 'primary'])
      assert.ok((metrics.get(`process_resident_memory_bytes{process="${process}"}`) ?? 0) > 0, process);
    const { status, checks } = await readinessOf(relay);
    assert.equal(status, 200);
    assert.deepEqual(checks[0], { name: 'processes', ok: true, detail: '3 of 3 take connections.' });
    assert.equal(new Set(checks.map(({ name }) => name)).size, checks.length);
    const pages = await fetch(`${await relay.operatorUrl}/flows/welcome`);
    assert.equal(pages.status, 200);
    assert.match(pages.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.match(await pages.text(), /welcome/);
  });

  it('goes on where one is killed, and starts it again', async () => {
    const relay = start();
    const url = await relay.url;
    await submitAtOnce(url, 6);
    process.kill(pidOf(relay, 2), 'SIGKILL');
    // The connections of the one are cut, and what was on its way to it hears nothing until the relay ends: their browsers come again.
    void Promise.allSettled([submitAtOnce(url, 12)]);
    await relay.says('"process_ended"');
    await relay.says('"process_started"', PROCESSES + 1);
    const [ended] = entriesOf(relay.printed(), 'process_ended');
    assert.deepEqual([ended?.level, ended?.process, ended?.status], ['error', 2, 'SIGKILL']);
    assert.equal((await readinessOf(relay)).status, 200);
    assertTaken(await submitAtOnce(url, 12));
    const metrics = await metricsOf(relay);
    assert.equal(metrics.get('parley_process_ends_total{number="2"}'), 1);
    assert.equal(metrics.get('parley_process_ends_total{number="1"}'), 0);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends with ${signal} in good order: each lets end what has begun`, async () => {
      const relay = start();
      const url = await relay.url;
      const visitors = await Promise.all(Array.from({ length: 6 }, () => openVisitor(url)));
      let open = (): void => undefined;
      braze.answerWith(new Promise<WireAnswer>((resolve) => (open = () => resolve(TAKEN))));
      const arrived = braze.nextRequest();
      const answers = visitors.map((visitor) => visitor.submit(createSubmission()));
      await arrived;
      relay.kill(signal);
      open();
      for (const answer of answers) assert.equal((await answer).status, 200);
      const { code, stdout, stderr } = await relay.ended;
      assert.deepEqual([code, stderr], [0, '']);
      const closed = entriesOf(stdout, 'closed').map(({ process }) => process);
      assert.deepEqual(closed.sort(), [1, 2, 3]);
      assert.deepEqual(entriesOf(stdout, 'process_ended'), []);
    });
  }

  it('reads everything again on SIGHUP, once for all of them, and one that starts later has the same', async () => {
    const key = write('key', SANDBOX_KEY);
    const secret = write('secret', SESSION_SECRET);
    const { BRAZE_SANDBOX_KEY: _, SESSION_SECRET: _secret, ...env } = RELAY_ENV;
    const relay = start([], { ...env, BRAZE_SANDBOX_KEY_FILE: key, SESSION_SECRET_FILE: secret });
    const url = await relay.url;
    const visitor = await openVisitor(url);
    const newKey = 'a-new-key-0123456789';
    write('key', newKey);
    write('flows/second.json', { ...FLOW, id: 'second' });
    // These hold after the next start of all of them only.
    write('secret', 'another-secret-0123456789-0123456789');
    const settings = settingsFor({ sandbox: braze.url, prod: braze.url });
    const sandbox = { ...settings.environments.sandbox, requests: { limit: 10, window: 1_000 } };
    write('settings.json', { ...settings, environments: { ...settings.environments, sandbox } });
    relay.kill('SIGHUP');
    await relay.says('"reload_incomplete"', PROCESSES);
    // What is wrong from now on is refused once, by nobody else than who has read it.
    write('flows/second.json', { ...FLOW, id: 'second', start: 'helo' });
    write('key', 'another-key-0123456789');
    relay.kill('SIGHUP');
    await relay.says('"reload_refused"');
    process.kill(pidOf(relay, 1), 'SIGKILL');
    await relay.says('"process_started"', PROCESSES + 1);
    const statuses = await Promise.all(
      Array.from({ length: 9 }, async () => (await fetch(`${url}/v1/flows/second`, LONE)).status),
    );
    assert.deepEqual(
      statuses,
      Array.from({ length: 9 }, () => 200),
    );
    const before = braze.requests.length;
    await submitAtOnce(url, 9);
    const keys = braze.requests
      .slice(before)
      .map(({ headers }) => headers.find(([name]) => name === 'authorization')?.[1]);
    assert.deepEqual([...new Set(keys)], [`Bearer ${newKey}`]);
    const known = await Promise.all(
      Array.from({ length: 9 }, async () => (await visitor.submit(createSubmission(), LONE.headers)).status),
    );
    assert.deepEqual([...new Set(known)], [200]);
    const metrics = await metricsOf(relay);
    for (const number of [1, 2, 3]) {
      const budget = metrics.get(`parley_braze_budget_requests{environment="sandbox",process="${number}"}`);
      assert.ok((budget ?? 0) > sandbox.requests.limit, `${number}: ${budget}`);
    }
    relay.kill('SIGTERM');
    const { code, stdout } = await relay.ended;
    assert.equal(code, 0);
    assert.equal(entriesOf(stdout, 'reload_refused').length, 1);
    assert.ok(!stdout.includes('key-0123456789'));
  });

  it('forget a person together: who has written of them is not answered by what another process has read', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const identity = { keys: [await exportSPKI(publicKey)] };
    const settings = settingsFor({ sandbox: braze.url, prod: braze.url });
    const sites = { ...settings.sites, brand: { ...settings.sites.brand, identity } };
    write('settings.json', { ...settings, sites });
    write('flows/plan.json', PLAN);
    const token = new SignJWT({ sub: 'ada' }).setProtectedHeader({ alg: 'ES256', typ: 'JWT' });
    const relay = start();
    const url = await relay.url;
    const ada = await openVisitor(url, await token.setExpirationTime('1h').sign(privateKey));
    const answer = { message: 'success', users: [{ external_id: 'ada', gender: 'F' }] };
    braze.answerWith({ status: 201, body: JSON.stringify(answer) });
    /** Asks until each process has asked Braze so often. */
    const askUntil = async (times: number) => {
      const exportsOf = (number: number) =>
        entriesOf(relay.printed(), 'profiles_exported').filter(({ process }) => process === number).length;
      for (let tries = 0; [1, 2, 3].some((number) => exportsOf(number) < times); tries += 1) {
        assert.ok(tries < 50, [1, 2, 3].map(exportsOf).join());
        const question = createSubmission({ flow: 'plan', node: 'by_plan', answers: {} });
        assert.equal((await ada.submit(question, LONE.headers)).status, 200);
      }
      assert.deepEqual([1, 2, 3].map(exportsOf), [times, times, times]);
    };
    await askUntil(1);
    const written = await ada.submit(createSubmission(), LONE.headers);
    assert.equal(written.status, 200);
    await askUntil(2);
  });

  it('takes up a flow that is saved, with --watch, in all of them', async () => {
    const relay = start(['--watch']);
    const url = await relay.url;
    write('flows/second.json', { ...FLOW, id: 'second' });
    await relay.says('second.json: taken up (revision');
    const statuses = await Promise.all(
      Array.from({ length: 9 }, async () => (await fetch(`${url}/v1/flows/second`, LONE)).status),
    );
    assert.deepEqual([...new Set(statuses)], [200]);
  });

  const refusals: {
    name: string;
    given?: () => void;
    args?: readonly string[];
    env?: Readonly<Record<string, string>>;
    says: RegExp;
  }[] = [
    {
      name: 'bad settings',
      given: () => void write('settings.json', { organization: 'not one word' }),
      says: /^The relay cannot start with these settings:\n(?: {2}- .*\n)+$/,
    },
    {
      name: 'a flow with a mistake',
      given: () => void write('flows/welcome.json', { ...FLOW, start: 'helo' }),
      says: /^Flow \S+ has mistakes:\n {2}- .*\n$/,
    },
    {
      name: 'assets that are not built',
      args: ['--assets', 'nowhere'],
      says: /^There is no built widget in .*\n$/,
    },
    { name: 'a store that is none', args: ['--store', ':memory:'], says: /^--store is ":memory:"; .*\n$/ },
    ...['0', '-1', '1.5', '65', 'all', ''].map((count) => ({
      name: `--processes "${count}"`,
      args: [`--processes=${count}`],
      says: /^--processes is ".*"; it should be a number from 1 to 64: .*\n$/,
    })),
  ];
  for (const { name, given, args, env, says } of refusals) {
    it(`does not start with ${name}, and says so once`, async () => {
      given?.();
      const { code, stdout, stderr } = await start(args, { ...RELAY_ENV, ...env }).ended;
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, says);
    });
  }

  for (const variable of ['PORT', 'OPERATOR_PORT']) {
    it(`does not start where the port of ${variable} is taken, and says so once`, async () => {
      const holder = createServer().listen(0);
      await once(holder, 'listening');
      const port = String((holder.address() as AddressInfo).port);
      const { code, stdout, stderr } = await start([], { ...RELAY_ENV, [variable]: port }).ended;
      holder.close();
      assert.deepEqual(
        [code, stdout, stderr],
        [1, '', `Port ${port} is taken; set ${variable} to a free one.\n`],
      );
    });
  }

  it('with one process is as without the option', async () => {
    const relay = start(['--processes', '1']);
    const { status } = await readinessOf(relay);
    assert.equal(status, 200);
    await submitAtOnce(await relay.url, 1);
    await relay.says('"submission_settled"');
    assert.ok(!relay.printed().includes('"process'));
    assert.ok(![...(await metricsOf(relay)).keys()].some((name) => name.includes('process="')));
  });
});
