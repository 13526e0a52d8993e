/** A page that allows the widget no more than docs/embedding.md says it needs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import { EVERY_QUESTION, goThrough } from './every-question.ts';
import type { Visitor } from './visitor.ts';

const PICTURE = {
  id: 'picture',
  start: 'look',
  nodes: {
    look: {
      type: 'message',
      bubbles: [{ image: '/boot.svg', alt: 'A boot', width: 280, height: 230 }, { text: 'Nice, or not?' }],
      next: 'done',
    },
    done: { type: 'end', text: 'Go well.' },
  },
} as const;

/** As docs/embedding.md has it. */
const policyFor = (relay: string, images = relay) =>
  [
    "default-src 'none'",
    "script-src 'nonce-once' 'strict-dynamic'",
    `connect-src ${relay}`,
    `img-src ${images}`,
    "require-trusted-types-for 'script'",
    'trusted-types lit-html',
  ].join('; ');

describe('on a page with a strict content security policy and enforced Trusted Types', () => {
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: [EVERY_QUESTION, PICTURE] }),
    (scene) => ({ brand, visitor } = scene),
  );

  /** What the page was told of, from before its first script on, and what the browser has written into its console. */
  const watch = async (hear?: () => void) => {
    const violations: string[] = [];
    const written: string[] = [];
    visitor.page.on('console', (message) => {
      if (/Security Policy|TrustedHTML|TrustedScript|Trusted Type/i.test(message.text()))
        written.push(message.text());
    });
    visitor.page.on('pageerror', (error) => written.push(String(error)));
    await visitor.page.exposeFunction('noteViolation', (violation: string) => {
      violations.push(violation);
      hear?.();
    });
    await visitor.page.evaluateOnNewDocument(() => {
      const { noteViolation } = window as unknown as { noteViolation: (violation: string) => void };
      const note = (directive: string, blocked: string | null) =>
        noteViolation(`${directive} ${blocked ?? ''}`);
      addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
        note(effectiveDirective, blockedURI),
      );
      new ReportingObserver(
        (reports) => {
          for (const { body } of reports) {
            const { effectiveDirective, blockedURL } = body as unknown as Record<string, string>;
            note(effectiveDirective ?? '', blockedURL ?? '');
          }
        },
        { types: ['csp-violation'], buffered: true },
      ).observe();
    });
    return { violations, written };
  };

  /** The browser itself asks for a page's icon: of a host that it may ask. */
  const icon = () => `<link rel="icon" href="${brand.relayUrl}/favicon.ico">`;

  const visit = async (body: string, policy = policyFor(brand.relayUrl)) => {
    brand.setBody(icon() + body, policy);
    await visitor.visit(`${brand.url}/`);
  };

  const tag = (attributes: string) => brand.scriptTag(`nonce="once" ${attributes}`);

  it('violates nothing in a whole conversation in the corner', async () => {
    const told = await watch();
    await visit(tag('data-flow="every" data-name="Tarn &amp; Tor"'));
    await visitor.openChat('Hello, you.');
    await goThrough(visitor);
    assert.deepEqual(told, { violations: [], written: [] });
  });

  it('violates nothing in a whole conversation in the page', async () => {
    const told = await watch();
    await visit(`<parley-chat flow="every" relay="${brand.relayUrl}"></parley-chat>${tag('')}`);
    await visitor.hears('Hello, you.');
    await goThrough(visitor);
    assert.deepEqual(told, { violations: [], written: [] });
  });

  const SETTINGS: readonly (readonly [
    name: string,
    attributes: string,
    isReached: () => Promise<unknown>,
  ])[] = [
    ['opens by itself', 'data-open', () => visitor.hears('Hello, you.')],
    [
      'is fetched when the browser is idle',
      'data-preload="idle"',
      () => visitor.page.waitForFunction(() => customElements.get('parley-chat')),
    ],
    ['is opened by a trigger', 'data-trigger="delay 0"', () => visitor.hears('Hello, you.')],
    [
      'shows a teaser and a badge',
      'data-teaser="May we help?" data-teaser-trigger="delay 0" data-badge="2"',
      () => visitor.reads('May we help?'),
    ],
    [
      'has other words, another side and another look',
      `data-open data-locale="ja" data-theme="dark" data-position="start" data-words='{"send":"Off"}'`,
      () => visitor.hears('Hello, you.'),
    ],
    ['tells the data layer', 'data-open data-data-layer data-values', () => visitor.hears('Hello, you.')],
    [
      'asks whether anything may be kept',
      'data-open data-consent="required"',
      () => visitor.hears('Hello, you.'),
    ],
  ];
  for (const [name, attributes, isReached] of SETTINGS) {
    it(`violates nothing where it ${name}`, async () => {
      const told = await watch();
      await visit(tag(`data-flow="every" ${attributes}`));
      await isReached();
      assert.deepEqual(told, { violations: [], written: [] });
    });
  }

  it('violates nothing where an old loader fetches its successor', async () => {
    const told = await watch();
    await visitor.page.setRequestInterception(true);
    visitor.page.on('request', (request) => {
      const { pathname, search, origin } = new URL(request.url());
      if (pathname !== '/parley.js' || search !== '') return void request.continue();
      void fetch(`${origin}${pathname}`)
        .then((response) => response.text())
        .then((loader) =>
          request.respond({
            contentType: 'text/javascript',
            headers: { 'access-control-allow-origin': '*' },
            body: loader.replace(/parley-chat-[\w-]+\.js/, 'parley-chat-gone.js'),
          }),
        );
    });
    await visit(tag('data-flow="every"'));
    await visitor.openChat('Hello, you.');
    assert.deepEqual(told, { violations: [], written: [] });
  });

  it('violates nothing where the page has a Lit of its own, and its policy allows for that', async () => {
    const told = await watch();
    await visit(
      `<script nonce="once">trustedTypes.createPolicy('lit-html', { createHTML: (text) => text });</script>${tag('data-flow="every"')}`,
      `${policyFor(brand.relayUrl)} 'allow-duplicates'`,
    );
    await visitor.openChat('Hello, you.');
    assert.deepEqual(told, { violations: [], written: [] });
  });

  it('shows no picture of a host that the policy does not name, and goes on', async () => {
    let tell: () => void = () => undefined;
    const isTold = new Promise<void>((resolve) => (tell = resolve));
    const { violations } = await watch(tell);
    await visit(tag('data-flow="picture" data-open'));
    await visitor.hears('Nice, or not?');
    await isTold;
    assert.deepEqual([...new Set(violations)], [`img-src ${brand.url}/boot.svg`]);
  });

  it('shows the pictures of a host that it names', async () => {
    const told = await watch();
    await visit(tag('data-flow="picture" data-open'), policyFor(brand.relayUrl, `${brand.relayUrl} 'self'`));
    await visitor.hears('Nice, or not?');
    assert.deepEqual(told, { violations: [], written: [] });
  });
});
