/** The widget's own words in German, which says Sie. */
import type { Words } from './words.ts';

export const words: Words = {
  locale: 'de',
  direction: 'ltr',
  title: 'Chat',
  transcript: 'Unterhaltung',
  close: 'Chat schließen',
  send: 'Senden',
  skip: 'Überspringen',
  keep: 'So lassen',
  restart: 'Neu beginnen',
  retry: 'Erneut versuchen',
  writing: 'Einen Moment',
  failed: 'Wir erreichen den Chat gerade nicht.',
  changed: 'Der Chat hat sich seit Ihrem letzten Besuch geändert. Ihre Antworten sind noch da.',
  waiting: 'Gespeichert. Wir leiten es weiter, sobald wir können.',
  offline: 'Sie sind offline. Sie können weitermachen: Ihre Antworten bleiben hier gespeichert.',
  brandSays: 'Nachricht:',
  visitorSays: 'Ihre Antwort:',
  skipped: 'Übersprungen',
  change: 'Ändern',
  changeAnswer: (question) => `Ihre Antwort auf „${question}“ ändern`,
  menu: 'Mehr',
  refusals: {
    required: () => 'Bitte beantworten Sie zuerst diese Frage.',
    too_short: (limit) => `Das ist zu kurz. Bitte schreiben Sie mindestens ${limit} Zeichen.`,
    too_long: (limit) => `Das ist zu lang. Bitte schreiben Sie höchstens ${limit} Zeichen.`,
    pattern: () => 'Das sieht nicht richtig aus. Würden Sie es noch einmal prüfen?',
    email: () => 'Das sieht nicht nach einer E-Mail-Adresse aus. Beispiel: name@example.com.',
    choice: () => 'Bitte wählen Sie eine dieser Antworten.',
    refused: () => 'Das wurde nicht angenommen. Würden Sie es prüfen und noch einmal senden?',
  },
};

export const all = () => import('./further/de.ts');
