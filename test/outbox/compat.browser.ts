/** What earlier releases kept in browsers is read, delivered and forgotten as if it had been kept by this one. */
import { assert } from '@open-wc/testing';
import type { Submission } from '../../widget/contract/wire.ts';
import type { Snapshot } from '../../widget/flow/snapshot.ts';
import type { Verdict } from '../../widget/flow/verdict.ts';
import { credentialIn } from './held.ts';
import { openIndexedRecords } from '../../widget/outbox/indexed-records.ts';
import { createOutboxStore } from '../../widget/outbox/store.ts';
import { DAY, submissionOf, success } from './outbox-fixture.ts';

interface Entry {
  readonly key: string | readonly (string | number)[];
  readonly value: unknown;
}

/** As release 0.1.0 wrote a submission. */
interface FirstRecord {
  readonly submission: Submission;
  readonly verdict?: Verdict;
}

const FIXTURES = [
  'asking',
  'awaiting',
  'verdict-kept',
  'ended',
  'unsent',
  'two-unsent',
  'restarted',
  'correcting',
  'asked-again',
];

/** Milliseconds since 1970, a while after they were written. */
const NOW = Date.parse('2026-11-21T00:00:00.000Z');

const CLAIM = {
  owner: 'o',
  now: NOW,
  limit: 100,
  bytes: Infinity,
  skip: new Set<string>(),
  hasLock: true,
};

async function openAsWritten(fixture: string) {
  const url = new URL(`../fixtures/compat/0.1.0/records/${fixture}.json`, import.meta.url);
  const entries = (await (await fetch(url)).json()) as readonly Entry[];
  const transact = await openIndexedRecords(`parley compat ${fixture} ${crypto.randomUUID()}`);
  await transact('readwrite', async (records) => {
    for (const { key, value } of entries) records.put(value, key);
  });
  const of = (kind: string) => entries.filter(({ key }) => key === kind || key[0] === kind);
  const written = of('submission').map(({ value }) => value as FirstRecord);
  const store = createOutboxStore(transact);
  const claim = async () => {
    const claimed = await store.claim(CLAIM);
    await store.release(CLAIM.owner);
    return claimed?.submissions ?? [];
  };
  return {
    store,
    transact,
    claim,
    snapshot: of('conversation')[0]?.value as Snapshot,
    waiting: written.filter(({ verdict }) => !verdict).map(({ submission }) => submission),
    verdicts: written.flatMap(({ verdict }) => verdict ?? []),
    seed: of('seed')[0]?.value,
    visitor: of('visitor')[0]?.value,
  };
}

for (const fixture of FIXTURES) {
  describe(`records of release 0.1.0: ${fixture}`, () => {
    it('are read', async () => {
      const { store, transact, claim, snapshot, waiting, verdicts, seed, visitor } =
        await openAsWritten(fixture);
      assert.deepEqual(await store.readSnapshot('welcome', NOW), snapshot);
      assert.deepEqual(await claim(), waiting);
      for (const verdict of verdicts) assert.deepEqual(await store.readVerdict(verdict.id), verdict);
      assert.strictEqual(await credentialIn(transact), visitor);
      assert.strictEqual(await store.keepSeed('another'), seed as string);
    });

    it('are delivered and settled', async () => {
      const { store, claim, snapshot, waiting } = await openAsWritten(fixture);
      await store.settle(waiting.map(({ id }) => success(id)));
      assert.deepEqual(await claim(), []);
      for (const { id } of waiting) {
        const expected = id === snapshot.awaiting ? success(id) : undefined;
        assert.deepEqual(await store.readVerdict(id), expected);
      }
    });

    it('are gone on with', async () => {
      const { store, claim, snapshot, waiting, verdicts } = await openAsWritten(fixture);
      const { awaiting: _, ...rest } = snapshot;
      const next = { ...rest, step: snapshot.step + 1 };
      const submission = submissionOf(`${snapshot.conversation}.${next.step}`);
      assert.isTrue(
        await store.commit({ previous: snapshot, next, submissions: [submission], isOver: false, now: NOW }),
      );
      assert.deepEqual(await store.readSnapshot('welcome', NOW), next);
      assert.sameDeepMembers([...(await claim())], [...waiting, submission]);
      for (const { id } of verdicts) assert.isUndefined(await store.readVerdict(id));
    });

    it('age from when a newer release first looks at them, and what was said from when it was said', async () => {
      const { store, claim, snapshot, waiting } = await openAsWritten(fixture);
      await store.sweep(NOW, true);
      assert.deepEqual(await store.readSnapshot('welcome', NOW + DAY), snapshot);
      assert.deepEqual(await claim(), waiting);
      const verdicts = await store.sweep(NOW + 7 * DAY, true);
      assert.isUndefined(await store.readSnapshot('welcome', NOW + 7 * DAY));
      assert.lengthOf(verdicts, waiting.length);
      assert.deepEqual(await claim(), []);
    });
  });
}
