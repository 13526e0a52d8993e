/** The numbering plans of all countries: large, and fetched only where a flow asks for a telephone number. */
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** The number as E.164, or `undefined` where no such number can exist. */
export function toE164(text: string, country: string | undefined): string | undefined {
  const isKnown = country !== undefined && isSupportedCountry(country);
  const number = parsePhoneNumberFromString(text, {
    extract: false,
    ...(isKnown && { defaultCountry: country }),
  });
  return number?.isPossible() === true && !number.ext ? number.number : undefined;
}
