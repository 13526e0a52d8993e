/** What is told of a conversation besides what its flow writes. It is fetched only for sites that want any of it. */
import type { PublishedFlow } from '../contract/flow.ts';
import type { LifecycleEvent, Told } from '../contract/site.ts';
import type { Departure, Submission } from '../contract/wire.ts';
import { passageOf } from './passage.ts';
import { nodeOf, questionOf, type Snapshot } from './snapshot.ts';
import type { Effect, Happening, Transition } from './walk.ts';

/** What is told once. */
const ONCE = ['started', 'handed_off', 'completed'] as const;

/**
 * Adds to a transition what the site wants told of it. Where that is nothing, the very same snapshot comes back.
 *
 * - `started`: something was answered, or a question was passed over, which is the visitor's doing too; at the latest when it is handed
 *   off or comes to its end, so that none completes that has not started.
 * - `page`: from then until the end, each page on which the visitor is with it, the first together with `started`. It is told as soon as
 *   anything happens there, be it only that the conversation is resumed: then it takes a step of its own, for an id of its own.
 * - `handed_off` and `completed`: it comes to a `handoff`, to an `end`.
 *
 * Each but `page` is told once of a conversation, also where that is gone back in. They come as `started`, `page`, what the flow itself
 * asks for, `handed_off`, `completed`, and have the same time. The keys of the outbox sort what the flow asks for before the others of
 * its step, and those by name; Braze orders by time.
 * @param before the snapshot that the transition began with
 */
export function tellLifecycle(
  flow: PublishedFlow,
  events: readonly Told[],
  before: Snapshot | undefined,
  [after, effects]: Transition,
  happening: Happening,
): Transition {
  const earlier = before?.conversation === after.conversation ? before : undefined;
  const { path, told = [] } = after;
  const wasOver = earlier !== undefined && isAtEnd(flow, earlier);
  const isCompleted = !wasOver && isAtEnd(flow, after);
  const handoff = path.find(({ node }) => nodeOf(flow, node)?.type === 'handoff' && !isOn(earlier, node));
  const hasStarted =
    (after.page ?? handoff) !== undefined || isCompleted || path.some(({ answer }) => answer !== undefined);

  const page = happening.surroundings.page.path;
  // A verdict may come to any tab: it tells nothing of where the visitor is.
  const isHeard = earlier?.awaiting !== undefined && earlier.awaiting !== after.awaiting;
  const isNewPage =
    events.includes('page') &&
    hasStarted &&
    !wasOver &&
    (isHeard ? after.page === undefined : after.page !== page);
  const isStep = after !== before;
  if (!isStep && !isNewPage) return [after, effects];

  const hasCome = { started: hasStarted, handed_off: handoff !== undefined, completed: isCompleted };
  const once = ONCE.filter((name) => hasCome[name] && events.includes(name) && !told.includes(name));
  if (once.length === 0 && !isNewPage) return [after, effects];

  const next: Snapshot = {
    ...after,
    step: isStep ? after.step : after.step + 1,
    ...(once.length > 0 && { told: [...told, ...once] }),
    ...(isNewPage && { page }),
  };
  const tell = (name: LifecycleEvent, node = after.node): readonly Effect[] =>
    (name === 'page' ? isNewPage : once.some((each) => each === name))
      ? [{ submission: submissionOf(flow, next, name, node, happening) }]
      : [];
  return [
    next,
    [
      ...tell('started'),
      ...tell('page'),
      ...effects,
      ...tell('handed_off', handoff?.node),
      ...tell('completed'),
    ],
  ];
}

/**
 * What is told if the visitor leaves now and does not come back. Undefined where they have not started, where nothing more is asked of
 * them, and where it was told that they have come to the end: who goes back in it from there does not abandon it.
 */
export function departureOf(
  flow: PublishedFlow,
  snapshot: Snapshot,
  happening: Happening,
): Departure | undefined {
  const { node, refusal, told = [] } = snapshot;
  const isUnderWay = told.includes('started') && !told.includes('completed');
  if (!isUnderWay || !questionOf(flow, snapshot)) return undefined;
  const passed = passageOf(snapshot);
  return {
    ...submissionOf(flow, snapshot, 'abandoned', node, happening),
    ...(refusal && { reason: 'refused' }),
    ...(passed && { passed }),
  };
}

const isAtEnd = (flow: PublishedFlow, { node }: Snapshot): boolean => nodeOf(flow, node)?.type === 'end';

const isOn = (snapshot: Snapshot | undefined, node: string): boolean =>
  snapshot?.path.some((passed) => passed.node === node) === true;

function submissionOf(
  flow: PublishedFlow,
  { conversation, step, revision }: Snapshot,
  name: LifecycleEvent,
  node: string,
  { time, surroundings }: Happening,
): Submission {
  const id = `${conversation}.${step}.${name}`;
  return { id, flow: flow.id, revision, node, time, answers: {}, ...surroundings };
}
