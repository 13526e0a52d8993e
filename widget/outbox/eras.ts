/**
 * Whose what is kept is. On a shared machine one visitor comes after the other, and each has an era of their own. What of a visitor who has
 * gone is still to be delivered lies under a prefix, where nobody who comes after them meets it. A page is of the era in which it has
 * begun: what it still does after that, such as one that slept meanwhile, it does to what has been put aside.
 */
import type { Key, Records, Transact } from './records.ts';

export interface Eras {
  /** The first one has an empty name. */
  readonly current: string;
  /** Of visitors who have gone, and of whom something may be unsent. */
  readonly former: readonly string[];
  /** Of visitors who have asked to be forgotten: what a page still does for them is dropped. */
  readonly erased: readonly string[];
  /** The credentials of those whom the relay has yet to forget. */
  readonly erasing: readonly string[];
}

/** Key under which they are kept. */
export const ERAS = 'eras';

/** Key of whom the page says is signed in: until the visitor credential says so. */
export const SUBJECT = 'subject';

export const readEras = (value: unknown): Eras => ({
  current: '',
  former: [],
  erased: [],
  erasing: [],
  ...(value as Partial<Eras> | undefined),
});

export interface Era {
  /** Its own records and no others. */
  readonly transact: Transact;
  /** As long as nothing was met there is none. */
  readonly id: () => string | undefined;
  readonly isOver: () => boolean;
  /** As they were met last. */
  readonly eras: () => Eras;
}

export interface EraOptions {
  /** Of all eras. */
  readonly transact: Transact;
  /** Whether storage may be touched. As long as that is asked, memory has what was said, and memory has no eras. */
  readonly isAllowed: () => boolean;
  /** Hears, once, that another has begun. */
  readonly ended: (next: string) => void;
  /** Which it is; else the one that it meets first. */
  readonly id?: string;
}

export function createEra({ transact, isAllowed, ended, id }: EraOptions): Era {
  let known = id;
  let isOver = false;
  let eras = readEras(undefined);
  return {
    id: () => known,
    isOver: () => isOver,
    eras: () => eras,
    async transact(mode, run) {
      let met: Eras | undefined;
      const answer = await transact(mode, async (records) => {
        const kept = await records.get(ERAS);
        met = readEras(kept);
        if (isAllowed()) known ??= met.current;
        // Storage that was cleared, or has failed, knows of none: the visitor is the same.
        if (kept === undefined || known === undefined || known === met.current) return run(records);
        if (met.erased.includes(known)) return run(NOTHING);
        if (mode === 'readwrite' && !met.former.includes(known)) {
          records.put({ ...met, former: [...met.former, known] } satisfies Eras, ERAS);
        }
        return run(formerRecords(records, known));
      });
      if (met) eras = met;
      if (!isOver && known !== undefined && eras.current !== known && eras.current !== '') {
        isOver = true;
        ended(eras.current);
      }
      return answer;
    },
  };
}

/** Those of an era that is over. */
export function formerRecords(records: Records, era: string): Records {
  const prefix = `former ${era} `;
  const keyOf = (key: Key): Key => {
    if (typeof key === 'string') return prefix + key;
    const [kind, ...rest] = key;
    return [prefix + String(kind), ...rest];
  };
  return {
    get: (key) => records.get(keyOf(key)),
    list: (kind, limit) => records.list(prefix + kind, limit),
    put: (value, key) => records.put(value, keyOf(key)),
    delete: (key) => records.delete(keyOf(key)),
    // Others have theirs here.
    clear: () => undefined,
  };
}

/** There is nothing, and nothing is kept. */
const NOTHING: Records = {
  get: async () => undefined,
  list: async () => [],
  put: () => undefined,
  delete: () => undefined,
  clear: () => undefined,
};
