/** All of the widget's own words in English. */
import { words as basic } from '../en.ts';
import type { AllWords } from '../words.ts';

export const words: AllWords = {
  ...basic,
  copy: 'Copy the conversation',
  copied: 'Copied.',
  notCopied: 'Your browser didn’t let us copy it.',
  yes: 'Yes',
  no: 'No',
  rating: (given, highest) => `${given} of ${highest}`,
  dateParts: { day: 'Day', month: 'Month', year: 'Year' },
  consent: {
    text: 'Before this goes on its way: may we keep what you said here, and send it?',
    yes: 'Yes, you may',
    no: 'No, thank you',
  },
  refusals: {
    ...basic.refusals,
    phone: () => 'That doesn’t look like a phone number. Please begin with + and the country code.',
    date: () =>
      'That’s no day in the calendar. Please give a whole date: day, month and year in four digits.',
    too_early: (limit) => `That’s too early. Please give ${limit} or a later date.`,
    too_late: (limit) => `That’s too late. Please give ${limit} or an earlier date.`,
    number: () => 'Please write just a number, in digits.',
    integer: () => 'Please write a whole number.',
    too_small: (limit) => `That’s too small. Please give ${limit} or more.`,
    too_large: (limit) => `That’s too large. Please give ${limit} or less.`,
    too_few: (limit) => `Please choose at least ${limit}.`,
    too_many: (limit) => `Please choose no more than ${limit}.`,
  },
};
