/** A workspace: keys, profiles, limits and settings that have nothing to do with those of another one (`api/basics`). */
import { createKeyRing, type EmulatorKey, type KeyRing } from './keys.ts';
import { createProfileStore, type ProfileStore, type WriteEffect } from './profiles.ts';
import {
  createRateLimit,
  documentedQuota,
  rateGroups,
  type Quota,
  type RateGroup,
  type RateHeaderStyle,
  type RateLimit,
} from './rate-limit.ts';
import { defaultSettings, settingsAfter, type WorkspaceSettings } from './settings.ts';
import type { StartTimer } from './timer.ts';
import { createWriteQueue, type WriteQueue } from './write-queue.ts';

export interface WorkspaceOptions extends Partial<WorkspaceSettings> {
  /** `workspace` by default. */
  readonly name?: string;
  /** Where it answers, as in the header `Host`, e.g. `localhost:8789`; by default everywhere. A right key elsewhere is a 401. */
  readonly hosts?: readonly string[];
  readonly keys: readonly EmulatorKey[];
  /** What `x-ratelimit-reset` means; `epoch` by default. */
  readonly rateHeaders?: RateHeaderStyle;
  /** In place of the documented ones. */
  readonly rateLimits?: Partial<Record<RateGroup, Quota>>;
}

export interface Workspace {
  readonly name: string;
  /** In lower case. */
  readonly hosts: readonly string[] | undefined;
  readonly keys: KeyRing;
  readonly profiles: ProfileStore;
  readonly rateLimit: RateLimit;
  readonly writes: WriteQueue;
  /** Counts its requests, from 1. */
  readonly nextNumber: () => number;
  settings: WorkspaceSettings;
}

/** A name that no workspace has. */
export class UnknownWorkspaceError extends RangeError {
  override readonly name = 'UnknownWorkspaceError';
}

export interface WorkspacePorts {
  readonly clock: () => number;
  readonly startTimer: StartTimer;
  /** Called with what became of each write that was applied. */
  readonly onWrite: (effect: WriteEffect) => void;
  /** Called with what applying a write threw after its request was answered. */
  readonly onProblem: (problem: unknown) => void;
  /** Called with every key that it gets. */
  readonly onKey: (key: string) => void;
}

/** @throws {RangeError} for a key, a limit or a setting that cannot be */
export function createWorkspace(options: WorkspaceOptions, ports: WorkspacePorts): Workspace {
  const { name = 'workspace', hosts, keys, rateHeaders = 'epoch', rateLimits = {}, ...given } = options;
  const { clock, startTimer, onWrite, onProblem, onKey } = ports;
  checkQuotas(rateLimits);
  const profiles = createProfileStore(clock);
  let requests = 0;
  const workspace: Workspace = {
    name,
    hosts: hosts?.map((host) => host.toLowerCase()),
    keys: createKeyRing(keys, onKey),
    profiles,
    rateLimit: createRateLimit(
      clock,
      rateHeaders,
      (group) => rateLimits[group] ?? documentedQuota(group, workspace.settings.requiresFieldsToExport),
    ),
    writes: createWriteQueue(
      (write) => {
        onWrite(profiles.apply(write));
      },
      startTimer,
      onProblem,
    ),
    nextNumber() {
      requests += 1;
      return requests;
    },
    settings: settingsAfter(defaultSettings, given),
  };
  return workspace;
}

function checkQuotas(quotas: Partial<Record<RateGroup, Quota>>): void {
  const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
  for (const group of rateGroups) {
    const quota = quotas[group];
    if (quota && !(isWhole(quota.limit) && isWhole(quota.window))) {
      throw new RangeError(
        `The rate limit "${group}" is like { limit: 3000, window: 3000 }: whole numbers from 1, of requests and of milliseconds.`,
      );
    }
  }
}
