import { toAscii } from './ascii.ts';

/** What a person wrote in the three fields of a date. */
export interface TypedDate {
  readonly day: string;
  readonly month: string;
  readonly year: string;
}

/**
 * The date as `YYYY-MM-DD`, and nothing where nothing was written. What is no whole date stays recognizable as none: so does a
 * year of two digits, because nobody can tell the century.
 *
 * @param locale BCP 47 tag, for the names of the months
 */
export function readDate({ day, month, year }: TypedDate, locale: string | undefined): string {
  const [typedDay = '', typedMonth = '', typedYear = ''] = [day, month, year].map((text) =>
    toAscii(text)
      .trim()
      .replace(/[.日月年일월년]$/, ''),
  );
  if (!typedDay && !typedMonth && !typedYear) return '';
  return [typedYear, monthOf(typedMonth, locale).padStart(2, '0'), typedDay.padStart(2, '0')].join('-');
}

/** The month's number where its name was written. */
function monthOf(text: string, locale: string | undefined): string {
  const written = text.toLocaleLowerCase(locale);
  const months = Array.from({ length: 12 }, (_, index) => Date.UTC(2000, index));
  const named = (['long', 'short'] as const).flatMap((month) => {
    const format = new Intl.DateTimeFormat(locale, { month, timeZone: 'UTC', calendar: 'gregory' });
    return months.map((time) => format.format(time).toLocaleLowerCase(locale).replace(/\.$/, ''));
  });
  const index = named.indexOf(written);
  return index < 0 ? text : String((index % 12) + 1);
}
