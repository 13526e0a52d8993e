/**
 * Braze's side of the emulator: one request in, one answer out, with the fault of the moment in between.
 */
import type { Context } from 'hono';
import { answerOf, type Answer } from './answer.ts';
import { breakOff, dropConnection, firstHalf, resetConnection } from './connection.ts';
import type { Endpoint, Verdict } from './endpoint.ts';
import { aliasNew } from './endpoints/alias-new.ts';
import { campaignSend } from './endpoints/campaign-send.ts';
import { canvasSend } from './endpoints/canvas-send.ts';
import { deleteUsers } from './endpoints/delete.ts';
import { exportIds } from './endpoints/export-ids.ts';
import { identify } from './endpoints/identify.ts';
import { merge } from './endpoints/merge.ts';
import { subscriptionStatusSet } from './endpoints/subscription-status.ts';
import { track } from './endpoints/track.ts';
import { FAULT_HEADER, type FaultSwitch, type Hit } from './fault-switch.ts';
import type { Fault } from './faults.ts';
import { readJson, readRequest, refusalOfCaller, refusalOfUnknown, type IncomingRequest } from './gate.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { isObject } from './json.ts';
import type { Allowance } from './rate-limit.ts';
import { recorded } from './recording.ts';
import type { StartTimer } from './timer.ts';
import type { TrackError } from './endpoints/track.ts';
import type { Workspace } from './workspace.ts';

/** All that answers at one address. */
export interface Site {
  readonly clock: () => number;
  readonly startTimer: StartTimer;
  /** The first is the one that stands in for callers whom no workspace knows. */
  readonly workspaces: readonly [Workspace, ...Workspace[]];
  readonly journal: Journal;
  readonly faults: FaultSwitch;
}

const endpoints: ReadonlyMap<string, Endpoint> = new Map(
  [
    track,
    identify,
    aliasNew,
    merge,
    deleteUsers,
    exportIds,
    canvasSend,
    campaignSend,
    subscriptionStatusSet,
  ].map((endpoint) => [endpoint.path, endpoint]),
);
const knownPaths: ReadonlySet<string> = new Set(endpoints.keys());

/** What a key needs for all of the endpoints. */
export const endpointPermissions: readonly string[] = [...endpoints.values()].map(
  ({ permission }) => permission,
);

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
    const { answer, write, fault } = judge(site, workspace, request);
    const whole = textOf(answer);
    const text = isBrokenOff(fault) ? firstHalf(whole).toString() : whole;
    const sent = { answer, text, ...(fault && { fault }) };
    onJudged(site.journal.record(recorded(request, workspace, site.workspaces, site.clock(), sent)));
    if (write) workspace.writes.put(write, workspace.settings.consistencyDelay);
    const caller = context.req.raw.signal;
    if (fault?.kind === 'hold') await site.faults.hold(caller);
    if (fault?.kind === 'slow') await elapsed(fault.ms, caller, site.startTimer);
    return leave(context, answer, whole, fault);
  };
}

const isBrokenOff = (fault?: Fault): boolean => fault?.kind === 'reset' && fault.when === 'during';

/** The one that the caller's key is of, and the first where it is of none: it refuses the caller. */
function workspaceOf({ workspaces }: Site, { headers }: IncomingRequest): Workspace {
  return workspaces.find(({ keys }) => keys.permissionsOf(headers['authorization'])) ?? workspaces[0];
}

interface Judgement extends Verdict {
  /** The one that had a part in it. */
  readonly fault?: Fault;
}

function judge(site: Site, workspace: Workspace, request: IncomingRequest): Judgement {
  const { rateLimit } = workspace;
  const endpoint = request.method === 'POST' ? endpoints.get(request.path) : undefined;
  if (!endpoint) {
    const refusal = refusalOfUnknown(request, knownPaths);
    return { answer: withHeaders(refusal, rateLimit.of('default'), site.clock(), 0) };
  }
  const taken = site.faults.take(endpoint.path, request.headers[FAULT_HEADER]);
  if ('problem' in taken) {
    const refusal = { status: 400, body: { message: taken.problem } };
    return { answer: withHeaders(refusal, rateLimit.of(endpoint.rateGroup), site.clock(), 0) };
  }
  const hit = taken.value;
  const allowance = allowanceUnder(hit?.fault, workspace, endpoint);
  const skew = hit?.fault.kind === 'skew' ? hit.fault.ms : 0;
  const now = site.clock() + skew;
  const { answer, write } = verdictOn({ workspace, request, endpoint, allowance, now }, hit);
  const given = hit?.fault.kind === 'malformed' && answer.status < 300 ? garbled(answer) : answer;
  const hasPart = hit !== undefined && (hit.fault.kind !== 'throttle' || answer.status === 429);
  return {
    answer: withHeaders(given, allowance, now, skew),
    ...(write && { write }),
    ...(hasPart && { fault: hit.fault }),
  };
}

/** What a throttle has where none is given, in milliseconds: the burst of `/users/track` (`api/api_limits`). */
const USUAL_WINDOW = 3_000;

function allowanceUnder(fault: Fault | undefined, { rateLimit }: Workspace, endpoint: Endpoint): Allowance {
  if (fault?.kind !== 'throttle') return rateLimit.of(endpoint.rateGroup);
  return rateLimit.throttle({ limit: fault.limit, window: fault.window ?? USUAL_WINDOW });
}

interface Case {
  readonly workspace: Workspace;
  readonly request: IncomingRequest;
  readonly endpoint: Endpoint;
  readonly allowance: Allowance;
  /** Milliseconds since 1970. */
  readonly now: number;
}

function verdictOn({ workspace, request, endpoint, allowance, now }: Case, hit?: Hit): Verdict {
  const fault = hit?.fault;
  if (fault?.kind === 'status') return { answer: statusAnswer(allowance, fault) };
  // Nobody is going to see it where there is a connection to reset.
  if (fault?.kind === 'reset' && fault.when === 'before') return { answer: answerOf(500) };
  const refusal = refusalOfCaller(request, endpoint.permission, workspace);
  if (refusal) return { answer: refusal };
  if (!allowance.take()) return { answer: allowance.limited() };
  const read = readJson(request);
  if ('refusal' in read) return { answer: read.refusal };
  const forced = forcedErrors(read.json, hit);
  return endpoint.respond({ body: read.json, now, number: workspace.nextNumber(), forced, workspace });
}

/** Errors that were asked for are given even about what is not there: a client has to live with them. */
function forcedErrors(body: unknown, hit?: Hit): readonly TrackError[] {
  if (hit?.fault.kind !== 'errors') return [];
  return hit.isDrawn ? hit.fault.errors.filter((error) => isThere(body, error)) : hit.fault.errors;
}

function isThere(body: unknown, { input_array: name, index }: TrackError): boolean {
  const list = isObject(body) ? body[name] : undefined;
  return Array.isArray(list) && index < list.length;
}

function statusAnswer(allowance: Allowance, fault: Extract<Fault, { kind: 'status' }>): Answer {
  // One second: the soonest that whole seconds can say, and the longest that a demo should make people wait.
  return fault.status === 429 ? allowance.limited(fault.style ?? 'headers', 1) : answerOf(fault.status);
}

/** What a proxy in the middle makes of it when it dies: the status says that all is well. */
function garbled(answer: Answer): Answer {
  return { ...answer, body: '{"message":"succ' };
}

/** "Every response" has the three headers (`api/api_limits`); a 429 says of the rate what its style says. */
function withHeaders(answer: Answer, allowance: Allowance, now: number, skew: number): Answer {
  const rate = answer.status === 429 ? answer.headers : allowance.headers(skew);
  return { ...answer, headers: { ...rate, date: new Date(now).toUTCString() } };
}

function textOf({ body }: Answer): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function leave(
  context: Context,
  { status, headers: own }: Answer,
  text: string,
  fault?: Fault,
): Response | Promise<Response> {
  const headers = { 'content-type': 'application/json', ...own };
  if (fault?.kind === 'lost') return dropConnection(context);
  if (fault?.kind !== 'reset') return new Response(text, { status, headers });
  return fault.when === 'before' ? resetConnection(context) : breakOff(context, status, headers, text);
}

/** Resolves after `ms` milliseconds, or when the caller has gone away. */
function elapsed(ms: number, caller: AbortSignal, startTimer: StartTimer): Promise<void> {
  if (caller.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      caller.removeEventListener('abort', end);
      resolve();
    };
    const cancel = startTimer(end, ms);
    caller.addEventListener('abort', end);
  });
}
