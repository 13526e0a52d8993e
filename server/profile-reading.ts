/** What Braze knows of a person. */
import type { EnvironmentName } from './config.ts';
import type { Json } from './store/json.ts';

export type BrazeProfile = Readonly<Record<string, Json>>;

export type ProfileRead =
  | { readonly type: 'found'; readonly profile: BrazeProfile }
  | { readonly type: 'unknown' }
  | { readonly type: 'not_now'; readonly reason: string };

export interface ProfileReading {
  read(
    whose: { readonly environment: EnvironmentName; readonly site: string; readonly externalId: string },
    fields: readonly string[],
    wait: number,
  ): Promise<ProfileRead>;
  forget(environment: EnvironmentName, externalId: string): void;
}
