/** Answers to the inputs that only some flows have: telephone numbers, dates, numbers, ratings, consent. Fetched with those flows. */
import type { NumberInput, RatingInput } from '../contract/flow.ts';
import { refused, within, type Acceptance, type AcceptFurther } from './answer.ts';
import { isCalendarDate, localDateOf, resolveBound } from './calendar.ts';

/** An international number: E.164 allows 15 digits; no country has fewer than 7 with its code. */
const PHONE = /^\+[1-9]\d{6,14}$/;

/**
 * @param time ISO 8601 in UTC
 * @param timeZone of the visitor: an IANA name
 */
export const furtherAt = (time: string, timeZone: string | undefined): AcceptFurther =>
  furtherOn(localDateOf(time, timeZone));

/** @param today the visitor's own day, `YYYY-MM-DD`, to which relative bounds refer */
export const furtherOn =
  (today: string): AcceptFurther =>
  (ask, said) => {
    const text = typeof said === 'string' ? said : '';
    if (ask.input === 'phone') {
      const number = text.replace(/[\s()./\p{Pd}]/gu, '');
      return PHONE.test(number) ? { value: number } : refused(ask.input);
    }
    if (ask.input === 'consent') return typeof said === 'boolean' ? { value: said } : refused('required');
    if (ask.input !== 'date') return acceptNumber(ask, said);
    const [first, last] = [ask.min, ask.max].map((bound) => bound && resolveBound(bound, today));
    return isCalendarDate(text) ? within(text, text, first, last, 'too_early', 'too_late') : refused('date');
  };

function acceptNumber(ask: NumberInput | RatingInput<unknown>, said: unknown): Acceptance {
  const isRating = ask.input === 'rating';
  if (!Number.isFinite(said)) return refused('number');
  // Zero has one form: adding it makes -0 to 0.
  const number = (said as number) + 0;
  if ((isRating || ask.integer) && number % 1 !== 0) return refused('integer');
  // Past these a number in JSON no longer says exactly what was meant (RFC 8259, section 6).
  const { min = isRating ? 1 : Number.MIN_SAFE_INTEGER, max = isRating ? 5 : Number.MAX_SAFE_INTEGER } = ask;
  return within(number, number, min, max, 'too_small', 'too_large');
}
