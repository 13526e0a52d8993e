/** The pages of the demo's brands: what each brand would be asked before it ships one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { startDemo, type Demo } from '../../demo/demo.ts';
import { builtWidget } from '../built-widget.ts';
import { openBrowser, Visitor } from './visitor.ts';

/** Evaluated, not put on the page: its policy would not have it. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(): Promise<{
    readonly passes: readonly unknown[];
    readonly violations: readonly {
      readonly id: string;
      readonly nodes: readonly { readonly target: unknown }[];
    }[];
  }>;
}

/** Whose a page is, and where it is on their site. */
const PAGES: readonly (readonly [whose: 'pagesUrl' | 'tsubameUrl' | 'carambolaUrl', path: string])[] = [
  ['pagesUrl', '/'],
  ['pagesUrl', '/journal.html'],
  ['pagesUrl', '/weekend.html'],
  ['pagesUrl', '/demos.html'],
  ['tsubameUrl', '/'],
  ['tsubameUrl', '/tayori.html'],
  ['carambolaUrl', '/'],
  ['carambolaUrl', '/seguro-auto.html'],
];

/** What is read of it all, in pixels. */
const SCREENS = [
  { width: 1280, height: 800 },
  { width: 320, height: 640 },
] as const;

describe('a page of the demo', () => {
  let browser: Browser;
  let demo: Demo;
  before(async () => {
    browser = await openBrowser();
    demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined, {
      assets: await builtWidget(),
    });
  });
  after(async () => {
    await browser.close();
    await demo.close();
  });

  for (const [whose, path] of PAGES) {
    it(`is clean for axe and its own policy, fits the screen and links to what is there: ${whose} ${path}`, async () => {
      const visitor = await Visitor.arrive(browser);
      const { page } = visitor;
      const amiss: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warn'].includes(message.type())) amiss.push(message.text());
      });
      page.on('pageerror', (error) => amiss.push(String(error)));
      page.on('response', (response) => {
        if (response.status() >= 400) amiss.push(`${response.status()} ${response.url()}`);
      });
      const judge = async (state: string) => {
        const { passed, found } = await page.evaluate(async () => {
          const { axe } = window as unknown as { readonly axe: Axe };
          const { passes, violations } = await axe.run();
          return {
            passed: passes.length,
            found: violations.map(
              ({ id, nodes }) => `${id} ${JSON.stringify(nodes.map((node) => node.target))}`,
            ),
          };
        });
        assert.ok(passed > 10, `${state}: ${passed} rules passed`);
        amiss.push(...found.map((violation) => `${state}: ${violation}`));
      };
      for (const screen of SCREENS) {
        await page.setViewport(screen);
        for (const scheme of ['light', 'dark']) {
          const state = `${screen.width} px, ${scheme}`;
          await page.emulateMediaFeatures([
            { name: 'prefers-color-scheme', value: scheme },
            { name: 'prefers-reduced-motion', value: 'reduce' },
          ]);
          await visitor.visit(demo[whose] + path);
          await page.evaluate(AXE);
          await judge(state);
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.equal(width, screen.width, `${state}: the page is ${width} px wide`);
        }
      }
      const links = await page.$$eval('a[href]', (all) => all.map((link) => link.href));
      assert.ok(links.length > 0);
      for (const link of new Set(links.filter((href) => !href.startsWith('mailto:')))) {
        const { status } = await fetch(link);
        assert.equal(status, 200, link);
      }
      assert.deepEqual(amiss, []);
      await visitor.leave();
    });
  }
});
