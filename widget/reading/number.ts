import { toAscii } from './ascii.ts';

/**
 * The number that a person wrote, or what they wrote where it is none. Points and commas are read by the locale; the other way
 * round only where that is the only way to read them: `3.5` is three and a half in German too, but `1.234` is not.
 *
 * @param locale BCP 47 tag
 */
export function readNumber(text: string, locale: string | undefined): number | string {
  const written = toAscii(text)
    .trim()
    .replace(/\u066b/g, decimalOf(locale))
    // Groups that are set apart by signs that stand for nothing else.
    .replace(/(?<=\d)[\s'’\u066c](?=\d{3})/g, '');
  const [decimal, group] = decimalOf(locale) === ',' ? ',.' : '.,';
  return withSigns(written, decimal, group) ?? withSigns(written, group, decimal) ?? text;
}

function withSigns(written: string, decimal = '', group = ''): number | undefined {
  // Groups are of three digits, and the first of them does not begin with zero; before the last India writes groups of two.
  const number = new RegExp(
    `^([+-]?)(?=\\${decimal}?\\d)(\\d*|[1-9]\\d{0,2}(?:\\${group}\\d{2,3})*\\${group}\\d{3})(?:\\${decimal}(\\d*))?$`,
  );
  const [, sign = '', whole, fraction = ''] = number.exec(written) ?? [];
  return whole === undefined ? undefined : Number(`${sign}0${whole.replaceAll(group, '')}.${fraction}0`);
}

function decimalOf(locale: string | undefined): string {
  const parts = new Intl.NumberFormat(locale, { numberingSystem: 'latn' }).formatToParts(0.5);
  return parts.find(({ type }) => type === 'decimal')?.value === ',' ? ',' : '.';
}
