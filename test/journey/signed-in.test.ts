/** Who is at the machine: signed in, signed out, somebody else, forgotten. In a real browser, with a relay and a Braze. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import type { HTTPRequest } from 'puppeteer-core';
import { arrivalsIn } from '../crash/browser-flow.ts';
import { SANDBOX_KEY } from '../server/relay-fixture.ts';
import { eachWithBrand } from './brand.ts';
import { openWordsBrand, type WordsBrand } from './outbox-brand.ts';
import type { Visitor } from './visitor.ts';

const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
const pem = await exportSPKI(publicKey);

const sign = (sub: string, key = privateKey, exp = '1 hour') =>
  new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).setSubject(sub).setExpirationTime(exp).sign(key);

/** What a page notes of `parley-visitor` and `parley-error`. */
type Noted = readonly string[];

describe('who is at the machine', () => {
  let brand: WordsBrand;
  let visitor: Visitor;
  /** Paths, with their method, that get no further than the browser. */
  const cut = new Set<string>();
  eachWithBrand(
    () => openWordsBrand({ identity: { keys: [pem] } }),
    (scene) => ({ brand, visitor } = scene),
  );
  beforeEach(async () => {
    cut.clear();
    brand.emulator.addKey({
      key: SANDBOX_KEY,
      permissions: ['users.track', 'users.identify', 'users.merge'],
    });
    await equip(visitor);
  });

  const equip = async ({ page }: Visitor) => {
    await page.evaluateOnNewDocument(() => {
      const noted: string[] = [];
      Object.assign(window, { noted });
      addEventListener('parley-visitor', ({ change }) => noted.push(change));
      addEventListener('parley-error', ({ reason, verdict }) =>
        noted.push([reason, verdict].filter(Boolean).join(' ')),
      );
    });
    await page.setRequestInterception(true);
    page.on('request', (request: HTTPRequest) => {
      const isCut = cut.has(`${request.method()} ${new URL(request.url()).pathname}`);
      void (isCut ? request.abort() : request.continue());
    });
  };

  const hasNoted = async ({ page }: Visitor, what: string) => {
    await page.bringToFront();
    await page.waitForFunction(
      (wanted) => (window as unknown as { noted: Noted }).noted.includes(wanted),
      {},
      what,
    );
  };

  /** What a method of the chat comes to: an error's words, or nothing. */
  const call = ({ page }: Visitor, method: 'identify' | 'logout' | 'forget', jwt = ''): Promise<string> =>
    page.evaluate(
      async (name, given) => {
        await customElements.whenDefined('parley-chat');
        try {
          await document.querySelector('parley-chat')?.[name](given);
          return '';
        } catch (error) {
          return String(error);
        }
      },
      method,
      jwt,
    );

  const say = async (who: Visitor, number: number, word: string) => {
    await who.page.bringToFront();
    await who.answer(`word_${number}`, word);
    await who.hears(`Word ${number + 1}?`);
  };

  /** A tab behind another one does not look again. */
  const hears = async (who: Visitor, words: string) => {
    await who.page.bringToFront();
    await who.hears(words);
  };

  /** Another one begins, and sees nothing of the last one. */
  const isAsked = async (who: Visitor, before: string) => {
    await who.page.bringToFront();
    await who.page.waitForFunction(
      (word) => {
        const root = document.querySelector('parley-chat')?.shadowRoot;
        const said = root?.querySelector('.transcript')?.textContent ?? '';
        return root?.querySelector('input[name="word_1"]') && !said.includes(word);
      },
      {},
      before,
    );
  };

  const isAtBraze = (...words: readonly string[]) =>
    brand.emulator.until(() => words.every((word) => brand.words().includes(word)));

  /** The visitor of each word. */
  const visitors = () =>
    new Map(arrivalsIn(brand.emulator.profiles()).map((each) => [each.word, each.visitor]));

  /** All that the browser keeps of ours, as one text. */
  const kept = ({ page }: Visitor): Promise<string> =>
    page.evaluate(async () => {
      const found: unknown[] = [Object.entries(localStorage), Object.entries(sessionStorage)];
      for (const { name = '' } of await indexedDB.databases()) {
        const records = await new Promise((resolve, reject) => {
          const opening = indexedDB.open(name);
          opening.onerror = () => reject(new Error(name));
          opening.onsuccess = () => {
            const store = opening.result.transaction('records').objectStore('records');
            const [values, keys] = [store.getAll(), store.getAllKeys()];
            keys.onsuccess = () => {
              opening.result.close();
              resolve([keys.result, values.result]);
            };
          };
        });
        found.push(name, records);
      }
      return JSON.stringify(found);
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
    await equip(other);
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

  describe('forget', () => {
    /** The relay's door for it, and what came to it. */
    const answerErasures = async ({ page }: Visitor) => {
      await page.evaluateOnNewDocument(() => {
        const fetch = window.fetch.bind(window);
        window.fetch = async (input, init) => {
          if (init?.method !== 'DELETE') return fetch(input, init);
          const { authorization = '' } = init.headers as Record<string, string>;
          const told = `${new URL(input as string).pathname} ${authorization.replace(/eyJ[\w.-]+/, 'session')}`;
          sessionStorage.setItem('asked-to-forget', told);
          if (localStorage.getItem('relay-is-down')) throw new TypeError('Failed to fetch');
          return new Response(null, { status: 204 });
        };
      });
    };
    const erasure = ({ page }: Visitor) => page.evaluate(() => sessionStorage.getItem('asked-to-forget'));

    it('erases here, in the other tab, and at the relay; what is unsent is dropped', async () => {
      await answerErasures(visitor);
      const other = await visitor.anotherTab();
      await equip(other);
      await visitor.visit(brand.url);
      await say(visitor, 1, 'Ash');
      await isAtBraze('Ash');
      cut.add('POST /v1/submissions');
      await say(visitor, 2, 'Birch');
      await other.visit(brand.url);
      await hears(other, 'Birch');
      await visitor.page.bringToFront();
      assert.equal(await call(visitor, 'forget'), '');
      assert.equal(await erasure(visitor), '/v1/visitor Bearer session');
      await hasNoted(visitor, 'erased');
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
      await answerErasures(visitor);
      await visitor.visit(brand.url);
      await say(visitor, 1, 'Ash');
      await isAtBraze('Ash');
      await visitor.page.evaluate(() => localStorage.setItem('relay-is-down', '1'));
      assert.match(
        await call(visitor, 'forget'),
        /The relay has not confirmed yet that it has erased the visitor/,
      );
      await isAsked(visitor, 'Ash');
      assert.match(await kept(visitor), /eyJ/);
      await visitor.reload();
      await visitor.hears('Word 1?');
      await visitor.page.evaluate(() => {
        localStorage.removeItem('relay-is-down');
        dispatchEvent(new Event('online'));
      });
      await hasNoted(visitor, 'erased');
      assert.doesNotMatch(await kept(visitor), /Ash|eyJ/);
      await visitor.page.waitForFunction(() => localStorage.getItem('parley-unsent') === null);
    });

    it('asks nobody where nothing was said', async () => {
      await answerErasures(visitor);
      await visitor.visit(brand.url);
      await visitor.hears('Word 1?');
      assert.equal(await call(visitor, 'forget'), '');
      assert.equal(await erasure(visitor), null);
    });
  });

  it('a challenge: what was said waits for it, the page hears of it once, and it is sent once', async () => {
    const challenges: unknown[] = [];
    await visitor.page.evaluateOnNewDocument(() => {
      const fetch = window.fetch.bind(window);
      window.fetch = async (input, init) => {
        const isAsking = (input as string).endsWith('/v1/sessions');
        const { challenge } = JSON.parse((init?.body ?? '{}') as string) as { challenge?: string };
        if (isAsking) (window as unknown as { note: (what: unknown) => void }).note(challenge ?? null);
        if (!isAsking || challenge === 'solved') {
          // The relay takes it, or knows no such word yet.
          const body =
            init?.body && JSON.stringify({ ...JSON.parse(init.body as string), challenge: undefined });
          return fetch(input, { ...init, ...(body && { body }) });
        }
        const problem = { type: 'urn:parley:problem:challenge-required', title: 'Forbidden', status: 403 };
        const headers = { 'content-type': 'application/problem+json' };
        return new Response(JSON.stringify(problem), { status: 403, headers });
      };
    });
    await visitor.page.exposeFunction('note', (what: unknown) => challenges.push(what));
    await visitor.visit(brand.url);
    await say(visitor, 1, 'Ash');
    await hasNoted(visitor, 'challenge');
    await say(visitor, 2, 'Birch');
    await visitor.page.evaluate(() => (window.parley ??= []).push(['setChallenge', 'solved']));
    await isAtBraze('Ash', 'Birch');
    assert.deepEqual(challenges.slice(-1), ['solved']);
    assert.deepEqual(await visitor.page.evaluate(() => (window as unknown as { noted: Noted }).noted), [
      'challenge',
    ]);
    assert.deepEqual(visitor.outcomes.slice(0, 2), ['queued', 'queued']);
  });

  it('an identity that does not hold: the page hears why, and another one is taken', async () => {
    const strange = await generateKeyPair('ES256');
    await visitor.visit(brand.url);
    await say(visitor, 1, 'Ash');
    assert.equal(await call(visitor, 'identify', await sign('ada', strange.privateKey)), '');
    await hasNoted(visitor, 'identity invalid');
    assert.equal(await call(visitor, 'identify', await sign('ada', privateKey, '-1 hour')), '');
    await hasNoted(visitor, 'identity expired');
    await say(visitor, 2, 'Birch');
    assert.match(await call(visitor, 'identify', 'ada'), /^TypeError: identify\(\) takes a signed identity/);
    assert.equal(await call(visitor, 'identify', await sign('ada')), '');
    await hasNoted(visitor, 'verified');
    await isAtBraze('Ash', 'Birch');
  });
});
