import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import * as v from 'valibot';
import { lintFlow } from '../../server/flows/lint/lint.ts';
import { FlowSchema } from '../../server/flows/schema.ts';
import { arbitraryFlow } from '../flow/arbitrary-flow.ts';
import { changed, WHOLE_FLOW } from '../server/whole-flow.ts';
import { ACTIONS_DOC, actionsDocText } from './actions-doc.ts';
import { jsonSchemaText, SCHEMA_FILE } from './json-schema.ts';
import { REGISTRY_FILE, registryText } from './registry.ts';

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

// That one of some keys is required is said beside what they are.
const ajv = new Ajv({ strict: true, strictRequired: false, allErrors: true });
const isByAjv = ajv.compile(read(SCHEMA_FILE) as object);

/** The mistakes that the relay finds, `path: message` each. */
function mistakesOf(json: unknown): string[] {
  return (v.safeParse(FlowSchema, json).issues ?? []).map((issue) => {
    const path = v.getDotPath(issue) ?? '';
    if (issue.received === 'undefined') return `${path}: missing`;
    return `${path}: ${issue.expected === 'never' ? 'unknown key' : issue.message}`;
  });
}

const inAjvsWords = () => ajv.errorsText(isByAjv.errors, { separator: '\n' });

describe('the JSON Schema of flows', () => {
  it('is what the relay’s schema says', async () => {
    assert.equal(
      readFileSync(SCHEMA_FILE, 'utf8'),
      await jsonSchemaText(),
      `${SCHEMA_FILE} is behind server/flows/schema.ts; write it anew with: npm run schema`,
    );
  });

  for (const { file, made, from } of [
    { file: REGISTRY_FILE, made: registryText, from: 'the files of server/actions' },
    { file: ACTIONS_DOC, made: actionsDocText, from: 'what actions call' },
  ]) {
    it(`knows each action, and so does ${file}`, async () => {
      const words = `${file} is behind ${from}; write it anew with: npm run schema`;
      assert.equal(readFileSync(file, 'utf8'), await made(), words);
    });
  }

  it('describes every key', () => {
    interface Part {
      readonly $ref?: string;
      readonly $defs?: Readonly<Record<string, Part>>;
      readonly description?: string;
      readonly properties?: Readonly<Record<string, Part>>;
      readonly additionalProperties?: Part | false;
      readonly items?: Part;
      readonly oneOf?: readonly Part[];
      readonly anyOf?: readonly Part[];
    }
    const root = read(SCHEMA_FILE) as Part;
    const descriptionOf = ({ $ref = '', description }: Part) =>
      description ?? root.$defs?.[$ref.replace('#/$defs/', '')]?.description;
    const bare = (part: Part, path: string): string[] => {
      const named = Object.entries({ ...part.properties, ...part.$defs });
      const keys = Object.entries(part.properties ?? {});
      const others = [part.additionalProperties, part.items, ...(part.oneOf ?? []), ...(part.anyOf ?? [])];
      return [
        ...keys.filter(([, each]) => descriptionOf(each) === undefined).map(([key]) => `${path}.${key}`),
        ...named.flatMap(([key, each]) => bare(each, `${path}.${key}`)),
        ...others.flatMap((each) => (each ? bare(each, path) : [])),
      ];
    };
    assert.deepEqual(bare(root, ''), []);
  });

  for (const file of globSync(['demo/flows/*.json', 'test/fixtures/{good,warned}/*.json']).sort()) {
    it(`takes ${file}`, () => {
      assert.ok(isByAjv(read(file)), inAjvsWords());
      assert.deepEqual(mistakesOf(read(file)), []);
    });
  }

  for (const file of globSync('demo/flows/*.json')) {
    it(`is named by ${file}, for editors`, () => {
      const { $schema } = read(file) as { readonly $schema: string };
      assert.equal(new URL($schema, `file:///${file}`).pathname, `/${SCHEMA_FILE}`);
    });
  }

  it('takes every key of the language', () => {
    assert.ok(isByAjv(WHOLE_FLOW), inAjvsWords());
    assert.deepEqual(v.parse(FlowSchema, WHOLE_FLOW), WHOLE_FLOW);
  });
});

const NODE = 'nodes.first_name';

/** One mistake each, in `WHOLE_FLOW`: what stands where, and how the relay says it (`at` is where it stands unless it says otherwise). */
const BROKEN: { put: [path: string, value: unknown]; at?: string; says: RegExp }[] = [
  { put: ['title', 'Whole'], says: /unknown key/ },
  { put: ['id', undefined], says: /missing/ },
  { put: ['id', 'my flow'], says: /should start with a letter/ },
  { put: ['id', 'a'.repeat(65)], says: /64 at most/ },
  { put: ['locale', 1], says: /should be a locale/ },
  { put: ['start', undefined], says: /missing/ },
  { put: ['nodes', []], says: /should be an object of nodes/ },
  { put: ['nodes.my node', { type: 'end' }], says: /should start with a letter/ },
  {
    put: ['nodes.constructor', { type: 'end' }],
    at: 'nodes',
    says: /cannot have a key "constructor"; give it another name/,
  },
  { put: ['nodes.hello', null], says: /should have a "type": "message", "ask", "branch", "split"/ },
  { put: ['nodes.hello.type', undefined], says: /missing/ },
  { put: ['nodes.hello.type', 'video'], says: /should have a "type": .*"action", "handoff" or "end"/ },

  { put: ['nodes.hello.text', undefined], says: /missing/ },
  { put: ['nodes.hello.text', ''], says: /should not be empty/ },
  { put: ['nodes.hello.text', ['Hello']], says: /should be a text, or one per locale/ },
  { put: ['nodes.hello.text.ja', 1], says: /should be a text/ },
  { put: ['nodes.hello.text.ja', ''], says: /should not be empty/ },
  { put: ['nodes.hello.next', undefined], says: /missing/ },
  { put: ['nodes.hello.next', 1], says: /should name a node/ },
  { put: ['nodes.hello.field', 'x'], says: /unknown key/ },
  {
    put: ['nodes.hello.bubbles', [{ text: 'Hi' }]],
    says: /cannot stand beside "text": should be either "text" or "bubbles"/,
  },
  { put: ['nodes.pictures.bubbles', []], says: /should be a list of/ },
  { put: ['nodes.pictures.bubbles', 'Hi'], says: /should be a list of/ },
  {
    put: ['nodes.pictures.bubbles.0', 'Hi'],
    says: /should be \{"text"\} or \{"image", "alt", "width", "height"\}/,
  },
  { put: ['nodes.pictures.bubbles.0', {}], at: 'nodes.pictures.bubbles.0.text', says: /missing/ },
  { put: ['nodes.pictures.bubbles.0.next', 'x'], says: /unknown key/ },
  { put: ['nodes.pictures.bubbles.1.image', undefined], says: /missing/ },
  { put: ['nodes.pictures.bubbles.1.image', ''], says: /should not be empty/ },
  { put: ['nodes.pictures.bubbles.1.alt', undefined], says: /missing/ },
  { put: ['nodes.pictures.bubbles.1.alt', null], says: /should be a text, or one per locale/ },
  { put: ['nodes.pictures.bubbles.1.width', 0], says: /should be a whole number from 1 to 10000/ },
  { put: ['nodes.pictures.bubbles.1.height', 1.5], says: /should be a whole number/ },
  { put: ['nodes.pictures.bubbles.1.height', '480'], says: /should be a whole number/ },
  { put: ['nodes.pictures.bubbles.1.text', 'x'], says: /unknown key/ },

  { put: [`${NODE}.input`, undefined], says: /missing/ },
  {
    put: [`${NODE}.input`, 'file'],
    says: /should have an "input": "text", "multiline", "email", .*"consent"/,
  },
  { put: [`${NODE}.field`, 'City'], says: /should be lower case with underscores, such as "first_name"/ },
  { put: [`${NODE}.field`, 'constructor'], says: /a name that programs keep for themselves/ },
  { put: [`${NODE}.field`, 'prototype'], says: /a name that programs keep for themselves/ },
  { put: [`${NODE}.field`, undefined], says: /missing/ },
  { put: [`${NODE}.text`, 'x'.repeat(5_001)], says: /should have 5000 characters at most/ },
  {
    put: [`${NODE}.text`, { en: 'x'.repeat(5_001) }],
    at: `${NODE}.text.en`,
    says: /should have 5000 characters/,
  },
  { put: [`${NODE}.optional`, 'yes'], says: /should be true or false/ },
  { put: [`${NODE}.retry`, {}], says: /should say something/ },
  { put: [`${NODE}.retry`, 3], says: /should be \{"limit", "text", "next"\}/ },
  { put: [`${NODE}.retry.next`, undefined], says: /missing/ },
  { put: [`${NODE}.retry.limit`, undefined], says: /missing/ },
  { put: [`${NODE}.retry.limit`, 0], says: /should be a whole number from 1 to 20/ },
  { put: [`${NODE}.retry.limit`, 21], says: /should be a whole number from 1 to 20/ },
  { put: [`${NODE}.retry.times`, 2], says: /unknown key/ },
  { put: [`${NODE}.options`, []], says: /unknown key/ },
  { put: [`${NODE}.min_length`, 0], says: /should be a whole number from 1 to 255/ },
  { put: [`${NODE}.max_length`, 256], says: /should be a whole number from 1 to 255/ },
  { put: [`${NODE}.pattern`, ''], says: /should not be empty/ },
  { put: ['nodes.story.autocomplete', 1], says: /should be a purpose/ },
  { put: ['nodes.email.min', 1], says: /unknown key/ },
  { put: ['nodes.phone.country', 'gb'], says: /should be two capital letters, such as "GB"/ },
  { put: ['nodes.birthday.min', '01.01.1900'], says: /should be a date such as "1900-01-31", "today"/ },
  { put: ['nodes.birthday.max', '18y'], says: /how far from it such as "-18y"/ },
  { put: ['nodes.birthday.max', '-1000d'], says: /how far from it such as "-18y"/ },
  { put: ['nodes.walks.min', '0'], says: /should be a number/ },
  { put: ['nodes.walks.integer', 1], says: /should be true or false/ },
  { put: ['nodes.hill.options', []], says: /should be a list of 1 to 50/ },
  {
    put: ['nodes.hill.options', Array.from({ length: 51 }, (_, at) => ({ value: `${at}`, text: 'x' }))],
    says: /should be a list of 1 to 50/,
  },
  { put: ['nodes.hill.options.0', 'high'], says: /should be \{"value", "text"\}/ },
  { put: ['nodes.hill.options.0.value', 1], says: /should be a text/ },
  { put: ['nodes.hill.options.0.value', 'x'.repeat(256)], says: /should have 255 characters at most/ },
  { put: ['nodes.hill.options.0.next', 'x'], says: /unknown key/ },
  { put: ['nodes.hill.autocomplete', 'off'], says: /unknown key/ },
  { put: ['nodes.hill.max', 1], says: /unknown key/ },
  { put: ['nodes.topics.min', 0.5], says: /should be a whole number/ },
  { put: ['nodes.topics.max', 0], says: /should be a whole number from 1 to 50/ },
  { put: ['nodes.stars.min', -1], says: /should be a whole number from 0 to 10/ },
  { put: ['nodes.stars.max', 11], says: /should be a whole number from 0 to 10/ },
  { put: ['nodes.consent.yes', true], says: /should be a text, or one per locale/ },
  { put: ['nodes.consent.purpose', 'letters'], says: /should be "storage" or "marketing"/ },
  { put: ['nodes.consent.purpose', true], says: /should be "storage" or "marketing"/ },
  { put: ['nodes.email.purpose', 'storage'], says: /unknown key/ },

  { put: ['nodes.open_branch.cases', undefined], says: /missing/ },
  { put: ['nodes.open_branch.cases', {}], says: /should be a list of \{"when", "next"\}/ },
  { put: ['nodes.open_branch.cases.0.when', undefined], says: /missing/ },
  { put: ['nodes.open_branch.cases.0.if', true], says: /unknown key/ },
  { put: ['nodes.open_branch.else', undefined], says: /missing/ },
  { put: ['nodes.split.ways', []], says: /should be a list of \{"weight", "next"\}/ },
  { put: ['nodes.split.ways.0.weight', 0], says: /should be a number above 0/ },
  { put: ['nodes.split.ways.0.weight', 1e300], says: /should be a number above 0 and up to 1000000/ },
  { put: ['nodes.split.ways.0.weight', '1'], says: /should be a number above 0/ },

  { put: ['nodes.handoff.offers', []], says: /should be a list of 1 to 10 offers/ },
  { put: ['nodes.handoff.offers.0.link', undefined], says: /missing/ },
  { put: ['nodes.handoff.offers.0.event', 'x'], says: /cannot stand beside "link"/ },
  { put: ['nodes.handoff.offers.1.phone', 44], says: /should be a telephone number/ },
  { put: ['nodes.handoff.offers.2.event', ''], says: /should not be empty/ },
  { put: ['nodes.handoff.offers.0.url', 'x'], says: /unknown key/ },

  { put: ['nodes.save.call', 'users/delete'], says: /should have a "call": .*"users\/track"/ },
  { put: ['nodes.save.url', 'https://braze.example'], says: /unknown key/ },
  { put: ['nodes.save.attributes', ['x']], says: /should be an object/ },
  {
    put: ['nodes.save.attributes.prototype', 'x'],
    at: 'nodes.save.attributes',
    says: /cannot have a key "prototype"/,
  },
  { put: ['nodes.save.attributes.email', null], says: /leave its line out/ },
  {
    put: ['nodes.save.attributes.private_attribute', { a: ['x', { b: null }] }],
    at: 'nodes.save.attributes.private_attribute.a.1.b',
    says: /leave its line out/,
  },
  { put: ['nodes.save.events', {}], says: /should be a list of events/ },
  { put: ['nodes.save.events.0', 'x'], says: /should be \{"name", "properties", "repeat"\}/ },
  { put: ['nodes.save.events.0.name', undefined], says: /missing/ },
  { put: ['nodes.save.events.0.time', 'now'], says: /unknown key/ },
  { put: ['nodes.save.events.0.repeat', 'yes'], says: /should be true or false/ },
  { put: ['nodes.save.on', undefined], says: /missing/ },
  { put: ['nodes.save.on.success', undefined], says: /missing/ },
  { put: ['nodes.save.on.failure', 'sorry'], says: /unknown key/ },
  { put: ['nodes.sorry.next', 'hello'], says: /unknown key/ },
];

describe('a flow of the wrong shape is refused, by the relay and by editors', () => {
  for (const { put, at = put[0], says } of BROKEN) {
    const [path, value] = put;
    it(`${path}: ${value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60)}`, () => {
      const broken = changed(WHOLE_FLOW, path, value);
      const mistakes = mistakesOf(broken);
      assert.equal(mistakes.length, 1, mistakes.join('\n'));
      const [mistake = ''] = mistakes;
      assert.equal(mistake.slice(0, at.length + 2), `${at}: `);
      assert.match(mistake.slice(at.length + 2), says);
      assert.ok(!isByAjv(broken));
    });
  }

  for (const key of ['__proto__', 'constructor', 'prototype']) {
    for (const place of ['', 'nodes', 'nodes.hello', 'nodes.save.attributes', 'nodes.save.on']) {
      it(`for a key ${key} at ${place || 'its top'}`, () => {
        const inserted = `{"${key}": {"type": "end"}}`;
        const from = place.split('.').filter(Boolean);
        const inner = from.reduce<unknown>(
          (value, each) => (value as Record<string, unknown>)[each],
          WHOLE_FLOW,
        );
        const text = `${JSON.stringify(inner).slice(0, -1)}, ${inserted.slice(1)}`;
        const marked = place === '' ? '"marked"' : JSON.stringify(changed(WHOLE_FLOW, place, 'marked'));
        const broken: unknown = JSON.parse(marked.replace('"marked"', () => text));
        assert.equal(mistakesOf(broken).length, 1);
        assert.ok(!isByAjv(broken));
      });
    }
  }

  it('with every mistake of an object at once, but that it names one unknown key at a time', () => {
    const message = { type: 'message', bubbles: [{ text: 1 }], text: 'x', nxet: 'a', teext: 'b' };
    const mistakes = mistakesOf(changed(WHOLE_FLOW, 'nodes.hello', message)).map(
      (line) => line.split(':')[0],
    );
    assert.deepEqual(mistakes.sort(), [
      'nodes.hello.bubbles',
      'nodes.hello.bubbles.0.text',
      'nodes.hello.next',
      'nodes.hello.nxet',
    ]);
  });
});

describe('relay and editors judge alike', () => {
  it('every flow that lint lets through', () => {
    fc.assert(
      fc.property(arbitraryFlow, (flow) => {
        assert.deepEqual(mistakesOf(flow), []);
        assert.ok(isByAjv(flow), inAjvsWords());
      }),
      { numRuns: 300 },
    );
  });

  /** Paths to every value of some JSON. */
  const pathsOf = (json: unknown): string[] =>
    typeof json !== 'object' || json === null
      ? []
      : Object.entries(json).flatMap(([key, inner]: [string, unknown]) => [
          key,
          ...pathsOf(inner).map((path) => `${key}.${path}`),
        ]);
  const places = pathsOf(WHOLE_FLOW);
  const VALUES = [
    undefined,
    null,
    true,
    0,
    1,
    -1,
    0.5,
    51,
    1e9,
    '',
    'x',
    'today',
    'GB',
    [],
    ['x'],
    { x: 'x' },
  ];

  it('what browsers may fill in, with what the standard lets stand before it', () => {
    for (const [purpose, isGood] of [
      ['on', true],
      ['postal-code', true],
      ['section-gift shipping work tel-local', true],
      ['work given-name', false],
      ['shipping off', false],
      ['postcode', false],
    ] as const) {
      const flow = changed(WHOLE_FLOW, 'nodes.story.autocomplete', purpose);
      assert.equal(isByAjv(flow), isGood, purpose);
      const isKnown = !lintFlow(flow).some(({ code }) => code === 'unknown-autocomplete');
      assert.equal(isKnown, isGood, purpose);
    }
  });

  it('whatever stands anywhere', () => {
    for (const place of places) {
      // Which purposes there are is lint's to say, so that it can say which one was meant.
      if (place.endsWith('.autocomplete')) continue;
      for (const value of VALUES) {
        const flow = changed(WHOLE_FLOW, place, value);
        const mistakes = mistakesOf(flow);
        assert.equal(
          isByAjv(flow),
          mistakes.length === 0,
          `${place} = ${JSON.stringify(value)}: ${mistakes.join('; ')} / ${inAjvsWords()}`,
        );
      }
    }
  });
});
