/**
 * Conditions: JSONLogic (https://jsonlogic.com/operations.html) over the context: its operators but for those that make lists
 * or cut text. Values are those of its reference, `json-logic-js` 2.0.5, with these differences, because what a condition
 * reads may come from anyone:
 * - `var` sees own properties of objects and lists; a text has none, neither its `length` nor its characters.
 * - `missing` and `missing_some` take keys as they are and never evaluate them; the latter takes a lone key for a list of one.
 * - An object compares as "[object Object]", whatever `toString` or `valueOf` it has.
 * - Work is bounded (`STEPS`, `DEPTH`). Where a bound is reached, as with an unknown operator, at which the reference throws,
 *   the whole condition has no value and does not hold.
 */
import type { Condition } from '../contract/flow.ts';
import { valueAt } from './path.ts';

/**
 * Values that an evaluation may look at: each operator, argument and list item is one, and each item and character of a text
 * that it joins. Five times a look through a list of 2,000 postcodes; used up, it took 2 ms at first and 0.4 ms once warm
 * (Node 24). A step itself takes time in proportion to the values that it reads, no more.
 */
export const STEPS = 10_000;

/** How deep conditions and joined lists may nest: four times the deepest that a person would write, far from any stack's end. */
export const DEPTH = 32;

type Values = readonly unknown[];
/** A number, or what JavaScript makes one of: text, a truth value, null. */
type Plain = number;
type Evaluate = (condition: Condition, context: unknown) => unknown;

/** What is left of `STEPS`. One counter serves, because an evaluation calls nobody who could start another. */
let steps = 0;

function spend(count: number, depth: number): void {
  steps -= count;
  if (steps < 0 || depth > DEPTH) throw new RangeError();
}

/** Operators that choose what to evaluate, and in which context. */
const CONTROL = {
  if: choose,
  '?:': choose,
  and: until(false),
  or: until(true),
  some,
  all: ([list, test]: Values, context: unknown, evaluate: Evaluate) => {
    const items = itemsOf(evaluate(list, context));
    return items.length > 0 && items.every((item) => isTruthy(evaluate(test, item)));
  },
  none: (args: Values, context: unknown, evaluate: Evaluate) => !some(args, context, evaluate),
};

/** Operators on values. */
const PLAIN = {
  var: ([path, fallback = null]: Values, context: unknown) => {
    const value = read(path, context);
    return value === undefined ? fallback : value;
  },
  missing,
  missing_some: ([needed, keys]: Values, context: unknown) => {
    const all = listOf(keys);
    const absent = missing(all, context);
    return all.length - absent.length >= plain(needed) ? [] : absent;
  },
  '==': ([left, right]: Values) => isEqual(left, right),
  '===': ([left, right]: Values) => left === right,
  '!=': ([left, right]: Values) => !isEqual(left, right),
  '!==': ([left, right]: Values) => left !== right,
  '!': ([value]: Values) => !isTruthy(value),
  '!!': ([value]: Values) => isTruthy(value),
  '<': plainly((left, middle, right?: Plain) => left < middle && (right === undefined || middle < right)),
  '<=': plainly((left, middle, right?: Plain) => left <= middle && (right === undefined || middle <= right)),
  '>': plainly((left, right) => left > right),
  '>=': plainly((left, right) => left >= right),
  in: ([needle, haystack]: Values) =>
    typeof haystack === 'string'
      ? haystack !== '' && haystack.includes(textOf(needle))
      : itemsOf(haystack).some((item) => item === needle),
  '+': (values: Values) => values.reduce<number>((sum, value) => sum + parseFloat(textOf(value)), 0),
  '-': plainly((left, right?: Plain) => (right === undefined ? -left : left - right)),
  '*': (values: Values) =>
    values.reduce((product, value) => parseFloat(textOf(product)) * parseFloat(textOf(value))),
  '/': plainly((left, right) => left / right),
  '%': plainly((left, right) => left % right),
  min: plainly(Math.min),
  max: plainly(Math.max),
  cat: (values: Values) => join(values, '', 0),
};

export type Operator = keyof typeof CONTROL | keyof typeof PLAIN;

/** Whether a condition holds. Pure and total: the same for the same arguments, whatever they are, and never an exception. */
export function holds(condition: Condition, context: unknown): boolean {
  return isTruthy(evaluate(condition, context));
}

/** The value of a condition; `undefined` if it has none. */
export function evaluate(condition: Condition, context: unknown): unknown {
  steps = STEPS;
  try {
    return evaluateAt(0, condition, context);
  } catch {
    return undefined;
  }
}

function evaluateAt(depth: number, condition: Condition, context: unknown): unknown {
  spend(1, depth);
  const inner: Evaluate = (part, scope) => evaluateAt(depth + 1, part, scope);
  const each = (parts: Values) => parts.map((part) => inner(part, context));
  if (Array.isArray(condition)) return each(condition);
  if (!isObject(condition)) return condition;
  const [name, ...more] = Object.keys(condition);
  if (name === undefined || more.length > 0) return condition;
  const args = listOf(condition[name]);
  if (isIn(CONTROL, name)) return CONTROL[name](args, context, inner);
  if (isIn(PLAIN, name)) return PLAIN[name](each(args), context);
  throw new RangeError();
}

function choose(args: Values, context: unknown, evaluate: Evaluate): unknown {
  for (let at = 0; at + 1 < args.length; at += 2) {
    if (isTruthy(evaluate(args[at], context))) return evaluate(args[at + 1], context);
  }
  return args.length % 2 ? evaluate(args.at(-1), context) : null;
}

/** `and` and `or` give the deciding value itself, and look no further than that. */
function until(decides: boolean) {
  return (args: Values, context: unknown, evaluate: Evaluate): unknown => {
    let value: unknown;
    for (const arg of args) {
      value = evaluate(arg, context);
      if (isTruthy(value) === decides) break;
    }
    return value;
  };
}

function some([list, test]: Values, context: unknown, evaluate: Evaluate): boolean {
  return itemsOf(evaluate(list, context)).some((item) => isTruthy(evaluate(test, item)));
}

/** The keys, as arguments or as one list, that lead to nothing: null and empty text are nothing too. */
function missing(keys: Values, context: unknown): Values {
  const all = Array.isArray(keys[0]) ? itemsOf(keys[0]) : keys;
  spend(all.length, 0);
  return all.filter((key) => (read(key, context) ?? '') === '');
}

function read(path: unknown, context: unknown): unknown {
  return (path ?? '') === '' ? context : valueAt(context, textOf(path));
}

/** An operator on what JavaScript compares and reckons with; it converts that further, as JSONLogic wants it. */
function plainly(operate: (...values: Plain[]) => unknown) {
  return (values: Values): unknown => operate(...values.map(plain));
}

function isEqual(left: unknown, right: unknown): boolean {
  return isObject(left) && isObject(right) ? left === right : plain(left) == plain(right);
}

/** What JavaScript would make of a list or an object to compare it or to reckon with it, without asking that for it. */
function plain(value: unknown): Plain {
  return (isObject(value) ? textOf(value) : value) as Plain;
}

function textOf(value: unknown, depth = 0): string {
  if (Array.isArray(value)) return join(value, ',', depth);
  return isObject(value) ? '[object Object]' : String(value);
}

function join(values: Values, separator: string, depth: number): string {
  const texts = values.map((value) => {
    const text = textOf(value ?? '', depth + 1);
    spend(text.length + 1, depth);
    return text;
  });
  return texts.join(separator);
}

/** JSONLogic's truth (https://jsonlogic.com/truthy.html): JavaScript's, but an empty list is false. */
function isTruthy(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function itemsOf(value: unknown): Values {
  return Array.isArray(value) ? value : [];
}

/** JSONLogic lets a single argument stand without its list. */
export function listOf(value: unknown): Values {
  return Array.isArray(value) ? value : [value];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isIn<Table extends object>(table: Table, name: PropertyKey): name is keyof Table {
  return Object.hasOwn(table, name);
}
