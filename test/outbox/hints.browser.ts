import { assert } from '@open-wc/testing';
import { createHints } from '../../widget/hints.ts';
import { createMemoryRecords } from '../../widget/outbox/memory-records.ts';
import { createOutboxStore, type OutboxStore } from '../../widget/outbox/store.ts';
import { hasUnsent, isToForget, rememberKept, rememberUnsent } from '../../widget/wake.ts';
import { commitOf, DAY, HOUR, idOf, NOW } from './outbox-fixture.ts';

/** A page, whose storage may fail. */
function openPage(transact = createMemoryRecords()) {
  const inner = createOutboxStore(transact);
  const page = { sweeps: 0, hasFailed: false };
  const store: OutboxStore = {
    ...inner,
    sweep(now, isTried) {
      page.sweeps += 1;
      return inner.sweep(now, isTried);
    },
  };
  return Object.assign(page, createHints({ store, transact, hasFailed: () => page.hasFailed }));
}

beforeEach(() => localStorage.clear());
after(() => localStorage.clear());

describe('the hint that something is to be forgotten', () => {
  it('comes a day after a conversation began, and goes when that is forgotten', async () => {
    const { store } = openPage();
    await store.commit(commitOf(idOf(1)));
    assert.isFalse(isToForget(NOW + DAY));
    assert.isTrue(isToForget(NOW + DAY + 1));
    await store.sweep(NOW + DAY + 1, false);
    assert.isFalse(isToForget(NOW + 99 * DAY));
    assert.isUndefined(await store.readSnapshot(idOf(1), NOW));
  });

  it('comes a day after the last step of the one that is oldest, where some are kept', async () => {
    const { store } = openPage();
    await store.commit(commitOf(idOf(1)));
    await store.commit(commitOf(idOf(2), { now: NOW + 2 * HOUR }));
    await store.commit(commitOf(idOf(3), { now: NOW + 5 * HOUR }));
    await store.sweep(NOW + DAY + 1, false);
    assert.isFalse(isToForget(NOW + DAY + 2 * HOUR));
    assert.isTrue(isToForget(NOW + DAY + 2 * HOUR + 1));
  });

  it('does not wait for a clock that was set back', async () => {
    const { store } = openPage();
    await store.commit(commitOf(idOf(1)));
    assert.isTrue(isToForget(NOW - 2 * DAY));
  });

  it('of a step that was not stored is none', async () => {
    const { store } = openPage();
    await store.commit(commitOf(idOf(1)));
    rememberKept(undefined, true);
    assert.isFalse(await store.commit(commitOf(idOf(1))));
    assert.isFalse(isToForget(NOW + 99 * DAY));
  });

  it('that makes no sense is one', () => {
    localStorage.setItem('parley-kept', 'soon');
    assert.isTrue(isToForget(NOW));
  });
});

describe('what a sweep takes', () => {
  it('is not fetched where there is nothing to forget and nothing was tried in vain', async () => {
    const world = openPage();
    await world.store.commit(commitOf(idOf(1)));
    assert.deepEqual(await world.store.sweep(NOW + HOUR, false), []);
    assert.strictEqual(world.sweeps, 0);
    assert.lengthOf(await world.store.sweep(NOW + 8 * DAY, true), 1);
    assert.strictEqual(world.sweeps, 1);
  });
});

describe('the hint that something is not delivered', () => {
  it('is there until it is', () => {
    const page = openPage();
    page.rememberUnsent(true);
    assert.isTrue(hasUnsent());
    page.rememberUnsent(false);
    assert.isFalse(hasUnsent());
  });

  const FAILURES: readonly [
    name: string,
    before: (page: ReturnType<typeof openPage>) => Promise<void>,
    stays: boolean,
  ][] = [
    ['on a page that has stored nothing', async () => undefined, false],
    [
      'on a page of which all is delivered',
      async ({ store, rememberUnsent }) => {
        rememberUnsent(true);
        await store.commit(commitOf(idOf(1)));
        rememberUnsent(false);
      },
      false,
    ],
    [
      'while it holds something',
      async ({ store, rememberUnsent }) => {
        rememberUnsent(true);
        await store.commit(commitOf(idOf(1)));
      },
      true,
    ],
  ];
  for (const [name, before, stays] of FAILURES) {
    it(`${stays ? 'stays' : 'goes'} where storage failed ${name}, and memory is empty again`, async () => {
      const page = openPage();
      await before(page);
      page.hasFailed = true;
      page.rememberUnsent(true);
      await page.store.commit(commitOf(idOf(2)));
      page.rememberUnsent(false);
      assert.strictEqual(hasUnsent(), stays);
    });
  }

  it('stays where storage fails on the page that was to deliver what another had stored', () => {
    rememberUnsent(true);
    const page = openPage();
    page.hasFailed = true;
    page.rememberUnsent(false);
    assert.isTrue(hasUnsent());
    openPage().rememberUnsent(false);
    assert.isFalse(hasUnsent());
  });
});
