/** What is no secret, though it stands where one should. Nothing here repeats what it judges. */

/**
 * Characters. Every key of Braze is a UUID of 36; what is shorter than this was typed by hand, and is in ordinary words: it is not looked
 * for. Only development takes it.
 */
export const SHORTEST_SECRET = 8;

/** What documentation, templates and generators of settings write in place of a secret. A random one has such a word once in 10^7. */
const PLACEHOLDER =
  /change[-_.]?me|replace[-_.]?(?:me|this|with)|(?:^|[^a-z])your[-_.]?(?:\w+[-_.])*(?:key|secret)|place[-_.]?holder|insert[-_.]?here|example|not[-_.]?set|dummy|password|redacted|^to[-_.]?do(?:[^a-z]|$)|test[-_.]?(?:key|secret)|^12345678|^<.*>$|^\$\{?\w+\}?$|([xX*.#0])\1{7}/i;

/** As Braze's dashboard shows REST API keys. */
const BRAZE_KEY = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Different characters that a random secret of 32 has at the least, be it of digits alone. */
const FEWEST_CHARACTERS = 8;

/** Whether somebody was to put a secret in its place. */
export function isPlaceholder(secret: string): boolean {
  return PLACEHOLDER.test(secret);
}

/** What is wrong with a REST API key of Braze, or `undefined`. A name or a word in its place would show only once visitors have come. */
export function brazeKeyProblem(key: string): string | undefined {
  if (!BRAZE_KEY.test(key)) return 'is no REST API key of Braze, all of which are UUIDs';
  const digits = key.replaceAll('-', '');
  return isPlaceholder(digits) || guessProblem(digits) !== undefined
    ? 'is a placeholder in the form of a key'
    : undefined;
}

/** What is wrong with a secret that somebody was to make up, or `undefined`. */
export function guessProblem(secret: string): string | undefined {
  const word = wordOf(secret);
  if (word.length < secret.length) return `says ${word.length} characters again and again`;
  const { size } = new Set(secret);
  return size < FEWEST_CHARACTERS ? `is made of ${size} different characters` : undefined;
}

/** The shortest start of it that said again and again makes all of it, where it is said twice at the least; else all of it. */
function wordOf(secret: string): string {
  const length = Array.from({ length: Math.floor(secret.length / 2) }, (_, index) => index + 1).find((each) =>
    secret.startsWith(secret.slice(0, -each), each),
  );
  return length === undefined ? secret : secret.slice(0, length);
}

/** Pairs that are one and the same: whoever learns one would have the other, and a key of production would be used on a test page. */
export function sharedSecrets(
  secrets: ReadonlyMap<string, string>,
): readonly (readonly [name: string, before: string])[] {
  const owners = new Map<string, string>();
  const shared: (readonly [string, string])[] = [];
  for (const [name, secret] of secrets) {
    const before = owners.get(secret);
    if (before === undefined) owners.set(secret, name);
    else shared.push([name, before]);
  }
  return shared;
}
