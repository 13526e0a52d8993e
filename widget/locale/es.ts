/** The widget's own words in Spanish, of Spain and of Latin America. */
import type { Words } from './words.ts';

const characters = (limit: string, count?: number) => `${limit} ${count === 1 ? 'carácter' : 'caracteres'}`;

export const words: Words = {
  locale: 'es',
  direction: 'ltr',
  title: 'Chat',
  transcript: 'Conversación',
  close: 'Cerrar el chat',
  send: 'Enviar',
  skip: 'Omitir',
  keep: 'Dejar así',
  restart: 'Empezar de nuevo',
  retry: 'Reintentar',
  writing: 'Un momento',
  failed: 'No podemos abrir la conversación en este momento.',
  changed: 'Esta conversación cambió desde tu última visita. Lo que dijiste sigue guardado.',
  waiting: 'Guardado. Lo haremos llegar en cuanto podamos.',
  offline: 'No tienes conexión. Puedes seguir: lo que digas queda guardado aquí.',
  brandSays: 'Mensaje:',
  visitorSays: 'Tu respuesta:',
  skipped: 'Pregunta omitida',
  change: 'Cambiar',
  changeAnswer: (question) => `Cambiar tu respuesta a «${question}»`,
  menu: 'Más',
  refusals: {
    required: () => 'Por favor, responde primero a esta pregunta.',
    too_short: (limit, count) => `Es demasiado corto. Escribe al menos ${characters(limit, count)}.`,
    too_long: (limit, count) => `Es demasiado largo. Escribe como máximo ${characters(limit, count)}.`,
    pattern: () => 'Algo no parece correcto. ¿Puedes revisarlo?',
    email: () => 'No parece un correo electrónico. Debería ser como nombre@example.com.',
    choice: () => 'Elige una de estas opciones.',
    refused: () => 'No se aceptó. ¿Puedes revisarlo y enviarlo de nuevo?',
  },
};

export const all = () => import('./further/es.ts');
