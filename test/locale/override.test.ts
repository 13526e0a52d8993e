/** Words that a page has its own for. */
import assert from 'node:assert/strict';
import { describe, it, mock, type TestContext } from 'node:test';
import { overrideWords } from '../../widget/locale/override.ts';
import { loadLocale, loadWords, type WordOverrides } from '../../widget/locale/words.ts';
import { LOCALES, textsOf } from './locales.ts';

const { en, de } = LOCALES;

/** What was warned of. */
function listen(context: TestContext): readonly string[] {
  const warnings: string[] = [];
  context.mock.method(
    console,
    'warn',
    mock.fn((text: string) => void warnings.push(text)),
  );
  return warnings;
}

/** As they come out of an attribute: all texts of another locale, as JSON. */
function asJson(texts: ReadonlyMap<string, string>): string {
  const tree: Record<string, unknown> = {};
  for (const [path, text] of texts) {
    const [key = '', inner] = path.split('.');
    if (inner === undefined) tree[key] = text;
    else tree[key] = { ...(tree[key] as object | undefined), [inner]: text };
  }
  return JSON.stringify(tree);
}

describe('words of the page', () => {
  it('take the place of the widget’s, the others stay', (context) => {
    const warnings = listen(context);
    const words = overrideWords(en, {
      send: 'Off it goes',
      consent: { yes: 'Sure' },
      dateParts: { day: 'DD' },
    });
    assert.equal(words.send, 'Off it goes');
    assert.deepEqual(words.consent, { ...en.consent, yes: 'Sure' });
    assert.deepEqual(words.dateParts, { ...en.dateParts, day: 'DD' });
    assert.equal(words.skip, en.skip);
    assert.equal(en.send, 'Send');
    assert.deepEqual(warnings, []);
  });

  for (const { locale } of [LOCALES.de, LOCALES.ar]) {
    it(`can be all of them, in JSON: ${locale}`, (context) => {
      const warnings = listen(context);
      const texts = textsOf(LOCALES[locale as 'de' | 'ar']);
      assert.deepEqual(textsOf(overrideWords(en, asJson(texts))), texts);
      assert.deepEqual(warnings, []);
    });
  }

  it('are templates where the widget’s take values', () => {
    const words = overrideWords(en, {
      changeAnswer: 'Edit: {0}',
      rating: '{0}/{1} ({0})',
      refusals: { too_short: 'At least {0} characters', required: 'Please', too_large: '{0} $& {7}' },
    });
    const { too_short: tooShort, required, too_large: tooLarge, email } = words.refusals;
    assert.equal(words.changeAnswer('{1} $& Name?'), 'Edit: {1} $& Name?');
    assert.equal(words.rating('4', '5'), '4/5 (4)');
    assert.equal(tooShort('1,000', 1_000), 'At least 1,000 characters');
    assert.equal(required('', undefined), 'Please');
    assert.equal(tooLarge('9', 9), '9 $& {7}');
    assert.equal(email, en.refusals.email);
  });

  it('are functions where a script sets them', () => {
    const words = overrideWords(en, {
      refusals: { too_few: (limit, count) => `${limit} of ${count}` },
    } satisfies WordOverrides);
    assert.equal(words.refusals.too_few('two', 2), 'two of 2');
  });

  const PLURALS: readonly (readonly [
    locale: string,
    given: object,
    count: number | undefined,
    says: string,
  ])[] = [
    ['en', { one: '{0} letter', other: '{0} letters' }, 1, '1 letter'],
    ['en', { one: '{0} letter', other: '{0} letters' }, 2, '2 letters'],
    ['ru', { one: '{0} буква', few: '{0} буквы', many: '{0} букв', other: '{0} буквы' }, 22, '22 буквы'],
    ['ru', { one: '{0} буква', few: '{0} буквы', many: '{0} букв', other: '{0} буквы' }, 11, '11 букв'],
    ['ru', { other: '{0} букв' }, 22, '22 букв'],
    // A date has no plural.
    ['en', { one: 'one', other: 'other' }, undefined, 'other'],
  ];
  for (const [locale, given, count, says] of PLURALS) {
    it(`have plurals: ${locale}, ${says}`, () => {
      const words = overrideWords(en, { locale, refusals: { too_short: given } });
      assert.equal(words.refusals.too_short(String(count), count), says);
    });
  }

  it('can be a language that the widget does not know', (context) => {
    const warnings = listen(context);
    const { locale, direction, send } = overrideWords(
      en,
      '{"locale": "he", "direction": "rtl", "send": "שליחה"}',
    );
    assert.deepEqual([locale, direction, send], ['he', 'rtl', 'שליחה']);
    assert.deepEqual(warnings, []);
  });

  const FAULTS: readonly (readonly [given: unknown, told: string])[] = [
    [{ sned: 'Go' }, '"sned" is no word of the widget'],
    [{ consent: { maybe: 'Perhaps' } }, '"consent.maybe" is no word of the widget'],
    [JSON.parse('{"__proto__": {"send": "Go"}}'), '"__proto__" is no word of the widget'],
    [{ toString: 'Go' }, '"toString" is no word of the widget'],
    [{ send: 1 }, '"send" should be a text'],
    [{ send: null }, '"send" should be a text'],
    [{ send: ' ' }, '"send" should be a text'],
    [{ send: { other: 'Go' } }, '"send" should be a text'],
    [{ send: () => 'Go' }, '"send" should be a text'],
    [{ consent: 'May we?' }, '"consent" should be an object'],
    [{ dateParts: ['D', 'M', 'Y'] }, '"dateParts" should be an object'],
    [{ rating: ['{0}'] }, '"rating" should be a text, or one for each plural form, "other" among them'],
    [
      { refusals: { too_few: { one: 'One' } } },
      '"refusals.too_few" should be a text, or one for each plural form, "other" among them',
    ],
    [{ locale: 'en_US' }, '"locale" should be a BCP 47 tag'],
    [{ locale: '' }, '"locale" should be a BCP 47 tag'],
    [{ direction: 'up' }, '"direction" should be "ltr" or "rtl"'],
    ['{send: "Go"}', 'they should be a JSON object'],
    ['["Go"]', 'they should be a JSON object'],
    ['null', 'they should be a JSON object'],
    [7, 'they should be a JSON object'],
  ];
  for (const [given, told] of FAULTS) {
    it(`are left out, and told of: ${told}, ${JSON.stringify(given)}`, (context) => {
      const warnings = listen(context);
      const words = overrideWords(de, given);
      assert.deepEqual(warnings, [`Parley: not all words of this page are said: ${told}.`]);
      assert.deepEqual(textsOf(words), textsOf(de));
    });
  }

  it('are told of once, and what is right beside them is said', (context) => {
    const warnings = listen(context);
    const words = overrideWords(en, { send: 'Go', skip: 0, refusals: { required: 'Please', nothing: '' } });
    assert.deepEqual([words.send, words.skip, words.refusals.required('')], ['Go', 'Skip', 'Please']);
    assert.deepEqual(warnings, [
      'Parley: not all words of this page are said: "skip" should be a text; "refusals.nothing" is no word of the widget.',
    ]);
  });

  it('come with those of the locale', async () => {
    const words = await loadWords('de-AT', '{"send": "Ab die Post"}');
    assert.deepEqual([words.send, words.skip], ['Ab die Post', 'Überspringen']);
  });

  it('come all at once, whichever they are', async () => {
    const { words, all } = await loadLocale('de', { send: 'Ab die Post', copy: 'Abschreiben' });
    assert.deepEqual([words.send, words.consent], ['Ab die Post', de.consent]);
    const { words: further } = await all();
    assert.equal(further, words);
    assert.equal(further.copy, 'Abschreiben');
  });

  for (const none of [undefined, '', null]) {
    it(`are none: ${JSON.stringify(none)}`, async () => {
      assert.equal(await loadWords('de', none), de);
    });
  }
});
