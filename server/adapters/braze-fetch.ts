/** `fetch` for requests to Braze: connections are kept, and one that cannot be made is known as such. */
import { Agent, fetch as undiciFetch, type RequestInit } from 'undici';
import type { Ports } from '../ports.ts';

export interface BrazeFetch {
  readonly fetch: Ports['fetch'];
  /** Ends every connection. */
  close(): Promise<void>;
}

/** Milliseconds. Three times what a lost first packet costs (RFC 6298, section 2: 1 s). */
const CONNECT_TIMEOUT = 3_000;

/**
 * Milliseconds that an unused connection is kept, unless Braze says how long. What is sent on a connection that the other side has
 * just closed is in doubt: so it is given up long before the minute of usual load balancers.
 */
const KEEP_ALIVE = 15_000;

/** @param timeout milliseconds after which a request is given up: a connection is given up well before, because then nothing was sent */
export function createBrazeFetch(timeout: number): BrazeFetch {
  const agent = new Agent({
    connect: { timeout: Math.min(CONNECT_TIMEOUT, timeout / 2) },
    keepAliveTimeout: KEEP_ALIVE,
  });
  // Node's own fetch takes no agent of this package, and this package's types are not quite those of the web.
  const fetch = (input: string | URL, init?: RequestInit) =>
    undiciFetch(input, { ...init, dispatcher: agent });
  return { fetch: fetch as unknown as Ports['fetch'], close: () => agent.destroy() };
}
