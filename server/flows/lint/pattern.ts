/**
 * How long a visitor's words can keep a regular expression busy.
 *
 * A matcher that goes back and tries again does so at most once for each way to lay the expression over a text: the product
 * over what stands in sequence, the sum over alternatives, and for what is repeated the sum over how often it may be. Answers
 * are short, so these are few for most expressions, but not for `(\w+ ?)+`. The bound is higher than the truth where parts
 * exclude one another, as in `[a-z]+(-[a-z]+)*`: that is refused though it would do. What looks around or back at what was
 * matched is not counted, and refused.
 */
import { RegExpParser, visitRegExpAST, type AST } from '@eslint-community/regexpp';

/** Some milliseconds: the browser looks at each answer once, the relay at the answers of all visitors. */
const MOST_WAYS = 100_000;

export interface PatternProblem {
  readonly code: 'bad-pattern' | 'slow-pattern' | 'impossible-bounds';
  readonly message: string;
}

/**
 * What is wrong with the `pattern` of an input, or `undefined`.
 * @param longest characters of the longest answer
 * @param shortest characters of the shortest answer
 */
export function problemOfPattern(pattern: string, longest: number, shortest = 0): PatternProblem | undefined {
  let expression: AST.Pattern;
  try {
    // Twice, for the machine that will run it has the last word.
    new RegExp(pattern, 'v');
    expression = parse(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*\/v: /s, '') : '';
    const message = `is no regular expression with the "v" flag: ${reason}${hintForClasses(pattern)}`;
    return { code: 'bad-pattern', message };
  }
  return (
    problemOfSlashes(pattern) ??
    problemOfWork(pattern, expression, longest) ??
    problemOfLength(expression, longest, shortest)
  );
}

/** What the older flag takes, and the one of browsers does not: `[ '-]`. */
function hintForClasses(pattern: string): string {
  try {
    new RegExp(pattern, 'u');
    return '; between [ and ] a sign such as - or ( has a backslash before it';
  } catch {
    return '';
  }
}

function parse(pattern: string): AST.Pattern {
  return new RegExpParser().parsePattern(pattern, 0, pattern.length, { unicodeSets: true });
}

/** As programs write one, `/[a-z]+/i`: the slashes and the flags would be looked for in the answer. */
function problemOfSlashes(pattern: string): PatternProblem | undefined {
  const [, inner, flags = ''] = /^\/(.+)\/([dgimsuvy]*)$/s.exec(pattern) ?? [];
  if (inner === undefined) return undefined;
  const hint = flags.includes('i') ? '; name capitals and small letters both, as in [A-Za-z]' : '';
  const message = `should stand without slashes and flags, which no answer has: ${JSON.stringify(inner)}${hint}`;
  return { code: 'bad-pattern', message };
}

function problemOfWork(
  pattern: string,
  expression: AST.Pattern,
  longest: number,
): PatternProblem | undefined {
  try {
    if (waysOfAny(expression.alternatives, longest) <= MOST_WAYS) return undefined;
  } catch (error) {
    if (!(error instanceof Uncountable)) throw error;
    return { code: 'slow-pattern', message: error.message };
  }
  const rewritten = boundedPattern(pattern, expression, longest);
  const advice =
    rewritten === undefined
      ? 'repeat nothing that repeats, or set a small "max_length"'
      : `say how often at most, such as ${rewritten}`;
  return { code: 'slow-pattern', message: `may take too long to match; ${advice}` };
}

/** How often at most: something plain, as a letter, and something that repeats itself, as a word. The most generous first. */
const BOUNDS = [40, 20, 10].flatMap((plain) => [10, 5, 3, 2].map((complex) => [plain, complex] as const));

/** The same pattern with a bound to each repetition, so that it does not take too long; `undefined` where no bound helps. */
function boundedPattern(pattern: string, expression: AST.Pattern, longest: number): string | undefined {
  const quantifiers: AST.Quantifier[] = [];
  visitRegExpAST(expression, { onQuantifierEnter: (quantifier) => quantifiers.push(quantifier) });
  // From the end on, so that what was put in moves nothing that is still to come.
  const fromEnd = quantifiers.toSorted((one, other) => other.end - one.end);
  return BOUNDS.map(([plain, complex]) =>
    fromEnd.reduce((text, quantifier) => {
      const { element, min, max, end, greedy } = quantifier;
      const most = Math.max(min, waysOf(element, longest) === 1 ? plain : complex);
      if (max <= most) return text;
      return `${text.slice(0, element.end)}{${min},${most}}${greedy ? '' : '?'}${text.slice(end)}`;
    }, pattern),
  ).find((text) => waysOfAny(parse(text).alternatives, longest) <= MOST_WAYS);
}

/** Where what the pattern matches is longer or shorter than any answer may be. */
function problemOfLength(
  { alternatives }: AST.Pattern,
  longest: number,
  shortest: number,
): PatternProblem | undefined {
  const [least, most] = lengthOfAny(alternatives);
  if (least > longest) {
    const message = `matches nothing shorter than ${least}, while answers have ${longest} characters at most`;
    return { code: 'impossible-bounds', message };
  }
  if (most >= shortest) return undefined;
  const message = `matches nothing longer than ${most}, while answers have ${shortest} characters at least`;
  return { code: 'impossible-bounds', message };
}

/** UTF-16 units: no fewer than the first, no more than the second. */
type Length = readonly [least: number, most: number];

function lengthOfAny(alternatives: readonly AST.Alternative[]): Length {
  const all = alternatives.map(({ elements }) =>
    elements
      .map(lengthOf)
      .reduce<Length>(([least, most], [atLeast, atMost]) => [least + atLeast, most + atMost], [0, 0]),
  );
  return [Math.min(...all.map(([least]) => least)), Math.max(...all.map(([, most]) => most))];
}

function lengthOf(element: AST.Element): Length {
  switch (element.type) {
    case 'Group':
    case 'CapturingGroup':
      return lengthOfAny(element.alternatives);
    case 'Quantifier': {
      const [least, most] = lengthOf(element.element);
      return [least * element.min, most === 0 || element.max === 0 ? 0 : most * element.max];
    }
    case 'Assertion':
      return [0, 0];
    case 'Backreference':
      return [0, Infinity];
    case 'Character': {
      const { length } = String.fromCodePoint(element.value);
      return [length, length];
    }
    case 'CharacterSet':
    case 'CharacterClass':
    case 'ExpressionCharacterClass':
      if (mayBeLong(element)) return [0, Infinity];
      return [1, isOfPlainLetters(element) ? 1 : 2];
  }
}

/** Whether none of its characters takes two units, as those of emojis do. */
function isOfPlainLetters(element: AST.Element): boolean {
  return /^(?:\\[dws]|\[(?!\^)(?:[ !-,.-Z_a-z-]|\\[dws.-])+\])$/.test(element.raw);
}

/** Its message is for the marketer. */
class Uncountable extends Error {}

function waysOfAny(alternatives: readonly AST.Alternative[], longest: number): number {
  return alternatives.reduce((sum, { elements }) => sum + waysOfAll(elements, longest), 0);
}

function waysOfAll(elements: readonly AST.Element[], longest: number): number {
  return elements.reduce((product, element) => product * waysOf(element, longest), 1);
}

function waysOf(element: AST.Element, longest: number): number {
  switch (element.type) {
    case 'Group':
    case 'CapturingGroup':
      return waysOfAny(element.alternatives, longest);
    case 'Quantifier':
      return waysOfRepeated(element, longest);
    case 'Backreference':
      throw new Uncountable(`refers back with "${element.raw}", which may take too long; say it without`);
    case 'Assertion':
      if (element.kind === 'lookahead' || element.kind === 'lookbehind') {
        throw new Uncountable(`looks around with "${element.raw}", which may take too long; say it without`);
      }
      return 1;
    case 'CharacterClass':
    case 'CharacterSet':
    case 'ExpressionCharacterClass':
      // Such a class may hold texts of several lengths, as \p{RGI_Emoji} does.
      return mayBeLong(element) ? longest : 1;
    case 'Character':
      return 1;
  }
}

function mayBeLong({ raw }: AST.Element): boolean {
  return /\\q\{|\\p\{(?:RGI_|Basic_Emoji|Emoji_Keycap)/.test(raw);
}

function waysOfRepeated({ element, min, max }: AST.Quantifier, longest: number): number {
  const inner = waysOf(element, longest);
  const most = Math.min(max, Math.max(min, longest));
  if (inner === 1) return most - min + 1;
  let sum = 0;
  for (let times = min; times <= most && sum <= MOST_WAYS; times += 1) sum += inner ** times;
  return sum;
}
