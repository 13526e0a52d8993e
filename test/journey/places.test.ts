/** Where people leave, from a visitor's browser to the page on which a marketer sees it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Browser, Page } from 'puppeteer-core';
import { violations } from './axe.ts';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import { Visitor } from './visitor.ts';

const FLOW = {
  id: 'welcome',
  locale: 'en',
  start: 'hello',
  nodes: {
    hello: { type: 'message', text: 'Hello there', next: 'name' },
    name: {
      type: 'ask',
      field: 'first_name',
      input: 'text',
      min_length: 2,
      text: 'Your name?',
      next: 'email',
    },
    email: { type: 'ask', field: 'email', input: 'email', text: 'Your address?', next: 'save' },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { first_name: '{{answers.first_name}}', email: '{{answers.email}}' },
      on: { success: 'thanks', error: 'sorry' },
    },
    sorry: { type: 'message', text: 'Sorry', next: 'again' },
    again: {
      type: 'branch',
      cases: [{ when: { '==': [{ var: 'answers.first_name' }, 'Bob'] }, next: 'name' }],
      else: 'thanks',
    },
    thanks: { type: 'end', text: 'Goodbye' },
  },
};

describe('where people leave', () => {
  let browser: Browser;
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () =>
      openBrand({
        flows: [FLOW],
        site: { counts: true, events: { abandoned: 'chat_abandoned' }, abandoned_after: 1 },
      }),
    (scene) => ({ browser, brand, visitor } = scene),
  );

  /** A visitor who gives their name, and leaves at the next question once the relay knows of them. */
  const leaveAtSecond = async () => {
    await visitor.visit(`${brand.url}/boots`);
    await visitor.openChat('Hello there');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Your address?');
    await brand.logged(({ event, route }) => event === 'request' && route === '/v1/submissions');
    await leave();
  };
  const leave = async () => {
    await visitor.visit('about:blank');
    await brand.emulator.until(({ profiles }) =>
      profiles().some(({ events }) => events.some(({ name }) => name === 'chat_abandoned')),
    );
  };

  /** The cells of the page's table, row by row. */
  const rowsOn = (page: Page) =>
    page.$$eval('tbody tr', (rows) =>
      rows.map((row) => [...row.children].map(({ textContent }) => textContent.replace(/\s+/g, ' ').trim())),
    );

  it('is seen on the operator’s page when they have gone', async () => {
    await visitor.visit(`${brand.url}/boots`);
    await visitor.openChat('Hello there');
    await visitor.answer('first_name', 'A');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Your address?');
    await visitor.answer('email', 'nowhere');
    await visitor.find('parley-chat >>> [aria-invalid="true"]');
    await brand.logged(({ event, route }) => event === 'request' && route === '/v1/submissions');
    await leave();
    // Another one goes to the end.
    const other = await Visitor.arrive(browser);
    await other.visit(`${brand.url}/boots`);
    await other.openChat('Hello there');
    await other.answer('first_name', 'Bob');
    await other.answer('email', 'bob@example.com');
    await other.hears('Goodbye');
    await brand.logged(
      ({ event, submission }) => event === 'submission_settled' && String(submission).endsWith('.completed'),
    );
    await other.leave();

    const { page } = visitor;
    await visitor.visit(`${brand.operatorUrl}/flows`);
    await page.click('a[href="/flows/welcome"]');
    await page.waitForSelector('svg.flow', { visible: true });
    await page.click('summary');
    assert.deepEqual(await rowsOn(page), [
      ['hello Message', '2', '', '', '', '', 'name 2'],
      ['name Question', '2', '2', '1', '0', '0 %', 'email 2'],
      ['email Question, where most leave', '2', '1', '1', '1', '50 %', 'save 1'],
      ['save Action', '1', '', '', '', '', 'thanks 1, sorry 0'],
      ['thanks End', '1', '', '', '', '', ''],
      ['sorry Message', '0', '', '', '', '', 'again 0'],
      ['again Branch', '0', '', '', '', '', 'name 0, thanks 0'],
    ]);
  });

  for (const width of [1280, 320]) {
    it(`is on pages that are clean for axe and no wider than they are shown, ${width} px, by day and by night`, async () => {
      await leaveAtSecond();
      const { page } = visitor;
      await page.setViewport({ width, height: 800 });
      for (const scheme of ['light', 'dark']) {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
        for (const path of ['/flows', '/flows/welcome', '/flows/none']) {
          await visitor.visit(`${brand.operatorUrl}${path}`);
          if (path === '/flows/welcome') await page.click('summary');
          assert.deepEqual([path, scheme, await violations(page)], [path, scheme, []]);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= width, `${path} is ${wide} px wide`);
        }
      }
      // What is read of the picture by who cannot see it.
      await visitor.visit(`${brand.operatorUrl}/flows/welcome`);
      const picture = await page.accessibility.snapshot({ interestingOnly: true });
      const named = JSON.stringify(picture);
      assert.match(named, /The flow welcome and where people leave it/);
    });
  }

  it('shows the worst place where the page says which it is', async () => {
    await leaveAtSecond();
    const { page } = visitor;
    await page.setViewport({ width: 390, height: 500 });
    await visitor.visit(`${brand.operatorUrl}/flows/welcome`);
    await page.click('a[href="#worst"]');
    const place = await page.$eval('#worst', (card) => {
      const { top, bottom } = card.getBoundingClientRect();
      return { isSeen: top < innerHeight && bottom > 0, words: card.textContent.replace(/\s+/g, ' ') };
    });
    assert.equal(place.isSeen, true);
    assert.match(place.words, /email.*1 left here · 100 %.*Most leave here/);
  });
});
