/** What becomes of a request: the verdict of its endpoint, unless the gate or a fault is in between. */
import { answerOf, type Answer } from './answer.ts';
import type { Endpoint, Verdict } from './endpoint.ts';
import { endpoints, knownPaths } from './endpoint-list.ts';
import { FAULT_HEADER, type FaultSwitch, type Hit } from './fault-switch.ts';
import type { Fault } from './faults.ts';
import { readJson, refusalOfCaller, refusalOfUnknown, type IncomingRequest } from './gate.ts';
import { isObject } from './json.ts';
import type { Allowance } from './rate-limit.ts';
import type { TrackError } from './track-changes.ts';
import type { Workspace } from './workspace.ts';

/** What judging looks at beside the workspace. */
export interface Circumstances {
  readonly clock: () => number;
  readonly faults: FaultSwitch;
}

export interface Judgement extends Verdict {
  /** The one that had a part in it. */
  readonly fault?: Fault;
}

export function judge(site: Circumstances, workspace: Workspace, request: IncomingRequest): Judgement {
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
