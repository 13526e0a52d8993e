/** A workspace: keys, profiles, limits and settings that have nothing to do with those of another one (`api/basics`). */
import { createKeyRing, type EmulatorKey, type KeyRing } from './keys.ts';
import { createProfileStore, type ProfileStore, type WriteEffect } from './profiles.ts';
import { createRateLimit, type RateHeaderStyle, type RateLimit } from './rate-limit.ts';
import { createWriteQueue, type WriteQueue } from './write-queue.ts';

/**
 * How many objects a request to `/users/track` may hold. Three rules are documented, by contract: 75 in total over the three
 * arrays, 75 in each of them, 50 in total (`api/endpoints/user_data/post_user_track`).
 */
export type ObjectLimit = 'combined75' | 'perArray75' | 'combined50';

/** What stands in `type` of an error: the sentence that clients have seen, or the code that the page lists. */
export type ErrorStyle = 'sentence' | 'code';

/** A Canvas or campaign that can be triggered through the API. */
export interface Sendable {
  readonly id: string;
  readonly name?: string;
  /** `active` by default. */
  readonly state?: 'active' | 'paused' | 'archived';
}

/** What can be changed while the emulator runs. */
export interface WorkspaceSettings {
  readonly objectLimit: ObjectLimit;
  readonly errorStyle: ErrorStyle;
  /** Is `fields_to_export` required, as for accounts onboarded on or after 22 Aug 2024? */
  readonly requiresFieldsToExport: boolean;
  /** At most 300 each; what is named here is accepted and dropped (`user_guide/data/activation/blocklist_custom_data`). */
  readonly blocklist: { readonly attributes: readonly string[]; readonly events: readonly string[] };
  readonly canvases: readonly Sendable[];
  readonly campaigns: readonly Sendable[];
  /** Milliseconds from an answer to when what it accepted can be seen; 0 is at once. "10-100 ms" (`api/api_limits`). */
  readonly consistencyDelay: number;
}

export interface WorkspaceOptions extends Partial<WorkspaceSettings> {
  /** `workspace` by default. */
  readonly name?: string;
  /** Where it answers, as in the header `Host`, e.g. `localhost:8789`; by default everywhere. A right key elsewhere is a 401. */
  readonly hosts?: readonly string[];
  readonly keys: readonly EmulatorKey[];
  /** What `x-ratelimit-reset` means; `epoch` by default. */
  readonly rateHeaders?: RateHeaderStyle;
}

export interface Workspace {
  readonly name: string;
  readonly hosts: readonly string[] | undefined;
  readonly keys: KeyRing;
  readonly profiles: ProfileStore;
  readonly rateLimit: RateLimit;
  readonly writes: WriteQueue;
  settings: WorkspaceSettings;
}

const DEFAULTS: WorkspaceSettings = {
  objectLimit: 'combined75',
  errorStyle: 'sentence',
  requiresFieldsToExport: true,
  blocklist: { attributes: [], events: [] },
  canvases: [],
  campaigns: [],
  consistencyDelay: 0,
};

/** @param onWrite called with what became of each write that was applied */
export function createWorkspace(
  { name = 'workspace', hosts, keys, rateHeaders = 'epoch', ...settings }: WorkspaceOptions,
  clock: () => number,
  onWrite: (effect: WriteEffect) => void,
): Workspace {
  const profiles = createProfileStore(clock);
  return {
    name,
    hosts,
    keys: createKeyRing(keys),
    profiles,
    rateLimit: createRateLimit(clock, rateHeaders),
    writes: createWriteQueue((write) => {
      onWrite(profiles.apply(write));
    }),
    settings: { ...DEFAULTS, ...settings },
  };
}
