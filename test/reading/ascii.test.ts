import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toAscii } from '../../widget/reading/ascii.ts';

const TEXTS: [name: string, text: string, ascii: string][] = [
  ['ASCII', 'Ada 1815 +-.@', 'Ada 1815 +-.@'],
  ['full-width digits', '０１２３４５６７８９', '0123456789'],
  ['full-width letters and signs', 'ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ', 'taro@example.jp'],
  ['an ideographic stop', 'taro@example。jp', 'taro@example.jp'],
  ['a half-width stop', 'taro@example｡jp', 'taro@example.jp'],
  ['an ideographic space', '０９０　１２３４', '090 1234'],
  ['a full-width plus', '＋８１', '+81'],
  ['what stands for a minus', '－−ー‐–—﹣', '-------'],
  ['Arabic-Indic digits', '٠١٢٣٤٥٦٧٨٩', '0123456789'],
  ['Persian digits', '۰۱۲۳۴۵۶۷۸۹', '0123456789'],
  ['mathematical digits, of which there are several rows', '𝟎𝟗𝟘𝟡𝟶𝟿', '090909'],
  ['marks that nobody sees', '\u200eada\u200b@example\u2060.com\ufeff', 'ada@example.com'],
  ['other letters', 'Zoë 東京', 'Zoë 東京'],
  ['a lone surrogate', '\ud835', '\ud835'],
];

describe('typed in another script', () => {
  for (const [name, text, ascii] of TEXTS) it(name, () => assert.equal(toAscii(text), ascii));

  it('the digits of every numbering system that Intl has', () => {
    for (const numberingSystem of Intl.supportedValuesOf('numberingSystem')) {
      const format = new Intl.NumberFormat('en', { numberingSystem });
      const digits = [1, 9, 8, 7, 6, 5, 4, 3, 2].map((digit) => format.format(digit)).join('');
      // Han decimals are letters in Unicode.
      if (/^\p{Nd}+$/u.test(digits)) assert.equal(toAscii(digits), '198765432', numberingSystem);
    }
  });
});
