/**
 * Braze's side of the emulator: one request in, one answer out, with the fault of the moment in between.
 */
import type { Context } from 'hono';
import { answerOf, type Answer } from './answer.ts';
import type { Endpoint, Verdict } from './endpoint.ts';
import { track } from './endpoints/track.ts';
import type { Fault, FaultSwitch } from './faults.ts';
import { readJson, readRequest, refusalOfCaller, refusalOfUnknown, type IncomingRequest } from './gate.ts';
import type { Journal, JournalEntry, Outcome } from './journal.ts';
import { isObject } from './json.ts';
import type { KeyRing } from './keys.ts';
import type { RateGroup } from './rate-limit.ts';
import type { Workspace } from './workspace.ts';

/** All that answers at one address. */
export interface Site {
  readonly clock: () => number;
  /** The first is the one that stands in for callers whom no workspace knows. */
  readonly workspaces: readonly [Workspace, ...Workspace[]];
  readonly journal: Journal;
  readonly faults: FaultSwitch;
}

const endpoints: ReadonlyMap<string, Endpoint> = new Map(
  [track].map((endpoint) => [endpoint.path, endpoint]),
);
const knownPaths: ReadonlySet<string> = new Set(endpoints.keys());

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
    const endpoint = request.method === 'POST' ? endpoints.get(request.path) : undefined;
    const fault = endpoint && site.faults.take();
    const workspace = workspaceOf(site, request);
    const { answer, write } = endpoint
      ? judge(site, workspace, request, endpoint, fault)
      : { answer: withRateHeaders(workspace, refusalOfUnknown(request, knownPaths), 'default') };
    onJudged(record(site, workspace, request, answer, fault));
    if (write) workspace.writes.put(write, workspace.settings.consistencyDelay);
    const caller = context.req.raw.signal;
    if (fault?.kind === 'hold') await site.faults.hold(caller);
    if (fault?.kind === 'slow') await elapsed(fault.ms, caller);
    return fault?.kind === 'lost' ? dropConnection(context) : send(answer);
  };
}

/** The one that the caller's key is of, and the first where it is of none: it refuses the caller. */
function workspaceOf({ workspaces }: Site, { headers }: IncomingRequest): Workspace {
  return workspaces.find(({ keys }) => keys.permissionsOf(headers['authorization'])) ?? workspaces[0];
}

function judge(
  site: Site,
  workspace: Workspace,
  request: IncomingRequest,
  endpoint: Endpoint,
  fault?: Fault,
): Verdict {
  const { answer, write } =
    fault?.kind === 'status'
      ? { answer: statusAnswer(workspace, fault) }
      : verdictOn(site, workspace, request, endpoint, fault);
  const isGarbled = fault?.kind === 'malformed' && answer.status === 201;
  const given = isGarbled ? { status: 201, body: '{"message":"succ' } : answer;
  return { answer: withRateHeaders(workspace, given, endpoint.rateGroup), ...(write && { write }) };
}

function verdictOn(
  { clock }: Site,
  workspace: Workspace,
  request: IncomingRequest,
  endpoint: Endpoint,
  fault?: Fault,
): Verdict {
  const refusal = refusalOfCaller(request, endpoint.permission, workspace);
  if (refusal) return { answer: refusal };
  if (!workspace.rateLimit.take(endpoint.rateGroup)) return { answer: workspace.rateLimit.limited() };
  const read = readJson(request);
  if ('refusal' in read) return { answer: read.refusal };
  const forced = fault?.kind === 'errors' ? fault.errors : [];
  return endpoint.respond({ body: read.json, now: clock(), forced, workspace });
}

function statusAnswer({ rateLimit }: Workspace, fault: Extract<Fault, { kind: 'status' }>): Answer {
  // One second: the soonest that whole seconds can say, and the longest that a demo should make people wait.
  return fault.status === 429 ? rateLimit.limited(fault.style ?? 'headers', 1) : answerOf(fault.status);
}

/** "Every response" has the three headers (`api/api_limits`); a 429 says of the rate what its style says. */
function withRateHeaders({ rateLimit }: Workspace, answer: Answer, _group: RateGroup): Answer {
  return answer.status === 429 ? answer : { ...answer, headers: rateLimit.headers() };
}

function record(
  { clock, journal, workspaces }: Site,
  { name, keys }: Workspace,
  request: IncomingRequest,
  answer: Answer,
  fault?: Fault,
): JournalEntry {
  const maskText = (text: string) => workspaces.reduce((masked, { keys }) => keys.mask(masked), text);
  const mask = (named: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(named).map(([key, value]) => [key, maskText(value)]));
  return journal.record({
    workspace: name,
    at: new Date(clock()).toISOString(),
    method: request.method,
    path: request.path,
    query: mask(request.query),
    headers: mask({ ...request.headers, ...authorizationNote(request, keys) }),
    rawBody: maskText(new TextDecoder().decode(request.body)),
    ...answered(answer, fault),
  });
}

type Answered = Pick<JournalEntry, 'status' | 'answer' | 'answerHeaders' | 'verdict' | 'fault'>;

function answered({ status, body, headers = {} }: Answer, fault?: Fault): Answered {
  if (!fault) return { status, answer: body, answerHeaders: headers, verdict: outcomeOf(status, body) };
  if (fault.kind === 'lost')
    return { status: 0, answer: undefined, answerHeaders: {}, verdict: 'fault', fault };
  return { status, answer: body, answerHeaders: headers, verdict: 'fault', fault };
}

function outcomeOf(status: number, body: unknown): Outcome {
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
