/** Whoever adds an action adds a file, and touches no other: a fixture's is put into a copy of the sources, and everything knows of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Ajv } from 'ajv';
import type { serveRelay } from '../../server/adapters/node.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { SessionGrant, SubmissionsResponse } from '../../widget/contract/wire.ts';
import { COMPILE_CACHE } from '../compile-cache.ts';
import {
  createSubmission,
  PROD_KEY,
  PROD_ORIGIN,
  serveRecorder,
  SESSION_SECRET,
} from '../server/relay-fixture.ts';

const FIXTURE = 'test/fixtures/actions/messages-send.ts';
const FILE = 'server/actions/messages-send.ts';

/** What the relay and its generator are made of. */
const SOURCES = ['server', 'widget', 'test/schema', 'docs/actions.md', 'package.json', '.prettierrc.json'];

/** What the generator writes. */
const GENERATED = ['docs/actions.md', 'server/actions/registry.ts', 'server/flows/flow.schema.json'];

const NODE = {
  type: 'action',
  call: 'messages/send',
  messages: { email: { subject: 'Hello {{answers.first_name}}' } },
  outcomes: { vip: { '>=': [{ var: 'response.points' }, 1_000] } },
  on: { success: 'thanks', error: 'sorry', vip: 'golden' },
};

const flowWith = (change: object = {}) => ({
  id: 'welcome',
  start: 'name',
  nodes: {
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Name?', next: 'save' },
    save: { ...NODE, ...change },
    thanks: { type: 'end', text: 'Thanks' },
    golden: { type: 'end', text: 'Thanks indeed' },
    sorry: { type: 'end', text: 'Sorry' },
  },
});

describe('an action that one file adds', () => {
  let folder: string;
  const here = (file: string) => join(folder, file);
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
    });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-one-file-'));
    mkdirSync(here('docs'));
    for (const source of SOURCES) cpSync(source, here(source), { recursive: true });
    symlinkSync(resolve('node_modules'), here('node_modules'));
    // As it stands there: the fixture stands elsewhere, where it is checked with all other sources.
    const text = readFileSync(FIXTURE, 'utf8')
      .replaceAll('../../../server/actions/', './')
      .replaceAll('../../../server/', '../')
      .replaceAll('../../../widget/', '../../widget/');
    writeFileSync(here(FILE), text);
    const { status, stderr } = run('test/schema/generate.ts');
    assert.equal(status, 0, stderr);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('changes no other file but those that are generated', () => {
    const filesOf = (root: string) =>
      SOURCES.flatMap((source) =>
        statSync(join(root, source)).isFile() ? [source] : globSync(`${source}/**`, { cwd: root }),
      ).filter((file) => statSync(join(root, file)).isFile());
    const [before, now] = [filesOf('.'), filesOf(folder)];
    assert.deepEqual(
      now.filter((file) => !before.includes(file)),
      [FILE],
    );
    const isOther = (file: string) => !readFileSync(file).equals(readFileSync(here(file)));
    assert.deepEqual(before.filter(isOther).sort(), GENERATED);
  });

  for (const { name, change, finding } of [
    { name: 'a right node is clean', change: {}, finding: undefined },
    {
      name: 'an unknown key is found',
      change: { mesages: {} },
      finding:
        /nodes\.save\.mesages: there is no such key here; known are type, call, messages, .* \[unknown-key\]/,
    },
    {
      name: 'a template that reads what nobody is asked is found',
      change: { messages: { email: '{{answers.last_name}}' } },
      finding:
        /nodes\.save\.messages\.email: reads "answers\.last_name", but no question asks for .* \[unknown-answer\]/,
    },
    {
      name: 'what its own lint says is found',
      change: { messages: {} },
      finding:
        /nodes\.save: sends nothing; "messages" should have a channel, such as "email" \[empty-action\]/,
    },
    {
      name: 'an outcome of its own that leads nowhere is found',
      change: { on: { success: 'thanks', error: 'golden' } },
      finding: /nodes\.save\.outcomes\.vip: leads nowhere/,
    },
  ]) {
    it(`is known to lint: ${name}`, () => {
      writeFileSync(here('flow.json'), JSON.stringify(flowWith(change)));
      const { status, stdout, stderr } = run('server/cli.ts', 'lint', 'flow.json');
      assert.equal(status, finding ? 1 : 0, stdout + stderr);
      if (finding) assert.match(stdout + stderr, finding);
    });
  }

  it('is in the JSON Schema of flows', () => {
    const schema = JSON.parse(readFileSync(here('server/flows/flow.schema.json'), 'utf8')) as object;
    const isFlow = new Ajv({ strict: true, strictRequired: false }).compile(schema);
    assert.ok(isFlow(flowWith()), JSON.stringify(isFlow.errors));
    assert.ok(!isFlow(flowWith({ messages: 'Hello' })));
    assert.ok(!isFlow(flowWith({ call: 'messages/sent' })));
  });

  it('has its row in the documentation, with the permission that it needs', () => {
    const row = readFileSync(here('docs/actions.md'), 'utf8')
      .split('\n')
      .find((line) => line.startsWith('| `messages/send`'));
    assert.match(row ?? '', /no campaign has.*`messages\.send`.*1 h.*post_send_messages/);
  });

  it('is called by a relay, which goes on by what Braze answers, and names a permission that is missing', async (t) => {
    const braze = await serveRecorder();
    t.after(() => braze.close());
    const url = pathToFileURL(here('server/adapters/node.ts')).href;
    const { serveRelay: serve } = (await import(url)) as { serveRelay: typeof serveRelay };
    const relay = await serve({
      settings: {
        organization: 'BrandExample',
        environments: { prod: { endpoint: braze.url } },
        sites: { brand: { prod: [PROD_ORIGIN] } },
      },
      env: { BRAZE_PROD_KEY: PROD_KEY, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
      flows: [{ source: 'welcome', json: flowWith() }],
      assets: [],
      store: createSqliteStore({ file: ':memory:', clock: Date.now }),
      port: 0,
      operatorPort: 0,
      hostname: 'localhost',
      log: () => undefined,
    });
    t.after(() => relay.close());
    const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
      const response = await fetch(`${relay.url}${path}`, {
        method: 'POST',
        headers: { origin: PROD_ORIGIN, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      assert.equal(response.status, 200);
      return (await response.json()) as unknown;
    };
    const submit = async () => {
      const { session } = (await post('/v1/sessions', {})) as SessionGrant;
      const submission = createSubmission({ answers: { first_name: 'Ada' }, time: new Date().toISOString() });
      const headers = { authorization: `Bearer ${session}` };
      const answer = await post('/v1/submissions', { submissions: [submission] }, headers);
      const [receipt] = (answer as SubmissionsResponse).receipts;
      return [receipt?.outcome, receipt?.next];
    };
    const answered = (status: number, body: object) => ({ status, body: JSON.stringify(body) });

    braze.answerWith(answered(201, { message: 'success', points: 1_200 }));
    assert.deepEqual(await submit(), ['success', 'golden']);
    const [request] = braze.requests;
    assert.equal(request?.url, '/messages/send');
    const { messages } = JSON.parse(request.body) as { messages: unknown };
    assert.deepEqual(messages, { email: { subject: 'Hello Ada' } });

    braze.answerWith(answered(201, { message: 'success', points: 12 }));
    assert.deepEqual(await submit(), ['success', 'thanks']);
    braze.answerWith(answered(400, { message: 'no such channel' }));
    assert.deepEqual(await submit(), ['error', 'sorry']);
    braze.answerWith(answered(403, { message: 'Forbidden' }));
    assert.deepEqual(await submit(), ['queued', 'thanks']);
    const ready = (await (await fetch(`${relay.operatorUrl}/readyz`)).json()) as {
      checks: readonly { name: string; ok: boolean }[];
    };
    assert.deepEqual(
      ready.checks.flatMap(({ name, ok }) => (ok ? [] : [name])),
      ['braze prod messages.send'],
    );
  });
});
