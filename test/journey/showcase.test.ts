/** Everything that the widget shows, side by side, as axe-core judges it. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Frame } from 'puppeteer-core';
import { startDemo, type Demo } from '../../demo/demo.ts';
import { INPUTS, TYPES } from '../flow/arbitrary-flow.ts';
import { doAll, framesOf, goOffline, openMenu, visitShowcase } from './showcase.ts';
import { openBrowser, Visitor } from './visitor.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** WCAG 2.0 to 2.2, A and AA, and what axe-core calls best practices. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];

interface Axe {
  run(
    context: string,
    options: object,
  ): Promise<{
    readonly passes: readonly unknown[];
    readonly violations: readonly {
      readonly id: string;
      readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[];
    }[];
  }>;
}

/** What axe finds wrong within that part of the page, which has to hold something to be judged. */
async function judge(frame: Frame, within: string): Promise<readonly string[]> {
  const isThere = await frame.evaluate(() => 'axe' in window);
  if (!isThere) await frame.addScriptTag({ path: AXE });
  const { passed, violated } = await frame.evaluate(
    async (context, values) => {
      const { axe } = window as unknown as { readonly axe: Axe };
      // Frames are judged each on its own.
      const options = { iframes: false, runOnly: { type: 'tag', values } };
      const { passes, violations } = await axe.run(context, options);
      return {
        passed: passes.length,
        violated: violations.flatMap(({ id, nodes }) =>
          nodes.map(({ target, failureSummary = '' }) => `${id} ${JSON.stringify(target)} ${failureSummary}`),
        ),
      };
    },
    within,
    TAGS,
  );
  assert.ok(passed > 0, `nothing to be judged at ${frame.url()} ${within}`);
  return violated.map((each) => `${frame.url().replace(/.*[?]/, '')}: ${each}`);
}

/** The document with an open menu, and each of the figures' own pages. */
async function judgeAll(visitor: Visitor): Promise<void> {
  const { page } = visitor;
  const violations = [];
  await visitor.find('#state-menu parley-chat >>> .menu button');
  for (const frame of [page.mainFrame(), ...framesOf(page)]) violations.push(...(await judge(frame, 'html')));
  await goOffline(visitor, true);
  violations.push(...(await judge(page.mainFrame(), '#state-offline')));
  await goOffline(visitor, false);
  assert.deepEqual(violations, []);
}

describe('the showcase', () => {
  let browser: Browser;
  let demo: Demo;
  let visitor: Visitor;

  before(async () => {
    browser = await openBrowser();
    demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined, { events: {} });
    visitor = await Visitor.arrive(browser);
    await visitor.page.setViewport({ width: 1280, height: 900 });
    await show('light');
    await visitShowcase(visitor, demo.pagesUrl);
    await doAll(visitor);
    // Before anything is said nothing is kept, and so nothing can have changed.
    await (await visitor.find('#state-changed parley-chat >>> input')).type('Ada\n');
    await visitor.find('#state-changed parley-chat >>> input[name="hut"]');
    await openMenu(visitor);
  });
  after(async () => {
    await browser.close();
    await demo.close();
  });

  /** Nothing moves: what fades in would be judged half there. */
  const show = (scheme: string) =>
    visitor.page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: scheme },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);

  it('has each type of node, each input and each language', async () => {
    const ids = await visitor.page.$$eval('figure', (figures) => figures.map(({ id }) => id));
    const kinds = INPUTS.map((input) => `ask-${input}`);
    const nodes = TYPES.filter((type) => type !== 'ask').map((type) => `node-${type}`);
    const languages = globSync('widget/locale/{??,??-??}.ts').map(
      (file) => `locale-${basename(file, '.ts')}`,
    );
    assert.deepEqual(
      [...kinds, ...nodes, ...languages].filter((id) => !ids.includes(id)),
      [],
    );
  });

  it('moves, but not where less motion is wanted', async () => {
    const moving = () =>
      visitor.page.$eval(
        '#state-writing parley-chat',
        // What is only read aloud cannot move.
        ({ shadowRoot }) =>
          shadowRoot
            ?.getAnimations()
            .filter(({ effect }) => !(effect as KeyframeEffect).target?.closest('.hidden')).length,
      );
    await visitor.find('#state-writing parley-chat >>> .writing');
    assert.equal(await moving(), 0);
    await visitor.page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'no-preference' }]);
    assert.notEqual(await moving(), 0);
  });

  for (const scheme of ['light', 'dark']) {
    it(`has no accessibility violation when it is ${scheme}`, async () => {
      await show(scheme);
      await judgeAll(visitor);
    });
  }

  it('has none from right to left, in Arabic, and says that a flow has changed', async () => {
    await show('light');
    await visitShowcase(visitor, demo.pagesUrl, 'dir=rtl&lang=ar');
    await visitor.find('#state-changed parley-chat >>> .told');
    await openMenu(visitor);
    await judgeAll(visitor);
  });

  // A window of 1280 px at 400 %: WCAG 2.2, 1.4.10 (Reflow).
  it('needs no scrolling sideways at 400 %', async () => {
    const { page } = visitor;
    await page.setViewport({ width: 320, height: 256, deviceScaleFactor: 4 });
    const tooWide = (frame: Frame) =>
      frame.evaluate(() => {
        const parts = (root: ParentNode): readonly Element[] =>
          [...root.querySelectorAll('*')].flatMap((each) => [
            each,
            ...(each.shadowRoot ? parts(each.shadowRoot) : []),
          ]);
        const chats = [...document.querySelectorAll('parley-chat, parley-launcher')];
        const scrolled = [
          document.documentElement,
          ...chats.flatMap((chat) => parts(chat.shadowRoot as ShadowRoot)),
        ];
        return scrolled
          .filter((each) => each.scrollWidth > each.clientWidth && each.clientWidth > 1)
          .filter(
            (each) =>
              each === document.documentElement || /auto|scroll/.test(getComputedStyle(each).overflowX),
          )
          .map((each) => `${each.localName}.${each.className}`);
      });
    const found = await Promise.all([page.mainFrame(), ...framesOf(page)].map(tooWide));
    assert.deepEqual(found.flat(), []);
  });
});
