/** What is wrong with an answer, whatever was asked. */
import type { FuzzAnswer, FuzzRequest } from './exchange.ts';

/** A line of a stack, of Node's or of a bundle's, or where a file of ours lies. */
const STACK = /\n\s+at \S.*:\d+:\d+|file:\/\/\/|node_modules\//;

/** @param secrets that no answer may have in it @returns the first thing that is wrong, or `undefined` */
export function judge(
  { isWhole, method }: Pick<FuzzRequest, 'isWhole' | 'method'>,
  { status, headers, text, body, isLate }: FuzzAnswer,
  secrets: readonly string[],
): string | undefined {
  if (isLate) return 'no answer in time';
  if (secrets.some((secret) => text.includes(secret))) return 'a secret in the answer';
  if (STACK.test(text)) return 'a stack in the answer';
  if (status === 0) return isWhole ? 'no answer' : undefined;
  // Whoever has made the answer: the application, or who answers on the bare connection.
  if (headers.get('x-content-type-options') !== 'nosniff') return 'no security headers';
  if (status < 400) return undefined;
  const type = headers.get('content-type') ?? '';
  // Store and Braze are well meanwhile: no 503 is meant, and one would be of an input that makes the store throw.
  if (status >= 500) return `status ${status}`;
  if (status === 429 && !/^\d+$/.test(headers.get('retry-after') ?? '')) return '429 without Retry-After';
  if (!type.startsWith('application/problem+json')) return `status ${status} that is no problem+json`;
  // Half a request may have been one for a head alone.
  const isHeadAlone = body === '' && (!isWhole || method === 'HEAD');
  return isHeadAlone || saysStatus(body, status)
    ? undefined
    : `status ${status} that its problem does not say`;
}

function saysStatus(body: string, status: number): boolean {
  try {
    const said: unknown = JSON.parse(body);
    return typeof said === 'object' && said !== null && 'status' in said && said.status === status;
  } catch {
    return false;
  }
}
