import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PublishedFlow, PublishedNode } from '../../widget/contract/flow.ts';
import type { LifecycleEvent } from '../../widget/contract/site.ts';
import { LANGUAGE } from '../../widget/flow/language.ts';
import { departureOf, tellLifecycle } from '../../widget/flow/lifecycle.ts';
import { withoutAnswers, type Snapshot } from '../../widget/flow/snapshot.ts';
import { startConversation, transition, type ConversationEvent } from '../../widget/flow/transition.ts';
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
      field: 'first_name',
      input: 'text',
      text: 'Name?',
      min_length: 2,
      optional: true,
      retry: { limit: 1, next: 'email' },
      next: 'email',
    },
    email: { type: 'ask', field: 'email', input: 'email', text: 'E-mail?', next: 'help' },
    help: { type: 'handoff', offers: [], next: 'save' },
    save: { type: 'action', on: { success: 'more', error: 'more' } },
    more: { type: 'ask', field: 'more', input: 'text', text: 'More?', next: 'which' },
    which: {
      type: 'branch',
      cases: [{ when: { '==': [{ var: 'answers.more' }, 'again'] }, next: 'name' }],
      else: 'bye',
    },
    bye: { type: 'end' },
  },
};

const withNodes = (nodes: Record<string, PublishedNode>, revision = 'r1'): PublishedFlow => ({
  ...FLOW,
  revision,
  nodes: { ...FLOW.nodes, ...nodes },
});

/** Nothing is asked before it is over. */
const SILENT = withNodes({ hello: { type: 'message', bubbles: [{ text: 'Closed today' }], next: 'bye' } });
/** Somebody else is offered first. */
const OFFERED = withNodes({
  hello: { type: 'message', bubbles: [{ text: 'Hello' }], next: 'desk' },
  desk: { type: 'handoff', offers: [], next: 'name' },
});
const WRITTEN = withNodes({
  hello: { type: 'action', on: { success: 'bye', error: 'bye' } },
});

const ONCE: readonly LifecycleEvent[] = ['started', 'completed', 'handed_off', 'abandoned'];
const ALL: readonly LifecycleEvent[] = [...ONCE, 'page'];

const TIME = '2026-11-21T10:00:00.000Z';
const happeningOn = (path: string): Happening => ({
  time: TIME,
  language: LANGUAGE,
  surroundings: {
    page: { path, tags: ['pricing'] },
    device: { type: 'desktop', language: 'en' },
    visitor: { returning: true, visits: 2 },
    entry: { link: 'token', cohort: 'spring' },
  },
});

type Doing = (snapshot: Snapshot, happening: Happening) => ConversationEvent;

/** What a visitor does, or what happens to them, and on which page. */
interface Step {
  readonly doing: Doing;
  readonly page: string;
  /** The flow as it is from then on. */
  readonly flow?: PublishedFlow;
}

const answer = (node: string, value: unknown, page = '/'): Step => ({
  doing: (_, happening) => ({ ...happening, type: 'answer', node, value }),
  page,
});
const name = (page?: string) => answer('name', 'Ada', page);
const email = (page?: string) => answer('email', 'ada@example.com', page);
const more = (value = 'no', page?: string) => answer('more', value, page);
const correct = (node: string, page = '/'): Step => ({
  doing: (_, happening) => ({ ...happening, type: 'correct', node }),
  page,
});
const verdict = (page = '/'): Step => ({
  doing: ({ awaiting = '' }, happening) => ({
    ...happening,
    type: 'verdict',
    verdict: { id: awaiting, outcome: 'success' },
  }),
  page,
});
const resume = (page = '/', flow?: PublishedFlow): Step => ({
  doing: (_, happening) => ({ ...happening, type: 'resume' }),
  page,
  ...(flow && { flow }),
});

const begin = (
  flow: PublishedFlow,
  events: readonly LifecycleEvent[],
  before?: Snapshot,
  conversation = 'c1',
) =>
  tellLifecycle(
    flow,
    events,
    before,
    startConversation(flow, { conversation, seed: 's1' }, happeningOn('/')),
    happeningOn('/'),
  );

function go(
  flow: PublishedFlow,
  events: readonly LifecycleEvent[],
  before: Snapshot,
  step: Step,
): Transition {
  const happening = happeningOn(step.page);
  const walked = transition(flow, before, step.doing(before, happening));
  return tellLifecycle(flow, events, before, walked, happening);
}

/** Each transition of a conversation, the first one included. */
function talk(steps: readonly Step[], events = ALL, flow = FLOW): readonly Transition[] {
  const all = [begin(flow, events)];
  let at = flow;
  for (const step of steps) {
    at = step.flow ?? at;
    all.push(go(at, events, (all.at(-1) as Transition)[0], step));
  }
  return all;
}

/** As `2.started email`: the step, the event if it is one, and where it happened. */
const toldIn = (transitions: readonly Transition[]): readonly string[] =>
  transitions.flatMap(([, effects]) =>
    effects.map(({ submission: { id, node } }) => `${id.slice('c1.'.length)} ${node}`),
  );

const standing = (
  steps: readonly Step[],
  events?: readonly LifecycleEvent[],
  flow?: PublishedFlow,
): Snapshot => (talk(steps, events, flow).at(-1) as Transition)[0];

const TO_THE_END = [name(), email(), verdict(), more()];

interface Talk {
  readonly name: string;
  readonly flow?: PublishedFlow;
  readonly events?: readonly LifecycleEvent[];
  readonly steps: readonly Step[];
  readonly told: readonly string[];
}

const TALKS: readonly Talk[] = [
  { name: 'that was only begun', steps: [], told: [] },
  { name: 'that was only looked at, on two pages', steps: [resume('/a'), resume('/b')], told: [] },
  { name: 'with a first answer', steps: [name()], told: ['2.started email', '2.page email'] },
  {
    name: 'with a second answer',
    steps: [name(), answer('email', 'nope')],
    told: ['2.started email', '2.page email'],
  },
  {
    name: 'whose first question was passed over',
    events: ONCE,
    steps: [answer('name', '')],
    told: ['2.started email'],
  },
  { name: 'whose first answer was not taken', steps: [answer('name', 'A')], told: [] },
  {
    name: 'whose first answers were not taken, until the tries were used up',
    steps: [answer('name', 'A'), answer('name', 'A')],
    told: [],
  },
  {
    name: 'from its first answer to its end',
    steps: TO_THE_END,
    told: ['2.started email', '2.page email', '3 save', '3.handed_off help', '5.completed bye'],
  },
  {
    name: 'that asks nothing',
    flow: SILENT,
    steps: [],
    told: ['1.started bye', '1.page bye', '1.completed bye'],
  },
  {
    name: 'that asks nothing, and writes something',
    flow: WRITTEN,
    steps: [verdict('/elsewhere')],
    told: ['1 hello', '2.started bye', '2.page bye', '2.completed bye'],
  },
  {
    name: 'that is handed off before anything is asked',
    flow: OFFERED,
    steps: [name()],
    told: ['1.started name', '1.page name', '1.handed_off desk'],
  },
  {
    name: 'that is handed off before anything is asked, of which that is not told',
    flow: OFFERED,
    events: ['started'],
    steps: [],
    told: ['1.started name'],
  },
  {
    name: 'that is handed off twice, by a loop',
    events: ONCE,
    steps: [name(), email(), verdict(), more('again'), name(), email()],
    told: ['2.started email', '3 save', '3.handed_off help', '7 save'],
  },
  {
    name: 'that is gone back in before the handoff',
    events: ['handed_off'],
    steps: [name(), email(), verdict(), correct('email'), answer('email', 'eve@example.com')],
    told: ['3 save', '3.handed_off help', '6 save'],
  },
  {
    name: 'whose first answer is taken back and given anew',
    events: ONCE,
    steps: [name(), correct('name'), name()],
    told: ['2.started email'],
  },
  {
    name: 'that is gone back in from its end',
    events: ['started', 'completed'],
    steps: [...TO_THE_END, correct('more'), more('nothing')],
    told: ['2.started email', '3 save', '5.completed bye'],
  },
  {
    name: 'that is gone back in from its end, on another page',
    events: ['page'],
    steps: [...TO_THE_END, resume('/a'), correct('more', '/a'), more('nothing', '/a')],
    told: ['2.page email', '3 save', '7.page bye'],
  },
  {
    name: 'on five pages',
    events: ['page', 'abandoned'],
    steps: [
      name('/1'),
      resume('/2'),
      resume('/2'),
      resume('/3'),
      answer('email', 'nope', '/4'),
      resume('/4'),
      email('/5'),
    ],
    told: ['2.page email', '3.page email', '4.page email', '5.page email', '6.page save', '6 save'],
  },
  {
    name: 'on two pages, to and fro',
    events: ['page'],
    steps: [name('/1'), resume('/2'), resume('/1')],
    told: ['2.page email', '3.page email', '4.page email'],
  },
  {
    name: 'whose first answer is taken back, on another page',
    events: ['page'],
    steps: [name('/1'), correct('name', '/1'), resume('/2')],
    told: ['2.page email', '4.page name'],
  },
  {
    name: 'that ends on another page, and no page after it',
    events: ['page', 'completed'],
    steps: [name(), email(), verdict(), more('no', '/2'), resume('/3')],
    told: ['2.page email', '3 save', '5.page bye', '5.completed bye'],
  },
  {
    name: 'that awaits its verdict while the visitor goes on to another page',
    events: ['page'],
    steps: [name(), email(), resume('/2'), verdict('/2')],
    told: ['2.page email', '3 save', '4.page save'],
  },
  {
    name: 'whose verdict comes to a tab on another page',
    events: ['page'],
    steps: [name(), email(), verdict('/2')],
    told: ['2.page email', '3 save'],
  },
  {
    name: 'under a newer revision',
    steps: [name(), email(), verdict(), resume('/', { ...FLOW, revision: 'r2' })],
    told: ['2.started email', '2.page email', '3 save', '3.handed_off help'],
  },
  {
    name: 'under a newer revision on another page',
    events: ['page'],
    steps: [name(), resume('/2', { ...FLOW, revision: 'r2' })],
    told: ['2.page email', '3.page email'],
  },
  {
    name: 'under a newer revision, where somebody else is offered earlier',
    events: ['handed_off'],
    steps: [name(), resume('/', { ...OFFERED, revision: 'r2' })],
    told: ['3.handed_off desk'],
  },
  {
    name: 'under a newer revision, where it is over',
    events: ['started', 'completed'],
    steps: [name(), resume('/', { ...SILENT, revision: 'r2' })],
    told: ['2.started email', '3.completed bye'],
  },
  {
    name: 'that has ended, under a newer revision',
    events: ['completed'],
    steps: [...TO_THE_END, resume('/', { ...FLOW, revision: 'r2' })],
    told: ['3 save', '5.completed bye'],
  },
  { name: 'of which nothing is told', events: [], steps: TO_THE_END, told: ['3 save'] },
  { name: 'that may be abandoned', events: ['abandoned'], steps: TO_THE_END, told: ['3 save'] },
];

describe('what is told of a conversation', () => {
  for (const { name, flow, events, steps, told } of TALKS) {
    it(name, () => assert.deepEqual(toldIn(talk(steps, events, flow)), told));
  }

  it('carries what stands around it, and no answer', () => {
    const [, effects] = talk([name('/pricing')]).at(-1) as Transition;
    assert.deepEqual(effects[0], {
      submission: {
        id: 'c1.2.started',
        flow: 'welcome',
        revision: 'r1',
        node: 'email',
        time: TIME,
        answers: {},
        ...happeningOn('/pricing').surroundings,
      },
    });
  });

  it('is kept with it, and past its end', () => {
    const { told, page } = standing(TO_THE_END);
    assert.deepEqual(told, ['started', 'handed_off', 'completed']);
    assert.equal(page, '/');
    const kept = withoutAnswers(standing(TO_THE_END));
    assert.deepEqual(kept.told, told);
    assert.equal(go(FLOW, ALL, kept, resume('/2'))[0], kept);
    const revised = { ...FLOW, revision: 'r2' };
    assert.deepEqual(toldIn([go(revised, ALL, kept, resume('/2', revised))]), []);
  });

  it('is not marked as told where the site does not want it told', () => {
    const { told, page } = standing(TO_THE_END, ['completed']);
    assert.deepEqual(told, ['completed']);
    assert.equal(page, undefined);
    for (const event of ['abandoned', 'page'] as const) assert.ok(!('told' in standing(TO_THE_END, [event])));
  });

  it('goes on from what was stored as if it had not been', () => {
    let stored = begin(FLOW, ALL);
    const steps = [name('/1'), resume('/2'), email('/3'), verdict(), more()];
    for (const step of steps) {
      stored = JSON.parse(JSON.stringify(go(FLOW, ALL, stored[0], step))) as Transition;
    }
    assert.deepEqual(stored, talk(steps).at(-1));
  });

  it('is the same from two tabs that do the same', () => {
    assert.deepEqual(talk(TO_THE_END), talk(TO_THE_END));
  });

  it('of the next conversation is told anew', () => {
    const [next, effects] = begin(OFFERED, ALL, standing([name()], ALL, OFFERED), 'c2');
    assert.deepEqual(toldIn([[next, effects]]), ['1.started name', '1.page name', '1.handed_off desk']);
    assert.ok(effects.every(({ submission }) => submission.id.startsWith('c2.1.')));
  });

  it('begins with the next step where an earlier release knew nothing of it', () => {
    const before = standing([name()], []);
    assert.deepEqual(toldIn([go(FLOW, ONCE, before, resume())]), [], 'nothing has happened');
    assert.deepEqual(toldIn([go(FLOW, ONCE, before, email())]), [
      '3.started save',
      '3 save',
      '3.handed_off help',
    ]);
    assert.deepEqual(toldIn([go(FLOW, ALL, before, resume())]), ['3.started email', '3.page email']);
    const handedOff = standing([name(), email()], []);
    assert.deepEqual(toldIn([go(FLOW, ONCE, handedOff, verdict())]), ['4.started more'], 'that was before');
  });

  it('is nothing of what ended before anybody wanted it told', () => {
    const ended = withoutAnswers(standing(TO_THE_END, []));
    const revised = { ...FLOW, revision: 'r2' };
    assert.equal(go(FLOW, ALL, ended, resume('/2'))[0], ended);
    assert.deepEqual(toldIn([go(revised, ALL, ended, resume('/2'))]), []);
  });

  it('leaves the very same snapshot where that is nothing', () => {
    const [before] = begin(FLOW, ALL);
    const walked = transition(FLOW, before, name().doing(before, happeningOn('/')));
    assert.equal(tellLifecycle(FLOW, [], before, walked, happeningOn('/'))[0], walked[0]);
    assert.equal(go(FLOW, ALL, before, answer('email', 'x', '/2'))[0], before);
    const started = standing([name()]);
    assert.equal(go(FLOW, ALL, started, resume())[0], started);
    assert.equal(go(FLOW, ONCE, started, resume('/2'))[0], started, 'no pages are told');
  });
});

const BADLY_NAMED = answer('name', 'A');
const MISSPELT = answer('email', 'nope');
const REFUSED: Step = {
  doing: ({ awaiting = '' }, happening) => ({
    ...happening,
    type: 'verdict',
    verdict: { id: awaiting, outcome: 'invalid', next: 'email', field: 'email' },
  }),
  page: '/',
};

/** As `2.abandoned email`, and why where it is said. */
const DEPARTURES: readonly (readonly [
  name: string,
  steps: readonly Step[],
  left: string | undefined,
  flow?: PublishedFlow,
])[] = [
  ['nothing was said', [], undefined],
  ['an answer was not taken', [answer('name', 'A')], undefined],
  ['a question waits', [name()], 'c1.2.abandoned email'],
  ['a later page was told', [name('/1'), resume('/2')], 'c1.3.abandoned email'],
  ['somebody else was offered', [], 'c1.1.abandoned name', OFFERED],
  ['a verdict is awaited', [name(), email()], undefined],
  ['the last question waits', [name(), email(), verdict()], 'c1.4.abandoned more'],
  ['the first answer is being corrected', [name(), correct('name')], 'c1.3.abandoned name'],
  ['it is over', TO_THE_END, undefined],
  ['it was over, and is gone back in', [...TO_THE_END, correct('more')], undefined],
  [
    'an answer was not taken after somebody was offered',
    [BADLY_NAMED],
    'c1.2.abandoned name refused',
    OFFERED,
  ],
  ['the tries were used up', [BADLY_NAMED, BADLY_NAMED], 'c1.3.abandoned email', OFFERED],
  ['a later answer was not taken', [name(), MISSPELT], 'c1.3.abandoned email refused'],
  ['neither was the next', [name(), MISSPELT, MISSPELT], 'c1.4.abandoned email refused'],
  [
    'an answer was not taken, and a later page was told',
    [name(), MISSPELT, resume('/2')],
    'c1.4.abandoned email refused',
  ],
  ['the next answer was taken', [name(), MISSPELT, email(), verdict()], 'c1.5.abandoned more'],
  ['an earlier one is being corrected', [name(), MISSPELT, correct('name')], 'c1.4.abandoned name'],
  [
    'the flow is another since, and asks anew',
    [name(), MISSPELT, resume('/', { ...FLOW, revision: 'r2' })],
    'c1.4.abandoned email',
  ],
  ['the relay has not taken the answer', [name(), email(), REFUSED], 'c1.4.abandoned email refused'],
];

describe('a visitor who leaves', () => {
  for (const [name, steps, left, flow = FLOW] of DEPARTURES) {
    it(`${left === undefined ? 'abandons nothing' : 'may abandon it'} where ${name}`, () => {
      const found = departureOf(flow, standing(steps, ONCE.concat('page'), flow), happeningOn('/left'));
      const told = found && [found.id, found.node, ...(found.reason ? [found.reason] : [])].join(' ');
      assert.equal(told, left);
    });
  }

  it('leaves from the page on which they are, with no answer', () => {
    assert.deepEqual(departureOf(FLOW, standing([name()]), happeningOn('/left')), {
      id: 'c1.2.abandoned',
      flow: 'welcome',
      revision: 'r1',
      node: 'email',
      time: TIME,
      answers: {},
      ...happeningOn('/left').surroundings,
    });
  });
});
