import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InputKind } from '../../widget/contract/flow.ts';
import { acceptAnswer, isNormalAnswer, type RefusalCode } from '../../widget/flow/answer.ts';

const ACCEPTED: [InputKind, string, string][] = [
  ['text', 'Ada', 'Ada'],
  ['text', '  Ada  ', 'Ada'],
  ['text', 'Jose\u0301', 'Jos\u00e9'],
  ['text', 'line\nbreak\u0000', 'line break'],
  ['text', '山田', '山田'],
  ['text', 'a'.repeat(255), 'a'.repeat(255)],
  ['email', ' ada@example.com ', 'ada@example.com'],
  ['email', "o'hara+walks@sub.example.co.uk", "o'hara+walks@sub.example.co.uk"],
  ['email', 'Ada@Example.com', 'Ada@Example.com'],
  ['date', '1815-12-10', '1815-12-10'],
  ['date', '2000-02-29', '2000-02-29'],
  ['date', ' 1999-01-31', '1999-01-31'],
];

const REFUSED: [InputKind, string, RefusalCode][] = [
  ['text', '', 'required'],
  ['text', ' \t\n', 'required'],
  ['text', 'a'.repeat(256), 'too_long'],
  ['email', 'ada', 'email'],
  ['email', 'ada@', 'email'],
  ['email', 'ada@exa mple.com', 'email'],
  ['email', 'ada@-example.com', 'email'],
  ['email', 'ada@example..com', 'email'],
  ['email', 'ada@example.com, eve@example.com', 'email'],
  ['date', '1900-02-29', 'date'],
  ['date', '2001-02-29', 'date'],
  ['date', '2000-13-01', 'date'],
  ['date', '2000-00-01', 'date'],
  ['date', '2000-04-31', 'date'],
  ['date', '0000-01-01', 'date'],
  ['date', '3001-01-01', 'date'],
  ['date', '10/12/1815', 'date'],
  ['date', '1815-12-10T00:00', 'date'],
];

describe('an answer', () => {
  for (const [input, raw, value] of ACCEPTED) {
    it(`to ${input}: ${JSON.stringify(raw.slice(0, 40))} is taken as ${JSON.stringify(value.slice(0, 40))}`, () => {
      assert.deepEqual(acceptAnswer({ input }, raw), { value });
      assert.ok(isNormalAnswer({ input }, value), 'a normal form is its own normal form');
      assert.equal(isNormalAnswer({ input }, raw), raw === value);
    });
  }
  for (const [input, raw, refusal] of REFUSED) {
    it(`to ${input}: ${JSON.stringify(raw.slice(0, 40))} is refused as ${refusal}`, () => {
      assert.deepEqual(acceptAnswer({ input }, raw), { refusal });
      assert.ok(!isNormalAnswer({ input }, raw));
    });
  }
});
