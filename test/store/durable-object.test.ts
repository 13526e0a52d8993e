/** What the store of a Durable Object does besides what every store does: over a stand-in for its storage. `test/stores/` has it in workerd. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { createDurableObjectStore, type DurableStorage } from '../../server/store/durable-object.ts';
import { StoreError } from '../../server/store/store.ts';
import { createObjectStorage } from '../server/object-storage.ts';
import {
  ANN,
  DAY,
  erasureOf,
  LEASE,
  leaving,
  LIMIT,
  settled,
  settlementOf,
  spooled,
  START,
  workOf,
} from './fixture.ts';

const open = (storage: DurableStorage = createObjectStorage(), clock = () => START) =>
  createDurableObjectStore({ storage, clock });

/** As the platform throws it, from the first statement on that says so. */
function failing(words: string, message: string): DurableStorage {
  const storage = createObjectStorage();
  return {
    ...storage,
    sql: {
      exec(query, ...values) {
        if (query.includes(words)) throw new Error(message);
        return storage.sql.exec(query, ...values);
      },
    },
  };
}

describe('the store of a Durable Object', () => {
  it('has what an earlier life of the object has kept', async () => {
    const db = new DatabaseSync(':memory:');
    const before = open(createObjectStorage(db));
    await before.begin(workOf('v/1'), ANN, LIMIT);
    await before.settle([settled('v/1')], ANN.holder);
    assert.deepEqual(await open(createObjectStorage(db)).find('v/1'), settlementOf('v/1'));
  });
  it('is not opened by a relay that is older than who has written it', () => {
    const db = new DatabaseSync(':memory:');
    open(createObjectStorage(db));
    db.exec('UPDATE schema_version SET version = version + 1');
    assert.throws(
      () => open(createObjectStorage(db)),
      /has version \d+, and this relay knows \d+: deploy the newer/,
    );
  });
  for (const [name, prepare, due] of [
    ['nothing', async () => undefined, undefined],
    ['work that is held', async (store) => store.begin(workOf('v/1'), ANN, LIMIT), START + LEASE],
    [
      'work of the spool',
      async (store) => {
        await store.begin(workOf('v/1'), ANN, LIMIT);
        await store.settle([spooled('v/1', START + 7)], ANN.holder);
      },
      START + 7,
    ],
    [
      'work that is settled',
      async (store) => {
        await store.begin(workOf('v/1'), ANN, LIMIT);
        await store.settle([settled('v/1')], ANN.holder);
      },
      undefined,
    ],
    ['deferred work', async (store) => store.deferred.hold(workOf('v/1'), 8), START + 8],
    [
      'a departure',
      async (store) =>
        store.provisional.hold(
          { name: 'v/c', work: workOf('v/1'), at: START, offset: 0, dueAt: START + 9 },
          LIMIT,
        ),
      START + 9,
    ],
    ['an erasure', async (store) => store.erase('v', DAY, leaving(erasureOf('v'), 10)), START + 10],
  ] as readonly (readonly [
    string,
    (store: ReturnType<typeof open>) => Promise<unknown>,
    number | undefined,
  ])[]) {
    it(`says when something is due first: ${name}`, async () => {
      const store = open();
      await prepare(store);
      assert.equal(store.nextDue(), due);
    });
  }
  it('forgets all that is over in one sweep, also where nothing is written any more', async () => {
    let now = START;
    const db = new DatabaseSync(':memory:');
    const store = open(createObjectStorage(db), () => now);
    for (let each = 0; each < 250; each += 1) await store.put(`name/${each}`, each, 1_000);
    now += 1_000;
    await store.sweep();
    assert.deepEqual({ ...db.prepare('SELECT count(*) AS count FROM named_values').get() }, { count: 0 });
  });
  it('tells of each write before anything else can happen', async () => {
    let written = 0;
    const store = createDurableObjectStore({
      storage: createObjectStorage(),
      clock: () => START,
      written: () => (written += 1),
    });
    await store.put('sweeps', 1, DAY);
    const before = written;
    await store.get('sweeps');
    assert.equal(written, before);
    await store.put('one', 1, DAY);
    assert.equal(written, before + 1);
  });
  it('does nothing of what could not be done whole', async () => {
    const store = open(failing('INTO settlements', 'database or disk is full: SQLITE_FULL'));
    await store.begin(workOf('v/1'), ANN, LIMIT);
    await assert.rejects(
      store.settle([settled('v/1')], ANN.holder),
      (error: Error) =>
        error instanceof StoreError && error.message.includes('is full: an object keeps 10 GB'),
    );
    assert.deepEqual(await store.begin(workOf('v/1'), ANN, LIMIT), { state: 'in_progress' });
    assert.equal((await store.stats()).unsettled, 1);
  });
  for (const [message, words] of [
    ['string or blob too big: SQLITE_TOOBIG', /takes no row of more than 2 MB/],
    ['Internal error in Durable Object storage', /failed \(Internal error/],
    ['disk I/O error: SQLITE_IOERR', /failed \(disk I\/O error/],
  ] as const) {
    it(`explains ${message}`, async () => {
      await assert.rejects(open(failing('INTO named_values', message)).put('one', 1, DAY), {
        name: 'StoreError',
        message: words,
      });
    });
  }
  for (const [name, isDone] of [
    ['begins', false],
    ['ends', true],
  ] as const)
    it(`explains a transaction that fails as it ${name}`, async () => {
      const storage = createObjectStorage();
      let isFailing = false;
      const store = open({
        ...storage,
        transactionSync(run) {
          if (!isFailing) return storage.transactionSync(run);
          if (isDone) storage.transactionSync(run);
          throw new Error('Internal error in Durable Object storage');
        },
      });
      isFailing = true;
      await assert.rejects(store.put('one', 1, DAY), {
        name: 'StoreError',
        message: /failed \(Internal error in Durable Object storage\)/,
      });
      await assert.rejects(store.sweep(), { name: 'StoreError' });
      assert.throws(
        () =>
          open({
            ...storage,
            transactionSync: () => {
              throw new Error('Gone');
            },
          }),
        { name: 'StoreError', message: /failed \(Gone\)/ },
      );
    });
  it('passes a mistake of ours on as it is', async () => {
    let isOurs = false;
    const store = open(createObjectStorage(), () => {
      if (isOurs) throw new TypeError('x is not a function');
      return START;
    });
    isOurs = true;
    await assert.rejects(store.put('one', 1, DAY), { name: 'TypeError', message: 'x is not a function' });
  });
});
