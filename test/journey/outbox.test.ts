/** What the outbox does where only a real browser can show it. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { launch, type Browser, type CDPSession } from 'puppeteer-core';
import type { ParleyErrorEvent, ParleyOutcomeEvent } from '../../widget/events.ts';
import { chromiumFlags, findChromium } from '../chromium.ts';
import { eachWithBrand } from './brand.ts';
import { openWordsBrand, watchRequests, type WordsBrand } from './outbox-brand.ts';
import { servePage, type PageServer } from './page-server.ts';
import { Visitor } from './visitor.ts';

/** Milliseconds by which a lease is over (`widget/outbox/store.ts`), and some more. */
const PAST_LEASE = 40_000;

/** What the pages note for these tests. */
interface Noted {
  readonly receipts: string[];
  readonly errors: string[];
  persisted?: boolean;
}

describe('the outbox in a browser', () => {
  let browser: Browser;
  let brand: WordsBrand;
  let visitor: Visitor;
  let site: object | undefined;
  eachWithBrand(
    () => openWordsBrand(site),
    (scene) => ({ browser, brand, visitor } = scene),
    () =>
      launch({
        executablePath: findChromium(),
        args: [...chromiumFlags(), '--lang=en-US'],
        // Puppeteer starts it without a back/forward cache.
        ignoreDefaultArgs: ['--disable-back-forward-cache'],
      }),
  );
  let elsewhere: PageServer;
  before(async () => {
    elsewhere = await servePage();
  });
  after(() => elsewhere.close());
  beforeEach(() => noting(visitor));

  const noting = async (arrived: Visitor): Promise<Visitor> => {
    await arrived.page.evaluateOnNewDocument(() => {
      const noted: Noted = { receipts: [], errors: [] };
      Object.assign(window, { noted });
      addEventListener('parley-outcome', ({ submission }: ParleyOutcomeEvent) =>
        noted.receipts.push(submission),
      );
      addEventListener('parley-error', ({ reason }: ParleyErrorEvent) => noted.errors.push(reason));
      addEventListener('pageshow', ({ persisted }) => (noted.persisted = persisted));
    });
    return arrived;
  };
  const notedBy = ({ page }: Visitor) => page.evaluate(() => (window as unknown as { noted: Noted }).noted);

  /** Says a word to the question of that number, and is asked the next one. */
  const say = async (who: Visitor, number: number, word: string) => {
    await who.page.bringToFront();
    await who.answer(`word_${number}`, word);
    await who.hears(`Word ${number + 1}?`);
  };
  const isHeardBy = async (who: Visitor, words: string) => {
    await who.page.bringToFront();
    await who.hears(words);
  };

  /** Waits until all of it is at Braze and the browser knows, and then it is there once and in order. */
  const arrivesOnce = async (words: readonly string[]) => {
    await brand.emulator.until(() => words.every((word) => brand.words().includes(word)));
    // A tab behind another one does not look again.
    await visitor.page.bringToFront();
    await visitor.page.waitForFunction(() => localStorage.getItem('parley-unsent') === null);
    assert.deepEqual(brand.words(), words);
  };

  it('two tabs, one conversation: it goes on in both, one sends, and each hears every receipt', async () => {
    const other = await noting(await visitor.anotherTab());
    const watches = [watchRequests(visitor.page), watchRequests(other.page)];
    await visitor.visit(brand.url);
    await other.visit(brand.url);
    await say(visitor, 1, 'Ash');
    await isHeardBy(other, 'Ash');
    await say(other, 2, 'Birch');
    await isHeardBy(visitor, 'Birch');
    await say(visitor, 3, 'Cedar');
    await isHeardBy(other, 'Word 4?');
    await arrivesOnce(['Ash', 'Birch', 'Cedar']);
    const batches = (await Promise.all(watches.map((watch) => watch.batches()))).flat(2);
    assert.deepEqual(batches.sort(), ['Ash', 'Birch', 'Cedar']);
    for (const tab of [visitor, other]) {
      await tab.page.bringToFront();
      await tab.page.waitForFunction(
        () => new Set((window as unknown as { noted: Noted }).noted.receipts).size === 3,
      );
    }
  });

  it('a tab that is frozen while it sends: another one takes over, and nothing is doubled', async () => {
    const other = await visitor.anotherTab();
    await other.page.evaluateOnNewDocument(() => {
      const { now } = Date;
      Object.assign(window, { ahead: 0 });
      Date.now = () => now() + (window as unknown as { ahead: number }).ahead;
    });
    const watch = watchRequests(other.page);
    await visitor.visit(brand.url);
    await other.visit(brand.url);
    // By then it has found that there is nothing to send.
    await isHeardBy(other, 'Word 1?');
    await isHeardBy(visitor, 'Word 1?');
    brand.emulator.setFault({ kind: 'hold', times: 1 });
    await visitor.answer('word_1', 'Ash');
    await brand.emulator.until(({ journal }) => journal().length === 1);
    await other.page.bringToFront();
    const chromium = await visitor.page.createCDPSession();
    await chromium.send('Page.setWebLifecycleState', { state: 'frozen' });
    brand.emulator.setFault(undefined);
    // It has been waiting since then for the tab that sends.
    await say(other, 2, 'Birch');
    assert.deepEqual(await watch.batches(), []);
    await other.page.evaluate((ahead) => Object.assign(window, { ahead }), PAST_LEASE);
    await say(other, 3, 'Cedar');
    await brand.emulator.until(() => brand.words().includes('Cedar'));
    assert.deepEqual(await watch.batches(), [['Ash', 'Birch', 'Cedar']]);
    await chromium.send('Page.setWebLifecycleState', { state: 'active' });
    await isHeardBy(visitor, 'Word 4?');
    await say(visitor, 4, 'Date');
    await arrivesOnce(['Ash', 'Birch', 'Cedar', 'Date']);
  });

  it('offline it goes on; back online one goes first, and when that has come through all the rest', async () => {
    const watch = watchRequests(visitor.page);
    await visitor.visit(brand.url);
    await visitor.hears('Word 1?');
    await visitor.page.setOfflineMode(true);
    await say(visitor, 1, 'Ash');
    await say(visitor, 2, 'Birch');
    await say(visitor, 3, 'Cedar');
    await visitor.isToldOfWaiting(true);
    assert.deepEqual(await watch.batches(), []);
    await visitor.page.setOfflineMode(false);
    await visitor.isToldOfWaiting(false);
    await arrivesOnce(['Ash', 'Birch', 'Cedar']);
    assert.deepEqual(await watch.batches(), [['Ash'], ['Birch', 'Cedar']]);
  });

  /** Chromium reckons with a quota that holds before anything is stored. */
  const setQuota = async (bytes: number): Promise<CDPSession> => {
    const chromium = await visitor.page.createCDPSession();
    await chromium.send('Storage.overrideQuotaForOrigin', { origin: brand.url, quotaSize: bytes });
    return chromium;
  };
  const sayAllWithoutStorage = async (watch: ReturnType<typeof watchRequests>, said: readonly string[]) => {
    await say(visitor, said.length + 1, 'Yew');
    await say(visitor, said.length + 2, 'Zelkova');
    await arrivesOnce([...said, 'Yew', 'Zelkova']);
    assert.deepEqual((await notedBy(visitor)).errors, ['storage']);
    assert.deepEqual(await watch.losses(), [{ storage: 1 }]);
  };

  it('where there is no room at all it goes on, says so, and delivers while the page lives', async () => {
    await setQuota(1);
    const watch = watchRequests(visitor.page);
    await visitor.visit(brand.url);
    await sayAllWithoutStorage(watch, []);
  });

  it('where the page has filled its quota meanwhile, too', async () => {
    await setQuota(1_000_000);
    const watch = watchRequests(visitor.page);
    await visitor.visit(brand.url);
    await say(visitor, 1, 'Ash');
    await visitor.page.evaluate(fillStorage);
    await sayAllWithoutStorage(watch, ['Ash']);
  });

  for (const [name, given] of [
    ['', undefined],
    [', where the relay is told that they may be gone', { events: { abandoned: 'gone' } }],
  ] as const) {
    describe(`on the way back${name}`, () => {
      before(() => (site = given));
      after(() => (site = undefined));

      it('a page that is left is kept by the browser, and goes on where the visitor went on elsewhere', async () => {
        await visitor.visit(brand.url);
        await say(visitor, 1, 'Ash');
        await arrivesOnce(['Ash']);
        await visitor.visit(`${brand.url}/another`);
        await say(visitor, 2, 'Birch');
        await visitor.page.goBack();
        const { persisted } = await notedBy(visitor);
        const reasons = await visitor.page.evaluate(() => {
          const [navigation] = performance.getEntriesByType('navigation');
          return Reflect.get(navigation as object, 'notRestoredReasons') as unknown;
        });
        assert.equal(persisted, true, `it was not kept: ${JSON.stringify(reasons)}`);
        await say(visitor, 3, 'Cedar');
        await arrivesOnce(['Ash', 'Birch', 'Cedar']);
      });
    });
  }

  it('what is under way when the page is closed reaches the relay', async () => {
    await visitor.visit(brand.url);
    await say(visitor, 1, 'Ash');
    await arrivesOnce(['Ash']);
    const leaving = brand.gate.hold();
    await visitor.answer('word_2', 'Birch');
    await leaving;
    await visitor.page.close();
    // When another site has come, the browser has given up what does not outlive its page.
    const next = await Visitor.arrive(browser);
    await next.visit(elsewhere.url);
    brand.gate.open();
    await brand.emulator.until(() => brand.words().includes('Birch'));
    await next.leave();
    assert.deepEqual(brand.words(), ['Ash', 'Birch']);
  });

  const deletions = {
    'the page': () =>
      visitor.page.evaluate(async () => {
        const all = await indexedDB.databases();
        const deleted = all.map(
          ({ name = '' }) =>
            new Promise((resolve, reject) => {
              const request = indexedDB.deleteDatabase(name);
              request.onsuccess = resolve;
              request.onerror = reject;
            }),
        );
        await Promise.all(deleted);
        return all.length;
      }),
    'the visitor': async () => {
      const chromium = await visitor.page.createCDPSession();
      const origin = { origin: brand.url, storageTypes: 'all' };
      await chromium.send('Storage.clearDataForOrigin', origin);
      return 1;
    },
  };
  for (const [who, deleteAll] of Object.entries(deletions)) {
    it(`storage that ${who} deletes: the conversation goes on`, async () => {
      await visitor.visit(brand.url);
      await say(visitor, 1, 'Ash');
      await arrivesOnce(['Ash']);
      assert.equal(await deleteAll(), 1);
      await say(visitor, 2, 'Birch');
      await say(visitor, 3, 'Cedar');
      await arrivesOnce(['Ash', 'Birch', 'Cedar']);
      assert.deepEqual((await notedBy(visitor)).errors, []);
      // What is said from here on is kept again.
      await visitor.reload();
      await visitor.hears('Word 4?');
    });
  }
});

/** Runs in the page: until not even a little more can be kept. */
async function fillStorage(): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('the page’s own');
    opening.onupgradeneeded = () => void opening.result.createObjectStore('junk', { autoIncrement: true });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Error(String(opening.error)));
  });
  const fits = (size: number) =>
    new Promise<boolean>((resolve) => {
      const writing = database.transaction('junk', 'readwrite');
      // Chance cannot be compressed.
      writing.objectStore('junk').put(crypto.getRandomValues(new Uint8Array(size)));
      writing.oncomplete = () => resolve(true);
      writing.onabort = () => resolve(false);
    });
  for (let size = 50_000; size > 1;) {
    if (!(await fits(size))) size = Math.floor(size / 2);
  }
  database.close();
}
