/** What a page hears of a conversation, and its tag manager. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import type { Visitor } from './visitor.ts';

const FLOW = {
  id: 'welcome',
  locale: 'en',
  start: 'name',
  nodes: {
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'What’s your name?', next: 'city' },
    city: { type: 'ask', field: 'city', input: 'text', text: 'Where are you from?', next: 'where' },
    where: {
      type: 'branch',
      cases: [{ when: { '==': [{ var: 'answers.city' }, 'Keswick'] }, next: 'near' }],
      else: 'save',
    },
    near: { type: 'message', text: 'You are near.', next: 'save' },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { first_name: '{{answers.first_name}}', home_city: '{{answers.city}}' },
      on: { success: 'bye', error: 'bye' },
    },
    bye: { type: 'end', text: 'Goodbye.' },
  },
};

const TYPES = ['open', 'close', 'answer', 'branch', 'outcome', 'end', 'handoff', 'error', 'consent'].map(
  (name) => `parley-${name}`,
);

/** An event as `<type> <what it tells>`, but for ids. */
const ANSWERS = ['parley-answer name first_name text', 'parley-answer city city text'];
const LED = ['parley-branch where near branch', 'parley-branch save bye action success'];

describe('a page that listens', () => {
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: [FLOW] }),
    (scene) => ({ brand, visitor } = scene),
  );

  /** @returns what its pages hear from now on, oldest first */
  const hear = async (who: Visitor): Promise<readonly string[]> => {
    const heard: string[] = [];
    await who.page.exposeFunction('noteEvent', (told: string) => heard.push(told));
    await who.page.evaluateOnNewDocument((types) => {
      const fields = ['node', 'field', 'input', 'value', 'next', 'kind', 'outcome', 'reason'];
      const { noteEvent } = window as unknown as { noteEvent: (told: string) => void };
      for (const type of types) {
        document.addEventListener(type, (event) => {
          const told = fields.map((name) => Reflect.get(event, name) as unknown);
          noteEvent([type, ...told.filter((each) => typeof each === 'string')].join(' '));
        });
      }
    }, TYPES);
    return heard;
  };

  const talk = async (who = visitor) => {
    await who.answer('first_name', 'Ada');
    await who.answer('city', 'Keswick');
    await who.hears('Goodbye.');
  };

  it('hears each thing once, in its order, and no word of what was said', async () => {
    const heard = await hear(visitor);
    await visitor.visit(`${brand.url}/`);
    await visitor.openChat('What’s your name?');
    await talk();
    await visitor.page.keyboard.press('Escape');
    await visitor.page.waitForFunction(() => document.querySelector('parley-chat')?.opened === false);
    assert.deepEqual(
      heard.filter((told) => !told.startsWith('parley-outcome')),
      ['parley-open', ...ANSWERS, ...LED, 'parley-end bye', 'parley-close'],
    );
    assert.deepEqual(
      heard.filter((told) => told.startsWith('parley-outcome')),
      ['parley-outcome success'],
    );
  });

  it('hears nothing again when it is loaded anew', async () => {
    const heard = await hear(visitor);
    await visitor.visit(`${brand.url}/`);
    await visitor.openChat('What’s your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Where are you from?');
    await visitor.reload();
    await visitor.answer('city', 'Keswick');
    await visitor.hears('Goodbye.');
    await visitor.reload();
    await visitor.hears('Goodbye.');
    const moves = heard.filter((told) => /answer|branch|end/.test(told));
    assert.deepEqual(moves, [...ANSWERS, ...LED, 'parley-end bye']);
  });

  it('hears of what was said in another tab there alone', async () => {
    const heard = await hear(visitor);
    await visitor.visit(`${brand.url}/`);
    await visitor.openChat('What’s your name?');
    const other = await visitor.anotherTab();
    const heardThere = await hear(other);
    await other.visit(`${brand.url}/`);
    await other.openChat('What’s your name?');
    await other.page.bringToFront();
    await other.answer('first_name', 'Ada');
    await other.hears('Where are you from?');
    await visitor.page.bringToFront();
    await visitor.hears('Where are you from?');
    const answersOf = (all: readonly string[]) => all.filter((told) => told.startsWith('parley-answer'));
    assert.deepEqual(answersOf(heard), []);
    assert.deepEqual(answersOf(heardThere), ANSWERS.slice(0, 1));
  });

  it('hears what was said where it asks for that', async () => {
    const heard = await hear(visitor);
    brand.setBody(brand.scriptTag('data-flow="welcome" data-values'));
    await visitor.visit(`${brand.url}/`);
    await visitor.openChat('What’s your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Where are you from?');
    assert.ok(heard.includes('parley-answer name first_name text Ada'), heard.join('\n'));
  });

  const layer = () =>
    visitor.page.evaluate(() => {
      const { dataLayer = [] } = window as unknown as { dataLayer?: Record<string, unknown>[] };
      return dataLayer.map(({ event }) => event);
    });

  it('finds it in the list of its tag manager', async () => {
    brand.setBody(brand.scriptTag('data-flow="welcome" data-data-layer'));
    await visitor.visit(`${brand.url}/`);
    await visitor.openChat('What’s your name?');
    await talk();
    const pushed = await visitor.page.evaluate(() =>
      JSON.stringify((window as unknown as { dataLayer: unknown }).dataLayer),
    );
    assert.ok(pushed.includes('"event":"parley_end","parley_flow":"welcome","parley_node":"bye"'), pushed);
    assert.ok(!pushed.includes('Ada') && !pushed.includes('Keswick'), pushed);
    const pushes = (await layer()).filter((event) => event !== 'parley_outcome');
    assert.deepEqual(pushes, [
      'parley_open',
      'parley_answer',
      'parley_answer',
      'parley_branch',
      'parley_branch',
      'parley_end',
    ]);
  });

  it('finds nothing there of a time at which the visitor had not allowed it', async () => {
    brand.setBody(brand.scriptTag('data-flow="welcome" data-data-layer data-consent="required"'));
    await visitor.visit(`${brand.url}/`);
    await visitor.openChat('What’s your name?');
    await visitor.answer('first_name', 'Ada');
    await visitor.hears('Where are you from?');
    assert.deepEqual(await layer(), []);
    await visitor.page.evaluate(() => document.querySelector('parley-chat')?.setConsent(true));
    await visitor.answer('city', 'Keswick');
    await visitor.hears('Goodbye.');
    const pushes = (await layer()).filter((event) => event !== 'parley_outcome');
    assert.deepEqual(pushes, [
      'parley_consent',
      'parley_answer',
      'parley_branch',
      'parley_branch',
      'parley_end',
    ]);
  });
});
