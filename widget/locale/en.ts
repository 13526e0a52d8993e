/** The widget's own words in English. */
import type { RefusalCode } from '../flow/answer.ts';

export interface Words {
  readonly title: string;
  readonly transcript: string;
  readonly close: string;
  readonly send: string;
  readonly skip: string;
  /** Leaves an answer that the visitor went back to as it is. */
  readonly keep: string;
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
  /** In the place of an answer to a question that was passed over. */
  readonly skipped: string;
  /** On the button that goes back to a question, and the button's whole name. */
  readonly change: string;
  readonly changeAnswer: (question: string) => string;
  /** The limit is a number or a date in words, where the refusal has one. */
  readonly refusals: Readonly<Partial<Record<RefusalCode, (limit: string) => string>>>;
}

const characters = (limit: string) => `${limit} character${limit === '1' ? '' : 's'}`;

export const en: Words = {
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
  brandSays: 'They said:',
  visitorSays: 'You said:',
  skipped: 'Skipped',
  change: 'Change',
  changeAnswer: (question) => `Change your answer to: ${question}`,
  refusals: {
    required: () => 'Please answer this first.',
    too_short: (limit) => `That’s too short. Please write at least ${characters(limit)}.`,
    too_long: (limit) => `That’s longer than ${characters(limit)}. Please shorten it.`,
    pattern: () => 'That doesn’t look right. Would you check it?',
    email: () => 'That doesn’t look like an email address. It should look like name@example.com.',
    choice: () => 'Please choose one of these.',
    too_few: (limit) => `Please choose at least ${limit}.`,
    too_many: (limit) => `Please choose no more than ${limit}.`,
    refused: () => 'That wasn’t accepted. Would you check it and send it again?',
  },
};
