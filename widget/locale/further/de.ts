/** All of the widget's own words in German. */
import { words as basic } from '../de.ts';
import type { AllWords } from '../words.ts';

export const words: AllWords = {
  ...basic,
  copy: 'Unterhaltung kopieren',
  copied: 'Kopiert.',
  notCopied: 'Ihr Browser hat das Kopieren nicht erlaubt.',
  yes: 'Ja',
  no: 'Nein',
  rating: (given, highest) => `${given} von ${highest}`,
  dateParts: { day: 'Tag', month: 'Monat', year: 'Jahr' },
  consent: {
    text: 'Bevor wir das abschicken: Dürfen wir Ihre Antworten speichern und senden?',
    yes: 'Ja, gern',
    no: 'Nein, danke',
  },
  refusals: {
    ...basic.refusals,
    phone: () =>
      'Das sieht nicht nach einer Telefonnummer aus. Bitte beginnen Sie mit + und der Ländervorwahl.',
    date: () =>
      'Diesen Tag gibt es nicht. Bitte geben Sie Tag, Monat und Jahr an, das Jahr mit vier Ziffern.',
    too_early: (limit) => `Das ist zu früh. Der früheste Tag ist der ${limit}.`,
    too_late: (limit) => `Das ist zu spät. Der späteste Tag ist der ${limit}.`,
    number: () => 'Bitte schreiben Sie nur eine Zahl, in Ziffern.',
    integer: () => 'Bitte schreiben Sie eine ganze Zahl.',
    too_small: (limit) => `Das ist zu klein. Bitte geben Sie mindestens ${limit} an.`,
    too_large: (limit) => `Das ist zu groß. Bitte geben Sie höchstens ${limit} an.`,
    too_few: (limit) => `Bitte wählen Sie mindestens ${limit} aus.`,
    too_many: (limit) => `Bitte wählen Sie höchstens ${limit} aus.`,
  },
};
