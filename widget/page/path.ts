/** What of an address may be told, and what may be somebody's. */

/** Longest string that the relay takes, because it is the longest that Braze keeps. */
const MAX_LENGTH = 255;

/**
 * An e-mail address, also in an address that stands in another one; five digits in a row, as in a customer's number; nine in groups, as in
 * a telephone number, while a date has eight; a hash; a UUID; 16 capitals and digits, as in base32; 16 letters and digits with three numbers
 * among them, while a campaign has one or two, such as `blackfriday2026shoes50off`; a key of Stripe, and a JSON Web Token.
 */
const PERSONAL =
  /@|%(25)*40|\p{Nd}{5}|(\p{Nd}[\p{Pd}\p{Pc}\s.,()/+]{0,2}){9}|([\da-fA-F]{4}-?){4}|[A-Z\d]{16}|(?=[a-z]{0,13}(\d{1,4}[a-z]{1,13}){2}\d)[a-z\d]{16}|\b([prs]k_(live|test)_|eyJ)/u;

/**
 * What names are made of: four capitals, a word with a vowel among its first four letters, a number of three digits, what is no letter or
 * digit. `iPhone15ProMax` and `HTTPServer` are little else.
 */
const NAME = /[A-Z]{4,}|[A-Z]?(?=[a-z]{2})[a-z]{0,3}[aeiouy][a-z]*|\d{3,}|[\W_]/g;

/**
 * Five characters in a row that are of no name, a capital among them: in base64 there are some, as in keys of many makers (of 22 random
 * characters in 95 of 100). Names have four, such as `MacBookPro16M3Max`.
 */
const TOKEN = /(?=\S{0,4}[A-Z])\S{5}/;

/** Whether the text may be about one person: it holds an e-mail address, a long number or a token. */
export function isPersonal(text: string): boolean {
  // Digits and `@` may be of full width, as Japanese keyboards make them.
  const plain = text.normalize('NFKC');
  return PERSONAL.test(plain) || TOKEN.test(plain.replace(NAME, ' '));
}

/** Cut to what the relay takes, or to fewer UTF-16 units, with no half of a character at the end. */
export const cut = (text: string, length = MAX_LENGTH): string =>
  text.slice(0, length).replace(/[\ud800-\udbff]$/, '');

/** What a page has is its own affair: where it throws, there is nothing to tell of it. */
export function attempt<Value>(read: () => Value): Value | undefined;
export function attempt<Value>(read: () => Value, otherwise: Value): Value;
export function attempt<Value>(read: () => Value, otherwise?: Value): Value | undefined {
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
