/** A submission becomes a receipt: the flow's own rules on the relay's copy, the action's mapping, Braze, and its verdict. */
import type { ActionNode, Flow } from '../widget/contract/flow.ts';
import type { Receipt, Submission } from '../widget/contract/wire.ts';
import { isNormalAnswer } from '../widget/flow/answer.ts';
import { localDateOf } from '../widget/flow/calendar.ts';
import type { BrazeClient } from './braze/client.ts';
import { judgeTrack, type Verdict } from './braze/outcome.ts';
import { buildTrackRequest, fieldBehind } from './braze/payload.ts';
import type { EnvironmentName, RelayConfig } from './config.ts';
import type { Session } from './identity.ts';
import type { LoadedFlow } from './flows/shelf.ts';
import type { LogEntry, Ports } from './ports.ts';
import type { Settlement } from './store.ts';

/** What became of one submission. */
export type Run =
  | { readonly type: 'settled'; readonly receipt: Receipt }
  /** Not delivered, and not kept here: the browser keeps it and comes again after so many seconds. */
  | { readonly type: 'later'; readonly retryAfter: number };

/** A submission that the relay's copy of the flow allows. */
export interface Admitted {
  readonly submission: Submission;
  readonly flow: Flow;
  readonly action: ActionNode;
  /** Field of the first answer that is not acceptable there; it is not sent to Braze. */
  readonly unacceptable: string | undefined;
}

export type Admission = Admitted | { readonly problem: string };

/**
 * The flow's own rules again, for a browser can say anything. What no honest widget sends is a problem; an answer that is not
 * acceptable is the visitor's to correct.
 */
export function admit(made: Submission, loaded: LoadedFlow | undefined): Admission {
  if (!loaded) return { problem: `submission ${made.id}: there is no flow "${made.flow}"` };
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
  const today = localDateOf(submission.time, submission.device.time_zone);
  const unacceptable = Object.entries(submission.answers).find(
    ([field, value]) => !asks.some((ask) => ask.field === field && isNormalAnswer(ask, value, today)),
  );
  return { submission, flow, action, unacceptable: unacceptable?.[0] };
}

/** An earlier revision may have asked for what this one no longer asks for: that is left out, and the rest delivered. */
function withAnswersOf(flow: Flow, submission: Submission): Submission {
  const fields = new Set(
    Object.values(flow.nodes).map((node) => (node.type === 'ask' ? node.field : undefined)),
  );
  const asked = Object.entries(submission.answers).filter(([field]) => fields.has(field));
  return { ...submission, answers: Object.fromEntries(asked) };
}

export interface Submissions {
  /** Runs a submission, or finds its receipt, within so many milliseconds. `work` outlives the deadline and has to be kept alive by the runtime. */
  run(
    admitted: Admitted,
    session: Session,
    deadline: number,
  ): { readonly run: Promise<Run>; readonly work: Promise<void> };
}

/** Seconds after which the receipt of a submission that is under way may be there. */
const RETRY_WHILE_IN_PROGRESS = 1;

export function createSubmissions(
  config: Pick<RelayConfig, 'brazeTimeout'>,
  clients: ReadonlyMap<EnvironmentName, BrazeClient>,
  ports: Pick<Ports, 'clock' | 'setTimer' | 'log' | 'store'>,
): Submissions {
  const { store, clock, log } = ports;
  // A claim outlives the request to Braze that it covers, and not by much.
  const lease = config.brazeTimeout + 5_000;

  const deliver = async (admitted: Admitted, session: Session): Promise<Run> => {
    const key = keyOf(session, admitted.submission.id);
    const begun = await store.begin(key, lease);
    if (begun.state === 'settled') return { type: 'settled', receipt: begun.settlement.receipt };
    if (begun.state === 'in_progress') return { type: 'later', retryAfter: RETRY_WHILE_IN_PROGRESS };
    try {
      const result = await send(admitted, session);
      if ('retryAfter' in result) {
        await store.release(key);
        return { type: 'later', retryAfter: result.retryAfter };
      }
      await store.settle(key, result);
      return { type: 'settled', receipt: result.receipt };
    } catch (error) {
      // Past the deadline nobody hears of it otherwise.
      const fault = error instanceof Error ? error.name : typeof error;
      log({ level: 'error', event: 'delivery_fault', submission: admitted.submission.id, fault });
      await store.release(key);
      throw error;
    }
  };

  const send = async (admitted: Admitted, session: Session): Promise<Settlement | { retryAfter: number }> => {
    const { submission, action, unacceptable } = admitted;
    const corrected =
      submission.corrects === undefined ? undefined : await store.find(keyOf(session, submission.corrects));
    const accepted = corrected?.node === submission.node ? corrected.acceptedEvents : [];
    const { node } = submission;
    if (unacceptable !== undefined) {
      log({ level: 'warn', event: 'answer_refused', submission: submission.id, field: unacceptable });
      return { receipt: invalid(admitted, unacceptable), node, acceptedEvents: accepted };
    }
    const { body, events } = buildTrackRequest(action, submission, session.visitor, accepted);
    if (Object.keys(body).length === 0)
      return { receipt: routed(admitted, 'success'), node, acceptedEvents: accepted };
    const client = clients.get(session.environment);
    if (!client) throw new Error(`No Braze client for environment ${session.environment}`);
    const answer = await client.track(body);
    const verdict = judgeTrack(answer, body, clock());
    const status = answer.type === 'response' ? answer.status : answer.reason;
    log(entryOf(verdict, { submission: submission.id, environment: session.environment, status }));
    if (verdict.type === 'later') return { retryAfter: verdict.retryAfter };
    const written = verdict.acceptedEvents
      .map((position) => events[position])
      .filter((key) => key !== undefined);
    return { receipt: receiptOf(verdict, admitted), node, acceptedEvents: [...accepted, ...written] };
  };

  return {
    run(admitted, session, deadline) {
      const delivery = deliver(admitted, session);
      let cancel: (() => void) | undefined;
      const tooLate = new Promise<Run>((resolve) => {
        const giveUp = () => resolve({ type: 'later', retryAfter: RETRY_WHILE_IN_PROGRESS });
        cancel = ports.setTimer(giveUp, deadline);
      });
      return {
        run: Promise.race([delivery, tooLate]).finally(() => cancel?.()),
        work: delivery.then(
          () => undefined,
          () => undefined,
        ),
      };
    },
  };
}

function keyOf({ visitor }: Session, submission: string): string {
  return `${visitor}/${submission}`;
}

function receiptOf(verdict: Extract<Verdict, { type: 'settled' }>, admitted: Admitted): Receipt {
  if (verdict.outcome !== 'invalid') return routed(admitted, verdict.outcome);
  const field = fieldBehind(admitted.action, verdict.attribute);
  // A value that no answer fills is a mistake of the mapping: the visitor cannot correct it.
  return field === undefined ? routed(admitted, 'error') : invalid(admitted, field);
}

function routed({ submission, action }: Admitted, outcome: 'success' | 'error'): Receipt {
  return { id: submission.id, outcome, next: action.on[outcome] };
}

/** Where the flow names no target for `invalid`, the question that owns the field is put again. */
function invalid({ submission, action, flow }: Admitted, field: string): Receipt {
  const owner = Object.entries(flow.nodes).find(([, node]) => node.type === 'ask' && node.field === field);
  return {
    id: submission.id,
    outcome: 'invalid',
    next: action.on.invalid ?? owner?.[0] ?? action.on.error,
    field,
  };
}

/** One line on what Braze said: no value of a visitor, no word of Braze's that may repeat one. */
function entryOf(
  verdict: Verdict,
  details: { readonly submission: string; readonly environment: string; readonly status: string | number },
): LogEntry {
  if (verdict.type === 'settled') {
    const level = verdict.outcome === 'success' ? 'info' : 'warn';
    return { level, event: 'braze_settled', outcome: verdict.outcome, ...details };
  }
  const { cause, retryAfter } = verdict;
  const common = { event: `braze_${cause}`, retryAfter, ...details };
  if (cause !== 'operator') return { level: 'warn', ...common };
  const advice = `Check the endpoint of ${details.environment}, its key, and that the key has the permission users.track.`;
  return { level: 'error', ...common, advice };
}
