import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { createConsenting, readConsentMode, type Consenting } from '../widget/consenting.ts';
import { createPageGate } from '../widget/gate.ts';
import { words } from '../widget/locale/further/en.ts';
import type { News } from '../widget/outbox/outbox.ts';
import type { ConsentMode } from '../widget/page/consent.ts';

/** A page, on which the rules may not come. */
function openPage({ isFree = true, isOnline = true } = {}) {
  const page = { isOnline, isFetched: false, forgotten: 0, heard: [] as string[] };
  const news: (News | undefined)[] = [];
  let rules: Consenting | undefined;
  const gate = createPageGate({
    isFreeIn: () => isFree,
    page: 'here',
    forget: () => (page.forgotten += 1),
    async load() {
      if (!page.isOnline) throw new TypeError('Failed to fetch');
      page.isFetched = true;
      return { createConsenting: (mode: string) => (rules = createConsenting(mode)) };
    },
  });
  gate.listen((told) => {
    page.heard.push(gate.state());
    news.push(told);
  });
  return { gate, page, news, rules: () => rules };
}

describe('the gate of a page', () => {
  it('is pending until the page has said its mode', () => {
    assert.equal(openPage().gate.state(), 'pending');
  });

  it('is open at once where nobody is to be asked, and fetches nothing', async () => {
    const { gate, page } = openPage();
    gate.declare('');
    assert.equal(gate.state(), 'allowed');
    await gate.heed(undefined);
    assert.equal(gate.question(words.consent), undefined);
    assert.deepEqual([page.isFetched, page.heard], [false, []]);
  });

  it('is shut at once where the page says so, and fetches nothing', async () => {
    const { gate, page } = openPage({ isFree: false });
    gate.declare('denied');
    await gate.heed(undefined);
    assert.deepEqual([gate.state(), page.isFetched, page.forgotten], ['denied', false, 0]);
  });

  it('takes the first mode', () => {
    const { gate } = openPage();
    gate.declare('denied');
    gate.declare('none-needed');
    assert.equal(gate.state(), 'denied');
  });

  it('asks by the rules where the visitor is to be asked', async () => {
    const { gate, page } = openPage({ isFree: false });
    gate.declare('required');
    await gate.heed(undefined);
    assert.equal(gate.state(), 'pending');
    assert.equal(gate.question(words.consent)?.ask.input, 'choice');
    await gate.set(true);
    assert.equal(gate.question(words.consent), undefined);
    assert.deepEqual(page.heard, ['allowed']);
  });

  it('asks in the words that it is given: the same question for the same ones', async () => {
    const { gate } = openPage({ isFree: false });
    gate.declare('required');
    await gate.heed(undefined);
    const own = { text: 'May we?', yes: 'You may', no: 'You may not' };
    const question = gate.question(own);
    const { ask, utterance, yes } = question ?? assert.fail('nothing is asked');
    assert.deepEqual(ask.text, own.text);
    assert.deepEqual(ask.options, [
      { value: yes, text: own.yes },
      { value: 'no', text: own.no },
    ]);
    assert.deepEqual(utterance, { from: 'brand', node: '', bubble: { content: [own.text] } });
    assert.equal(gate.question(own), question);
    assert.notEqual(gate.question({ ...own }), question);
    assert.equal(gate.question(words.consent)?.ask.text, words.consent.text);
  });

  it('says where the rules cannot be had, and fetches them again when it is asked again', async () => {
    const { gate, page } = openPage({ isFree: false, isOnline: false });
    gate.declare('required');
    await assert.rejects(gate.heed(undefined), /Failed to fetch/);
    await assert.rejects(gate.set(true), /Failed to fetch/);
    assert.equal(gate.state(), 'pending');
    page.isOnline = true;
    await gate.set(true);
    assert.equal(gate.state(), 'allowed');
  });

  it('obeys a refusal at once, offline too, and forgets; a later grant counts', async () => {
    const { gate, page } = openPage({ isOnline: false });
    gate.declare('none-needed');
    await gate.set(false);
    await gate.set(false);
    assert.deepEqual([gate.state(), page.heard], ['denied', ['denied']]);
    assert.ok(page.forgotten > 0);
    page.isOnline = true;
    await gate.set(true);
    assert.deepEqual(page.heard, ['denied', 'allowed']);
  });

  it('stays shut by a refusal that came before the mode', async () => {
    const { gate } = openPage();
    await gate.set(false);
    gate.declare('none-needed');
    assert.equal(gate.state(), 'denied');
  });

  it('listens to the consent tools in every mode', async () => {
    const { gate, page } = openPage();
    gate.declare('none-needed');
    await gate.heed({ google: ['analytics_storage'] });
    assert.ok(page.isFetched);
    assert.equal(gate.state(), 'allowed');
  });
});

describe('the last word', () => {
  for (const [name, says, state] of [
    ['a refusal after a grant', [true, false], 'denied'],
    ['a grant after a refusal', [false, true], 'allowed'],
    ['a grant, a refusal and a grant', [true, false, true], 'allowed'],
  ] as const) {
    it(`counts, while the rules are on their way: ${name}`, async () => {
      const { gate } = openPage({ isFree: false });
      gate.declare('required');
      await Promise.all(says.map((isGranted) => gate.set(isGranted)));
      assert.equal(gate.state(), state);
    });
  }

  it('counts when the rules come that could not be had', async () => {
    const { gate, page } = openPage({ isFree: false, isOnline: false });
    gate.declare('required');
    await assert.rejects(gate.set(true));
    page.isOnline = true;
    await gate.heed(undefined);
    assert.equal(gate.state(), 'allowed');
  });
});

describe('what another page has told', () => {
  const withdrawn = (by: 'visitor' | 'page', page = 'there') => ({ type: 'withdrawn', by, page }) as const;

  it('is obeyed, and not told again', async () => {
    const { gate, news } = openPage();
    gate.declare('none-needed');
    gate.obey(withdrawn('visitor'));
    assert.deepEqual([gate.state(), news], ['denied', [undefined]]);
    await gate.set(true);
    await gate.set(false);
    assert.deepEqual(news, [undefined, undefined, withdrawn('visitor', 'here')]);
  });

  it('is passed on where a page without a chat has told it: nobody but us knows who they were', () => {
    const { gate, news } = openPage();
    gate.declare('none-needed');
    gate.obey(withdrawn('visitor', ''));
    assert.deepEqual(news, [withdrawn('visitor', 'here')]);
  });

  it('is passed over where it is the page’s own', async () => {
    const { gate } = openPage();
    gate.declare('none-needed');
    await gate.set(true);
    gate.obey(withdrawn('visitor', 'here'));
    gate.obey({ type: 'done' });
    assert.equal(gate.state(), 'allowed');
  });

  it('by a consent tool, leaves it to the tool to grant it again', async () => {
    const { gate, rules } = openPage({ isFree: false });
    gate.declare('required');
    await gate.heed(undefined);
    rules()?.set(true, 'page');
    gate.obey(withdrawn('page'));
    assert.equal(gate.state(), 'denied');
    rules()?.set(true, 'page');
    assert.equal(gate.state(), 'allowed');
    gate.obey(withdrawn('visitor'));
    rules()?.set(true, 'page');
    assert.equal(gate.state(), 'denied');
  });
});

describe('a question of the flow', () => {
  const ask = { type: 'ask', field: 'may', input: 'consent', text: 'May we?', next: 'end' } as const;
  for (const [purpose, before, answer, state] of [
    ['storage', 'pending', true, 'allowed'],
    ['storage', 'pending', false, 'denied'],
    ['storage', 'allowed', false, 'denied'],
    ['storage', 'denied', true, 'allowed'],
    ['storage', 'pending', undefined, 'pending'],
    ['marketing', 'pending', true, 'pending'],
    ['marketing', 'allowed', false, 'allowed'],
    [undefined, 'pending', false, 'pending'],
  ] as const) {
    it(`${purpose ?? 'without a purpose'}, ${before}, ${String(answer)}: ${state}`, async () => {
      const { gate } = openPage({ isFree: false });
      gate.declare('required');
      if (before !== 'pending') await gate.set(before === 'allowed');
      await gate.hear({ ...ask, ...(purpose && { purpose }) }, answer);
      assert.equal(gate.state(), state);
    });
  }
});

describe('consent mode of the page', () => {
  const MODE_ROWS: readonly (readonly [string, ConsentMode, boolean])[] = [
    ['', 'none-needed', false],
    ['none-needed', 'none-needed', false],
    ['required', 'required', false],
    ['denied', 'denied', false],
    [' Required\n', 'required', false],
    ['none', 'required', true],
    ['granted', 'required', true],
    ['toString', 'required', true],
  ];
  for (const [attribute, mode, isWarned] of MODE_ROWS) {
    it(`${JSON.stringify(attribute)} is ${mode}${isWarned ? ', and told' : ''}`, (context) => {
      const warn = context.mock.method(console, 'warn', mock.fn());
      assert.equal(readConsentMode(attribute), mode);
      assert.equal(warn.mock.callCount(), isWarned ? 1 : 0);
    });
  }
});
