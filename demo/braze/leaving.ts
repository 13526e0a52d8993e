/** How an answer leaves: when, and whole or not. */
import type { Context } from 'hono';
import type { Answer } from './answer.ts';
import { breakOff, dropConnection, resetConnection } from './connection.ts';
import type { Fault } from './faults.ts';
import type { StartTimer } from './timer.ts';

/** @param text of the whole body */
export function leave(
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
export function elapsed(ms: number, caller: AbortSignal, startTimer: StartTimer): Promise<void> {
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
