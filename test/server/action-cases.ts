/**
 * Tables of cases for what actions call. Each case has a relay with a store on disk, an emulator in Braze's place and a visitor of its own,
 * all over HTTP. An action gets its table by a file that names what Braze is to get of it, and its rows.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { decodeJwt, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import type { Emulator, Fault, WorkspaceSettings } from '../../demo/braze/emulator.ts';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import type { Receipt, SessionGrant, Submission, SubmissionsResponse } from '../../widget/contract/wire.ts';
import { samplesOf } from './prometheus-text.ts';
import { createSubmission, PROD_KEY, PROD_ORIGIN, SESSION_SECRET } from './relay-fixture.ts';

/** A key that takes the place of the first. */
const NEXT_KEY = '0d6a3d0e-5e1c-4a34-9a0f-0c2d4b6e8f13';

/** In what visitors say and Braze knows of them, and in nothing else: no log and no metric has it. */
const PERSONAL = 'canary';

export const PERSON = `ada-${PERSONAL}`;
export const ADDRESS = `ada@${PERSONAL}.example`;
export const CITY = `Keswick ${PERSONAL}`;
export const TIME = '2026-01-15T10:00:00.000Z';

const pair = await generateKeyPair('ES256');
const pem = await exportSPKI(pair.publicKey);

const IDENTITY = { identity: { keys: [pem] } };
const BY_ADDRESS = { profile: { by: 'email', field: 'email' } };

/** What is tested. */
export interface TestedAction {
  /** E.g. `canvas/trigger/send`. */
  readonly call: string;
  readonly permission: string;
  /** What the key needs besides, for what comes after it. */
  readonly besides?: readonly string[];
  /** Its node, without `type`, `call` and `on`. */
  readonly node: object;
  /** Of the workspace at Braze. */
  readonly workspace?: Partial<WorkspaceSettings>;
  /** Whom it is about where the case does not say; `alias` by default. */
  readonly whom?: Whom;
  /** What Braze gets of it. */
  readonly body: (sent: Sent) => unknown;
}

/** Whom Braze is to know a visitor as: by their alias, by an external_id that the brand's backend vouches for, or by the address they gave. */
export type Whom = 'alias' | 'external_id' | 'email';

export interface Sent {
  readonly whom: Whom;
  /** Visitor id. */
  readonly visitor: string;
  readonly submission: Submission;
}

export interface ActionCase {
  readonly name: string;
  /** How Braze fails at it, and at nothing else. */
  readonly fault?: Fault | undefined;
  /** Its answers say nothing of its limits. */
  readonly isSilent?: boolean;
  /** Of the key; by default all that it takes. */
  readonly permissions?: readonly string[];
  /** In its node, besides or in the place of what is there. */
  readonly node?: object;
  /** Where its outcomes lead, besides `success`, `error` and `queued`, which lead to nodes of these names. */
  readonly on?: Readonly<Record<string, string>>;
  /** Of the flow, besides: each is led to. */
  readonly nodes?: object;
  /** The node that comes before it, where that is no question. */
  readonly after?: string;
  /** What the visitor submits before it. */
  readonly before?: Partial<Submission>;
  /** It corrects that. */
  readonly correctsBefore?: true;
  /** Both come in one request. */
  readonly isTogether?: true;
  /** Milliseconds that it has waited in the browser, which says when it sends it. */
  readonly waited?: number;
  /** Nobody vouches any more for whom the backend has vouched before. */
  readonly isLapsed?: true;
  /** Of the flow, as the browser has it; by default that of the relay. */
  readonly revision?: string;
  readonly whom?: Whom;
  readonly answers?: Submission['answers'];
  /** What Braze knows before. */
  readonly known?: readonly object[];
  /** Of the relay. */
  readonly settings?: object;
  /** Of its site. */
  readonly site?: object;
  /** What the browser is told; `next` by default the node of the outcome's name. */
  readonly told: Pick<Receipt, 'outcome'> & Partial<Pick<Receipt, 'next' | 'values' | 'field'>>;
  /** What happens after that, before the rest is looked at. */
  readonly then?: (world: ActionWorld) => unknown;
  /** With what it ends, where the browser was told `queued`. Without it is not over. */
  readonly ends?: 'success' | 'error';
  /** What Braze answered to each request for it; 0 where there was no answer. */
  readonly statuses: readonly number[];
  /** What it got, where that is not what the action says. */
  readonly body?: (sent: Sent) => unknown;
  /** What it got at all, each in its order: of several that differ. */
  readonly bodies?: (sent: Sent) => readonly unknown[];
  /** In the log, in this order, perhaps with others between. */
  readonly logged?: readonly (Partial<LogEntry> & Pick<LogEntry, 'event'>)[];
  /** In the metrics at its end. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** What is wrong by `/readyz`, by the names of its checks, before `then`. */
  readonly wrong?: readonly string[];
  /** Why it is a dead letter. */
  readonly dead?: RegExp;
}

export interface ActionWorld {
  readonly emulator: Emulator;
  readonly sent: Sent;
  /** As it is open now. */
  readonly store: Store;
  readonly entries: readonly LogEntry[];
  /** Resolves with it as soon as it is in the log, also where it is there already. @param from how many entries are not looked at */
  readonly until: (entry: Partial<LogEntry>, from?: number) => Promise<LogEntry>;
  /** What is wrong, by the names of the checks. */
  wrong(): Promise<readonly string[]>;
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** From now on with another key, which may do all that it takes. */
  replaceKey(): Promise<void>;
  /** The same again, as a browser does that has not heard the answer. */
  submitAgain(): Promise<Receipt>;
  /** Another submission of the visitor's conversation. */
  submit(change: Partial<Submission>): Promise<Receipt>;
  /** @param before what goes with it, ahead of it */
  readonly submitOne: (submission: Submission, ...before: readonly Submission[]) => Promise<Receipt>;
  /** Another visitor. @returns what submits for them, as `submit` does */
  openVisitor(): Promise<(change: Partial<Submission>) => Promise<Receipt>>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** The statuses of Braze's answers for the action. */
  statuses(): readonly number[];
}

/** The visitor as `users/track` names them. */
export function identifierOf({ whom, visitor }: Pick<Sent, 'whom' | 'visitor'>): object {
  if (whom === 'external_id') return { external_id: PERSON };
  if (whom === 'email') return { email: ADDRESS };
  return { user_alias: aliasOf(visitor), _update_existing_only: false };
}

/** The visitor as a triggered send names them. */
export function recipientOf({ whom, visitor }: Pick<Sent, 'whom' | 'visitor'>): object {
  if (whom === 'external_id') return { external_user_id: PERSON };
  if (whom === 'email') return { email: ADDRESS, prioritization: ['most_recently_updated'] };
  return { user_alias: aliasOf(visitor) };
}

const aliasOf = (visitor: string) => ({ alias_name: visitor, alias_label: `parley-${visitor}` });

export const fromBraze = (status: number): Fault => ({ kind: 'status', status, times: 1 });

/** Braze answers again. */
export const recover = ({ emulator }: ActionWorld): void => emulator.setFault(undefined);

/** As many at once as wait for the relay's next try most of the time. */
export const AT_ONCE = 8;

/** Milliseconds: what has not happened by then does not happen. */
export const TIMEOUT = 30_000;

/** A table. */
export function describeAction(action: TestedAction, cases: readonly ActionCase[]): void {
  describe(action.call, { concurrency: AT_ONCE }, () => {
    for (const each of cases) it(each.name, { timeout: TIMEOUT }, (t) => runCase(t, action, each));
  });
}

/** One row of it; for those that need what others must not see, such as another time. */
export async function runCase(t: TestContext, action: TestedAction, given: ActionCase): Promise<void> {
  const world = await createWorld(t, action, given);
  const { sent, emulator } = world;
  const { then, told, ends, statuses, logged = [], metrics = {}, wrong, dead } = given;
  const { id } = sent.submission;
  const earlier: Submission[] = [];
  if (given.before) {
    const { corrects: _, ...first } = sent.submission;
    earlier.push({ ...first, id: earlierIdOf(first), ...given.before });
  }
  const apart = given.isTogether ? [] : earlier;
  for (const each of apart) await world.submitOne(each);
  const receipt = await world.submitOne(sent.submission, ...(given.isTogether ? earlier : []));
  assert.deepEqual(receipt, { id, next: told.outcome, ...told });
  if (wrong) assert.deepEqual(await world.wrong(), wrong);
  await then?.(world);
  const isOver = ends !== undefined || told.outcome !== 'queued';
  if (ends !== undefined) await world.until({ event: 'submission_settled', submission: id, outcome: ends });
  assert.deepEqual(world.statuses(), statuses);
  const expected = JSON.parse(JSON.stringify((given.body ?? action.body)(sent))) as unknown;
  const bodies = emulator.journal().flatMap(({ path, body }) => (path === `/${action.call}` ? [body] : []));
  for (const body of given.bodies ? [] : bodies) assert.deepEqual(body, expected);
  if (given.bodies) assert.deepEqual(bodies, JSON.parse(JSON.stringify(given.bodies(sent))));
  assertLogged(world.entries, logged);
  const { unsettled } = await world.store.stats();
  assert.equal(unsettled, isOver ? 0 : 1);
  const letters = await world.store.deadLetters.list(10);
  assert.equal(letters.length, dead ? 1 : 0, letters[0]?.reason);
  if (dead) assert.match(letters[0]?.reason ?? '', dead);
  const samples = await world.metrics();
  for (const [name, value] of Object.entries(metrics)) assert.equal(samples.get(name), value, name);
}

/** Of what the visitor has submitted before it. */
export const earlierIdOf = ({ id }: Pick<Submission, 'id'>): string => id.replace(/\d+$/, '3');

function assertLogged(entries: readonly LogEntry[], expected: readonly Partial<LogEntry>[]): void {
  let from = 0;
  for (const each of expected) {
    const at = entries.findIndex((entry, index) => index >= from && isLike(entry, each));
    assert.notEqual(
      at,
      -1,
      `${JSON.stringify(each)} in ${JSON.stringify(entries.slice(from), undefined, 1)}`,
    );
    from = at + 1;
  }
}

const isLike = (entry: LogEntry, like: Partial<LogEntry>): boolean =>
  Object.entries(like).every(([name, value]) => entry[name as keyof LogEntry] === value);

async function createWorld(t: TestContext, action: TestedAction, given: ActionCase): Promise<ActionWorld> {
  const { call, permission, besides = [] } = action;
  const all = [permission, ...besides];
  const whom = given.whom ?? action.whom ?? 'alias';
  const path = `/${call}` as NonNullable<Fault['path']>;
  const braze = await serveEmulator({
    port: 0,
    workspaces: [{ keys: [{ key: PROD_KEY, permissions: given.permissions ?? all }], ...action.workspace }],
  });
  const { emulator } = braze;
  if (given.known) await teach(braze, given.known);
  if (given.fault) emulator.setFault({ ...given.fault, path });

  const endpoint = given.isSilent ? await serveSilent(t, braze.url) : braze.url;
  const folder = mkdtempSync(join(tmpdir(), 'parley-action-'));
  const entries: LogEntry[] = [];
  const listeners = new Set<() => void>();
  let key = PROD_KEY;
  let relay: RunningRelay | undefined;
  let store: Store | undefined;
  const sources = () => ({
    settings: {
      organization: 'BrandExample',
      environments: { prod: { endpoint } },
      sites: {
        brand: {
          prod: [PROD_ORIGIN],
          ...(whom === 'external_id' && IDENTITY),
          ...(whom === 'email' && BY_ADDRESS),
          ...given.site,
        },
      },
      // Longer than this machine takes when it is busy; who is to be kept waiting says so.
      deadline: 10_000,
      brazeTimeout: 20_000,
      limits: { address: false, newVisitors: false },
      ...given.settings,
    },
    env: { BRAZE_PROD_KEY: key, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
    flows: [{ source: 'welcome', json: flowWith(action, given) }],
  });
  const start = async () => {
    store = createSqliteStore({ file: join(folder, 'store.db'), clock: Date.now });
    relay = await serveRelay({
      ...sources(),
      assets: [],
      store,
      port: 0,
      operatorPort: 0,
      hostname: 'localhost',
      log: (entry) => {
        entries.push(entry);
        for (const listener of listeners) listener();
      },
    });
  };
  const stop = async () => {
    await relay?.close();
    relay = undefined;
  };
  t.after(async () => {
    emulator.setFault(undefined);
    await stop();
    await braze.close();
    rmSync(folder, { recursive: true });
    assert.ok(!JSON.stringify(entries).includes(PERSONAL), 'nothing of a visitor is in the log');
  });
  await start();

  const post = async (route: string, body: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${relay?.url}${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: PROD_ORIGIN, ...headers },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200, `${response.status} of ${route}`);
    return (await response.json()) as unknown;
  };
  const identity =
    whom === 'external_id'
      ? await new SignJWT({ sub: PERSON })
          .setProtectedHeader({ alg: 'ES256' })
          .setExpirationTime('1h')
          .sign(pair.privateKey)
      : undefined;
  const first = (await post('/v1/sessions', { identity })) as SessionGrant;
  const grant = given.isLapsed
    ? ((await post('/v1/sessions', { visitor: first.visitor })) as SessionGrant)
    : first;
  const flow = await fetch(`${relay?.url}/v1/flows/welcome`, { headers: { origin: PROD_ORIGIN } });
  const { revision } = (await flow.json()) as PublishedFlow;
  const made = createSubmission({
    revision: given.revision ?? revision,
    node: 'act',
    time: given.waited === undefined ? TIME : new Date(Date.now() - given.waited).toISOString(),
    answers: given.answers ?? { city: CITY, email: ADDRESS },
  });
  const submission = { ...made, ...(given.correctsBefore && { corrects: earlierIdOf(made) }) };
  const submitAs =
    ({ session }: SessionGrant) =>
    async (one: Submission, ...before: readonly Submission[]): Promise<Receipt> => {
      const headers = { authorization: `Bearer ${session}` };
      const sent = given.waited === undefined ? {} : { sent: new Date().toISOString() };
      const answer = await post('/v1/submissions', { submissions: [...before, one], ...sent }, headers);
      const receipt = (answer as SubmissionsResponse).receipts.find(({ id }) => id === one.id);
      assert.ok(receipt);
      return receipt;
    };
  const submitOne = submitAs(grant);
  const get = (route: string) => fetch(`${relay?.operatorUrl}${route}`);
  return {
    emulator,
    entries,
    sent: { whom, visitor: decodeJwt(grant.visitor).sub ?? '', submission },
    get store() {
      assert.ok(store);
      return store;
    },
    until: (like, from = 0) =>
      new Promise((resolve) => {
        const look = () => {
          const found = entries.slice(from).find((entry) => isLike(entry, like));
          if (!found) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
      }),
    async wrong() {
      const { checks } = (await (await get('/readyz')).json()) as {
        checks: readonly { name: string; ok: boolean }[];
      };
      return checks.flatMap(({ name, ok }) => (ok ? [] : [name]));
    },
    async metrics() {
      const text = await (await get('/metrics')).text();
      assert.ok(!text.includes(PERSONAL), 'nothing of a visitor is in the metrics');
      return samplesOf(text);
    },
    async replaceKey() {
      key = NEXT_KEY;
      emulator.addKey({ key, permissions: all });
      await relay?.reload(sources());
    },
    submitAgain: () => submitOne(submission),
    submitOne,
    submit: (change) => submitOne({ ...submission, ...change }),
    async openVisitor() {
      const submit = submitAs((await post('/v1/sessions', {})) as SessionGrant);
      return (change) => submit({ ...submission, ...change });
    },
    stop,
    start,
    statuses: () => emulator.journal().flatMap((entry) => (entry.path === path ? [entry.status] : [])),
  };
}

/** Writes them with a key of the test's own, and forgets that it did. */
async function teach({ url, emulator }: EmulatorServer, attributes: readonly object[]): Promise<void> {
  const key = 'f3b1c2d4-9a3e-4f5b-8c6d-7e8f90a1b2c3';
  emulator.addKey({ key, permissions: ['users.track'] });
  const response = await fetch(`${url}/users/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ attributes }),
  });
  assert.equal(response.status, 201);
  const profiles = emulator.profiles();
  emulator.reset();
  emulator.restore(profiles);
}

/** Braze, whose answers have nothing but their status and body. */
async function serveSilent(t: TestContext, url: string): Promise<string> {
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const { method = 'POST', url: path = '', headers } = request;
      const { authorization = '' } = headers;
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
        body,
      });
      response.writeHead(answer.status).end(await answer.text());
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A city and an address are asked for; then it acts. Each outcome has an end of its own. */
function flowWith({ call, node }: TestedAction, given: ActionCase): object {
  const on = { success: 'success', error: 'error', queued: 'queued', ...given.on };
  const ends = Object.keys(on).map((name) => [name, { type: 'end', text: name }]);
  return {
    id: 'welcome',
    start: 'city',
    nodes: {
      city: { type: 'ask', field: 'city', input: 'text', text: 'Where?', next: 'email' },
      email: { type: 'ask', field: 'email', input: 'email', text: 'E-mail?', next: given.after ?? 'act' },
      act: { type: 'action', call, ...node, ...given.node, on },
      ...(Object.fromEntries(ends) as object),
      ...given.nodes,
    },
  };
}
