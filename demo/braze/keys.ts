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
}

/**
 * `Bearer`, one space, the key, no quotes: `api/errors`. The scheme is compared as it is documented, upper and
 * lower case included: no page says that another spelling works.
 */
const bearer = /^Bearer (\S+)$/;

/**
 * @param onAdd called with each key, at the start too
 * @throws {RangeError} for a key that no header could hold
 */
export function createKeyRing(initial: readonly EmulatorKey[], onAdd: (key: string) => void): KeyRing {
  const permissions = new Map<string, readonly string[]>();

  function add(key: EmulatorKey): void {
    if (!/^[\x21-\x7e]+$/.test(key.key)) {
      throw new RangeError(
        `A key is one or more letters, digits or signs of ASCII, without spaces, and not ${JSON.stringify(key.key)}.`,
      );
    }
    permissions.set(key.key, key.permissions);
    onAdd(key.key);
  }

  initial.forEach(add);
  return {
    add,
    revoke: (key) => void permissions.delete(key),
    has: (key) => permissions.has(key),
    permissionsOf: (authorization = '') => permissions.get(bearer.exec(authorization)?.[1] ?? ''),
  };
}
