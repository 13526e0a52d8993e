/** All of the widget's own words in French, no-break spaces written as escapes. */
import { words as basic } from '../fr.ts';
import type { AllWords } from '../words.ts';

export const words: AllWords = {
  ...basic,
  copy: 'Copier la conversation',
  copied: 'C’est copié.',
  notCopied: 'Votre navigateur n’a pas permis de copier.',
  yes: 'Oui',
  no: 'Non',
  rating: (given, highest) => `${given} sur ${highest}`,
  dateParts: { day: 'Jour', month: 'Mois', year: 'Année' },
  consent: {
    text: 'Avant l’envoi\u00a0: pouvons-nous conserver vos réponses et les transmettre\u202f?',
    yes: 'Oui, d’accord',
    no: 'Non, merci',
  },
  refusals: {
    ...basic.refusals,
    phone: () => 'Ce numéro ne semble pas correct. Commencez par + et l’indicatif du pays.',
    date: () => 'Ce jour n’existe pas. Indiquez le jour, le mois et l’année en quatre chiffres.',
    too_early: (limit) => `C’est trop tôt. Indiquez le ${limit} ou une date ultérieure.`,
    too_late: (limit) => `C’est trop tard. Indiquez le ${limit} ou une date antérieure.`,
    number: () => 'Merci d’écrire un nombre, en chiffres.',
    integer: () => 'Merci d’écrire un nombre entier.',
    too_small: (limit) => `C’est trop petit. Indiquez ${limit} ou plus.`,
    too_large: (limit) => `C’est trop grand. Indiquez ${limit} ou moins.`,
    too_few: (limit) => `Merci d’en choisir au moins ${limit}.`,
    too_many: (limit) => `Merci d’en choisir ${limit} au maximum.`,
  },
};
