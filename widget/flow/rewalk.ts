/**
 * The way that a conversation has taken, and how an earlier place of it is gone back to. The answers follow from the way: an answer
 * that is given otherwise leads to where the visitor would be, had they said so at first.
 */
import type { PublishedFlow } from '../contract/flow.ts';
import { answersOn, questionOf, type Passed, type Rewalk, type Snapshot } from './snapshot.ts';

/** Puts a node on the path. What was recorded of it before has been met again. */
export function pass(
  flow: PublishedFlow,
  snapshot: Snapshot,
  passed: Passed,
  previous: readonly Passed[] = [],
): Snapshot {
  const recorded = recordOf(snapshot, passed.node);
  const entries = snapshot.rewalk?.entries.filter((entry) => entry !== recorded) ?? [];
  return withPath(flow, snapshot, [...snapshot.path, passed], { previous, entries });
}

/** Stands at a node. An answer that is no longer acceptable there is offered again, to be put right. */
export function stopAt(flow: PublishedFlow, snapshot: Snapshot, node: string): Snapshot {
  const recorded = recordOf(snapshot, node);
  return { ...pass(flow, snapshot, { node }, recorded?.answer === undefined ? [] : [recorded]), node };
}

/** To an earlier place of the path, where a question is put in the place of what stands there. What came after is kept. */
export function goBack(flow: PublishedFlow, snapshot: Snapshot, index: number, question: Passed): Snapshot {
  const { path, rewalk } = snapshot;
  const left = [...walkedOn(flow, snapshot).slice(index), ...(rewalk?.previous ?? [])];
  const entries = rewalk?.entries ?? [];
  // What stands there may be no answer, but an action that asks for something new.
  const again =
    left[0]?.answer === undefined
      ? { previous: [], entries: [...left, ...entries] }
      : { previous: left, entries };
  return { ...withPath(flow, snapshot, [...path.slice(0, index), question], again), node: question.node };
}

/** All that was passed, on this walk and on the ones before. */
export function everythingPassed(flow: PublishedFlow, snapshot: Snapshot): readonly Passed[] {
  const { previous = [], entries = [] } = snapshot.rewalk ?? {};
  return [...walkedOn(flow, snapshot), ...previous, ...entries];
}

/** The question that is waited at is no part of the way: it will be met again. */
function walkedOn(flow: PublishedFlow, snapshot: Snapshot): readonly Passed[] {
  return questionOf(flow, snapshot) ? snapshot.path.slice(0, -1) : snapshot.path;
}

/** What was recorded of a node when it was passed before, if it was not met again since. */
export function recordOf({ rewalk }: Snapshot, node: string): Passed | undefined {
  return rewalk?.entries.find((entry) => entry.node === node);
}

/** The answers follow from the path. Where nothing is left to be met again, the rewalk is over. */
export function withPath(
  flow: PublishedFlow,
  { rewalk: _, ...snapshot }: Snapshot,
  path: readonly Passed[],
  rewalk: Rewalk,
): Snapshot {
  const walked = { ...snapshot, path, answers: answersOn(flow, path) };
  return rewalk.previous.length > 0 || rewalk.entries.some(isRecord) ? { ...walked, rewalk } : walked;
}

/** Whether something was answered, decided or written there, and not only shown. */
function isRecord({ answer, next, submission }: Passed): boolean {
  return (next ?? submission ?? answer) !== undefined;
}
