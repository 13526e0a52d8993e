/** What a world goes through, as data: drawn from the seed before anything happens, and shrunk by leaving things out. */
import { createChance, type Chance } from './chance.ts';

/** Something that is planned. `tab` picks one of those that are open then. */
export type Planned = { readonly at: number } & (VisitorAct | Fault);

export type VisitorAct =
  | { readonly type: 'answer'; readonly tab: number }
  | { readonly type: 'correct'; readonly tab: number; readonly question: number }
  | { readonly type: 'restart'; readonly tab: number }
  | { readonly type: 'open' }
  /** The page is hidden, and then gone. */
  | { readonly type: 'close'; readonly tab: number }
  /** It hears nothing of that. */
  | { readonly type: 'reload'; readonly tab: number };

export type Fault =
  /** The tab is gone: now, or around its next commit to the browser's storage. */
  | { readonly type: 'kill_tab'; readonly tab: number; readonly moment: 'now' | 'before' | 'after' }
  /** `isAside`: in the back/forward cache, and not merely hidden for long. */
  | { readonly type: 'freeze_tab'; readonly tab: number; readonly seconds: number; readonly isAside: boolean }
  /** Now, or around the `count`-th operation of its store from now on; it is back after so many milliseconds. */
  | {
      readonly type: 'kill_relay';
      readonly moment: 'now' | 'before' | 'after';
      readonly count: number;
      readonly milliseconds: number;
    }
  /** A new version: it ends in good order. */
  | { readonly type: 'restart_relay'; readonly milliseconds: number }
  /** `isKnown`: the browser says so too. */
  | { readonly type: 'offline'; readonly seconds: number; readonly isKnown: boolean }
  | { readonly type: 'disk_full'; readonly seconds: number }
  | { readonly type: 'storage_broken'; readonly seconds: number }
  | { readonly type: 'storage_slow'; readonly seconds: number }
  | { readonly type: 'storage_handle'; readonly tab: number }
  | { readonly type: 'storage_cleared' }
  /** News between tabs take their time. */
  | { readonly type: 'news_late'; readonly seconds: number }
  | { readonly type: 'clock'; readonly whose: 'browser' | 'relay'; readonly milliseconds: number }
  /** The next requests of the browser's. */
  | { readonly type: 'network'; readonly fault: NetworkFault; readonly requests: number }
  | { readonly type: 'braze'; readonly fault: BrazeFault; readonly seconds: number }
  /** The n-th submission makes the relay fail: so often, or always, until all else is calm. */
  | { readonly type: 'poison'; readonly submission: number; readonly times: number | 'always' }
  /** The visitor leaves, and somebody else comes to the same browser. */
  | { readonly type: 'logout'; readonly tab: number };

export const NETWORK_FAULTS = [
  'request_lost',
  'request_cut',
  'request_late',
  'answer_lost',
  'answer_cut',
  'answer_late',
  'doubled',
  'status_400',
  'status_403',
  'status_404',
  'status_408',
  'status_413',
  'status_425',
  'status_429',
  'status_500',
  'status_502',
  'status_503',
  'status_502_after',
] as const;
export type NetworkFault = (typeof NETWORK_FAULTS)[number];

export const BRAZE_FAULTS = [
  'down',
  'slow',
  'limited',
  'unauthorized',
  'status_500',
  'status_503',
  'status_504_taken',
  'status_504_untaken',
  'cut_before',
  'cut_after',
  'silent_taken',
  'silent_untaken',
] as const;
export type BrazeFault = (typeof BRAZE_FAULTS)[number];

/** Where the relay keeps what it took. One that forgets at its end is never ended, and its clock not set by a day. */
export const STORE_KINDS = [
  'sqlite',
  'durable_object',
  'durable_memory',
  'forgetful_memory',
  'redis',
] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

export interface Schedule {
  readonly seed: number;
  readonly store: StoreKind;
  readonly inDoubtEvents: 'resend' | 'drop';
  readonly planned: readonly Planned[];
}

const HOUR = 3_600_000;

/** @param wanted instead of the one that is drawn */
export function drawSchedule(seed: number, wanted?: StoreKind): Schedule {
  const chance = createChance(seed, 'schedule');
  const drawn = (
    ['sqlite', 'durable_memory', 'durable_object', 'durable_memory', 'forgetful_memory'] as const
  )[seed % 5] as StoreKind;
  const store = wanted ?? drawn;
  const length = chance.between(20, 90) * 1_000;
  const at = () => chance.nat(length);
  const acts = Array.from({ length: chance.between(4, 12) }, () => ({ at: at(), ...drawAct(chance) }));
  // Now and then a visitor is in a hurry.
  const hurry = at();
  const pace = chance.between(100, 2_000);
  const hasty = Array.from({ length: chance.between(0, 16) }, (_, index) => ({
    at: hurry + index * pace + chance.nat(pace),
    ...drawAct(chance),
  }));
  // Not everything at once: in each world some kinds of faults are common, and the others do not occur.
  const kinds = DRAWS.filter(() => chance.oneIn(3));
  const faults = Array.from({ length: kinds.length === 0 ? 0 : chance.between(1, 12) }, () => ({
    at: at(),
    ...chance.pick(kinds)(chance),
  })).filter((fault) => store !== 'forgetful_memory' || isBearable(fault));
  return {
    seed,
    store,
    inDoubtEvents: chance.oneIn(4) ? 'drop' : 'resend',
    planned: [...acts, ...hasty, ...faults].sort((one, other) => one.at - other.at),
  };
}

/** By a relay that keeps nothing. */
function isBearable(fault: Fault): boolean {
  if (fault.type === 'clock') return fault.whose === 'browser' || Math.abs(fault.milliseconds) < 12 * HOUR;
  return fault.type !== 'kill_relay' && fault.type !== 'restart_relay';
}

function drawAct(chance: Chance): VisitorAct {
  const tab = chance.nat(12);
  const kind = chance.nat(20);
  if (kind < 13) return { type: 'answer', tab };
  if (kind < 15) return { type: 'correct', tab, question: chance.nat(5) };
  if (kind === 15) return { type: 'restart', tab };
  if (kind === 16) return { type: 'close', tab };
  if (kind === 17) return { type: 'reload', tab };
  return { type: 'open' };
}

const pickMoment = (chance: Chance) => chance.pick(['now', 'before', 'after'] as const);

const DRAWS: readonly ((chance: Chance) => Fault)[] = [
  (chance) => ({ type: 'kill_tab', tab: chance.nat(12), moment: pickMoment(chance) }),
  (chance) => ({
    type: 'freeze_tab',
    tab: chance.nat(12),
    seconds: chance.between(1, 90),
    isAside: chance.oneIn(2),
  }),
  (chance) => ({
    type: 'kill_relay',
    moment: pickMoment(chance),
    count: chance.between(1, 4),
    milliseconds: chance.between(0, 20_000),
  }),
  (chance) => ({ type: 'restart_relay', milliseconds: chance.between(0, 5_000) }),
  (chance) => ({ type: 'offline', seconds: chance.between(1, 60), isKnown: !chance.oneIn(3) }),
  (chance) => ({ type: 'disk_full', seconds: chance.between(1, 20) }),
  (chance) => ({ type: 'storage_broken', seconds: chance.between(1, 10) }),
  (chance) => ({ type: 'storage_slow', seconds: chance.between(5, 60) }),
  (chance) => ({ type: 'storage_handle', tab: chance.nat(12) }),
  (chance) =>
    chance.oneIn(4) ? { type: 'storage_cleared' } : { type: 'storage_handle', tab: chance.nat(12) },
  (chance) => ({ type: 'news_late', seconds: chance.between(5, 60) }),
  (chance) => ({
    type: 'clock',
    whose: chance.pick(['browser', 'relay'] as const),
    milliseconds: drawJump(chance),
  }),
  drawNetwork,
  drawNetwork,
  drawNetwork,
  drawBraze,
  drawBraze,
  (chance) => ({
    type: 'poison',
    submission: chance.between(1, 6),
    times: chance.oneIn(2) ? 'always' : chance.between(1, 6),
  }),
  (chance) => ({ type: 'logout', tab: chance.nat(12) }),
];

function drawNetwork(chance: Chance): Fault {
  return { type: 'network', fault: chance.pick(NETWORK_FAULTS), requests: chance.between(1, 4) };
}

function drawBraze(chance: Chance): Fault {
  return { type: 'braze', fault: chance.pick(BRAZE_FAULTS), seconds: chance.between(1, 30) };
}

/** A minute, an hour or a day or two, forwards or back. */
function drawJump(chance: Chance): number {
  const most = chance.pick([60_000, HOUR, 48 * HOUR]);
  return chance.between(-most, most);
}
