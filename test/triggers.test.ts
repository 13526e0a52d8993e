import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isMet, readRules, tagsFrom, visitAt, type Moment } from '../widget/triggers/rules.ts';

const read = (text: string) => {
  const problems: string[] = [];
  const rules = readRules(text, 'data-trigger', (problem) => problems.push(problem));
  return { rules: rules.map(({ kind, from, tags }) => [kind, kind === 'tag' ? tags : from]), problems };
};

describe('the language of triggers', () => {
  const UNDERSTOOD: readonly (readonly [string, readonly unknown[]])[] = [
    ['', []],
    [' ; ', []],
    ['delay 10', [['delay', 10]]],
    ['delay 0', [['delay', 0]]],
    ['delay 2.5s', [['delay', 2.5]]],
    ['SCROLL  50 %', []],
    ['Scroll 50%', [['scroll', 50]]],
    ['exit', [['exit', 1]]],
    ['visit 2', [['visit', 2]]],
    ['tag pricing, Trail Shoes', [['tag', ['pricing', 'trail shoes']]]],
    [
      'delay 10; scroll 50; exit; visit 2; tag pricing, suv;',
      [
        ['delay', 10],
        ['scroll', 50],
        ['exit', 1],
        ['visit', 2],
        ['tag', ['pricing', 'suv']],
      ],
    ],
    [
      '\n  delay\t5;\n  exit\n',
      [
        ['delay', 5],
        ['exit', 1],
      ],
    ],
  ];
  for (const [text, rules] of UNDERSTOOD) {
    it(`reads "${text.replaceAll(/\s/g, ' ')}"`, () => assert.deepEqual(read(text).rules, rules));
  }

  const RIGHT = 'delay 10 (seconds); scroll 50 (per cent); exit; visit 2; tag pricing, suv';
  const UNKNOWN: readonly string[] = [
    'scrol 50',
    'constructor',
    'delay',
    'delay ten',
    'delay -1',
    'delay 99999999',
    'scroll 0',
    'scroll 101',
    'Exit top',
    'visit 0',
    'visit 1.5',
    'tag , ,',
  ];
  for (const text of UNKNOWN) {
    it(`says of "${text}" what would be right, and goes on with the rest`, () => {
      const { rules, problems } = read(`${text}; exit`);
      assert.deepEqual(problems, [`Parley: data-trigger "${text}" is unknown. Right would be: ${RIGHT}.`]);
      assert.deepEqual(rules, [['exit', 1]]);
    });
  }
});

describe('a trigger', () => {
  const NOTHING: Moment = { delay: 0, scroll: 0, exit: 0, visit: 1, tag: [] };
  const MET: readonly (readonly [string, Partial<Moment>, boolean])[] = [
    ['delay 10', { delay: 9.9 }, false],
    ['delay 10', { delay: 10 }, true],
    ['scroll 50', { scroll: 49 }, false],
    ['scroll 50', { scroll: 50 }, true],
    ['exit', {}, false],
    ['exit', { exit: 1 }, true],
    ['visit 2', {}, false],
    ['visit 2', { visit: 2 }, true],
    ['visit 2', { visit: 7 }, true],
    ['tag pricing, suv', { tag: ['suvs'] }, false],
    ['tag pricing, suv', { tag: ['cars', 'suv'] }, true],
  ];
  for (const [text, moment, isIt] of MET) {
    it(`${text} ${isIt ? 'holds' : 'does not hold'} with ${JSON.stringify(moment)}`, () => {
      const [rule] = readRules(text, '', (problem) => assert.fail(problem));
      assert.equal(rule && isMet(rule, { ...NOTHING, ...moment }), isIt);
    });
  }
});

it('tags of triggers have the form that tags have everywhere', () => {
  assert.deepEqual(tagsFrom('Clothing > Trail  Shoes!, ＳＵＶ,,'), ['clothing', 'trail shoes', 'suv']);
});

describe('a visit', () => {
  const NOW = Date.parse('2026-11-21T10:00:00.000Z');
  const ago = (minutes: number) => NOW - minutes * 60_000;
  const VISITS: readonly (readonly [string | null, number])[] = [
    [null, 1],
    [`1 ${ago(29)}`, 1],
    [`1 ${ago(30)}`, 2],
    [`4 ${ago(10_000)}`, 5],
    ['', 1],
    ['x y', 1],
    ['2', 3],
    ['0 0', 1],
    [`-3 ${NOW}`, 1],
  ];
  for (const [kept, visit] of VISITS) {
    it(`is number ${visit} after "${kept}"`, () => assert.equal(visitAt(kept, NOW), visit));
  }
});
