/** A whole conversation by keyboard alone: where the focus is at each step, and whether it can be seen. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser, KeyInput } from 'puppeteer-core';
import { startDemo, type Demo } from '../../demo/demo.ts';
import { builtWidget } from '../built-widget.ts';
import { openBrowser, Visitor } from './visitor.ts';

const LAUNCHER = 'Chat: Tarn & Tor';

/** What the visitor's system asks for. */
const SYSTEMS: readonly { readonly name: string; readonly features: Readonly<Record<string, string>> }[] = [
  { name: 'as it comes', features: {} },
  {
    name: 'under forced colours and reduced motion',
    features: { 'forced-colors': 'active', 'prefers-reduced-motion': 'reduce' },
  },
];

/** Keys to press, or a text to type, and what has the focus then. */
type Step = readonly [keys: string, focused: string];

/** What is not the name of a key is typed. */
const KEYS = /^(?:Shift\+)?(?:Tab|Enter|Space|Escape|ArrowUp|ArrowDown)$/;

const CONVERSATION: readonly Step[] = [
  ['Tab', LAUNCHER],
  ['Enter', 'What should we call you?'],
  ['Ada', 'What should we call you?'],
  ['Enter', 'Month'],
  ['12', 'Month'],
  ['Tab', 'Day'],
  ['10', 'Day'],
  ['Tab', 'Year'],
  ['1815', 'Year'],
  ['Enter', 'By the lake'],
  ['Tab', 'On the ridge'],
  ['Space', 'Kit'],
  ['Space', 'Kit'],
  ['Tab', 'Walks'],
  ['Tab', 'Mending'],
  ['Space', 'Mending'],
  ['Tab', 'Send'],
  ['Enter', '1'],
  ['Tab', '2'],
  ['Tab', '3'],
  ['Tab', '4'],
  ['Shift+Tab', '3'],
  // Another press would give no consent.
  ['Space', 'May we write to you once a month?'],
  ['Space', 'May we write to you once a month?'],
  ['Tab', 'Yes'],
  ['Tab', 'No'],
  ['Enter', 'Tarn & Tor'],
];

/** From the end back into what was said, and out of the chat. */
const AFTERWARDS: readonly Step[] = [
  ['Tab', 'More'],
  ['Enter', 'Start again'],
  ['Tab', 'Copy the conversation'],
  ['Escape', 'More'],
  ['Tab', 'Close chat'],
  ['Tab', 'Conversation'],
  ['ArrowUp', 'Conversation'],
  ['Tab', 'Change your answer to: What should we call you?'],
  ['Enter', 'What should we call you?'],
  ['Tab', 'Send'],
  ['Tab', 'Keep it'],
  ['Enter', 'Tarn & Tor'],
  ['Escape', LAUNCHER],
  ['Space', 'Tarn & Tor'],
  ['Escape', LAUNCHER],
];

interface Focused {
  readonly name: string;
  /** Whether an outline shows it. */
  readonly isSeen: boolean;
}

describe('a keyboard alone', () => {
  let browser: Browser;
  let demo: Demo;
  let visitor: Visitor;

  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined, {
      events: {},
      assets: await builtWidget(),
    });
    visitor = await Visitor.arrive(browser);
  });
  afterEach(async () => {
    await visitor.leave();
    await demo.close();
  });

  const press = async (keys: string) => {
    const { keyboard } = visitor.page;
    if (!KEYS.test(keys)) return keyboard.type(keys);
    const [key, modifier] = keys.split('+').reverse() as [KeyInput, KeyInput?];
    if (modifier) await keyboard.down(modifier);
    await keyboard.press(key);
    if (modifier) await keyboard.up(modifier);
  };

  /** Through all shadow trees. */
  const focused = (): Promise<Focused> =>
    visitor.page.evaluate(() => {
      let at = document.activeElement;
      while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
      if (!at || at === document.body) return { name: 'nothing', isSeen: false };
      const labelled = at as HTMLInputElement;
      const label = labelled.labels?.[0]?.textContent ?? at.textContent;
      // The outline of a field goes round all that belongs to it.
      const shown = [at, at.closest('.field'), at.closest('.box'), at.closest('.pill')];
      const isSeen = shown.some((element) => {
        const { outlineStyle, outlineWidth } = element ? getComputedStyle(element) : {};
        return outlineStyle !== undefined && outlineStyle !== 'none' && parseFloat(outlineWidth ?? '') >= 2;
      });
      return { name: (at.getAttribute('aria-label') ?? label).trim(), isSeen };
    });

  /** Waits until that has the focus: what is next may have to come from the relay. */
  const reach = async (name: string, after: string) => {
    await visitor.page
      .waitForFunction(
        (wanted) => {
          let at = document.activeElement;
          while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
          const label = (at as HTMLInputElement | null)?.labels?.[0]?.textContent ?? at?.textContent;
          return (at?.getAttribute('aria-label') ?? label)?.trim() === wanted;
        },
        { timeout: 10_000 },
        name,
      )
      .catch(async () =>
        assert.fail(`after ${after} not "${name}" has the focus but "${(await focused()).name}"`),
      );
    const { isSeen } = await focused();
    assert.ok(isSeen, `the focus cannot be seen at "${name}" after ${after}`);
  };

  const walk = async (steps: readonly Step[]) => {
    for (const [keys, name] of steps) {
      await press(keys);
      await reach(name, keys);
    }
  };

  for (const { name, features } of SYSTEMS) {
    it(`is enough for a whole conversation, ${name}`, async () => {
      const { page } = visitor;
      const tools = await page.createCDPSession();
      await tools.send('Emulation.setEmulatedMedia', {
        features: Object.entries(features).map(([feature, value]) => ({ name: feature, value })),
      });
      const query = new URLSearchParams({ 'data-flow': 'showcase-whole' });
      await visitor.visit(`${demo.pagesUrl}/showcase-frame.html?${query.toString()}`);
      await page.bringToFront();
      await visitor.find('parley-launcher >>> button');
      for (const [feature, value] of Object.entries(features)) {
        assert.ok(
          await page.evaluate((query) => matchMedia(query).matches, `(${feature}: ${value})`),
          feature,
        );
      }
      await walk(CONVERSATION);
      await visitor.hears('Thank you, Ada.');
      await walk(AFTERWARDS);
      demo.emulator.settle();
      assert.deepEqual(demo.emulator.profiles()[0]?.custom_attributes, {
        hut: 'ridge',
        topics: ['kit', 'mending'],
        stars: 3,
        letters: false,
      });
    });
  }

  it('composes words in the field before it sends them', async () => {
    const { page } = visitor;
    const tools = await page.createCDPSession();
    /** A key that the input method takes to itself. */
    const pressInMethod = async (key: string) => {
      const event = { key, windowsVirtualKeyCode: 229 } as const;
      await tools.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...event });
      await tools.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    };
    await visitor.visit(`${demo.pagesUrl}/showcase-frame.html?data-flow=showcase-whole`);
    await page.bringToFront();
    await visitor.find('parley-launcher >>> button');
    await walk(CONVERSATION.slice(0, 2));
    const written = () => page.$eval('parley-chat >>> input', ({ value }) => value);

    await tools.send('Input.imeSetComposition', { text: 'えいだ', selectionStart: 3, selectionEnd: 3 });
    assert.equal(await written(), 'えいだ');
    await pressInMethod('Enter');
    await pressInMethod('Escape');
    await tools.send('Input.insertText', { text: '英田' });
    // In WebKit the composition is over before the key that ends it is told of.
    await pressInMethod('Escape');
    await reach('What should we call you?', 'the composition');
    assert.equal(await written(), '英田');
    assert.ok(!(await visitor.transcript()).includes('visitor:'));

    await page.keyboard.press('Enter');
    await visitor.hears('When is your birthday, 英田?');
  });
});
