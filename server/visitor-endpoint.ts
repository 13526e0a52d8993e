/** `DELETE /v1/visitor`: the relay erases all that it holds of the visitor whose session asks. */
import type { Context } from 'hono';
import type { RelayConfig } from './config.ts';
import { waitForBraze } from './delivery/erasing.ts';
import type { Doors } from './doors/doors.ts';
import type { Credentials, Session } from './identity/credentials.ts';
import { namesOfOthers, otherProfilesIn } from './other-profiles.ts';
import type { Ports } from './ports.ts';
import { Refusal } from './problem.ts';
import { createReadSession, type PageVariables } from './read-session.ts';

/**
 * @param credentials that knows who is erased already, too: where the first answer was lost, the same request is answered alike (RFC 9110,
 * section 9.2.2)
 */
export function createVisitorEndpoint(
  { brazeTimeout, retention }: Pick<RelayConfig, 'brazeTimeout' | 'retention'>,
  credentials: Credentials,
  doors: Pick<Doors, 'admit' | 'erase'>,
  { clock, delivery, log, metrics, profiles, store }: Ports,
) {
  const readSession = createReadSession(credentials, doors);
  /** Visitors whom a request is about to erase. */
  const underWay = new Set<string>();

  const erase = async (c: Context<{ Variables: PageVariables }>, session: Session): Promise<Response> => {
    const { owner, requestId: request, trace } = c.var;
    const { visitor, site, environment, externalId, since } = session;
    // A repetition costs nothing more, and takes nothing from others of that address.
    if (!(await store.isErased(visitor))) await doors.erase(c);
    const at = clock();
    const isNew = await store.erase(
      visitor,
      retention.tombstones,
      owner.erasure && {
        // What another page of theirs writes at this moment is in it, or is not written.
        names: namesOfOthers(environment, visitor),
        by: (values) => ({
          erasure: {
            visitor,
            environment,
            site,
            at,
            ...(since !== undefined && { since }),
            ...otherProfilesIn(values, externalId),
          },
          wait: waitForBraze({ brazeTimeout }),
        }),
      },
    );
    delivery().erase(visitor);
    if (externalId !== undefined) profiles().forget(environment, externalId);
    if (isNew) {
      metrics.erased(environment, site);
      log({ level: 'info', event: 'visitor_erased', site, environment, request, trace });
    }
    return c.body(null, 204);
  };

  return async (c: Context<{ Variables: PageVariables }>): Promise<Response> => {
    const session = await readSession(c);
    const { visitor } = session;
    // Before the first is through nobody knows that the next is a repetition.
    if (underWay.has(visitor)) throw tooSoon();
    underWay.add(visitor);
    try {
      return await erase(c, session);
    } finally {
      underWay.delete(visitor);
    }
  };
}

/** No page asks twice at once: our widget asks in one tab after the other. */
const tooSoon = (): Refusal =>
  new Refusal(429, 'This visitor is being erased just now. Send it again after Retry-After.', {
    headers: { 'retry-after': '1' },
  });
