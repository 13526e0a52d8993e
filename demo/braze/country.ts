import { countryNames } from './country-names.ts';

/** Alpha-2 codes by code of three letters and by name, in the form in which they are compared. Built at the first question. */
let codes: ReadonlyMap<string, string> | undefined;

function buildCodes(): ReadonlyMap<string, string> {
  const lines = countryNames.trim().split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, alpha2 = '', alpha3 = '', names = ''] = /^\s*(\w{2}) (\w{3}) (.+)$/.exec(line) ?? [];
      return [alpha2, alpha3, ...names.split('; ')].map((name) => [comparable(name), alpha2] as const);
    }),
  );
}

/** In letters without marks: "The Bahamas" is "bahamas", "U.S.A." "usa", "Saint Lucia" and "St. Lucia" "st lucia". */
function comparable(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('&', ' and ')
    .replaceAll('.', '')
    .replace(/[^a-z]+/g, ' ')
    .trim()
    .replace(/^the /, '')
    .replace(/\bsaint\b/g, 'st')
    .replace(/\band the\b/g, 'and');
}

/**
 * ISO 3166-1 alpha-2 code of a country given by a code or an English name ("Australia" → `AU`), or `undefined`. Braze
 * documents the mapping as best effort (`api/objects_filters/user_attributes_object`).
 */
export function countryCode(text: string): string | undefined {
  codes ??= buildCodes();
  return codes.get(comparable(text));
}
