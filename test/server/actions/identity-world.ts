/** A relay whose flow makes profiles one, its store in a file, an emulator in Braze's place, and visitors: over HTTP. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { serveEmulator } from '../../../demo/braze/serve.ts';
import { serveRelay, type RunningRelay } from '../../../server/adapters/node.ts';
import { JOIN_AGAIN_AFTER } from '../../../server/delivery/profile-joins.ts';
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
export const sign = (sub: string) =>
  new SignJWT().setProtectedHeader({ alg: 'ES256' }).setSubject(sub).setExpirationTime('1h').sign(privateKey);
const identity = { keys: [await exportSPKI(publicKey)] };

export const EVERYTHING = [
  'users.track',
  'users.identify',
  'users.merge',
  'users.alias.new',
  'users.export.ids',
];

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

export type Node = Called | 'who_long' | 'alias_long' | 'save';
export type Answers = Submission['answers'];

export const PATHS = { who: '/users/identify', merge: '/users/merge', alias: '/users/alias/new' } as const;
export const PERMISSIONS = { who: 'users.identify', merge: 'users.merge', alias: 'users.alias.new' } as const;
export type Called = keyof typeof PATHS;

const NEXT = { success: 'thanks', error: 'sorry', queued: 'wait', invalid: 'sorry' } as const;

const folder = mkdtempSync(join(tmpdir(), 'parley-actions-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
let conversations = 0;

export type IdentityWorld = Awaited<ReturnType<typeof createIdentityWorld>>;

/** Of one test, which it ends with. Nothing listens before it is started. */
export async function createIdentityWorld(t: TestContext) {
  const braze = await serveEmulator({
    port: 0,
    workspaces: [{ keys: [{ key: PROD_KEY, permissions: EVERYTHING }], consistencyDelay: 0 }],
  });
  const file = join(folder, `${(files += 1)}.db`);
  let entries: LogEntry[] = [];
  const heard: (() => void)[] = [];
  let ahead = 0;
  let site: object = {};
  let latest = '';
  let relay: RunningRelay | undefined;
  let store: Store | undefined;
  const clock = () => Date.now() + ahead;
  const running = () => {
    assert.ok(relay && store, 'it is started');
    return { relay, store };
  };
  t.after(async () => {
    await relay?.close();
    await braze.close();
    for (const entry of entries)
      for (const name of Object.keys(entry)) assert.ok(name in LOG_FIELDS, `${name} of ${entry.event}`);
  });

  const sources = () => ({
    settings: {
      organization: 'BrandExample',
      environments: { prod: { endpoint: braze.url } },
      sites: { brand: { prod: [PROD_ORIGIN], identity, ...site } },
      // Longer than this machine takes when it is busy.
      deadline: 10_000,
      brazeTimeout: 20_000,
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
    await relay?.close();
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
    fetch(`${running().relay.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: PROD_ORIGIN, ...headers },
      body: JSON.stringify(body),
    });
  const session = async (request: { visitor?: string; identity?: string } = {}): Promise<SessionGrant> =>
    (await (await post('/v1/sessions', {}, request)).json()) as SessionGrant;
  const signedIn = async (who: string) => session({ identity: await sign(who) });
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
    const response = await fetch(`${String(running().relay.operatorUrl)}/readyz`);
    const { checks } = (await response.json()) as Readiness;
    return checks.filter(({ ok }) => !ok).map((check) => check.name);
  };
  const denied = () => entries.filter(({ event }) => event === 'action_denied').length;
  const leftOut = () => entries.flatMap(({ event, name }) => (event === 'left_out' ? [name] : []));

  return {
    braze,
    get relay() {
      return running().relay;
    },
    get store() {
      return running().store;
    },
    get entries(): readonly LogEntry[] {
      return entries;
    },
    forgetEntries() {
      entries = [];
    },
    /** Id of the submission that was made last. */
    get latest() {
      return latest;
    },
    sources,
    listen,
    start,
    restartLater,
    heardOf,
    settled,
    untilChecked,
    post,
    session,
    signedIn,
    say,
    bring,
    submit,
    track,
    requests,
    profiles,
    unwell,
    denied,
    leftOut,
  };
}
