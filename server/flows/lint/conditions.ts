/** The conditions of branches: whether they can be evaluated, and whether they can ever hold. */
import type { Condition } from '../../../widget/contract/flow.ts';
import { isCalendarDate } from '../../../widget/flow/calendar.ts';
import { OPERATORS, problemsOf } from '../../../widget/flow/condition-check.ts';
import { listOf } from '../../../widget/flow/condition.ts';
import type { DraftFlow } from './draft.ts';
import type { Fields } from './fields.ts';
import { finding, type Finding, type Path } from './finding.ts';
import { wordsForDate } from './inputs.ts';
import { closest, didYouMean, listed } from './suggest.ts';

/** A condition, and where it stands. */
export interface Placed {
  readonly path: Path;
  readonly condition: Condition;
}

/** Every condition of the flow. */
export function conditionsOf({ nodes }: DraftFlow): readonly Placed[] {
  return [...nodes].flatMap(([id, node]) =>
    node.type === 'branch'
      ? (node.cases ?? []).flatMap((each, index) =>
          each !== undefined && 'when' in each
            ? [{ path: ['nodes', id, 'cases', index, 'when'], condition: each.when }]
            : [],
        )
      : [],
  );
}

export function checkConditions(flow: DraftFlow, fields: Fields): readonly Finding[] {
  return conditionsOf(flow).flatMap((placed) => {
    const problems = checkOperators(placed);
    return problems.length > 0 ? problems : checkOperations(placed, fields);
  });
}

function checkOperators({ path, condition }: Placed): readonly Finding[] {
  return problemsOf(condition).map((problem) => {
    const at = [...path, ...problem.path];
    const { unknown: name, message } = problem;
    if (name === undefined) return finding('bad-condition', at, message);
    const guess = name === '=' ? '==' : closest(name, OPERATORS);
    return finding(
      'unknown-operator',
      at,
      guess === undefined ? message : `there is no operator "${name}"${didYouMean(guess)}`,
    );
  });
}

/** One operator with its arguments, and where each of them stands. */
interface Operation {
  readonly name: string;
  readonly args: readonly Placed[];
}

/** Every operation of a condition whose paths are those of the context: within `some`, `all` and `none` they are an item's. */
function operationsOf({ path, condition }: Placed): readonly Operation[] {
  if (typeof condition !== 'object' || condition === null) return [];
  if (Array.isArray(condition)) {
    return condition.flatMap((item: Condition, index) =>
      operationsOf({ path: [...path, index], condition: item }),
    );
  }
  return Object.entries(condition).flatMap(([name, value]: [string, Condition]) => {
    const args = listOf(value).map((arg, index) => ({
      path: Array.isArray(value) ? [...path, name, index] : [...path, name],
      condition: arg,
    }));
    const outer = ['some', 'all', 'none'].includes(name) ? args.slice(0, 1) : args;
    return [{ name, args }, ...outer.flatMap(operationsOf)];
  });
}

function isOperation(condition: Condition): condition is object {
  return typeof condition === 'object' && condition !== null && !Array.isArray(condition);
}

function checkOperations(placed: Placed, fields: Fields): readonly Finding[] {
  return operationsOf(placed).flatMap(({ name, args }) => {
    const [first, second] = args;
    if (first === undefined) return [];
    if (['var', 'missing', 'missing_some'].includes(name)) {
      return args.slice(0, name === 'var' ? 1 : args.length).flatMap(checkComputed);
    }
    return second === undefined ? [] : checkComparison(name, first, second, fields);
  });
}

/** The relay has to know beforehand what a condition reads: one that reads `profile` never leaves it. */
function checkComputed({ path, condition }: Placed): readonly Finding[] {
  if (Array.isArray(condition)) {
    return condition.flatMap((item: Condition, index) =>
      checkComputed({ path: [...path, index], condition: item }),
    );
  }
  if (!isOperation(condition)) return [];
  return [finding('computed-path', path, 'should name its path, such as "answers.city", and not compute it')];
}

const EQUALITIES = ['==', '===', '!=', '!=='];
const ORDERS = ['<', '<=', '>', '>='];

function checkComparison(name: string, left: Placed, right: Placed, fields: Fields): readonly Finding[] {
  const [leftField, rightField] = [fieldRead(left), fieldRead(right)];
  const isIn = name === 'in';
  if (!isIn && !EQUALITIES.includes(name) && !ORDERS.includes(name)) return [];
  const field = leftField ?? rightField;
  const other = leftField === undefined ? left : right;
  const asked = field === undefined ? [] : (fields.get(field) ?? []);
  if (field === undefined || asked.length === 0 || (leftField !== undefined && rightField !== undefined))
    return [];
  const literals = isIn && Array.isArray(other.condition) ? itemsOf(other) : [other];
  // In a text anything may be found, and a part of it too.
  if (isIn && leftField !== undefined && !Array.isArray(other.condition)) return [];
  const isList = asked.every(({ ask }) => ask.input === 'choices');
  if (isIn && leftField === undefined && !isList) return [];
  if (isIn && leftField !== undefined && isList) {
    const message = `"${field}" is a list, and no list is one of these; "some" asks whether any of its items is`;
    return [finding('impossible-comparison', other.path, message)];
  }
  return literals.flatMap(({ path, condition }) => {
    const reasons = asked.map(({ ask }) => reasonAgainst(condition, ask, name));
    const [reason] = reasons;
    if (reason === undefined || reasons.includes(undefined)) return [];
    return [finding(reason.code, path, `"${field}" is never ${JSON.stringify(condition)}: ${reason.words}`)];
  });
}

function itemsOf({ path, condition }: Placed): readonly Placed[] {
  return (condition as readonly Condition[]).map((item, index) => ({
    path: [...path, index],
    condition: item,
  }));
}

/** The field that `{"var": "answers.<field>"}` reads. With a default it can be anything. */
function fieldRead({ condition }: Placed): string | undefined {
  if (!isOperation(condition) || !('var' in condition)) return undefined;
  const [path, ...more] = listOf(condition.var);
  const [, field] = typeof path === 'string' ? (/^answers\.(\w+)$/.exec(path) ?? []) : [];
  return more.length === 0 ? field : undefined;
}

interface Reason {
  readonly code: 'impossible-comparison' | 'impossible-date';
  readonly words: string;
}

/** Why an answer to a question can never be what it is compared with, or `undefined` where it can. Nothing at all is not an answer. */
function reasonAgainst(
  literal: Condition,
  ask: NonNullable<ReturnType<Fields['get']>>[number]['ask'],
  operator: string,
): Reason | undefined {
  if (literal === null || literal === '' || typeof literal === 'object') return undefined;
  const never = (words: string): Reason => ({ code: 'impossible-comparison', words });
  const isOrder = ORDERS.includes(operator);
  switch (ask.input) {
    case 'choice':
    case 'choices': {
      if (isOrder || (ask.input === 'choices' && operator !== 'in')) return undefined;
      const values = (ask.options ?? [])
        .map((option) => option?.value)
        .filter((value) => value !== undefined);
      const isKnown = values.length > 0 && values.length === ask.options?.length;
      if (!isKnown || values.some((value) => value === literal)) return undefined;
      const guess = closest(JSON.stringify(literal), values);
      const names = values.map((value) => `"${value}"`);
      return never(
        guess === undefined ? `its options are ${listed(names, 'and')}` : `did you mean "${guess}"?`,
      );
    }
    case 'consent':
      return typeof literal === 'boolean' || isOrder ? undefined : never('it is true or false');
    case 'number':
    case 'rating': {
      const isStrict = operator === 'in' || operator === '===' || operator === '!==';
      if (typeof literal === 'number') return undefined;
      const isNumeric = typeof literal === 'string' && Number.isFinite(Number(literal));
      return isNumeric && !isStrict ? undefined : never('it is a number');
    }
    case 'date':
      if (typeof literal !== 'string') return never('it is a day such as "2026-12-31"');
      return isCalendarDate(literal) || (isOrder && !/^\d{4}-\d\d-\d\d$/.test(literal))
        ? undefined
        : { code: 'impossible-date', words: wordsForDate(literal) };
    default:
      return undefined;
  }
}
