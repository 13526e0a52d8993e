/** The widget's own words in Brazilian Portuguese. */
import type { Words } from './words.ts';

const characters = (limit: string, count?: number) => `${limit} caracter${count === 1 ? '' : 'es'}`;

export const words: Words = {
  locale: 'pt-BR',
  direction: 'ltr',
  title: 'Chat',
  transcript: 'Conversa',
  close: 'Fechar o chat',
  send: 'Enviar',
  skip: 'Pular',
  keep: 'Deixar assim',
  restart: 'Recomeçar',
  retry: 'Tentar de novo',
  writing: 'Um momento',
  failed: 'Não conseguimos abrir a conversa agora.',
  changed: 'Esta conversa mudou desde a sua última visita. O que você disse continua guardado.',
  waiting: 'Guardado. Vamos encaminhar assim que der.',
  offline: 'Você está sem internet. Pode continuar: o que você disser fica guardado aqui.',
  brandSays: 'Mensagem:',
  visitorSays: 'Sua resposta:',
  skipped: 'Pergunta pulada',
  change: 'Alterar',
  changeAnswer: (question) => `Alterar sua resposta a “${question}”`,
  menu: 'Mais',
  refusals: {
    required: () => 'Por favor, responda a esta pergunta primeiro.',
    too_short: (limit, count) => `Ficou curto demais. Escreva pelo menos ${characters(limit, count)}.`,
    too_long: (limit, count) => `Ficou longo demais. Escreva no máximo ${characters(limit, count)}.`,
    pattern: () => 'Algo não parece certo. Pode conferir?',
    email: () => 'Isso não parece um e-mail. Deve ser algo como nome@example.com.',
    choice: () => 'Escolha uma destas opções.',
    refused: () => 'Não foi aceito. Pode conferir e enviar de novo?',
  },
};

export const all = () => import('./further/pt-BR.ts');
