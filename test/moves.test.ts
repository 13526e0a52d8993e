import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PublishedFlow } from '../widget/contract/flow.ts';
import { LANGUAGE } from '../widget/flow/language.ts';
import type { Snapshot } from '../widget/flow/snapshot.ts';
import { startConversation, transition, type ConversationEvent } from '../widget/flow/transition.ts';
import type { Verdict } from '../widget/flow/verdict.ts';
import { movesOf } from '../widget/moves.ts';

const FLOW: PublishedFlow = {
  id: 'welcome',
  revision: 'r1',
  locale: 'en',
  start: 'half',
  nodes: {
    half: { type: 'split', ways: [{ weight: 1, next: 'hello' }] },
    hello: { type: 'message', bubbles: [{ text: 'Hello' }], next: 'name' },
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Name?', next: 'city' },
    city: { type: 'ask', field: 'city', input: 'text', text: 'City?', optional: true, next: 'where' },
    where: {
      type: 'branch',
      cases: [{ when: { '==': [{ var: 'answers.city' }, 'Keswick'] }, next: 'near' }],
      else: 'code',
    },
    near: { type: 'message', bubbles: [{ text: 'You are near' }], next: 'code' },
    code: {
      type: 'ask',
      field: 'code',
      input: 'text',
      pattern: '\\d+',
      text: 'Code?',
      retry: { limit: 1, next: 'save' },
      next: 'save',
    },
    save: { type: 'action', on: { success: 'more', error: 'sorry', invalid: 'code' } },
    more: {
      type: 'ask',
      field: 'more',
      input: 'choice',
      options: [
        { value: 'y', text: 'Yes' },
        { value: 'n', text: 'No' },
      ],
      text: 'Again?',
      next: 'again',
    },
    again: {
      type: 'branch',
      cases: [{ when: { '==': [{ var: 'answers.more' }, 'y'] }, next: 'more' }],
      else: 'bye',
    },
    bye: { type: 'end', text: 'Bye' },
    sorry: { type: 'end' },
  },
};

const NOW = {
  time: '2026-11-21T10:00:00.000Z',
  surroundings: { page: { path: '/' }, device: { type: 'desktop', language: 'en' } },
  language: LANGUAGE,
} as const;

const answer = (node: string, value: unknown): ConversationEvent => ({ ...NOW, type: 'answer', node, value });
const correct = (node: string): ConversationEvent => ({ ...NOW, type: 'correct', node });
const resume: ConversationEvent = { ...NOW, type: 'resume' };
/** On the submission that is awaited. */
const judged = (outcome: Verdict['outcome'], next?: string) => ({
  outcome,
  ...(next !== undefined && { next }),
});

type Step = ConversationEvent | ReturnType<typeof judged>;

const step = (flow: PublishedFlow, snapshot: Snapshot, given: Step): Snapshot => {
  const event =
    'type' in given
      ? given
      : ({ ...NOW, type: 'verdict', verdict: { id: snapshot.awaiting ?? '', ...given } } as const);
  return transition(flow, snapshot, event)[0];
};

const begun = (conversation = 'c1') => startConversation(FLOW, { conversation, seed: 's' }, NOW)[0];

/** What the last of these steps did. */
function lastMoves(steps: readonly Step[], flow = FLOW, tellsValues = false) {
  const before = steps.slice(0, -1).reduce((at, each) => step(FLOW, at, each), begun());
  const last = steps.at(-1);
  return movesOf(flow, before, last ? step(flow, before, last) : before, tellsValues);
}

const NAME = answer('name', 'Ada');
const AWAY = answer('city', 'Leeds');
const CODE = answer('code', '7');
const TO_THE_END = [NAME, AWAY, CODE, judged('success'), answer('more', 'n')];

const told = (node: string, field: string, input = 'text') => ['parley-answer', { node, field, input }];
const led = (node: string, next: string, kind: string, rest = {}) => [
  'parley-branch',
  { node, next, kind, ...rest },
];
const OTHER: PublishedFlow = {
  ...FLOW,
  revision: 'r2',
  nodes: { ...FLOW.nodes, where: { type: 'branch', cases: [], else: 'near' } },
};

describe('what a step did', () => {
  const cases: [name: string, steps: readonly Step[], moves: readonly unknown[], flow?: PublishedFlow][] = [
    ['an answer, and no word of what was said', [NAME], [told('name', 'first_name')]],
    [
      'a question that was passed over',
      [NAME, answer('city', '')],
      [told('city', 'city'), led('where', 'code', 'branch')],
    ],
    ['an answer, and where it led', [NAME, AWAY], [told('city', 'city'), led('where', 'code', 'branch')]],
    ['nothing, where an answer was not taken', [NAME, AWAY, answer('code', 'x')], []],
    [
      'tries that are used up',
      [NAME, AWAY, answer('code', 'x'), answer('code', 'x')],
      [led('code', 'save', 'ask')],
    ],
    ['nothing of what is only being sent', [NAME, AWAY, CODE], [told('code', 'code')]],
    [
      'an outcome, and where it led',
      [NAME, AWAY, CODE, judged('success')],
      [led('save', 'more', 'action', { outcome: 'success' })],
    ],
    [
      'an outcome that puts a question again',
      [NAME, AWAY, CODE, judged('invalid', 'code')],
      [led('save', 'code', 'action', { outcome: 'invalid' })],
    ],
    [
      'an outcome that ends it',
      [NAME, AWAY, CODE, judged('error')],
      [led('save', 'sorry', 'action', { outcome: 'error' }), ['parley-end', { node: 'sorry' }]],
    ],
    [
      'the same answer again, in a loop',
      [NAME, AWAY, CODE, judged('success'), answer('more', 'y'), answer('more', 'y')],
      [told('more', 'more', 'choice'), led('again', 'more', 'branch')],
    ],
    [
      'an end',
      TO_THE_END,
      [told('more', 'more', 'choice'), led('again', 'bye', 'branch'), ['parley-end', { node: 'bye' }]],
    ],
    ['nothing, where the visitor only goes back', [...TO_THE_END, correct('city')], []],
    [
      'a correction, but no way that was gone before',
      [NAME, AWAY, correct('name'), answer('name', 'Eve')],
      [told('name', 'first_name')],
    ],
    ['nothing, where they leave it at what they said', [NAME, AWAY, correct('name'), NAME], []],
    [
      'a correction that leads elsewhere',
      [NAME, AWAY, correct('city'), answer('city', 'Keswick')],
      [told('city', 'city'), led('where', 'near', 'branch')],
    ],
    ['nothing, where it is resumed', [NAME, AWAY, resume], []],
    [
      'only what a newer revision decides otherwise',
      [NAME, AWAY, resume],
      [led('where', 'near', 'branch')],
      OTHER,
    ],
    ['nothing at its end, whatever the revision', [...TO_THE_END, resume], [], OTHER],
  ];
  for (const [name, steps, moves, flow] of cases) {
    it(`is ${name}`, () => assert.deepEqual(lastMoves(steps, flow), moves));
  }

  it('is what came before the first question, where it begins', () => {
    assert.deepEqual(movesOf(FLOW, undefined, begun()), [led('half', 'hello', 'split')]);
  });

  it('is all of that again, where another conversation begins', () => {
    assert.deepEqual(movesOf(FLOW, begun(), begun('c2')), [led('half', 'hello', 'split')]);
  });

  it('is told with what was said where the page wants that', () => {
    const value = (steps: readonly Step[]) => lastMoves(steps, FLOW, true)[0]?.[1];
    assert.deepEqual(value([NAME]), { node: 'name', field: 'first_name', input: 'text', value: 'Ada' });
    assert.deepEqual(value([NAME, answer('city', '')]), {
      node: 'city',
      field: 'city',
      input: 'text',
      value: null,
    });
  });
});
