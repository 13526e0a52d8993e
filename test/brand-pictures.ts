/** Pictures of the demo's brands: their pages and their conversations, and the Canvases that these lead into, in the emulator's inspector. */
import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'puppeteer-core';
import type { Profile } from '../demo/braze/emulator.ts';
import type { Demo } from '../demo/demo.ts';
import { Visitor } from './journey/visitor.ts';

/** Below the folder of all pictures. */
const FOLDER = 'brands';

const SCREENS = [
  { name: 'desktop', width: 1280, height: 800, isPhone: false },
  { name: 'phone', width: 390, height: 844, isPhone: true },
] as const;

const SCHEMES = ['light', 'dark'] as const;

/** So narrow that the entries have all of its width. */
const INSPECTOR = { width: 720, height: 900 };

/** In a profile: beside the sends of campaigns, or above them. */
const ENTRIES = 'emulator-inspector >>> .pair:last-of-type > section:first-child';

type Shoot = (page: Page, name: string, selector?: string) => Promise<void>;

interface Talk {
  readonly name: string;
  /** Its pages, by what they are called in the pictures. */
  readonly pages: (demo: Demo) => Readonly<Record<string, string>>;
  /** From the page of that name into the conversation. */
  readonly begin: string;
  /** Up to a question that is worth a picture. */
  readonly talk: (visitor: Visitor) => Promise<void>;
  /** Into which Canvas it leads, by what happens after that question. */
  readonly entry?: {
    readonly canvas: string;
    readonly goOn: (visitor: Visitor) => Promise<void>;
  };
}

const TALKS: readonly Talk[] = [
  {
    name: 'tarn-and-tor',
    pages: ({ pagesUrl }) => ({ demos: `${pagesUrl}/demos.html`, weekend: `${pagesUrl}/weekend.html` }),
    begin: 'weekend',
    talk: async (visitor) => {
      await visitor.openChat('Hello, I’m Wren.');
      await visitor.choose('Keswick, for the Lakes');
      await visitor.choose('Four miles and a pub');
      await visitor.answer('first_name', 'Ada');
      await visitor.answer('email', 'ada@example.com');
      await visitor.choose('A dog');
      await visitor.send();
      await visitor.hears('what will be on your feet?');
    },
    entry: {
      canvas: 'Come back to your weekend',
      goOn: (visitor) => visitor.visit('about:blank'),
    },
  },
  {
    name: 'tsubame',
    pages: ({ tsubameUrl }) => ({ page: `${tsubameUrl}/`, message: `${tsubameUrl}/tayori.html` }),
    begin: 'message',
    talk: async (visitor) => {
      await visitor.page.locator('.letter a.button').click();
      await visitor.hears('いつも深煎りをお選びくださり');
      await visitor.choose('夜凪（黒糖の甘さ）');
      await visitor.choose('ネルドリップ');
      await visitor.hears('豆のままお送りしますか。');
    },
    entry: {
      canvas: 'お試し便のご案内',
      goOn: async (visitor) => {
        await visitor.choose('豆のまま');
        await visitor.choose('夜ふけにひとりで');
        await visitor.send();
        await visitor.hears('承りました。');
      },
    },
  },
  {
    name: 'carambola',
    pages: ({ carambolaUrl }) => ({ page: `${carambolaUrl}/`, car: `${carambolaUrl}/seguro-auto.html` }),
    begin: 'car',
    talk: async (visitor) => {
      const { page } = visitor;
      const asked = page.waitForResponse(
        (response) => response.url().endsWith('/sessao') && response.status() === 200,
      );
      await page.locator('.account summary').click();
      await page.locator('.account button[value="marina"]').click();
      await visitor.find('#sair');
      await asked;
      await visitor.openChat('Seu plano é o Essencial');
      await visitor.choose('Trabalho, todo dia');
      await visitor.hears('E onde ele dorme?');
    },
    entry: {
      canvas: 'Proposta sob medida',
      goOn: async (visitor) => {
        await visitor.choose('Na rua mesmo');
        await visitor.choose('Enchente');
        await visitor.hears('uma proposta só com o que falta');
      },
    },
  },
];

/** Who looks at it: the screen, the colours, and nothing that moves. */
async function dress(page: Page, screen: (typeof SCREENS)[number], scheme: string): Promise<void> {
  const { width, height, isPhone } = screen;
  await page.setViewport({ width, height, isMobile: isPhone, hasTouch: isPhone });
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: scheme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
}

/** @param shoot into the folder of all pictures, which is given */
export async function shootBrands(browser: Browser, demo: Demo, folder: string, shoot: Shoot): Promise<void> {
  await mkdir(`${folder}/${FOLDER}`, { recursive: true });
  await shootEntries(browser, demo, shoot);
  for (const { name, pages, begin, talk } of TALKS) {
    for (const screen of SCREENS) {
      for (const scheme of SCHEMES) {
        const visitor = await Visitor.arrive(browser);
        const { page } = visitor;
        await dress(page, screen, scheme);
        const take = (what: string) => shoot(page, `${FOLDER}/${name}-${screen.name}-${scheme}-${what}`);
        for (const [what, url] of Object.entries(pages(demo))) {
          await visitor.visit(url);
          await page.evaluate(() => document.fonts.ready.then(() => undefined));
          await take(what);
        }
        await visitor.visit(pages(demo)[begin] ?? '');
        await talk(visitor);
        await take('question');
        await visitor.leave();
      }
    }
  }
}

/** Whom each conversation has brought into which Canvas, as a marketer sees it: for `docs/retargeting.md`. */
async function shootEntries(browser: Browser, demo: Demo, shoot: Shoot): Promise<void> {
  for (const { name, pages, begin, talk, entry } of TALKS) {
    if (!entry) continue;
    demo.emulator.reset();
    const visitor = await Visitor.arrive(browser);
    await visitor.visit(pages(demo)[begin] ?? '');
    await talk(visitor);
    await entry.goOn(visitor);
    await visitor.leave();
    const { canvases } = demo.emulator.settings();
    const isEntered = ({ canvas_entries: entries }: Profile) =>
      entries.some(({ canvas_id: id }) => canvases.find((canvas) => canvas.id === id)?.name === entry.canvas);
    const { braze_id: id } = await demo.emulator.until(({ profiles }) => profiles().find(isEntered));
    const marketer = await Visitor.arrive(browser);
    await dress(marketer.page, SCREENS[0], 'light');
    await marketer.page.setViewport(INSPECTOR);
    await marketer.visit(`${demo.brazeUrl}/#people/${id}`);
    await marketer.reads(entry.canvas);
    await shoot(marketer.page, `${FOLDER}/${name}-entry`, ENTRIES);
    await marketer.leave();
  }
}
