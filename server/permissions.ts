/** What Braze was seen to refuse a key for the want of a permission, for `/readyz`. */
import type { BrazeAnswer } from './braze/client.ts';
import type { Judgement } from './braze/outcome.ts';
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

/**
 * What an answer says of it. Other answers say nothing: Braze may be away, or the endpoint wrong.
 * @param permission that the request needed
 */
export function hearPermission(
  permissions: Pick<Permissions, 'refused' | 'granted'>,
  { environment, permission }: Omit<MissingPermission, 'status'>,
  answer: BrazeAnswer,
  { type }: Judgement,
): void {
  if (type === 'taken') permissions.granted(environment, permission);
  if (type !== 'operator' || answer.type !== 'response') return;
  if (answer.status === 401 || answer.status === 403)
    permissions.refused(environment, permission, answer.status);
}
