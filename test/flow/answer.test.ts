import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import type { Answer, AskNode, Input } from '../../widget/contract/flow.ts';
import { furtherOn } from '../../widget/flow/further-answer.ts';
import { acceptAnswer, isNormalAnswer, type Refusal } from '../../widget/flow/answer.ts';

const TODAY = '2026-11-21';
const FURTHER = furtherOn(TODAY);

const COLOURS = ['red', 'green', 'blue'].map((value) => ({ value, text: value }));

const TEXT: Input = { input: 'text' };
const MULTILINE: Input = { input: 'multiline' };
const CODE: Input = { input: 'text', pattern: '[A-Z]{2}[0-9]{3}', min_length: 5, max_length: 5 };
const SHORT: Input = { input: 'text', min_length: 2, max_length: 5 };
const EMAIL: Input = { input: 'email' };
const PHONE: Input = { input: 'phone' };
const DATE: Input = { input: 'date' };
const ADULT: Input = { input: 'date', min: '1900-01-01', max: '-18y' };
const VISIT: Input = { input: 'date', min: 'today', max: '+2w' };
const NUMBER: Input = { input: 'number' };
const PEOPLE: Input = { input: 'number', min: 1, max: 12, integer: true };
const CHOICE: Input = { input: 'choice', options: COLOURS };
const CHOICES: Input = { input: 'choices', options: COLOURS, min: 1, max: 2 };
const RATING: Input = { input: 'rating' };
const LIKELIHOOD: Input = { input: 'rating', min: 0, max: 10 };
const CONSENT: Input = { input: 'consent' };

const askFor = (input: Input): AskNode => ({ type: 'ask', field: 'x', text: 'X?', next: 'end', ...input });

const ACCEPTED: [Input, unknown, Answer][] = [
  [TEXT, 'Ada', 'Ada'],
  [TEXT, '  Ada  ', 'Ada'],
  [TEXT, 'Jose\u0301', 'Jos\u00e9'],
  [TEXT, 'line\nbreak\u0000', 'line break'],
  [TEXT, '山田', '山田'],
  [TEXT, 'a'.repeat(255), 'a'.repeat(255)],
  [TEXT, ` ${'a'.repeat(255)} `, 'a'.repeat(255)],
  [TEXT, '__proto__', '__proto__'],
  [TEXT, 'A\ud800da', 'Ada'],
  [TEXT, 'cod\u202etxt.exe', 'codtxt.exe'],
  [TEXT, 'مرحبا\u200f', 'مرحبا\u200f'],
  [MULTILINE, 'one\r\ntwo\rthree\n', 'one\ntwo\nthree'],
  [MULTILINE, 'tab\tbed', 'tab bed'],
  [CODE, 'GB123', 'GB123'],
  [EMAIL, ' ada@example.com ', 'ada@example.com'],
  [EMAIL, "o'hara+walks@sub.example.co.uk", "o'hara+walks@sub.example.co.uk"],
  [EMAIL, 'Ada@Example.com', 'Ada@Example.com'],
  [PHONE, '+441768774444', '+441768774444'],
  [PHONE, '+44 (1768) 774-444', '+441768774444'],
  [PHONE, '+81‐3‐1234‐5678', '+81312345678'],
  [PHONE, '+290 8100', '+2908100'],
  [DATE, '1815-12-10', '1815-12-10'],
  [DATE, '2000-02-29', '2000-02-29'],
  [DATE, ' 1999-01-31', '1999-01-31'],
  [ADULT, '2008-11-21', '2008-11-21'],
  [ADULT, '1900-01-01', '1900-01-01'],
  [VISIT, '2026-11-21', '2026-11-21'],
  [VISIT, '2026-12-05', '2026-12-05'],
  [NUMBER, 12.5, 12.5],
  [NUMBER, -0.25, -0.25],
  [NUMBER, -0, 0],
  [NUMBER, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  [PEOPLE, 1, 1],
  [PEOPLE, 12, 12],
  [CHOICE, 'green', 'green'],
  [CHOICE, ['red'], 'red'],
  [CHOICES, ['blue', 'red'], ['red', 'blue']],
  [CHOICES, 'green', ['green']],
  [RATING, 5, 5],
  [RATING, 1, 1],
  [LIKELIHOOD, 0, 0],
  [LIKELIHOOD, 10, 10],
  [CONSENT, true, true],
  [CONSENT, false, false],
];

const REFUSED: [Input, unknown, Refusal][] = [
  [TEXT, '', { code: 'required' }],
  [TEXT, ' \t\n', { code: 'required' }],
  [TEXT, '\u200b\u2060\u200e', { code: 'required' }],
  [TEXT, '\ud800', { code: 'required' }],
  [TEXT, undefined, { code: 'required' }],
  [TEXT, null, { code: 'required' }],
  [TEXT, 7, { code: 'required' }],
  [TEXT, { toString: 'x' }, { code: 'required' }],
  [TEXT, 'a'.repeat(256), { code: 'too_long', limit: 255 }],
  [TEXT, 'a'.repeat(1_000_000), { code: 'too_long', limit: 255 }],
  [SHORT, 'G', { code: 'too_short', limit: 2 }],
  [SHORT, 'GB1234', { code: 'too_long', limit: 5 }],
  [CODE, 'GB1234', { code: 'too_long', limit: 5 }],
  [CODE, 'a'.repeat(1_000_000), { code: 'too_long', limit: 5 }],
  [CODE, 'gb123', { code: 'pattern' }],
  [EMAIL, 'ada', { code: 'email' }],
  [EMAIL, 'ada@', { code: 'email' }],
  [EMAIL, 'ada@exa mple.com', { code: 'email' }],
  [EMAIL, 'ada@-example.com', { code: 'email' }],
  [EMAIL, 'ada@example..com', { code: 'email' }],
  [EMAIL, 'ada@example.com, eve@example.com', { code: 'email' }],
  [EMAIL, `${'a'.repeat(251)}@b.co`, { code: 'too_long', limit: 255 }],
  [CHOICE, ['red', 'green'], { code: 'choice' }],
  [EMAIL, ['ada@example.com'], { code: 'required' }],
  [PHONE, '01768 774444', { code: 'phone' }],
  [PHONE, '+44', { code: 'phone' }],
  [PHONE, '+'.repeat(1_021), { code: 'too_long', limit: 255 }],
  [TEXT, `${' '.repeat(1_020)}a`, { code: 'too_long', limit: 255 }],
  [PHONE, '+1234567890123456', { code: 'phone' }],
  [PHONE, '+0441768774444', { code: 'phone' }],
  [PHONE, '+44 call me', { code: 'phone' }],
  [PHONE, 441768774444, { code: 'phone' }],
  [DATE, '1900-02-29', { code: 'date' }],
  [DATE, '2001-02-29', { code: 'date' }],
  [DATE, '2000-13-01', { code: 'date' }],
  [DATE, '2000-00-01', { code: 'date' }],
  [DATE, '2000-04-31', { code: 'date' }],
  [DATE, '0000-01-01', { code: 'date' }],
  [DATE, '3001-01-01', { code: 'date' }],
  [DATE, '10/12/1815', { code: 'date' }],
  [DATE, '1815-12-10T00:00', { code: 'date' }],
  [DATE, 18151210, { code: 'date' }],
  [ADULT, '2008-11-22', { code: 'too_late', limit: '2008-11-21' }],
  [ADULT, '1899-12-31', { code: 'too_early', limit: '1900-01-01' }],
  [VISIT, '2026-11-20', { code: 'too_early', limit: '2026-11-21' }],
  [VISIT, '2026-12-06', { code: 'too_late', limit: '2026-12-05' }],
  [NUMBER, 'twelve', { code: 'number' }],
  [NUMBER, '12', { code: 'number' }],
  [RATING, '1', { code: 'number' }],
  [NUMBER, '1,5', { code: 'number' }],
  [NUMBER, NaN, { code: 'number' }],
  [NUMBER, Infinity, { code: 'number' }],
  [NUMBER, true, { code: 'number' }],
  [NUMBER, 1e300, { code: 'too_large', limit: Number.MAX_SAFE_INTEGER }],
  [PEOPLE, 1.5, { code: 'integer' }],
  [PEOPLE, 0, { code: 'too_small', limit: 1 }],
  [PEOPLE, 13, { code: 'too_large', limit: 12 }],
  [CHOICE, 'purple', { code: 'choice' }],
  [CHOICE, 'Red', { code: 'choice' }],
  [CHOICES, [], { code: 'required' }],
  [CHOICES, ['red', 'purple'], { code: 'choice' }],
  [CHOICES, ['red', 'red', 'red', 'red'], { code: 'choice' }],
  [CHOICES, ['red', 'green', 'blue'], { code: 'too_many', limit: 2 }],
  [CHOICES, { 0: 'red' }, { code: 'choice' }],
  [{ ...CHOICES, min: 2 }, ['red'], { code: 'too_few', limit: 2 }],
  [RATING, 0, { code: 'too_small', limit: 1 }],
  [RATING, 6, { code: 'too_large', limit: 5 }],
  [RATING, 2.5, { code: 'integer' }],
  [LIKELIHOOD, -1, { code: 'too_small', limit: 0 }],
  [CONSENT, 'true', { code: 'required' }],
  [CONSENT, 1, { code: 'required' }],
];

const name = (input: Input, raw: unknown) =>
  `${JSON.stringify(input).slice(0, 60)}: ${inspect(raw).slice(0, 30)}`;

describe('an answer', () => {
  for (const [input, raw, value] of ACCEPTED) {
    it(`to ${name(input, raw)} is taken`, () => {
      assert.deepEqual(acceptAnswer(askFor(input), raw, FURTHER), { value });
      assert.ok(isNormalAnswer(askFor(input), value, FURTHER), 'a normal form is its own normal form');
      const isNormal = JSON.stringify(raw) === JSON.stringify(value);
      assert.equal(isNormalAnswer(askFor(input), raw, FURTHER), isNormal);
    });
  }
  for (const [input, raw, refusal] of REFUSED) {
    it(`to ${name(input, raw)} is refused as ${refusal.code}`, () => {
      assert.deepEqual(acceptAnswer(askFor(input), raw, FURTHER), { refusal });
      assert.ok(!isNormalAnswer(askFor(input), raw, FURTHER));
    });
  }

  it('to an optional question may be nothing', () => {
    for (const nothing of ['', '  ', [], null, undefined] as unknown[]) {
      const ask: AskNode = { ...askFor(TEXT), optional: true };
      assert.deepEqual(acceptAnswer(ask, nothing, FURTHER), { value: undefined });
      assert.ok(!isNormalAnswer(ask, nothing, FURTHER), 'nothing is not submitted');
    }
  });

  it('is not judged by a pattern that does not compile: lint refuses that', () => {
    assert.deepEqual(acceptAnswer(askFor({ input: 'text', pattern: '(' }), 'Ada', FURTHER), { value: 'Ada' });
  });
});
