/** One browser: its clock, its tabs, and what they share. */
import type { Tabs } from '../../widget/outbox/tabs.ts';
import type { News } from '../../widget/outbox/outbox.ts';
import type { Chance } from './chance.ts';
import type { Ledger } from './ledger.ts';
import { createLife, type Life } from './life.ts';
import type { Timeline } from './timeline.ts';

export interface Browser {
  /** Milliseconds since 1970, as the device has it. */
  readonly clock: () => number;
  readonly setClock: (milliseconds: number) => void;
  /** A tab's way to the others. */
  readonly connectTabs: (life: Life, hear: (news: News) => void) => Tabs;
  /** The Web Lock: a frozen tab keeps it, and a dead one does not. */
  readonly tryLock: (life: Life, run: () => Promise<void>, name?: string) => Promise<boolean>;
  /** News take their time from now on. */
  readonly setLate: (isLate: boolean) => void;
  readonly bury: (life: Life) => void;
  readonly createLife: (name: string) => Life;
  /** Those that have left the channel: it is closed before a page stands still. */
  readonly aside: Set<Life>;
}

export interface BrowserOptions {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly ledger: Ledger;
  /** Milliseconds since 1970 when the world began. */
  readonly epoch: number;
}

export function createBrowser({ timeline, chance, ledger, epoch }: BrowserOptions): Browser {
  let offset = 0;
  let isLate = false;
  const holders = new Map<string, Life>();
  const ears = new Map<Life, (news: News) => void>();
  const aside = new Set<Life>();

  return {
    clock: () => epoch + Math.floor(timeline.now()) + offset,
    setClock(milliseconds) {
      offset += milliseconds;
      if (milliseconds < 0) ledger.wasSetBack = true;
    },
    createLife: (name) => createLife(name, timeline),
    aside,
    setLate: (next) => {
      isLate = next;
      if (isLate) ledger.count('news_late');
    },
    connectTabs(life, hear) {
      ears.set(life, hear);
      return {
        tell(news) {
          if (life.isDead) return;
          const copy = structuredClone(news);
          for (const [other, tell] of ears) {
            if (other === life) continue;
            timeline.after(isLate ? chance.between(500, 20_000) : chance.between(0, 10), () => {
              if (!aside.has(other)) other.reach(() => tell(copy));
            });
          }
        },
        disconnect: () => ears.delete(life),
      };
    },
    async tryLock(life, run, name = '') {
      await life.pause(chance.between(0, 2));
      if (holders.has(name)) return false;
      holders.set(name, life);
      try {
        await run();
      } finally {
        // A dead tab's work may end all the same, where it waited for nothing.
        if (!life.isDead) holders.delete(name);
      }
      return true;
    },
    bury(life) {
      ears.delete(life);
      aside.delete(life);
      for (const [name, holder] of holders) if (holder === life) holders.delete(name);
    },
  };
}
