/** What of an address may be told, and what may be somebody's. */

/** Longest string that the relay takes, because it is the longest that Braze keeps. */
const MAX_LENGTH = 255;

/**
 * An e-mail address, also in an address that stands in another one; five digits in a row, as in a customer's number; nine in groups, as in
 * a telephone number, while a date has eight; a hash; a UUID; a word of 20 letters and digits.
 */
const PERSONAL =
  /@|%(25)*40|\p{Nd}{5}|(\p{Nd}[\p{Pd}\p{Pc}\s.,()/+]{0,2}){9}|[\da-f]{16}|[\da-f]{8}(-[\da-f]{4}){2}|(?=[a-z]{0,19}\d)[a-z\d]{20}/iu;

/**
 * Where one kind of character follows another inside of a word, as in words and names hardly ever. In base64 that is nearly every
 * second place.
 */
const SWITCH = /[a-z](?=[A-Z\d])|\d(?=[a-zA-Z])|[A-Z](?=\d)/;

/** A token of fewer characters cannot be told from the name of a product, such as `iPhone15ProMax`. */
const MIN_TOKEN = 16;

/** Whether the text may be about one person: it holds an e-mail address, a long number or a token. */
export function isPersonal(text: string): boolean {
  // Digits and `@` may be of full width, as Japanese keyboards make them.
  const plain = text.normalize('NFKC');
  const switches = plain.split(SWITCH).length - 1;
  return PERSONAL.test(plain) || (plain.length >= MIN_TOKEN && 4 * switches >= plain.length);
}

/** Cut to what the relay takes, or to fewer UTF-16 units, with no half of a character at the end. */
export const cut = (text: string, length = MAX_LENGTH): string =>
  text.slice(0, length).replace(/[\ud800-\udbff]$/, '');

/** What a page has is its own affair: where it throws, there is nothing to tell of it. */
export function attempt<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** As it is read. Text that is not UTF-8 stays encoded. */
export const decoded = (text: string): string => attempt(() => decodeURIComponent(text), text);

/** The path with `:id` for each segment that may be somebody's, in at most 255 characters. Encoded as it was. */
export const tellablePath = (pathname: string): string =>
  cut(pathname.replace(/[^/]+/g, (segment) => (isPersonal(decoded(segment)) ? ':id' : segment)));
