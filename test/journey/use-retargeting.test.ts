/** Retargeting: who leaves a conversation at a question is asked back by a Canvas (`docs/retargeting.md`). */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser } from 'puppeteer-core';
import type { Profile } from '../../demo/braze/emulator.ts';
import { startDemo, type Demo } from '../../demo/demo.ts';
import { builtWidget } from '../built-widget.ts';
import { openBrowser, Visitor } from './visitor.ts';

const CANVAS = 'Come back to your weekend';

describe('who leaves the weekend conversation', () => {
  let browser: Browser;
  let demo: Demo;
  let visitor: Visitor;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    demo = await startDemo({ relay: 0, pages: 0, braze: 0 }, () => undefined, {
      abandonedAfter: 1,
      assets: await builtWidget(),
    });
    visitor = await Visitor.arrive(browser);
  });
  afterEach(async () => {
    await visitor.leave();
    await demo.close();
  });

  /** From the landing page into the conversation, by the links of the pages. */
  const begin = async () => {
    await visitor.visit(`${demo.pagesUrl}/`);
    await visitor.page.locator('a[href="weekend.html"]').click();
    await visitor.page.locator('main a[href="#parley"]').click();
    await visitor.hears('Hello, I’m Wren.');
  };

  const answerUpToBoots = async () => {
    await visitor.choose('Keswick, for the Lakes');
    await visitor.choose('Four miles and a pub');
    await visitor.answer('first_name', 'Ada');
    await visitor.answer('email', 'ada@example.com');
    await visitor.choose('A dog');
    await visitor.send();
    await visitor.hears('what will be on your feet?');
  };

  const canvasId = () => demo.emulator.settings().canvases.find(({ name }) => name === CANVAS)?.id;

  const entriesOf = ({ canvas_entries: entries }: Profile) =>
    entries.filter(({ canvas_id: id }) => id === canvasId());

  /** Resolves with their profile once they are in the Canvas that many times. */
  const isAskedBack = (times = 1) =>
    demo.emulator.until(({ profiles }) => profiles().find((profile) => entriesOf(profile).length >= times));

  it('at a question is in the Canvas that asks them back, with where they were', async () => {
    await begin();
    await answerUpToBoots();
    await visitor.visit('about:blank');
    const profile = await isAskedBack();
    assert.equal(profile.standard['email'], 'ada@example.com');
    assert.deepEqual(
      [profile.custom_attributes['weekend_region'], profile.custom_attributes['weekend_day']],
      ['lakes', 'short'],
    );
    const [entry, ...others] = entriesOf(profile);
    assert.deepEqual(others, []);
    assert.ok(entry && 'event' in entry);
    const left = profile.events.find(({ name }) => name === 'chat_abandoned');
    assert.deepEqual(entry, {
      canvas_id: canvasId(),
      event: 'chat_abandoned',
      time: left?.time,
      context: left?.properties,
    });
    const { conversation, submission_id: submission, ...context } = entry.context;
    assert.deepEqual(context, {
      flow: 'tarn-weekend',
      node: 'boots',
      page: '/weekend.html',
      tags: ['website', 'weekend-plans'],
      reason: 'unanswered',
      left_at: left?.time,
    });
    assert.ok(typeof conversation === 'string' && String(submission).startsWith(conversation));
  });

  it('where their address was not taken is in it with that', async () => {
    await begin();
    await visitor.choose('Keswick, for the Lakes');
    await visitor.choose('Four miles and a pub');
    await visitor.answer('first_name', 'Ada');
    await visitor.answer('email', 'ada at home');
    await visitor.find('parley-chat >>> #problem span');
    await visitor.visit('about:blank');
    const profile = await isAskedBack();
    const [entry] = entriesOf(profile);
    assert.partialDeepStrictEqual(entry?.context, { node: 'email', reason: 'refused' });
    assert.ok(!JSON.stringify(profile).includes('at home'));
  });

  it('is not in it while they go on, nor once they have ended', async () => {
    await begin();
    await answerUpToBoots();
    await visitor.choose('Boots that rub');
    await visitor.hears('Go well, and mind the weather.');
    await visitor.visit('about:blank');
    // Who leaves after that, and is asked back, has had the same time.
    const other = await Visitor.arrive(browser);
    visitor = (await visitor.leave(), other);
    await begin();
    await answerUpToBoots();
    await visitor.visit('about:blank');
    await isAskedBack();
    const entered = demo.emulator
      .profiles()
      .map((profile) => [
        profile.events.some(({ name }) => name === 'weekend_plan_requested'),
        entriesOf(profile).length,
      ]);
    assert.deepEqual(entered, [
      [true, 0],
      [false, 1],
    ]);
  });

  it('comes back to the question that they left', async () => {
    await begin();
    await answerUpToBoots();
    await visitor.visit('about:blank');
    await isAskedBack();
    await visitor.visit(`${demo.pagesUrl}/weekend.html#parley`);
    await visitor.hears('what will be on your feet?');
    await visitor.choose('Trainers, and hope');
    await visitor.hears('You can borrow a pair of Scoats');
    const profile = await demo.emulator.until(({ profiles }) =>
      profiles().find(({ events }) => events.some(({ name }) => name === 'chat_completed')),
    );
    assert.equal(profile.custom_attributes['boots'], 'trainers');
    assert.equal(demo.emulator.profiles().length, 1);
  });
});
