/** What the journal keeps of a request and its answer. */
import type { Answer } from './answer.ts';
import type { Fault } from './faults.ts';
import type { IncomingRequest } from './gate.ts';
import type { Outcome, Recorded } from './journal.ts';
import { isObject } from './json.ts';
import type { KeyRing } from './keys.ts';
import type { Workspace } from './workspace.ts';

/** What a caller was sent: the answer and its text, and the fault that had a part in it. */
export interface Sent {
  readonly answer: Answer;
  readonly text: string;
  readonly fault?: Fault;
}

/**
 * @param all whose keys are masked: a caller may have put that of any workspace anywhere
 * @param at milliseconds since 1970
 */
export function recorded(
  request: IncomingRequest,
  { name, keys }: Workspace,
  all: readonly Workspace[],
  at: number,
  sent: Sent,
): Recorded {
  const maskText = (text: string) => all.reduce((masked, workspace) => workspace.keys.mask(masked), text);
  const mask = (named: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(named).map(([key, value]) => [key, maskText(value)]));
  return {
    workspace: name,
    at: new Date(at).toISOString(),
    method: request.method,
    path: request.path,
    query: mask(request.query),
    headers: mask({ ...request.headers, ...authorizationNote(request, keys) }),
    rawBody: maskText(new TextDecoder().decode(request.body)),
    ...answered(sent, maskText),
  };
}

type Answered = Pick<Recorded, 'status' | 'rawAnswer' | 'answerHeaders' | 'verdict' | 'fault'>;

function answered({ answer, text, fault }: Sent, mask: (text: string) => string): Answered {
  const verdict = fault ? 'fault' : outcomeOf(answer);
  const hit = fault && { fault };
  if (fault?.kind === 'lost' || (fault?.kind === 'reset' && fault.when === 'before')) {
    return { status: 0, rawAnswer: undefined, answerHeaders: {}, verdict, ...hit };
  }
  const { status, headers = {} } = answer;
  return { status, rawAnswer: mask(text), answerHeaders: headers, verdict, ...hit };
}

function outcomeOf({ status, body }: Answer): Outcome {
  if (status >= 400) return 'refused';
  return isObject(body) && Array.isArray(body['errors']) ? 'partial' : 'accepted';
}

/** What stands in the journal for the header that holds the key. */
function authorizationNote({ headers }: IncomingRequest, keys: KeyRing): Record<string, string> {
  const { authorization } = headers;
  if (authorization === undefined) return {};
  return { authorization: keys.permissionsOf(authorization) ? 'Bearer with a right key' : 'not a right key' };
}
