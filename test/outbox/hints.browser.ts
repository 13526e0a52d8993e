import { assert } from '@open-wc/testing';
import { createHints } from '../../widget/hints.ts';
import { createMemoryRecords } from '../../widget/outbox/memory-records.ts';
import { createOutboxStore, type OutboxStore } from '../../widget/outbox/store.ts';
import { hasUnsent, isToForget, rememberKept, rememberUnsent } from '../../widget/wake.ts';
import { OPEN_GATE } from './open-gate.ts';
import { commitOf, DAY, HOUR, idOf, NOW, submissionOf } from './outbox-fixture.ts';

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
  return Object.assign(
    page,
    createHints({
      store,
      transact,
      gate: OPEN_GATE,
      withdrawn: () => undefined,
      hasFailed: () => page.hasFailed,
      isOwed: () => false,
      keeping: async () => undefined,
    }),
  );
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

describe('a page whose storage has failed', () => {
  it('leaves the hint of what that may still hold', async () => {
    const page = openPage();
    await page.store.commit(commitOf(idOf(1)));
    page.hasFailed = true;
    await page.store.sweep(NOW + DAY + 1, true);
    assert.isTrue(isToForget(NOW + DAY + 1));
  });

  const CLAIM = { owner: 'o', now: NOW, limit: 9, bytes: Infinity, skip: new Set<string>(), hasLock: true };

  it('still knows who the visitor is', async () => {
    const records = createMemoryRecords();
    const page = openPage(records);
    await page.store.swapCredential(undefined, 'credential');
    await page.store.claim(CLAIM);
    await records('readwrite', async (kept) => kept.clear());
    page.hasFailed = true;
    assert.strictEqual((await page.store.claim(CLAIM))?.credential, 'credential');
  });

  it('is told apart from one whose storage was cleared', async () => {
    const records = createMemoryRecords();
    const page = openPage(records);
    await page.store.swapCredential(undefined, 'credential');
    await records('readwrite', async (kept) => kept.clear());
    assert.isUndefined((await page.store.claim(CLAIM))?.credential);
    page.hasFailed = true;
    assert.isUndefined((await page.store.claim(CLAIM))?.credential);
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
    assert.isTrue(hasUnsent(Date.now()));
    page.rememberUnsent(false);
    assert.isFalse(hasUnsent(Date.now()));
  });

  const FAILURES: readonly [
    name: string,
    before: (page: ReturnType<typeof openPage>) => Promise<void>,
    stays: boolean,
  ][] = [
    ['on a page that has stored nothing', async () => undefined, false],
    [
      'on a page of which all is delivered',
      async (page) => {
        page.rememberUnsent(true);
        await page.store.commit(commitOf(idOf(1)));
        page.rememberUnsent(false);
      },
      false,
    ],
    [
      'while it holds something',
      async (page) => {
        page.rememberUnsent(true);
        await page.store.commit(commitOf(idOf(1)));
      },
      true,
    ],
    [
      'while it holds what is told of a step',
      async (page) => {
        page.rememberUnsent(true);
        const submissions = [submissionOf(idOf('1.started'))];
        await page.store.commit(commitOf(idOf(1), { submissions }));
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
      assert.strictEqual(hasUnsent(Date.now()), stays);
    });
  }

  it('stays where storage fails on the page that was to deliver what another had stored', () => {
    rememberUnsent(true, Date.now());
    const page = openPage();
    page.hasFailed = true;
    page.rememberUnsent(false);
    assert.isTrue(hasUnsent(Date.now()));
    openPage().rememberUnsent(false);
    assert.isFalse(hasUnsent(Date.now()));
  });

  it('is no hint any more once the relay would not take it', () => {
    rememberUnsent(true, NOW);
    assert.isTrue(hasUnsent(NOW + 13 * DAY));
    rememberUnsent(true, NOW + 12 * DAY);
    assert.isFalse(hasUnsent(NOW + 13 * DAY + 1), 'since the first of them');
  });
});
