/**
 * What is drawn and must not run: scripts in flow texts, in answers, in what pages say of themselves and in Braze's answers, in the widget and
 * in the emulator's inspector, in a real browser. Each script that ran would call `ran`, by whatever way it came in.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { openBrand, type Brand } from '../journey/brand.ts';
import { openBrowser, Visitor } from '../journey/visitor.ts';
import { SANDBOX_KEY } from '../server/relay-fixture.ts';

/** Markup that runs where it is taken for such. */
const SCRIPTS: readonly (readonly [name: string, text: string])[] = [
  ['a script', '<script>ran("script")</script>'],
  ['an image that fails', '<img src=x onerror=ran("img")>'],
  ['a drawing that loads', '<svg onload=ran("svg")><script>ran("svg script")</script></svg>'],
  ['a frame with a document', '<iframe srcdoc="<script>parent.ran(1)</script>"></iframe>'],
  ['a frame of a script', '<iframe src="javascript:parent.ran(2)"></iframe>'],
  [
    'a form of a script',
    '<form action="javascript:ran(3)"><button autofocus onfocus=ran(4)>x</button></form>',
  ],
  ['what ends the text it stands in', '</textarea></title></style></script><script>ran(5)</script>'],
  ['what ends the attribute it stands in', '" autofocus onfocus="ran(6)" x="\'`onmouseover=ran(7)'],
  ['a template of Lit’s', '${ran(8)} ?lit$1$ <!--?lit$2$--> {{constructor.constructor("ran(9)")()}}'],
  [
    'a marked comment',
    '<!--[if gte IE 4]><script>ran(10)</script><![endif]--><![CDATA[<script>ran(11)</script>]]>',
  ],
];

const LINKS = [
  'javascript:ran(20)',
  'JaVaScRiPt:ran(21)',
  ' javascript:ran(22)',
  'java\tscript:ran(23)',
  '\u0001javascript:ran(24)',
  'data:text/html,<script>ran(25)</script>',
  'vbscript:ran(26)',
  'blob:https://evil.example/x',
  'view-source:x',
];

/** Stands in the place of an address, so that the relay takes the flow. */
const PLACE = 'https://link.example/';

/** In the place of a text that the relay would not take. */
const WORDS = 'Words that are markup';

const flow = {
  id: 'welcome',
  locale: 'en',
  start: 'hello',
  nodes: {
    hello: { type: 'message', text: `Hello *you*. ${WORDS}`, next: 'links' },
    links: {
      type: 'message',
      text: LINKS.map((_, at) => `[link ${at}](${PLACE}${at})`).join('\n'),
      next: 'evil',
    },
    evil: { type: 'ask', field: 'evil', input: 'text', text: `Evil? ${WORDS}`, next: 'repeated' },
    repeated: {
      type: 'message',
      text: `**You said** {{answers.evil}}. [the answer](${PLACE}answer) [in a path](/{{answers.evil}})`,
      next: 'save',
    },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { first_name: '{{answers.evil}}', page_tags: { add: '{{page.tags}}' } },
      events: [{ name: 'chat_evil', properties: { page: '{{page.path}}', said: '{{answers.evil}}' } }],
      on: { success: 'thanks', error: 'sorry' },
    },
    thanks: { type: 'end', text: 'Thanks' },
    sorry: { type: 'end', text: 'Sorry' },
  },
};

/** The flow as somebody would have it who has got hold of the relay: the relay itself refuses to load it. */
async function poison({ page }: Visitor): Promise<void> {
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    if (!request.url().includes('/v1/flows/')) return void request.continue();
    const answer = async () => {
      const response = await fetch(request.url(), { headers: { origin: request.headers()['origin'] ?? '' } });
      const published = JSON.parse(await response.text(), (_, value: unknown) => {
        if (typeof value !== 'string') return value;
        return LINKS.reduce(
          (text, link, at) => text.replace(`${PLACE}${at}`, link),
          value
            .replace(WORDS, SCRIPTS.map(([, text]) => text).join('\n'))
            .replace(`${PLACE}answer`, '{{answers.evil}}'),
        );
      }) as object;
      await request.respond({
        status: 200,
        headers: { 'access-control-allow-origin': '*' },
        contentType: 'application/json',
        body: JSON.stringify(published),
      });
    };
    void answer();
  });
}

/** Says what ran, and what there is of elements and addresses that nobody's words may make. */
async function watch(who: Visitor): Promise<() => Promise<readonly string[]>> {
  const ran: string[] = [];
  await who.page.exposeFunction('ran', (what: unknown) => void ran.push(`ran: ${String(what)}`));
  who.page.on('dialog', (dialog) => {
    ran.push('a dialog');
    void dialog.dismiss();
  });
  return async () => {
    const made = await who.page.evaluate(() => {
      const found: string[] = [];
      const look = (root: Document | ShadowRoot) => {
        for (const element of root.querySelectorAll('*')) {
          const { localName, shadowRoot } = element;
          // The page's own scripts are in its document.
          const isForeign =
            root instanceof ShadowRoot && ['script', 'iframe', 'object', 'embed', 'img'].includes(localName);
          if (isForeign) found.push(`<${localName}>`);
          for (const { name, value } of root instanceof ShadowRoot ? element.attributes : []) {
            if (name.startsWith('on')) found.push(`${localName} ${name}`);
            // As a browser reads an address, which passes over white space and control characters.
            const address = value.replace(/[\s\p{Cc}]/gu, '');
            const isAddress = ['href', 'src', 'action', 'formaction', 'srcdoc', 'xlink:href'].includes(name);
            if (isAddress && /^(?:javascript|data|vbscript|blob|view-source):/i.test(address))
              found.push(`${localName} ${name}=${value}`);
          }
          if (shadowRoot) look(shadowRoot);
        }
      };
      look(document);
      return found;
    });
    return [...ran, ...made];
  };
}

describe('the widget', () => {
  let browser: Browser;
  let brand: Brand;
  before(async () => {
    browser = await openBrowser();
    brand = await openBrand({
      flows: [flow],
      site: { tags: { meta: true, elements: true }, page: { title: true } },
    });
  });
  after(async () => {
    await brand.close();
    await browser.close();
  });

  /** A page whose tags are markup, and that draws none of it itself. */
  const page = (text: string) => {
    const escaped = text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
    return `<meta name="parley:tag" content="${escaped}"><p data-parley-tag="${escaped}">A page</p>`;
  };

  for (const [name, text] of SCRIPTS) {
    it(`shows ${name} in a flow, an answer and a tag as the words that it is`, async () => {
      const visitor = await Visitor.arrive(browser);
      try {
        const found = await watch(visitor);
        await poison(visitor);
        brand.setBody(page(text) + brand.scriptTag());
        await visitor.visit(
          `${brand.url}/${encodeURIComponent(text)}?utm_source=${encodeURIComponent(text)}#${encodeURIComponent(text)}`,
        );
        await visitor.openChat('Hello');
        assert.deepEqual(await found(), []);
        const input = await visitor.find('parley-chat >>> input[name="evil"]');
        // As if it were typed, which would take a second for each.
        await input.evaluate((field, typed) => {
          (field as HTMLInputElement).value = typed;
          field.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
        }, text);
        await (await visitor.find('parley-chat >>> button[type="submit"]')).click();
        await visitor.hears('Thanks');
        const said = await visitor.transcript();
        for (const [, each] of SCRIPTS)
          assert.ok(said.includes(each.split('\n')[0]?.slice(0, 12) ?? ''), each);
        assert.ok(said.includes(`You said ${text}`), said);
        assert.deepEqual(await found(), []);
        assert.ok(
          JSON.stringify(brand.emulator.journal().at(-1)?.body).includes(JSON.stringify(text).slice(1, -1)),
        );
      } finally {
        await visitor.leave();
      }
    });
  }

  it('would be seen to run what it took for markup', async () => {
    const visitor = await Visitor.arrive(browser);
    try {
      const found = await watch(visitor);
      brand.setBody('<div></div>');
      await visitor.visit(`${brand.url}/`);
      await visitor.page.evaluate(async () => {
        const root = document.querySelector('div')?.attachShadow({ mode: 'open' });
        if (root) root.innerHTML = '<img src=x onerror=ran("img")><a href=" java\tscript:ran(1)">a</a>';
        await new Promise((resolve) => root?.querySelector('img')?.addEventListener('error', resolve));
      });
      const seen = await found();
      for (const what of ['ran: img', '<img>', 'img onerror', 'a href= java\tscript:ran(1)'])
        assert.ok(seen.includes(what), JSON.stringify(seen));
    } finally {
      await visitor.leave();
    }
  });

  it('makes no link of an address that would run, in whichever way it is written', async () => {
    const visitor = await Visitor.arrive(browser);
    try {
      const found = await watch(visitor);
      await poison(visitor);
      brand.setBody(brand.scriptTag());
      await visitor.visit(`${brand.url}/`);
      await visitor.openChat('Hello');
      await visitor.answer('evil', 'javascript:ran(31)');
      await visitor.hears('Thanks');
      const links = await visitor.page.$$eval('parley-chat >>> .transcript a', (all) =>
        all.map((link) => link.href),
      );
      assert.ok(links.length > 0);
      // Only what begins with a slash of the flow's own is an address of the page.
      for (const link of links) assert.ok(link.startsWith(`${brand.url}/`), link);
      assert.deepEqual(await found(), []);
    } finally {
      await visitor.leave();
    }
  });

  it('shows none of what Braze says of a value, and runs none of it', async () => {
    const visitor = await Visitor.arrive(browser);
    try {
      const found = await watch(visitor);
      await poison(visitor);
      brand.setBody(brand.scriptTag());
      await visitor.visit(`${brand.url}/`);
      await visitor.openChat('Hello');
      brand.emulator.setFault({ kind: 'status', status: 400, path: '/users/track', times: 1 });
      await visitor.answer('evil', '<img src=x onerror=ran(32)>');
      await visitor.hears('Sorry');
      assert.deepEqual(await found(), []);
    } finally {
      await visitor.leave();
    }
  });
});

describe('the inspector', () => {
  let browser: Browser;
  let braze: EmulatorServer;
  before(async () => {
    browser = await openBrowser();
    braze = await serveEmulator({
      port: 0,
      hostname: 'localhost',
      workspaces: [{ name: 'sandbox', keys: [{ key: SANDBOX_KEY, permissions: ['users.track'] }] }],
      inspectorScript: () => readFile('build/demo/inspector.js', 'utf8'),
    });
  });
  after(async () => {
    await browser.close();
    await braze.close();
  });

  for (const [name, text] of [...SCRIPTS, ...LINKS.slice(0, 2).map((link) => [link, link] as const)]) {
    it(`shows ${name} in a profile, a request and its answer as the words that it is`, async () => {
      braze.emulator.reset();
      // In keys and values, in what Braze takes and in what it refuses by its own name.
      const alias = { alias_name: text, alias_label: text };
      await fetch(`${braze.url}/users/track?${encodeURIComponent(text)}=${encodeURIComponent(text)}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${SANDBOX_KEY}`,
          'content-type': 'application/json',
          'user-agent': Buffer.from(text).toString('latin1'),
        },
        body: JSON.stringify({
          attributes: [
            {
              user_alias: alias,
              _update_existing_only: false,
              first_name: text,
              email: text,
              home_city: text,
              [text]: text,
            },
            { external_id: 'ada', first_name: 'Ada', last_name: text, interests: [text, { [text]: text }] },
            { [text]: text },
          ],
          events: [
            { external_id: 'ada', name: text, time: '2026-03-01T11:00:00Z', properties: { [text]: text } },
          ],
          [text]: [text],
        }),
      });
      const marketer = await Visitor.arrive(browser);
      try {
        // Else the policy of the page would hide what its code lets through.
        await marketer.page.setBypassCSP(true);
        const found = await watch(marketer);
        await marketer.visit(`${braze.url}/#people`);
        await marketer.reads('Ada');
        await (await marketer.find('emulator-inspector >>> a.row')).click();
        await marketer.reads(text.slice(0, 20));
        assert.deepEqual(await found(), []);
        await marketer.visit(`${braze.url}/#requests/1`);
        await marketer.reads(text.slice(0, 20));
        assert.deepEqual(await found(), []);
        await marketer.visit(`${braze.url}/#people?search=${encodeURIComponent(text)}`);
        await marketer.reads('found');
        assert.deepEqual(await found(), []);
      } finally {
        await marketer.leave();
      }
    });
  }
});
