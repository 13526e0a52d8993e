/** A page that is full of personal data: nothing of it leaves the browser but what the visitor says to the chat. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { serveEmulator } from '../../demo/braze/serve.ts';
import { serveRelay } from '../../server/adapters/node.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { SANDBOX_KEY, SESSION_SECRET } from '../server/relay-fixture.ts';
import { servePage } from './page-server.ts';
import { openBrowser, Visitor } from './visitor.ts';

/** What nobody but the page may know. Each is looked for in all that is sent, however it is encoded. */
const SECRETS = [
  'grace.hopper',
  'hopper@',
  '4111111111111111',
  '07700900123',
  '1906-12-09',
  'Rosewood Lane',
  'hunter2',
  'a-note-to-the-doctor',
  'sk_live_51H8abcdEFGH',
  '8829917',
];

const FLOW = {
  id: 'welcome',
  locale: 'en',
  start: 'name',
  nodes: {
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Your name?', next: 'save' },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { first_name: '{{answers.first_name}}', page_tags: { add: '{{page.tags}}' } },
      events: [{ name: 'chat_named', properties: { page: '{{page.path}}', from: '{{page.referrer}}' } }],
      on: { success: 'thanks', error: 'thanks' },
    },
    thanks: { type: 'end', text: 'Thank you, {{answers.first_name}}.' },
  },
};

const BODY = `
  <meta name="parley:tag" content="account, grace.hopper@navy.example, 4111111111111111">
  <meta property="og:type" content="profile">
  <meta property="og:title" content="Grace Hopper, 07700900123">
  <script type="application/ld+json">
    {"@type": "Person", "name": "Grace Hopper", "email": "grace.hopper@navy.example", "category": "customer 8829917"}
  </script>
  <script>
    window.dataLayer = [{
      user: { email: 'grace.hopper@navy.example', phone: '07700900123' },
      page: { category: 'account', owner: 'hopper@navy.example' },
    }];
    document.title = 'Grace Hopper, grace.hopper@navy.example';
    document.cookie = 'session=sk_live_51H8abcdEFGH';
    localStorage.setItem('customer', 'grace.hopper@navy.example');
  </script>
  <h1>Grace Hopper, Rosewood Lane 8829917</h1>
  <form data-parley-tag="checkout">
    <input name="email" value="grace.hopper@navy.example" data-parley-tag="grace.hopper@navy.example">
    <input name="card" value="4111111111111111">
    <input type="password" value="hunter2">
    <input type="date" value="1906-12-09">
    <textarea>a-note-to-the-doctor</textarea>
    <select><option selected>Rosewood Lane</option></select>
  </form>
  <p contenteditable>a-note-to-the-doctor</p>`;

describe('a page full of personal data', () => {
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());

  it('keeps it: what leaves is what the visitor says, and what the page is about', async (t) => {
    const braze = await serveEmulator({
      port: 0,
      workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions: ['users.track'] }] }],
    });
    const pages = await servePage();
    const relay = await serveRelay({
      settings: {
        organization: 'BrandExample',
        environments: { sandbox: { endpoint: braze.url } },
        sites: { brand: { sandbox: [pages.url], tags: { data_layer: ['page.category', 'page.owner'] } } },
      },
      env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
      flows: [{ source: 'welcome.json', json: FLOW }],
      assets: 'dist',
      port: 0,
      hostname: 'localhost',
      store: createSqliteStore({ file: ':memory:', clock: Date.now }),
      log: () => undefined,
    });
    const visitor = await Visitor.arrive(browser);
    /** Addresses, headers and bodies of all that goes to the relay. */
    const sent: string[] = [];
    const reading: Promise<void>[] = [];
    visitor.page.on('request', (request) => {
      if (!request.url().startsWith(relay.url)) return;
      const read = request.fetchPostData().then((body = '') => {
        sent.push(`${request.url()}\n${JSON.stringify(request.headers())}\n${body}`);
      });
      reading.push(read);
    });
    try {
      pages.setBody(
        `${BODY}<script async src="${relay.url}/parley.js" data-flow="welcome" data-name="Tarn &amp; Tor"></script>`,
      );
      await visitor.visit(
        `${pages.url}/account/grace.hopper%40navy.example/8829917?email=hopper@navy.example&utm_source=letter&utm_term=grace.hopper@navy.example#sk_live_51H8abcdEFGH`,
      );
      await (await visitor.find('parley-launcher >>> button')).click();
      await visitor.answer('first_name', 'Ada');
      await visitor.hears('Thank you, Ada.');
      await braze.emulator.until(({ profiles }) => profiles().length > 0);
      const [profile] = braze.emulator.profiles();
      assert.deepEqual(profile?.custom_attributes['page_tags'], ['checkout', 'profile', 'person', 'account']);
      assert.partialDeepStrictEqual(profile.events[0]?.properties, { page: '/account/:id/:id' });
      await Promise.all(reading);
      assert.ok(sent.some((each) => each.includes('/v1/submissions')));
      const all = [...sent, JSON.stringify(braze.emulator.journal())].map((text) => decodeAll(text));
      for (const secret of SECRETS) {
        for (const text of all) assert.ok(!text.includes(secret), `${secret} in ${text}`);
      }
      const bytes = sent.reduce((sum, each) => sum + Buffer.byteLength(each), 0);
      t.diagnostic(
        `${sent.length} requests of ${bytes} bytes: ${sent.map((each) => each.split('\n')[0]).join(' ')}`,
      );
      t.diagnostic(
        sent
          .find((each) => each.includes('/v1/submissions'))
          ?.split('\n')
          .at(-1) ?? '',
      );
    } finally {
      await visitor.leave();
      await relay.close();
      await pages.close();
      await braze.close();
    }
  });
});

/** As it is, and as it reads once percent-encoding is taken off. */
function decodeAll(text: string): string {
  try {
    return `${text} ${decodeURIComponent(text)}`;
  } catch {
    return text;
  }
}
