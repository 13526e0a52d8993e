/** The simulated world: the real widget and the real relay, and everything between and around them by seed and schedule. */
import { createBraze } from './braze.ts';
import { createBrowser } from './browser.ts';
import { createChance } from './chance.ts';
import { createDoings } from './doings.ts';
import { withoutChance } from './determinism.ts';
import { judge, type Judged } from './judge.ts';
import { createLedger, hashOf } from './ledger.ts';
import { createNetwork } from './network.ts';
import { createRelaySide } from './relay-side.ts';
import type { Schedule } from './schedule.ts';
import { createStillness } from './stillness.ts';
import { createStorage } from './storage.ts';
import { acceptIn } from './acceptance.ts';
import type { Mutant } from './tab.ts';
import { createTabs } from './tabs.ts';
import { createTimeline } from './timeline.ts';

export interface Ended extends Judged {
  readonly seed: number;
  /** Faults that met something, by kind. */
  readonly injected: ReadonlyMap<string, number>;
  readonly trace: readonly string[];
  /** Of the trace: the same seed gives the same. */
  readonly hash: string;
  readonly steps: number;
}

const EPOCH = Date.parse('2026-01-15T10:00:00.000Z');

/**
 * Milliseconds of calm within which everything is delivered. Where the relay's clock was set back by less than an hour, what it has put off
 * is due so much later (`server/store/lines.ts`); its longest pause is 5 minutes, and two may follow.
 */
const LONGEST_CALM = 75 * 60_000;

export const runWorld = (schedule: Schedule, mutant?: Mutant): Promise<Ended> =>
  withoutChance(() => live(schedule, mutant));

async function live(schedule: Schedule, mutant: Mutant | undefined): Promise<Ended> {
  const { seed, inDoubtEvents } = schedule;
  const timeline = createTimeline();
  const ledger = createLedger(timeline.now);
  const chanceOf = (stream: string) => createChance(seed, stream);
  const braze = createBraze(timeline, chanceOf('braze'), ledger);
  const relay = createRelaySide({
    schedule,
    timeline,
    chance: chanceOf('relay'),
    ledger,
    braze,
    epoch: EPOCH,
  });
  const network = createNetwork({ timeline, chance: chanceOf('network'), ledger, request: relay.request });
  const browser = createBrowser({ timeline, chance: chanceOf('browser'), ledger, epoch: EPOCH });
  const poisons: { left: number; readonly times: number }[] = [];
  const accept = acceptIn(ledger, (id) => {
    for (const each of poisons) if ((each.left -= 1) === 0) network.poison(id, each.times);
  });
  const storage = createStorage({
    timeline,
    chance: chanceOf('storage'),
    committed: (life, written) => accept.stored(life, written),
    failed: (kind) => ledger.count(kind),
    passing: (life, moment) => tabs.pass(life, moment),
  });
  const tabs = createTabs({ browser, storage, network, ledger, chanceOf, mutant, accept });
  const doings = createDoings({ timeline, ledger, tabs, browser, storage, network, relay, braze, poisons });
  const stillness = createStillness({ ledger, tabs, storage, network, relay, clock: browser.clock });

  doings.open();
  for (const planned of schedule.planned) timeline.after(planned.at, () => doings.carryOut(planned));
  await timeline.pass((schedule.planned.at(-1)?.at ?? 0) + 1_000);

  /** What holds the world up, after as much time as it takes, or as it may take. */
  const calmDown = async (withPoison: boolean): Promise<readonly string[]> => {
    const end = timeline.now() + LONGEST_CALM;
    for (;;) {
      const left = await stillness.look(withPoison);
      if (left.length === 0 || timeline.now() >= end) return left;
      doings.retry();
      await timeline.pass(timeline.now() + 1_000);
    }
  };
  doings.calm();
  const heldUp = await calmDown(true);
  network.cure();
  const stuck = [...heldUp, ...(await calmDown(false))];
  if (tabs.haveForgetful()) {
    tabs.startAfresh();
    stuck.push(...(await calmDown(false)));
  }
  ledger.note(stuck.length === 0 ? 'all is still' : `stuck: ${stuck.join('; ')}`);
  const judged = await judge({ ledger, braze, relay, network, stuck, inDoubtEvents });
  await relay.end();
  return {
    ...judged,
    seed,
    injected: ledger.faults,
    trace: ledger.trace,
    hash: hashOf(ledger.trace),
    steps: timeline.steps(),
  };
}
