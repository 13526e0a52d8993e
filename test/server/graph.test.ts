import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before as beforeAll, describe, it } from 'node:test';
import { conditionWords } from '../../server/flows/condition-words.ts';
import { readShape } from '../../server/flows/lint/shape.ts';
import { loadFlow } from '../../server/flows/load.ts';
import { mermaidOf } from '../../server/flows/mermaid.ts';
import { revisionName } from '../../server/flows/revisions.ts';
import { revisionOf } from '../../server/flows/shelf.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { countInto } from '../places/counted.ts';
import { FLOW } from './relay-fixture.ts';

const WEEKEND = 'test/fixtures/answers/weekend.json';

const parley = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['server/cli.ts', 'graph', ...args], { encoding: 'utf8' });

const graphOf = (nodes: object, rest: object = {}, locale?: string) =>
  mermaidOf(readShape({ id: 'flow', start: 'a', nodes, ...rest }), locale).split('\n  ');

describe('parley graph', () => {
  it('draws every type of node in a shape of its own, with its ways out', () => {
    const { status, stdout, stderr } = parley(WEEKEND);
    assert.equal(stderr, '');
    assert.equal(stdout, readFileSync('test/fixtures/answers/weekend.mmd', 'utf8'));
    assert.equal(status, 0);
  });

  it('shows the texts of a locale', () => {
    const nodes = { a: { type: 'end', text: { en: 'Bye', pt: 'Tchau', 'zh-Hant': '再見' } } };
    const cases: [wanted: string | undefined, own: string | undefined, text: string][] = [
      ['pt', 'en', 'Tchau'],
      ['pt-BR', 'en', 'Tchau'],
      ['ZH-hant', 'en', '再見'],
      ['fr', 'pt', 'Tchau'],
      [undefined, 'pt', 'Tchau'],
      ['fr', undefined, 'Bye'],
    ];
    for (const [wanted, locale, text] of cases) {
      assert.deepEqual(graphOf(nodes, { locale }, wanted).at(-1), `n_a(["a<br/>${text}"])`);
    }
    assert.match(
      parley('--locale', 'ja', 'test/fixtures/good/four-languages.json').stdout,
      /\p{Script=Hiragana}/u,
    );
  });

  it('draws a node that is missing with a dashed line, and says that there are mistakes', () => {
    const { status, stdout, stderr } = parley('test/fixtures/bad/unknown-node-nowhere.json');
    assert.equal(status, 0);
    assert.match(
      stdout,
      /\["(\S+)<br\/>there is no such node"\]:::missing\n {2}classDef missing stroke-dasharray/,
    );
    assert.match(
      stderr,
      /^The flow has a mistake: parley lint test\/fixtures\/bad\/unknown-node-nowhere.json$/m,
    );
  });

  it('has a start that is missing too, and none where none is named', () => {
    assert.deepEqual(graphOf({ b: { type: 'end' } }).slice(1, 5), [
      'start(("start"))',
      'start --> n_a',
      'n_b(["b"])',
      'n_a["a<br/>there is no such node"]:::missing',
    ]);
    assert.deepEqual(graphOf({ b: { type: 'end' } }, { start: undefined }), ['flowchart TD', 'n_b(["b"])']);
  });

  it('refuses in the words of lint what is not JSON', () => {
    const { status, stdout, stderr } = parley('test/fixtures/bad/json-syntax.json');
    assert.equal(stdout, '');
    assert.match(stderr, /json-syntax\.json:\d+:\d+: error: .*\[json-syntax\]/);
    assert.equal(status, 2);
  });

  it('says how it is called', () => {
    for (const args of [[], [WEEKEND, WEEKEND]]) {
      const { status, stderr } = parley(...args);
      assert.match(stderr, /^Usage: parley graph/);
      assert.equal(status, 2);
    }
    assert.match(parley('none.json').stderr, /^There is no file none\.json\.$/m);
  });
});

describe('the graph of a flow', () => {
  it('gives nodes names that mean nothing to Mermaid, each its own', () => {
    const nodes = {
      end: { type: 'message', text: 'x', next: 'a-b' },
      'a-b': { type: 'message', text: 'x', next: 'a_b' },
      a_b: { type: 'end' },
    };
    assert.deepEqual(graphOf(nodes, { start: 'end' }).slice(2), [
      'start --> n_end',
      'n_end["end<br/>x"]',
      'n_end --> n_a_b',
      'n_a_b["a-b<br/>x"]',
      'n_a_b --> n_a_b_2',
      'n_a_b_2(["a_b"])',
    ]);
  });

  const TEXTS: { name: string; text: string; drawn: string }[] = [
    { name: 'quotes', text: 'A "good" day', drawn: 'A #34;good#34; day' },
    {
      name: 'signs of Mermaid',
      text: '#1 <b> `x` $$y$$ \\\\',
      drawn: '#35;1 #60;b#62; #96;x#96; #36;#36;y#36;#36; #92;',
    },
    { name: 'entities, but no lone ampersand', text: '&lt; &#1; a & b', drawn: '#38;lt; #38;#35;1; a & b' },
    { name: 'markup', text: '**Hi** *you*, [look](https://a.example)', drawn: 'Hi you, look' },
    { name: 'line breaks', text: 'One\ntwo', drawn: 'One two' },
    {
      name: 'templates',
      text: 'Hi {{answers.name | default: "you"}} of {{page.path}}',
      drawn: 'Hi ‹name› of ‹page.path›',
    },
    { name: 'a long text', text: 'word '.repeat(20), drawn: `${'word '.repeat(9).trim()}…` },
    { name: 'a long text without spaces', text: '山'.repeat(60), drawn: `${'山'.repeat(48)}…` },
  ];
  for (const { name, text, drawn } of TEXTS) {
    it(`writes a text with ${name}`, () => {
      assert.equal(graphOf({ a: { type: 'end', text } }).at(-1), `n_a(["a<br/>${drawn}"])`);
    });
  }

  it('tells a picture and an offer by their words', () => {
    const image = { image: '/a.png', alt: 'A lake', width: 1, height: 1 };
    const lines = graphOf({
      a: { type: 'message', bubbles: [image, { text: 'Look' }], next: 'b' },
      b: { type: 'handoff', offers: [{ text: 'Call', phone: '+442079460000' }], next: 'c' },
      c: { type: 'end' },
    });
    assert.ok(lines.includes('n_a["a<br/>(image) A lake"]'));
    assert.ok(lines.includes('n_b{{"b<br/>Call"}}'));
  });

  it('gives the ways of a split their shares in per cent', () => {
    const ways = [1, 1, 1].map((weight) => ({ weight, next: 'b' }));
    const lines = graphOf({ a: { type: 'split', ways }, b: { type: 'end' } });
    assert.deepEqual(
      lines.filter((line) => line.includes('%')),
      Array.from({ length: 3 }, () => 'n_a -->|"33.3 %"| n_b'),
    );
  });

  it('draws flows with mistakes, and never a line that Mermaid cannot read', () => {
    const files = globSync('test/fixtures/{bad,good,warned}/*.json');
    assert.ok(files.length > 50);
    const label = '"[^"<>`]*(?:<br/>[^"<>`]*)?"';
    const shapes = `\\[${label}\\](?::::missing)?|\\[/${label}/\\]|\\{${label}\\}|\\[\\[${label}\\]\\]|\\{\\{${label}\\}\\}|\\(\\[${label}\\]\\)|\\(\\("start"\\)\\)`;
    const known = new RegExp(
      `^(?:\\w+(?:${shapes})|\\w+ (?:-->|-\\.->)(?:\\|"[^"]+"\\|)? \\w+|classDef missing .*|flowchart TD)$`,
    );
    for (const file of files) {
      let json: unknown;
      try {
        json = JSON.parse(readFileSync(file, 'utf8'));
      } catch {
        continue;
      }
      for (const line of mermaidOf(readShape(json)).split('\n  ')) assert.match(line, known, file);
    }
  });
});

describe('parley graph --stats', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-graph-'));
  const file = join(folder, 'relay.db');
  const welcome = join(folder, 'welcome.json');
  const earlier = { ...FLOW, locale: 'en-GB' };
  let revision = '';
  let before = '';
  const stats = (...args: readonly string[]) => parley('--stats', '--store', file, ...args, welcome);

  beforeAll(async () => {
    writeFileSync(welcome, JSON.stringify(FLOW));
    revision = await revisionOf(loadFlow(FLOW, 'welcome'));
    before = await revisionOf(loadFlow(earlier, 'welcome'));
    const store = createSqliteStore({ file, clock: Date.now });
    const place = { flow: 'welcome', revision, environment: 'prod' };
    await countInto(store, place, ['hello name email birthday save thanks', 'hello name email!!*']);
    await countInto(store, { ...place, revision: before, environment: 'sandbox' }, ['hello name*']);
    await store.put(revisionName('welcome', before), earlier, 60_000);
    await store.close();
  });
  after(() => rmSync(folder, { recursive: true }));

  it('draws a flow with how many came, answered and left, and how many went which way', () => {
    const { status, stdout, stderr } = stats();
    assert.deepEqual([status, stderr], [0, '']);
    const lines = stdout.split('\n').map((line) => line.trim());
    for (const line of [
      'n_hello -->|"2"| n_name',
      'n_email[/"email<br/>E-mail?<br/>2 came, 1 answered, 2 refused, 1 left (50 %)"/]:::worst',
      'n_email -->|"1"| n_birthday',
      'n_save -->|"success: 1"| n_thanks',
      'n_save -->|"error: 0"| n_sorry',
      'n_save[["save<br/>users/track<br/>1 came"]]',
      'classDef worst stroke-width: 5px',
    ])
      assert.ok(lines.includes(line), `${line}\n${stdout}`);
  });
  it('draws an earlier revision as it was, by the first characters of its name', () => {
    const { status, stdout, stderr } = stats('--environment', 'sandbox', '--revision', before.slice(0, 7));
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /1 came, 0 answered, 0 refused, 1 left \(100 %\)/);
  });
  it('says where nothing was counted, and what there is', () => {
    const { status, stderr } = stats('--environment', 'sandbox');
    assert.equal(status, 0);
    assert.equal(
      stderr,
      `Nothing was counted of "welcome" at revision ${revision} in sandbox. There are: prod ${revision}, sandbox ${before}.\n`,
    );
  });

  const REFUSED: readonly {
    readonly name: string;
    readonly args: readonly string[];
    readonly says: RegExp;
  }[] = [
    {
      name: 'an environment that there is not',
      args: ['--environment', 'live'],
      says: /--environment is "live"; it should be sandbox or prod/,
    },
    {
      name: 'a revision of which nothing was counted',
      args: ['--revision', 'zzz'],
      says: /--revision is "zzz": nothing was counted at such a revision of "welcome"\. There are: prod /,
    },
    {
      name: 'a store that is none',
      args: ['--store', 'package.json'],
      says: /package\.json is no store of Parley|is not a database/,
    },
  ];
  for (const { name, args, says } of REFUSED) {
    it(`does not take ${name}`, () => {
      const { status, stdout, stderr } = stats(...args);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, says);
    });
  }
  it('changes nothing of a store that is to be cleaned, and leaves nothing beside it', () => {
    const copy = join(mkdtempSync(join(folder, 'backup-')), 'relay.db');
    copyFileSync(file, copy);
    const db = new DatabaseSync(copy);
    db.exec("INSERT INTO named_values (name, expires, value) VALUES ('store/unclean', 9e999, 'true')");
    db.close();
    const bytes = readFileSync(copy);
    const { status, stdout, stderr } = stats('--store', copy);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /2 came, 1 answered/);
    assert.ok(readFileSync(copy).equals(bytes));
    assert.deepEqual(readdirSync(dirname(copy)), ['relay.db']);
  });
  it('shows what a running relay has counted just now, and writes nothing beside it', async () => {
    const live = join(mkdtempSync(join(folder, 'live-')), 'relay.db');
    const store = createSqliteStore({ file: live, clock: Date.now });
    try {
      await countInto(store, { flow: 'welcome', revision, environment: 'prod' }, ['hello name', 'hello*']);
      await store.put('store/unclean', true, 60_000);
      const bytes = [live, `${live}-wal`].map((each) => readFileSync(each));
      assert.match(stats('--store', live).stdout, /Hello<br\/>2 came"/);
      assert.deepEqual(
        [live, `${live}-wal`].map((each) => readFileSync(each)),
        bytes,
      );
      await countInto(store, { flow: 'welcome', revision, environment: 'prod' }, ['hello']);
      assert.match(stats('--store', live).stdout, /Hello<br\/>3 came"/);
    } finally {
      await store.close();
    }
  });
  it('says that there are no counts in a store of before they were counted, and leaves it so', () => {
    const old = join(folder, 'old.db');
    const db = new DatabaseSync(old);
    db.exec(readFileSync('test/store/schema-1.sql', 'utf8'));
    db.close();
    const bytes = readFileSync(old);
    const { status, stdout, stderr } = stats('--store', old);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^There are no counts yet in the store ".*old\.db": .* \(version 1\)/);
    assert.ok(readFileSync(old).equals(bytes));
  });
  it('takes what is of counts only with them', () => {
    const { status, stderr } = parley('--environment', 'prod', welcome);
    assert.equal(status, 2);
    assert.match(stderr, /^Usage: parley graph/);
  });
});

describe('a condition in words', () => {
  const city = { var: 'answers.city' };
  const age = { var: 'answers.age' };
  const CASES: [condition: unknown, words: string][] = [
    [{ '==': [city, 'Keswick'] }, 'city = Keswick'],
    [{ '!==': [city, ''] }, 'city ≠ ""'],
    [{ '<': [1, age, 5] }, '1 < age < 5'],
    [{ '>=': [age, 18] }, 'age ≥ 18'],
    [{ in: [city, ['Keswick', 'Leeds']] }, 'city in (Keswick, Leeds)'],
    [{ in: ['spring', { var: 'page.path' }] }, 'spring in page.path'],
    [{ '!': [city] }, 'not city'],
    [{ '!': { '==': [city, 'Leeds'] } }, 'not (city = Leeds)'],
    [{ '!!': city }, 'city is given'],
    [
      { and: [{ '!!': city }, { or: [{ '<': [age, 5] }, { '>': [age, 9] }] }] },
      'city is given and (age < 5 or age > 9)',
    ],
    [{ '==': [{ var: 'profile.custom_attributes.plan' }, 'basic'] }, 'profile.plan = basic'],
    [{ '!!': { var: 'profile.custom_attributes' } }, 'profile.custom_attributes is given'],
    [{ missing: ['answers.city', 'answers.age'] }, 'city, age missing'],
    [{ missing_some: [1, ['answers.city', 'answers.age']] }, 'fewer than 1 of (city, age)'],
    [
      { if: [{ '<': [age, 5] }, 1, { '>': [age, 9] }, 2, 3] },
      'if age < 5 then 1 else if age > 9 then 2 else 3',
    ],
    [{ '>': [{ '+': [age, 1] }, 9] }, '(age + 1) > 9'],
    [{ '-': [age] }, '-age'],
    [{ '-': [age, 1] }, 'age - 1'],
    [{ max: [age, 3] }, 'max(age, 3)'],
    [{ cat: [city, '!'] }, 'join(city, !)'],
    [{ some: [{ var: 'answers.extras' }, { '==': [{ var: '' }, 'wood'] }] }, 'some of extras: (it = wood)'],
    [{ var: ['answers.city', 'Leeds'] }, 'city (else Leeds)'],
    [{ var: [] }, 'it'],
    [{ like: [city, 'K%'] }, '{"like":[{"var":"answers.city"},"K%"]}'],
    [{ constructor: [1] }, '{"constructor":[1]}'],
    [{ a: 1, b: 2 }, '{"a":1,"b":2}'],
    [{}, '{}'],
    [true, 'true'],
    [null, 'null'],
  ];
  for (const [condition, words] of CASES) {
    it(words, () => assert.equal(conditionWords(condition), words));
  }
});
