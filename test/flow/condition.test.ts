import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathsOf, problemsOf } from '../../widget/flow/condition-check.ts';
import { DEPTH, evaluate, holds, STEPS } from '../../widget/flow/condition.ts';
import { PUBLIC_CASES } from './json-logic-cases.ts';

const shown = (value: unknown): string => {
  const text = value === undefined ? 'undefined' : JSON.stringify(value);
  return text.length > 90 ? `${text.slice(0, 90)}…` : text;
};

describe('the public test cases of JSONLogic', () => {
  it('are all here', () => {
    assert.equal(Object.values(PUBLIC_CASES).flat().length, 245);
  });
  for (const [title, cases] of Object.entries(PUBLIC_CASES)) {
    it(title, () => {
      for (const [condition, context, value] of cases) {
        const given = `${shown(condition)} of ${shown(context)}`;
        assert.deepEqual(evaluate(condition, context), value, given);
        assert.equal(holds(condition, context), Array.isArray(value) ? value.length > 0 : !!value, given);
      }
    });
  }
  it('read no other operator than those that lint knows', () => {
    const unknown = Object.values(PUBLIC_CASES)
      .flat()
      .flatMap(([condition]) => problemsOf(condition))
      .filter(({ message }) => message.startsWith('unknown operator'));
    assert.deepEqual(unknown, []);
  });
});

/** A context as a page may get it from anyone: parsed JSON, so that `__proto__` and `toString` are own keys. */
const CONTEXT: unknown = JSON.parse(`{
  "answers": { "city": "Keswick", "visits": "3", "tags": ["pricing", "suv"], "none": [], "nothing": null, "empty": "" },
  "hostile": { "toString": 1, "valueOf": 2, "length": 3, "indexOf": 4, "join": 5 },
  "polluted": { "__proto__": { "admin": true }, "constructor": "mine" },
  "lone": "\\ud800"
}`);

/** Meanings as on https://jsonlogic.com/operations.html, where the public cases are silent. */
const VALUES: [condition: unknown, value: unknown][] = [
  [{ '==': [{ var: 'answers.visits' }, 3] }, true],
  [{ '===': [{ var: 'answers.visits' }, 3] }, false],
  [{ '==': [null, 0] }, false],
  [{ '==': [['a', 'b'], 'a,b'] }, true],
  [{ '==': [[], []] }, false],
  [{ '==': [{ var: 'answers' }, { var: 'answers' }] }, true],
  [{ '>=': [{ var: 'answers.nothing' }, 0] }, true],
  [{ '<': ['a', 'b'] }, true],
  [{ '<=': [1, 1, 1] }, true],
  [{ in: ['wick', { var: 'answers.city' }] }, true],
  [{ in: ['pricing', { var: 'answers.tags' }] }, true],
  [{ in: ['x', { var: 'answers.absent' }] }, false],
  [{ in: ['', ''] }, false],
  [{ in: [null, 'a null'] }, true],
  [{ in: ['a', 3] }, false],
  [{ var: ['answers.nothing', 'fallback'] }, null],
  [{ var: ['answers.absent', { var: 'answers.city' }] }, 'Keswick'],
  [{ var: 'answers.tags.1' }, 'suv'],
  [{ var: 'answers.tags.2' }, null],
  [
    { missing: ['answers.nothing', 'answers.empty', 'answers.none', 'x'] },
    ['answers.nothing', 'answers.empty', 'x'],
  ],
  [{ missing_some: [1, 'x'] }, ['x']],
  [{ missing_some: ['1', ['x', 'answers.city']] }, []],
  [{ '+': ['3 visits', 1] }, 4],
  [{ '+': [] }, 0],
  [{ '-': ['3 visits', 1] }, NaN],
  [{ '/': [1, 0] }, Infinity],
  [{ max: [] }, -Infinity],
  [{ max: ['3', 12] }, 12],
  [{ cat: [null, [1, [2, null]], true] }, '1,2,true'],
  [{ some: [[1, { var: 'answers.visits' }], { '===': [{ var: '' }, '3'] }] }, true],
  [{ some: [[[1], [2]], { some: [{ var: '' }, { '==': [{ var: '' }, 2] }] }] }, true],
  [{ some: [{ var: 'answers.tags' }, { var: 'answers.city' }] }, false],
  [{ all: [{ var: 'answers.absent' }, true] }, false],
  [{ none: [{ var: 'answers.absent' }, true] }, true],
  [{ and: [] }, undefined],
  [{ if: [false, { unheard_of: [] }, 'else'] }, 'else'],
  [{ or: [true, { unheard_of: [] }] }, true],
  [
    { a: 1, b: 2 },
    { a: 1, b: 2 },
  ],
];

describe('a condition', () => {
  for (const [condition, value] of VALUES) {
    it(`${shown(condition)} is ${shown(value)}`, () => {
      assert.deepEqual(evaluate(condition, CONTEXT), value);
    });
  }
  it('leaves what it reads as it was', () => {
    const before = JSON.stringify(CONTEXT);
    for (const [condition] of VALUES) evaluate(condition, CONTEXT);
    assert.equal(JSON.stringify(CONTEXT), before);
  });
});

describe('a condition reads own properties only', () => {
  const absent = [
    'answers.constructor',
    'answers.__proto__',
    'answers.__proto__.constructor',
    'answers.city.length',
    'answers.city.0',
    'answers.city.constructor',
    'answers.tags.map',
    'answers.tags.__proto__',
    '__proto__',
    'toString',
    'polluted.admin',
    'polluted.__proto__.toString',
    'hostile.hasOwnProperty',
  ];
  for (const path of absent) {
    it(path, () => {
      assert.equal(evaluate({ var: path }, CONTEXT), null);
      assert.equal(evaluate({ var: [path, 'fallback'] }, CONTEXT), 'fallback');
      assert.deepEqual(evaluate({ missing: [path] }, CONTEXT), [path]);
    });
  }
  it('and own ones whatever they are called', () => {
    assert.equal(evaluate({ var: 'polluted.constructor' }, CONTEXT), 'mine');
    assert.equal(evaluate({ var: 'polluted.__proto__.admin' }, CONTEXT), true);
  });
  it('and what it reads is not evaluated', () => {
    const context = { keys: [{ cat: ['a'] }], rule: { cat: ['a'] }, a: 1 };
    assert.deepEqual(evaluate({ var: 'rule' }, context), { cat: ['a'] });
    assert.deepEqual(evaluate({ missing: { var: 'keys' } }, context), [{ cat: ['a'] }]);
  });
});

const nested = (levels: number, wrap: (inner: unknown) => unknown, core: unknown): unknown => {
  let value = core;
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
};
const huge = 'x'.repeat(100_000);
/** Lists of the same list: small in memory, endless to walk. */
const shared = nested(40, (inner) => [inner, inner], 'x');
const cycle: unknown[] = [];
cycle.push(cycle, cycle);

const NASTY: readonly unknown[] = [
  null,
  true,
  '',
  'text',
  -0,
  1e308,
  [],
  [[]],
  [null],
  {},
  { a: 1, b: 2 },
  '\ud800',
  'a.'.repeat(5_000),
  huge,
  { length: 1e9 },
  JSON.parse('{"__proto__": {"x": 1}}'),
  JSON.parse('{"toString": 1, "valueOf": 1}'),
  JSON.parse('[{"toString": null}, {"__proto__": null}]'),
  { constructor: [] },
  { hasOwnProperty: [1] },
  Array.from({ length: 20_000 }, (_, index) => index),
  Array.from({ length: 20_000 }, () => null),
  nested(100_000, (inner) => [inner], 1),
  nested(100_000, (inner) => ({ a: inner }), 1),
  nested(100_000, (inner) => ({ '!': inner }), 1),
];

/** What no JSON can be. */
const NASTIER: readonly unknown[] = [
  ...NASTY,
  undefined,
  NaN,
  shared,
  cycle,
  Object.create(null),
  Symbol('never in JSON'),
  10n,
  () => {
    throw new Error('called');
  },
  {
    get a() {
      throw new Error('called');
    },
  },
];

const OPERATORS = /known are (.*)/.exec(problemsOf({ x: 1 })[0]?.message ?? '')?.[1]?.split(' ') ?? [];

describe('a condition never throws', () => {
  it('there are 29 operators to try', () => {
    assert.equal(OPERATORS.length, 29);
  });
  for (const operator of [...OPERATORS, '__proto__', 'constructor', 'toString', '']) {
    it(`"${operator}" of anything`, () => {
      const condition = (args: unknown): unknown =>
        Object.defineProperty({}, operator, { value: args, enumerable: true });
      for (const first of NASTIER) {
        assert.equal(typeof holds(condition(first), first), 'boolean');
        for (const second of NASTIER) {
          const context = { first, second };
          for (const args of [
            [first, second],
            [{ var: 'first' }, { var: 'second' }],
            [[{ var: 'first' }], { var: 'second' }, { var: 'first' }],
          ]) {
            assert.equal(typeof holds(condition(args), context), 'boolean');
          }
        }
      }
    });
  }
  it('nor is it refused or read with an exception', () => {
    for (const value of NASTY) {
      for (const operator of OPERATORS) {
        assert.ok(Array.isArray(problemsOf({ [operator]: value })));
        assert.ok(Array.isArray(pathsOf({ [operator]: value })));
      }
    }
  });
});

describe('a condition that has no answer does not hold', () => {
  const list = (length: number): number[] => Array.from({ length }, (_, index) => index);
  const twice = { cat: [{ var: '' }, { var: '' }] };
  const doubled = (times: number) =>
    nested(times, (inner) => ({ some: [[twice], inner] }), { '!!': { var: '' } });
  const notTimes = (times: number) => nested(times, (inner) => ({ '!': inner }), true);

  const cases: { name: string; condition: unknown; context?: unknown; expected: unknown }[] = [
    { name: 'an unknown operator', condition: { '!': { unheard_of: [1] } }, expected: undefined },
    { name: 'an operator of the prototype', condition: { '!': { toString: [] } }, expected: undefined },
    // The list is one step, so are `some` and each item.
    { name: 'as many steps as there are', condition: list(STEPS - 1), expected: list(STEPS - 1) },
    { name: 'a step more than there are', condition: list(STEPS), expected: undefined },
    {
      name: 'items that use up the steps',
      condition: { none: [{ var: '' }, { '!': true }] },
      context: list(STEPS),
      expected: undefined,
    },
    { name: 'text that grows a little', condition: doubled(8), context: 'ab', expected: true },
    {
      name: 'text that grows on and on',
      condition: { '!': doubled(15) },
      context: 'ab',
      expected: undefined,
    },
    { name: 'text of one long piece', condition: { cat: { var: '' } }, context: huge, expected: undefined },
    {
      name: 'lists that are one another',
      condition: { '!=': [{ var: '' }, 'x'] },
      context: shared,
      expected: undefined,
    },
    { name: 'as deep as may be', condition: notTimes(DEPTH), expected: true },
    { name: 'deeper', condition: notTimes(DEPTH + 2), expected: undefined },
    {
      name: 'deep data that it compares',
      condition: { '!=': [{ var: '' }, 'x'] },
      context: nested(DEPTH + 2, (inner) => [inner], 1),
      expected: undefined,
    },
    {
      name: 'deep data that it only passes on',
      condition: { '!': { '!': { var: '' } } },
      context: nested(DEPTH + 2, (inner) => [inner], 1),
      expected: true,
    },
    { name: 'a product of nothing', condition: { '*': [] }, expected: undefined },
  ];
  for (const { name, condition, context = 'ab', expected } of cases) {
    it(name, () => {
      assert.deepEqual(evaluate(condition, context), expected);
      if (expected === undefined) assert.equal(holds(condition, context), false);
      assert.deepEqual(evaluate(condition, context), expected, 'and the same again');
    });
  }
  it('and objects compare as JavaScript compares plain ones, whatever their keys', () => {
    const it: unknown = JSON.parse('{"toString": 1, "valueOf": 1, "join": 1}');
    const context = { it };
    assert.equal(holds({ '==': [{ var: 'it' }, '[object Object]'] }, context), true);
    assert.equal(holds({ '<': [{ var: 'it' }, 1] }, context), false);
    assert.equal(evaluate({ cat: [[{ var: 'it' }]] }, context), '[object Object]');
    assert.equal(evaluate({ in: ['a', { var: 'it' }] }, context), false);
  });
});

/** Where each problem is (a dotted path), and a part of what is said of it. */
const PROBLEMS: [condition: unknown, ...problems: [at: string, says: RegExp][]][] = [
  [true],
  [{ and: [{ '==': [{ var: ['answers.city', 'x'] }, 'x'] }, { '!': { missing: ['a', 'b'] } }] }],
  [{ '<': [1, { var: 'a' }, '3'] }],
  [{ some: [{ var: 'tags' }, { in: [{ var: '' }, ['a', 'b']] }] }],
  [{ var: [] }],
  [{ var: { cat: ['a', 'b'] } }],
  [{ missing_some: [1, ['a', 'b']] }],
  [{ and: [{ matches: ['a'] }] }, ['and.0.matches', /^unknown operator "matches"; known are var == /]],
  [{ constructor: [] }, ['constructor', /^unknown operator "constructor"/]],
  [{ '==': [1, 1], '!': [1] }, ['', /^a condition has one operator, this one has 2$/]],
  [{ '!': {} }, ['!', /one operator, this one has 0$/]],
  [{ some: { var: 'a' } }, ['some', /^"some" takes 2 arguments, this one has 1$/]],
  [{ some: ['tags', true] }, ['some.0', /^"some" takes a list here$/]],
  [{ '==': [1] }, ['==', /takes 2 arguments, this one has 1$/]],
  [{ '==': [{ var: 'tags' }, ['a']] }, ['==.1', /no list equals another; "in" looks into a list/]],
  [{ '<': [1] }, ['<', /takes 2 to 3 arguments/]],
  [{ '>': [3, 2, 1] }, ['>', /takes 2 arguments/]],
  [{ '>': [{ var: 'a' }, true] }, ['>.1', /takes a number or text here$/]],
  [{ '!': [true, false] }, ['!', /takes 1 argument, this one has 2$/]],
  [{ and: [] }, ['and', /takes 1 or more arguments, this one has 0$/]],
  [{ if: [true] }, ['if', /takes 2 or more arguments, this one has 1$/]],
  [{ in: ['a', 3] }, ['in.1', /takes a list or text here$/]],
  [{ '+': ['1', 'two', null] }, ['+.1', /takes a number here$/], ['+.2', /takes a number here$/]],
  [{ '-': 'three' }, ['-', /takes a number here$/]],
  [{ var: true }, ['var', /takes a path such as "answers\.city" here$/]],
  [{ var: [['a']] }, ['var.0', /takes a path/]],
  [{ missing: ['a', true] }, ['missing.1', /takes a path/]],
  [{ missing_some: ['1', ['a']] }, ['missing_some.0', /takes a number here$/]],
  [{ or: [{ x: 1 }, [{ y: 2 }]] }, ['or.0.x', /"x"/], ['or.1.0.y', /"y"/]],
  [{ if: [{ '!': { some: [] } }, 1] }, ['if.0.!.some', /takes 2 arguments, this one has 0$/]],
];

describe('the problems of a condition', () => {
  for (const [condition, ...expected] of PROBLEMS) {
    it(`${shown(condition)}: ${expected.map(([at]) => at || 'at its top').join(', ') || 'none'}`, () => {
      const problems = problemsOf(condition);
      assert.deepEqual(
        problems.map(({ path }) => path.join('.')),
        expected.map(([at]) => at),
      );
      for (const [index, [, says]] of expected.entries()) assert.match(problems[index]?.message ?? '', says);
    });
  }
  it('are none where the evaluation goes deep enough, and one where it does not', () => {
    const deep = (levels: number) => nested(levels, (inner) => ({ '!': [inner] }), true);
    assert.deepEqual(problemsOf(deep(DEPTH)), []);
    assert.deepEqual(problemsOf(deep(DEPTH + 1)), [
      {
        path: Array.from({ length: DEPTH + 1 }, () => ['!', 0]).flat(),
        message: `is nested too deep; should be ${DEPTH} levels at most`,
      },
    ]);
  });
  it('are one where there are more values than an evaluation looks at', () => {
    const among = (count: number) => ({ in: [1, Array.from({ length: count }, () => 0)] });
    assert.equal(evaluate(among(STEPS - 3), null), false);
    assert.deepEqual(problemsOf(among(STEPS - 3)), []);
    assert.equal(evaluate(among(STEPS - 2), null), undefined);
    assert.match(
      problemsOf(among(STEPS - 2))[0]?.message ?? '',
      /^has 10001 values; should have 10000 at most$/,
    );
  });
});

/** Every path that is read, with its place. */
const READINGS: [condition: unknown, ...readings: [at: string, reads: string][]][] = [
  [true],
  [
    { and: [{ '==': [{ var: 'answers.city' }, 'x'] }, { var: ['page.path', { var: 'y' }] }] },
    ['and.0.==.0.var', 'answers.city'],
    ['and.1.var.0', 'page.path'],
    ['and.1.var.1.var', 'y'],
  ],
  [{ '!': { var: 1 } }, ['!.var', '1']],
  [{ var: '' }, ['var', '']],
  [{ var: null }, ['var', '']],
  [{ var: [] }, ['var', '']],
  [{ var: { cat: ['answers.', { var: 'which' }] } }, ['var.cat.1.var', 'which']],
  [{ missing: 'a' }, ['missing', 'a']],
  [{ missing: ['a', 'b.c'] }, ['missing.0', 'a'], ['missing.1', 'b.c']],
  [{ missing: [['a', { var: 'b' }]] }, ['missing.0.0', 'a'], ['missing.0.1.var', 'b']],
  [
    { missing_some: [{ var: 'n' }, ['a', 'b']] },
    ['missing_some.0.var', 'n'],
    ['missing_some.1.0', 'a'],
    ['missing_some.1.1', 'b'],
  ],
  [{ some: [{ var: 'tags' }, { '==': [{ var: '' }, { var: 'of_item' }] }] }, ['some.0.var', 'tags']],
  [{ none: [[{ var: 'a' }], { all: [{ var: 'b' }, { var: 'c' }] }] }, ['none.0.0.var', 'a']],
  [{ if: [[{ var: 'a' }], 'then'] }, ['if.0.0.var', 'a']],
];

describe('the paths that a condition reads', () => {
  for (const [condition, ...expected] of READINGS) {
    it(`${shown(condition)}: ${expected.map(([, reads]) => `"${reads}"`).join(', ') || 'none'}`, () => {
      assert.deepEqual(
        pathsOf(condition).map(({ path, reads }) => [path.join('.'), reads]),
        expected,
      );
    });
  }
});
