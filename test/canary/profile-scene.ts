/** A relay whose flows read all of a profile, Braze behind it, and a tap on everything that it says to browsers. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { serveEmulator } from '../../demo/braze/serve.ts';
import { serveRelay, type RelayOptions } from '../../server/adapters/node.ts';
import { EXPORT_FIELDS } from '../../server/braze/profile-export.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import type { Receipt, SessionGrant, Submission, SubmissionsResponse } from '../../widget/contract/wire.ts';
import {
  createSubmission,
  PROD_KEY,
  PROD_ORIGIN,
  SANDBOX_KEY,
  SESSION_SECRET,
} from '../server/relay-fixture.ts';
import {
  BESIDE,
  CANARIES,
  CANARY_PROFILE,
  keptAs,
  PERSON,
  REVEALED,
  type CanaryPath,
} from './profile-values.ts';
import { serveTap } from './tap.ts';

export const FLOW_ID = 'profiled';

const ENTRY_LINK_KEY = 'a-key-for-entry-links-that-is-long-enough';
const PERMISSIONS = ['users.track', 'users.identify', 'users.export.ids', 'users.merge'];

const PATHS = Object.keys(CANARIES) as CanaryPath[];

const equals = (path: string, value: unknown) => ({ '==': [{ var: path }, value] });

/** A branch by what was kept, which says in words what it has decided. */
const byKept = (yes: string, no: string) => ({
  type: 'branch',
  cases: [{ when: equals(`kept.${keptAs('last_name')}`, CANARIES.last_name), next: yes }],
  else: no,
});

const say = (text: string, next: string) => ({ type: 'message', text, next });

/** @param reveal paths of what texts may show */
export const flowRevealing = (reveal: readonly CanaryPath[]) => ({
  id: FLOW_ID,
  start: 'hello',
  nodes: {
    hello: say('Hello', 'by_profile'),
    by_profile: {
      type: 'branch',
      cases: [
        {
          when: {
            and: [
              equals('profile.custom_attributes.tier', CANARIES['custom_attributes.tier']),
              ...EXPORT_FIELDS.map((field) => ({ '!!': { var: `profile.${field}` } })),
            ],
          },
          next: 'card',
        },
      ],
      else: 'stranger',
    },
    card: {
      type: 'action',
      call: 'users/export/ids',
      fields: [...EXPORT_FIELDS],
      outcomes: { vip: equals('response.email', CANARIES.email) },
      keep: Object.fromEntries(PATHS.map((path) => [keptAs(path), `response.${path}`])),
      reveal: reveal.map(keptAs),
      on: { success: 'stranger', vip: 'golden', error: 'stranger' },
    },
    golden: say(`Welcome, {{kept.${keptAs('first_name')} | default: "you"}}`, 'by_kept'),
    stranger: say('Hello, stranger', 'by_kept'),
    by_kept: byKept('known', 'unknown'),
    known: say('I know you', 'word'),
    unknown: say('Who are you', 'word'),
    word: { type: 'ask', field: 'word', input: 'text', text: 'A word?', next: 'note' },
    note: {
      type: 'action',
      call: 'users/track',
      events: [
        {
          name: 'word_said',
          properties: { word: '{{answers.word}}', city: `{{kept.${keptAs('home_city')}}}` },
        },
      ],
      on: { success: 'by_kept_still', error: 'bye' },
    },
    by_kept_still: byKept('known_still', 'unknown_now'),
    known_still: say('Still you', 'more'),
    unknown_now: say('Somebody else', 'more'),
    more: { type: 'ask', field: 'more', input: 'text', text: 'Another?', next: 'bye' },
    bye: { type: 'end', text: 'Goodbye, {{answers.more}}' },
  },
});

type Grant = Pick<SessionGrant, 'session' | 'visitor' | 'identity'>;

/** Braze: the emulator, and what of a profile that has no place for. */
async function serveBraze() {
  const { emulator, url, close } = await serveEmulator({
    port: 0,
    workspaces: [
      {
        name: 'sandbox',
        keys: [{ key: SANDBOX_KEY, permissions: PERMISSIONS }],
        canvases: [
          { id: CANARIES['canvases_received.0.api_canvas_id'], name: CANARIES['canvases_received.0.name'] },
        ],
        campaigns: [
          {
            id: CANARIES['campaigns_received.0.api_campaign_id'],
            name: CANARIES['campaigns_received.0.name'],
          },
        ],
      },
      { name: 'prod', keys: [{ key: PROD_KEY, permissions: PERMISSIONS }] },
    ],
  });
  emulator.restore([CANARY_PROFILE], 'sandbox');
  const server = createServer((message, response) => {
    void (async () => {
      const { authorization = '', 'user-agent': agent = '' } = message.headers;
      const body = (await buffer(message)).toString();
      const answer = await fetch(`${url}${message.url ?? ''}`, {
        method: 'POST',
        headers: { authorization, 'user-agent': agent, 'content-type': 'application/json' },
        body,
      });
      const told = (await answer.json()) as { readonly users?: readonly { readonly external_id?: string }[] };
      const { fields_to_export: fields = [] } = JSON.parse(body) as { readonly fields_to_export?: string[] };
      const more = Object.fromEntries(Object.entries(BESIDE).filter(([field]) => fields.includes(field)));
      const users = told.users?.map((user) => (user.external_id === PERSON ? { ...user, ...more } : user));
      response
        .writeHead(answer.status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ ...told, ...(users && { users }) }));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    emulator,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await close();
    },
  };
}

/** @param sandboxOrigin of the brand's pages */
export async function raiseProfileScene(
  sandboxOrigin: string,
  {
    reveal = REVEALED,
    assets = [],
  }: { readonly reveal?: readonly CanaryPath[]; readonly assets?: RelayOptions['assets'] } = {},
) {
  const braze = await serveBraze();
  const keys = {
    sandbox: await generateKeyPair('ES256', { extractable: true }),
    prod: await generateKeyPair('ES256', { extractable: true }),
  };
  const identityBy = async (name: keyof typeof keys) => ({ keys: [await exportSPKI(keys[name].publicKey)] });
  const settings = {
    organization: 'CanaryExample',
    environments: { sandbox: { endpoint: braze.url }, prod: { endpoint: braze.url } },
    sites: {
      brand: {
        sandbox: [sandboxOrigin],
        prod: [PROD_ORIGIN],
        identity: { sandbox: await identityBy('sandbox'), prod: await identityBy('prod') },
        events: { started: 'chat_started', abandoned: 'chat_abandoned', completed: 'chat_completed' },
        profile_max_age: 3_600,
        counts: true,
      },
    },
    limits: { address: false, newVisitors: false, visitor: false },
  };
  const env = {
    BRAZE_SANDBOX_KEY: SANDBOX_KEY,
    BRAZE_PROD_KEY: PROD_KEY,
    SESSION_SECRET,
    ENTRY_LINK_KEY,
    PARLEY_DEVELOPMENT: '1',
  };
  const logged: LogEntry[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'parley-profile-canary-'));
  const file = join(folder, 'relay.db');
  const store = createSqliteStore({ file, clock: Date.now });
  const relay = await serveRelay({
    settings,
    env,
    flows: [{ source: 'profiled.json', json: flowRevealing(reveal) }],
    assets,
    store,
    port: 0,
    operatorPort: 0,
    hostname: '127.0.0.1',
    log: (entry) => logged.push(entry),
  });
  const tap = await serveTap(relay.url);

  const request = (path: string, init: RequestInit = {}, origin = sandboxOrigin) =>
    fetch(`${tap.url}${path}`, { ...init, headers: { origin, ...(init.headers as object) } });
  const post = (
    path: string,
    body: unknown,
    { origin = sandboxOrigin, ...headers }: Readonly<Record<string, string>> = {},
  ) =>
    request(
      path,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      },
      origin,
    );

  const scene = {
    braze: braze.emulator,
    relay,
    store,
    /** Of the store. */
    file,
    tap,
    logged,
    request,
    post,
    /** The word of the brand's backend on who is signed in. */
    sign: (
      claims: JWTPayload = {},
      by: { readonly environment?: keyof typeof keys; readonly key?: CryptoKey } = {},
    ): Promise<string> =>
      new SignJWT({ sub: PERSON, exp: Math.floor(Date.now() / 1_000) + 3_600, ...claims })
        .setProtectedHeader({ alg: 'ES256' })
        .sign(by.key ?? keys[by.environment ?? 'sandbox'].privateKey),
    async open(
      { visitor, identity }: { readonly visitor?: string; readonly identity?: string } = {},
      origin = sandboxOrigin,
    ): Promise<Grant> {
      const response = await post('/v1/sessions', { visitor, identity }, { origin });
      assert.equal(response.status, 200);
      return (await response.json()) as Grant;
    },
    submission: (node: string, change: Partial<Submission> = {}): Submission =>
      createSubmission({
        flow: FLOW_ID,
        node,
        answers: {},
        time: new Date().toISOString(),
        ...change,
      }),
    send: (
      { session }: Pick<Grant, 'session'>,
      submissions: readonly unknown[],
      more: object = {},
      origin = sandboxOrigin,
    ) => post('/v1/submissions', { submissions, ...more }, { authorization: `Bearer ${session}`, origin }),
    /** What the relay says to each. */
    async ask(
      grant: Pick<Grant, 'session'>,
      submissions: readonly Submission[],
      origin = sandboxOrigin,
    ): Promise<readonly Receipt[]> {
      const response = await scene.send(grant, submissions, {}, origin);
      assert.equal(response.status, 200, await response.clone().text());
      return ((await response.json()) as SubmissionsResponse).receipts;
    },
    /** Through all that reads and remembers, in one conversation. @returns where each leads */
    async goThrough(grant: Pick<Grant, 'session'>, conversation: string, origin = sandboxOrigin) {
      const steps = ['by_profile', 'card', 'by_kept', 'note', 'by_kept_still'];
      const ways: Record<string, string | undefined> = {};
      for (const [step, node] of steps.entries()) {
        const answers = { word: 'marrow' };
        const made = scene.submission(node, { id: `${conversation}.${step}`, answers });
        ways[node] = (await scene.ask(grant, [made], origin))[0]?.next;
      }
      return ways;
    },
    async entryLink(externalId: string): Promise<string> {
      const body = { flow: FLOW_ID, site: 'brand', environment: 'sandbox', external_id: externalId };
      const response = await post('/v1/entry-links', body, { authorization: `Bearer ${ENTRY_LINK_KEY}` });
      assert.equal(response.status, 200);
      return ((await response.json()) as { readonly token: string }).token;
    },
    async published(): Promise<PublishedFlow> {
      return (await (await request(`/v1/flows/${FLOW_ID}?locale=en`)).json()) as PublishedFlow;
    },
    /** From now on the flow reveals this. */
    reveal: (paths: readonly CanaryPath[]) =>
      relay.replaceFlows([{ source: 'profiled.json', json: flowRevealing(paths) }]),
    async [Symbol.asyncDispose]() {
      await tap.close();
      await relay.close();
      await braze.close();
      rmSync(folder, { recursive: true });
    },
  };
  return scene;
}

export type ProfileScene = Awaited<ReturnType<typeof raiseProfileScene>>;

let conversations = 0;

/** Of a conversation that no other has. */
export function newConversation(): string {
  conversations += 1;
  return `019b1111-0000-7000-8000-${String(conversations).padStart(12, '0')}`;
}
