/** What the journal keeps of a request and its answer. */
import type { Answer } from './answer.ts';
import { firstHalf } from './connection.ts';
import type { Fault } from './faults.ts';
import type { IncomingRequest } from './gate.ts';
import type { Outcome, Recorded } from './journal.ts';
import { isObject } from './json.ts';
import type { KeyRing } from './keys.ts';
import type { Workspace } from './workspace.ts';

/** What a caller was sent: the answer and its whole text, and the fault that had a part in it. */
export interface Sent {
  readonly answer: Answer;
  readonly text: string;
  readonly fault?: Fault;
}

/**
 * @param mask takes out keys: a caller may have put that of any workspace anywhere
 * @param at milliseconds since 1970
 */
export function recorded(
  request: IncomingRequest,
  { name, keys }: Workspace,
  mask: (text: string) => string,
  at: number,
  sent: Sent,
): Recorded {
  const maskAll = (named: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(named).map(([key, value]) => [mask(key), mask(value)]));
  return {
    workspace: name,
    at: new Date(at).toISOString(),
    method: request.method,
    path: mask(request.path),
    query: maskAll(request.query),
    headers: maskAll({ ...request.headers, ...authorizationNote(request, keys) }),
    rawBody: mask(new TextDecoder().decode(request.body)),
    ...answered(sent, mask),
  };
}

type Answered = Pick<Recorded, 'status' | 'rawAnswer' | 'answerHeaders' | 'verdict' | 'fault'>;

function answered({ answer, text, fault }: Sent, mask: (text: string) => string): Answered {
  const verdict = fault ? 'fault' : outcomeOf(answer);
  const hit = fault && { fault: maskedFault(fault, mask) };
  if (fault?.kind === 'lost' || (fault?.kind === 'reset' && fault.when === 'before')) {
    return { status: 0, rawAnswer: undefined, answerHeaders: {}, verdict, ...hit };
  }
  const { status, headers = {} } = answer;
  const whole = mask(text);
  // Masked before it is cut: the first half of a key is no key, and still too much of one.
  const rawAnswer = fault?.kind === 'reset' ? firstHalf(whole).toString() : whole;
  return { status, rawAnswer, answerHeaders: headers, verdict, ...hit };
}

/** Only errors have words of the caller in them. */
function maskedFault(fault: Fault, mask: (text: string) => string): Fault {
  if (fault.kind !== 'errors') return fault;
  return { ...fault, errors: fault.errors.map((error) => ({ ...error, type: mask(error.type) })) };
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
