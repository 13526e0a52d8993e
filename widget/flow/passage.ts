/**
 * Where a conversation has been, for the site that counts where people leave: which nodes it has come to, which questions were answered,
 * which answers were not taken. It goes with whatever else is submitted. Fetched only for such sites.
 */
import type { PublishedFlow } from '../contract/flow.ts';
import type { Passage, Passing, Submission } from '../contract/wire.ts';
import { nodeOf, type Passed, type Snapshot, type Tally } from './snapshot.ts';
import type { Effect, Transition } from './walk.ts';

/** Passings that one submission takes along, as many as the relay takes of one (`server/schema.ts`). The others go with the next. */
const MOST = 200;

/**
 * Adds to a transition what it makes the conversation pass, and lets its first submission take along what was not told yet: the same
 * submission has the same, however often it is sent.
 *
 * Each node is counted once as shown, and each question once as answered, which it is too where it was passed over: so no correction makes
 * more of them answered than shown. Of what is answered otherwise after the end is told nothing is counted any more.
 * @param before the snapshot that the transition began with
 */
export function tellPassed(
  flow: PublishedFlow,
  before: Snapshot | undefined,
  [after, effects]: Transition,
): Transition {
  const earlier = before?.conversation === after.conversation ? before : undefined;
  if (after === before || earlier?.told?.includes('completed')) return [after, effects];
  const tally = talliedAfter(earlier, after);
  const carrier = effects.find(({ submission }) => isKept(flow, after, submission));
  const passed = carrier && passageIn(tally);
  const told: readonly Effect[] = effects.map((effect) =>
    effect === carrier && passed ? { ...effect, submission: { ...effect.submission, passed } } : effect,
  );
  const count = passed?.passings.length ?? 0;
  const rest = { ...tally, since: tally.since + count, untold: tally.untold.slice(count) };
  const { tally: _, ...snapshot } = after;
  // Which way somebody has taken says something of their answers: it is not kept past the end.
  return [after.told?.includes('completed') ? snapshot : { ...snapshot, tally: rest }, told];
}

/**
 * What a departure takes along. It stays untold all the same: who comes back has not left, and the relay counts by the numbers.
 * Undefined where nothing is counted of the conversation.
 */
export function passageOf({ tally, conversation, revision }: Snapshot): Passage | undefined {
  return tally?.conversation === conversation && tally.revision === revision ? passageIn(tally) : undefined;
}

const passageIn = ({ since, untold }: Tally): Passage => ({ since, passings: untold.slice(0, MOST) });

/** A question to the relay is stored nowhere: what it took along could be lost. What is told beside it, at the same node, is stored. */
function isKept(flow: PublishedFlow, { awaiting }: Snapshot, { id, node }: Submission): boolean {
  const asked = nodeOf(flow, node);
  return id !== awaiting || !asked || !('asks' in asked);
}

/** @param before the snapshot of the same conversation, if there was one */
function talliedAfter(before: Snapshot | undefined, after: Snapshot): Tally {
  const tally = tallyOf(after);
  const shown = new Set(tally.shown);
  const answered = new Set(tally.answered);
  const refused = refusedAt(before, after);
  const untold: Passing[] = [...tally.untold];
  if (refused !== undefined) untold.push({ type: 'refused', node: refused });
  after.path.forEach(({ node, answer }, index) => {
    if (!shown.has(node)) {
      const from = originOf(before, after, index);
      untold.push({ type: 'shown', node, ...(from !== undefined && { from }) });
    }
    shown.add(node);
    if (answer === undefined) return;
    if (!answered.has(node)) untold.push({ type: 'answered', node });
    answered.add(node);
  });
  return { ...tally, shown: [...shown], answered: [...answered], untold };
}

/** As it is before, or as it begins: with a conversation, and anew with each revision of its flow. */
function tallyOf({ tally, conversation, revision }: Snapshot): Tally {
  if (tally?.conversation !== conversation) {
    return { conversation, revision, shown: [], answered: [], since: 0, untold: [] };
  }
  if (tally.revision === revision) return tally;
  // What was not told yet is of the revision of before.
  const untold = tally.untold.map((passing) => ({ revision: tally.revision, ...passing }));
  return { ...tally, revision, shown: [], answered: [], untold };
}

/** Where an answer was just not taken, by the question or by the relay. Where the tries are used up and an earlier answer holds, nowhere. */
function refusedAt(before: Snapshot | undefined, after: Snapshot): string | undefined {
  if (before?.revision !== after.revision) return undefined;
  if (before.awaiting !== undefined) return after.refusal && after.node;
  const index = before.path.length - 1;
  const [asked, found]: readonly (Passed | undefined)[] = [before.path[index], after.path[index]];
  const isRefused = asked?.node === found?.node && (found?.refusals ?? 0) > (asked?.refusals ?? 0);
  return isRefused ? found?.node : undefined;
}

/** Which node led to that one of the path. A question that the relay's word puts in the place of an action was come to from there. */
function originOf(before: Snapshot | undefined, after: Snapshot, index: number): string | undefined {
  const isSentBack = before?.awaiting !== undefined && after.refusal !== undefined;
  return isSentBack && index === after.path.length - 1 ? before.node : after.path[index - 1]?.node;
}
