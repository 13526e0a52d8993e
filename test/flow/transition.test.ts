import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PublishedFlow } from '../../widget/contract/flow.ts';
import { isOver, questionOf, type Snapshot } from '../../widget/flow/snapshot.ts';
import { transcriptOf } from '../../widget/flow/transcript.ts';
import {
  canResume,
  type ConversationEvent,
  startConversation,
  type Surroundings,
  type Transition,
  transition,
  type Verdict,
} from '../../widget/flow/transition.ts';

const FLOW: PublishedFlow = {
  id: 'welcome',
  revision: 'r1',
  locale: 'en',
  start: 'hello',
  nodes: {
    hello: { type: 'message', text: 'Hello', next: 'name' },
    name: { type: 'ask', field: 'first_name', input: 'text', text: 'Name?', next: 'email' },
    email: {
      type: 'ask',
      field: 'email',
      input: 'email',
      text: 'E-mail, {{answers.first_name}}?',
      next: 'note',
    },
    note: { type: 'message', text: 'Nearly there', next: 'city' },
    city: { type: 'ask', field: 'city', input: 'text', text: 'City?', next: 'save' },
    save: { type: 'action', on: { success: 'where', error: 'sorry' } },
    where: {
      type: 'branch',
      cases: [{ when: { '==': [{ var: 'answers.city' }, 'Keswick'] }, next: 'near' }],
      else: 'bye',
    },
    near: { type: 'message', text: 'You are near', next: 'bye' },
    bye: { type: 'end', text: 'Bye' },
    sorry: { type: 'end' },
  },
};

const SURROUNDINGS: Surroundings = { page: { path: '/' }, device: { type: 'desktop', language: 'en' } };
const NOW = { time: '2026-11-21T10:00:00.000Z', surroundings: SURROUNDINGS };

const start = () => startConversation(FLOW, 'c1', NOW);
const answer = (node: string, value: string): ConversationEvent => ({ ...NOW, type: 'answer', node, value });
const verdict = (given: Verdict): ConversationEvent => ({ ...NOW, type: 'verdict', verdict: given });

function run(from: Transition, ...events: ConversationEvent[]): Transition {
  return events.reduce<Transition>(([snapshot], event) => transition(FLOW, snapshot, event), from);
}

const awaiting = () =>
  run(start(), answer('name', 'Ada'), answer('email', 'ada@example.com'), answer('city', 'Keswick'));

const read = (snapshot: Snapshot) =>
  transcriptOf(FLOW, snapshot, SURROUNDINGS).map((said) => {
    if (said.from === 'visitor') return `visitor: ${said.answer}`;
    return 'text' in said ? `brand: ${said.text}` : `brand: (${said.refusal})`;
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
    assert.equal(refused.refusal, 'email');
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
        type: 'submit',
        submission: {
          id: 'c1.4',
          flow: 'welcome',
          revision: 'r1',
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

  it('the question is put again and says why', () => {
    const [snapshot] = refused();
    assert.equal(questionOf(FLOW, snapshot)?.field, 'email');
    assert.deepEqual(read(snapshot).at(-1), 'brand: (refused)');
  });

  it('nothing said already is asked again and nothing shown already is shown again', () => {
    const [snapshot, effects] = run(refused(), answer('email', 'ada@example.org'));
    assert.equal(snapshot.node, 'save');
    assert.equal(read(snapshot).filter((line) => line === 'brand: Nearly there').length, 1);
    const [effect] = effects;
    assert.equal(effect?.submission.corrects, 'c1.4');
    assert.equal(effect.submission.id, 'c1.6');
    assert.deepEqual(effect.submission.answers, {
      first_name: 'Ada',
      email: 'ada@example.org',
      city: 'Keswick',
    });
  });

  it('the conversation goes on as usual once the correction is accepted', () => {
    const [snapshot] = run(
      refused(),
      answer('email', 'ada@example.org'),
      verdict({ id: 'c1.6', outcome: 'success', next: 'where' }),
    );
    assert.equal(snapshot.node, 'bye');
    assert.equal(snapshot.rewalking, undefined);
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
  const go = (from: Transition, ...events: ConversationEvent[]) =>
    events.reduce<Transition>(([snapshot], event) => transition(TWO, snapshot, event), from);
  const asked = () =>
    go(
      startConversation(TWO, 'c1', NOW),
      answer('name', 'Ada'),
      verdict({ id: 'c1.2', outcome: 'success', next: 'email' }),
      answer('email', 'ada@example.com'),
      verdict({ id: 'c1.4', outcome: 'invalid', next: 'name', field: 'first_name' }),
    );

  it('corrects each action that is met again, by its own submission, and asks nothing twice', () => {
    const again = go(asked(), answer('name', 'Augusta'));
    assert.deepEqual([again[1][0]?.submission.node, again[1][0]?.submission.corrects], ['first', 'c1.2']);
    const on = go(again, verdict({ id: 'c1.6', outcome: 'success', next: 'email' }));
    assert.deepEqual([on[1][0]?.submission.node, on[1][0]?.submission.corrects], ['second', 'c1.4']);
    const [end] = go(on, verdict({ id: 'c1.7', outcome: 'success', next: 'bye' }));
    assert.deepEqual([end.node, end.rewalking], ['bye', undefined]);
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
    const events = [
      answer('name', 'Ada'),
      verdict({ id: 'c1.2', outcome: 'success', next: 'name' }),
      answer('name', 'Grace'),
    ];
    const [, effects] = events.reduce<Transition>(
      ([snapshot], event) => transition(loop, snapshot, event),
      startConversation(loop, 'c1', NOW),
    );
    assert.deepEqual([effects[0]?.submission.id, effects[0]?.submission.corrects], ['c1.4', undefined]);
  });
});

describe('a flow that changed meanwhile', () => {
  const [snapshot] = run(start(), answer('name', 'Ada'));
  const changed: PublishedFlow = { ...FLOW, revision: 'r2' };
  const { email: _, ...rest } = FLOW.nodes;
  const without: PublishedFlow = { ...changed, nodes: rest };

  it('is gone on with at the same node, answers kept', () => {
    assert.ok(canResume(changed, snapshot));
    const [resumed] = transition(changed, snapshot, { ...NOW, type: 'resume' });
    assert.equal(resumed.node, 'email');
    assert.equal(resumed.revision, 'r2');
    assert.deepEqual(resumed.answers, { first_name: 'Ada' });
  });

  it('cannot be gone on with where the node is gone', () => assert.ok(!canResume(without, snapshot)));

  it('is walked on from a node that is no question any more', () => {
    const told: PublishedFlow = {
      ...changed,
      nodes: { ...FLOW.nodes, email: { type: 'message', text: 'No e-mail needed', next: 'city' } },
    };
    const [resumed] = transition(told, snapshot, { ...NOW, type: 'resume' });
    assert.equal(resumed.node, 'city');
  });

  it('leaves a conversation on the same revision untouched', () => {
    assert.equal(transition(FLOW, snapshot, { ...NOW, type: 'resume' })[0], snapshot);
  });
});

describe('a broken flow that reached a browser all the same', () => {
  it('ends where it leads to no node', () => {
    const [snapshot] = startConversation({ ...FLOW, start: 'nowhere' }, 'c1', NOW);
    assert.ok(isOver(FLOW, snapshot));
    assert.deepEqual(read(snapshot), []);
  });

  it('ends where it loops without a question', () => {
    const loop: PublishedFlow = {
      ...FLOW,
      nodes: { hello: { type: 'message', text: 'Hello', next: 'hello' } },
    };
    const [snapshot] = startConversation(loop, 'c1', NOW);
    assert.ok(isOver(loop, snapshot));
  });
});
