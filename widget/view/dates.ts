/** Dates as people read them. */

/** @param date `YYYY-MM-DD` */
export function writeDate(date: string, locale?: string): string {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC', calendar: 'gregory' });
  return format.format(Date.parse(date));
}
