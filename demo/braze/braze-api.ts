/**
 * Braze's side of the emulator: one request in, one answer out, with the fault of the moment in between.
 */
import type { Context } from 'hono';
import { answerOf, type Answer } from './answer.ts';
import { readRequest, type IncomingRequest } from './gate.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { judge, type Circumstances, type Judgement } from './judging.ts';
import { elapsed, leave } from './leaving.ts';
import { recorded } from './recording.ts';
import type { StartTimer } from './timer.ts';
import type { Workspace } from './workspace.ts';

/** All that answers at one address. */
export interface Site extends Circumstances {
  readonly startTimer: StartTimer;
  /** The first is the one that stands in for callers whom no workspace knows. */
  readonly workspaces: readonly [Workspace, ...Workspace[]];
  readonly journal: Journal;
  /** Takes the keys of all workspaces out of a text. */
  readonly mask: (text: string) => string;
  /** Called with what should never be thrown. */
  readonly onProblem: (problem: unknown) => void;
}

/**
 * The handler of every request that is Braze's to answer.
 *
 * @param onJudged called once a request is processed or refused, before its answer leaves
 */
export function createBrazeApi(
  site: Site,
  onJudged: (entry: JournalEntry) => void,
): (context: Context) => Promise<Response> {
  return async function handleBraze(context) {
    const request = await readRequest(context.req.raw).catch(() => undefined);
    // The caller went away in the middle of the body: there is nothing to judge and nobody to answer.
    if (!request) return new Response(null, { status: 400 });
    const workspace = workspaceOf(site, request);
    const { answer, fault } = processed(site, workspace, request);
    const text = textOf(answer);
    const sent = { answer, text, ...(fault && { fault }) };
    onJudged(site.journal.record(recorded(request, workspace, site.mask, site.clock(), sent)));
    const caller = context.req.raw.signal;
    if (fault?.kind === 'hold') await site.faults.hold(caller);
    if (fault?.kind === 'slow') await elapsed(fault.ms, caller, site.startTimer);
    return leave(context, answer, text, fault);
  };
}

/** The one that the caller's key is of, and the first where it is of none: it refuses the caller. */
function workspaceOf({ workspaces }: Site, { headers }: IncomingRequest): Workspace {
  return workspaces.find(({ keys }) => keys.permissionsOf(headers['authorization'])) ?? workspaces[0];
}

/** Judges a request and lets it be written. An error in either is a 500: it must not end the process, nor go unseen. */
function processed(
  site: Site,
  workspace: Workspace,
  request: IncomingRequest,
): Pick<Judgement, 'answer' | 'fault'> {
  try {
    const { write, ...judgement } = judge(site, workspace, request);
    const { consistencyDelay: delay, shuffleSeed } = workspace.settings;
    if (write) workspace.writes.put(write, { delay, shuffleSeed });
    return judgement;
  } catch (problem) {
    site.onProblem(problem);
    return { answer: answerOf(500) };
  }
}

function textOf({ body }: Answer): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}
