import { toAscii } from './ascii.ts';
import type * as PhoneNumbers from './phone-numbers.ts';

let numbers: Promise<typeof PhoneNumbers> | undefined;

/** Fetches what reads the numbers of a country. A later call tries again after one that failed. */
export function fetchPhoneNumbers(): Promise<typeof PhoneNumbers> {
  numbers ??= import('./phone-numbers.ts').catch((error: unknown) => {
    numbers = undefined;
    throw error;
  });
  return numbers;
}

/**
 * The telephone number that a person wrote as E.164, or what they wrote where it cannot be told which number it is. Without
 * the library, which may be out of reach, that is every number that does not begin with its country code.
 *
 * @param country ISO 3166-1 alpha-2: where a number without its country code is from
 */
export async function readPhone(
  text: string,
  country: string | undefined,
  fetchNumbers = fetchPhoneNumbers,
): Promise<string> {
  const written = toAscii(text);
  try {
    const { toE164 } = await fetchNumbers();
    return toE164(written, country) ?? readInternational(written);
  } catch {
    return readInternational(written);
  }
}

/** With `+` or `00` before the country code. The zero that some write in parentheses is not dialled from abroad. */
function readInternational(written: string): string {
  const digits = written.replace(/\(0\)|[\s()./-]/g, '').replace(/^00/, '+');
  return /^\+\d+$/.test(digits) ? digits : written;
}
