/** Numbers as people read them. */

/** @param locale BCP 47 tag; by default the browser's language */
export function writeNumber(number: number, locale?: string, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 20, ...options }).format(number);
}
