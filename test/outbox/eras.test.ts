/** One visitor after the other at one browser: whose what is kept is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEra, ERAS, readEras } from '../../widget/outbox/eras.ts';
import { createMemoryRecords } from '../../widget/outbox/memory-records.ts';
import { forgetIn, leaveIn, settleEra, settleErasing, signIn } from '../../widget/outbox/passing.ts';
import { createOutboxStore } from '../../widget/outbox/store.ts';
import { commitOf, idOf, NOW, submissionOf, success } from './outbox-fixture.ts';

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const credentialOf = (sub: string, ext?: string) =>
  `${part({ alg: 'HS256' })}.${part({ sub, ext })}.signature`;

function createBrowser() {
  const transact = createMemoryRecords();
  const openPage = (id?: string) => {
    const ended: string[] = [];
    const era = createEra({
      transact,
      isAllowed: () => true,
      ended: (next) => ended.push(next),
      ...(id !== undefined && { id }),
    });
    const store = createOutboxStore(era.transact);
    return {
      era,
      ended,
      store,
      say: (number: number) =>
        store.commit(commitOf(idOf(number), { submissions: [submissionOf(idOf(number))] })),
      unsent: async () => {
        const claim = {
          owner: `${id}`,
          now: NOW,
          limit: 99,
          bytes: Infinity,
          skip: new Set<string>(),
          hasLock: true,
        };
        const claimed = await store.claim(claim);
        await store.release(`${id}`);
        return [claimed?.credential, claimed?.submissions.map((each) => each.id)];
      },
    };
  };
  const eras = () => transact('readonly', async (records) => readEras(await records.get(ERAS)));
  const leave = (next: string) => transact('readwrite', (records) => leaveIn(records, next));
  return { transact, openPage, eras, leave };
}

const ADA = credentialOf('visitor-1', 'ada');

describe('from one visitor to the next', () => {
  it('what is unsent goes as theirs, and the next one meets nothing', async () => {
    const { openPage, leave, eras } = createBrowser();
    const page = openPage();
    await page.say(1);
    await page.store.swapCredential(undefined, ADA);
    assert.equal(await leave('second'), true);
    assert.deepEqual(await openPage().unsent(), [undefined, []]);
    assert.equal(await openPage().store.readSnapshot(idOf(1), NOW), undefined);
    assert.deepEqual(await openPage('').unsent(), [ADA, [idOf(1)]]);
    assert.deepEqual((await eras()).former, ['']);
  });

  it('several in a row: each has their own', async () => {
    const { openPage, leave } = createBrowser();
    for (const [number, next] of ['second', 'third', 'fourth'].entries()) {
      await openPage().say(number + 1);
      await leave(next);
    }
    for (const [number, era] of ['', 'second', 'third'].entries()) {
      assert.deepEqual(await openPage(era).unsent(), [undefined, [idOf(number + 1)]]);
    }
    assert.deepEqual(await openPage().unsent(), [undefined, []]);
  });

  it('a page that slept writes as the one who has gone, and hears once that another is here', async () => {
    const { openPage, leave, eras } = createBrowser();
    const asleep = openPage();
    await asleep.store.readSnapshot(idOf(1), NOW);
    assert.equal(await leave('second'), false);
    await asleep.say(1);
    await asleep.store.swapCredential(undefined, ADA);
    assert.deepEqual(await openPage().unsent(), [undefined, []]);
    assert.deepEqual(await openPage('').unsent(), [ADA, [idOf(1)]]);
    assert.deepEqual([asleep.ended, (await eras()).former], [['second'], ['']]);
  });

  it('receipts of what was under way settle it; then nothing of them is left', async () => {
    const { openPage, leave, eras, transact } = createBrowser();
    const page = openPage();
    await page.say(1);
    await page.store.swapCredential(undefined, ADA);
    await leave('second');
    const settle = () => transact('readwrite', (records) => settleEra(records, ''));
    assert.equal(await settle(), false);
    assert.deepEqual((await eras()).former, ['']);
    await page.store.settle([success(idOf(1))]);
    assert.equal(await settle(), true);
    assert.deepEqual((await eras()).former, []);
    assert.equal(await transact('readonly', (records) => records.get('former  visitor')), undefined);
  });

  it('a lease holds until its end, whoever has the lock', async () => {
    const { openPage, leave } = createBrowser();
    const page = openPage();
    await page.say(1);
    const claim = { now: NOW, limit: 9, bytes: Infinity, skip: new Set<string>(), hasLock: true };
    await page.store.claim({ ...claim, owner: 'page' });
    await leave('second');
    const former = openPage('').store;
    assert.equal(await former.claim({ ...claim, owner: 'other' }), undefined);
    assert.ok(await former.claim({ ...claim, owner: 'other', now: NOW + 36_000 }));
  });

  it('storage that was cleared knows of no era: the visitor is the same', async () => {
    const { openPage, leave, transact } = createBrowser();
    await leave('second');
    const page = openPage();
    await page.say(1);
    await transact('readwrite', async (records) => records.clear());
    await page.say(2);
    assert.deepEqual(await openPage().unsent(), [undefined, [idOf(2)]]);
    assert.deepEqual(page.ended, []);
  });
});

describe('signing in', () => {
  const IS: readonly (readonly [string, string | undefined, string | undefined, string, boolean])[] = [
    ['an anonymous visitor stays', credentialOf('visitor-1'), undefined, 'ada', false],
    ['the same person stays', ADA, undefined, 'ada', false],
    ['somebody else ends the visitor', ADA, undefined, 'byron', true],
    ['somebody else ends one who was said to be signed in', undefined, 'ada', 'byron', true],
    ['a name in another writing is somebody else', credentialOf('visitor-1', 'zoë'), undefined, 'zoe', true],
    [
      'nor is anybody taken for another by their letters',
      credentialOf('visitor-1', 'zoë'),
      undefined,
      'zoë',
      false,
    ],
  ];
  for (const [name, credential, said, subject, isAnother] of IS) {
    it(name, async () => {
      const { openPage, transact, eras } = createBrowser();
      const page = openPage();
      await page.say(1);
      if (credential !== undefined) await page.store.swapCredential(undefined, credential);
      const isOwed = await transact('readwrite', async (records) => {
        if (said !== undefined) records.put(said, 'subject');
        return signIn(records, subject, 'second');
      });
      assert.equal(isOwed, isAnother ? true : undefined);
      assert.equal((await eras()).current, isAnother ? 'second' : '');
    });
  }

  it('keeps nothing where nothing was said', async () => {
    const { transact } = createBrowser();
    await transact('readwrite', (records) => signIn(records, 'ada', 'second'));
    assert.equal(await transact('readonly', (records) => records.get('subject')), undefined);
  });
});

describe('being forgotten', () => {
  it('keeps the credential alone, until the relay has confirmed it; a page that slept writes to nowhere', async () => {
    const { openPage, transact, eras } = createBrowser();
    const page = openPage();
    await page.say(1);
    await page.store.swapCredential(undefined, ADA);
    assert.equal(await transact('readwrite', (records) => forgetIn(records, 'second')), true);
    await page.say(2);
    assert.deepEqual(await page.unsent(), [undefined, []]);
    assert.deepEqual(await openPage('').unsent(), [undefined, []]);
    assert.deepEqual(await eras(), { current: 'second', former: [], erased: [''], erasing: [ADA] });
    assert.equal(await transact('readwrite', (records) => settleErasing(records, ADA)), true);
    assert.deepEqual((await eras()).erasing, []);
  });

  it('leaves what is owed of earlier visitors', async () => {
    const { openPage, leave, transact } = createBrowser();
    await openPage().say(1);
    await leave('second');
    await openPage().say(2);
    await transact('readwrite', (records) => forgetIn(records, 'third'));
    assert.deepEqual(await openPage('').unsent(), [undefined, [idOf(1)]]);
    assert.deepEqual(await openPage('second').unsent(), [undefined, []]);
  });
});
