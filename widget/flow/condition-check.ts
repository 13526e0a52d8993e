/** What can be said of a condition before it is evaluated: for the relay, which refuses a flow with a mistake. No page carries this. */
import type { Condition } from '../contract/flow.ts';
import { DEPTH, listOf, STEPS } from './condition.ts';
import type { Operator } from './condition.ts';

/** Where in a condition: keys and indexes from its top. */
type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  readonly message: string;
  /** The operator that there is not. */
  readonly unknown?: string;
}

/** What an argument that is no condition must be; a condition may give anything. */
interface Kind {
  readonly noun: string;
  readonly fits: (value: unknown) => boolean;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number';
const isNumeric = (value: unknown): boolean =>
  isText(value) && /\d/.test(String(value)) && !isNaN(Number(value));

const ANY: Kind = { noun: '', fits: () => true };
const LIST: Kind = { noun: 'a list', fits: Array.isArray };
const LIST_OR_TEXT: Kind = { noun: 'a list or text', fits: (value) => Array.isArray(value) || isText(value) };
const NUMBER: Kind = {
  noun: 'a number',
  fits: (value) => isNumber(value) || isNumeric(value),
};
const COUNT: Kind = { noun: 'a number', fits: isNumber };
const SORTABLE: Kind = { noun: 'a number or text', fits: (value) => isNumber(value) || isText(value) };
const SINGLE: Kind = {
  noun: 'a single value, for no list equals another; "in" looks into a list',
  fits: (value) => !Array.isArray(value),
};
const PATH: Kind = {
  noun: 'a path such as "answers.city"',
  fits: (value) => isText(value) || isNumber(value) || value === null,
};
const PATHS: Kind = {
  noun: 'a path such as "answers.city", or a list of them',
  fits: (value) => listOf(value).every((item) => isCondition(item) || isText(item) || isNumber(item)),
};

/** How many arguments an operator takes, and of which kind; the last kind is that of all further ones. */
interface Signature {
  readonly least: number;
  readonly most: number;
  readonly kinds: readonly Kind[];
}

const takes = (least: number, most: number, ...kinds: Kind[]): Signature => ({ least, most, kinds });
const equality = takes(2, 2, SINGLE);
const branching = takes(2, Infinity, ANY);
const iteration = takes(2, 2, LIST, ANY);

/** As on https://jsonlogic.com/operations.html. JSONLogic answers to other arguments as well, but never what was meant. */
const SIGNATURES: Readonly<Record<Operator, Signature>> = {
  var: takes(0, 2, PATH, ANY),
  '==': equality,
  '===': equality,
  '!=': equality,
  '!==': equality,
  '<': takes(2, 3, SORTABLE),
  '<=': takes(2, 3, SORTABLE),
  '>': takes(2, 2, SORTABLE),
  '>=': takes(2, 2, SORTABLE),
  in: takes(2, 2, ANY, LIST_OR_TEXT),
  '!': takes(1, 1, ANY),
  '!!': takes(1, 1, ANY),
  and: takes(1, Infinity, ANY),
  or: takes(1, Infinity, ANY),
  if: branching,
  '?:': branching,
  missing: takes(1, Infinity, PATHS),
  missing_some: takes(2, 2, COUNT, PATHS),
  some: iteration,
  all: iteration,
  none: iteration,
  '+': takes(1, Infinity, NUMBER),
  '-': takes(1, 2, NUMBER),
  '*': takes(1, Infinity, NUMBER),
  '/': takes(2, 2, NUMBER),
  '%': takes(2, 2, NUMBER),
  min: takes(1, Infinity, NUMBER),
  max: takes(1, Infinity, NUMBER),
  cat: takes(1, Infinity, ANY),
};

/** The operators that there are. */
export const OPERATORS: readonly string[] = Object.keys(SIGNATURES);

/** Every problem of a condition, and where it is. */
export function problemsOf(condition: Condition): readonly Problem[] {
  const size = sizeOf(condition, 0);
  return [
    ...(size > STEPS ? [{ path: [], message: `has ${size} values; should have ${STEPS} at most` }] : []),
    ...problemsAt([], condition, 0),
  ];
}

function problemsAt(path: Path, condition: unknown, depth: number): Problem[] {
  if (depth > DEPTH) return [{ path, message: `is nested too deep; should be ${DEPTH} levels at most` }];
  if (Array.isArray(condition)) return problemsIn(path, condition, depth);
  if (!isCondition(condition)) return [];
  const names = Object.keys(condition);
  const [name] = names;
  if (name === undefined || names.length > 1) {
    return [{ path, message: `a condition has one operator, this one has ${names.length}` }];
  }
  const at = [...path, name];
  if (!isOperator(name)) {
    const message = `unknown operator "${name}"; known are ${OPERATORS.join(' ')}`;
    return [{ path: at, message, unknown: name }];
  }
  const args = condition[name];
  return [
    ...misfits(at, name, args),
    ...(Array.isArray(args) ? problemsIn(at, args, depth) : problemsAt(at, args, depth + 1)),
  ];
}

function problemsIn(path: Path, conditions: readonly unknown[], depth: number): Problem[] {
  return conditions.flatMap((condition, index) => problemsAt([...path, index], condition, depth + 1));
}

function misfits(path: Path, name: Operator, args: unknown): Problem[] {
  const { least, most, kinds } = SIGNATURES[name];
  const list = listOf(args);
  if (list.length < least || list.length > most) {
    return [{ path, message: `"${name}" takes ${countOf(least, most)}, this one has ${list.length}` }];
  }
  return list.flatMap((arg, index) => {
    const kind = kinds[Math.min(index, kinds.length - 1)] ?? ANY;
    if (isCondition(arg) || kind.fits(arg)) return [];
    const message = `"${name}" takes ${kind.noun} here`;
    return [{ path: Array.isArray(args) ? [...path, index] : path, message }];
  });
}

function countOf(least: number, most: number): string {
  if (most === Infinity) return `${least} or more arguments`;
  return least === most
    ? `${least} ${least === 1 ? 'argument' : 'arguments'}`
    : `${least} to ${most} arguments`;
}

/** What an evaluation of all of a condition would look at. */
function sizeOf(condition: unknown, depth: number): number {
  if (depth > DEPTH || !isStructure(condition)) return 1;
  const parts: readonly unknown[] = Array.isArray(condition)
    ? condition
    : Object.values(condition).flatMap(listOf);
  return parts.reduce<number>((size, part) => size + sizeOf(part, depth + 1), 1);
}

/** A path of the context that a condition reads, and where it says so. */
export interface Reading {
  readonly path: Path;
  readonly reads: string;
}

/**
 * The paths that a condition reads; "" is the whole context. A path that the condition computes is not known before, and what
 * `some`, `all` and `none` ask of an item is read from the item.
 */
export function pathsOf(condition: Condition): readonly Reading[] {
  return readingsAt([], condition, 0);
}

function readingsAt(path: Path, condition: unknown, depth: number): Reading[] {
  if (depth > DEPTH || !isStructure(condition)) return [];
  if (Array.isArray(condition)) {
    return condition.flatMap((item, index) => readingsAt([...path, index], item, depth + 1));
  }
  const [name, ...more] = Object.keys(condition);
  if (name === undefined || more.length > 0) return [];
  const value = condition[name];
  const args = listOf(value).map((arg, index) => ({
    at: Array.isArray(value) ? [...path, name, index] : [...path, name],
    arg,
  }));
  const inner = (parts: typeof args): Reading[] =>
    parts.flatMap(({ at, arg }) => readingsAt(at, arg, depth + 1));
  const [first, ...rest] = args;
  switch (name) {
    case 'var':
      return first
        ? [...named(first.at, first.arg, depth), ...inner(rest)]
        : [{ path: [...path, name], reads: '' }];
    case 'missing':
      return args.flatMap(({ at, arg }) => namedEach(at, arg, depth));
    case 'missing_some':
      return [...inner(args.slice(0, 1)), ...rest.flatMap(({ at, arg }) => namedEach(at, arg, depth))];
    case 'some':
    case 'all':
    case 'none':
      return inner(args.slice(0, 1));
    default:
      return inner(args);
  }
}

function named(path: Path, value: unknown, depth: number): Reading[] {
  if (isStructure(value)) return readingsAt(path, value, depth + 1);
  return [{ path, reads: typeof value === 'string' || typeof value === 'number' ? `${value}` : '' }];
}

function namedEach(path: Path, value: unknown, depth: number): Reading[] {
  if (!Array.isArray(value)) return named(path, value, depth);
  return value.flatMap((item, index) => named([...path, index], item, depth + 1));
}

function isOperator(name: string): name is Operator {
  return Object.hasOwn(SIGNATURES, name);
}

function isStructure(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isCondition(value: unknown): value is Readonly<Record<string, unknown>> {
  return isStructure(value) && !Array.isArray(value);
}
