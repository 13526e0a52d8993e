import { assert, expect, fixture, html, oneEvent } from '@open-wc/testing';
import { emulateMedia, sendKeys, sendMouse, setViewport } from '@web/test-runner-commands';
import type { AskBase, AskNode, Input } from '../../widget/contract/flow.ts';
import type { ParleyAnswerEvent } from '../../widget/events.ts';
import type { ParleyChat } from '../../widget/parley-chat.ts';
import { hears, inside, nextRelay, problem, question, said, until } from './chat.ts';
import { FLOW, installFakeRelay, json, type FakeRelay } from './fake-relay.ts';

type Asking = Input<string> & Partial<AskBase<string>>;

let relay: FakeRelay;

beforeEach(() => {
  relay = installFakeRelay();
});
afterEach(() => relay.uninstall());

const fields = (chat: ParleyChat, selector: string) => [
  ...(question(chat)?.querySelectorAll<HTMLInputElement>(selector) ?? []),
];

const field = (chat: ParleyChat, selector = 'input, textarea') => fields(chat, selector)[0];

const button = (chat: ParleyChat, name: string) =>
  fields(chat, 'button, label').find(
    ({ textContent, ariaLabel }) => (ariaLabel ?? textContent.trim()) === name,
  );

/** One question, and then what was kept of the answer. */
async function ask(asking: Asking, locale = 'en'): Promise<ParleyChat> {
  const node: AskNode<string> = { type: 'ask', field: 'x', text: 'What?', next: 'done', ...asking };
  const nodes = { node, done: { type: 'end', text: 'Got {{answers.x | default: "nothing"}}' } } as const;
  relay.flow = async () => json({ ...FLOW, start: 'node', nodes });
  const chat = await fixture<ParleyChat>(
    html`<parley-chat flow="welcome" relay=${nextRelay()} locale=${locale}></parley-chat>`,
  );
  await until(() => question(chat), 'nothing was asked');
  return chat;
}

/** A question of consent, and then another one. */
async function askTwice(next: Asking): Promise<ParleyChat> {
  const then: AskNode<string> = { type: 'ask', field: 'y', text: 'And then?', next: 'done', ...next };
  const nodes = {
    node: { type: 'ask', input: 'consent', field: 'x', text: 'What?', next: 'then' },
    then,
    done: { type: 'end', text: 'Done' },
  } as const;
  relay.flow = async () => json({ ...FLOW, start: 'node', nodes });
  const chat = await fixture<ParleyChat>(
    html`<parley-chat flow="welcome" relay=${nextRelay()} locale="en"></parley-chat>`,
  );
  await until(() => question(chat), 'nothing was asked');
  return chat;
}

async function click(element: Element | undefined): Promise<void> {
  const { x, y, width, height } = element?.getBoundingClientRect() ?? new DOMRect();
  assert.isAbove(width, 0, 'there is nothing to click');
  await sendMouse({ type: 'click', position: [Math.round(x + width / 2), Math.round(y + height / 2)] });
}

async function keys(...pressed: string[]): Promise<void> {
  for (const each of pressed) {
    if (['Enter', 'Tab', 'ArrowDown'].includes(each)) await sendKeys({ press: each });
    else await sendKeys({ type: each });
  }
}

const COLOURS = [
  { value: 'r', text: 'Red' },
  { value: 'g', text: 'Green' },
  { value: 'b', text: 'Blue' },
];

interface Case {
  readonly name: string;
  readonly ask: Asking;
  /** Typed from the first field on. */
  readonly keys: readonly string[];
  /** Names of what is clicked; what is not the name of a button is typed. */
  readonly clicks: readonly string[];
  /** How the answer reads, and what is kept where that is something else. */
  readonly reads: string;
  readonly keeps?: string;
  /** What the fields hold when the visitor goes back. */
  readonly offers: (chat: ParleyChat) => unknown;
  readonly offered: unknown;
}

const value = (chat: ParleyChat) => field(chat)?.value;
const values = (chat: ParleyChat) => fields(chat, 'input').map((input) => input.value);
const pressed = (chat: ParleyChat) =>
  fields(chat, '[aria-pressed=true]').map(({ textContent }) => textContent.trim());

const CASES: readonly Case[] = [
  {
    name: 'text',
    ask: { input: 'text' },
    keys: ['Ada', 'Enter'],
    clicks: ['Ada', 'Send'],
    reads: 'Ada',
    offers: value,
    offered: 'Ada',
  },
  {
    name: 'text of several lines',
    ask: { input: 'multiline' },
    keys: ['a', 'Enter', 'b', 'Tab', 'Enter'],
    clicks: ['a b', 'Send'],
    reads: 'a\nb',
    offers: value,
    offered: 'a\nb',
  },
  {
    name: 'an e-mail address',
    ask: { input: 'email' },
    keys: ['ada@example.com', 'Enter'],
    clicks: ['ada@example.com', 'Send'],
    reads: 'ada@example.com',
    offers: value,
    offered: 'ada@example.com',
  },
  {
    name: 'a phone number',
    ask: { input: 'phone', country: 'GB' },
    keys: ['020 7946 0958', 'Enter'],
    clicks: ['020 7946 0958', 'Send'],
    reads: '+442079460958',
    offers: value,
    offered: '+442079460958',
  },
  {
    name: 'a date',
    ask: { input: 'date' },
    keys: ['11/30/2026', 'Enter'],
    clicks: ['11/30/2026', 'Send'],
    reads: 'November 30, 2026',
    keeps: '2026-11-30',
    offers: value,
    offered: '2026-11-30',
  },
  {
    name: 'a birthday',
    ask: { input: 'date', autocomplete: 'bday' },
    keys: ['2', 'Tab', '1', 'Tab', '1990', 'Enter'],
    clicks: ['2', 'Tab', '1', 'Tab', '1990', 'Send'],
    reads: 'February 1, 1990',
    keeps: '1990-02-01',
    offers: values,
    offered: ['02', '01', '1990'],
  },
  {
    name: 'a number',
    ask: { input: 'number' },
    keys: ['1,234.5', 'Enter'],
    clicks: ['1,234.5', 'Send'],
    reads: '1,234.5',
    keeps: '1234.5',
    offers: value,
    offered: '1234.5',
  },
  {
    name: 'a choice',
    ask: { input: 'choice', options: COLOURS },
    keys: ['Tab', 'Enter'],
    clicks: ['Green'],
    reads: 'Green',
    offers: pressed,
    offered: ['Green'],
  },
  {
    name: 'choices',
    ask: { input: 'choices', options: COLOURS },
    keys: [' ', 'Tab', 'Tab', ' ', 'Enter'],
    clicks: ['Red', 'Blue', 'Send'],
    reads: 'Red and Blue',
    keeps: 'Red, Blue',
    offers: (chat) => fields(chat, ':checked').map((input) => input.value),
    offered: ['r', 'b'],
  },
  {
    name: 'a rating',
    ask: { input: 'rating', low: 'Bad', high: 'Good' },
    keys: ['Tab', 'Tab', 'Tab', ' '],
    clicks: ['4'],
    reads: '4 of 5',
    keeps: '4',
    offers: pressed,
    offered: ['4'],
  },
  {
    name: 'consent',
    ask: { input: 'consent', no: 'No thanks' },
    keys: ['Tab', 'Enter'],
    clicks: ['No thanks'],
    reads: 'No thanks',
    keeps: 'false',
    offers: pressed,
    offered: ['No thanks'],
  },
];

/** The first thing that takes the focus. */
const first = (chat: ParleyChat) => field(chat, 'input, textarea, button');

const change = (chat: ParleyChat) =>
  chat.shadowRoot?.querySelector<HTMLButtonElement>('.transcript button.quiet') ?? undefined;

describe('an input', () => {
  for (const scheme of ['light', 'dark'] as const) {
    for (const { name, ask: asking } of CASES) {
      it(`is accessible in the ${scheme}: ${name}`, async () => {
        document.documentElement.style.colorScheme = 'light dark';
        await emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        const chat = await ask({ ...asking, optional: true });
        chat.theme = scheme;
        await chat.updateComplete;
        await expect(chat).to.be.accessible();
        document.documentElement.style.colorScheme = '';
        await emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' });
      });
    }
  }

  for (const { name, ask: asking, keys: pressing, reads, keeps = reads } of CASES) {
    it(`takes an answer by keyboard: ${name}`, async () => {
      const chat = await ask(asking);
      first(chat)?.focus();
      await keys(...pressing);
      await hears(chat, `Got ${keeps}`);
      assert.deepEqual(said(chat), ['What?', reads, `Got ${keeps}`]);
    });
  }

  for (const { name, ask: asking, clicks, reads, keeps = reads } of CASES) {
    it(`takes an answer by pointer: ${name}`, async () => {
      const chat = await ask(asking);
      if (field(chat, 'input:not([type=checkbox]), textarea')) await click(first(chat));
      for (const each of clicks) {
        const named = button(chat, each);
        if (named) await click(named);
        else await keys(each);
      }
      await hears(chat, `Got ${name.includes('lines') ? 'a b' : keeps}`);
    });
  }

  for (const { name, ask: asking, keys: pressing, keeps, reads, offers, offered } of CASES) {
    it(`offers the answer again when the visitor goes back to it: ${name}`, async () => {
      const chat = await ask(asking);
      first(chat)?.focus();
      await keys(...pressing);
      await hears(chat, `Got ${keeps ?? reads}`);
      assert.strictEqual(change(chat)?.ariaLabel, 'Change your answer to: What?');
      await click(change(chat));
      const held = () => fields(chat, '[aria-pressed=true]')[0] ?? first(chat);
      await until(() => held() && chat.shadowRoot?.activeElement === held());
      assert.deepEqual(offers(chat), offered);
    });
  }

  for (const { name, ask: asking } of CASES) {
    it(`is named by its question: ${name}`, async () => {
      const chat = await ask(asking);
      const named = field(chat, 'legend, label[for]') ?? field(chat, '[role=group]');
      assert.strictEqual(named?.ariaLabel ?? named?.textContent.trim(), 'What?');
    });

    it(`is large enough for a finger, and does not make iOS zoom: ${name}`, async () => {
      const chat = await ask({ ...asking, optional: true });
      for (const target of fields(chat, 'button, input:not([type=checkbox]), textarea, label.pill')) {
        const { width, height } = target.getBoundingClientRect();
        assert.isAtLeast(width, 44, target.outerHTML);
        assert.isAtLeast(height, 44, target.outerHTML);
        assert.isAtLeast(parseFloat(getComputedStyle(target).fontSize), 16);
      }
    });

    it(`can be passed over where the flow says so: ${name}`, async () => {
      const chat = await ask({ ...asking, optional: true });
      await click(button(chat, 'Skip'));
      await hears(chat, 'Got nothing');
      assert.deepEqual(said(chat), ['What?', 'Skipped', 'Got nothing']);
    });
  }
});

/** What is typed, and what is said to it. */
const REFUSALS: readonly [name: string, ask: Asking, pressing: readonly string[], words: string][] = [
  ['nothing', { input: 'text' }, ['Enter'], 'Please answer this first.'],
  ['nothing chosen', { input: 'choices', options: COLOURS }, ['Enter'], 'Please answer this first.'],
  ['too short a text', { input: 'text', min_length: 5 }, ['Ada', 'Enter'], 'at least 5 characters'],
  ['too long a text', { input: 'text', max_length: 2 }, ['Ada', 'Enter'], 'longer than 2 characters'],
  ['what the pattern refuses', { input: 'text', pattern: '\\d+' }, ['Ada', 'Enter'], 'doesn’t look right'],
  ['no e-mail address', { input: 'email' }, ['ada', 'Enter'], 'name@example.com'],
  ['no phone number', { input: 'phone' }, ['020 7946 0958', 'Enter'], 'country code'],
  [
    'what is no day',
    { input: 'date', autocomplete: 'bday' },
    ['2', 'Tab', '31', 'Tab', '1990', 'Enter'],
    'no day in the calendar',
  ],
  ['more than one character', { input: 'text', max_length: 1 }, ['Ada', 'Enter'], 'longer than 1 character.'],
  ['a half-typed date', { input: 'date' }, ['11', 'Enter'], 'a whole date'],
  [
    'too early a date',
    { input: 'date', min: '2020-01-31' },
    ['01/01/2019', 'Enter'],
    'January 31, 2020 or a later',
  ],
  [
    'too late a date',
    { input: 'date', max: '2020-01-31' },
    ['01/01/2021', 'Enter'],
    'January 31, 2020 or an earlier',
  ],
  [
    'a year of two digits',
    { input: 'date', autocomplete: 'bday' },
    ['2', 'Tab', '1', 'Tab', '90', 'Enter'],
    'four digits',
  ],
  ['a birthday that is half typed', { input: 'date', autocomplete: 'bday' }, ['2', 'Enter'], 'a whole date'],
  ['no number', { input: 'number' }, ['12 %', 'Enter'], 'just a number'],
  ['half a person', { input: 'number', integer: true }, ['1.5', 'Enter'], 'whole number'],
  ['too small a number', { input: 'number', min: 1000 }, ['1', 'Enter'], '1,000 or more'],
  ['too large a number', { input: 'number', max: 10 }, ['11', 'Enter'], '10 or less'],
  ['too few', { input: 'choices', options: COLOURS, min: 2 }, [' ', 'Enter'], 'at least 2'],
  ['too many', { input: 'choices', options: COLOURS, max: 1 }, [' ', 'Tab', ' ', 'Enter'], 'no more than 1'],
];

describe('an answer that cannot be taken', () => {
  for (const [name, asking, pressing, words] of REFUSALS) {
    it(`is refused in words: ${name}`, async () => {
      const chat = await ask(asking);
      first(chat)?.focus();
      await keys(...pressing);
      await until(() => problem(chat) !== '', 'there are no words');
      assert.include(problem(chat), words);
      assert.ok(fields(chat, 'input, textarea').every((input) => input.ariaInvalid === 'true'));
      assert.ok(field(chat, '[aria-describedby~=problem]'));
      assert.ok(
        fields(chat, 'input:not([type=checkbox])').every((input) =>
          input.matches('[aria-describedby~=problem]'),
        ),
      );
      assert.ok(field(chat, '#problem[role=alert][dir=auto]'));
      await emulateMedia({ reducedMotion: 'reduce' });
      await expect(chat).to.be.accessible();
      await emulateMedia({ reducedMotion: 'no-preference' });
    });
  }

  it('is refused in the flow’s own words, filled', async () => {
    const chat = await ask({
      input: 'email',
      retry: { text: 'Your address, {{answers.y | default: "friend"}}.' },
    });
    first(chat)?.focus();
    await keys('nope', 'Enter');
    await until(() => problem(chat) === 'Your address, friend.');
  });

  it('is refused in the flow’s own words where it has some', async () => {
    const chat = await ask({ input: 'email', retry: { text: 'Your address, please.' } });
    first(chat)?.focus();
    assert.strictEqual(problem(chat), '');
    await keys('nope', 'Enter');
    await until(() => problem(chat) === 'Your address, please.');
  });

  it('is refused aloud each time, also in the same words, and the field is at hand again', async () => {
    const chat = await ask({ input: 'text' });
    const words = () => field(chat, '#problem span');
    await click(button(chat, 'Send'));
    await until(words);
    const heard = words();
    await until(() => chat.shadowRoot?.activeElement === first(chat), 'the field has no focus');
    await click(button(chat, 'Send'));
    await until(() => words() !== heard, 'nothing was said to the second answer');
    assert.strictEqual(problem(chat), 'Please answer this first.');
    await until(() => chat.shadowRoot?.activeElement === first(chat), 'the field has no focus');
  });

  for (const asking of [{ input: 'date', autocomplete: 'bday' }, { input: 'email' }] as const) {
    it(`is seen to be refused at each of its fields: ${JSON.stringify(asking)}`, async () => {
      const chat = await ask(asking);
      await click(button(chat, 'Send'));
      await until(() => problem(chat) !== '', 'there are no words');
      const alarm = getComputedStyle(field(chat, '#problem') as HTMLElement).color;
      const boxes = fields(chat, '.box, .field');
      assert.isNotEmpty(boxes);
      for (const box of boxes) assert.strictEqual(getComputedStyle(box).borderTopColor, alarm);
    });
  }

  it('is not cut when it is too long', async () => {
    const chat = await ask({ input: 'text', max_length: 3 });
    first(chat)?.focus();
    await keys('Adalbert', 'Enter');
    await until(() => problem(chat) !== '');
    assert.strictEqual(field(chat)?.value, 'Adalbert');
  });
});

/** In full-width and other digits, by the order and the signs of the locale. */
const READINGS: readonly [
  name: string,
  ask: Asking,
  locale: string,
  pressing: readonly string[],
  keeps: string,
][] = [
  [
    'full-width e-mail',
    { input: 'email' },
    'ja',
    ['ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ', 'Enter'],
    'taro@example.jp',
  ],
  [
    'full-width phone',
    { input: 'phone', country: 'JP' },
    'ja',
    ['０９０ー１２３４ー５６７８', 'Enter'],
    '+819012345678',
  ],
  ['full-width number', { input: 'number' }, 'ja', ['−１２．５', 'Enter'], '-12.5'],
  ['German number', { input: 'number' }, 'de', ['1.234,5', 'Enter'], '1234.5'],
  ['Persian number', { input: 'number' }, 'fa', ['۱۲۳', 'Enter'], '123'],
  ['text as it is typed', { input: 'text' }, 'ja', ['東京１２３', 'Enter'], '東京１２３'],
  [
    'British birthday',
    { input: 'date', autocomplete: 'bday' },
    'en-GB',
    ['1', 'Tab', '2', 'Tab', '1990', 'Enter'],
    '1990-02-01',
  ],
  [
    'British birthday with the month in words',
    { input: 'date', autocomplete: 'bday' },
    'en-GB',
    ['1', 'Tab', 'Feb', 'Tab', '1990', 'Enter'],
    '1990-02-01',
  ],
  [
    'Japanese birthday',
    { input: 'date', autocomplete: 'bday' },
    'ja',
    ['１９９０', 'Tab', '２', 'Tab', '１', 'Enter'],
    '1990-02-01',
  ],
];

describe('an answer in the visitor’s own way of writing', () => {
  for (const [name, asking, locale, pressing, keeps] of READINGS) {
    it(`is read: ${name}`, async () => {
      const chat = await ask(asking, locale);
      first(chat)?.focus();
      await keys(...pressing);
      await hears(chat, `Got ${keeps}`);
    });
  }

  const ORDERS: [string, string[]][] = [
    ['en-US', ['Month', 'Day', 'Year']],
    ['en-GB', ['Day', 'Month', 'Year']],
    ['ja', ['年', '月', '日']],
    ['no locale at all', ['Month', 'Day', 'Year']],
  ];
  for (const [locale, order] of ORDERS) {
    it(`a birthday is asked in the order of ${locale}, and can be filled in by the browser`, async () => {
      const chat = await ask({ input: 'date', autocomplete: 'bday' }, locale);
      assert.deepEqual(
        fields(chat, 'input').map((input) => input.labels?.[0]?.textContent.trim()),
        order,
      );
      assert.sameMembers(
        // Not the property: Firefox tells by it only of what it fills in itself.
        fields(chat, 'input').map((input) => input.getAttribute('autocomplete')),
        ['bday-day', 'bday-month', 'bday-year'],
      );
    });
  }

  it('a birthday of someone else keeps the section of its purpose', async () => {
    const chat = await ask({ input: 'date', autocomplete: 'section-child bday' }, 'en-GB');
    assert.deepEqual(
      fields(chat, 'input').map((input) => input.getAttribute('autocomplete')),
      ['section-child bday-day', 'section-child bday-month', 'section-child bday-year'],
    );
  });

  it('a date is bounded by the visitor’s own day', async () => {
    const chat = await ask({ input: 'date', min: '2020-02-29', max: 'today' });
    const now = new Date();
    const today = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) =>
      String(part).padStart(2, '0'),
    );
    assert.strictEqual(field(chat)?.min, '2020-02-29');
    assert.strictEqual(field(chat)?.max, today.join('-'));
  });

  it('several lines are sent with Control and Enter', async () => {
    const chat = await ask({ input: 'multiline' });
    first(chat)?.focus();
    await keys('a', 'Enter', 'b');
    await sendKeys({ down: 'Control' });
    await sendKeys({ press: 'Enter' });
    await sendKeys({ up: 'Control' });
    await hears(chat, 'Got a\nb');
  });

  it('the Enter that ends a word of an input method sends nothing', async () => {
    const chat = await ask({ input: 'multiline' });
    let sent = 0;
    question(chat)?.addEventListener('submit', () => (sent += 1));
    const keydown = { key: 'Enter', ctrlKey: true, bubbles: true, composed: true };
    const counts = [{ isComposing: true }, { repeat: true }, {}].map((more) => {
      first(chat)?.dispatchEvent(new KeyboardEvent('keydown', { ...keydown, ...more }));
      return sent;
    });
    assert.deepEqual(counts, [0, 0, 1]);
  });

  const NEXT: Asking[] = [
    { input: 'consent' },
    { input: 'choice', options: COLOURS },
    { input: 'rating' },
    { input: 'text' },
    { input: 'choices', options: COLOURS },
  ];
  for (const next of NEXT) {
    it(`a key that is held down answers one question, not the next as well: ${next.input}`, async () => {
      const chat = await askTwice(next);
      await until(() => first(chat));
      first(chat)?.focus();
      await sendKeys({ down: 'Enter' });
      await hears(chat, 'And then?');
      await until(() => chat.shadowRoot?.activeElement?.matches('.question *'));
      await sendKeys({ down: 'Enter' });
      await sendKeys({ down: 'Enter' });
      await sendKeys({ up: 'Enter' });
      await chat.updateComplete;
      assert.deepEqual([...said(chat), problem(chat)], ['What?', 'Yes', 'And then?', '']);
    });
  }

  it('a second click on what sends spends no try', async () => {
    const chat = await ask({ input: 'text', optional: true });
    let sent = 0;
    question(chat)?.addEventListener('submit', () => (sent += 1));
    for (const name of ['Send', 'Skip']) {
      const second = new MouseEvent('click', { detail: 2, bubbles: true, cancelable: true, composed: true });
      button(chat, name)?.dispatchEvent(second);
    }
    assert.strictEqual(sent, 0);
    first(chat)?.focus();
    await keys('Ada', 'Enter');
    await hears(chat, 'Got Ada');
  });

  it('a phone shows the keyboard that fits', async () => {
    const keyboards: [Asking, string, string][] = [
      [{ input: 'number' }, 'decimal', 'send'],
      [{ input: 'number', integer: true }, 'numeric', 'send'],
      [{ input: 'number', min: -5 }, '', 'send'],
      [{ input: 'date', autocomplete: 'bday' }, 'numeric', 'send'],
      [{ input: 'text' }, '', 'send'],
      [{ input: 'multiline' }, '', 'enter'],
    ];
    for (const [asking, mode, enter] of keyboards) {
      const shown = first(await ask(asking));
      // A browser for desktops may not know the property.
      const hint = shown?.getAttribute('enterkeyhint');
      assert.deepEqual([shown?.inputMode, hint], [mode, enter], JSON.stringify(asking));
    }
  });

  it('what sends is in sight however many the options are, and so is what was said', async () => {
    const options = Array.from({ length: 40 }, (_, index) => ({
      value: `${index}`,
      text: `Option ${index}`,
    }));
    for (const input of ['choices', 'choice'] as const) {
      const chat = await ask({ input, options, optional: true });
      const { bottom } = chat.getBoundingClientRect();
      for (const name of input === 'choices' ? ['Send', 'Skip'] : ['Skip']) {
        assert.isAtMost(button(chat, name)?.getBoundingClientRect().bottom ?? Infinity, bottom, name);
      }
      assert.isAtLeast(inside(chat, '.transcript')?.clientHeight ?? 0, 100);
      const shown = field(chat, '.options') as HTMLElement;
      assert.isAbove(shown.scrollHeight, shown.clientHeight);
    }
  });

  it('a rating stands in even rows on a phone', async () => {
    await setViewport({ width: 360, height: 640 });
    const rows: [max: number, each: number[]][] = [
      [5, [6]],
      [6, [4, 3]],
      [10, [6, 5]],
    ];
    for (const [max, each] of rows) {
      const chat = await ask({ input: 'rating', min: 0, max });
      const tops = fields(chat, 'button').map((step) => step.getBoundingClientRect().top);
      assert.deepEqual(
        [...new Set(tops)].map((top) => tops.filter((other) => other === top).length),
        each,
      );
      for (const step of fields(chat, 'button')) assert.isAtLeast(step.getBoundingClientRect().width, 44);
    }
    await setViewport({ width: 800, height: 600 });
  });

  it('a double click answers one question, not the next as well', async () => {
    const chat = await askTwice({ input: 'consent' });
    const press = (detail: number) =>
      button(chat, 'Yes')?.dispatchEvent(new MouseEvent('click', { detail, bubbles: true, composed: true }));
    press(1);
    await hears(chat, 'And then?');
    press(2);
    // It comes after whatever the second click would have answered.
    const answered = oneEvent<ParleyAnswerEvent>(chat, 'parley-answer');
    press(1);
    assert.strictEqual((await answered).node, 'then');
    await hears(chat, 'Done');
  });
});
