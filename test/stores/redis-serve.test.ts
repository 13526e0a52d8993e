/** `parley serve --store redis`, from outside: by its command, over HTTP, alone and as several processes. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import type { LogEntry } from '../../server/log-fields.ts';
import type { SessionGrant, SubmissionsResponse } from '../../widget/contract/wire.ts';
import type { Process } from '../server/parley-process.ts';
import {
  createSubmission,
  openVisitor,
  RELAY_ENV,
  SANDBOX_ORIGIN,
  serveRecorder,
  settingsFor,
  TAKEN,
  type BrazeRecorder,
} from '../server/relay-fixture.ts';
import { createServedFolder, type ServedFolder } from '../server/served-folder.ts';
import { startRedisServer } from './redis-server.ts';

const server = await startRedisServer();
const redis = new Redis(server.url);
after(async () => {
  await redis.quit();
  await server.stop();
});

describe('parley serve --store redis', () => {
  let braze: BrazeRecorder;
  let served: ServedFolder;

  before(async () => (braze = await serveRecorder()));
  after(() => braze.close());
  beforeEach(async () => {
    await redis.flushall();
    braze.answerWith(TAKEN);
    served = createServedFolder(braze.url);
    mkdirSync(join(served.path, 'dist'));
    served.write('dist/parley.js', '');
  });
  afterEach(() => served.remove());

  function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Process {
    const { config, flows, path } = served;
    const places = ['--config', config, '--flows', flows, '--assets', join(path, 'dist')];
    return served.serve([...places, ...args], { ...RELAY_ENV, ...env });
  }

  const outcomeOf = async (answer: Response) =>
    ((await answer.json()) as SubmissionsResponse).receipts[0]?.outcome;

  for (const processes of [1, 2]) {
    const several = processes > 1 ? ['--processes', String(processes)] : [];
    const startServing = async () => {
      const relay = start(['--store', server.url, ...several]);
      return { relay, url: await relay.url };
    };
    const end = async (relay: Process) => {
      relay.kill('SIGTERM');
      const { code, stderr } = await relay.ended;
      assert.deepEqual([code, stderr], [0, '']);
    };

    it(`delivers, ends in good order, and goes on at the next start, with ${processes} of them`, async () => {
      const first = await startServing();
      const visitor = await openVisitor(first.url);
      const said = createSubmission();
      assert.equal(await outcomeOf(await visitor.submit(said)), 'success');
      const before = braze.requests.length;
      assert.equal(await outcomeOf(await visitor.submit(said)), 'success');
      assert.equal(braze.requests.length, before, 'what was delivered is not delivered again');

      // What Braze does not take now was promised, and is the next start's.
      braze.answerWith({ status: 503, body: '{"message":"later"}' });
      const promised = createSubmission();
      assert.equal(await outcomeOf(await visitor.submit(promised)), 'queued');
      await end(first.relay);
      braze.answerWith(TAKEN);
      const arrived = braze.requests.length;
      const second = await startServing();
      await second.relay.says('"submission_settled"');
      assert.ok(braze.requests.length > arrived);
      await end(second.relay);
    });
  }

  it('takes no profile of who was erased at one process from what another has read before', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const { sites, ...settings } = settingsFor({ sandbox: braze.url, prod: braze.url });
    const identity = { keys: [await exportSPKI(publicKey)] };
    const brand = { ...sites.brand, identity, profile_max_age: 600 };
    served.write('settings.json', { ...settings, sites: { ...sites, brand } });
    const ends = { success: 'bye', error: 'bye' };
    const act = { type: 'action', call: 'users/export/ids', fields: ['first_name'], on: ends };
    const nodes = {
      hello: { type: 'message', text: 'Hello', next: 'act' },
      act,
      bye: { type: 'end', text: 'Bye' },
    };
    served.write('flows/welcome.json', { id: 'welcome', start: 'hello', nodes });
    braze.answerWith({
      status: 201,
      body: '{"message":"success","users":[{"external_id":"ada","first_name":"Ada"}]}',
    });
    const exports = () => braze.requests.filter(({ url }) => url?.startsWith('/users/export/ids')).length;

    const relay = start(['--store', server.url, '--processes', '2']);
    const url = await relay.url;
    /** On a connection of its own: whichever process comes next takes it. */
    const call = (method: string, path: string, session?: string, body?: unknown) =>
      fetch(`${url}${path}`, {
        method,
        headers: {
          origin: SANDBOX_ORIGIN,
          connection: 'close',
          ...(session !== undefined && { authorization: `Bearer ${session}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const signIn = async () => {
      const word = new SignJWT({ sub: 'ada' }).setProtectedHeader({ alg: 'ES256' }).setExpirationTime('1h');
      const answer = await call('POST', '/v1/sessions', undefined, { identity: await word.sign(privateKey) });
      return ((await answer.json()) as SessionGrant).session;
    };
    const answered = () =>
      relay
        .printed()
        .split('\n')
        .filter((line) => line.includes('"question_answered"'))
        .map((line) => (JSON.parse(line) as LogEntry).process);
    const { session, other } = { session: await signIn(), other: await signIn() };
    let questions = 0;
    const askBoth = async () => {
      const before = answered().length;
      while (new Set(answered().slice(before)).size < 2) {
        const asked = createSubmission({ node: 'act', answers: {}, time: new Date().toISOString() });
        const response = await call('POST', '/v1/submissions', session, { submissions: [asked] });
        assert.equal(await outcomeOf(response), 'success');
        questions += 1;
        await relay.says('"question_answered"', questions);
      }
    };
    await askBoth();
    assert.equal(exports(), 2);
    await askBoth();
    assert.equal(exports(), 2, 'each of them keeps what it has read');
    assert.equal((await call('DELETE', '/v1/visitor', other)).status, 204);
    // The other one hears of it a moment later.
    for (let round = 0; exports() < 4 && round < 20; round += 1) await askBoth();
    assert.equal(exports(), 4, 'both of them read it again');
  });

  it('divides its store as REDIS_PARTITIONS says, and does not start where that is another number', async () => {
    const relay = start(['--store', 'redis'], { REDIS_URL: server.url, REDIS_PARTITIONS: '3' });
    await relay.url;
    assert.deepEqual(await redis.hgetall('parley:meta'), {
      version: '1',
      partitions: '3',
      owner: 'BrandExample',
    });
    const { code, stderr } = await start(['--store', server.url]).ended;
    assert.equal(code, 1);
    assert.match(stderr, /has 3 partitions, and this relay is set to 16: set it to 3 \(REDIS_PARTITIONS\)/);
  });
  it('does not take the address of a Redis for a file', async () => {
    const { code, stderr } = await start(['--store', 'localhost:6379']).ended;
    assert.deepEqual(
      [code, stderr],
      [
        1,
        '--store is "localhost:6379"; if it is a Redis, it should be redis://localhost:6379, and if a file, ./localhost:6379.\n',
      ],
    );
  });
  it('takes REDIS for redis', async () => {
    const { code, stderr } = await start(['--store', 'REDIS']).ended;
    assert.equal(code, 1);
    assert.match(stderr, /there is no REDIS_URL/);
  });
  for (const value of ['0', '-1', '1.5', '1025', '99999', 'many'])
    it(`does not start with REDIS_PARTITIONS ${value}, and says what would be right`, async () => {
      const { code, stdout, stderr } = await start(['--store', server.url], { REDIS_PARTITIONS: value })
        .ended;
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /^REDIS_PARTITIONS is ".*"; it should be a number from 1 to 1024, .*\n$/);
    });
});
