/** In which locale the widget speaks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadWords, localeFor, wordsLocale, type LocaleTag } from '../../widget/locale/words.ts';

const NEAREST: readonly (readonly [wanted: string, LocaleTag])[] = [
  ['en', 'en'],
  ['en-GB', 'en'],
  ['en_US', 'en'],
  ['EN-us', 'en'],
  ['ja-JP', 'ja'],
  ['ja-Jpan-JP-u-ca-japanese', 'ja'],
  ['pt', 'pt-BR'],
  ['pt-BR', 'pt-BR'],
  ['pt-PT', 'pt-BR'],
  ['es-419', 'es'],
  ['es_MX.UTF-8', 'es'],
  ['fr-CA', 'fr'],
  ['de-CH-1996', 'de'],
  [' de', 'de'],
  ['ar-EG', 'ar'],
  ['ar-EG-u-nu-latn', 'ar'],
  ['zh', 'en'],
  ['zh-Hant-TW', 'en'],
  // Three letters are another language: Mapudungun, Ga.
  ['arn', 'en'],
  ['jab', 'en'],
  ['x-default', 'en'],
  ['und', 'en'],
  ['', 'en'],
  ['*', 'en'],
  ['日本語', 'en'],
  ['constructor', 'en'],
];

describe('the nearest locale', () => {
  for (const [wanted, nearest] of NEAREST) {
    it(`of ${JSON.stringify(wanted)} is ${nearest}`, async () => {
      assert.equal(localeFor(wanted), nearest);
      assert.equal((await loadWords(wanted)).locale, nearest);
    });
  }
});

const CHOSEN: readonly (readonly [
  name: string,
  attribute: string,
  document: string,
  browser: readonly string[],
  LocaleTag,
])[] = [
  ['the chat’s own before the page’s', 'ja', 'de', ['fr'], 'ja'],
  ['the page’s before the browser’s', '', 'de-AT', ['fr'], 'de'],
  ['the browser’s where the page has none', '', '', ['fr-CA', 'en'], 'fr'],
  ['a page in English speaks English to everybody', '', 'en', ['ja'], 'en'],
  ['a page in Italian speaks what its visitor reads next', '', 'it', ['it-IT', 'it', 'fr', 'en'], 'fr'],
  ['a chat in Italian does, too', 'it', 'it', ['it-IT', 'de'], 'de'],
  ['what the chat wants and nobody has leaves the page’s', 'nl', 'de', ['en'], 'de'],
  ['English where there is nothing else', '', 'it', ['it-IT', 'zh'], 'en'],
  ['English where nobody says anything', '', '', [], 'en'],
  ['a page of no language', '', 'zxx', ['es-MX'], 'es'],
];

describe('the locale of the words', () => {
  for (const [name, attribute, document, browser, chosen] of CHOSEN) {
    it(name, () => assert.equal(wordsLocale(attribute, document, browser), chosen));
  }
});
