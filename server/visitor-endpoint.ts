/** `DELETE /v1/visitor`: the relay erases all that it holds of the visitor whose session asks. */
import type { Context } from 'hono';
import { bearerOf } from './bearer.ts';
import type { PageOwner, RelayConfig } from './config.ts';
import { waitForBraze } from './delivery/erasing.ts';
import type { Doors } from './doors/doors.ts';
import type { Credentials } from './identity/credentials.ts';
import { namesOfOthers, otherProfilesIn } from './other-profiles.ts';
import type { Ports } from './ports.ts';
import { problem } from './problem.ts';
import type { RequestVariables } from './request-log.ts';

interface Variables extends RequestVariables {
  readonly owner: PageOwner;
  readonly origin: string;
}

/**
 * @param credentials that knows who is erased already, too: where the first answer was lost, the same request is answered alike (RFC 9110,
 * section 9.2.2)
 */
export function createVisitorEndpoint(
  { brazeTimeout, retention }: Pick<RelayConfig, 'brazeTimeout' | 'retention'>,
  credentials: Credentials,
  doors: Pick<Doors, 'admit' | 'erase'>,
  { clock, delivery, log, metrics, store }: Ports,
) {
  return async (c: Context<{ Variables: Variables }>): Promise<Response> => {
    const { owner, origin, requestId: request, trace } = c.var;
    const bearer = bearerOf(c);
    const session = bearer === undefined ? undefined : await credentials.verify(bearer, owner, origin);
    await doors.admit(owner, session?.visitor);
    if (!session) {
      return problem(c, 401, 'The session is missing or has ended; get one at POST /v1/sessions.');
    }
    await doors.erase(c);
    const { visitor, site, environment, externalId, since } = session;
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
    if (isNew) {
      metrics.erased(environment, site);
      log({ level: 'info', event: 'visitor_erased', site, environment, request, trace });
    }
    return c.body(null, 204);
  };
}
