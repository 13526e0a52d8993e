/**
 * The way that a conversation has taken, and how an earlier place of it is gone back to. The answers follow from the way: an answer
 * that is given otherwise leads to where the visitor would be, had they said so at first.
 */
import type { PublishedFlow } from '../contract/flow.ts';
import { answersOn, questionOf, type Passed, type Rewalk, type Snapshot } from './snapshot.ts';

/** Puts a node on the path. What was recorded of it before has been met again. */
export function pass(flow: PublishedFlow, snapshot: Snapshot, passed: Passed, previous?: Passed): Snapshot {
  const { rewalk, path } = snapshot;
  const recorded = recordOf(snapshot, passed.node);
  const again = rewalk && {
    ...rewalk,
    ...(previous && { previous }),
    entries: rewalk.entries.filter((entry) => entry !== recorded),
  };
  return withPath(flow, snapshot, [...path, passed], again);
}

/** Stands at a node. An answer that is no longer acceptable there is offered again, to be put right. */
export function stopAt(flow: PublishedFlow, snapshot: Snapshot, node: string): Snapshot {
  const recorded = recordOf(snapshot, node);
  return { ...pass(flow, snapshot, { node }, recorded?.answer === undefined ? undefined : recorded), node };
}

/** To an earlier place of the path, where a question is put in the place of what stands there. What came after is kept. */
export function goBack(flow: PublishedFlow, snapshot: Snapshot, index: number, question: Passed): Snapshot {
  const { path, rewalk } = snapshot;
  const previous = path[index]?.answer === undefined ? undefined : path[index];
  const back = withPath(flow, snapshot, [...path.slice(0, index), question], {
    ...(previous && { previous }),
    entries: everythingAfter(flow, snapshot, previous ? index : index - 1),
    isChanged: rewalk?.isChanged ?? false,
  });
  return { ...back, node: question.node };
}

/** What was passed after that place of the path, on this walk and on the one before. */
export function everythingAfter(flow: PublishedFlow, snapshot: Snapshot, index: number): readonly Passed[] {
  const { path, rewalk } = snapshot;
  // The question that is waited at is no part of the way: it will be met again.
  const walked = questionOf(flow, snapshot) ? path.slice(0, -1) : path;
  const { previous, entries = [] } = rewalk ?? {};
  return [...walked.slice(index + 1), ...(previous ? [previous] : []), ...entries];
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
  rewalk?: Rewalk,
): Snapshot {
  const walked = { ...snapshot, path, answers: answersOn(flow, path) };
  return rewalk && (rewalk.previous ?? rewalk.entries.some(isRecord)) ? { ...walked, rewalk } : walked;
}

/** Whether something was answered, decided or written there, and not only shown. */
function isRecord({ answer, next, submission }: Passed): boolean {
  return answer !== undefined || (next ?? submission) !== undefined;
}
