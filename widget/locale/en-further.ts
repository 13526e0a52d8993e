/** The words in English of what only some flows have (`view/further.ts`). */
import type { Words } from './en.ts';

export interface FurtherWords {
  readonly yes: string;
  readonly no: string;
  readonly rating: (given: string, highest: string) => string;
  readonly dateParts: Readonly<Record<'day' | 'month' | 'year', string>>;
  readonly refusals: Words['refusals'];
}

export const furtherEn: FurtherWords = {
  yes: 'Yes',
  no: 'No',
  rating: (given, highest) => `${given} of ${highest}`,
  dateParts: { day: 'Day', month: 'Month', year: 'Year' },
  refusals: {
    phone: () => 'That doesn’t look like a phone number. Please begin with + and the country code.',
    date: () =>
      'That’s no day in the calendar. Please give a whole date: day, month and year in four digits.',
    too_early: (limit) => `That’s too early. Please give ${limit} or a later date.`,
    too_late: (limit) => `That’s too late. Please give ${limit} or an earlier date.`,
    number: () => 'Please write just a number, in digits.',
    integer: () => 'Please write a whole number.',
    too_small: (limit) => `That’s too small. Please give ${limit} or more.`,
    too_large: (limit) => `That’s too large. Please give ${limit} or less.`,
  },
};
