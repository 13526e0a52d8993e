/** What every store does. The names of the tests are the contract; the port is `server/store/store.ts`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Work } from '../../server/delivery/work.ts';
import type { Begun, Change, Claim, Sent, Share, Store } from '../../server/store/store.ts';
import { describeDeferred } from './deferred.ts';
import { describeErasing } from './erasing.ts';
import { describeMany } from './many.ts';
import { ANN, BOB, DAY, LEASE, LIMIT, settled, settlementOf, spooled, START, workOf } from './fixture.ts';
import { describeTallies } from './tallies.ts';
import { describeUndelivered } from './undelivered.ts';

export interface StoreUnderTest {
  readonly name: string;
  /** An empty one. */
  readonly open: (clock: () => number) => Store;
  readonly isDurable: boolean;
}

const NEW: Begun = { state: 'new', isInDoubt: false };
const IN_DOUBT: Begun = { state: 'new', isInDoubt: true };
const IN_PROGRESS: Begun = { state: 'in_progress' };
const QUEUED: Begun = { state: 'queued' };
const FULL = (share: Share): Begun => ({ state: 'full', share });
const SETTLED = (key: string): Begun => ({ state: 'settled', settlement: settlementOf(key) });

const sentOf = (sent: Partial<Sent>): Sent => ({ sent: [], behind: [], spooled: [], lost: [], ...sent });

export function describeStore({ name, open, isDurable }: StoreUnderTest): void {
  /** A store, the hands of its clock, and its most frequent operations in short. */
  function startStore() {
    let now = START;
    const store = open(() => now);
    return {
      store,
      pass: (milliseconds: number) => (now += milliseconds),
      now: () => now,
      begin: async (key: string, claim: Claim = ANN): Promise<Begun> => {
        const begun = await store.begin(workOf(key, { receivedAt: now }), claim, LIMIT);
        return begun.state === 'new' ? { state: 'new', isInDoubt: begun.isInDoubt } : begun;
      },
      send: (keys: readonly string[], claim: Claim = ANN) => store.send(keys, claim),
      settle: (changes: readonly Change[], claim: Claim = ANN) => store.settle(changes, claim.holder),
      claim: async (claim: Claim = BOB, limit = 100, environments = ['prod']) =>
        (await store.claim(environments, limit, claim)).map(({ work }) => work.key),
    };
  }

  describe(name, () => {
    describeErasing({ name, open, isDurable });
    describeDeferred({ name, open, isDurable });
    describeTallies({ name, open, isDurable });
    describeUndelivered({ name, open, isDurable });
    describeMany({ name, open, isDurable });

    describe('begin', () => {
      it('gives what it does not know to who asks first', async () => {
        const { begin } = startStore();
        assert.deepEqual(await begin('v/1'), NEW);
        assert.deepEqual(await begin('v/1'), IN_PROGRESS);
        assert.deepEqual(await begin('v/1', BOB), IN_PROGRESS);
      });
      it('gives it to one of many who ask at once', async () => {
        const { begin } = startStore();
        const begun = await Promise.all(Array.from({ length: 20 }, () => begin('v/1')));
        assert.deepEqual(begun, [NEW, ...Array.from({ length: 19 }, () => IN_PROGRESS)]);
      });
      it('keeps submissions and visitors apart, whatever they are called', async () => {
        const { store, begin } = startStore();
        for (const key of ['v/1', 'v/2', 'w/1', '__proto__/toString', "v/'; DROP TABLE work; --", 'v/ü🙂']) {
          assert.deepEqual(await begin(key), NEW, key);
          assert.equal(await store.find(key), undefined);
        }
      });
      it('holds a claim for its lease, and then no longer', async () => {
        const { begin, pass } = startStore();
        await begin('v/1');
        pass(LEASE - 1);
        assert.deepEqual(await begin('v/1', BOB), IN_PROGRESS);
        pass(1);
        assert.deepEqual(await begin('v/1', BOB), NEW);
        pass(LEASE - 1);
        assert.deepEqual(await begin('v/1'), IN_PROGRESS);
      });
      it('says of what was sent by a holder that died that it is in doubt, from then on', async () => {
        const { begin, send, pass, settle } = startStore();
        await begin('v/1');
        await send(['v/1']);
        pass(LEASE);
        assert.deepEqual(await begin('v/1', BOB), IN_DOUBT);
        await settle([{ key: 'v/1', type: 'held', lease: LEASE }], BOB);
        pass(LEASE);
        assert.deepEqual(await begin('v/1'), IN_DOUBT);
      });
      it('says of what it takes over what is left of it', async () => {
        const { store, begin, pass, settle } = startStore();
        await begin('v/1');
        const left = workOf('v/1', { share: { events: [] } });
        await settle([{ key: 'v/1', type: 'held', lease: LEASE, doubted: left }]);
        pass(LEASE);
        assert.deepEqual(await store.begin(workOf('v/1'), BOB, LIMIT), {
          state: 'new',
          isInDoubt: true,
          left,
        });
      });
      it('has the settlement of what was settled', async () => {
        const { store, begin, settle, pass } = startStore();
        await begin('v/1');
        await settle([settled('v/1')]);
        pass(LEASE * 1_000);
        assert.deepEqual(await begin('v/1', BOB), SETTLED('v/1'));
        assert.deepEqual(await store.find('v/1'), settlementOf('v/1'));
      });
      it('takes on as many as it may, and knows again those that it has', async () => {
        const { store, settle } = startStore();
        assert.deepEqual(await store.begin(workOf('v/1'), ANN, 2), NEW);
        assert.deepEqual(await store.begin(workOf('w/1'), ANN, 2), NEW);
        assert.deepEqual(await store.begin(workOf('x/1'), ANN, 2), FULL('environment'));
        assert.deepEqual(await store.begin(workOf('v/1'), ANN, 2), IN_PROGRESS);
        await settle([settled('v/1')]);
        assert.deepEqual(await store.begin(workOf('x/1'), ANN, 2), NEW);
        assert.deepEqual(await store.begin(workOf('v/1'), ANN, 2), SETTLED('v/1'));
      });
      it('takes on as many of an environment as it may, however many there are of another', async () => {
        const { store, settle } = startStore();
        const beginAt = (key: string, environment: Work['environment']) =>
          store.begin(workOf(key, { environment }), ANN, 2);
        for (const key of ['v/1', 'w/1']) assert.deepEqual(await beginAt(key, 'sandbox'), NEW);
        assert.deepEqual(await beginAt('x/1', 'sandbox'), FULL('environment'));
        for (const key of ['x/1', 'y/1']) assert.deepEqual(await beginAt(key, 'prod'), NEW);
        assert.deepEqual(await beginAt('z/1', 'prod'), FULL('environment'));
        await settle([settled('v/1')]);
        assert.deepEqual(await beginAt('z/1', 'prod'), FULL('environment'));
        assert.deepEqual(await beginAt('z/1', 'sandbox'), NEW);
        // Also of who is erased, which no settlement tells.
        await store.erase('x', DAY);
        assert.deepEqual(await beginAt('z/2', 'prod'), NEW);
        assert.deepEqual(await beginAt('z/3', 'prod'), FULL('environment'));
      });
      it('takes on as many of a visitor as it may, and others’ all the same', async () => {
        const { store, settle } = startStore();
        const beginOf = (key: string) => store.begin(workOf(key), ANN, LIMIT, 2);
        for (const key of ['v/1', 'v/2']) assert.deepEqual(await beginOf(key), NEW);
        assert.deepEqual(await beginOf('v/3'), FULL('visitor'));
        for (const key of ['w/1', 'w/2']) assert.deepEqual(await beginOf(key), NEW);
        assert.deepEqual(await beginOf('v/2'), IN_PROGRESS);
        await settle([settled('v/1')]);
        assert.deepEqual(await beginOf('v/3'), NEW);
        assert.deepEqual(await beginOf('v/4'), FULL('visitor'));
      });
      if (isDurable) {
        it('says queued of what is in the spool, was claimed out of it, or was promised', async () => {
          const { begin, settle, claim, pass } = startStore();
          for (const key of ['v/1', 'w/1']) await begin(key);
          await settle([spooled('v/1'), { key: 'w/1', type: 'promised' }]);
          assert.deepEqual(await begin('v/1'), QUEUED);
          assert.deepEqual(await begin('w/1'), QUEUED);
          assert.deepEqual(await claim(), ['v/1']);
          assert.deepEqual(await begin('v/1'), QUEUED);
          pass(LEASE);
          assert.deepEqual(await begin('v/1'), QUEUED);
          assert.deepEqual(await begin('w/1'), QUEUED);
        });
        it('spools what comes behind promised work of the visitor, due at once', async () => {
          const { begin, settle, claim, store } = startStore();
          for (const key of ['v/1', 'w/1', 'x/1']) await begin(key);
          await settle([{ key: 'v/1', type: 'promised' }, spooled('w/1', START + 10)]);
          for (const key of ['v/2', 'w/2']) assert.deepEqual(await begin(key), QUEUED);
          assert.deepEqual(await begin('x/2'), NEW);
          assert.equal((await store.stats()).spooled, 4);
          assert.deepEqual(await claim(), []);
          await settle([settled('v/1')]);
          assert.deepEqual(await claim(), ['v/2']);
        });
        it('says queued of what was claimed because its holder died', async () => {
          const { begin, claim, pass } = startStore();
          await begin('v/1');
          pass(LEASE);
          assert.deepEqual(await claim(), ['v/1']);
          for (const key of ['v/1', 'v/2']) assert.deepEqual(await begin(key), QUEUED);
        });
        it('goes straight on once the promised work of the visitor is settled', async () => {
          const { begin, settle } = startStore();
          await begin('v/1');
          await settle([{ key: 'v/1', type: 'promised' }]);
          await settle([settled('v/1')]);
          assert.deepEqual(await begin('v/2'), NEW);
        });
        it('spools what it takes over, where promised work of the visitor stands before it', async () => {
          const { begin, send, settle, claim, store, pass } = startStore();
          for (const key of ['v/1', 'v/2', 'v/3', 'w/1', 'w/2']) await begin(key);
          await send(['v/1', 'v/2']);
          await settle([spooled('v/1'), { key: 'w/2', type: 'promised' }]);
          pass(LEASE);
          for (const key of ['v/2', 'v/3']) assert.deepEqual(await begin(key, BOB), QUEUED, key);
          assert.deepEqual(await begin('w/1', BOB), NEW);
          assert.equal((await store.stats()).spooled, 4);
          assert.deepEqual(await send(['v/2', 'v/3']), sentOf({ lost: ['v/2', 'v/3'] }));
          assert.deepEqual(
            (await store.claim(['prod'], 10, BOB)).map(({ work, isInDoubt }) => [work.key, isInDoubt]),
            [
              ['v/1', false],
              ['v/2', true],
              ['v/3', false],
            ],
          );
          assert.deepEqual(await claim(), []);
        });
        it('counts the spool among what is taken on', async () => {
          const { store, begin, settle } = startStore();
          await begin('v/1');
          await settle([spooled('v/1')]);
          assert.deepEqual(await store.begin(workOf('v/2'), ANN, 1), FULL('environment'));
        });
      } else {
        it('spools nothing', async () => {
          const { store, begin, settle, claim, pass } = startStore();
          await begin('v/1');
          pass(LEASE);
          assert.deepEqual(await claim(), ['v/1']);
          assert.deepEqual(await begin('v/1'), IN_PROGRESS);
          assert.deepEqual(await begin('v/2'), NEW);
          await settle([{ key: 'v/1', type: 'released' }], BOB);
          assert.equal((await store.stats()).spooled, 0);
        });
        it('spools nothing behind a dead letter that goes again', async () => {
          const { store, begin, settle } = startStore();
          await begin('v/1');
          await settle([{ ...settled('v/1'), dead: { reason: 'unknown' } }]);
          await store.deadLetters.retry('v/1');
          assert.deepEqual(await begin('v/2'), NEW);
        });
        it('forgets what nobody came back for', async () => {
          const { store, begin, pass } = startStore();
          await begin('v/1');
          pass(LEASE + DAY);
          await begin('w/1');
          assert.equal((await store.stats()).unsettled, 1);
        });
      }
    });

    describe('send', () => {
      it('sends what the caller holds, in the order of the call', async () => {
        const { begin, send } = startStore();
        for (const key of ['v/1', 'w/1', 'v/2']) await begin(key);
        assert.deepEqual(await send(['w/1', 'v/1', 'v/2']), sentOf({ sent: ['w/1', 'v/1', 'v/2'] }));
      });
      it('renews the lease', async () => {
        const { begin, send, pass } = startStore();
        await begin('v/1');
        pass(LEASE - 1);
        await send(['v/1']);
        pass(LEASE - 1);
        assert.deepEqual(await begin('v/1', BOB), IN_PROGRESS);
      });
      it('leaves out what stands behind work that is not in the same request', async () => {
        const { begin, send } = startStore();
        for (const key of ['v/1', 'v/2', 'v/3', 'w/1']) await begin(key);
        assert.deepEqual(
          await send(['v/2', 'v/3', 'w/1']),
          sentOf({ sent: ['w/1'], behind: ['v/2', 'v/3'] }),
        );
        assert.deepEqual(await send(['v/2', 'v/1']), sentOf({ sent: ['v/1'], behind: ['v/2'] }));
      });
      it('leaves out what stands behind work of another holder', async () => {
        const { begin, send } = startStore();
        await begin('v/1', BOB);
        await begin('v/2');
        assert.deepEqual(await send(['v/2']), sentOf({ behind: ['v/2'] }));
        assert.deepEqual(await send(['v/1', 'v/2']), sentOf({ lost: ['v/1'], behind: ['v/2'] }));
      });
      it(`${isDurable ? 'waits' : 'does not wait'} behind work that was left, for ${isDurable ? 'it is taken over' : 'nobody takes it over'}`, async () => {
        const { begin, send, settle } = startStore();
        await begin('v/1');
        await send(['v/1']);
        await settle([{ key: 'v/1', type: 'held', lease: 0 }]);
        await begin('v/2');
        assert.deepEqual(await send(['v/2']), sentOf(isDurable ? { behind: ['v/2'] } : { sent: ['v/2'] }));
      });
      it('has one request of a visitor under way', async () => {
        const { begin, send, settle } = startStore();
        for (const key of ['v/1', 'v/2']) await begin(key);
        await send(['v/1', 'v/2']);
        await begin('v/3');
        await settle([{ key: 'v/1', type: 'held', lease: LEASE }]);
        assert.deepEqual(await send(['v/1']), sentOf({ behind: ['v/1'] }));
        assert.deepEqual(await send(['v/1', 'v/2', 'v/3']), sentOf({ sent: ['v/1', 'v/2', 'v/3'] }));
        await settle([settled('v/1'), settled('v/2'), settled('v/3')]);
        await begin('v/4');
        assert.deepEqual(await send(['v/4']), sentOf({ sent: ['v/4'] }));
      });
      it('waits for what a holder that died has under way behind it no longer than for its lease', async () => {
        const { begin, send, settle, claim, pass } = startStore();
        for (const key of ['v/1', 'v/2']) await begin(key);
        await send(['v/1', 'v/2']);
        await settle([spooled('v/1')]);
        assert.deepEqual(await claim(BOB, 1), ['v/1']);
        assert.deepEqual(await send(['v/1'], BOB), sentOf({ behind: ['v/1'] }));
        pass(LEASE);
        assert.deepEqual(await send(['v/1'], BOB), sentOf({ sent: ['v/1'] }));
      });
      it('sends again what the caller has under way', async () => {
        const { begin, send } = startStore();
        await begin('v/1');
        await send(['v/1']);
        assert.deepEqual(await send(['v/1']), sentOf({ sent: ['v/1'] }));
      });
      it('sends again what failed before it left, whatever came meanwhile', async () => {
        const { begin, send } = startStore();
        for (const key of ['v/1', 'v/2', 'w/1']) await begin(key);
        await send(['v/1', 'v/2', 'w/1']);
        await begin('v/3');
        assert.deepEqual(await send(['v/1', 'v/2']), sentOf({ sent: ['v/1', 'v/2'] }));
        assert.deepEqual(await send(['v/3']), sentOf({ behind: ['v/3'] }));
        assert.deepEqual(await send(['v/1', 'v/2', 'v/3']), sentOf({ sent: ['v/1', 'v/2', 'v/3'] }));
        assert.deepEqual(await send(['v/2']), sentOf({ behind: ['v/2'] }));
      });
      it('tells what stands behind the spool from what stands behind work that is held', async () => {
        const { begin, send, settle, claim, pass } = startStore();
        for (const key of ['v/1', 'w/1']) await begin(key, BOB);
        for (const key of ['v/2', 'v/3', 'w/2', 'x/1', 'x/2']) await begin(key);
        await settle([spooled('v/1', START + 9)], BOB);
        await settle([spooled('x/2', START + 9)]);
        const keys = ['v/2', 'v/3', 'w/2', 'x/1'];
        assert.deepEqual(
          await send(keys),
          sentOf({ sent: ['x/1'], spooled: ['v/2', 'v/3'], behind: ['w/2'] }),
        );
        pass(9);
        assert.deepEqual(await claim(BOB), ['v/1']);
        assert.deepEqual(await send(keys), sentOf({ sent: ['x/1'], behind: ['v/2', 'v/3', 'w/2'] }));
        await settle([settled('v/1'), settled('w/1')], BOB);
        assert.deepEqual(await send(keys), sentOf({ sent: keys }));
      });
      it('says spooled too where another holder stands between', async () => {
        const { begin, send, settle } = startStore();
        for (const key of ['v/1', 'v/2']) await begin(key, BOB);
        await begin('v/3');
        await settle([spooled('v/1')], BOB);
        assert.deepEqual(await send(['v/3']), sentOf({ spooled: ['v/3'] }));
      });
      it('lets a holder go on whose lease is over, as long as nobody has taken over', async () => {
        const { begin, send, pass } = startStore();
        for (const key of ['v/1', 'w/1']) await begin(key);
        pass(LEASE * 2);
        await begin('w/1', BOB);
        assert.deepEqual(await send(['v/1', 'w/1']), sentOf({ sent: ['v/1'], lost: ['w/1'] }));
        assert.deepEqual(await begin('v/1', BOB), IN_PROGRESS);
      });
      it('has lost what is settled, released, or was never begun', async () => {
        const { begin, send, settle } = startStore();
        for (const key of ['v/1', 'w/1']) await begin(key);
        await settle([settled('v/1'), { key: 'w/1', type: 'released' }]);
        assert.deepEqual(await send(['v/1', 'w/1', 'x/1']), sentOf({ lost: ['v/1', 'w/1', 'x/1'] }));
      });
      it('sends nothing when nothing is asked', async () => {
        assert.deepEqual(await startStore().send([]), sentOf({}));
      });
    });

    describe('settle', () => {
      it('changes nothing of what another holder has taken over', async () => {
        const { begin, settle, pass, store } = startStore();
        for (const key of ['v/1', 'w/1']) await begin(key);
        pass(LEASE);
        await begin('v/1', BOB);
        assert.deepEqual(await settle([settled('v/1'), settled('w/1'), settled('x/1')]), ['v/1', 'x/1']);
        assert.equal(await store.find('v/1'), undefined);
        assert.deepEqual(await store.find('w/1'), settlementOf('w/1'));
        assert.deepEqual(await settle([settled('v/1')], BOB), []);
      });
      it('settles once', async () => {
        const { begin, settle, store } = startStore();
        await begin('v/1');
        await settle([settled('v/1')]);
        assert.deepEqual(await settle([settled('v/1', { node: 'other' })]), ['v/1']);
        assert.deepEqual(await store.find('v/1'), settlementOf('v/1'));
      });
      it('remembers a settlement for 14 days', async () => {
        const { store, begin, settle, pass } = startStore();
        await begin('v/1');
        await settle([settled('v/1')]);
        pass(14 * DAY - 1);
        assert.deepEqual(await store.find('v/1'), settlementOf('v/1'));
        pass(1);
        assert.equal(await store.find('v/1'), undefined);
        assert.deepEqual(await begin('v/1'), NEW);
        assert.deepEqual(await settle([settled('v/1')]), []);
        assert.deepEqual(await store.find('v/1'), settlementOf('v/1'));
      });
      it('keeps what is held with its holder, not under way, and renews its lease', async () => {
        const { begin, send, settle, pass } = startStore();
        for (const key of ['v/1', 'v/2']) await begin(key);
        await send(['v/1']);
        pass(LEASE - 1);
        await settle([{ key: 'v/1', type: 'held', lease: LEASE }]);
        pass(LEASE - 1);
        assert.deepEqual(await begin('v/1', BOB), IN_PROGRESS);
        assert.deepEqual(await send(['v/1', 'v/2']), sentOf({ sent: ['v/1', 'v/2'] }));
      });
      it('keeps what is left of work that is held on in doubt', async () => {
        const { store, begin, send, settle, pass } = startStore();
        await begin('v/1');
        await send(['v/1']);
        const left = workOf('v/1', { share: { events: [] } });
        await settle([{ key: 'v/1', type: 'held', lease: LEASE, doubted: left }]);
        await settle([{ key: 'v/1', type: 'held', lease: LEASE }]);
        pass(LEASE);
        assert.deepEqual(await store.claim(['prod'], 10, BOB), [
          { work: left, attempts: 0, isInDoubt: true },
        ]);
      });
      it('gives what is released to the next who asks, and to that one alone', async () => {
        const { store, begin, send, settle } = startStore();
        await begin('v/1');
        await send(['v/1']);
        await settle([{ key: 'v/1', type: 'released' }]);
        assert.equal((await store.stats()).unsettled, 0);
        assert.deepEqual(await begin('v/1', BOB), NEW);
        assert.deepEqual(await begin('v/1'), IN_PROGRESS);
      });
      it('hands what is spooled to whoever claims it when it is due, as it is left', async () => {
        const { store, begin, send, settle, pass, now } = startStore();
        for (const key of ['v/1', 'w/1']) await begin(key);
        await send(['v/1', 'w/1']);
        const work = workOf('w/1', { share: { events: [] } });
        const changes: Change[] = [
          { ...spooled('v/1', START + 5), isInDoubt: true },
          { ...spooled('w/1', START + 6), attempts: 3, work },
        ];
        assert.deepEqual(await settle(changes), []);
        assert.deepEqual(await settle(changes), ['v/1', 'w/1']);
        pass(6);
        assert.deepEqual(await store.claim(['prod'], 10, ANN), [
          { work: workOf('v/1', { receivedAt: START }), attempts: 1, isInDoubt: true },
          { work, attempts: 3, isInDoubt: false },
        ]);
        assert.deepEqual(await settle([spooled('v/1', now())]), []);
        const [again] = await store.claim(['prod'], 10, ANN);
        assert.equal(again?.isInDoubt, true);
      });
    });

    describe('claim', () => {
      it('finds nothing where nothing is due', async () => {
        const { begin, settle, claim } = startStore();
        assert.deepEqual(await claim(), []);
        for (const key of ['v/1', 'w/1']) await begin(key);
        await settle([spooled('v/1', START + 1)]);
        assert.deepEqual(await claim(), []);
      });
      it('takes what was held until a lease ran out, and knows what had been sent', async () => {
        const { store, begin, send, claim, pass } = startStore();
        for (const key of ['v/1', 'w/1']) await begin(key);
        await send(['w/1']);
        pass(LEASE - 1);
        assert.deepEqual(await claim(), []);
        pass(1);
        assert.deepEqual(
          (await store.claim(['prod'], 10, BOB)).map(({ work, isInDoubt, attempts }) => [
            work.key,
            isInDoubt,
            attempts,
          ]),
          [
            ['v/1', false, 0],
            ['w/1', true, 0],
          ],
        );
        assert.deepEqual(await claim({ ...BOB, holder: 'eve' }), []);
      });
      it('leaves the caller what the caller holds', async () => {
        const { begin, claim, pass } = startStore();
        for (const key of ['v/1', 'v/2']) await begin(key);
        pass(LEASE * 2);
        assert.deepEqual(await claim(ANN), []);
        assert.deepEqual(await claim(BOB), ['v/1', 'v/2']);
      });
      it('gives one piece of work to one of many', async () => {
        const { begin, settle, claim } = startStore();
        for (const key of ['v/1', 'w/1', 'x/1']) await begin(key);
        await settle([spooled('v/1'), spooled('w/1'), spooled('x/1')]);
        const claimed = await Promise.all(['b', 'c', 'd'].map((holder) => claim({ ...BOB, holder }, 2)));
        assert.deepEqual(claimed.flat().sort(), ['v/1', 'w/1', 'x/1']);
      });
      it('goes by the time at which the first of each visitor is due', async () => {
        const { begin, settle, claim, pass } = startStore();
        for (const key of ['v/1', 'w/1', 'x/1', 'y/1', 'v/2']) await begin(key);
        await settle([spooled('v/1', START + 3), spooled('w/1', START + 1), spooled('x/1', START + 2)]);
        await settle([spooled('y/1', START + 9), spooled('v/2')]);
        pass(5);
        assert.deepEqual(await claim(BOB, 2), ['w/1', 'x/1']);
        assert.deepEqual(await claim(BOB, 10), ['v/1', 'v/2']);
      });
      it('takes those behind the first along, whenever they are due, until one that is held', async () => {
        const { begin, settle, claim } = startStore();
        for (const key of ['v/1', 'v/2', 'v/3', 'v/4']) await begin(key);
        await settle([spooled('v/1'), spooled('v/2', START + DAY), spooled('v/4')]);
        assert.deepEqual(await claim(), ['v/1', 'v/2']);
        assert.deepEqual(await claim({ ...BOB, holder: 'eve' }), []);
        await settle([settled('v/1'), settled('v/2')], BOB);
        assert.deepEqual(await claim(), []);
        await settle([settled('v/3')]);
        assert.deepEqual(await claim(), ['v/4']);
      });
      it('takes along what another held too long, and nothing that the caller holds', async () => {
        const { begin, settle, claim, pass } = startStore();
        for (const key of ['v/1', 'v/2', 'v/3', 'w/1']) await begin(key);
        await begin('w/2', BOB);
        await settle([spooled('v/1'), spooled('v/3'), spooled('w/1')]);
        pass(LEASE);
        assert.deepEqual(await claim(), ['v/1', 'v/2', 'v/3', 'w/1']);
      });
      it('goes round nobody who stands before it', async () => {
        const { begin, settle, claim, pass } = startStore();
        for (const key of ['v/1', 'v/2']) await begin(key);
        await settle([spooled('v/1', START + LEASE * 2), spooled('v/2')]);
        pass(LEASE);
        assert.deepEqual(await claim(), []);
        pass(LEASE);
        assert.deepEqual(await claim(), ['v/1', 'v/2']);
      });
      it('takes as many as it may, and the rest of the line later', async () => {
        const { begin, settle, claim } = startStore();
        const keys = ['v/1', 'v/2', 'v/3'];
        for (const key of keys) await begin(key);
        await settle(keys.map((key) => spooled(key)));
        assert.deepEqual(await claim(BOB, 2), ['v/1', 'v/2']);
        assert.deepEqual(await claim(BOB, 2), []);
        await settle([settled('v/1'), settled('v/2')], BOB);
        assert.deepEqual(await claim(BOB, 2), ['v/3']);
        assert.deepEqual(await claim(BOB, 0), []);
      });
      it('looks at the environments that it is asked for, and lets none of a line overtake', async () => {
        const { store, settle, claim } = startStore();
        const sandbox = { environment: 'sandbox' } as const;
        await store.begin(workOf('v/1'), ANN, LIMIT);
        await store.begin(workOf('v/2', sandbox), ANN, LIMIT);
        await store.begin(workOf('w/1', sandbox), ANN, LIMIT);
        await settle([spooled('v/1'), spooled('v/2'), spooled('w/1')]);
        assert.deepEqual(await claim(BOB, 10, []), []);
        assert.deepEqual(await claim(BOB, 10, ['sandbox', 'sandbox']), ['w/1']);
        assert.deepEqual(await claim(BOB, 10, ['prod']), ['v/1']);
      });
      it('goes by due time over several environments', async () => {
        const { store, settle, claim, pass } = startStore();
        for (const key of ['v/1', 'w/1', 'x/1']) {
          const environment = key === 'w/1' ? 'sandbox' : 'prod';
          await store.begin(workOf(key, { environment }), ANN, LIMIT);
        }
        await settle([spooled('v/1', START + 3), spooled('w/1', START + 2), spooled('x/1', START + 1)]);
        pass(5);
        assert.deepEqual(await claim(BOB, 2, ['prod', 'sandbox']), ['x/1', 'w/1']);
      });
      it('lets what it gave out be sent and settled by who claimed it, and by nobody else', async () => {
        const { begin, send, settle, claim } = startStore();
        await begin('v/1');
        await settle([spooled('v/1')]);
        assert.deepEqual(await send(['v/1']), sentOf({ lost: ['v/1'] }));
        await claim();
        assert.deepEqual(await send(['v/1']), sentOf({ lost: ['v/1'] }));
        assert.deepEqual(await send(['v/1'], BOB), sentOf({ sent: ['v/1'] }));
        assert.deepEqual(await settle([settled('v/1')]), ['v/1']);
        assert.deepEqual(await settle([settled('v/1')], BOB), []);
      });
    });

    describe('a clock that is set back', () => {
      const HOUR = 60 * 60 * 1_000;

      it('keeps no claim and no due time for longer than any can last', async () => {
        const { begin, send, settle, claim, pass } = startStore();
        for (const key of ['v/1', 'w/1', 'x/1', 'x/2']) await begin(key);
        await send(['w/1']);
        await settle([spooled('x/1', START + 300_000)]);
        pass(-DAY);
        assert.deepEqual(await begin('v/1', BOB), NEW);
        assert.deepEqual(await claim({ ...BOB, holder: 'eve' }, 1), ['w/1']);
        assert.deepEqual((await claim()).sort(), ['x/1', 'x/2']);
        pass(LEASE - 1);
        assert.deepEqual(await claim({ ...BOB, holder: 'kim' }), []);
        pass(1);
        assert.deepEqual((await claim({ ...BOB, holder: 'kim' })).sort(), ['v/1', 'w/1', 'x/1', 'x/2']);
      });
      it('leaves its holder what the holder has', async () => {
        const { begin, send, claim, pass } = startStore();
        await begin('v/1');
        pass(-DAY);
        assert.deepEqual(await claim(ANN), []);
        assert.deepEqual(await send(['v/1']), sentOf({ sent: ['v/1'] }));
        assert.deepEqual(await begin('v/1', BOB), IN_PROGRESS);
      });
      it('takes none for over that can be set: they last an hour at most', async () => {
        const { begin, settle, claim, pass } = startStore();
        await begin('v/1', { ...ANN, lease: DAY });
        await begin('w/1');
        await settle([spooled('w/1', START + DAY)]);
        // As another process sees it, whose clock is a little behind.
        pass(-1_000);
        assert.deepEqual(await begin('v/1', BOB), IN_PROGRESS);
        assert.deepEqual(await claim(), []);
        pass(HOUR + 999);
        assert.deepEqual(await begin('v/1', BOB), IN_PROGRESS);
        assert.deepEqual(await claim(), []);
        pass(1);
        assert.deepEqual(await claim(), ['v/1', 'w/1']);
      });
    });

    describe('count', () => {
      it('counts each name by itself, anew with each window', async () => {
        const { store, pass } = startStore();
        pass(999);
        for (const expected of [1, 2, 3]) assert.equal(await store.count('a', 1_000), expected);
        assert.equal(await store.count('b', 1_000), 1);
        assert.equal(await store.count('a', 60_000), 1);
        pass(1);
        assert.equal(await store.count('a', 1_000), 1);
        assert.equal(await store.count('a', 60_000), 2);
      });
      it('counts several at once', async () => {
        const { store, pass } = startStore();
        assert.equal(await store.count('a', 1_000, 50), 50);
        assert.equal(await store.count('a', 1_000), 51);
        assert.equal(await store.count('a', 1_000, 49), 100);
        pass(1_000);
        assert.equal(await store.count('a', 1_000, 7), 7);
      });
      it('counts all that come at once', async () => {
        const { store } = startStore();
        const counted = await Promise.all(Array.from({ length: 30 }, () => store.count('a', 1_000)));
        assert.deepEqual(
          counted,
          Array.from({ length: 30 }, (_, index) => index + 1),
        );
      });
    });

    describe('get and put', () => {
      it('remembers a value for its life', async () => {
        const { store, pass } = startStore();
        const value = { text: 'Zoë 🙂', list: [1, null, true, -0.5], deep: { a: {} } };
        assert.equal(await store.get('a'), undefined);
        await store.put('a', value, 10);
        await store.put('b', null, Infinity);
        pass(9);
        assert.deepEqual(await store.get('a'), value);
        pass(1);
        assert.equal(await store.get('a'), undefined);
        assert.equal(await store.get('b'), null);
      });
      it('takes the last for what it is, and forgets when told', async () => {
        const { store, pass } = startStore();
        await store.put('a', 1, 10);
        await store.put('a', 2, 0.5);
        assert.equal(await store.get('a'), 2);
        pass(1);
        assert.equal(await store.get('a'), undefined);
        await store.put('a', 3, 10);
        await store.put('a', undefined, 10);
        assert.equal(await store.get('a'), undefined);
      });
      it('replaces what is still as it was read, and nothing else', async () => {
        const { store, pass } = startStore();
        const value = { by: 'a', list: [1, { deep: null }] };
        assert.equal(await store.replace('a', undefined, value, 10, 'v'), true);
        assert.equal(await store.replace('a', undefined, 'again', 10, 'v'), false);
        assert.equal(await store.replace('a', { ...value, by: 'b' }, 'other', 10, 'v'), false);
        assert.deepEqual(await store.get('a'), value);
        assert.equal(await store.replace('a', await store.get('a'), 'next', 10, 'v'), true);
        assert.equal(await store.get('a'), 'next');
        pass(10);
        assert.equal(await store.replace('a', 'next', 'late', 10, 'v'), false);
        assert.equal(await store.replace('a', undefined, 'new', 10, 'v'), true);
        await store.erase('v', DAY);
        assert.equal(await store.replace('a', 'new', 'of nobody', 10, 'v'), true);
        assert.equal(await store.get('a'), undefined);
      });
      it('lets one of many replace it who have read the same', async () => {
        const { store } = startStore();
        const done = await Promise.all(
          Array.from({ length: 20 }, (_, index) => store.replace('a', undefined, index, 10, 'v')),
        );
        assert.equal(done.filter(Boolean).length, 1);
        assert.equal(await store.get('a'), done.indexOf(true));
      });
      it('lets nobody wait who forgets a great deal', async () => {
        const { store, pass } = startStore();
        await Promise.all(Array.from({ length: 500 }, (_, index) => store.put(`old ${index}`, index, 1)));
        await store.put('lasting', 1, DAY);
        pass(10_000);
        for (let index = 0; index < 200; index += 1) await store.put(`new ${index}`, index, DAY);
        assert.equal(await store.get('old 1'), undefined);
        assert.equal(await store.get('lasting'), 1);
        assert.equal(await store.get('new 199'), 199);
      });
    });

    describe('dead letters', () => {
      const reason = 'Braze knows no attribute "x"';
      const die = (key: string, details: { words?: string; work?: ReturnType<typeof workOf> } = {}) =>
        ({ ...settled(key), dead: { reason, ...details } }) as const;

      it('keep the work with its reason, and the settlement beside', async () => {
        const { store, begin, settle, pass } = startStore();
        for (const key of ['v/1', 'w/1']) await begin(key);
        await settle([die('w/1', { words: 'invalid' })]);
        pass(1);
        const work = workOf('v/1', { share: { events: [] } });
        await settle([die('v/1', { work })]);
        const letters = [
          { work: workOf('w/1'), reason, words: 'invalid', at: START },
          { work, reason, at: START + 1 },
        ];
        assert.deepEqual(await store.deadLetters.list(10), letters);
        assert.deepEqual(await store.deadLetters.list(1), letters.slice(0, 1));
        assert.deepEqual(await store.deadLetters.list(10, 'w/1'), letters.slice(1));
        assert.deepEqual(await store.deadLetters.list(10, 'v/1'), []);
        assert.deepEqual(await store.deadLetters.find('v/1'), letters[1]);
        assert.equal(await store.deadLetters.find('x/1'), undefined);
        assert.deepEqual(await begin('v/1'), SETTLED('v/1'));
        assert.equal((await store.stats()).deadLetters, 2);
      });
      it('go back into the spool, and are settled anew', async () => {
        const { store, begin, settle, claim } = startStore();
        await begin('v/1');
        await settle([die('v/1')]);
        assert.equal(await store.deadLetters.retry('v/1'), true);
        assert.equal(await store.deadLetters.retry('v/1'), false);
        assert.equal(await store.find('v/1'), undefined);
        assert.deepEqual(await begin('v/1'), QUEUED);
        const { deadLetters, spooled: inSpool } = await store.stats();
        assert.deepEqual({ deadLetters, inSpool }, { deadLetters: 0, inSpool: 1 });
        assert.deepEqual(await claim(), ['v/1']);
        await settle([settled('v/1')], BOB);
        assert.deepEqual(await begin('v/1'), SETTLED('v/1'));
      });
      it('go to the end of the line, and keep their doubt', async () => {
        const { store, begin, settle } = startStore();
        await begin('v/1');
        await settle([{ ...settled('v/1', { isInDoubt: true }), dead: { reason } }]);
        await begin('v/2');
        await store.deadLetters.retry('v/1');
        await settle([spooled('v/2')]);
        assert.deepEqual(
          (await store.claim(['prod'], 10, BOB)).map(({ work, isInDoubt }) => [work.key, isInDoubt]),
          [
            ['v/2', false],
            ['v/1', true],
          ],
        );
      });
      it('can be dropped: the settlement stays', async () => {
        const { store, begin, settle } = startStore();
        await begin('v/1');
        await settle([die('v/1')]);
        assert.equal(await store.deadLetters.drop('v/1'), true);
        assert.equal(await store.deadLetters.drop('v/1'), false);
        assert.deepEqual(await store.deadLetters.list(10), []);
        assert.deepEqual(await begin('v/1'), SETTLED('v/1'));
        assert.equal((await store.stats()).deadLetters, 0);
      });
      it('outlive the settlement', async () => {
        const { store, begin, settle, claim, pass } = startStore();
        await begin('v/1');
        await settle([die('v/1')]);
        pass(20 * DAY);
        assert.equal(await store.deadLetters.retry('v/1'), true);
        assert.deepEqual(await claim(), ['v/1']);
      });
      it('are one of each submission', async () => {
        const { store, begin, settle, pass } = startStore();
        for (let turn = 0; turn < 2; turn += 1) {
          await begin('v/1');
          await settle([die('v/1', { words: `turn ${turn}` })]);
          pass(20 * DAY);
        }
        assert.deepEqual(
          (await store.deadLetters.list(10)).map(({ words }) => words),
          ['turn 1'],
        );
        await begin('v/1');
        assert.equal(await store.deadLetters.retry('v/1'), true);
        const { deadLetters, unsettled } = await store.stats();
        assert.deepEqual({ deadLetters, unsettled }, { deadLetters: 0, unsettled: 1 });
      });
    });

    describe('what is kept provisionally', () => {
      /** Names are `<visitor>/<conversation>`. */
      function startProvisional() {
        const { store, pass, now } = startStore();
        const { provisional } = store;
        return {
          store,
          pass,
          cancel: (name: string, at: number, life?: number, { offset = 0, limit = LIMIT } = {}) =>
            provisional.cancel(name, { at, offset }, life === undefined ? undefined : { life, limit }),
          claimDue: () => provisional.claimDue(['prod'], 10, LEASE),
          expire: (age: number, limit = 10) => provisional.expire(age, limit),
          release: (name: string) => provisional.release(name),
          dropAll: (visitor: string, life: number) => provisional.dropAll(visitor, life),
          hold: (
            name: string,
            at = START,
            wait = 1_000,
            limit = LIMIT,
            { offset = 0, environment = 'prod' }: { offset?: number; environment?: 'prod' | 'sandbox' } = {},
          ) => {
            const work = workOf(`${name}.abandoned`, { node: `at ${at}`, environment });
            return provisional.hold({ name, work, at, offset, dueAt: now() + wait }, limit);
          },
          due: async (limit = 10, lease = LEASE, environments = ['prod']) =>
            (await provisional.claimDue(environments, limit, lease)).map(({ name }) => name),
          kept: async () => (await store.stats()).provisional,
          marks: async () => (await store.stats()).marks,
        };
      }

      it('is due when its time has come, the longest due first', async () => {
        const { hold, pass, due, claimDue } = startProvisional();
        await hold('v/c', START, 300);
        await hold('w/c', START, 200);
        await hold('x/c', START, 301);
        assert.deepEqual(await due(), []);
        pass(299);
        assert.deepEqual(await due(1), ['w/c']);
        pass(1);
        assert.deepEqual(await claimDue(), [
          { name: 'v/c', work: workOf('v/c.abandoned', { node: `at ${START}` }) },
        ]);
      });
      it('is nobody else’s for the lease, then due again until it is released', async () => {
        const { hold, pass, due, release, kept } = startProvisional();
        await hold('v/c', START, 0);
        assert.deepEqual(await due(), ['v/c']);
        assert.deepEqual(await due(), []);
        pass(LEASE - 1);
        assert.deepEqual(await due(), []);
        pass(1);
        assert.deepEqual(await due(), ['v/c']);
        assert.equal(await kept(), 1);
        await release('v/c');
        await release('v/c');
        pass(LEASE);
        assert.deepEqual(await due(), []);
        assert.equal(await kept(), 0);
      });
      it('gives way to what happened later or at the same time, and waits anew', async () => {
        const { hold, pass, due, claimDue, kept } = startProvisional();
        assert.equal(await hold('v/c', START), 'held');
        pass(900);
        assert.equal(await hold('v/c', START + 1), 'held');
        assert.equal(await hold('v/c', START + 1), 'held');
        assert.equal(await kept(), 1);
        pass(100);
        assert.deepEqual(await due(), []);
        pass(900);
        assert.deepEqual(
          (await claimDue()).map(({ work }) => work.node),
          [`at ${START + 1}`],
        );
      });
      it('stays where what happened before it comes late', async () => {
        const { hold, pass, claimDue } = startProvisional();
        await hold('v/c', START);
        pass(500);
        assert.equal(await hold('v/c', START - 1), 'late');
        pass(500);
        assert.deepEqual(
          (await claimDue()).map(({ work }) => work.node),
          [`at ${START}`],
        );
      });
      it('is void when something has happened since, also while it is claimed', async () => {
        const { hold, cancel, pass, due, kept } = startProvisional();
        for (const name of ['v/c', 'v/d', 'w/c']) await hold(name, START, 0);
        await cancel('v/d', START + 1, 1_000);
        assert.deepEqual(await due(), ['v/c', 'w/c']);
        await cancel('v/c', START + 1, 1_000);
        assert.equal(await kept(), 1);
        pass(LEASE);
        assert.deepEqual(await due(), ['w/c']);
      });
      it('is not void by what happened before, or at the same time', async () => {
        const { hold, cancel, kept } = startProvisional();
        await hold('v/c', START);
        for (const at of [START - 1, START]) await cancel('v/c', at, 1_000);
        assert.equal(await kept(), 1);
      });
      it('is late where something that happened later came first, as long as that is remembered', async () => {
        const { hold, cancel, pass, kept } = startProvisional();
        await cancel('v/c', START + 1, 1_000);
        await cancel('v/c', START, 1_000);
        assert.equal(await hold('v/c', START), 'late');
        assert.equal(await hold('v/d', START), 'held');
        assert.equal(await hold('v/c', START + 1), 'held');
        await cancel('v/c', START + 2, 1_000);
        assert.equal(await kept(), 1);
        pass(999);
        assert.equal(await hold('v/c', START), 'late');
        pass(1);
        assert.equal(await hold('v/c', START), 'held');
      });
      it('is no more than may be: one that is there already may have another in its place', async () => {
        const { hold, cancel, kept } = startProvisional();
        assert.equal(await hold('v/c', START, 1_000, 1), 'held');
        assert.equal(await hold('w/c', START, 1_000, 1), 'full');
        assert.equal(await hold('v/c', START + 1, 1_000, 1), 'held');
        await cancel('v/c', START + 2);
        assert.equal(await hold('w/c', START, 1_000, 1), 'held');
        assert.equal(await kept(), 1);
      });
      it('is no more than may be, with marks among them, until these are over', async () => {
        const { hold, cancel, pass, kept, marks } = startProvisional();
        await hold('u/c');
        for (const name of ['v/c', 'w/c', 'x/c']) await cancel(name, START, 1_000, { limit: 3 });
        assert.deepEqual([await kept(), await marks()], [1, 2]);
        assert.equal(await hold('y/c', START, 1_000, 3), 'full');
        // In the place of a mark there is room.
        assert.equal(await hold('w/c', START, 1_000, 3), 'held');
        await cancel('w/c', START + 1, 1_000, { limit: 3 });
        pass(1_000);
        assert.equal(await hold('y/c', START, 1_000, 3), 'held');
        assert.equal(await hold('z/c', START, 1_000, 3), 'held');
        assert.deepEqual([await kept(), await marks()], [3, 0]);
      });
      it('is a few of each visitor, of whom the oldest give way, and nobody else’s', async () => {
        const { hold, cancel, pass, due, kept, marks } = startProvisional();
        await hold('w/c');
        for (let turn = 0; turn < 12; turn += 1) {
          assert.equal(await hold(`v/${turn}`, START, 1_000 + turn, 11), 'held');
          await cancel('v/mark', START + turn, 5_000);
        }
        assert.deepEqual([await kept(), await marks()], [10, 1]);
        for (let turn = 0; turn < 100; turn += 1) await cancel(`v/-${turn}`, START, 5_000, { limit: 11 });
        assert.deepEqual([await kept(), await marks()], [1, 10]);
        assert.equal(await hold('v/last', START, 1_000, 11), 'held');
        pass(1_000);
        assert.deepEqual(await due(), ['v/last', 'w/c']);
      });
      it('does not give way to marks that are over', async () => {
        const { hold, cancel, pass, kept } = startProvisional();
        await hold('v/first', START, 5_000);
        for (let turn = 0; turn < 9; turn += 1) await cancel(`v/${turn}`, START, 1_000);
        pass(1_000);
        await hold('v/other');
        assert.equal(await kept(), 2);
      });
      it('is void without a mark where none is wanted', async () => {
        const { hold, cancel, kept, marks } = startProvisional();
        for (const name of ['v/c', 'v/d']) await hold(name);
        await cancel('v/c', START + 1);
        await cancel('v/nobody', START + 1);
        await cancel('v/d', START);
        assert.deepEqual([await kept(), await marks()], [1, 0]);
        await cancel('v/e', START + 1, 1_000);
        await cancel('v/e', START + 2);
        assert.equal(await hold('v/e', START), 'late');
      });
      it('is in the order of the relay’s clock where the browser’s was set meanwhile', async () => {
        const { hold, cancel, kept } = startProvisional();
        const HOUR = 3_600_000;
        await hold('v/c', START + HOUR, 1_000, LIMIT, { offset: -HOUR });
        await cancel('v/c', START + 5, 1_000);
        assert.equal(await kept(), 0);
        // By the old clock, and before: it was on its way.
        assert.equal(await hold('v/c', START + HOUR - 1, 1_000, LIMIT, { offset: -HOUR }), 'late');
        assert.equal(await hold('v/c', START - HOUR + 6, 1_000, LIMIT, { offset: HOUR }), 'held');
        await cancel('v/c', START + 5, 1_000);
        assert.equal(await kept(), 1);
      });
      it('is due for who asks for its environment', async () => {
        const { hold, pass, due } = startProvisional();
        await hold('v/c', START, 300, LIMIT, { environment: 'sandbox' });
        await hold('w/c', START, 200);
        await hold('x/c', START, 400);
        pass(400);
        assert.deepEqual(await due(10, LEASE, []), []);
        assert.deepEqual(await due(10, LEASE, ['sandbox']), ['v/c']);
        assert.deepEqual(await due(10, LEASE, ['sandbox']), []);
        pass(LEASE);
        assert.deepEqual(await due(2, LEASE, ['prod', 'sandbox']), ['w/c', 'x/c']);
        assert.deepEqual(await due(2, LEASE, ['prod', 'sandbox']), ['v/c']);
      });
      it('expires where nobody claims it, the longest due first', async () => {
        const { hold, pass, due, expire, kept } = startProvisional();
        for (const [name, wait] of [
          ['v/c', 300],
          ['w/c', 200],
          ['x/c', 100],
          ['y/c', 400],
        ] as const)
          await hold(name, START, wait, LIMIT, { environment: 'sandbox' });
        pass(DAY + 300);
        assert.equal(await expire(DAY, 2), 2);
        assert.equal(await kept(), 2);
        assert.equal(await expire(DAY), 1);
        assert.equal(await expire(DAY), 0);
        assert.deepEqual(await due(10, LEASE, ['sandbox']), ['y/c']);
        pass(DAY);
        assert.equal(await expire(DAY), 0);
      });
      it('of one visitor can be dropped, with all that comes meanwhile', async () => {
        const { hold, cancel, dropAll, pass, kept, marks } = startProvisional();
        for (const name of ['v/c', 'v/d', 'vv/c']) await hold(name);
        await cancel('v/m', START, 1_000);
        await dropAll('v', 1_000);
        await cancel('v/n', START, 1_000);
        // That it is dropped is all that is remembered of that visitor.
        assert.deepEqual([await kept(), await marks()], [1, 1]);
        assert.equal(await hold('v/e', START + 500), 'late');
        pass(1_000);
        assert.equal(await hold('v/e', START + 500), 'held');
      });
      it('waits for a day at most, also where the clock is set back', async () => {
        const { hold, pass, due } = startProvisional();
        await hold('v/c', START, 30 * DAY);
        pass(DAY - 1);
        assert.deepEqual(await due(), []);
        pass(1);
        assert.deepEqual(await due(), ['v/c']);
        pass(-30 * DAY);
        assert.deepEqual(await due(), ['v/c']);
      });
      it('is no work yet: nobody claims it, and nothing waits behind it', async () => {
        const { store, hold, kept } = startProvisional();
        await hold('v/c', START, 0);
        assert.deepEqual(await store.claim(['prod'], 10, BOB), []);
        assert.deepEqual(await store.begin(workOf('v/1'), ANN, LIMIT), NEW);
        assert.equal(await kept(), 1);
      });
      it('is forgotten where it is only a mark, and stays where it is not', async () => {
        const { hold, cancel, pass, kept, marks, due } = startProvisional();
        for (let index = 0; index < 300; index += 1) await cancel(`m${index}/c`, START, 1);
        await hold('v/c', START, 1);
        pass(20_000);
        for (let index = 0; index < 300; index += 1) await cancel(`n${index}/c`, START, 1);
        assert.equal(await kept(), 1);
        assert.ok((await marks()) <= 300);
        assert.deepEqual(await due(), ['v/c']);
      });
    });

    it('counts what it holds', async () => {
      const { store, begin, settle, pass } = startStore();
      const none = {
        unsettled: 0,
        spooled: 0,
        oldest: undefined,
        deadLetters: 0,
        provisional: 0,
        marks: 0,
        inDoubt: 0,
        erasures: 0,
        deferred: 0,
      };
      assert.deepEqual(await store.stats(), none);
      for (const key of ['v/1', 'w/1', 'x/1']) {
        await begin(key);
        pass(1);
      }
      assert.deepEqual(await store.stats(), { ...none, unsettled: 3 });
      await settle([spooled('w/1'), { key: 'x/1', type: 'promised' }]);
      assert.deepEqual(await store.stats(), { ...none, unsettled: 3, spooled: 2, oldest: START + 1 });
      await settle([settled('v/1', { isInDoubt: true }), settled('x/1')]);
      assert.deepEqual(await store.stats(), {
        ...none,
        unsettled: 1,
        spooled: 1,
        oldest: START + 1,
        inDoubt: 1,
        erasures: 0,
      });
    });
    it('finishes what was asked before it was closed', async () => {
      const { store, begin } = startStore();
      const begun = begin('v/1');
      await store.close();
      await store.close();
      assert.deepEqual(await begun, NEW);
    });
    it('says whether it is durable', () => {
      assert.equal(startStore().store.isDurable, isDurable);
    });
  });
}
