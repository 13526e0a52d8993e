/**
 * Braze applies what it has taken in any order for a while: a join that overtakes the write before it finds nobody. Over HTTP, against the
 * emulator, which does the same by its seed.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { JOIN_AGAIN_AFTER } from '../../server/delivery/profile-joins.ts';
import { LOG_FIELDS, type LogEntry } from '../../server/log-fields.ts';
import type { Readiness } from '../../server/readiness.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { StoreError, type Store } from '../../server/store/store.ts';
import type { SessionGrant, Submission, SubmissionsResponse } from '../../widget/contract/wire.ts';
import { createTimers, type Timers } from '../braze/timers.ts';
import { createSubmission, FLOW, PROD_KEY, PROD_ORIGIN, SESSION_SECRET } from './relay-fixture.ts';

const { publicKey, privateKey } = await generateKeyPair('ES256');
const sign = (sub: string) =>
  new SignJWT().setProtectedHeader({ alg: 'ES256' }).setSubject(sub).setExpirationTime('1h').sign(privateKey);

const EVERYTHING = ['users.track', 'users.identify', 'users.merge', 'users.export.ids'];
const SITES = {
  identify: { identity: { keys: [await exportSPKI(publicKey)] } },
  merge: { profile: { by: 'email', field: 'email' } },
} as const;
type Mode = keyof typeof SITES;

const DAY = 24 * 60 * 60_000;

/** Milliseconds that Braze takes, which its seed makes anything up to twice as long. */
const DELAY = 50;

/** Of each mode: with these the join overtakes a write before it. */
const OVERTAKING: Readonly<Record<Mode, readonly number[]>> = {
  identify: [2, 4, 5, 14, 16],
  merge: [0, 6, 7, 15, 16],
};
/** And with these it does not. */
const IN_ORDER: Readonly<Record<Mode, readonly number[]>> = {
  identify: [0, 6],
  merge: [19, 28],
};

const folder = mkdtempSync(join(tmpdir(), 'parley-joins-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

describe('a join', () => {
  let braze: EmulatorServer;
  let timers: Timers;
  let relay: RunningRelay;
  let store: Store;
  let openStore: () => Store;
  let entries: LogEntry[];
  let heard: (() => void)[];
  let ahead: number;
  let mode: Mode;
  /** Settings of the relay. */
  let more: object;
  let conversations: number;
  const clock = () => Date.now() + ahead;

  beforeEach(async () => {
    timers = createTimers();
    braze = await serveEmulator({
      port: 0,
      workspaces: [{ keys: [{ key: PROD_KEY, permissions: EVERYTHING }], consistencyDelay: DELAY }],
      startTimer: timers.startTimer,
    });
    const file = join(folder, `${(files += 1)}.db`);
    openStore = () => createSqliteStore({ file, clock });
    entries = [];
    heard = [];
    ahead = 0;
    more = {};
    conversations = 0;
  });
  afterEach(async () => {
    await relay.close();
    await braze.close();
    for (const entry of entries)
      for (const name of Object.keys(entry)) assert.ok(name in LOG_FIELDS, `${name} of ${entry.event}`);
  });

  const listen = async () => {
    store = openStore();
    relay = await serveRelay({
      settings: {
        organization: 'BrandExample',
        environments: { prod: { endpoint: braze.url } },
        sites: { brand: { prod: [PROD_ORIGIN], ...SITES[mode] } },
        deadline: 1_500,
        brazeTimeout: 3_000,
        limits: { address: false, newVisitors: false },
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
  const start = async (kind: Mode, seed: number | null = null) => {
    mode = kind;
    braze.emulator.setSettings({ shuffleSeed: seed });
    await listen();
  };
  /** As long as it takes until the join is made again, and the next start, which looks at once. */
  const restartLater = async (milliseconds = JOIN_AGAIN_AFTER) => {
    await relay.close();
    ahead += milliseconds;
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
  const isSettled = ({ event, submission }: LogEntry) =>
    event === 'submission_settled' && String(submission).startsWith('join.');
  const isSettledAgain = (entry: LogEntry) =>
    isSettled(entry) && String(entry.submission).startsWith('join.again.');

  const call = (method: string, path: string, headers: Record<string, string>, body?: object) =>
    fetch(`${relay.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', origin: PROD_ORIGIN, ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
  const session = async (request: { visitor?: string; identity?: string } = {}): Promise<SessionGrant> => {
    const response = await call('POST', '/v1/sessions', {}, request);
    assert.equal(response.status, 200);
    return (await response.json()) as SessionGrant;
  };
  const submit = async ({ session: token }: SessionGrant, answers: Submission['answers'], status = 200) => {
    conversations += 1;
    const id = `019b0000-0000-7000-8000-${String(conversations).padStart(12, '0')}.4`;
    const submission = createSubmission({ id, time: new Date().toISOString(), answers });
    const response = await call(
      'POST',
      '/v1/submissions',
      { authorization: `Bearer ${token}` },
      { submissions: [submission] },
    );
    assert.equal(response.status, status);
    const { receipts } = (await response.json()) as Partial<SubmissionsResponse>;
    return receipts?.[0]?.outcome;
  };
  /** Says something as nobody, then becomes somebody, then says something else: each goes out at once. */
  const converse = async (who = 'ada'): Promise<SessionGrant> => {
    const anonymous = await session();
    assert.equal(await submit(anonymous, { first_name: who }), 'success');
    const known =
      mode === 'identify'
        ? await session({ visitor: anonymous.visitor, identity: await sign(who) })
        : anonymous;
    assert.equal(await submit(known, { email: `${who}@example.com` }), 'success');
    return known;
  };
  /** Braze applies what it has taken, in the order of its seed. */
  const apply = () => timers.end(2 * DELAY);
  const profiles = () =>
    braze.emulator
      .profiles()
      .map(({ external_id: id, standard, events }) => ({
        id,
        first_name: standard['first_name'],
        email: standard['email'],
        events: events.map(({ properties }) => properties['submission_id']).sort(),
      }))
      .sort((one, other) => (String(one.email) < String(other.email) ? -1 : 1));
  const person = (who: string, ...told: readonly number[]) => ({
    id: mode === 'identify' ? who : undefined,
    first_name: who,
    email: `${who}@example.com`,
    events: told.map((number) => `019b0000-0000-7000-8000-${String(number).padStart(12, '0')}.4`),
  });
  const joins = () => braze.emulator.journal().filter(({ path }) => path === `/users/${mode}`).length;
  const joinedTimes = (times: number) => braze.emulator.until(() => joins() === times);

  for (const [kind, seeds] of Object.entries(OVERTAKING)) {
    for (const seed of seeds) {
      it(`(${kind}) that overtakes what was written before is made good five minutes later, with seed ${seed}`, async () => {
        await start(kind as Mode, seed);
        await converse();
        apply();
        assert.equal(profiles().length, 2, 'this seed is no test of it');
        await restartLater();
        await joinedTimes(2);
        apply();
        assert.deepEqual(profiles(), [person('ada', 1, 2)]);
      });
    }
  }
  for (const [kind, seeds] of Object.entries(IN_ORDER)) {
    for (const seed of seeds) {
      it(`(${kind}) that overtakes nothing changes nothing when it is made again, with seed ${seed}`, async () => {
        await start(kind as Mode, seed);
        await converse();
        apply();
        const before = braze.emulator.profiles();
        assert.deepEqual(profiles(), [person('ada', 1, 2)]);
        await restartLater();
        await heardOf(isSettledAgain);
        apply();
        assert.deepEqual(braze.emulator.profiles(), before);
        // A merge is for good: that there is nothing left to merge is seen before.
        assert.equal(joins(), kind === 'merge' ? 1 : 2);
      });
    }
  }

  it('holds nothing up until it is made again: what is said meanwhile goes out at once, and so ends the relay', async () => {
    await start('identify', 2);
    const ada = await converse();
    apply();
    assert.equal(await submit(ada, {}), 'success');
    const { unsettled, spooled, deadLetters, deferred } = await store.stats();
    assert.deepEqual([unsettled, spooled, deadLetters, deferred], [0, 0, 0, 1]);
    await relay.close();
    assert.ok(entries.some(({ event }) => event === 'closed'));
    assert.ok(!entries.some(({ event }) => event === 'close_cut_short'));
    await listen();
    ahead += JOIN_AGAIN_AFTER - 1_000;
    assert.equal(await submit(ada, {}), 'success');
    assert.equal(joins(), 1, 'not before it is due');
    await restartLater(1_000);
    await joinedTimes(2);
    apply();
    assert.deepEqual(profiles(), [person('ada', 1, 2, 3, 4)]);
  });

  it('is made twice and not three times', async () => {
    await start('identify');
    await converse();
    await restartLater();
    await heardOf(isSettledAgain);
    entries = [];
    await restartLater();
    assert.equal((await store.stats()).deferred, 0);
    await converse('bob');
    await restartLater();
    // What is due is taken on together: were there anything left of the first, it would be there by now.
    await heardOf(isSettledAgain);
    assert.equal(joins(), 4);
  });

  it('is made again by a relay that runs on, whose store forgets', async () => {
    const memory = createMemoryStore({ clock });
    openStore = () => memory;
    await start('identify', 2);
    await converse();
    apply();
    ahead += JOIN_AGAIN_AFTER;
    await joinedTimes(2);
    apply();
    assert.deepEqual(profiles(), [person('ada', 1, 2)]);
  });

  it('is made anew where the store could not keep that it is to be made again', async () => {
    const open = openStore;
    openStore = () => {
      const opened = open();
      const { deferred } = opened;
      let isFull = true;
      return {
        ...opened,
        deferred: {
          ...deferred,
          async hold(...work) {
            if (isFull) {
              isFull = false;
              throw new StoreError('The disk is full');
            }
            await deferred.hold(...work);
          },
        },
      };
    };
    await start('identify');
    const anonymous = await session();
    await submit(anonymous, {});
    const still = await session({ visitor: anonymous.visitor, identity: await sign('ada') });
    assert.equal(still.identity, 'unavailable');
    await joinedTimes(2);
    await heardOf(isSettled);
    assert.equal((await store.stats()).deferred, 1);
  });

  it('is not made again for who is erased', async () => {
    await start('identify', 2);
    const ada = await converse();
    await converse('bob');
    apply();
    const { status } = await call('DELETE', '/v1/visitor', { authorization: `Bearer ${ada.session}` });
    assert.equal(status, 204);
    assert.equal((await store.stats()).deferred, 1, 'that of the other one');
    await restartLater();
    await heardOf(isSettledAgain);
    assert.equal(joins(), 3);
  });

  it('is made again for who has left, and not for who sits there now', async () => {
    await start('identify', 2);
    const ada = await converse();
    const bob = await session({ visitor: ada.visitor, identity: await sign('bob') });
    assert.equal(await submit(bob, { first_name: 'bob', email: 'bob@example.com' }), 'success');
    apply();
    assert.equal(profiles().length, 3);
    await restartLater();
    await joinedTimes(2);
    apply();
    assert.deepEqual(profiles(), [person('ada', 1, 2), person('bob', 3)]);
  });

  for (const kind of ['identify', 'merge'] as const) {
    const [seed] = OVERTAKING[kind] as readonly [number];
    const path = `/users/${kind}` as const;
    const again = async (fault: Parameters<EmulatorServer['emulator']['setFault']>[0]) => {
      await start(kind, seed);
      const ada = await converse();
      apply();
      braze.emulator.setFault(fault);
      await restartLater();
      return ada;
    };

    for (const status of [500, 429, 504]) {
      it(`(${kind}) is tried again where the second time Braze answers with ${status}`, async () => {
        await again({ kind: 'status', status, path, times: 1 });
        await joinedTimes(3);
        await heardOf(isSettledAgain);
        apply();
        assert.deepEqual(profiles(), [person('ada', 1, 2)]);
      });
    }

    it(`(${kind}) is the operator’s to mend where the second time the key may not`, async () => {
      const ada = await again({ kind: 'status', status: 403, path });
      const { advice } = await heardOf(({ event }) => event === 'join_forbidden');
      assert.match(String(advice), new RegExp(path.slice(1)));
      assert.equal(await submit(ada, {}), 'queued', 'it comes after the join');
      assert.equal(await submit(await session(), {}), 'success', 'another visitor');
      braze.emulator.setFault(undefined);
      await heardOf(isSettledAgain);
    });

    it(`(${kind}) is a dead letter where the second time Braze refuses it, and may be retried`, async () => {
      await again({ kind: 'status', status: 400, path });
      const { outcome } = await heardOf(isSettledAgain);
      assert.equal(outcome, 'error');
      const [letter] = await store.deadLetters.list(1);
      assert.match(letter?.reason ?? '', /may be two/);
      braze.emulator.setFault(undefined);
      await store.deadLetters.retry(letter?.work.key ?? '');
      await joinedTimes(3);
      apply();
      assert.deepEqual(profiles(), [person('ada', 1, 2)]);
    });
  }

  describe('by e-mail', () => {
    /** Two customers share an address; each is known by a number, too. */
    const track = async (id: string) => {
      await fetch(`${braze.url}/users/track`, {
        method: 'POST',
        headers: { authorization: `Bearer ${PROD_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          attributes: [{ external_id: id, email: 'ada@example.com', last_name: id }],
        }),
      });
      braze.emulator.settle();
    };
    const ids = () =>
      profiles()
        .map(({ id }) => id)
        .sort();
    const bothAreThere = async () => {
      await start('merge');
      for (const id of ['one', 'other']) await track(id);
    };
    /** Of the two the one is updated last that the visitor was not joined to. */
    const checkBothStay = async () => {
      await restartLater();
      await heardOf(isSettledAgain);
      braze.emulator.settle();
      assert.deepEqual([ids(), joins()], [['one', 'other'], 1]);
    };

    it('makes no two customers one who share an address, however the second time comes', async () => {
      await bothAreThere();
      await converse();
      braze.emulator.settle();
      assert.deepEqual(ids(), ['one', 'other']);
      await track('one');
      await checkBothStay();
    });

    it('nor where the answer to the first time is lost, and it is made again', async () => {
      await bothAreThere();
      braze.emulator.setFault({ kind: 'lost', path: '/users/merge' });
      await converse();
      await relay.close();
      braze.emulator.setFault(undefined);
      braze.emulator.settle();
      assert.deepEqual([ids(), joins()], [['one', 'other'], 1]);
      await track('one');
      await restartLater();
      await heardOf(isSettled);
      await checkBothStay();
    });

    it('nor where the process dies before it has written down that the first time is done', async () => {
      await bothAreThere();
      braze.emulator.setFault({ kind: 'hold', path: '/users/merge' });
      const conversing = converse();
      await joinedTimes(1);
      // As the next process finds it, when the claim of the one that died is over.
      ahead += JOIN_AGAIN_AFTER;
      const next = openStore();
      const [left] = await next.claim(['prod'], 10, { holder: 'next', lease: 1 });
      assert.deepEqual([left?.work.id, left?.attempts, left?.isInDoubt], ['join.email', 0, true]);
      await next.close();
      braze.emulator.setFault(undefined);
      await conversing;
      await relay.close();
      braze.emulator.settle();
      assert.deepEqual([ids(), joins()], [['one', 'other'], 1]);
      await track('one');
      entries = [];
      await restartLater();
      await heardOf(isSettled);
      await checkBothStay();
    });

    it('nor where the store could not keep that it is to be made again, and the first time is', async () => {
      const open = openStore;
      let isToFail = true;
      openStore = () => {
        const opened = open();
        const { deferred } = opened;
        return {
          ...opened,
          deferred: {
            ...deferred,
            async hold(...work) {
              if (isToFail) {
                isToFail = false;
                braze.emulator.settle();
                await track('one');
                throw new StoreError('The disk is full');
              }
              await deferred.hold(...work);
            },
          },
        };
      };
      await bothAreThere();
      await converse();
      await heardOf(isSettled);
      await checkBothStay();
    });

    it('nor where it was not written down who they are now, and the relay has forgotten what became of the first time', async () => {
      const open = openStore;
      let isToFail = true;
      openStore = () => {
        const opened = open();
        return {
          ...opened,
          async replace(name, before, value, ...rest) {
            const [was, is] = [before, value].map((each) => JSON.stringify([each]).includes('hasAlias'));
            if (isToFail && name.startsWith('profile/') && was && !is) {
              isToFail = false;
              throw new StoreError('The disk is full');
            }
            return opened.replace(name, before, value, ...rest);
          },
        };
      };
      await bothAreThere();
      const ada = await session();
      assert.equal(await submit(ada, { first_name: 'ada' }), 'success');
      assert.equal(await submit(ada, { email: 'ada@example.com' }, 503), undefined);
      await checkBothStay();
      await restartLater(15 * DAY);
      await track('one');
      assert.equal(await submit(ada, {}), 'success');
      await checkBothStay();
    });

    it('is looked at before it is made again, where Braze could not the first time', async () => {
      await start('merge');
      braze.emulator.setFault({ kind: 'status', status: 500, path: '/users/merge', times: 1 });
      await converse();
      apply();
      await joinedTimes(2);
      await heardOf(isSettled);
      apply();
      assert.deepEqual(profiles(), [person('ada', 1, 2)]);
      assert.equal(braze.emulator.journal().filter(({ path }) => path === '/users/export/ids').length, 1);
    });

    it('is not made after its visitor is erased, though it was looked at before', async () => {
      await start('merge', OVERTAKING.merge[0]);
      const ada = await converse();
      apply();
      assert.equal(profiles().length, 2, 'this seed is no test of it');
      braze.emulator.setFault({ kind: 'hold', path: '/users/export/ids' });
      await restartLater();
      await braze.emulator.until(({ journal }) => journal().some(({ path }) => path === '/users/export/ids'));
      const { status } = await call('DELETE', '/v1/visitor', { authorization: `Bearer ${ada.session}` });
      assert.equal(status, 204);
      braze.emulator.setFault(undefined);
      // What is under way ends first.
      await relay.close();
      assert.equal(joins(), 1);
    });

    describe('for which there is no room', () => {
      const name = { first_name: 'ada' };
      const address = { email: 'ada@example.com' };
      /** Their submission takes the last place. */
      const refuse = async () => {
        more = { spoolLimit: 1 };
        await start('merge');
        const ada = await session();
        assert.equal(await submit(ada, name), 'success');
        assert.equal(await submit(ada, address), 'success');
        apply();
        assert.deepEqual([profiles().length, joins()], [2, 0]);
        assert.equal((await store.stats()).deferred, 1);
      };

      it('is made when there is, though its visitor says nothing more', async () => {
        await refuse();
        await restartLater();
        await joinedTimes(1);
        await heardOf(isSettled);
        apply();
        assert.deepEqual(profiles(), [person('ada', 1, 2)]);
        await restartLater();
        await heardOf(isSettledAgain);
      });

      it('waits for as long as there is none', async () => {
        await refuse();
        braze.emulator.setFault({ kind: 'status', status: 503, path: '/users/track' });
        assert.equal(await submit(await session(), { first_name: 'bob' }), 'queued');
        entries = [];
        await restartLater();
        await heardOf(({ event }) => event === 'spool_full');
        await relay.close();
        braze.emulator.setFault(undefined);
        more = {};
        await restartLater();
        await joinedTimes(1);
        await heardOf(isSettled);
        await heardOf((entry) => entry.event === 'submission_settled' && !isSettled(entry));
        apply();
        assert.deepEqual(
          profiles().map(({ first_name: who, email }) => [who, email]),
          [
            ['ada', address.email],
            ['bob', undefined],
          ],
        );
      });
    });

    it('is not made at all where it is looked at too early, and made the second time', async () => {
      // Nobody knows who was here before, so that it is looked at each time.
      const memory = createMemoryStore({ clock });
      openStore = () => memory;
      await start('merge', IN_ORDER.merge[0]);
      await converse();
      assert.equal(joins(), 0);
      apply();
      assert.equal(profiles().length, 2, 'this seed is no test of it');
      await restartLater();
      await joinedTimes(1);
      apply();
      assert.deepEqual(profiles(), [person('ada', 1, 2)]);
    });

    it('is not made again where the key may not look: that is told, and nobody waits', async () => {
      braze.emulator.addKey({ key: PROD_KEY, permissions: ['users.track', 'users.merge'] });
      await start('merge');
      const ada = await converse();
      await restartLater();
      const { advice } = await heardOf(({ event }) => event === 'join_unchecked');
      assert.match(String(advice), /users\.export\.ids/);
      await heardOf(isSettledAgain);
      const response = await fetch(`${relay.url}/readyz`);
      const { status, checks } = (await response.json()) as Readiness;
      assert.deepEqual(
        [status, checks.map((check) => check.name)],
        ['ready', ['braze prod users.export.ids']],
      );
      assert.equal(await submit(ada, {}), 'success');
      assert.equal(joins(), 1);
    });

    it('is tried again where Braze does not show what there is', async () => {
      await start('merge', OVERTAKING.merge[0]);
      await converse();
      apply();
      braze.emulator.setFault({ kind: 'status', status: 503, path: '/users/export/ids', times: 1 });
      await restartLater();
      await joinedTimes(2);
      apply();
      assert.deepEqual(profiles(), [person('ada', 1, 2)]);
    });
  });
});
