/** Numbers and dates as people read them. */

/** @param locale BCP 47 tag; by default the browser's language */
export function writeNumber(number: number, locale?: string, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 20, ...options }).format(number);
}

/** @param date `YYYY-MM-DD` */
export function writeDate(date: string, locale?: string): string {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC', calendar: 'gregory' });
  return format.format(Date.parse(date));
}
