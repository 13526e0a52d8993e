/** What Braze was seen to refuse a key for the want of a permission, for `/readyz`. */
import type { EnvironmentName } from './config.ts';

/** Hears what the key may do. */
export interface Permissions {
  /** @param permission as Braze names it @param status of its answer: 401 or 403 */
  refused(environment: EnvironmentName, permission: string, status: number): void;
  granted(environment: EnvironmentName, permission: string): void;
  /** Another key or endpoint: what was refused before says nothing of it. */
  replaced(environment: EnvironmentName): void;
}

export interface MissingPermission {
  readonly environment: EnvironmentName;
  readonly permission: string;
  readonly status: number;
}

export interface SeenPermissions extends Permissions {
  /** Those that were refused last. */
  missing(): readonly MissingPermission[];
}

export function createPermissions(): SeenPermissions {
  const seen = new Map<string, MissingPermission>();
  return {
    refused(environment, permission, status) {
      seen.set(`${environment} ${permission}`, { environment, permission, status });
    },
    granted(environment, permission) {
      seen.delete(`${environment} ${permission}`);
    },
    replaced(environment) {
      for (const [name, each] of seen) if (each.environment === environment) seen.delete(name);
    },
    missing: () => [...seen.values()],
  };
}
