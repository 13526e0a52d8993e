/**
 * How long a visitor's words can keep a regular expression busy.
 *
 * A matcher that goes back and tries again does so at most once for each way to lay the expression over a text: the product
 * over what stands in sequence, the sum over alternatives, and for what is repeated the sum over how often it may be. Answers
 * are short, so these are few for most expressions, but not for `(\w+ ?)+`. The bound is higher than the truth where parts
 * exclude one another, as in `[a-z]+(-[a-z]+)*`: that is refused though it would do. What looks around or back at what was
 * matched is not counted, and refused.
 */
import { RegExpParser, type AST } from '@eslint-community/regexpp';

/** Some milliseconds: the browser looks at each answer once, the relay at the answers of all visitors. */
const MOST_WAYS = 100_000;

export interface PatternProblem {
  readonly code: 'bad-pattern' | 'slow-pattern';
  readonly message: string;
}

/** What is wrong with the `pattern` of an input, or `undefined`. @param longest characters of the longest answer */
export function problemOfPattern(pattern: string, longest: number): PatternProblem | undefined {
  let expression: AST.Pattern;
  try {
    // Twice, for the machine that will run it has the last word.
    new RegExp(pattern, 'v');
    expression = new RegExpParser().parsePattern(pattern, 0, pattern.length, { unicodeSets: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*\/v: /s, '') : '';
    return { code: 'bad-pattern', message: `is no regular expression with the "v" flag: ${reason}` };
  }
  try {
    if (waysOfAny(expression.alternatives, longest) <= MOST_WAYS) return undefined;
  } catch (error) {
    if (!(error instanceof Uncountable)) throw error;
    return { code: 'slow-pattern', message: error.message };
  }
  const advice =
    'say how often at most, as in {1,20}, repeat nothing that repeats, or set a small "max_length"';
  return { code: 'slow-pattern', message: `may take too long to match; ${advice}` };
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
