/** Every refusal of the relay: RFC 9457 problem details. Without a `type` it is `about:blank`, so that the title is the status's own. */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { SECURITY_HEADERS } from './doors/security-headers.ts';
import type { Problem } from '../widget/contract/wire.ts';
import type { RequestVariables } from './request-log.ts';
import type { Parsed } from './schema.ts';

/** What a refusal says besides its status and its detail. */
export interface RefusalOptions {
  /** In lower case, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the problem: for programs, where the status does not say it all. */
  readonly type?: string;
}

/** A refusal that is thrown where no response is made. */
export class Refusal extends HTTPException {
  readonly options: RefusalOptions;
  constructor(status: Problem['status'], detail: string, options: RefusalOptions = {}) {
    super(status as 400, { message: detail });
    this.options = options;
  }
}

/** What was thrown as a refusal, as a response. */
export function thrownProblem(c: Context, error: HTTPException): Response {
  const { headers, type } = error instanceof Refusal ? error.options : {};
  return problem(c, error.status, error.message, headers, type);
}

/**
 * @param detail for the developer at the other end. Nothing that a visitor said.
 * @param headers in lower case, such as `retry-after`
 */
export function problem(
  c: Context,
  status: Problem['status'],
  detail: string,
  headers?: Readonly<Record<string, string>>,
  type?: string,
): Response {
  const { requestId } = c.var as Partial<RequestVariables>;
  return c.body(textOf(status, detail, requestId, type), status as 400, { ...PROBLEM_HEADERS, ...headers });
}

/** The same where there is no request that could be looked at. */
export function bareProblem(status: Problem['status'], detail: string, requestId: string): Response {
  const headers = { ...SECURITY_HEADERS, ...PROBLEM_HEADERS, 'x-request-id': requestId };
  return new Response(textOf(status, detail, requestId), { status, headers });
}

const PROBLEM_HEADERS = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };

function textOf(
  status: Problem['status'],
  detail: string,
  requestId: string | undefined,
  type?: string,
): string {
  const body: Problem = {
    ...(type !== undefined && { type }),
    title: TITLES[status] ?? 'Refused',
    status,
    detail,
    ...(requestId !== undefined && { request_id: requestId }),
  };
  return JSON.stringify(body);
}

/** Reason phrases of RFC 9110, section 15, and of RFC 6585. */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** What was read, where it could be. @throws {HTTPException} 400 */
export function accepted<T>(parsed: Parsed<T>): { readonly value: T } {
  if ('problem' in parsed) throw new HTTPException(400, { message: parsed.problem });
  return parsed;
}
