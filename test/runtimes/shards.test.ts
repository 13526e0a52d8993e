/** Shards in workerd, as `wrangler.jsonc` deploys them: what shares a request, what survives the end of an object, and what wakes it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { shardOf } from '../../server/adapters/workers/routing.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import type { Receipt, SessionGrant, Submission, SubmissionsResponse } from '../../widget/contract/wire.ts';
import {
  createSubmission,
  FLOW,
  PROD_KEY,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  serveRecorder,
  SESSION_SECRET,
  settingsFor,
  TAKEN,
  type BrazeRecorder,
} from '../server/relay-fixture.ts';
import { bringForward } from './object-alarms.ts';
import { startDeployment, type Deployment } from './deployment.ts';

const OPERATOR_SECRET = 'the-operator-is-the-only-one-who-knows';
const ENTRY_LINK_KEY = 'a-campaign-may-order-links-with-this-one';
const ENV = {
  BRAZE_SANDBOX_KEY: SANDBOX_KEY,
  BRAZE_PROD_KEY: PROD_KEY,
  SESSION_SECRET,
  OPERATOR_SECRET,
  ENTRY_LINK_KEY,
  PARLEY_DEVELOPMENT: '1',
};
const DOWN = { status: 503 };

interface World {
  readonly braze: BrazeRecorder;
  /** Ends it, if it runs, and starts it with what its objects have kept. */
  readonly start: (deployment?: Partial<Deployment>) => Promise<void>;
  readonly openFrom: (address: string) => Promise<SessionGrant>;
  readonly post: (
    path: string,
    body: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Response>;
  readonly submit: (grant: SessionGrant, submission: Submission) => Promise<Receipt | undefined>;
  readonly ask: (path: string, method?: string, authorization?: string) => Promise<Response>;
  /** Folder of its objects. */
  readonly folder: string;
  /** Ends it: nobody looks into its folder while it runs. */
  readonly stop: () => Promise<void>;
  /** Resolves with the first entry of that event that was logged since the start. */
  readonly logged: (event: string) => Promise<LogEntry>;
  /** What Braze was sent, since it was told to answer otherwise. */
  readonly written: () => readonly {
    readonly attributes?: readonly object[];
    readonly events?: readonly object[];
  }[];
}

async function withWorld(shards: number, run: (world: World) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-shards-'));
  const braze = await serveRecorder();
  const entries: LogEntry[] = [];
  let heard: (() => void)[] = [];
  let worker: Awaited<ReturnType<typeof startDeployment>> | undefined;
  const hear = (line: string) => {
    if (line.startsWith('{')) entries.push(JSON.parse(line) as LogEntry);
    for (const resolve of heard.splice(0)) resolve();
  };
  const post: World['post'] = (path, body, headers = {}) =>
    fetch(`${worker?.url}${path}`, {
      method: 'POST',
      headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  /** Resolves once something is found in what was heard. */
  const found = async <T>(find: () => T | undefined): Promise<T> => {
    for (;;) {
      const it = find();
      if (it !== undefined) return it;
      await new Promise<void>((resolve) => {
        heard = [...heard, resolve];
      });
    }
  };
  const stop = async () => {
    await worker?.close();
    worker = undefined;
  };
  const world: World = {
    braze,
    post,
    folder,
    stop,
    async start(deployment = {}) {
      await stop();
      entries.length = 0;
      worker = await startDeployment(
        {
          settings: settingsFor({ sandbox: braze.url, prod: braze.url, deadline: 1_500 }),
          flows: [FLOW],
          env: { ...ENV, SHARD_COUNT: String(shards) },
          folder,
          ...deployment,
        },
        hear,
      );
    },
    async openFrom(address) {
      const response = await post('/v1/sessions', {}, { 'cf-connecting-ip': address });
      assert.equal(response.status, 200);
      return (await response.json()) as SessionGrant;
    },
    async submit({ session }, submission) {
      const authorization = `Bearer ${session}`;
      const response = await post('/v1/submissions', { submissions: [submission] }, { authorization });
      assert.equal(response.status, 200);
      return ((await response.json()) as SubmissionsResponse).receipts[0];
    },
    ask: (path, method = 'GET', authorization = `Bearer ${OPERATOR_SECRET}`) =>
      fetch(`${worker?.url}${path}`, { method, headers: { authorization, origin: SANDBOX_ORIGIN } }),
    logged: (event) => found(() => entries.find((entry) => entry.event === event)),
    written: () => braze.requests.map(({ body }) => JSON.parse(body) as object),
  };
  try {
    await world.start();
    await run(world);
  } finally {
    await worker?.close();
    await braze.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const visitorIn = ({ session }: SessionGrant): string => decodeJwt(session).sub ?? '';

const addresses = (count: number) => Array.from({ length: count }, (_, index) => `203.0.113.${index}`);

const unsettledIn = async ({ ask }: World): Promise<number> => {
  const { shards } = (await (await ask('/operator/stats')).json()) as {
    shards: readonly { stats: { unsettled: number } }[];
  };
  return shards.reduce((sum, { stats }) => sum + stats.unsettled, 0);
};

// Some wait for half a minute, until an alarm or a queue calls.
describe('a shard', { concurrency: true }, () => {
  it('has its part of the visitors, and what many of them submit at once shares requests', () =>
    withWorld(4, async (world) => {
      const { start, openFrom, submit, braze, written } = world;
      await start({ settings: settingsFor({ sandbox: braze.url, prod: braze.url, deadline: 8_000 }) });
      const grants: SessionGrant[] = [];
      for (const address of addresses(60)) grants.push(await openFrom(address));
      const shards = new Set(grants.map((grant) => shardOf(visitorIn(grant), 4)));
      assert.deepEqual([...shards].sort(), [0, 1, 2, 3]);
      // Braze answers when all of them are there.
      let answer: (answer: typeof TAKEN) => void = () => undefined;
      braze.answerWith(new Promise((resolve) => (answer = resolve)));
      const submitted = Promise.all(grants.map((grant) => submit(grant, createSubmission())));
      while ((await unsettledIn(world)) < grants.length);
      answer(TAKEN);
      const receipts = await submitted;
      assert.deepEqual(new Set(receipts.map((receipt) => receipt?.outcome)), new Set(['success']));
      const objects = written().flatMap(({ attributes = [], events = [] }) => [...attributes, ...events]);
      assert.equal(objects.length, 120);
      // Of each shard 2 were under way, for there are two environments, and the rest of them shares the next one, or two.
      assert.ok(written().length <= 16, `${written().length} requests for 60 submissions`);
    }));

  it('knows after its end what it has settled, and settles it once', () =>
    withWorld(2, async ({ start, openFrom, submit, braze, written }) => {
      const grant = await openFrom('203.0.113.7');
      const submission = createSubmission();
      const first = await submit(grant, submission);
      assert.equal(first?.outcome, 'success');
      assert.deepEqual(await submit(grant, submission), first);
      await start();
      assert.deepEqual(await submit(grant, submission), first);
      assert.equal(written().length, 1);
      assert.equal(braze.requests.length, 1);
    }));

  it('is woken by its alarm after its end, and delivers once what it has promised', () =>
    withWorld(1, async ({ start, openFrom, submit, braze, written, logged }) => {
      braze.answerWith(DOWN);
      const grant = await openFrom('203.0.113.7');
      assert.equal((await submit(grant, createSubmission()))?.outcome, 'queued');
      braze.answerWith(TAKEN);
      const isThere = braze.nextRequest();
      // Queues are in memory here, and nobody asks for anything: what is left is the alarm.
      await start();
      await isThere;
      assert.partialDeepStrictEqual(await logged('submission_settled'), { outcome: 'success', shard: 0 });
      assert.equal(written().length, 1);
    }));

  it('keeps its alarm through a deployment that lacks a key, and delivers once that is mended', () =>
    withWorld(1, async ({ start, stop, folder, openFrom, submit, braze, written, logged }) => {
      braze.answerWith(DOWN);
      const grant = await openFrom('203.0.113.7');
      assert.equal((await submit(grant, createSubmission()))?.outcome, 'queued');
      braze.answerWith(TAKEN);
      const { BRAZE_PROD_KEY: _, ...lacking } = ENV;
      await start({ env: { ...lacking, SHARD_COUNT: '1' } });
      // By its alarm, for nobody asks for anything; and again when that goes off anew.
      for (let rung = 0; rung < 2; rung += 1) {
        const broken = await logged('shard_broken');
        assert.partialDeepStrictEqual(broken, { level: 'error', shard: 0 });
        assert.match(String(broken.problem), /^BRAZE_PROD_KEY: missing/);
        await stop();
        assert.equal(bringForward(folder, 'ParleyShard'), 1);
        if (rung === 0) await start({ env: { ...lacking, SHARD_COUNT: '1' } });
      }
      assert.deepEqual(written(), []);
      const isThere = braze.nextRequest();
      await start();
      await isThere;
      assert.partialDeepStrictEqual(await logged('submission_settled'), { outcome: 'success', shard: 0 });
      assert.equal(written().length, 1);
    }));

  it('is called by the queue, and what is not delivered in time is told as an error', () =>
    withWorld(1, async ({ start, openFrom, submit, braze, logged }) => {
      await start({ consumers: { 'parley-wake-ups': { maxRetries: 0 } } });
      braze.answerWith(DOWN);
      const grant = await openFrom('203.0.113.7');
      assert.equal((await submit(grant, createSubmission()))?.outcome, 'queued');
      assert.partialDeepStrictEqual(await logged('wake_up_given_up'), {
        level: 'error',
        shard: 0,
        submissions: 1,
      });
    }));

  it('erases a visitor with what it has promised them', () =>
    withWorld(2, async (world) => {
      const { openFrom, submit, braze, ask, post, written } = world;
      braze.answerWith(DOWN);
      const [one, other] = await Promise.all([openFrom('203.0.113.1'), openFrom('203.0.113.2')]);
      for (const grant of [one, other])
        assert.equal((await submit(grant, createSubmission()))?.outcome, 'queued');
      assert.equal(await unsettledIn(world), 2);
      const erased = await ask('/v1/visitor', 'DELETE', `Bearer ${one.session}`);
      assert.equal(erased.status, 204);
      assert.equal(await unsettledIn(world), 1);
      const anew = (await (await post('/v1/sessions', { visitor: one.visitor })).json()) as SessionGrant;
      assert.notEqual(visitorIn(anew), visitorIn(one));
      braze.answerWith(TAKEN);
      await braze.nextRequest();
      assert.equal(written().length, 1);
      assert.ok(JSON.stringify(written()).includes(visitorIn(other)));
    }));

  it('judges a submission by the flow that its browser was given', () =>
    withWorld(2, async ({ start, ask, openFrom, submit, written }) => {
      const flows = ['one', 'two'].map((id) => ({ ...FLOW, id }));
      await start({ flows });
      const revisions: string[] = [];
      for (const { id } of flows)
        revisions.push(((await (await ask(`/v1/flows/${id}`)).json()) as { revision: string }).revision);
      const save = { ...FLOW.nodes.save, events: [{ name: 'renamed_since' }] };
      await start({ flows: flows.map((flow) => ({ ...flow, nodes: { ...flow.nodes, save } })) });
      const grant = await openFrom('203.0.113.7');
      for (const [index, { id }] of flows.entries())
        await submit(grant, createSubmission({ flow: id, revision: revisions[index] ?? '' }));
      await submit(grant, createSubmission({ flow: 'one' }));
      const names = written().flatMap(({ events = [] }) =>
        (events as { name: string }[]).map(({ name }) => name),
      );
      assert.deepEqual(names, ['chat_profile_completed', 'chat_profile_completed', 'renamed_since']);
    }));

  it('lets one visitor of all shards use a personal link first', () =>
    withWorld(4, async ({ openFrom, submit, post, written, start }) => {
      const order = {
        site: 'brand',
        environment: 'sandbox',
        flow: 'welcome',
        external_id: 'customer-1',
      };
      const made = await post('/v1/entry-links', order, { authorization: `Bearer ${ENTRY_LINK_KEY}` });
      assert.equal(made.status, 200);
      const { token } = (await made.json()) as { token: string };
      const grants = await Promise.all(addresses(8).map(openFrom));
      assert.ok(new Set(grants.map((grant) => shardOf(visitorIn(grant), 4))).size > 1);
      const submitWithLink = (grant: SessionGrant) =>
        submit(grant, createSubmission({ time: new Date().toISOString(), entry: { link: token } }));
      for (const grant of grants.slice(0, 4)) await submitWithLink(grant);
      await start();
      for (const grant of grants) await submitWithLink(grant);
      const known = written()
        .flatMap(({ events = [] }) => events as readonly { external_id?: string }[])
        .map(({ external_id }) => external_id);
      assert.deepEqual(known, [
        'customer-1',
        ...Array.from({ length: 3 }, () => undefined),
        'customer-1',
        ...Array.from({ length: 7 }, () => undefined),
      ]);
    }));
});
