/** `npm run screenshots`: the pictures in `docs/screenshots/`, of the demo as a visitor meets it, and of the examples of `docs/flows.md`. */
import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'puppeteer-core';
import { startDemo, type Demo } from '../demo/demo.ts';
import { shootFlows } from './flow-pictures.ts';
import { ANSWERS, openBrowser, Visitor } from './journey/visitor.ts';

const FOLDER = 'docs/screenshots';

const SCREENS = [
  { name: 'desktop', width: 1280, height: 800, isPhone: false },
  { name: 'phone', width: 390, height: 844, isPhone: true },
] as const;

/** WebP at this quality is a quarter of PNG, and nobody sees the difference. */
async function shootPage(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${FOLDER}/${name}.webp`, quality: 85 });
}

type Shoot = (name: string) => Promise<void>;

async function shootConversation(visitor: Visitor, shoot: Shoot): Promise<void> {
  await visitor.openChat();
  await visitor.answerAll(ANSWERS.slice(0, 2));
  await visitor.hears('Your email address');
  await shoot('question');
  await visitor.answerAll(ANSWERS.slice(2));
  await visitor.hears('Go well');
  await shoot('end');
}

async function shootLandingPage(browser: Browser, demo: Demo): Promise<void> {
  for (const { name, width, height, isPhone } of SCREENS) {
    for (const scheme of ['light', 'dark']) {
      const visitor = await Visitor.arrive(browser);
      const { page } = visitor;
      await page.setViewport({ width, height, isMobile: isPhone, hasTouch: isPhone });
      // Still pictures: nothing is caught while it moves.
      await page.emulateMediaFeatures([
        { name: 'prefers-color-scheme', value: scheme },
        { name: 'prefers-reduced-motion', value: 'reduce' },
      ]);
      const shoot: Shoot = async (what) => {
        await shootPage(page, `${name}-${scheme}-${what}`);
      };
      await visitor.visit(`${demo.pagesUrl}/`);
      await page.waitForSelector('parley-launcher >>> button', { visible: true });
      await shoot('page');
      await shootConversation(visitor, shoot);
      await visitor.leave();
    }
  }
}

async function shootInspector(browser: Browser, demo: Demo): Promise<void> {
  const visitor = await Visitor.arrive(browser);
  await visitor.page.setViewport({ width: 1280, height: 800 });
  await visitor.visit(`${demo.brazeUrl}/`);
  await visitor.reads('chat_profile_completed');
  await shootPage(visitor.page, 'emulator');
  await visitor.leave();
}

await mkdir(FOLDER, { recursive: true });
const browser = await openBrowser();
const demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined);
try {
  await shootLandingPage(browser, demo);
  await shootInspector(browser, demo);
  await shootFlows(browser);
  console.log(`The pictures are in ${FOLDER}/`);
} finally {
  await browser.close();
  await demo.close();
}
