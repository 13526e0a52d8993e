/** Who is at the machine: signed in, signed out, somebody else, forgotten. In a real browser, with a relay and a Braze. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { generateKeyPair } from 'jose';
import type { HTTPRequest } from 'puppeteer-core';
import { arrivalsIn } from '../crash/browser-flow.ts';
import { SANDBOX_KEY, serveRecorder, type BrazeRecorder } from '../server/relay-fixture.ts';
import { eachWithBrand } from './brand.ts';
import { keptIn } from './kept.ts';
import { call, equip, hasNoted, isAsked, notedBy, PEM, say, sign } from './machine.ts';
import { openWordsBrand, type WordsBrand } from './outbox-brand.ts';
import { stopTimers, type Visitor } from './visitor.ts';

describe('who is at the machine', () => {
  let brand: WordsBrand;
  let visitor: Visitor;
  /** Paths, with their method, that get no further than the browser. */
  const cut = new Set<string>();
  eachWithBrand(
    () => openWordsBrand({ identity: { keys: [PEM] } }),
    (scene) => ({ brand, visitor } = scene),
  );
  beforeEach(async () => {
    cut.clear();
    brand.emulator.addKey({
      key: SANDBOX_KEY,
      permissions: ['users.track', 'users.identify', 'users.merge'],
    });
    await equip(visitor, cut);
  });

  /** A tab behind another one does not look again. */
  const hears = async (who: Visitor, words: string) => {
    await who.page.bringToFront();
    await who.hears(words);
  };

  const isAtBraze = (...words: readonly string[]) =>
    brand.emulator.until(() => words.every((word) => brand.words().includes(word)));

  /** The visitor of each word. */
  const visitors = () =>
    new Map(arrivalsIn(brand.emulator.profiles()).map((each) => [each.word, each.visitor]));

  const kept = ({ page }: Visitor) => keptIn(page);

  /** The words at each profile, with whose it is. */
  const profiles = () =>
    brand.emulator
      .profiles()
      .map(({ external_id: id, events }) => [id, events.map(({ properties }) => properties['word'])]);

  /** From now on the relay does not take the credential that the browser keeps, as after a change of its keys. */
  const spoilCredential = ({ page }: Visitor) =>
    page.evaluate(async () => {
      const { name = '' } = (await indexedDB.databases())[0] ?? {};
      await new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onerror = () => reject(new Error(name));
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('records', 'readwrite');
          const store = transaction.objectStore('records');
          const reading = store.get('visitor');
          reading.onsuccess = () => {
            const [header, claims] = String(reading.result).split('.');
            store.put(`${header}.${claims}.AAAA`, 'visitor');
          };
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      });
    });

  it('anonymous, then signed in: joined at once, and one profile', async () => {
    await visitor.visit(brand.url);
    await say(visitor, 1, 'Ash');
    await isAtBraze('Ash');
    const jwt = await sign('ada');
    assert.equal(await call(visitor, 'identify', jwt), '');
    await hasNoted(visitor, 'verified');
    await say(visitor, 2, 'Birch');
    await isAtBraze('Ash', 'Birch');
    await brand.emulator.until(() => brand.emulator.profiles().length === 1);
    const [profile] = brand.emulator.profiles();
    assert.equal(profile?.external_id, 'ada');
    assert.deepEqual(
      profile.events.map(({ properties }) => properties['word']),
      ['Ash', 'Birch'],
    );
    assert.ok(!(await kept(visitor)).includes(jwt.split('.')[2] as string));
  });

  it('signed in from the start: nothing is asked or kept before something is said', async () => {
    const asked: string[] = [];
    visitor.page.on('request', (request) => {
      if (request.method() === 'POST') asked.push(new URL(request.url()).pathname);
    });
    await visitor.visit(brand.url);
    await visitor.hears('Word 1?');
    assert.equal(await call(visitor, 'identify', await sign('ada')), '');
    assert.deepEqual(asked, []);
    assert.ok(!(await kept(visitor)).includes('parley http'));
    await say(visitor, 1, 'Ash');
    await isAtBraze('Ash');
    assert.deepEqual(
      brand.emulator.profiles().map(({ external_id: id }) => id),
      ['ada'],
    );
  });

  it('a second person signs in: another profile, and nothing of the first is shown', async () => {
    await visitor.visit(brand.url);
    await call(visitor, 'identify', await sign('ada'));
    await say(visitor, 1, 'Ash');
    await isAtBraze('Ash');
    await visitor.reload();
    await visitor.hears('Ash');
    assert.equal(await call(visitor, 'identify', await sign('ada')), '');
    await visitor.hears('Ash');
    assert.equal(await call(visitor, 'identify', await sign('byron')), '');
    await hasNoted(visitor, 'ended');
    await isAsked(visitor, 'Ash');
    await say(visitor, 1, 'Birch');
    await isAtBraze('Birch');
    const said = brand.emulator
      .profiles()
      .map(({ external_id: id, events }) => [id, events.map(({ properties }) => properties['word'])]);
    assert.deepEqual(said.sort(), [
      ['ada', ['Ash']],
      ['byron', ['Birch']],
    ]);
  });

  it('a second person on the next page, while the first has something unsent that never was joined', async () => {
    await visitor.visit(brand.url);
    cut.add('POST /v1/sessions');
    await call(visitor, 'identify', await sign('ada'));
    await say(visitor, 1, 'Ash');
    await visitor.reload();
    await call(visitor, 'identify', await sign('byron'));
    await isAsked(visitor, 'Ash');
    await say(visitor, 1, 'Birch');
    cut.clear();
    await visitor.reload();
    await isAtBraze('Ash');
    await call(visitor, 'identify', await sign('byron'));
    await isAtBraze('Birch');
    // Whose word it was is with the page that is gone: nobody vouches for it any more.
    const ash = brand.emulator.profiles().find(({ events }) => events[0]?.properties['word'] === 'Ash');
    assert.equal(ash?.external_id, undefined);
    assert.notEqual(visitors().get('Ash'), visitors().get('Birch'));
  });

  it('logout with something unsent while the relay is down, and a reload after it', async () => {
    await visitor.visit(brand.url);
    await say(visitor, 1, 'Ash');
    await isAtBraze('Ash');
    cut.add('POST /v1/submissions');
    await say(visitor, 2, 'Birch');
    assert.equal(await call(visitor, 'logout'), '');
    await isAsked(visitor, 'Ash');
    await visitor.reload();
    await isAsked(visitor, 'Birch');
    await say(visitor, 1, 'Oak');
    assert.equal(await call(visitor, 'logout'), '');
    await isAsked(visitor, 'Oak');
    cut.clear();
    await visitor.reload();
    await isAtBraze('Ash', 'Birch', 'Oak');
    await visitor.page.waitForFunction(() => localStorage.getItem('parley-unsent') === null);
    assert.deepEqual([...brand.words()].sort(), ['Ash', 'Birch', 'Oak']);
    const by = visitors();
    assert.equal(by.get('Ash'), by.get('Birch'));
    assert.notEqual(by.get('Ash'), by.get('Oak'));
    assert.doesNotMatch(await kept(visitor), /Ash|Birch|Oak|former [^"]*"/);
  });

  it('logout while a request is under way: it is settled, and counted once', async () => {
    await visitor.visit(brand.url);
    await say(visitor, 1, 'Ash');
    await isAtBraze('Ash');
    const arrived = brand.gate.hold();
    await visitor.answer('word_2', 'Birch');
    await arrived;
    const left = call(visitor, 'logout');
    brand.gate.open();
    assert.equal(await left, '');
    await isAsked(visitor, 'Ash');
    await say(visitor, 1, 'Oak');
    await isAtBraze('Birch', 'Oak');
    await visitor.page.waitForFunction(() => localStorage.getItem('parley-unsent') === null);
    assert.deepEqual([...brand.words()].sort(), ['Ash', 'Birch', 'Oak']);
    assert.equal(visitors().get('Ash'), visitors().get('Birch'));
    assert.notEqual(visitors().get('Oak'), visitors().get('Birch'));
  });

  it('two tabs: both end at once, and what is said in either is the next one’s', async () => {
    const other = await visitor.anotherTab();
    await equip(other, cut);
    await visitor.visit(brand.url);
    await say(visitor, 1, 'Ash');
    await other.visit(brand.url);
    await hears(other, 'Ash');
    assert.equal(await call(visitor, 'logout'), '');
    await hasNoted(other, 'ended');
    await isAsked(other, 'Ash');
    await say(other, 1, 'Birch');
    await isAtBraze('Ash', 'Birch');
    assert.notEqual(visitors().get('Ash'), visitors().get('Birch'));
    await hears(visitor, 'Birch');
  });

  it('a launcher that stays closed: logout erases all the same', async () => {
    await visitor.visit(brand.url);
    await say(visitor, 1, 'Ash');
    await isAtBraze('Ash');
    brand.setBody(brand.scriptTag('data-flow="words"').replace(brand.relayUrl, brand.gate.url));
    await visitor.reload();
    await visitor.page.evaluate(() => (window.parley ??= []).push(['logout']));
    await visitor.page.waitForFunction(() => localStorage.getItem('parley-era') !== null);
    await visitor.openChat('Word 1?');
    assert.doesNotMatch(`${await kept(visitor)} ${await visitor.transcript()}`, /Ash/);
  });

  describe('while consent is pending', () => {
    const consent = ({ page }: Visitor) =>
      page.evaluate(() => document.querySelector('parley-chat')?.setConsent(true));

    /** Ada has been here, and has left something unsent; on this page nobody has been asked yet. */
    const followAda = async () => {
      const { url } = brand.gate;
      brand.setBody(
        `<parley-chat flow="words" relay="${url}" consent="required"></parley-chat><script crossorigin="anonymous" data-consent="required" src="${url}/parley.js"></script>`,
      );
      await visitor.visit(brand.url);
      await call(visitor, 'identify', await sign('ada'));
      await consent(visitor);
      await say(visitor, 1, 'Ash');
      await isAtBraze('Ash');
      cut.add('POST /v1/submissions');
      await say(visitor, 2, 'Birch');
      await visitor.reload();
      await visitor.hears('Word 1?');
    };

    it('a second person signs in: nothing of the first is shown, or goes as theirs', async () => {
      await followAda();
      assert.equal(await call(visitor, 'identify', await sign('byron')), '');
      await visitor.answer('word_1', 'Oak');
      await consent(visitor);
      await visitor.hears('Word 2?');
      assert.doesNotMatch(await visitor.transcript(), /Ash|Birch/);
      cut.clear();
      await visitor.page.evaluate(() => dispatchEvent(new Event('online')));
      await isAtBraze('Ash', 'Birch', 'Oak');
      assert.deepEqual(profiles().sort(), [
        ['ada', ['Ash', 'Birch']],
        ['byron', ['Oak']],
      ]);
    });

    it('the same person signs in: their conversation goes on', async () => {
      await followAda();
      assert.equal(await call(visitor, 'identify', await sign('ada')), '');
      await consent(visitor);
      await visitor.hears('Birch');
      cut.clear();
      await visitor.page.evaluate(() => dispatchEvent(new Event('online')));
      await isAtBraze('Ash', 'Birch');
      assert.deepEqual(profiles(), [['ada', ['Ash', 'Birch']]]);
    });

    it('logout: what the first has left is put aside before anything of it is read', async () => {
      await followAda();
      const left = call(visitor, 'logout');
      await hasNoted(visitor, 'ended');
      await visitor.hears('Word 1?');
      await visitor.answer('word_1', 'Oak');
      await consent(visitor);
      assert.equal(await left, '');
      await visitor.hears('Word 2?');
      assert.doesNotMatch(await visitor.transcript(), /Ash|Birch/);
      cut.clear();
      await visitor.page.evaluate(() => dispatchEvent(new Event('online')));
      await isAtBraze('Ash', 'Birch', 'Oak');
      assert.equal(visitors().get('Ash'), visitors().get('Birch'));
      assert.notEqual(visitors().get('Oak'), visitors().get('Birch'));
    });

    it('forget: it is erased before anything of it is read, and the relay is asked', async () => {
      await followAda();
      const asked = visitor.page.waitForRequest(
        (request) => request.method() === 'DELETE' && request.url().endsWith('/v1/visitor'),
      );
      const forgotten = call(visitor, 'forget');
      await hasNoted(visitor, 'ended');
      await visitor.hears('Word 1?');
      await consent(visitor);
      await asked;
      assert.equal(await forgotten, '');
      await hasNoted(visitor, 'erased');
      assert.doesNotMatch(`${await kept(visitor)} ${await visitor.transcript()}`, /Ash|Birch|eyJ/);
      assert.ok(!brand.words().includes('Birch'));
    });
  });

  it('the relay knows who signs in as another visitor: what was said before is not theirs', async () => {
    await visitor.visit(brand.url);
    await say(visitor, 1, 'Ash');
    await isAtBraze('Ash');
    // A session that is granted now would mend the credential.
    cut.add('POST /v1/submissions').add('POST /v1/sessions');
    await say(visitor, 2, 'Birch');
    await spoilCredential(visitor);
    await visitor.reload();
    await visitor.hears('Birch');
    await call(visitor, 'identify', await sign('byron'));
    cut.clear();
    await visitor.page.evaluate(() => dispatchEvent(new Event('online')));
    await hasNoted(visitor, 'ended');
    await isAsked(visitor, 'Ash');
    await say(visitor, 1, 'Oak');
    await isAtBraze('Birch', 'Oak');
    const named = profiles().filter(([id]) => typeof id === 'string');
    assert.deepEqual(named, [['byron', ['Oak']]]);
  });

  describe('forget', () => {
    /** The relay’s answers where this page has asked it to erase. */
    const askedBy = ({ page }: Visitor) => {
      const asked: number[] = [];
      page.on('response', (response) => {
        if (response.request().method() === 'DELETE') asked.push(response.status());
      });
      return asked;
    };
    const hasErased = (count: number) =>
      brand.log.filter(({ event }) => event === 'visitor_erased').length === count;

    it('erases here, in the other tab, and at the relay; what is unsent is dropped', async () => {
      const asked = askedBy(visitor);
      const other = await visitor.anotherTab();
      await equip(other, cut);
      await visitor.visit(brand.url);
      await say(visitor, 1, 'Ash');
      await isAtBraze('Ash');
      cut.add('POST /v1/submissions');
      await say(visitor, 2, 'Birch');
      await other.visit(brand.url);
      await hears(other, 'Birch');
      await visitor.page.bringToFront();
      assert.equal(await call(visitor, 'forget'), '');
      await hasNoted(visitor, 'erased');
      assert.deepEqual(asked, [204]);
      assert.ok(hasErased(1));
      await isAsked(visitor, 'Ash');
      await isAsked(other, 'Ash');
      assert.doesNotMatch(await kept(visitor), /Ash|Birch|eyJ/);
      cut.clear();
      await say(other, 1, 'Oak');
      await isAtBraze('Oak');
      assert.deepEqual([...brand.words()].sort(), ['Ash', 'Oak']);
      assert.notEqual(visitors().get('Ash'), visitors().get('Oak'));
    });

    it('says so where the relay has not confirmed it, keeps what it takes to ask again, and asks on the next page', async () => {
      const asked = askedBy(visitor);
      await visitor.visit(brand.url);
      await say(visitor, 1, 'Ash');
      await isAtBraze('Ash');
      cut.add('DELETE /v1/visitor');
      assert.match(
        await call(visitor, 'forget'),
        /The relay has not confirmed yet that it has erased the visitor/,
      );
      await isAsked(visitor, 'Ash');
      assert.match(await kept(visitor), /eyJ/);
      await visitor.reload();
      await visitor.hears('Word 1?');
      assert.ok(hasErased(0));
      cut.clear();
      await visitor.page.evaluate(() => dispatchEvent(new Event('online')));
      await hasNoted(visitor, 'erased');
      assert.equal(asked.at(-1), 204);
      assert.ok(hasErased(1));
      assert.doesNotMatch(await kept(visitor), /Ash|eyJ/);
      await visitor.page.waitForFunction(() => localStorage.getItem('parley-unsent') === null);
    });

    it('says so where the relay does not know them by their credential any more', async () => {
      await visitor.visit(brand.url);
      await say(visitor, 1, 'Ash');
      await isAtBraze('Ash');
      await spoilCredential(visitor);
      assert.match(await call(visitor, 'forget'), /The relay has not erased the visitor: it does not take/);
      await isAsked(visitor, 'Ash');
      assert.doesNotMatch(await kept(visitor), /Ash|eyJ/);
      assert.deepEqual(await notedBy(visitor), ['ended']);
    });

    it('asks nobody where nothing was said', async () => {
      const asked = askedBy(visitor);
      await visitor.visit(brand.url);
      await visitor.hears('Word 1?');
      assert.equal(await call(visitor, 'forget'), '');
      assert.deepEqual(asked, []);
      assert.ok(hasErased(0));
    });
  });

  it('a challenge’s token is for a new visitor: one whom the relay knows leaves it', async () => {
    const challenges: Promise<unknown>[] = [];
    const challengeIn = async (request: HTTPRequest) =>
      (JSON.parse((await request.fetchPostData()) ?? '{}') as { challenge?: string }).challenge;
    visitor.page.on('request', (request) => {
      if (request.method() !== 'POST' || !request.url().endsWith('/v1/sessions')) return;
      challenges.push(challengeIn(request));
    });
    await visitor.visit(brand.url);
    await say(visitor, 1, 'Ash');
    await isAtBraze('Ash');
    await visitor.reload();
    await visitor.hears('Word 2?');
    await visitor.page.evaluate(() => (window.parley ??= []).push(['setChallenge', 'solved']));
    await say(visitor, 2, 'Birch');
    await isAtBraze('Birch');
    assert.equal(await call(visitor, 'logout'), '');
    await isAsked(visitor, 'Ash');
    await say(visitor, 1, 'Oak');
    await isAtBraze('Oak');
    assert.deepEqual(await Promise.all(challenges), [undefined, undefined, 'solved']);
  });

  it('an identity that does not hold: the page hears why, and another one is taken', async () => {
    const strange = await generateKeyPair('ES256');
    await visitor.visit(brand.url);
    await say(visitor, 1, 'Ash');
    assert.equal(await call(visitor, 'identify', await sign('ada', strange.privateKey)), '');
    await hasNoted(visitor, 'identity invalid');
    assert.equal(await call(visitor, 'identify', await sign('ada', undefined, '-1 hour')), '');
    await hasNoted(visitor, 'identity expired');
    await say(visitor, 2, 'Birch');
    assert.match(await call(visitor, 'identify', 'ada'), /^TypeError: identify\(\) takes a signed identity/);
    assert.equal(await call(visitor, 'identify', await sign('ada')), '');
    await hasNoted(visitor, 'verified');
    await isAtBraze('Ash', 'Birch');
  });
});

describe('a site whose new visitors take a challenge', () => {
  let verifier: BrazeRecorder;
  let brand: WordsBrand;
  let visitor: Visitor;
  before(async () => {
    verifier = await serveRecorder();
    verifier.answerWith({ status: 200, body: '{"success":true}' });
  });
  after(() => verifier.close());
  eachWithBrand(
    () =>
      openWordsBrand(
        { challenge: { verify: verifier.url, secret: 'TURNSTILE_SECRET' } },
        { env: { TURNSTILE_SECRET: 'the-secret-of-the-challenge' } },
      ),
    (scene) => ({ brand, visitor } = scene),
  );

  it('what was said waits for it, the page hears of it once, and it is sent once', async () => {
    await equip(visitor, new Set());
    await visitor.visit(brand.url);
    await say(visitor, 1, 'Ash');
    await hasNoted(visitor, 'challenge');
    await say(visitor, 2, 'Birch');
    assert.deepEqual(verifier.requests, []);
    await visitor.page.evaluate(() => (window.parley ??= []).push(['setChallenge', 'solved']));
    await brand.emulator.until(() => brand.words().length === 2);
    assert.deepEqual([...brand.words()].sort(), ['Ash', 'Birch']);
    const [{ body } = { body: '' }, ...others] = verifier.requests;
    assert.equal(new URLSearchParams(body).get('response'), 'solved');
    assert.deepEqual(others, []);
    assert.deepEqual(await notedBy(visitor), ['challenge']);
    assert.deepEqual(visitor.outcomes.slice(0, 2), ['queued', 'queued']);
  });

  it('a page that gives one as soon as it hears of it waits for nothing else', async () => {
    await equip(visitor, new Set());
    await visitor.page.evaluateOnNewDocument(() => {
      addEventListener('parley-error', () => (window.parley ??= []).push(['setChallenge', 'solved']));
    });
    await visitor.visit(brand.url);
    await visitor.hears('Word 1?');
    await stopTimers(visitor);
    await visitor.answer('word_1', 'Ash');
    await brand.emulator.until(() => brand.words().length === 1);
    assert.deepEqual(await notedBy(visitor), ['challenge']);
  });
});
