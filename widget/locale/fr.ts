/** The widget's own words in French. Its no-break spaces (narrow but for the colon's) are written as escapes, to be seen. */
import type { Words } from './words.ts';

const characters = (limit: string, count?: number) => `${limit} caractère${count === 1 ? '' : 's'}`;

export const words: Words = {
  locale: 'fr',
  direction: 'ltr',
  title: 'Chat',
  transcript: 'Conversation',
  close: 'Fermer le chat',
  send: 'Envoyer',
  skip: 'Passer',
  keep: 'Garder ma réponse',
  restart: 'Recommencer',
  retry: 'Réessayer',
  writing: 'Un instant',
  failed: 'La conversation n’est pas disponible pour le moment.',
  changed: 'La conversation a changé depuis votre dernière visite. Vos réponses sont conservées.',
  waiting: 'C’est enregistré. Nous transmettrons dès que possible.',
  offline: 'Vous êtes hors ligne. Vous pouvez continuer\u00a0: vos réponses sont conservées ici.',
  brandSays: 'Message\u00a0:',
  visitorSays: 'Votre réponse\u00a0:',
  skipped: 'Question passée',
  change: 'Modifier',
  changeAnswer: (question) => `Modifier votre réponse à «\u202f${question}\u202f»`,
  menu: 'Plus',
  refusals: {
    required: () => 'Merci de répondre d’abord à cette question.',
    too_short: (limit, count) => `C’est trop court. Merci d’écrire au moins ${characters(limit, count)}.`,
    too_long: (limit, count) => `C’est trop long. Merci d’écrire ${characters(limit, count)} au maximum.`,
    pattern: () => 'Cela ne semble pas correct. Pouvez-vous vérifier\u202f?',
    email: () => 'Cette adresse e-mail ne semble pas correcte. Exemple\u00a0: nom@example.com.',
    choice: () => 'Merci de choisir une réponse.',
    refused: () => 'Cela n’a pas été accepté. Pouvez-vous vérifier et renvoyer\u202f?',
  },
};

export const all = () => import('./further/fr.ts');
