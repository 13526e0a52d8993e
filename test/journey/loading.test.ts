/** What the script tag does before, at and after the visitor's intent, and where something is missing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { ParleyChat } from '../../widget/parley-chat.ts';
import { VERSION } from '../../server/version.ts';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import { stopTimers, type Visitor } from './visitor.ts';

const WELCOME = JSON.parse(readFileSync('demo/flows/welcome.json', 'utf8')) as { readonly id: string };
const FIRST = 'What’s your first name?';
const CHAT = /\/assets\/parley-chat-[\w-]+\.js/;

describe('the script tag', () => {
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: [WELCOME] }),
    (scene) => ({ brand, visitor } = scene),
  );

  /** @returns paths that the relay was asked for, as they come, and what was warned of */
  const visit = async (attributes: string, { before = '', path = '/' } = {}) => {
    const asked: string[] = [];
    const warnings: string[] = [];
    visitor.page.on('request', (request) => {
      if (request.url().startsWith(brand.relayUrl)) asked.push(request.url().slice(brand.relayUrl.length));
    });
    visitor.page.on('console', (message) => {
      if (message.text().startsWith('Parley')) warnings.push(`${message.type()}: ${message.text()}`);
    });
    brand.setBody(before + brand.scriptTag(`data-flow="welcome" ${attributes}`));
    await visitor.visit(brand.url + path);
    return { asked, warnings };
  };

  const push = (...commands: readonly (readonly unknown[] | string)[]) =>
    visitor.page.evaluate((given) => {
      ((window as { parley?: unknown }).parley ??= []) as unknown;
      (window as unknown as { parley: { push: (...all: unknown[]) => void } }).parley.push(...given);
    }, commands);

  const isOpen = (wanted: boolean) =>
    visitor.page.waitForFunction(
      (expected) => (document.querySelector<ParleyChat>('parley-chat')?.opened ?? false) === expected,
      {},
      wanted,
    );

  const focused = () => visitor.page.evaluate(() => document.activeElement?.localName);

  const launcher = () =>
    visitor.page.evaluate(() => {
      const button = document.querySelector('parley-launcher')?.shadowRoot?.querySelector('button');
      return button && { name: button.ariaLabel, expanded: button.ariaExpanded, popup: button.ariaHasPopup };
    });

  /** Files of the relay that come only when they are let go. @returns lets them */
  const hold = async (isHeld: (path: string) => boolean) => {
    let letGo: () => void = () => undefined;
    const isLetGo = new Promise<void>((resolve) => (letGo = resolve));
    await visitor.page.setRequestInterception(true);
    visitor.page.on('request', (request) => {
      if (!isHeld(new URL(request.url()).pathname)) void request.continue();
      else void isLetGo.then(() => request.continue());
    });
    return letGo;
  };

  const keeps = () =>
    visitor.page.evaluate(() => [...Object.keys(sessionStorage), ...Object.keys(localStorage)]);

  /** The script once more, as a single-page application would load it. */
  const loadAnew = (attributes: Readonly<Record<string, string>> = { flow: 'welcome' }) =>
    visitor.page.evaluate(
      (src, data) =>
        new Promise((resolve, reject) => {
          const script = Object.assign(document.createElement('script'), { src, crossOrigin: 'anonymous' });
          Object.assign(script.dataset, data);
          script.onload = resolve;
          script.onerror = reject;
          document.head.append(script);
        }),
      `${brand.relayUrl}/parley.js`,
      attributes,
    );

  describe('opens the chat, and leaves the focus where it is,', () => {
    for (const [name, attributes, options] of [
      ['with data-open', 'data-open', {}],
      ['for who comes by a link to the chat', '', { path: '/#parley' }],
      [
        'by a command before it is there',
        '',
        { before: "<script>(window.parley ??= []).push(['open'])</script>" },
      ],
    ] as const) {
      it(name, async () => {
        await visit(attributes, options);
        await visitor.hears(FIRST);
        assert.equal(await focused(), 'body');
        assert.equal((await launcher())?.expanded, 'true');
      });
    }
    it('by a command', async () => {
      await visit('');
      await push(['open']);
      await visitor.hears(FIRST);
      assert.equal(await focused(), 'body');
    });
  });

  it('fetches the chat when the browser is idle, with data-preload="idle", and opens nothing', async () => {
    const { asked } = await visit('data-preload="idle"');
    await visitor.page.waitForNetworkIdle();
    assert.deepEqual(asked.filter((path) => CHAT.test(path)).length, 1);
    assert.equal(await visitor.page.$('parley-chat'), null);
  });

  it('opens the chat from a link on the page, gives it the focus, and gives that back', async () => {
    await visit('', { before: '<a id="ask" href="#parley">Ask us</a>' });
    await visitor.page.click('#ask');
    await visitor.hears(FIRST);
    await visitor.page.waitForFunction(() => document.activeElement?.localName === 'parley-chat');
    assert.equal(new URL(visitor.page.url()).hash, '');
    await visitor.page.keyboard.press('Escape');
    await visitor.page.waitForFunction(() => document.activeElement?.id === 'ask');
  });

  for (const [name, linkTo] of [
    ['from the page’s root', () => '/#parley'],
    ['whole', (url: string) => `${url}/#parley`],
  ] as const) {
    it(`opens the chat from a link whose address is ${name}`, async () => {
      await visit('', { before: `<a id="ask" href="${linkTo(brand.url)}">Ask us</a>` });
      await visitor.page.evaluate(() => Object.assign(window, { isSame: true }));
      await visitor.page.click('#ask');
      await visitor.hears(FIRST);
      assert.equal(await visitor.page.evaluate(() => 'isSame' in window), true);
    });
  }

  it('leaves a link to the chat of another page to the browser', async () => {
    await visit('', { before: '<a id="ask" href="/boots#parley">Ask us</a>' });
    await Promise.all([visitor.page.waitForNavigation(), visitor.page.click('#ask')]);
    assert.equal(new URL(visitor.page.url()).pathname, '/boots');
    await visitor.hears(FIRST);
  });

  it('lets the page click on its document', async () => {
    const errors: unknown[] = [];
    visitor.page.on('pageerror', (error) => errors.push(error));
    await visit('');
    await visitor.page.evaluate(() => void document.dispatchEvent(new MouseEvent('click')));
    await visitor.openChat('Hello');
    assert.deepEqual(errors, []);
  });

  it('takes the link off the address when the chat is closed, so that it stays closed', async () => {
    await visit('', { path: '/boots?size=8#parley' });
    await visitor.hears(FIRST);
    await visitor.page.evaluate(() => history.replaceState({ its: 1 }, ''));
    await push(['close']);
    await isOpen(false);
    assert.equal(visitor.page.url(), `${brand.url}/boots?size=8`);
    assert.deepEqual(await visitor.page.evaluate(() => history.state as unknown), { its: 1 });
    await visitor.reload();
    await visitor.find('parley-launcher >>> button');
    await visitor.page.waitForNetworkIdle();
    await isOpen(false);
  });

  it('shows that it is busy, and leaves the focus to a visitor who goes on to type in the page', async () => {
    const letGo = await hold((path) => CHAT.test(path));
    await visit('', { before: '<input id="search">' });
    const button = await visitor.find('parley-launcher >>> button');
    await button.click();
    const isBusy = () => button.evaluate(({ ariaBusy, ariaExpanded }) => [ariaBusy, ariaExpanded]);
    assert.deepEqual(await isBusy(), ['true', 'false']);
    await visitor.page.type('#search', 'boo');
    letGo();
    await visitor.hears(FIRST);
    await visitor.page.keyboard.type('ts');
    assert.equal(await visitor.page.$eval('#search', (input) => (input as HTMLInputElement).value), 'boots');
    assert.deepEqual(await isBusy(), [null, 'true']);
  });

  for (const [name, before] of [
    ['an element', '<div id="parley"></div>'],
    ['an object', '<script>window.parley = { its: 1 }</script>'],
    ['a function', '<script>function parley() {}</script>'],
    ['null', '<script>window.parley = null</script>'],
  ] as const) {
    it(`works where the page has ${name} by its name`, async () => {
      const { warnings } = await visit('', { before });
      await visitor.openChat('Hello');
      await push(['close']);
      await isOpen(false);
      assert.deepEqual(warnings, []);
    });
  }

  it('heeds the consent that an application has set as a property of an element', async () => {
    await visit('', { before: '<a href="/">Home</a>' });
    await visitor.page.evaluate(() => sessionStorage.clear());
    brand.setBody(
      `<script>
        const chat = document.createElement('parley-chat');
        Object.assign(chat, { flow: 'welcome', relay: '${brand.relayUrl}', consent: 'required' });
        document.body.append(chat);
      </script>${brand.scriptTag('')}`,
    );
    await visitor.visit(brand.url);
    await visitor.hears('Hello');
    assert.deepEqual(await keeps(), []);
  });

  describe('names the launcher', () => {
    for (const [name, attributes, label] of [
      ['after the brand', 'data-name="Tarn &amp; Tor"', 'Chat: Tarn & Tor'],
      ['in the visitor’s language', 'data-locale="ja" data-name="森の道"', 'チャット: 森の道'],
      ['as the page says', 'data-label="Ask Wren" data-name="Tarn"', 'Ask Wren'],
    ] as const) {
      it(name, async () => {
        await visit(attributes);
        assert.deepEqual(await launcher(), { name: label, expanded: 'false', popup: 'dialog' });
      });
    }
  });

  it('puts the launcher where the page says, as large as ever, and nothing else moves', async () => {
    await visit('data-position="start" data-icon="/icon.svg"', {
      before: `<style>parley-launcher { --parley-offset-inline: 30px; --parley-offset-block: 90px; --parley-z-index: 7; }</style>`,
    });
    const placed = await visitor.page.$eval('parley-launcher', (host) => {
      const { left, bottom, width, height } = host.getBoundingClientRect();
      return [left, innerHeight - bottom, width, height, getComputedStyle(host).zIndex];
    });
    assert.deepEqual(placed, [30, 90, 60, 60, '7']);
  });

  it('hands on to the chat what it says of it', async () => {
    await visit(
      'data-open data-theme="dark" data-position="start" data-values data-name="Tarn" data-logo="/logo.svg"',
    );
    await visitor.hears(FIRST);
    const told = await visitor.page.$eval(
      'parley-chat',
      ({ theme, position, values, name, logo, floating }) => ({
        theme,
        position,
        values,
        name,
        logo,
        floating,
      }),
    );
    assert.deepEqual(told, {
      theme: 'dark',
      position: 'start',
      values: true,
      name: 'Tarn',
      logo: '/logo.svg',
      floating: true,
    });
  });

  it('is told what to do: open, close, toggle', async () => {
    await visit('');
    await push(['toggle']);
    await isOpen(true);
    await push(['close']);
    await isOpen(false);
    await visitor.page.waitForFunction(
      () =>
        document.querySelector('parley-launcher')?.shadowRoot?.querySelector('button')?.ariaExpanded ===
        'false',
    );
    await push(['open'], ['close'], ['open']);
    await isOpen(true);
  });

  it('keeps shut what is closed before it has come', async () => {
    await visit('');
    await push(['open'], ['close']);
    await visitor.page.waitForFunction(() => customElements.get('parley-chat') !== undefined);
    await isOpen(false);
    assert.equal((await launcher())?.expanded, 'false');
  });

  it('starts the conversation anew', async () => {
    await visit('data-open');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Lovely to meet you, Ada.');
    await push(['restart']);
    await visitor.page.waitForFunction(() => {
      const root = document.querySelector('parley-chat')?.shadowRoot?.querySelector('.transcript');
      return root?.textContent.includes('Ada') === false;
    });
  });

  it('warns of a command that there is not, or that is not whole, and does the next', async () => {
    const { warnings } = await visit('');
    await push('open', ['identfy', 'a.token'], ['setTags', [1]], ['constructor'], [], ['open']);
    await isOpen(true);
    // Without what was given with it: scripts that collect what goes wrong read the console.
    assert.deepEqual(
      warnings.map((warning) => warning.replace('warn: Parley has no such command.', '').trim()),
      ['open', 'identfy', 'setTags', 'constructor', ''],
    );
  });

  it('takes everything off the page, and begins afresh when it is loaded anew', async () => {
    await visit('data-open data-badge="1"', { before: '<a id="ask" href="#parley">Ask us</a>' });
    await visitor.hears(FIRST);
    await push(['destroy']);
    assert.equal(await visitor.page.$('parley-launcher'), null);
    assert.equal(await visitor.page.$('parley-chat'), null);
    await visitor.page.click('#ask');
    assert.equal(new URL(visitor.page.url()).hash, '#parley');
    await visitor.page.evaluate(() => history.replaceState(null, '', '/'));
    await push(['open']);
    await loadAnew();
    await visitor.hears(FIRST);
    assert.equal((await visitor.page.$$('parley-launcher')).length, 1);
  });

  it('is destroyed once, however often that is said', async () => {
    await visit('');
    await visitor.find('parley-launcher >>> button');
    await push(['destroy']);
    await push(['destroy'], ['open']);
    await loadAnew();
    await visitor.hears(FIRST);
    assert.equal((await visitor.page.$$('parley-launcher')).length, 1);
  });

  it('is destroyed by what is said before it is there', async () => {
    await visit('', { before: "<script>(window.parley ??= []).push(['destroy'])</script>" });
    assert.equal(await visitor.page.$('parley-launcher'), null);
  });

  it('keeps for the next script what is said after it was destroyed, while the chat is still coming', async () => {
    const letGo = await hold((path) => CHAT.test(path));
    await visit('data-open');
    await push(['destroy'], ['setConsent', false]);
    await visitor.page.evaluate(() => window.parley?.push(['setConsent', false]));
    await visitor.page.evaluate(() => sessionStorage.clear());
    letGo();
    await visitor.page.waitForFunction(() => customElements.get('parley-chat') !== undefined);
    await loadAnew();
    await visitor.openChat('Hello');
    assert.deepEqual(await keeps(), []);
  });

  it('opens another chat when the page has destroyed the one that was open', async () => {
    await visit('data-open');
    await visitor.hears(FIRST);
    await visitor.page.$eval('parley-chat', (chat) => chat.destroy());
    assert.equal((await launcher())?.expanded, 'false');
    await visitor.openChat(FIRST);
    assert.equal((await launcher())?.expanded, 'true');
  });

  it('stays, with its open chat, where the triggers alone cannot be had', async () => {
    let isAsked: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (isAsked = resolve));
    let fail: () => void = () => undefined;
    const isFailing = new Promise<void>((resolve) => (fail = resolve));
    await visitor.page.setRequestInterception(true);
    visitor.page.on('request', (request) => {
      if (!request.url().includes('/assets/triggers-')) return void request.continue();
      isAsked();
      void isFailing.then(() => request.respond({ status: 503 }));
    });
    const { warnings } = await visit('data-open data-trigger="exit"');
    await asked;
    await visitor.hears(FIRST);
    const warned = new Promise<void>((resolve) => {
      visitor.page.on('console', (message) => message.text().startsWith('Parley') && resolve());
    });
    fail();
    await warned;
    assert.equal(warnings.length, 1);
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Lovely to meet you, Ada.');
    assert.equal((await launcher())?.expanded, 'true');
  });

  it('outlives its page in a single-page application that swaps the body', async () => {
    await visit('data-open');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Lovely to meet you, Ada.');
    await visitor.page.evaluate(() => document.body.replaceWith(document.createElement('body')));
    await loadAnew();
    await visitor.hears('Lovely to meet you, Ada.');
    assert.equal((await visitor.page.$$('parley-launcher')).length, 1);
  });

  it('goes away when the relay cannot be reached, and is back with the network', async () => {
    const { warnings } = await visit('');
    await visitor.find('parley-launcher >>> button');
    await visitor.page.setOfflineMode(true);
    await (await visitor.find('parley-launcher >>> button')).click();
    await visitor.page.waitForFunction(() => !document.querySelector('parley-launcher'));
    assert.equal(warnings.length, 1);
    await visitor.page.setOfflineMode(false);
    await visitor.openChat('Hello');
    assert.equal(warnings.length, 1);
  });

  it('stays away when it is destroyed without a network', async () => {
    await visit('');
    const button = await visitor.find('parley-launcher >>> button');
    await visitor.page.setOfflineMode(true);
    await button.click();
    await visitor.page.waitForFunction(() => !document.querySelector('parley-launcher'));
    await push(['destroy']);
    // After its own listener.
    const isBack = visitor.page.evaluate(
      () => new Promise<void>((resolve) => addEventListener('online', () => resolve(), { once: true })),
    );
    await visitor.page.setOfflineMode(false);
    await isBack;
    assert.equal(await visitor.page.$('parley-launcher'), null);
    await visitor.page.waitForNetworkIdle();
    assert.equal(await visitor.page.$('parley-chat'), null);
  });

  it('is another one, when it is loaded anew, than that which failed and was destroyed', async () => {
    let isDown = true;
    await visitor.page.setRequestInterception(true);
    visitor.page.on('request', (request) => {
      const isHit = /^\/(assets\/|parley\.js\?)/.test(
        new URL(request.url()).pathname + new URL(request.url()).search,
      );
      void (isDown && isHit ? request.respond({ status: 503 }) : request.continue());
    });
    await visit('');
    await (await visitor.find('parley-launcher >>> button')).click();
    await visitor.page.waitForFunction(() => Array.isArray(window.parley) && !window.parley.script);
    await push(['destroy']);
    isDown = false;
    await loadAnew();
    await visitor.openChat(FIRST);
  });

  it('has the visitor wait for the page’s tags once, where those do not come', async () => {
    await hold((path) => path.includes('/assets/tags-'));
    await visit('');
    await visitor.openChat(FIRST);
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Lovely to meet you, Ada.');
    await stopTimers(visitor);
    await visitor.answer('last_name', 'Lovelace');
    await visitor.find('parley-chat >>> input[name="email"]');
  });

  describe('of an earlier release', () => {
    /**
     * The files of that release are gone; the script itself was kept by the browser.
     * @param held what the script of now waits for
     */
    const age = async (isGone: (path: string) => boolean, held = Promise.resolve()) => {
      let isFirst = true;
      await visitor.page.setRequestInterception(true);
      visitor.page.on('request', (request) => {
        const path = request.url().slice(brand.relayUrl.length);
        if (isFirst && path.endsWith('/parley.js')) {
          isFirst = false;
          const body = readFileSync('dist/parley.js', 'utf8').replaceAll(
            /(assets\/[\w-]+)-[\w-]{8}\.js/g,
            '$1-gone.js',
          );
          void request.respond({
            body,
            contentType: 'text/javascript',
            headers: { 'access-control-allow-origin': '*' },
          });
        } else if (isGone(path)) void request.respond({ status: 404 });
        else if (path.startsWith('/parley.js?')) void held.then(() => request.continue());
        else void request.continue();
      });
    };

    for (const [name, attributes, policy] of [
      ['gives its place to the one of now', '', undefined],
      [
        'does so under a strict content security policy',
        'nonce="once"',
        "default-src 'none'; script-src 'nonce-once' 'strict-dynamic'; require-trusted-types-for 'script'; trusted-types lit-html; connect-src ",
      ],
    ] as const) {
      it(`${name}, which opens for the visitor`, async () => {
        await age((path) => path.includes('gone'));
        brand.setBody(
          brand.scriptTag(`data-flow="welcome" data-name="Tarn &amp; Tor" ${attributes}`),
          policy && policy + brand.relayUrl,
        );
        await visitor.visit(brand.url);
        await visitor.openChat();
        await visitor.page.waitForFunction(() => document.activeElement?.localName === 'parley-chat');
        assert.equal((await visitor.page.$$('parley-launcher')).length, 1);
        assert.equal((await launcher())?.name, 'Chat: Tarn & Tor');
      });
    }

    it('is destroyed, and the one of now with it, while that is still coming', async () => {
      let letGo: () => void = () => undefined;
      await age((path) => path.includes('gone'), new Promise((resolve) => (letGo = resolve)));
      await visit('');
      const asking = visitor.page.waitForRequest((request) => request.url().includes('/parley.js?'));
      await (await visitor.find('parley-launcher >>> button')).click();
      await asking;
      await push(['destroy']);
      letGo();
      await visitor.page.waitForNetworkIdle();
      assert.equal(await visitor.page.$('parley-launcher'), null);
      assert.equal(await visitor.page.$('parley-chat'), null);
      // And what it was clicked for is not done by another.
      await loadAnew();
      await visitor.page.waitForNetworkIdle();
      assert.equal(await visitor.page.$('parley-chat'), null);
    });

    it('tries no third time', async () => {
      await age((path) => path.startsWith('/assets/'));
      const { asked, warnings } = await visit('');
      await (await visitor.find('parley-launcher >>> button')).click();
      await visitor.page.waitForFunction(() => !document.querySelector('parley-launcher'));
      await visitor.page.waitForNetworkIdle();
      // Once more it is drawn, opens as it was asked to, and finds nothing.
      assert.equal(asked.filter((path) => path.startsWith('/parley.js')).length, 2);
      assert.equal(warnings.length, 1);
    });
  });

  it(`of a version finds the relay: /${VERSION}/parley.js`, async () => {
    const integrity = JSON.parse(readFileSync('dist/integrity.json', 'utf8')) as Record<string, string>;
    const file = `${VERSION}/parley.js`;
    brand.setBody(
      `<script async crossorigin="anonymous" src="${brand.relayUrl}/${file}" integrity="${integrity[file]}" data-flow="welcome"></script>`,
    );
    await visitor.visit(brand.url);
    await visitor.openChat('Hello');
  });
});
