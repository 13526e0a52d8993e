/** The inputs that only some flows have: those beyond a line of words and a choice. */
import { furtherAt } from '../flow/further-answer.ts';
import type { Language } from '../flow/walk.ts';
import { css, laterSheets } from './css.ts';
import { choicesControl } from './inputs/choices.ts';
import { consentControl } from './inputs/consent.ts';
import type { Controls } from './inputs/control.ts';
import { dateControl } from './inputs/date.ts';
import { multilineControl } from './inputs/multiline.ts';
import { numberControl } from './inputs/number.ts';
import { phoneControl } from './inputs/phone.ts';
import { ratingControl } from './inputs/rating.ts';
import { writeDate } from './dates.ts';

export interface Further {
  readonly controls: Partial<Controls>;
  readonly language: Pick<Language, 'furtherAt'>;
  readonly writeDate: typeof writeDate;
}

/** What several of them have. */
laterSheets.push(css`
  fieldset {
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  .rating,
  fieldset:not(.parts) {
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  .question > :is(.rating, fieldset) {
    flex: 0 1 auto;
    /* One row of options, at least. */
    min-height: 52px;
  }
`);

export const further: Further = {
  controls: {
    choices: choicesControl,
    multiline: multilineControl,
    phone: phoneControl,
    date: dateControl,
    number: numberControl,
    rating: ratingControl,
    consent: consentControl,
  },
  language: { furtherAt },
  writeDate,
};
