import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { holds, pathsOf, problemOf } from '../../widget/flow/condition.ts';

const CONTEXT = {
  answers: { city: 'Keswick', visits: '3' },
  page: { path: '/boots', tags: ['pricing', 'suv'], none: [] },
};

/** Meanings as on https://jsonlogic.com/operations.html and https://jsonlogic.com/truthy.html. */
const CASES: [unknown, boolean][] = [
  [{ '==': [{ var: 'answers.city' }, 'Keswick'] }, true],
  [{ '==': [{ var: 'answers.city' }, 'keswick'] }, false],
  [{ '==': [{ var: 'answers.visits' }, 3] }, true],
  [{ '===': [{ var: 'answers.visits' }, 3] }, false],
  [{ '!=': [1, 2] }, true],
  [{ '!==': [1, '1'] }, true],
  [{ in: ['pricing', { var: 'page.tags' }] }, true],
  [{ in: ['sale', { var: 'page.tags' }] }, false],
  [{ in: ['wick', { var: 'answers.city' }] }, true],
  [{ in: ['x', { var: 'page.absent' }] }, false],
  [{ in: [{ var: 'answers.city' }, ['Keswick', 'Sheffield']] }, true],
  [{ '>': [{ var: 'answers.visits' }, 2] }, true],
  [{ '>=': [3, 3] }, true],
  [{ '<': [1, 2] }, true],
  [{ '<=': [3, 2] }, false],
  [{ and: [true, { '<': [1, 2] }] }, true],
  [{ and: [true, 0] }, false],
  [{ or: [false, 'yes'] }, true],
  [{ or: [false, ''] }, false],
  [{ '!': [[]] }, true],
  [{ '!': { var: 'page.none' } }, true],
  [{ '!!': ['0'] }, true],
  [{ var: 'answers.absent' }, false],
  [{ var: ['answers.absent', 'fallback'] }, true],
  [{ var: 'answers.constructor' }, false],
  [{ var: 'answers.__proto__' }, false],
  [{ unheard_of: [1] }, false],
  [true, true],
  [[], false],
];

describe('a condition', () => {
  for (const [condition, expected] of CASES) {
    it(`${JSON.stringify(condition)} ${expected ? 'holds' : 'does not hold'}`, () => {
      assert.equal(holds(condition, CONTEXT), expected);
    });
  }
  it('with an unknown operator is a mistake with a name', () => {
    assert.match(problemOf({ and: [{ matches: ['a'] }] }) ?? '', /unknown operator "matches"/);
  });
  it('with two operators is a mistake', () => {
    assert.match(problemOf({ '==': [1, 1], '!': [1] }) ?? '', /one operator, this one has 2/);
  });
  it('names the paths that it reads', () => {
    assert.deepEqual(
      pathsOf({ and: [{ '==': [{ var: 'answers.city' }, 'x'] }, { var: ['page.path', 'y'] }] }),
      ['answers.city', 'page.path'],
    );
  });
});
