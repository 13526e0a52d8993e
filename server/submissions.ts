/** What a browser asks for becomes work: the flow's own rules on the relay's copy, and the action's mapping. */
import type { ActionNode, Flow } from '../widget/contract/flow.ts';
import type { Submission } from '../widget/contract/wire.ts';
import { isNormalAnswer } from '../widget/flow/answer.ts';
import { furtherOn } from '../widget/flow/further-answer.ts';
import { localDateAt } from './local-date.ts';
import { buildShare, fieldBehind, type LeftOut } from './braze/payload.ts';
import type { AskAgain, Work, WorkRoutes } from './delivery/work.ts';
import type { LoadedFlow } from './flows/shelf.ts';
import type { Entered } from './entering.ts';
import type { Session } from './identity/credentials.ts';
import type { Assigned } from './identity/profiles.ts';
import { admitLifecycle, partsOf, type Told } from './lifecycle.ts';
import type { SiteEvents } from './site-settings.ts';

/** A submission that the relay's copy of the flow allows. */
export interface Admitted {
  readonly submission: Submission;
  readonly flow: Flow;
  /** Of that flow. */
  readonly revision: string;
  readonly action: ActionNode;
  /** Of a lifecycle event: what its mapping refers to besides the submission. */
  readonly told?: Told;
  /** Field of the first answer that is not acceptable there; it is not sent to Braze. */
  readonly unacceptable: string | undefined;
}

export type Admission = Admitted | { readonly problem: string };

/**
 * The flow's own rules again, for a browser can say anything. What no honest widget sends is a problem; an answer that is not
 * acceptable is the visitor's to correct.
 * @param events the lifecycle events of its site
 */
export function admit(
  made: Submission,
  loaded: LoadedFlow | undefined,
  events: Pick<SiteEvents, 'names'> = { names: {} },
): Admission {
  if (!loaded) return { problem: `submission ${made.id}: there is no flow "${made.flow}"` };
  const { event } = partsOf(made.id);
  if (event !== undefined) return admitLifecycle(made, event, loaded, events);
  const { flow } = loaded;
  const submission = made.revision === loaded.revision ? made : withAnswersOf(flow, made);
  const action = Object.hasOwn(flow.nodes, submission.node) ? flow.nodes[submission.node] : undefined;
  if (action?.type !== 'action') {
    return { problem: `submission ${submission.id}: flow "${flow.id}" has no action "${submission.node}"` };
  }
  const asks = Object.values(flow.nodes).filter((node) => node.type === 'ask');
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
  return { submission, flow, revision: loaded.revision, action, unacceptable: unacceptable?.[0] };
}

/** A revision that nobody knows any more may have asked for what this one no longer asks for: that is left out, and the rest delivered. */
function withAnswersOf(flow: Flow, submission: Submission): Submission {
  const fields = new Set(
    Object.values(flow.nodes).map((node) => (node.type === 'ask' ? node.field : undefined)),
  );
  const asked = Object.entries(submission.answers).filter(([field]) => fields.has(field));
  return { ...submission, answers: Object.fromEntries(asked) };
}

/**
 * All that it takes to deliver a submission.
 * @param trace id of the trace that it came with
 * @param entered by which entry link the visitor came, as the relay has read it
 * @param assigned whose profile it is written to
 */
export function workOf(
  { submission, flow, revision, action, told, unacceptable }: Admitted,
  { visitor, site, environment }: Pick<Session, 'visitor' | 'site' | 'environment'>,
  now: number,
  trace: string | undefined,
  { cohort, campaign }: Entered = {},
  { profile, name, isShared }: Assigned = { profile: { visitor } },
): { readonly work: Work; readonly leftOut: readonly LeftOut[] } {
  const entry = { ...(cohort !== undefined && { cohort }), ...(campaign !== undefined && { campaign }) };
  const { share, leftOut } = buildShare(action, submission, profile, entry, told && { told });
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
    share: unacceptable === undefined ? share : { events: [] },
    routes: routesFor(submission, routesOf(action, flow)),
    ...(unacceptable !== undefined && { refused: askAgain(unacceptable, action, flow) }),
    ...(trace !== undefined && { trace }),
    ...(name !== undefined && { profile: name }),
    ...(isShared && { isShared }),
  };
  return { work, leftOut: unacceptable === undefined ? leftOut : [] };
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

function findRoutes(action: ActionNode, flow: Flow): WorkRoutes {
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
