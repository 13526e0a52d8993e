/** A visitor is erased: at the relay over HTTP, in the bytes of its store, and at Braze, for which the emulator stands. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { decodeJwt, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { parseConfig } from '../../server/config.ts';
import { createEntryLinks } from '../../server/entry-links.ts';
import { createCredentials } from '../../server/identity/credentials.ts';
import { LOG_FIELDS, type LogEntry } from '../../server/log-fields.ts';
import type { Readiness } from '../../server/readiness.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Work } from '../../server/delivery/work.ts';
import type { Store } from '../../server/store/store.ts';
import type { SessionGrant, Submission, SubmissionsResponse } from '../../widget/contract/wire.ts';
import { settled, workOf as work } from '../store/fixture.ts';
import {
  createSubmission,
  FLOW,
  OTHER_ORIGIN,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from './relay-fixture.ts';

const DAY = 24 * 60 * 60 * 1_000;
/** Milliseconds after which nothing of an erased visitor is under way at Braze. */
const SETTLED = 11 * 60_000;
const CLAIM = { holder: 'test', lease: DAY };
/** Milliseconds after which what failed is tried again, at the latest. */
const LATER = 2 * 60 * 60_000;

const folder = mkdtempSync(join(tmpdir(), 'parley-erasing-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

type Fault = Parameters<EmulatorServer['emulator']['setFault']>[0];

describe('DELETE /v1/visitor', () => {
  let braze: EmulatorServer;
  let file: string;
  let store: Store;
  let relay: RunningRelay;
  let entries: LogEntry[];
  let ahead: number;
  let erasure: object | undefined;
  /** Of the site, beside that. */
  let site: object;
  /** Of the other one. */
  let other: object;
  /** How many exports there are, if not as many as Braze takes by default. */
  let exports: { readonly limit: number; readonly window: number } | undefined;
  /** What is otherwise about the store. */
  let otherwise: Partial<Store>;
  let heard: (() => void)[];

  const start = async () => {
    const settings = settingsFor({ sandbox: braze.url, prod: braze.url, deadline: 1_000 });
    const brand = { ...settings.sites.brand, prod: [], ...site, ...(erasure && { erasure }) };
    const sites = { brand, other: { ...settings.sites.other, ...other } };
    store = { ...createSqliteStore({ file, clock: () => Date.now() + ahead }), ...otherwise };
    relay = await serveRelay({
      settings: {
        ...settings,
        environments: { sandbox: { endpoint: braze.url, ...(exports && { exports }) } },
        brazeTimeout: 3_000,
        changesOnly: true,
        sites,
      },
      env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
      flows: [{ source: 'welcome', json: FLOW }],
      assets: async () => undefined,
      store,
      port: 0,
      log: (entry) => {
        entries.push(entry);
        for (const look of heard) look();
      },
    });
  };

  beforeEach(async () => {
    const permissions = ['users.track', 'users.delete', 'users.export.ids', 'users.identify', 'users.merge'];
    braze = await serveEmulator({ port: 0, workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions }] }] });
    file = join(folder, `${(files += 1)}.db`);
    entries = [];
    heard = [];
    ahead = 0;
    erasure = { delete: true };
    site = {};
    other = {};
    exports = undefined;
    otherwise = {};
    await start();
  });
  afterEach(async () => {
    await relay.close();
    await braze.close();
    for (const entry of entries)
      for (const name of Object.keys(entry)) assert.ok(name in LOG_FIELDS, `${name} of ${entry.event}`);
  });

  const call = (method: string, path: string, headers: Record<string, string>, body?: unknown) =>
    fetch(`${relay.url}${path}`, {
      method,
      headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const open = async (visitor?: string, origin = SANDBOX_ORIGIN) =>
    (await (await call('POST', '/v1/sessions', { origin }, { visitor })).json()) as SessionGrant;
  const idOf = (grant: SessionGrant) => decodeJwt(grant.visitor).sub ?? '';
  const submit = ({ session }: SessionGrant, email: string, change: Partial<Submission> = {}) =>
    call(
      'POST',
      '/v1/submissions',
      { authorization: `Bearer ${session}` },
      { submissions: [createSubmission({ answers: { first_name: 'Ada', email }, ...change })] },
    );
  const outcomeOf = async (response: Response) =>
    ((await response.json()) as SubmissionsResponse).receipts[0]?.outcome;
  const erase = ({ session }: SessionGrant, origin = SANDBOX_ORIGIN) =>
    call('DELETE', '/v1/visitor', { authorization: `Bearer ${session}`, origin });
  /** Of a visitor who has said no more than a name: their profile is at Braze. */
  const known = async (name: string) => {
    const grant = await open();
    assert.equal(await outcomeOf(await submit(grant, '', { answers: { first_name: name } })), 'success');
    braze.emulator.settle();
    return grant;
  };
  const profileOf = (grant: SessionGrant) =>
    braze.emulator
      .profiles()
      .find(({ user_aliases: aliases }) => aliases.some(({ alias_name: name }) => name === idOf(grant)));
  const heardOf = (event: string) =>
    new Promise<LogEntry>((resolve) => {
      const look = () => {
        const found = entries.find((entry) => entry.event === event);
        if (found) resolve(found);
      };
      heard.push(look);
      look();
    });
  /** The next start looks at once, and has what the last one left. */
  const restart = async (later: number, fault?: Fault) => {
    await relay.close();
    ahead += later;
    entries = [];
    braze.emulator.setFault(fault);
    await start();
  };
  /** A dead letter, as the relay leaves it. It is the first of its visitor: what is in the spool does not stand before it. */
  const bury = async (dead: Work) => {
    await store.settle([{ ...settled(dead.key), dead: { reason: 'refused', work: dead } }], CLAIM.holder);
  };
  /** Of what is not well, by `/readyz`. */
  const unwell = async () => {
    const { checks } = (await (await fetch(`${relay.url}/readyz`)).json()) as Readiness;
    return checks.map(({ name }) => name);
  };
  const askedOfBraze = (path: string) => braze.emulator.journal().filter((entry) => entry.path === path);
  const eventsOf = (name: string) =>
    braze.emulator.profiles().flatMap(({ events }) => events.filter((event) => event.name === name));

  describe('at the relay', () => {
    it('is 204 without a body, for the page that asks, after a preflight', async () => {
      const preflight = await call('OPTIONS', '/v1/visitor', {
        'access-control-request-method': 'DELETE',
        'access-control-request-headers': 'authorization',
      });
      assert.equal(preflight.headers.get('access-control-allow-origin'), SANDBOX_ORIGIN);
      assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /\bDELETE\b/);
      const answer = await erase(await open());
      assert.deepEqual([answer.status, await answer.text()], [204, '']);
      assert.equal(answer.headers.get('access-control-allow-origin'), SANDBOX_ORIGIN);
      const { event, site, environment } = await heardOf('visitor_erased');
      assert.deepEqual(
        { event, site, environment },
        { event: 'visitor_erased', site: 'brand', environment: 'sandbox' },
      );
    });

    it('takes out all that is held of the visitor, from the bytes of the file too, and nothing of another', async () => {
      const [gone, other] = [await known('Gone'), await known('Other')];
      const [visitor, kept] = [idOf(gone), idOf(other)];
      // Braze is down: what they say next is in the spool.
      braze.emulator.setFault({ kind: 'status', status: 503 });
      for (const grant of [gone, other]) {
        const who = grant === gone ? 'gone' : 'other';
        await store.begin(work(`${idOf(grant)}/dead`), CLAIM, 100);
        assert.equal(await outcomeOf(await submit(grant, `${who}-spooled@example.com`)), 'queued');
        const workOf = (id: string) =>
          work(`${idOf(grant)}/${id}`, {
            environment: 'sandbox',
            share: { attributes: { email: `${who}-kept@example.com` }, events: [] },
          });
        const held = {
          name: `${idOf(grant)}/c`,
          work: workOf('c'),
          at: 0,
          offset: 0,
          dueAt: Date.now() + DAY,
        };
        assert.equal(await store.provisional.hold(held, 100), 'held');
        await bury(workOf('dead'));
      }
      assert.equal((await store.stats()).deadLetters, 2);
      assert.equal((await erase(gone)).status, 204);
      const stats = await store.stats();
      assert.deepEqual([stats.unsettled, stats.deadLetters, stats.provisional, stats.erasures], [1, 1, 1, 1]);
      assert.equal(await store.get(`changes/sandbox/${visitor}`), undefined);
      assert.ok(await store.get(`changes/sandbox/${kept}`));
      // What is left to do at Braze is done, and with it the id goes.
      await restart(SETTLED);
      assert.equal((await heardOf('erasure_settled')).outcome, 'deleted');
      await relay.close();
      for (const path of [file, `${file}-wal`].filter((each) => existsSync(each))) {
        const bytes = readFileSync(path);
        for (const words of [visitor, 'Gone', 'gone-spooled@', 'gone-kept@'])
          assert.equal(bytes.includes(words), false, words);
        for (const words of [kept, 'other-kept@']) assert.ok(bytes.includes(words), words);
      }
      await start();
    });

    it('ends what was signed for them: the old session is 401, and the old credential makes a new visitor', async () => {
      const grant = await known('Gone');
      await erase(grant);
      assert.equal((await submit(grant, 'late@example.com')).status, 401);
      const departure = { visitor: grant.visitor, sent: new Date().toISOString(), back: undefined };
      assert.equal((await call('POST', '/v1/departures', {}, departure)).status, 401);
      const next = await open(grant.visitor);
      assert.notEqual(idOf(next), idOf(grant));
      assert.equal(await outcomeOf(await submit(next, 'new@example.com')), 'success');
      await restart(400 * DAY);
      assert.notEqual(idOf(await open(grant.visitor)), idOf(grant));
      assert.equal(idOf(await open(next.visitor)), idOf(next));
    });

    it('is the same when it is asked again, and counted once', async () => {
      const grant = await known('Gone');
      assert.deepEqual([(await erase(grant)).status, (await erase(grant)).status], [204, 204]);
      assert.equal(entries.filter(({ event }) => event === 'visitor_erased').length, 1);
    });

    it('lets nothing go that was under way, and keeps nothing of its answer', async () => {
      const grant = await open();
      braze.emulator.setFault({ kind: 'hold' });
      const first = submit(grant, 'sent@example.com');
      await braze.emulator.until(({ journal }) => journal().length === 1);
      const second = submit(grant, 'waits@example.com');
      // It stands behind the first: the relay has it when it says so of both.
      while ((await store.stats()).unsettled < 2) await new Promise(setImmediate);
      await erase(grant);
      assert.equal(await outcomeOf(await second), 'error');
      braze.emulator.setFault(undefined);
      await first;
      await relay.close();
      const { erasures, ...stats } = await (store = createSqliteStore({ file, clock: Date.now })).stats();
      assert.deepEqual([erasures, stats.unsettled, stats.deadLetters], [1, 0, 0]);
      await store.close();
      assert.equal(readFileSync(file).includes('@example.com'), false);
      assert.equal(askedOfBraze('/users/track').length, 1);
      await start();
    });

    for (const { name, headers } of [
      { name: 'none', headers: {} },
      { name: 'a forged one', headers: { authorization: 'Bearer e30.e30.e30' } },
    ]) {
      it(`takes no session but its own: ${name} is 401`, async () => {
        assert.equal((await call('DELETE', '/v1/visitor', headers)).status, 401);
        assert.equal((await store.stats()).erasures, 0);
      });
    }
    it('takes no session of another site, and no credential for a session', async () => {
      const grant = await known('Stays');
      assert.equal((await erase(grant, OTHER_ORIGIN)).status, 401);
      assert.equal((await erase(await open(undefined, OTHER_ORIGIN))).status, 401);
      assert.equal((await erase({ ...grant, session: grant.visitor })).status, 401);
      assert.equal((await erase(grant, 'https://stranger.example')).status, 403);
      assert.equal(await outcomeOf(await submit(grant, 'still@example.com')), 'success');
    });
  });

  describe('at Braze', () => {
    it('leaves everything there unless the site says otherwise', async () => {
      erasure = undefined;
      await restart(0);
      const grant = await known('Gone');
      await erase(grant);
      assert.equal((await store.stats()).erasures, 0);
      assert.ok(profileOf(grant));
    });

    it('deletes a profile that is the alias’s alone, when all that was under way is there, and no other', async () => {
      const [gone, other] = [await known('Gone'), await known('Other')];
      await erase(gone);
      await restart(0);
      assert.deepEqual(askedOfBraze('/users/export/ids'), []);
      await restart(SETTLED);
      assert.equal((await heardOf('erasure_settled')).outcome, 'deleted');
      braze.emulator.settle();
      assert.equal(profileOf(gone), undefined);
      assert.ok(profileOf(other));
      assert.equal((await store.stats()).erasures, 0);
      assert.deepEqual(eventsOf('chat_erasure_requested'), []);
    });

    it('does nothing where there is no profile', async () => {
      await erase(await open());
      await restart(SETTLED);
      assert.equal((await heardOf('erasure_settled')).outcome, 'absent');
      assert.deepEqual(askedOfBraze('/users/delete'), []);
      assert.deepEqual(askedOfBraze('/users/track'), []);
    });

    const post = (path: string, body: unknown) =>
      fetch(`${braze.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${SANDBOX_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const aliasOf = (visitor: string) => ({
      user_alias: { alias_name: visitor, alias_label: `parley-${visitor}` },
    });
    const OTHERS: readonly { readonly name: string; readonly make: (visitor: string) => Promise<unknown> }[] =
      [
        {
          name: 'the brand has identified',
          make: (visitor) =>
            post('/users/identify', {
              aliases_to_identify: [
                {
                  external_id: 'customer-1',
                  user_alias: { alias_name: visitor, alias_label: `parley-${visitor}` },
                },
              ],
            }),
        },
        {
          name: 'has bought something',
          make: (visitor) =>
            post('/users/track', {
              purchases: [
                {
                  user_alias: { alias_name: visitor, alias_label: `parley-${visitor}` },
                  product_id: 'boots',
                  currency: 'GBP',
                  price: 1,
                  time: new Date().toISOString(),
                },
              ],
            }),
        },
        {
          name: 'has unsubscribed',
          make: (visitor) =>
            post('/users/track', {
              attributes: [
                {
                  user_alias: { alias_name: visitor, alias_label: `parley-${visitor}` },
                  email_subscribe: 'unsubscribed',
                },
              ],
            }),
        },
        {
          name: 'has a telephone number, by which others may write to it',
          make: (visitor) =>
            post('/users/track', { attributes: [{ ...aliasOf(visitor), phone: '+442071838750' }] }),
        },
        {
          name: 'has an attribute that no flow writes',
          make: (visitor) => post('/users/track', { attributes: [{ ...aliasOf(visitor), loyalty: 'gold' }] }),
        },
        {
          name: 'has an event that nothing of ours tells',
          make: (visitor) =>
            post('/users/track', {
              events: [{ ...aliasOf(visitor), name: 'newsletter_joined', time: new Date().toISOString() }],
            }),
        },
      ];
    for (const { name, make } of OTHERS) {
      it(`tells the brand of a profile that ${name}, and deletes nothing`, async () => {
        erasure = { delete: true, event: 'please_erase' };
        await restart(0);
        const grant = await known('Customer');
        await make(idOf(grant));
        braze.emulator.settle();
        await erase(grant);
        await restart(SETTLED);
        assert.equal((await heardOf('erasure_settled')).outcome, 'told');
        braze.emulator.settle();
        assert.ok(profileOf(grant));
        assert.deepEqual(
          eventsOf('please_erase').map(({ properties }) => properties),
          [{ visitor: idOf(grant), submission_id: `${idOf(grant)}.erasure` }],
        );
        assert.deepEqual(askedOfBraze('/users/delete'), []);
      });
    }
    it('deletes what flows and lifecycle events have written', async () => {
      site = { events: { started: 'chat_started' } };
      await restart(0);
      const grant = await known('Gone');
      const time = new Date().toISOString();
      const began = { id: `${crypto.randomUUID()}.1.started`, node: 'name', answers: {}, time };
      assert.equal(await outcomeOf(await submit(grant, '', began)), 'success');
      braze.emulator.settle();
      const { custom_attributes: attributes = {}, events = [] } = profileOf(grant) ?? {};
      assert.deepEqual(
        [Object.keys(attributes), events.map(({ name }) => name).sort()],
        [['operating_system'], ['chat_profile_completed', 'chat_started']],
      );
      await erase(grant);
      await restart(SETTLED);
      assert.equal((await heardOf('erasure_settled')).outcome, 'deleted');
    });

    /** Who writes to the profile of an address: Braze finds that of a visitor who has typed it. */
    const STRANGERS: readonly { readonly name: string; readonly write: () => Promise<unknown> }[] = [
      {
        name: 'a newsletter',
        write: () =>
          post('/users/track', {
            attributes: [{ email: 'bob@example.com', home_city: 'Keswick', loyalty: 'gold' }],
          }),
      },
      {
        name: 'a visitor of another site, whose profiles are known by e-mail',
        write: async () => {
          const { session } = await open(undefined, OTHER_ORIGIN);
          const submission = createSubmission({ answers: { first_name: 'Bob', email: 'bob@example.com' } });
          const headers = { authorization: `Bearer ${session}`, origin: OTHER_ORIGIN };
          return call('POST', '/v1/submissions', headers, { submissions: [submission] });
        },
      },
    ];
    for (const { name, write } of STRANGERS) {
      it(`deletes nothing that ${name} has written to the profile of an address that the visitor typed`, async () => {
        other = { profile: { by: 'email', field: 'email' } };
        await restart(0);
        const grant = await open();
        assert.equal(await outcomeOf(await submit(grant, 'bob@example.com')), 'success');
        braze.emulator.settle();
        await write();
        braze.emulator.settle();
        const before = braze.emulator.profiles();
        assert.equal(before.length, 1, 'else this is no test of it');
        await erase(grant);
        await restart(SETTLED);
        assert.equal((await heardOf('erasure_settled')).outcome, 'told');
        braze.emulator.settle();
        const [profile] = braze.emulator.profiles();
        assert.deepEqual(profile?.standard, before[0]?.standard);
        assert.deepEqual(profile?.custom_attributes, before[0]?.custom_attributes);
        assert.equal(eventsOf('chat_erasure_requested').length, 1);
      });
    }
    const linkTo = (person: string) =>
      createEntryLinks(
        { sessionSecret: () => new TextEncoder().encode(SESSION_SECRET) },
        { clock: Date.now, createId: () => crypto.randomUUID() },
      ).make({ site: 'brand', environment: 'sandbox', flow: 'welcome', external_id: person }, DAY);
    it('tells the brand of a profile that was written by a personal link, and deletes neither', async () => {
      const grant = await known('Gone');
      const link = await linkTo('person-7');
      assert.equal(
        await outcomeOf(await submit(grant, 'person@example.com', { entry: { link } })),
        'success',
      );
      braze.emulator.settle();
      await erase(grant);
      await restart(SETTLED);
      assert.equal((await heardOf('erasure_settled')).outcome, 'told');
      braze.emulator.settle();
      assert.equal(eventsOf('chat_erasure_requested').length, 2);
      assert.equal(braze.emulator.profiles().length, 2);
      assert.deepEqual(askedOfBraze('/users/delete'), []);
    });
    it('tells the brand of a profile that was written to while the erasure was on its way', async () => {
      let onTheWay = async (): Promise<unknown> => undefined;
      const erased: Store['erase'] = async (...given) => {
        await onTheWay();
        return sqlite.erase(...given);
      };
      otherwise = { erase: erased };
      await restart(0);
      const sqlite = createSqliteStore({ file, clock: () => Date.now() + ahead });
      const grant = await known('Gone');
      const link = await linkTo('person-7');
      // The last moment at which they are still somebody.
      onTheWay = () => submit(grant, 'person@example.com', { entry: { link } });
      await erase(grant);
      await sqlite.close();
      otherwise = {};
      await restart(SETTLED);
      assert.equal((await heardOf('erasure_settled')).outcome, 'told');
      braze.emulator.settle();
      assert.equal(braze.emulator.profiles().length, 2);
      assert.deepEqual(askedOfBraze('/users/delete'), []);
    });
    it('tells the brand of every profile where nothing is to be deleted, and makes none for it', async () => {
      erasure = {};
      await restart(0);
      const [grant, nobody] = [await known('Gone'), await open()];
      for (const each of [grant, nobody]) await erase(each);
      await restart(SETTLED);
      while ((await store.stats()).erasures > 0) await new Promise(setImmediate);
      braze.emulator.settle();
      assert.equal(eventsOf('chat_erasure_requested').length, 1);
      assert.equal(braze.emulator.profiles().length, 1);
    });

    /** As the relay would sign it for a visitor whom it made then. */
    const grantOf = (since: number | undefined) => {
      const settings = settingsFor({ sandbox: braze.url, prod: braze.url });
      const env = { BRAZE_SANDBOX_KEY: SANDBOX_KEY, BRAZE_PROD_KEY: SANDBOX_KEY, SESSION_SECRET };
      const config = parseConfig({ settings, env: { ...env, PARLEY_DEVELOPMENT: '1' } });
      const owner = config.origins.get(SANDBOX_ORIGIN);
      assert.ok(owner);
      const visitor = { id: crypto.randomUUID(), ...(since !== undefined && { since }) };
      return createCredentials(config, { clock: Date.now }).grant(visitor, owner, SANDBOX_ORIGIN);
    };
    const UNCERTAIN: readonly {
      readonly name: string;
      readonly since?: () => number;
      readonly store?: Partial<Store>;
    }[] = [
      { name: 'that was there before the visitor', since: () => Date.now() + 60_000 },
      {
        name: 'of a visitor who was here before our record begins',
        since: () => Date.now() - 401 * DAY,
      },
      {
        name: 'of a visitor who was here before the store was',
        since: () => Date.now() - DAY,
      },
      { name: 'of a visitor of whom nobody knows since when they come' },
      {
        name: 'where our record does not outlive the process',
        since: Date.now,
        store: { isDurable: false },
      },
    ];
    for (const { name, since, store: different } of UNCERTAIN) {
      it(`tells the brand of a profile ${name}, and deletes nothing`, async () => {
        otherwise = different ?? {};
        await restart(0);
        const made = await grantOf(since?.());
        const grant = { ...made, expires_in: 0, deadline: 0 };
        const answers = { first_name: 'Ada' };
        assert.equal(await outcomeOf(await submit(grant, '', { answers })), 'success');
        braze.emulator.settle();
        await erase(grant);
        await restart(SETTLED);
        assert.equal((await heardOf('erasure_settled')).outcome, 'told');
        braze.emulator.settle();
        assert.ok(profileOf(grant));
        assert.equal(eventsOf('chat_erasure_requested').length, 1);
        assert.deepEqual(askedOfBraze('/users/delete'), []);
      });
    }
    const [, forget = ''] =
      /sqlite3 \S+ "(DELETE [^"]+)"/.exec(readFileSync('docs/operations.md', 'utf8')) ?? [];
    const RECORDS: readonly {
      readonly name: string;
      /** Days for which it was kept. */
      readonly life: number;
      readonly isPutBack?: boolean;
      readonly outcome: string;
    }[] = [
      { name: 'it has been there for longer', life: 400, outcome: 'deleted' },
      { name: 'it has been kept for longer since', life: 90, outcome: 'told' },
      { name: 'it is a copy that was put back', life: 400, isPutBack: true, outcome: 'told' },
    ];
    for (const { name, life, isPutBack = false, outcome } of RECORDS) {
      it(`has the profile of a visitor of 200 days ${outcome} where our record began before them and ${name}`, async () => {
        const grant = { ...(await grantOf(Date.now() - 200 * DAY)), expires_in: 0, deadline: 0 };
        const since = Date.now() - 300 * DAY;
        await store.put('record/profiles', { since, life: life * DAY }, Infinity);
        const answers = { first_name: 'Ada' };
        assert.equal(await outcomeOf(await submit(grant, '', { answers })), 'success');
        braze.emulator.settle();
        await relay.close();
        if (isPutBack) {
          // As docs/operations.md has it done.
          const db = new DatabaseSync(file);
          assert.equal(db.prepare(forget).run().changes, 1);
          db.close();
        }
        await start();
        await erase(grant);
        await restart(SETTLED);
        assert.equal((await heardOf('erasure_settled')).outcome, outcome);
        braze.emulator.settle();
        assert.equal(profileOf(grant) === undefined, outcome === 'deleted');
      });
    }
    /** Who has given a customer's address, where profiles are known by it, and nothing of that is remembered any more. */
    const forgotten = async () => {
      await post('/users/track', { attributes: [{ email: 'customer@example.com', home_city: 'Keswick' }] });
      site = { profile: { by: 'email', field: 'email' } };
      await restart(0);
      const grant = await open();
      for (const answers of [{ first_name: 'Eve' }, { email: 'customer@example.com' }]) {
        assert.equal(await outcomeOf(await submit(grant, '', { answers })), 'success');
        braze.emulator.settle();
      }
      assert.deepEqual(
        braze.emulator.profiles().map(({ standard }) => standard['home_city']),
        ['Keswick'],
      );
      for (const name of [`profiles/${idOf(grant)}`, `profile/sandbox/${idOf(grant)}`])
        await store.put(name, undefined, 0);
      return grant;
    };
    for (const isShown of [true, false]) {
      it(`deletes no customer whose address was given, of which nothing is remembered any more, and which the profile has ${isShown ? 'still' : 'no more'}`, async () => {
        const grant = await forgotten();
        if (!isShown) {
          await post('/users/track', { attributes: [{ ...aliasOf(idOf(grant)), email: null }] });
          braze.emulator.settle();
        }
        await erase(grant);
        await restart(SETTLED);
        assert.equal((await heardOf('erasure_settled')).outcome, 'told');
        assert.equal(braze.emulator.profiles().length, 1);
        assert.deepEqual(askedOfBraze('/users/delete'), []);
      });
    }

    const eventsSent = () =>
      askedOfBraze('/users/track')
        .flatMap(({ body }) => (body as { events?: readonly Record<string, unknown>[] }).events ?? [])
        .filter(({ name }) => name === 'chat_erasure_requested');
    /** Who has talked, and then signed in. */
    const joined = async () => {
      const { publicKey, privateKey } = await generateKeyPair('ES256');
      site = { identity: { keys: [await exportSPKI(publicKey)] } };
      await restart(0);
      const { visitor } = await known('Ada');
      const identity = await new SignJWT({ sub: 'ada' })
        .setProtectedHeader({ alg: 'ES256' })
        .setExpirationTime('1 hour')
        .sign(privateKey);
      const grant = (await (
        await call('POST', '/v1/sessions', {}, { visitor, identity })
      ).json()) as SessionGrant;
      assert.equal(grant.identity, 'verified');
      braze.emulator.settle();
      return grant;
    };
    it('tells the brand once of a person to whom the alias was joined', async () => {
      await erase(await joined());
      await restart(SETTLED);
      assert.equal((await heardOf('erasure_settled')).outcome, 'told');
      braze.emulator.settle();
      assert.equal(braze.emulator.profiles().length, 1);
      assert.equal(eventsOf('chat_erasure_requested').length, 1);
      assert.deepEqual(
        eventsSent().map(({ external_id: id }) => id),
        ['ada'],
      );
    });
    it('tells each that it knows of once, with one submission_id, where the key may not export', async () => {
      const grant = await joined();
      braze.emulator.addKey({ key: SANDBOX_KEY, permissions: ['users.track'] });
      await erase(grant);
      await restart(SETTLED);
      assert.equal((await heardOf('erasure_settled')).outcome, 'told');
      assert.deepEqual(
        eventsSent().map(({ external_id: id, properties }) => [id, properties]),
        ['ada', undefined].map((id) => [
          id,
          { visitor: idOf(grant), submission_id: `${idOf(grant)}.erasure` },
        ]),
      );
      assert.equal(askedOfBraze('/users/export/ids').length, 1, 'what is refused once is not asked again');
    });
    it('tells the brand once of the profile of an address, and of as many as a visitor gives', async () => {
      site = { profile: { by: 'email', field: 'email' } };
      await restart(0);
      const grant = await open();
      await submit(grant, '', { answers: { first_name: 'Ada' } });
      const addresses = Array.from({ length: 80 }, (_, index) => `ada-${index}@example.com`);
      for (const email of addresses) assert.equal(await outcomeOf(await submit(grant, email)), 'success');
      braze.emulator.settle();
      assert.equal(braze.emulator.profiles().length, 80);
      await erase(grant);
      await restart(SETTLED);
      assert.equal((await heardOf('erasure_settled')).outcome, 'told');
      braze.emulator.settle();
      assert.deepEqual(
        braze.emulator
          .profiles()
          .map(({ events }) => events.filter(({ name }) => name === 'chat_erasure_requested').length),
        addresses.map(() => 1),
      );
      // Each is a request for which the claim lasts longer.
      assert.equal(askedOfBraze('/users/export/ids').length, 5);
    });

    it('is done later where as many exports have left as may: those who read profiles have the others', async () => {
      exports = { limit: 1, window: 20 * DAY };
      const gone = [await known('Ada'), await known('Bob')];
      for (const grant of gone) await erase(grant);
      await restart(SETTLED);
      const { status, step } = await heardOf('erasure_postponed');
      assert.deepEqual([status, step], ['budget', 'export']);
      assert.equal((await heardOf('erasure_settled')).outcome, 'deleted');
      assert.equal(askedOfBraze('/users/export/ids').length, 1);
      await restart(20 * DAY);
      assert.equal((await heardOf('erasure_settled')).outcome, 'deleted');
      braze.emulator.settle();
      assert.deepEqual(gone.map(profileOf), [undefined, undefined]);
    });
    it('tells nobody twice because exports are few, unless they stay so', async () => {
      exports = { limit: 1, window: 20 * DAY };
      await erase(await joined());
      for (let attempt = 1; attempt < 8; attempt += 1) {
        await restart(attempt === 1 ? SETTLED : LATER);
        const { status, attempts } = await heardOf('erasure_postponed');
        assert.deepEqual([status, attempts], ['budget', attempt]);
        assert.deepEqual(eventsSent(), []);
      }
      await restart(LATER);
      assert.equal((await heardOf('erasure_settled')).outcome, 'told');
      assert.equal(eventsSent().length, 2);
    });

    const FAULTS: readonly { readonly name: string; readonly fault: Fault; readonly step: string }[] = [
      {
        name: 'the export fails',
        fault: { kind: 'status', status: 503, path: '/users/export/ids' },
        step: 'export',
      },
      {
        name: 'the export is over its limit',
        fault: { kind: 'status', status: 429, path: '/users/export/ids' },
        step: 'export',
      },
      {
        name: 'the key may not export',
        fault: { kind: 'status', status: 401, path: '/users/export/ids' },
        step: 'export',
      },
      {
        name: 'the key may not delete',
        fault: { kind: 'status', status: 403, path: '/users/delete' },
        step: 'delete',
      },
      {
        name: 'the answer to the deletion is lost',
        fault: { kind: 'lost', path: '/users/delete' },
        step: 'delete',
      },
    ];
    for (const { name, fault, step } of FAULTS) {
      it(`tries again later where ${name}, also in another process`, async () => {
        const grant = await known('Gone');
        await erase(grant);
        await restart(SETTLED, fault);
        assert.equal((await heardOf('erasure_postponed')).step, step);
        assert.equal((await store.stats()).erasures, 1);
        await restart(LATER);
        const { outcome } = await heardOf('erasure_settled');
        assert.equal(outcome, name.endsWith('lost') ? 'absent' : 'deleted');
        braze.emulator.settle();
        assert.equal(profileOf(grant), undefined);
      });
    }
    for (const { step, permissions, missing } of [
      { step: 'export', permissions: ['users.track', 'users.delete'], missing: 'users.export.ids' },
      { step: 'delete', permissions: ['users.track', 'users.export.ids'], missing: 'users.delete' },
    ]) {
      it(`says what the key may not (${missing}), and tells the brand when nobody has mended it after eight tries`, async () => {
        const grant = await known('Gone');
        await erase(grant);
        braze.emulator.addKey({ key: SANDBOX_KEY, permissions });
        for (let attempt = 1; attempt < 8; attempt += 1) {
          await restart(attempt === 1 ? SETTLED : LATER);
          const { level, advice, ...said } = await heardOf('erasure_postponed');
          assert.deepEqual([level, said.step, said.attempts], ['error', step, attempt]);
          assert.match(String(advice), new RegExp(`let the REST API key of sandbox do ${missing}\\.`));
          assert.deepEqual(eventsOf('chat_erasure_requested'), []);
        }
        await restart(LATER);
        assert.equal((await heardOf('erasure_settled')).outcome, 'told');
        assert.ok(profileOf(grant), 'it is not deleted');
        assert.equal(eventsOf('chat_erasure_requested').length, 1);
        assert.equal((await store.stats()).erasures, 0);
      });
    }
    it('deletes after all, where the key may in time', async () => {
      const grant = await known('Gone');
      await erase(grant);
      braze.emulator.addKey({ key: SANDBOX_KEY, permissions: ['users.track'] });
      await restart(SETTLED);
      await heardOf('erasure_postponed');
      assert.deepEqual(await unwell(), ['braze sandbox users.export.ids']);
      braze.emulator.addKey({
        key: SANDBOX_KEY,
        permissions: ['users.track', 'users.delete', 'users.export.ids'],
      });
      await restart(LATER);
      assert.equal((await heardOf('erasure_settled')).outcome, 'deleted');
      braze.emulator.settle();
      assert.equal(profileOf(grant), undefined);
    });
    it('is not said to lack what the key may do again', async () => {
      for (const name of ['Gone', 'Also']) await erase(await known(name));
      await restart(SETTLED, { kind: 'status', status: 403, path: '/users/export/ids', times: 1 });
      await heardOf('erasure_postponed');
      await heardOf('erasure_settled');
      assert.deepEqual(await unwell(), []);
    });
    it('goes on where its process died between the export and the deletion', async () => {
      const grant = await known('Gone');
      await erase(grant);
      await restart(SETTLED, { kind: 'hold', path: '/users/export/ids' });
      await braze.emulator.until(({ journal }) => journal().some(({ path }) => path === '/users/export/ids'));
      // As another process finds it: claimed, and its holder not heard of any more.
      const copy = createSqliteStore({ file, clock: () => Date.now() + ahead + LATER });
      const [due] = await copy.erasures.claimDue(['sandbox'], 10, 1);
      assert.deepEqual([due?.erasure.visitor, due?.attempts], [idOf(grant), 2]);
      await copy.close();
      await restart(2 * LATER);
      assert.equal((await heardOf('erasure_settled')).outcome, 'deleted');
    });
  });
});
