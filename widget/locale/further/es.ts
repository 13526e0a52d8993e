/** All of the widget's own words in Spanish. */
import { words as basic } from '../es.ts';
import type { AllWords } from '../words.ts';

export const words: AllWords = {
  ...basic,
  copy: 'Copiar la conversación',
  copied: 'Conversación copiada.',
  notCopied: 'Tu navegador no nos permitió copiarla.',
  yes: 'Sí',
  no: 'No',
  rating: (given, highest) => `${given} de ${highest}`,
  dateParts: { day: 'Día', month: 'Mes', year: 'Año' },
  consent: {
    text: 'Antes de enviarlo: ¿podemos guardar lo que dijiste aquí y hacerlo llegar?',
    yes: 'Sí, pueden',
    no: 'No, gracias',
  },
  refusals: {
    ...basic.refusals,
    phone: () => 'No parece un número de teléfono. Empieza con + y el código del país.',
    date: () => 'Ese día no existe. Escribe la fecha completa: día, mes y año con cuatro cifras.',
    too_early: (limit) => `Es demasiado pronto. Escribe el ${limit} o una fecha posterior.`,
    too_late: (limit) => `Es demasiado tarde. Escribe el ${limit} o una fecha anterior.`,
    number: () => 'Escribe solo un número, en cifras.',
    integer: () => 'Escribe un número entero.',
    too_small: (limit) => `Es un número demasiado bajo. Escribe ${limit} o más.`,
    too_large: (limit) => `Es un número demasiado alto. Escribe ${limit} o menos.`,
    too_few: (limit) => `Elige al menos ${limit}.`,
    too_many: (limit) => `Elige como máximo ${limit}.`,
  },
};
