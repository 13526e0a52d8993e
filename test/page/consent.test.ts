import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  createConsent,
  type Consent,
  type ConsentMode,
  type ConsentPorts,
} from '../../widget/page/consent.ts';

/** `V` is the visitor, `P` the page; `+` grants, `-` refuses. */
type Word = 'V+' | 'V-' | 'P+' | 'P-';
const WORDS: readonly Word[] = ['V+', 'V-', 'P+', 'P-'];
const MODES: readonly ConsentMode[] = ['none-needed', 'required', 'denied'];

interface Row {
  readonly mode: ConsentMode;
  /** With Global Privacy Control. */
  readonly gpc: boolean;
  /** The visitor granted it on an earlier page. */
  readonly earlier: boolean;
  readonly said: readonly Word[];
  /** At first, and after each word. */
  readonly states: readonly string[];
  /** What was to be remembered: `+`, or forgotten: `-`. */
  readonly kept: string;
}

/** @param signals `gpc`, `earlier`; @param steps `start, word → state, …` */
function row(mode: ConsentMode, signals: string, steps: string, kept = ''): Row {
  const [start = '', ...rest] = steps.split(', ');
  const words = rest.map((step) => step.split(' → '));
  return {
    mode,
    gpc: signals.includes('gpc'),
    earlier: signals.includes('earlier'),
    said: words.map(([word]) => word as Word),
    states: [start, ...words.map(([, state = '']) => state)],
    kept,
  };
}

const ROWS: Row[] = [
  // Nobody has said anything.
  row('none-needed', '', 'allowed'),
  row('none-needed', 'earlier', 'allowed'),
  row('none-needed', 'gpc', 'pending'),
  row('none-needed', 'gpc earlier', 'allowed'),
  row('required', '', 'pending'),
  row('required', 'earlier', 'pending'),
  row('required', 'gpc', 'pending'),
  row('required', 'gpc earlier', 'pending'),
  row('denied', '', 'denied'),
  row('denied', 'earlier', 'denied'),
  row('denied', 'gpc', 'denied'),
  row('denied', 'gpc earlier', 'denied'),

  // The visitor alone.
  row('none-needed', '', 'allowed, V+ → allowed', '+'),
  row('none-needed', '', 'allowed, V- → denied', '-'),
  row('none-needed', '', 'allowed, V- → denied, V+ → allowed', '-+'),
  row('none-needed', 'gpc', 'pending, V+ → allowed', '+'),
  row('none-needed', 'gpc', 'pending, V- → denied', '-'),
  row('none-needed', 'gpc', 'pending, V+ → allowed, V- → denied', '+-'),
  row('none-needed', 'gpc earlier', 'allowed, V- → denied', '-'),
  row('none-needed', 'gpc earlier', 'allowed, V+ → allowed', '+'),
  row('required', '', 'pending, V+ → allowed', '+'),
  row('required', '', 'pending, V- → denied', '-'),
  row('required', '', 'pending, V+ → allowed, V- → denied', '+-'),
  row('required', '', 'pending, V- → denied, V+ → allowed', '-+'),
  row('required', '', 'pending, V+ → allowed, V+ → allowed', '++'),
  row('required', '', 'pending, V- → denied, V- → denied', '-'),
  row('required', 'gpc', 'pending, V+ → allowed', '+'),
  row('required', 'gpc', 'pending, V- → denied', '-'),
  row('denied', '', 'denied, V+ → allowed', '+'),
  row('denied', '', 'denied, V- → denied'),
  row('denied', 'gpc', 'denied, V+ → allowed, V- → denied', '+-'),

  // The page alone: nothing of it is remembered.
  row('none-needed', '', 'allowed, P+ → allowed'),
  row('none-needed', '', 'allowed, P- → denied', '-'),
  row('none-needed', '', 'allowed, P- → denied, P+ → allowed', '-'),
  row('none-needed', 'gpc', 'pending, P+ → pending'),
  row('none-needed', 'gpc', 'pending, P- → denied', '-'),
  row('none-needed', 'gpc', 'pending, P- → denied, P+ → pending', '-'),
  row('required', '', 'pending, P+ → allowed'),
  row('required', '', 'pending, P- → denied', '-'),
  row('required', '', 'pending, P+ → allowed, P- → denied', '-'),
  row('required', '', 'pending, P- → denied, P+ → allowed', '-'),
  row('required', 'earlier', 'pending, P+ → allowed'),
  row('required', 'gpc', 'pending, P+ → pending'),
  row('required', 'gpc', 'pending, P- → denied, P+ → pending', '-'),
  row('denied', '', 'denied, P- → denied'),
  row('denied', '', 'denied, P+ → allowed'),
  row('denied', 'gpc', 'denied, P+ → pending'),

  // Both: the visitor over the page, and what the page takes back is taken back.
  row('none-needed', '', 'allowed, V- → denied, P+ → denied', '-'),
  row('none-needed', '', 'allowed, V+ → allowed, P- → denied', '+-'),
  row('none-needed', 'gpc', 'pending, V+ → allowed, P+ → allowed', '+'),
  row('none-needed', 'gpc', 'pending, P+ → pending, V+ → allowed', '+'),
  row('none-needed', 'gpc', 'pending, V- → denied, P+ → denied', '-'),
  row('none-needed', 'gpc', 'pending, V+ → allowed, P- → denied, P+ → pending', '+-'),
  row('none-needed', 'gpc earlier', 'allowed, P- → denied, P+ → pending', '-'),
  row('required', '', 'pending, V+ → allowed, P- → denied', '+-'),
  row('required', '', 'pending, V+ → allowed, P- → denied, P+ → allowed', '+-'),
  row('required', '', 'pending, V+ → allowed, P- → denied, V+ → allowed', '+-+'),
  row('required', '', 'pending, P- → denied, V+ → allowed', '-+'),
  row('required', '', 'pending, P+ → allowed, V- → denied, P+ → denied', '-'),
  row('required', '', 'pending, V- → denied, P- → denied, P+ → denied', '-'),
  row('required', '', 'pending, P+ → allowed, V+ → allowed', '+'),
  row('required', 'gpc', 'pending, P+ → pending, V+ → allowed', '+'),
  row('required', 'gpc', 'pending, V+ → allowed, P- → denied, P+ → pending', '+-'),
  row('denied', '', 'denied, V- → denied, P+ → denied'),
  row('denied', '', 'denied, P+ → allowed, V- → denied', '-'),
  row('denied', 'gpc', 'denied, P+ → pending, V+ → allowed', '+'),
  row('denied', 'gpc', 'denied, V- → denied, P+ → denied'),
];

interface Page {
  readonly consent: Consent;
  /** What was done to storage, in order: `read`, `+`, `-`. */
  readonly touched: string[];
  /** How often its hearer was told. */
  readonly told: () => number;
}

function open(mode: ConsentMode, signals: { gpc: boolean; earlier: boolean }, ports = {}): Page {
  const touched: string[] = [];
  const all: ConsentPorts = {
    isOptedOut: () => signals.gpc,
    remembered() {
      touched.push('read');
      return signals.earlier;
    },
    remember: (isGranted) => void touched.push(isGranted ? '+' : '-'),
    ...ports,
  };
  const consent = createConsent(mode, all);
  let told = 0;
  consent.listen(() => told++);
  return { consent, touched, told: () => told };
}

const say = (consent: Consent, word: Word) => {
  consent.set(word.endsWith('+'), word.startsWith('V') ? 'visitor' : 'page');
};

describe('consent', () => {
  for (const { mode, gpc, earlier, said, states, kept } of ROWS) {
    const signals = `${gpc ? ', GPC' : ''}${earlier ? ', granted before' : ''}`;
    it(`${mode}${signals}: ${said.join(' ') || 'nothing said'}`, () => {
      const { consent, touched, told } = open(mode, { gpc, earlier });
      const seen: string[] = [consent.state()];
      for (const word of said) {
        say(consent, word);
        seen.push(consent.state());
      }
      assert.deepEqual(seen, states);
      assert.equal(told(), states.filter((state, at) => at > 0 && state !== states[at - 1]).length);
      const isRead = mode === 'none-needed' && gpc;
      assert.equal(touched.join(''), `${isRead ? 'read' : ''}${kept}`);
    });
  }

  it('has a table of forty rows and more, none of them twice', () => {
    const names = ROWS.map(({ mode, gpc, earlier, said }) => [mode, gpc, earlier, ...said].join());
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.length >= 40, `${names.length}`);
  });

  it('keeps its promises whatever five words are said', () => {
    const sayings = (length: number): Word[][] =>
      length === 0 ? [[]] : sayings(length - 1).flatMap((said) => WORDS.map((word) => [...said, word]));
    for (const mode of MODES) {
      for (const gpc of [false, true]) {
        for (const said of sayings(5)) {
          const { consent, told } = open(mode, { gpc, earlier: false });
          let changes = 0;
          let visitor: Word | undefined;
          let isPageForIt = mode === 'none-needed';
          for (const word of said) {
            const before = consent.state();
            say(consent, word);
            if (word.startsWith('V')) visitor = word;
            else isPageForIt = word === 'P+';
            if (word === 'P-' && visitor === 'V+') visitor = undefined;
            if (consent.state() !== before) changes++;
            const where = `${mode} ${gpc ? 'GPC ' : ''}${said.join(' ')}`;
            assert.equal(told(), changes, where);
            const state = consent.state();
            assert.equal(state === 'allowed', visitor ? visitor === 'V+' : isPageForIt && !gpc, where);
            if (word.endsWith('-')) assert.equal(state, 'denied', where);
            // Whom Global Privacy Control alone speaks for is asked.
            if (!visitor && isPageForIt && gpc) assert.equal(state, 'pending', where);
          }
        }
      }
    }
  });

  it('has decided before its hearers are told, and tells each of them', () => {
    const { consent } = open('required', { gpc: false, earlier: false });
    const heard: string[] = [];
    consent.listen(() => {
      heard.push(`first ${consent.state()}`);
      throw new Error('of a hearer');
    });
    consent.listen(() => heard.push(`second ${consent.state()}`));
    consent.set(true, 'visitor');
    assert.deepEqual(heard, ['first allowed', 'second allowed']);
  });

  const fail = () => {
    throw new Error('SecurityError');
  };

  it('does not take for granted what it cannot ask', () => {
    const { consent } = open('none-needed', { gpc: false, earlier: false }, { isOptedOut: fail });
    assert.equal(consent.state(), 'pending');
    const asked = open('required', { gpc: false, earlier: false }, { isOptedOut: fail });
    asked.consent.set(true, 'page');
    assert.equal(asked.consent.state(), 'pending');
  });

  it('takes what storage refuses for not granted', () => {
    const { consent } = open('none-needed', { gpc: true, earlier: true }, { remembered: fail });
    assert.equal(consent.state(), 'pending');
  });

  it('goes on where storage does not keep the grant', () => {
    const { consent, told } = open('required', { gpc: false, earlier: false }, { remember: fail });
    consent.set(true, 'visitor');
    assert.equal(consent.state(), 'allowed');
    consent.set(false, 'visitor');
    assert.equal(consent.state(), 'denied');
    assert.equal(told(), 2);
  });
});
