/** What is attacked: a relay on Node with SQLite, the emulator in Braze's place, and Ada, who has been here before. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import type { Profile } from '../../demo/braze/emulator.ts';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { serveRelay } from '../../server/adapters/node.ts';
import { LIMIT_NAMES } from '../../server/doors/limits.ts';
import { LOG_FIELDS, type LogEntry } from '../../server/log-fields.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Store, StoreStats } from '../../server/store/store.ts';
import type { SessionGrant, SubmissionsResponse } from '../../widget/contract/wire.ts';
import { exchange, type FuzzAnswer } from '../fuzz/exchange.ts';
import { judge } from '../fuzz/judge.ts';
import {
  createSubmission,
  FLOW,
  PROD_KEY,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from '../server/relay-fixture.ts';

/** In all that an attacker has written to Braze, so that it can be looked for there. */
export const MARK = 'Mallory-4711';

export const ENTRY_LINK_KEY = 'a-key-for-entry-links-that-is-long-enough';

/** In files beside and above those that the relay serves. */
export const FILE_SECRET = 'a-word-that-lies-in-a-file';

/** Bytes of a file that no system takes off the relay's hands before somebody reads it. */
export const LARGE = 16 * 1024 * 1024;

/** Where the brand's backend signs who its visitors are. */
export const ISSUER = 'https://login.brand.example';
export const AUDIENCE = 'parley';

const pairOf = (): KeyPair => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return { publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })), privateKey };
};

export const KEYS = {
  /** Of the brand's backend. */
  brand: pairOf(),
  /** Of the other site's. */
  other: pairOf(),
  /** Of nobody whom the relay knows. */
  strange: pairOf(),
};

interface KeyPair {
  /** SubjectPublicKeyInfo as PEM. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export interface TargetOptions {
  /** By default nothing is counted. */
  readonly limits?: object;
  readonly trustedProxies?: readonly string[];
  /** That are open at once. */
  readonly connections?: number;
}

/** What is written to the socket, each header as it stands here. */
export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: string | Uint8Array | object | undefined;
}

export interface State {
  readonly requests: number;
  readonly profiles: readonly Profile[];
  readonly entries: number;
  readonly stats: StoreStats;
}

export interface Target {
  readonly url: string;
  readonly port: number;
  readonly braze: EmulatorServer;
  readonly store: Store;
  readonly entries: readonly LogEntry[];
  /** An honest visitor, and the one submission that she has made. */
  readonly ada: { readonly grant: SessionGrant; readonly id: string; readonly submission: string };
  /** On a connection of its own. */
  send(sent: Sent): Promise<FuzzAnswer>;
  /** As JSON from a page of the brand, unless the headers say otherwise. */
  post(path: string, body: Sent['body'], headers?: Readonly<Record<string, string>>): Promise<FuzzAnswer>;
  /** Byte for byte, characters up to U+00FF. What comes back is all that comes until the connection ends. */
  say(words: string, isWhole?: boolean): Promise<FuzzAnswer>;
  /** Of a new visitor, or of whoever is named. */
  session(request?: object, origin?: string): Promise<SessionGrant>;
  state(): Promise<State>;
  /**
   * Nothing has happened since but so many requests to Braze, and as many new profiles at most. All that was there is as it was.
   * @param writes requests to Braze that are nobody's harm
   */
  checkSince(before: State, writes: number): Promise<void>;
  close(): Promise<void>;
}

/** What could make a line of the log look like two, or like another. */
const UNSAFE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

const COUNTED_NOTHING = Object.fromEntries(LIMIT_NAMES.map((name) => [name, false]));

export async function openTarget(options: TargetOptions = {}): Promise<Target> {
  const { limits, trustedProxies = [], connections } = options;
  const folder = mkdtempSync(join(tmpdir(), 'parley-attacks-'));
  const assets = join(folder, 'dist');
  mkdirSync(join(assets, 'assets'), { recursive: true });
  for (const [name, text] of [
    ['dist/parley.js', 'void 0;\n'],
    ['dist/large.js', ' '.repeat(LARGE)],
    ['dist/settings.json', FILE_SECRET],
    ['dist/.env', FILE_SECRET],
    ['outside.js', FILE_SECRET],
    ['outside.txt', FILE_SECRET],
  ] as const)
    writeFileSync(join(folder, name), text);
  const permissions = ['users.track', 'users.identify', 'users.merge', 'users.delete', 'users.export.ids'];
  const braze = await serveEmulator({
    port: 0,
    workspaces: [
      { name: 'sandbox', keys: [{ key: SANDBOX_KEY, permissions }] },
      { name: 'prod', keys: [{ key: PROD_KEY, permissions }] },
    ],
  });
  const settings = settingsFor({ sandbox: braze.url, prod: braze.url, deadline: 1_500 });
  const { brand, other } = settings.sites;
  const entries: LogEntry[] = [];
  const store = createSqliteStore({ file: join(folder, 'relay.db'), clock: Date.now });
  const relay = await serveRelay({
    settings: {
      ...settings,
      sites: {
        brand: {
          ...brand,
          identity: { keys: [KEYS.brand.publicKey], issuer: ISSUER, audience: AUDIENCE },
          events: { abandoned: 'chat_abandoned' },
        },
        other: { ...other, identity: { keys: [KEYS.other.publicKey] } },
      },
      limits: { ...COUNTED_NOTHING, ...limits },
      trustedProxies,
    },
    env: {
      BRAZE_SANDBOX_KEY: SANDBOX_KEY,
      BRAZE_PROD_KEY: PROD_KEY,
      SESSION_SECRET,
      ENTRY_LINK_KEY,
      PARLEY_DEVELOPMENT: '1',
    },
    flows: [{ source: 'welcome.json', json: FLOW }],
    assets,
    store,
    port: 0,
    hostname: '127.0.0.1',
    operatorPort: 0,
    ...(connections !== undefined && { connections }),
    log: (entry) => entries.push(entry),
  });
  const port = Number(new URL(relay.url).port);

  const judged = async (chunks: readonly Uint8Array[], method: string, isWhole: boolean) => {
    const answer = await exchange(port, { kind: 'attack', method, chunks, isWhole });
    assert.equal(
      judge({ isWhole, method }, answer, [
        SANDBOX_KEY,
        PROD_KEY,
        SESSION_SECRET,
        ENTRY_LINK_KEY,
        FILE_SECRET,
      ]),
      undefined,
      answer.text,
    );
    return answer;
  };
  const send: Target['send'] = ({ method = 'GET', path, headers = {}, body }) => {
    const bytes = bytesOf(body);
    const all = {
      host: `127.0.0.1:${port}`,
      connection: 'close',
      ...(bytes && !('transfer-encoding' in headers) && { 'content-length': String(bytes.byteLength) }),
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    const head = Buffer.from([`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'), 'latin1');
    return judged([head, ...(bytes ? [bytes] : [])], method, true);
  };
  const post: Target['post'] = (path, body, headers) =>
    send({
      method: 'POST',
      path,
      headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json', ...headers },
      body,
    });
  const session: Target['session'] = async (request = {}, origin = SANDBOX_ORIGIN) => {
    const answer = await post('/v1/sessions', request, { origin });
    assert.equal(answer.status, 200, answer.text);
    return JSON.parse(answer.body) as SessionGrant;
  };
  const profiles = () => braze.emulator.workspaces.flatMap((name) => braze.emulator.profiles(name));

  const grant = await session();
  const submission = createSubmission();
  const told = await post('/v1/submissions', { submissions: [submission] }, bearer(grant.session));
  assert.equal((JSON.parse(told.body) as SubmissionsResponse).receipts[0]?.outcome, 'success', told.text);

  return {
    url: relay.url,
    port,
    braze,
    store,
    entries,
    ada: { grant, id: decodeJwt(grant.visitor).sub ?? '', submission: submission.id },
    send,
    post,
    say: (words, isWhole = false) => judged([Buffer.from(words, 'latin1')], 'GET', isWhole),
    session,
    state: async () => ({
      requests: braze.emulator.journal().length,
      profiles: structuredClone(profiles()),
      entries: entries.length,
      stats: await store.stats(),
    }),
    async checkSince(before, writes) {
      const requests = braze.emulator.journal().slice(before.requests);
      assert.ok(
        requests.length <= writes,
        JSON.stringify(requests.map(({ path, rawBody }) => [path, rawBody])),
      );
      const now = profiles();
      for (const profile of before.profiles)
        assert.deepEqual(
          now.find(({ braze_id: id }) => id === profile.braze_id),
          profile,
        );
      assert.ok(now.length - before.profiles.length <= writes, 'there are profiles that nobody made');
      const { unsettled, spooled, deadLetters, provisional, erasures } = await store.stats();
      const { stats } = before;
      assert.deepEqual(
        { unsettled, spooled, deadLetters, provisional, erasures },
        {
          unsettled: stats.unsettled,
          spooled: stats.spooled,
          deadLetters: stats.deadLetters,
          provisional: stats.provisional,
          erasures: stats.erasures,
        },
      );
      for (const entry of entries.slice(before.entries)) checkEntry(entry);
      assert.deepEqual(Object.keys(Object.prototype), [], 'what every object inherits');
    },
    async close() {
      await relay.close();
      await braze.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

function bytesOf(body: Sent['body']): Uint8Array | undefined {
  if (body === undefined || body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Nothing that somebody sent is in it but the id of a request, in one line. */
function checkEntry(entry: LogEntry): void {
  assert.notEqual(entry.event, 'relay_fault', JSON.stringify(entry));
  for (const [name, value] of Object.entries(entry)) {
    assert.ok(name in LOG_FIELDS, `${name} of ${entry.event}`);
    assert.doesNotMatch(String(value), UNSAFE, `${name} of ${entry.event}`);
    if (name !== 'request') assert.ok(!String(value).includes(MARK), `${name} of ${entry.event}`);
  }
}
