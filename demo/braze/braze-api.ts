/**
 * Braze's side of the emulator: one request in, one answer out, with the fault of the moment in between.
 */
import type { Context } from 'hono';
import { answerOf, type Answer } from './answer.ts';
import type { Fault, FaultSwitch } from './faults.ts';
import { readJson, readRequest, refusalOfCaller, refusalOfUnknown, type IncomingRequest } from './gate.ts';
import type { Journal, JournalEntry, Verdict } from './journal.ts';
import { isObject } from './json.ts';
import type { KeyRing } from './keys.ts';
import type { Profile, ProfileStore } from './profiles.ts';
import type { RateLimit } from './rate-limit.ts';
import { judgeTrack, type TrackVerdict } from './track.ts';

/** The parts of the workspace that requests are judged by and written to. */
export interface Workspace {
  readonly clock: () => number;
  readonly keys: KeyRing;
  readonly profiles: ProfileStore;
  readonly journal: Journal;
  readonly rateLimit: RateLimit;
  readonly faults: FaultSwitch;
}

/** What an endpoint asks of a key, and what it makes of a body. */
interface Endpoint {
  readonly permission: string;
  readonly respond: (body: unknown, now: number, fault: Fault | undefined) => TrackVerdict;
}

/** All are POST, and all can fail on demand. */
const endpoints: ReadonlyMap<string, Endpoint> = new Map([
  [
    '/users/track',
    {
      permission: 'users.track',
      respond: (body, now, fault) => judgeTrack(body, now, fault?.kind === 'errors' ? fault.errors : []),
    } satisfies Endpoint,
  ],
]);
const knownPaths: ReadonlySet<string> = new Set(endpoints.keys());

/** A request's answer, and the profiles that it changed. */
interface Judgement {
  readonly answer: Answer;
  readonly changed: readonly Profile[];
}

/**
 * The handler of every request that is Braze's to answer.
 *
 * @param onJudged called once a request is processed or refused, before its answer leaves
 */
export function createBrazeApi(
  workspace: Workspace,
  onJudged: (entry: JournalEntry, changed: readonly Profile[]) => void,
): (context: Context) => Promise<Response> {
  return async function handleBraze(context) {
    const request = await readRequest(context.req.raw).catch(() => undefined);
    // The caller went away in the middle of the body: there is nothing to judge and nobody to answer.
    if (!request) return new Response(null, { status: 400 });
    const endpoint = request.method === 'POST' ? endpoints.get(request.path) : undefined;
    const fault = endpoint && workspace.faults.take();
    const { answer, changed } = endpoint
      ? judge(workspace, request, endpoint, fault)
      : { answer: refusalOfUnknown(request, knownPaths), changed: [] };
    onJudged(record(workspace, request, answer, fault), changed);
    const caller = context.req.raw.signal;
    if (fault?.kind === 'hold') await workspace.faults.hold(caller);
    if (fault?.kind === 'slow') await elapsed(fault.ms, caller);
    return fault?.kind === 'lost' ? dropConnection(context) : send(answer);
  };
}

function judge(workspace: Workspace, request: IncomingRequest, endpoint: Endpoint, fault?: Fault): Judgement {
  const { answer, changes } =
    fault?.kind === 'status'
      ? { answer: statusAnswer(workspace, fault) }
      : verdictOn(workspace, request, endpoint, fault);
  const changed = changes ? workspace.profiles.apply(changes) : [];
  const isGarbled = fault?.kind === 'malformed' && answer.status === 201;
  const given = isGarbled ? { status: 201, body: '{"message":"succ' } : answer;
  return { answer: withRateHeaders(workspace, given), changed };
}

function verdictOn(
  workspace: Workspace,
  request: IncomingRequest,
  endpoint: Endpoint,
  fault?: Fault,
): TrackVerdict {
  const refusal = refusalOfCaller(request, endpoint.permission, workspace.keys);
  if (refusal) return { answer: refusal };
  if (!workspace.rateLimit.take()) return { answer: workspace.rateLimit.limited() };
  const read = readJson(request);
  return 'refusal' in read ? { answer: read.refusal } : endpoint.respond(read.json, workspace.clock(), fault);
}

function statusAnswer({ rateLimit }: Workspace, fault: Extract<Fault, { kind: 'status' }>): Answer {
  // One second: the soonest that whole seconds can say, and the longest that a demo should make people wait.
  return fault.status === 429 ? rateLimit.limited(fault.style ?? 'headers', 1) : answerOf(fault.status);
}

/** "Every response" has the three headers (`api/api_limits`); a 429 says of the rate what its style says. */
function withRateHeaders({ rateLimit }: Workspace, answer: Answer): Answer {
  return answer.status === 429 ? answer : { ...answer, headers: rateLimit.headers() };
}

function record(workspace: Workspace, request: IncomingRequest, answer: Answer, fault?: Fault): JournalEntry {
  const { keys, clock } = workspace;
  const mask = (named: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(named).map(([name, value]) => [name, keys.mask(value)]));
  return workspace.journal.record({
    at: new Date(clock()).toISOString(),
    method: request.method,
    path: request.path,
    query: mask(request.query),
    headers: mask({ ...request.headers, ...authorizationNote(request, keys) }),
    rawBody: keys.mask(new TextDecoder().decode(request.body)),
    ...answered(answer, fault),
  });
}

type Answered = Pick<JournalEntry, 'status' | 'answer' | 'answerHeaders' | 'verdict' | 'fault'>;

function answered({ status, body, headers = {} }: Answer, fault?: Fault): Answered {
  if (!fault) return { status, answer: body, answerHeaders: headers, verdict: verdictOf(status, body) };
  if (fault.kind === 'lost')
    return { status: 0, answer: undefined, answerHeaders: {}, verdict: 'fault', fault };
  return { status, answer: body, answerHeaders: headers, verdict: 'fault', fault };
}

function verdictOf(status: number, body: unknown): Verdict {
  if (status >= 400) return 'refused';
  return isObject(body) && Array.isArray(body['errors']) ? 'partial' : 'accepted';
}

/** What stands in the journal for the header that holds the key. */
function authorizationNote({ headers }: IncomingRequest, keys: KeyRing): Record<string, string> {
  const { authorization } = headers;
  if (authorization === undefined) return {};
  return { authorization: keys.permissionsOf(authorization) ? 'Bearer with a right key' : 'not a right key' };
}

function send({ status, body, headers = {} }: Answer): Response {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } });
}

/** Resolves after `ms` milliseconds, or when the caller has gone away. */
function elapsed(ms: number, caller: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      caller.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    caller.addEventListener('abort', end);
  });
}

/** On Node the socket under the request is destroyed; without one, in `app.request`, the caller gets a bare 500. */
function dropConnection(context: Context): Response {
  const { incoming } = (context.env ?? {}) as { incoming?: { readonly socket: { destroy(): void } } };
  incoming?.socket.destroy();
  return new Response(null, { status: 500 });
}
