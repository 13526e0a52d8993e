/** Records that are none of ours, or not yet: they cost nothing that stands beside them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { moveIn, sweep, takeOver } from '../../widget/outbox/housekeeping.ts';
import { createMemoryRecords } from '../../widget/outbox/memory-records.ts';
import { createOutboxStore } from '../../widget/outbox/store.ts';
import { credentialIn } from './held.ts';
import { commitOf, DAY, idOf, NOW } from './outbox-fixture.ts';

const STRANGE: readonly (readonly [name: string, value: unknown])[] = [
  ['of a later release', { version: 3, sealed: 'x' }],
  ['that is no object', 'x'],
  ['that is null', null],
];

/** With two submissions of two conversations, a credential, and a record that cannot be read. */
async function openWith(value: unknown) {
  const transact = createMemoryRecords();
  const store = createOutboxStore(transact);
  await store.swapCredential(undefined, 'credential');
  await store.commit(commitOf(idOf(1)));
  await store.commit(commitOf(idOf(2)));
  await transact('readwrite', async (records) => records.put(value, ['submission', 'a', 1]));
  const claim = { owner: 'o', now: NOW, limit: 9, bytes: Infinity, skip: new Set<string>(), hasLock: true };
  return { transact, store, ids: async () => (await store.claim(claim))?.submissions.map(({ id }) => id) };
}

for (const [name, value] of STRANGE) {
  describe(`a record ${name}`, () => {
    it('keeps nothing from being sent', async () => {
      const { ids } = await openWith(value);
      assert.deepEqual(await ids(), [idOf(1), idOf(2)]);
    });

    it('keeps nothing from being given up or forgotten', async () => {
      const { transact, store } = await openWith(value);
      const verdicts = await transact('readwrite', (records) => sweep(records, NOW + 8 * DAY, true));
      assert.deepEqual(
        verdicts.map(({ id }) => id),
        [idOf(1), idOf(2)],
      );
      assert.equal(await store.readSnapshot(idOf(1), NOW), undefined);
    });

    it('costs nothing where storage fails', async () => {
      const { transact } = await openWith(value);
      const memory = createMemoryRecords();
      await takeOver(transact, memory);
      assert.equal(await credentialIn(memory), 'credential');
      const kept = await memory('readonly', (records) => records.list('submission'));
      assert.equal(kept.length, 2);
    });

    it('costs nothing where what was in memory is stored', async () => {
      const { transact } = await openWith(value);
      const storage = createMemoryRecords();
      await moveIn(transact, storage);
      assert.equal(await credentialIn(storage), 'credential');
      const kept = await storage('readonly', (records) => records.list('conversation'));
      assert.equal(kept.length, 2);
    });
  });
}
