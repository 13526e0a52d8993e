/** The widget's own words in English. */
import type { RefusalCode } from '../flow/answer.ts';

export interface Words {
  readonly title: string;
  readonly transcript: string;
  readonly close: string;
  readonly send: string;
  readonly restart: string;
  readonly retry: string;
  readonly writing: string;
  readonly failed: string;
  readonly changed: string;
  /** Shown while something waits for delivery. */
  readonly waiting: string;
  /** Before what each side says, for screen readers. */
  readonly brandSays: string;
  readonly visitorSays: string;
  readonly refusals: Readonly<Record<RefusalCode, string>>;
}

export const en: Words = {
  title: 'Chat',
  transcript: 'Conversation',
  close: 'Close chat',
  send: 'Send',
  restart: 'Start again',
  retry: 'Try again',
  writing: 'One moment',
  failed: 'We can’t reach the conversation just now.',
  changed: 'This conversation has changed since you were last here, so it starts again. Sorry about that.',
  waiting: 'Saved. We’ll pass this on as soon as we can.',
  brandSays: 'They said:',
  visitorSays: 'You said:',
  refusals: {
    required: 'Please write something first.',
    too_long: 'That’s longer than 255 characters. Please shorten it.',
    email: 'That doesn’t look like an email address. It should look like name@example.com.',
    date: 'Please give a whole date: day, month and year.',
    refused: 'That wasn’t accepted. Would you check it and send it again?',
  },
};
