/** Tokens as a forger makes them: by hand, for a library would not. */
import { createHmac, sign, type KeyObject } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { SESSION_SECRET } from '../server/relay-fixture.ts';
import { AUDIENCE, ISSUER, KEYS } from './target.ts';

export const now = () => Math.floor(Date.now() / 1_000);

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Without a signature, and without the dot before it. */
export const unsigned = (header: object, claims: object): string => `${part(header)}.${part(claims)}`;

export function hmac(
  header: object,
  claims: object,
  secret: string | Buffer = SESSION_SECRET,
  hash = 'sha256',
): string {
  const text = unsigned(header, claims);
  return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`;
}

export function rsa(header: object, claims: object, key: KeyObject = KEYS.brand.privateKey): string {
  const text = unsigned(header, claims);
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/** The parts of a token that the relay has signed. */
export const headerOf = (token: string) => ({ ...decodeProtectedHeader(token) });
export const claimsOf = (token: string) => ({ ...decodeJwt(token) });

/** Another header, other claims, or both, over the signature of the token. */
export function changed(token: string, header: object, claims: object): string {
  const signature = token.split('.')[2] ?? '';
  return `${unsigned({ ...headerOf(token), ...header }, { ...claimsOf(token), ...claims })}.${signature}`;
}

/** What the brand's backend says of somebody who is signed in. */
export const identity = (claims: object = {}) => ({
  sub: 'customer-1',
  iss: ISSUER,
  aud: AUDIENCE,
  exp: now() + 3_600,
  ...claims,
});
