/** E-mail addresses and phone numbers: which are valid, and how a number is written where profiles are found by it. */

/** RFC 5322: letters, digits and some signs, in parts that single dots divide. RFC 5321: 64 at most. */
const localPart = /^(?=.{1,64}$)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;

/** RFC 5321: labels of letters, digits and hyphens, which stand at neither end, 63 at most each and 255 in all. */
const domain = /^(?=.{1,255}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;

/**
 * Braze's own rules are not in the pages that we have. These are those of the RFCs without what is hardly met: quoted local
 * parts, numbers in place of a domain, a domain of one label, letters beyond ASCII.
 */
export function isEmail(value: string): boolean {
  const at = value.lastIndexOf('@');
  return at > 0 && localPart.test(value.slice(0, at)) && domain.test(value.slice(at + 1));
}

/**
 * A phone number as profiles are found by it: punctuation stripped, a bare 10-digit number read as US. Numbers that
 * are invalid are documented as flagged, not as refused, so what has no digits is kept as it came.
 */
export function e164(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  if (digits === '') return phone;
  const isBareUs = digits.length === 10 && !phone.trimStart().startsWith('+');
  return isBareUs ? `+1${digits}` : `+${digits}`;
}

/** A plus sign and at most 15 digits, of which the first is not 0. */
export function isE164(phone: string): boolean {
  return /^\+[1-9]\d{1,14}$/.test(phone);
}
