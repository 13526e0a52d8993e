import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { simulateOn } from '../../server/commands/simulate.ts';
import { hintsOf, readAnswer } from '../../server/flows/simulation/answering.ts';
import type { AskNode } from '../../widget/contract/flow.ts';

const WEEKEND = 'test/fixtures/answers/weekend.json';
const ANSWERS = 'test/fixtures/answers/weekend.txt';

/** What is common to the questions of these tests. */
const ASK = { type: 'ask', field: 'it', text: '?', next: 'end' } as const;
const OPTIONS = [
  { value: 'lake', text: 'By the lake' },
  { value: 'bread', text: 'Bread, fresh' },
];
const NUMBERS = [
  { value: '2', text: 'Two' },
  { value: '1', text: 'One' },
];

const choice: AskNode<string> = { ...ASK, input: 'choice', options: OPTIONS };
const numbers: AskNode<string> = { ...ASK, input: 'choice', options: NUMBERS };
const choices: AskNode<string> = { ...ASK, input: 'choices', options: OPTIONS };
const consent: AskNode<string> = { ...ASK, input: 'consent', yes: 'Sure', no: 'Never' };
const multiline: AskNode<string> = { ...ASK, input: 'multiline' };

describe('a typed answer', () => {
  const CASES: [ask: AskNode<string>, typed: string, means: unknown][] = [
    [choice, '2', 'bread'],
    [choice, 'LAKE', 'LAKE'],
    [choice, 'lake', 'lake'],
    [choice, ' by the LAKE ', 'lake'],
    [choice, '3', '3'],
    [choice, '0', '0'],
    [choice, '', ''],
    [numbers, '2', '2'],
    [numbers, 'one', '1'],
    [choices, '1, 2', ['lake', 'bread']],
    [choices, 'bread, fresh', ['bread']],
    [choices, 'lake、bread,', ['lake', 'bread']],
    [choices, 'lake, tent', ['lake', 'tent']],
    [choices, ' ', ''],
    [consent, 'Y', true],
    [consent, 'sure', true],
    [consent, 'no', false],
    [consent, 'never', false],
    [consent, 'perhaps', 'perhaps'],
    [consent, '', ''],
    [multiline, 'a\\nb', 'a\nb'],
    [{ ...ASK, input: 'text' }, 'a\\nb', 'a\\nb'],
    [{ ...ASK, input: 'number' }, '12', 12],
    [{ ...ASK, input: 'number' }, '-0.5', -0.5],
    [{ ...ASK, input: 'number' }, 'twelve', 'twelve'],
  ];
  for (const [ask, typed, means] of CASES) {
    it(`"${typed}" to ${ask.input} is ${JSON.stringify(means)}`, () =>
      assert.deepEqual(readAnswer(ask, typed), means));
  }
});

describe('what is expected', () => {
  const CASES: [ask: AskNode<string>, ...lines: string[]][] = [
    [{ ...ASK, input: 'text' }, 'it: text'],
    [
      { ...ASK, input: 'text', min_length: 2, pattern: '[a-z]+' },
      'it: text, at least 2 characters, that matches [a-z]+',
    ],
    [{ ...ASK, input: 'text', min_length: 3, max_length: 3 }, 'it: text, exactly 3 characters'],
    [{ ...multiline, optional: true }, 'it: text, with \\n for a new line; an empty line passes it over'],
    [{ ...ASK, input: 'email' }, 'it: email address'],
    [
      { ...ASK, input: 'date', min: '-1y', max: '2026-03-01' },
      'it: date YYYY-MM-DD, from 2025-03-01 (-1y), to 2026-03-01',
    ],
    [{ ...ASK, input: 'number', integer: true, min: 1 }, 'it: whole number, at least 1'],
    [{ ...ASK, input: 'number', max: 2 }, 'it: number, at most 2'],
    [{ ...ASK, input: 'number', min: 1, max: 12 }, 'it: number, 1 to 12'],
    [{ ...ASK, input: 'rating' }, 'it: rating 1 to 5'],
    [{ ...ASK, input: 'rating', max: 3, low: 'bad', high: 'good' }, 'it: rating 1 (bad) to 3 (good)'],
    [{ ...ASK, input: 'consent' }, 'it: y or n'],
    [consent, '  y  Sure', '  n  Never', 'it: y or n'],
    [
      choice,
      '  1  By the lake (lake)',
      '  2  Bread, fresh (bread)',
      'it: one of these, by its number, value or words',
    ],
    [numbers, '  2  Two', '  1  One', 'it: one of these, by its value or words'],
  ];
  for (const [ask, ...lines] of CASES) {
    it(lines.join(' / '), () => {
      const hints = hintsOf(ask, '2026-03-01').map(({ text }) => text);
      assert.deepEqual(hints, lines);
    });
  }
});

/** `parley simulate` in a process of its own. */
const parley = (args: readonly string[], input = '') =>
  spawnSync(process.execPath, ['server/cli.ts', 'simulate', ...args], { encoding: 'utf8', input });

describe('parley simulate with answers', () => {
  it('prints the conversation with every kind of question, always the same', () => {
    const { status, stdout, stderr } = parley([WEEKEND, '--answers', ANSWERS]);
    assert.equal(stderr, '');
    assert.equal(stdout, readFileSync('test/fixtures/answers/weekend-transcript.txt', 'utf8'));
    assert.equal(status, 0);
  });

  it('takes the answers from the standard input', () => {
    const answers = readFileSync(ANSWERS, 'utf8');
    const transcript = readFileSync('test/fixtures/answers/weekend-transcript.txt', 'utf8');
    for (const args of [[], ['--answers', '-']]) {
      const { status, stdout } = parley([WEEKEND, ...args], answers.replaceAll('\n', '\r\n'));
      assert.equal(stdout, transcript);
      assert.equal(status, 0);
    }
  });

  const SCRIPTS: { name: string; answers: readonly string[]; says: RegExp }[] = [
    {
      name: 'that run out at a question',
      answers: ['Ada'],
      says: /^-:1: the answers end here, and an answer to "email" is missing$/m,
    },
    {
      name: 'that are none',
      answers: [],
      says: /^-:0: the answers end here, and an answer to "name" is missing$/m,
    },
    {
      name: 'one of which is refused',
      answers: ['# first', '', 'Ada'],
      says: /^-:2: "": an answer is needed here \[required\]$/m,
    },
    {
      name: 'one of which should be refused and is not',
      answers: ['! Ada'],
      says: /^-:1: "Ada" was taken, and should have been refused$/m,
    },
    {
      name: 'that go on after the end',
      answers: ['!', '!A', '', 'more'],
      says: /^-:4: "more": the conversation is over/m,
    },
    { name: 'that leave before the end', answers: ['/quit', 'Ada'], says: /^-:2: the answers end here/m },
    {
      name: 'with a request that there is not',
      answers: ['/undo'],
      says: /^-:1: "\/undo": there is no \/undo; \/help tells/m,
    },
    {
      name: 'that go back to what is not answered',
      answers: ['/back', 'Ada'],
      says: /^-:1: "\/back": nothing is answered yet$/m,
    },
    {
      name: 'that go back to no question',
      answers: ['Ada', '/back hello'],
      says: /^-:2: .* "hello" is no answered question; answered are name$/m,
    },
  ];
  for (const { name, answers, says } of SCRIPTS) {
    it(`says where the trouble is with answers ${name}`, () => {
      const { status, stderr } = parley([WEEKEND], answers.map((line) => `${line}\n`).join(''));
      assert.match(stderr, says);
      assert.equal(status, 1);
    });
  }

  it('leads where the retries are used up', () => {
    const { status, stdout } = parley([WEEKEND], '!A\n!B\n');
    assert.match(
      stdout,
      /✗ too short: at least 2 characters \[too_short\]\n {2}· the retries are used up → call\n\n│ Let us talk\.\n\n│ \[Call us\] <tel:\+442079460000>\n│ \[Write to us\] <https:\/\/huts\.example\/write>\n│ \[Chat\] event "chat_wanted" for the page\n\n│ See you soon\./,
    );
    assert.equal(status, 0);
  });

  it('names the file of the answers', () => {
    const { stderr } = parley(['test/fixtures/good/tea-house-ja.json', '--answers', ANSWERS]);
    assert.match(stderr, /^test\/fixtures\/answers\/weekend\.txt:\d+: /m);
  });

  it('takes an answer that looks like a request, a comment or a mark', () => {
    const { stdout } = parley(
      [WEEKEND],
      '\\/help\n/back\n\\#1\n/back\n\\!!\n/back\n\\\\o/\n/back\n\\o/\n/context\n',
    );
    const names = [...stdout.matchAll(/write to, (.*)\?/g)].map(([, name]) => name);
    assert.deepEqual(names, ['/help', '#1', '!!', '\\o/', '\\o/']);
  });

  it('lets no answer move the cursor', () => {
    const { stdout } = parley([WEEKEND], 'A\u001b[2Jda\n');
    assert.ok(!stdout.includes('\u001b'));
  });

  it('refuses a flow with mistakes in the words of lint', () => {
    const file = 'test/fixtures/bad/unknown-node-nowhere.json';
    const { status, stdout, stderr } = parley([file], 'Ada\n');
    assert.match(stderr, /unknown-node-nowhere\.json:\d+:\d+: error: .*\[unknown-node\]/);
    assert.equal(stdout, '');
    assert.equal(status, 1);
  });

  const CALLS: { name: string; args: readonly string[]; says: RegExp }[] = [
    { name: 'no flow', args: [], says: /^Usage: parley simulate/ },
    { name: 'two flows', args: [WEEKEND, WEEKEND], says: /^Usage: parley simulate/ },
    { name: 'a flow that is not there', args: ['none.json'], says: /^There is no file none\.json\./ },
    {
      name: 'answers that are not there',
      args: [WEEKEND, '--answers', 'none.txt'],
      says: /^There is no file none\.txt\./,
    },
    { name: 'no time', args: [WEEKEND, '--time', 'noon'], says: /^--time is "noon"; it should be/ },
    {
      name: 'no time zone',
      args: [WEEKEND, '--time-zone', 'Mars'],
      says: /^--time-zone is "Mars"; it should be/,
    },
    {
      name: 'no number of visits',
      args: [WEEKEND, '--visits', 'many'],
      says: /^--visits is "many"; it should be/,
    },
    { name: 'no device', args: [WEEKEND, '--device', 'watch'], says: /^--device is "watch"; it should be/ },
    {
      name: 'nothing that a site lets strangers do',
      args: [WEEKEND, '--unverified', 'identify,fly'],
      says: /^--unverified is "identify,fly"; it should be some of subscribe, identify, merge\./,
    },
    { name: 'an option that there is not', args: [WEEKEND, '--colour'], says: /--colour/ },
  ];
  for (const { name, args, says } of CALLS) {
    it(`is called wrongly with ${name}`, () => {
      const { status, stderr } = parley(args);
      assert.match(stderr, says);
      assert.equal(status, 2);
    });
  }

  const WHO: { name: string; args: readonly string[]; says: readonly RegExp[] }[] = [
    {
      name: 'a stranger',
      args: [],
      says: [
        /refuse it: users\/identify: nobody vouches/,
        /refuse it: users\/merge: nobody vouches/,
        /refuse it: users\/alias\/new: nobody vouches/,
        /POST \/users\/track[^]*"alias_name": "simulated-visitor"/,
      ],
    },
    {
      name: 'a stranger who may say who they are',
      args: ['--unverified', 'identify,merge'],
      says: [
        /POST \/users\/identify[^]*"external_id": "7"/,
        /POST \/users\/merge[^]*"identifier_to_keep": \{ "external_id": "7" \}/,
        /refuse it: users\/alias\/new: nobody vouches/,
        /POST \/users\/track[^]*"external_id": "7"/,
      ],
    },
    {
      name: 'whoever is signed in',
      args: ['--signed-in', '7'],
      says: [
        /users\/identify[^]*The relay would write nothing to Braze/,
        /refuse it: users\/merge: nobody vouches/,
        /POST \/users\/alias\/new[^]*"external_id": "7"/,
        /POST \/users\/track[^]*"external_id": "7"/,
      ],
    },
    {
      name: 'whoever is signed in as somebody else',
      args: ['--signed-in', '8'],
      says: [/refuse it: users\/identify: they are somebody else already/],
    },
  ];
  for (const { name, args, says } of WHO) {
    it(`shows what actions would make of ${name}`, () => {
      const answers = `7\nada@example.com\n${'success\n'.repeat(4)}`;
      const { status, stdout } = parley(['test/fixtures/good/member-letter.json', ...args], answers);
      assert.equal(status, 0);
      const parts = stdout.split('How does it end?');
      for (const [index, pattern] of says.entries()) assert.match(parts[index] ?? '', pattern);
    });
  }

  it('is in the place and at the time that it is told', () => {
    const options = [
      '--page',
      '/huts',
      '--device',
      'mobile',
      '--language',
      'pt-BR',
      '--time-zone',
      'Pacific/Auckland',
    ];
    const answers = 'Ada\nada@example.com\n\n!2008-05-03\n2008-05-02\n/context\n';
    const { stdout } = parley([WEEKEND, ...options, '--time', '2026-05-01T20:00:00+02:00'], answers);
    assert.match(stdout, /"page": \{ "path": "\/huts" \}/);
    assert.match(
      stdout,
      /"operating_system": "Android",\s+"type": "mobile",\s+"language": "pt-BR",\s+"time_zone": "Pacific\/Auckland"/,
    );
    assert.match(stdout, /✗ too late: 2008-05-02 at the latest/);
  });

  it('knows the page’s tags, the entry link and the visits that it is told', () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-'));
    const file = join(folder, 'fit.json');
    const flow = {
      id: 'fit',
      start: 'fit',
      nodes: {
        fit: {
          type: 'branch',
          cases: [
            {
              when: {
                and: [
                  { in: ['boots', { var: 'page.tags' }] },
                  { '==': [{ var: 'entry.cohort' }, 'spring'] },
                  { var: 'visitor.returning' },
                ],
              },
              next: 'save',
            },
          ],
          else: 'bye',
        },
        save: {
          type: 'action',
          call: 'users/track',
          attributes: { page_tags: { add: '{{page.tags}}' } },
          events: [{ name: 'met', properties: { cohort: '{{entry.cohort}}', visits: '{{visitor.visits}}' } }],
          on: { success: 'bye', error: 'bye' },
        },
        bye: { type: 'end', text: 'Bye.' },
      },
    };
    writeFileSync(file, JSON.stringify(flow));
    try {
      const options = ['--tags', 'Boots, sale', '--cohort', 'spring', '--visits', '3'];
      const { stdout, stderr } = parley([file, ...options], 'success\n');
      assert.match(stdout, /"add": \[\s*"boots",\s*"sale"\s*\]/, stderr);
      assert.match(stdout, /"cohort": "spring",\s+"visits": 3/);
      assert.doesNotMatch(parley([file], '').stdout, /users\/track/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says what the relay would leave out, and why, and what it would make of the rest', () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-'));
    const file = join(folder, 'device.json');
    const save = {
      type: 'action',
      call: 'users/track',
      attributes: { language: '{{device.language}}', time_zone: '{{device.time_zone}}' },
      events: [{ name: 'met' }],
      on: { success: 'bye', error: 'bye' },
    };
    const flow = { id: 'device', start: 'save', nodes: { save, bye: { type: 'end', text: 'Bye.' } } };
    writeFileSync(file, JSON.stringify(flow));
    try {
      const told = parley([file, '--language', 'pt-BR'], 'success\n');
      assert.match(told.stdout, /"language": "pt",\s+"time_zone": "UTC"/);
      assert.doesNotMatch(told.stdout, /left out/);
      const { status, stdout } = parley([file, '--language', 'tlh'], 'success\n');
      assert.match(stdout, /"attributes": \[[^\]]*"time_zone": "UTC"/);
      assert.doesNotMatch(stdout, /"attributes": \[[^\]]*"language"/);
      assert.match(
        stdout,
        /✗ "language" is left out: should be a code of Braze's list, such as pt\s+\(user_guide\/data\/unification\/user_data\/language_codes\)\n {2}How does it end\?/,
      );
      assert.equal(status, 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('speaks the locale that it is told, else that of the flow', () => {
    const file = 'test/fixtures/good/four-languages.json';
    assert.match(parley([file, '--locale', 'ja']).stdout, /locale ja\n[\s\S]*│ .*\p{Script=Hiragana}/u);
    assert.doesNotMatch(parley([file]).stdout, /\p{Script=Hiragana}/u);
  });

  it('falls on the same side of a split by the same seed', () => {
    const answers = readFileSync(ANSWERS, 'utf8').split('\n').slice(0, 21).join('\n');
    const sideOf = (seed: string) =>
      /· side → (\w+)/.exec(parley([WEEKEND, '--seed', seed], answers).stdout)?.[1];
    const sides = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(sideOf);
    assert.deepEqual(new Set(sides), new Set(['save', 'joke']));
    assert.equal(sideOf('a'), sides[0]);
  });
});

/** Someone at a terminal. */
function sitDown(args: readonly string[]) {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = new PassThrough({ encoding: 'utf8' });
  const errors = new PassThrough({ encoding: 'utf8' });
  let seen = '';
  output.on('data', (chunk: string) => (seen += chunk));
  const left = simulateOn([...args], { input, output, errors, now: () => '2026-11-21T10:00:00.000Z' });
  return {
    left,
    /** Resolves with everything that was printed until the next prompt. */
    type: async (line?: string) => {
      if (line !== undefined) input.write(`${line}\n`);
      while (!/(?:^|\n)> $/.test(seen)) await once(output, 'data');
      const printed = seen;
      seen = '';
      return printed;
    },
    write: (line: string) => input.write(line),
    hangUp: () => input.end(),
  };
}

describe('parley simulate at a terminal', () => {
  let folder: string;
  let file: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-'));
    file = join(folder, 'weekend.json');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('asks line by line, at the time of the clock', async () => {
    const { type, hangUp, left } = sitDown([WEEKEND]);
    assert.match(
      await type(),
      /^\n── flow weekend, revision \w+, locale en\n {2}Nothing is sent\. \/help[\s\S]*first_name: text/,
    );
    assert.match(await type('A'), /^ {2}✗ too short[\s\S]*│ Two letters would do\./);
    assert.match(await type('Ada'), /^\n│ Where can we write to, Ada\?\n {2}email: email address\n> $/);
    await type('ada@example.com');
    assert.match(await type(''), /to 2008-11-21 \(-18y\)/);
    hangUp();
    assert.equal(await left, 0);
  });

  it('tells on request what it knows, and goes on', async () => {
    const { type, hangUp, left } = sitDown([WEEKEND]);
    await type();
    await type('Ada');
    assert.match(await type('/help'), /\/back \[NODE\][\s\S]*email: email address\n> $/);
    assert.match(await type('/snapshot'), /"node": "email"/);
    assert.match(await type('/context'), /"answers": \{ "first_name": "Ada" \}/);
    assert.match(await type('/transcript'), /│ Who is asking\?\n> Ada\n\n│ Where can we write to, Ada\?/);
    assert.match(await type('/back'), /│ Who is asking\?\n.*\n {2}before: Ada\n> $/);
    assert.match(await type('Grace'), /│ Where can we write to, Grace\?/);
    hangUp();
    assert.equal(await left, 0);
  });

  it('goes on under what is in the file now, with the answers given', async () => {
    copyFileSync(WEEKEND, file);
    const { type, hangUp, left } = sitDown([file]);
    await type();
    await type('Ada');
    assert.match(await type('/reload'), /The file is as it was\./);
    const changed = readFileSync(WEEKEND, 'utf8').replace('Where can we write to', 'What is your email');
    writeFileSync(file, changed);
    assert.match(await type('/reload'), /the way is walked again[\s\S]*> Ada\n\n│ What is your email, Ada\?/);
    writeFileSync(file, changed.replace('"next": "phone"', '"next": "fone"'));
    assert.match(await type('/reload'), /✗ Flow .* has mistakes:\n.*\[unknown-node\]/s);
    rmSync(file);
    assert.match(await type('/reload'), /✗ There is no file/);
    assert.match(await type('ada@example.com'), /│ And your number\?/);
    hangUp();
    assert.equal(await left, 0);
  });

  it('stays after the end, until it is left', async () => {
    for (const leave of ['', '/quit']) {
      const { type, write, left } = sitDown([WEEKEND]);
      await type();
      await type('A');
      assert.match(await type('B'), /│ See you soon\.\n {2}· bye: the end\./);
      assert.match(await type('Hello?'), /✗ the conversation is over/);
      write(`${leave}\n`);
      assert.equal(await left, 0);
    }
  });
});
