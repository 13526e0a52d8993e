import type { Context } from 'hono';

/** The token of an `Authorization: Bearer` (RFC 6750, section 2.1), where it has the characters of a JWT. */
export const bearerOf = (c: Context): string | undefined =>
  /^Bearer ([\w.-]+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
