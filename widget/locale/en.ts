/** The widget's own words in English. */
import type { Words } from './words.ts';

const characters = (limit: string, count?: number) => `${limit} character${count === 1 ? '' : 's'}`;

export const words: Words = {
  locale: 'en',
  direction: 'ltr',
  title: 'Chat',
  transcript: 'Conversation',
  close: 'Close chat',
  send: 'Send',
  skip: 'Skip',
  keep: 'Keep it',
  restart: 'Start again',
  retry: 'Try again',
  writing: 'One moment',
  failed: 'We can’t reach the conversation just now.',
  changed: 'This conversation has changed since you were last here. What you said is kept.',
  waiting: 'Saved. We’ll pass this on as soon as we can.',
  offline: 'You’re offline. You can go on: what you say is kept here.',
  brandSays: 'They said:',
  visitorSays: 'You said:',
  skipped: 'Skipped',
  change: 'Change',
  changeAnswer: (question) => `Change your answer to: ${question}`,
  menu: 'More',
  refusals: {
    required: () => 'Please answer this first.',
    too_short: (limit, count) => `That’s too short. Please write at least ${characters(limit, count)}.`,
    too_long: (limit, count) => `That’s longer than ${characters(limit, count)}. Please shorten it.`,
    pattern: () => 'That doesn’t look right. Would you check it?',
    email: () => 'That doesn’t look like an email address. It should look like name@example.com.',
    choice: () => 'Please choose one of these.',
    refused: () => 'That wasn’t accepted. Would you check it and send it again?',
  },
};

export const all = () => import('./further/en.ts');
