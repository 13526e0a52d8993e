/** What nobody delivers any more, from the visitor's answer to the operator's retry: over HTTP, with the emulator in Braze's place. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it, type TestContext } from 'node:test';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { LOG_FIELDS, type LogEntry } from '../../server/log-fields.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';
import type { SessionGrant, Submission, SubmissionsResponse } from '../../widget/contract/wire.ts';
import { settled } from '../store/fixture.ts';
import { samplesOf } from './prometheus-text.ts';
import {
  createSubmission,
  FLOW,
  PROD_KEY,
  PROD_ORIGIN,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
} from './relay-fixture.ts';

const HOUR = 60 * 60 * 1_000;
const DAY = 24 * HOUR;
/** As long as it is kept by default. */
const KEPT = 7 * DAY;

const folder = mkdtempSync(join(tmpdir(), 'parley-undelivered-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

const BOTH = { sandbox: [SANDBOX_ORIGIN], prod: [PROD_ORIGIN] };
const PROD_ALONE = { prod: [PROD_ORIGIN] };

interface Visitor {
  readonly grant: SessionGrant;
  readonly submission: Submission;
  readonly email: string;
}

describe('a relay that cannot deliver', () => {
  let braze: EmulatorServer;
  let file: string;
  let store: Store;
  let relay: RunningRelay | undefined;
  let entries: LogEntry[];
  let news: EventEmitter;

  beforeEach(async () => {
    braze = await serveEmulator({
      port: 0,
      workspaces: [
        { name: 'sandbox', keys: [{ key: SANDBOX_KEY, permissions: ['users.track'] }] },
        { name: 'prod', keys: [{ key: PROD_KEY, permissions: ['users.track'] }] },
      ],
    });
    file = join(folder, `${(files += 1)}.db`);
    entries = [];
    news = new EventEmitter();
  });
  afterEach(async () => {
    await relay?.close();
    await braze.close();
    for (const entry of entries)
      for (const name of Object.keys(entry)) assert.ok(name in LOG_FIELDS, `${name} of ${entry.event}`);
  });

  const start = async (sites: object) => {
    await relay?.close();
    entries = [];
    store = createSqliteStore({ file, clock: () => Date.now() });
    relay = await serveRelay({
      settings: {
        organization: 'BrandExample',
        environments: { prod: { endpoint: braze.url }, sandbox: { endpoint: braze.url } },
        sites: { brand: sites },
        deadline: 1_500,
      },
      env: {
        BRAZE_PROD_KEY: PROD_KEY,
        BRAZE_SANDBOX_KEY: SANDBOX_KEY,
        SESSION_SECRET,
        PARLEY_DEVELOPMENT: '1',
      },
      flows: [{ source: 'welcome', json: FLOW }],
      assets: [],
      store,
      port: 0,
      operatorPort: 0,
      hostname: 'localhost',
      log: (entry) => {
        entries.push(entry);
        news.emit(entry.event);
      },
    });
  };
  /** Time stands still, so many milliseconds before the present. It goes on while no relay is there. */
  const setClock = (t: TestContext, ago: number) => {
    const now = Date.now();
    t.mock.timers.enable({ apis: ['Date'], now: now - ago });
    return {
      startAt: async (milliseconds: number, sites: object) => {
        await relay?.close();
        t.mock.timers.setTime(now - milliseconds);
        await start(sites);
      },
      /** In the present, which goes on as everywhere. */
      startNow: async (sites: object) => {
        await relay?.close();
        t.mock.timers.reset();
        await start(sites);
      },
    };
  };
  const named = (event: string) => entries.filter((entry) => entry.event === event);
  const until = async (event: string, count = 1) => {
    while (named(event).length < count) await once(news, event);
    return named(event);
  };

  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${relay?.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: SANDBOX_ORIGIN, ...headers },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200);
    return (await response.json()) as unknown;
  };
  const open = async (visitor?: string) => (await post('/v1/sessions', { visitor })) as SessionGrant;
  const submit = async ({ grant: { session }, submission }: Pick<Visitor, 'grant' | 'submission'>) => {
    const headers = { authorization: `Bearer ${session}` };
    const answer = await post('/v1/submissions', { submissions: [submission] }, headers);
    return (answer as SubmissionsResponse).receipts[0];
  };
  /** A visitor who says something, and goes on with `queued`. */
  const answered = async (name: string): Promise<Visitor> => {
    const email = `${name}@example.com`;
    const visitor = {
      grant: await open(),
      submission: createSubmission({ answers: { first_name: name, email } }),
      email,
    };
    assert.equal((await submit(visitor))?.outcome, 'queued');
    return visitor;
  };
  const comeBack = async ({ grant, ...rest }: Visitor) =>
    submit({ grant: await open(grant.visitor), ...rest });

  const cli = (...args: readonly string[]) =>
    spawnSync(process.execPath, ['server/cli.ts', 'dead-letters', ...args, '--store', file], {
      encoding: 'utf8',
    });
  const listed = () => JSON.parse(cli('list', '--json').stdout) as { readonly reason: string }[];
  const emails = () => {
    braze.emulator.settle();
    return braze.emulator
      .profiles('sandbox')
      .map(({ standard }) => standard['email'])
      .sort();
  };

  it('for want of the environment says so, makes a dead letter in the end, and delivers it when it can', async (t) => {
    const clock = setClock(t, KEPT);
    braze.emulator.setFault({ kind: 'status', status: 503 });
    await start(BOTH);
    const ada = await answered('ada');
    braze.emulator.setFault(undefined);

    await start(PROD_ALONE);
    const [warning] = await until('environment_missing');
    assert.equal(warning?.level, 'warn');
    assert.equal(warning.environment, 'sandbox');
    assert.equal(warning.submissions, 1);
    assert.match(String(warning.advice), /Name one again/);
    await clock.startAt(DAY, PROD_ALONE);
    assert.equal((await until('environment_missing'))[0]?.seconds, (KEPT - DAY) / 1_000);
    assert.deepEqual(listed(), []);

    await clock.startAt(HOUR, PROD_ALONE);
    await until('environment_missing');
    assert.deepEqual(listed(), []);
    await clock.startAt(0, PROD_ALONE);
    assert.deepEqual(
      (await until('undelivered_expired')).map(({ environment, submissions }) => [environment, submissions]),
      [['sandbox', 1]],
    );
    const reason =
      'It could not be delivered in 7 days: no site of the settings has an origin for sandbox. Name one again; then retry it, or drop it.';
    assert.deepEqual(
      named('submission_settled').map(({ dead_letter: words }) => words),
      [reason],
    );
    assert.deepEqual(
      listed().map((letter) => letter.reason),
      [reason],
    );
    const samples = samplesOf(await (await fetch(`${relay?.operatorUrl}/metrics`)).text());
    assert.equal(samples.get('parley_settled_total{environment="sandbox",outcome="error"}'), 1);
    assert.deepEqual(
      ['parley_dead_letters', 'parley_unsettled_submissions'].map((name) => samples.get(name)),
      [1, 0],
    );

    // The visitor's browser, should it ask once more, hears the last word.
    await clock.startNow(BOTH);
    assert.deepEqual(await comeBack(ada), { id: ada.submission.id, outcome: 'error', next: 'sorry' });
    assert.deepEqual(emails(), []);

    assert.equal(cli('retry', '--all').status, 0);
    const [delivered] = await until('submission_settled');
    assert.deepEqual([delivered?.submission, delivered?.outcome], [ada.submission.id, 'success']);
    assert.deepEqual(emails(), [ada.email]);
    assert.deepEqual(await comeBack(ada), { id: ada.submission.id, outcome: 'success', next: 'thanks' });
  });

  it('for want of a key tries it, also after a start that comes late, and delivers it when it can', async (t) => {
    const clock = setClock(t, KEPT + DAY);
    braze.emulator.revokeKey(SANDBOX_KEY);
    await start(BOTH);
    const visitors = [await answered('ada'), await answered('bob'), await answered('cyd')];

    await clock.startAt(DAY, BOTH);
    await until('breaker_opened');
    // While none ran nobody tried.
    await clock.startAt(DAY - 2 * HOUR, BOTH);
    await until('breaker_opened');
    assert.deepEqual(named('undelivered_expired'), []);
    assert.deepEqual(listed(), []);

    braze.emulator.addKey({ key: SANDBOX_KEY, permissions: ['users.track'] }, 'sandbox');
    await clock.startNow(BOTH);
    await until('submission_settled', visitors.length);
    assert.deepEqual(listed(), []);
    assert.deepEqual(
      emails(),
      visitors.map(({ email }) => email),
    );
    for (const visitor of visitors) assert.equal((await comeBack(visitor))?.outcome, 'success');
  });

  it('leaves another process what that one has under way', async (t) => {
    const clock = setClock(t, KEPT + 1);
    braze.emulator.setFault({ kind: 'status', status: 503 });
    await start(BOTH);
    for (const name of ['ada', 'bob']) await answered(name);
    const other = createSqliteStore({ file, clock: () => Date.now() });
    await clock.startAt(DAY + 1, PROD_ALONE);
    await until('environment_missing');
    await clock.startAt(HOUR, PROD_ALONE);
    await until('environment_missing');
    const [claimed] = await other.claim(['sandbox'], 1, { holder: 'other', lease: HOUR });
    const key = claimed?.work.key ?? '';
    await clock.startAt(1, PROD_ALONE);
    assert.equal((await until('undelivered_expired'))[0]?.submissions, 1);
    assert.deepEqual(await other.settle([settled(key)], 'other'), []);
    assert.equal((await other.find(key))?.receipt.outcome, 'success');
    assert.deepEqual(
      (await other.deadLetters.list(10)).map(({ work }) => work.key === key),
      [false],
    );
    await other.close();
  });
});
