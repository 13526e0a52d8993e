/** What a browser asks for becomes work: the flow's own rules on the relay's copy, and the action's mapping. */
import type { ActionNode, BranchNode, Flow } from '../widget/contract/flow.ts';
import type { Departure, Submission } from '../widget/contract/wire.ts';
import { isNormalAnswer } from '../widget/flow/answer.ts';
import { furtherOn } from '../widget/flow/further-answer.ts';
import { localDateAt } from './local-date.ts';
import type { Action, Asked, Built } from './actions/action.ts';
import { mayWriteStates } from './actions/consent.ts';
import { calledBy } from './actions/find.ts';
import { proofOf } from './consent-proof.ts';
import {
  fieldBehind,
  type LeftOut,
  type ProfileId,
  type TrackMapping,
  type TrackShare,
} from './braze/payload.ts';
import type { AskAgain, Call, Work, WorkRoutes } from './delivery/work.ts';
import { outcomesOf } from './flows/outcomes.ts';
import { isForRelay } from './flows/relay-branch.ts';
import type { LoadedFlow } from './flows/shelf.ts';
import type { Entered } from './entering.ts';
import type { Session } from './identity/credentials.ts';
import type { Assigned } from './identity/profiles.ts';
import type { Unverified } from './identity/unverified.ts';
import { admitLifecycle, partsOf, type Told } from './lifecycle.ts';
import {
  keptFor,
  NOTHING_REMEMBERED,
  consentBefore,
  type Remembered,
  type RememberedConsent,
} from './remembering.ts';
import type { SiteEvents } from './site-settings.ts';

/** A submission that the relay's copy of the flow allows. */
interface Allowed {
  readonly submission: Submission;
  readonly flow: Flow;
  /** Of that flow. */
  readonly revision: string;
  /** Field of the first answer that is not acceptable there; it is not sent to Braze. */
  readonly unacceptable: string | undefined;
}

/** What is to be done. */
export interface Admitted extends Allowed {
  readonly action: ActionNode;
  /** Of a lifecycle event: what its mapping refers to besides the submission. */
  readonly told?: Told;
}

/** What is only asked: nothing is written, and nothing of it is kept. */
export interface AdmittedQuestion extends Allowed {
  readonly asks: BranchNode | ActionNode;
}

export type Admission = Admitted | AdmittedQuestion | { readonly problem: string };

/**
 * The flow's own rules again, for a browser can say anything. What no honest widget sends is a problem; an answer that is not
 * acceptable is the visitor's to correct.
 * @param events the lifecycle events of its site
 */
export function admit(
  made: Departure,
  loaded: LoadedFlow | undefined,
  events: Pick<SiteEvents, 'names'> = { names: {} },
): Admission {
  if (!loaded) return { problem: `submission ${made.id}: there is no flow "${made.flow}"` };
  const { event } = partsOf(made.id);
  if (event !== undefined) return admitLifecycle(made, event, loaded, events);
  const { flow } = loaded;
  const submission = made.revision === loaded.revision ? made : withAnswersOf(flow, made);
  const node = Object.hasOwn(flow.nodes, submission.node) ? flow.nodes[submission.node] : undefined;
  if (node?.type !== 'action' && !(node?.type === 'branch' && isForRelay(node))) {
    return { problem: `submission ${submission.id}: flow "${flow.id}" has no action "${submission.node}"` };
  }
  const asks = Object.values(flow.nodes).filter((each) => each.type === 'ask');
  for (const field of Object.keys(submission.answers)) {
    if (!asks.some((ask) => ask.field === field)) {
      return { problem: `submission ${submission.id}: flow "${flow.id}" asks for no "${field}"` };
    }
  }
  // As of its own time: a bound such as -18y means the day on which the visitor answered.
  const today = localDateAt(submission.time, submission.device.time_zone);
  const further = furtherOn(today);
  const unacceptable = Object.entries(submission.answers).find(
    ([field, value]) => !asks.some((ask) => ask.field === field && isNormalAnswer(ask, value, further)),
  );
  const allowed = { submission, flow, revision: loaded.revision, unacceptable: unacceptable?.[0] };
  if (node.type === 'branch' || isQuestion(calledBy(node))) return { ...allowed, asks: node };
  return { ...allowed, action: node };
}

/** It waits for nobody and is never stored. */
export const isQuestion = (action: Action | undefined): boolean => action?.queuedFor === 0;

/** A revision that nobody knows any more may have asked for what this one no longer asks for: that is left out, and the rest delivered. */
function withAnswersOf(flow: Flow, submission: Submission): Submission {
  const fields = new Set(
    Object.values(flow.nodes).map((node) => (node.type === 'ask' ? node.field : undefined)),
  );
  const asked = Object.entries(submission.answers).filter(([field]) => fields.has(field));
  return { ...submission, answers: Object.fromEntries(asked) };
}

/** What else than the submission makes the work. */
export interface Circumstances {
  /** When it was received: milliseconds since 1970. */
  readonly now: number;
  /** Id of the trace that it came with. */
  readonly trace: string | undefined;
  /** When it was submitted, by the relay's clock, where that is known: milliseconds since 1970. */
  readonly madeAt?: number | undefined;
  /** By which entry link the visitor came, as the relay has read it. */
  readonly entered?: Entered | undefined;
  /** Whose profile it is written to. */
  readonly assigned?: Assigned | undefined;
  /** Of its conversation. */
  readonly remembered?: Remembered | undefined;
  /** What its site lets visitors do of whom nobody vouches. */
  readonly unverified?: Unverified | undefined;
  /** Whether that has it looked at what comes of a join. */
  readonly checksJoins?: boolean | undefined;
}

export interface Made {
  readonly work: Work;
  readonly leftOut: readonly LeftOut[];
  /** Why it is not for this visitor to do. */
  readonly denied?: string;
  /** What is to be remembered of its node, before the next submission of the conversation is made work. */
  readonly consent?: RememberedConsent;
}

/** What templates and conditions read. */
export function contextOf(
  { answers, page, device, visitor }: Submission,
  { cohort, campaign }: Entered = {},
  { kept }: Pick<Remembered, 'kept'> = NOTHING_REMEMBERED,
): Readonly<Record<string, unknown>> {
  const entry = { ...(cohort !== undefined && { cohort }), ...(campaign !== undefined && { campaign }) };
  return { answers, page, device, ...(visitor && { visitor }), entry, kept };
}

/** Who has made it, and for whose pages. */
type Maker = Pick<Session, 'visitor' | 'site' | 'environment' | 'externalId' | 'isVerified'>;

/** What its action makes of it. Of an answer that is not acceptable nothing. */
function builtOf(
  { submission, flow, revision, action, told, unacceptable }: Admitted,
  { visitor, isVerified }: Maker,
  {
    entered,
    assigned: { profile } = { profile: { visitor } },
    remembered = NOTHING_REMEMBERED,
    unverified = [],
  }: Omit<Circumstances, 'now' | 'trace'>,
): Built {
  // It goes to the profile that it is of, or nowhere.
  const kept = keptFor(remembered, 'external_id' in profile ? profile.external_id : undefined);
  const asked: Asked = {
    submission,
    flow,
    context: { ...contextOf(submission, entered, { kept }), ...(told && { told }) },
    profile,
    isVerified: isVerified === true,
    revision,
    unverified,
    consentBefore: consentBefore(remembered, submission),
    proofOf: (field, isGiven) => proofOf(field, isGiven, { submission, flow, revision }),
  };
  const built = unacceptable === undefined ? calledBy(action)?.build(action, asked) : undefined;
  return built ?? { type: 'nothing' };
}

/**
 * By what a visitor is known from this submission on, if its action says so: of whom nobody vouches, and as if nothing were known of them.
 * Who they are may make it another (`profiles.assign`).
 */
export function givenBy(
  admitted: Admitted,
  maker: Maker,
  circumstances: Omit<Circumstances, 'now' | 'trace' | 'assigned'>,
): ProfileId | undefined {
  if (maker.externalId !== undefined || !calledBy(admitted.action)?.joins) return undefined;
  const built = builtOf(admitted, maker, circumstances);
  return built.type === 'join' ? built.to : undefined;
}

/** All that it takes to deliver a submission. */
export function workOf(admitted: Admitted, maker: Maker, circumstances: Circumstances): Made {
  const { submission, flow, revision, action, unacceptable } = admitted;
  const { visitor, site, environment } = maker;
  const { now, trace, checksJoins = false } = circumstances;
  const { name, isShared, own } = circumstances.assigned ?? {};
  const called = calledBy(action);
  const isAcceptable = unacceptable === undefined;
  const built = builtOf(admitted, maker, circumstances);
  // Who is known by that already has nothing to be joined.
  const join = built.type === 'join' ? own : undefined;
  const keyOf = (id: string) => `${visitor}/${id}`;
  const work: Work = {
    key: keyOf(submission.id),
    id: submission.id,
    visitor,
    environment,
    site,
    flow: flow.id,
    revision,
    node: submission.node,
    receivedAt: now,
    ...(submission.corrects !== undefined && { corrects: keyOf(submission.corrects) }),
    share: shareOf(built),
    ...(built.type === 'request' && called && { call: callOf(called, action, built, circumstances.madeAt) }),
    ...(join && { join: join.to }),
    ...(join?.hasOwnAlias && { hasOwnAlias: true as const }),
    ...(join && checksJoins && { check: 'after' as const }),
    ...((built.type === 'denied' || built.type === 'impossible') && { isDenied: true as const }),
    routes: routesFor(submission, routesOf(action, flow)),
    ...(!isAcceptable && { refused: askAgain(unacceptable, action, flow) }),
    ...(trace !== undefined && { trace }),
    ...(name !== undefined && { profile: name }),
    ...(isShared && { isShared }),
  };
  return {
    work,
    leftOut: 'leftOut' in built ? built.leftOut : [],
    ...(built.type === 'denied' && { denied: built.reason }),
    ...consentIn(admitted, maker, circumstances),
  };
}

/** What is written by `/users/track`. */
function shareOf(built: Built): TrackShare {
  if (built.type === 'share') return built.share;
  return (built.type === 'request' ? built.then : undefined) ?? { events: [] };
}

/** Where it is another than is known of this node. Of an answer that is refused, and of what is not for them to do, nothing was written. */
function consentIn(
  { submission, action, unacceptable }: Admitted,
  { isVerified }: Maker,
  { remembered = NOTHING_REMEMBERED, unverified = [] }: Circumstances,
): Pick<Made, 'consent'> {
  const field = calledBy(action)?.consentOf?.(action);
  if (field === undefined || unacceptable !== undefined) return {};
  const { id: by, node } = submission;
  const isGiven = submission.answers[field] === true;
  const before = consentBefore(remembered, submission);
  const isWritten =
    (before?.isWritten ?? false) ||
    (isGiven && mayWriteStates({ isVerified: isVerified === true, unverified }));
  const isNews = isGiven !== (before?.isGiven ?? false) || isWritten !== (before?.isWritten ?? false);
  if (!isNews || remembered.consents?.[node]?.by === by) return {};
  return { consent: { now: { isGiven, isWritten }, by, ...(before && { before }) } };
}

/** A request of its own, with all that is done with its answer. */
function callOf(
  { call, queuedFor, isRepeatable }: Action,
  { keep, reveal = [], ...action }: ActionNode,
  { body, repeats }: Extract<Built, { type: 'request' }>,
  madeAt: number | undefined,
): Call {
  const outcomes = outcomesOf(action);
  return {
    name: call,
    body,
    ...(queuedFor !== undefined && { queuedFor }),
    ...(queuedFor !== undefined && madeAt !== undefined && { since: madeAt }),
    ...(repeats && { repeats: true as const }),
    ...(isRepeatable && { isRepeatable }),
    ...(outcomes.length > 0 && { outcomes }),
    ...(keep && { keep, reveal }),
  };
}

/** What was not answered cannot be corrected: there the mapping filled the attribute, with a default. */
function routesFor({ answers }: Submission, routes: WorkRoutes): WorkRoutes {
  const all = Object.entries(routes.invalid);
  const answered = all.filter(([, { field }]) => Object.hasOwn(answers, field));
  return answered.length === all.length ? routes : { ...routes, invalid: Object.fromEntries(answered) };
}

/** Of each action, as long as its flow is at hand. */
const routesAtHand = new WeakMap<ActionNode, WorkRoutes>();

function routesOf(action: ActionNode, flow: Flow): WorkRoutes {
  const routes = routesAtHand.get(action) ?? findRoutes(action, flow);
  routesAtHand.set(action, routes);
  return routes;
}

function findRoutes(action: ActionNode & TrackMapping, flow: Flow): WorkRoutes {
  const { success, error, queued = success } = action.on;
  // A value that no answer fills is a mistake of the mapping: the visitor cannot correct it.
  const invalid = Object.keys(action.attributes ?? {}).flatMap((attribute) => {
    const field = fieldBehind(action, attribute);
    return field === undefined ? [] : [[attribute, askAgain(field, action, flow)] as const];
  });
  return { success, error, queued, invalid: Object.fromEntries(invalid) };
}

/** Where the flow names no target for `invalid`, the question that owns the field is put again. */
function askAgain(field: string, { on }: ActionNode, flow: Flow): AskAgain {
  const owner = Object.entries(flow.nodes).find(([, node]) => node.type === 'ask' && node.field === field);
  return { field, next: on.invalid ?? owner?.[0] ?? on.error };
}
