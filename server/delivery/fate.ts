/** What becomes of a submission by Braze's word on its share. Pure. */
import type { ShareVerdict } from '../braze/outcome.ts';
import { callOfJoin } from '../braze/join-request.ts';
import { isEmpty, type EventKey, type ProfileId, type TrackShare } from '../braze/payload.ts';
import type { RelayConfig } from '../config.ts';
import type { Receipt } from '../../widget/contract/wire.ts';
import type { Death } from '../store/store.ts';
import type { Called, ReadAnswer } from './calls.ts';
import { ranOf, type Call, type Settlement, type Work } from './work.ts';

const DAY = 24 * 60 * 60 * 1_000;

export type Fate =
  | { readonly type: 'settled'; readonly settlement: Settlement; readonly dead?: Death }
  /** It is not known what Braze took of it: this is sent again, alone. */
  | { readonly type: 'again'; readonly work: Work }
  /** A request of its own is done: this is what comes after it. */
  | { readonly type: 'further'; readonly work: Work };

/** A submission as it was sent. */
export interface Carried {
  readonly work: Work;
  readonly isInDoubt: boolean;
  /** What of it was in the request. */
  readonly share: TrackShare;
  /** Events that Braze has of it, or of what it corrects, from before. */
  readonly accepted: readonly EventKey[];
}

/**
 * Nothing of it had to be sent.
 * @param isPromised the visitor has gone on, and hears nothing of it
 */
export function fateOfNothing({ work, accepted, isInDoubt }: Carried, isPromised: boolean): Fate {
  const { refused, isDenied } = work;
  const settled = (receipt: Receipt) => ({ receipt, ...ranOf(work), acceptedEvents: accepted, isInDoubt });
  if (isDenied) return { type: 'settled', settlement: settled(routed(work, 'error')) };
  if (!refused) return { type: 'settled', settlement: settled(routed(work, 'success')) };
  const settlement = settled({ id: work.id, outcome: 'invalid', ...refused });
  const reason = `The answer to "${refused.field}" is not acceptable to the flow, and the visitor had gone on; nothing of it was sent.`;
  return { type: 'settled', settlement, ...(isPromised && { dead: { reason } }) };
}

export interface Circumstances {
  /** The visitor has gone on, and hears nothing of it. */
  readonly isPromised: boolean;
  /** What becomes of events that Braze may have. */
  readonly inDoubtEvents: RelayConfig['inDoubtEvents'];
}

export function fateOf(
  carried: Carried,
  verdict: ShareVerdict,
  { isPromised, inDoubtEvents }: Circumstances,
): Fate {
  const { work, share, accepted } = carried;
  if (verdict.type === 'unknown') {
    const { attributes, ...rest } = share;
    const known = verdict.events ? [] : share.events.map(({ key }) => key);
    const left = {
      ...(verdict.attributes && attributes && { attributes }),
      events: verdict.events ? rest.events : [],
    };
    return { type: 'again', work: { ...work, share: left, accepted: [...accepted, ...known] } };
  }
  const doubted = verdict.type === 'refused' ? verdict.doubted : [];
  const isInDoubt = carried.isInDoubt || doubted.length > 0;
  const taken = inDoubtEvents === 'drop' ? [...verdict.events, ...doubted] : verdict.events;
  const acceptedEvents = [...new Set([...accepted, ...taken])];
  const settlement = (receipt: Receipt): Settlement => ({
    receipt,
    ...ranOf(work),
    acceptedEvents,
    isInDoubt,
  });
  if (verdict.type === 'accepted')
    return { type: 'settled', settlement: settlement(routed(work, 'success')) };

  const { invalid } = work.routes;
  const { attribute, words } = verdict;
  const askAgain =
    attribute !== undefined && Object.hasOwn(invalid, attribute) ? invalid[attribute] : undefined;
  const dead = (reason: string): Death => ({
    reason,
    ...(words !== '' && { words }),
    work: { ...work, share: leftOf(share, verdict, acceptedEvents), accepted: acceptedEvents },
  });
  if (askAgain) {
    return {
      type: 'settled',
      settlement: settlement({ id: work.id, outcome: 'invalid', ...askAgain }),
      ...(isPromised && {
        dead: dead(`Braze refused the answer to "${askAgain.field}", and the visitor had gone on.`),
      }),
    };
  }
  const blame = attribute === undefined ? 'what the flow maps' : `the attribute "${attribute}"`;
  return {
    type: 'settled',
    settlement: settlement(routed(work, 'error')),
    dead: dead(
      `Braze refused ${blame}. Mend the mapping of node "${work.node}" in flow "${work.flow}" for those to come; this one stays as it was mapped: retry it after a change at Braze, or drop it.`,
    ),
  };
}

/** Done twice it is as if it were done once. @param words Braze's, where it has refused it */
export function fateOfJoin(work: Work, join: ProfileId, words: string | undefined): Fate {
  const outcome = words === undefined ? 'success' : 'error';
  return {
    type: 'settled',
    settlement: { receipt: routed(work, outcome), ...ranOf(work), acceptedEvents: [], isInDoubt: false },
    ...(words !== undefined && {
      dead: {
        reason: `Braze would not make the visitor's profile one with the other (${callOfJoin(join)}): there may be two of them. Retry it after a change at Braze, or drop it.`,
        ...(words !== '' && { words }),
      },
    }),
  };
}

/** It was looked at what came of a join, and nothing has: a retry joins once more, and looks again after that. */
export function fateOfNoEffect(work: Work, join: ProfileId): Fate {
  return {
    type: 'settled',
    settlement: { receipt: routed(work, 'error'), ...ranOf(work), acceptedEvents: [], isInDoubt: false },
    dead: {
      reason: `Braze took the join of a visitor's profile with the other (${callOfJoin(join)}), and there are two still. The log says why that may be (join_without_effect). Retry it after a change at Braze, or drop it.`,
      work: { ...work, check: 'after' },
    },
  };
}

/** By these it is known of a settlement that a request of its own was sent, or may have been: among the events, as these are handed on. */
const sentKeyOf = (call: string): EventKey => `sent ${call}`;
const doubtedKeyOf = (call: string): EventKey => `doubted ${call}`;

/**
 * A correction of what was sent, or may have been: it is not sent again, and leads where that has led, if there is such a way still.
 * @param before of what it corrects
 */
export function fateOfSentBefore(
  work: Work,
  { name, outcomes = [] }: Call,
  before: Settlement | undefined,
): Fate | undefined {
  if (before?.node !== work.node || before.profile !== work.profile) return undefined;
  const { acceptedEvents, isInDoubt } = before;
  const isDoubted = acceptedEvents.includes(doubtedKeyOf(name));
  if (!isDoubted && !acceptedEvents.includes(sentKeyOf(name))) return undefined;
  const receipt = routed(work, isDoubted ? 'error' : 'success');
  const isWay = !isDoubted && outcomes.some(({ next }) => next === before.receipt.next);
  const { values } = before.receipt;
  return {
    type: 'settled',
    settlement: {
      receipt: { ...receipt, ...(isWay && { next: before.receipt.next }), ...(values && { values }) },
      ...ranOf(work),
      acceptedEvents,
      isInDoubt,
    },
  };
}

/** It was a request of its own, and is done. */
export function fateOfCall(
  { call: done, ...work }: Work,
  { next = work.routes.success, values }: ReadAnswer,
): Fate {
  if (!isEmpty(work.share)) return { type: 'further', work };
  const receipt: Receipt = { id: work.id, outcome: 'success', next, ...(values && { values }) };
  return {
    type: 'settled',
    settlement: {
      receipt,
      ...ranOf(work),
      acceptedEvents: done ? [sentKeyOf(done.name)] : [],
      isInDoubt: false,
    },
  };
}

/** It was one, and will never be done, or it is not known whether it was. */
export function fateOfCallOver(
  work: Work,
  call: Call,
  over: Extract<Called, { type: 'refused' | 'expired' | 'doubted' }>,
): Fate {
  const { name } = call;
  const reasons = {
    refused: `Braze refused ${name}. Mend node "${work.node}" of flow "${work.flow}" for those to come; retry this one after a change at Braze, or drop it.`,
    expired: `It could not be sent (${name}) in time, and would be out of time now. Retry it all the same, or drop it.`,
    doubted: `Braze’s answer to ${name} was lost, so that it may have been sent already. Look whether it was; then drop it, or retry it.`,
  };
  const receipt = routed(work, 'error');
  return {
    type: 'settled',
    settlement: {
      receipt,
      ...ranOf(work),
      acceptedEvents: over.type === 'doubted' ? [doubtedKeyOf(name)] : [],
      isInDoubt: over.type === 'doubted',
    },
    dead: {
      reason: reasons[over.type],
      ...(over.type === 'refused' && over.words !== '' && { words: over.words }),
    },
  };
}

/** Sent alone, it is more than Braze takes in a request. */
export function fateOfTooMuch({ work, accepted, isInDoubt }: Carried, words: string): Fate {
  return {
    type: 'settled',
    settlement: { receipt: routed(work, 'error'), ...ranOf(work), acceptedEvents: accepted, isInDoubt },
    dead: {
      reason: `It is more than Braze takes in one request. Let node "${work.node}" of flow "${work.flow}" write less.`,
      ...(words !== '' && { words }),
    },
  };
}

/** The relay itself fails at it. */
export const fateOfFault = (carried: Pick<Carried, 'work' | 'isInDoubt'>, fault: string): GivenUp =>
  givenUp(
    carried,
    `The relay failed at it (${fault}): that is a fault of the relay. Retry it with a version that has it mended.`,
  );

/**
 * It has waited for as long as it is kept.
 * @param age milliseconds
 * @param why what it waited for, and what would be right
 */
export const fateOfUndelivered = (
  carried: Pick<Carried, 'work' | 'isInDoubt'>,
  age: number,
  why: string,
): GivenUp =>
  givenUp(
    carried,
    `It could not be delivered in ${Math.floor(age / DAY)} days: ${why}; then retry it, or drop it.`,
  );

type GivenUp = Extract<Fate, { type: 'settled' }>;

function givenUp({ work, isInDoubt }: Pick<Carried, 'work' | 'isInDoubt'>, reason: string): GivenUp {
  return {
    type: 'settled',
    settlement: {
      receipt: routed(work, 'error'),
      ...ranOf(work),
      acceptedEvents: work.accepted ?? [],
      isInDoubt,
    },
    dead: { reason },
  };
}

function leftOf(
  share: TrackShare,
  verdict: Extract<ShareVerdict, { type: 'refused' }>,
  accepted: readonly EventKey[],
): TrackShare {
  const events = share.events.filter(({ key }) => !accepted.includes(key));
  return {
    ...(share.attributes && verdict.attributes !== 'accepted' && { attributes: share.attributes }),
    events,
  };
}

function routed({ id, routes }: Work, outcome: 'success' | 'error'): Receipt {
  return { id, outcome, next: routes[outcome] };
}
