import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { servePage, type PageServer } from '../journey/page-server.ts';
import { openBrowser, Visitor } from '../journey/visitor.ts';
import { SANDBOX_KEY, SESSION_SECRET } from '../server/relay-fixture.ts';

/** A rating is among what only some flows fetch. */
const FLOW = {
  id: 'visit',
  locale: 'en',
  start: 'hello',
  nodes: {
    hello: { type: 'message', text: 'Hello', next: 'visit' },
    visit: { type: 'ask', field: 'visit', input: 'rating', text: 'How was it?', next: 'bye' },
    bye: { type: 'end', text: 'Thank you' },
  },
};

describe('the built widget', () => {
  let browser: Browser;
  let brand: PageServer;
  let relay: RunningRelay;
  let visitor: Visitor;

  before(async () => {
    browser = await openBrowser();
    brand = await servePage();
    relay = await serveRelay({
      settings: {
        organization: 'BrandExample',
        environments: { sandbox: { endpoint: 'https://rest.iad-01.braze.com' } },
        sites: { brand: { sandbox: [brand.url] } },
      },
      env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
      flows: [{ source: 'visit.json', json: FLOW }],
      assets: 'dist',
      store: createSqliteStore({ file: ':memory:', clock: Date.now }),
      port: 0,
      hostname: 'localhost',
      log: () => undefined,
    });
    brand.setBody(`<parley-chat flow="visit" relay="${relay.url}"></parley-chat>
      <script async crossorigin="anonymous" src="${relay.url}/parley.js"></script>`);
  });
  after(async () => {
    await browser.close();
    await relay.close();
    await brand.close();
  });
  beforeEach(async () => {
    visitor = await Visitor.arrive(browser);
  });
  afterEach(() => visitor.leave());

  it('fetches again what could not be had, when the visitor tries again', async () => {
    const { page } = visitor;
    let isDown = true;
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      void (isDown && request.url().includes('further') ? request.abort() : request.continue());
    });
    await visitor.visit(brand.url);
    const retry = await visitor.find('parley-chat >>> .notice button');
    isDown = false;
    await retry.click();
    await visitor.hears('How was it?');
  });

  it('shows who says what, and what is chosen, in the colours that the visitor has forced', async () => {
    const { page } = visitor;
    await page.emulateMediaFeatures([{ name: 'forced-colors', value: 'active' }]);
    await visitor.visit(brand.url);
    await visitor.hears('How was it?');
    await (await visitor.find('parley-chat >>> button.pill')).click();
    await visitor.hears('Thank you');
    await (await visitor.find('parley-chat >>> button[aria-label^="Change"]')).click();
    await visitor.find('parley-chat >>> [aria-pressed=true]');
    const borderOf = (selector: string) =>
      page.$eval(`parley-chat >>> ${selector}`, (element) => getComputedStyle(element).borderTopWidth);
    assert.equal(await borderOf('.brand .words'), '1px');
    assert.equal(await borderOf('.visitor .words'), '1px');
    assert.equal(await borderOf('[aria-pressed=true]'), '3px');
    assert.equal(await borderOf('[aria-pressed=false]'), '1px');
  });
});
