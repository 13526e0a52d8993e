import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMemoryStore, type Settlement } from '../../server/store.ts';

const LEASE = 1_000;

const settlementOf = (id: string): Settlement => ({
  receipt: { id, outcome: 'success', next: 'thanks' },
  node: 'save',
  acceptedEvents: ['met#0'],
});

/** A store and the hands of its clock. */
function startStore(capacity?: number) {
  let now = 1_000_000;
  const store = createMemoryStore(() => now, capacity);
  return { store, pass: (milliseconds: number) => (now += milliseconds) };
}

describe('a store in memory', () => {
  it('gives a submission that it does not know to who asks first', async () => {
    const { store } = startStore();
    assert.deepEqual(await store.begin('v/1', LEASE), { state: 'new' });
    assert.deepEqual(await store.begin('v/1', LEASE), { state: 'in_progress' });
  });
  it('gives it to one of many who ask at once', async () => {
    const { store } = startStore();
    const begun = await Promise.all(Array.from({ length: 20 }, () => store.begin('v/1', LEASE)));
    assert.deepEqual(
      begun.map(({ state }) => state),
      ['new', ...Array.from({ length: 19 }, () => 'in_progress')],
    );
  });
  it('keeps submissions and visitors apart', async () => {
    const { store } = startStore();
    for (const key of ['v/1', 'v/2', 'w/1', '__proto__']) {
      assert.deepEqual(await store.begin(key, LEASE), { state: 'new' }, key);
      assert.equal(await store.find(key), undefined);
    }
    await store.settle('v/1', settlementOf('1'));
    assert.equal(await store.find('w/1'), undefined);
    assert.deepEqual(await store.begin('v/2', LEASE), { state: 'in_progress' });
  });

  it('has a settlement for who begins again, and for who looks for it', async () => {
    const { store, pass } = startStore();
    await store.begin('v/1', LEASE);
    assert.equal(await store.find('v/1'), undefined);
    await store.settle('v/1', settlementOf('1'));
    pass(LEASE * 1_000);
    assert.deepEqual(await store.begin('v/1', LEASE), { state: 'settled', settlement: settlementOf('1') });
    assert.deepEqual(await store.find('v/1'), settlementOf('1'));
  });
  it('keeps a settlement though it is released afterwards', async () => {
    const { store } = startStore();
    await store.begin('v/1', LEASE);
    await store.settle('v/1', settlementOf('1'));
    await store.release('v/1');
    assert.deepEqual(await store.find('v/1'), settlementOf('1'));
  });
  it('gives a submission that was released to the next who asks, and to that one alone', async () => {
    const { store } = startStore();
    await store.begin('v/1', LEASE);
    await store.release('v/1');
    assert.equal(await store.find('v/1'), undefined);
    assert.deepEqual(await store.begin('v/1', LEASE), { state: 'new' });
    assert.deepEqual(await store.begin('v/1', LEASE), { state: 'in_progress' });
  });
  it('does not mind that something is released which nobody began', async () => {
    const { store } = startStore();
    await store.release('v/1');
    assert.deepEqual(await store.begin('v/1', LEASE), { state: 'new' });
  });

  it('holds a claim for its lease, and then no longer', async () => {
    const { store, pass } = startStore();
    await store.begin('v/1', LEASE);
    pass(LEASE - 1);
    assert.deepEqual(await store.begin('v/1', LEASE), { state: 'in_progress' });
    pass(1);
    assert.deepEqual(await store.begin('v/1', LEASE), { state: 'new' });
  });
  it('starts a lease anew with who takes over, and not with who asked in vain', async () => {
    const { store, pass } = startStore();
    await store.begin('v/1', LEASE);
    pass(LEASE - 1);
    await store.begin('v/1', LEASE * 10);
    pass(1);
    assert.deepEqual(await store.begin('v/1', LEASE), { state: 'new' });
    pass(LEASE - 1);
    assert.deepEqual(await store.begin('v/1', LEASE), { state: 'in_progress' });
  });
  it('takes a settlement that comes after its lease', async () => {
    const { store, pass } = startStore();
    await store.begin('v/1', LEASE);
    pass(LEASE + 1);
    await store.settle('v/1', settlementOf('1'));
    assert.deepEqual(await store.begin('v/1', LEASE), { state: 'settled', settlement: settlementOf('1') });
  });

  it('forgets the oldest settlement beyond its capacity, and no other', async () => {
    const { store } = startStore(3);
    for (const id of ['1', '2', '3', '4']) await store.settle(`v/${id}`, settlementOf(id));
    assert.equal(await store.find('v/1'), undefined);
    assert.deepEqual(await store.begin('v/1', LEASE), { state: 'new' });
    for (const id of ['2', '3', '4']) assert.deepEqual(await store.find(`v/${id}`), settlementOf(id));
  });
  it('forgets nothing when one is settled again', async () => {
    const { store } = startStore(2);
    for (const id of ['1', '2', '2', '1']) await store.settle(`v/${id}`, settlementOf(id));
    for (const id of ['1', '2']) assert.deepEqual(await store.find(`v/${id}`), settlementOf(id));
  });
  it('forgets no claim for want of room', async () => {
    const { store } = startStore(1);
    await store.begin('v/1', LEASE);
    for (const id of ['2', '3']) await store.settle(`v/${id}`, settlementOf(id));
    assert.deepEqual(await store.begin('v/1', LEASE), { state: 'in_progress' });
  });
});
