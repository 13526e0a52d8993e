/**
 * Hostile answers, 100,000 of them, to every input: each is taken in its normal form, or refused for a reason. How much work one
 * can cause is bounded by its length (`flow/answer.ts` looks at no longer ones), by lint (how a pattern can be matched), and by
 * the steps of a condition (`flow/condition.ts`).
 */
import type { TrackNode } from '../../server/actions/users-track.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { furtherOn } from '../../widget/flow/further-answer.ts';
import { LANGUAGE } from '../../widget/flow/language.ts';
import { problemOfPattern } from '../../server/flows/lint/pattern.ts';
import { admit } from '../../server/submissions.ts';
import { parseSubmissions } from '../../server/schema.ts';
import type { AskNode, Flow, Input, PublishedFlow } from '../../widget/contract/flow.ts';
import { acceptAnswer, isNormalAnswer } from '../../widget/flow/answer.ts';
import { evaluate, STEPS } from '../../widget/flow/condition.ts';
import { transcriptOf } from '../../widget/flow/transcript.ts';
import { startConversation, transition } from '../../widget/flow/transition.ts';
import type { Happening } from '../../widget/flow/walk.ts';
import { arbitraryHostileAnswer } from '../flow/arbitrary-answer.ts';

const CASES = 100_000;
const SEED = 20_261_121;

const OPTIONS = ['red', '__proto__', 'constructor', '٣'].map((value) => ({ value, text: value }));

/** One that can be matched in many ways, within what lint lets through. */
const PATTERN = '(?:[a-z]{1,20}-){0,2}[a-z]{1,40}';

const INPUTS: readonly Input<string>[] = [
  { input: 'text' },
  { input: 'text', pattern: PATTERN, min_length: 2, max_length: 80 },
  { input: 'multiline' },
  { input: 'email' },
  { input: 'phone' },
  { input: 'date', min: '-120y', max: 'today' },
  { input: 'number', min: -10, max: 1e6 },
  { input: 'choice', options: OPTIONS },
  { input: 'choices', options: OPTIONS, max: 2 },
  { input: 'rating' },
  { input: 'consent' },
];

const TODAY = '2026-11-21';
const FURTHER = furtherOn(TODAY);
const HAPPENING: Happening = {
  time: `${TODAY}T10:00:00.000Z`,
  language: LANGUAGE,
  surroundings: { page: { path: '/' }, device: { type: 'desktop', language: 'en' } },
};

const asks = INPUTS.map((input): AskNode<string> => ({
  type: 'ask',
  field: 'said',
  text: 'What?',
  next: 'where',
  ...input,
}));

/** The answer is read by conditions and texts, and submitted. */
const flowOf = (ask: AskNode<string>): PublishedFlow => ({
  id: 'hostile',
  revision: 'r1',
  locale: 'en',
  start: 'ask',
  nodes: {
    ask,
    where: {
      type: 'branch',
      cases: [
        { when: { '<': [{ '+': [{ var: 'answers.said' }, 1] }, 0] }, next: 'echo' },
        { when: { some: [{ var: 'answers.said' }, { in: [{ var: '' }, ['red']] }] }, next: 'echo' },
        { when: { in: ['a', { cat: [{ var: 'answers.said' }, { var: 'answers.said' }] }] }, next: 'save' },
      ],
      else: 'echo',
    },
    echo: {
      type: 'message',
      bubbles: [{ text: '**{{answers.said}}** [x](/?q={{answers.said}})' }],
      next: 'save',
    },
    save: { type: 'action', on: { success: 'end', error: 'end' } },
    end: { type: 'end' },
  },
});

const SAVE: TrackNode = {
  type: 'action',
  call: 'users/track',
  attributes: { said: '{{answers.said}}' },
  on: { success: 'end', error: 'end' },
};

const written = (ask: AskNode<string>): Flow => ({
  id: 'hostile',
  start: 'ask',
  nodes: {
    ask,
    save: SAVE,
    end: { type: 'end' },
  },
});

describe(`${CASES} hostile answers`, () => {
  it('each is taken in its normal form or refused, and what is taken the relay takes too', () => {
    const share = Math.ceil(CASES / asks.length);
    for (const ask of asks) {
      const flow = flowOf(ask);
      const asked = startConversation(
        flow,
        { conversation: '01938c2e-7b1a-7000-8000-000000000000', seed: 's' },
        HAPPENING,
      )[0];
      let taken = 0;
      fc.assert(
        fc.property(arbitraryHostileAnswer, (raw) => {
          const accepted = acceptAnswer(ask, raw, FURTHER);
          const [snapshot, effects] = transition(flow, asked, {
            ...HAPPENING,
            type: 'answer',
            node: 'ask',
            value: raw,
          });
          transcriptOf(flow, snapshot, HAPPENING);
          if (accepted.refusal) {
            assert.equal(snapshot.node, 'ask');
            assert.ok(!isNormalAnswer(ask, raw, FURTHER));
            return;
          }
          taken += 1;
          const { value } = accepted;
          assert.ok(value !== undefined && isNormalAnswer(ask, value, FURTHER), 'a normal form is its own');
          assert.ok(String(value).length <= 255 * OPTIONS.length);
          const sent: unknown = JSON.parse(
            JSON.stringify({ submissions: effects.map(({ submission }) => submission) }),
          );
          const parsed = parseSubmissions(sent);
          assert.ok('value' in parsed, JSON.stringify(parsed));
          const [submission] = parsed.value.submissions;
          assert.ok(submission);
          const admission = admit(submission, { flow: written(ask), revision: submission.revision });
          assert.ok(
            'unacceptable' in admission && admission.unacceptable === undefined,
            JSON.stringify(admission),
          );
        }),
        { numRuns: share, seed: SEED },
      );
      console.log(`${ask.input}: ${taken} of ${share} taken`);
    }
  });

  it('a pattern that lint lets through has a bounded number of ways to be matched', () => {
    assert.equal(problemOfPattern(PATTERN, 80), undefined);
    assert.equal(problemOfPattern('(?:[a-z]+-?)+', 80)?.code, 'slow-pattern');
  });

  it('a condition on any answer ends within its steps', () => {
    const nested = (depth: number): unknown =>
      depth === 0
        ? { '!!': { var: 'answers.said' } }
        : { some: [{ var: 'answers.said' }, { or: [false, nested(depth - 1)] }] };
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 100 }), (said) => {
        // A list within a list within a list: 100 to the third power, were it not bounded.
        evaluate(nested(3), { answers: { said } });
        assert.equal(
          evaluate(nested(3), { answers: { said: Array.from({ length: STEPS }, () => '') } }),
          undefined,
        );
      }),
      { numRuns: 200, seed: SEED },
    );
  });
});
