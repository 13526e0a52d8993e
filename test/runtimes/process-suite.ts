/** `parley serve` as a process of a runtime: what it keeps when it ends, and what it does when it is told something. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import type { Receipt, SubmissionsResponse } from '../../widget/contract/wire.ts';
import {
  createSubmission,
  FLOW,
  openVisitor,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  serveRecorder,
  SESSION_SECRET,
  settingsFor,
  TAKEN,
  type BrazeRecorder,
  type WireAnswer,
} from '../server/relay-fixture.ts';
import { createRelayFolder, type ProcessRuntime, type RelayFolder } from './relay-process.ts';

/** Milliseconds: longer than a busy machine takes. For a Braze that fails nobody waits. */
const DEADLINE = 10_000;

/** A connection that says something of its own. @returns the line of the status */
async function say(url: string, words: string): Promise<string> {
  const { port } = new URL(url);
  const socket = connect(Number(port), 'localhost');
  socket.on('error', () => undefined);
  socket.write(words);
  return (await text(socket)).split('\r\n')[0] ?? '';
}

async function receiptOf(response: Response): Promise<Receipt | undefined> {
  return ((await response.json()) as SubmissionsResponse).receipts[0];
}

/** Resolves once nobody listens there. */
async function untilRefused(url: string): Promise<void> {
  for (;;) {
    const isThere = await fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
  }
}

export function describeProcess(runtime: ProcessRuntime): void {
  describe(`parley serve on ${runtime}`, () => {
    let braze: BrazeRecorder;
    let folder: RelayFolder;
    const settings = (change: object = {}) => ({
      ...settingsFor({ sandbox: braze.url, prod: braze.url, deadline: DEADLINE }),
      ...change,
    });

    before(async () => (braze = await serveRecorder()));
    after(() => braze.close());
    beforeEach(() => {
      braze.answerWith(TAKEN);
      folder = createRelayFolder(runtime, {
        settings: settings(),
        env: {
          BRAZE_SANDBOX_KEY: SANDBOX_KEY,
          BRAZE_PROD_KEY: SANDBOX_KEY,
          SESSION_SECRET,
          PARLEY_DEVELOPMENT: '1',
        },
        flows: [FLOW],
      });
    });
    afterEach(() => folder.remove());

    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      it(`keeps what it has taken on, and what was settled, over a ${signal}`, async () => {
        const relay = await folder.start();
        const visitor = await openVisitor(relay.url);
        const [settled, queued] = [createSubmission(), createSubmission()];
        assert.equal((await receiptOf(await visitor.submit(settled)))?.outcome, 'success');
        braze.answerWith({ status: 500 });
        assert.equal((await receiptOf(await visitor.submit(queued)))?.outcome, 'queued');
        relay.kill(signal);
        const { code, stdout, stderr } = await relay.ended;
        assert.equal(stderr, '');
        if (signal === 'SIGTERM') assert.deepEqual([code, stdout.includes('"event":"closed"')], [0, true]);

        braze.answerWith(TAKEN);
        const { port } = new URL(relay.url);
        const delivered = braze.nextRequest();
        await folder.start({ PORT: port });
        assert.ok((await delivered).body.includes(queued.id));
        for (const submission of [settled, queued]) {
          const receipt = await receiptOf(await visitor.submit(submission));
          assert.deepEqual([receipt?.id, receipt?.outcome], [submission.id, 'success']);
        }
        assert.equal(braze.requests.length, 1);
      });
    }

    it('answers what is under way when it is told to end', async () => {
      folder.write({ settings: settings({ deadline: 10_000 }) });
      const relay = await folder.start();
      const visitor = await openVisitor(relay.url);
      let answer: (answer: WireAnswer) => void = () => undefined;
      braze.answerWith(new Promise<WireAnswer>((resolve) => (answer = resolve)));
      const asked = braze.nextRequest();
      const response = visitor.submit(createSubmission());
      await asked;
      relay.kill('SIGTERM');
      await untilRefused(relay.url);
      answer(TAKEN);
      assert.equal((await receiptOf(await response))?.outcome, 'success');
      assert.equal((await relay.ended).code, 0);
    });

    for (const { name, args, told, prints } of [
      { name: 'on SIGHUP', args: [], told: 'SIGHUP', prints: '"event":"reloaded"' },
      { name: 'as they are saved, with --watch', args: ['--watch'], told: undefined, prints: 'taken up' },
    ] as const) {
      it(`reads its flows again ${name}`, async () => {
        const relay = await folder.start({}, args);
        const changed = { ...FLOW.nodes.thanks, text: 'Thanks again' };
        folder.write({ flows: [{ ...FLOW, nodes: { ...FLOW.nodes, thanks: changed } }] });
        if (told !== undefined) relay.kill(told);
        await relay.prints(prints);
        const published = (await (await fetch(`${relay.url}/v1/flows/welcome`)).json()) as PublishedFlow;
        assert.match(JSON.stringify(published), /Thanks again/);
      });
    }

    it('has metrics and probes at the operator’s port', async () => {
      const relay = await folder.start();
      await (await openVisitor(relay.url)).submit(createSubmission());
      const metrics = await fetch(`${relay.operatorUrl}/metrics`);
      assert.match(
        await metrics.text(),
        /^parley_submissions_total\{environment="sandbox",outcome="success"\} 1$/m,
      );
      assert.equal((await fetch(`${relay.operatorUrl}/readyz`)).status, 200);
    });

    it('says that its port is taken, and how it is moved', async () => {
      const { port } = new URL((await folder.start()).url);
      await assert.rejects(
        folder.start({ PORT: port }),
        new RegExp(`Port ${port} is taken; set PORT to a free one\\.`),
      );
    });

    it('counts for the address of the visitor, behind a proxy that it was told of', async () => {
      folder.write({
        settings: settings({
          trustedProxies: ['127.0.0.1', '::1'],
          limits: { newVisitors: { limit: 1, window: 3_600_000 } },
        }),
      });
      const { url } = await folder.start();
      const comeFrom = async (address: string) => {
        const response = await fetch(`${url}/v1/sessions`, {
          method: 'POST',
          headers: {
            origin: SANDBOX_ORIGIN,
            'content-type': 'application/json',
            'x-forwarded-for': address,
          },
          body: '{}',
        });
        return response.status;
      };
      assert.deepEqual(
        [await comeFrom('203.0.113.7'), await comeFrom('203.0.113.7'), await comeFrom('203.0.113.8')],
        [200, 429, 200],
      );
    });

    for (const [name, words, status] of [
      ['two hosts', 'GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n', 400],
      ['a host that is none', 'GET /healthz HTTP/1.1\r\nhost: a b/c\r\nconnection: close\r\n\r\n', 400],
      ['a host that is broken off', 'GET /healthz HTTP/1.1\r\nhost: [::\r\nconnection: close\r\n\r\n', 400],
      ['no host', 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
      ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 400],
      [
        'a length and chunks',
        'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
        400,
      ],
      ['no HTTP in it', 'hello\r\n\r\n', 400],
      ['headers without end', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`, 431],
    ] as const) {
      it(`refuses a request with ${name}: ${status}`, async () => {
        const { url } = await folder.start();
        assert.match(await say(url, words), new RegExp(`^HTTP/1\\.1 ${status} `));
        assert.equal((await fetch(`${url}/healthz`)).status, 200);
      });
    }
  });
}
