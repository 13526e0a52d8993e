import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import { LANGUAGE } from '../../widget/flow/language.ts';
import { isOver, keptOn, previousOf, questionOf, type Snapshot } from '../../widget/flow/snapshot.ts';
import { transcriptOf } from '../../widget/flow/transcript.ts';
import { startConversation, transition, type ConversationEvent } from '../../widget/flow/transition.ts';
import type { Verdict } from '../../widget/flow/verdict.ts';
import { submissionAt, type Surroundings, type Transition } from '../../widget/flow/walk.ts';

const FLOW: PublishedFlow = {
  id: 'welcome',
  revision: 'r1',
  locale: 'en',
  start: 'hello',
  nodes: {
    hello: { type: 'message', bubbles: [{ text: 'Hello' }], next: 'name' },
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Name?', next: 'email' },
    email: {
      type: 'ask',
      field: 'email',
      input: 'email',
      text: 'E-mail, {{answers.first_name}}?',
      next: 'note',
    },
    note: { type: 'message', bubbles: [{ text: 'Nearly there' }], next: 'city' },
    city: { type: 'ask', field: 'city', input: 'text', text: 'City?', next: 'save' },
    save: { type: 'action', on: { success: 'where', error: 'sorry' } },
    where: {
      type: 'branch',
      cases: [{ when: { '==': [{ var: 'answers.city' }, 'Keswick'] }, next: 'near' }],
      else: 'bye',
    },
    near: { type: 'message', bubbles: [{ text: 'You are near' }], next: 'bye' },
    bye: { type: 'end', text: 'Bye' },
    sorry: { type: 'end' },
  },
};

const SURROUNDINGS: Surroundings = { page: { path: '/' }, device: { type: 'desktop', language: 'en' } };
const NOW = { time: '2026-11-21T10:00:00.000Z', surroundings: SURROUNDINGS, language: LANGUAGE };

const FIRST = { conversation: 'c1', seed: 's1' };

const start = () => startConversation(FLOW, FIRST, NOW);
const answer = (node: string, value: unknown): ConversationEvent => ({ ...NOW, type: 'answer', node, value });
const correct = (node: string): ConversationEvent => ({ ...NOW, type: 'correct', node });
const resume: ConversationEvent = { ...NOW, type: 'resume' };
const verdict = (given: Verdict): ConversationEvent => ({ ...NOW, type: 'verdict', verdict: given });

const play = (flow: PublishedFlow, from: Transition, ...events: ConversationEvent[]) =>
  events.reduce<Transition>(([snapshot], event) => transition(flow, snapshot, event), from);

const run = (from: Transition, ...events: ConversationEvent[]) => play(FLOW, from, ...events);

const awaiting = () =>
  run(start(), answer('name', 'Ada'), answer('email', 'ada@example.com'), answer('city', 'Keswick'));

const read = (snapshot: Snapshot, flow = FLOW) =>
  transcriptOf(flow, snapshot, NOW).map((said) => {
    if (said.from === 'visitor') return `visitor: ${String(said.answer)}`;
    const { bubble } = said;
    if ('content' in bubble)
      return `brand: ${bubble.content.filter((span) => typeof span === 'string').join('')}`;
    return 'offers' in bubble ? `offers: ${bubble.offers.map(({ text }) => text).join()}` : bubble.alt;
  });

describe('a conversation', () => {
  it('starts with what is said before the first question', () => {
    const [snapshot, effects] = start();
    assert.equal(snapshot.node, 'name');
    assert.deepEqual(read(snapshot), ['brand: Hello', 'brand: Name?']);
    assert.deepEqual(effects, []);
  });

  it('goes on with an acceptable answer in its normal form', () => {
    const [snapshot] = run(start(), answer('name', ' Ada '));
    assert.deepEqual(snapshot.answers, { first_name: 'Ada' });
    assert.deepEqual(read(snapshot), ['brand: Hello', 'brand: Name?', 'visitor: Ada', 'brand: E-mail, Ada?']);
  });

  it('stays at a question whose answer is refused, says why, and forgets it with the next answer', () => {
    const [refused, effects] = run(start(), answer('name', 'Ada'), answer('email', 'nope'));
    assert.equal(refused.node, 'email');
    assert.deepEqual(refused.refusal, { code: 'email' });
    assert.deepEqual(effects, []);
    const [accepted] = run([refused, []], answer('email', 'ada@example.com'));
    assert.equal(accepted.refusal, undefined);
    assert.equal(accepted.node, 'city');
  });

  it('ignores an answer to a question that it does not stand at', () => {
    const [before] = run(start(), answer('name', 'Ada'));
    const [after] = run([before, []], answer('name', 'Eve'));
    assert.equal(after, before);
  });

  it('asks for a submission at an action, with the answers and a derived id', () => {
    const [snapshot, effects] = awaiting();
    assert.equal(snapshot.awaiting, 'c1.4');
    assert.ok(!isOver(FLOW, snapshot));
    assert.deepEqual(effects, [
      {
        submission: {
          id: 'c1.4',
          flow: 'welcome',
          revision: 'r1',
          locale: 'en',
          node: 'save',
          time: NOW.time,
          answers: { first_name: 'Ada', email: 'ada@example.com', city: 'Keswick' },
          ...SURROUNDINGS,
        },
      },
    ]);
  });

  it('makes the same submission from the same events, as a second tab or a crash would', () => {
    assert.deepEqual(awaiting(), awaiting());
  });

  it('survives JSON at every step', () => {
    const events = [
      answer('name', 'Ada'),
      answer('email', 'x'),
      answer('email', 'a@b.c'),
      answer('city', 'Leeds'),
    ];
    let stored: Transition = start();
    for (const event of events) stored = JSON.parse(JSON.stringify(run(stored, event))) as Transition;
    assert.deepEqual(stored, run(start(), ...events));
  });
});

interface Verdicts {
  readonly name: string;
  readonly flow?: PublishedFlow;
  readonly given: Omit<Verdict, 'id'>;
  readonly node: string;
}

const withRoutes = (on: Record<string, string>): PublishedFlow => ({
  ...FLOW,
  nodes: { ...FLOW.nodes, save: { type: 'action', on: { success: 'where', error: 'sorry', ...on } } },
});

const VERDICTS: Verdicts[] = [
  { name: 'success goes where the relay says', given: { outcome: 'success', next: 'where' }, node: 'bye' },
  { name: 'error goes where the relay says', given: { outcome: 'error', next: 'sorry' }, node: 'sorry' },
  { name: 'queued without a target goes where success goes', given: { outcome: 'queued' }, node: 'bye' },
  {
    name: 'queued goes to its own target where it has one',
    flow: withRoutes({ queued: 'sorry' }),
    given: { outcome: 'queued' },
    node: 'sorry',
  },
  {
    name: 'a target that the action does not have is an error',
    given: { outcome: 'success', next: 'near' },
    node: 'sorry',
  },
  {
    name: 'a target that is no node is an error',
    given: { outcome: 'success', next: 'nowhere' },
    node: 'sorry',
  },
  {
    name: 'a target on the prototype is an error',
    given: { outcome: 'success', next: 'constructor' },
    node: 'sorry',
  },
  {
    name: 'invalid asks the question that owns the field again',
    given: { outcome: 'invalid', next: 'email', field: 'email' },
    node: 'email',
  },
  {
    name: 'invalid cannot jump to a question of another field',
    given: { outcome: 'invalid', next: 'name', field: 'email' },
    node: 'sorry',
  },
  {
    name: 'success cannot jump to a question',
    given: { outcome: 'success', next: 'email', field: 'email' },
    node: 'sorry',
  },
  { name: 'invalid without a target is an error', given: { outcome: 'invalid' }, node: 'sorry' },
];

describe('a verdict', () => {
  for (const { name, flow = FLOW, given, node } of VERDICTS) {
    it(name, () => {
      const [snapshot, effects] = transition(flow, awaiting()[0], verdict({ id: 'c1.4', ...given }));
      assert.equal(snapshot.node, node);
      assert.equal(snapshot.awaiting, undefined);
      assert.deepEqual(effects, []);
    });
  }

  it('moves a conversation once: a later receipt of the same submission moves nothing', () => {
    const [queued] = run(awaiting(), verdict({ id: 'c1.4', outcome: 'queued' }));
    const [after] = run([queued, []], verdict({ id: 'c1.4', outcome: 'error', next: 'sorry' }));
    assert.equal(after, queued);
  });

  it('takes the branch that the answers decide', () => {
    const [near] = run(awaiting(), verdict({ id: 'c1.4', outcome: 'success', next: 'where' }));
    assert.deepEqual(read(near).slice(-2), ['brand: You are near', 'brand: Bye']);
    assert.ok(isOver(FLOW, near));
  });
});

describe('after a refused value', () => {
  const refused = () =>
    run(awaiting(), verdict({ id: 'c1.4', outcome: 'invalid', next: 'email', field: 'email' }));

  it('the question is put again, says why, and offers the old answer', () => {
    const [snapshot] = refused();
    assert.equal(questionOf(FLOW, snapshot)?.field, 'email');
    assert.deepEqual(snapshot.refusal, { code: 'refused' });
    assert.equal(previousOf(snapshot), 'ada@example.com');
  });

  it('what was said after it stays to be seen, and the question comes last', () => {
    assert.deepEqual(read(refused()[0]), [...read(awaiting()[0]), 'brand: E-mail, Ada?']);
  });

  it('nothing said already is asked again and nothing shown already is shown again', () => {
    const [snapshot, effects] = run(refused(), answer('email', 'ada@example.org'));
    assert.equal(snapshot.node, 'save');
    assert.deepEqual(read(snapshot), [
      'brand: Hello',
      'brand: Name?',
      'visitor: Ada',
      'brand: E-mail, Ada?',
      'visitor: ada@example.org',
      'brand: Nearly there',
      'brand: City?',
      'visitor: Keswick',
    ]);
    const [effect] = effects;
    assert.equal(effect?.submission.corrects, 'c1.4');
    assert.equal(effect.submission.id, 'c1.6');
    assert.deepEqual(effect.submission.answers, {
      first_name: 'Ada',
      email: 'ada@example.org',
      city: 'Keswick',
    });
  });

  it('the same value may be sent again', () => {
    const [, effects] = run(refused(), answer('email', 'ada@example.com'));
    assert.equal(effects[0]?.submission.corrects, 'c1.4');
  });

  it('the conversation goes on as usual once the correction is accepted', () => {
    const [snapshot] = run(
      refused(),
      answer('email', 'ada@example.org'),
      verdict({ id: 'c1.6', outcome: 'success', next: 'where' }),
    );
    assert.equal(snapshot.node, 'bye');
    assert.equal(snapshot.rewalk, undefined);
  });

  it('a field that was asked twice has the later answer, and none where that was passed over', () => {
    const flow: PublishedFlow = {
      ...FLOW,
      start: 'name',
      nodes: {
        name: { type: 'ask', field: 'first_name', input: 'text', text: 'Name?', next: 'again' },
        again: {
          type: 'ask',
          field: 'first_name',
          input: 'text',
          text: 'Really?',
          optional: true,
          next: 'bye',
        },
        bye: { type: 'end' },
      },
    };
    const first = () => startConversation(flow, FIRST, NOW);
    const [other] = play(flow, first(), answer('name', 'Ada'), answer('again', 'Eve'));
    assert.deepEqual(other.answers, { first_name: 'Eve' });
    const [none] = play(flow, first(), answer('name', 'Ada'), answer('again', ''));
    assert.deepEqual(none.answers, {});
  });

  it('a field that was never asked is asked, and the action is met again after it', () => {
    const flow: PublishedFlow = {
      ...FLOW,
      nodes: {
        ...FLOW.nodes,
        save: { type: 'action', on: { success: 'where', error: 'sorry', invalid: 'phone' } },
        phone: { type: 'ask', field: 'phone', input: 'phone', text: 'Phone?', next: 'save' },
      },
    };
    const [asked] = play(flow, awaiting(), verdict({ id: 'c1.4', outcome: 'invalid', field: 'email' }));
    assert.equal(asked.node, 'phone');
    const [saved, effects] = play(flow, [asked, []], answer('phone', '+441768774444'));
    assert.equal(effects[0]?.submission.corrects, 'c1.4');
    assert.deepEqual(
      saved.path.map(({ node }) => node),
      ['hello', 'name', 'email', 'note', 'city', 'phone', 'save'],
    );
  });

  it('an action may name a question of its own for it, which takes the place of the first', () => {
    const flow: PublishedFlow = {
      ...FLOW,
      nodes: {
        ...FLOW.nodes,
        save: { type: 'action', on: { success: 'where', error: 'sorry', invalid: 'again' } },
        again: { type: 'ask', field: 'email', input: 'email', text: 'Another e-mail?', next: 'city' },
      },
    };
    const [asked] = play(flow, awaiting(), verdict({ id: 'c1.4', outcome: 'invalid', field: 'email' }));
    assert.equal(asked.node, 'again');
    const [saved, effects] = play(flow, [asked, []], answer('again', 'ada@example.org'));
    assert.equal(saved.node, 'save');
    assert.deepEqual(saved.answers, { first_name: 'Ada', email: 'ada@example.org', city: 'Keswick' });
    assert.equal(effects[0]?.submission.corrects, 'c1.4');
    assert.ok(!read(saved, flow).includes('brand: E-mail, Ada?'));
  });
});

describe('a value that a later action refused', () => {
  const TWO: PublishedFlow = {
    ...FLOW,
    start: 'name',
    nodes: {
      name: { type: 'ask', field: 'first_name', input: 'text', text: 'Name?', next: 'first' },
      first: { type: 'action', on: { success: 'email', error: 'sorry' } },
      email: { type: 'ask', field: 'email', input: 'email', text: 'E-mail?', next: 'second' },
      second: { type: 'action', on: { success: 'bye', error: 'sorry' } },
      bye: { type: 'end', text: 'Bye' },
      sorry: { type: 'end' },
    },
  };
  const asked = () =>
    play(
      TWO,
      startConversation(TWO, FIRST, NOW),
      answer('name', 'Ada'),
      verdict({ id: 'c1.2', outcome: 'success', next: 'email' }),
      answer('email', 'ada@example.com'),
      verdict({ id: 'c1.4', outcome: 'invalid', next: 'name', field: 'first_name' }),
    );

  it('corrects each action that is met again, by its own submission, and asks nothing twice', () => {
    const again = play(TWO, asked(), answer('name', 'Augusta'));
    assert.deepEqual([again[1][0]?.submission.node, again[1][0]?.submission.corrects], ['first', 'c1.2']);
    const on = play(TWO, again, verdict({ id: 'c1.6', outcome: 'success', next: 'email' }));
    assert.deepEqual([on[1][0]?.submission.node, on[1][0]?.submission.corrects], ['second', 'c1.4']);
    const [end] = play(TWO, on, verdict({ id: 'c1.7', outcome: 'success', next: 'bye' }));
    assert.deepEqual([end.node, end.rewalk], ['bye', undefined]);
  });
});

describe('an action that a flow leads through twice', () => {
  it('is no correction', () => {
    const loop: PublishedFlow = {
      ...FLOW,
      start: 'name',
      nodes: {
        name: { type: 'ask', field: 'first_name', input: 'text', text: 'Who else?', next: 'save' },
        save: { type: 'action', on: { success: 'name', error: 'sorry' } },
        sorry: { type: 'end' },
      },
    };
    const [, effects] = play(
      loop,
      startConversation(loop, FIRST, NOW),
      answer('name', 'Ada'),
      verdict({ id: 'c1.2', outcome: 'success', next: 'name' }),
      answer('name', 'Grace'),
    );
    assert.deepEqual([effects[0]?.submission.id, effects[0]?.submission.corrects], ['c1.4', undefined]);
  });
});

describe('going back to correct an answer', () => {
  const done = () => run(awaiting(), verdict({ id: 'c1.4', outcome: 'success', next: 'where' }));

  it('puts the question again with its old answer, and keeps in sight what came after', () => {
    const [snapshot, effects] = run(done(), correct('email'));
    assert.equal(snapshot.node, 'email');
    assert.equal(previousOf(snapshot), 'ada@example.com');
    assert.deepEqual(effects, []);
    assert.deepEqual(read(snapshot), [...read(done()[0]), 'brand: E-mail, Ada?']);
  });

  it('runs again what depends on it: the action is corrected, the branch decided anew', () => {
    const [saved, effects] = run(done(), correct('city'), answer('city', 'Leeds'));
    assert.equal(effects[0]?.submission.corrects, 'c1.4');
    assert.deepEqual(effects[0].submission.answers, {
      first_name: 'Ada',
      email: 'ada@example.com',
      city: 'Leeds',
    });
    const { id } = effects[0].submission;
    const [end] = run([saved, []], verdict({ id, outcome: 'success', next: 'where' }));
    assert.equal(end.node, 'bye');
    assert.ok(!read(end).includes('brand: You are near'));
  });

  it('leaves the conversation where it would be, had the visitor said so at first', () => {
    const [corrected] = run(
      start(),
      answer('name', 'Eve'),
      answer('email', 'ada@example.com'),
      correct('name'),
      answer('name', 'Ada'),
    );
    const [straight] = run(start(), answer('name', 'Ada'), answer('email', 'ada@example.com'));
    assert.deepEqual(
      { ...corrected, step: 0 },
      { ...straight, step: 0 },
      'but for the number of steps that it took',
    );
  });

  it('writes nothing again where the same is said again', () => {
    const [snapshot, effects] = run(done(), correct('city'), answer('city', 'Keswick'));
    assert.deepEqual(effects, []);
    assert.deepEqual({ ...snapshot, step: 0 }, { ...done()[0], step: 0 });
  });

  it('asks what the other branch asks, and then no more than was open before', () => {
    const nodes: PublishedFlow['nodes'] = {
      kind: { type: 'ask', field: 'kind', input: 'text', text: 'Kind?', next: 'which' },
      which: {
        type: 'branch',
        cases: [{ when: { '==': [{ var: 'answers.kind' }, 'dog'] }, next: 'breed' }],
        else: 'name',
      },
      breed: { type: 'ask', field: 'breed', input: 'text', text: 'Breed?', next: 'name' },
      name: { type: 'ask', field: 'pet', input: 'text', text: 'Name?', next: 'age' },
      age: { type: 'ask', field: 'age', input: 'number', text: 'Age?', next: 'bye' },
      bye: { type: 'end' },
    };
    const flow: PublishedFlow = { ...FLOW, start: 'kind', nodes };
    const [asked] = play(
      flow,
      startConversation(flow, FIRST, NOW),
      answer('kind', 'cat'),
      answer('name', 'Tibbles'),
      correct('kind'),
      answer('kind', 'dog'),
    );
    assert.equal(asked.node, 'breed');
    const [snapshot] = play(flow, [asked, []], answer('breed', 'Collie'));
    assert.equal(snapshot.node, 'age');
    assert.deepEqual(snapshot.answers, { kind: 'dog', breed: 'Collie', pet: 'Tibbles' });
    const [back] = play(flow, [snapshot, []], correct('kind'), answer('kind', 'cat'));
    assert.deepEqual(back.answers, { kind: 'cat', pet: 'Tibbles' }, 'an answer of the way not taken is gone');
  });

  it('can be done to another answer, before the first correction is made', () => {
    const [asked] = run(done(), correct('city'), correct('name'));
    assert.equal(asked.node, 'name');
    const [snapshot, effects] = run([asked, []], answer('name', 'Augusta'));
    assert.equal(snapshot.node, 'save');
    assert.deepEqual(effects[0]?.submission.answers, {
      first_name: 'Augusta',
      email: 'ada@example.com',
      city: 'Keswick',
    });
  });

  it('takes the last of two answers to the same question', () => {
    const nodes: PublishedFlow['nodes'] = {
      item: { type: 'ask', field: 'item', input: 'text', text: 'What?', next: 'more' },
      more: { type: 'ask', field: 'more', input: 'consent', text: 'More?', next: 'again' },
      again: { type: 'branch', cases: [{ when: { var: 'answers.more' }, next: 'item' }], else: 'bye' },
      bye: { type: 'end' },
    };
    const flow: PublishedFlow = { ...FLOW, start: 'item', nodes };
    const [end] = play(
      flow,
      startConversation(flow, FIRST, NOW),
      answer('item', 'tent'),
      answer('more', true),
      answer('item', 'stove'),
      answer('more', false),
      correct('item'),
      answer('item', 'kettle'),
    );
    assert.equal(end.node, 'bye');
    assert.deepEqual(
      end.path.filter(({ node }) => node === 'item').map((passed) => passed.answer),
      ['tent', 'kettle'],
    );
  });

  for (const [name, from, node] of [
    ['while a verdict is awaited', awaiting, 'name'],
    ['to a question that has no answer yet', start, 'name'],
    ['to a question that is not on the way', done, 'near'],
    ['to no node at all', done, 'constructor'],
  ] as const) {
    it(`is not done ${name}`, () => {
      const [before] = from();
      assert.equal(run([before, []], correct(node))[0], before);
    });
  }

  it('is offered where it can be done', () => {
    const correctable = (snapshot: Snapshot) =>
      transcriptOf(FLOW, snapshot, NOW).flatMap((said) =>
        said.from === 'visitor' && said.isCorrectable ? [said.node] : [],
      );
    assert.deepEqual(correctable(done()[0]), ['name', 'email', 'city']);
    assert.deepEqual(correctable(awaiting()[0]), []);
    assert.deepEqual(correctable(run(done(), correct('email'))[0]), ['name']);
  });
});

describe('a question that says how often it is put again', () => {
  const withRetry = (retry: { limit: number; next?: string }): PublishedFlow => ({
    ...FLOW,
    nodes: {
      ...FLOW.nodes,
      email: { type: 'ask', field: 'email', input: 'email', text: 'E-mail?', retry, next: 'note' },
    },
  });
  const flow = withRetry({ limit: 2, next: 'sorry' });
  const bad = answer('email', 'nope');
  const asked = () => play(flow, startConversation(flow, FIRST, NOW), answer('name', 'Ada'));

  it('is put again so often', () => assert.equal(play(flow, asked(), bad, bad)[0].node, 'email'));

  it('then leads where the flow says', () => {
    const [snapshot] = play(flow, asked(), bad, bad, bad);
    assert.equal(snapshot.node, 'sorry');
    assert.equal(snapshot.refusal, undefined);
    assert.deepEqual(snapshot.answers, { first_name: 'Ada' });
  });

  it('counts every refusal of Braze', () => {
    const refuse = (id: string) => verdict({ id, outcome: 'invalid', next: 'email', field: 'email' });
    const again = answer('email', 'ada@example.org');
    const [end] = play(flow, awaiting(), refuse('c1.4'), again, refuse('c1.6'), again, refuse('c1.8'));
    assert.equal(end.node, 'sorry');
  });

  it('counts what Braze refuses too, and then it is the action’s error', () => {
    const once = withRetry({ limit: 1, next: 'bye' });
    const refuse = (id: string) => verdict({ id, outcome: 'invalid', next: 'email', field: 'email' });
    const [again] = play(once, awaiting(), refuse('c1.4'));
    assert.equal(again.node, 'email');
    const [end] = play(once, [again, []], answer('email', 'ada@example.org'), refuse('c1.6'));
    assert.equal(end.node, 'sorry');
    assert.deepEqual(end.answers, { first_name: 'Ada', email: 'ada@example.org', city: 'Keswick' });
  });
});

describe('a correction whose tries are used up', () => {
  const flowTo = (next: string): PublishedFlow => ({
    ...FLOW,
    nodes: {
      ...FLOW.nodes,
      email: {
        type: 'ask',
        field: 'email',
        input: 'email',
        text: 'E-mail?',
        retry: { limit: 1, next },
        next: 'note',
      },
    },
  });
  const done = (flow: PublishedFlow) =>
    play(flow, awaiting(), verdict({ id: 'c1.4', outcome: 'success', next: 'where' }));
  const bad = answer('email', 'nope');

  it('leaves the old answer in force, and goes back to where the conversation was', () => {
    const flow = flowTo('note');
    const [snapshot, effects] = play(flow, done(flow), correct('email'), bad, bad);
    assert.deepEqual(effects, []);
    assert.deepEqual(snapshot.answers, done(flow)[0].answers);
    assert.deepEqual([snapshot.node, snapshot.rewalk], ['bye', undefined]);
  });

  it('can be begun again', () => {
    const flow = flowTo('sorry');
    const [snapshot] = play(flow, done(flow), correct('email'), bad, bad, correct('email'));
    assert.equal(previousOf(snapshot), 'ada@example.com');
  });
});

describe('what was written', () => {
  /** A question whose answer decides on another way, an action on it, and one more question. */
  const flow: PublishedFlow = {
    ...FLOW,
    start: 'kind',
    nodes: {
      kind: { type: 'ask', field: 'kind', input: 'text', text: 'Kind?', next: 'which' },
      which: {
        type: 'branch',
        cases: [{ when: { '==': [{ var: 'answers.kind' }, 'a'] }, next: 'only_a' }],
        else: 'save',
      },
      only_a: { type: 'ask', field: 'more', input: 'text', text: 'More?', next: 'save' },
      save: { type: 'action', on: { success: 'last', error: 'bye' } },
      last: { type: 'ask', field: 'last', input: 'text', text: 'Last?', next: 'bye' },
      bye: { type: 'end' },
    },
  };
  const saved = (id: string) => verdict({ id, outcome: 'success', next: 'last' });
  /** From a to b: `only_a` is left behind with its answer. */
  const corrected = () =>
    play(
      flow,
      startConversation(flow, FIRST, NOW),
      answer('kind', 'a'),
      answer('only_a', 'x'),
      saved('c1.3'),
      correct('kind'),
      answer('kind', 'b'),
      saved('c1.6'),
    );

  it('is not written again where the same is said once more after a correction', () => {
    const [snapshot, effects] = play(flow, corrected(), correct('kind'), answer('kind', 'b'));
    assert.deepEqual(effects, []);
    assert.equal(snapshot.node, 'last');
  });

  it('is not written again under a newer revision after a correction', () => {
    const [snapshot, effects] = play({ ...flow, revision: 'r2' }, corrected(), resume);
    assert.deepEqual(effects, []);
    assert.equal(snapshot.node, 'last');
  });

  it('is corrected in a chain when the visitor changes their mind twice, with the answer of before', () => {
    const [snapshot, effects] = play(flow, corrected(), correct('kind'), answer('kind', 'a'));
    assert.deepEqual(snapshot.answers, { kind: 'a', more: 'x' });
    assert.equal(effects[0]?.submission.corrects, 'c1.6');
  });

  it('is written anew after each correction of it, until Braze has what was said last', () => {
    const two: PublishedFlow = {
      ...flow,
      start: 'one',
      nodes: {
        one: { type: 'ask', field: 'one', input: 'text', text: '1?', next: 'two' },
        two: { type: 'ask', field: 'two', input: 'text', text: '2?', next: 'first' },
        first: { type: 'action', on: { success: 'second', error: 'bye' } },
        second: { type: 'action', on: { success: 'bye', error: 'bye' } },
        bye: { type: 'end' },
      },
    };
    const go = (from: Transition, ...events: ConversationEvent[]) => play(two, from, ...events);
    const asked = go(
      startConversation(two, FIRST, NOW),
      answer('one', 'old'),
      answer('two', 'x'),
      verdict({ id: 'c1.3', outcome: 'success' }),
      verdict({ id: 'c1.4', outcome: 'success' }),
      correct('one'),
      answer('one', 'new'),
      verdict({ id: 'c1.7', outcome: 'invalid', next: 'two', field: 'two' }),
    );
    const again = go(asked, answer('two', 'x'));
    assert.deepEqual(again[1][0]?.submission.corrects, 'c1.7');
    const [, effects] = go(again, verdict({ id: 'c1.9', outcome: 'success' }));
    assert.equal(effects[0]?.submission.corrects, 'c1.4');
    assert.deepEqual(effects[0].submission.answers, { one: 'new', two: 'x' });
  });
});

describe('an optional question', () => {
  const flow: PublishedFlow = {
    ...FLOW,
    nodes: {
      ...FLOW.nodes,
      city: { type: 'ask', field: 'city', input: 'text', text: 'City?', optional: true, next: 'save' },
    },
  };
  const skipped = () =>
    play(
      flow,
      startConversation(flow, FIRST, NOW),
      answer('name', 'Ada'),
      answer('email', 'ada@example.com'),
      answer('city', ''),
    );

  it('may be passed over: its answer is absent', () => {
    const [snapshot, effects] = skipped();
    assert.deepEqual(effects[0]?.submission.answers, { first_name: 'Ada', email: 'ada@example.com' });
    assert.equal(read(snapshot, flow).at(-1), 'visitor: undefined');
  });

  it('is not asked again when an earlier answer is corrected', () => {
    const saved = play(flow, skipped(), verdict({ id: 'c1.4', outcome: 'success' }));
    const [snapshot] = play(flow, saved, correct('name'), answer('name', 'Eve'));
    assert.equal(snapshot.node, 'save');
  });
});

describe('a split', () => {
  const flow: PublishedFlow = {
    ...FLOW,
    start: 'ways',
    nodes: {
      ways: {
        type: 'split',
        ways: [
          { weight: 3, next: 'name' },
          { weight: 1, next: 'bye' },
        ],
      },
      name: { type: 'ask', field: 'first_name', input: 'text', text: 'Name?', next: 'bye' },
      bye: { type: 'end' },
    },
  };
  const nodeFor = (seed: string) => startConversation(flow, { conversation: 'c1', seed }, NOW)[0].node;
  const seeds = Array.from({ length: 4_000 }, (_, index) => `0193${index}-seed`);

  it('sends the same visitor the same way', () => {
    for (const seed of seeds.slice(0, 50)) assert.equal(nodeFor(seed), nodeFor(seed));
  });

  it('divides visitors by weight', () => {
    const share = seeds.filter((seed) => nodeFor(seed) === 'name').length / seeds.length;
    // Five standard deviations of a binomial share at 4,000 visitors.
    assert.ok(Math.abs(share - 0.75) < 0.035, `${share}`);
  });

  it('divides independently of the same node in another flow', () => {
    const same = seeds.filter((seed) => {
      const other = startConversation({ ...flow, id: 'other' }, { conversation: 'c1', seed }, NOW)[0];
      return other.node === nodeFor(seed);
    });
    // 0.75 * 0.75 + 0.25 * 0.25 of the visitors fall the same way in both by chance.
    assert.ok(Math.abs(same.length / seeds.length - 0.625) < 0.04, `${same.length}`);
  });

  it('divides independently of another split', () => {
    const both: PublishedFlow = {
      ...flow,
      nodes: {
        ...flow.nodes,
        ways: {
          type: 'split',
          ways: [
            { weight: 1, next: 'second' },
            { weight: 1, next: 'bye' },
          ],
        },
        second: {
          type: 'split',
          ways: [
            { weight: 1, next: 'name' },
            { weight: 1, next: 'bye' },
          ],
        },
      },
    };
    const named = seeds.filter(
      (seed) => startConversation(both, { conversation: 'c1', seed }, NOW)[0].node === 'name',
    );
    assert.ok(Math.abs(named.length / seeds.length - 0.25) < 0.035, `${named.length}`);
  });
});

describe('a branch that the relay decides', () => {
  const flow: PublishedFlow = {
    ...FLOW,
    start: 'known',
    nodes: {
      ...FLOW.nodes,
      known: { type: 'action', asks: true, on: { success: 'name', error: 'name', 0: 'near' } },
    },
  };
  const [asking, effects] = startConversation(flow, FIRST, NOW);
  const id = effects[0]?.submission.id ?? '';
  const judged = (verdict: Omit<Verdict, 'id'>) =>
    transition(flow, asking, { type: 'verdict', verdict: { id, ...verdict }, ...NOW })[0];

  it('is asked for', () => {
    assert.deepEqual([asking.node, asking.awaiting, effects.length], ['known', id, 1]);
    assert.deepEqual(submissionAt(flow, asking, NOW), effects[0]?.submission);
  });

  it('leads where the relay says, if that is a target of it', () => {
    assert.equal(judged({ outcome: 'success', next: 'near' }).path[1]?.node, 'near');
    assert.equal(judged({ outcome: 'success', next: 'bye' }).node, 'name');
  });

  it('leads to its else where the browser has no answer', () => {
    assert.equal(judged({ outcome: 'error' }).node, 'name');
    assert.equal(judged({ outcome: 'queued' }).node, 'name');
  });
});

describe('what an action lets the browser know', () => {
  it('is kept on the way, and known to who shows texts', () => {
    const [first, effects] = startConversation({ ...FLOW, start: 'save' }, FIRST, NOW);
    const verdict = {
      id: effects[0]?.submission.id ?? '',
      outcome: 'success',
      values: { points: 4_200 },
    } as const;
    const [judged] = transition({ ...FLOW, start: 'save' }, first, { type: 'verdict', verdict, ...NOW });
    assert.deepEqual(keptOn(judged.path), { points: 4_200 });
    assert.deepEqual(keptOn(first.path), {});
  });
});

describe('a handoff', () => {
  it('offers what it has and goes on', () => {
    const flow: PublishedFlow = {
      ...FLOW,
      start: 'people',
      nodes: {
        people: {
          type: 'handoff',
          text: 'A person can help.',
          offers: [
            { text: 'Call us', phone: '+441768774444' },
            { text: 'Write to us', link: 'https://example.com/help?page={{page.path}}' },
          ],
          next: 'bye',
        },
        bye: { type: 'end', text: 'Bye' },
      },
    };
    const [snapshot] = startConversation(flow, FIRST, NOW);
    assert.deepEqual(read(snapshot, flow), [
      'brand: A person can help.',
      'offers: Call us,Write to us',
      'brand: Bye',
    ]);
    const [, said] = transcriptOf(flow, snapshot, NOW);
    assert.ok(said?.from === 'brand' && 'offers' in said.bubble);
    assert.deepEqual(said.bubble.offers[1], {
      text: 'Write to us',
      link: 'https://example.com/help?page=%2F',
    });
  });
});

describe('a flow that changed meanwhile', () => {
  const [snapshot] = run(start(), answer('name', 'Ada'));
  const changed: PublishedFlow = { ...FLOW, revision: 'r2' };
  const { email: _, ...rest } = FLOW.nodes;

  it('is gone on with at the same node, answers kept', () => {
    const [resumed] = transition(changed, snapshot, resume);
    assert.equal(resumed.node, 'email');
    assert.equal(resumed.revision, 'r2');
    assert.deepEqual(resumed.answers, { first_name: 'Ada' });
    assert.deepEqual(read(resumed, changed), read(snapshot));
  });

  it('is walked again with the answers as far as they go, where the node is gone', () => {
    const without: PublishedFlow = {
      ...changed,
      nodes: {
        ...rest,
        name: { type: 'ask', field: 'first_name', input: 'text', text: 'Name?', next: 'city' },
      },
    };
    const [resumed] = transition(without, snapshot, resume);
    assert.equal(resumed.node, 'city');
    assert.deepEqual(resumed.answers, { first_name: 'Ada' });
  });

  it('starts again where nothing of it is left', () => {
    const other: PublishedFlow = {
      ...changed,
      start: 'plan',
      nodes: {
        plan: { type: 'ask', field: 'plan', input: 'text', text: 'Plan?', next: 'bye' },
        bye: { type: 'end' },
      },
    };
    const [resumed] = transition(other, snapshot, resume);
    assert.equal(resumed.node, 'plan');
    assert.deepEqual(resumed.answers, {});
  });

  it('asks a question that came in before, and takes the kept answers after it', () => {
    const more: PublishedFlow = {
      ...changed,
      start: 'title',
      nodes: {
        ...FLOW.nodes,
        title: { type: 'ask', field: 'title', input: 'text', text: 'Title?', next: 'hello' },
      },
    };
    const [asked] = transition(more, snapshot, resume);
    assert.equal(asked.node, 'title');
    const [resumed] = play(more, [asked, []], answer('title', 'Countess'));
    assert.equal(resumed.node, 'email');
    assert.deepEqual(resumed.answers, { title: 'Countess', first_name: 'Ada' });
  });

  it('asks again what is no longer acceptable, and offers it to be put right', () => {
    const strict: PublishedFlow = {
      ...changed,
      nodes: {
        ...FLOW.nodes,
        name: {
          type: 'ask',
          field: 'first_name',
          input: 'text',
          text: 'Name?',
          min_length: 5,
          next: 'email',
        },
      },
    };
    const [resumed] = transition(strict, snapshot, resume);
    assert.equal(resumed.node, 'name');
    assert.equal(previousOf(resumed), 'Ada');
  });

  it('still awaits the verdict on what was submitted, and submits nothing twice', () => {
    const [waiting] = awaiting();
    const [resumed, effects] = transition(changed, waiting, resume);
    assert.equal(resumed.awaiting, 'c1.4');
    assert.deepEqual(effects, []);
    const [end] = play(changed, [resumed, []], verdict({ id: 'c1.4', outcome: 'success', next: 'where' }));
    assert.equal(end.node, 'bye');
  });

  it('keeps what was decided and written before', () => {
    const flow: PublishedFlow = {
      ...FLOW,
      nodes: {
        ...FLOW.nodes,
        near: { type: 'ask', field: 'shop', input: 'text', text: 'Shop?', next: 'bye' },
      },
    };
    const [asked] = play(flow, awaiting(), verdict({ id: 'c1.4', outcome: 'queued' }));
    assert.equal(asked.node, 'near');
    const other: PublishedFlow = {
      ...flow,
      revision: 'r2',
      nodes: {
        ...flow.nodes,
        where: { type: 'branch', cases: [{ when: false, next: 'near' }], else: 'bye' },
      },
    };
    const [resumed, effects] = transition(other, asked, resume);
    assert.equal(resumed.node, 'near');
    assert.deepEqual(effects, []);
  });

  it('leaves a conversation that has ended as it is', () => {
    const [ended] = run(awaiting(), verdict({ id: 'c1.4', outcome: 'success', next: 'where' }));
    const [resumed] = transition({ ...changed, start: 'city' }, ended, resume);
    assert.deepEqual(resumed, { ...ended, revision: 'r2', step: ended.step + 1 });
  });

  it('leaves a conversation on the same revision untouched', () => {
    assert.equal(transition(FLOW, snapshot, resume)[0], snapshot);
  });
});

describe('a broken flow that reached a browser all the same', () => {
  it('ends where it leads to no node', () => {
    const [snapshot] = startConversation({ ...FLOW, start: 'nowhere' }, FIRST, NOW);
    assert.ok(isOver(FLOW, snapshot));
    assert.deepEqual(read(snapshot), []);
  });

  it('ends where it loops without a question', () => {
    const loop: PublishedFlow = {
      ...FLOW,
      nodes: { hello: { type: 'message', bubbles: [{ text: 'Hello' }], next: 'hello' } },
    };
    const [snapshot] = startConversation(loop, FIRST, NOW);
    assert.ok(isOver(loop, snapshot));
  });
});
