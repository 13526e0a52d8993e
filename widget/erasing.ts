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
 * Asks once for each. Their credentials are kept until the relay has confirmed it.
 * @returns how many it has forgotten
 * @throws {Error} where one is left: the relay could not be reached, or could not do it
 */
export async function eraseOwed({ whole, relay, fetch, clock }: ErasingOptions): Promise<number> {
  const { erasing } = await whole('readonly', async (records) => readEras(await records.get(ERAS)));
  let failure: unknown;
  let count = 0;
  for (const credential of erasing) {
    try {
      await eraseVisitor(relay, fetch, credential);
      count += 1;
      const isNothingOwed = await whole('readwrite', (records) => settleErasing(records, credential));
      if (isNothingOwed) rememberUnsent(false, clock());
    } catch (error) {
      failure = error;
    }
  }
  if (count < erasing.length) {
    throw new Error(
      'The relay has not confirmed yet that it has erased the visitor. It is asked again on the next page.',
      { cause: failure },
    );
  }
  return count;
}

async function eraseVisitor(relay: string, fetch: typeof globalThis.fetch, visitor: string): Promise<void> {
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
  // The credential holds no more: the relay knows nobody by it, and has made another.
  if (visitorOf(granted.visitor) !== visitorOf(visitor)) return;
  await ask('/v1/visitor', { method: 'DELETE', headers: { authorization: `Bearer ${granted.session}` } });
}
