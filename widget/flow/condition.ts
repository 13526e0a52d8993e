/**
 * Conditions: JSONLogic (https://jsonlogic.com/operations.html) over the context. Of its operators we take those of `OPERATORS`;
 * a flow that uses another is refused when it is loaded.
 */
import type { Condition } from '../contract/flow.ts';
import { valueAt } from './path.ts';

type Operator = (args: readonly Condition[], context: unknown) => unknown;

const comparing =
  (compare: (left: never, right: never) => boolean): Operator =>
  (args, context) =>
    compare(evaluate(args[0], context) as never, evaluate(args[1], context) as never);

const OPERATORS: Readonly<Record<string, Operator>> = {
  var: ([path, fallback], context) => {
    const value = valueAt(context, String(evaluate(path, context)));
    return value === undefined ? evaluate(fallback, context) : value;
  },
  '==': comparing((left, right) => left == right),
  '===': comparing((left, right) => left === right),
  '!=': comparing((left, right) => left != right),
  '!==': comparing((left, right) => left !== right),
  '<': comparing((left, right) => left < right),
  '<=': comparing((left, right) => left <= right),
  '>': comparing((left, right) => left > right),
  '>=': comparing((left, right) => left >= right),
  in: ([needle, haystack], context) => {
    const all = evaluate(haystack, context);
    const one = evaluate(needle, context);
    if (typeof all === 'string') return all.includes(String(one));
    return Array.isArray(all) && all.includes(one);
  },
  '!': ([value], context) => !isTruthy(evaluate(value, context)),
  '!!': ([value], context) => isTruthy(evaluate(value, context)),
  and: (args, context) => firstWhere(args, context, (value) => !isTruthy(value)),
  or: (args, context) => firstWhere(args, context, isTruthy),
};

/** Whether a condition holds. Pure and total: what cannot be compared does not hold. */
export function holds(condition: Condition, context: unknown): boolean {
  return isTruthy(evaluate(condition, context));
}

/** What is wrong with a condition, in a sentence, or `undefined`. */
export function problemOf(condition: Condition): string | undefined {
  if (Array.isArray(condition)) return firstProblem(condition);
  if (typeof condition !== 'object' || condition === null) return undefined;
  const keys = Object.keys(condition);
  const [name] = keys;
  if (name === undefined || keys.length > 1)
    return `a condition has one operator, this one has ${keys.length}`;
  if (!Object.hasOwn(OPERATORS, name)) {
    return `unknown operator "${name}"; known are ${Object.keys(OPERATORS).join(' ')}`;
  }
  return firstProblem(argsOf(condition, name));
}

/** The context paths that a condition reads. */
export function pathsOf(condition: Condition): string[] {
  if (Array.isArray(condition)) return condition.flatMap(pathsOf);
  if (typeof condition !== 'object' || condition === null) return [];
  return Object.keys(condition).flatMap((name) => {
    const args = argsOf(condition, name);
    return name === 'var' && typeof args[0] === 'string' ? [args[0]] : args.flatMap(pathsOf);
  });
}

function evaluate(condition: Condition, context: unknown): unknown {
  if (Array.isArray(condition)) return condition.map((item: Condition) => evaluate(item, context));
  if (typeof condition !== 'object' || condition === null) return condition;
  const name = Object.keys(condition)[0] ?? '';
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  return operator?.(argsOf(condition, name), context);
}

/** JSONLogic lets a single argument stand without its list. */
function argsOf(condition: object, name: string): readonly Condition[] {
  const args = (condition as Record<string, Condition>)[name];
  return Array.isArray(args) ? args : [args];
}

function firstProblem(conditions: readonly Condition[]): string | undefined {
  for (const condition of conditions) {
    const problem = problemOf(condition);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** `and` and `or` give the deciding value itself, as JSONLogic does, and look no further than that. */
function firstWhere(
  args: readonly Condition[],
  context: unknown,
  decides: (value: unknown) => boolean,
): unknown {
  let value: unknown;
  for (const arg of args) {
    value = evaluate(arg, context);
    if (decides(value)) break;
  }
  return value;
}

/** JSONLogic's truth (https://jsonlogic.com/truthy.html): JavaScript's, but an empty list is false. */
function isTruthy(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
