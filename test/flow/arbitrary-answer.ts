/** Answers to any question: good ones, and what a hostile visitor would send. */
import fc from 'fast-check';
import type { AskNode } from '../../widget/contract/flow.ts';

/** One that the question most likely takes: which one, `pick` decides. A pattern may still refuse it. */
export function goodAnswer(ask: AskNode<string>, pick: number): unknown {
  if (ask.optional && pick % 5 === 0) return '';
  switch (ask.input) {
    case 'text':
    case 'multiline': {
      const { min_length: min = 1, max_length: max = 255 } = ask;
      return `${pick}`.padEnd(min, 'x').slice(0, max);
    }
    case 'email':
      return `visitor${pick}@example.com`;
    case 'phone':
      return `+4417687${String(pick).padStart(5, '0')}`;
    case 'date':
      return `2000-0${1 + (pick % 9)}-1${pick % 10}`;
    case 'number':
    case 'rating': {
      const { min = ask.input === 'rating' ? 1 : 0, max = ask.input === 'rating' ? 5 : min + 9 } = ask;
      return Math.ceil(min) + (pick % (Math.floor(max) - Math.ceil(min) + 1));
    }
    case 'choice':
      return ask.options[pick % ask.options.length]?.value;
    case 'choices': {
      const { min = 1, max = ask.options.length } = ask;
      const count = Math.max(min, 1) + (pick % (max - Math.max(min, 1) + 1));
      return ask.options.slice(0, count).map(({ value }) => value);
    }
    case 'consent':
      return pick % 2 === 0;
  }
}

/** Characters that have undone programs before. */
const NASTY = [
  '\u0000',
  '\u001b[2J',
  '\u007f',
  '\u200b',
  '\u200e',
  '\u200f',
  '\u202a',
  '\u202e',
  '\u2066',
  '\u2069',
  '\ufeff',
  '\ufffd',
  '\ud800',
  '\udfff',
  '\ud83d',
  '😀',
  'e\u0301',
  '\u1e9b\u0323',
  'ﷺ',
  '０１２',
  '٣',
  '<script>',
  '"',
  "'",
  '`',
  '\\',
  '/',
  '../',
  '{{answers.email}}',
  '{{',
  '}}',
  '**',
  '[x](javascript:alert(1))',
  '%00',
  '%',
  '\r\n',
  '\n',
  ' ',
  '+',
  '-',
  '.',
  ',',
  '@',
  '_',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'null',
  'undefined',
  'NaN',
  'true',
  '0',
  '1e309',
  '-0',
  'a',
  'Ж',
  '山',
];

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(fc.constantFrom(...NASTY), { maxLength: 40 }).map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom(...NASTY), fc.integer({ min: 200, max: 3_000 }))
    .map(([part, count]) => part.repeat(count)),
  fc.constantFrom('ada@example.com', '+441768774444', '2026-11-21', '2026-02-30', '12', '-18y', 'red'),
);

export const arbitraryHostileAnswer: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom(null, undefined, true, false, -0, NaN, Infinity, 2 ** 53) },
  { weight: 1, arbitrary: fc.array(hostileText, { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.jsonValue() },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      { toString: 1 },
      { valueOf: null },
      { length: 1e9 },
      JSON.parse('{"__proto__":{"value":"red"}}'),
      [[['red']]],
    ),
  },
);
