/** What is planned, carried out: the visitor's doings, and what befalls the world. */
import type { SimulatedBraze } from './braze.ts';
import type { Browser } from './browser.ts';
import type { Ledger } from './ledger.ts';
import type { Network } from './network.ts';
import type { RelaySide } from './relay-side.ts';
import type { Planned } from './schedule.ts';
import type { Storage } from './storage.ts';
import type { Tab } from './tab.ts';
import type { SimulatedTabs } from './tabs.ts';
import type { Timeline } from './timeline.ts';

export interface Doings {
  /** Where the conversation could not go on, the visitor tries again; and where the last one has left, the next one begins. */
  readonly retry: () => void;
  readonly open: () => void;
  readonly carryOut: (planned: Planned) => void;
  /** All that is wrong ends, but for what the relay fails at; one tab is left. */
  readonly calm: () => void;
}

export interface DoingsOptions {
  readonly timeline: Timeline;
  readonly ledger: Ledger;
  readonly tabs: SimulatedTabs;
  readonly browser: Browser;
  readonly storage: Storage;
  readonly network: Network;
  readonly relay: RelaySide;
  readonly braze: SimulatedBraze;
  /** Those that are to be made of the submissions to come. */
  readonly poisons: { left: number; readonly times: number }[];
}

type Of<Type extends Planned['type']> = Extract<Planned, { readonly type: Type }>;

export function createDoings(options: DoingsOptions): Doings {
  const { timeline, ledger, tabs, browser, storage, network, relay, braze, poisons } = options;
  let isCalm = false;
  let words = 0;

  /** Ends after so many seconds, or with all other trouble. */
  const forSeconds = (seconds: number, end: () => void) => {
    timeline.after(seconds * 1_000, () => {
      if (!isCalm) end();
    });
  };

  /** The visitor says something, or does what there is to do instead. */
  const answer = ({ conversation, begin }: Tab) => {
    if (conversation.status === 'failed' || conversation.status === 'idle') begin();
    else if (conversation.shown.isOver) void conversation.restart();
    else if (conversation.shown.question) void conversation.answer(`word ${(words += 1)}`);
  };

  const correct = ({ conversation }: Tab, question: number) => {
    const { transcript = [] } = conversation.shown;
    const said = transcript.flatMap((each) => (each.from === 'visitor' ? [each.node] : []));
    const node = said[question % said.length];
    if (node !== undefined) void conversation.correct(node);
  };

  const freeze = ({ tab: index, seconds, isAside }: Of<'freeze_tab'>) => {
    const tab = tabs.find(index);
    if (!tab || tab.life.isFrozen) return;
    ledger.count(isAside ? 'put_aside' : 'freeze_tab');
    ledger.note(`${tab.life.name} freezes`);
    // One that is hidden for long hears of that before; one that is left is not to begin anything then.
    if (!isAside) tab.hearPage('leaving');
    timeline.after(0, () => {
      tab.life.isFrozen = true;
      browser.aside.add(tab.life);
    });
    forSeconds(seconds, () => thaw(tab));
  };

  const thaw = (tab: Tab) => {
    if (tab.life.isDead || !tab.life.isFrozen) return;
    ledger.note(`${tab.life.name} thaws`);
    tab.life.thaw();
    storage.stir();
    browser.aside.delete(tab.life);
    tab.hearPage('back');
  };

  /** It is hidden first, as on a phone. */
  const close = (tab: Tab) => {
    tab.hearPage('leaving');
    timeline.after(5, () => tabs.kill(tab));
  };

  /** Trouble that holds on for a while. */
  const trouble = (name: keyof Storage['trouble'], seconds: number) => {
    storage.trouble[name] = true;
    forSeconds(seconds, () => (storage.trouble[name] = false));
  };

  const acts: { readonly [Type in Planned['type']]: (planned: Of<Type>) => void } = {
    answer: ({ tab }) => answer(tabs.pick(tab)),
    correct: ({ tab, question }) => correct(tabs.pick(tab), question),
    restart: ({ tab }) => void tabs.pick(tab).conversation.restart(),
    open: () => void tabs.open(),
    close: ({ tab }) => close(tabs.pick(tab)),
    reload({ tab }) {
      tabs.kill(tabs.pick(tab));
      timeline.after(300, () => void tabs.open());
    },
    kill_tab({ tab: index, moment }) {
      const tab = tabs.find(index);
      if (!tab) return;
      if (moment === 'now') {
        ledger.count('kill_tab_now');
        tabs.kill(tab);
      } else tabs.setTrap(tab, moment);
    },
    freeze_tab: freeze,
    kill_relay: ({ moment, count, milliseconds }) => relay.kill(moment, count, milliseconds),
    restart_relay: ({ milliseconds }) => relay.restart(milliseconds),
    offline({ seconds, isKnown }) {
      ledger.count('offline');
      network.setOffline(true);
      if (isKnown) tabs.setOnline(false);
      forSeconds(seconds, () => {
        network.setOffline(false);
        if (isKnown) tabs.setOnline(true);
      });
    },
    disk_full: ({ seconds }) => trouble('isFull', seconds),
    storage_broken: ({ seconds }) => trouble('isBroken', seconds),
    storage_slow({ seconds }) {
      ledger.count('storage_slow');
      trouble('isSlow', seconds);
    },
    storage_handle({ tab: index }) {
      const tab = tabs.find(index);
      if (tab) storage.breakHandles(tab.life);
    },
    storage_cleared: () => clearStorage(),
    news_late({ seconds }) {
      browser.setLate(true);
      forSeconds(seconds, () => browser.setLate(false));
    },
    clock({ whose, milliseconds }) {
      ledger.count(`clock_of_${whose}`);
      network.forgive();
      (whose === 'relay' ? relay : browser).setClock(milliseconds);
    },
    network: ({ fault, requests }) => network.arm(fault, requests),
    braze({ fault, seconds }) {
      braze.setFault(fault);
      forSeconds(seconds, () => braze.setFault(undefined));
    },
    poison({ submission, times }) {
      poisons.push({ left: submission, times: times === 'always' ? Infinity : times });
    },
    logout({ tab }) {
      ledger.count('logout');
      void tabs.pick(tab).logout();
    },
  };

  const carryOut = (planned: Planned): void => {
    ledger.note(`* ${Object.entries(planned).slice(1).flat().join(' ')}`);
    (acts[planned.type] as (planned: Planned) => void)(planned);
  };

  /** What it held is lost by the user's own will. */
  const clearStorage = () => {
    ledger.count('storage_cleared');
    for (const [, value] of storage.entries()) {
      const { submission } = value as { readonly submission?: { readonly id: string } };
      const accepted = submission && ledger.accepted.get(submission.id);
      if (accepted) accepted.isVolatile = true;
    }
    tabs.forgetStored();
    storage.clear();
  };

  return {
    open: () => void tabs.open(),
    carryOut,
    retry() {
      for (const { conversation, begin } of tabs.all()) {
        if (conversation.status === 'failed' || conversation.status === 'idle') begin();
      }
    },
    calm() {
      isCalm = true;
      ledger.note('all is calm');
      poisons.length = 0;
      tabs.calm();
      browser.setLate(false);
      Object.assign(storage.trouble, { isFull: false, isBroken: false, isSlow: false });
      braze.setFault(undefined);
      relay.calm();
      network.calm();
      const [last, ...others] = [...tabs.all()].sort(
        (one, other) => Number(one.life.isFrozen) - Number(other.life.isFrozen),
      );
      for (const tab of others) tabs.kill(tab);
      if (last) thaw(last);
      tabs.setOnline(true);
      if (!last) tabs.open();
    },
  };
}
