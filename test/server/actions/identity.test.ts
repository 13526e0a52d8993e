/** What makes profiles one because a flow says so: over HTTP, against the emulator. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { decodeJwt, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import type { Fault } from '../../../demo/braze/emulator.ts';
import { serveEmulator, type EmulatorServer } from '../../../demo/braze/serve.ts';
import { serveRelay, type RunningRelay } from '../../../server/adapters/node.ts';
import { webPorts } from '../../../server/adapters/web-ports.ts';
import { JOIN_AGAIN_AFTER } from '../../../server/delivery/profile-joins.ts';
import { createEntryLinks } from '../../../server/entry-links.ts';
import { LOG_FIELDS, type LogEntry } from '../../../server/log-fields.ts';
import type { Readiness } from '../../../server/readiness.ts';
import { createSqliteStore } from '../../../server/store/sqlite.ts';
import type { Store } from '../../../server/store/store.ts';
import type {
  Receipt,
  SessionGrant,
  Submission,
  SubmissionsResponse,
} from '../../../widget/contract/wire.ts';
import { createSubmission, PROD_KEY, PROD_ORIGIN, SESSION_SECRET } from '../relay-fixture.ts';

const { publicKey, privateKey } = await generateKeyPair('ES256');
const sign = (sub: string) =>
  new SignJWT().setProtectedHeader({ alg: 'ES256' }).setSubject(sub).setExpirationTime('1h').sign(privateKey);
const identity = { keys: [await exportSPKI(publicKey)] };

const EVERYTHING = ['users.track', 'users.identify', 'users.merge', 'users.alias.new', 'users.export.ids'];

/** Nodes that any other may lead to. */
const OTHERS = ['merge', 'alias', 'save', 'who_long', 'alias_long'];

const on = { success: 'thanks', error: 'sorry', queued: 'wait' };
const FLOW = {
  id: 'club',
  start: 'member',
  nodes: {
    member: { type: 'ask', field: 'member', input: 'text', text: 'Number?', next: 'email' },
    email: { type: 'ask', field: 'email', input: 'email', text: 'E-mail?', next: 'who' },
    who: { type: 'action', call: 'users/identify', external_id: '{{answers.member}}', on },
    merge: { type: 'action', call: 'users/merge', email: '{{answers.email}}', on },
    alias: {
      type: 'action',
      call: 'users/alias/new',
      alias_label: 'club_card',
      alias_name: '{{answers.member}}',
      on,
    },
    // An answer has 255 characters at most.
    who_long: {
      type: 'action',
      call: 'users/identify',
      external_id: '{{answers.member}}{{answers.member}}{{answers.member}}',
      on,
    },
    alias_long: {
      type: 'action',
      call: 'users/alias/new',
      alias_label: 'club_card',
      alias_name: 'card-{{answers.member}}',
      on,
    },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { club: '{{answers.member}}' },
      events: [{ name: 'chat_saved' }],
      on,
    },
    thanks: { type: 'message', text: 'Thanks', next: 'more' },
    wait: { type: 'message', text: 'Later', next: 'more' },
    more: {
      type: 'ask',
      field: 'go_on',
      input: 'choice',
      text: 'More?',
      options: [...OTHERS, 'end'].map((value) => ({ value, text: value })),
      next: 'which',
    },
    which: {
      type: 'branch',
      cases: OTHERS.map((next) => ({
        when: { '==': [{ var: 'answers.go_on' }, next] },
        next,
      })),
      else: 'sorry',
    },
    sorry: { type: 'end', text: 'Bye' },
  },
};

type Node = Called | 'who_long' | 'alias_long' | 'save';
type Answers = Submission['answers'];

const PATHS = { who: '/users/identify', merge: '/users/merge', alias: '/users/alias/new' } as const;
const PERMISSIONS = { who: 'users.identify', merge: 'users.merge', alias: 'users.alias.new' } as const;
type Called = keyof typeof PATHS;

const NEXT = { success: 'thanks', error: 'sorry', queued: 'wait', invalid: 'sorry' } as const;

const folder = mkdtempSync(join(tmpdir(), 'parley-actions-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
let conversations = 0;

describe('an action that makes profiles one', () => {
  let braze: EmulatorServer;
  let relay: RunningRelay;
  let store: Store;
  let file: string;
  let entries: LogEntry[];
  let heard: (() => void)[];
  let ahead: number;
  let site: object;
  /** Id of the submission that was made last. */
  let latest: string;
  const clock = () => Date.now() + ahead;

  beforeEach(async () => {
    braze = await serveEmulator({
      port: 0,
      workspaces: [{ keys: [{ key: PROD_KEY, permissions: EVERYTHING }], consistencyDelay: 0 }],
    });
    file = join(folder, `${(files += 1)}.db`);
    entries = [];
    heard = [];
    ahead = 0;
  });
  afterEach(async () => {
    await relay.close();
    await braze.close();
    for (const entry of entries)
      for (const name of Object.keys(entry)) assert.ok(name in LOG_FIELDS, `${name} of ${entry.event}`);
  });

  const sources = () => ({
    settings: {
      organization: 'BrandExample',
      environments: { prod: { endpoint: braze.url } },
      sites: { brand: { prod: [PROD_ORIGIN], identity, ...site } },
      deadline: 1_500,
      brazeTimeout: 3_000,
      limits: { address: false, newVisitors: false },
    },
    env: { BRAZE_PROD_KEY: PROD_KEY, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
    flows: [{ source: 'club', json: FLOW }],
  });
  const listen = async () => {
    store = createSqliteStore({ file, clock });
    relay = await serveRelay({
      ...sources(),
      assets: async () => undefined,
      store,
      port: 0,
      hostname: 'localhost',
      operatorPort: 0,
      log: (entry) => {
        entries.push(entry);
        for (const look of heard) look();
      },
    });
  };
  const start = async (unverified: readonly string[] = [], more: object = {}) => {
    site = { unverified, ...more };
    await listen();
  };
  /** The next start looks at once at what is due. */
  const restartLater = async () => {
    await relay.close();
    ahead += JOIN_AGAIN_AFTER;
    await listen();
  };
  const heardOf = (isIt: (entry: LogEntry) => boolean) =>
    new Promise<LogEntry>((resolve) => {
      const look = () => {
        const found = entries.find(isIt);
        if (found) resolve(found);
      };
      heard.push(look);
      look();
    });
  const settled = (begins: string) =>
    heardOf(
      ({ event, submission }) => event === 'submission_settled' && String(submission).startsWith(begins),
    );
  /** Both the second join, and the look at what came of it. */
  const untilChecked = async () => {
    await restartLater();
    await settled('join.again.');
    await restartLater();
    return (await settled('join.check.')).outcome;
  };

  const post = (path: string, headers: Record<string, string>, body: object) =>
    fetch(`${relay.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: PROD_ORIGIN, ...headers },
      body: JSON.stringify(body),
    });
  const session = async (request: { visitor?: string; identity?: string } = {}): Promise<SessionGrant> =>
    (await (await post('/v1/sessions', {}, request)).json()) as SessionGrant;
  const signedIn = async (who: string) => session({ identity: await sign(who) });
  const idOf = ({ visitor }: SessionGrant) => String(decodeJwt(visitor).sub);
  const say = (node: Node, answers: Answers, change: Partial<Submission> = {}): Submission => {
    conversations += 1;
    const id = `019b0000-0000-7000-8000-cccc${String(conversations).padStart(8, '0')}.4`;
    latest = id;
    const time = new Date().toISOString();
    return createSubmission({ id, flow: 'club', node, time, answers, ...change });
  };
  const bring = async (grant: SessionGrant, ...submissions: readonly Submission[]) => {
    const authorization = `Bearer ${grant.session}`;
    const response = await post('/v1/submissions', { authorization }, { submissions });
    assert.equal(response.status, 200);
    return ((await response.json()) as SubmissionsResponse).receipts;
  };
  const submit = async (grant: SessionGrant, node: Node, answers: Answers, change?: Partial<Submission>) => {
    const [receipt] = await bring(grant, say(node, answers, change));
    const { outcome, next } = receipt as Receipt;
    // A message that is gone on from leads where it leads.
    assert.equal(next, NEXT[outcome]);
    return outcome;
  };
  const track = async (attributes: object) => {
    const response = await fetch(`${braze.url}/users/track`, {
      method: 'POST',
      headers: { authorization: `Bearer ${PROD_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ attributes: [attributes] }),
    });
    assert.equal(response.status, 201);
    braze.emulator.settle();
  };

  /** Of what the relay has asked for. */
  const requests = (path: string): readonly unknown[] =>
    braze.emulator
      .journal()
      .filter((entry) => entry.path === path)
      .map(({ body }) => body);
  const profiles = () => {
    braze.emulator.settle();
    return braze.emulator
      .profiles()
      .map(({ external_id: id, standard, custom_attributes, events, user_aliases }) => ({
        id,
        email: standard['email'],
        club: custom_attributes['club'],
        events: events.length,
        aliases: user_aliases.length,
      }))
      .sort((one, other) => (String(one.id) < String(other.id) ? -1 : 1));
  };
  /** Of what is not well, by `/readyz`. */
  const unwell = async () => {
    const response = await fetch(`${String(relay.operatorUrl)}/readyz`);
    const { checks } = (await response.json()) as Readiness;
    return checks.filter(({ ok }) => !ok).map((check) => check.name);
  };
  const denied = () => entries.filter(({ event }) => event === 'action_denied').length;
  const leftOut = () => entries.flatMap(({ event, name }) => (event === 'left_out' ? [name] : []));

  const ADA = { member: 'ada', email: 'ada@example.com' };

  interface Case {
    readonly name: string;
    readonly node: Exclude<Node, 'save'>;
    readonly unverified?: readonly string[];
    readonly signedInAs?: string;
    readonly linkedTo?: string;
    readonly answers?: Answers;
    readonly outcome: 'success' | 'error';
    /** Bodies that Braze gets. */
    readonly sends?: readonly object[] | 'one';
    readonly why?: 'denied' | 'external_id' | 'email' | 'alias_name';
  }

  const aliased = { external_id: 'ada', alias_label: 'club_card', alias_name: 'ada' };
  const merged = {
    identifier_to_merge: {
      email: 'ada@example.com',
      prioritization: ['unidentified', 'most_recently_updated'],
    },
    identifier_to_keep: { external_id: 'ada' },
  };
  const CASES: readonly Case[] = [
    { name: 'of a stranger', node: 'who', outcome: 'error', why: 'denied' },
    {
      name: 'of a stranger whose site allows something else',
      node: 'who',
      unverified: ['merge', 'subscribe'],
      outcome: 'error',
      why: 'denied',
    },
    {
      name: 'of a stranger whose site allows it',
      node: 'who',
      unverified: ['identify'],
      outcome: 'success',
      sends: 'one',
    },
    { name: 'of who is signed in, as themselves', node: 'who', signedInAs: 'ada', outcome: 'success' },
    {
      name: 'of who is signed in, as somebody else',
      node: 'who',
      signedInAs: 'bob',
      outcome: 'error',
      why: 'denied',
    },
    {
      name: 'of who is signed in, as somebody else, where strangers may',
      node: 'who',
      signedInAs: 'bob',
      unverified: ['identify'],
      outcome: 'error',
      why: 'denied',
    },
    { name: 'of who came by their personal link', node: 'who', linkedTo: 'ada', outcome: 'success' },
    {
      name: 'of who came by another person’s personal link',
      node: 'who',
      linkedTo: 'bob',
      unverified: ['identify'],
      outcome: 'error',
      why: 'denied',
    },
    {
      name: 'by an id of 987 bytes',
      node: 'who_long',
      unverified: ['identify'],
      answers: { member: `${'é'.repeat(74)}${'x'.repeat(181)}` },
      outcome: 'success',
      sends: 'one',
    },
    {
      name: 'by an id of 990 bytes',
      node: 'who_long',
      unverified: ['identify'],
      answers: { member: `${'é'.repeat(75)}${'x'.repeat(180)}` },
      outcome: 'error',
      why: 'external_id',
    },
    {
      name: 'by no id',
      node: 'who',
      unverified: ['identify'],
      answers: {},
      outcome: 'error',
      why: 'external_id',
    },
    { name: 'of a stranger', node: 'merge', outcome: 'error', why: 'denied' },
    {
      name: 'of a stranger whose site allows something else',
      node: 'merge',
      unverified: ['identify', 'subscribe'],
      outcome: 'error',
      why: 'denied',
    },
    {
      name: 'of a stranger whose site allows it',
      node: 'merge',
      unverified: ['merge'],
      outcome: 'success',
      sends: 'one',
    },
    { name: 'of who is signed in', node: 'merge', signedInAs: 'ada', outcome: 'error', why: 'denied' },
    {
      name: 'of who is signed in, where the site allows it',
      node: 'merge',
      signedInAs: 'ada',
      unverified: ['merge'],
      outcome: 'success',
      sends: [{ merge_updates: [merged] }],
    },
    {
      name: 'of who came by a personal link, where the site allows it',
      node: 'merge',
      linkedTo: 'ada',
      unverified: ['merge'],
      outcome: 'success',
      sends: [{ merge_updates: [merged] }],
    },
    {
      name: 'by no address',
      node: 'merge',
      unverified: ['merge'],
      answers: { member: 'ada' },
      outcome: 'error',
      why: 'email',
    },
    { name: 'of a stranger', node: 'alias', outcome: 'error', why: 'denied' },
    {
      name: 'of a stranger, where strangers may do everything there is',
      node: 'alias',
      unverified: ['identify', 'merge', 'subscribe'],
      outcome: 'error',
      why: 'denied',
    },
    {
      name: 'of who came by a personal link',
      node: 'alias',
      linkedTo: 'ada',
      outcome: 'error',
      why: 'denied',
    },
    {
      name: 'of who is signed in',
      node: 'alias',
      signedInAs: 'ada',
      outcome: 'success',
      sends: [{ user_aliases: [aliased] }],
    },
    {
      name: 'by no name',
      node: 'alias',
      signedInAs: 'ada',
      answers: {},
      outcome: 'error',
      why: 'alias_name',
    },
    {
      name: 'by a name of 256 characters',
      node: 'alias_long',
      signedInAs: 'ada',
      answers: { member: 'x'.repeat(251) },
      outcome: 'error',
      why: 'alias_name',
    },
  ];

  const linkTo = (externalId: string) =>
    createEntryLinks(
      { sessionSecret: () => new TextEncoder().encode(SESSION_SECRET) },
      { clock: Date.now, createId: webPorts.createId },
    ).make(
      {
        site: 'brand',
        environment: 'prod',
        flow: 'club',
        cohort: 'spring',
        campaign: 'sale',
        external_id: externalId,
      },
      60_000,
    );

  for (const { node, name, unverified, signedInAs, linkedTo, answers = ADA, outcome, sends, why } of CASES) {
    const path = PATHS[node.replace('_long', '') as Called];
    it(`(${path.slice(1)}) ${name}: ${outcome}${why === undefined ? '' : ` (${why})`}`, async () => {
      await start(unverified);
      const grant = await (signedInAs === undefined ? session() : signedIn(signedInAs));
      const entry = linkedTo === undefined ? {} : { entry: { link: await linkTo(linkedTo) } };
      assert.equal(await submit(grant, node, answers, entry), outcome);
      const sent = requests(path);
      if (sends === 'one') assert.equal(sent.length, 1);
      else assert.deepEqual(sent, sends ?? []);
      assert.equal(denied(), why === 'denied' ? 1 : 0);
      assert.deepEqual(leftOut(), why === undefined || why === 'denied' ? [] : [why]);
    });
  }

  it('says nothing in the log of who anybody is', async () => {
    await start(['identify', 'merge'], { check_joins: true });
    await submit(await session(), 'who', ADA);
    await submit(await session(), 'merge', ADA);
    await submit(await signedIn('ada'), 'alias', ADA);
    assert.ok(!JSON.stringify(entries).includes('ada'));
  });

  describe('where Braze does not do as it should:', () => {
    /** Who may do it. */
    const actor = async (node: Called) => {
      await start(['identify', 'merge']);
      const grant = await (node === 'alias' ? signedIn('ada') : session());
      return grant;
    };
    /** A merge of who is signed in goes another way than that of a stranger. */
    const ROWS: readonly (readonly [name: string, fault: Fault, first: 'success' | 'queued' | 'error'])[] = [
      ['400', { kind: 'status', status: 400, times: 1 }, 'error'],
      ['401', { kind: 'status', status: 401, times: 1 }, 'queued'],
      ['403', { kind: 'status', status: 403, times: 1 }, 'queued'],
      ['429', { kind: 'status', status: 429, times: 1 }, 'queued'],
      ['500', { kind: 'status', status: 500, times: 1 }, 'queued'],
      ['504', { kind: 'status', status: 504, times: 1 }, 'queued'],
      ['a lost answer', { kind: 'lost', times: 1 }, 'queued'],
      ['a connection that breaks off', { kind: 'reset', when: 'before', times: 1 }, 'queued'],
      ['a slow answer', { kind: 'slow', ms: 20, times: 1 }, 'success'],
      ['an answer that is no JSON', { kind: 'malformed', times: 1 }, 'success'],
    ];
    for (const node of ['who', 'merge', 'alias'] as const) {
      for (const [name, fault, first] of ROWS) {
        it(`(${PATHS[node].slice(1)}) ${name}: ${first}, ${first === 'error' ? 'a dead letter' : 'done in the end'}`, async () => {
          const grant = await actor(node);
          if (node !== 'alias') await submit(grant, 'save', { member: 'before' });
          braze.emulator.setFault({ ...fault, path: PATHS[node] });
          assert.equal(await submit(grant, node, ADA), first);
          if (first === 'error') {
            assert.equal((await store.deadLetters.list(2)).length, 1);
            return;
          }
          // As it does when its operator has mended the key.
          await relay.reload(sources());
          assert.equal((await settled(latest)).outcome, 'success');
          assert.deepEqual(await store.deadLetters.list(1), []);
          // The fault hits once.
          assert.ok(requests(PATHS[node]).length <= 2);
        });
      }

      it(`(${PATHS[node].slice(1)}) a key that may not: it waits, and /readyz names the permission`, async () => {
        const grant = await actor(node);
        const others = EVERYTHING.filter((permission) => permission !== PERMISSIONS[node]);
        braze.emulator.addKey({ key: PROD_KEY, permissions: others });
        assert.equal(await submit(grant, node, ADA), 'queued');
        const id = latest;
        assert.deepEqual(await unwell(), [`braze prod ${PERMISSIONS[node]}`]);
        assert.equal(await submit(await session(), 'save', {}), 'success', 'nobody else waits');
        braze.emulator.addKey({ key: PROD_KEY, permissions: EVERYTHING });
        await relay.reload(sources());
        assert.equal((await settled(id)).outcome, 'success');
      });
    }
  });

  it('is told once in /readyz to lack what both a join and a request of its own need', async () => {
    await start(['merge']);
    const stranger = await session();
    await submit(stranger, 'save', {});
    const others = EVERYTHING.filter((permission) => permission !== PERMISSIONS.merge);
    braze.emulator.addKey({ key: PROD_KEY, permissions: others });
    for (const grant of [stranger, await signedIn('ada')]) await submit(grant, 'merge', ADA);
    await heardOf(({ event }) => event === 'join_forbidden');
    await heardOf(({ event, meaning }) => event === 'braze_called' && meaning === 'operator');
    assert.deepEqual(await unwell(), ['braze prod users.merge']);
  });

  describe('of a stranger whose site allows it', () => {
    it('writes to the person from then on, also in the same request, and what came before is theirs', async () => {
      await start(['identify']);
      const grant = await session();
      assert.equal(await submit(grant, 'save', { member: 'before' }), 'success');
      const receipts = await bring(grant, say('who', ADA), say('save', ADA), say('save', ADA));
      assert.deepEqual(
        receipts.map(({ outcome }) => outcome),
        ['success', 'success', 'success'],
      );
      assert.equal(await submit(grant, 'save', ADA), 'success');
      assert.equal(await submit(await session({ visitor: grant.visitor }), 'save', ADA), 'success');
      assert.deepEqual(profiles(), [{ id: 'ada', email: undefined, club: 'ada', events: 5, aliases: 1 }]);
      assert.equal(requests('/users/identify').length, 1);
    });

    it('is joined once, however often they say it', async () => {
      await start(['identify']);
      const grant = await session();
      await submit(grant, 'save', {});
      for (const _time of [1, 2, 3]) assert.equal(await submit(grant, 'who', ADA), 'success');
      const [again] = [say('who', ADA)];
      for (const _time of [1, 2]) await bring(grant, again);
      assert.equal(requests('/users/identify').length, 1);
    });

    it('is not made one with a second person, whom they write to from then on', async () => {
      await start(['identify']);
      const grant = await session();
      await submit(grant, 'save', {});
      await submit(grant, 'who', { member: 'wrong' });
      assert.equal(await submit(grant, 'who', ADA), 'success');
      await submit(grant, 'save', ADA);
      assert.deepEqual(
        profiles().map(({ id, events }) => [id, events]),
        [
          ['ada', 1],
          ['wrong', 1],
        ],
      );
      assert.equal(requests('/users/identify').length, 1);
    });

    it('stays who they have said, whatever an answer says, where profiles are known by e-mail', async () => {
      await start(['identify'], { profile: { by: 'email', field: 'email' } });
      const grant = await session();
      await submit(grant, 'save', {});
      assert.deepEqual(
        (await bring(grant, say('who', ADA), say('save', ADA))).map(({ outcome }) => outcome),
        ['success', 'success'],
      );
      await submit(grant, 'save', ADA);
      assert.deepEqual(
        profiles().map(({ id, events }) => [id, events]),
        [['ada', 3]],
      );
      assert.equal(requests('/users/identify').length + requests('/users/merge').length, 1);
    });

    it('merges their address into the person that they have said they are', async () => {
      await start(['identify', 'merge']);
      await track({ email: 'ada@example.com', first_name: 'Ada' });
      const grant = await session();
      await submit(grant, 'save', {});
      await submit(grant, 'who', ADA);
      await submit(grant, 'merge', ADA);
      await submit(grant, 'save', ADA);
      assert.deepEqual(
        profiles().map(({ id, email, events }) => [id, email, events]),
        [['ada', 'ada@example.com', 2]],
      );
    });

    it('writes to the profile of the address from then on, with what came before', async () => {
      await start(['merge']);
      await track({ email: 'ada@example.com' });
      const grant = await session();
      await submit(grant, 'save', { member: 'before' });
      await bring(grant, say('merge', ADA), say('save', ADA));
      assert.deepEqual(profiles(), [
        { id: undefined, email: 'ada@example.com', club: 'ada', events: 2, aliases: 1 },
      ]);
      assert.equal(requests('/users/merge').length, 1);
    });

    it('has it made for the second time where nobody had the address the first time', async () => {
      await start(['merge']);
      const grant = await session();
      await submit(grant, 'save', {});
      await submit(grant, 'merge', ADA);
      await submit(grant, 'save', ADA);
      assert.equal(profiles().length, 2);
      await restartLater();
      await settled('join.again.');
      assert.deepEqual(
        profiles().map(({ email, events }) => [email, events]),
        [['ada@example.com', 2]],
      );
    });

    it('is made twice, the second time five minutes later, and not a third time', async () => {
      await start(['identify']);
      const grant = await session();
      await submit(grant, 'save', {});
      await submit(grant, 'who', ADA);
      await restartLater();
      await settled('join.again.');
      await restartLater();
      assert.equal((await store.stats()).deferred, 0);
      assert.equal(requests('/users/identify').length, 2);
    });

    it('is another visitor as soon as the backend says that they are somebody else', async () => {
      await start(['identify']);
      const grant = await session();
      await submit(grant, 'save', {});
      await submit(grant, 'who', ADA);
      const bob = await session({ visitor: grant.visitor, identity: await sign('bob') });
      assert.notEqual(idOf(bob), idOf(grant));
      await submit(bob, 'save', ADA);
      assert.deepEqual(
        profiles().map(({ id, events }) => [id, events]),
        [
          ['ada', 1],
          ['bob', 1],
        ],
      );
    });

    it('is themselves where the backend says the same', async () => {
      await start(['identify']);
      const grant = await session();
      await submit(grant, 'save', {});
      await submit(grant, 'who', ADA);
      const ada = await session({ visitor: grant.visitor, identity: await sign('ada') });
      assert.equal(ada.identity, 'verified');
      await submit(ada, 'save', ADA);
      assert.deepEqual(
        profiles().map(({ id, events }) => [id, events]),
        [['ada', 2]],
      );
    });
  });

  it('(users/merge) of who is signed in is made again where Braze’s answer is lost', async () => {
    await start(['merge']);
    await track({ email: 'ada@example.com' });
    const ada = await signedIn('ada');
    await submit(ada, 'save', {});
    braze.emulator.setFault({ kind: 'lost', path: '/users/merge', times: 1 });
    assert.equal(await submit(ada, 'merge', ADA), 'queued');
    assert.equal((await settled(latest)).outcome, 'success');
    assert.deepEqual(
      profiles().map(({ id, email }) => [id, email]),
      [['ada', 'ada@example.com']],
    );
  });

  it('(users/merge) of who is signed in takes no other customer’s profile, though it has the address', async () => {
    await start(['merge']);
    await track({ external_id: 'bob', email: 'ada@example.com' });
    const ada = await signedIn('ada');
    await submit(ada, 'save', {});
    assert.equal(await submit(ada, 'merge', ADA), 'success');
    assert.deepEqual(
      profiles().map(({ id, email }) => [id, email]),
      [
        ['ada', undefined],
        ['bob', 'ada@example.com'],
      ],
    );
  });

  it('is what a departure of before goes by, which is told later', async () => {
    const events = { events: { abandoned: 'chat_abandoned' }, abandoned_after: 1 };
    await start(['identify'], events);
    const grant = await session();
    await submit(grant, 'save', {});
    const left = say('save', {}, { node: 'member' });
    const departure = { ...left, id: `${left.id}.abandoned` };
    const { status } = await post(
      '/v1/departures',
      {},
      {
        visitor: grant.visitor,
        sent: left.time,
        left: departure,
      },
    );
    assert.equal(status, 204);
    await submit(grant, 'who', ADA);
    await restartLater();
    await settled(left.id.replace(/\.4$/, '.abandoned'));
    const { events: told = [] } = requests('/users/track').at(-1) as { events?: readonly object[] };
    assert.deepEqual(
      told.map((event) => ['external_id', 'user_alias'].filter((id) => id in event)),
      [['external_id']],
    );
  });

  it('takes the relay’s word out of the credential that the alias is nobody’s', async () => {
    for (const [unverified, own] of [
      [['subscribe'], true],
      [['identify'], undefined],
      [['merge'], undefined],
    ] as const) {
      await start(unverified);
      assert.equal(decodeJwt((await session()).visitor)['own'], own);
      await relay.close();
    }
  });

  it('is no longer heard where the site takes it back', async () => {
    await start(['identify']);
    const grant = await session();
    await submit(grant, 'save', {});
    await submit(grant, 'who', ADA);
    site = {};
    await relay.close();
    await listen();
    const other = await session();
    assert.equal(await submit(other, 'who', ADA), 'error');
    // Their alias is that person's.
    await submit(await session({ visitor: grant.visitor }), 'save', {});
    assert.deepEqual(
      profiles().map(({ id, events }) => [id, events]),
      [['ada', 2]],
    );
  });

  describe('whose effect is looked at', () => {
    const checks = { check_joins: true };
    const count = async (result: string) => {
      const text = await (await fetch(`${String(relay.operatorUrl)}/metrics`)).text();
      const line = `parley_join_checks_total{environment="prod",result="${result}"} `;
      return Number(
        text
          .split('\n')
          .find((each) => each.startsWith(line))
          ?.slice(line.length) ?? 0,
      );
    };
    const aliasOf = (grant: SessionGrant) => ({
      alias_name: idOf(grant),
      alias_label: `parley-${idOf(grant)}`,
    });
    /** Another profile of theirs has an alias of the same label: Braze joins neither to the other (`post_user_identify`). */
    const shareLabel = async (grant: SessionGrant) => {
      await track({ external_id: 'ada' });
      const response = await fetch(`${braze.url}/users/alias/new`, {
        method: 'POST',
        headers: { authorization: `Bearer ${PROD_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          user_aliases: [{ external_id: 'ada', ...aliasOf(grant), alias_name: 'another' }],
        }),
      });
      assert.equal(response.status, 201);
      braze.emulator.settle();
    };
    /** Two phone numbers that are none: Braze answers 202 and does nothing (`post_users_merge`). */
    const invalidPhones = async (grant: SessionGrant) => {
      await track({ email: 'ada@example.com', phone: 'none' });
      await track({ user_alias: aliasOf(grant), phone: 'none' });
    };
    type Doing = (grant: SessionGrant) => Promise<unknown>;
    const acts =
      (node: Called): Doing =>
      async (grant) => {
        assert.equal(await submit(grant, node, ADA), 'success');
      };
    const signs: Doing = async ({ visitor }) => session({ visitor, identity: await sign('ada') });
    const WAYS: readonly (readonly [name: string, more: object, trap: Doing, does: Doing])[] = [
      ['users/identify', { unverified: ['identify'] }, shareLabel, acts('who')],
      ['users/merge', { unverified: ['merge'] }, invalidPhones, acts('merge')],
      ['a sign-in', {}, shareLabel, signs],
      [
        'an answer',
        { profile: { by: 'external_id', field: 'member' } },
        shareLabel,
        async (grant) => {
          assert.equal(await submit(grant, 'save', ADA), 'success');
        },
      ],
    ];
    for (const [name, more, trap, does] of WAYS) {
      it(`(${name}) and has had one: that is told, and nothing else`, async () => {
        await start([], { ...more, ...checks });
        const grant = await session();
        if (name === 'users/merge') await track({ email: 'ada@example.com' });
        await submit(grant, 'save', {});
        await does(grant);
        assert.equal(await untilChecked(), 'success');
        assert.ok(entries.some(({ event }) => event === 'join_checked'));
        assert.deepEqual(await store.deadLetters.list(1), []);
        assert.deepEqual([await count('joined'), await count('without_effect')], [1, 0]);
        await restartLater();
        assert.equal((await store.stats()).deferred, 0);
      });

      it(`(${name}) and has had none: it is a dead letter, and a retry joins and looks again`, async () => {
        await start([], { ...more, ...checks });
        const grant = await session();
        await submit(grant, 'save', {});
        await trap(grant);
        await does(grant);
        assert.equal(await untilChecked(), 'error');
        const { advice } = await heardOf(({ event }) => event === 'join_without_effect');
        assert.match(String(advice), name === 'users/merge' ? /phone number/ : /same label/);
        assert.deepEqual([await count('joined'), await count('without_effect')], [0, 1]);
        const [letter, ...others] = await store.deadLetters.list(2);
        assert.deepEqual(others, []);
        assert.match(letter?.reason ?? '', /there are two still/);
        // The operator mends it.
        braze.emulator.restore(
          braze.emulator.profiles().map((profile) => ({
            ...profile,
            user_aliases: profile.user_aliases.filter(({ alias_name: each }) => each !== 'another'),
            standard: Object.fromEntries(
              Object.entries(profile.standard).filter(([field]) => field !== 'phone'),
            ),
          })),
        );
        entries = [];
        await store.deadLetters.retry(letter?.work.key ?? '');
        await settled('join.check.');
        assert.equal(profiles().length, 1);
        entries = [];
        await restartLater();
        assert.equal((await settled('join.check.check.')).outcome, 'success');
      });
    }

    it('is not looked at where the site does not ask for it', async () => {
      await start(['identify']);
      const grant = await session();
      await submit(grant, 'save', {});
      await shareLabel(grant);
      await submit(grant, 'who', ADA);
      await restartLater();
      await settled('join.again.');
      await restartLater();
      assert.equal((await store.stats()).deferred, 0);
      assert.deepEqual(requests('/users/export/ids'), []);
    });

    it('may not be seen: that is told, and nobody waits', async () => {
      await start(['identify'], checks);
      const grant = await session();
      await submit(grant, 'save', {});
      await submit(grant, 'who', ADA);
      const permissions = EVERYTHING.filter((permission) => permission !== 'users.export.ids');
      braze.emulator.addKey({ key: PROD_KEY, permissions });
      assert.equal(await untilChecked(), 'success');
      const { advice } = await heardOf(({ event }) => event === 'join_unchecked');
      assert.match(String(advice), /users\.export\.ids/);
      assert.deepEqual(await unwell(), ['braze prod users.export.ids']);
      assert.deepEqual(await store.deadLetters.list(1), []);
      assert.equal(await submit(grant, 'save', {}), 'success');
    });

    it('is looked at again where Braze does not show it now', async () => {
      await start(['identify'], checks);
      const grant = await session();
      await submit(grant, 'save', {});
      await submit(grant, 'who', ADA);
      await restartLater();
      await settled('join.again.');
      braze.emulator.setFault({ kind: 'status', status: 503, path: '/users/export/ids', times: 1 });
      await restartLater();
      assert.equal((await settled('join.check.')).outcome, 'success');
      assert.equal(requests('/users/export/ids').length, 2);
    });
  });
});
