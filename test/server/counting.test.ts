/** Where people leave: from what a browser says to what is counted, over HTTP, over several processes and over their ends. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Store, Tally } from '../../server/store/store.ts';
import type {
  DepartureRequest,
  FlowResponse,
  Passage,
  Passing,
  Problem,
  SessionGrant,
  Submission,
} from '../../widget/contract/wire.ts';
import { createWorld } from '../delivery/world.ts';
import { startChild, type Child } from '../relay/child.ts';
import type { RelayStart } from '../relay/relay-process.ts';
import type { Trap } from '../relay/trapped-store.ts';
import {
  createSubmission,
  PROD_ORIGIN,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  serveRecorder,
  settingsFor,
  type BrazeRecorder,
} from './relay-fixture.ts';
import { configOf, SETTLED, startRelayInProcess } from './relay-in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-counting-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${(files += 1)}.db`);

/** `hello` was shown, `name<hello` from there, `name?` answered, `name!` not taken, `name@r` on another revision. */
function passingOf(word: string): Passing {
  const [, node = '', mark = '', from, revision] = /^(\w+)([?!]?)(?:<(\w+))?(?:@(\w+))?$/.exec(word) ?? [];
  return {
    type: mark === '?' ? 'answered' : mark === '!' ? 'refused' : 'shown',
    node,
    ...(from !== undefined && { from }),
    ...(revision !== undefined && { revision }),
  };
}

const passage = (words: string, since = 0): Passage => ({
  since,
  passings: words === '' ? [] : words.split(' ').map(passingOf),
});

/** The same words with their counts; `name*` was left. */
async function countsIn(store: Store, environment: string, revision: string): Promise<readonly string[]> {
  const marks: Readonly<Record<Tally['type'], string>> = {
    shown: '',
    answered: '?',
    refused: '!',
    left: '*',
  };
  const all = await store.tallies.find(environment, 'welcome', revision);
  return all
    .map(({ node, type, from, count }) => {
      return `${node}${marks[type]}${from === undefined ? '' : `<${from}`} ${count}`;
    })
    .sort();
}

const WAY = 'hello name<hello name? email<name';
const WAY_COUNTED = ['email<name 1', 'hello 1', 'name<hello 1', 'name? 1'];

/** Seconds. */
const IDLE = 60;
/** Milliseconds: of looks for what is due. */
const A_LOOK = 6_000;

/** A relay in this process whose clock has hands. */
async function startRelay(siteSettings: object = { counts: true, abandoned_after: IDLE }) {
  const world = createWorld({ config: { origins: configOf(siteSettings).origins } });
  world.delivery.startSpool();
  const relay = startRelayInProcess(
    SETTLED,
    { store: world.store, clock: world.clock, delivery: () => world.delivery },
    siteSettings,
  );
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    relay.post(path, body, { origin: PROD_ORIGIN, ...headers });
  const published = await relay.request('/v1/flows/welcome', { headers: { origin: PROD_ORIGIN } });
  const { revision } = (await published.json()) as FlowResponse;
  const begin = async () => {
    const { visitor, session } = (await (await post('/v1/sessions', {})).json()) as SessionGrant;
    const [conversation = ''] = createSubmission().id.split('.');
    const at = (seconds: number) => new Date(world.clock() + seconds * 1_000).toISOString();
    const submissionAt = (step: string, passed: Passage | undefined, change: Partial<Submission>) =>
      createSubmission({
        id: `${conversation}.${step}`,
        revision,
        time: at(0),
        ...(passed && { passed }),
        ...change,
      });
    return {
      visitor,
      conversation,
      submit: (step: string, passed?: Passage, change: Partial<Submission> = {}) =>
        post(
          '/v1/submissions',
          { submissions: [submissionAt(step, passed, change)] },
          { authorization: `Bearer ${session}` },
        ),
      leave: (node: string, passed?: Passage, change: Partial<Submission> = {}) =>
        post('/v1/departures', {
          visitor,
          sent: at(0),
          left: submissionAt('9.abandoned', passed, { node, answers: {}, ...change }),
        } satisfies DepartureRequest),
      comeBack: () =>
        post('/v1/departures', { visitor, sent: at(1), back: conversation } satisfies DepartureRequest),
    };
  };
  return {
    ...world,
    revision,
    post,
    begin,
    counts: (of = revision) => countsIn(world.store, 'prod', of),
    /** Names of events at Braze. */
    events: () => world.requests.flatMap(({ events = [] }) => events.map((event) => event['name'])),
    isOver: () => world.pass(IDLE * 1_000 + A_LOOK),
  };
}

async function taken(response: Promise<Response>, status = 200): Promise<void> {
  const { status: found } = await response;
  assert.equal(found, status, await (await response).clone().text());
}

describe('what a submission has passed', () => {
  const CASES: readonly {
    readonly name: string;
    readonly passed: string;
    readonly counted: readonly string[];
  }[] = [
    { name: 'is counted by node', passed: WAY, counted: WAY_COUNTED },
    {
      name: 'is each answer that was not taken',
      passed: 'name! name! birthday!',
      counted: ['birthday! 1', 'name! 2'],
    },
    {
      name: 'is nothing that the flow does not have',
      passed: 'hello nowhere nowhere? toString name',
      counted: ['hello 1', 'name 1'],
    },
    {
      name: 'is no answer where nothing is asked',
      passed: 'hello? save! thanks? hello',
      counted: ['hello 1'],
    },
    {
      name: 'has no way where none leads',
      passed: 'save<hello thanks<save email<nowhere name<toString',
      counted: ['email 1', 'name 1', 'save 1', 'thanks<save 1'],
    },
    { name: 'is nothing of a revision that nobody knows', passed: 'hello name@r0', counted: ['hello 1'] },
    { name: 'may be nothing', passed: '', counted: [] },
  ];
  for (const { name, passed, counted } of CASES) {
    it(name, async () => {
      const relay = await startRelay();
      const { submit } = await relay.begin();
      await taken(submit('4', passage(passed)));
      assert.deepEqual(await relay.counts(), counted);
    });
  }

  it('is of one conversation no more than one has, however much its browser says', async () => {
    const relay = await startRelay();
    const { submit, leave } = await relay.begin();
    const words = ['hello', 'name<hello', 'name?', 'name!', 'hello'];
    for (const [step, word] of words.entries()) {
      const all = Array.from({ length: 200 }, () => word).join(' ');
      await taken(submit(`${step}`, passage(all, 200 * step)));
    }
    await taken(leave('name', passage('hello name<hello name? name!', 1_000)), 204);
    await relay.isOver();
    assert.deepEqual(await relay.counts(), ['hello 1', 'name! 20', 'name* 1', 'name<hello 1', 'name? 1']);
  });
  it('is counted of a lifecycle event that has no name, of which nothing is written', async () => {
    const relay = await startRelay();
    const { submit } = await relay.begin();
    for (const name of ['started', 'handed_off', 'completed'])
      await taken(submit(`4.${name}`, passage('hello', 0), { node: 'name', answers: {} }));
    assert.deepEqual(await relay.counts(), ['hello 1']);
    assert.deepEqual(relay.requests, []);
  });
  it('is not counted where the site does not count, or not any more', async () => {
    const relay = await startRelay({});
    const { submit } = await relay.begin();
    await taken(submit('4', passage(WAY)));
    assert.deepEqual(await relay.counts(), []);
  });
  it('is counted by the environment', async () => {
    const relay = await startRelay();
    const { submit } = await relay.begin();
    await taken(submit('4', passage(WAY)));
    assert.deepEqual(await countsIn(relay.store, 'sandbox', relay.revision), []);
  });
  it('is nothing where its own revision is not known', async () => {
    const relay = await startRelay();
    const { submit } = await relay.begin();
    await taken(submit('4', passage(WAY), { revision: 'r0' }));
    assert.deepEqual([await relay.counts(), await relay.counts('r0')], [[], []]);
  });
  const REFUSED: readonly { readonly name: string; readonly passed: unknown; readonly says: string }[] = [
    {
      name: 'more than 200 at once',
      passed: { since: 0, passings: Array.from({ length: 201 }, () => passingOf('name!')) },
      says: 'submissions.0.passed.passings',
    },
    {
      name: 'a number below nought',
      passed: { since: -1, passings: [] },
      says: 'submissions.0.passed.since',
    },
    {
      name: 'a number beyond any conversation',
      passed: { since: 1_000_001, passings: [] },
      says: 'submissions.0.passed.since',
    },
    {
      name: 'a node that can be the name of none',
      passed: { since: 0, passings: [{ type: 'shown', node: 'a b' }] },
      says: 'submissions.0.passed.passings.0.node: should be the name of a node',
    },
    {
      name: 'something else that happened',
      passed: { since: 0, passings: [{ type: 'left', node: 'name' }] },
      says: 'submissions.0.passed.passings.0.type',
    },
    {
      name: 'a count',
      passed: { since: 0, passings: [{ type: 'shown', node: 'name', count: 1_000 }] },
      says: 'submissions.0.passed.passings.0.count: unknown key',
    },
  ];
  for (const { name, passed, says } of REFUSED) {
    it(`may not be ${name}`, async () => {
      const { submit } = startRelayInProcess(SETTLED, {}, { counts: true });
      const response = await submit([{ ...createSubmission(), passed: passed as Passage }]);
      assert.equal(response.status, 400);
      const { detail } = (await response.json()) as Problem;
      assert.ok(detail.includes(says), detail);
    });
  }
});

describe('a departure', () => {
  it('counts where it was left when nothing more comes, though it has no name', async () => {
    const relay = await startRelay();
    const { leave } = await relay.begin();
    await taken(leave('email', passage(WAY)), 204);
    await relay.pass(IDLE * 1_000 - 1);
    assert.deepEqual(await relay.counts(), []);
    await relay.pass(A_LOOK);
    assert.deepEqual(await relay.counts(), [...WAY_COUNTED, 'email* 1'].sort());
    assert.deepEqual(relay.requests, []);
    assert.equal((await relay.store.stats()).provisional, 0);
  });
  it('counts the same where it has a name, and is told', async () => {
    const relay = await startRelay({
      counts: true,
      events: { abandoned: 'chat_abandoned' },
      abandoned_after: IDLE,
    });
    const { leave } = await relay.begin();
    await taken(leave('email', passage(WAY)), 204);
    await relay.isOver();
    assert.deepEqual(await relay.counts(), [...WAY_COUNTED, 'email* 1'].sort());
    assert.deepEqual(relay.events(), ['chat_abandoned']);
  });
  it('counts nothing where they are back, and nothing is lost of what they passed before', async () => {
    const relay = await startRelay();
    const { leave, comeBack, submit } = await relay.begin();
    await taken(leave('email', passage(WAY)), 204);
    await taken(comeBack(), 204);
    await relay.isOver();
    assert.deepEqual(await relay.counts(), []);
    await taken(submit('10', passage(`${WAY} email?`)));
    assert.deepEqual(await relay.counts(), [...WAY_COUNTED, 'email? 1'].sort());
  });
  it('is counted once, with what is told again by who comes back after it', async () => {
    const relay = await startRelay();
    const { leave, comeBack, submit } = await relay.begin();
    await taken(submit('4.started', passage('hello name<hello'), { node: 'name', answers: {} }));
    await taken(leave('email', passage('name? email<name', 2)), 204);
    await relay.isOver();
    await taken(comeBack(), 204);
    await taken(submit('10', passage('name? email<name email? birthday<email', 2)));
    assert.deepEqual(await relay.counts(), [
      ...['birthday<email 1', 'email* 1', 'email<name 1', 'email? 1', 'hello 1', 'name<hello 1', 'name? 1'],
    ]);
  });
  it('counts what came since where they leave once more, and that they left once', async () => {
    for (const events of [{}, { abandoned: 'chat_abandoned' }]) {
      const relay = await startRelay({ counts: true, events, abandoned_after: IDLE });
      const { leave, comeBack } = await relay.begin();
      await taken(leave('name', passage('hello name<hello')), 204);
      await relay.isOver();
      await taken(comeBack(), 204);
      await relay.pass(2_000);
      await taken(leave('name', passage('hello name<hello name!')), 204);
      await relay.isOver();
      assert.deepEqual(await relay.counts(), ['hello 1', 'name! 1', 'name* 1', 'name<hello 1']);
      assert.deepEqual(relay.events(), Object.values(events));
    }
  });
  it('counts nothing without what was passed, at a node that there is not, or where the site has ceased to count', async () => {
    const relay = await startRelay();
    await taken((await relay.begin()).leave('email'), 204);
    await taken((await relay.begin()).leave('nowhere', passage('hello'), { revision: 'r0' }), 204);
    await relay.isOver();
    assert.deepEqual(await relay.counts(), []);
    await taken((await relay.begin()).leave('email', passage('hello')), 204);
    relay.delivery.replaceSettings(configOf({ events: { abandoned: 'chat_abandoned' } }));
    await relay.isOver();
    assert.deepEqual([await relay.counts(), relay.events()], [[], ['chat_abandoned']]);
  });
});

// At once: they wait for what a dead one held to be anybody’s.
describe('relays in processes of their own, on one file', { concurrency: true }, () => {
  let braze: BrazeRecorder;
  before(async () => {
    braze = await serveRecorder();
  });
  after(() => braze.close());

  const startOn = async (file: string, trap?: Trap): Promise<{ child: Child; url: string }> => {
    const settings = settingsFor({ sandbox: braze.url, prod: braze.url });
    const child = startChild('../relay/relay-process.ts', import.meta.url);
    const { brand } = settings.sites;
    const { url } = await child.ask<{ url: string }>('start', {
      settings: {
        ...settings,
        // What a dead one held is soon another's.
        brazeTimeout: 500,
        sites: { ...settings.sites, brand: { ...brand, counts: true } },
      },
      key: SANDBOX_KEY,
      file,
      assets: folder,
      port: 0,
      ...(trap && { trap }),
    } satisfies RelayStart);
    return { child, url };
  };
  const postTo = (url: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const openAt = async (url: string) => {
    const published = await fetch(`${url}/v1/flows/welcome`, { headers: { origin: SANDBOX_ORIGIN } });
    const { revision } = (await published.json()) as FlowResponse;
    const { session } = (await (await postTo(url, '/v1/sessions', {})).json()) as SessionGrant;
    return { revision, headers: { authorization: `Bearer ${session}` } };
  };
  const countsOf = async (file: string, revision: string) => {
    const store = createSqliteStore({ file, clock: Date.now });
    try {
      return await countsIn(store, 'sandbox', revision);
    } finally {
      await store.close();
    }
  };
  /** Until it is settled: a browser sends it again until it has a receipt. */
  const submitUntilSettled = async (url: string, body: unknown, headers: Record<string, string>) => {
    for (;;) {
      const response = await postTo(url, '/v1/submissions', body, headers);
      const { receipts = [] } = (await response.json()) as { receipts?: readonly unknown[] };
      if (receipts.length > 0) return;
    }
  };

  it('count what is sent to each of them once', async () => {
    const file = newFile();
    const relays = await Promise.all([startOn(file), startOn(file)]);
    try {
      const [{ url }] = relays;
      const { revision, headers } = await openAt(url);
      const submissions = [createSubmission({ revision, passed: passage(WAY) })];
      await Promise.all(
        [...relays, ...relays, ...relays].map((each) =>
          submitUntilSettled(each.url, { submissions }, headers),
        ),
      );
      assert.deepEqual(await countsOf(file, revision), WAY_COUNTED);
    } finally {
      await Promise.all(relays.map(({ child }) => child.kill()));
    }
  });

  for (const trap of [
    { operations: ['begin'], when: 'after', call: 1 },
    { operations: ['settle'], when: 'before', call: 1 },
    { operations: ['settle'], when: 'after', call: 1 },
  ] as const satisfies readonly Trap[]) {
    it(`count it once where the one that had it is killed ${trap.when} "${trap.operations[0]}"`, async () => {
      const file = newFile();
      const [dying, other] = await Promise.all([startOn(file, trap), startOn(file)]);
      try {
        const { revision, headers } = await openAt(dying.url);
        const submissions = [createSubmission({ revision, passed: passage(WAY) })];
        await assert.rejects(postTo(dying.url, '/v1/submissions', { submissions }, headers));
        await dying.child.ended;
        await submitUntilSettled(other.url, { submissions }, headers);
        assert.deepEqual(await countsOf(file, revision), WAY_COUNTED);
      } finally {
        await Promise.all([dying.child.kill(), other.child.kill()]);
      }
    });
  }
});
