/** The showcase in a real browser: waits for its figures, and does what those want that do not begin in their state. */
import type { Frame, Page } from 'puppeteer-core';
import type { Visitor } from './visitor.ts';

const partOf = (figure: string, selector: string): string => `#${figure} parley-chat >>> ${selector}`;

/** Types into the figure's field, and sends that by Enter. */
async function write(page: Page, figure: string, field: string, typed: string): Promise<void> {
  await press(page, partOf(figure, `input[name="${field}"]`), 3);
  await page.keyboard.type(typed);
  await page.keyboard.press('Enter');
}

async function press(page: Page, selector: string, count = 1): Promise<void> {
  const element = await page.waitForSelector(selector, { visible: true });
  await element?.scrollIntoView();
  await element?.click({ count });
}

const option = (figure: string): string => partOf(figure, '[part~="option"]');

/** By id of the figure; each does what its caption says. */
const DOINGS: Readonly<Record<string, (visitor: Visitor, figure: string) => Promise<void>>> = {
  'state-offline': async ({ page }, figure) => {
    await write(page, figure, 'first_name', 'Ada');
  },
  'state-refused': async ({ page }, figure) => {
    await write(page, figure, 'email', 'ada at example');
    await page.waitForSelector(partOf(figure, '[role=alert] span'), { visible: true });
  },
  'state-corrected': async ({ page }, figure) => {
    await write(page, figure, 'first_name', 'Ada');
    await press(page, option(figure));
    await press(page, partOf(figure, 'button[aria-label^="Change"]'));
    await write(page, figure, 'first_name', 'Grace');
    await page.waitForSelector(partOf(figure, 'input[name="email"]'), { visible: true });
  },
  'state-keep': async ({ page }, figure) => {
    await write(page, figure, 'first_name', 'Ada');
    await press(page, partOf(figure, 'button[aria-label^="Change"]'));
    await page.waitForSelector(partOf(figure, 'button.quiet:not([aria-label])'), { visible: true });
  },
  'state-over': async ({ page }, figure) => {
    await write(page, figure, 'first_name', 'Ada');
    await press(page, option(figure));
    await write(page, figure, 'email', 'ada@example.com');
    await page.waitForSelector(partOf(figure, '.over button'), { visible: true });
  },
  'theme-light': async ({ page }, figure) => {
    await write(page, figure, 'first_name', 'Ada');
    await page.waitForSelector(option(figure), { visible: true });
  },
};

/** The last thing to be done: it is closed when the focus goes elsewhere. */
export async function openMenu(visitor: Visitor): Promise<void> {
  const button = await visitor.find('#state-menu parley-chat >>> .more');
  await button.click();
  await visitor.find('#state-menu parley-chat >>> .menu button');
}

/** @param query such as `only=state-queued&dir=rtl` */
export async function visitShowcase(visitor: Visitor, pagesUrl: string, query = ''): Promise<void> {
  const { page } = visitor;
  await visitor.visit(`${pagesUrl}/showcase.html?${query}`);
  await page.bringToFront();
  for (const frame of framesOf(page)) {
    await frame.waitForFunction(() => document.querySelector('parley-launcher') !== null);
  }
  for (const frame of [page.mainFrame(), ...framesOf(page)]) await stands(frame);
}

/** The pages within the figures. */
export const framesOf = (page: Page): readonly Frame[] => page.mainFrame().childFrames();

/** Waits until something is said in each chat, or is about to be. */
async function stands(frame: Frame): Promise<void> {
  await frame.waitForFunction(() =>
    [...document.querySelectorAll('parley-chat')].every(({ shadowRoot }) =>
      shadowRoot?.querySelector('.transcript :is(li, .writing), .notice'),
    ),
  );
}

/** Does what the figures of the page want. */
export async function doAll(visitor: Visitor): Promise<void> {
  for (const [figure, act] of Object.entries(DOINGS)) {
    if (await visitor.page.$(`#${figure}`)) await act(visitor, figure);
  }
}

/** Switches the network off, or on again, and waits until the chat of `state-offline` says so. */
export async function goOffline({ page }: Visitor, isOffline: boolean): Promise<void> {
  await page.setOfflineMode(isOffline);
  await page.waitForFunction(
    (wanted) => {
      const note = document
        .querySelector('#state-offline parley-chat')
        ?.shadowRoot?.querySelector('.waiting');
      return Boolean(note?.textContent.trim()) === wanted;
    },
    {},
    isOffline,
  );
}
