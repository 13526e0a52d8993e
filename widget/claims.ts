/** What a token says of itself (JWT, RFC 7519). Only the relay can check it: here it is compared. */
export interface Claims {
  /** Whose it is: of a visitor credential the visitor's id, of a signed identity who is signed in. */
  readonly sub?: unknown;
  /** Of a visitor credential: as whom they have signed in, once they have. */
  readonly ext?: unknown;
}

/** None, where it is no token. */
export function claimsOf(token = ''): Claims {
  try {
    const bytes = atob((token.split('.')[1] as string).replace(/-/g, '+').replace(/_/g, '/'));
    const text = new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
    return Object(JSON.parse(text)) as Claims;
  } catch {
    return {};
  }
}

/** Whose credential it is. The relay may sign another one for the same visitor: by its text alone nobody is told from another. */
export const visitorOf = (credential: string | undefined): unknown => claimsOf(credential).sub ?? credential;

/** Whether it is the same visitor's, and knows no less of them: one that was asked for before they signed in comes too late. */
export const isNewer = (next: string, current: string): boolean =>
  visitorOf(next) === visitorOf(current) &&
  (claimsOf(next).ext !== undefined || claimsOf(current).ext === undefined);
