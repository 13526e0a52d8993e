/**
 * Who a visitor is, in two words signed by the relay (JWT, HS256): a long-lived visitor credential, and with it a session of
 * minutes that says: this browser may submit now, from this origin.
 */
import { jwtVerify, SignJWT, type JWTPayload } from 'jose';
import type { EnvironmentName, PageOwner, RelayConfig } from './config.ts';
import type { Ports } from './ports.ts';
import { createVerifiedSessions, type VerifiedSession } from './verified-sessions.ts';

/** Who submits, and where it is written. */
export interface Session {
  readonly visitor: string;
  readonly site: string;
  readonly environment: EnvironmentName;
}

export interface Identity {
  /** The visitor id that the credential vouches for at this page, or `undefined` if it is forged, or belongs to another site or environment. */
  find(credential: string, owner: PageOwner): Promise<string | undefined>;
  /** As `find`, or a new one. */
  recognize(credential: string | undefined, owner: PageOwner): Promise<string>;
  /** The two credentials of a visitor. That of the visitor is the same each time: browsers know by it whether they are still the same. */
  grant(visitor: string, owner: PageOwner, origin: string): Promise<{ visitor: string; session: string }>;
  /** The session, or `undefined` if it is forged, has ended, or belongs to another page. */
  verify(session: string, owner: PageOwner, origin: string): Promise<Session | undefined>;
}

/** Seconds that a session lives: long enough for a conversation's pauses, short enough to be worth little when stolen. */
export const SESSION_SECONDS = 600;

const VISITOR_AUDIENCE = 'parley:visitor';
const SESSION_AUDIENCE = 'parley:session';

export function createIdentity(
  { sessionSecret }: RelayConfig,
  { clock, createId }: Pick<Ports, 'clock' | 'createId'>,
): Identity {
  // Made of the secret once, and not for each token. On first use: some runtimes allow no asynchronous work before a request.
  let key: Promise<CryptoKey> | undefined;
  const secret = () =>
    (key ??= crypto.subtle.importKey(
      'raw',
      new Uint8Array(sessionSecret()),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign', 'verify'],
    ));
  const verified = createVerifiedSessions(clock);

  const sign = (visitor: string, audience: string, claims: JWTPayload) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(visitor)
      .setAudience(audience);

  const read = async (token: string, audience: string): Promise<JWTPayload | undefined> => {
    try {
      const options = { algorithms: ['HS256'], audience, currentDate: new Date(clock()) };
      return (await jwtVerify(token, await secret(), options)).payload;
    } catch {
      return undefined;
    }
  };

  const isOf = (claims: JWTPayload, { site, environment }: PageOwner) =>
    claims['site'] === site && claims['environment'] === environment.name;

  const find: Identity['find'] = async (credential, owner) => {
    const claims = await read(credential, VISITOR_AUDIENCE);
    return claims?.sub !== undefined && isOf(claims, owner) ? claims.sub : undefined;
  };

  return {
    find,
    recognize: async (credential, owner) =>
      (credential === undefined ? undefined : await find(credential, owner)) ?? createId(),
    async grant(visitor, { site, environment }, origin) {
      const signing = await secret();
      const where = { site, environment: environment.name };
      const now = Math.floor(clock() / 1000);
      return {
        visitor: await sign(visitor, VISITOR_AUDIENCE, where).sign(signing),
        session: await sign(visitor, SESSION_AUDIENCE, { ...where, origin })
          .setIssuedAt(now)
          .setExpirationTime(now + SESSION_SECONDS)
          .sign(signing),
      };
    },
    async verify(session, owner, origin) {
      let found = verified.find(session);
      if (found === undefined) {
        found = sessionIn(await read(session, SESSION_AUDIENCE));
        if (found === undefined) return undefined;
        verified.remember(session, found);
      }
      const { visitor, site, environment } = found;
      const isHere = found.origin === origin && site === owner.site && environment === owner.environment.name;
      return isHere ? { visitor, site, environment } : undefined;
    },
  };
}

/** What the claims of a session say, all of which `grant` writes. */
function sessionIn(claims: JWTPayload | undefined): VerifiedSession | undefined {
  if (claims?.sub === undefined || claims.exp === undefined) return undefined;
  const { sub: visitor, exp: ends, site, environment, origin } = claims;
  if (typeof site !== 'string' || typeof origin !== 'string') return undefined;
  if (environment !== 'sandbox' && environment !== 'prod') return undefined;
  return { visitor, site, environment, origin, ends };
}
