/** What became of submissions, by what the emulator has of them: each is there once, or counted in doubt. */
import type { Emulator } from '../../demo/braze/emulator.ts';
import type { WorkKey } from '../../server/delivery/work.ts';
import type { Store } from '../../server/store/store.ts';

/** A submission and the corrections of it, oldest first: together they write the event once. */
export interface Chain {
  readonly visitor: string;
  readonly submissions: readonly string[];
}

export interface Accounts {
  readonly once: number;
  /** More than once, and the relay says so of it: it sends again what is in doubt (`inDoubtEvents`), so that it arrives at least once. */
  readonly inDoubt: readonly WorkKey[];
  /** Never there. */
  readonly lost: readonly WorkKey[];
  /** There more than once, and nobody says so. */
  readonly doubled: readonly WorkKey[];
  /** Without a last word. */
  readonly unsettled: readonly WorkKey[];
}

/** How often the event of each submission has arrived, by the id of the submission. */
export function arrivalsAt(emulator: Emulator): ReadonlyMap<string, number> {
  const arrivals = new Map<string, number>();
  for (const { events } of emulator.profiles()) {
    for (const { properties } of events) {
      const id = String(properties['submission_id']);
      arrivals.set(id, (arrivals.get(id) ?? 0) + 1);
    }
  }
  return arrivals;
}

export async function accountFor(
  chains: readonly Chain[],
  emulator: Emulator,
  store: Pick<Store, 'find'>,
): Promise<Accounts> {
  const arrivals = arrivalsAt(emulator);
  let once = 0;
  const inDoubt: WorkKey[] = [];
  const lost: WorkKey[] = [];
  const doubled: WorkKey[] = [];
  const unsettled: WorkKey[] = [];
  for (const { visitor, submissions } of chains) {
    const keys = submissions.map((id) => `${visitor}/${id}`);
    const settlements = await Promise.all(keys.map((key) => store.find(key)));
    unsettled.push(...keys.filter((_, index) => !settlements[index]));
    const count = submissions.reduce((sum, id) => sum + (arrivals.get(id) ?? 0), 0);
    const [first = ''] = keys;
    const isInDoubt = settlements.some((settlement) => settlement?.isInDoubt);
    if (count === 1) once += 1;
    else if (count === 0) lost.push(first);
    else (isInDoubt ? inDoubt : doubled).push(first);
  }
  return { once, inDoubt, lost, doubled, unsettled };
}
