/** Each locale has all words, and writes them as its readers do. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { AllWords, LocaleTag } from '../../widget/locale/words.ts';
import { loadLocale, loadWords } from '../../widget/locale/words.ts';
import { LOCALES, textsOf } from './locales.ts';

const ENGLISH = textsOf(LOCALES.en);

/** What is the same as in English, and right. */
const SAME: Readonly<Record<LocaleTag, readonly string[]>> = {
  en: [...ENGLISH.keys()],
  ja: ['direction'],
  'pt-BR': ['direction', 'title'],
  es: ['direction', 'title', 'no'],
  fr: ['direction', 'title', 'transcript'],
  de: ['direction', 'title'],
  ar: [],
};

/** Letters that a text may have beside an address of e-mail. */
const SCRIPTS: Readonly<Record<LocaleTag, RegExp>> = {
  en: /^[a-z]*$/i,
  ja: /^[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}ー]*$/u,
  'pt-BR': /^[a-záâãàçéêíóôõú]*$/i,
  es: /^[a-záéíñóúü]*$/i,
  fr: /^[a-zàâçéèêëîïôûùœ]*$/i,
  de: /^[a-zäöüß]*$/i,
  ar: /^\p{Script=Arabic}*$/u,
};

/** What nobody writes there. */
const BLUNDERS: Readonly<Record<LocaleTag, RegExp>> = {
  en: /[«»„]/,
  ja: /[!?;:,]| $|[\p{Script=Hiragana}\p{Script=Han}]\s|\.(?!com)/u,
  'pt-BR': /[«»„]/,
  es: /[“”„]|(?<!¿[^?]*)\?/,
  // A no-break space before what is high, and within quotes: narrow, but for that of the colon.
  fr: /(?<!\u202f)[?!;»]|(?<!\u00a0):|«(?!\u202f)|[“”„]/,
  de: /[«»”]|„[^“]*$/,
  ar: /[?;,“”„]/,
};

/** On buttons, which stand on a phone that is 320 px wide beside another one. */
const BUTTONS = [
  'send',
  'skip',
  'keep',
  'change',
  'retry',
  'restart',
  'yes',
  'no',
  'consent.yes',
  'consent.no',
];

/** Characters of 16 px that fit there; a Japanese one is twice as wide as a Latin one. */
const WIDEST = 24;

const widthOf = (text: string) => text.length + (text.match(/[\u3000-\u9fff\uff00-\uffef]/g)?.length ?? 0);

const kindsOf = (words: object, path = ''): readonly string[] =>
  Object.entries(words).flatMap(([key, word]: [string, unknown]) =>
    typeof word === 'object' && word !== null
      ? kindsOf(word, `${path}${key}.`)
      : `${path}${key}: ${typeof word}`,
  );

const placesIn = (text = '') => [...text.matchAll(/\{\d\}/g)].map(([place]) => place).sort();

/** Beside the locales. */
const OTHERS = ['words.ts', 'override.ts', 'further'];

for (const folder of ['widget/locale', 'widget/locale/further']) {
  it(`there is a file for each locale, and a locale for each file: ${folder}`, () => {
    const files = readdirSync(folder).filter((name) => !OTHERS.includes(name));
    const wanted = Object.keys(LOCALES).map((tag) => `${tag}.ts`);
    assert.deepEqual(files.sort(), wanted.sort());
  });
}

/** What is there with every conversation. */
const BASIC = textsOf((await loadLocale('en')).words);

it('every conversation has the words of a question for text, an e-mail address or a choice', () => {
  const refusals = [...BASIC.keys()].filter((path) => path.startsWith('refusals.'));
  const codes = ['required', 'too_short', 'too_long', 'pattern', 'email', 'choice', 'refused'];
  assert.deepEqual(
    refusals,
    codes.map((code) => `refusals.${code}`),
  );
});

for (const [tag, words] of Object.entries(LOCALES) as [LocaleTag, AllWords][]) {
  const texts = textsOf(words);

  describe(`the words in ${tag}`, () => {
    it('are those that are loaded for it, and say so', async () => {
      assert.equal(await loadWords(tag), words);
      assert.equal(words.locale, tag);
    });

    it('are partly there at once, as many as in English, and the same as among all of them', async () => {
      const basic = textsOf((await loadLocale(tag)).words);
      assert.deepEqual([...basic.keys()], [...BASIC.keys()]);
      for (const [path, text] of basic) assert.equal(text, texts.get(path), path);
    });

    it('are as many as the English ones, and of the same kinds', () => {
      assert.deepEqual([...kindsOf(words)].sort(), [...kindsOf(LOCALES.en)].sort());
    });

    it('are not left in English', () => {
      const same = [...texts].filter(([path, text]) => ENGLISH.get(path) === text).map(([path]) => path);
      assert.deepEqual(same, SAME[tag]);
    });

    it('have their values where the English ones have some, whatever the number', () => {
      for (const count of [0, 1, 2, 3, 11, 100]) {
        for (const [path, text] of textsOf(words, count)) {
          assert.deepEqual(placesIn(text), placesIn(ENGLISH.get(path)), `${path}: ${text}`);
        }
      }
    });

    it('have no blank that is not wanted, no straight quotes, no dots for an ellipsis', () => {
      for (const [path, text] of texts) {
        assert.match(text, /^\S(.*\S)?$/, path);
        assert.doesNotMatch(text, / {2}|[\n\t'"`´]|\.\.|\s[.,]|[\u200b-\u200f\u2028-\u202e\ufeff]/, path);
        assert.equal(text, text.normalize('NFC'), path);
      }
    });

    it('are of its script', () => {
      for (const [path, text] of texts) {
        if (path === 'locale' || path === 'direction') continue;
        const letters = text.replace(/\w+@example\.com/, '').match(/[\p{L}\u30fc]+/gu) ?? [];
        for (const letter of letters) assert.match(letter, SCRIPTS[tag], `${path}: ${text}`);
      }
    });

    it('are written as its readers write', () => {
      for (const [path, text] of texts) assert.doesNotMatch(text, BLUNDERS[tag], path);
    });

    it('fit on their buttons', () => {
      for (const path of BUTTONS) {
        const text = texts.get(path) ?? '';
        assert.ok(widthOf(text) <= WIDEST, `${path}: ${text}`);
      }
    });

    it('end as sentences where they are some', () => {
      const sentences = [...texts].filter(([path]) =>
        /^refusals|failed|changed|waiting|offline|opied/.test(path),
      );
      assert.ok(sentences.length > 20);
      // An example may come last.
      for (const [path, text] of sentences) assert.match(text, /[.?。？؟]$|：name@example\.com$/, path);
    });

    it('are of a locale in which the browser writes numbers, dates, lists and plurals', () => {
      assert.deepEqual(Intl.NumberFormat.supportedLocalesOf(tag), [tag]);
      assert.deepEqual(Intl.DateTimeFormat.supportedLocalesOf(tag), [tag]);
      assert.deepEqual(Intl.ListFormat.supportedLocalesOf(tag), [tag]);
      assert.deepEqual(Intl.PluralRules.supportedLocalesOf(tag), [tag]);
    });
  });
}

it('only Arabic is written from right to left', () => {
  const tags = Object.values(LOCALES).filter(({ direction }) => direction === 'rtl');
  assert.deepEqual(
    tags.map(({ locale }) => locale),
    ['ar'],
  );
});

describe('what is counted', () => {
  const ROWS: readonly (readonly [LocaleTag, number, string, string])[] = [
    ['en', 1, '1', 'at least 1 character.'],
    ['en', 2, '2', 'at least 2 characters.'],
    ['en', 11, '11', 'at least 11 characters.'],
    // Of another locale's figures.
    ['en', 1, '۱', 'at least ۱ character.'],
    ['ja', 1, '1', '1文字以上でご記入'],
    ['pt-BR', 1, '1', 'pelo menos 1 caracter'],
    ['pt-BR', 2, '2', 'pelo menos 2 caracteres.'],
    ['es', 1, '1', 'al menos 1 carácter.'],
    ['es', 2, '2', 'al menos 2 caracteres.'],
    ['fr', 1, '1', 'au moins 1 caractère.'],
    ['fr', 2, '2', 'au moins 2 caractères.'],
    ['de', 1, '1', 'mindestens 1 Zeichen.'],
    ['de', 2, '2', 'mindestens 2 Zeichen.'],
    ['ar', 1, '١', 'عدد الأحرف عن ١.'],
    ['ar', 3, '٣', 'عدد الأحرف عن ٣.'],
    ['ar', 11, '١١', 'عدد الأحرف عن ١١.'],
  ];
  for (const [tag, count, limit, words] of ROWS) {
    it(`${tag}: ${words}`, () => {
      const text = LOCALES[tag].refusals.too_short(limit, count);
      assert.ok(text.includes(words), text);
    });
  }
});
