/** Every refusal of the relay: RFC 9457 problem details. Without a `type` it is `about:blank`, so that the title is the status's own. */
import type { Context } from 'hono';
import type { Problem } from '../widget/contract/wire.ts';
import type { RequestVariables } from './request-log.ts';

/**
 * @param detail for the developer at the other end. Nothing that a visitor said.
 * @param headers in lower case, such as `retry-after`
 */
export function problem(
  c: Context,
  status: Problem['status'],
  detail: string,
  headers?: Readonly<Record<string, string>>,
): Response {
  const { requestId } = c.var as Partial<RequestVariables>;
  return c.body(textOf(status, detail, requestId), status as 400, { ...PROBLEM_HEADERS, ...headers });
}

/** The same where there is no request that could be looked at. */
export function bareProblem(status: Problem['status'], detail: string, requestId: string): Response {
  const headers = { ...PROBLEM_HEADERS, 'x-request-id': requestId };
  return new Response(textOf(status, detail, requestId), { status, headers });
}

const PROBLEM_HEADERS = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };

function textOf(status: Problem['status'], detail: string, requestId: string | undefined): string {
  const body: Problem = {
    title: TITLES[status] ?? 'Refused',
    status,
    detail,
    ...(requestId !== undefined && { request_id: requestId }),
  };
  return JSON.stringify(body);
}

/** Reason phrases of RFC 9110, section 15. */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
