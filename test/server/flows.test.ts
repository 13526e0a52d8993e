import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { FlowError, loadFlow, loadFlows } from '../../server/flows/load.ts';
import { revisionOf } from '../../server/flows/shelf.ts';
import { publishFlow } from '../../server/flows/publish.ts';
import type { Flow, PublishedFlow } from '../../widget/contract/flow.ts';
import { FLOW } from './relay-fixture.ts';

/** `FLOW` with the value at a path replaced; `undefined` takes it out. */
function flowWith(path: string, value: unknown): unknown {
  const change = (from: unknown, [key, ...more]: readonly string[]): unknown => {
    if (key === undefined) return value;
    if (Array.isArray(from))
      return from.map((item: unknown, at) => (at === Number(key) ? change(item, more) : item));
    const inner = new Map(Object.entries(from as object));
    inner.set(key, change(inner.get(key), more));
    return Object.fromEntries([...inner].filter(([, each]) => each !== undefined));
  };
  return change(FLOW, path.split('.'));
}

const problemsOf = (json: unknown): readonly string[] => {
  try {
    loadFlow(json, 'welcome.json');
  } catch (error) {
    assert.ok(error instanceof FlowError, String(error));
    return error.problems;
  }
  assert.fail('the flow was taken');
};

const branchTo = (when: unknown, next = 'thanks') => ({
  type: 'branch',
  cases: [{ when, next }],
  else: 'thanks',
});

const HELLO = 'nodes.hello';
const NAME = 'nodes.name';
const SAVE = 'nodes.save';
const EVENT = 'nodes.save.events.0';
const PROPERTIES = 'nodes.save.events.0.properties';

/** One mistake each: what stands where, and how it is reported (`at` is where it stands unless it says otherwise). */
const MISTAKES: { name: string; put: [path: string, value: unknown]; at?: string; says: RegExp }[] = [
  { name: 'no id', put: ['id', undefined], says: /^missing$/ },
  { name: 'an id with a space', put: ['id', 'my flow'], says: /should start with a letter/ },
  { name: 'an id that is a path', put: ['id', '../welcome'], says: /should start with a letter/ },
  { name: 'an id of 65 characters', put: ['id', 'a'.repeat(65)], says: /64 at most/ },
  { name: 'a locale that is no text', put: ['locale', 1], says: /should be a locale, such as "en"/ },
  { name: 'an unknown key', put: ['title', 'Welcome'], says: /^unknown key$/ },
  { name: 'no start', put: ['start', undefined], says: /^missing$/ },
  { name: 'a start that is no node', put: ['start', 'helo'], says: /^there is no node "helo"$/ },
  { name: 'no nodes', put: ['nodes', undefined], says: /^missing$/ },
  { name: 'nodes that are a text', put: ['nodes', 'hello'], says: /should be an object of nodes/ },
  {
    name: 'a name of a node with a space',
    put: ['nodes.my node', { type: 'end' }],
    says: /should start with a letter/,
  },
  { name: 'a node that is null', put: [HELLO, null], says: /should have a "type": "message", "ask"/ },
  {
    name: 'a node without a type',
    put: [`${HELLO}.type`, undefined],
    says: /should have a "type": "message", "ask", "branch", "action" or "end"/,
  },
  {
    name: 'a node of unknown type',
    put: [`${HELLO}.type`, 'video'],
    says: /should have a "type": "message"/,
  },

  { name: 'a message without text', put: [`${HELLO}.text`, undefined], says: /^missing$/ },
  { name: 'a message of no words', put: [`${HELLO}.text`, ''], says: /^should not be empty$/ },
  {
    name: 'a message of no words in one locale',
    put: [`${HELLO}.text`, { en: 'Hello', ja: '' }],
    at: `${HELLO}.text.ja`,
    says: /^should not be empty$/,
  },
  { name: 'texts in a list', put: [`${HELLO}.text`, ['Hello']], says: /should be a text, or one per locale/ },
  { name: 'attributes in a list', put: [`${SAVE}.attributes`, ['x']], says: /^should be an object$/ },
  {
    name: 'an attribute that is called as what objects inherit',
    put: [`${SAVE}.attributes`, { constructor: 'x' }],
    says: /^cannot have a key "constructor"; give it another name$/,
  },
  {
    name: 'an action that leads to itself',
    put: [`${SAVE}.on.error`, 'save'],
    at: SAVE,
    says: /^leads back to itself without a question in between$/,
  },
  { name: 'a message in no locale', put: [`${HELLO}.text`, {}], says: /^has no text in any locale$/ },
  {
    name: 'a text that is a number in one locale',
    put: [`${HELLO}.text`, { en: 'Hello', ja: 1 }],
    says: /should be a text, or one per locale/,
  },
  { name: 'a message that leads nowhere', put: [`${HELLO}.next`, undefined], says: /^missing$/ },
  {
    name: 'a message that leads to no node',
    put: [`${HELLO}.next`, 'naem'],
    says: /^there is no node "naem"$/,
  },
  {
    name: 'a message that leads to a name of the prototype',
    put: [`${HELLO}.next`, 'toString'],
    says: /^there is no node "toString"$/,
  },
  {
    name: 'a message that leads back to itself',
    put: [`${HELLO}.next`, 'hello'],
    at: HELLO,
    says: /^leads back to itself without a question in between$/,
  },
  {
    name: 'a key that a message does not have',
    put: [`${HELLO}.field`, 'first_name'],
    says: /^unknown key$/,
  },
  {
    name: 'a reference with a space in it',
    put: [`${HELLO}.text`, 'Hello {{ first name }}'],
    says: /cannot be read; it should be \{\{path\}\} or \{\{path \| default: "words"\}\}/,
  },
  {
    name: 'a reference that does not end',
    put: [`${HELLO}.text`, 'Hello {{answers.first_name'],
    says: /cannot be read/,
  },
  {
    name: 'a reference to nothing known',
    put: [`${HELLO}.text`, 'Hello {{visitor.name}}'],
    says: /^there is no "visitor\.name"; known are answers\.<field> and page\.path, device\.operating_system/,
  },
  {
    name: 'a reference, in one locale, to an answer that nobody asks for',
    put: [`${HELLO}.text`, { en: 'Hello', ja: '{{answers.nickname}}' }],
    at: `${HELLO}.text.ja`,
    says: /^reads "answers\.nickname", but no question asks for "nickname"$/,
  },

  { name: 'a question without a field', put: [`${NAME}.field`, undefined], says: /^missing$/ },
  {
    name: 'a field with capitals',
    put: ['nodes.extra', { type: 'ask', field: 'City', input: 'text', text: '?', next: 'name' }],
    at: 'nodes.extra.field',
    says: /should be lower case with underscores, such as "first_name"/,
  },
  {
    name: 'an input that there is not',
    put: [`${NAME}.input`, 'number'],
    says: /^should be "text", "email" or "date"$/,
  },
  { name: 'a question without words', put: [`${NAME}.text`, undefined], says: /^missing$/ },
  {
    name: 'a question that leads to no node',
    put: [`${NAME}.next`, 'mail'],
    says: /^there is no node "mail"$/,
  },

  {
    name: 'a branch without cases',
    put: ['nodes.fork', { type: 'branch', else: 'thanks' }],
    at: 'nodes.fork.cases',
    says: /^missing$/,
  },
  {
    name: 'a branch without else',
    put: ['nodes.fork', { type: 'branch', cases: [] }],
    at: 'nodes.fork.else',
    says: /^missing$/,
  },
  {
    name: 'a case without a condition',
    put: ['nodes.fork', { type: 'branch', cases: [{ next: 'thanks' }], else: 'thanks' }],
    at: 'nodes.fork.cases.0.when',
    says: /^missing$/,
  },
  {
    name: 'a case that leads to no node',
    put: ['nodes.fork', branchTo(true, 'thnks')],
    at: 'nodes.fork.cases.0.next',
    says: /^there is no node "thnks"$/,
  },
  {
    name: 'an operator that there is not',
    put: ['nodes.fork', branchTo({ matches: ['a', 'b'] })],
    at: 'nodes.fork.cases.0.when',
    says: /^unknown operator "matches"; known are var == /,
  },
  {
    name: 'an operator that there is not, within another',
    put: ['nodes.fork', branchTo({ and: [true, { '!': { constructor: [] } }] })],
    at: 'nodes.fork.cases.0.when',
    says: /^unknown operator "constructor"/,
  },
  {
    name: 'a condition of two operators',
    put: ['nodes.fork', branchTo({ '==': [1, 1], '!': true })],
    at: 'nodes.fork.cases.0.when',
    says: /has one operator, this one has 2$/,
  },
  {
    name: 'a condition on an answer that nobody asks for',
    put: ['nodes.fork', branchTo({ '==': [{ var: 'answers.city' }, 'Keswick'] })],
    at: 'nodes.fork.cases.0.when',
    says: /^reads "answers\.city", but no question asks for "city"$/,
  },
  {
    name: 'a branch that leads back to itself',
    put: ['nodes.fork', branchTo(true, 'fork')],
    at: 'nodes.fork',
    says: /^leads back to itself without a question in between$/,
  },

  { name: 'an action that calls nothing', put: [`${SAVE}.call`, undefined], says: /^missing$/ },
  {
    name: 'an action that calls what is not registered',
    put: [`${SAVE}.call`, 'users/delete'],
    says: /^should be "users\/track"$/,
  },
  {
    name: 'an action with a URL',
    put: [`${SAVE}.url`, 'https://rest.iad-01.braze.com'],
    says: /^unknown key$/,
  },
  { name: 'an action with a key', put: [`${SAVE}.api_key`, 'k'], says: /^unknown key$/ },
  { name: 'an action that leads nowhere', put: [`${SAVE}.on`, undefined], says: /^missing$/ },
  { name: 'no target for success', put: [`${SAVE}.on.success`, undefined], says: /^missing$/ },
  { name: 'no target for error', put: [`${SAVE}.on.error`, undefined], says: /^missing$/ },
  { name: 'an outcome that there is not', put: [`${SAVE}.on.failure`, 'sorry'], says: /^unknown key$/ },
  ...['success', 'error', 'invalid', 'queued'].map((outcome) => ({
    name: `a target for ${outcome} that is no node`,
    put: [`${SAVE}.on.${outcome}`, 'nowhere'] as [string, unknown],
    says: /^there is no node "nowhere"$/,
  })),
  {
    name: 'attributes that are a list',
    put: [`${SAVE}.attributes`, 'first_name'],
    says: /^should be an object$/,
  },
  ...['external_id', 'user_alias', 'braze_id', '_update_existing_only', 'push_token_import'].map((key) => ({
    name: `an attribute ${key}, which says whom to write to`,
    put: [`${SAVE}.attributes.${key}`, '{{answers.email}}'] as [string, unknown],
    says: /^is written by the relay; leave it out$/,
  })),
  {
    name: 'an attribute whose name starts with $',
    put: [`${SAVE}.attributes.$inc`, 'x'],
    says: /^should not start with "\$"$/,
  },
  {
    name: 'an attribute of null, which would remove it at Braze',
    put: [`${SAVE}.attributes.dob`, null],
    says: /to leave an attribute out, leave its line out$/,
  },
  {
    name: 'an attribute from an answer that nobody asks for',
    put: [`${SAVE}.attributes.home_city`, '{{answers.city}}'],
    says: /^reads "answers\.city", but no question asks for "city"$/,
  },
  {
    name: 'an attribute, deep inside, from an answer that nobody asks for',
    put: [`${SAVE}.attributes.interests`, { add: ['walking', '{{answers.hobby}}'] }],
    at: `${SAVE}.attributes.interests.add.1`,
    says: /^reads "answers\.hobby"/,
  },

  { name: 'events that are no list', put: [`${SAVE}.events`, {}], says: /^should be a list of events$/ },
  { name: 'an event without a name', put: [`${EVENT}.name`, undefined], says: /^missing$/ },
  {
    name: 'an event with an empty name',
    put: [`${EVENT}.name`, ''],
    says: /should have 1 to 255 characters/,
  },
  {
    name: 'an event whose name is too long',
    put: [`${EVENT}.name`, 'a'.repeat(256)],
    says: /should have 1 to 255 characters/,
  },
  {
    name: 'an event whose name starts with $',
    put: [`${EVENT}.name`, '$opened'],
    says: /not start with "\$"$/,
  },
  {
    name: 'an event that is named by what a visitor says',
    put: [`${EVENT}.name`, 'met {{answers.first_name}}'],
    says: /^cannot be a template; put what varies into the properties$/,
  },
  { name: 'an event with a time of its own', put: [`${EVENT}.time`, '2026-01-01'], says: /^unknown key$/ },
  {
    name: 'an event that repeats "yes"',
    put: [`${EVENT}.repeat`, 'yes'],
    says: /^should be true or false$/,
  },
  ...['time', 'event_name', 'submission_id'].map((key) => ({
    name: `a property ${key}`,
    put: [`${PROPERTIES}.${key}`, 'x'] as [string, unknown],
    says: /^is reserved; give the property another name$/,
  })),
  { name: 'a property without a name', put: [PROPERTIES, { '': 'x' }], at: `${PROPERTIES}.`, says: /empty/ },
  {
    name: 'a property whose name starts with $',
    put: [`${PROPERTIES}.$page`, 'x'],
    says: /start with "\$"$/,
  },
  {
    name: 'a property from an answer that nobody asks for',
    put: [`${PROPERTIES}.city`, '{{answers.city}}'],
    says: /^reads "answers\.city"/,
  },
  { name: 'a property of null', put: [`${PROPERTIES}.page`, null], says: /leave its line out$/ },

  { name: 'an end that leads on', put: ['nodes.sorry.next', 'hello'], says: /^unknown key$/ },
];

describe('a flow is refused', () => {
  for (const { name, put, at = put[0], says } of MISTAKES) {
    it(`for ${name}, at ${at}`, () => {
      const problems = problemsOf(flowWith(...put));
      assert.equal(problems.length, 1, problems.join('\n'));
      const [problem = ''] = problems;
      assert.equal(problem.slice(0, at.length + 2), `${at}: `);
      assert.match(problem.slice(at.length + 2), says);
    });
  }

  for (const json of [null, 'welcome', 1, undefined]) {
    it(`as a whole where the file holds ${JSON.stringify(json)}`, () => {
      const problems = problemsOf(json);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', /^\(the whole file\): /);
    });
  }

  it('for an action that writes nothing', () => {
    const idle = { type: 'action', call: 'users/track', on: { success: 'thanks', error: 'sorry' } };
    for (const empty of [{}, { attributes: {} }, { events: [] }, { attributes: {}, events: [] }]) {
      assert.deepEqual(problemsOf(flowWith('nodes.save', { ...idle, ...empty })), [
        'nodes.save: writes nothing; name "attributes" or "events"',
      ]);
    }
  });

  it('for a loop of several nodes, at each of them', () => {
    const flow = {
      id: 'loop',
      start: 'a',
      nodes: {
        a: { type: 'message', text: 'A', next: 'b' },
        b: { type: 'branch', cases: [{ when: true, next: 'c' }], else: 'end' },
        c: { type: 'message', text: 'C', next: 'a' },
        end: { type: 'end' },
      },
    };
    const says = 'leads back to itself without a question in between';
    assert.deepEqual(problemsOf(flow), [`nodes.a: ${says}`, `nodes.b: ${says}`, `nodes.c: ${says}`]);
  });

  it('with every mistake of its shape at once', () => {
    const flow = {
      id: 'my flow',
      title: 'x',
      nodes: {
        hello: { type: 'message', text: '' },
        name: { type: 'ask', field: 'First', input: 'number', text: 'Name?', next: 'save' },
        save: { type: 'action', call: 'users/delete', url: 'x', on: { success: 'end' } },
        end: { type: 'fin' },
      },
    };
    const paths = problemsOf(flow).map((problem) => problem.slice(0, problem.indexOf(': ')));
    assert.deepEqual(paths.sort(), [
      'id',
      'nodes.end.type',
      'nodes.hello.next',
      'nodes.hello.text',
      'nodes.name.field',
      'nodes.name.input',
      'nodes.save.call',
      'nodes.save.on.error',
      'nodes.save.url',
      'start',
      'title',
    ]);
  });

  it('with every mistake of its content at once, one a line, and its name', () => {
    const flow = {
      id: 'flow',
      start: 'helo',
      nodes: {
        hello: { type: 'message', text: 'Hello {{answers.nickname}}', next: 'save' },
        save: {
          type: 'action',
          call: 'users/track',
          attributes: { external_id: '{{answers.email}}' },
          events: [{ name: '$x', properties: { time: 'now' } }],
          on: { success: 'end', error: 'sorry' },
        },
        end: { type: 'end' },
      },
    };
    const problems = problemsOf(flow);
    assert.deepEqual(
      problems.map((problem) => problem.slice(0, problem.indexOf(': '))),
      [
        'start',
        'nodes.save.on.error',
        'nodes.hello.text',
        'nodes.save.attributes.external_id',
        'nodes.save.attributes.external_id',
        'nodes.save.events.0.name',
        'nodes.save.events.0.properties.time',
      ],
    );
    assert.throws(() => loadFlow(flow, 'demo/flow.json'), {
      name: 'FlowError',
      message: ['Flow demo/flow.json has mistakes:', ...problems.map((line) => `  - ${line}`)].join('\n'),
    });
  });
});

describe('a flow is taken', () => {
  for (const file of globSync('demo/flows/*.json')) {
    it(`from ${file}`, () => {
      loadFlow(JSON.parse(readFileSync(file, 'utf8')), file);
    });
  }
  for (const [name, path, value] of [
    ['a loop that has a question in it', 'nodes.email.next', 'name'],
    ['an event that repeats', `${EVENT}.repeat`, true],
    ['an event name of 255 characters', `${EVENT}.name`, 'a'.repeat(255)],
    ['an end that says nothing', 'nodes.sorry', { type: 'end' }],
    ['a reference to a default', `${HELLO}.text`, 'Hello {{answers.first_name | default: "friend"}}'],
    ['attributes of every JSON type but null', `${SAVE}.attributes.a`, { b: [1, true, 'x', { c: 1.5 }] }],
    [
      'targets for every outcome',
      `${SAVE}.on`,
      { success: 'hello', error: 'sorry', invalid: 'email', queued: 'thanks' },
    ],
    [
      'conditions on page, device and answers',
      'nodes.fork',
      branchTo({
        and: [
          { var: 'page.path' },
          { in: [{ var: 'device.type' }, ['mobile']] },
          { var: ['answers.email', ''] },
        ],
      }),
    ],
    ['a schema for editors', '$schema', './flow.schema.json'],
  ] as const) {
    it(`with ${name}`, () => {
      const flow = flowWith(path, value);
      assert.deepEqual(loadFlow(flow, 'welcome.json'), flow);
    });
  }
});

describe('the flows of a relay', () => {
  it('are reported together, each under its name', () => {
    const bad = flowWith(`${HELLO}.next`, 'naem');
    assert.throws(
      () =>
        loadFlows([
          { source: 'a.json', json: bad },
          { source: 'b.json', json: FLOW },
          { source: 'c.json', json: null },
        ]),
      ({ message }: Error) =>
        /^Flow a\.json has mistakes:\n.*"naem"\nFlow c\.json has mistakes:\n.*should be a JSON object$/.test(
          message,
        ),
    );
  });

  it('have an id each', () => {
    assert.throws(
      () =>
        loadFlows([
          { source: 'a.json', json: FLOW },
          { source: 'b.json', json: FLOW },
        ]),
      /^FlowError: Flow b\.json has mistakes:\n {2}- id: another flow is called "welcome" already$/,
    );
  });
});

describe('the revision of a flow', () => {
  const revision = (json: unknown) => revisionOf(loadFlow(json, 'welcome.json'));

  it('is 16 hexadecimal digits', async () => {
    assert.match(await revision(FLOW), /^[\da-f]{16}$/);
  });
  for (const [name, same] of [
    ['another copy', JSON.parse(JSON.stringify(FLOW, undefined, 4)) as unknown],
    ['keys in another order', { nodes: FLOW.nodes, start: FLOW.start, id: FLOW.id }],
    [
      'keys of a node in another order',
      flowWith('nodes.hello', { next: 'name', text: FLOW.nodes.hello.text, type: 'message' }),
    ],
  ] as const) {
    it(`is the same for ${name}`, async () => {
      assert.equal(await revision(same), await revision(FLOW));
    });
  }
  for (const [name, path, value] of [
    ['a word', 'nodes.thanks.text', 'Thank you'],
    ['a word in one locale', 'nodes.hello.text.ja', 'やあ'],
    ['a target', 'nodes.save.on.queued', 'thanks'],
    ['the mapping, which no browser sees', 'nodes.save.attributes.home_city', 'Keswick'],
    ['a property', `${PROPERTIES}.page`, 'x'],
    ['the id', 'id', 'welcome2'],
    ['a node more', 'nodes.spare', { type: 'end' }],
    ['a node less', 'nodes.hello.next', 'email'],
  ] as const) {
    it(`is another with a change of ${name}`, async () => {
      assert.notEqual(await revision(flowWith(path, value)), await revision(FLOW));
    });
  }
});

describe('a published flow', () => {
  const MAPPED: Flow = {
    id: 'mapped',
    start: 'fork',
    nodes: {
      fork: {
        type: 'branch',
        cases: [{ when: { '!': { var: 'answers.email' } }, next: 'ask' }],
        else: 'save',
      },
      ask: { type: 'ask', field: 'email', input: 'email', text: 'E-mail?', next: 'save' },
      save: {
        type: 'action',
        call: 'users/track',
        attributes: { email: '{{answers.email}}', secret_score: 7 },
        events: [{ name: 'secret_event', properties: { secret_property: 1 }, repeat: true }],
        on: { success: 'end', error: 'end', invalid: 'ask', queued: 'end' },
      },
      end: { type: 'end' },
    },
  };

  it('is the flow without the mapping, with the revision', () => {
    assert.deepEqual(publishFlow({ flow: MAPPED, revision: 'r1' }, 'en'), {
      id: 'mapped',
      revision: 'r1',
      locale: 'en',
      start: 'fork',
      nodes: {
        ...MAPPED.nodes,
        save: { type: 'action', on: { success: 'end', error: 'end', invalid: 'ask', queued: 'end' } },
      },
    } satisfies PublishedFlow);
  });
  it('names no outcome that the flow does not', () => {
    const flow = loadFlow(FLOW, 'welcome.json');
    assert.deepEqual(publishFlow({ flow, revision: 'r' }, 'en').nodes['save'], {
      type: 'action',
      on: { success: 'thanks', error: 'sorry' },
    });
  });
  it('keeps to itself what the language does not say is published', () => {
    const node = { type: 'message', text: 'Hi', next: 'end', internal: 'note' } as const;
    const flow: Flow = { ...MAPPED, nodes: { ...MAPPED.nodes, fork: node } };
    const text = JSON.stringify(publishFlow({ flow, revision: 'r' }, 'en'));
    for (const word of ['internal', 'secret', 'users/track', 'repeat']) assert.ok(!text.includes(word), word);
  });

  const HI = { en: 'Hi', 'en-GB': 'Hello', pt: 'Oi', 'pt-BR': 'E aí', ja: 'やあ' };
  const say = (text: Flow['nodes'][string], own?: string): Flow => ({
    id: 'say',
    ...(own !== undefined && { locale: own }),
    start: 'hi',
    nodes: { hi: text },
  });
  const locales: {
    name: string;
    own?: string;
    text: string | Record<string, string>;
    wanted: string;
    gives: [string, string];
  }[] = [
    { name: 'the wanted one', text: HI, wanted: 'pt-BR', gives: ['pt-BR', 'E aí'] },
    { name: 'its language where the region is not there', text: HI, wanted: 'pt-PT', gives: ['pt', 'Oi'] },
    { name: 'its language and not another of its regions', text: HI, wanted: 'en-US', gives: ['en', 'Hi'] },
    { name: 'English where nothing else is said', text: HI, wanted: 'fr', gives: ['en', 'Hi'] },
    { name: 'the flow’s own before English', own: 'ja', text: HI, wanted: 'fr', gives: ['ja', 'やあ'] },
    {
      name: 'the flow’s own where nothing is wanted',
      own: 'ja',
      text: HI,
      wanted: '',
      gives: ['ja', 'やあ'],
    },
    { name: 'the one text that there is', own: 'ja', text: 'やあ', wanted: 'en', gives: ['ja', 'やあ'] },
    {
      name: 'the first text where the flow’s own is not there',
      text: { ja: 'やあ' },
      wanted: 'fr',
      gives: ['en', 'やあ'],
    },
    { name: 'not a name of the prototype', text: HI, wanted: '__proto__', gives: ['en', 'Hi'] },
    { name: 'not a method of the prototype', text: HI, wanted: 'toString', gives: ['en', 'Hi'] },
  ];
  for (const { name, own, text, wanted, gives } of locales) {
    it(`is in ${name} (${JSON.stringify(wanted)} gives ${gives[0]})`, () => {
      const { locale, nodes } = publishFlow({ flow: say({ type: 'end', text }, own), revision: 'r' }, wanted);
      assert.deepEqual([locale, nodes['hi']], [gives[0], { type: 'end', text: gives[1] }]);
    });
  }
  it('falls back for each text on its own', () => {
    const flow: Flow = {
      id: 'say',
      start: 'a',
      nodes: {
        a: { type: 'message', text: { en: 'One', ja: '一' }, next: 'b' },
        b: { type: 'ask', field: 'x', input: 'text', text: { en: 'Two' }, next: 'c' },
        c: { type: 'end', text: 'Three' },
      },
    };
    const { locale, nodes } = publishFlow({ flow, revision: 'r' }, 'ja-JP');
    const texts = Object.values(nodes).map((node) => ('text' in node ? node.text : undefined));
    assert.deepEqual([locale, ...texts], ['ja', '一', 'Two', 'Three']);
  });
});
