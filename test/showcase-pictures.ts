/** The pictures of the showcase: its chapters, and the widget in languages, at a zoom, above a keyboard, with teaser and badge. */
import type { Browser, Page } from 'puppeteer-core';
import type { Demo } from '../demo/demo.ts';
import { doAll, goOffline, openMenu, visitShowcase } from './journey/showcase.ts';
import { Visitor } from './journey/visitor.ts';

/** High enough for every chapter: pages in frames are painted only where they are in sight. */
const ALL_OF_IT = { width: 1280, height: 12_000 };

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844, isMobile: true, hasTouch: true };

/** A window of 1280 px at 400 %: WCAG 2.2, 1.4.10 (Reflow). */
const ZOOMED = { width: 320, height: 200, deviceScaleFactor: 4 };

/** CSS pixels of a phone's keyboard, with its row of suggestions: iOS 18 on a screen of 390 by 844. */
const KEYBOARD = 336;

interface Picture {
  readonly name: string;
  readonly viewport: Parameters<Page['setViewport']>[0];
  readonly scheme?: 'light' | 'dark';
  /** What the page of the figures is asked for (`demo/pages/tarn-and-tor/showcase-frame.html`). */
  readonly query: Readonly<Record<string, string>>;
  /** What has to be seen first. */
  readonly waitsFor: string;
  /** What is done then. */
  readonly act?: (visitor: Visitor) => Promise<void>;
}

const OPEN = { 'data-flow': 'showcase-locale', 'data-open': '' };
const FIELD = 'parley-chat >>> input';
const LOCALES = [
  ['ja', 'ltr'],
  ['ar', 'rtl'],
] as const;

const PICTURES: readonly Picture[] = [
  ...LOCALES.flatMap(([lang, dir]) =>
    [
      { name: 'desktop', viewport: DESKTOP },
      { name: 'phone', viewport: PHONE },
    ].map(({ name, viewport }): Picture => ({
      name: `${name}-${lang}`,
      viewport,
      query: { ...OPEN, lang, dir },
      waitsFor: FIELD,
    })),
  ),
  { name: 'zoom-400', viewport: ZOOMED, query: { ...OPEN, 'data-flow': 'showcase-text' }, waitsFor: FIELD },
  {
    name: 'keyboard-open',
    viewport: PHONE,
    query: { ...OPEN, 'data-flow': 'showcase-talk' },
    waitsFor: FIELD,
    act: openKeyboard,
  },
  {
    name: 'teaser',
    viewport: { width: 900, height: 560 },
    query: {
      'data-flow': 'showcase-locale',
      'data-teaser': 'Looking for boots? I can help you choose.',
      'data-teaser-trigger': 'delay 0',
    },
    waitsFor: 'parley-launcher >>> [part="teaser"]',
  },
  {
    name: 'badge-dark',
    viewport: { width: 900, height: 560 },
    scheme: 'dark',
    query: { 'data-flow': 'showcase-locale', 'data-badge': '' },
    waitsFor: 'parley-launcher >>> [part="badge"]',
  },
];

/**
 * Chromium has no keyboard of its own to bring up: the visual viewport is told to be shorter, as a phone's is while the keyboard lies
 * over the page, and something is drawn in the keyboard's place.
 */
async function openKeyboard({ page }: Visitor): Promise<void> {
  await (await page.waitForSelector(FIELD, { visible: true }))?.tap();
  await page.keyboard.type('Ada');
  await page.evaluate((covered) => {
    const height = innerHeight - covered;
    Object.defineProperty(VisualViewport.prototype, 'height', { get: () => height });
    visualViewport?.dispatchEvent(new Event('resize'));
    const keyboard = document.createElement('div');
    keyboard.popover = 'manual';
    keyboard.textContent = 'The phone’s keyboard';
    Object.assign(keyboard.style, {
      inset: `${height}px 0 0`,
      width: 'auto',
      height: 'auto',
      display: 'grid',
      placeItems: 'center',
      border: '0',
      color: '#444',
      background: '#cfd2d8',
    });
    document.body.append(keyboard);
    keyboard.showPopover();
  }, KEYBOARD);
}

/** @param shoot takes the picture of what is seen, or of one element */
export async function shootShowcase(
  browser: Browser,
  demo: Demo,
  shoot: (page: Page, name: string, selector?: string) => Promise<void>,
): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    const visitor = await arrive(browser, ALL_OF_IT, scheme);
    const { page } = visitor;
    // Answered once; by the second visit the flow of that figure is another one.
    await visitShowcase(visitor, demo.pagesUrl, 'only=state-changed');
    await (await visitor.find('#state-changed parley-chat >>> input')).type('Ada\n');
    await visitor.find('#state-changed parley-chat >>> input[name="hut"]');
    await visitShowcase(visitor, demo.pagesUrl);
    await doAll(visitor);
    await openMenu(visitor);
    await shoot(page, `showcase-states-${scheme}`, '#states');
    await shoot(page, `showcase-inputs-${scheme}`, '#inputs');
    if (scheme === 'light') await shoot(page, 'showcase-themes', '#themes');
    await goOffline(visitor, true);
    await shoot(page, `offline-${scheme}`, '#state-offline');
    await visitor.leave();
  }
  for (const { name, viewport, scheme = 'light', query, waitsFor, act } of PICTURES) {
    const visitor = await arrive(browser, viewport, scheme);
    const { page } = visitor;
    await visitor.visit(`${demo.pagesUrl}/showcase-frame.html?${new URLSearchParams(query).toString()}`);
    await page.bringToFront();
    await visitor.find(waitsFor);
    await act?.(visitor);
    await shoot(page, name);
    await visitor.leave();
  }
}

/** Nothing is caught while it moves. */
async function arrive(browser: Browser, viewport: Picture['viewport'], scheme: string): Promise<Visitor> {
  const visitor = await Visitor.arrive(browser);
  await visitor.page.setViewport(viewport);
  await visitor.page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: scheme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
  return visitor;
}
