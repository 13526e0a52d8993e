/** `npm run screenshots`: the pictures in `docs/screenshots/`, of the demo as a visitor meets it, of its brands, of the showcase, of the examples of `docs/flows.md`, and of where people leave. */
import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'puppeteer-core';
import { startDemo, type Demo } from '../demo/demo.ts';
import { shootBrands } from './brand-pictures.ts';
import { shootFlows } from './flow-pictures.ts';
import { ANSWERS, openWholeBrowser, Visitor } from './journey/visitor.ts';
import { shootPlaces } from './places-pictures.ts';
import { shootShowcase } from './showcase-pictures.ts';

const FOLDER = 'docs/screenshots';

const SCREENS = [
  { name: 'desktop', width: 1280, height: 800, isPhone: false },
  { name: 'phone', width: 390, height: 844, isPhone: true },
] as const;

/** WebP at this quality is a quarter of PNG, and nobody sees the difference. @param selector of one element; else what is seen */
async function shootPage(page: Page, name: string, selector?: string): Promise<void> {
  const shown = selector === undefined ? page : await page.$(selector);
  await shown?.screenshot({ path: `${FOLDER}/${name}.webp`, quality: 85 });
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

/** The last visitor, as a marketer sees them: with loyalty data from elsewhere, and in the Canvas that welcomes them. */
async function shootInspector(browser: Browser, demo: Demo): Promise<void> {
  const key = 'key-of-the-pictures';
  demo.emulator.addKey({ key, permissions: ['users.track', 'canvas.trigger.send'] });
  const { canvases } = demo.emulator.settings();
  const welcome = { id: 'welcome-to-the-fells', name: 'Welcome to the fells' };
  demo.emulator.setSettings({ canvases: [...canvases, welcome] });
  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(demo.brazeUrl + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const person = await demo.emulator.until(({ profiles }) =>
    profiles().findLast(({ events }) => events.some(({ name }) => name === 'chat_profile_completed')),
  );
  const identifier = { braze_id: person.braze_id };
  await post('/users/track', {
    attributes: [
      {
        ...identifier,
        interests: ['fell walking', 'wild swimming'],
        loyalty: { tier: 'gold', points: 1250 },
      },
    ],
  });
  const [user_alias] = person.user_aliases;
  await post('/canvas/trigger/send', {
    canvas_id: 'welcome-to-the-fells',
    recipients: [{ user_alias, context: { offer: 'guided walk', discount: 15 } }],
  });
  const visitor = await Visitor.arrive(browser);
  const { page } = visitor;
  for (const [name, scheme, width, height] of [
    ['emulator', 'light', 1280, 1000],
    ['emulator-dark', 'dark', 1280, 1000],
    ['emulator-phone', 'light', 390, 844],
  ] as const) {
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: scheme },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);
    await visitor.visit('about:blank');
    await visitor.visit(`${demo.brazeUrl}/#people/${person.braze_id}`);
    await visitor.reads('guided walk');
    await shootPage(page, name);
  }
  demo.emulator.setFault({ kind: 'status', status: 429, times: 3 });
  await page.setViewport({ width: 1280, height: 1000 });
  await visitor.visit('about:blank');
  await visitor.visit(`${demo.brazeUrl}/#faults`);
  await visitor.reads('Fault: requests are answered with 429');
  await shootPage(page, 'emulator-faults');
  await visitor.leave();
}

await mkdir(FOLDER, { recursive: true });
const browser = await openWholeBrowser();
const demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined, { abandonedAfter: 1 });
try {
  await shootLandingPage(browser, demo);
  await shootInspector(browser, demo);
  await shootShowcase(browser, demo, shootPage);
  await shootFlows(browser);
  await shootBrands(browser, demo, FOLDER, shootPage);
  await shootPlaces(browser, shootPage);
  console.log(`The pictures are in ${FOLDER}/`);
} finally {
  await browser.close();
  await demo.close();
}
