import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PublishedFlow, PublishedNode } from '../../widget/contract/flow.ts';
import type { Told } from '../../widget/contract/site.ts';
import type { Passage, Passing, Submission } from '../../widget/contract/wire.ts';
import { LANGUAGE } from '../../widget/flow/language.ts';
import { departureOf, tellLifecycle } from '../../widget/flow/lifecycle.ts';
import { tellPassed } from '../../widget/flow/passage.ts';
import type { Snapshot } from '../../widget/flow/snapshot.ts';
import { startConversation, transition, type ConversationEvent } from '../../widget/flow/transition.ts';
import type { Verdict } from '../../widget/flow/verdict.ts';
import type { Happening, Transition } from '../../widget/flow/walk.ts';

const FLOW: PublishedFlow = {
  id: 'welcome',
  revision: 'r1',
  locale: 'en',
  start: 'hello',
  nodes: {
    hello: { type: 'message', bubbles: [{ text: 'Hello' }], next: 'name' },
    name: {
      type: 'ask',
      field: 'name',
      input: 'text',
      text: 'Name?',
      min_length: 2,
      optional: true,
      retry: { limit: 1, next: 'which' },
      next: 'email',
    },
    email: { type: 'ask', field: 'email', input: 'email', text: 'E-mail?', next: 'save' },
    save: { type: 'action', on: { success: 'which', error: 'sorry' } },
    which: {
      type: 'branch',
      cases: [{ when: { '==': [{ var: 'answers.name' }, 'Bob'] }, next: 'bob' }],
      else: 'more',
    },
    bob: { type: 'message', bubbles: [{ text: 'Bob!' }], next: 'more' },
    more: { type: 'ask', field: 'more', input: 'text', text: 'More?', next: 'bye' },
    sorry: { type: 'message', bubbles: [{ text: 'Sorry' }], next: 'more' },
    bye: { type: 'end' },
  },
};

const withNodes = (nodes: Record<string, PublishedNode>, revision: string): PublishedFlow => ({
  ...FLOW,
  revision,
  nodes: { ...FLOW.nodes, ...nodes },
});

const EVENTS: readonly Told[] = ['started', 'completed', 'handed_off', 'abandoned', 'passed'];

const HAPPENING: Happening = {
  time: '2026-11-21T10:00:00.000Z',
  language: LANGUAGE,
  surroundings: { page: { path: '/' }, device: { type: 'desktop', language: 'en' } },
};

/** `hello` was shown, `name<hello` from there, `name?` answered, `name!` refused; `name@r0` on that revision. */
const wordOf = ({ type, node, from, revision }: Passing): string =>
  [
    node,
    { shown: '', answered: '?', refused: '!' }[type],
    from === undefined ? '' : `<${from}`,
    revision === undefined ? '' : `@${revision}`,
  ].join('');
const wordsOf = ({ since, passings }: Passage): readonly [number, string] => [
  since,
  passings.map(wordOf).join(' '),
];

/** A conversation whose page does what `telling.ts` does, and what it submits. */
function converse(flow = FLOW, events = EVENTS) {
  let current = flow;
  let snapshot: Snapshot | undefined;
  const submitted: Submission[] = [];
  const commit = (plain: Transition) => {
    const lived = tellLifecycle(current, events, snapshot, plain, HAPPENING);
    const [next, effects] = events.includes('passed') ? tellPassed(current, snapshot, lived) : lived;
    snapshot = next;
    submitted.push(...effects.map(({ submission }) => submission));
  };
  const begin = (conversation: string) =>
    commit(startConversation(current, { conversation, seed: 's' }, HAPPENING));
  begin('c1');
  const standing = () => snapshot as Snapshot;
  type Plain = ConversationEvent extends infer Event ? Omit<Event, keyof Happening> : never;
  const apply = (event: Plain) =>
    commit(transition(current, standing(), { ...event, ...HAPPENING } as ConversationEvent));
  return {
    begin,
    standing,
    say: (node: string, value: unknown) => apply({ type: 'answer', node, value } as Plain),
    correct: (node: string) => apply({ type: 'correct', node } as Plain),
    judge: (verdict: Partial<Verdict> = {}) =>
      apply({
        type: 'verdict',
        verdict: { id: standing().awaiting ?? '', outcome: 'success', ...verdict },
      } as Plain),
    publish: (other: PublishedFlow) => {
      current = other;
      apply({ type: 'resume' });
    },
    resumeAs: (change: Partial<Snapshot>) => (snapshot = { ...standing(), ...change }),
    /** What each submission took along since this was asked last: by its name, the number of the first, and all. */
    told: () =>
      submitted.splice(0).map(({ id, passed }) => {
        const name = id.split('.').slice(2).join('') || 'action';
        return passed ? [name, ...wordsOf(passed)] : [name];
      }),
    leaving: () => {
      const passed = departureOf(current, standing(), HAPPENING)?.passed;
      return passed && wordsOf(passed);
    },
  };
}

describe('what a conversation has passed', () => {
  it('goes with the first that is submitted, and from then on with what comes after', () => {
    const { say, judge, told } = converse();
    assert.deepEqual(told(), []);
    say('name', 'Ada');
    assert.deepEqual(told(), [['started', 0, 'hello name<hello name? email<name']]);
    say('email', 'ada@example.com');
    assert.deepEqual(told(), [['action', 4, 'email? save<email']]);
    judge();
    assert.deepEqual(told(), []);
    say('more', 'no');
    assert.deepEqual(told(), [['completed', 6, 'which<save more<which more? bye<more']]);
  });
  it('goes with one of several that are submitted at once', () => {
    const { say, told } = converse(
      withNodes({ name: { ...FLOW.nodes['name'], next: 'save' } as PublishedNode }, 'r1'),
    );
    say('name', 'Ada');
    assert.deepEqual(told(), [['started', 0, 'hello name<hello name? save<name'], ['action']]);
  });
  it('counts a question that was passed over as answered', () => {
    const { say, told } = converse();
    say('name', '');
    assert.deepEqual(told(), [['started', 0, 'hello name<hello name? email<name']]);
  });
  it('counts each answer that is not taken, and none where the tries are used up', () => {
    const { say, told } = converse();
    say('name', 'A');
    assert.deepEqual(told(), []);
    say('name', 'B');
    assert.deepEqual(told(), []);
    say('more', 'no');
    assert.deepEqual(told(), [
      ['started', 0, 'hello name<hello name! name! which<name more<which more? bye<more'],
      ['completed'],
    ]);
  });
  it('counts an answer that the relay refuses, by the question that is put again', () => {
    const { say, judge, told } = converse();
    say('name', 'Ada');
    say('email', 'ada@example.com');
    told();
    judge({ outcome: 'invalid', next: 'email', field: 'email' });
    say('email', 'ada@example.org');
    assert.deepEqual(told(), [['action', 6, 'email!']]);
  });
  it('comes to a question that the relay’s word puts before an action from that action', () => {
    const phone: PublishedNode = { type: 'ask', field: 'phone', input: 'text', text: 'Phone?', next: 'save' };
    const save = { ...FLOW.nodes['save'], on: { success: 'bye', error: 'bye', invalid: 'phone' } };
    const { say, judge, told } = converse(withNodes({ phone, save: save as PublishedNode }, 'r1'));
    say('name', 'Ada');
    say('email', 'ada@example.com');
    told();
    judge({ outcome: 'invalid', next: 'phone', field: 'phone' });
    say('phone', '123');
    assert.deepEqual(told(), [['action', 6, 'phone! phone<save phone?']]);
  });
  it('counts each node once, however often it is gone back to', () => {
    const { say, judge, correct, told } = converse();
    say('name', 'Ada');
    say('email', 'ada@example.com');
    judge();
    told();
    correct('name');
    say('name', 'B');
    say('name', 'Bob');
    // The action is submitted anew.
    assert.deepEqual(told(), [['action', 6, 'which<save more<which name!']]);
    judge();
    correct('name');
    say('name', 'Ada');
    assert.deepEqual(told(), [['action', 9, 'bob<which']]);
  });
  it('goes with a departure, and stays untold', () => {
    const { say, judge, leaving, told } = converse();
    assert.equal(leaving(), undefined);
    say('name', 'Ada');
    assert.deepEqual(leaving(), [4, '']);
    say('email', 'ada@example.com');
    judge();
    told();
    assert.deepEqual(leaving(), [6, 'which<save more<which']);
    say('more', 'no');
    assert.deepEqual(told(), [['completed', 6, 'which<save more<which more? bye<more']]);
  });
  it('ends with the end: what is answered otherwise after it is not counted, and nothing of the way is kept', () => {
    const { say, judge, correct, standing, told } = converse();
    say('name', 'Ada');
    say('email', 'ada@example.com');
    judge();
    say('more', 'no');
    told();
    assert.equal(standing().tally, undefined);
    correct('name');
    say('name', 'Bob');
    assert.deepEqual(told(), [['action']]);
    assert.equal(standing().tally, undefined);
  });
  it('begins anew with another conversation, also where the last has come to its end', () => {
    const { begin, say, judge, told } = converse();
    say('name', 'Ada');
    say('email', 'ada@example.com');
    judge();
    say('more', 'no');
    told();
    begin('c2');
    say('name', 'Ada');
    assert.deepEqual(told(), [['started', 0, 'hello name<hello name? email<name']]);
  });
  it('begins anew where storage has lost it, and it goes on under another id', () => {
    const { resumeAs, say, told } = converse();
    say('name', 'Ada');
    told();
    resumeAs({ conversation: 'c2', told: [] });
    say('email', 'ada@example.com');
    assert.deepEqual(told(), [
      ['started', 0, 'hello name<hello name? email<name email? save<email'],
      ['action'],
    ]);
  });
  it('is that of its revision: under a newer one all of the way is counted there', () => {
    const { say, judge, publish, told } = converse();
    say('name', 'Ada');
    say('email', 'ada@example.com');
    judge();
    told();
    publish(withNodes({ hello: { type: 'message', bubbles: [{ text: 'Hi' }], next: 'name' } }, 'r2'));
    say('more', 'no');
    assert.deepEqual(told(), [
      [
        'completed',
        6,
        [
          'which<save@r1 more<which@r1 hello name<hello name? email<name email? save<email which<save more<which',
          'more? bye<more',
        ].join(' '),
      ],
    ]);
  });
  it('has the way until there where the site begins to count in the middle of it', () => {
    const events: Told[] = ['started'];
    const { say, leaving, told } = converse(FLOW, events);
    say('name', 'Ada');
    assert.deepEqual(told(), [['started']]);
    events.push('abandoned', 'passed');
    assert.equal(leaving(), undefined);
    say('email', 'ada@example.com');
    assert.deepEqual(told(), [['action', 0, 'hello name<hello name? email<name email? save<email']]);
  });
  it('is not given to a question to the relay, which is stored nowhere', () => {
    const asking = { ...FLOW.nodes['save'], asks: true };
    const { say, judge, told } = converse(withNodes({ save: asking as PublishedNode }, 'r1'));
    say('name', 'Ada');
    told();
    say('email', 'ada@example.com');
    assert.deepEqual(told(), [['action']]);
    judge();
    say('more', 'no');
    assert.deepEqual(told(), [['completed', 4, 'email? save<email which<save more<which more? bye<more']]);
  });
  it('is given to what is told beside a question, at the node that asks', () => {
    const which: PublishedNode = { type: 'action', asks: true, on: { success: 'more', error: 'more' } };
    const { say, judge, told } = converse(
      withNodes({ name: { ...FLOW.nodes['name'], next: 'which' } as PublishedNode, which }, 'r1'),
    );
    say('name', 'Ada');
    assert.deepEqual(told(), [['started', 0, 'hello name<hello name? which<name'], ['action']]);
    judge();
    say('more', 'no');
    assert.deepEqual(told(), [['completed', 4, 'more<which more? bye<more']]);
  });
  it('is told 200 at a time', () => {
    const { say, told, leaving } = converse(FLOW, ['started', 'abandoned', 'passed']);
    say('name', 'Ada');
    told();
    for (let tries = 0; tries < 250; tries += 1) say('email', 'none');
    const [since, words] = leaving() ?? [0, ''];
    assert.deepEqual([since, words.split(' ').length], [4, 200]);
    say('email', 'ada@example.com');
    const [[, first, passed] = []] = told();
    assert.deepEqual([first, String(passed).split(' ').length], [4, 200]);
    assert.equal(leaving(), undefined);
  });
});
