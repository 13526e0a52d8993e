import type { Context } from 'hono';

/** The token of an `Authorization: Bearer` (RFC 6750, section 2.1), where it has the characters of a JWT. */
export const bearerIn = (authorization: string | null | undefined): string | undefined =>
  /^Bearer ([\w.-]+)$/i.exec(authorization ?? '')?.[1];

export const bearerOf = (c: Context): string | undefined => bearerIn(c.req.header('authorization'));
