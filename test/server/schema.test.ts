import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSubmissions } from '../../server/schema.ts';
import { createSubmission } from './relay-fixture.ts';

const parse = (answer: unknown) =>
  parseSubmissions({ submissions: [{ ...createSubmission(), answers: { it: answer } }] });

const TAKEN: readonly unknown[] = [
  'Ada',
  '',
  'a'.repeat(255),
  7,
  0,
  -2.5,
  Number.MAX_VALUE,
  true,
  false,
  [],
  ['boots', 'maps'],
  Array(100).fill('a'),
];

const REFUSED: readonly unknown[] = [
  null,
  'a'.repeat(256),
  Infinity,
  NaN,
  {},
  { inc: 1 },
  [1],
  [true],
  [['boots']],
  [null],
  ['a'.repeat(256)],
  Array(101).fill('a'),
];

const nameOf = (value: unknown) =>
  typeof value === 'number' ? String(value) : JSON.stringify(value).slice(0, 30);

describe('an answer on the wire', () => {
  for (const answer of TAKEN) {
    it(`may be ${nameOf(answer)}`, () => {
      const parsed = parse(answer);
      assert.ok('value' in parsed, JSON.stringify(parsed));
      assert.deepEqual(parsed.value[0]?.answers, { it: answer });
    });
  }
  for (const answer of REFUSED) {
    it(`may not be ${nameOf(answer)}`, () => {
      const parsed = parse(answer);
      assert.ok('problem' in parsed);
      assert.match(parsed.problem, /^submissions\.0\.answers\.it(?:\.0)?: should be /);
    });
  }
});
