/** "Did you mean": the known word that is nearest to one that is not known. */
import leven, { closestMatch } from 'leven';

/** Edits, at most: more are another word. */
const FURTHEST = 3;

/** How many edits a slip of the pen is: a letter in a short word, two letters changed about in a longer one. */
function reachOf(word: string): number {
  return Math.min(FURTHEST, Math.max(1, Math.round(word.length * 0.4)));
}

/** Longer words are names of nothing, and comparing takes time by the length of both. */
const LONGEST = 100;

/** A word without capitals and separators, in which `First_Name`, `firstName` and `first-name` are one. */
export function fold(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** The candidate that was most likely meant, or `undefined`. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  if (word.length > LONGEST) return undefined;
  const folded = fold(word);
  const same = all.find((each) => fold(each) === folded);
  if (same !== undefined) return same;
  const near = closestMatch(word, all, { maxDistance: reachOf(word) });
  if (near !== undefined && leven(word, near) < near.length) return near;
  return all.find((each) => isSwapped(word, each));
}

/** Whether two letters are changed about, which is a slip in the shortest words too. */
function isSwapped(word: string, other: string): boolean {
  const letters = (text: string) => Array.from(text).sort().join('');
  return word.length === other.length && leven(word, other) === 2 && letters(word) === letters(other);
}

/** `; did you mean "sorry"?`, or `otherwise`. */
export function didYouMean(guess: string | undefined, otherwise = ''): string {
  return guess === undefined ? otherwise : `; did you mean "${guess}"?`;
}

/** `a, b or c` */
export function listed(words: readonly string[], conjunction = 'or'): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}
