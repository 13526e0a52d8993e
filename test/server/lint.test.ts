/** `parley lint`: every mistake at its place, none where there is none, and the relay in the same words. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { LINT_CODES, type Finding, type LintCode } from '../../server/flows/lint/finding.ts';
import { lintFlow } from '../../server/flows/lint/lint.ts';
import { problemOfPattern } from '../../server/flows/lint/pattern.ts';
import { lintFlows, type LintedFlow } from '../../server/flows/lint/source.ts';
import { FlowError, loadFlows } from '../../server/flows/load.ts';
import { COMPILE_CACHE } from '../compile-cache.ts';

const FIXTURES = 'test/fixtures';

/** Each has one mistake, at that line and column. */
const BAD: readonly (readonly [file: string, code: LintCode, at: string])[] = [
  ['answer-not-asked-yet.json', 'answer-not-asked-yet', '7:15'],
  ['attribute-type-context.json', 'attribute-type', '30:18'],
  ['attribute-type-country.json', 'attribute-type', '30:20'],
  ['attribute-type-default.json', 'attribute-type', '29:18'],
  ['attribute-type-literal.json', 'attribute-type', '30:19'],
  ['attribute-type-mixed.json', 'attribute-type', '29:18'],
  ['attribute-type.json', 'attribute-type', '30:16'],
  ['bad-attribute-name-template.json', 'bad-attribute-name', '30:9'],
  ['bad-attribute-name.json', 'bad-attribute-name', '30:9'],
  ['bad-condition-two.json', 'bad-condition', '35:11'],
  ['bad-condition.json', 'bad-condition', '36:13'],
  ['bad-event-name.json', 'bad-event-name', '33:19'],
  ['bad-locale-own.json', 'bad-locale', '53:13'],
  ['bad-locale.json', 'bad-locale', '21:9'],
  ['bad-pattern-slashes.json', 'bad-pattern', '16:18'],
  ['bad-pattern.json', 'bad-pattern', '16:18'],
  ['bad-phone.json', 'bad-phone', '26:20'],
  ['bad-property-name-template.json', 'bad-property-name', '36:13'],
  ['bad-property-name.json', 'bad-property-name', '36:13'],
  ['computed-path.json', 'computed-path', '38:17'],
  ['constant-condition-number.json', 'constant-condition', '56:11'],
  ['constant-condition-text.json', 'constant-condition', '56:19'],
  ['constant-condition.json', 'constant-condition', '57:20'],
  ['duplicate-flow.json', 'duplicate-flow', '2:9'],
  ['duplicate-key-node.json', 'duplicate-key', '39:5'],
  ['duplicate-key.json', 'duplicate-key', '23:7'],
  ['duplicate-option.json', 'duplicate-option', '29:20'],
  ['empty-action-subscribe.json', 'empty-action', '52:7'],
  ['empty-action.json', 'empty-action', '24:5'],
  ['impossible-bounds-choices.json', 'impossible-bounds', '33:14'],
  ['impossible-bounds-length.json', 'impossible-bounds', '16:21'],
  ['impossible-bounds-number.json', 'impossible-bounds', '80:14'],
  ['impossible-bounds-options.json', 'impossible-bounds', '34:14'],
  ['impossible-bounds-pattern.json', 'impossible-bounds', '16:18'],
  ['impossible-bounds-rating.json', 'impossible-bounds', '13:14'],
  ['impossible-comparison-consent.json', 'impossible-comparison', '70:15'],
  ['impossible-comparison-device.json', 'impossible-comparison', '61:15'],
  ['impossible-comparison-in.json', 'impossible-comparison', '40:25'],
  ['impossible-comparison-list.json', 'impossible-comparison', '70:15'],
  ['impossible-comparison.json', 'impossible-comparison', '40:15'],
  ['impossible-date-comparison.json', 'impossible-date', '40:15'],
  ['impossible-date-order.json', 'impossible-date', '10:14'],
  ['impossible-date.json', 'impossible-date', '10:14'],
  ['json-syntax-comma.json', 'json-syntax', '20:22'],
  ['json-syntax-comment.json', 'json-syntax', '3:21'],
  ['json-syntax-cut-off.json', 'json-syntax', '59:15'],
  ['json-syntax-quotes.json', 'json-syntax', '18:15'],
  ['json-syntax-trailing-comma.json', 'json-syntax', '41:25'],
  ['json-syntax.json', 'json-syntax', '54:1'],
  ['key-in-flow-bearer.json', 'key-in-flow', '7:15'],
  ['key-in-flow.json', 'key-in-flow', '14:26'],
  ['loop-without-ask-itself.json', 'loop-without-ask', '5:5'],
  ['loop-without-ask.json', 'loop-without-ask', '24:5'],
  ['malformed-template-default.json', 'malformed-template', '46:15'],
  ['malformed-template-unclosed.json', 'malformed-template', '46:15'],
  ['malformed-template.json', 'malformed-template', '46:15'],
  ['missing-key-alt.json', 'missing-key', '11:9'],
  ['missing-key-else.json', 'missing-key', '31:14'],
  ['missing-key-offer.json', 'missing-key', '28:9'],
  ['missing-key-option-value.json', 'missing-key', '24:9'],
  ['missing-key-retry-next.json', 'missing-key', '23:16'],
  ['missing-key-start.json', 'missing-key', '1:1'],
  ['missing-key-text.json', 'missing-key', '5:14'],
  ['missing-key.json', 'missing-key', '10:19'],
  ['missing-locale-none.json', 'missing-locale', '50:7'],
  ['missing-locale-own.json', 'missing-locale', '39:7'],
  ['missing-locale.json', 'missing-locale', '19:7'],
  ['missing-route-on.json', 'missing-route', '24:13'],
  ['missing-route.json', 'missing-route', '39:13'],
  ['mixed-inputs.json', 'mixed-inputs', '59:16'],
  ['near-standard-attribute-city.json', 'near-standard-attribute', '30:9'],
  ['near-standard-attribute-date-of-birth.json', 'near-standard-attribute', '30:9'],
  ['near-standard-attribute.json', 'near-standard-attribute', '28:9'],
  ['no-consent-attribute.json', 'no-consent', '51:28'],
  ['no-consent-opt-in.json', 'no-consent', '52:7'],
  ['no-consent-other-input.json', 'no-consent', '53:20'],
  ['no-consent-status-set.json', 'no-consent', '61:5'],
  ['no-consent-storage.json', 'no-consent', '54:20'],
  ['no-consent-twice.json', 'no-consent', '53:20'],
  ['no-way-to-end.json', 'no-way-to-end', '5:5'],
  ['reserved-attribute.json', 'reserved-attribute', '30:9'],
  ['reserved-property-event-name.json', 'reserved-property', '36:13'],
  ['reserved-property.json', 'reserved-property', '36:13'],
  ['slow-pattern-looks-around.json', 'slow-pattern', '16:18'],
  ['slow-pattern.json', 'slow-pattern', '16:18'],
  ['templated-event-name-handoff.json', 'templated-event-name', '57:20'],
  ['templated-event-name.json', 'templated-event-name', '33:19'],
  ['unknown-answer-condition.json', 'unknown-answer', '38:24'],
  ['unknown-answer-mapping.json', 'unknown-answer', '30:22'],
  ['unknown-answer.json', 'unknown-answer', '46:15'],
  ['unknown-autocomplete.json', 'unknown-autocomplete', '16:23'],
  ['missing-route-named.json', 'missing-route', '14:9'],
  ['not-revealed.json', 'not-revealed', '19:15'],
  ['reserved-outcome.json', 'reserved-outcome', '15:9'],
  ['unknown-kept.json', 'unknown-kept', '16:18'],
  ['same-for-everybody.json', 'same-for-everybody', '28:22'],
  ['same-for-everybody-default.json', 'same-for-everybody', '28:22'],
  ['same-for-everybody-email.json', 'same-for-everybody', '28:16'],
  ['same-for-everybody-page.json', 'same-for-everybody', '28:22'],
  ['attribute-type-merge.json', 'attribute-type', '28:16'],
  ['wrong-value-alias-label.json', 'wrong-value', '28:22'],
  ['missing-key-external-id.json', 'missing-key', '25:16'],
  ['unknown-outcome.json', 'unknown-outcome', '13:17'],
  ['unknown-path-outcome.json', 'unknown-path', '18:22'],
  ['unknown-path-profile-field.json', 'unknown-path', '21:24'],
  ['unknown-call.json', 'unknown-call', '26:15'],
  ['unknown-country.json', 'unknown-country', '81:18'],
  ['unknown-input-misspelt.json', 'unknown-input', '8:16'],
  ['unknown-input.json', 'unknown-input', '13:16'],
  ['unknown-key-event-time.json', 'unknown-key', '37:11'],
  ['unknown-key-misspelt.json', 'unknown-key', '15:7'],
  ['unknown-key-of-another-input.json', 'unknown-key', '23:7'],
  ['unknown-key-of-another-type.json', 'unknown-key', '9:7'],
  ['unknown-key.json', 'unknown-key', '53:3'],
  ['unknown-node-case.json', 'unknown-node', '43:19'],
  ['unknown-node-nowhere.json', 'unknown-node', '8:15'],
  ['unknown-node-start.json', 'unknown-node', '3:12'],
  ['unknown-node.json', 'unknown-node', '41:18'],
  ['unknown-operator-misspelt.json', 'unknown-operator', '36:13'],
  ['unknown-operator.json', 'unknown-operator', '36:13'],
  ['unknown-path-misspelt.json', 'unknown-path', '35:21'],
  ['unknown-path-profile.json', 'unknown-path', '7:15'],
  ['unknown-path.json', 'unknown-path', '46:15'],
  ['unknown-type-misspelt.json', 'unknown-type', '6:15'],
  ['unknown-type.json', 'unknown-type', '6:15'],
  ['unreachable-node-chain.json', 'unreachable-node', '36:5'],
  ['unreachable-node.json', 'unreachable-node', '52:5'],
  ['unsafe-link-bare.json', 'unsafe-link', '9:19'],
  ['unsafe-link-image.json', 'unsafe-link', '12:20'],
  ['unsafe-link.json', 'unsafe-link', '30:19'],
  ['wrong-value-date-bound.json', 'wrong-value', '11:14'],
  ['wrong-value-empty-text.json', 'wrong-value', '10:15'],
  ['wrong-value-field-constructor.json', 'wrong-value', '12:16'],
  ['wrong-value-field.json', 'wrong-value', '12:16'],
  ['wrong-value-id.json', 'wrong-value', '2:9'],
  ['wrong-value-long-text.json', 'wrong-value', '7:15'],
  ['wrong-value-null.json', 'wrong-value', '30:22'],
  ['wrong-value-text.json', 'wrong-value', '7:7'],
  ['wrong-value-weight.json', 'wrong-value', '35:21'],
];

/** Each has nothing wrong with it but one thing that is likely not meant. */
const WARNED: readonly (readonly [file: string, code: LintCode, at: string])[] = [
  ['like-standard-attribute-misspelt.json', 'like-standard-attribute', '28:9'],
  ['like-standard-attribute.json', 'like-standard-attribute', '30:9'],
  ['missing-autocomplete.json', 'missing-autocomplete', '75:15'],
  ['near-template-mapping.json', 'near-template', '28:23'],
  ['near-template.json', 'near-template', '46:15'],
  ['unused-answer.json', 'unused-answer', '12:16'],
];

/** What `duplicate-flow.json` is called like. */
const OWNER = 'attribute-type.json';

function lintFixtures(folder: string, files: readonly string[]): readonly LintedFlow[] {
  return lintFlows(
    files.map((file) => ({
      source: join(FIXTURES, folder, file),
      text: readFileSync(join(FIXTURES, folder, file), 'utf8'),
    })),
  );
}

function lintText(text: string): LintedFlow {
  const [linted] = lintFlows([{ source: 'flow.json', text }]);
  assert.ok(linted);
  return linted;
}

const codesOf = (findings: readonly Finding[]) => findings.map(({ code }) => code);
const pathsOf = (findings: readonly Finding[]) => findings.map(({ path }) => path.join('.'));

describe('lint finds in a flow with one mistake just that one, where it is', () => {
  for (const [folder, rows, severity] of [
    ['bad', BAD, 'error'],
    ['warned', WARNED, 'warning'],
  ] as const) {
    for (const [file, code, at] of rows) {
      it(`${folder}/${file}`, () => {
        const files = code === 'duplicate-flow' ? [OWNER, file] : [file];
        const findings = lintFixtures(folder, files).at(-1)?.findings ?? [];
        assert.deepEqual(
          findings.map((found) => [found.severity, found.code, `${found.line}:${found.column}`]),
          [[severity, code, at]],
        );
        const [{ message } = { message: '' }] = findings;
        assert.match(message, /^\S.*[^.\s]$/, 'one sentence without a full stop');
      });
    }
    it(`${folder}: no file is left out, and each is named after its code`, () => {
      assert.deepEqual(readdirSync(join(FIXTURES, folder)).sort(), rows.map(([file]) => file).sort());
      for (const [file, code] of rows) assert.ok(file.startsWith(code), file);
    });
  }

  it('every code has a fixture', () => {
    const shown = new Set([...BAD, ...WARNED].map(([, code]) => code));
    assert.deepEqual(
      LINT_CODES.filter((code) => !shown.has(code)),
      [],
    );
  });
});

describe('lint finds nothing in a good flow', () => {
  const files = readdirSync(join(FIXTURES, 'good'));
  for (const [index, { source, findings }] of lintFixtures('good', files).entries()) {
    it(files[index] ?? source, () => assert.deepEqual(findings, []));
  }
  it('and the good ones have every type of node and every input', () => {
    const text = files.map((file) => readFileSync(join(FIXTURES, 'good', file), 'utf8')).join('');
    for (const type of ['message', 'ask', 'branch', 'split', 'action', 'handoff', 'end'])
      assert.ok(text.includes(`"type": "${type}"`), type);
    for (const input of [
      ...['text', 'multiline', 'email', 'phone', 'date', 'number', 'choice', 'choices', 'rating', 'consent'],
    ])
      assert.ok(text.includes(`"input": "${input}"`), input);
  });
});

const end = { type: 'end' };
const say = (text: unknown, next = 'end') => ({ type: 'message', text, next });
const flow = (nodes: object, start = 'start') => ({ id: 'flow', start, nodes });

/** A flow that asks for one thing and writes it. */
const asking = (ask: object, more: object = {}) =>
  flow({
    start: { type: 'ask', field: 'it', text: 'What is it?', next: 'save', ...ask },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { custom_thing: '{{answers.it}}' },
      on: { success: 'end', error: 'end' },
    },
    end,
    ...more,
  });

describe('lint names all mistakes in one run', () => {
  it('of shape and of sense, each once, in the order of the file', () => {
    const findings = lintFlow({
      lokale: 'en',
      id: 'my flow',
      start: 'helo',
      nodes: {
        hello: { type: 'mesage', text: 'Hi {{answers.nme}} {{answers.name', nxt: 'nam' },
        name: {
          type: 'ask',
          field: 'name',
          input: 'textt',
          text: { en: 'Name?', jp: '名前' },
          next: 'save',
          a: 1,
          b: 2,
        },
        lost: { type: 'end' },
        save: {
          type: 'action',
          call: 'users/track',
          attributes: { First_Name: null, dob: '{{answers.name}}' },
          on: { succes: 'lots' },
        },
        clip: { type: 'video', next: 'save' },
      },
    });
    assert.deepEqual(
      findings.map(({ path, code }) => `${path.join('.')} ${code}`),
      [
        'lokale unknown-key',
        'id wrong-value',
        'start unknown-node',
        'nodes.hello.type unknown-type',
        'nodes.hello.text malformed-template',
        'nodes.hello.text unknown-answer',
        'nodes.hello.nxt unknown-key',
        'nodes.hello.nxt unknown-node',
        'nodes.name.input unknown-input',
        'nodes.name.text.jp bad-locale',
        'nodes.name.a unknown-key',
        'nodes.name.b unknown-key',
        'nodes.save.attributes.First_Name wrong-value',
        'nodes.save.attributes.dob attribute-type',
        'nodes.save.on.error missing-route',
        'nodes.save.on.succes unknown-key',
        'nodes.save.on.succes unknown-node',
        'nodes.clip.type unknown-type',
      ],
    );
  });

  it('in the same order with the text at hand', () => {
    const json = flow({ start: say('{{answers.x}}', 'edn'), end, extra: { type: 'end', txt: 'Bye' } });
    const wanted = ['unknown-answer', 'unknown-node', 'unreachable-node', 'unknown-key'];
    assert.deepEqual(codesOf(lintFlow(json)), wanted);
    assert.deepEqual(codesOf(lintText(JSON.stringify(json)).findings), wanted);
  });

  it('a node of which the type is not known hides no other mistake, and is none of theirs', () => {
    const nodes = {
      start: { type: 'video', next: 'second' },
      second: say('{{page.pth}}', 'third'),
      third: say('Bye', 'ende'),
      end,
    };
    assert.deepEqual(pathsOf(lintFlow(flow(nodes))), [
      'nodes.start.type',
      'nodes.second.text',
      'nodes.third.next',
    ]);
  });

  it('and not what only follows from another: what lies behind a node that there is not may be reached', () => {
    const nodes = { start: say('Hi', 'nowhere_at_all'), second: say('Hello'), end };
    assert.deepEqual(codesOf(lintFlow(flow(nodes))), ['unknown-node']);
  });
});

describe('lint walks a flow', () => {
  const ask = (field: string, next: string, more: object = {}) => ({
    type: 'ask',
    field,
    input: 'email',
    text: 'Your email address?',
    next,
    ...more,
  });
  const save = (value: string, next: string) => ({
    type: 'action',
    call: 'users/track',
    attributes: { contact: value },
    on: { success: next, error: next },
  });
  const fork = (one: string, other: string) => ({
    type: 'branch',
    cases: [{ when: { '==': [{ var: 'device.type' }, 'mobile'] }, next: one }],
    else: other,
  });
  for (const [name, nodes, wanted] of [
    [
      'a chain that nothing leads to is one mistake',
      { start: end, a: say('A', 'b'), b: say('B', 'c'), c: end },
      ['nodes.a'],
    ],
    [
      'a loop that nothing leads to is one mistake',
      { start: end, a: ask('a', 'b'), b: save('{{answers.a}}', 'a') },
      ['nodes.a'],
    ],
    ['two ends that nothing leads to are two', { start: end, a: end, b: end }, ['nodes.a', 'nodes.b']],
    [
      'a loop with a way out is one mistake, at its first node',
      { start: say('Hi', 'a'), a: fork('b', 'end'), b: say('B', 'a'), end },
      ['nodes.a'],
    ],
    [
      'two loops are two',
      { start: fork('a', 'b'), a: fork('a', 'end'), b: fork('b', 'end'), end },
      ['nodes.a', 'nodes.b'],
    ],
    [
      'a loop without a way out is not one without an end too',
      { start: say('Hi', 'a'), a: say('A', 'start') },
      ['nodes.start'],
    ],
    [
      'a question in a loop makes it good',
      { start: ask('a', 'b'), b: fork('start', 'c'), c: save('{{answers.a}}', 'end'), end },
      [],
    ],
    [
      'no end from where an answer leads',
      { start: fork('a', 'end'), a: ask('a', 'b'), b: save('{{answers.a}}', 'a'), end },
      ['nodes.a'],
    ],
    [
      'an answer that some way has asked for may be read',
      { start: fork('a', 'b'), a: ask('a', 'b'), b: save('{{answers.a}}', 'end'), end },
      [],
    ],
    [
      'an answer that only a later question asks for may not',
      { start: save('{{answers.a}}', 'a'), a: ask('a', 'b'), b: save('{{answers.a}}', 'end'), end },
      ['nodes.start.attributes.contact'],
    ],
    [
      'nor where the tries are used up',
      {
        start: ask('a', 'save', { retry: { limit: 1, next: 'sorry' } }),
        save: save('{{answers.a}}', 'end'),
        sorry: { type: 'end', text: 'Was it {{answers.a}}?' },
        end,
      },
      ['nodes.sorry.text'],
    ],
    [
      'a question does not know its own answer',
      { start: ask('a', 'b', { text: '{{answers.a}}?' }), b: save('{{answers.a}}', 'end'), end },
      ['nodes.start.text'],
    ],
  ] as const) {
    it(name, () => assert.deepEqual(pathsOf(lintFlow(flow(nodes))), wanted));
  }

  it('of a thousand nodes', () => {
    const nodes: Record<string, unknown> = { end };
    for (let index = 0; index < 1000; index += 1)
      nodes[`n${index}`] = say('{{page.path}}', index < 999 ? `n${index + 1}` : 'end');
    assert.deepEqual(lintFlow(flow(nodes, 'n0')), []);
  });
});

describe('lint knows what Braze calls its attributes', () => {
  for (const [names, code] of [
    [
      [
        'first_name',
        'home_city',
        'coffee_rating',
        'county',
        'phone2',
        'emails',
        'gym_goal',
        '_merge_objects',
      ],
      undefined,
    ],
    [
      [
        'First_Name',
        'firstName',
        'first-name',
        'EMAIL',
        'e_mail',
        'dateOfBirth',
        'date_of_birth',
        'surname',
        'emailAddress',
        'phone_number',
        'timezone',
        'HomeCity',
        'city',
      ],
      'near-standard-attribute',
    ],
    [['town', 'birthday', 'frist_name', 'gendre', 'mobile', 'contry'], 'like-standard-attribute'],
    [['external_id', 'user_alias', 'braze_id', 'email_subscription_info'], 'reserved-attribute'],
    [['', '$set', 'a'.repeat(256)], 'bad-attribute-name'],
  ] as const) {
    for (const name of names) {
      it(`"${name.slice(0, 30)}": ${code ?? 'good'}`, () => {
        const isEmail = /mail/i.test(name);
        const json = asking({
          input: isEmail ? 'email' : 'choice',
          ...(isEmail ? {} : { options: [{ value: 'M', text: 'M' }] }),
        });
        Object.assign((json.nodes as Record<string, object>)['save'] ?? {}, {
          attributes: { [name]: '{{answers.it}}' },
        });
        assert.deepEqual(codesOf(lintFlow(json)), code === undefined ? [] : [code]);
      });
    }
  }
});

describe('lint judges comparisons by what can be answered', () => {
  const choice = {
    input: 'choice',
    options: [
      { value: 'yes', text: 'Yes' },
      { value: 'no', text: 'No' },
    ],
  };
  const choices = { ...choice, input: 'choices' };
  const sizes = {
    input: 'choice',
    options: [
      { value: '1', text: 'One' },
      { value: '2', text: 'Two' },
    ],
  };
  const it_ = { var: 'answers.it' };
  for (const [ask, when, code] of [
    [choice, { '==': [it_, 'yes'] }, undefined],
    [choice, { '!=': ['no', it_] }, undefined],
    [choice, { '==': [it_, ''] }, undefined],
    [choice, { '==': [{ var: ['answers.it', 'none'] }, 'none'] }, undefined],
    [choice, { '==': [it_, 'Yes'] }, 'impossible-comparison'],
    [choice, { in: [it_, ['yes', 'no']] }, undefined],
    [choice, { in: [it_, 'yes or no'] }, undefined],
    [choices, { in: ['yes', it_] }, undefined],
    [choices, { in: ['maybe', it_] }, 'impossible-comparison'],
    [choices, { some: [it_, { '==': [{ var: '' }, 'maybe'] }] }, undefined],
    [sizes, { '==': [it_, 1] }, undefined],
    [sizes, { '!=': [2, it_] }, undefined],
    [sizes, { '==': [it_, 3] }, 'impossible-comparison'],
    [sizes, { '===': [it_, 1] }, 'impossible-comparison'],
    [sizes, { in: [it_, [1, 2]] }, ['impossible-comparison', 'impossible-comparison']],
    [{ input: 'number' }, { '==': [it_, true] }, undefined],
    [{ input: 'consent' }, { '==': [it_, 1] }, undefined],
    [{ input: 'consent' }, { '===': [it_, 1] }, 'impossible-comparison'],
    [{ input: 'consent' }, { '==': [{ var: 'device.type' }, 'mobile'] }, undefined],
    [{ input: 'consent' }, { '==': [{ var: 'device.type' }, 'phone'] }, 'impossible-comparison'],
    [{ input: 'consent' }, { in: [{ var: 'device.type' }, ['mobile', 'tablet']] }, 'impossible-comparison'],
    [{ input: 'consent' }, { in: ['mob', { var: 'device.type' }] }, undefined],
    [{ input: 'consent' }, { '!=': ['ios', { var: 'device.operating_system' }] }, 'impossible-comparison'],
    [{ input: 'consent' }, { '==': [{ var: 'device.operating_system' }, 'Tizen'] }, undefined],
    [{ input: 'consent' }, { in: ['pricing', { var: 'page.tags' }] }, undefined],
    [{ input: 'consent' }, { some: [{ var: 'page.tags' }, { '==': [{ var: '' }, 'pricing'] }] }, undefined],
    [{ input: 'consent' }, { in: ['Pricing', { var: 'page.tags' }] }, 'impossible-comparison'],
    [{ input: 'consent' }, { '==': [{ var: 'page.tags' }, 'pricing'] }, 'impossible-comparison'],
    [{ input: 'consent' }, { in: [{ var: 'page.tags' }, ['pricing']] }, 'impossible-comparison'],
    [{ input: 'consent' }, { '==': [{ var: 'entry.cohort' }, 'spring'] }, undefined],
    [{ input: 'consent' }, { '>': [{ var: 'visitor.visits' }, 2] }, undefined],
    [{ input: 'consent' }, { '==': [{ var: 'page.utm.id' }, '7'] }, undefined],
    [{ input: 'consent' }, { '==': [{ var: 'page.query.size' }, 'xl'] }, undefined],
    [{ input: 'consent' }, { '==': [{ var: 'entry.external_id' }, '7'] }, 'unknown-path'],
    [{ input: 'consent' }, { '==': [{ var: 'page.utm' }, '7'] }, 'unknown-path'],
    [{ input: 'number' }, { '>': [it_, 18] }, undefined],
    [{ input: 'number' }, { '==': [it_, '18'] }, undefined],
    [{ input: 'number' }, { '===': [it_, '18'] }, 'impossible-comparison'],
    [{ input: 'number' }, { '<': [1, it_, 18] }, undefined],
    [{ input: 'consent' }, { '==': [it_, true] }, undefined],
    [{ input: 'consent' }, { '==': [it_, 'true'] }, 'impossible-comparison'],
    [{ input: 'date' }, { '<': [it_, '2020-02-29'] }, undefined],
    [{ input: 'date' }, { '<': [it_, '2021-02-29'] }, 'impossible-date'],
    [{ input: 'date' }, { '==': [it_, 'today'] }, 'impossible-date'],
    [{ input: 'email' }, { in: ['@example.com', it_] }, undefined],
    [{ input: 'email' }, { '==': [{ var: 'profile.email' }, it_] }, undefined],
    [{ input: 'email' }, { var: '' }, 'unknown-path'],
    [{ input: 'email' }, { missing: ['answers.it', 'answers.that'] }, 'unknown-answer'],
    [{ input: 'email' }, { missing: [{ var: 'page.path' }] }, 'computed-path'],
    [{ input: 'email' }, { var: { cat: ['answers.', 'it'] } }, 'computed-path'],
    [{ input: 'email' }, 'answers.it == "a@b.example"', 'constant-condition'],
    [{ input: 'email' }, 'yes', 'constant-condition'],
    [{ input: 'email' }, 1, 'constant-condition'],
    [{ input: 'email' }, { '==': ['it', 'a@b.example'] }, 'constant-condition'],
    [{ input: 'email' }, { '==': ['{{answers.it}}', 'a@b.example'] }, 'constant-condition'],
    [{ input: 'email' }, { '==': [it_, '{{page.path}}'] }, 'constant-condition'],
    [{ input: 'email' }, { '==': [it_, 'page.path'] }, 'constant-condition'],
    [{ input: 'email' }, { and: [it_, 'answers.it'] }, 'constant-condition'],
    [{ input: 'email' }, { and: [it_, { '>': [1, 2] }] }, 'constant-condition'],
    [{ input: 'email' }, { some: [[1, 2], { '>': [{ var: '' }, 1] }] }, 'constant-condition'],
    [{ input: 'email' }, { '==': [it_, 'answers'] }, undefined],
    [{ input: 'email' }, { in: [it_, ['it', 'page']] }, undefined],
    [{ input: 'email' }, { '!': { missing: ['answers.it'] } }, undefined],
    [{ input: 'email' }, { missing_some: [1, ['answers.it', 'page.path']] }, undefined],
    [{ input: 'email' }, { '==': [{ cat: [it_, '!'] }, 'a!'] }, undefined],
    [{ input: 'email' }, { or: [false, { if: [it_, true, false] }] }, undefined],
    // Said in so many words: a case that is switched on or off.
    [{ input: 'email' }, true, undefined],
    [{ input: 'email' }, { '!': [true] }, undefined],
  ] as const) {
    it(`${ask.input}, ${JSON.stringify(when)}: ${code?.toString() ?? 'good'}`, () => {
      const json = asking(
        { ...ask, next: 'fork' },
        { fork: { type: 'branch', cases: [{ when, next: 'save' }], else: 'save' } },
      );
      assert.deepEqual(codesOf(lintFlow(json)), [code ?? []].flat());
    });
  }

  it('names the path that a text was meant to read', () => {
    for (const when of [
      'answers.it == 1',
      'it',
      { '==': ['{{ answers.it }}', 'a'] },
      { '!==': ['answers.it', 'a'] },
    ]) {
      const fork = { type: 'branch', cases: [{ when, next: 'save' }], else: 'save' };
      const [found] = lintFlow(asking({ input: 'email', next: 'fork' }, { fork }));
      assert.match(found?.message ?? '', /did you mean \{"var": "answers\.it"\}\?$/, JSON.stringify(when));
    }
  });
});

describe('lint judges what is written by what the attribute takes', () => {
  const birthday = { input: 'date' };
  for (const [ask, name, value, code] of [
    [birthday, 'dob', '{{answers.it}}', undefined],
    [birthday, 'dob', '{{answers.it | default: "2000-01-31"}}', undefined],
    [birthday, 'dob', '{{answers.it | default: "unknown"}}', 'attribute-type'],
    [birthday, 'dob', 'born {{answers.it}}', 'attribute-type'],
    [birthday, 'dob', '{{answers.it}}{{answers.it}}', 'attribute-type'],
    [birthday, 'dob', '{{answers.it', 'malformed-template'],
    [birthday, 'dob', '{{page.pth}}', 'unknown-path'],
    [birthday, 'birth_note', 'born {{answers.it}}', undefined],
    [birthday, 'first_name', 'born {{answers.it}}', undefined],
    [{ input: 'email' }, 'email', '{{page.path}}', 'attribute-type'],
    [{ input: 'email' }, 'email', '{{answers.it}}, {{page.path}}', 'attribute-type'],
    [{ input: 'phone' }, 'phone', '+44{{answers.it}}', 'attribute-type'],
    [{ input: 'text', autocomplete: 'off' }, 'gender', '{{device.type}}', 'attribute-type'],
    [
      { input: 'consent' },
      'email_open_tracking_disabled',
      '{{answers.it | default: "no"}}',
      'attribute-type',
    ],
    [{ input: 'email' }, 'language', '{{device.language}}', undefined],
    [{ input: 'email' }, 'country', 'GB', undefined],
    [{ input: 'email' }, 'country', 'gb', 'attribute-type'],
    [{ input: 'email' }, 'country', 'United Kingdom', 'attribute-type'],
    [{ input: 'email' }, 'things', { of: { '{{answers.it}}': 1 } }, 'bad-attribute-name'],
  ] as const) {
    it(`${name}: ${JSON.stringify(value)}: ${code ?? 'good'}`, () => {
      const json = asking(ask);
      Object.assign((json.nodes as Record<string, object>)['save'] ?? {}, {
        attributes: { custom_thing: '{{answers.it}}', [name]: value },
      });
      assert.deepEqual(codesOf(lintFlow(json)), code === undefined ? [] : [code]);
    });
  }
});

describe('lint knows the purposes that browsers know', () => {
  for (const [autocomplete, guess] of [
    ['off'],
    ['on'],
    ['postal-code'],
    ['shipping postal-code'],
    ['work email'],
    ['mobile tel-national'],
    ['section-gift billing address-level2'],
    ['section-gift shipping home tel'],
    ['given_name', 'given-name'],
    ['Given-Name', 'given-name'],
    ['shipping postal_code', 'shipping postal-code'],
    ['home given-name', 'given-name'],
    ['shipping off', 'off'],
    ['shipping section-a city', undefined],
    ['the time of day', undefined],
  ] as const) {
    const isGood =
      !autocomplete.includes('time of') &&
      !autocomplete.startsWith('shipping section') &&
      guess === undefined;
    it(`"${autocomplete}": ${isGood ? 'good' : (guess ?? 'unknown')}`, () => {
      const findings = lintFlow(asking({ input: 'text', autocomplete }));
      assert.deepEqual(codesOf(findings), isGood ? [] : ['unknown-autocomplete']);
      if (guess !== undefined) assert.ok(findings[0]?.message.endsWith(`did you mean "${guess}"?`));
    });
  }
});

describe('lint knows what consent can be asked for', () => {
  const both = 'should be "storage" or "marketing"';
  for (const [input, purpose, code, message] of [
    ['consent', 'storage', undefined, ''],
    ['consent', 'marketing', undefined, ''],
    ['consent', 'storge', 'wrong-value', 'there is no purpose "storge"; did you mean "storage"?'],
    ['consent', 'Marketing', 'wrong-value', 'there is no purpose "Marketing"; did you mean "marketing"?'],
    ['consent', 'letters', 'wrong-value', both],
    ['consent', true, 'wrong-value', both],
    ['email', 'marketing', 'unknown-key', 'there is no such key here; known are '],
  ] as const) {
    it(`${input}, ${JSON.stringify(purpose)}: ${code ?? 'good'}`, () => {
      const findings = lintFlow(asking({ input, purpose }));
      assert.deepEqual(codesOf(findings), code === undefined ? [] : [code]);
      assert.ok(code === undefined || pathsOf(findings).join() === 'nodes.start.purpose');
      assert.ok((findings[0]?.message ?? '').startsWith(message), findings[0]?.message);
    });
  }

  for (const [purpose, code] of [
    ['storage', undefined],
    ['marketing', 'unused-answer'],
    [undefined, 'unused-answer'],
  ] as const) {
    it(`and what is made of the answer where no action writes it, ${purpose ?? 'without a purpose'}: ${code ?? 'something'}`, () => {
      const start = { type: 'ask', field: 'it', input: 'consent', text: 'May we?', next: 'end' };
      const findings = lintFlow(flow({ start: { ...start, ...(purpose && { purpose }) }, end }));
      assert.deepEqual(codesOf(findings), code === undefined ? [] : [code]);
    });
  }
});

describe('lint takes several questions for a field whose answers are of one kind', () => {
  const options = [{ value: 'other', text: 'Other' }];
  for (const [one, other, isGood] of [
    [{ input: 'choice', options }, { input: 'text', autocomplete: 'off' }, true],
    [{ input: 'email' }, { input: 'phone' }, true],
    [{ input: 'rating' }, { input: 'number' }, true],
    [{ input: 'rating' }, { input: 'choice', options }, false],
    [{ input: 'choices', options }, { input: 'choice', options }, false],
    [{ input: 'consent' }, { input: 'number' }, false],
  ] as const) {
    it(`${one.input} and ${other.input}: ${isGood ? 'good' : 'mixed-inputs'}`, () => {
      const again = { type: 'ask', field: 'it', text: 'Which?', next: 'save', ...other };
      const findings = lintFlow(asking({ ...one, next: 'again' }, { again }));
      assert.deepEqual(codesOf(findings), isGood ? [] : ['mixed-inputs']);
    });
  }
  it('but not of another kind than the attribute takes', () => {
    const again = { type: 'ask', field: 'it', input: 'multiline', text: 'Which?', next: 'save' };
    const json = asking({ input: 'email', next: 'again' }, { again });
    Object.assign((json.nodes as Record<string, object>)['save'] ?? {}, {
      attributes: { email: '{{answers.it}}' },
    });
    assert.deepEqual(codesOf(lintFlow(json)), ['attribute-type']);
  });
});

describe('lint warns of what is nearly a template', () => {
  for (const [text, isNear] of [
    ['Hello {answers.it}', true],
    ['Hello { it }!', true],
    ['You are at {page.path}', true],
    ['answers.it', true],
    ['Hello {{answers.it}}', false],
    ['Hello {you}', false],
    ['Your answers.it', false],
    ['it', false],
  ] as const) {
    it(`"${text}": ${isNear ? 'near' : 'good'}`, () => {
      const json = asking({ input: 'email' }, { end: { type: 'end', text } });
      assert.deepEqual(codesOf(lintFlow(json)), isNear ? ['near-template'] : []);
    });
  }
});

describe('lint takes a field by any plain name', () => {
  for (const [field, isGood] of [
    ['constructor', false],
    ['prototype', false],
    ['__proto__', false],
    ['constructor_', true],
    ['tostring', true],
  ] as const) {
    it(`${field}: ${isGood ? 'good' : 'wrong-value'}`, () => {
      const json = asking({ input: 'email', field });
      Object.assign((json.nodes as Record<string, object>)['save'] ?? {}, {
        attributes: { custom_thing: isGood ? `{{answers.${field}}}` : 'x' },
      });
      assert.deepEqual(codesOf(lintFlow(json)), isGood ? [] : ['wrong-value']);
    });
  }
});

describe('lint bounds the work of a pattern', () => {
  for (const [pattern, longest, code] of [
    ['[A-Z]{2}\\d{6}', 255, undefined],
    ['[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}', 255, undefined],
    ['\\p{L}+ \\p{L}+', 255, undefined],
    ['(?:mr|ms|mx)\\.? .+', 255, undefined],
    ['\\w+\\w+\\w+', 255, 'slow-pattern'],
    ['\\w+\\w+\\w+', 40, undefined],
    ['(a+)+', 255, 'slow-pattern'],
    ['(a|a)*', 255, 'slow-pattern'],
    ['(a|aa){1,40}', 255, 'slow-pattern'],
    ['(?:.*){1,9}', 255, 'slow-pattern'],
    ['(.)\\1', 255, 'slow-pattern'],
    ['(?<=a)b', 255, 'slow-pattern'],
    ['a{0,1000000}', 255, undefined],
    ['[\\p{RGI_Emoji}]+[\\p{RGI_Emoji}]+', 255, 'slow-pattern'],
    ['(', 255, 'bad-pattern'],
    ['a{2,1}', 255, 'bad-pattern'],
    ['[[a-z]&&[aeiou]]+', 255, undefined],
    ['[(]', 255, 'bad-pattern'],
    ['/^[A-Z]+$/i', 255, 'bad-pattern'],
    ['/[a-z]+/', 255, 'bad-pattern'],
    ['/[a-z]+', 255, undefined],
    ['[A-Z]{10}', 9, 'impossible-bounds'],
    ['[A-Z]{10}', 10, undefined],
    ['[A-Z]{10}|x', 5, undefined],
    ['(?:🥾 ){3}', 8, 'impossible-bounds'],
    ['(?:🥾 ){3}', 9, undefined],
  ] as const) {
    it(`/${pattern}/, ${longest} characters: ${code ?? 'good'}`, () => {
      assert.equal(problemOfPattern(pattern, longest)?.code, code);
    });
  }

  for (const [pattern, shortest, code] of [
    ['[A-Z]{3}', 4, 'impossible-bounds'],
    ['[A-Z]{3}', 3, undefined],
    ['\\d?', 2, 'impossible-bounds'],
    ['a|\\d{1,4}', 4, undefined],
    ['\\p{L}{3}', 6, undefined],
    ['\\p{L}{3}', 7, 'impossible-bounds'],
    ['.*', 200, undefined],
    ['^$', 1, 'impossible-bounds'],
  ] as const) {
    it(`/${pattern}/, at least ${shortest} characters: ${code ?? 'good'}`, () => {
      assert.equal(problemOfPattern(pattern, 255, shortest)?.code, code);
    });
  }

  for (const [pattern, better] of [
    ["\\p{L}+(?:[ '\\-]\\p{L}+)*", "\\p{L}{1,40}(?:[ '\\-]\\p{L}{1,40}){0,2}"],
    ['(a+)+', '(a{1,40}){1,3}'],
    ['(?:\\w+? ?)+', '(?:\\w{1,40}? ?){1,2}'],
    ['\\w+\\w+\\w+', '\\w{1,40}\\w{1,40}\\w{1,40}'],
    ['((a+)+)+', '((a{1,10}){1,2}){1,2}'],
  ] as const) {
    it(`/${pattern}/ would do as /${better}/`, () => {
      const { message = '' } = problemOfPattern(pattern, 255) ?? {};
      assert.equal(message.split('such as ')[1], better);
      assert.equal(problemOfPattern(better, 255), undefined);
    });
  }
  it('and gives no rewritten one where none is short enough', () => {
    const { message = '' } = problemOfPattern('[\\p{RGI_Emoji}]+[\\p{RGI_Emoji}]+', 255) ?? {};
    assert.match(message, /; repeat nothing that repeats/);
  });
  it('says what is right instead of slashes, and within a class', () => {
    assert.match(problemOfPattern('/^[A-Z]+$/i', 255)?.message ?? '', /"\^\[A-Z\]\+\$"; name capitals/);
    assert.match(problemOfPattern("[ '-]", 255)?.message ?? '', /backslash/);
  });
});

describe('lint says where', () => {
  const json = flow({ start: say('Hi', 'edn'), end });
  const pretty = JSON.stringify(json, undefined, 2);
  const place = (text: string) =>
    lintText(text).findings.map(({ line, column, endLine, endColumn }) => [line, column, endLine, endColumn]);

  for (const [name, text] of [
    ['lines that end with LF', pretty],
    ['lines that end with CRLF', pretty.replaceAll('\n', '\r\n')],
    ['lines that end with CR', pretty.replaceAll('\n', '\r')],
    ['a byte order mark', `\uFEFF${pretty}`],
  ] as const) {
    it(`with ${name}`, () => assert.deepEqual(place(text), [[8, 15, 8, 20]]));
  }
  it('in one line', () => {
    const text = JSON.stringify(json);
    const column = text.indexOf('"edn"') + 1;
    assert.deepEqual(place(text), [[1, column, 1, column + 5]]);
  });
  it('in a file that is empty', () => {
    assert.deepEqual(codesOf(lintText('').findings), ['json-syntax']);
    assert.deepEqual(place(''), [[1, 1, 1, 2]]);
  });
  it('in one that holds no object', () => {
    for (const text of ['null', '1', '"hello"', '[]', 'true'])
      assert.deepEqual(
        codesOf(lintText(text).findings),
        text === '[]' ? Array(3).fill('missing-key') : ['wrong-value'],
        text,
      );
  });
  it('a key that is given twice, at the second, and nothing that only follows from it', () => {
    const text = `{"id": "flow", "start": "a", "nodes": {
      "a": {"type": "message", "text": "A", "next": "b"},
      "a": {"type": "message", "text": "A", "next": "c"},
      "b": {"type": "end"}, "c": {"type": "end"}}}`;
    const [first, ...others] = lintText(text).findings;
    assert.deepEqual([first?.code, first?.line, first?.column, others], ['duplicate-key', 3, 7, []]);
  });
});

describe('lint takes anything', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  for (const [name, text] of [
    ['a hundred thousand brackets', nested(100_000)],
    ['a hundred thousand brackets that do not close', '['.repeat(100_000)],
    ['brackets that lint can still read', nested(150)],
    ['brackets in a text', JSON.stringify(flow({ start: { type: 'end', text: '['.repeat(1000) } }))],
    [
      'keys that objects inherit',
      '{"__proto__": {}, "constructor": 1, "nodes": {"__proto__": {"type": "end"}, "toString": {"type": "end"}}}',
    ],
    [
      'attributes that objects inherit',
      JSON.stringify(asking({ input: 'email' })).replace('"custom_thing"', '"__proto__"'),
    ],
    ['lone surrogates', '{"id": "\\ud800", "start": "\\udfff", "nodes": {"\\ud800": {"type": "\\udfff"}}}'],
    ['a type that is an object', JSON.stringify(flow({ start: { type: {}, input: [] } }))],
    [
      'nodes in nodes',
      JSON.stringify(
        flow({ start: { type: 'ask', input: 'choice', options: [null, 1, {}, []], retry: 7, next: {} } }),
      ),
    ],
  ] as const) {
    it(name, () => {
      const { findings } = lintText(text);
      assert.equal(findings.length === 0, name === 'brackets in a text');
      for (const { line, column } of findings)
        assert.ok(line !== undefined && line > 0 && column !== undefined && column > 0);
    });
  }
});

/** `parley lint` in a process of its own. */
function parley(args: readonly string[], input?: string | Uint8Array) {
  return call(['lint', ...args], input);
}

function call(args: readonly string[], input?: string | Uint8Array) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['server/cli.ts', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE },
    input,
  });
  return { status, stdout, stderr };
}

describe('parley lint', () => {
  const bad = join(FIXTURES, 'bad', 'unknown-node.json');
  const good = join(FIXTURES, 'good', 'newsletter.json');
  const warned = join(FIXTURES, 'warned', 'like-standard-attribute.json');
  const gone = join(FIXTURES, 'bad', 'gone.json');
  const words = 'nodes.save.on.error: there is no node "sory"; did you mean "sorry"?';
  const line = `${bad}:41:18: error: ${words} [unknown-node]`;
  let folder: string;

  before(() => (folder = mkdtempSync(join(tmpdir(), 'parley-lint-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('prints a line for each mistake, and how many there are', () => {
    assert.deepEqual(parley([bad]), {
      status: 1,
      stdout: `${line}\n1 error, 0 warnings in 1 file of 1\n`,
      stderr: '',
    });
  });
  it('says that there is none', () => {
    assert.deepEqual(parley([good]), { status: 0, stdout: '1 flow, no mistakes\n', stderr: '' });
    assert.deepEqual(parley([join(FIXTURES, 'good')]).stdout, '14 flows, no mistakes\n');
    assert.deepEqual(parley(['demo/flows']).status, 0);
  });
  it('lets warnings pass, but not with --strict', () => {
    const { status, stdout } = parley([warned]);
    assert.deepEqual([status, stdout.split('\n').at(-2)], [0, '0 errors, 1 warning in 1 file of 1']);
    assert.deepEqual(parley(['--strict', warned]), { status: 1, stdout, stderr: '' });
    assert.equal(parley(['--strict', good]).status, 0);
  });
  it('takes several files, and finds the same id in two of them', () => {
    const copy = join(folder, 'copy.json');
    writeFileSync(copy, readFileSync(good));
    const { status, stdout } = parley([good, bad, copy]);
    assert.equal(status, 1);
    assert.deepEqual(stdout.split('\n'), [
      line,
      `${copy}:2:9: error: id: ${good} has a flow "newsletter" already; each should have its own id [duplicate-flow]`,
      '2 errors, 0 warnings in 2 files of 3',
      '',
    ]);
  });
  it('reads the standard input', () => {
    const { status, stdout } = parley(['-'], readFileSync(bad, 'utf8'));
    assert.deepEqual([status, stdout.split('\n')[0]], [1, line.replace(bad, '-')]);
  });
  it('names what is no JSON', () => {
    const file = join(folder, 'broken.json');
    writeFileSync(file, '{\n  "id": "a",\n}\n');
    const { status, stdout } = parley([file]);
    assert.equal(status, 1);
    assert.equal(
      stdout.split('\n')[0],
      `${file}:2:12: error: (the whole file): is not JSON: no comma belongs before "}" [json-syntax]`,
    );
  });
  for (const [encoding, bytes] of [
    ['Latin-1', Buffer.from('{"id": "caf\u00e9"}', 'latin1')],
    ['UTF-16', Buffer.from('{"id": "flow"}', 'utf16le')],
    ['UTF-16 with its mark', Buffer.from('\uFEFF{"id": "flow"}', 'utf16le')],
  ] as const) {
    it(`names what is saved in another encoding: ${encoding}`, () => {
      const file = join(folder, 'encoded.json');
      writeFileSync(file, bytes);
      const stderr = (source: string) => `${source} is not UTF-8; it should be saved as UTF-8.\n`;
      assert.deepEqual(parley([file]), { status: 2, stdout: '', stderr: stderr(file) });
      assert.deepEqual(parley(['-'], bytes), { status: 2, stdout: '', stderr: stderr('The standard input') });
    });
  }
  it('prints JSON for editors and CI', () => {
    const { status, stdout, stderr } = parley(['--format', 'json', good, bad]);
    assert.deepEqual([status, stderr], [1, '']);
    assert.deepEqual(JSON.parse(stdout), [
      {
        file: bad,
        line: 41,
        column: 18,
        endLine: 41,
        endColumn: 24,
        path: ['nodes', 'save', 'on', 'error'],
        code: 'unknown-node',
        severity: 'error',
        message: 'there is no node "sory"; did you mean "sorry"?',
      },
    ]);
    assert.deepEqual(parley(['--format', 'json', good]), { status: 0, stdout: '[]\n', stderr: '' });
  });
  it('says which file is not there, and what is wrong in the others', () => {
    assert.deepEqual(parley([gone, bad]), {
      status: 2,
      stdout: `${line}\n1 error, 0 warnings in 1 file of 1\n`,
      stderr: `There is no file ${gone}.\n`,
    });
  });
  it('does not say that there are no mistakes in what is not there', () => {
    const stderr = `There is no file ${gone}.\n`;
    assert.deepEqual(parley([gone]), { status: 2, stdout: '', stderr });
    assert.deepEqual(parley(['--format', 'json', gone]), { status: 2, stdout: '[]\n', stderr });
  });
  for (const [name, args] of [
    ['no file', []],
    ['a format that there is not', ['--format', 'xml', good]],
    ['a format of the prototype', ['--format', 'toString', good]],
  ] as const) {
    it(`shows how it is called, and fails with 2, for ${name}`, () => {
      const { status, stdout, stderr } = parley(args);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /^Usage: parley lint \[--format FORMAT\] \[--strict\] FILE\.\.\.\n/);
    });
  }
  it('fails with 2 for an option that there is not', () => {
    const { status, stdout, stderr } = parley(['--fix', bad]);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /'--fix'/);
    assert.doesNotMatch(stderr, /^\s+at /m, 'a stack trace');
  });
  it('shows how it is called when asked', () => {
    const { status, stdout } = parley(['--help']);
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: parley lint/);
  });

  it('has the words in which the relay refuses to start', () => {
    const files = [good, bad, warned];
    const sources = files.map((source) => ({ source, text: readFileSync(source, 'utf8') }));
    assert.throws(
      () => loadFlows(sources),
      (error) => {
        assert.ok(error instanceof FlowError);
        assert.deepEqual(error.problems, [line]);
        assert.equal(error.message, `Flow ${bad} has mistakes:\n  - ${line}`);
        return true;
      },
    );
    const json = JSON.parse(readFileSync(bad, 'utf8')) as unknown;
    assert.throws(
      () => loadFlows([{ source: 'number 1', json }]),
      (error) => {
        assert.ok(error instanceof FlowError);
        assert.deepEqual(error.problems, [`${words} [unknown-node]`]);
        return true;
      },
    );
  });
  it('has warnings that do not keep the relay from starting', () => {
    const [loaded] = loadFlows([{ source: warned, text: readFileSync(warned, 'utf8') }]);
    assert.equal(loaded?.id, 'like-standard-attribute');
  });
});

describe('parley', () => {
  for (const [args, words] of [
    [['graph', FIXTURES], `${FIXTURES} is a folder; it should be one file.\n`],
    [['simulate', FIXTURES], `${FIXTURES} is a folder; it should be one file.\n`],
    [['lnit'], 'There is no command "lnit"; did you mean "lint"? parley --help tells of all.\n'],
    [
      ['toString'],
      /^There is no command "toString"; known are serve, lint, simulate, graph, dead-letters and entry-link\. /,
    ],
    [[], /^Usage: parley serve /],
  ] as const) {
    it(`${args.join(' ')}: fails with 2, and says why`, () => {
      const { status, stdout, stderr } = call(args);
      assert.deepEqual([status, stdout], [2, '']);
      if (typeof words === 'string') assert.equal(stderr, words);
      else assert.match(stderr, words);
    });
  }
});
