/** A page that is full of personal data: nothing of it leaves the browser but what the visitor says to the chat. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import type { Visitor } from './visitor.ts';

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
  'aGVsbG93b3JsZA',
  '8829917',
  // By nothing but the settings does it stay where it is: it looks like any word.
  'Hopper',
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
    document.title = 'Grace Hopper';
    document.cookie = 'session=sk_live_51H8abcdEFGH; path=/';
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

const SITE = {
  tags: { data_layer: ['page.category', 'page.owner'] },
  page: { query: ['size'] },
  events: {
    started: 'chat_started',
    completed: 'chat_completed',
    handed_off: 'chat_handed_off',
    abandoned: 'chat_abandoned',
    page: 'chat_page_viewed',
  },
  abandoned_after: 1,
};

describe('a page full of personal data', () => {
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: [FLOW], site: SITE }),
    (scene) => ({ brand, visitor } = scene),
  );

  it('keeps it: what leaves is what the visitor says, and what the page is about', async (t) => {
    /** All that goes to the relay. Ports of one host share their cookies, so the page's could go there, too. */
    const sent: { request: string; headers: string; body: string }[] = [];
    const reading: Promise<void>[] = [];
    // With what the browser itself adds: the page's own view of a request has no cookie in it.
    const network = await visitor.page.createCDPSession();
    await network.send('Network.enable');
    const urls = new Map<string, string>();
    const withCookie = new Map<string, boolean>();
    network.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, request.url));
    network.on('Network.requestWillBeSentExtraInfo', ({ requestId, headers }) =>
      withCookie.set(requestId, /"cookie":/i.test(JSON.stringify(headers))),
    );
    visitor.page.on('request', (request) => {
      if (!request.url().startsWith(brand.relayUrl)) return;
      const read = request.fetchPostData().then((body = '') => {
        const path = request.url().slice(brand.relayUrl.length);
        sent.push({
          request: `${request.method()} ${path}`,
          headers: JSON.stringify(request.headers()),
          body,
        });
      });
      reading.push(read);
    });
    brand.setBody(`${BODY}${brand.scriptTag()}`);
    await visitor.visit(
      `${brand.url}/account/grace.hopper%40navy.example/8829917/sk_live_51H8abcdEFGH/aGVsbG93b3JsZA?size=42&name=Hopper&email=hopper@navy.example&utm_source=letter&utm_term=grace.hopper@navy.example#sk_live_51H8abcdEFGH`,
    );
    await visitor.openChat('Your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Thank you, Ada.');
    const told = await brand.emulator.until(({ profiles }) => {
      const events = profiles().flatMap((profile) => profile.events);
      return events.length >= 4 && events;
    });
    const [profile] = brand.emulator.profiles();
    assert.deepEqual(profile?.custom_attributes['page_tags'], ['checkout', 'profile', 'person', 'account']);
    assert.deepEqual(told.map(({ name, properties }) => `${name} ${String(properties['page'])}`).sort(), [
      'chat_completed /account/:id/:id/:id/:id',
      'chat_named /account/:id/:id/:id/:id',
      'chat_page_viewed /account/:id/:id/:id/:id',
      'chat_started /account/:id/:id/:id/:id',
    ]);
    await Promise.all(reading);
    const submitted = sent.find(
      ({ request, body }) => request.endsWith('/v1/submissions') && body.includes('"Ada"'),
    );
    assert.ok(submitted, 'the bodies are not looked into');
    assert.ok(submitted.body.includes('"query":{"size":"42"}'), submitted.body);
    const all = [
      JSON.stringify(sent),
      ...sent.map(({ body }) => body),
      JSON.stringify(brand.emulator.journal()),
    ];
    for (const secret of SECRETS) {
      for (const text of all.map(decodeAll)) assert.ok(!text.includes(secret), `${secret} in ${text}`);
    }
    // A page that has it sends it to its own server, so it would be seen.
    await visitor.reload();
    const pathsWith = (origin: string, isWith: boolean) =>
      [...withCookie]
        .filter(([id, has]) => has === isWith && urls.get(id)?.startsWith(origin))
        .map(([id]) => new URL(urls.get(id) ?? '').pathname);
    assert.ok(pathsWith(brand.url, true).some((path) => path.startsWith('/account/')));
    assert.deepEqual(pathsWith(brand.relayUrl, true), []);
    assert.ok(pathsWith(brand.relayUrl, false).includes('/parley.js'));
    assert.ok(pathsWith(brand.relayUrl, false).includes('/v1/submissions'));
    for (const { request, body } of sent) t.diagnostic(`${request} ${body}`);
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
