/** The session that a request comes with, and who is counted for it. */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { bearerOf } from './bearer.ts';
import type { PageOwner } from './config.ts';
import type { Doors } from './doors/doors.ts';
import type { Credentials, Session } from './identity/credentials.ts';
import type { RequestVariables } from './request-log.ts';

/** What the doors of `/v1` have found out about a request. */
export interface PageVariables extends RequestVariables {
  readonly owner: PageOwner;
  readonly origin: string;
}

/** @throws {HTTPException} 401 without a session that holds; 429 */
export type ReadSession = (c: Context<{ Variables: PageVariables }>) => Promise<Session>;

export const createReadSession =
  (
    { verify, holderOf }: Pick<Credentials, 'verify' | 'holderOf'>,
    doors: Pick<Doors, 'admit'>,
  ): ReadSession =>
  async (c) => {
    const { owner, origin } = c.var;
    const bearer = bearerOf(c);
    const session = bearer === undefined ? undefined : await verify(bearer, owner, origin);
    // Whose session has ended hears of it here, and is no stranger for that.
    const ended = session || bearer === undefined ? undefined : await holderOf(bearer, owner, origin);
    await doors.admit(owner, session?.visitor ?? (ended === undefined ? undefined : { ended }));
    if (session) return session;
    const message = 'The session is missing or has ended; get one at POST /v1/sessions.';
    throw new HTTPException(401, { message });
  };
