import { assert } from '@open-wc/testing';
import { createBacking } from '../../widget/outbox/backing.ts';
import { OPEN_GATE } from './open-gate.ts';
import { openIndexedRecords } from '../../widget/outbox/indexed-records.ts';
import type { Key, Transact } from '../../widget/outbox/records.ts';
import { createOutboxStore } from '../../widget/outbox/store.ts';
import { commitOf, idOf, NOW, submissionOf } from './outbox-fixture.ts';

const nextName = () => `parley records ${crypto.randomUUID()}`;

const read = (transact: Transact, key: Key) => transact('readonly', (records) => records.get(key));

const write = (transact: Transact, key: Key, value: unknown) =>
  transact('readwrite', async (records) => records.put(value, key));

/** Resolves with what happened: `success`, or `blocked` by a page that holds it open. */
const deleteDatabase = (name: string) =>
  new Promise<string>((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    for (const type of ['success', 'error', 'blocked']) {
      request.addEventListener(type, () => resolve(type));
    }
  });

async function rejected(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It did not reject');
}

/** What a test replaces is put back after it. */
const replaced: (() => void)[] = [];
function replace<Owner extends object, Name extends keyof Owner>(
  owner: Owner,
  name: Name,
  by: (original: Owner[Name]) => Owner[Name],
): void {
  const original = owner[name];
  owner[name] = by(original);
  replaced.push(() => (owner[name] = original));
}

afterEach(() => {
  replaced.splice(0).forEach((putBack) => putBack());
});

describe('records in IndexedDB', () => {
  it('are there again for the next page, and for no other relay', async () => {
    const name = nextName();
    await write(await openIndexedRecords(name), 'visitor', 'here');
    assert.strictEqual(await read(await openIndexedRecords(name), 'visitor'), 'here');
    assert.strictEqual(await read(await openIndexedRecords(`${name} other`), 'visitor'), undefined);
  });

  it('come by kind, in the order of their keys', async () => {
    const transact = await openIndexedRecords(nextName());
    const keys: Key[] = [
      ['b', 'x', 10],
      ['b', 'x', 2, 'y'],
      ['b', 'x', 2],
      ['a', 1],
      ['bb', 1],
      ['b', 'a', 11],
      'b',
    ];
    for (const key of keys) await write(transact, key, key);
    const inOrder = [
      ['b', 'a', 11],
      ['b', 'x', 2],
      ['b', 'x', 2, 'y'],
      ['b', 'x', 10],
    ];
    assert.deepEqual(await transact('readonly', (records) => records.list('b')), inOrder);
    assert.deepEqual(await transact('readonly', (records) => records.list('b', 2)), inOrder.slice(0, 2));
    for (const key of keys) assert.deepEqual(await read(transact, key), key);
  });

  it('are deleted and cleared', async () => {
    const transact = await openIndexedRecords(nextName());
    for (const key of ['a', 'b', 'c']) await write(transact, key, 1);
    await transact('readwrite', async (records) => records.delete('b'));
    const readAll = () => Promise.all(['a', 'b', 'c'].map((key) => read(transact, key)));
    assert.deepEqual(await readAll(), [1, undefined, 1]);
    await transact('readwrite', async (records) => records.clear());
    assert.deepEqual(await readAll(), [undefined, undefined, undefined]);
  });

  const MISTAKES: readonly [name: string, mistake: () => unknown][] = [
    ['before it has asked for anything', () => Promise.reject(new Error('A mistake'))],
    [
      'of which storage makes nothing',
      () => {
        throw new DOMException('A mistake', 'DataCloneError');
      },
    ],
  ];
  for (const [name, mistake] of MISTAKES) {
    it(`keep nothing of a transaction that fails ${name}`, async () => {
      const transact = await openIndexedRecords(nextName());
      const error = await rejected(
        transact('readwrite', async (records) => {
          records.put(1, 'a');
          await mistake();
        }),
      );
      assert.strictEqual(error.message, 'A mistake');
      assert.strictEqual(await read(transact, 'a'), undefined);
    });
  }

  it('keep nothing of a transaction that fails after it has read', async () => {
    const transact = await openIndexedRecords(nextName());
    const error = await rejected(
      transact('readwrite', async (records) => {
        records.put(1, 'a');
        await records.get('a');
        throw new Error('A mistake');
      }),
    );
    assert.strictEqual(error.message, 'A mistake');
    assert.strictEqual(await read(transact, 'a'), undefined);
  });

  it('keep nothing of what they cannot hold, and of what came with it', async () => {
    const transact = await openIndexedRecords(nextName());
    await rejected(
      transact('readwrite', async (records) => {
        records.put(1, 'a');
        records.put(() => undefined, 'b');
      }),
    );
    assert.strictEqual(await read(transact, 'a'), undefined);
  });

  it('say so when the browser gives a transaction up after it was asked', async () => {
    const transact = await openIndexedRecords(nextName());
    replace(
      IDBObjectStore.prototype,
      'put',
      (original) =>
        function (this: IDBObjectStore, ...given) {
          queueMicrotask(() => this.transaction.abort());
          return original.apply(this, given);
        },
    );
    await rejected(write(transact, 'a', 1));
    assert.strictEqual(await read(transact, 'a'), undefined);
  });

  const READS: readonly [name: string, reads: boolean][] = [
    ['at the end', false],
    ['while it reads', true],
  ];
  for (const [name, reads] of READS) {
    it(`say why when the browser refuses to write ${name}`, async () => {
      const transact = await openIndexedRecords(nextName());
      await write(transact, 'a', 1);
      // The one refusal that can be had for certain: a key that is there already.
      replace(
        IDBObjectStore.prototype,
        'put',
        () =>
          function (this: IDBObjectStore, ...given) {
            return this.add(...given);
          },
      );
      const error = await rejected(
        transact('readwrite', async (records) => {
          records.put(2, 'b');
          records.put(2, 'a');
          if (reads) await records.get('b');
        }),
      );
      assert.strictEqual(error.name, 'ConstraintError');
      assert.strictEqual(await read(transact, 'a'), 1);
      assert.strictEqual(await read(transact, 'b'), undefined);
    });
  }

  it('are given up where the browser refuses to open them', async () => {
    replace(IDBFactory.prototype, 'open', () => () => {
      throw new DOMException('Not here', 'SecurityError');
    });
    assert.strictEqual((await rejected(openIndexedRecords(nextName()))).name, 'SecurityError');
  });

  it('are given up where they do not open', async () => {
    replace(IDBFactory.prototype, 'open', () => () => ({}) as IDBOpenDBRequest);
    // It does not wait for as long as that.
    replace(
      window as { setTimeout: (callback: (given: unknown) => void, wait: number, given: unknown) => number },
      'setTimeout',
      (original) => (callback, _, given) => original(callback, 0, given),
    );
    assert.include((await rejected(openIndexedRecords(nextName()))).message, 'Blocked');
  });
});

describe('a database that somebody wants to delete', () => {
  it('is let go of by a page that has it open', async () => {
    const name = nextName();
    const transact = await openIndexedRecords(name);
    await write(transact, 'a', 1);
    assert.strictEqual(await deleteDatabase(name), 'success');
    assert.strictEqual((await rejected(read(transact, 'a'))).name, 'InvalidStateError');
  });

  it('is opened anew when it is needed again, and nobody is told', async () => {
    const name = nextName();
    const failures: unknown[] = [];
    const transact = createBacking({
      open: () => openIndexedRecords(name),
      discard: async () => undefined,
      gate: OPEN_GATE,
      failed: (error) => failures.push(error),
    });
    await write(transact, 'a', 1);
    await deleteDatabase(name);
    await write(transact, 'b', 2);
    assert.strictEqual(await read(transact, 'a'), undefined);
    assert.strictEqual(await read(await openIndexedRecords(name), 'b'), 2);
    assert.deepEqual(failures, []);
  });
});

describe('a disk that is full', () => {
  /** @param until may be written again when this is true */
  function fill(until: () => boolean): void {
    replace(
      IDBObjectStore.prototype,
      'put',
      (original) =>
        function (this: IDBObjectStore, ...given) {
          if (until()) return original.apply(this, given);
          throw new DOMException('Full', 'QuotaExceededError');
        },
    );
  }

  function openStore() {
    const failures: unknown[] = [];
    const name = nextName();
    const transact = createBacking({
      open: () => openIndexedRecords(name),
      discard: async () => undefined,
      gate: OPEN_GATE,
      failed: (error) => failures.push(error),
    });
    const store = createOutboxStore(transact);
    const claim = () =>
      store.claim({
        owner: 'o',
        now: NOW,
        limit: 10,
        bytes: Infinity,
        skip: new Set(),
        hasLock: true,
      });
    return { name, store, claim, failures };
  }

  it('has room again once lifecycle events are gone, which are counted', async () => {
    const { name, store, claim, failures } = openStore();
    await store.commit(commitOf(idOf('1.opened')));
    let hasRoom = false;
    replace(
      IDBObjectStore.prototype,
      'delete',
      (original) =>
        function (this: IDBObjectStore, ...given) {
          hasRoom = true;
          return original.apply(this, given);
        },
    );
    fill(() => hasRoom);
    assert.isTrue(await store.commit(commitOf(idOf(2))));
    const claimed = await claim();
    assert.deepEqual(claimed?.submissions, [submissionOf(idOf(2))]);
    assert.deepEqual(claimed?.losses, { evicted: 1 });
    assert.deepEqual(failures, []);
    const next = createOutboxStore(await openIndexedRecords(name));
    assert.isDefined(await next.readSnapshot(idOf(2), NOW), 'it is in storage');
  });

  it('leaves the page with what it says, and says so', async () => {
    const { store, claim, failures } = openStore();
    await store.swapCredential(undefined, 'credential');
    await store.commit(commitOf(idOf(1)));
    fill(() => false);
    assert.isTrue(await store.commit(commitOf(idOf(2))));
    assert.isTrue(await store.commit(commitOf(idOf(3))));
    const claimed = await claim();
    const expected = [idOf(1), idOf(2), idOf(3)].map((id) => submissionOf(id));
    assert.deepEqual(claimed?.submissions, expected);
    assert.deepEqual(claimed?.losses, { storage: 1 });
    assert.strictEqual(claimed?.credential, 'credential');
    assert.lengthOf(failures, 1);
  });
});
