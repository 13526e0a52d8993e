/** The doors of the relay: who may come in, how often, and what a newcomer has to bring. `app.ts` knocks at them in its routes. */
import type { Context } from 'hono';
import type { PageOwner, RelayConfig } from '../config.ts';
import type { Ports } from '../ports.ts';
import { askForChallenge, createChallengeCheck } from './challenge.ts';
import { createFindClient, isInternal, type ClientAddress } from './client-address.ts';
import { createLimiter, type Claim } from './limiter.ts';
import type { LimitName } from './limits.ts';

/** What an adapter hands to the relay's `fetch` as its environment. */
export interface Connection {
  /** The address at the other end of the connection, where the runtime knows it. */
  readonly peer?: string | undefined;
}

/** Each throws a `Refusal`, and does nothing else that could be seen. */
export interface Doors {
  /** A page asks for something: nobody knows yet for whom. */
  knock(c: Context): Promise<void>;
  /** Somebody has asked for what is not there. */
  miss(c: Context): Promise<void>;
  /**
   * A page of that site asks for a visitor whom the relay knows by a session or a credential, or who has signed in; or for nobody of them.
   * @param visitor id, with `ended` of one whose session holds no more; of who has signed in and is new here, the `external_id` as the brand's
   * backend has signed it
   */
  admit(
    owner: PageOwner,
    visitor?: string | { readonly ended: string } | { readonly externalId: string },
  ): Promise<void>;
  /** What a request that was admitted brings, where that is more than one: each submission costs what a request with one does. */
  bring(c: Context, owner: PageOwner, visitor: string, submissions: number): Promise<void>;
  /**
   * A visitor is about to be made, and nothing else may refuse them any more.
   * @param challenge what the page brought
   */
  letIn(c: Context, owner: PageOwner, challenge: string | undefined): Promise<void>;
  /** A visitor is about to be erased. */
  erase(c: Context): Promise<void>;
  /** An entry link is about to be opened. */
  openEntry(c: Context): Promise<void>;
  /** Somebody came with a wrong key. */
  wrongKey(c: Context): Promise<void>;
  /** Somebody comes with a key, right or wrong: has their address come with too many wrong ones, as far as this process knows? */
  bringKey(c: Context): void;
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
    if (client?.isForwarding && isInternal(client.address)) warnOfProxy();
    return client;
  };

  const claimsOf = (name: LimitName, client: ClientAddress | undefined): readonly Claim[] =>
    client
      ? [
          [name, client.network],
          ...client.around.map(({ network, clients }): Claim => [name, network, clients]),
        ]
      : [];

  let isWarned = false;
  const warnOfProxy = () => {
    if (isWarned) return;
    isWarned = true;
    const advice =
      'Requests come by a proxy that is not among the trustedProxies: all visitors who come by it count as one address, and reach its limits together. Name the proxy there.';
    ports.log({ level: 'warn', event: 'proxy_not_trusted', advice });
  };

  const placeOf = ({ site, environment }: PageOwner) => `${site}/${environment.name}`;

  /** No id of a visitor has a space in it. Who has nothing but a session of before uses up nothing of the visitor whose it was. */
  const whoIs = (visitor: string | { ended: string } | { externalId: string }, place: string): string => {
    if (typeof visitor === 'string') return visitor;
    return 'ended' in visitor ? `${visitor.ended} ended` : `${place} ${visitor.externalId}`;
  };

  const claimsOfKnown = (owner: PageOwner, visitor: string): readonly Claim[] => [
    ['visitor', visitor],
    ['site', `${placeOf(owner)}/known`],
  ];

  return {
    knock: (c) => limiter.admit(...claimsOf('address', clientOf(c))),
    miss: (c) => limiter.admit(...claimsOf('misses', clientOf(c))),
    admit(owner, visitor) {
      const place = placeOf(owner);
      if (visitor === undefined) return limiter.admit(['site', place]);
      return limiter.admit(...claimsOfKnown(owner, whoIs(visitor, place)));
    },
    bring: (c, owner, visitor, submissions) =>
      limiter.admitMore(
        submissions - 1,
        ...claimsOf('address', clientOf(c)),
        ...claimsOfKnown(owner, visitor),
      ),
    async letIn(c, owner, challenge) {
      const client = clientOf(c);
      const newVisitors = claimsOf('newVisitors', client);
      const stranger: Claim = ['site', placeOf(owner)];
      if (!owner.challenge) return limiter.admit(stranger, ...newVisitors);
      // Of those who have proved that somebody is there: a flood of others takes nothing from them.
      const proved: readonly Claim[] = [['site', `${placeOf(owner)}/proved`], ...newVisitors];
      // A challenge is good once: who is refused all the same keeps it.
      limiter.check(...proved);
      if (challenge === undefined) await limiter.admit(stranger).catch(askForChallenge);
      else await limiter.admit(...claimsOf('challenges', client));
      await checkChallenge(owner, challenge, client?.address);
      return limiter.admit(...proved);
    },
    erase: (c) => limiter.admit(...claimsOf('erasures', clientOf(c))),
    openEntry: (c) => limiter.admit(...claimsOf('entryOpens', clientOf(c))),
    // Not of all addresses together: strangers would shut out who has the right one.
    bringKey: (c) => limiter.check(['wrongKeys', clientOf(c)?.network]),
    // Not of the networks around it: all addresses together have a limit.
    wrongKey: (c) => limiter.admit(['wrongKeys', clientOf(c)?.network], ['wrongKeysInAll', '']),
  };
}
