/** The rules of the outbox, over each of what keeps its records. */
import { assert } from '@open-wc/testing';
import type { Snapshot } from '../../widget/flow/snapshot.ts';
import type { Verdict } from '../../widget/flow/verdict.ts';
import { openIndexedRecords } from '../../widget/outbox/indexed-records.ts';
import { createMemoryRecords } from '../../widget/outbox/memory-records.ts';
import { conversationKey, submissionKey, type Unsettled } from '../../widget/outbox/outbox-record.ts';
import type { Key, Transact } from '../../widget/outbox/records.ts';
import { createOutboxStore, type Claim, type OutboxStore } from '../../widget/outbox/store.ts';
import {
  commitOf,
  CONVERSATION,
  DAY,
  HOUR,
  idOf,
  LATER,
  MINUTE,
  NOW,
  snapshotAt,
  submissionOf,
  success,
} from './outbox-fixture.ts';

/** Milliseconds. */
const LEASE = 35_000;

/** Submissions that are kept at most, and their bytes. */
const MOST = { records: 20_000, bytes: 50_000_000 };

let databases = 0;
const BACKINGS: readonly [name: string, open: () => Promise<Transact>][] = [
  ['IndexedDB', () => openIndexedRecords(`parley store ${(databases += 1)} ${Date.now()}`)],
  ['memory', async () => createMemoryRecords()],
];

for (const [name, open] of BACKINGS) {
  describe(`the store in ${name}`, () => {
    let transact: Transact;
    let store: OutboxStore;
    beforeEach(async () => {
      transact = await open();
      store = createOutboxStore(transact);
    });

    const claim = (change: Partial<Claim> = {}) =>
      store.claim({
        owner: 'one',
        now: NOW,
        limit: 100,
        bytes: Infinity,
        skip: new Set(),
        hasLock: true,
        ...change,
      });
    const idsOf = async (change: Partial<Claim> = {}) =>
      (await claim(change))?.submissions.map(({ id }) => id);
    const losses = async () => {
      const claimed = await claim();
      await store.release('one');
      return claimed?.losses;
    };
    const step = (
      previous: Snapshot | undefined,
      next: Snapshot,
      submission?: string,
      now = NOW,
    ): Promise<boolean> =>
      store.commit({
        previous,
        next,
        submissions: submission === undefined ? [] : [submissionOf(submission)],
        isOver: false,
        now,
      });
    const put = async (...ids: readonly string[]) => {
      for (const id of ids) await store.commit(commitOf(id));
    };
    const read = (key: Key) => transact('readonly', (records) => records.get(key));

    it('has nothing at first', async () => {
      assert.strictEqual(await store.readSnapshot('welcome', NOW), undefined);
      assert.deepEqual(await idsOf(), []);
      assert.strictEqual((await claim())?.credential, undefined);
      assert.strictEqual(await losses(), undefined);
      assert.deepEqual(await store.sweep(NOW, true), []);
    });

    describe('a commit', () => {
      it('keeps a snapshot and its submission as they were', async () => {
        assert.isTrue(await step(undefined, snapshotAt(1), idOf(1)));
        assert.deepEqual(await store.readSnapshot('welcome', NOW), snapshotAt(1));
        assert.deepEqual((await claim())?.submissions, [submissionOf(idOf(1))]);
      });

      const tell = (previous: Snapshot | undefined, next: Snapshot, ...names: readonly string[]) =>
        store.commit({
          previous,
          next,
          submissions: [
            submissionOf(idOf(next.step)),
            ...names.map((each) => submissionOf(idOf(`${next.step}.${each}`))),
          ],
          isOver: false,
          now: NOW,
        });

      it('keeps what is told of a step with it', async () => {
        assert.isTrue(await tell(undefined, snapshotAt(1), 'page', 'started'));
        const next = snapshotAt(2, { told: ['started'], page: '/' });
        const submissions = [submissionOf(idOf('2.page'))];
        const commit = { previous: snapshotAt(1), next, submissions, isOver: false, now: NOW };
        assert.isTrue(await store.commit(commit), 'also of one of which nothing else came');
        assert.deepEqual(await idsOf(), [idOf(1), idOf('1.page'), idOf('1.started'), idOf('2.page')]);
        assert.deepEqual(await idsOf({ limit: 2 }), [idOf(1), idOf('1.page')]);
        assert.deepEqual(await store.readSnapshot('welcome', NOW), next);
      });

      it('lets one of two tabs tell', async () => {
        await step(undefined, snapshotAt(1));
        const names = ['page', 'started'];
        const outcomes = await Promise.all([
          tell(snapshotAt(1), snapshotAt(2), ...names),
          tell(snapshotAt(1), snapshotAt(2), ...names, 'unheard'),
        ]);
        assert.deepEqual(outcomes, [true, false]);
        assert.deepEqual(await idsOf(), [idOf(2), idOf('2.page'), idOf('2.started')]);
      });

      it('has of what is told nobody who awaits its verdict', async () => {
        await tell(undefined, snapshotAt(1, { awaiting: idOf(1) }), 'page', 'started');
        await store.settle([idOf(1), idOf('1.page')].map(success));
        assert.deepEqual(await store.readVerdict(idOf(1)), success(idOf(1)));
        assert.isUndefined(await read(submissionKey(idOf('1.page'))));
        assert.deepEqual(await idsOf(), [idOf('1.started')]);
        await step(snapshotAt(1, { awaiting: idOf(1) }), snapshotAt(2));
        assert.deepEqual(await idsOf(), [idOf('1.started')], 'the conversation goes on without it');
        await store.settle([success(idOf('1.started'))]);
        assert.lengthOf(await transact('readonly', (records) => records.list('submission')), 0);
      });

      it('keeps conversations of different flows apart', async () => {
        await step(undefined, snapshotAt(1));
        assert.strictEqual(await store.readSnapshot('other', NOW), undefined);
        assert.isTrue(await step(undefined, snapshotAt(1, { flow: 'other' })));
      });

      const STALE: readonly [name: string, previous: Snapshot | undefined][] = [
        ['an earlier step', snapshotAt(1)],
        ['a later step', snapshotAt(3)],
        ['another conversation', snapshotAt(2, { conversation: LATER })],
        ['no conversation', undefined],
      ];
      for (const [seen, previous] of STALE) {
        it(`writes nothing for who has seen ${seen}`, async () => {
          await step(undefined, snapshotAt(1));
          await step(snapshotAt(1), snapshotAt(2), idOf(2));
          const next = snapshotAt(7, { conversation: LATER });
          assert.isFalse(await step(previous, next, idOf(7, LATER)));
          assert.deepEqual(await store.readSnapshot('welcome', NOW), snapshotAt(2));
          assert.deepEqual(await idsOf(), [idOf(2)]);
        });
      }

      it('lets one of two tabs that answer at once go on', async () => {
        await step(undefined, snapshotAt(1));
        const outcomes = await Promise.all([
          step(snapshotAt(1), snapshotAt(2, { node: 'left' }), idOf(2)),
          step(snapshotAt(1), snapshotAt(2, { node: 'right' }), idOf(2)),
        ]);
        assert.lengthOf(outcomes.filter(Boolean), 1);
        assert.deepEqual(await idsOf(), [idOf(2)]);
        const { node } = (await store.readSnapshot('welcome', NOW)) ?? {};
        assert.strictEqual(node, outcomes[0] ? 'left' : 'right');
      });

      it('lets go of a verdict that has been heard, and of no submission', async () => {
        const awaiting = snapshotAt(2, { awaiting: idOf(2) });
        await step(undefined, awaiting, idOf(2));
        await store.settle([success(idOf(2))]);
        assert.isTrue(await step(awaiting, snapshotAt(3)));
        assert.strictEqual(await store.readVerdict(idOf(2)), undefined);
        assert.strictEqual(await read(submissionKey(idOf(2))), undefined);
      });

      it('keeps a submission that the conversation does not wait for any longer', async () => {
        const awaiting = snapshotAt(2, { awaiting: idOf(2) });
        await step(undefined, awaiting, idOf(2));
        await step(awaiting, snapshotAt(3));
        assert.deepEqual(await idsOf(), [idOf(2)]);
      });

      it('keeps a verdict that is awaited still', async () => {
        const awaiting = snapshotAt(2, { awaiting: idOf(2) });
        await step(undefined, awaiting, idOf(2));
        await store.settle([success(idOf(2))]);
        await step(awaiting, { ...awaiting, step: 3 });
        assert.deepEqual(await store.readVerdict(idOf(2)), success(idOf(2)));
      });

      it('keeps nothing of what was said at the end of a conversation, which may go on all the same', async () => {
        await step(undefined, snapshotAt(1));
        const next = snapshotAt(2, {
          node: 'thanks',
          path: [{ node: 'name', answer: 'Ada' }, { node: 'thanks' }],
          refusal: { code: 'text', value: 'Ada' } as unknown as NonNullable<Snapshot['refusal']>,
          rewalk: { previous: [{ node: 'name', answer: 'Ada' }], entries: [] },
        });
        await store.commit({ previous: snapshotAt(1), next, isOver: true, now: NOW });
        assert.notInclude(JSON.stringify(await read(conversationKey('welcome'))), 'Ada');
        const stored = await store.readSnapshot('welcome', NOW);
        assert.deepInclude(stored, { conversation: CONVERSATION, step: 2, node: 'thanks', answers: {} });
        assert.isTrue(await step(next, snapshotAt(3)), 'for the tab that still has it all');
      });

      it('keeps nothing of what was said where the end is the last answer itself', async () => {
        const next = snapshotAt(2);
        await store.commit({ previous: undefined, next, isOver: true, now: NOW });
        assert.notInclude(JSON.stringify(await read(conversationKey('welcome'))), 'Ada');
      });
    });

    describe('a conversation', () => {
      const AGES: readonly [name: string, now: number, isThere: boolean][] = [
        ['a moment', NOW + 1, true],
        ['24 hours', NOW + DAY, true],
        ['more than 24 hours', NOW + DAY + 1, false],
        ['less than nothing', NOW - 30 * DAY, true],
      ];
      for (const [age, now, isThere] of AGES) {
        it(`is ${isThere ? 'there' : 'forgotten'} after ${age}`, async () => {
          await step(undefined, snapshotAt(1));
          assert.deepEqual(await store.readSnapshot('welcome', now), isThere ? snapshotAt(1) : undefined);
          const other = snapshotAt(1, { conversation: LATER });
          assert.strictEqual(await step(undefined, other, undefined, now), !isThere);
          assert.strictEqual(await step(snapshotAt(1), snapshotAt(2), undefined, now), isThere);
        });
      }

      it('lives from its last step on', async () => {
        await step(undefined, snapshotAt(1));
        await step(snapshotAt(1), snapshotAt(2), undefined, NOW + 20 * HOUR);
        assert.deepEqual(await store.readSnapshot('welcome', NOW + 40 * HOUR), snapshotAt(2));
      });
    });

    describe('a claim', () => {
      it('gives the oldest first', async () => {
        const ids = [idOf('1.opened'), idOf(2), idOf('2.left'), idOf(10), idOf(1, LATER)];
        await put(...ids);
        assert.deepEqual(await idsOf(), ids);
        assert.deepEqual(await idsOf({ limit: 2 }), ids.slice(0, 2));
      });

      const size = new TextEncoder().encode(JSON.stringify(submissionOf(idOf(1)))).length;
      const BYTES: readonly [bytes: number, count: number][] = [
        [1, 1],
        [size, 1],
        [2 * size - 1, 1],
        [2 * size, 2],
        [3 * size, 3],
      ];
      for (const [bytes, count] of BYTES) {
        it(`gives ${count} for ${bytes} bytes of ${size} each`, async () => {
          const ids = [idOf(1), idOf(2), idOf(3)];
          await put(...ids);
          assert.deepEqual(await idsOf({ bytes }), ids.slice(0, count));
        });
      }

      it('leaves out what is to be skipped, and what corrects that', async () => {
        await put(idOf(1), idOf(2));
        const submission = submissionOf(idOf(3), { corrects: idOf(1) });
        await store.commit(commitOf(idOf(3), { submissions: [submission] }));
        const again = submissionOf(idOf(4), { corrects: idOf(3) });
        await store.commit(commitOf(idOf(4), { submissions: [again] }));
        assert.deepEqual(await idsOf({ skip: new Set([idOf(1)]) }), [idOf(2)]);
        assert.deepEqual(await idsOf({ skip: new Set([idOf(2)]), limit: 2 }), [idOf(1), idOf(3)]);
      });

      it('steps over verdicts that are kept', async () => {
        for (const number of [1, 2, 3]) {
          const awaiting = idOf(number);
          const next = snapshotAt(1, { flow: `flow ${number}`, awaiting });
          await step(undefined, next, awaiting);
        }
        await put(idOf(4), idOf(5));
        await store.settle([idOf(1), idOf(2), idOf(3)].map(success));
        assert.deepEqual(await idsOf({ limit: 1 }), [idOf(4)]);
        assert.deepEqual(await idsOf(), [idOf(4), idOf(5)]);
      });

      const LEASES: readonly [name: string, change: Partial<Claim>, isGranted: boolean][] = [
        ['another page at once', { owner: 'two' }, false],
        ['another page before the lease is over', { owner: 'two', now: NOW + LEASE - 1 }, false],
        ['another page when the lease is over', { owner: 'two', now: NOW + LEASE }, true],
        ['another page that knows the owner to be gone', { owner: 'two', hasLock: true }, true],
        ['another page after the clock was set back', { owner: 'two', now: NOW - DAY }, true],
        ['its owner', { owner: 'one' }, true],
      ];
      it('is refused to who has the lock where its owner goes on without it', async () => {
        await put(idOf(1));
        await claim({ hasLock: false });
        assert.strictEqual(await idsOf({ owner: 'two' }), undefined);
        assert.deepEqual(await idsOf({ owner: 'two', now: NOW + LEASE }), [idOf(1)]);
      });
      for (const [who, change, isGranted] of LEASES) {
        it(`is ${isGranted ? 'granted' : 'refused'} to ${who}`, async () => {
          await put(idOf(1), idOf(2));
          await claim({ limit: 1 });
          const ids = await idsOf({ hasLock: false, ...change });
          assert.deepEqual(ids, isGranted ? [idOf(1), idOf(2)] : undefined);
        });
      }

      it('begins a lease of its own, which the last owner has to honour', async () => {
        await put(idOf(1));
        await claim();
        await claim({ owner: 'two' });
        assert.strictEqual(await idsOf({ hasLock: false }), undefined);
        await store.release('one');
        assert.strictEqual(await idsOf({ hasLock: false }), undefined, 'only its owner ends it');
        await store.release('two');
        assert.deepEqual(await idsOf({ hasLock: false }), [idOf(1)]);
      });

      it('that gives nothing begins no lease', async () => {
        await claim();
        await put(idOf(1));
        assert.deepEqual(await idsOf({ owner: 'two', hasLock: false }), [idOf(1)]);
      });

      it('is granted to one of two pages that claim at once', async () => {
        await put(idOf(1));
        const claims = [claim({ hasLock: false }), claim({ owner: 'two', hasLock: false })];
        const granted = (await Promise.all(claims)).filter((claimed) => claimed !== undefined);
        assert.lengthOf(granted, 1);
      });
    });

    describe('what has its verdict', () => {
      it('is gone, and nothing else is', async () => {
        await put(idOf(1), idOf(2));
        await store.settle([success(idOf(1)), success('019a0000-0000-7000-8000-00000000ffff.9')]);
        assert.deepEqual(await idsOf(), [idOf(2)]);
        assert.strictEqual(await read(submissionKey(idOf(1))), undefined);
        assert.strictEqual(await store.readVerdict(idOf(1)), undefined);
      });

      it('is kept as a verdict, and nothing of what was said with it, where a conversation awaits it', async () => {
        const verdict: Verdict = { id: idOf(2), outcome: 'invalid', next: 'email', field: 'email' };
        await step(undefined, snapshotAt(2, { awaiting: idOf(2) }), idOf(2));
        await store.settle([verdict]);
        assert.deepEqual(await store.readVerdict(idOf(2)), verdict);
        assert.deepEqual(await idsOf(), []);
        assert.notInclude(JSON.stringify(await read(submissionKey(idOf(2)))), 'Ada');
      });

      it('has none before', async () => {
        await step(undefined, snapshotAt(2, { awaiting: idOf(2) }), idOf(2));
        assert.strictEqual(await store.readVerdict(idOf(2)), undefined);
        assert.strictEqual(await store.readVerdict(idOf(3)), undefined);
      });

      it('may come twice', async () => {
        await put(idOf(1));
        await store.settle([success(idOf(1))]);
        await store.settle([success(idOf(1))]);
        assert.deepEqual(await idsOf(), []);
      });
    });

    it('counts losses until the relay has been told of them', async () => {
      await store.settle([], { refused: 1 });
      await store.settle([], { refused: 2, storage: 1 });
      assert.deepEqual(await losses(), { refused: 3, storage: 1 });
      await store.settle([], { age: 1 }, { refused: 2, storage: 1 });
      assert.deepEqual(await losses(), { age: 1, refused: 1 });
      await store.settle([], undefined, { age: 1, refused: 2 });
      assert.strictEqual(await losses(), undefined);
    });

    describe('a sweep', () => {
      const AGES: readonly [name: string, age: number, isTried: boolean, isDead: boolean][] = [
        ['7 days', 7 * DAY, true, false],
        ['more than 7 days', 7 * DAY + 1, true, true],
        ['more than 7 days that nobody has tried to deliver', 30 * DAY, false, false],
        ['less than nothing', -30 * DAY, true, false],
      ];
      for (const [age, milliseconds, isTried, isDead] of AGES) {
        it(`${isDead ? 'gives up' : 'keeps'} a submission of ${age}`, async () => {
          await put(idOf(1));
          const verdicts = await store.sweep(NOW + milliseconds, isTried);
          assert.deepEqual(verdicts, isDead ? [{ id: idOf(1), outcome: 'error' }] : []);
          assert.deepEqual(await idsOf(), isDead ? [] : [idOf(1)]);
          assert.deepEqual(await losses(), isDead ? { age: 1 } : undefined);
        });
      }

      it('gives up what is old, and nothing that is young', async () => {
        await put(idOf(1), idOf(2));
        await store.commit(commitOf(idOf(3), { now: NOW + DAY }));
        assert.lengthOf(await store.sweep(NOW + 7 * DAY + 1, true), 2);
        assert.deepEqual(await idsOf(), [idOf(3)]);
        assert.deepEqual(await losses(), { age: 2 });
      });

      it('keeps the verdict on what it gives up where a conversation awaits it', async () => {
        let awaiting = snapshotAt(2, { awaiting: idOf(2) });
        await step(undefined, awaiting, idOf(2));
        // The visitor comes back every day.
        for (let day = 1; day <= 7; day += 1) {
          const next = { ...awaiting, step: awaiting.step + 1 };
          assert.isTrue(await step(awaiting, next, undefined, NOW + day * DAY));
          awaiting = next;
        }
        await store.sweep(NOW + 7 * DAY + 1, true);
        assert.deepEqual(await store.readVerdict(idOf(2)), { id: idOf(2), outcome: 'error' });
      });

      it('lets a submission live 7 days from when a clock was set back', async () => {
        await store.commit(commitOf(idOf(1), { now: NOW + 30 * DAY }));
        await store.sweep(NOW, true);
        assert.lengthOf(await store.sweep(NOW + 7 * DAY, true), 0);
        assert.lengthOf(await store.sweep(NOW + 7 * DAY + 1, true), 1);
      });

      it('does not take two clocks that differ a little for one that was set', async () => {
        await store.commit(commitOf(idOf(1), { now: NOW + MINUTE }));
        await store.sweep(NOW, true);
        assert.lengthOf(await store.sweep(NOW + 7 * DAY + MINUTE, true), 0);
      });

      it('forgets conversations 24 hours after their last step, and no submission of theirs', async () => {
        await step(undefined, snapshotAt(1), idOf(1));
        await step(undefined, snapshotAt(1, { flow: 'young' }), undefined, NOW + DAY);
        await store.sweep(NOW + DAY + 1, true);
        assert.strictEqual(await read(conversationKey('welcome')), undefined);
        assert.deepEqual(await idsOf(), [idOf(1)]);
        assert.isDefined(await store.readSnapshot('young', NOW + DAY + 1));
      });

      it('lets a conversation live 24 hours from when a clock was set back', async () => {
        await step(undefined, snapshotAt(1), undefined, NOW + 30 * DAY);
        await store.sweep(NOW, false);
        assert.isDefined(await store.readSnapshot('welcome', NOW + DAY));
        assert.isUndefined(await store.readSnapshot('welcome', NOW + DAY + 1));
      });

      it('forgets verdicts that nobody awaits any longer', async () => {
        await step(undefined, snapshotAt(2, { awaiting: idOf(2) }), idOf(2));
        await store.settle([success(idOf(2))]);
        await store.sweep(NOW, false);
        assert.isDefined(await store.readVerdict(idOf(2)));
        // Its conversation is forgotten first.
        await store.sweep(NOW + DAY + 1, false);
        await store.sweep(NOW + DAY + 1, false);
        assert.isUndefined(await store.readVerdict(idOf(2)));
        assert.isUndefined(await read(submissionKey(idOf(2))));
      });

      /** More than can be said one by one. */
      const fill = (ids: readonly string[], text = '') =>
        transact('readwrite', async (records) => {
          for (const id of ids) {
            const submission = submissionOf(id, { answers: { said: text } });
            records.put({ version: 2, submission, storedAt: NOW } satisfies Unsettled, submissionKey(id));
          }
        });
      const range = (count: number, nameOf: (index: number) => string) =>
        Array.from({ length: count }, (_, index) => nameOf(index));
      const event = (index: number) => idOf(`${index}.seen`, LATER);

      it('gives up what is too many: lifecycle events before answers, the oldest first', async () => {
        await fill([...range(MOST.records - 1, (index) => idOf(index)), ...range(4, event)]);
        const verdicts = await store.sweep(NOW, false);
        assert.deepEqual(
          verdicts.map(({ id }) => id),
          range(3, event),
        );
        assert.deepEqual(await losses(), { evicted: 3 });
        await fill(range(2, (index) => idOf(index + MOST.records)));
        const more = await store.sweep(NOW, false);
        assert.deepEqual(
          more.map(({ id }) => id),
          [event(3), idOf(0)],
        );
        assert.deepEqual((await idsOf({ limit: 1 })) ?? [], [idOf(1)]);
        assert.deepEqual(await losses(), { evicted: 5 });
        assert.deepEqual(await store.sweep(NOW, false), []);
      });

      it('gives up what is too much, in bytes', async () => {
        // Of three bytes each in UTF-8.
        const text = 'あ'.repeat(333_000);
        const count = Math.floor(MOST.bytes / 1_000_000);
        await fill(
          range(count, (index) => idOf(index)),
          text,
        );
        assert.deepEqual(await store.sweep(NOW, false), []);
        await fill([idOf(count), event(1)], text);
        const ids = (await store.sweep(NOW, false)).map(({ id }) => id);
        assert.deepEqual(ids, [event(1), idOf(0)]);
        assert.deepEqual(await losses(), { evicted: 2 });
      });
    });

    it('keeps the credential that came first when two tabs ask at once', async () => {
      assert.strictEqual(await store.swapCredential(undefined, 'first'), 'first');
      assert.strictEqual(await store.swapCredential(undefined, 'second'), 'first');
      assert.strictEqual(await store.swapCredential('first', 'third'), 'third');
      assert.strictEqual(await store.swapCredential('first', 'fourth'), 'third');
      assert.strictEqual((await claim())?.credential, 'third', 'what is sent goes by it');
    });

    it('keeps the seed that was drawn first', async () => {
      assert.strictEqual(await store.keepSeed('first'), 'first');
      assert.strictEqual(await store.keepSeed('second'), 'first');
    });
  });
}
