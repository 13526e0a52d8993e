/** The tabs that are open, and how they end. */
import type { Acceptance } from './acceptance.ts';
import type { Browser } from './browser.ts';
import type { Chance } from './chance.ts';
import type { Ledger } from './ledger.ts';
import type { Life } from './life.ts';
import type { Network } from './network.ts';
import type { Storage } from './storage.ts';
import { openTab, type Mutant, type Tab } from './tab.ts';

export interface SimulatedTabs {
  readonly all: () => readonly Tab[];
  /** One of those that the visitor can use; a new one where there is none. */
  readonly pick: (index: number) => Tab;
  /** One of those that are there at all. */
  readonly find: (index: number) => Tab | undefined;
  readonly open: () => Tab;
  readonly kill: (tab: Tab) => void;
  /** It dies at its next commit to the browser's storage. */
  readonly setTrap: (tab: Tab, moment: 'before' | 'after') => void;
  /** A commit is about to happen, or has. */
  readonly pass: (life: Life, moment: 'before' | 'after') => void;
  /** No tab is about to die any more. */
  readonly calm: () => void;
  /** The user cleared the storage under them. */
  readonly forgetStored: () => void;
  readonly haveForgetful: () => boolean;
  /** Those that are open are closed, and a new one is opened. */
  readonly startAfresh: () => void;
  readonly setOnline: (isOnline: boolean) => void;
}

export interface TabsOptions {
  readonly browser: Browser;
  readonly storage: Storage;
  readonly network: Network;
  readonly ledger: Ledger;
  readonly chanceOf: (stream: string) => Chance;
  readonly mutant: Mutant | undefined;
  readonly accept: Acceptance;
}

/** More are a crowd. */
const MOST = 3;

export function createTabs({ chanceOf, accept, ...parts }: TabsOptions): SimulatedTabs {
  const { browser, storage, ledger } = parts;
  let tabs: Tab[] = [];
  let count = 0;
  let isOnline = true;
  const traps = new Map<Life, 'before' | 'after'>();

  const open = () => {
    if (tabs.length >= MOST) return tabs[0] as Tab;
    const name = `tab ${(count += 1)}`;
    const tab = openTab({ ...parts, name, chance: chanceOf(name), isOnline: () => isOnline, accept });
    tabs.push(tab);
    tab.begin();
    return tab;
  };

  /** What only this page remembers may be gone. */
  const forget = ({ remembered }: Tab) => {
    for (const id of remembered) {
      const accepted = ledger.accepted.get(id);
      if (accepted && !accepted.isStored) accepted.isVolatile = true;
    }
  };

  const kill = (tab: Tab) => {
    const { life } = tab;
    if (life.isDead) return;
    life.isDead = true;
    tabs = tabs.filter((each) => each !== tab);
    ledger.note(`${life.name} is gone`);
    // Where nothing could be stored it goes with the page. A page that could store has no such excuse.
    if (tab.isForgetful) forget(tab);
    storage.bury(life);
    browser.bury(life);
  };

  return {
    all: () => tabs,
    pick(index) {
      const awake = tabs.filter(({ life }) => !life.isFrozen);
      if (awake.length === 0 && tabs.length >= MOST) kill(tabs[0] as Tab);
      return awake[index % awake.length] ?? open();
    },
    find: (index) => tabs[index % tabs.length],
    open,
    kill,
    setTrap: (tab, moment) => traps.set(tab.life, moment),
    pass(life, moment) {
      const tab = tabs.find((each) => each.life === life);
      if (!tab || traps.get(life) !== moment) return;
      traps.delete(life);
      ledger.count(`kill_tab_${moment}`);
      kill(tab);
    },
    calm: () => traps.clear(),
    // A page that keeps all in memory loses nothing by it.
    forgetStored: () => tabs.filter(({ isForgetful }) => !isForgetful).forEach(forget),
    haveForgetful: () => tabs.some(({ isForgetful }) => isForgetful),
    startAfresh() {
      for (const tab of tabs) kill(tab);
      open();
    },
    setOnline(next) {
      isOnline = next;
      if (isOnline) for (const tab of tabs) tab.hearPage('online');
    },
  };
}
