/** Puts the values of `values.ts` through all that a relay meets, and gathers what is left of them in each place. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decodeJwt, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { serveEmulator } from '../../demo/braze/serve.ts';
import type { SessionGrant } from '../../widget/contract/wire.ts';
import { runScript } from '../demo/running-script.ts';
import { keptIn } from '../journey/kept.ts';
import { servePage } from '../journey/page-server.ts';
import { openBrowser, Visitor } from '../journey/visitor.ts';
import { createSubmission, serveRecorder } from '../server/relay-fixture.ts';
import { CANARY_FLOW } from './flow.ts';
import type { Place } from './places.ts';
import { serveProxy, type Exchange } from './proxy.ts';
import { tablesIn } from './tables.ts';
import {
  ADDRESS,
  ANSWERS,
  BYSTANDER,
  CHALLENGE,
  DRAFT,
  LEAVER,
  LINKED,
  NEXT_KEY,
  PAGE,
  SECRETS,
  SIGNED_IN,
  WORD,
} from './values.ts';

export interface Evidence {
  readonly places: ReadonlyMap<Place, readonly (string | Uint8Array)[]>;
  /** What was in each table of the store, at any time. */
  readonly tables: ReadonlyMap<string, readonly string[]>;
  /** What is looked for, by its name. */
  readonly values: ReadonlyMap<string, string>;
  /** Status codes that Braze answered with, and `lost` where it did not. */
  readonly met: ReadonlySet<string>;
  /** Names of the log's entries. */
  readonly logged: ReadonlySet<string>;
  /** Exit code of the relay. */
  readonly code: number | null;
}

const PROD_ORIGIN = 'https://www.canary.example';
const SHOP_ORIGIN = 'https://shop.canary.example';
const PERMISSIONS = ['users.track', 'users.identify', 'users.merge'];

/** Lets a test end the relay with an error that nobody catches, and that tells all secrets in all its parts. */
const SABOTAGE = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { join } from 'node:path';
  process.on('SIGUSR2', () => {
    const folder = join(import.meta.dirname, 'secrets');
    const all = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')).join(' ');
    const cause = Object.assign(new Error('of ' + all), { headers: { authorization: 'Bearer ' + all } });
    void Promise.reject(new Error('nobody catches ' + all, { cause }));
  });
`;

export async function travel(): Promise<Evidence> {
  await using scene = await raise();
  const { relay, visitor, braze, brazeProxy, front } = scene;
  const places = new Map<Place, (string | Uint8Array)[]>();
  const put = (place: Place, ...found: readonly (string | Uint8Array)[]) =>
    void places.set(place, [...(places.get(place) ?? []), ...found]);
  const tables = new Map<string, string[]>();
  const putStore = (place: Place) => {
    put(place, ...bytesOf(scene.store));
    for (const [name, rows] of tablesIn(scene.store)) tables.set(name, [...(tables.get(name) ?? []), rows]);
  };
  const words = Array.from({ length: 9 }, (_, number) => `${WORD}-${number}`);
  const say = async (number: number) => {
    await visitor.answer(`word_${number}`, words[number] ?? '');
    await visitor.hears(`Word ${number + 1}?`);
  };
  /** @param word that goes with it; the first goes without one */
  const isAtBraze = (word: string | undefined) =>
    braze.until(({ profiles }) =>
      profiles().some(({ events }) =>
        events.some(({ name, properties }) => name === 'word_said' && properties['word'] === word),
      ),
    );

  // Somebody comes by a personal link, and has to bring a challenge before anything is taken.
  await visitor.page.goto(`${scene.pageUrl}#parley=${scene.link}`, {
    referer: `http://${PAGE.referrer}/inbox`,
  });
  // A link opens the chat by itself.
  await visitor.hears('Hello');
  for (const [field, answer] of Object.entries(ANSWERS)) await visitor.answer(field, answer);
  await visitor.hears('Word 1?');
  await isAtBraze(undefined);
  put('the address bar', await visitor.page.evaluate(() => location.href));

  // Braze fails in each of its ways.
  const { setFault } = braze;
  setFault({ kind: 'status', status: 500, times: 1, path: '/users/track' });
  await say(1);
  await isAtBraze(words[1]);
  setFault({ kind: 'lost', times: 1, path: '/users/track' });
  await say(2);
  await isAtBraze(words[2]);
  setFault({ kind: 'status', status: 429, style: 'retry-after', times: 1, path: '/users/track' });
  await say(3);
  await isAtBraze(words[3]);
  brazeProxy.refuseWith(({ asked, question }) => `Bad request of ${asked.authorization}: ${question}`);
  await say(4);
  await scene.submitElsewhere(BYSTANDER);
  brazeProxy.refuseWith(undefined);

  // The store fails: another process has it.
  const other = new DatabaseSync(scene.store);
  other.exec('BEGIN IMMEDIATE');
  const hasFailed = relay.prints('"store_failed"');
  await say(5);
  await hasFailed;
  other.exec('ROLLBACK');
  other.close();
  await isAtBraze(words[5]);

  // The key is revoked, and replaced while the relay runs.
  braze.revokeKey(SECRETS.BRAZE_SANDBOX_KEY);
  await say(6);
  await scene.lookAtOperator((text) => put('metrics and probes', text));
  braze.addKey({ key: NEXT_KEY, permissions: PERMISSIONS });
  writeFileSync(join(scene.folder, 'secrets', 'BRAZE_SANDBOX_KEY'), NEXT_KEY);
  await scene.spoilReload();
  relay.child.kill('SIGHUP');
  await relay.prints('"reloaded"');
  await isAtBraze(words[6]);

  // Somebody else is known by their address, with a join that is made once more later.
  const leaver = await scene.comeToShop();
  putStore('the store');

  // They sign in; then Braze is down for good, and what they say stays in the spool.
  await visitor.page.evaluate((jwt) => void (window.parley ??= []).push(['identify', jwt]), scene.jwt);
  await hasNoted(visitor, 'verified');
  setFault({ kind: 'status', status: 503 });
  await say(7);
  await scene.submitElsewhere(BYSTANDER);
  const draft = await visitor.find('parley-chat >>> input[name="word_8"]');
  await draft.type(DRAFT);
  await visitor.page.waitForFunction(() => sessionStorage.getItem('parley-draft') !== null);
  put('the browser', await keptIn(visitor.page));
  await scene.lookAtOperator((text) => put('metrics and probes', text));

  // They leave the page, and the relay notes what is told if they do not come back.
  await visitor.page.goto('about:blank');
  await front.until(({ path }) => path === '/v1/departures');
  putStore('the store');
  const letters = JSON.parse(scene.deadLetters('list', '--json')) as readonly { readonly key: string }[];
  put('the list of dead letters', scene.deadLetters('list'), JSON.stringify(letters));
  for (const { key } of letters) put('a dead letter that is shown', scene.deadLetters('show', key));

  // They come back, and ask to be forgotten.
  await visitor.visit(scene.pageUrl);
  await visitor.hears('Word 8?');
  await visitor.page.evaluate(() => void (window.parley ??= []).push(['forget']));
  await hasNoted(visitor, 'erased');
  putStore('the store after an erasure');
  // The other one, too: the brand is to hear of it.
  await leaver.erase();
  putStore('the store after an erasure');
  await visitor.hears('first_name?');
  put('the browser after an erasure', await keptIn(visitor.page));
  for (const path of [
    '/v1/visitor',
    '/v1/none',
    '/parley.js',
    '/openapi.json',
    '/healthz',
    '/readyz',
    '/..%2fsettings.json',
  ])
    await fetch(`${front.url}${path}`);

  // The process, before it ends by an error that tells everything that it knows.
  for (const file of ['cmdline', 'environ'].map((name) => `/proc/${relay.child.pid}/${name}`))
    if (existsSync(file)) put('arguments and variables of the process', readFileSync(file));
  put('arguments and variables of the process', relay.child.spawnargs.join(' '));
  relay.child.kill('SIGUSR2');
  const { code, stdout, stderr } = await relay.ended;
  put('the log and the standard error', stdout, stderr);
  assert.match(stderr, /nobody catches .*\[secret\]/);
  put('the store after an erasure', ...bytesOf(scene.store));

  for (const exchange of front.exchanges)
    put(placeOf(exchange), JSON.stringify(exchange.answered), exchange.answer);
  for (const { asked, question } of brazeProxy.exchanges) {
    const { authorization: _, ...headers } = asked;
    put('what Braze is sent', JSON.stringify(headers), question);
  }
  for (const { headers, body } of scene.verifier.requests)
    put('who verifies challenges', JSON.stringify(headers), body);
  put('the built widget', ...globSync('dist/**/*.{js,json,txt}').map((file) => readFileSync(file)));
  put('the console', scene.printed.join('\n'));

  const grants = front.exchanges
    .filter(({ path, answer }) => path === '/v1/sessions' && answer.includes('"session"'))
    .map(({ answer, asked }) => ({ ...(JSON.parse(answer) as SessionGrant), origin: asked.origin }));
  const [first] = grants.filter(({ origin }) => origin !== PROD_ORIGIN);
  const signedIn = grants.find(({ identity }) => identity === 'verified');
  assert.ok(first && signedIn);
  return {
    places,
    tables,
    values: new Map(
      Object.entries({
        ...SECRETS,
        'the next key': NEXT_KEY,
        challenge: CHALLENGE,
        'signed identity': scene.jwt,
        'entry link': scene.link,
        'visitor credential': signedIn.visitor,
        'first visitor credential': first.visitor,
        session: signedIn.session,
        ...ANSWERS,
        word: WORD,
        draft: DRAFT,
        ...PAGE,
        address: ADDRESS,
        linked: LINKED,
        'signed in': SIGNED_IN,
        'visitor id': decodeJwt(first.visitor).sub ?? '',
        bystander: BYSTANDER,
        leaver: LEAVER,
        'leaver’s visitor id': leaver.id,
      }),
    ),
    met: new Set(brazeProxy.exchanges.map(({ status }) => String(status))),
    logged: new Set([...stdout.matchAll(/"event":"(\w+)"/g)].map(([, event = '']) => event)),
    code,
  };
}

const placeOf = ({ path, status }: Exchange): Place =>
  ['/v1/sessions', '/v1/entry-links'].includes(path) && status === 200
    ? 'credentials that the relay gives out'
    : 'answers of the relay';

/** With its write-ahead log, and the index of that. */
const bytesOf = (store: string): readonly Uint8Array[] =>
  [store, `${store}-wal`, `${store}-shm`]
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file));

async function hasNoted({ page }: Visitor, what: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => (window as unknown as { noted: readonly string[] }).noted.includes(wanted),
    {},
    what,
  );
}

/** What the page does of itself: it brings a challenge when it is asked for one, and notes what it hears. */
const PAGE_SCRIPT = `
  document.title = ${JSON.stringify(PAGE.title)};
  window.noted = [];
  addEventListener('parley-visitor', ({ change }) => noted.push(change));
  addEventListener('parley-error', ({ reason, detail }) => {
    console.warn(reason, detail);
    if (reason === 'challenge') parley.push(['setChallenge', ${JSON.stringify(CHALLENGE)}]);
  });
`;

async function raise() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-canary-'));
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  for (const name of ['secrets', 'flows']) mkdirSync(join(folder, name));
  const files = Object.entries(SECRETS).map(([name, secret]) => [
    `${name}_FILE`,
    write(`secrets/${name}`, secret),
  ]);
  const emulator = await serveEmulator({
    port: 0,
    workspaces: [
      { name: 'sandbox', keys: [{ key: SECRETS.BRAZE_SANDBOX_KEY, permissions: PERMISSIONS }] },
      { name: 'prod', keys: [{ key: SECRETS.BRAZE_PROD_KEY, permissions: PERMISSIONS }] },
    ],
  });
  const brazeProxy = await serveProxy(emulator.url);
  const verifier = await serveRecorder();
  verifier.answerWith({ status: 200, body: '{"success":true}' });
  const pages = await servePage();
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const endpoint = { endpoint: brazeProxy.url };
  const settings = {
    organization: 'CanaryExample',
    environments: { sandbox: endpoint, prod: endpoint },
    sites: {
      canary: {
        sandbox: [pages.url],
        prod: [PROD_ORIGIN],
        identity: { keys: [await exportSPKI(publicKey)] },
        challenge: { verify: verifier.url, secret: 'TURNSTILE_SECRET' },
        events: { started: 'chat_started', abandoned: 'chat_abandoned', completed: 'chat_completed' },
        counts: true,
        page: { query: ['q'], title: true },
      },
      shop: {
        prod: [SHOP_ORIGIN],
        profile: { by: 'email', field: 'email' },
        erasure: { event: 'chat_erasure_requested' },
      },
    },
    deadline: 1_000,
    brazeTimeout: 3_000,
    changesOnly: true,
    trustedProxies: ['127.0.0.1', '::1'],
  };
  write('flows/canary.json', JSON.stringify(CANARY_FLOW));
  const store = join(folder, 'relay.db');
  const relay = runScript(
    'server/cli.ts',
    [
      'serve',
      ...['--config', write('settings.json', JSON.stringify(settings))],
      ...['--flows', join(folder, 'flows'), '--store', store],
    ],
    {
      PORT: '0',
      OPERATOR_PORT: '0',
      PARLEY_DEVELOPMENT: '1',
      NODE_OPTIONS: `--import ${write('sabotage.mjs', SABOTAGE)}`,
      ...(Object.fromEntries(files) as Readonly<Record<string, string>>),
    },
  );
  const printedAtStart = await relay.prints('The relay listens at');
  const urlAfter = (name: string) => new RegExp(`${name} (http://\\S+)`).exec(printedAtStart)?.[1] ?? '';
  const operator = urlAfter('The operator’s port is');
  const front = await serveProxy(urlAfter('The relay listens at'), { 'x-forwarded-for': ADDRESS });
  pages.setBody(
    `<script>${PAGE_SCRIPT}</script><script async crossorigin="anonymous" src="${front.url}/parley.js" data-flow="canary"></script>`,
  );

  const post = async (path: string, body: object, headers: Readonly<Record<string, string>>) => {
    const response = await fetch(`${front.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200);
    return (await response.json()) as unknown;
  };
  const { token } = (await post(
    '/v1/entry-links',
    { flow: 'canary', site: 'canary', environment: 'sandbox', external_id: LINKED },
    { authorization: `Bearer ${SECRETS.ENTRY_LINK_KEY}` },
  )) as { readonly token: string };

  const browser = await openBrowser();
  const visitor = await Visitor.arrive(browser);
  const printed: string[] = [];
  visitor.page.on('console', (message) => printed.push(message.text()));
  visitor.page.on('pageerror', (error) => printed.push(String(error)));
  return {
    folder,
    store,
    relay,
    visitor,
    braze: emulator.emulator,
    brazeProxy,
    front,
    verifier,
    printed,
    pageUrl: `${pages.url}/${PAGE.path}?q=${PAGE.query}`,
    link: token,
    jwt: await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256' })
      .setSubject(SIGNED_IN)
      .setExpirationTime('1 hour')
      .sign(privateKey),
    /** Of a page of production, by somebody else. */
    async submitElsewhere(email: string) {
      const at = { origin: PROD_ORIGIN };
      const grant = (await post('/v1/sessions', { challenge: CHALLENGE }, at)) as SessionGrant;
      const submission = createSubmission({
        flow: 'canary',
        node: 'save_0',
        answers: { email },
        time: new Date().toISOString(),
      });
      await post(
        '/v1/submissions',
        { submissions: [submission] },
        { ...at, authorization: `Bearer ${grant.session}` },
      );
    },
    /** Of a page of another site, by somebody who gives their address after something else. */
    async comeToShop() {
      const at = { origin: SHOP_ORIGIN };
      const { session, visitor: credential } = (await post('/v1/sessions', {}, at)) as SessionGrant;
      const authorization = `Bearer ${session}`;
      const say = (id: number, answers: Readonly<Record<string, string>>) => {
        const submission = createSubmission({
          id: `019b0000-0000-7000-8000-00000000dddd.${id}`,
          flow: 'canary',
          node: 'save_0',
          answers,
          time: new Date().toISOString(),
        });
        return post('/v1/submissions', { submissions: [submission] }, { ...at, authorization });
      };
      await say(1, {});
      await say(2, { email: LEAVER });
      // Behind the join: when this is delivered that is done, and kept for the second time.
      await say(3, { email: LEAVER });
      return {
        id: decodeJwt(credential).sub ?? '',
        async erase() {
          const init = { method: 'DELETE', headers: { ...at, authorization } };
          assert.equal((await fetch(`${front.url}/v1/visitor`, init)).status, 204);
        },
      };
    },
    /** Settings and flows that are both refused, and say all secrets. Those of before are there again afterwards. */
    async spoilReload() {
      const nodes = Object.fromEntries(
        [...Object.values(SECRETS), NEXT_KEY].map((secret) => [
          secret,
          { type: 'message', next: `${secret}?` },
        ]),
      );
      write('settings.json', JSON.stringify({ ...settings, deadline: Object.values(SECRETS).join(' ') }));
      write(
        'flows/canary.json',
        JSON.stringify({ ...CANARY_FLOW, nodes: { ...CANARY_FLOW.nodes, ...nodes } }),
      );
      relay.child.kill('SIGHUP');
      await relay.prints('"reload_refused"');
      write('settings.json', JSON.stringify(settings));
      write('flows/canary.json', JSON.stringify(CANARY_FLOW));
    },
    async lookAtOperator(see: (text: string) => void) {
      for (const path of ['/metrics', '/readyz', '/healthz', '/none'])
        see(await (await fetch(`${operator}${path}`)).text());
    },
    /** What the command prints. */
    deadLetters(...args: readonly string[]): string {
      const command = ['server/cli.ts', 'dead-letters', ...args, '--store', store];
      const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      return stdout;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      relay.child.kill('SIGKILL');
      await relay.ended;
      await Promise.all([
        front.close(),
        pages.close(),
        verifier.close(),
        brazeProxy.close(),
        emulator.close(),
      ]);
      rmSync(folder, { recursive: true });
    },
  };
}
