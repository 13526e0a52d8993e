/** What is told to those who watch the emulator. Pure. */
import type { Chaos } from './chaos.ts';
import type { Fault } from './faults.ts';
import type { EntrySummary } from './summaries.ts';

/** A workspace as the inspector offers it. */
export interface WorkspaceSummary {
  readonly name: string;
  /** Where it answers; everywhere if there are none. */
  readonly hosts?: readonly string[];
  /** How many profiles it has. */
  readonly profiles: number;
  /** How many of its requests are in the journal. */
  readonly requests: number;
}

/** What is so small that every message tells it. */
export interface Status {
  readonly workspaces: readonly WorkspaceSummary[];
  /** With the `times` that it has left; `null` if there is none. */
  readonly fault: Fault | null;
  /** Faults by chance; `null` if there are none. */
  readonly chaos: Chaos | null;
  /** How many answers are held back. */
  readonly held: number;
}

/** `braze_id`s of profiles of one workspace that are new, different or gone. */
interface ChangedProfiles {
  readonly workspace: string;
  readonly ids: readonly string[];
}

/** What became different. It says of whom, not what: that is asked for by those who show it. */
export interface News {
  readonly profiles: readonly ChangedProfiles[];
  /** How many requests were recorded. */
  readonly requests: number;
  /** The last of them. */
  readonly last?: EntrySummary;
}

export type Change = Status & News;

export const noNews: News = { profiles: [], requests: 0 };

/** Two changes in a row as one, so that a burst stays small: nobody is named twice. */
export function joined(earlier: News, later: Change): Change {
  const last = later.last ?? earlier.last;
  return {
    ...later,
    profiles: later.profiles.reduce(withChanged, earlier.profiles),
    requests: earlier.requests + later.requests,
    ...(last && { last }),
  };
}

function withChanged(
  all: readonly ChangedProfiles[],
  { workspace, ids }: ChangedProfiles,
): ChangedProfiles[] {
  const before = all.find((changed) => changed.workspace === workspace)?.ids ?? [];
  const others = all.filter((changed) => changed.workspace !== workspace);
  return [...others, { workspace, ids: [...new Set([...before, ...ids])] }];
}
