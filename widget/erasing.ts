/** Has the relay forget visitors who have asked for it, and whom this browser has forgotten already: fetched where there are any. */
import { visitorOf } from './claims.ts';
import type { SessionGrant, SessionRequest } from './contract/wire.ts';
import { ERAS, readEras } from './outbox/eras.ts';
import { settleErasing } from './outbox/passing.ts';
import type { Transact } from './outbox/records.ts';
import { rememberUnsent } from './wake.ts';

export interface ErasingOptions {
  /** The records of all visitors. */
  readonly whole: Transact;
  /** Its address. */
  readonly relay: string;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Milliseconds after which a request is given up: the network is at fault. */
const REQUEST_TIMEOUT = 30_000;

/**
 * Asks once for each, one chat after the other. Their credentials are kept until the relay has confirmed it, or does not take them.
 * @returns how many it has forgotten
 * @throws {Error} where one is left: the relay could not be reached, could not do it, or does not know whom
 */
export const eraseOwed = (options: ErasingOptions): Promise<number> =>
  // Who comes second would ask for somebody who is just being forgotten.
  navigator.locks.request(`parley erasing ${options.relay}`, () => eraseEach(options));

async function eraseEach({ whole, relay, fetch, clock }: ErasingOptions): Promise<number> {
  const { erasing } = await whole('readonly', async (records) => readEras(await records.get(ERAS)));
  let failure: unknown;
  let count = 0;
  let unknown = 0;
  for (const credential of erasing) {
    try {
      if (await eraseVisitor(relay, fetch, credential)) count += 1;
      else unknown += 1;
      const isNothingOwed = await whole('readwrite', (records) => settleErasing(records, credential));
      if (isNothingOwed) rememberUnsent(false, clock());
    } catch (error) {
      failure = error;
    }
  }
  if (count + unknown < erasing.length) {
    throw new Error(
      'The relay has not confirmed yet that it has erased the visitor. It is asked again on the next page.',
      { cause: failure },
    );
  }
  if (unknown > 0) {
    throw new Error(
      'The relay has not erased the visitor: it does not take their credential any more, and knows nobody by it. What it holds of them is to be erased by the brand.',
    );
  }
  return count;
}

/** @returns whether it has; else the credential holds no more, and never will again */
async function eraseVisitor(
  relay: string,
  fetch: typeof globalThis.fetch,
  visitor: string,
): Promise<boolean> {
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT);
    const response = await fetch(relay + path, { ...init, credentials: 'omit', signal });
    if (!response.ok) throw new Error(`The relay answered ${response.status} to ${path}`);
    return response;
  };
  const opened = await ask('/v1/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ visitor } satisfies SessionRequest),
  });
  const granted = (await opened.json()) as SessionGrant;
  // The relay knows nobody by it, and has made another.
  if (visitorOf(granted.visitor) !== visitorOf(visitor)) return false;
  await ask('/v1/visitor', { method: 'DELETE', headers: { authorization: `Bearer ${granted.session}` } });
  return true;
}
