/** Keeps keys out of the journal, in whatever spelling they came: they are for nobody who only looks. */

export interface KeyMask {
  /** From now on it is masked, also when it is revoked. */
  readonly remember: (key: string) => void;
  /** The same text with every key that is remembered cut to its last four characters. */
  readonly mask: (text: string) => string;
}

/** Shorter keys exist in tests only, and masking them would garble honest text. Braze's own are UUIDs (36 characters). */
const SHORTEST_MASKED = 8;

interface Masked {
  readonly key: string;
  readonly pattern: RegExp;
}

/** One for all workspaces: a caller may put any key anywhere. */
export function createKeyMask(): KeyMask {
  const known = new Map<string, Masked>();
  /** A key may begin with another one, of which the rest would be left. */
  let longestFirst: readonly Masked[] = [];
  return {
    remember(key) {
      if (key.length < SHORTEST_MASKED || known.has(key)) return;
      known.set(key, { key, pattern: patternOf(key) });
      longestFirst = [...known.values()].sort((one, other) => other.key.length - one.key.length);
    },
    mask: (text) =>
      // By a function: a key may have `$&` in it.
      longestFirst.reduce(
        (masked, { key, pattern }) => masked.replace(pattern, () => `…${key.slice(-4)}`),
        text,
      ),
  };
}

/** In any letter case: names of headers are lowered. */
function patternOf(key: string): RegExp {
  return new RegExp(Array.from(key, spellingsOf).join(''), 'gi');
}

/** What else becomes of a character: a backslash a slash in the path of a URL, a plus a space in its query. */
const changed: Readonly<Record<string, string>> = { '\\': '|\\/', '+': '| ' };

/** As it is, URL-encoded, and in the ways that JSON may escape it. */
function spellingsOf(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).padStart(2, '0');
  const plain = character.replace(/\W/, '\\$&');
  const backslashed = '"\\/'.includes(character) ? `|\\\\${plain}` : '';
  return `(?:${plain}|%${code}|\\\\u00${code}${backslashed}${changed[character] ?? ''})`;
}
