/** The doors of the relay: who may come in, how often, and what a newcomer has to bring. `app.ts` knocks at them in its routes. */
import type { Context } from 'hono';
import type { PageOwner, RelayConfig } from '../config.ts';
import type { Ports } from '../ports.ts';
import { createChallengeCheck } from './challenge.ts';
import { createFindClient, isInternal, type ClientAddress } from './client-address.ts';
import { createLimiter } from './limiter.ts';

/** What an adapter hands to the relay's `fetch` as its environment. */
export interface Connection {
  /** The address at the other end of the connection, where the runtime knows it. */
  readonly peer?: string | undefined;
}

/** Each throws a `Refusal`, and does nothing else that could be seen. */
export interface Doors {
  /** A page of that site asks for something. */
  knock(c: Context, owner: PageOwner): Promise<void>;
  /** A visitor is about to be made. @param challenge what the page brought */
  letIn(c: Context, owner: PageOwner, challenge: string | undefined): Promise<void>;
  /** A visitor who is known by a credential submits, or leaves. */
  admitVisitor(visitor: string): Promise<void>;
  /** An entry link is about to be opened. */
  openEntry(c: Context): Promise<void>;
  /** Somebody came with a wrong key. */
  wrongKey(c: Context): Promise<void>;
}

export function createDoors(config: RelayConfig, ports: Ports): Doors {
  const findClient = createFindClient(config.trustedProxies);
  const limiter = createLimiter(config, ports);
  const checkChallenge = createChallengeCheck(ports);

  const clientOf = (c: Context): ClientAddress | undefined => {
    // Without an adapter there is no environment at all.
    const { peer } = (c.env ?? {}) as Connection;
    const forwardedFor = c.req.header('x-forwarded-for');
    const client = findClient(peer, forwardedFor);
    if (forwardedFor !== undefined && client && isInternal(client.address)) warnOfProxy();
    return client;
  };

  let isWarned = config.trustedProxies.length > 0;
  const warnOfProxy = () => {
    if (isWarned) return;
    isWarned = true;
    const advice =
      'Requests come by a proxy that is not among the trustedProxies: all visitors count as one address, and reach its limits together. Name the proxy there.';
    ports.log({ level: 'warn', event: 'proxy_not_trusted', advice });
  };

  return {
    knock: (c, { site, environment }) =>
      limiter.admit(['address', clientOf(c)?.network], ['site', `${site}/${environment.name}`]),
    async letIn(c, owner, challenge) {
      const client = clientOf(c);
      await limiter.admit(['newVisitors', client?.network]);
      await checkChallenge(owner, challenge, client?.address);
    },
    admitVisitor: (visitor) => limiter.admit(['visitor', visitor]),
    openEntry: (c) => limiter.admit(['entryOpens', clientOf(c)?.network]),
    wrongKey: (c) => limiter.admit(['wrongKeys', clientOf(c)?.network], ['wrongKeysInAll', '']),
  };
}
