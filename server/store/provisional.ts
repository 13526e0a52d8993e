/**
 * The rules of what is kept provisionally, on entries that somebody keeps: of each name there is one, what happened last. Each function
 * here is one transaction of theirs.
 */
import { compareMoments, type Moment } from '../clock-offset.ts';
import type { Work } from '../delivery/work.ts';
import type { Due, Held, Mark } from './store.ts';

/** What happened last under a name. Without work it is a mark: it only says when that was. */
export interface Entry extends Moment {
  /** When the work is due, or the mark forgotten: milliseconds since 1970. */
  readonly until: number;
  readonly work?: Work;
}

/** Where entries are kept. */
export interface Entries {
  /** All of them, with marks that are over and not forgotten. */
  size: () => number;
  /** A mark that is over is none. */
  find: (name: string) => Moment | undefined;
  /** In the place of the one that is there: it is the newest then. */
  write: (name: string, visitor: string, entry: Entry) => void;
  remove: (name: string) => void;
  hasWork: (name: string) => boolean;
  isErased: (visitor: string) => boolean;
  /** Those of a visitor, the oldest first. `isOver`: a mark that is over. */
  listOf: (visitor: string) => readonly { readonly name: string; readonly isOver: boolean }[];
  /** Those with work of that environment that are due (`isDue`), the longest due first. */
  listDue: (environment: string, now: number, limit: number) => readonly (Due & { readonly until: number })[];
  /** Names of those with work that were due by then. */
  listOverdue: (until: number, limit: number) => readonly string[];
  /** @param until when it is due then */
  postpone: (name: string, until: number) => void;
  /** Takes out some of the marks that are over, if there are any. */
  forget: () => void;
}

/** Milliseconds that work is kept at most: a day, which is the longest idle time of a site (`site-settings.ts`). */
const LONGEST_HELD = 24 * 60 * 60 * 1000;

/** What is further off was written before the clock was set back. The minute is for processes whose clocks differ. */
export const FURTHEST_DUE = LONGEST_HELD + 60 * 1000;

/**
 * Entries of one visitor. A browser can name any conversation, so without a limit one visitor takes everybody's room. Nobody has more than
 * one or two conversations under way in a day, which is the longest idle time; and each leaves one entry.
 */
export const MOST_OF_VISITOR = 10;

export const isDue = (until: number, now: number): boolean => until <= now || until > now + FURTHEST_DUE;

export function createProvisional(entries: Entries, clock: () => number) {
  /** For one more of that visitor. @returns whether there is any */
  const makeRoom = (visitor: string, limit: number): boolean => {
    const all = entries.listOf(visitor);
    for (const { name, isOver } of all) if (isOver) entries.remove(name);
    const [oldest, ...others] = all.filter(({ isOver }) => !isOver);
    if (oldest && others.length + 1 >= MOST_OF_VISITOR) {
      entries.remove(oldest.name);
      return true;
    }
    if (entries.size() >= limit) entries.forget();
    return entries.size() < limit;
  };

  return {
    hold({ name, work, at, offset, dueAt }: Held, limit: number): 'held' | 'late' | 'full' {
      const { visitor } = work;
      const last = entries.find(name);
      if (
        entries.isErased(visitor) ||
        entries.find(visitor) ||
        (last && compareMoments({ at, offset }, last) < 0)
      )
        return 'late';
      if (!last && !makeRoom(visitor, limit)) return 'full';
      const until = Math.min(dueAt, clock() + LONGEST_HELD);
      entries.write(name, visitor, { at, offset, until, work });
      return 'held';
    },

    cancel(name: string, { at, offset }: Moment, mark?: Mark): void {
      const visitor = visitorOf(name);
      const last = entries.find(name);
      // Of who is dropped or erased nothing is kept that could be void, or come late.
      if (entries.isErased(visitor) || entries.find(visitor)) return;
      // What happened at the same time stays: the one before the other, nobody knows which.
      if (last && compareMoments({ at, offset }, last) <= 0) return;
      if (!mark) {
        if (entries.hasWork(name)) entries.remove(name);
      } else if (last || makeRoom(visitor, mark.limit)) {
        entries.write(name, visitor, { at, offset, until: clock() + mark.life });
      }
    },

    claimDue(environments: readonly string[], limit: number, lease: number): readonly Due[] {
      const now = clock();
      const due = environments
        .flatMap((environment) => entries.listDue(environment, now, limit))
        .sort((one, other) => one.until - other.until || (one.name < other.name ? -1 : 1))
        .slice(0, limit);
      for (const { name } of due) entries.postpone(name, now + lease);
      return due.map(({ name, work }) => ({ name, work }));
    },

    expire(age: number, limit: number): number {
      const overdue = entries.listOverdue(clock() - age, limit);
      for (const name of overdue) entries.remove(name);
      return overdue.length;
    },

    release(name: string): void {
      if (entries.hasWork(name)) entries.remove(name);
    },

    dropAll(visitor: string, life: number): void {
      if (entries.isErased(visitor)) return;
      for (const { name } of entries.listOf(visitor)) entries.remove(name);
      // Also where there is no room: it is the visitor's right, and one for each of them.
      entries.write(visitor, visitor, { at: clock(), offset: 0, until: clock() + life });
    },
  };
}

const visitorOf = (name: string): string => name.slice(0, name.indexOf('/'));
