import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ACTIONS } from '../../server/actions/registry.ts';
import { FlowError, loadFlow, loadFlows } from '../../server/flows/load.ts';
import { FLOW } from './relay-fixture.ts';

/** `FLOW` with the value at a path replaced; `undefined` takes it out. A node that is new comes behind the action. */
function flowWith(path: string, value: unknown): unknown {
  const [root, id = '', ...inner] = path.split('.');
  const isNew = root === 'nodes' && inner.length === 0 && id !== '' && !Object.hasOwn(FLOW.nodes, id);
  return changed(isNew ? changed(FLOW, 'nodes.save.on.success', id) : FLOW, path, value);
}

function changed(json: unknown, path: string, value: unknown): unknown {
  const change = (from: unknown, [key, ...more]: readonly string[]): unknown => {
    if (key === undefined) return value;
    if (Array.isArray(from))
      return from.map((item: unknown, at) => (at === Number(key) ? change(item, more) : item));
    const inner = new Map(Object.entries(from as object));
    inner.set(key, change(inner.get(key), more));
    return Object.fromEntries([...inner].filter(([, each]) => each !== undefined));
  };
  return change(json, path.split('.'));
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

/** Every action that there is, in words. */
const calls = (conjunction: 'and' | 'or'): string => {
  const quoted = ACTIONS.map(({ call }) => `"${call}"`);
  return `${quoted.slice(0, -1).join(', ')} ${conjunction} ${String(quoted.at(-1))}`;
};

const HELLO = 'nodes.hello';
const NAME = 'nodes.name';
const SAVE = 'nodes.save';
const EVENT = 'nodes.save.events.0';
const PROPERTIES = 'nodes.save.events.0.properties';

/** One mistake each: what stands where, and how it is reported (`at` is where it stands unless it says otherwise). */
const MISTAKES: { name: string; put: [path: string, value: unknown]; at?: string; says: string }[] = [
  { name: 'no id', put: ['id', undefined], says: '"id" is missing: the name of the flow [missing-key]' },
  {
    name: 'an id with a space',
    put: ['id', 'my flow'],
    says: 'should start with a letter and go on with letters, digits, _ or -, 64 at most [wrong-value]',
  },
  {
    name: 'an id that is a path',
    put: ['id', '../welcome'],
    says: 'should start with a letter and go on with letters, digits, _ or -, 64 at most [wrong-value]',
  },
  {
    name: 'an id of 65 characters',
    put: ['id', 'a'.repeat(65)],
    says: 'should start with a letter and go on with letters, digits, _ or -, 64 at most [wrong-value]',
  },
  {
    name: 'a locale that is no text',
    put: ['locale', 1],
    says: 'should be a locale, such as "en" [wrong-value]',
  },
  {
    name: 'an unknown key',
    put: ['title', 'Welcome'],
    says: 'there is no such key here; known are $schema, id, locale, start and nodes [unknown-key]',
  },
  {
    name: 'no start',
    put: ['start', undefined],
    says: '"start" is missing: the node that the conversation begins with [missing-key]',
  },
  {
    name: 'a start that is no node',
    put: ['start', 'helo'],
    says: 'there is no node "helo"; did you mean "hello"? [unknown-node]',
  },
  {
    name: 'no nodes',
    put: ['nodes', undefined],
    says: '"nodes" is missing: the nodes of the flow, by their names [missing-key]',
  },
  {
    name: 'nodes that are a text',
    put: ['nodes', 'hello'],
    says: 'should be an object of nodes [wrong-value]',
  },
  {
    name: 'a name of a node with a space',
    put: ['nodes.my node', { type: 'message', text: 'Hm', next: 'thanks' }],
    says: 'should start with a letter and go on with letters, digits, _ or -, 64 at most [wrong-value]',
  },
  {
    name: 'a node that is null',
    put: [HELLO, null],
    says: 'should have a "type": "message", "ask", "branch", "split", "action", "handoff" or "end" [wrong-value]',
  },
  {
    name: 'a node without a type',
    put: [`${HELLO}.type`, undefined],
    says: '"type" is missing: one of "message", "ask", "branch", "split", "action", "handoff" or "end" [missing-key]',
  },
  {
    name: 'a node of unknown type',
    put: [`${HELLO}.type`, 'video'],
    says: 'there is no type "video"; known are "message", "ask", "branch", "split", "action", "handoff" and "end" [unknown-type]',
  },

  {
    name: 'a message without text',
    put: [`${HELLO}.text`, undefined],
    says: '"text" is missing: should have "text" or "bubbles" [missing-key]',
  },
  { name: 'a message of no words', put: [`${HELLO}.text`, ''], says: 'should not be empty [wrong-value]' },
  {
    name: 'a message of no words in one locale',
    put: [`${HELLO}.text`, { en: 'Hello', ja: '' }],
    at: `${HELLO}.text.ja`,
    says: 'should not be empty [wrong-value]',
  },
  {
    name: 'texts in a list',
    put: [`${HELLO}.text`, ['Hello']],
    says: 'should be a text, or one per locale such as {"en": "Hello", "ja": "こんにちは"} [wrong-value]',
  },
  {
    name: 'attributes in a list',
    put: [`${SAVE}.attributes`, ['x']],
    says: 'should be an object [wrong-value]',
  },
  {
    name: 'an attribute that is called as what objects inherit',
    put: [`${SAVE}.attributes`, { constructor: 'x' }],
    says: 'cannot have a key "constructor"; give it another name [wrong-value]',
  },
  {
    name: 'an action that leads to itself',
    put: [`${SAVE}.on`, { success: 'thanks', error: 'sorry', queued: 'save' }],
    at: SAVE,
    says: 'leads back to itself without a question in between (save -> save); the conversation would never stop [loop-without-ask]',
  },
  {
    name: 'a message in no locale',
    put: [`${HELLO}.text`, {}],
    says: 'has no text in any locale [missing-locale]',
  },
  {
    name: 'a text that is a number in one locale',
    put: [`${HELLO}.text`, { en: 'Hello', ja: 1 }],
    at: `${HELLO}.text.ja`,
    says: 'should be a text [wrong-value]',
  },
  {
    name: 'a message that leads nowhere',
    put: [`${HELLO}.next`, undefined],
    says: '"next" is missing: the node to go on to [missing-key]',
  },
  {
    name: 'a message that leads to no node',
    put: [`${HELLO}.next`, 'naem'],
    says: 'there is no node "naem"; did you mean "name"? [unknown-node]',
  },
  {
    name: 'a message that leads to a name of the prototype',
    put: [`${HELLO}.next`, 'toString'],
    says: 'there is no node "toString" [unknown-node]',
  },
  {
    name: 'a message that leads back to itself',
    put: [`${HELLO}.next`, 'hello'],
    at: HELLO,
    says: 'leads back to itself without a question in between (hello -> hello); the conversation would never stop [loop-without-ask]',
  },
  {
    name: 'a key that a message does not have',
    put: [`${HELLO}.field`, 'first_name'],
    says: 'there is no such key here; known are type, text, bubbles and next [unknown-key]',
  },
  {
    name: 'a reference with a space in it',
    put: [`${HELLO}.text`, 'Hello {{ first name }}'],
    says: 'has a reference that cannot be read; it should be {{path}} or {{path | default: "words"}} [malformed-template]',
  },
  {
    name: 'a reference that does not end',
    put: [`${HELLO}.text`, 'Hello {{answers.first_name'],
    says: 'has a reference that cannot be read; it should be {{path}} or {{path | default: "words"}} [malformed-template]',
  },
  {
    name: 'a reference to nothing known',
    put: [`${HELLO}.text`, 'Hello {{visitor.name}}'],
    says: 'there is no "visitor.name"; known are answers.<field>, page.path, page.referrer, page.tags, page.title, device.operating_system, device.type, device.language, device.time_zone, visitor.returning, visitor.visits, entry.cohort, entry.campaign, page.utm.<key> and page.query.<key> [unknown-path]',
  },
  {
    name: 'a reference, in one locale, to an answer that nobody asks for',
    put: [`${HELLO}.text`, { en: 'Hello', ja: '{{answers.nickname}}' }],
    at: `${HELLO}.text.ja`,
    says: 'reads "answers.nickname", but no question asks for "nickname" [unknown-answer]',
  },

  {
    name: 'a question without a field',
    put: [`${NAME}.field`, undefined],
    says: '"field" is missing: the name under which the answer is kept [missing-key]',
  },
  {
    name: 'a field with capitals',
    put: ['nodes.extra', { type: 'ask', field: 'City', input: 'text', text: '?', next: 'thanks' }],
    at: 'nodes.extra.field',
    says: 'should be lower case with underscores, such as "first_name" [wrong-value]',
  },
  {
    name: 'an input that there is not',
    put: [`${NAME}.input`, 'colour'],
    says: 'there is no input "colour"; known are "text", "multiline", "email", "phone", "date", "number", "choice", "choices", "rating" and "consent" [unknown-input]',
  },
  {
    name: 'a question without words',
    put: [`${NAME}.text`, undefined],
    says: '"text" is missing: the words [missing-key]',
  },
  {
    name: 'a question that leads to no node',
    put: [`${NAME}.next`, 'mail'],
    says: 'there is no node "mail"; did you mean "email"? [unknown-node]',
  },

  {
    name: 'a branch without cases',
    put: ['nodes.fork', { type: 'branch', else: 'thanks' }],
    at: 'nodes.fork.cases',
    says: '"cases" is missing: a list of {"when", "next"} [missing-key]',
  },
  {
    name: 'a branch without else',
    put: ['nodes.fork', { type: 'branch', cases: [] }],
    at: 'nodes.fork.else',
    says: '"else" is missing: the node to go on to when no case holds [missing-key]',
  },
  {
    name: 'a case without a condition',
    put: ['nodes.fork', { type: 'branch', cases: [{ next: 'thanks' }], else: 'thanks' }],
    at: 'nodes.fork.cases.0.when',
    says: '"when" is missing: the condition [missing-key]',
  },
  {
    name: 'a case that leads to no node',
    put: ['nodes.fork', branchTo(true, 'thnks')],
    at: 'nodes.fork.cases.0.next',
    says: 'there is no node "thnks"; did you mean "thanks"? [unknown-node]',
  },
  {
    name: 'an operator that there is not',
    put: ['nodes.fork', branchTo({ matches: ['a', 'b'] })],
    at: 'nodes.fork.cases.0.when.matches',
    says: 'unknown operator "matches"; known are var == === != !== < <= > >= in ! !! and or if ?: missing missing_some some all none + - * / % min max cat [unknown-operator]',
  },
  {
    name: 'an operator that there is not, within another',
    put: ['nodes.fork', branchTo({ and: [true, { '!': { constructor: [] } }] })],
    at: 'nodes.fork.cases.0.when.and.1.!.constructor',
    says: 'unknown operator "constructor"; known are var == === != !== < <= > >= in ! !! and or if ?: missing missing_some some all none + - * / % min max cat [unknown-operator]',
  },
  {
    name: 'a condition of two operators',
    put: ['nodes.fork', branchTo({ '==': [1, 1], '!': true })],
    at: 'nodes.fork.cases.0.when',
    says: 'a condition has one operator, this one has 2 [bad-condition]',
  },
  {
    name: 'a condition on an answer that nobody asks for',
    put: ['nodes.fork', branchTo({ '==': [{ var: 'answers.city' }, 'Keswick'] })],
    at: 'nodes.fork.cases.0.when.==.0.var',
    says: 'reads "answers.city", but no question asks for "city" [unknown-answer]',
  },
  {
    name: 'a branch that leads back to itself',
    put: ['nodes.fork', branchTo(true, 'fork')],
    at: 'nodes.fork',
    says: 'leads back to itself without a question in between (fork -> fork); the conversation would never stop [loop-without-ask]',
  },

  {
    name: 'an action that calls nothing',
    put: [`${SAVE}.call`, undefined],
    says: `"call" is missing: one of ${calls('or')} [missing-key]`,
  },
  {
    name: 'an action that calls what is not registered',
    put: [`${SAVE}.call`, 'users/delete'],
    says: `there is no call "users/delete"; known are ${calls('and')} [unknown-call]`,
  },
  {
    name: 'an action with a URL',
    put: [`${SAVE}.url`, 'https://rest.iad-01.braze.com'],
    says: 'there is no such key here; known are type, call, attributes, events, subscribe and on [unknown-key]',
  },
  {
    name: 'an action with a key',
    put: [`${SAVE}.api_key`, 'k'],
    says: 'there is no such key here; known are type, call, attributes, events, subscribe and on [unknown-key]',
  },
  {
    name: 'an action that leads nowhere',
    put: [`${SAVE}.on`, undefined],
    says: '"on" is missing: where "success" and "error" lead [missing-route]',
  },
  {
    name: 'no target for success',
    put: [`${SAVE}.on.success`, undefined],
    says: '"success" is missing: the node to go on to when everything is written [missing-route]',
  },
  {
    name: 'no target for error',
    put: [`${SAVE}.on.error`, undefined],
    says: '"error" is missing: the node to go on to when it can never be written [missing-route]',
  },
  {
    name: 'an outcome that there is not',
    put: [`${SAVE}.on.failure`, 'sorry'],
    says: 'there is no such key here; known are success, error, invalid and queued [unknown-key]',
  },
  ...['success', 'error', 'invalid', 'queued'].map((outcome) => ({
    name: `a target for ${outcome} that is no node`,
    put: [`${SAVE}.on.${outcome}`, 'nowhere'] as [string, unknown],
    says: 'there is no node "nowhere" [unknown-node]',
  })),
  {
    name: 'attributes that are a list',
    put: [`${SAVE}.attributes`, 'first_name'],
    says: 'should be an object [wrong-value]',
  },
  ...['external_id', 'user_alias', 'braze_id', '_update_existing_only', 'push_token_import'].map((key) => ({
    name: `an attribute ${key}, which says whom to write to`,
    put: [`${SAVE}.attributes.${key}`, '{{answers.email}}'] as [string, unknown],
    says: 'is written by the relay; leave it out [reserved-attribute]',
  })),
  {
    name: 'an attribute whose name starts with $',
    put: [`${SAVE}.attributes.$inc`, 'x'],
    says: 'should have 1 to 255 characters and not start with "$" [bad-attribute-name]',
  },
  {
    name: 'an attribute of null, which would remove it at Braze',
    put: [`${SAVE}.attributes.dob`, null],
    says: 'should be a text, number, boolean, list or object; to leave it out, leave its line out [wrong-value]',
  },
  {
    name: 'an attribute from an answer that nobody asks for',
    put: [`${SAVE}.attributes.home_city`, '{{answers.city}}'],
    says: 'reads "answers.city", but no question asks for "city" [unknown-answer]',
  },
  {
    name: 'an attribute, deep inside, from an answer that nobody asks for',
    put: [`${SAVE}.attributes.interests`, { add: ['walking', '{{answers.hobby}}'] }],
    at: `${SAVE}.attributes.interests.add.1`,
    says: 'reads "answers.hobby", but no question asks for "hobby" [unknown-answer]',
  },

  {
    name: 'events that are no list',
    put: [`${SAVE}.events`, {}],
    says: 'should be a list of events [wrong-value]',
  },
  {
    name: 'an event without a name',
    put: [`${EVENT}.name`, undefined],
    says: '"name" is missing: the name of the event [missing-key]',
  },
  {
    name: 'an event with an empty name',
    put: [`${EVENT}.name`, ''],
    says: 'should have 1 to 255 characters and not start with "$" [bad-event-name]',
  },
  {
    name: 'an event whose name is too long',
    put: [`${EVENT}.name`, 'a'.repeat(256)],
    says: 'should have 1 to 255 characters and not start with "$" [bad-event-name]',
  },
  {
    name: 'an event whose name starts with $',
    put: [`${EVENT}.name`, '$opened'],
    says: 'should have 1 to 255 characters and not start with "$" [bad-event-name]',
  },
  {
    name: 'an event that is named by what a visitor says',
    put: [`${EVENT}.name`, 'met {{answers.first_name}}'],
    says: 'cannot be a template, because Braze blocks profiles with too many names; put what varies into the properties [templated-event-name]',
  },
  {
    name: 'an event with a time of its own',
    put: [`${EVENT}.time`, '2026-01-01'],
    says: 'there is no such key here; known are name, properties and repeat [unknown-key]',
  },
  {
    name: 'an event that repeats "yes"',
    put: [`${EVENT}.repeat`, 'yes'],
    says: 'should be true or false [wrong-value]',
  },
  ...['time', 'event_name', 'submission_id'].map((key) => ({
    name: `a property ${key}`,
    put: [`${PROPERTIES}.${key}`, 'x'] as [string, unknown],
    says: 'is reserved; give the property another name [reserved-property]',
  })),
  {
    name: 'a property without a name',
    put: [PROPERTIES, { '': 'x' }],
    at: `${PROPERTIES}.`,
    says: 'should have 1 to 255 characters and not start with "$" [bad-property-name]',
  },
  {
    name: 'a property whose name starts with $',
    put: [`${PROPERTIES}.$page`, 'x'],
    says: 'should have 1 to 255 characters and not start with "$" [bad-property-name]',
  },
  {
    name: 'a property from an answer that nobody asks for',
    put: [`${PROPERTIES}.city`, '{{answers.city}}'],
    says: 'reads "answers.city", but no question asks for "city" [unknown-answer]',
  },
  {
    name: 'a property of null',
    put: [`${PROPERTIES}.page`, null],
    says: 'should be a text, number, boolean, list or object; to leave it out, leave its line out [wrong-value]',
  },

  {
    name: 'an end that leads on',
    put: ['nodes.sorry.next', 'hello'],
    says: 'there is no such key here; known are type and text [unknown-key]',
  },
];

describe('a flow is refused', () => {
  for (const { name, put, at = put[0], says } of MISTAKES) {
    it(`for ${name}, at ${at}`, () => {
      const problems = problemsOf(flowWith(...put));
      assert.equal(problems.length, 1, problems.join('\n'));
      const [problem = ''] = problems;
      assert.equal(problem, `${at}: ${says}`);
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
        'nodes.save: writes nothing; it should have "attributes", "events" or "subscribe" [empty-action]',
      ]);
    }
  });

  it('for a loop of several nodes, once', () => {
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
    assert.deepEqual(problemsOf(flow), [
      'nodes.a: leads back to itself without a question in between (a -> b -> c -> a); the conversation would never stop [loop-without-ask]',
    ]);
  });

  it('with every mistake of its shape at once', () => {
    const flow = {
      id: 'my flow',
      title: 'x',
      nodes: {
        hello: { type: 'message', text: '' },
        name: { type: 'ask', field: 'First', input: 'colour', text: 'Name?', next: 'save' },
        save: { type: 'action', call: 'users/delete', url: 'x', events: 'x', on: { success: 'end' } },
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
        'nodes.hello.text',
        'nodes.save.attributes.external_id',
        'nodes.save.attributes.external_id',
        'nodes.save.events.0.name',
        'nodes.save.events.0.properties.time',
        'nodes.save.on.error',
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
    ['a loop that has a question in it', 'nodes.fork', branchTo({ var: 'answers.email' }, 'name')],
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
          { source: 'b.json', json: changed(FLOW, 'id', 'other') },
          { source: 'c.json', json: null },
        ]),
      ({ message }: Error) =>
        message ===
        [
          'Flow a.json has mistakes:',
          '  - nodes.hello.next: there is no node "naem"; did you mean "name"? [unknown-node]',
          'Flow c.json has mistakes:',
          '  - (the whole file): should be a JSON object [wrong-value]',
        ].join('\n'),
    );
  });

  it('have an id each', () => {
    assert.throws(
      () =>
        loadFlows([
          { source: 'a.json', json: FLOW },
          { source: 'b.json', json: FLOW },
        ]),
      /^FlowError: Flow b\.json has mistakes:\n {2}- id: a\.json has a flow "welcome" already; each should have its own id \[duplicate-flow\]$/,
    );
  });
});
