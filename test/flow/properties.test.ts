/** What holds for every flow that lint lets through, and every sequence of events: checked on generated ones. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { publishFlow } from '../../server/flows/publish.ts';
import type { AskNode, Outcome, PublishedFlow } from '../../widget/contract/flow.ts';
import type { LifecycleEvent } from '../../widget/contract/site.ts';
import type { Submission } from '../../widget/contract/wire.ts';
import { furtherOn } from '../../widget/flow/further-answer.ts';
import { LANGUAGE } from '../../widget/flow/language.ts';
import { isNormalAnswer } from '../../widget/flow/answer.ts';
import { departureOf, tellLifecycle } from '../../widget/flow/lifecycle.ts';
import { answersOn, nodeOf, questionOf, type Snapshot } from '../../widget/flow/snapshot.ts';
import { transcriptOf } from '../../widget/flow/transcript.ts';
import { startConversation, transition, type ConversationEvent } from '../../widget/flow/transition.ts';
import type { Happening, Transition } from '../../widget/flow/walk.ts';
import { arbitraryFlow } from './arbitrary-flow.ts';
import { arbitraryHostileAnswer, goodAnswer } from './arbitrary-answer.ts';

const HAPPENING: Happening = {
  time: '2026-11-21T10:00:00.000Z',
  language: LANGUAGE,
  surroundings: {
    page: { path: '/pricing' },
    device: { type: 'mobile', language: 'en', time_zone: 'Asia/Tokyo' },
  },
};
const TODAY = '2026-11-21';
const FURTHER = furtherOn(TODAY);

const published = arbitraryFlow.map((flow) => publishFlow({ flow, revision: 'r1' }, 'en'));

/** What happens next, told without knowing where the conversation stands. */
type Plan =
  | { readonly do: 'answer'; readonly pick: number }
  | { readonly do: 'say'; readonly value: unknown }
  | { readonly do: 'correct'; readonly pick: number }
  | { readonly do: 'judge'; readonly outcome: Outcome; readonly pick: number }
  | { readonly do: 'mistake'; readonly pick: number }
  | { readonly do: 'resume' };

const pick = fc.nat(1_000);
const arbitraryPlan: fc.Arbitrary<Plan> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('answer' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('say' as const), value: arbitraryHostileAnswer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('correct' as const), pick }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('judge' as const),
      outcome: fc.constantFrom<Outcome>('success', 'success', 'error', 'invalid', 'queued'),
      pick,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('mistake' as const), pick }) },
  { weight: 1, arbitrary: fc.constant({ do: 'resume' as const }) },
);
const arbitraryPlans = fc.array(arbitraryPlan, { maxLength: 40 });

/** The event that a plan comes to where the conversation stands. */
function eventOf(plan: Plan, flow: PublishedFlow, snapshot: Snapshot): ConversationEvent {
  const { node } = snapshot;
  const ids = Object.keys(flow.nodes);
  const some = (index: number) => ids[index % ids.length] as string;
  switch (plan.do) {
    case 'answer': {
      const ask = questionOf(flow, snapshot);
      return { ...HAPPENING, type: 'answer', node, value: ask ? goodAnswer(ask, plan.pick) : 'x' };
    }
    case 'say':
      return { ...HAPPENING, type: 'answer', node, value: plan.value };
    case 'correct':
      return { ...HAPPENING, type: 'correct', node: some(plan.pick) };
    case 'judge': {
      const owner = flow.nodes[some(plan.pick)];
      const named = plan.pick % 3 === 0 ? {} : { next: some(plan.pick) };
      const field = plan.outcome === 'invalid' && owner?.type === 'ask' ? { field: owner.field } : {};
      const verdict = { id: snapshot.awaiting ?? 'none', outcome: plan.outcome, ...named, ...field };
      return { ...HAPPENING, type: 'verdict', verdict };
    }
    case 'mistake':
      return plan.pick % 2 === 0
        ? { ...HAPPENING, type: 'answer', node: '__proto__', value: 'x' }
        : { ...HAPPENING, type: 'verdict', verdict: { id: 'of-another.1', outcome: 'success' } };
    case 'resume':
      return { ...HAPPENING, type: 'resume' };
  }
}

const begin = (flow: PublishedFlow): Transition =>
  startConversation(flow, { conversation: 'c1', seed: 's1' }, HAPPENING);

interface Run {
  readonly events: readonly ConversationEvent[];
  readonly steps: readonly Transition[];
}

function runPlans(flow: PublishedFlow, plans: readonly Plan[]): Run {
  const events: ConversationEvent[] = [];
  const steps = [begin(flow)];
  for (const plan of plans) {
    const [snapshot] = steps.at(-1) as Transition;
    const event = eventOf(plan, flow, snapshot);
    events.push(event);
    steps.push(transition(flow, snapshot, event));
  }
  return { events, steps };
}

const holds = (check: (flow: PublishedFlow, run: Run) => void, numRuns = 400) =>
  fc.assert(
    fc.property(published, arbitraryPlans, (flow, plans) => check(flow, runPlans(flow, plans))),
    { numRuns },
  );

const submissionsOf = ({ steps }: Run): Submission[] =>
  steps.flatMap(([, effects]) => effects.map(({ submission }) => submission));

describe('for any flow and any events', () => {
  it('a conversation stands at a question, at an action whose verdict it awaits, or at an end', () => {
    holds((flow, { steps }) => {
      for (const [{ node, awaiting, path }] of steps) {
        const type = nodeOf(flow, node)?.type;
        assert.ok(type === 'ask' || type === 'action' || type === 'end', `${node} is a ${type}`);
        assert.equal(type === 'action', awaiting !== undefined);
        assert.equal(path.at(-1)?.node, node);
      }
    });
  });

  it('snapshots survive JSON, and a conversation goes on from what was stored as if it had not been', () => {
    holds((flow, { events, steps }) => {
      let stored = JSON.parse(JSON.stringify(begin(flow))) as Transition;
      assert.deepEqual(stored, steps[0]);
      for (const [index, event] of events.entries()) {
        stored = JSON.parse(JSON.stringify(transition(flow, stored[0], event))) as Transition;
        assert.deepEqual(stored, steps[index + 1]);
      }
    });
  });

  it('the same events make the same snapshots and the same submissions', () => {
    holds((flow, run) => {
      let again = begin(flow);
      const submissions = again[1].map(({ submission }) => submission);
      for (const event of run.events) {
        again = transition(flow, again[0], event);
        submissions.push(...again[1].map(({ submission }) => submission));
      }
      assert.deepEqual(again[0], run.steps.at(-1)?.[0]);
      assert.deepEqual(submissions, submissionsOf(run));
    });
  });

  it('each submission has an id of its own, and corrects at most one earlier submission of the same action', () => {
    holds((_, run) => {
      const earlier = new Map<string, Submission>();
      const corrected = new Set<string>();
      for (const submission of submissionsOf(run)) {
        const { id, node, corrects } = submission;
        assert.ok(!earlier.has(id), id);
        if (corrects !== undefined) {
          assert.equal(earlier.get(corrects)?.node, node);
          assert.ok(!corrected.has(corrects), `${corrects} is corrected once`);
          corrected.add(corrects);
        }
        earlier.set(id, submission);
      }
    });
  });

  it('what is submitted is what was answered on the way, in the normal form that the relay asks for', () => {
    holds((flow, run) => {
      const asks = Object.values(flow.nodes).filter((node): node is AskNode<string> => node.type === 'ask');
      for (const [snapshot, effects] of run.steps) {
        assert.deepEqual(snapshot.answers, answersOn(flow, snapshot.path));
        for (const { submission } of effects) {
          for (const [field, value] of Object.entries(submission.answers)) {
            const isNormal = asks.some((ask) => ask.field === field && isNormalAnswer(ask, value, FURTHER));
            assert.ok(isNormal, `${field}: ${JSON.stringify(value)}`);
          }
        }
      }
    });
  });

  it('what an action on the way has written last is what is answered on the way to it', () => {
    holds((flow, run) => {
      const sent = new Map(submissionsOf(run).map((submission) => [submission.id, submission]));
      for (const [{ path }] of run.steps) {
        for (const [index, { submission }] of path.entries()) {
          if (submission === undefined) continue;
          assert.deepEqual(sent.get(submission)?.answers, answersOn(flow, path.slice(0, index)));
        }
      }
    });
  });

  it('an event that does not concern a conversation leaves it the very same, and one that does takes one step', () => {
    holds((_, { steps }) => {
      for (const [index, [snapshot, effects]] of steps.entries()) {
        const before = steps[index - 1]?.[0];
        if (before === undefined) continue;
        assert.ok(snapshot === before || snapshot.step === before.step + 1);
        assert.ok(effects.length === 0 || snapshot.awaiting === effects[0]?.submission.id);
      }
    });
  });

  it('the transcript can be read at every step, and ends with the question at hand', () => {
    holds((flow, { steps }) => {
      for (const [snapshot] of steps) {
        const said = transcriptOf(flow, snapshot, HAPPENING);
        if (questionOf(flow, snapshot)) assert.equal(said.at(-1)?.node, snapshot.node);
      }
    });
  });

  it('under a newer revision that says the same, it goes on where it was, and submits nothing again', () => {
    holds((flow, { steps }) => {
      const [snapshot] = steps.at(-1) as Transition;
      const [resumed, effects] = transition({ ...flow, revision: 'r2' }, snapshot, {
        ...HAPPENING,
        type: 'resume',
      });
      // An action may send the visitor to a question that stands on no way to it: there it is met earlier than before.
      if (Object.values(flow.nodes).some((node) => node.type === 'action' && node.on.invalid)) {
        for (const { submission } of effects) assert.ok(submission.corrects, 'it is a correction');
        return;
      }
      assert.deepEqual(effects, []);
      assert.equal(resumed.node, snapshot.node);
      assert.equal(resumed.awaiting, snapshot.awaiting);
      assert.deepEqual(resumed.answers, snapshot.answers);
    });
  });

  it('under a revision that says something else, it goes on somewhere, with no answer that was not given', () => {
    fc.assert(
      fc.property(published, published, arbitraryPlans, (flow, other, plans) => {
        const [snapshot] = runPlans(flow, plans).steps.at(-1) as Transition;
        const revised = { ...other, id: flow.id, revision: 'r2' };
        const [resumed] = transition(revised, snapshot, { ...HAPPENING, type: 'resume' });
        assert.ok(nodeOf(revised, resumed.node));
        for (const [field, value] of Object.entries(resumed.answers)) {
          const { previous = [], entries = [] } = snapshot.rewalk ?? {};
          const given = [...snapshot.path, ...previous, ...entries];
          assert.ok(
            given.some((passed) => JSON.stringify(passed.answer) === JSON.stringify(value)),
            field,
          );
        }
      }),
      { numRuns: 400 },
    );
  });
});

/** Every time on one of four pages, and told of all that may be told. */
function tellPlans(
  flow: PublishedFlow,
  events: readonly LifecycleEvent[],
  plans: readonly (readonly [Plan, page: number])[],
): readonly Transition[] {
  const happeningOn = (page: number): Happening => ({
    ...HAPPENING,
    surroundings: { ...HAPPENING.surroundings, page: { path: `/${page}` } },
  });
  const steps = [tellLifecycle(flow, events, undefined, begin(flow), happeningOn(0))];
  for (const [plan, page] of plans) {
    const [before] = steps.at(-1) as Transition;
    const happening = happeningOn(page);
    const walked = transition(flow, before, { ...eventOf(plan, flow, before), ...happening });
    steps.push(tellLifecycle(flow, events, before, walked, happening));
  }
  return steps;
}

describe('for any flow and any events, on any pages', () => {
  const ONCE = ['started', 'handed_off', 'completed'] as const;
  const arbitraryEvents = fc.subarray<LifecycleEvent>([...ONCE, 'abandoned', 'page']);
  const arbitraryWay = fc.array(fc.tuple(arbitraryPlan, fc.nat(3)), { maxLength: 40 });
  const nameOf = ({ id }: Submission) => id.split('.')[2];

  it('what is told once is told once, each with an id of its own, and only what the site wants', () => {
    const seen = new Map<string | undefined, number>();
    fc.assert(
      fc.property(published, arbitraryEvents, arbitraryWay, (flow, events, plans) => {
        const steps = tellPlans(flow, events, plans);
        const submissions = steps.flatMap(([, effects]) => effects.map(({ submission }) => submission));
        const names = submissions.map(nameOf);
        for (const name of names) seen.set(name, (seen.get(name) ?? 0) + 1);
        assert.equal(new Set(submissions.map(({ id }) => id)).size, submissions.length);
        for (const name of ONCE) assert.ok(names.filter((each) => each === name).length <= 1, name);
        assert.ok(names.every((name) => name === undefined || events.some((event) => event === name)));
        const first = names.find((name) => name !== undefined);
        if (events.includes('started')) assert.ok(first === undefined || first === 'started', first);
      }),
      { numRuns: 1_200 },
    );
    for (const name of [undefined, ...ONCE, 'page']) assert.ok((seen.get(name) ?? 0) > 20, name);
  });

  it('a snapshot is the very same, or a step on; and where the flow leads does not change by what is told', () => {
    fc.assert(
      fc.property(published, arbitraryEvents, arbitraryWay, (flow, events, plans) => {
        const steps = tellPlans(flow, events, plans);
        const untold = tellPlans(flow, [], plans);
        for (const [index, [snapshot, effects]] of steps.entries()) {
          const before = steps[index - 1]?.[0];
          assert.ok(!before || snapshot === before || snapshot.step === before.step + 1);
          assert.ok(snapshot !== before || effects.length === 0);
          const plain = untold[index]?.[0];
          assert.deepEqual(snapshot.answers, plain?.answers);
          assert.equal(snapshot.node, plain?.node);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('nobody abandons what has not started, has completed, or asks nothing', () => {
    let departures = 0;
    fc.assert(
      fc.property(published, arbitraryWay, (flow, plans) => {
        for (const [snapshot] of tellPlans(flow, [...ONCE, 'abandoned'], plans)) {
          const left = departureOf(flow, snapshot, HAPPENING);
          if (!left) continue;
          departures += 1;
          assert.equal(left.node, questionOf(flow, snapshot) && snapshot.node);
          assert.ok(snapshot.told?.includes('started') && !snapshot.told.includes('completed'));
        }
      }),
      { numRuns: 200 },
    );
    assert.ok(departures > 100, `${departures} were looked at`);
  });
});

/** Answers every question as the script says and lets every action succeed, until the end. */
function follow(
  flow: PublishedFlow,
  from: Transition,
  script: (ask: AskNode<string>) => unknown,
): Snapshot | undefined {
  let [snapshot] = from;
  for (let step = 0; step < 60; step += 1) {
    const ask = questionOf(flow, snapshot);
    const { node, awaiting } = snapshot;
    if (!ask && awaiting === undefined) return snapshot;
    [snapshot] = transition(
      flow,
      snapshot,
      ask
        ? { ...HAPPENING, type: 'answer', node, value: script(ask) }
        : { ...HAPPENING, type: 'verdict', verdict: { id: awaiting ?? '', outcome: 'success' } },
    );
    if (snapshot.refusal) return undefined;
  }
  return undefined;
}

describe('for any flow and any answers', () => {
  it('a corrected answer leads to where the visitor would be, had they said so at first', () => {
    let compared = 0;
    fc.assert(
      fc.property(published, pick, pick, pick, (flow, first, second, which) => {
        const ids = Object.entries(flow.nodes).flatMap(([id, { type }]) => (type === 'ask' ? [id] : []));
        const corrected = ids[which % ids.length];
        const before = (ask: AskNode<string>) => goodAnswer(ask, first);
        const after = (ask: AskNode<string>) =>
          ask === nodeOf(flow, corrected ?? '') ? goodAnswer(ask, second) : before(ask);
        const straight = follow(flow, begin(flow), after);
        const ended = follow(flow, begin(flow), before);
        if (!straight || !ended || corrected === undefined) return;
        // A question that a loop puts more than once has one answer in the script and several on the way.
        const times = (snapshot: Snapshot) => snapshot.path.filter(({ node }) => node === corrected).length;
        if (times(ended) !== 1 || times(straight) !== 1) return;
        const asked = transition(flow, ended, { ...HAPPENING, type: 'correct', node: corrected });
        const again = follow(flow, asked, after);
        const wayOf = (snapshot: Snapshot | undefined) =>
          snapshot?.path.map(({ node, answer, next }) => ({ node, answer, next }));
        assert.deepEqual(wayOf(again), wayOf(straight));
        assert.deepEqual(again?.answers, straight.answers);
        compared += 1;
      }),
      { numRuns: 600 },
    );
    assert.ok(compared > 100, `${compared} corrections were compared`);
  });
});
