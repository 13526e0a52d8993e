/**
 * Who a visitor is, in two words signed by the relay (JWT, HS256): a long-lived visitor credential, and with it a session of
 * minutes that says: this browser may submit now, from this origin.
 */
import { decodeProtectedHeader, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import type { EnvironmentName, PageOwner, RelayConfig } from '../config.ts';
import type { Ports } from '../ports.ts';
import { createSigningKeys } from './signing-keys.ts';
import { mayJoin } from './unverified.ts';
import { createVerifiedSessions, type VerifiedSession } from './verified-sessions.ts';

/** Whom a visitor credential vouches for. */
export interface Visitor {
  /** Visitor id, made by the relay. */
  readonly id: string;
  /** Whose profile they write to since the brand's backend has vouched for them. */
  readonly externalId?: string;
  /** When the relay made them: milliseconds since 1970, in whole seconds once it is signed. Credentials of earlier releases do not say it. */
  readonly since?: number;
  /** No answer of theirs was ever the key: their alias is on no profile but its own, or on that of whom it was joined to. */
  readonly hasOwnAlias?: true;
}

/** Who submits, and where it is written. */
export interface Session {
  /** Visitor id. */
  readonly visitor: string;
  readonly site: string;
  readonly environment: EnvironmentName;
  /** As those of the visitor. */
  readonly externalId?: string;
  readonly since?: number;
  /** The brand's backend vouches for them now: its word came with this session, and has not run out. To write takes less; to read nothing less. */
  readonly isVerified?: true;
}

export interface Credentials {
  /** Whom the credential vouches for at this page, or `undefined` if it is forged, or belongs to another site or environment. */
  find(credential: string, owner: PageOwner): Promise<Visitor | undefined>;
  /**
   * The two credentials of a visitor. That of the visitor says the same each time, as long as nobody vouches for them anew, and has no end:
   * who comes back after a month or a year is who they were, signed in or not. It ends with the secret, or when the visitor is erased.
   * @param vouchedUntil when the word of the brand's backend that came with the request runs out: milliseconds since 1970
   */
  grant(
    visitor: Visitor,
    owner: PageOwner,
    origin: string,
    vouchedUntil?: number,
  ): Promise<{ visitor: string; session: string }>;
  /** The session, or `undefined` if it is forged, has ended, or belongs to another page. */
  verify(session: string, owner: PageOwner, origin: string): Promise<Session | undefined>;
  /** Id of the visitor to whom the session was given at this page, though it may have ended, or they be erased: to know whom to count, and for nothing else. */
  holderOf(session: string, owner: PageOwner, origin: string): Promise<string | undefined>;
}

/** Seconds that a session lives: long enough for a conversation's pauses, short enough to be worth little when stolen. */
export const SESSION_SECONDS = 600;

const VISITOR_AUDIENCE = 'parley:visitor';
const SESSION_AUDIENCE = 'parley:session';

export function createCredentials(
  config: Pick<RelayConfig, 'sessionSecret' | 'previousSessionSecret'>,
  { clock }: Pick<Ports, 'clock'>,
): Credentials {
  const keys = createSigningKeys(config);
  const verified = createVerifiedSessions(clock);

  const sign = async (visitor: string, audience: string, claims: JWTPayload) => {
    const { kid, key } = await keys.current();
    const token = new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid })
      .setSubject(visitor)
      .setAudience(audience);
    return { token, key };
  };

  /** By which it may be signed. Sessions of a release that named no key have long ended. */
  const keysOf = async (token: string, audience: string): Promise<readonly CryptoKey[]> => {
    try {
      const { kid } = decodeProtectedHeader(token);
      return kid === undefined && audience !== VISITOR_AUDIENCE ? [] : await keys.find(kid);
    } catch {
      return [];
    }
  };

  /** @param at milliseconds since 1970, by which it has to hold */
  const read = async (token: string, audience: string, at = clock()): Promise<JWTPayload | undefined> => {
    const options = { algorithms: ['HS256'], audience, currentDate: new Date(at) };
    for (const key of await keysOf(token, audience)) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch {
        // Another one may have signed it.
      }
    }
    return undefined;
  };

  return {
    async find(credential, { site, environment }) {
      const claims = await read(credential, VISITOR_AUDIENCE);
      if (claims?.sub === undefined) return undefined;
      if (claims['site'] !== site || claims['environment'] !== environment.name) return undefined;
      return { id: claims.sub, ...externalIdIn(claims), ...sinceIn(claims.iat), ...ownAliasIn(claims) };
    },
    async grant({ id, externalId, since, hasOwnAlias }, owner, origin, vouchedUntil) {
      const { site, environment, profile, unverified } = owner;
      const who = {
        site,
        environment: environment.name,
        ...(externalId !== undefined && { ext: externalId }),
      };
      const now = Math.floor(clock() / 1000);
      const made = since === undefined ? undefined : Math.floor(since / 1000);
      // From here on an answer may be the key, or an action: it is not said again, whatever the site's settings become.
      const isOwn = hasOwnAlias && externalId === undefined && profile === undefined && !mayJoin(unverified);
      const visitor = await sign(id, VISITOR_AUDIENCE, {
        ...who,
        ...(made !== undefined && { iat: made }),
        ...(isOwn && { own: true }),
      });
      const session = await sign(id, SESSION_AUDIENCE, {
        ...who,
        ...(made !== undefined && { since: made }),
        origin,
        ...(vouchedUntil !== undefined && { ver: Math.floor(vouchedUntil / 1000) }),
      });
      return {
        visitor: await visitor.token.sign(visitor.key),
        session: await session.token
          .setIssuedAt(now)
          .setExpirationTime(now + SESSION_SECONDS)
          .sign(session.key),
      };
    },
    async verify(session, owner, origin) {
      let found = verified.find(session);
      if (found === undefined) {
        found = sessionIn(await read(session, SESSION_AUDIENCE));
        if (found === undefined) return undefined;
        verified.remember(session, found);
      }
      if (!isFor(found, owner, origin)) return undefined;
      const { origin: _origin, ends: _ends, vouchedUntil, ...said } = found;
      const isVerified = vouchedUntil !== undefined && Math.floor(clock() / 1000) < vouchedUntil;
      return isVerified ? { ...said, isVerified } : said;
    },
    async holderOf(session, owner, origin) {
      // No session had ended then.
      const found = sessionIn(await read(session, SESSION_AUDIENCE, 0));
      return found && isFor(found, owner, origin) ? found.visitor : undefined;
    },
  };
}

const isFor = (session: VerifiedSession, { site, environment }: PageOwner, origin: string): boolean =>
  session.origin === origin && session.site === site && session.environment === environment.name;

/** What the claims of a session say, all of which `grant` writes. */
function sessionIn(claims: JWTPayload | undefined): VerifiedSession | undefined {
  if (claims?.sub === undefined || claims.exp === undefined) return undefined;
  const { sub: visitor, exp: ends, site, environment, origin } = claims;
  if (typeof site !== 'string' || typeof origin !== 'string') return undefined;
  if (environment !== 'sandbox' && environment !== 'prod') return undefined;
  const { ver: vouchedUntil } = claims;
  const known = { ...externalIdIn(claims), ...sinceIn(claims['since']) };
  const vouched = typeof vouchedUntil === 'number' && { vouchedUntil };
  return { visitor, site, environment, origin, ends, ...known, ...vouched };
}

function externalIdIn({ ext }: JWTPayload): Pick<Visitor, 'externalId'> {
  return typeof ext === 'string' ? { externalId: ext } : {};
}

function ownAliasIn({ own }: JWTPayload): Pick<Visitor, 'hasOwnAlias'> {
  return own === true ? { hasOwnAlias: true } : {};
}

/** @param seconds since 1970 (RFC 7519, section 4.1.6) */
function sinceIn(seconds: unknown): Pick<Visitor, 'since'> {
  return typeof seconds === 'number' ? { since: seconds * 1000 } : {};
}
