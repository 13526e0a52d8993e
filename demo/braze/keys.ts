/** One REST API key and the permissions it was created with, e.g. `['users.track']` (`api/basics`). */
export interface EmulatorKey {
  readonly key: string;
  readonly permissions: readonly string[];
}

/** The workspace's keys. */
export interface KeyRing {
  /** In place of the same key with other permissions. */
  readonly add: (key: EmulatorKey) => void;
  readonly revoke: (key: string) => void;
  readonly has: (key: string) => boolean;
  /** Permissions of the key in an `Authorization` header; `undefined` when the header names no key of this ring. */
  readonly permissionsOf: (authorization: string | undefined) => readonly string[] | undefined;
  /** The same text with every key that this ring ever had, revoked ones included, cut to its last four characters. */
  readonly mask: (text: string) => string;
}

/**
 * `Bearer`, one space, the key, no quotes: `api/errors`. The scheme is compared as it is documented, upper and
 * lower case included: no page says that another spelling works.
 */
const bearer = /^Bearer (\S+)$/;

/** Shorter keys exist in tests only, and masking them would garble honest text. Braze's own are UUIDs (36 characters). */
const SHORTEST_MASKED = 8;

/** @throws {RangeError} for a key that no header could hold */
export function createKeyRing(initial: readonly EmulatorKey[]): KeyRing {
  const permissions = new Map<string, readonly string[]>();
  const everKnown = new Set<string>();

  function add(key: EmulatorKey): void {
    if (!/^[\x21-\x7e]+$/.test(key.key)) {
      throw new RangeError(
        `A key is one or more letters, digits or signs of ASCII, without spaces, and not ${JSON.stringify(key.key)}.`,
      );
    }
    permissions.set(key.key, key.permissions);
    if (key.key.length >= SHORTEST_MASKED) everKnown.add(key.key);
  }

  initial.forEach(add);
  return {
    add,
    revoke: (key) => void permissions.delete(key),
    has: (key) => permissions.has(key),
    permissionsOf: (authorization = '') => permissions.get(bearer.exec(authorization)?.[1] ?? ''),
    mask: (text) => [...everKnown].reduce((masked, key) => masked.replaceAll(key, `…${key.slice(-4)}`), text),
  };
}
