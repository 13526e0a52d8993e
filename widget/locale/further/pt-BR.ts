/** All of the widget's own words in Brazilian Portuguese. */
import { words as basic } from '../pt-BR.ts';
import type { AllWords } from '../words.ts';

export const words: AllWords = {
  ...basic,
  copy: 'Copiar a conversa',
  copied: 'Conversa copiada.',
  notCopied: 'Seu navegador não deixou copiar a conversa.',
  yes: 'Sim',
  no: 'Não',
  rating: (given, highest) => `${given} de ${highest}`,
  dateParts: { day: 'Dia', month: 'Mês', year: 'Ano' },
  consent: {
    text: 'Antes de enviar: podemos guardar o que você disse aqui e encaminhar?',
    yes: 'Sim, podem',
    no: 'Não, prefiro que não',
  },
  refusals: {
    ...basic.refusals,
    phone: () => 'Isso não parece um telefone. Comece com + e o código do país.',
    date: () => 'Esse dia não existe. Escreva a data completa: dia, mês e ano com quatro dígitos.',
    too_early: (limit) => `É cedo demais. Escreva ${limit} ou uma data posterior.`,
    too_late: (limit) => `É tarde demais. Escreva ${limit} ou uma data anterior.`,
    number: () => 'Escreva só um número, em algarismos.',
    integer: () => 'Escreva um número inteiro.',
    too_small: (limit) => `É um número baixo demais. Escreva ${limit} ou mais.`,
    too_large: (limit) => `É um número alto demais. Escreva ${limit} ou menos.`,
    too_few: (limit) => `Escolha pelo menos ${limit}.`,
    too_many: (limit) => `Escolha no máximo ${limit}.`,
  },
};
