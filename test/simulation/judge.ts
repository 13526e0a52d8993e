/** What a world came to, and what of it is a fault. */
import type { SimulatedBraze } from './braze.ts';
import { EVERY_TIME, ONCE } from './flow.ts';
import type { Ledger } from './ledger.ts';
import type { Network } from './network.ts';
import type { RelaySide } from './relay-side.ts';
import type { Schedule } from './schedule.ts';

export interface Judged {
  readonly submissions: number;
  /** Ids of those that are not at Braze, and were not dropped because they were in doubt. */
  readonly lost: readonly string[];
  /** There more than once, or nobody's, and not sent again because they were in doubt. */
  readonly doubled: readonly string[];
  readonly inDoubt: number;
  /** Gone with what kept them by the visitor's own doing: storage that was cleared, a page that could store nothing. */
  readonly volatile: number;
  /** What did not come to an end, a line each. */
  readonly stuck: readonly string[];
  /** What else is wrong. */
  readonly wrong: readonly Fault[];
}

export type FaultKind =
  | 'lost'
  | 'doubled'
  | 'stuck'
  /** The relay counts fewer in doubt than there are. */
  | 'miscounted'
  /** Two tabs sent it at once. */
  | 'together'
  | 'out of order'
  /** What happens once was counted again. */
  | 'met twice'
  /** What one visitor said was taken for another's. */
  | 'mixed'
  /** A profile does not say what its visitor said last. */
  | 'word missing';

export interface Fault {
  readonly kind: FaultKind;
  readonly what: string;
}

export interface JudgeOptions {
  readonly ledger: Ledger;
  readonly braze: SimulatedBraze;
  readonly relay: RelaySide;
  readonly network: Network;
  readonly stuck: readonly string[];
  /** What the relay does with events that Braze may have: only the gap or only the double that comes of it is excused. */
  readonly inDoubtEvents: Schedule['inDoubtEvents'];
}

export async function judge({
  ledger,
  braze,
  relay,
  network,
  stuck,
  inDoubtEvents,
}: JudgeOptions): Promise<Judged> {
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
  const nobody: ReadonlySet<string> = new Set();
  const mayMiss = inDoubtEvents === 'drop' ? doubted : nobody;
  const mayDouble = inDoubtEvents === 'resend' ? new Set([...doubted, ...unsettled]) : nobody;
  const ids = [...ledger.accepted.keys()];
  const missing = ids.filter((id) => !countOf.has(id) && !mayMiss.has(id));
  const doubled = [...countOf].filter(
    ([id, count]) => (count > 1 && !mayDouble.has(id)) || !ledger.accepted.has(id),
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
      ...faults('miscounted', inDoubt < doubted.size ? [`${doubted.size} in doubt, ${inDoubt} counted`] : []),
      ...faults('together', ledger.together),
      ...faults('out of order', outOfOrder(said, ledger, network)),
      ...faults('met twice', twiceMet(braze, ledger, mayDouble)),
      ...faults('mixed', mixed(ledger)),
      ...faults('word missing', missingWords(braze, ledger, network)),
    ],
  };
}

/** Whether its place among the others is certain. */
const isOrdered = (id: string, ledger: Ledger, network: Network): boolean =>
  ledger.accepted.get(id)?.isStored === true &&
  !ledger.isBehind(id, ledger.aside) &&
  !ledger.isBehind(id, network.poisoned);

const conversationOf = (id: string): string => id.split('.')[0] as string;

/**
 * Pairs of submissions of one visitor that Braze had in another order than the visitor made them. Across conversations ids tell the order, as far as
 * the clock does.
 */
function outOfOrder(said: readonly string[], ledger: Ledger, network: Network): readonly string[] {
  const visitorOf = (id: string) => [...(ledger.keys.get(id) ?? [])].join(' ').replaceAll(`/${id}`, '');
  const all = [...ledger.accepted.keys()].filter((id) => isOrdered(id, ledger, network) && said.includes(id));
  return [...new Set(all.map(visitorOf))].flatMap((visitor) => {
    const made = all.filter((id) => visitorOf(id) === visitor);
    return wrongPairs(said, made, ledger);
  });
}

function wrongPairs(
  said: readonly string[],
  made: readonly string[],
  { accepted, wasSetBack }: Ledger,
): readonly string[] {
  return made.flatMap((id, index) => {
    const before = made[index - 1];
    if (before === undefined) return [];
    if (wasSetBack && conversationOf(before) !== conversationOf(id)) return [];
    // What is in doubt comes again, with what shared its request; unless what kept that was cleared meanwhile.
    const comesAgain = accepted.get(id)?.isVolatile === false;
    const isInOrder =
      said.indexOf(before) < said.indexOf(id) &&
      (!comesAgain || said.lastIndexOf(before) < said.lastIndexOf(id));
    return isInOrder ? [] : [`${before} and ${id}`];
  });
}

/** What happens once, however often its answers are corrected, was counted more often. */
function twiceMet(braze: SimulatedBraze, ledger: Ledger, mayDouble: ReadonlySet<string>): readonly string[] {
  const counts = new Map<string, number>();
  // A page that cannot read what it corrects does not know whether that is delivered: its correction may come first.
  const unread = [...ledger.accepted].flatMap(([id, { isStored }]) => (isStored ? [] : [id]));
  // Nor does the relay know what is corrected by what was cleared before it was sent.
  const sent = new Set(braze.counted.map(({ submission }) => submission));
  const cleared = [...ledger.accepted].flatMap(([id, { isVolatile }]) =>
    isVolatile && !sent.has(id) ? [id] : [],
  );
  const unsure = new Set([...mayDouble, ...unread, ...cleared].map(ledger.firstOf));
  for (const { name, submission, visitor } of braze.counted) {
    const first = ledger.firstOf(submission);
    // To clear what the browser keeps is to become somebody else.
    const whose = ledger.faults.has('storage_cleared') ? `${first} of ${visitor}` : first;
    if (name === ONCE && !unsure.has(first)) counts.set(whose, (counts.get(whose) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > 1).map(([id]) => id);
}

/**
 * Fields of profiles that do not hold the last word accepted for them. What came at a time of its own may have overwritten it. What is in
 * doubt is not excused: attributes are sent again whatever becomes of events.
 */
function missingWords(braze: SimulatedBraze, ledger: Ledger, network: Network): readonly string[] {
  const fields = new Map<string, string[]>();
  for (const id of ledger.accepted.keys()) {
    const attribute = ledger.words.get(id)?.attribute;
    if (attribute === undefined) continue;
    for (const key of ledger.keys.get(id) ?? []) {
      const field = `${key.slice(0, key.lastIndexOf('/'))} ${attribute}`;
      fields.set(field, [...(fields.get(field) ?? []), id]);
    }
  }
  const isSure = (id: string) =>
    isOrdered(id, ledger, network) &&
    ledger.accepted.get(id)?.isVolatile === false &&
    ledger.keys.get(id)?.size === 1;
  const wordOf = (id: string) => ledger.words.get(id)?.word;
  return [...fields].flatMap(([field, ids]) => {
    const sure = ids.filter(isSure);
    // Conversations that began while the clock was set back do not sort: any of them may have the last word.
    const last = sure.filter((id, index) => {
      const later = sure.slice(index + 1);
      return !later.some((other) => !ledger.wasSetBack || conversationOf(other) === conversationOf(id));
    });
    const allowed = [...ids.filter((id) => !isSure(id)), ...last].map(wordOf);
    const [visitor = '', attribute = ''] = field.split(' ');
    const held = braze.profiles.get(visitor)?.get(attribute);
    if (allowed.includes(held) || (held === undefined && sure.length === 0)) return [];
    return [`${field} is ${String(held)}, not ${allowed.map(String).join(' or ')}`];
  });
}

/** Visitors of the relay's who said what several said at the browser. One that was cleared, or keeps nothing, cannot tell them apart. */
function mixed({ keys, eras, faults: met, forgetful }: Ledger): readonly string[] {
  if (met.has('storage_cleared') || forgetful.size > 0) return [];
  const byVisitor = new Map<string, Set<string>>();
  for (const [id, all] of keys) {
    for (const key of all) {
      const visitor = key.slice(0, key.lastIndexOf('/'));
      byVisitor.set(visitor, (byVisitor.get(visitor) ?? new Set()).add(eras.get(id) ?? ''));
    }
  }
  return [...byVisitor].flatMap(([visitor, said]) =>
    said.size > 1 ? [`${visitor} is ${[...said].map((era) => era || 'the first').join(' and ')}`] : [],
  );
}

const faults = (kind: FaultKind, whats: readonly string[]): readonly Fault[] =>
  whats.map((what) => ({ kind, what }));

/** All that is wrong. */
export const faultsOf = ({ lost, doubled, stuck, wrong }: Judged): readonly Fault[] => [
  ...faults('lost', lost),
  ...faults('doubled', doubled),
  ...faults('stuck', stuck),
  ...wrong,
];

export const lineOf = ({ kind, what }: Fault): string => `${kind}: ${what}`;
