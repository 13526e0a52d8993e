/** The conditions of branches: whether they can be evaluated, and whether they can ever hold. */
import type { Condition } from '../../../widget/contract/flow.ts';
import { isCalendarDate } from '../../../widget/flow/calendar.ts';
import { OPERATORS, pathsOf, problemsOf } from '../../../widget/flow/condition-check.ts';
import { holds, listOf } from '../../../widget/flow/condition.ts';
import type { DraftFlow } from './draft.ts';
import type { Fields } from './fields.ts';
import { finding, type Finding, type Path } from './finding.ts';
import { wordsForDate } from './inputs.ts';
import { CONTEXT_PATHS } from './paths.ts';
import { closest, didYouMean, fold, listed } from './suggest.ts';

/** A condition, and where it stands. */
export interface Placed {
  readonly path: Path;
  readonly condition: Condition;
}

/** Every condition of the flow. */
export function conditionsOf({ nodes }: DraftFlow): readonly Placed[] {
  return [...nodes].flatMap(([id, node]) => {
    if (node.type === 'action') {
      const outcomes = Object.entries(node.outcomes ?? {});
      return outcomes.map(([name, condition]) => ({ path: ['nodes', id, 'outcomes', name], condition }));
    }
    return node.type === 'branch'
      ? (node.cases ?? []).flatMap((each, index) =>
          each !== undefined && 'when' in each
            ? [{ path: ['nodes', id, 'cases', index, 'when'], condition: each.when }]
            : [],
        )
      : [];
  });
}

export function checkConditions(flow: DraftFlow, fields: Fields): readonly Finding[] {
  return conditionsOf(flow).flatMap((placed) => {
    const problems = checkOperators(placed);
    if (problems.length > 0) return problems;
    const found = checkOperations(placed, fields);
    // A path that is computed is read all the same.
    return found.some(({ code }) => code === 'computed-path')
      ? found
      : [...found, ...checkConstants(placed, fields)];
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
  readonly whole: Placed;
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
    return [{ name, args, whole: { path, condition } }, ...outer.flatMap(operationsOf)];
  });
}

/** Texts that are no paths, and where each of them stands. */
function textsOf({ path, condition }: Placed): readonly Placed[] {
  if (typeof condition === 'string') return [{ path, condition }];
  if (Array.isArray(condition)) return itemsOf({ path, condition }).flatMap(textsOf);
  if (!isOperation(condition)) return [];
  return Object.entries(condition).flatMap(([name, value]: [string, Condition]) => {
    if (['missing', 'missing_some'].includes(name)) return [];
    const args = Array.isArray(value)
      ? itemsOf({ path: [...path, name], condition: value })
      : [{ path: [...path, name], condition: value }];
    return args.slice(name === 'var' ? 1 : 0).flatMap(textsOf);
  });
}

/** The path that a text was most likely meant to read: `{{answers.city}}`, `answers.city`, `answers.city == "Keswick"`. */
function meantPath(text: string, isAlone: boolean, fields: Fields): string | undefined {
  const [, template] = /\{\{\s*([\w.]+)/.exec(text) ?? [];
  if (template !== undefined) return template;
  const known = [...CONTEXT_PATHS, ...[...fields.keys()].map((field) => `answers.${field}`)];
  const [begin = ''] = /^\s*[\w.]+/.exec(text) ?? [];
  const path = begin.trim();
  if (!isAlone) return known.includes(text.trim()) ? path : undefined;
  if (fields.has(path)) return `answers.${path}`;
  return /^(?:answers|page|device|visitor|entry|profile|kept|response)\.\w/.test(path) ? path : undefined;
}

/** What is the same whatever is said: a text where a path was meant, or a comparison of nothing that is read. */
function checkConstants(placed: Placed, fields: Fields): readonly Finding[] {
  const isConstant = isWithoutReads(placed.condition);
  const texts = textsOf(placed).flatMap(({ path, condition }) => {
    const meant = meantPath(String(condition), isConstant, fields);
    const message = `is a text, of which nothing is read; did you mean {"var": "${meant ?? ''}"}?`;
    return meant === undefined ? [] : [finding('constant-condition', path, message)];
  });
  if (texts.length > 0) return texts;
  const parts = operationsOf(placed).filter(({ name }) => [...EQUALITIES, ...ORDERS, 'in'].includes(name));
  const wholes: readonly Placed[] = isConstant ? [placed] : parts.map(({ whole }) => whole);
  return wholes
    .filter(({ condition }) => isWithoutReads(condition))
    .map(({ path, condition }) => {
      const often = holds(condition, {}) ? 'always' : 'never';
      const message = `reads nothing and so ${often} holds; it should read something, such as {"var": "answers.city"}`;
      return finding('constant-condition', path, message);
    });
}

/** Whether it is the same for everyone and not said to be so: `true` and `false` alone switch a case on and off. */
function isWithoutReads(condition: Condition): boolean {
  return pathsOf(condition).length === 0 && !isOfTruthValues(condition);
}

function isOfTruthValues(condition: Condition): boolean {
  if (typeof condition === 'boolean') return true;
  if (typeof condition !== 'object' || condition === null) return false;
  return Object.values(condition).every((part: Condition) => isOfTruthValues(part));
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
    return second === undefined
      ? []
      : [
          ...checkComparison(name, first, second, fields),
          ...checkDevice(name, first, second),
          ...checkTags(name, first, second),
        ];
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

/** What `device.type` is one of (`DeviceContext` in `contract/wire.ts`). */
const DEVICE_TYPES = ['desktop', 'mobile'];

/** What `device.operating_system` mostly is; there are others, but none that differs from these by its capitals. */
const SYSTEMS = ['Android', 'ChromeOS', 'iOS', 'Linux', 'macOS', 'Windows'];

function checkDevice(name: string, left: Placed, right: Placed): readonly Finding[] {
  const path = pathRead(left) ?? pathRead(right);
  const other = pathRead(left) === undefined ? left : right;
  const isList = name === 'in' && other === right && Array.isArray(right.condition);
  if (!isList && !EQUALITIES.includes(name)) return [];
  return (isList ? itemsOf(other) : [other]).flatMap((item) => {
    const value = item.condition;
    if (typeof value !== 'string' || value === '') return [];
    const system = SYSTEMS.find((each) => fold(each) === fold(value));
    const words =
      path === 'device.type' && !DEVICE_TYPES.includes(value)
        ? didYouMean(closest(value, DEVICE_TYPES), '; it is "desktop" or "mobile"')
        : path === 'device.operating_system' && system !== value && didYouMean(system);
    if (words === false || words === '') return [];
    return [finding('impossible-comparison', item.path, `"${path ?? ''}" is never "${value}"${words}`)];
  });
}

/** Tags are a list, of short labels in lower case. */
function checkTags(name: string, left: Placed, right: Placed): readonly Finding[] {
  const isLeft = pathRead(left) === 'page.tags';
  if (!isLeft && pathRead(right) !== 'page.tags') return [];
  const other = isLeft ? right : left;
  const word = typeof other.condition === 'string' ? other.condition : undefined;
  const asks = `{"in": [${JSON.stringify(word?.toLowerCase() ?? 'pricing')}, {"var": "page.tags"}]}`;
  if (EQUALITIES.includes(name) || (name === 'in' && isLeft)) {
    const message = `"page.tags" is a list; whether a tag is one of them asks ${asks}`;
    return [finding('impossible-comparison', other.path, message)];
  }
  if (name !== 'in' || word === undefined || word === word.toLowerCase()) return [];
  const message = `"page.tags" never has ${JSON.stringify(word)}: tags are in lower case; it should be ${asks}`;
  return [finding('impossible-comparison', other.path, message)];
}

function itemsOf({ path, condition }: Placed): readonly Placed[] {
  return (condition as readonly Condition[]).map((item, index) => ({
    path: [...path, index],
    condition: item,
  }));
}

/** The path that `{"var": "<path>"}` reads. With a default it can be anything. */
function pathRead({ condition }: Placed): string | undefined {
  if (!isOperation(condition) || !('var' in condition)) return undefined;
  const [path, ...more] = listOf(condition.var);
  return more.length === 0 && typeof path === 'string' ? path : undefined;
}

/** The field that `{"var": "answers.<field>"}` reads. */
function fieldRead(placed: Placed): string | undefined {
  return /^answers\.(\w+)$/.exec(pathRead(placed) ?? '')?.[1];
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
      if (!isKnown || values.some((value) => isSame(value, literal, operator))) return undefined;
      const guess = closest(JSON.stringify(literal), values);
      const names = values.map((value) => `"${value}"`);
      return never(
        guess === undefined ? `its options are ${listed(names, 'and')}` : `did you mean "${guess}"?`,
      );
    }
    case 'consent':
      return isOrder || [true, false].some((value) => isSame(value, literal, operator))
        ? undefined
        : never('it is true or false');
    case 'number':
    case 'rating': {
      const isStrict = operator === 'in' || operator === '===' || operator === '!==';
      if (typeof literal === 'number') return undefined;
      const isNumeric = Number.isFinite(Number(literal));
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

/** Whether an answer is what it is compared with, as the operator sees it: "1" is 1 to the loose ones. */
function isSame(answer: Condition, literal: Condition, operator: string): boolean {
  const isLoose = operator === '==' || operator === '!=';
  return holds({ [isLoose ? '==' : '===']: [answer, literal] }, {});
}
