/** Conditions as people say them: `city in (Keswick, Sheffield) and age >= 18`. */
import type { Condition } from '../../widget/contract/flow.ts';
import { listOf } from '../../widget/flow/condition.ts';

type Say = (...args: readonly string[]) => string;

const between =
  (sign: string): Say =>
  (...args) =>
    args.join(` ${sign} `);

const call =
  (name: string): Say =>
  (...args) =>
    `${name}(${args.join(', ')})`;

/** Operators whose arguments are said first. */
const WORDS: Readonly<Record<string, Say>> = {
  '==': between('='),
  '===': between('='),
  '!=': between('≠'),
  '!==': between('≠'),
  '<': between('<'),
  '<=': between('≤'),
  '>': between('>'),
  '>=': between('≥'),
  '+': between('+'),
  '-': (...args) => (args.length === 1 ? `-${args.join('')}` : args.join(' - ')),
  '*': between('×'),
  '/': between('÷'),
  '%': between('modulo'),
  and: between('and'),
  or: between('or'),
  in: (needle = '', haystack = '') => `${needle} in ${haystack}`,
  '!': (value = '') => `not ${value}`,
  '!!': (value = '') => `${value} is given`,
  missing: (...keys) => `${keys.join(', ')} missing`,
  missing_some: (count = '', keys = '') => `fewer than ${count} of ${keys}`,
  some: (list = '', test = '') => `some of ${list}: ${test}`,
  all: (list = '', test = '') => `all of ${list}: ${test}`,
  none: (list = '', test = '') => `none of ${list}: ${test}`,
  min: call('min'),
  max: call('max'),
  cat: call('join'),
};

/** Operators that take paths where others take values. */
const PATHS: readonly string[] = ['missing', 'missing_some'];

/** Operators that a condition is made of others with. */
const CONNECTIVES: readonly string[] = ['and', 'or', 'if', '?:'];

/** A condition in words. One that has a mistake in it, which lint names, is said as far as it can be. */
export function conditionWords(condition: Condition): string {
  if (Array.isArray(condition)) return `(${condition.map(conditionWords).join(', ')})`;
  if (!isObject(condition)) return condition === '' ? '""' : String(condition);
  const [name = '', ...more] = Object.keys(condition);
  const args = listOf(condition[name]);
  if (more.length > 0) return JSON.stringify(condition);
  if (name === 'var') return readingWords(args);
  if (name === 'if' || name === '?:') return choiceWords(args);
  if (!Object.hasOwn(WORDS, name)) return JSON.stringify(condition);
  const wordsOf = PATHS.includes(name) ? keyWords : (arg: unknown) => partWords(arg, name);
  return WORDS[name]?.(...args.map(wordsOf)) ?? '';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Answers go by the names of their fields, and so do custom attributes; an empty path is the value at hand. */
function pathWords(path: string): string {
  return path.replace(/^answers\./, '').replace(/^profile\.custom_attributes\./, 'profile.') || 'it';
}

function readingWords([path = '', fallback]: readonly unknown[]): string {
  const words = typeof path === 'string' ? pathWords(path) : conditionWords(path);
  return fallback === undefined ? words : `${words} (else ${conditionWords(fallback)})`;
}

function keyWords(key: unknown): string {
  if (Array.isArray(key)) return `(${key.map(keyWords).join(', ')})`;
  return typeof key === 'string' ? pathWords(key) : conditionWords(key);
}

/** What has several words stands in parentheses within another, but for what a connective connects. */
function partWords(part: unknown, within: string): string {
  const words = conditionWords(part);
  if (!isObject(part) || Array.isArray(part) || 'var' in part || !words.includes(' ')) return words;
  const isPlain = CONNECTIVES.includes(within) && !CONNECTIVES.some((name) => name in part);
  return isPlain ? words : `(${words})`;
}

function choiceWords([when, then, ...more]: readonly unknown[]): string {
  if (then === undefined) return conditionWords(when);
  const otherwise = more.length > 0 ? ` else ${choiceWords(more)}` : '';
  return `if ${partWords(when, 'if')} then ${partWords(then, 'if')}${otherwise}`;
}
