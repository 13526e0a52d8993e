/** What the inspector shows, and how the emulator's messages change it. Pure. */
import type { Change, Snapshot } from '../admin.ts';
import type { Fault } from '../faults.ts';
import type { JournalEntry } from '../journal.ts';
import type { Profile } from '../profiles.ts';

export interface InspectorState {
  /** False until the first message, and while the connection is lost. */
  readonly isLive: boolean;
  /** The one that changed last comes first. */
  readonly profiles: readonly Profile[];
  /** Newest first. */
  readonly journal: readonly JournalEntry[];
  readonly fault: Fault | null;
  readonly held: number;
  /** How many changes each profile has had since the page was opened, by `braze_id`; none if there were none. */
  readonly changes: ReadonlyMap<string, number>;
}

export const initialState: InspectorState = {
  isLive: false,
  profiles: [],
  journal: [],
  fault: null,
  held: 0,
  changes: new Map(),
};

/** As many as the emulator remembers. */
const MAX_ENTRIES = 1_000;

/** All there is, at the start and after the connection was lost. */
export function withSnapshot({ profiles, journal, fault, held }: Snapshot): InspectorState {
  return {
    ...initialState,
    isLive: true,
    profiles: profiles.toSorted((one, other) => other.updated_at.localeCompare(one.updated_at)),
    journal: journal.toReversed(),
    fault,
    held,
  };
}

export function withChange(
  state: InspectorState,
  { profiles, entry, fault, held, isReset }: Change,
): InspectorState {
  const before = isReset ? initialState : state;
  const changed = new Set(profiles.map((profile) => profile.braze_id));
  return {
    isLive: true,
    profiles: [...profiles.toReversed(), ...before.profiles.filter(({ braze_id: id }) => !changed.has(id))],
    journal: (entry ? [entry, ...before.journal] : before.journal).slice(0, MAX_ENTRIES),
    fault,
    held,
    changes: new Map([
      ...before.changes,
      ...[...changed].map((id) => [id, (before.changes.get(id) ?? 0) + 1] as const),
    ]),
  };
}
