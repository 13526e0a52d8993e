/** What an operator sees of a relay that runs, and does with it: metrics, probes, new keys, the end. Over real HTTP. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { serveRelay, type RelayOptions, type RunningRelay } from '../../server/adapters/node.ts';
import { ReloadError } from '../../server/adapters/reload.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import type { Readiness } from '../../server/readiness.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { StoreError, type Store } from '../../server/store/store.ts';
import type { SubmissionsResponse } from '../../widget/contract/wire.ts';
import { samplesOf } from './prometheus-text.ts';
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
  TAKEN,
  type BrazeRecorder,
  type TestVisitor,
  type WireAnswer,
  type WireRequest,
} from './relay-fixture.ts';

const ENV = {
  BRAZE_SANDBOX_KEY: SANDBOX_KEY,
  BRAZE_PROD_KEY: PROD_KEY,
  SESSION_SECRET,
  PARLEY_DEVELOPMENT: '1',
};

const NEW_KEY = 'another-key-0123456789';

/** The relay's log, and what is still to come of it. */
function createLogbook() {
  const entries: LogEntry[] = [];
  const news = new EventEmitter();
  return {
    entries,
    log: (entry: LogEntry) => {
      entries.push(entry);
      news.emit(entry.event, entry);
    },
    /** Resolves when there are so many of that name. */
    until: async (event: string, count: number) => {
      while (entries.filter((each) => each.event === event).length < count) await once(news, event);
    },
    named: (event: string) => entries.filter((each) => each.event === event),
  };
}

const keyOf = ({ headers }: WireRequest) => headers.find(([name]) => name === 'authorization')?.[1];

async function outcomeOf(answer: Promise<Response>): Promise<string | undefined> {
  const { receipts } = (await (await answer).json()) as SubmissionsResponse;
  return receipts[0]?.outcome;
}

describe('an operator', () => {
  let braze: BrazeRecorder;
  let folder: string;
  const running: RunningRelay[] = [];
  before(async () => (braze = await serveRecorder()));
  after(() => braze.close());
  beforeEach(() => {
    braze.answerWith(TAKEN);
    folder = mkdtempSync(join(tmpdir(), 'parley-operator-'));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((relay) => relay.close()));
    rmSync(folder, { recursive: true });
  });

  const sources = () => ({
    settings: settingsFor({ sandbox: braze.url, prod: braze.url }) as object,
    env: ENV as RelayOptions['env'],
    flows: [{ source: 'welcome.json', json: FLOW as unknown }],
  });

  async function start(change: Partial<RelayOptions> = {}) {
    const book = createLogbook();
    const relay = await serveRelay({
      ...sources(),
      assets: 'dist',
      store: createSqliteStore({ file: join(folder, 'relay.db'), clock: Date.now }),
      port: 0,
      operatorPort: 0,
      hostname: 'localhost',
      log: book.log,
      ...change,
    });
    running.push(relay);
    const operatorUrl = relay.operatorUrl ?? '';
    return {
      relay,
      book,
      operatorUrl,
      metrics: async () => samplesOf(await (await fetch(`${operatorUrl}/metrics`)).text()),
      readyz: async () => {
        const response = await fetch(`${operatorUrl}/readyz`);
        return { status: response.status, body: (await response.json()) as Readiness };
      },
    };
  }

  describe('who watches', () => {
    it('has metrics at a port of their own, in Prometheus’ format, and nowhere else', async () => {
      const { relay, operatorUrl } = await start();
      const { status, headers } = await fetch(`${operatorUrl}/metrics`);
      assert.equal(status, 200);
      assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
      assert.equal((await fetch(`${relay.url}/metrics`)).status, 404);
      assert.equal((await fetch(`${operatorUrl}/healthz`)).status, 200);
      for (const path of ['/', '/parley.js', '/v1/flows/welcome'])
        assert.equal((await fetch(`${operatorUrl}${path}`)).status, 404, path);
    });

    it('sees what browsers gave up, at which site, and from 0 on', async () => {
      const { relay, book, metrics } = await start();
      const losses = (reason: string) =>
        `parley_browser_losses_total{site="brand",environment="sandbox",reason="${reason}"}`;
      assert.equal((await metrics()).get(losses('age')), 0);
      const { grant } = await openVisitor(relay.url);
      const response = await fetch(`${relay.url}/v1/submissions`, {
        method: 'POST',
        headers: {
          origin: SANDBOX_ORIGIN,
          'content-type': 'application/json',
          authorization: `Bearer ${grant.session}`,
        },
        body: JSON.stringify({ submissions: [], losses: { age: 3, storage: 1 } }),
      });
      assert.equal(response.status, 200);
      const found = await metrics();
      assert.equal(found.get(losses('age')), 3);
      assert.equal(found.get(losses('storage')), 1);
      assert.equal(found.get(losses('refused')), 0);
      assert.equal(book.entries.filter(({ event }) => event === 'browser_losses').length, 1);
    });

    it('sees a submission counted from the browser to Braze', async () => {
      const { relay, metrics } = await start();
      await (await openVisitor(relay.url)).submit(createSubmission());
      const found = await metrics();
      for (const [sample, value] of Object.entries({
        'parley_submissions_total{environment="sandbox",outcome="success"}': 1,
        'parley_settled_total{environment="sandbox",outcome="success"}': 1,
        'parley_braze_requests_total{environment="sandbox",status="201"}': 1,
        'parley_braze_request_objects_sum{environment="sandbox"}': 2,
        'parley_visitor_wait_seconds_count{environment="sandbox"}': 1,
        'parley_http_request_seconds_count{route="/v1/submissions",method="POST",status="200"}': 1,
        'parley_breaker_state{environment="sandbox",state="closed"}': 1,
        'parley_breaker_state{environment="prod",state="closed"}': 1,
        parley_unsettled_submissions: 0,
        parley_store_up: 1,
      }))
        assert.equal(found.get(sample), value, sample);
      assert.ok(![...found.keys()].some((name) => name.includes(SANDBOX_KEY)));
    });

    it('sees what alerts look at as 0 before anything has happened, also of an environment that is new', async () => {
      const { relay, metrics } = await start({
        settings: { ...sources().settings, sites: { brand: { sandbox: [SANDBOX_ORIGIN] } } },
      });
      const refused = (environment: string) =>
        `parley_submissions_total{environment="${environment}",outcome="refused"}`;
      const first = await metrics();
      assert.equal(first.get(refused('sandbox')), 0);
      assert.equal(first.get('parley_in_doubt_total{environment="sandbox"}'), 0);
      assert.equal(first.get(refused('prod')), undefined);
      await relay.reload(sources());
      assert.equal((await metrics()).get(refused('prod')), 0);
    });

    it('sees a store that can be read and not written: at the probe, and in the figure that wakes somebody', async () => {
      const store = createSqliteStore({ file: join(folder, 'full.db'), clock: Date.now });
      const full = () => Promise.reject(new StoreError('full'));
      const { relay, metrics, readyz } = await start({ store: { ...store, put: full, begin: full } });
      const visitor = await openVisitor(relay.url);
      assert.equal((await visitor.submit(createSubmission())).status, 503);
      const found = await metrics();
      assert.equal(found.get('parley_store_up'), 0);
      assert.equal(found.get('parley_unsettled_submissions'), 0);
      assert.equal(found.get('parley_submissions_total{environment="sandbox",outcome="refused"}'), 1);
      assert.match((await readyz()).body.checks[0]?.detail ?? '', /Takes no writes: its disk is full/);
      const told = await fetch(`${relay.url}/readyz`);
      assert.deepEqual(
        [told.status, await told.json()],
        [503, { status: 'not ready', checks: [{ name: 'store', ok: false, detail: 'Takes no writes.' }] }],
      );
    });

    it('reads once in the log what the probes at both ports and the metrics find of the store', async () => {
      const store = createSqliteStore({ file: join(folder, 'full.db'), clock: Date.now });
      const put: Store['put'] = async (name, ...rest) => {
        if (name === 'readiness') throw new StoreError('The disk is full.');
        return store.put(name, ...rest);
      };
      const { relay, book, metrics, readyz } = await start({ store: { ...store, put } });
      assert.equal((await fetch(`${relay.url}/readyz`)).status, 503);
      assert.equal((await readyz()).status, 503);
      await metrics();
      await relay.reload(sources());
      assert.equal((await fetch(`${relay.url}/readyz`)).status, 503);
      assert.deepEqual(book.named('store_failed'), [
        { level: 'error', event: 'store_failed', advice: 'The disk is full.' },
      ]);
    });

    it('sees a relay that can do its work as ready, at both ports', async () => {
      const { relay, readyz } = await start();
      const { status, body } = await readyz();
      assert.deepEqual([status, body.status], [200, 'ready']);
      assert.equal((await fetch(`${relay.url}/readyz`)).status, 200);
    });
  });

  it('whose key is refused is told why, sees it counted, replaces it without a restart, and all is delivered', async () => {
    const { relay, book, metrics, readyz } = await start();
    const visitor = await openVisitor(relay.url);
    braze.answerWith({ status: 401 });
    assert.equal(await outcomeOf(visitor.submit(createSubmission())), 'queued');
    assert.equal(await outcomeOf((await openVisitor(relay.url)).submit(createSubmission())), 'queued');

    const { status, body } = await readyz();
    assert.deepEqual([status, body.status], [503, 'not ready']);
    const wrong = body.checks.filter(({ ok }) => !ok);
    assert.deepEqual(
      wrong.map(({ name }) => name),
      ['braze sandbox key'],
    );
    assert.match(
      wrong[0]?.detail ?? '',
      /^Braze refused the key of sandbox \(401\) since .*Visitors go on.*SIGHUP/,
    );
    const refused = await metrics();
    assert.equal(refused.get('parley_key_refused{environment="sandbox"}'), 1);
    assert.equal(refused.get('parley_key_refused{environment="prod"}'), 0);
    assert.equal(refused.get('parley_spool_submissions'), 2);

    braze.answerWith(TAKEN);
    await relay.reload({ ...sources(), env: { ...ENV, BRAZE_SANDBOX_KEY: NEW_KEY } });
    await book.until('submission_settled', 2);
    assert.deepEqual(new Set(braze.requests.map(keyOf)), new Set([`Bearer ${NEW_KEY}`]));
    assert.deepEqual(
      book.named('reloaded').map(({ changed }) => changed),
      ['sandbox key'],
    );
    assert.equal((await readyz()).body.status, 'ready');
    const mended = await metrics();
    assert.equal(mended.get('parley_key_refused{environment="sandbox"}'), 0);
    assert.equal(mended.get('parley_spool_submissions'), 0);
    assert.ok(!JSON.stringify([book.entries, body]).includes('-key-0123456789'));
  });

  describe('who gives a relay that runs new settings', () => {
    it('has new sites and new flows at once, and visitors of before stay who they are', async () => {
      const { relay } = await start();
      const visitor = await openVisitor(relay.url);
      const origin = 'https://new.brand.example';
      const { settings, env } = sources();
      await relay.reload({
        settings: { ...settings, sites: { brand: { sandbox: [SANDBOX_ORIGIN, origin] } } },
        env,
        flows: [
          { source: 'welcome.json', json: FLOW },
          { source: 'second.json', json: { ...FLOW, id: 'second' } },
        ],
      });
      assert.equal((await fetch(`${relay.url}/v1/flows/second`)).status, 200);
      const session = await fetch(`${relay.url}/v1/sessions`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json' },
        body: '{}',
      });
      assert.equal(session.status, 200);
      assert.equal(await outcomeOf(visitor.submit(createSubmission())), 'success');
    });

    it('has lifecycle events under their new names', async () => {
      const { relay, book } = await start();
      const { env } = sources();
      const settings = settingsFor({ sandbox: braze.url, prod: braze.url });
      for (const started of ['chat_started', 'conversation_started', 'conversation_started'])
        await relay.reload({
          settings: {
            ...settings,
            sites: { ...settings.sites, brand: { ...settings.sites.brand, events: { started } } },
          },
          env,
          flows: [{ source: 'welcome.json', json: FLOW }],
        });
      assert.deepEqual(
        book.named('reloaded').map(({ changed }) => changed),
        ['sites', 'sites', ''],
      );
      const { id } = createSubmission();
      const visitor = await openVisitor(relay.url);
      await visitor.submit(createSubmission({ id: `${id}.started`, node: 'name', answers: {} }));
      assert.match(braze.requests.map(({ body }) => body).join(), /"conversation_started"/);
    });

    it('drops no request that is under way', async () => {
      const { relay } = await start();
      const visitor = await openVisitor(relay.url);
      const { answer, arrived, open } = await gated(visitor, braze);
      await arrived;
      await relay.reload({ ...sources(), env: { ...ENV, BRAZE_SANDBOX_KEY: NEW_KEY } });
      open();
      assert.equal(await outcomeOf(answer), 'success');
    });

    it('is told every mistake, and the relay goes on as before', async () => {
      const { relay } = await start();
      const before = relay.reload({
        settings: { ...sources().settings, organization: 'lower', deadline: 'soon' },
        env: { ...ENV, BRAZE_SANDBOX_KEY: '' },
        flows: [{ source: 'broken.json', text: JSON.stringify({ ...FLOW, start: 'helo' }) }],
      });
      await assert.rejects(before, (error) => {
        assert.ok(error instanceof ReloadError);
        const found = error.problems.map((line) => /^[\w.]+/.exec(line)?.[0]);
        assert.deepEqual(found.sort(), ['BRAZE_SANDBOX_KEY', 'broken.json', 'deadline', 'organization']);
        return true;
      });
      const visitor = await openVisitor(relay.url);
      assert.equal(await outcomeOf(visitor.submit(createSubmission())), 'success');
      assert.deepEqual(braze.requests.map(keyOf), [`Bearer ${SANDBOX_KEY}`]);
    });

    it('is told what holds after the next start only', async () => {
      const { relay, book } = await start();
      const visitor = await openVisitor(relay.url);
      await relay.reload({
        ...sources(),
        settings: { ...sources().settings, concurrency: 2, deadline: 1_000 },
        env: { ...ENV, SESSION_SECRET: 'another-secret-that-is-long-enough-for-it' },
      });
      assert.equal(book.named('reloaded')[0]?.changed, 'deadline');
      assert.deepEqual(
        book.named('reload_incomplete').map(({ settings }) => settings),
        ['concurrency, SESSION_SECRET'],
      );
      assert.equal(await outcomeOf(visitor.submit(createSubmission())), 'success');
    });
  });

  describe('who stops it', () => {
    it('loses nothing: what Braze does not answer in time is delivered after the next start', async () => {
      const settings = {
        ...settingsFor({ sandbox: braze.url, prod: braze.url, deadline: 100 }),
        brazeTimeout: 300,
      };
      const first = await start({ settings });
      const visitor = await openVisitor(first.relay.url);
      braze.answerWith(new Promise<WireAnswer>(() => undefined));
      const submission = createSubmission();
      assert.equal(await outcomeOf(visitor.submit(submission)), 'queued');
      await first.relay.close();

      braze.answerWith(TAKEN);
      const again = braze.nextRequest();
      const second = await start({ settings });
      assert.ok((await again).body.includes(submission.id));
      await second.book.until('submission_settled', 1);
      const back = await openVisitor(second.relay.url);
      assert.equal(await outcomeOf(back.submit(createSubmission())), 'success');
      assert.equal((await second.metrics()).get('parley_unsettled_submissions'), 0);
    });

    it('does not wait for a scrape that is under way', async () => {
      const store = createSqliteStore({ file: join(folder, 'slow.db'), clock: Date.now });
      const asked = new EventEmitter();
      const slow = {
        ...store,
        stats: () => {
          asked.emit('stats');
          return new Promise<never>(() => undefined);
        },
      };
      const { relay, operatorUrl } = await start({ store: slow });
      const isAsked = once(asked, 'stats');
      const cut = assert.rejects(fetch(`${operatorUrl}/metrics`));
      await isAsked;
      await relay.close();
      await cut;
    });

    it('ends the operator’s port as well, and may say so twice', async () => {
      const { relay, operatorUrl } = await start();
      await Promise.all([relay.close(), relay.close()]);
      await assert.rejects(fetch(`${operatorUrl}/healthz`));
      await assert.rejects(fetch(`${relay.url}/healthz`));
    });
  });

  it('whose port is taken is told which, and nothing is left at the other one', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const taken = (holder.address() as AddressInfo).port;
    const free = createServer().listen(0, 'localhost');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, 'close');
    await assert.rejects(start({ port, operatorPort: taken }), {
      code: 'EADDRINUSE',
      door: 'operator',
      port: taken,
    });
    holder.close();
    const { relay } = await start({ port });
    assert.equal(new URL(relay.url).port, String(port));
  });

  it('whose settings are wrong leaves a store behind that the next start opens', async () => {
    await assert.rejects(start({ settings: {} }), { name: 'ConfigError' });
    await start();
  });
});

/** A submission whose answer Braze holds back until `open`. */
async function gated(visitor: TestVisitor, braze: BrazeRecorder) {
  const gate = new EventEmitter();
  braze.answerWith(once(gate, 'open').then(() => TAKEN));
  const arrived = braze.nextRequest();
  return { arrived, answer: visitor.submit(createSubmission()), open: () => gate.emit('open') };
}
