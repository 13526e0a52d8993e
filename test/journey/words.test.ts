/** The widget speaks the visitor's language, and fetches no other. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LOCALES } from '../locale/locales.ts';
import { eachWithBrand, openBrand, type Brand } from './brand.ts';
import type { Visitor } from './visitor.ts';

const FLOW = {
  id: 'welcome',
  locale: 'en',
  start: 'born',
  nodes: {
    born: {
      type: 'ask',
      field: 'date_of_birth',
      input: 'date',
      autocomplete: 'bday',
      optional: true,
      text: 'When were you born?',
      next: 'lakes',
    },
    lakes: {
      type: 'ask',
      field: 'lakes',
      input: 'number',
      max: 10_000,
      text: 'How many lakes?',
      next: 'save',
    },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { lakes: '{{answers.lakes}}' },
      on: { success: 'thanks', error: 'thanks' },
    },
    thanks: { type: 'end', text: 'Thank you.' },
  },
};

/** Of the files that a page fetched, those that hold words. */
const WORDS = new RegExp(`/assets/((?:${Object.keys(LOCALES).join('|')}|override)-[^/]+\\.js)$`);

interface Row {
  readonly language: string;
  /** Of the file of its words, before its hash. */
  readonly file: keyof typeof LOCALES;
  readonly parts: readonly string[];
  readonly refusal: string;
  readonly direction?: 'rtl';
}

const ROWS: readonly Row[] = [
  { language: 'en-US', file: 'en', parts: ['Month', 'Day', 'Year'], refusal: 'give 10,000 or less.' },
  { language: 'en-GB', file: 'en', parts: ['Day', 'Month', 'Year'], refusal: 'give 10,000 or less.' },
  { language: 'ja', file: 'ja', parts: ['年', '月', '日'], refusal: '10,000以下の数をご記入ください。' },
  { language: 'pt-BR', file: 'pt-BR', parts: ['Dia', 'Mês', 'Ano'], refusal: 'Escreva 10.000 ou menos.' },
  { language: 'es', file: 'es', parts: ['Día', 'Mes', 'Año'], refusal: 'Escribe 10.000 o menos.' },
  { language: 'fr', file: 'fr', parts: ['Jour', 'Mois', 'Année'], refusal: 'Indiquez 10\u202f000 ou moins.' },
  { language: 'de', file: 'de', parts: ['Tag', 'Monat', 'Jahr'], refusal: 'höchstens 10.000 an.' },
  {
    language: 'ar-EG',
    file: 'ar',
    parts: ['اليوم', 'الشهر', 'السنة'],
    refusal: 'يُرجى كتابة ١٠٬٠٠٠ أو أقل.',
    direction: 'rtl',
  },
  // Nobody has words for it, so the browser is asked; a birthday is typed as the page has it.
  { language: 'it', file: 'en', parts: ['Day', 'Month', 'Year'], refusal: 'or less.' },
];

describe('the widget’s own words', () => {
  let brand: Brand;
  let visitor: Visitor;
  eachWithBrand(
    () => openBrand({ flows: [FLOW] }),
    (scene) => ({ brand, visitor } = scene),
  );

  /** Files of words that the page has fetched. */
  const fetched = () =>
    visitor.page
      .evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
      .then((urls) => urls.flatMap((url) => WORDS.exec(url)?.slice(1) ?? []));

  for (const { language, file, parts, refusal, direction = 'ltr' } of ROWS) {
    it(`are in ${file} on a page in ${language}`, async () => {
      brand.setBody(brand.scriptTag(), undefined, language);
      const words = LOCALES[file];
      await visitor.visit(brand.url);
      assert.deepEqual(await fetched(), []);
      await visitor.openChat('When were you born?');
      await visitor.find('parley-chat >>> input[name="date_of_birth-year"]');
      const labels = await visitor.page.$$eval('parley-chat >>> .parts label', (found) =>
        found.map(({ textContent }) => textContent.trim()),
      );
      assert.deepEqual(labels, parts);
      const spoken = await visitor.page.$eval('parley-chat >>> section', (chat) => [
        chat.lang,
        getComputedStyle(chat).direction,
      ]);
      assert.deepEqual(spoken, [words.locale, direction]);
      await visitor.find(`parley-chat >>> button[type="submit"][aria-label="${words.send}"]`);
      const skip = await visitor.find(`parley-chat >>> ::-p-text(${words.skip})`);
      await skip.click();
      await visitor.answer('lakes', '10001');
      await visitor.isRefused(refusal);
      const files = await fetched();
      // Dates and numbers need more of them than other questions.
      assert.equal(files.length, 2, files.join());
      for (const name of files) assert.match(name, new RegExp(`^${file}-`));
    });
  }

  it('are of the locale that the script tag names', async () => {
    brand.setBody(brand.scriptTag('data-flow="welcome" data-locale="ja"'), undefined, 'de');
    await visitor.visit(brand.url);
    await visitor.openChat('When were you born?');
    await visitor.find('parley-chat >>> button[aria-label="送信"]');
  });

  it('ask for consent in the visitor’s language', async () => {
    brand.setBody(brand.scriptTag('data-flow="welcome" data-consent="required"'), undefined, 'fr');
    await visitor.visit(brand.url);
    await visitor.openChat('When were you born?');
    const skip = await visitor.find('parley-chat >>> ::-p-text(Passer)');
    await skip.click();
    await visitor.answer('lakes', '7');
    await visitor.hears(LOCALES.fr.consent.text);
    const yes = await visitor.find('parley-chat >>> ::-p-text(Oui, d’accord)');
    await yes.click();
    await visitor.hears('Thank you.');
  });

  it('that are none are named in one warning, also where the chat is part of the page', async () => {
    const warnings: string[] = [];
    visitor.page.on('console', (message) => {
      if (message.text().startsWith('Parley')) warnings.push(message.text());
    });
    const chat = `<parley-chat flow="welcome" relay="${brand.relayUrl}" words='{"sent": "Weg", "send": ""}'></parley-chat>`;
    brand.setBody(chat + brand.scriptTag(''), undefined, 'de');
    await visitor.visit(brand.url);
    await visitor.hears('When were you born?');
    assert.equal(warnings.length, 1, warnings.join('\n'));
    assert.match(warnings[0] ?? '', /"sent" is no word.*"send" should be/);
  });

  it('are the page’s own where it has some', async () => {
    const own = { send: 'Los', refusals: { too_large: 'Mehr als {0} Seen?' } };
    const attributes = `data-flow="welcome" data-words='${JSON.stringify(own)}'`;
    brand.setBody(brand.scriptTag(attributes), undefined, 'de');
    await visitor.visit(brand.url);
    await visitor.openChat('When were you born?');
    await visitor.find('parley-chat >>> button[aria-label="Los"]');
    const skip = await visitor.find('parley-chat >>> ::-p-text(Überspringen)');
    await skip.click();
    await visitor.answer('lakes', '10001');
    await visitor.isRefused('Mehr als 10.000 Seen?');
    const files = await fetched();
    assert.deepEqual(files.map((file) => file.split('-')[0]).sort(), ['de', 'de', 'override']);
  });
});
