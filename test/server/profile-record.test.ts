/**
 * What the relay remembers of the profiles that a visitor has written to, and what it does where it cannot know: over HTTP, against the
 * emulator, with stores that are new, forget, or are full.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { decodeJwt, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { JOIN_AGAIN_AFTER } from '../../server/delivery/profile-joins.ts';
import { LOG_FIELDS, type LogEntry } from '../../server/log-fields.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { StoreError, type Store } from '../../server/store/store.ts';
import type { SessionGrant, Submission, SubmissionsResponse } from '../../widget/contract/wire.ts';
import { createSubmission, FLOW, PROD_KEY, PROD_ORIGIN, SESSION_SECRET } from './relay-fixture.ts';

const { publicKey, privateKey } = await generateKeyPair('ES256');
const sign = (sub: string) =>
  new SignJWT().setProtectedHeader({ alg: 'ES256' }).setSubject(sub).setExpirationTime('1h').sign(privateKey);

const IDENTITY = { identity: { keys: [await exportSPKI(publicKey)] } };
const BY_EMAIL = { profile: { by: 'email', field: 'email' } };
const PERMISSIONS = ['users.track', 'users.identify', 'users.merge', 'users.export.ids'];

const MINUTE = 60_000;
/** Milliseconds after which an erased visitor's profiles are told, at the latest. */
const ERASED = 11 * MINUTE;
/** Idle time of a site that names none. */
const IDLE = 30 * MINUTE;

const folder = mkdtempSync(join(tmpdir(), 'parley-profile-record-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
let conversations = 0;

describe('our record of profiles', () => {
  let braze: EmulatorServer;
  let relay: RunningRelay | undefined;
  let entries: LogEntry[];
  let heard: (() => void)[];
  /** Of the store's clock: what is kept until a time is due. */
  let ahead: number;
  let site: object;
  /** Settings of the relay. */
  let more: object;
  let openStore: () => Store;
  let store: Store;

  const clock = () => Date.now() + ahead;
  const newFile = () => {
    const file = join(folder, `${(files += 1)}.db`);
    return () => createSqliteStore({ file, clock });
  };

  beforeEach(async () => {
    braze = await serveEmulator({
      port: 0,
      workspaces: [{ keys: [{ key: PROD_KEY, permissions: PERMISSIONS }] }],
    });
    entries = [];
    heard = [];
    ahead = 0;
    more = {};
    openStore = newFile();
  });
  afterEach(async () => {
    await relay?.close();
    await braze.close();
    for (const entry of entries)
      for (const name of Object.keys(entry)) assert.ok(name in LOG_FIELDS, `${name} of ${entry.event}`);
  });

  /** Again: what is due by then is done at once. */
  const start = async (settings = site, later = 0) => {
    await relay?.close();
    ahead += later;
    site = settings;
    store = openStore();
    relay = await serveRelay({
      settings: {
        organization: 'BrandExample',
        environments: { prod: { endpoint: braze.url } },
        sites: { brand: { prod: [PROD_ORIGIN], ...settings } },
        deadline: 1_500,
        brazeTimeout: 3_000,
        limits: { address: false, visitor: false, site: false, newVisitors: false },
        ...more,
      },
      env: { BRAZE_PROD_KEY: PROD_KEY, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
      flows: [{ source: 'welcome', json: FLOW }],
      assets: async () => undefined,
      store,
      port: 0,
      hostname: 'localhost',
      log: (entry) => {
        entries.push(entry);
        for (const look of heard) look();
      },
    });
  };
  const call = (method: string, path: string, body?: object, session?: string) =>
    fetch(`${relay?.url ?? ''}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        origin: PROD_ORIGIN,
        ...(session !== undefined && { authorization: `Bearer ${session}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  const open = async (request: { visitor?: string; identity?: string } = {}): Promise<SessionGrant> => {
    const response = await call('POST', '/v1/sessions', request);
    assert.equal(response.status, 200);
    return (await response.json()) as SessionGrant;
  };
  const signIn = async ({ visitor }: SessionGrant, who: string): Promise<SessionGrant> => {
    const grant = await open({ visitor, identity: await sign(who) });
    assert.equal(grant.identity, 'verified');
    return grant;
  };
  const newConversation = () => {
    conversations += 1;
    return `019d0000-0000-7000-8000-${String(conversations).padStart(12, '0')}`;
  };
  const submissionOf = (answers: Submission['answers']) =>
    createSubmission({ id: `${newConversation()}.4`, time: new Date().toISOString(), answers });
  const submit = ({ session }: SessionGrant, submissions: readonly Submission[]) =>
    call('POST', '/v1/submissions', { submissions }, session);
  /** Their first answer, which no flow writes: told on the alias. */
  const begin = async (visitor: SessionGrant) => {
    const id = `${newConversation()}.1.started`;
    const began = createSubmission({ id, node: 'name', answers: {}, time: new Date().toISOString() });
    assert.equal((await submit(visitor, [began])).status, 200);
  };
  /** One submission for each of the answers, in one request. */
  const say = async (visitor: SessionGrant, ...all: readonly Submission['answers'][]) => {
    const response = await submit(visitor, all.map(submissionOf));
    assert.equal(response.status, 200);
    const { receipts } = (await response.json()) as SubmissionsResponse;
    assert.deepEqual(
      receipts.map(({ outcome }) => outcome),
      all.map(() => 'success'),
    );
  };
  const leave = async ({ visitor }: SessionGrant) => {
    const sent = new Date().toISOString();
    const id = `${newConversation()}.1.abandoned`;
    const left = createSubmission({ id, node: 'name', answers: {}, time: sent });
    assert.equal((await call('POST', '/v1/departures', { visitor, sent, left })).status, 204);
  };
  const heardOf = (event: string, isIt: (entry: LogEntry) => boolean = () => true) =>
    new Promise<LogEntry>((resolve) => {
      const look = () => {
        const found = entries.find((entry) => entry.event === event && isIt(entry));
        if (found) resolve(found);
      };
      heard.push(look);
      look();
    });
  const erase = async ({ session }: SessionGrant) => {
    assert.equal((await call('DELETE', '/v1/visitor', undefined, session)).status, 204);
    await start(site, ERASED);
    return heardOf('erasure_settled');
  };
  /** By whom they are known, and the names of their events. */
  const profiles = () =>
    braze.emulator
      .profiles()
      .map(({ external_id: id, standard, events }) => [
        id ?? standard['email'],
        ...events.map(({ name }) => name).sort(),
      ])
      .sort((one, other) => (String(one) < String(other) ? -1 : 1));
  const asked = (path: string) => braze.emulator.journal().filter((entry) => entry.path === path);
  const send = (attributes: object) =>
    fetch(`${braze.url}/users/track`, {
      method: 'POST',
      headers: { authorization: `Bearer ${PROD_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ attributes: [attributes] }),
    });
  /** As Braze may know an address: of a newsletter, say. */
  const subscribe = (email: string) => send({ email, home_city: 'Keswick' });
  const SAVED = 'chat_profile_completed';

  /** Somebody gives the address of a customer; their alias is on that customer's profile then. */
  const giveAddressOfBob = async () => {
    await subscribe('bob@example.com');
    const eve = await open();
    await say(eve, { first_name: 'Eve' });
    await say(eve, { email: 'bob@example.com' });
    assert.deepEqual(profiles(), [['bob@example.com', SAVED, SAVED]]);
    return eve;
  };
  const checkBobStays = async (eve: SessionGrant) => {
    const signedIn = await signIn(eve, 'eve');
    await say(signedIn, { first_name: 'Eve' });
    assert.deepEqual(profiles(), [
      ['bob@example.com', SAVED, SAVED],
      ['eve', SAVED],
    ]);
    assert.deepEqual(asked('/users/identify'), []);
    assert.equal(decodeJwt(signedIn.visitor).sub, decodeJwt(eve.visitor).sub, 'the conversation goes on');
  };

  it('is not taken for whole in a store that is newer than the visitor', async (t) => {
    await start({ ...IDENTITY, ...BY_EMAIL });
    const eve = await giveAddressOfBob();
    // The container had no volume.
    openStore = newFile();
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + MINUTE });
    await start();
    await checkBobStays(eve);
  });

  it('is whole in a store that was there before the visitor, and after a restart', async (t) => {
    await start({ ...IDENTITY, ...BY_EMAIL });
    const anonymous = await open();
    await say(anonymous, { first_name: 'Ada' });
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + MINUTE });
    await start();
    await signIn(anonymous, 'ada');
    assert.deepEqual(profiles(), [['ada', SAVED]]);
  });

  it('takes nobody’s profile along where it is forgotten and the site has ceased to know profiles by an answer', async () => {
    openStore = () => createMemoryStore({ clock });
    await start({ ...IDENTITY, ...BY_EMAIL });
    const eve = await giveAddressOfBob();
    await start(IDENTITY);
    await checkBobStays(eve);
  });

  it('nor of who was here before the site began to, and has been back meanwhile', async () => {
    openStore = () => createMemoryStore({ clock });
    await start(IDENTITY);
    const before = await open();
    await start({ ...IDENTITY, ...BY_EMAIL });
    await subscribe('bob@example.com');
    const eve = await open(before);
    await say(eve, { first_name: 'Eve' });
    await say(eve, { email: 'bob@example.com' });
    await start(IDENTITY);
    await checkBobStays(eve);
  });

  it('nor by a credential of before the site began to, which somebody has put by', async () => {
    openStore = () => createMemoryStore({ clock });
    await start(IDENTITY);
    const before = await open();
    await start({ ...IDENTITY, ...BY_EMAIL });
    await subscribe('bob@example.com');
    const eve = await open(before);
    await say(eve, { first_name: 'Eve' });
    await say(eve, { email: 'bob@example.com' });
    await start();
    await checkBobStays(before);
  });

  describe('is asked before an alias is merged: where it is forgotten, nobody’s profile becomes another’s', () => {
    const MERGES = [
      ['of an address', BY_EMAIL, { email: 'carol@example.com' }, 'carol@example.com', '/users/merge'],
      [
        'of a number',
        { profile: { by: 'external_id', field: 'first_name' } },
        { first_name: 'carol' },
        'carol',
        '/users/identify',
      ],
    ] as const;
    const STORES = [
      [
        'in memory',
        () => {
          const memory = createMemoryStore({ clock });
          return () => memory;
        },
      ],
      ['in a new file', newFile],
    ] as const;
    for (const [what, settings, answers, carol, path] of MERGES)
      for (const [where, make] of STORES) {
        it(`${what}, with a store ${where}`, async (t) => {
          openStore = make();
          await start(BY_EMAIL);
          const eve = await giveAddressOfBob();
          openStore = make();
          t.mock.timers.enable({ apis: ['Date'], now: Date.now() + MINUTE });
          await start({ ...settings, events: { started: 'chat_started' } });
          const before = asked(path).length;
          await begin(eve);
          await say(eve, answers);
          const apart = [['bob@example.com', SAVED, SAVED, 'chat_started'].sort(), [carol, SAVED]];
          assert.deepEqual(profiles(), apart);
          // Nor when it is looked at again.
          await start(site, JOIN_AGAIN_AFTER);
          await heardOf('submission_settled', ({ submission }) =>
            String(submission).startsWith('join.again.'),
          );
          assert.deepEqual(profiles(), apart);
          assert.equal(asked(path).length, before);
        });

        it(`but that of who has none but their own is, ${what}, with a store ${where}`, async (t) => {
          openStore = make();
          await start({ ...settings, events: { started: 'chat_started' } });
          const visitor = await open();
          openStore = make();
          t.mock.timers.enable({ apis: ['Date'], now: Date.now() + MINUTE });
          await start();
          await begin(visitor);
          await say(visitor, answers);
          assert.deepEqual(profiles(), [[carol, SAVED, 'chat_started'].sort()]);
        });
      }

    it('where the key may not look, that is told, and two stay two', async () => {
      const permissions = ['users.track', 'users.identify', 'users.merge'];
      braze.emulator.addKey({ key: PROD_KEY, permissions });
      openStore = () => createMemoryStore({ clock });
      await start(BY_EMAIL);
      const visitor = await open();
      await say(visitor, { first_name: 'Ada' });
      await say(visitor, { email: 'ada@example.com' });
      const { advice } = await heardOf('join_unchecked');
      assert.match(String(advice), /users\.export\.ids/);
      assert.deepEqual(asked('/users/merge'), []);
      assert.deepEqual(profiles(), [
        [undefined, SAVED],
        ['ada@example.com', SAVED],
      ]);
    });

    it('needs no look where it has all of them', async () => {
      await start(BY_EMAIL);
      const visitor = await open();
      await say(visitor, { first_name: 'Ada' });
      await say(visitor, { email: 'ada@example.com' });
      assert.deepEqual(profiles(), [['ada@example.com', SAVED, SAVED]]);
      assert.deepEqual(asked('/users/export/ids'), []);
    });
  });

  describe('is not whole of who came before it was kept for longer, once what was recorded then has lapsed', () => {
    const DAY = 24 * 60 * MINUTE;
    const kept = (days: number) => (more = { retention: { profiles: days } });
    const idOf = ({ visitor }: SessionGrant) => decodeJwt(visitor).sub ?? '';

    it('and is of who came after that', async (t) => {
      t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
      kept(90);
      await start({ ...IDENTITY, ...BY_EMAIL });
      const eve = await giveAddressOfBob();
      t.mock.timers.tick(80 * DAY);
      kept(400);
      await start();
      t.mock.timers.tick(2 * DAY);
      const ada = await open();
      t.mock.timers.tick(9 * DAY);
      assert.equal(await store.get(`profile/prod/${idOf(eve)}`), undefined, 'else this is no test of it');
      await checkBobStays(await open(eve));
      t.mock.timers.tick(100 * DAY);
      const back = await open(ada);
      await say(back, { first_name: 'Ada' });
      await signIn(back, 'ada');
      assert.deepEqual(profiles()[0], ['ada', SAVED]);
    });

    it('nor of who came while another process still kept it for the shorter time', async (t) => {
      t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
      kept(90);
      await start({ ...IDENTITY, ...BY_EMAIL });
      kept(400);
      await start();
      t.mock.timers.tick(60 * MINUTE);
      const eve = await giveAddressOfBob();
      // As the other process writes it.
      for (const name of [`profile/prod/${idOf(eve)}`, `profiles/${idOf(eve)}`])
        await store.put(name, await store.get(name), 90 * DAY, idOf(eve));
      t.mock.timers.tick(91 * DAY);
      await checkBobStays(await open(eve));
    });

    it('also where it is made shorter and longer again', async (t) => {
      t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
      kept(90);
      await start({ ...IDENTITY, ...BY_EMAIL });
      const eve = await giveAddressOfBob();
      for (const days of [200, 100, 400]) {
        kept(days);
        await start();
      }
      t.mock.timers.tick(91 * DAY);
      await checkBobStays(await open(eve));
    });
  });

  it('has an address also where a crash came between the two places in which it is written', async () => {
    const open_ = openStore;
    let isToFail = true;
    openStore = () => {
      const opened = open_();
      return {
        ...opened,
        async replace(name, ...rest) {
          if (isToFail && name.startsWith('profiles/')) {
            isToFail = false;
            throw new StoreError('The process is gone');
          }
          return opened.replace(name, ...rest);
        },
      };
    };
    await start({ ...BY_EMAIL, erasure: {} });
    const visitor = await open();
    const submission = submissionOf({ email: 'a@example.com' });
    assert.equal((await submit(visitor, [submission])).status, 503);
    assert.equal((await submit(visitor, [submission])).status, 200);
    await say(visitor, { email: 'b@example.com' });
    assert.equal((await erase(visitor)).outcome, 'told');
    assert.deepEqual(
      profiles(),
      ['a@example.com', 'b@example.com'].map((email) => [email, 'chat_erasure_requested', SAVED]),
    );
  });

  it('is not needed where no answer was ever the key', async () => {
    openStore = () => createMemoryStore({ clock });
    await start(IDENTITY);
    const anonymous = await open();
    await say(anonymous, { first_name: 'Ada' });
    await start();
    await say(await signIn(anonymous, 'ada'), { first_name: 'Ada' });
    assert.deepEqual(profiles(), [['ada', SAVED, SAVED]]);
  });

  it('has each profile that was written to, of several in one request too: all hear of an erasure', async () => {
    await start({ ...BY_EMAIL, erasure: {} });
    const visitor = await open();
    const addresses = ['a', 'b', 'c', 'd'].map((name) => `${name}@example.com`);
    await say(visitor, ...addresses.map((email) => ({ email })));
    assert.equal((await erase(visitor)).outcome, 'told');
    assert.deepEqual(
      profiles(),
      addresses.map((email) => [email, 'chat_erasure_requested', SAVED]),
    );
  });

  it('is bounded: who gives more addresses than anybody has is told of in the log, and the first of them hear', async () => {
    await start({ ...BY_EMAIL, erasure: { delete: true } });
    const visitor = await open();
    const addresses = Array.from({ length: 150 }, (_, index) => `ada-${index + 100}@example.com`);
    for (let first = 0; first < addresses.length; first += 50) {
      await say(visitor, ...addresses.slice(first, first + 50).map((email) => ({ email })));
    }
    assert.deepEqual(
      entries
        .filter(({ event }) => event === 'profiles_full')
        .map(({ level, limit, site: of }) => [level, limit, of]),
      [['warn', 100, 'brand']],
    );
    const { level, outcome, reason } = await erase(visitor);
    assert.deepEqual([level, outcome, reason], ['warn', 'told', 'more_profiles']);
    const told = profiles().filter(([, ...events]) => events.includes('chat_erasure_requested'));
    // And by what they are known now.
    assert.deepEqual(
      told.map(([email]) => email),
      [...addresses.slice(0, 100), addresses.at(-1)],
    );
  });

  it('takes nothing that Braze has acknowledged of an alias for the person’s, once it is joined', async () => {
    more = { changesOnly: true };
    const nameOfAda = () =>
      braze.emulator.profiles().find(({ external_id: id }) => id === 'ada')?.standard['first_name'];
    await send({ external_id: 'ada', first_name: 'Augusta' });
    await start(IDENTITY);
    const anonymous = await open();
    await say(anonymous, { first_name: 'Ada' });
    await signIn(anonymous, 'ada');
    assert.equal(nameOfAda(), 'Augusta', 'what they have already stays');
    // By their alias still, which is on that profile now.
    await start({});
    await say(anonymous, { first_name: 'Ada' });
    assert.equal(nameOfAda(), 'Ada');
  });

  describe('leads to one profile of whoever has signed in, however late it comes', () => {
    /** Both joins are over. */
    const joinAgain = async () => {
      await start(site, JOIN_AGAIN_AFTER);
      await braze.emulator.until(
        ({ journal }) => journal().filter(({ path }) => path === '/users/identify').length === 2,
      );
    };
    const ABANDONED = 'chat_abandoned';
    const TELLS = { events: { abandoned: ABANDONED } };
    const isTold = () => braze.emulator.until(() => profiles().flat().includes(ABANDONED));

    for (const [name, more] of [
      ['has an alias', {}],
      ['is known by an answer', BY_EMAIL],
    ] as const) {
      it(`what a session of before says, where who is anonymous ${name}`, async () => {
        await start({ ...IDENTITY, ...more });
        const anonymous = await open();
        await say(await signIn(anonymous, 'ada'), { first_name: 'Ada' });
        await joinAgain();
        await say(anonymous, { first_name: 'Ada' });
        await say(anonymous, { email: 'ada@example.com' });
        assert.deepEqual(profiles(), [['ada', SAVED, SAVED, SAVED]]);
      });

      it(`that they have left before, where who is anonymous ${name}`, async () => {
        await start({ ...IDENTITY, ...more, ...TELLS });
        const anonymous = await open();
        await leave(anonymous);
        await say(await signIn(anonymous, 'ada'), { first_name: 'Ada' });
        await joinAgain();
        await start(site, IDLE);
        await isTold();
        assert.deepEqual(profiles(), [['ada', ABANDONED, SAVED]]);
      });
    }

    for (const [room, limit] of [
      ['', {}],
      [', with room for that and not for the join', { spoolLimit: 1 }],
    ] as const) {
      it(`that they have left before they gave their address${room}`, async () => {
        more = limit;
        await start({ ...BY_EMAIL, ...TELLS });
        const visitor = await open();
        await leave(visitor);
        await say(visitor, { email: 'ada@example.com' });
        await start(site, JOIN_AGAIN_AFTER);
        await start(site, JOIN_AGAIN_AFTER);
        await start(site, IDLE);
        await isTold();
        assert.deepEqual(profiles(), [['ada@example.com', ABANDONED, SAVED]]);
      });
    }

    it('but stays on the alias’s where nobody has signed in', async () => {
      await start({ ...IDENTITY, ...TELLS });
      const visitor = await open();
      await leave(visitor);
      await say(visitor, { first_name: 'Ada' });
      await start(site, IDLE);
      await isTold();
      assert.deepEqual(profiles(), [[undefined, ABANDONED, SAVED]]);
    });
  });
});
