import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TemplateValue } from '../../widget/contract/flow.ts';
import { fillText, fillValue, isMalformed, referencesOf } from '../../widget/flow/template.ts';

const CONTEXT = {
  answers: { first_name: 'Ada', city: 'Keswick' },
  page: { path: '/boots', tags: ['pricing', 'suv'] },
  visitor: { visits: 3, returning: true },
};

const TEXTS: [string, string][] = [
  ['Hello {{answers.first_name}}!', 'Hello Ada!'],
  ['Hello {{ answers.first_name }}!', 'Hello Ada!'],
  ['Hello {{answers.nickname}}!', 'Hello !'],
  ['Hello {{answers.nickname | default: "friend"}}!', 'Hello friend!'],
  ['Hello {{answers.first_name | default: "friend"}}!', 'Hello Ada!'],
  ['{{page.tags}}', 'pricing, suv'],
  ['{{answers.constructor.name}}', ''],
  ['{{answers.__proto__.toString}}', ''],
  ['{{answers.first_name.length}}', ''],
  ['no braces', 'no braces'],
  ['{{answers.first_name', '{{answers.first_name'],
];

const VALUES: [string, TemplateValue, unknown][] = [
  ['a whole reference keeps a list', '{{page.tags}}', ['pricing', 'suv']],
  ['a whole reference keeps a number', '{{visitor.visits}}', 3],
  ['a whole reference keeps a boolean', '{{visitor.returning}}', true],
  ['a mixed one is text', 'visit {{visitor.visits}}', 'visit 3'],
  ['a constant stays', 7, 7],
  ['what is absent is left out', '{{answers.nickname}}', undefined],
  ['what is absent has its default', '{{answers.nickname | default: "none"}}', 'none'],
  ['a mixed one with something absent is left out', 'Dear {{answers.nickname}}', undefined],
  ['inside an object', { add: '{{page.tags}}' }, { add: ['pricing', 'suv'] }],
  ['an object loses what is absent', { a: '{{answers.city}}', b: '{{answers.x}}' }, { a: 'Keswick' }],
  ['an object of nothing is left out', { add: '{{page.none}}' }, undefined],
  ['a list loses what is absent', ['{{answers.x}}', '{{answers.city}}'], ['Keswick']],
  ['a list of nothing is left out', ['{{answers.x}}'], undefined],
];

describe('a template', () => {
  for (const [template, text] of TEXTS) {
    it(`${template} reads ${JSON.stringify(text)}`, () => assert.equal(fillText(template, CONTEXT), text));
  }
  for (const [name, template, value] of VALUES) {
    it(`in a mapping: ${name}`, () => assert.deepEqual(fillValue(template, CONTEXT), value));
  }
  it('leaves out null as it leaves out what is absent', () => {
    assert.equal(fillValue('{{answers.a}}', { answers: { a: null } }), undefined);
  });
  it('names the paths that it reads', () => {
    assert.deepEqual(referencesOf('{{a.b}} and {{c | default: "d"}}'), ['a.b', 'c']);
  });
  for (const [template, malformed] of [
    ['{{a.b}}', false],
    ['no braces, { one }', false],
    ['{{a b}}', true],
    ['{{a.b', true],
    ['{{a | upper}}', true],
    ['a.b}}', true],
  ] as const) {
    it(`${template} is ${malformed ? 'malformed' : 'well formed'}`, () => {
      assert.equal(isMalformed(template), malformed);
    });
  }
});
