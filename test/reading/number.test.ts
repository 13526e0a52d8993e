import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readNumber } from '../../widget/reading/number.ts';

const NUMBERS: [text: string, locale: string, number: number][] = [
  ['7', 'en', 7],
  [' 7 ', 'en', 7],
  ['007', 'en', 7],
  ['-7', 'en', -7],
  ['+7', 'en', 7],
  ['−7', 'en', -7],
  ['ー７', 'ja', -7],
  ['1234', 'en', 1234],
  ['1,234', 'en', 1234],
  ['1,234.5', 'en', 1234.5],
  ['1,234,567.89', 'en', 1234567.89],
  ['12,34,567.89', 'en-IN', 1234567.89],
  ['1.234', 'en', 1.234],
  ['1.234', 'de', 1234],
  ['1,234', 'de', 1.234],
  ['1.234,5', 'de', 1234.5],
  ['1.234.567', 'de', 1234567],
  ['0.125', 'de', 0.125],
  ['0,125', 'en', 0.125],
  ['-0.125', 'de', -0.125],
  ['.5', 'en', 0.5],
  [',5', 'de', 0.5],
  ['-.5', 'en', -0.5],
  ['.125', 'de', 0.125],
  ['5.', 'en', 5],
  ['5.', 'de', 5],
  ['3.5', 'de', 3.5],
  ['3,5', 'de', 3.5],
  ['3,5', 'en', 3.5],
  ['1.234,5', 'en', 1234.5],
  ['1.234,5', 'pt-BR', 1234.5],
  ['1 234,5', 'fr', 1234.5],
  ['1\u00a0234,5', 'fr', 1234.5],
  ['1\u202f234\u202f567,5', 'fr', 1234567.5],
  ['1’234.5', 'de-CH', 1234.5],
  ["1'234.5", 'de-CH', 1234.5],
  ['1.234', 'es', 1234],
  ['１，２３４．５', 'ja', 1234.5],
  ['١٢٣٤٫٥', 'ar-EG', 1234.5],
  ['١٬٢٣٤٫٥', 'ar-EG', 1234.5],
  ['۱۲۳', 'fa', 123],
  ['१,२३४', 'hi', 1234],
];

const OTHERS: [text: string, locale: string][] = [
  ['', 'en'],
  ['seven', 'en'],
  ['7 %', 'en'],
  ['7%', 'en'],
  ['7 kg', 'en'],
  ['£7', 'en'],
  ['7-', 'en'],
  ['--7', 'en'],
  ['1e5', 'en'],
  ['0x10', 'en'],
  ['Infinity', 'en'],
  ['.', 'en'],
  ['-', 'en'],
  [',', 'en'],
  ['.5.', 'en'],
  ['1.2.3', 'en'],
  ['1,2,3', 'en'],
  ['12 34', 'en'],
  ['1,234.567,8', 'en'],
];

describe('a typed number', () => {
  for (const [text, locale, number] of NUMBERS) {
    it(`${JSON.stringify(text)} in ${locale} is ${number}`, () =>
      assert.equal(readNumber(text, locale), number));
  }
  for (const [text, locale] of OTHERS) {
    it(`${JSON.stringify(text)} in ${locale} stays as it is typed`, () =>
      assert.equal(readNumber(text, locale), text));
  }
});
