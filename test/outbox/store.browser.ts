import { assert } from '@open-wc/testing';
import type { Submission } from '../../widget/contract/wire.ts';
import type { Snapshot } from '../../widget/flow/snapshot.ts';
import { createMemoryStore } from '../../widget/outbox/memory-store.ts';
import { openIndexedStore, type OutboxStore } from '../../widget/outbox/store.ts';

const CONVERSATION = '019a0000-0000-7000-8000-000000000001';
const LATER = '019b0000-0000-7000-8000-000000000001';

const snapshot = (step: number, conversation = CONVERSATION): Snapshot => ({
  conversation,
  flow: 'welcome',
  revision: 'r1',
  step,
  node: 'name',
  answers: { first_name: 'Ada' },
  path: [{ node: 'name', answer: 'Ada' }],
  seed: 's1',
});

const submission = (step: number, conversation = CONVERSATION): Submission => ({
  id: `${conversation}.${step}`,
  flow: 'welcome',
  revision: 'r1',
  node: 'save',
  time: '2026-01-15T10:00:00.000Z',
  answers: { first_name: 'Ada' },
  page: { path: '/' },
  device: { type: 'desktop', language: 'en' },
});

let databases = 0;
const STORES: [name: string, open: () => Promise<OutboxStore>][] = [
  ['IndexedDB', () => openIndexedStore(`https://relay.example/${(databases += 1)}-${Date.now()}`)],
  ['memory', async () => createMemoryStore()],
];

for (const [name, open] of STORES) {
  describe(`the store in ${name}`, () => {
    let store: OutboxStore;
    beforeEach(async () => {
      store = await open();
    });

    const ids = async () => (await store.readSubmissions()).map(({ id }) => id);

    it('has nothing at first', async () => {
      assert.strictEqual(await store.readSnapshot('welcome'), undefined);
      assert.deepEqual(await ids(), []);
      assert.strictEqual(await store.readCredential(), undefined);
    });

    it('keeps a snapshot and its submission as they were', async () => {
      assert.strictEqual(await store.commit(undefined, snapshot(1), submission(1)), true);
      assert.deepEqual(await store.readSnapshot('welcome'), snapshot(1));
      assert.deepEqual(await store.readSubmissions(), [submission(1)]);
    });

    it('keeps conversations of different flows apart', async () => {
      await store.commit(undefined, snapshot(1));
      assert.strictEqual(await store.readSnapshot('other'), undefined);
    });

    it('writes neither where another tab went further meanwhile', async () => {
      await store.commit(undefined, snapshot(1));
      await store.commit(snapshot(1), snapshot(2), submission(2));
      assert.strictEqual(
        await store.commit(snapshot(1), snapshot(2), { ...submission(2), node: 'other' }),
        false,
      );
      assert.strictEqual(await store.commit(undefined, snapshot(1, LATER), submission(1, LATER)), false);
      assert.deepEqual(await store.readSubmissions(), [submission(2)]);
      assert.strictEqual((await store.readSnapshot('welcome'))?.conversation, CONVERSATION);
    });

    it('lets one of two tabs that answer at once go on', async () => {
      await store.commit(undefined, snapshot(1));
      const outcomes = await Promise.all([
        store.commit(snapshot(1), snapshot(2), submission(2)),
        store.commit(snapshot(1), snapshot(2), submission(2)),
      ]);
      assert.lengthOf(outcomes.filter(Boolean), 1);
      assert.deepEqual(await ids(), [submission(2).id]);
    });

    it('gives back submissions in the order in which they were made', async () => {
      await store.commit(undefined, snapshot(2), submission(2));
      await store.commit(snapshot(2), snapshot(10), submission(10));
      await store.commit(snapshot(10), snapshot(1, LATER), submission(1, LATER));
      assert.deepEqual(await ids(), [submission(2).id, submission(10).id, submission(1, LATER).id]);
    });

    it('forgets a submission that is settled, and no other', async () => {
      await store.commit(undefined, snapshot(1), submission(1));
      await store.commit(snapshot(1), snapshot(2), submission(2));
      await store.settle(submission(1).id);
      await store.settle('019a0000-0000-7000-8000-00000000ffff.9');
      assert.deepEqual(await ids(), [submission(2).id]);
    });

    it('keeps the credential that came first when two tabs ask at once', async () => {
      assert.strictEqual(await store.swapCredential(undefined, 'first'), 'first');
      assert.strictEqual(await store.swapCredential(undefined, 'second'), 'first');
      assert.strictEqual(await store.swapCredential('first', 'third'), 'third');
      assert.strictEqual(await store.readCredential(), 'third');
    });
  });
}

describe('the store in IndexedDB', () => {
  it('is there again for the next page, and for no other relay', async () => {
    const relay = `https://relay.example/kept-${Date.now()}`;
    const store = await openIndexedStore(relay);
    await store.commit(undefined, snapshot(1), submission(1));
    assert.lengthOf(await (await openIndexedStore(relay)).readSubmissions(), 1);
    assert.lengthOf(await (await openIndexedStore(`${relay}-other`)).readSubmissions(), 0);
  });
});
