/** The pictures in `docs/where-people-leave.md`: the page of a thousand simulated conversations. */
import type { Browser, Page } from 'puppeteer-core';
import { serveCounted, simulateThousand } from './places/simulation.ts';
import { FLOW } from './places/visitors.ts';

/** As the test has it (`test/places/thousand.test.ts`): the numbers on the picture are those that were checked. */
const SEED = 1;

const PICTURES = [
  { name: 'where-people-leave', scheme: 'light', width: 1280, height: undefined },
  { name: 'where-people-leave-dark', scheme: 'dark', width: 1280, height: undefined },
  { name: 'where-people-leave-phone', scheme: 'light', width: 390, height: 844 },
] as const;

/** @param shoot makes a picture of what is seen */
export async function shootPlaces(
  browser: Browser,
  shoot: (page: Page, name: string) => Promise<void>,
): Promise<void> {
  const { store } = await simulateThousand(SEED);
  const relay = await serveCounted(store, 'demo');
  const page = await browser.newPage();
  try {
    for (const { name, scheme, width, height } of PICTURES) {
      await page.setViewport({ width, height: height ?? 900 });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      await page.goto(`${relay.operatorUrl ?? ''}/flows/${FLOW.id}`);
      const bottom = await page.$eval('figcaption', (caption) => caption.getBoundingClientRect().bottom);
      // On a desk all of it is seen.
      if (height === undefined) await page.setViewport({ width, height: Math.ceil(bottom) + 24 });
      await shoot(page, name);
    }
  } finally {
    await page.close();
    await relay.close();
  }
}
