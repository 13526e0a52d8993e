/** Codes that name no country: user-assigned ranges, the European Union, the United Nations, "unknown". */
const notCountries = /^(?:AA|EU|EZ|Q[M-Z]|UN|X[A-JL-Z]|ZZ)$/;

const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** Alpha-2 codes by English name in lower case, from the platform's own region names. Built at the first question. */
let codesByName: ReadonlyMap<string, string> | undefined;

function buildCodes(): ReadonlyMap<string, string> {
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  return new Map(
    codes
      .filter((code) => !notCountries.test(code) && isCurrent(code))
      .map((code) => [names.of(code)?.toLowerCase() ?? '', code] as const)
      .filter(([name]) => name !== ''),
  );
}

/** False for a code that stands for another one, as `UK` does for `GB` and `FX` for `FR`. */
function isCurrent(code: string): boolean {
  return new Intl.Locale(`und-${code}`).region === code;
}

/**
 * ISO 3166-1 alpha-2 code of a country given by code or English name ("Australia" → `AU`), or `undefined`. Braze
 * documents the mapping as best effort (`api/objects_filters/user_attributes_object`).
 */
export function countryCode(text: string): string | undefined {
  codesByName ??= buildCodes();
  const upper = text.trim().toUpperCase();
  if ([...codesByName.values()].includes(upper)) return upper;
  return codesByName.get(text.trim().toLowerCase());
}
