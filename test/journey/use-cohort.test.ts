/** A conversation for a cohort: a link in a Canvas' message opens it, and its answers lead into the next Canvas (`docs/retargeting.md`). */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { startDemo, type Demo } from '../../demo/demo.ts';
import { builtWidget } from '../built-widget.ts';
import { openBrowser, Visitor } from './visitor.ts';

const CUSTOMER = 'tsubame-0412';
const CANVAS = 'お試し便のご案内';

describe('who opens the roaster’s message', () => {
  let browser: Browser;
  let demo: Demo;
  let visitor: Visitor;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined, {
      assets: await builtWidget(),
    });
    visitor = await Visitor.arrive(browser);
  });
  afterEach(async () => {
    await visitor.leave();
    await demo.close();
  });

  /** By the button of the message. @returns its address */
  const openMessage = async (): Promise<string> => {
    await visitor.visit(`${demo.tsubameUrl}/tayori.html`);
    const link = await visitor.page.$eval('.letter a.button', ({ href }) => href);
    await visitor.page.locator('.letter a.button').click();
    await visitor.page.waitForSelector('parley-chat', { visible: true });
    return link;
  };

  const answer = async () => {
    await visitor.choose('夜凪（黒糖の甘さ）');
    await visitor.choose('ネルドリップ');
    await visitor.choose('豆のまま');
    await visitor.choose('夕食のあと');
    await visitor.choose('夜ふけにひとりで');
    await visitor.send();
    await visitor.hears('承りました。');
  };

  const customer = () => demo.emulator.profiles().find(({ external_id: id }) => id === CUSTOMER);

  const canvasId = () => demo.emulator.settings().canvases.find(({ name }) => name === CANVAS)?.id;

  it('is greeted as one of the cohort, and enters the next Canvas with what they answered', async () => {
    await openMessage();
    await visitor.hears('いつも深煎りをお選びくださり');
    assert.equal(visitor.page.url(), `${demo.tsubameUrl}/`);
    await answer();
    await visitor.hears('ネルなら、湯は八十度まで下げて');
    const entry = await demo.emulator.until(() => customer()?.canvas_entries[0]);
    assert.ok('event' in entry);
    const { submission_id: _, ...context } = entry.context;
    assert.deepEqual(
      [entry.canvas_id, entry.event, context],
      [
        canvasId(),
        'tasting_kit_chosen',
        {
          bean: 'yonagi',
          brew_method: 'nel',
          grind: 'whole',
          cohort: 'fukairi',
          campaign: 'tameshi-yaki-11',
        },
      ],
    );
    const { standard, custom_attributes: attributes } = customer() ?? {};
    assert.equal(standard?.['first_name'], '春海');
    assert.deepEqual(attributes, {
      dark_roast_orders: 5,
      brew_method: 'nel',
      grind: 'whole',
      coffee_moments: ['dinner', 'night'],
    });
  });

  it('with a link that was passed on gets the conversation, and writes to a profile of their own', async () => {
    const link = await openMessage();
    await visitor.hears('いつも深煎りをお選びくださり');
    await answer();
    await demo.emulator.until(() => customer()?.canvas_entries[0]);
    await visitor.leave();
    visitor = await Visitor.arrive(browser);
    await visitor.visit(link);
    await visitor.hears('いつも深煎りをお選びくださり');
    await answer();
    const stranger = await demo.emulator.until(({ profiles }) =>
      profiles().find(
        ({ external_id: id, canvas_entries: entries }) => id === undefined && entries.length > 0,
      ),
    );
    assert.equal(stranger.standard['first_name'], undefined);
    assert.equal(customer()?.canvas_entries.length, 1);
    assert.equal(customer()?.events.filter(({ name }) => name === 'tasting_kit_chosen').length, 1);
  });

  it('without a link is asked what anybody is asked at the counter, and enters nothing', async () => {
    await visitor.visit(`${demo.tsubameUrl}/`);
    await visitor.openChat('いらっしゃいませ。');
    await visitor.choose('しっかり苦い');
    await visitor.choose('入れる');
    await visitor.choose('これから揃える');
    await visitor.hears('でしたら 灯台 を。');
    const advised = await demo.emulator.until(({ profiles }) =>
      profiles().find(({ events }) => events.some(({ name }) => name === 'bean_advised')),
    );
    assert.equal(advised.custom_attributes['taste'], 'bitter');
    assert.deepEqual(
      demo.emulator.profiles().flatMap(({ canvas_entries: entries }) => entries),
      [],
    );
  });
});
