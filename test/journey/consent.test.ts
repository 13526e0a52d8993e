/** Consent, on the brand's page: nothing is kept, read or sent before the visitor has allowed it, and nothing remains when they take it back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Command } from '../../widget/commands.ts';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import { stopTimers, type Visitor } from './visitor.ts';

const ask = (input: object, next: string) => ({
  type: 'ask',
  field: 'first_name',
  text: 'Your name?',
  ...input,
  next,
});

const save = {
  type: 'action',
  call: 'users/track',
  attributes: { first_name: '{{answers.first_name}}', page_tags: { add: '{{page.tags}}' } },
  events: [{ name: 'chat_named' }],
  on: { success: 'thanks', error: 'sorry' },
};

const ends = {
  thanks: { type: 'end', text: 'Thank you, {{answers.first_name}}.' },
  sorry: { type: 'end', text: 'Then we keep nothing.' },
};

const WELCOME = {
  id: 'welcome',
  locale: 'en',
  start: 'name',
  nodes: {
    name: ask({ input: 'text' }, 'city'),
    city: ask({ field: 'city', input: 'text', text: 'Where from?' }, 'save'),
    save,
    ...ends,
  },
};

/** The flow asks for itself. */
const asking = (id: string, purpose: object) => ({
  id,
  locale: 'en',
  start: 'name',
  nodes: {
    name: ask({ input: 'text' }, 'may'),
    may: ask({ field: 'may', input: 'consent', text: 'May we?', ...purpose }, 'save'),
    save,
    ...ends,
  },
});

const FLOWS = [WELCOME, asking('asks', { purpose: 'storage' }), asking('letter', {})];

const QUESTION = 'may we keep what you said here, and send it?';

/** Whatever of the page's storage is touched, from its first script on, and how. */
function watchStorage(): void {
  const touched: string[] = [];
  Object.assign(window, { touched });
  const watch = (owner: object, names: readonly string[], what: string) => {
    for (const name of names) {
      const descriptor = Object.getOwnPropertyDescriptor(owner, name);
      if (!descriptor) throw new Error(`There is no ${what}.${name}`);
      for (const [key, call] of Object.entries(descriptor) as [string, unknown][]) {
        if (typeof call !== 'function') continue;
        const how = key === 'value' ? '' : ` ${key}`;
        Object.assign(descriptor, {
          [key](this: unknown, ...given: unknown[]): unknown {
            touched.push(`${what}.${name}${how}(${typeof given[0] === 'string' ? given[0] : ''})`);
            return call.apply(this, given);
          },
        });
      }
      Object.defineProperty(owner, name, descriptor);
    }
  };
  watch(window, ['localStorage', 'sessionStorage', 'indexedDB', 'caches'], 'window');
  watch(Storage.prototype, ['getItem', 'setItem', 'removeItem', 'key', 'clear', 'length'], 'Storage');
  watch(IDBFactory.prototype, ['open', 'deleteDatabase', 'databases'], 'IDBFactory');
  watch(Document.prototype, ['cookie'], 'document');
  watch(CacheStorage.prototype, ['open', 'has', 'keys', 'match', 'delete'], 'CacheStorage');
  watch(CookieStore.prototype, ['get', 'getAll', 'set', 'delete'], 'CookieStore');
}

const command = ({ page }: Visitor, given: Command) =>
  page.evaluate((each) => (window.parley ??= []).push(each), given);

const state = ({ page }: Visitor) => page.evaluate(() => document.querySelector('parley-chat')?.consentState);

describe('a conversation and the visitor’s consent', () => {
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: FLOWS }),
    (scene) => ({ brand, visitor } = scene),
  );

  /** Requests to the relay: method, path without its hash, and what might name somebody. */
  const requests: string[] = [];

  async function visit(attributes: string, before = ''): Promise<void> {
    requests.length = 0;
    visitor.page.removeAllListeners('request');
    visitor.page.on('request', (request) => {
      const { pathname, origin } = new URL(request.url());
      if (origin !== brand.relayUrl) return;
      const headers = Object.keys(request.headers()).filter((name) => /cookie|authorization/i.test(name));
      requests.push([request.method(), pathname.replace(/-[\w-]{8}\.js$/, '.js'), ...headers].join(' '));
    });
    brand.setBody(`<meta name="parley:tag" content="boots">${before}${brand.scriptTag(attributes)}`);
    await visitor.visit(`${brand.url}/boots?utm_source=letter`);
  }

  const touched = () => visitor.page.evaluate(() => (window as unknown as { touched: string[] }).touched);

  /** All that the browser keeps for the page. */
  const kept = () =>
    visitor.page.evaluate(async () => {
      const databases = await indexedDB.databases();
      return [
        ...Object.keys(localStorage),
        ...Object.keys(sessionStorage),
        ...databases.map(({ name = '' }) => name.replace(/http.*/, 'relay')),
        ...document.cookie.split(';').filter(Boolean),
      ].sort();
    });

  /** Waits until that is nothing. */
  const isForgotten = async (): Promise<void> => {
    // A page in the background has no frames, by which it is looked at again.
    await visitor.page.bringToFront();
    await visitor.page.waitForFunction(
      async () => (await indexedDB.databases()).length + localStorage.length + sessionStorage.length === 0,
    );
    assert.deepEqual(await kept(), []);
  };

  const press = async (words: string) => {
    const button = await visitor.find(`parley-chat >>> ::-p-text(${words})`);
    await button.click();
  };

  /** One after the other, before the chat can show what comes of the first. */
  const pressAtOnce = (...words: readonly string[]) =>
    visitor.page.evaluate((wanted) => {
      const buttons = document.querySelector('parley-chat')?.shadowRoot?.querySelectorAll('button');
      const all = [...(buttons ?? [])];
      for (const word of wanted) all.find(({ textContent }) => textContent.trim() === word)?.click();
    }, words);

  const answerBoth = async () => {
    await visitor.answer('first_name', 'Ada');
    await visitor.answer('city', 'Keswick');
  };

  const profiles = () => brand.emulator.profiles();

  const onlyFree = () => {
    const other = requests.filter(
      (request) => !/^GET \/(parley\.js|assets\/[\w-]+\.js|v1\/flows\/\w+)$/.test(request),
    );
    assert.deepEqual(other, []);
    assert.ok(requests.length > 2, requests.join('\n'));
  };

  for (const { attributes, title } of [
    { title: 'required', attributes: 'data-flow="welcome" data-consent="required"' },
    { title: 'a word that nobody knows', attributes: 'data-flow="welcome" data-consent="perhaps"' },
  ]) {
    describe(title, () => {
      it('touches no storage and sends nothing until the visitor says yes, and then goes on from there', async () => {
        await visitor.page.evaluateOnNewDocument(watchStorage);
        await visit(attributes);
        await visitor.openChat('Your name?');
        await answerBoth();
        await visitor.hears(QUESTION);
        assert.deepEqual(await touched(), []);
        onlyFree();
        await press('Yes, you may');
        await visitor.hears('Thank you, Ada.');
        assert.ok((await visitor.transcript()).includes('Keswick'));
        await brand.emulator.until(() => profiles().some(({ events }) => events.length > 0));
        assert.deepEqual(
          profiles().map(({ standard }) => standard['first_name']),
          ['Ada'],
        );
        assert.ok((await kept()).includes('parley relay'));
      });

      it('takes the error target where they say no, and nothing is kept or sent', async () => {
        await visitor.page.evaluateOnNewDocument(watchStorage);
        await visit(attributes);
        await visitor.openChat('Your name?');
        await answerBoth();
        await visitor.hears(QUESTION);
        assert.deepEqual(await touched(), []);
        await press('No, thank you');
        await visitor.hears('Then we keep nothing.');
        onlyFree();
        // Unread and unwritten: only what an earlier page may have kept is removed.
        assert.deepEqual(
          (await touched()).filter((call) => !/^window\.|removeItem|deleteDatabase/.test(call)),
          [],
        );
        assert.deepEqual(await kept(), []);
        assert.deepEqual(visitor.outcomes, ['error']);
        assert.equal(profiles().length, 0);
      });
    });
  }

  it('is not granted by a second press of the key that sent the last answer', async () => {
    await visit('data-flow="welcome" data-consent="required"');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.find('parley-chat >>> input[name="city"]');
    await visitor.page.keyboard.type('Keswick');
    await visitor.page.keyboard.press('Enter');
    await visitor.hears(QUESTION);
    await visitor.page.keyboard.press('Enter');
    await visitor.page.keyboard.press('Space');
    assert.equal(await state(visitor), 'pending');
    // From the chat to its menu, its close button and the transcript, and from there to the first button.
    await visitor.page.keyboard.press('Tab');
    await visitor.page.keyboard.press('Tab');
    await visitor.page.keyboard.press('Tab');
    await visitor.page.keyboard.press('Tab');
    await visitor.page.keyboard.press('Enter');
    await visitor.page.waitForFunction(
      () => document.querySelector('parley-chat')?.consentState === 'allowed',
    );
    await visitor.hears('Thank you, Ada.');
  });

  it('keeps nothing on the way to the end of a page that was left', async () => {
    await visitor.page.evaluateOnNewDocument(watchStorage);
    await visit('data-flow="welcome" data-consent="required"');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Where from?');
    await visitor.reload();
    await visitor.openChat('Your name?');
    assert.ok(!(await visitor.transcript()).includes('Ada'));
    assert.deepEqual(await touched(), []);
    onlyFree();
  });

  it('denied: runs in memory, and takes the error target unasked', async () => {
    await visitor.page.evaluateOnNewDocument(watchStorage);
    await visit('data-flow="welcome" data-consent="denied"');
    await visitor.openChat('Your name?');
    await answerBoth();
    await visitor.hears('Then we keep nothing.');
    assert.ok(!(await visitor.transcript()).includes(QUESTION));
    assert.deepEqual(await touched(), []);
    onlyFree();
  });

  it('is granted by the page before the script is there', async () => {
    await visit(
      'data-flow="welcome" data-consent="required"',
      '<script>parley = [["setConsent", true]]</script>',
    );
    await visitor.openChat('Your name?');
    await answerBoth();
    await visitor.hears('Thank you, Ada.');
    assert.ok(!(await visitor.transcript()).includes(QUESTION));
  });

  it('goes on where the visitor was, on the next page that grants it after they have opened the chat', async () => {
    await visit('data-flow="welcome"');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Where from?');
    await visit('data-flow="welcome" data-consent="required"');
    await visitor.openChat('Your name?');
    assert.ok(!(await visitor.transcript()).includes('Ada'));
    await command(visitor, ['setConsent', true]);
    await visitor.hears('Where from?');
    assert.ok((await visitor.transcript()).includes('Ada'));
    await visitor.answer('city', 'Keswick');
    await visitor.hears('Thank you, Ada.');
  });

  it('leaves nothing when it is taken back, tells the relay once, and starts anew as somebody else', async () => {
    await visit('data-flow="welcome"');
    await visitor.openChat('Your name?');
    await answerBoth();
    await visitor.hears('Thank you, Ada.');
    assert.ok((await kept()).length > 0);
    await command(visitor, ['setConsent', false]);
    await isForgotten();
    await brand.logged(({ event }) => event === 'consent_withdrawn');
    await press('Start again');
    await answerBoth();
    await visitor.hears('Then we keep nothing.');
    assert.deepEqual(await kept(), []);
    assert.equal(brand.log.filter(({ event }) => event === 'consent_withdrawn').length, 1);
    assert.equal(profiles().length, 1);

    await command(visitor, ['setConsent', true]);
    await press('Start again');
    await answerBoth();
    await visitor.hears('Thank you, Ada.');
    await brand.emulator.until(() => profiles().length === 2);
  });

  it('is taken back by whatever else is said than yes', async () => {
    await visit('data-flow="welcome"');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Where from?');
    await command(visitor, ['setConsent', 'denied']);
    await isForgotten();
    assert.equal(await state(visitor), 'denied');
  });

  for (const inAnotherTab of [false, true]) {
    it(`is there again when it is taken back and given in one go${inAnotherTab ? ', also with another tab' : ''}`, async () => {
      await visit('data-flow="welcome"');
      await visitor.openChat('Your name?');
      const second = inAnotherTab ? await visitor.anotherTab() : undefined;
      await second?.visit(brand.url);
      await second?.openChat('Your name?');
      await visitor.page.bringToFront();
      await visitor.page.evaluate(() => window.parley?.push(['setConsent', false], ['setConsent', true]));
      await second?.page.bringToFront();
      await second?.page.waitForFunction(
        () => document.querySelector('parley-chat')?.consentState === 'denied',
      );
      await visitor.page.bringToFront();
      await answerBoth();
      await visitor.hears('Thank you, Ada.');
      assert.equal(await state(visitor), 'allowed');
    });
  }

  it('is taken back in every tab, and by a page that has not opened the chat', async () => {
    await visit('data-flow="welcome"');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    const second = await visitor.anotherTab();
    await second.visit(`${brand.url}/coats`);
    await command(second, ['setConsent', false]);
    await isForgotten();
  });

  it('drops what has not been sent', async () => {
    await visit('data-flow="welcome"');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Where from?');
    await visitor.page.setOfflineMode(true);
    await visitor.answer('city', 'Keswick');
    await visitor.hears('Thank you, Ada.');
    assert.deepEqual(visitor.outcomes, ['queued']);
    await visitor.page.evaluate(() => document.querySelector('parley-chat')?.setConsent(false));
    await isForgotten();
    await visitor.page.setOfflineMode(false);
    await visit('data-flow="welcome"');
    await visitor.openChat('Your name?');
    await answerBoth();
    await visitor.hears('Thank you, Ada.');
    assert.equal(profiles().length, 1);
    assert.equal(profiles()[0]?.events.length, 1);
  });

  it('heeds the flow’s own question', async () => {
    await visit('data-flow="asks" data-consent="required"');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await press('Yes');
    await visitor.hears('Thank you, Ada.');
    assert.ok(!(await visitor.transcript()).includes(QUESTION));
    assert.equal(profiles().length, 1);
  });

  it('heeds a no to the flow’s own question', async () => {
    await visit('data-flow="asks" data-consent="required"');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await press('No');
    await visitor.hears('Then we keep nothing.');
    onlyFree();
    assert.deepEqual(await kept(), []);
  });

  for (const [words, end, wanted] of [
    [['Yes', 'No'], 'Thank you, Ada.', 'allowed'],
    [['No', 'Yes'], 'Then we keep nothing.', 'denied'],
  ] as const) {
    it(`is one word, the first, where both answers to the flow’s own question are pressed: ${words.join(', ')}`, async () => {
      await visit('data-flow="asks" data-consent="required"');
      await visitor.openChat('Your name?');
      await visitor.answer('first_name', 'Ada');
      await visitor.hears('May we?');
      await pressAtOnce(...words);
      await visitor.hears(end);
      assert.equal(await state(visitor), wanted);
    });
  }

  it('has the page’s tags sent, too, with the first that is sent', async () => {
    await visit('data-flow="asks" data-consent="required"');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await press('Yes');
    await visitor.hears('Thank you, Ada.');
    assert.deepEqual(profiles()[0]?.custom_attributes['page_tags'], ['boots']);
  });

  it('is refused without waiting for the page’s tags', async () => {
    await visitor.page.setRequestInterception(true);
    visitor.page.on('request', (request) => {
      if (!request.url().includes('/assets/tags-')) void request.continue();
    });
    brand.setBody(brand.scriptTag('data-flow="asks"'));
    await visitor.visit(brand.url);
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('May we?');
    await stopTimers(visitor);
    await press('No');
    await visitor.hears('Then we keep nothing.');
    await isForgotten();
  });

  it('asks by itself where the flow’s question is about something else', async () => {
    await visit('data-flow="letter" data-consent="required"');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await press('No');
    await visitor.hears(QUESTION);
    await press('Yes, you may');
    await visitor.hears('Thank you, Ada.');
  });

  it('counts for the chats that the page itself holds, as the script has it', async () => {
    await visitor.page.evaluateOnNewDocument(watchStorage);
    requests.length = 0;
    brand.setBody(
      `<parley-chat flow="welcome" relay="${brand.relayUrl}"></parley-chat>${brand.scriptTag('data-consent="required"')}`,
    );
    await visitor.visit(brand.url);
    await answerBoth();
    await visitor.hears(QUESTION);
    assert.deepEqual(await touched(), []);
  });

  for (const [name, body] of [
    ['the script is there twice', (tag: string) => tag + tag],
    [
      'the visitor has refused before the script is there',
      (tag: string) =>
        `<script>parley = [["setConsent", false]]</script>${tag.replace('required', 'none-needed')}`,
    ],
    [
      'the page says before that it is denied',
      (tag: string) =>
        `<script>parley = [["setConsent", "denied"]]</script>${tag.replace('required', 'none-needed')}`,
    ],
  ] as const) {
    it(`has nothing read or written where ${name}`, async () => {
      await visitor.page.evaluateOnNewDocument(watchStorage);
      brand.setBody(body(brand.scriptTag('data-flow="welcome" data-consent="required"')));
      await visitor.visit(brand.url);
      await visitor.openChat('Your name?');
      assert.deepEqual(
        (await touched()).filter((call) => !/^window\.|removeItem|deleteDatabase/.test(call)),
        [],
      );
    });
  }

  it('is of the chat that comes to a page later, where the script says nothing', async () => {
    await visitor.page.evaluateOnNewDocument(watchStorage);
    brand.setBody(brand.scriptTag(''));
    await visitor.visit(brand.url);
    await visitor.page.evaluate((relay) => {
      const chat = Object.assign(document.createElement('parley-chat'), { relay, flow: 'welcome' });
      chat.setAttribute('consent', 'required');
      document.body.append(chat);
    }, brand.relayUrl);
    await visitor.answer('first_name', 'Ada');
    assert.deepEqual(await touched(), []);
  });

  it('is heeded by a chat that comes after the visitor has refused', async () => {
    brand.setBody(brand.scriptTag(''));
    await visitor.visit(brand.url);
    await command(visitor, ['setConsent', false]);
    await visitor.page.evaluate((relay) => {
      const chat = Object.assign(document.createElement('parley-chat'), { relay, flow: 'welcome' });
      document.body.append(chat);
    }, brand.relayUrl);
    await answerBoth();
    await visitor.hears('Then we keep nothing.');
    assert.deepEqual(await kept(), []);
  });

  it('is what was said last', async () => {
    await visit(
      'data-flow="welcome" data-consent="required"',
      '<script>parley = [["setConsent", true], ["setConsent", false]]</script>',
    );
    await visitor.openChat('Your name?');
    await answerBoth();
    await visitor.hears('Then we keep nothing.');
    assert.deepEqual(await kept(), []);
  });

  it('given without a network, loses nothing of what was said before it', async () => {
    await visit('data-flow="welcome" data-consent="required"');
    await visitor.openChat('Your name?');
    await answerBoth();
    await visitor.hears(QUESTION);
    await visitor.page.setOfflineMode(true);
    await press('Yes, you may');
    await visitor.hears('Thank you, Ada.');
    assert.deepEqual(visitor.outcomes, ['queued']);
    await visitor.page.setOfflineMode(false);
    await visit('data-flow="welcome"');
    await brand.emulator.until(() => profiles().some(({ events }) => events.length > 0));
    assert.equal(profiles()[0]?.events.length, 1);
  });

  it('is changed where the answer to the flow’s own question is', async () => {
    await visit('data-flow="asks" data-consent="required"');
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await press('No');
    await visitor.hears('Then we keep nothing.');
    await press('Start again');
    await visitor.answer('first_name', 'Ada');
    await press('Yes');
    await visitor.hears('Thank you, Ada.');
    await press('Start again');
    await visitor.answer('first_name', 'Ada');
    await press('No');
    await visitor.hears('Then we keep nothing.');
    await isForgotten();
  });

  describe('with Global Privacy Control', () => {
    it('asks before anything is kept or sent, and remembers the yes', async () => {
      await visitor.page.evaluateOnNewDocument(() =>
        Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }),
      );
      await visit('data-flow="welcome"');
      await visitor.openChat('Your name?');
      await answerBoth();
      await visitor.hears(QUESTION);
      onlyFree();
      await press('Yes, you may');
      await visitor.hears('Thank you, Ada.');
      await visit('data-flow="letter"');
      await visitor.openChat('Your name?');
      await visitor.answer('first_name', 'Ada');
      await press('No');
      await visitor.hears('Thank you, Ada.');
    });
  });
});
