/** What a world came to, and what of it is a fault. */
import type { SimulatedBraze } from './braze.ts';
import { EVERY_TIME, ONCE } from './flow.ts';
import type { Ledger } from './ledger.ts';
import type { Network } from './network.ts';
import type { RelaySide } from './relay-side.ts';

export interface Judged {
  readonly submissions: number;
  /** Ids of those that are not at Braze, and not in doubt. */
  readonly lost: readonly string[];
  /** There more than once, or nobody's, and not counted as in doubt. */
  readonly doubled: readonly string[];
  readonly inDoubt: number;
  /** Gone with what kept them by the visitor's own doing: storage that was cleared, a page that could store nothing. */
  readonly volatile: number;
  /** What did not come to an end, a line each. */
  readonly stuck: readonly string[];
  /** What else is wrong, a line each. */
  readonly wrong: readonly string[];
}

export interface JudgeOptions {
  readonly ledger: Ledger;
  readonly braze: SimulatedBraze;
  readonly relay: RelaySide;
  readonly network: Network;
  readonly stuck: readonly string[];
}

export async function judge({ ledger, braze, relay, network, stuck }: JudgeOptions): Promise<Judged> {
  const said = braze.counted.filter(({ name }) => name === EVERY_TIME).map(({ submission }) => submission);
  const countOf = new Map<string, number>();
  for (const id of said) countOf.set(id, (countOf.get(id) ?? 0) + 1);

  const isVolatile = (id: string) => ledger.accepted.get(id)?.isVolatile === true;
  const doubted = new Set<string>();
  const unsettled = new Set<string>();
  for (const [id, keys] of ledger.keys) {
    const settlements = await Promise.all([...keys].map((key) => relay.store.find(key)));
    if (settlements.some((settlement) => settlement?.isInDoubt)) doubted.add(id);
    // It had no last word, for nobody came again with it: what it was kept in is gone.
    if (isVolatile(id) && settlements.every((settlement) => settlement === undefined)) unsettled.add(id);
  }
  const ids = [...ledger.accepted.keys()];
  const missing = ids.filter((id) => !countOf.has(id) && !doubted.has(id));
  const doubled = [...countOf].filter(
    ([id, count]) => (count > 1 && !doubted.has(id) && !unsettled.has(id)) || !ledger.accepted.has(id),
  );
  const { inDoubt } = await relay.store.stats();
  return {
    submissions: ids.length,
    lost: missing.filter((id) => !isVolatile(id)),
    doubled: doubled.map(([id]) => id),
    inDoubt: doubted.size,
    volatile: missing.filter(isVolatile).length,
    stuck,
    wrong: [
      ...(inDoubt < doubted.size ? [`in doubt: ${doubted.size}, counted: ${inDoubt}`] : []),
      ...ledger.together.map((id) => `two tabs sent ${id} at once`),
      ...outOfOrder(said, ledger, network).map((pair) => `out of order: ${pair}`),
      ...twiceMet(braze, ledger, new Set([...doubted, ...unsettled])).map((word) => `met twice: ${word}`),
    ],
  };
}

/**
 * Pairs of submissions of one visitor that Braze had in another order than the visitor made them. Across conversations ids tell the order, as far as
 * the clock does.
 */
function outOfOrder(said: readonly string[], ledger: Ledger, network: Network): readonly string[] {
  const isOrdered = (id: string) =>
    ledger.accepted.get(id)?.isStored === true &&
    !ledger.isBehind(id, ledger.aside) &&
    !ledger.isBehind(id, network.poisoned);
  const visitorOf = (id: string) => [...(ledger.keys.get(id) ?? [])].join(' ').replaceAll(`/${id}`, '');
  const all = [...ledger.accepted.keys()].filter((id) => isOrdered(id) && said.includes(id));
  return [...new Set(all.map(visitorOf))].flatMap((visitor) => {
    const made = all.filter((id) => visitorOf(id) === visitor);
    return wrongPairs(said, made, ledger.wasSetBack);
  });
}

function wrongPairs(
  said: readonly string[],
  made: readonly string[],
  wasSetBack: boolean,
): readonly string[] {
  const conversationOf = (id: string) => id.split('.')[0];
  return made.flatMap((id, index) => {
    const before = made[index - 1];
    if (before === undefined) return [];
    if (wasSetBack && conversationOf(before) !== conversationOf(id)) return [];
    // What is in doubt comes again, with what shared its request.
    const isInOrder =
      said.indexOf(before) < said.indexOf(id) && said.lastIndexOf(before) < said.lastIndexOf(id);
    return isInOrder ? [] : [`${before} and ${id}`];
  });
}

/** What happens once, however often its answers are corrected, was counted more often. */
function twiceMet(braze: SimulatedBraze, ledger: Ledger, doubted: ReadonlySet<string>): readonly string[] {
  const counts = new Map<string, number>();
  // A page that cannot read what it corrects does not know whether that is delivered: its correction may come first.
  const unread = [...ledger.accepted].flatMap(([id, { isStored }]) => (isStored ? [] : [id]));
  const unsure = new Set([...doubted, ...unread].map(ledger.firstOf));
  for (const { name, submission, visitor } of braze.counted) {
    const first = ledger.firstOf(submission);
    // To clear what the browser keeps is to become somebody else.
    const whose = ledger.faults.has('storage_cleared') ? `${first} of ${visitor}` : first;
    if (name === ONCE && !unsure.has(first)) counts.set(whose, (counts.get(whose) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > 1).map(([id]) => id);
}

/** A line for each thing that is wrong. */
export const faultsOf = ({ lost, doubled, stuck, wrong }: Judged): readonly string[] => [
  ...lost.map((id) => `lost: ${id}`),
  ...doubled.map((id) => `doubled: ${id}`),
  ...stuck.map((what) => `stuck: ${what}`),
  ...wrong,
];
