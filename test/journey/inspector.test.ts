import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { startDemo, type Demo } from '../../demo/demo.ts';
import { openBrowser, Visitor } from './visitor.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

describe('the emulator’s inspector', () => {
  let browser: Browser;
  let demo: Demo;

  before(async () => {
    browser = await openBrowser();
    demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined);
  });
  after(async () => {
    await browser.close();
    await demo.close();
  });

  it('shows a profile and its event as they arrive, and runs nothing of what they say', async () => {
    const marketer = await Visitor.arrive(browser);
    await marketer.page.setBypassCSP(true);
    await marketer.visit(`${demo.brazeUrl}/`);
    const visitor = await Visitor.arrive(browser);
    await visitor.visit(`${demo.pagesUrl}/`);
    await visitor.openChat();
    await visitor.answerAll([
      ['first_name', 'Ada'],
      ['last_name', '<img src=x onerror=alert(1)>'],
      ['email', 'ada@example.com'],
      ['date_of_birth', '1815-12-10'],
      ['city', 'Keswick'],
    ]);
    await visitor.hears('Thank you, Ada.');
    await visitor.leave();
    let wasAlerted = false;
    marketer.page.on('dialog', (dialog) => {
      wasAlerted = true;
      void dialog.dismiss();
    });
    for (const words of ['<img src=x onerror=alert(1)>', 'ada@example.com', 'chat_profile_completed']) {
      await marketer.reads(words);
    }
    await marketer.page.addScriptTag({ path: AXE });
    const found = await marketer.page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run: () => Promise<{ violations: { id: string }[] }> } };
      return (await axe.run()).violations.map(({ id }) => id);
    });
    assert.deepEqual(found, []);
    assert.equal(wasAlerted, false);
    await marketer.leave();
  });
});
