/** Flows that change while the relay runs on Node: replaced by a program, and by `parley serve --watch` as they are saved. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { FlowError } from '../../server/flows/load.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import type { SubmissionsResponse } from '../../widget/contract/wire.ts';
import { COMPILE_CACHE } from '../compile-cache.ts';
import {
  createSubmission,
  FLOW,
  openVisitor,
  RELAY_ENV,
  serveRecorder,
  settingsFor,
  TAKEN,
  type BrazeRecorder,
} from './relay-fixture.ts';

/** The flow with other first words. */
const flowSaying = (text: string) => ({
  ...FLOW,
  nodes: { ...FLOW.nodes, hello: { ...FLOW.nodes.hello, text } },
});

const fetchFlow = (url: string, id = 'welcome') => fetch(`${url}/v1/flows/${id}`);

const firstWords = async (url: string, id?: string): Promise<unknown> => {
  const { nodes } = (await (await fetchFlow(url, id)).json()) as PublishedFlow;
  const hello = nodes['hello'];
  return hello?.type === 'message' ? hello.bubbles[0] : undefined;
};

describe('a relay whose flows are replaced', () => {
  let braze: BrazeRecorder;
  let relay: RunningRelay;
  const start = (change: object = {}) =>
    serveRelay({
      settings: { ...settingsFor({ sandbox: braze.url, prod: braze.url }), ...change },
      env: RELAY_ENV,
      flows: [{ source: 'welcome.json', json: FLOW }],
      assets: 'dist',
      store: createSqliteStore({ file: ':memory:', clock: Date.now }),
      port: 0,
      hostname: 'localhost',
      log: () => undefined,
    });
  before(async () => {
    braze = await serveRecorder();
    relay = await start();
  });
  after(async () => {
    await relay.close();
    await braze.close();
  });
  beforeEach(() => braze.answerWith(TAKEN));

  it('serves the new ones, with their revisions, and no others', async () => {
    const flows = [
      { source: 'welcome.json', json: flowSaying('Good day') },
      { source: 'other.json', text: JSON.stringify({ ...FLOW, id: 'other' }) },
    ];
    const loaded = await relay.replaceFlows(flows);
    assert.deepEqual(await firstWords(relay.url), { text: 'Good day' });
    const etags = await Promise.all(
      ['welcome', 'other'].map(async (id) => (await fetchFlow(relay.url, id)).headers.get('etag')),
    );
    assert.deepEqual(
      etags,
      loaded.map(({ revision }) => `"${revision}"`),
    );
    await relay.replaceFlows(flows.slice(0, 1));
    assert.equal((await fetchFlow(relay.url, 'other')).status, 404);
  });

  it('keeps the old ones, every one, where one of the new has mistakes', async () => {
    await relay.replaceFlows([{ source: 'welcome.json', json: FLOW }]);
    await assert.rejects(
      relay.replaceFlows([
        { source: 'welcome.json', json: flowSaying('Never said') },
        { source: 'other.json', json: { ...FLOW, id: 'other', start: 'helo' } },
      ]),
      (error) => error instanceof FlowError && error.message.includes('there is no node "helo"'),
    );
    assert.deepEqual(await firstWords(relay.url), { text: 'Hello' });
  });

  it('keeps its sessions, and the receipts that it gave', async () => {
    await relay.replaceFlows([{ source: 'welcome.json', json: FLOW }]);
    const visitor = await openVisitor(relay.url);
    const submission = createSubmission();
    const first = (await (await visitor.submit(submission)).json()) as SubmissionsResponse;
    await relay.replaceFlows([{ source: 'welcome.json', json: flowSaying('Good day') }]);
    const again = await visitor.submit(submission);
    assert.equal(again.status, 200);
    assert.deepEqual(await again.json(), first);
    assert.equal(braze.requests.length, 1);
  });

  for (const [name, change, caching] of [
    ['for a minute', {}, 'public, max-age=60'],
    ['for as long as the settings say', { flowMaxAge: 5 }, 'public, max-age=5'],
    ['not at all where they say 0', { flowMaxAge: 0 }, 'no-cache'],
  ] as const) {
    it(`lets a flow be kept ${name}`, async () => {
      const other = await start(change);
      const { headers } = await fetchFlow(other.url);
      await other.close();
      assert.equal(headers.get('cache-control'), caching);
    });
  }
});

/** `parley serve --watch` on a folder of its own. */
async function watchFolder(braze: BrazeRecorder) {
  const folder = mkdtempSync(join(tmpdir(), 'parley-watch-'));
  const flows = join(folder, 'flows');
  const config = join(folder, 'settings.json');
  const file = (name: string) => join(flows, name);
  /** At once: whoever looks sees the one or the other. */
  const save = (name: string, flow: unknown) => {
    writeFileSync(file(`${name}.new`), typeof flow === 'string' ? flow : JSON.stringify(flow));
    renameSync(file(`${name}.new`), file(name));
  };
  mkdirSync(flows);
  writeFileSync(
    config,
    JSON.stringify({ ...settingsFor({ sandbox: braze.url, prod: braze.url }), flowMaxAge: 0 }),
  );
  save('welcome.json', FLOW);
  const args = [
    'serve',
    '--config',
    config,
    '--flows',
    flows,
    '--store',
    join(folder, 'relay.db'),
    '--watch',
  ];
  const child = spawn(process.execPath, ['server/cli.ts', ...args], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      PORT: '0',
      OPERATOR_PORT: 'off',
      LOG_LEVEL: 'error',
      ...RELAY_ENV,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  const printed = { stdout: lineReader(child.stdout), stderr: lineReader(child.stderr) };
  const [, url = ''] = /listens at (\S+)/.exec(await printed.stdout()) ?? [];
  return {
    url,
    file,
    save,
    /** Resolves with the next line. */
    ...printed,
    end: async () => {
      child.kill('SIGTERM');
      const [code] = (await ended) as [number | null];
      rmSync(folder, { recursive: true });
      return code;
    },
  };
}

function lineReader(stream: NodeJS.ReadableStream): () => Promise<string> {
  const lines = createInterface({ input: stream })[Symbol.asyncIterator]();
  return async () => {
    const next = await lines.next();
    assert.ok(next.done !== true, 'there are no more lines');
    return next.value;
  };
}

describe('parley serve --watch', () => {
  let braze: BrazeRecorder;
  let watched: Awaited<ReturnType<typeof watchFolder>>;
  before(async () => (braze = await serveRecorder()));
  after(() => braze.close());
  beforeEach(async () => (watched = await watchFolder(braze)));
  afterEach(async () => assert.equal(await watched.end(), 0));

  const GOES_ON = 'The flows of before are served on until this is mended.';

  const isTakenUp = async (name: string) => {
    const [, file, revision] =
      /^(\S+): taken up \(revision ([0-9a-f]{16})\)$/.exec(await watched.stdout()) ?? [];
    assert.equal(file, watched.file(name));
    return revision;
  };

  it('takes up a flow that is saved, and says its revision', async () => {
    watched.save('welcome.json', flowSaying('Good day'));
    const revision = await isTakenUp('welcome.json');
    assert.deepEqual(await firstWords(watched.url), { text: 'Good day' });
    assert.equal((await fetchFlow(watched.url)).headers.get('etag'), `"${revision ?? ''}"`);
  });

  it('prints the mistakes of one that has some, and goes on with that of before', async () => {
    watched.save('welcome.json', { ...FLOW, start: 'helo' });
    const words = 'start: there is no node "helo"; did you mean "hello"? [unknown-node]';
    assert.equal(await watched.stderr(), `${watched.file('welcome.json')}:1:25: error: ${words}`);
    assert.equal(await watched.stderr(), GOES_ON);
    assert.deepEqual(await firstWords(watched.url), { text: 'Hello' });
    watched.save('welcome.json', flowSaying('Good day'));
    assert.equal(await watched.stdout(), 'There are no mistakes any more.');
    await isTakenUp('welcome.json');
    assert.deepEqual(await firstWords(watched.url), { text: 'Good day' });
  });

  it('says that a mistake is undone, though nothing is new', async () => {
    watched.save('welcome.json', '{');
    assert.match(await watched.stderr(), /welcome\.json:1:\d+: error: \(the whole file\): is not JSON: /);
    assert.equal(await watched.stderr(), GOES_ON);
    watched.save('welcome.json', FLOW);
    assert.equal(await watched.stdout(), 'There are no mistakes any more.');
    watched.save('welcome.json', flowSaying('Good day'));
    await isTakenUp('welcome.json');
  });

  it('takes up a file that an editor moves away and writes anew, in steps', async () => {
    const text = JSON.stringify(flowSaying('Good day'));
    renameSync(watched.file('welcome.json'), watched.file('welcome.json~'));
    writeFileSync(watched.file('welcome.json'), text.slice(0, 100));
    appendFileSync(watched.file('welcome.json'), text.slice(100));
    // On a busy machine the first steps may be told of too.
    while (!(await watched.stdout()).includes('taken up'));
    assert.deepEqual(await firstWords(watched.url), { text: 'Good day' });
  });

  it('prints the warnings of one that it takes up', async () => {
    const { save, ...rest } = FLOW.nodes;
    const asked = { ...rest.name, next: 'pet' };
    const pet = { type: 'ask', field: 'pet', input: 'text', text: 'Pet?', next: 'email' };
    watched.save('welcome.json', { ...FLOW, nodes: { ...rest, name: asked, pet, save } });
    assert.match(await watched.stdout(), /welcome\.json:1:\d+: warning: nodes\.pet/);
    while (!(await watched.stdout()).includes('taken up'));
    assert.equal((await fetchFlow(watched.url)).status, 200);
  });

  it('takes up a file that is new, and lets go of one that is deleted', async () => {
    watched.save('other.json', { ...FLOW, id: 'other' });
    await isTakenUp('other.json');
    assert.deepEqual(await firstWords(watched.url, 'other'), { text: 'Hello' });
    rmSync(watched.file('welcome.json'));
    assert.equal(await watched.stdout(), `${watched.file('welcome.json')}: gone, and its flow with it`);
    assert.equal((await fetchFlow(watched.url)).status, 404);
    rmSync(watched.file('other.json'));
    assert.match(
      await watched.stderr(),
      /^There is no flow in \S+flows; it should hold one JSON file for each\.$/,
    );
    assert.equal(await watched.stderr(), GOES_ON);
    assert.deepEqual(await firstWords(watched.url, 'other'), { text: 'Hello' });
  });
});
