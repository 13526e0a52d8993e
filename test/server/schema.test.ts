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
      assert.deepEqual(parsed.value.submissions[0]?.answers, { it: answer });
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

describe('submissions on the wire', () => {
  it('are each there once: of two with the same id the first', () => {
    const [first, second] = [createSubmission(), createSubmission()];
    const parsed = parseSubmissions({ submissions: [first, second, { ...first, node: 'other' }, second] });
    assert.deepEqual(parsed, { value: { submissions: [first, second] } });
  });

  for (const [name, json, says] of [
    ['nothing', undefined, /^body: missing$/],
    ['a list', [], /^submissions: missing$|^body: /],
    ['none', { submissions: [] }, /^submissions: should be one at least, unless there are losses to tell$/],
    ['none, with no losses', { submissions: [], losses: {} }, /^submissions: should be one at least/],
    [
      'none, with losses of 0',
      { submissions: [], losses: { age: 0, new: 0 } },
      /^submissions: should be one/,
    ],
    ['not there, with losses', { losses: { age: 1 } }, /^submissions: missing$/],
    [
      'more than a browser keeps',
      { submissions: Array(51).fill(createSubmission()) },
      /^submissions: should be <=50$/,
    ],
    [
      'an object with their length',
      { submissions: { length: 1, 0: createSubmission() } },
      /^submissions: should be Array$/,
    ],
    [
      'one with 201 answers',
      oneWith({ answers: answersOf(201) }),
      /answers: should have 200 answers at most/,
    ],
    [
      'one with an answer to __proto__',
      oneWith({ answers: JSON.parse('{"__proto__":"x"}') as unknown }),
      /cannot have a key "__proto__"/,
    ],
    ['one with a key that has no end', oneWith({ ['k'.repeat(10_000)]: 1 }), /^.{1,220}$/],
    [
      'one with ids of another form',
      oneWith({ id: '019B0000-0000-7000-8000-000000000001.4' }),
      /submissions\.0\.id: /,
    ],
    [
      'one with its end on another line',
      oneWith({ id: '019b0000-0000-7000-8000-000000000001.4\n' }),
      /submissions\.0\.id: /,
    ],
  ] as [string, unknown, RegExp][]) {
    it(`are not ${name}`, () => {
      const parsed = parseSubmissions(json);
      assert.ok('problem' in parsed);
      assert.match(parsed.problem, says);
    });
  }
});

function oneWith(change: object): unknown {
  return { submissions: [{ ...createSubmission(), ...change }] };
}

function answersOf(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`field_${index}`, 'x']));
}

describe('what a page tells, on the wire', () => {
  const parsedWith = (change: object) =>
    parseSubmissions({ submissions: [{ ...createSubmission(), ...change }] });
  const tags = (count: number) => Array.from({ length: count }, (_, index) => `tag-${index}`);
  const keys = (count: number) => Object.fromEntries(tags(count).map((tag) => [tag, 'x']));

  for (const [name, change] of [
    ['nothing but the path', { page: { path: '/' } }],
    ['tags', { page: { path: '/', tags: tags(20) } }],
    [
      'all there is',
      {
        page: {
          path: '/shoes/:id',
          referrer: 'https://news.example',
          utm: { source: 'letter', campaign: 'spring' },
          query: { size: 'xl' },
          title: 'Shoes',
          tags: ['shoes'],
        },
        visitor: { returning: true, visits: 3 },
        entry: { link: 'a.b.c', cohort: 'spring', campaign: 'sale' },
      },
    ],
    ['keys of campaigns', { page: { path: '/', utm: keys(20) } }],
  ] as const) {
    it(`may be ${name}`, () => {
      const parsed = parsedWith(change);
      assert.ok('value' in parsed, JSON.stringify(parsed));
      assert.partialDeepStrictEqual(parsed.value.submissions[0], change);
    });
  }

  for (const [name, change, says] of [
    ['21 tags', { page: { path: '/', tags: tags(21) } }, /page\.tags: should be <=20$/],
    [
      'a tag of 41 characters',
      { page: { path: '/', tags: ['x'.repeat(41)] } },
      /page\.tags\.0: should be <=40$/,
    ],
    ['a text for tags', { page: { path: '/', tags: 'suv' } }, /page\.tags: should be Array$/],
    ['21 keys', { page: { path: '/', utm: keys(21) } }, /page\.utm: should have 20 keys at most$/],
    [
      'a number in the query',
      { page: { path: '/', query: { size: 4 } } },
      /page\.query\.size: should be string$/,
    ],
    [
      'a key that reaches a prototype',
      { page: { path: '/', utm: JSON.parse('{"__proto__":"x"}') as unknown } },
      /page\.utm: cannot have a key "__proto__"/,
    ],
    ['another key', { page: { path: '/', form: 'x' } }, /page\.form: unknown key$/],
    ['less than no visits', { visitor: { returning: true, visits: -1 } }, /visitor\.visits: should be >=0$/],
    ['a link that has no end', { entry: { link: 'x'.repeat(2_001) } }, /entry\.link: should be <=2000$/],
    ['an entry without its link', { entry: { cohort: 'spring' } }, /entry\.link: missing$/],
  ] as [string, object, RegExp][]) {
    it(`may not be ${name}`, () => {
      const parsed = parsedWith(change);
      assert.ok('problem' in parsed, JSON.stringify(parsed));
      assert.match(parsed.problem, says);
    });
  }
});

describe('what browsers gave up, on the wire', () => {
  const telling = (losses: unknown, submissions: readonly unknown[] = []) =>
    parseSubmissions({ submissions, losses });

  for (const losses of [
    { age: 1 },
    { refused: 1_000_000 },
    { age: 0, refused: 2, evicted: 3, storage: 1 },
    // Forged: no reason to refuse what came along.
    { storage: Number.MAX_SAFE_INTEGER },
    // Of a widget that is newer than the relay.
    { quota: 2 },
  ]) {
    it(`may be ${JSON.stringify(losses)}, with submissions or without`, () => {
      assert.deepEqual(telling(losses), { value: { submissions: [], losses } });
      const submission = createSubmission();
      assert.deepEqual(telling(losses, [submission]), { value: { submissions: [submission], losses } });
    });
  }
  for (const [losses, says] of [
    [{ age: -1 }, /^losses\.age: should be >=0$/],
    [{ evicted: 1.5 }, /^losses\.evicted: should be integer$/],
    [{ refused: '1' }, /^losses\.refused: should be number$/],
    [{ age: null }, /^losses\.age: should be number$/],
    [{ quota: 'all' }, /^losses\.quota: should be number$/],
    [null, /^losses: should be Object$/],
    [7, /^losses: should be Object$/],
  ] as const) {
    it(`may not be ${JSON.stringify(losses)}`, () => {
      const parsed = telling(losses, [createSubmission()]);
      assert.ok('problem' in parsed);
      assert.match(parsed.problem, says);
    });
  }
});

describe('when a request left', () => {
  const left = (sent: unknown) => parseSubmissions({ submissions: [createSubmission()], sent });
  it('is a time as `toISOString` writes it', () => assert.ok('value' in left(new Date().toISOString())));
  for (const sent of ['2026-02-30T10:00:00.000Z', '2026-01-15T10:00:00Z', 'now', '', 7, null]) {
    it(`is not ${JSON.stringify(sent)}`, () => {
      const parsed = left(sent);
      assert.ok('problem' in parsed);
      assert.match(parsed.problem, /^sent: should be /);
    });
  }
});

const timed = (time: string) => parseSubmissions({ submissions: [{ ...createSubmission(), time }] });

describe('the time of a submission', () => {
  for (const time of ['2026-11-21T10:00:00.000Z', '2024-02-29T23:59:59.999Z']) {
    it(`may be ${time}`, () => assert.ok('value' in timed(time)));
  }
  for (const time of [
    '2026-02-30T10:00:00.000Z',
    '2023-02-29T10:00:00.000Z',
    '2026-01-15T24:00:00.000Z',
    '2026-01-15T25:00:00.000Z',
    '2026-13-01T10:00:00.000Z',
  ]) {
    it(`is none that no clock shows: ${time}`, () => assert.ok('problem' in timed(time)));
  }
});
